"""Cycles on the wall clock of a zone: clocks put forward and back, days that are missing, zones that misbehave."""

import os
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from calendars import DAY, FIRST, LAST
from helpers import TICK
from hypothesis import given
from hypothesis import strategies as st

from balances import (
    BeyondCalendar,
    Cycle,
    Interval,
    InvalidZone,
    MonthEnd,
    NoCycle,
    UnknownInterval,
    UnknownWord,
    calendar_anchor,
    cycle_at,
)
from balances.periods.boundaries import least_step
from balances.periods.cycles import AnyInterval, is_even, steps_of
from balances.periods.stepping import add_days, add_months

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
APIA = ZoneInfo("Pacific/Apia")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
MOMENT = datetime(2026, 7, 10, tzinfo=UTC)


def local(zone: tzinfo, *fields: int, fold: int = 0) -> datetime:
    return datetime(*fields, tzinfo=zone, fold=fold)  # type: ignore[arg-type, misc]


def starts(anchor: datetime, number: int, **calendar: Any) -> list[str]:
    """Walk forward from an anchor, and return the wall time at which each cycle starts."""
    zone: tzinfo = calendar["zone"]
    found = [cycle_at(anchor, anchor=anchor, **calendar)]
    while len(found) < number:
        found.append(cycle_at(found[-1].end, anchor=anchor, **calendar))
    return [f"{cycle.start.astimezone(zone):%d %b %H:%M}" for cycle in found]


@pytest.mark.parametrize(
    ("zone", "fields", "hours"),
    [
        (BERLIN, (2026, 3, 28, 12), 23),
        (BERLIN, (2026, 10, 24, 12), 25),
        (BERLIN, (2026, 7, 1), 24),
        (LORD_HOWE, (2026, 10, 3, 12), 23.5),
        (LORD_HOWE, (2026, 4, 4, 12), 24.5),
    ],
)
def test_a_day_is_as_long_as_the_wall_clock_says(zone: tzinfo, fields: tuple[int, ...], hours: float) -> None:
    anchor = local(zone, *fields)
    cycle = cycle_at(anchor, anchor=anchor, interval="day", zone=zone)
    assert cycle.end - cycle.start == timedelta(hours=hours)


def test_a_month_begins_at_the_same_wall_time_in_summer_and_in_winter() -> None:
    anchor = local(BERLIN, 2026, 1, 15, 9, 30)
    assert starts(anchor, 4, interval="month", zone=BERLIN) == [
        "15 Jan 09:30",
        "15 Feb 09:30",
        "15 Mar 09:30",
        "15 Apr 09:30",
    ]


def test_the_day_of_the_month_is_the_one_on_the_wall() -> None:
    anchor = local(NEW_YORK, 2026, 1, 31, 22)
    assert anchor.astimezone(UTC).day == 1
    assert starts(anchor, 3, interval="month", zone=NEW_YORK) == ["31 Jan 22:00", "28 Feb 22:00", "31 Mar 22:00"]


def test_a_wall_time_that_does_not_exist_moves_on_by_the_width_of_the_gap_and_is_not_kept() -> None:
    anchor = local(BERLIN, 2026, 3, 28, 2, 30)
    assert starts(anchor, 3, interval="day", zone=BERLIN) == ["28 Mar 02:30", "29 Mar 03:30", "30 Mar 02:30"]
    anchor = local(LORD_HOWE, 2026, 10, 3, 2, 10)
    assert starts(anchor, 3, interval="day", zone=LORD_HOWE) == ["03 Oct 02:10", "04 Oct 02:40", "05 Oct 02:10"]


def test_a_wall_time_that_exists_twice_is_its_first() -> None:
    anchor = local(BERLIN, 2026, 10, 24, 2, 30)
    cycle = cycle_at(anchor, anchor=anchor, interval="day", zone=BERLIN)
    assert cycle.end == local(BERLIN, 2026, 10, 25, 2, 30, fold=0).astimezone(UTC)
    assert cycle_at(cycle.end, anchor=anchor, interval="day", zone=BERLIN).end == local(BERLIN, 2026, 10, 26, 2, 30)


