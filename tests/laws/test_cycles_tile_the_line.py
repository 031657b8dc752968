"""Law: cycles tile the line. Ends meet starts, and every moment is in exactly one."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count as counting
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_balances import intervals

from balances import Interval, Policy, Reset, cycle_at, reset_after

HAIR = timedelta(microseconds=1)
MONTHS: dict[Any, int] = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.SEMI_ANNUAL: 6, Interval.YEAR: 12}
LENGTHS = {
    Interval.MINUTE: timedelta(minutes=1),
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: timedelta(days=1),
    Interval.WEEK: timedelta(weeks=1),
}
CENTURIES = st.datetimes(datetime(1200, 1, 1), datetime(8000, 1, 1), timezones=st.just(UTC))


def near_the_end(year: int, month: int, back: int) -> datetime:
    return datetime(year, month, monthrange(year, month)[1] - back, tzinfo=UTC)


MONTH_ENDS = st.builds(near_the_end, st.integers(1890, 2110), st.integers(1, 12), st.integers(0, 3))
moments = CENTURIES | MONTH_ENDS
counts = st.integers(1, 40)


def boundary(anchor: datetime, interval: str, number: int) -> datetime:
    """Count from the anchor in another way: by the month's number since the year 0, and by `calendar`."""
    if interval not in MONTHS:
        return anchor + number * LENGTHS[Interval(interval)]
    year, month = divmod(12 * anchor.year + anchor.month - 1 + number * MONTHS[interval], 12)
    last = monthrange(year, month + 1)[1]
    return anchor.replace(year=year, month=month + 1, day=min(anchor.day, last))


def walked(moment: datetime, boundary_of: Callable[[int], datetime]) -> tuple[datetime, datetime]:
    """Find a cycle one step at a time, from far enough before the moment."""
    first = -next(number for number in counting() if boundary_of(-number) <= moment)
    start = list(takewhile(lambda number: boundary_of(number) <= moment, counting(first)))[-1]
    return boundary_of(start), boundary_of(start + 1)


@given(moment=moments, anchor=moments, interval=intervals, count=counts)
def test_every_moment_lies_in_the_cycle_that_holds_it(
    moment: datetime, anchor: datetime, interval: Interval, count: int
) -> None:
    cycle = cycle_at(moment, anchor=anchor, interval=interval, count=count)
    assert moment in cycle
    assert cycle.start <= moment < cycle.end


@given(moment=moments, anchor=moments, interval=intervals, count=counts)
def test_ends_meet_starts(moment: datetime, anchor: datetime, interval: Interval, count: int) -> None:
    calendar: dict[str, Any] = {"anchor": anchor, "interval": interval, "count": count}
    cycle = cycle_at(moment, **calendar)
    assert cycle_at(cycle.start, **calendar) == cycle == cycle_at(cycle.end - HAIR, **calendar)
    assert cycle_at(cycle.end, **calendar).start == cycle.end
    assert cycle_at(cycle.start - HAIR, **calendar).end == cycle.start


@given(moment=moments, anchor=moments, interval=intervals, count=counts)
def test_no_moment_lies_in_a_neighbouring_cycle(
    moment: datetime, anchor: datetime, interval: Interval, count: int
) -> None:
    calendar: dict[str, Any] = {"anchor": anchor, "interval": interval, "count": count}
    cycle = cycle_at(moment, **calendar)
    assert moment not in cycle_at(cycle.end, **calendar)
    assert moment not in cycle_at(cycle.start - HAIR, **calendar)


@given(anchor=moments, interval=intervals, count=counts, steps=st.floats(-20, 20))
def test_a_cycle_near_the_anchor_is_where_a_walk_from_it_arrives(
    anchor: datetime, interval: Interval, count: int, steps: float
) -> None:
    moment = anchor + steps * (boundary(anchor, interval, count) - anchor)
    cycle = cycle_at(moment, anchor=anchor, interval=interval, count=count)
    assert (cycle.start, cycle.end) == walked(moment, lambda number: boundary(anchor, interval, number * count))


@given(anchor=moments, interval=intervals, count=counts, number=st.integers(-20, 20))
def test_a_boundary_begins_a_cycle_and_a_hair_before_is_the_cycle_before(
    anchor: datetime, interval: Interval, count: int, number: int
) -> None:
    calendar: dict[str, Any] = {"anchor": anchor, "interval": interval, "count": count}
    start = boundary(anchor, interval, number * count)
    assert cycle_at(start, **calendar).start == start
    assert cycle_at(start, **calendar).end == boundary(anchor, interval, (number + 1) * count)
    assert cycle_at(start - HAIR, **calendar).start == boundary(anchor, interval, (number - 1) * count)


@pytest.mark.parametrize("anchored", [False, True], ids=["from the stated date", "from the anchor"])
@given(stated=moments, after=moments, other=moments, interval=intervals, count=counts)
def test_the_next_reset_is_later_and_no_boundary_lies_between(
    *, anchored: bool, stated: datetime, after: datetime, other: datetime, interval: Interval, count: int
) -> None:
    stated, after = sorted([stated, after])
    anchor = other if anchored else None
    reset = Reset(interval=interval, interval_count=count, resets_at=stated)
    found = reset_after(reset, after=after, policy=Policy(anchor=anchor))
    assert found is not None
    cycle = cycle_at(found - HAIR, anchor=anchor or stated, interval=interval, count=count)
    assert cycle.start <= after < found == cycle.end


@given(stated=moments, distance=st.timedeltas(HAIR, timedelta(days=99_999)), interval=intervals)
def test_a_reset_that_is_still_to_come_is_next(stated: datetime, distance: timedelta, interval: Interval) -> None:
    assert reset_after(Reset(interval=interval, resets_at=stated), after=stated - distance) == stated
