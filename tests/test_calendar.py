"""The calendar: cycles counted from the anchor, clamped at month ends, before the anchor as after it."""

from calendar import isleap, monthrange
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from helpers import TICK

from balances import (
    BeyondCalendar,
    Cycle,
    Interval,
    InvalidChoice,
    InvalidCount,
    InvalidInstant,
    MonthEnd,
    NoCycle,
    Policy,
    Reset,
    UnknownInterval,
    UnknownWord,
    cycle_at,
    next_reset,
    reset_after,
)
from balances.periods.cycles import AnyInterval
from balances.periods.month_ends import month_and_day, number_of
from balances.testing import item, monthly

FORTNIGHT = UnknownWord("fortnight")
JANUARY_31 = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def day(year: int, month: int, day_of_month: int) -> datetime:
    return datetime(year, month, day_of_month, tzinfo=UTC)


def boundaries(start: datetime, number: int, **calendar: Any) -> list[datetime]:
    """Walk from one cycle to the next, and return where each begins."""
    found = [cycle_at(start, **calendar).start]
    for _ in range(number):
        found.append(cycle_at(found[-1], **calendar).end)
    return found


def around(moment: datetime, **calendar: Any) -> list[tuple[datetime, datetime]]:
    """Return the cycles just before a moment and from it on."""
    cycles = [cycle_at(other, **calendar) for other in (moment - TICK, moment)]
    return [(cycle.start, cycle.end) for cycle in cycles]


def last_day(year: int, month: int) -> int:
    return monthrange(year, month)[1]