def test_an_anchor_at_the_second_of_two_times_is_a_boundary_where_it_is() -> None:
    anchor = local(BERLIN, 2026, 10, 25, 2, 30, fold=1).astimezone(UTC)
    cycle, before = (cycle_at(at, anchor=anchor, interval="day", zone=BERLIN) for at in (anchor, anchor - TICK))
    assert cycle == Cycle(start=anchor, end=anchor + DAY)
    assert before == Cycle(start=local(BERLIN, 2026, 10, 24, 2, 30), end=anchor)
    next_autumn = cycle_at(anchor, anchor=anchor, interval="week", count=53, zone=BERLIN).end
    assert next_autumn == local(BERLIN, 2027, 10, 31, 2, 30).astimezone(UTC)


@pytest.mark.parametrize("hour", [0, 10, 23])
def test_a_day_that_is_missing_from_a_zone_is_no_cycle(hour: int) -> None:
    anchor = local(APIA, 2011, 12, 28, hour)
    days = starts(anchor, 4, interval="day", zone=APIA)
    assert days == [f"{day} {hour:02}:00" for day in ("28 Dec", "29 Dec", "31 Dec", "01 Jan")]
    last = cycle_at(local(APIA, 2011, 12, 29, 23, 59), anchor=anchor, interval="day", zone=APIA)
    assert last.end - last.start == DAY


def test_an_anchor_the_day_after_a_missing_one_follows_the_day_before() -> None:
    anchor = local(APIA, 2011, 12, 31, 12)
    before = cycle_at(anchor.astimezone(UTC) - TICK, anchor=anchor, interval="day", zone=APIA)
    assert before == Cycle(start=local(APIA, 2011, 12, 29, 12), end=anchor)


def test_weeks_and_years_are_counted_on_the_wall_clock_too() -> None:
    anchor = local(BERLIN, 2026, 3, 25, 12)
    week = cycle_at(anchor, anchor=anchor, interval="week", zone=BERLIN)
    year = cycle_at(anchor, anchor=anchor, interval="year", zone=BERLIN)
    assert week.end == local(BERLIN, 2026, 4, 1, 12)
    assert week.end - week.start == 7 * DAY - timedelta(hours=1)
    assert year.end == local(BERLIN, 2027, 3, 25, 12)


@pytest.mark.parametrize("interval", ["minute", "hour"])
def test_minutes_and_hours_are_lengths(interval: AnyInterval) -> None:
    anchor = local(BERLIN, 2026, 3, 29, 1, 15)
    expected = cycle_at(MOMENT, anchor=anchor, interval=interval, count=24)
    assert cycle_at(MOMENT, anchor=anchor, interval=interval, count=24, zone=BERLIN) == expected


@pytest.mark.parametrize("zone", [None, UTC, BERLIN])
def test_days_lie_equally_far_apart_without_a_wall_clock_and_hours_do_anyway(zone: tzinfo | None) -> None:
    even = [interval for interval in Interval if is_even(interval, zone)]
    assert even == ["minute", "hour", *(["day", "week"] if zone is not BERLIN else [])]


@pytest.mark.parametrize("interval", ["hour", "day", "month"])
def test_what_comes_back_is_in_utc_where_it_came_in_another_zone_that_is_no_other_time(interval: AnyInterval) -> None:
    moment = MOMENT.replace(tzinfo=timezone(timedelta(), "Zulu"))
    for anchor in (MOMENT, moment):
        cycle = cycle_at(moment, anchor=anchor, interval=interval)
        assert cycle.start.tzinfo is cycle.end.tzinfo is UTC


def test_what_comes_back_is_in_utc() -> None:
    cycle = cycle_at(MOMENT, anchor=local(BERLIN, 2026, 1, 1), interval="month", zone=BERLIN)
    assert repr(cycle.start) == "datetime.datetime(2026, 6, 30, 22, 0, tzinfo=datetime.timezone.utc)"
    assert cycle.end.tzinfo is UTC


