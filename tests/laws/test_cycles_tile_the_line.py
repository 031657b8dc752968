"""Law: cycles tile the line. Every moment whose cycle a `datetime` can hold is in exactly one, and ends meet starts.

It holds in every zone and under every month end, across clocks put forward and back, and across days that are missing.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from calendars import (
    DAY,
    FIRST,
    FIXED,
    LAST,
    LENGTHS,
    MONTHS,
    ZONES,
    calendars,
    moments,
    moments_of,
    near,
    walked,
)
from helpers import TICK
from hypothesis import assume, given
from hypothesis import strategies as st

from balances import BeyondCalendar, Cycle, Interval, MonthEnd, Policy, Reset, cycle_at, reset_after
from balances.periods.cycles import steps_of

intervals = st.sampled_from([*LENGTHS, *MONTHS])
counts = st.integers(1, 40)
in_utc = calendars(st.just(ZoneInfo("UTC")))
FOUR_CENTURIES = 146_097 * DAY


any_calendars = calendars()
few_hours = st.sampled_from([0, 0, -1, 1, -24, 24])


@st.composite
def cases(draw: st.DrawFn) -> tuple[datetime, dict[str, Any]]:
    """Draw a calendar, and a moment that is anywhere, near a change of the clock, or near a boundary."""
    calendar = draw(any_calendars)
    if draw(st.booleans()):
        return draw(moments_of(calendar["zone"])), calendar
    hours = draw(few_hours)
    away = draw(st.integers(-1, 1)) * TICK + timedelta(hours=hours)
    return near(calendar, draw(st.integers(-6, 6))) + away, calendar


@given(case=cases())
def test_every_moment_lies_in_its_cycle_and_ends_meet_starts(case: tuple[datetime, dict[str, Any]]) -> None:
    moment, calendar = case
    cycle = cycle_at(moment, **calendar)
    assert cycle.start <= moment < cycle.end
    assert cycle_at(cycle.start, **calendar) == cycle == cycle_at(cycle.end - TICK, **calendar)
    assert cycle_at(cycle.end, **calendar).start == cycle.end
    assert cycle_at(cycle.start - TICK, **calendar).end == cycle.start


@given(case=cases())
def test_a_cycle_is_the_one_found_by_another_arithmetic(case: tuple[datetime, dict[str, Any]]) -> None:
    moment, calendar = case
    cycle = cycle_at(moment, **calendar)
    assert (cycle.start, cycle.end) == walked(moment, **calendar)


@given(calendar=calendars())
def test_the_anchor_is_always_a_boundary(calendar: dict[str, Any]) -> None:
    assert cycle_at(calendar["anchor"], **calendar).start == calendar["anchor"]


def changed(calendar: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    return calendar | attributes


@given(case=cases(), number=st.integers(-6, 6))
def test_counting_from_a_boundary_with_the_wall_time_of_the_anchor_gives_the_same_cycles(
    case: tuple[datetime, dict[str, Any]], number: int
) -> None:
    moment, calendar = case
    zone, anchor = calendar["zone"], calendar["anchor"]
    wall, other = anchor.astimezone(zone), near(calendar, number)
    assume(wall.day <= 27)
    assume(not wall.fold)
    assume(other.astimezone(zone).time() == wall.time())
    assert cycle_at(moment, **changed(calendar, anchor=other)) == cycle_at(moment, **calendar)


@given(case=cases())
def test_month_ends_agree_for_an_anchor_up_to_the_27th(case: tuple[datetime, dict[str, Any]]) -> None:
    moment, calendar = case
    assume(calendar["anchor"].astimezone(calendar["zone"]).day <= 27)
    assert {cycle_at(moment, **changed(calendar, month_end=rule)) for rule in MonthEnd} == {
        cycle_at(moment, **calendar)
    }


@given(moment=moments, calendar=in_utc)
def test_no_zone_is_utc(moment: datetime, calendar: dict[str, Any]) -> None:
    expected = cycle_at(moment, **changed(calendar, zone=None))
    for zone in (UTC, ZoneInfo("UTC"), timezone(timedelta(0), "Zulu")):
        assert (zone, cycle_at(moment, **changed(calendar, zone=zone))) == (zone, expected)


@given(moment=moments, anchor=moments, interval=st.sampled_from(["minute", "hour"]), count=counts)
def test_minutes_and_hours_are_lengths_in_every_zone(
    moment: datetime, anchor: datetime, interval: str, count: int
) -> None:
    calendar: dict[str, Any] = {"anchor": anchor, "interval": interval, "count": count}
    expected = cycle_at(moment, **calendar)
    for zone in (*ZONES, *FIXED):
        assert (zone, cycle_at(moment, zone=zone, **calendar)) == (zone, expected)


def shifted(cycle: Cycle, by: timedelta) -> Cycle | None:
    """Return a cycle so much later, or None where no `datetime` can hold it."""
    try:
        return Cycle(start=cycle.start + by, end=cycle.end + by)
    except OverflowError:
        return None


def held(moment: datetime, **calendar: Any) -> Cycle | None:
    """Return a cycle, or None where no `datetime` can hold it."""
    try:
        return cycle_at(moment, **calendar)
    except BeyondCalendar:
        return None


@pytest.mark.parametrize("side", [1, -1], ids=["the last years", "the first years"])
@given(
    zone=st.none() | st.sampled_from(FIXED),
    anchor=st.datetimes(datetime(4800, 1, 1), datetime(5199, 12, 31), timezones=st.just(UTC))
    | st.timedeltas(timedelta(0), timedelta(days=3)),
    distance=st.timedeltas(timedelta(0), timedelta(days=500)) | st.integers(0, 3).map(lambda number: number * DAY),
    interval=intervals,
    count=st.sampled_from([1, 1, 2, 40]),
    rule=st.sampled_from(MonthEnd),
)
def test_the_ends_of_the_calendar_are_as_four_centuries_further_in(
    *,
    side: int,
    zone: tzinfo | None,
    anchor: datetime | timedelta,
    distance: timedelta,
    interval: Interval,
    count: int,
    rule: MonthEnd,
) -> None:
    end, inward = LAST if side == 1 else FIRST, -side * FOUR_CENTURIES
    moment = end - side * distance
    if isinstance(anchor, timedelta):
        anchor = end - side * anchor
    calendar: dict[str, Any] = {"interval": interval, "count": count, "zone": zone, "month_end": rule}
    further_in = cycle_at(moment + inward, anchor=anchor + inward, **calendar)
    assert held(moment, anchor=anchor, **calendar) == shifted(further_in, -inward)


@given(case=cases(), number=st.integers(-40, 40))
def test_boundaries_by_number_are_those_of_the_cycles(case: tuple[datetime, dict[str, Any]], number: int) -> None:
    moment, calendar = case
    steps = steps_of(**calendar)
    cycle, boundary = cycle_at(moment, **calendar), steps.at(number)
    assert cycle_at(boundary, **calendar).start == boundary
    assert steps.after(cycle.start, 0) == cycle.start
    assert steps.after(cycle.start, 1) == cycle.end


@given(calendar=calendars(), number=st.integers(-40, 40), more=st.integers(0, 40), hours=st.integers(0, 23))
def test_boundaries_that_are_all_distinct_can_be_counted(
    calendar: dict[str, Any], number: int, more: int, hours: int
) -> None:
    steps = steps_of(**calendar)
    assume(steps.is_distinct)
    first, last, following = (steps.at(number + other) for other in (0, more, more + 1))
    between = min(last + timedelta(hours=hours), following - TICK)
    assert (steps.count(first, between), steps.after(first, more)) == (more + 1, last)


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
    cycle = cycle_at(found - TICK, anchor=anchor or stated, interval=interval, count=count)
    assert cycle.start <= after < found == cycle.end


@given(stated=moments, distance=st.timedeltas(TICK, timedelta(days=99_999)), interval=intervals)
def test_a_reset_that_is_still_to_come_is_next(stated: datetime, distance: timedelta, interval: Interval) -> None:
    assert reset_after(Reset(interval=interval, resets_at=stated), after=stated - distance) == stated
