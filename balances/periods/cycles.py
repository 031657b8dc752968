"""The calendar: how long a period is, and where a moment lies among the periods counted from an anchor.

The facts. Minutes, hours, days and weeks have a fixed length; everything is in UTC, so no day is longer than another.
Months have not: a quarter is 3 of them, a half year 6, a year 12. A month too short for the anchor's day lends its last
one: 31 January, 29 February, 31 March.

The rule. Boundary `n` is `anchor + n * count * interval`, each counted from the anchor itself, so that nothing drifts
and the 31st comes back after a short month. A cycle is what lies from one boundary up to, not including, the next.
"""

from datetime import MAXYEAR, UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from attrs import field, frozen

from balances.base.fields import OpenEnum, Value, argument, named, one_of, to_count
from balances.base.home import public
from balances.base.instants import EPOCH, MICROSECOND, to_instant
from balances.base.messages import described
from balances.base.unchecked import maker
from balances.errors import BeyondCalendar, InvalidInstant, InvalidZone, NoCycle, UnknownInterval

__all__ = ["Cycle", "Interval", "MonthEnd", "cycle_at"]


@public
class Interval(OpenEnum):
    """How long a period is. A quarter is 3 months, `SEMI_ANNUAL` is 6; `ONE_OFF` never comes again.

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


_MICROSECONDS_OF: Final[dict[str, int]] = {
    Interval.MINUTE: timedelta(minutes=1) // MICROSECOND,
    Interval.HOUR: timedelta(hours=1) // MICROSECOND,
    Interval.DAY: timedelta(days=1) // MICROSECOND,
    Interval.WEEK: timedelta(weeks=1) // MICROSECOND,
}

_MONTHS_OF: Final[dict[str, int]] = {
    Interval.MONTH: 1,
    Interval.QUARTER: 3,
    Interval.SEMI_ANNUAL: 6,
    Interval.YEAR: 12,
}

_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHORTEST: Final = min(_LENGTHS)


def to_interval(word: str) -> Interval | str:
    """Return the interval of this name, or the word as it came."""
    return Interval.known(word)


def to_optional_interval(word: str | None) -> Interval | str | None:
    """Return the interval of this name, the word as it came, or None."""
    return None if word is None else to_interval(word)


@public
class MonthEnd(StrEnum):
    """What becomes of the day of an anchor in a month that is too short for it.

    >>> MonthEnd("last_day") is MonthEnd.LAST_DAY
    True
    """

    LAST_DAY = "last_day"
    OVERFLOW = "overflow"
    SKIP = "skip"
    FIRST_OF_NEXT = "first_of_next"
    END_OF_MONTH = "end_of_month"


MonthEndWord: TypeAlias = Literal["last_day", "overflow", "skip", "first_of_next", "end_of_month"]


def to_month_end(word: MonthEnd | MonthEndWord) -> MonthEnd:
    """Return the month end of this name."""
    return word if isinstance(word, MonthEnd) else one_of(MonthEnd, word)


def to_optional_zone(zone: tzinfo | None) -> tzinfo | None:
    """Return a zone as it is, or None."""
    if zone is not None and not isinstance(zone, tzinfo):
        raise TypeError(f"expected a tzinfo, got {described(zone)}")
    if hasattr(zone, "localize"):
        raise InvalidZone("expected a zone that knows its own rules, as zoneinfo makes it, got one with localize")
    return zone


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Cycle(Value):
    """A stretch of time, half-open: `start` belongs to it, `end` is where the next one starts.

    >>> from datetime import UTC
    >>> cycle = Cycle(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 2, 1, tzinfo=UTC))
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
def cycle_at(moment: datetime, /, *, anchor: datetime, interval: Interval | str, count: int = 1) -> Cycle:
    """Find the cycle that holds a moment; the boundaries are counted from the anchor, in both directions.

    It takes the same time however far away the anchor is.

    >>> from datetime import UTC
    >>> anchor = datetime(2026, 1, 31, tzinfo=UTC)
    >>> cycle = cycle_at(datetime(2026, 2, 10, tzinfo=UTC), anchor=anchor, interval=Interval.MONTH)
    >>> print(cycle.start, cycle.end)
    2026-01-31 00:00:00+00:00 2026-02-28 00:00:00+00:00
    >>> print(cycle_at(cycle.end, anchor=anchor, interval=Interval.MONTH).end)
    2026-03-31 00:00:00+00:00
    >>> print(cycle_at(datetime(2024, 2, 29, tzinfo=UTC), anchor=anchor, interval=Interval.MONTH).start)
    2024-02-29 00:00:00+00:00
    """
    # What is kept already is not asked again: this is called for every item, and the asking would cost half of it.
    if type(moment) is not datetime or moment.tzinfo is not UTC:
        moment = argument("moment", to_instant, moment)
    if type(anchor) is not datetime or anchor.tzinfo is not UTC or anchor.fold:
        anchor = argument("anchor", to_instant, anchor)
    if type(count) is not int or count < 1:
        count = argument("count", to_count, count)
    if interval in _MONTHS_OF:
        return _cycle_of_months(moment, anchor, count * _MONTHS_OF[interval])
    if interval in _MICROSECONDS_OF:
        return _cycle_of_microseconds(moment, anchor, count * _MICROSECONDS_OF[interval])
    if interval == Interval.ONE_OFF:
        raise NoCycle("expected an interval that comes again, got 'one_off'")
    raise UnknownInterval(f"expected an interval with a length, got {described(interval)}")