def test_the_last_and_the_first_days_of_the_calendar_have_cycles_where_the_wall_shows_no_date() -> None:
    """At the end the wall clock of Tokyo already shows the year 10000, and at the beginning that of New York year 0."""
    tokyo, last = timezone(timedelta(hours=9)), datetime(9999, 12, 31, 15, tzinfo=UTC)
    west, first = timezone(timedelta(hours=-5)), datetime(1, 1, 1, 1, tzinfo=UTC)
    lengths: list[tuple[AnyInterval, int]] = [("day", 1), ("month", 31), ("year", 365)]
    for interval, days in lengths:
        cycle = cycle_at(last - TICK, anchor=local(tokyo, 2026, 1, 1), interval=interval, zone=tokyo)
        assert cycle == Cycle(start=last - days * DAY, end=last)
        cycle = cycle_at(first, anchor=first, interval=interval, zone=west)
        assert cycle == Cycle(start=first, end=first + days * DAY)
    anchor = last + timedelta(hours=1)
    assert cycle_at(last, anchor=anchor, interval="day", zone=tokyo) == Cycle(start=anchor - DAY, end=anchor)


def test_each_end_of_the_calendar_has_the_offset_that_the_zone_has_there() -> None:
    """In the year 1, the wall clock of Berlin shows the time of its sun, 53 minutes and 28 seconds ahead of UTC."""
    first, last = datetime(1, 1, 1, 0, 6, 32, tzinfo=UTC), datetime(9999, 12, 30, 23, tzinfo=UTC)
    cycle = cycle_at(first, anchor=local(BERLIN, 2026, 1, 1, 1), interval="day", zone=BERLIN)
    assert cycle == Cycle(start=first, end=first + DAY)
    cycle = cycle_at(last, anchor=local(BERLIN, 2026, 1, 1), interval="day", zone=BERLIN)
    assert cycle == Cycle(start=last, end=last + DAY)


def test_a_wall_time_that_shows_a_date_but_is_no_moment_of_utc_is_beyond_the_calendar() -> None:
    tokyo, west = timezone(timedelta(hours=9)), timezone(timedelta(hours=-5))
    with pytest.raises(BeyondCalendar, match=r"got none at or before 0001-01-01T00:00:00\+00:00$"):
        cycle_at(FIRST, anchor=local(tokyo, 2026, 1, 1), interval="day", zone=tokyo)
    with pytest.raises(BeyondCalendar, match=r"got none after 9999-12-31T23:59:59"):
        cycle_at(LAST, anchor=local(west, 2026, 1, 1, 23), interval="day", zone=west)


def test_the_wall_may_show_the_next_month_before_utc_does() -> None:
    tokyo, start = timezone(timedelta(hours=9)), datetime(2026, 2, 28, 15, tzinfo=UTC)
    cycle = cycle_at(start, anchor=local(tokyo, 2026, 1, 1), interval="month", zone=tokyo)
    assert cycle == Cycle(start=start, end=datetime(2026, 3, 31, 15, tzinfo=UTC))


def test_boundaries_have_numbers_and_two_may_have_the_same() -> None:
    days = steps_of(local(APIA, 2011, 12, 29), Interval.DAY, 1, APIA)
    assert days.at(1) == days.at(2) == local(APIA, 2011, 12, 31)
    months = steps_of(datetime(2026, 1, 31, tzinfo=UTC), Interval.MONTH, 1, month_end=MonthEnd.SKIP)
    assert months.at(1) == months.at(2) == datetime(2026, 3, 31, tzinfo=UTC)
    assert months.at(-1) == datetime(2025, 12, 31, tzinfo=UTC)
    assert not days.is_distinct
    assert not months.is_distinct


@pytest.mark.parametrize(
    ("interval", "count", "zone", "month_end", "day"),
    [
        ("day", 2, APIA, "last_day", 31),
        ("day", 1, None, "last_day", 31),
        ("month", 1, APIA, "skip", 28),
        ("month", 1, None, "skip", 28),
        ("month", 1, APIA, "overflow", 31),
        ("hour", 1, APIA, "skip", 31),
    ],
)
def test_other_boundaries_are_all_distinct(
    interval: AnyInterval, count: int, zone: tzinfo | None, month_end: str, day: int
) -> None:
    anchor = datetime(2011, 12, day, tzinfo=UTC)
    steps = steps_of(anchor, Interval(interval), count, zone, MonthEnd(month_end))
    assert steps.is_distinct
    assert len({steps.at(number) for number in range(-40, 40)}) == 80


