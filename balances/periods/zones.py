"""The wall clock of a zone: the day and time it shows at a moment, and the moment at which it shows them.

A zone is a `tzinfo` that the caller passes. Nothing here names, finds or loads one.

The rule. A wall time that does not exist moves on by the width of the gap. A wall time that exists twice means the
first moment.

The ends of the calendar. Near them a wall clock shows days that no `datetime` can hold. So days are numbered here (day
1 is the first day of the year 1), and a day at the ends has the offset of the day further in.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final

from balances.base.instants import EPOCH
from balances.base.messages import described
from balances.errors import InvalidZone
from balances.periods.month_ends import month_and_day, number_of

__all__: list[str] = []

BEFORE_ALL: Final = datetime.min.replace(tzinfo=timezone(timedelta(hours=23)))
"""Earlier than every moment that UTC can hold."""
AFTER_ALL: Final = datetime.max.replace(tzinfo=timezone(timedelta(hours=-23)))
"""Later than every moment that UTC can hold."""

_DAY: Final = timedelta(days=1)
_LAST_DAY: Final = date.max.toordinal()
_NOTHING: Final = timedelta()
_SECOND_DAY: Final = datetime.min.replace(tzinfo=UTC) + _DAY
_LAST_BUT_ONE: Final = datetime.max.replace(tzinfo=UTC) - _DAY
_combine: Final = datetime.combine
_date_of: Final = date.fromordinal


def to_optional_zone(zone: tzinfo | None) -> tzinfo | None:
    """Return a zone as it is, or None where there is none."""
    if zone is None:
        return None
    if not isinstance(zone, tzinfo):
        raise TypeError(f"expected a tzinfo, got {described(zone)}")
    if hasattr(zone, "localize"):
        raise InvalidZone("expected a zone that knows its own rules, as zoneinfo makes it, got one with localize")
    return zone


def wall_of(moment: datetime, zone: tzinfo | None) -> tuple[int, int, time]:
    """Return the month, the day of the month and the time that the wall clock shows at a moment."""
    if zone is None:
        return 12 * moment.year + moment.month - 1, moment.day, moment.timetz()
    if not _SECOND_DAY <= moment <= _LAST_BUT_ONE:
        return _wall_at_an_end(moment, zone)
    try:
        wall = moment.astimezone(zone)
        wall_time = wall.timetz()
        if wall_time.tzinfo is not zone or wall_time.fold:
            wall_time = wall_time.replace(tzinfo=zone, fold=0)
        return 12 * wall.year + wall.month - 1, wall.day, wall_time
    except Exception as error:
        raise _failed(error) from error


def _wall_at_an_end(moment: datetime, zone: tzinfo) -> tuple[int, int, time]:
    days = 1 if moment < _SECOND_DAY else -1
    month, day, wall_time = wall_of(moment + days * _DAY, zone)
    return (*month_and_day(number_of(month, day) - days), wall_time)


def moment_of(day: int, wall_time: time, zone: tzinfo | None) -> datetime:
    """Return the moment at which the wall clock shows this time on a day.

    Where UTC cannot hold it, return `BEFORE_ALL` or `AFTER_ALL`, which compare as the moment would.
    """
    if 1 < day < _LAST_DAY:
        wall = _combine(_date_of(day), wall_time)
        return wall if zone is None else _moment_of(wall, zone)
    further_in = 2 if day <= 1 else _LAST_DAY - 1
    try:
        return moment_of(further_in, wall_time, zone) + (day - further_in) * _DAY
    except OverflowError:
        return BEFORE_ALL if day <= 1 else AFTER_ALL


def _moment_of(wall: datetime, zone: tzinfo) -> datetime:
    try:
        # Not `astimezone`: for a zone that states no offset, that would ask the system for one.
        moment = EPOCH + (wall - EPOCH)
        shown = moment.astimezone(zone)
        # In a gap, a zone may give the offset of either side. The clock then shows a later time, or an earlier one.
        return moment if shown == wall else moment + max(_NOTHING, wall - shown)
    except Exception as error:
        raise _failed(error) from error


def _failed(error: Exception) -> InvalidZone:
    return InvalidZone(f"zone: expected an offset from UTC for every moment, got {type(error).__name__}")
