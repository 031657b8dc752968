"""The calendar: how long a period is, and the cycle in which a moment lies.

The facts. Minutes and hours have a fixed length. A week is 7 days, a quarter 3 months, a half year 6, a year 12. In UTC
a day has a fixed length too. On the wall clock of another zone a day may last 23 or 25 hours.

The rule. Boundary `n` is `anchor + n * count * interval`, each counted from the anchor itself (`stepping` says how). A
cycle reaches from one boundary up to the next, which no longer belongs to it.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal, TypeAlias

from attrs import field, frozen

from balances.base.fields import Value, argument, named, to_count
from balances.base.home import public
from balances.base.instants import to_instant
from balances.base.messages import described
from balances.base.unchecked import maker
from balances.base.words import OpenEnum, UnknownWord
from balances.errors import InvalidInstant, InvalidZone, NoCycle, UnknownInterval
from balances.periods.month_ends import MonthEnd, MonthEndWord, to_month_end
from balances.periods.stepping import Days, Lengths, Months, Steps
from balances.periods.zones import moment_of, to_optional_zone, wall_of

__all__ = ["Cycle", "Interval", "calendar_anchor", "cycle_at"]


@public
class Interval(OpenEnum):
    """How long a period is. A quarter is 3 months, and `SEMI_ANNUAL` is 6. `ONE_OFF` never comes again.

    >>> Interval("semi_annual"), Interval.MONTH == "month"
    (<Interval.SEMI_ANNUAL: 'semi_annual'>, True)
    """

    ONE_OFF = "one_off"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    SEMI_ANNUAL = "semi_annual"
    YEAR = "year"


_LENGTHS: Final[dict[str, timedelta]] = {
    Interval.MINUTE: timedelta(minutes=1),
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: timedelta(days=1),
    Interval.WEEK: timedelta(weeks=1),
}
_DAYS: Final[dict[str, int]] = {Interval.DAY: 1, Interval.WEEK: 7}
_MONTHS: Final[dict[str, int]] = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.SEMI_ANNUAL: 6, Interval.YEAR: 12}

_LAST_DAY: Final = MonthEnd.LAST_DAY
_NEW_YEAR_ON_A_MONDAY: Final = datetime(2001, 1, 1, tzinfo=UTC)
"""From here the days, weeks, months and years of the calendar are counted."""


AnyInterval: TypeAlias = (
    Interval
    | Literal["one_off", "minute", "hour", "day", "week", "month", "quarter", "semi_annual", "year"]
    | UnknownWord
)


def to_interval(word: AnyInterval) -> Interval | UnknownWord:
    """Return the interval of this name, or an unknown word."""
    return Interval.given(word)


def to_optional_interval(word: AnyInterval | None) -> Interval | UnknownWord | None:
    """Return the interval of this name, an unknown word, or None."""
    return None if word is None else to_interval(word)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Cycle(Value):
    """A stretch of time: `start` belongs to it, and `end`, where the next cycle starts, does not.

    >>> from datetime import UTC
    >>> cycle = Cycle(
    ...     start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 2, 1, tzinfo=UTC)
    ... )
    >>> cycle.start in cycle, cycle.end in cycle
    (True, False)
    """

    start: datetime = field(converter=to_instant)
    end: datetime = field(converter=to_instant)

    def __attrs_post_init__(self) -> None:
        """Refuse to end before the start."""
        if self.end <= self.start:
            raise InvalidInstant(f"end: expected a moment after the start, got {self.end.isoformat()}")

    def __contains__(self, moment: datetime) -> bool:
        """Return whether a moment lies in the cycle."""
        return self.start <= to_instant(moment) < self.end


_make_cycle = maker(Cycle)


@public
def cycle_at(
    moment: datetime,
    /,
    *,
    anchor: datetime,
    interval: AnyInterval,
    count: int = 1,
    zone: tzinfo | None = None,
    month_end: MonthEnd | MonthEndWord = _LAST_DAY,
) -> Cycle:
    """Find the cycle that holds a moment.

    Its boundaries are counted from the anchor, in both directions. The running time does not grow with the distance.
    `month_end` decides where a boundary falls in a month that is too short for the anchor's day.

    Without a `zone`, days and months are those of UTC. With one, days, weeks, months and years are steps of its wall
    clock, counted from the anchor's wall time. Minutes and hours stay lengths of time. A wall time that does not exist
    moves on by the width of the gap. A wall time that exists twice means the first moment. The anchor itself is always
    a boundary. The cycle is in UTC.

    >>> from datetime import UTC
    >>> anchor = datetime(2026, 1, 31, tzinfo=UTC)
    >>> cycle = cycle_at(
    ...     datetime(2026, 2, 10, tzinfo=UTC), anchor=anchor, interval=Interval.MONTH
    ... )
    >>> print(cycle.start, cycle.end)
    2026-01-31 00:00:00+00:00 2026-02-28 00:00:00+00:00
    >>> print(cycle_at(cycle.end, anchor=anchor, interval=Interval.MONTH).end)
    2026-03-31 00:00:00+00:00
    >>> leap_day = datetime(2024, 2, 29, tzinfo=UTC)
    >>> print(cycle_at(leap_day, anchor=anchor, interval=Interval.MONTH).start)
    2024-02-29 00:00:00+00:00
    >>> from zoneinfo import ZoneInfo
    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> noon = datetime(2026, 3, 28, 12, tzinfo=berlin)
    >>> cycle = cycle_at(noon, anchor=noon, interval="day", zone=berlin)
    >>> print(cycle.start, cycle.end)
    2026-03-28 11:00:00+00:00 2026-03-29 10:00:00+00:00
    """
    # A value that is converted already is left alone: this runs for every item, and converting would double its cost.
    if type(moment) is not datetime or moment.tzinfo is not UTC:
        moment = argument("moment", to_instant, moment)
    if type(anchor) is not datetime or anchor.tzinfo is not UTC or anchor.fold:
        anchor = argument("anchor", to_instant, anchor)
    if type(count) is not int or count < 1:
        count = argument("count", to_count, count)
    word = interval if type(interval) is Interval else argument("interval", to_interval, interval)
    if zone is not None:
        zone = argument("zone", to_optional_zone, zone)
    rule = month_end if isinstance(month_end, MonthEnd) else argument("month_end", to_month_end, month_end)
    start, end = steps_of(anchor, word, count, zone, rule).around(moment)
    return _make_cycle(start=start, end=end)


@public
def calendar_anchor(interval: AnyInterval, /, *, zone: tzinfo | None = None) -> datetime:
    """Return an anchor from which the cycles of an interval are those of the calendar.

    It is a midnight of the zone's wall clock, on a Monday that is the first of January. So a week begins on Monday, a
    month on its first day, and a year on 1 January. Without a `zone`, the calendar is that of UTC.

    >>> from datetime import UTC
    >>> from zoneinfo import ZoneInfo
    >>> tokyo = ZoneInfo("Asia/Tokyo")
    >>> cycle = cycle_at(
    ...     datetime(2026, 5, 15, tzinfo=UTC),
    ...     anchor=calendar_anchor("month", zone=tokyo),
    ...     interval="month",
    ...     zone=tokyo,
    ... )
    >>> print(cycle.start.astimezone(tokyo), cycle.end.astimezone(tokyo))
    2026-05-01 00:00:00+09:00 2026-06-01 00:00:00+09:00
    """
    zone = argument("zone", to_optional_zone, zone)
    steps_of(_NEW_YEAR_ON_A_MONDAY, argument("interval", to_interval, interval), 1)
    if zone is None or zone is UTC:
        return _NEW_YEAR_ON_A_MONDAY
    midnight = _NEW_YEAR_ON_A_MONDAY.timetz().replace(tzinfo=zone)
    anchor = moment_of(_NEW_YEAR_ON_A_MONDAY.toordinal(), midnight, zone)
    if wall_of(anchor, zone)[-1] != midnight:
        raise InvalidZone("zone: expected a zone with a midnight on 1 January 2001, got one without")
    return anchor


def steps_of(
    anchor: datetime,
    interval: Interval | UnknownWord,
    count: int,
    zone: tzinfo | None = None,
    month_end: MonthEnd = _LAST_DAY,
) -> Steps:
    """Return the boundaries of an interval, counted from an anchor. Every argument is converted already."""
    if zone is UTC:
        zone = None
    months = _MONTHS.get(interval)
    if months is not None:
        return Months(anchor, count * months, zone, month_end)
    if zone is not None and interval in _DAYS:
        return Days(anchor, count * _DAYS[interval], zone)
    length = _LENGTHS.get(interval)
    if length is not None:
        return Lengths(anchor, length if count == 1 else _times(length, count))
    if interval == Interval.ONE_OFF:
        raise NoCycle("expected an interval that comes again, got 'one_off'")
    raise UnknownInterval(f"expected an interval with a length, got {described(interval)}")


def is_even(interval: Interval | UnknownWord, zone: tzinfo | None) -> bool:
    """Return whether all boundaries of an interval lie equally far apart."""
    return interval in _LENGTHS and (zone is None or zone is UTC or interval not in _DAYS)


def length_of(interval: Interval | UnknownWord, count: int) -> timedelta | None:
    """Return how far apart the boundaries of an interval lie in UTC, or None where that differs.

    >>> length_of(Interval.HOUR, 6), length_of(Interval.MONTH, 1)
    (datetime.timedelta(seconds=21600), None)
    """
    length = _LENGTHS.get(interval)
    return length and _times(length, count)


def _times(length: timedelta, count: int) -> timedelta:
    """Multiply a length, or return the longest time there is. No calendar holds either."""
    try:
        return count * length
    except OverflowError:
        return timedelta.max