@pytest.mark.parametrize("zone", [None, BERLIN, APIA])
def test_no_boundary_is_nearer_to_the_one_before_than_the_least_step(zone: tzinfo | None) -> None:
    # In Apia, the clock was put forward by an hour in September 2011, and by a day in December.
    anchor = datetime(2011, 8, 1, 2, 30, tzinfo=zone or UTC).astimezone(UTC)
    for interval, (count, number), rule in product([*Interval][1:], [(1, 60), (24, 2), (150, 1)], MonthEnd):
        least, steps, moment = least_step(interval, count), steps_of(anchor, interval, count, zone, rule), anchor
        for _ in range(number):
            start, moment = steps.around(moment)
            assert moment - start >= least >= timedelta(), (interval, count, rule, start)


@pytest.mark.parametrize("number", [-(10**9), 10**9, 10**400])
@pytest.mark.parametrize("interval", ["minute", "day", "month"])
def test_a_boundary_that_no_datetime_can_hold_is_a_clear_error(interval: AnyInterval, number: int) -> None:
    for zone in (None, BERLIN):
        with pytest.raises(BeyondCalendar, match=r"^expected a moment in the years 1 to 9999, got step "):
            steps_of(MOMENT, Interval(interval), 10, zone).at(number)


def test_a_step_from_the_last_lengths_is_beyond_the_calendar() -> None:
    hours = steps_of(MOMENT, Interval.HOUR, 1)
    assert hours.after(LAST - timedelta(hours=2), 2) == LAST
    with pytest.raises(BeyondCalendar):
        hours.after(LAST, 2)


def test_boundaries_are_counted_up_to_the_last_moment() -> None:
    west = timezone(timedelta(hours=-5))
    for first in (1, 2):
        anchor = local(west, 2026, 1, first).astimezone(UTC)
        for last in (LAST - timedelta(hours=20), LAST):
            assert steps_of(anchor, Interval.DAY, 2, west).count(anchor, last) == (last - anchor) // (2 * DAY) + 1


def test_days_and_months_are_added_on_the_wall_clock() -> None:
    noon = local(BERLIN, 2026, 1, 31, 12).astimezone(UTC)
    assert add_days(noon, 90, zone=BERLIN) == local(BERLIN, 2026, 5, 1, 12)
    assert add_days(noon, 90) == noon + 90 * DAY
    assert add_months(noon, 3, zone=BERLIN) == local(BERLIN, 2026, 4, 30, 12)
    assert add_months(noon, 3) == noon.replace(month=4, day=30)
    with pytest.raises(BeyondCalendar, match=r"got step 100000 from 2026-01-31T11:00:00\+00:00$"):
        add_months(noon, 100_000)


