"""The calendar in another arithmetic, and strategies for zones, and for moments near what is odd about them."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from helpers import TICK
from hypothesis import strategies as st

from balances import Interval, MonthEnd

DAY: Final = timedelta(days=1)
FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)
LENGTHS: Final[dict[Interval, timedelta]] = {
    Interval.MINUTE: timedelta(minutes=1),
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: DAY,
    Interval.WEEK: timedelta(weeks=1),
}
MONTHS: Final[dict[Interval, int]] = {
    Interval.MONTH: 1,
    Interval.QUARTER: 3,
    Interval.SEMI_ANNUAL: 6,
    Interval.YEAR: 12,
}
NAMES: Final = (
    "America/Havana",
    "America/Juneau",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Manila",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "UTC",
)
"""Zones that miss a day, have one twice, change their clock by half an hour, or change it at midnight."""

ZONES: Final[tuple[tzinfo, ...]] = tuple(map(ZoneInfo, NAMES))
FIXED: Final[tuple[tzinfo, ...]] = (
    timezone(timedelta(hours=14)),
    timezone(timedelta(hours=-12)),
    timezone(timedelta(hours=5, minutes=45, seconds=12, microseconds=7)),
)


def offset_at(moment: datetime, zone: tzinfo) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


@cache
def changes_of(zone: tzinfo) -> tuple[datetime, ...]:
    """Find every moment of two centuries at which a zone changes its clock, by looking at every sixth day."""
    days = [datetime(1840, 1, 1, tzinfo=UTC) + 6 * number * DAY for number in range(200 * 61)]
    offsets = [offset_at(moment, zone) for moment in days]
    return tuple(
        _change_between(moment, moment + 6 * DAY, zone)
        for moment, offset, other in zip(days, offsets, offsets[1:], strict=False)
        if offset != other
    )


def _change_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if offset_at(middle, zone) == offset_at(before, zone):
            before = middle
        else:
            after = middle
    return after


def moment_of(wall: datetime, zone: tzinfo) -> datetime:
    """Return when a clock shows a wall time first, asking the zone only what it shows at a moment.

    In a gap, it is when the clock would have shown it had it not been changed.
    """
    as_utc = wall.replace(tzinfo=UTC)
    candidates = [as_utc - offset_at(moment, zone) for moment in (as_utc - DAY, as_utc + DAY)]
    exact = [moment for moment in candidates if moment.astimezone(zone).replace(tzinfo=None) == wall]
    return min(exact) if exact else candidates[0]


def day_of(year: int, month: int, day: int, rule: MonthEnd) -> date | None:
    """Return the day of a month that the rule takes."""
    last = date(year, month, monthrange(year, month)[1])
    if day <= last.day:
        return last.replace(day=day)
    taken = {MonthEnd.SKIP: None, MonthEnd.OVERFLOW: last + (day - last.day) * DAY, MonthEnd.FIRST_OF_NEXT: last + DAY}
    return taken.get(rule, last)


def boundary(
    number: int, *, anchor: datetime, interval: Interval, zone: tzinfo, month_end: MonthEnd
) -> datetime | None:
    """Return the boundary so many intervals from the anchor; None where its month is skipped."""
    if number == 0 or interval in (Interval.MINUTE, Interval.HOUR):
        return anchor + number * LENGTHS.get(interval, DAY)
    wall = anchor.astimezone(zone).replace(tzinfo=None)
    if interval in LENGTHS:
        return moment_of(wall + number * LENGTHS[interval], zone)
    year, month = divmod(12 * wall.year + wall.month - 1 + number * MONTHS[interval], 12)
    stays = month_end is MonthEnd.END_OF_MONTH and (wall + DAY).day == 1
    day = day_of(year, month + 1, 31 if stays else wall.day, month_end)
    return None if day is None else moment_of(datetime.combine(day, wall.time()), zone)


def walked(moment: datetime, *, count: int, **calendar: Any) -> tuple[datetime, datetime]:
    """Find the cycle of a moment among many boundaries around it."""
    found = {*_many_around(moment, count=count, **calendar)}
    return max(found - later(found, moment)), min(later(found, moment))


def later(boundaries: set[datetime], moment: datetime) -> set[datetime]:
    return {boundary for boundary in boundaries if boundary > moment}


def _many_around(moment: datetime, *, count: int, **calendar: Any) -> Iterator[datetime]:
    anchor, interval = calendar["anchor"], calendar["interval"]
    length = LENGTHS.get(interval) or timedelta(days=30.436875) * MONTHS[interval]
    middle = (moment - anchor) // (count * length)
    for number in range(middle - 20, middle + 21):
        found = boundary(number * count, **calendar)
        if found is not None:
            yield found


zones: Final = st.sampled_from([*ZONES, *FIXED])
anywhere: Final = st.datetimes(datetime(1200, 1, 1), datetime(8000, 1, 1), timezones=st.just(UTC))


def _near_the_end(year: int, month: int, back: int) -> datetime:
    return datetime(year, month, monthrange(year, month)[1], 12, tzinfo=UTC) - back * DAY


month_ends: Final = st.builds(_near_the_end, st.integers(1890, 2110), st.integers(1, 12), st.integers(-1, 3))


moments: Final = anywhere | month_ends
_distances: Final = st.one_of(
    st.integers(-3 * 24, 3 * 24).map(lambda hours: timedelta(hours=hours)),
    st.integers(-3 * 1440, 3 * 1440).map(lambda minutes: timedelta(minutes=minutes)),
)
_ticks: Final = st.integers(-1, 1).map(lambda ticks: ticks * TICK)
_intervals: Final = st.sampled_from([*LENGTHS, *MONTHS])
_counts: Final = st.sampled_from([1, 1, 2, 3, 11]) | st.integers(1, 40)


@st.composite
def moments_of(draw: st.DrawFn, zone: tzinfo) -> datetime:
    """Draw a moment, often within three days of a change of the clock."""
    changes = changes_of(zone)
    if not changes or draw(st.booleans()):
        return draw(moments)
    return draw(st.sampled_from(changes)) + draw(_distances) + draw(_ticks)


@st.composite
def calendars(draw: st.DrawFn, zone: st.SearchStrategy[tzinfo] = zones) -> dict[str, Any]:
    """Draw the keywords of `cycle_at`."""
    drawn = draw(zone)
    return {
        "anchor": draw(moments_of(drawn)),
        "interval": draw(_intervals),
        "count": draw(_counts),
        "zone": drawn,
        "month_end": draw(st.sampled_from(MonthEnd)),
    }


def near(calendar: dict[str, Any], number: int) -> datetime:
    """Return a boundary by its number, or the anchor where that month is skipped."""
    count = calendar["count"]
    return (
        boundary(number * count, **{name: calendar[name] for name in calendar if name != "count"}) or calendar["anchor"]
    )