def add_months(moment: datetime, months: int, /) -> datetime:
    """Return the same day and time of another month, or the last day of a month too short.

    >>> from datetime import UTC
    >>> print(add_months(datetime(2026, 8, 31, tzinfo=UTC), 6))
    2027-02-28 00:00:00+00:00
    """
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    if not 1 <= year <= MAXYEAR:
        spelled = f"month {month + 1} of the year {described(year)}"
        raise BeyondCalendar(f"expected a moment in the years 1 to 9999, got {spelled}")
    day = moment.day
    if day > _SHORTEST:
        day = min(day, _days_of(year, month))
    return moment.replace(year=year, month=month + 1, day=day)


def _cycle_of_months(moment: datetime, anchor: datetime, step: int) -> Cycle:
    distance = 12 * (moment.year - anchor.year) + moment.month - anchor.month
    months = distance // step * step
    start = add_months(anchor, months)
    if start <= moment:
        return _make_cycle(start=start, end=add_months(anchor, months + step))
    return _make_cycle(start=add_months(anchor, months - step), end=start)


def _cycle_of_microseconds(moment: datetime, anchor: datetime, step: int) -> Cycle:
    start = (moment - anchor) // MICROSECOND // step * step
    return _make_cycle(start=add_microseconds(anchor, start), end=add_microseconds(anchor, start + step))


def microseconds_of(interval: Interval | str, count: int) -> int | None:
    """Return the length of a period, or None if it is not always the same, or not known."""
    microseconds = _MICROSECONDS_OF.get(interval)
    return None if microseconds is None else count * microseconds


def months_of(interval: Interval | str, count: int) -> int:
    """Return how many months a period has that has not always the same length."""
    if interval not in _MONTHS_OF:
        raise UnknownInterval(f"expected an interval with a length, got {described(interval)}")
    return count * _MONTHS_OF[interval]


def add_microseconds(moment: datetime, microseconds: int) -> datetime:
    """Return a moment so much later."""
    try:
        return moment + microseconds * MICROSECOND
    except OverflowError:
        since = (moment - EPOCH) // MICROSECOND + microseconds
        spelled = f"{described(since)} microseconds from the epoch"
        raise BeyondCalendar(f"expected a moment in the years 1 to 9999, got {spelled}") from None


def _days_of(year: int, month: int) -> int:
    is_leap_february = month == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _LENGTHS[month] + is_leap_february