class Asked(tzinfo):
    """Berlin, counting how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        self.times += 1
        return BERLIN.utcoffset(moment)

    def fromutc(self, moment: datetime, /) -> datetime:
        self.times += 1
        return BERLIN.fromutc(moment.replace(tzinfo=BERLIN)).replace(tzinfo=self)

    def dst(self, moment: datetime | None, /) -> timedelta | None:
        return BERLIN.dst(moment)

    def tzname(self, moment: datetime | None, /) -> str | None:
        return BERLIN.tzname(moment)


@pytest.mark.parametrize("interval", ["day", "month", "year"])
@pytest.mark.parametrize("year", [40, 2026, 9960])
@pytest.mark.parametrize(("month_end", "times"), [("last_day", 12), ("skip", 40)])
def test_a_zone_is_asked_a_few_times_however_far_the_anchor_is(
    interval: AnyInterval, year: int, month_end: Any, times: int
) -> None:
    zone, anchor = Asked(), datetime(2024, 2, 29, 12, tzinfo=UTC)
    cycle_at(datetime(year, 8, 8, tzinfo=UTC), anchor=anchor, interval=interval, zone=zone, month_end=month_end)
    assert 0 < zone.times <= times


class OfDateutil(tzinfo):
    """New York as old packages do it: in a gap it answers for the time after it."""

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        assert moment is not None
        inverted = moment.replace(tzinfo=NEW_YORK, fold=1 - moment.fold)
        is_missing = inverted.astimezone(UTC).astimezone(NEW_YORK).replace(tzinfo=None) != moment.replace(tzinfo=None)
        return (inverted if is_missing else moment.replace(tzinfo=NEW_YORK)).utcoffset()

    def fromutc(self, moment: datetime, /) -> datetime:
        return NEW_YORK.fromutc(moment.replace(tzinfo=NEW_YORK)).replace(tzinfo=self)

    def dst(self, _: datetime | None, /) -> timedelta | None:
        return None

    def tzname(self, _: datetime | None, /) -> str:
        return "New York"


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_a_gap_is_the_same_whichever_side_of_it_the_zone_answers_for(minute: int) -> None:
    anchor = datetime(2026, 3, 7, 7, minute, tzinfo=UTC)
    odd = OfDateutil()
    missing = datetime(2026, 3, 8, 2, minute, tzinfo=odd)
    assert missing.utcoffset() == timedelta(hours=-4)
    for interval in ("day", "week"):
        expected = cycle_at(anchor, anchor=anchor, interval=interval, zone=NEW_YORK)
        assert cycle_at(anchor, anchor=anchor, interval=interval, zone=odd) == expected


class Converting(Asked):
    """Berlin, whose conversion gives a moment with a plain offset."""

    def fromutc(self, moment: datetime, /) -> datetime:
        wall = super().fromutc(moment)
        offset = wall.utcoffset()
        assert offset is not None
        return wall.replace(tzinfo=timezone(offset))


@pytest.mark.parametrize("interval", ["day", "month", "year"])
def test_a_zone_may_convert_to_an_offset(interval: AnyInterval) -> None:
    for month in range(1, 13):
        anchor = datetime(2026, month, 15, 1, 30, tzinfo=UTC)
        for moment in (MOMENT, datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)):
            expected = cycle_at(moment, anchor=anchor, interval=interval, zone=BERLIN)
            assert cycle_at(moment, anchor=anchor, interval=interval, zone=Converting()) == expected


class Wrong(tzinfo):
    """A zone whose offset is what it is given, or the error that it is given."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def utcoffset(self, moment: datetime | None, /) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer(moment) if callable(self.answer) else self.answer

    def dst(self, _: datetime | None, /) -> timedelta:
        return timedelta(0)

    def tzname(self, _: datetime | None, /) -> str:
        return "wrong"


class WithoutZone(Wrong):
    """A zone that converts to what is no moment."""

    def fromutc(self, _: datetime, /) -> Any:
        return self.answer


def only_on_mondays(moment: datetime | None) -> timedelta | None:
    assert moment is not None
    return None if moment.weekday() else timedelta(0)


Tzinfo: Any = tzinfo
"""The base class, which type checkers refuse to make an instance of."""

WRONG: list[tzinfo] = [
    Tzinfo(),
    *map(
        Wrong,
        [
            None,
            5,
            "+01:00",
            DAY,
            -DAY,
            3 * DAY,
            timedelta.max,
            ValueError("no"),
            OverflowError("no"),
            KeyError("no"),
            RuntimeError("no"),
            only_on_mondays,
        ],
    ),
    *map(WithoutZone, [None, 5, datetime(2026, 1, 1), timedelta(0)]),
]


@pytest.mark.parametrize("zone", WRONG, ids=[f"{index} {type(zone).__name__}" for index, zone in enumerate(WRONG)])
@pytest.mark.parametrize("interval", ["day", "month"])
@pytest.mark.parametrize("moment", [MOMENT, datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)])
def test_a_zone_that_misbehaves_is_a_clear_error(zone: tzinfo, interval: AnyInterval, moment: datetime) -> None:
    with pytest.raises(InvalidZone, match=r"^zone: expected an offset from UTC for every moment, got [A-Z]\w+$"):
        cycle_at(moment, anchor=MOMENT, interval=interval, zone=zone)