@pytest.mark.parametrize("anchor", [day(1826, 1, 31), day(2026, 1, 31), day(2226, 12, 31), day(2400, 7, 31)])
def test_the_31st_monthly_for_four_hundred_years_is_the_last_day_of_every_month(anchor: datetime) -> None:
    found = boundaries(day(1826, 1, 31), 400 * 12, anchor=anchor, interval="month")
    months = [(1826 + index // 12, index % 12 + 1) for index in range(400 * 12 + 1)]
    assert found == [day(year, month, last_day(year, month)) for year, month in months]


@pytest.mark.parametrize("day_of_month", [28, 29, 30])
def test_a_day_that_most_months_have_is_kept_where_they_have_it(day_of_month: int) -> None:
    found = boundaries(day(2023, 1, day_of_month), 25, anchor=day(2023, 1, day_of_month), interval="month")
    assert [moment.day for moment in found] == [
        min(day_of_month, last_day(moment.year, moment.month)) for moment in found
    ]


@pytest.mark.parametrize("anchor", [day(1896, 2, 29), day(2000, 2, 29), day(2096, 2, 29)])
def test_29_february_yearly_is_28_february_in_other_years(anchor: datetime) -> None:
    found = boundaries(day(1896, 2, 29), 204, anchor=anchor, interval="year")
    assert found == [day(year, 2, 29 if isleap(year) else 28) for year in range(1896, 2101)]
    assert day(1900, 2, 28) in found
    assert day(2000, 2, 29) in found


def test_half_years_from_31_august_end_in_february_and_come_back_to_the_31st() -> None:
    found = boundaries(day(2026, 8, 31), 4, anchor=day(2026, 8, 31), interval="semi_annual")
    assert found == [day(2026, 8, 31), day(2027, 2, 28), day(2027, 8, 31), day(2028, 2, 29), day(2028, 8, 31)]


def test_a_quarter_is_three_months_and_a_half_year_six_and_a_year_twelve() -> None:
    moment, anchor = day(2041, 5, 3), day(2026, 11, 30)
    months_of: dict[AnyInterval, int] = {"quarter": 3, "semi_annual": 6, "year": 12}
    for interval, months in months_of.items():
        expected = cycle_at(moment, anchor=anchor, interval="month", count=months)
        assert cycle_at(moment, anchor=anchor, interval=interval) == expected
        several = cycle_at(moment, anchor=anchor, interval="month", count=5 * months)
        assert cycle_at(moment, anchor=anchor, interval=interval, count=5) == several


def shown(moments: list[datetime]) -> str:
    return ", ".join(f"{moment.day} {moment:%b}" for moment in moments)


@pytest.mark.parametrize(
    ("anchor", "rule", "expected"),
    [
        (day(2026, 1, 31), "last_day", "31 Jan, 28 Feb, 31 Mar, 30 Apr, 31 May, 30 Jun"),
        (day(2026, 1, 31), "overflow", "31 Jan, 3 Mar, 31 Mar, 1 May, 31 May, 1 Jul"),
        (day(2026, 1, 31), "skip", "31 Jan, 31 Mar, 31 May, 31 Jul, 31 Aug, 31 Oct"),
        (day(2026, 1, 31), "first_of_next", "31 Jan, 1 Mar, 31 Mar, 1 May, 31 May, 1 Jul"),
        (day(2026, 1, 31), "end_of_month", "31 Jan, 28 Feb, 31 Mar, 30 Apr, 31 May, 30 Jun"),
        (day(2024, 1, 30), "last_day", "30 Jan, 29 Feb, 30 Mar, 30 Apr, 30 May, 30 Jun"),
        (day(2024, 1, 30), "overflow", "30 Jan, 1 Mar, 30 Mar, 30 Apr, 30 May, 30 Jun"),
        (day(2024, 1, 30), "skip", "30 Jan, 30 Mar, 30 Apr, 30 May, 30 Jun, 30 Jul"),
        (day(2024, 1, 30), "first_of_next", "30 Jan, 1 Mar, 30 Mar, 30 Apr, 30 May, 30 Jun"),
        (day(2024, 1, 30), "end_of_month", "30 Jan, 29 Feb, 30 Mar, 30 Apr, 30 May, 30 Jun"),
        (day(2026, 4, 30), "end_of_month", "30 Apr, 31 May, 30 Jun, 31 Jul, 31 Aug, 30 Sep"),
        (day(2026, 4, 30), "last_day", "30 Apr, 30 May, 30 Jun, 30 Jul, 30 Aug, 30 Sep"),
        (day(2026, 2, 28), "end_of_month", "28 Feb, 31 Mar, 30 Apr, 31 May, 30 Jun, 31 Jul"),
        (day(2024, 2, 28), "end_of_month", "28 Feb, 28 Mar, 28 Apr, 28 May, 28 Jun, 28 Jul"),
        (day(2024, 2, 29), "end_of_month", "29 Feb, 31 Mar, 30 Apr, 31 May, 30 Jun, 31 Jul"),
        (day(2026, 2, 27), "end_of_month", "27 Feb, 27 Mar, 27 Apr, 27 May, 27 Jun, 27 Jul"),
    ],
)
def test_a_month_too_short_is_dealt_with_by_the_rule(anchor: datetime, rule: str, expected: str) -> None:
    assert shown(boundaries(anchor, 5, anchor=anchor, interval="month", month_end=rule)) == expected
    assert boundaries(anchor, 5, anchor=anchor, interval="month", month_end=MonthEnd(rule)) == boundaries(
        anchor, 5, anchor=anchor, interval="month", month_end=rule
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("last_day", [day(2097, 2, 28), day(2098, 2, 28)]),
        ("overflow", [day(2097, 3, 1), day(2098, 3, 1)]),
        ("skip", [day(2104, 2, 29), day(2108, 2, 29)]),
        ("first_of_next", [day(2097, 3, 1), day(2098, 3, 1)]),
        ("end_of_month", [day(2097, 2, 28), day(2098, 2, 28)]),
    ],
)
def test_a_year_without_29_february_is_dealt_with_by_the_rule(rule: str, expected: list[datetime]) -> None:
    anchor = day(2096, 2, 29)
    assert boundaries(anchor, 2, anchor=anchor, interval="year", month_end=rule) == [anchor, *expected]


def test_each_day_has_a_number_and_each_number_a_day() -> None:
    for number in (*range(1, LAST.toordinal(), 1000), *range(146_090, 146_110), LAST.toordinal()):
        date = datetime.fromordinal(number)
        assert month_and_day(number) == (12 * date.year + date.month - 1, date.day)
        assert number_of(*month_and_day(number)) == number
    beyond = [(number, month_and_day(number)) for number in (-31, 0, LAST.toordinal() + 1)]
    assert beyond == [(-31, (10, 30)), (0, (11, 31)), (LAST.toordinal() + 1, (12 * 10_000, 1))]


def test_years_of_which_one_in_sixteen_has_29_february_are_skipped() -> None:
    cycle = cycle_at(day(2026, 1, 1), anchor=day(2000, 2, 29), interval="year", count=25, month_end="skip")
    assert cycle == Cycle(start=day(2000, 2, 29), end=day(2400, 2, 29))


def test_before_the_anchor_months_are_clamped_as_after_it() -> None:
    calendar = {"anchor": day(2026, 5, 31), "interval": "month"}
    assert around(day(2026, 2, 28), **calendar) == [
        (day(2026, 1, 31), day(2026, 2, 28)),
        (day(2026, 2, 28), day(2026, 3, 31)),
    ]


def test_the_anchor_begins_a_cycle_and_ends_the_one_before() -> None:
    assert around(JANUARY_31, anchor=JANUARY_31, interval="month") == [
        (JANUARY_31.replace(year=2025, month=12), JANUARY_31),
        (JANUARY_31, JANUARY_31.replace(month=2, day=28)),
    ]


def test_the_time_of_day_counts() -> None:
    cycle = cycle_at(datetime(2026, 2, 28, 9, 29, tzinfo=UTC), anchor=JANUARY_31, interval="month")
    assert cycle == Cycle(start=JANUARY_31, end=datetime(2026, 2, 28, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("interval", "length"),
    [
        ("minute", timedelta(minutes=1)),
        ("hour", timedelta(hours=1)),
        ("day", timedelta(days=1)),
        ("week", timedelta(days=7)),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_what_has_a_fixed_length_is_counted_by_it(interval: AnyInterval, length: timedelta, count: int) -> None:
    calendar: dict[str, Any] = {"anchor": JANUARY_31, "interval": interval, "count": count}
    for number in (-700, -1, 0, 1, 700):
        boundary = JANUARY_31 + number * count * length
        before, after = boundary - count * length, boundary + count * length
        assert around(boundary, **calendar) == [(before, boundary), (boundary, after)]


@pytest.mark.parametrize("years", [-100, 100])
def test_a_minute_a_century_away_is_exact(years: int) -> None:
    anchor = datetime(2026, 2, 28, 9, 30, 17, 123456, tzinfo=UTC)
    boundary = anchor.replace(year=2026 + years)
    assert (boundary - anchor) % timedelta(minutes=1) == timedelta(0)
    minute = timedelta(minutes=1)
    assert around(boundary, anchor=anchor, interval="minute") == [
        (boundary - minute, boundary),
        (boundary, boundary + minute),
    ]


def test_a_cycle_holds_its_start_and_not_its_end() -> None:
    cycle = Cycle(start=day(2026, 1, 1), end=day(2026, 2, 1))
    moments = [cycle.start - TICK, cycle.start, cycle.end - TICK, cycle.end, cycle.end + TICK]
    assert [moment in cycle for moment in moments] == [False, True, True, False, False]


def test_moments_of_any_time_zone_are_counted_in_utc() -> None:
    west = timezone(timedelta(hours=-5))
    anchor = datetime(2026, 1, 30, 20, tzinfo=west)
    cycle = cycle_at(datetime(2026, 2, 27, 20, tzinfo=west), anchor=anchor, interval="month")
    assert (cycle.start, cycle.end) == (
        datetime(2026, 2, 28, 1, tzinfo=UTC),
        datetime(2026, 3, 31, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"anchor": datetime(2026, 1, 1)}, InvalidInstant, r"^anchor: expected an aware datetime, got the naive 2026"),
        ({"count": 0}, InvalidCount, r"^count: expected a whole number of at least 1, got 0$"),
        ({"count": -3}, InvalidCount, r"^count: expected a whole number of at least 1, got -3$"),
        ({"count": 1.5}, InvalidCount, r"^count: expected a whole number of at least 1, got 1.5$"),
        ({"count": True}, InvalidCount, r"^count: expected a number, got True$"),
        ({"interval": "one_off"}, NoCycle, r"^expected an interval that comes again, got 'one_off'$"),
        ({"interval": FORTNIGHT}, UnknownInterval, r"^expected an interval with a length, got 'fortnight'$"),
        ({"interval": UnknownWord("year_and_a_day")}, UnknownInterval, r"with a length, got 'year_and_a_day'$"),
        ({"interval": 5}, TypeError, r"^interval: expected a string, got 5$"),
        ({"interval": ["month"]}, TypeError, r"^interval: expected a string, got a list of 1 item$"),
        (
            {"month_end": "last"},
            InvalidChoice,
            r"^month_end: expected last_day, overflow, skip, first_of_next or end_of_month, got 'last'",
        ),
        ({"month_end": None, "interval": "hour"}, InvalidChoice, r"^month_end: expected last_day, .*, got None$"),
    ],
)
def test_what_makes_no_cycle_is_a_clear_error(changed: dict[str, Any], error: type[Exception], message: str) -> None:
    calendar: dict[str, Any] = {"anchor": JANUARY_31, "interval": "month"}
    with pytest.raises(error, match=message):
        cycle_at(JANUARY_31, **(calendar | changed))


def test_a_naive_moment_is_a_clear_error() -> None:
    with pytest.raises(InvalidInstant, match=r"^moment: expected an aware datetime, got the naive 2026-01-01T00:00:00"):
        cycle_at(datetime(2026, 1, 1), anchor=JANUARY_31, interval="month")
    with pytest.raises(InvalidInstant, match=r"^after: expected an aware datetime, got the naive 2026-01-01T00:00:00"):
        reset_after(Reset(interval="month"), after=datetime(2026, 1, 1))


def test_a_whole_count_may_come_as_any_number() -> None:
    expected = cycle_at(JANUARY_31, anchor=JANUARY_31, interval="month", count=2)
    for count in (2.0, Decimal(2)):
        calendar: dict[str, Any] = {"anchor": JANUARY_31, "interval": "month", "count": count}
        assert cycle_at(JANUARY_31, **calendar) == expected


@pytest.mark.parametrize("interval", [interval for interval in Interval if interval != Interval.ONE_OFF])
@pytest.mark.parametrize("moment", [FIRST, LAST], ids=["first", "last"])
def test_a_boundary_beyond_the_ends_of_time_is_a_clear_error(interval: Interval, moment: datetime) -> None:
    middle = datetime(2026, 1, 15, 12, 30, 30, tzinfo=UTC)
    with pytest.raises(BeyondCalendar, match=r"^expected a boundary in the years 1 to 9999, got none "):
        cycle_at(moment, anchor=middle, interval=interval)


def test_the_error_tells_on_which_side_the_boundary_is_missing() -> None:
    with pytest.raises(BeyondCalendar, match=r"got none after 9999-12-31T23:59:59.999999\+00:00$"):
        cycle_at(LAST, anchor=JANUARY_31, interval="month")
    with pytest.raises(BeyondCalendar, match=r"got none at or before 0001-01-01T00:00:00\+00:00$"):
        cycle_at(FIRST, anchor=JANUARY_31, interval="month")


def test_the_last_cycles_that_a_datetime_can_hold_are_found() -> None:
    assert cycle_at(day(9999, 11, 30), anchor=day(2026, 1, 1), interval="month").end == day(9999, 12, 1)
    assert cycle_at(day(1, 1, 31), anchor=day(2026, 1, 1), interval="month").start == day(1, 1, 1)
    assert cycle_at(day(9999, 12, 30), anchor=day(2026, 1, 1), interval="day").end == day(9999, 12, 31)
    assert cycle_at(day(1, 1, 1), anchor=day(2026, 1, 1), interval="day").start == FIRST


@pytest.mark.parametrize("interval", ["minute", "week", "month", "year"])
@pytest.mark.parametrize("count", [10**6, 10**15, 10**16, 10**400])
@pytest.mark.parametrize("distance", [timedelta(0), -TICK], ids=["after", "before"])
def test_a_huge_count_is_beyond_the_calendar(interval: AnyInterval, count: int, distance: timedelta) -> None:
    scale = {"minute": 10_000}.get(interval, 1)
    with pytest.raises(BeyondCalendar):
        cycle_at(JANUARY_31 + distance, anchor=JANUARY_31, interval=interval, count=scale * count)


def test_a_reset_still_to_come_is_as_stated() -> None:
    assert reset_after(monthly(resets_at=JANUARY_31), after=JANUARY_31 - TICK) == JANUARY_31


def test_a_reset_that_has_come_is_followed_by_the_next_boundary() -> None:
    february = JANUARY_31.replace(month=2, day=28)
    assert reset_after(monthly(resets_at=JANUARY_31), after=JANUARY_31) == february
    assert reset_after(monthly(resets_at=JANUARY_31), after=february) == JANUARY_31.replace(month=3)


def test_every_so_many_intervals_is_counted_from_the_stated_date() -> None:
    reset = monthly(resets_at=JANUARY_31, interval_count=3)
    assert reset_after(reset, after=JANUARY_31) == JANUARY_31.replace(month=4, day=30)


def test_the_anchor_gives_the_31st_back() -> None:
    reset, march = monthly(resets_at=day(2026, 2, 28)), day(2026, 3, 1)
    anchored = Policy(anchor=day(2025, 12, 31))
    assert reset_after(reset, after=march) == day(2026, 3, 28)
    assert reset_after(reset, after=march, policy=anchored) == day(2026, 3, 31)
    assert reset_after(reset, after=day(2026, 2, 1), policy=anchored) == day(2026, 2, 28)


@pytest.mark.parametrize("reset", [Reset(interval="one_off", resets_at=JANUARY_31), monthly()])
def test_what_never_resets_has_no_next_reset(reset: Reset) -> None:
    assert reset_after(reset, after=JANUARY_31 - TICK) is None
    assert reset_after(reset, after=JANUARY_31) is None


def test_an_unknown_interval_is_an_error_only_where_its_length_is_needed() -> None:
    reset = Reset(interval=FORTNIGHT, resets_at=JANUARY_31)
    assert reset_after(reset, after=JANUARY_31 - TICK) == JANUARY_31
    reset = Reset(interval=FORTNIGHT, resets_at=JANUARY_31)
    assert reset_after(reset, after=JANUARY_31 - TICK) == JANUARY_31
    with pytest.raises(UnknownInterval):
        reset_after(reset, after=JANUARY_31)


def test_the_next_reset_is_the_earliest_of_all_items() -> None:
    stated = [day(2026, 2, 14), day(2026, 2, 3), day(2026, 3, 1)]
    items = [item(reset=monthly(resets_at=moment)) for moment in stated]
    assert next_reset([*items, item(), item(reset=monthly())]) == day(2026, 2, 3)
    assert next_reset(items, after=day(2026, 2, 3)) == day(2026, 2, 14)
    assert next_reset(items, after=day(2026, 3, 1)) == day(2026, 3, 3)
    anchored = Policy(anchor=day(2026, 1, 31))
    assert next_reset(iter(items), after=day(2026, 2, 28), policy=anchored) == day(2026, 3, 1)
    assert next_reset(items, after=day(2026, 3, 1), policy=anchored) == day(2026, 3, 31)


def test_where_nothing_resets_there_is_no_next_reset() -> None:
    once = Reset(interval="one_off", resets_at=JANUARY_31)
    for items in ([], [item()], [item(reset=monthly())]):
        assert next_reset(items) is next_reset(items, after=JANUARY_31) is None
    assert next_reset([item(reset=once)], after=FIRST) is None


def test_a_date_stated_for_what_never_comes_again_is_a_reset_as_stated() -> None:
    assert next_reset([item(reset=Reset(interval="one_off", resets_at=JANUARY_31))]) == JANUARY_31


def test_boundaries_only_ever_grow() -> None:
    found = boundaries(day(2023, 1, 1), 60, anchor=day(2030, 10, 31), interval="month")
    assert all(former < latter for former, latter in pairwise(found))


def test_a_cycle_ends_after_it_starts_and_holds_only_moments() -> None:
    cycle = cycle_at(day(2026, 2, 1), anchor=day(2026, 1, 31).replace(fold=1), interval="month")
    assert repr(cycle.start) == repr(day(2026, 1, 31))
    for end in (cycle.start, cycle.start - TICK):
        with pytest.raises(
            InvalidInstant, match=rf"^end: expected a moment after the start, got {end.isoformat()[:10]}"
        ):
            Cycle(start=cycle.start, end=end)
    with pytest.raises(InvalidInstant, match="naive"):
        assert cycle.start.replace(tzinfo=None) in cycle