def test_the_error_has_the_one_of_the_zone_as_its_cause() -> None:
    with pytest.raises(InvalidZone) as caught:
        cycle_at(MOMENT, anchor=MOMENT, interval="day", zone=Wrong(KeyError("no")))
    assert repr(caught.value.__cause__) == "KeyError('no')"


@given(
    offsets=st.lists(st.integers(-1439, 1439), min_size=1),
    days=st.integers(-9, 9),
    interval=st.sampled_from(["day", "week", "month", "year"]),
)
def test_a_clock_that_runs_wild_still_gives_a_cycle_that_holds_the_moment(
    offsets: list[int], days: int, interval: AnyInterval
) -> None:
    def offset(moment: datetime) -> timedelta:
        return timedelta(minutes=offsets[moment.toordinal() % len(offsets)])

    zone = Wrong(offset)
    moment = MOMENT + days * DAY
    assert moment in cycle_at(moment, anchor=MOMENT, interval=interval, zone=zone)


class OfPytz(Wrong):
    """A zone as pytz has it: it does not know its offset until it is told the time."""

    def localize(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=self)


@pytest.mark.parametrize(
    ("zone", "error", "message"),
    [
        (
            OfPytz(timedelta(0)),
            InvalidZone,
            r"^zone: expected a zone that knows its own rules, as zoneinfo makes it, got one with",
        ),
        ("Europe/Berlin", TypeError, r"^zone: expected a tzinfo, got 'Europe/Berlin'$"),
        (timedelta(hours=1), TypeError, r"^zone: expected a tzinfo, got an object of type timedelta$"),
        (0, TypeError, r"^zone: expected a tzinfo, got 0$"),
        (tzinfo, TypeError, r"^zone: expected a tzinfo, got an object of type type$"),
    ],
)
@pytest.mark.parametrize("interval", ["hour", "month"])
def test_what_is_no_zone_is_refused_even_where_it_is_not_needed(
    zone: Any, error: type[Exception], message: str, interval: Any
) -> None:
    with pytest.raises(error, match=message):
        cycle_at(MOMENT, anchor=MOMENT, interval=interval, zone=zone)
    with pytest.raises(error, match=message):
        calendar_anchor(interval, zone=zone)


@pytest.mark.parametrize("zone", [None, UTC, BERLIN, NEW_YORK, APIA, LORD_HOWE, timezone(timedelta(hours=14))])
@pytest.mark.parametrize("interval", [interval for interval in Interval if interval != Interval.ONE_OFF])
def test_cycles_from_a_calendar_anchor_are_those_of_the_calendar(zone: tzinfo | None, interval: Interval) -> None:
    anchor, clock = calendar_anchor(interval, zone=zone), zone or UTC
    assert anchor.tzinfo is UTC
    start = cycle_at(MOMENT, anchor=anchor, interval=interval, zone=zone).start.astimezone(clock)
    today = MOMENT.astimezone(clock).replace(hour=0, minute=0)
    expected = {
        "day": today,
        "week": today - today.weekday() * DAY,
        "month": today.replace(day=1),
        "quarter": today.replace(day=1, month=7),
        "semi_annual": today.replace(day=1, month=7),
        "year": today.replace(day=1, month=1),
    }
    assert start == expected.get(interval, MOMENT)
    assert (anchor.astimezone(clock).weekday(), anchor.astimezone(clock).time()) == (0, time(0))


def test_a_calendar_anchor_needs_an_interval_that_comes_again() -> None:
    with pytest.raises(NoCycle):
        calendar_anchor("one_off", zone=BERLIN)
    with pytest.raises(UnknownInterval):
        calendar_anchor(UnknownWord("fortnight"))
    with pytest.raises(TypeError, match=r"^interval: expected a string, got 5$"):
        calendar_anchor(5)  # type: ignore[arg-type]


def test_a_zone_without_the_midnight_that_the_calendar_is_counted_from_is_an_error() -> None:
    def offset(moment: datetime) -> timedelta:
        return timedelta(hours=int(moment.replace(tzinfo=None) >= datetime(2001, 1, 1)))

    with pytest.raises(InvalidZone, match=r"^zone: expected a zone with a midnight on 1 January 2001"):
        calendar_anchor("day", zone=Wrong(offset))


@pytest.mark.parametrize(
    ("anchor", "number"),
    [
        (FIRST + timedelta(hours=20), 0),
        (FIRST + DAY + timedelta(hours=20), -1),
        (FIRST + DAY + timedelta(minutes=30), -1),
        (FIRST + DAY, 0),
        (LAST - timedelta(hours=14), -1),
        (LAST - DAY - timedelta(hours=4), 0),
    ],
)
def test_a_day_at_the_ends_of_the_calendar_has_the_offset_of_the_day_further_in(anchor: datetime, number: int) -> None:
    cycle = cycle_at(anchor + number * DAY, anchor=anchor, interval="day", zone=Wrong(offset_at_the_ends))
    assert cycle == Cycle(start=anchor + number * DAY, end=anchor + (number + 1) * DAY)


def test_the_last_day_but_one_has_its_own_offset() -> None:
    anchor, zone = LAST - DAY, Wrong(offset_at_the_ends)
    start = cycle_at(anchor - DAY - TICK, anchor=anchor, interval="day", zone=zone).start
    assert start == anchor - 2 * DAY + timedelta(hours=1)


def offset_at_the_ends(moment: datetime) -> timedelta:
    wall = moment.replace(tzinfo=None)
    return timedelta(hours=int(wall >= datetime(9999, 12, 30)) - int(wall < datetime(1, 1, 3, 12)))


def run(code: str, **environment: str) -> str:
    command = [sys.executable, "-I", "-X", "utf8", "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, check=False, text=True, env=os.environ | environment)
    assert done.stderr == ""
    return done.stdout


IN_SEVERAL_ZONES = """
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo
from balances import InvalidZone, calendar_anchor, cycle_at

class Silent(tzinfo):
    def utcoffset(self, moment):
        return None

class Converting(Silent):
    def fromutc(self, moment):
        return moment.replace(tzinfo=None)

anchor = datetime(2026, 1, 31, 2, 30, tzinfo=UTC)
zones = [None, UTC, *map(ZoneInfo, ("Europe/Berlin", "Pacific/Apia", "America/New_York")), Silent(), Converting()]
for zone in zones:
    for days in range(-400, 400, 7):
        for interval in ("day", "month"):
            try:
                print(cycle_at(anchor + timedelta(days=days), anchor=anchor, interval=interval, zone=zone))
                print(calendar_anchor(interval, zone=zone))
            except InvalidZone as error:
                print(error)
"""


def test_the_time_zone_of_the_machine_changes_nothing() -> None:
    expected = run(IN_SEVERAL_ZONES, TZ="UTC")
    assert expected.count("InvalidZone") == 0
    assert expected.count("expected an offset from UTC") == 2 * 2 * len(range(-400, 400, 7))
    assert run(IN_SEVERAL_ZONES, TZ="Pacific/Kiritimati") == run(IN_SEVERAL_ZONES, TZ="America/St_Johns") == expected


WATCHED = """
import sys
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo
from balances import Interval, MonthEnd, calendar_anchor, cycle_at

names = ("Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "America/Sao_Paulo")
zones = [ZoneInfo(name) for name in names]
anchor = datetime(2026, 1, 31, 2, 30, tzinfo=UTC)
intervals = [interval for interval in Interval if interval != Interval.ONE_OFF]
cases = list(product(zones, intervals, MonthEnd, range(-25, 25)))
seen = []
# A value is made as one of an open class, and then becomes one of its own: that is an event, too.
sys.addaudithook(lambda event, arguments: seen.append(event) if event != "object.__setattr__" else None)
for zone, interval, month_end, number in cases:
    moment = anchor + timedelta(days=37 * number)
    cycle_at(moment, anchor=anchor, interval=interval, zone=zone, month_end=month_end)
    calendar_anchor(interval, zone=zone)
before = [*seen]
open(sys.executable, "rb").close()
print(len(cases), before, seen)
"""


def test_no_file_is_opened_while_ten_thousand_cycles_of_several_zones_are_found() -> None:
    assert run(WATCHED) == "10000 [] ['open']\n"
