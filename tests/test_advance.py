"""Living a balance forward: each rule by its plainest example."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from helpers import TICK, combined, day

from balances import (
    Advanced,
    Balance,
    BeyondCalendar,
    Breakdown,
    BreakdownExpired,
    Event,
    InvalidInstant,
    InvalidRule,
    Policy,
    Reset,
    ResetHappened,
    Rollover,
    RolloverExpired,
    RolloverRule,
    Step,
    UnknownInterval,
    UnknownWord,
    advance,
    audit,
    overage,
)
from balances.periods.cycles import AnyInterval
from balances.periods.month_ends import MonthEndWord
from balances.testing import assert_conserved, balance, item, monthly, prepaid, rollover, usage_based

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = day(2, 1)
PLAN = item(100, 28, id="plan", reset=monthly(resets_at=FIRST))


def left_of(balance: Balance) -> list[int]:
    return [int(part.balance) for part in balance.rollovers]


def said(events: Sequence[Event]) -> list[tuple[Any, ...]]:
    """Return what happened: when, what, and to which item."""
    return [(event.at.date().isoformat(), kind_of(event), getattr(event, "id", "")) for event in events]


def kind_of(event: Event) -> str:
    return type(event).__name__


def counts_of(events: Sequence[Event]) -> list[int]:
    return [event.count if isinstance(event, ResetHappened) else 1 for event in events]


def resets_of(balance: Balance, **given: Any) -> list[datetime | None]:
    """Return the date of the next reset as it is month by month."""
    dates = [day(month, 5) for month in range(2, 6)]
    return [advance(balance, to=date, policy=Policy(**given)).balance.next_reset_at for date in dates]


def test_before_anything_is_due_nothing_happens() -> None:
    before = combined(PLAN, carried=[rollover(5, expires_at=FIRST)])
    later = advance(before, to=FIRST - TICK)
    assert later == Advanced(balance=before)
    assert later.balance is before


def test_at_its_moment_an_item_starts_over_and_what_was_left_lapses() -> None:
    later = advance(combined(PLAN), to=FIRST)
    assert later.balance == combined(item(100, id="plan", reset=monthly(resets_at=day(3, 1))))
    assert later.events == (ResetHappened(at=FIRST, id="plan", granted=100, lapsed=72),)


def test_an_item_that_holds_more_or_less_than_it_grants_loses_the_rest_at_its_reset_even_if_it_was_never_used() -> None:
    later = advance(combined(evolve(PLAN, remaining=150, usage=0)), to=day(4, 1))
    assert later.balance == combined(item(100, id="plan", reset=monthly(resets_at=day(5, 1))))
    assert later.events == (
        ResetHappened(at=FIRST, id="plan", granted=100, lapsed=150, forgiven=50),
        ResetHappened(at=day(3, 1), id="plan", count=2, granted=100, lapsed=200),
    )
    less = advance(combined(evolve(PLAN, remaining=50, usage=0)), to=day(4, 1))
    assert [event.lapsed for event in less.events] == [50, 200]
    assert less.balance == later.balance


def test_the_moment_may_be_of_any_zone() -> None:
    east = timezone(timedelta(hours=5))
    moment = datetime(2026, 2, 1, 5, tzinfo=east)
    assert advance(combined(PLAN), to=moment) == advance(combined(PLAN), to=FIRST)


def test_what_was_bought_beforehand_is_granted_again() -> None:
    bought = item(100, 120, id="plan", prepaid_grant=50, price=prepaid(), reset=monthly(resets_at=FIRST))
    later = advance(combined(bought), to=FIRST)
    assert later.balance.remaining == 150
    assert later.events == (ResetHappened(at=FIRST, id="plan", granted=150, lapsed=30),)


def test_overage_is_forgiven_unless_it_is_kept() -> None:
    owes = combined(item(100, 130, id="plan", reset=monthly(resets_at=FIRST)))
    forgiven, kept = advance(owes, to=FIRST), advance(owes, to=FIRST, policy=Policy(overage_at_reset="repay"))
    assert forgiven.balance.usage == 0
    assert forgiven.balance.remaining == 100
    assert kept.balance.usage == 30
    assert kept.balance.remaining == 70
    assert forgiven.events == (ResetHappened(at=FIRST, id="plan", granted=100, forgiven=30),)
    assert kept.events == (ResetHappened(at=FIRST, id="plan", granted=100),)


def test_kept_overage_is_paid_by_the_new_grants_one_after_another_and_never_by_rollovers() -> None:
    owes = combined(
        item(100, 350, id="plan", reset=monthly(resets_at=FIRST)), item(40, id="other"), carried=[rollover(500)]
    )
    usages = [
        advance(owes, to=day(month, 1), policy=Policy(overage_at_reset="repay")).balance for month in (2, 3, 4, 5)
    ]
    assert [overage(balance) for balance in usages] == [150, 50, 0, 0]
    assert [balance.breakdown[0].remaining for balance in usages] == [0, 0, 50, 100]
    assert all(left_of(balance) == [500] for balance in usages)
    events = advance(
        owes, to=day(5, 1), policy=Policy(overage_at_reset="repay", rules={"other": RolloverRule()})
    ).events
    assert events == (
        ResetHappened(at=FIRST, id="plan", count=3, granted=100),
        ResetHappened(at=day(5, 1), id="plan", granted=100, lapsed=50),
    )


def test_what_remains_beside_overage_lapses_and_the_overage_is_kept() -> None:
    odd = Breakdown(id="plan", included_grant=100, remaining=20, usage=110, reset=monthly(resets_at=FIRST))
    later = advance(combined(odd), to=FIRST, policy=Policy(overage_at_reset="repay"))
    assert later.events == (ResetHappened(at=FIRST, id="plan", granted=100, lapsed=20),)
    assert later.balance.remaining == 70


def test_an_item_that_expires_is_gone_and_so_is_what_was_left_of_it() -> None:
    trial = item(50, 10, id="trial", expires_at=day(1, 15))
    later = advance(combined(trial, PLAN), to=day(1, 15))
    assert later.balance == combined(PLAN)
    assert later.events == (BreakdownExpired(at=day(1, 15), id="trial", lapsed=40),)


def test_what_expires_no_longer_allows_overage_nor_limits_what_may_be_bought() -> None:
    sold = item(50, 60, id="sold", price=usage_based(max_purchase=20), expires_at=day(1, 15))
    before = combined(sold, PLAN)
    assert before.overage_allowed
    assert before.max_purchase == 20
    after = advance(before, to=day(1, 15))
    assert after.balance == combined(PLAN)
    assert after.events == (BreakdownExpired(at=day(1, 15), id="sold", lapsed=0, forgiven=10),)


def test_a_flag_that_spoke_of_something_else_than_the_items_stays() -> None:
    trial = item(50, 10, id="trial", expires_at=day(1, 15))
    later = advance(evolve(combined(trial, PLAN), overage_allowed=True, max_purchase=7), to=day(1, 15))
    assert later.balance.overage_allowed
    assert later.balance.max_purchase == 7


def test_when_everything_has_expired_nothing_is_left() -> None:
    trial = item(50, 10, id="trial", expires_at=day(1, 15), reset=monthly(resets_at=FIRST))
    assert advance(combined(trial), to=day(6, 1)).balance == combined()


def test_rollovers_expire_in_the_order_of_their_dates() -> None:
    carried = [rollover(7, expires_at=day(1, 20)), rollover(9, 4, expires_at=day(1, 10)), rollover(3)]
    later = advance(combined(PLAN, carried=carried), to=day(1, 20))
    assert later.events == (
        RolloverExpired(at=day(1, 10), lapsed=5),
        RolloverExpired(at=day(1, 20), lapsed=7),
    )
    assert later.balance == combined(PLAN, carried=[rollover(3)])


def test_rollovers_keep_their_order_until_something_resets() -> None:
    carried = [rollover(3), rollover(7, expires_at=day(3, 20)), rollover(9, expires_at=day(1, 10))]
    before = combined(PLAN, carried=carried)
    assert left_of(advance(before, to=day(1, 15)).balance) == [3, 7]
    assert left_of(advance(before, to=FIRST).balance) == [7, 3]
    carried = [rollover(4, expires_at=day(2, 20)), rollover(3)]
    later = advance(combined(PLAN, carried=carried), to=FIRST, policy=Policy(rules=RolloverRule(months=1)))
    assert left_of(later.balance) == [4, 72, 3]


def test_of_what_is_unlimited_nothing_lapses_and_only_usage_starts_over() -> None:
    unlimited = item(0, 70, id="all", unlimited=True, reset=monthly(resets_at=FIRST))
    later = advance(combined(unlimited, PLAN), to=FIRST, policy=Policy(overage_at_reset="repay", rules=RolloverRule()))
    assert [event.lapsed for event in later.events] == [0, 0]
    assert later.balance.breakdown[0].usage == later.balance.usage == 0
    assert left_of(later.balance) == [72]
    assert later.balance.unlimited


def test_an_unlimited_item_with_something_left_carries_none_of_it_over() -> None:
    odd = evolve(item(50, 20, id="all", unlimited=True, reset=monthly(resets_at=FIRST)), remaining=30)
    later = advance(combined(odd), to=FIRST, policy=Policy(rules=RolloverRule()))
    assert later.balance.rollovers == ()
    assert later.balance.breakdown[0].remaining == 30


def test_a_rollover_that_expired_while_something_was_unlimited_is_in_no_total_after_it() -> None:
    trial, plan = item(0, 70, id="all", unlimited=True, expires_at=day(1, 15)), item(100, 28, id="plan")
    start = combined(trial, plan, carried=[rollover(30, 20, expires_at=day(1, 5)), rollover(9, 4)])
    assert advance(start, to=day(1, 20)).balance == combined(plan, carried=[rollover(9, 4)])


def test_when_what_is_unlimited_expires_the_rest_counts_again() -> None:
    unlimited = item(0, 70, id="all", unlimited=True, expires_at=day(1, 15))
    sold = item(10, id="sold", price=usage_based(max_purchase=20))
    later = advance(combined(unlimited, PLAN, sold), to=day(1, 15))
    assert later.events == (BreakdownExpired(at=day(1, 15), id="all", lapsed=0),)
    assert later.balance == combined(PLAN, sold)


def test_at_one_moment_rollovers_expire_then_items_then_items_reset_in_deduction_order() -> None:
    items = [
        item(10, id="yearly", reset=Reset(interval="year", resets_at=day(2, 1))),
        item(10, id="sold", price=usage_based(), reset=monthly(resets_at=day(2, 1))),
        item(10, id="second gone", expires_at=day(2, 1), reset=monthly(resets_at=day(2, 1))),
        item(10, id="first", reset=monthly(resets_at=day(2, 1))),
        item(10, id="gone", expires_at=day(2, 1)),
        item(10, id="daily", reset=Reset(interval="day", resets_at=day(2, 1))),
    ]
    later = advance(combined(*items, carried=[rollover(5, expires_at=day(2, 1))]), to=FIRST)
    assert said(later.events) == [
        ("2026-02-01", "RolloverExpired", ""),
        ("2026-02-01", "BreakdownExpired", "second gone"),
        ("2026-02-01", "BreakdownExpired", "gone"),
        ("2026-02-01", "ResetHappened", "daily"),
        ("2026-02-01", "ResetHappened", "first"),
        ("2026-02-01", "ResetHappened", "sold"),
        ("2026-02-01", "ResetHappened", "yearly"),
    ]


def test_what_resets_first_at_a_moment_is_trimmed_first() -> None:
    weekly = item(10, id="weekly", reset=Reset(interval="week", resets_at=FIRST))
    later = advance(combined(PLAN, weekly), to=FIRST, policy=Policy(rules=RolloverRule(max=75)))
    assert later.events == (
        ResetHappened(at=FIRST, id="weekly", granted=10, carried=10),
        ResetHappened(at=FIRST, id="plan", granted=100, carried=72, lapsed=7),
    )
    assert left_of(later.balance) == [3, 72]


def test_an_item_whose_date_has_passed_long_since_resets_at_it_and_at_every_boundary_after() -> None:
    later = advance(combined(PLAN), to=day(4, 10))
    assert later.events == (
        ResetHappened(at=FIRST, id="plan", granted=100, lapsed=72),
        ResetHappened(at=day(3, 1), id="plan", count=2, granted=100, lapsed=200),
    )
    assert later.balance.next_reset_at == day(5, 1)


def test_resets_that_follow_each_other_and_do_the_same_are_one_event() -> None:
    later = advance(combined(item(100, id="plan", reset=monthly(resets_at=FIRST))), to=day(6, 30))
    assert later.events == (ResetHappened(at=FIRST, id="plan", count=5, granted=100, lapsed=500),)


def test_two_items_that_reset_together_stay_apart_even_if_they_share_an_id() -> None:
    items = [item(100, id=name, reset=monthly(resets_at=FIRST)) for name in ("a", "a")]
    assert counts_of(advance(combined(*items), to=day(3, 5)).events) == [2, 2]


def test_resets_of_other_items_in_between_keep_none_apart() -> None:
    pair = [
        item(100, 28, id="plan", reset=monthly(resets_at=FIRST)),
        item(10, id="add-on", reset=monthly(resets_at=day(2, 15))),
    ]
    later = advance(combined(*pair), to=day(6, 1))
    assert later.events == (
        ResetHappened(at=FIRST, id="plan", granted=100, lapsed=72),
        ResetHappened(at=day(2, 15), id="add-on", count=4, granted=10, lapsed=40),
        ResetHappened(at=day(3, 1), id="plan", count=4, granted=100, lapsed=400),
    )


def test_resets_that_do_the_same_now_and_then_are_one_event_standing_where_the_first_does() -> None:
    minutely = item(100, id="a", reset=Reset(interval="minute", resets_at=FIRST))
    every_two = item(30, id="b", reset=Reset(interval="minute", interval_count=2, resets_at=FIRST))
    later = advance(
        combined(minutely, every_two), to=FIRST + timedelta(minutes=5), policy=Policy(rules=RolloverRule(max=100))
    )
    assert later.events == (
        ResetHappened(at=FIRST, id="a", granted=100, carried=100),
        ResetHappened(at=FIRST, id="b", count=3, granted=30, carried=30, lapsed=90),
        ResetHappened(at=FIRST + timedelta(minutes=1), id="a", count=5, granted=100, carried=100, lapsed=500),
    )


def test_two_items_that_reset_every_minute_in_turn_are_two_events() -> None:
    minutely = Reset(interval="minute", resets_at=day(1, 1))
    items = [item(10, id="a", reset=minutely), item(20, id="b", reset=evolve(minutely, resets_at=day(1, 1) + TICK))]
    later = advance(combined(*items), to=day(1, 1, year=2027))
    assert counts_of(later.events) == [365 * 24 * 60 + 1, 365 * 24 * 60]


def test_a_cap_of_one_percentage_falls_when_an_item_that_resets_expires() -> None:
    trial = item(100, id="trial", expires_at=day(2, 15), reset=monthly(resets_at=day(3, 1)))
    later = advance(combined(PLAN, trial), to=day(3, 1), policy=Policy(rules=RolloverRule(max_percentage=30)))
    assert later.events == (
        ResetHappened(at=FIRST, id="plan", granted=100, carried=60, lapsed=12),
        BreakdownExpired(at=day(2, 15), id="trial", lapsed=100),
        ResetHappened(at=day(3, 1), id="plan", granted=100, carried=30, lapsed=60 + 100 - 30),
    )
    assert left_of(later.balance) == [30]


def test_a_grant_below_nothing_owes_the_same_in_one_step_and_in_two() -> None:
    negative = Breakdown(id="plan", included_grant=-5, remaining=0, usage=0, reset=monthly(resets_at=FIRST))
    start = combined(negative, item(10, id="other", reset=monthly(resets_at=day(2, 15))))
    for is_kept, usage in (False, 0), (True, 20):
        once = advance(start, to=day(5, 2), policy=Policy(overage_at_reset="repay" if is_kept else "forgive"))
        half = advance(start, to=day(3, 2), policy=Policy(overage_at_reset="repay" if is_kept else "forgive")).balance
        twice = advance(half, to=day(5, 2), policy=Policy(overage_at_reset="repay" if is_kept else "forgive"))
        assert once.balance == twice.balance
        assert once.balance.usage == usage
    assert advance(start, to=day(5, 2)).events[0] == ResetHappened(
        at=FIRST, id="plan", count=4, granted=-5, forgiven=20
    )


def test_a_cap_is_never_below_nothing() -> None:
    negative = Breakdown(id="less", included_grant=-500, remaining=0, usage=0, reset=monthly(resets_at=FIRST))
    later = advance(combined(PLAN, negative), to=FIRST, policy=Policy(rules=RolloverRule(max_percentage=50))).balance
    assert later.rollovers == ()


def test_what_happens_in_between_keeps_resets_apart() -> None:
    fresh = item(100, id="plan", reset=monthly(resets_at=FIRST))
    later = advance(combined(fresh, carried=[rollover(5, expires_at=day(3, 1))]), to=day(4, 1))
    assert later.events == (
        ResetHappened(at=FIRST, id="plan", granted=100, lapsed=100),
        RolloverExpired(at=day(3, 1), lapsed=5),
        ResetHappened(at=day(3, 1), id="plan", count=2, granted=100, lapsed=200),
    )
    ending = advance(combined(fresh, carried=[rollover(5, expires_at=day(3, 1))]), to=day(3, 1))
    assert counts_of(ending.events) == [1, 1, 1]


@pytest.mark.parametrize("interval", ["week", "month", "year"])
def test_resets_are_not_counted_past_a_rollover_that_lives_for_a_part_of_a_period(interval: Any) -> None:
    daily = item(5, id="daily", reset=Reset(interval="day", resets_at=day(1, 1)))
    rare = item(10, id="rare", reset=Reset(interval=interval, resets_at=day(1, 3)))
    policy = Policy(rules={"rare": RolloverRule(resets=1)}, anchor=day(1, 4))
    events = advance(combined(daily, rare), to=day(1, 5), policy=policy).events
    assert events == (
        ResetHappened(at=day(1, 1), id="daily", count=3, granted=5, lapsed=15),
        ResetHappened(at=day(1, 3), id="rare", granted=10, carried=10),
        RolloverExpired(at=day(1, 4), lapsed=10),
        ResetHappened(at=day(1, 4), id="daily", count=2, granted=5, lapsed=10),
        ResetHappened(at=day(1, 4), id="rare", granted=10, carried=10),
    )


def test_nor_past_one_that_lives_for_hardly_more_than_a_period() -> None:
    first, minute = day(1, 1), timedelta(minutes=1)
    often = item(5, id="often", reset=Reset(interval="minute", resets_at=first))
    rare = item(10, id="rare", reset=Reset(interval="minute", resets_at=first + minute - TICK))
    policy = Policy(rules={"rare": RolloverRule(resets=2)}, anchor=first)
    assert advance(combined(often, rare), to=first + 2 * minute, policy=policy).events == (
        ResetHappened(at=first, id="often", count=2, granted=5, lapsed=10),
        ResetHappened(at=first + minute - TICK, id="rare", count=2, granted=10, carried=10),
        RolloverExpired(at=first + 2 * minute, lapsed=10),
        ResetHappened(at=first + 2 * minute, id="often", granted=5, lapsed=5),
        ResetHappened(at=first + 2 * minute, id="rare", granted=10, carried=10),
    )


def test_without_an_anchor_the_31st_is_forgotten_after_a_short_month() -> None:
    balance = combined(item(100, id="plan", reset=monthly(resets_at=day(1, 31))))
    assert resets_of(balance) == [day(2, 28), day(3, 28), day(4, 28), day(5, 28)]


@pytest.mark.parametrize("first", [28, 29, 30, 31])
def test_without_an_anchor_a_long_gap_forgets_the_last_days_of_a_month_too(first: int) -> None:
    balance = combined(item(100, id="plan", reset=monthly(resets_at=day(3, first))))
    assert advance(balance, to=day(5, 1, year=2027)).balance.next_reset_at == day(5, 28, year=2027)


def test_an_anchor_gives_the_31st_back() -> None:
    balance = combined(item(100, id="plan", reset=monthly(resets_at=day(1, 31))))
    expected = [day(2, 28), day(3, 31), day(4, 30), day(5, 31)]
    assert resets_of(balance, anchor=day(12, 31, year=2025)) == expected
    stored = advance(balance, to=day(2, 5)).balance
    assert resets_of(stored, anchor=day(1, 31)) == expected


def test_a_leap_day_is_forgotten_without_an_anchor_and_comes_back_with_one() -> None:
    leap = day(2, 29, year=2024)
    yearly = combined(item(100, id="plan", reset=Reset(interval="year", resets_at=leap)))
    assert advance(yearly, to=day(1, 1, year=2030)).balance.next_reset_at == day(2, 28, year=2030)
    assert advance(yearly, to=day(1, 1, year=2028), policy=Policy(anchor=leap)).balance.next_reset_at == leap.replace(
        year=2028
    )


def test_a_date_beside_the_anchor_counts_once_and_then_the_anchor_does() -> None:
    balance = combined(item(100, id="plan", reset=monthly(resets_at=day(2, 10))))
    assert resets_of(balance, anchor=day(1, 15))[:3] == [day(2, 10), day(3, 15), day(4, 15)]
    assert advance(balance, to=day(2, 10), policy=Policy(anchor=day(1, 15))).balance.next_reset_at == day(2, 15)


def test_an_anchor_counts_for_hours_too() -> None:
    hourly = combined(item(5, id="plan", reset=Reset(interval="hour", interval_count=5, resets_at=FIRST)))
    later = advance(hourly, to=FIRST + timedelta(hours=11), policy=Policy(anchor=day(1, 1) + timedelta(minutes=30)))
    assert later.balance.next_reset_at == datetime(2026, 2, 1, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("interval", "count", "expected"),
    [
        ("minute", 90, datetime(2026, 2, 1, 1, 30, tzinfo=UTC)),
        ("hour", 3, datetime(2026, 2, 1, 3, tzinfo=UTC)),
        ("day", 2, day(2, 3)),
        ("week", 2, day(2, 15)),
        ("month", 2, day(4, 1)),
        ("quarter", 1, day(5, 1)),
        ("semi_annual", 1, day(8, 1)),
        ("year", 2, day(2, 1, year=2028)),
    ],
)
def test_the_next_reset_is_one_period_later(interval: AnyInterval, count: int, expected: datetime) -> None:
    reset = Reset(interval=interval, interval_count=count, resets_at=FIRST)
    later = advance(combined(item(100, id="plan", reset=reset)), to=FIRST).balance
    assert later.next_reset_at == expected


@pytest.mark.parametrize("reset", [None, Reset(interval="month"), Reset(interval="one_off", resets_at=FIRST)])
def test_what_has_no_date_to_start_over_at_does_not(reset: Reset | None) -> None:
    before = combined(item(100, 28, id="top-up", reset=reset))
    assert advance(before, to=day(1, 1, year=2036)) == Advanced(balance=before)


def test_a_balance_without_a_breakdown_only_loses_expired_rollovers() -> None:
    stated = balance(130, 40, rollovers=[rollover(30, 10, expires_at=FIRST)], next_reset_at=FIRST)
    later = advance(stated, to=FIRST)
    assert later.events == (RolloverExpired(at=FIRST, lapsed=20),)
    assert later.balance == balance(100, 30, next_reset_at=FIRST)


def test_an_unlimited_balance_without_a_breakdown_loses_them_without_a_number() -> None:
    stated = balance(0, 40, unlimited=True, rollovers=[rollover(30, 10, expires_at=FIRST)])
    assert advance(stated, to=FIRST).balance == balance(0, 40, unlimited=True)


def test_what_totals_hold_beyond_their_parts_stays() -> None:
    more = evolve(combined(PLAN), granted=130, remaining=102)
    later = advance(more, to=FIRST, policy=Policy(rules=RolloverRule(max=50)))
    assert later.balance.granted == 180
    assert later.balance.remaining == 180
    assert later.balance.usage == 0


def test_what_is_not_about_time_stays() -> None:
    before = evolve(combined(PLAN), allocated=5, unallocated=6)
    after = advance(before, to=FIRST).balance
    assert after.allocated == 5
    assert after.unallocated == 6
    assert after.feature_id == "messages"


def test_the_cap_of_mapped_rules_is_the_sum_of_their_caps() -> None:
    rules = {"plan": RolloverRule(max=50), "add-on": RolloverRule(max_percentage=25), "gone": RolloverRule(max=1000)}
    add_on = item(80, id="add-on", reset=Reset(interval="year", resets_at=day(6, 1)))
    carried = [rollover(10, expires_at=day(2, 20))]
    later = advance(
        combined(PLAN, add_on, item(500, id="other"), carried=carried), to=FIRST, policy=Policy(rules=rules)
    )
    assert later.events == (ResetHappened(at=FIRST, id="plan", granted=100, carried=50 + 20, lapsed=12),)
    assert left_of(later.balance) == [70]


def test_one_mapped_rule_without_a_cap_lifts_the_cap() -> None:
    rules = {"plan": RolloverRule(max=5), "add-on": RolloverRule()}
    later = advance(combined(PLAN, item(80, id="add-on")), to=FIRST, policy=Policy(rules=rules))
    assert left_of(later.balance) == [72]


def test_an_item_without_a_mapped_rule_carries_nothing_over_and_has_no_part_in_the_cap() -> None:
    add_on = item(80, id="add-on", reset=monthly(resets_at=FIRST))
    later = advance(
        combined(PLAN, add_on), to=FIRST, policy=Policy(rules={"plan": RolloverRule(max=50), "add-on": None})
    )
    assert later.events == (
        ResetHappened(at=FIRST, id="plan", granted=100, carried=50, lapsed=22),
        ResetHappened(at=FIRST, id="add-on", granted=80, lapsed=80),
    )


def test_each_mapped_rule_has_its_own_months() -> None:
    add_on = item(80, id="add-on", reset=monthly(resets_at=FIRST))
    rules = {"plan": RolloverRule(months=1), "add-on": RolloverRule(months=3)}
    later = advance(combined(PLAN, add_on), to=FIRST, policy=Policy(rules=rules)).balance
    assert later.rollovers == (rollover(72, expires_at=day(3, 1)), rollover(80, expires_at=day(5, 1)))


def test_an_item_that_expires_takes_its_cap_with_it() -> None:
    rules = {"plan": RolloverRule(max=50), "trial": RolloverRule(max=10)}
    trial = item(80, id="trial", expires_at=FIRST)
    assert left_of(advance(combined(PLAN, trial), to=FIRST, policy=Policy(rules=rules)).balance) == [50]
    lasting = evolve(trial, expires_at=FIRST + TICK)
    assert left_of(advance(combined(PLAN, lasting), to=FIRST, policy=Policy(rules=rules)).balance) == [60]


def test_one_rule_is_of_the_granted_sum_of_all_items_that_reset() -> None:
    others = [
        item(60, id="add-on", reset=Reset(interval="year", resets_at=day(6, 1))),
        item(1000, id="top-up"),
        item(1000, id="dateless", reset=monthly()),
        item(1000, id="once", reset=Reset(interval="one_off", resets_at=FIRST)),
    ]
    later = advance(combined(PLAN, *others), to=FIRST, policy=Policy(rules=RolloverRule(max_percentage=25)))
    assert later.events == (ResetHappened(at=FIRST, id="plan", granted=100, carried=40, lapsed=32),)


def test_under_one_rule_all_rollovers_are_one_pool() -> None:
    twins = [evolve(PLAN, id=name) for name in ("a", "b")]
    later = advance(combined(*twins), to=FIRST, policy=Policy(rules=RolloverRule(max=100)))
    assert left_of(later.balance) == [28, 72]


def test_what_is_carried_over_expires_so_many_months_later() -> None:
    later = advance(combined(PLAN), to=day(4, 15), policy=Policy(rules=RolloverRule(months=2)))
    assert later.events == (
        ResetHappened(at=FIRST, id="plan", granted=100, carried=72),
        ResetHappened(at=day(3, 1), id="plan", granted=100, carried=100),
        RolloverExpired(at=day(4, 1), lapsed=72),
        ResetHappened(at=day(4, 1), id="plan", granted=100, carried=100),
    )
    assert later.balance.rollovers == (rollover(100, expires_at=day(5, 1)), rollover(100, expires_at=day(6, 1)))


def test_a_full_pool_that_never_expires_stays_as_it_is() -> None:
    fresh = item(100, id="plan", reset=monthly(resets_at=FIRST))
    later = advance(combined(fresh, carried=[rollover(150)]), to=day(6, 1), policy=Policy(rules=RolloverRule(max=150)))
    assert left_of(later.balance) == [50, 100]
    assert counts_of(later.events) == [5]
    assert sum(event.lapsed for event in later.events) == 500


def test_a_full_pool_stays_as_it_is_only_when_it_is_all_of_one_item() -> None:
    plan, daily = item(100, id="plan", reset=monthly(resets_at=FIRST)), Reset(interval="day", resets_at=day(1, 1))
    start = combined(plan, carried=[rollover(480, 30)])
    later = advance(start, to=day(8, 1), policy=Policy(rules=RolloverRule(max=450))).balance
    assert later.rollovers == (Rollover(balance=50, granted=50), *[Rollover(balance=100, granted=100)] * 4)
    two = combined(item(100, id="daily", reset=daily), item(50, id="other", reset=monthly(resets_at=day(1, 10, 12))))
    later = advance(two, to=day(1, 20), policy=Policy(rules=RolloverRule(max=250))).balance
    assert left_of(later) == [50, 100, 100]


def test_a_cap_that_falls_or_rises_is_first_met_and_then_kept() -> None:
    plan = item(100, id="plan", reset=Reset(interval="day", resets_at=day(1, 1)))
    trial = item(10, id="trial", expires_at=day(1, 20))
    less = Breakdown(id="less", included_grant=-20, remaining=0, usage=0, reset=monthly(resets_at=day(6, 1)))
    falling = advance(
        combined(plan, trial),
        to=day(1, 25),
        policy=Policy(rules={"plan": RolloverRule(max=250), "trial": RolloverRule(max=200)}),
    )
    rising = advance(
        combined(plan, evolve(less, expires_at=day(1, 20))),
        to=day(1, 25),
        policy=Policy(rules=RolloverRule(max_percentage=250)),
    )
    assert [event.lapsed for event in falling.events][-2:] == [300, 500]
    assert [event.lapsed for event in rising.events][-2:] == [50, 500]


def test_a_rollover_below_nothing_is_no_part_of_what_a_cap_trims() -> None:
    start = combined(PLAN, carried=[Rollover(balance=-5)])
    assert left_of(advance(start, to=FIRST, policy=Policy(rules=RolloverRule(max=50))).balance) == [-5, 55]


def test_a_rollover_that_has_paid_all_it_had_is_gone_at_the_next_reset() -> None:
    start = combined(PLAN, item(0, 72, id="owing", reset=monthly(resets_at=FIRST)))
    policy = Policy(rules={"plan": RolloverRule()}, overage_at_reset="settle")
    assert [left_of(advance(start, to=day(month, 1), policy=policy).balance) for month in (2, 3)] == [[0], [100]]


def test_a_year_of_minute_resets_is_two_events() -> None:
    minutely = item(10, 4, id="plan", reset=Reset(interval="minute", resets_at=day(1, 1)))
    later = advance(combined(minutely), to=day(1, 1, year=2027))
    minutes = 365 * 24 * 60
    assert later.events == (
        ResetHappened(at=day(1, 1), id="plan", granted=10, lapsed=6),
        ResetHappened(at=day(1, 1) + timedelta(minutes=1), id="plan", count=minutes, granted=10, lapsed=10 * minutes),
    )
    assert later.balance.next_reset_at == datetime(2027, 1, 1, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("number", [1, 28, 29, 30, 31])
def test_a_century_of_monthly_resets_is_one_event(number: int) -> None:
    anchor = day(1, number)
    before = combined(item(10, id="plan", reset=monthly(resets_at=anchor)))
    for given in (None, anchor):
        later = advance(before, to=anchor.replace(year=2126), policy=Policy(anchor=given))
        assert later.events == (ResetHappened(at=anchor, id="plan", count=1201, granted=10, lapsed=12010),)
    assert later.balance.next_reset_at == datetime(2126, 2, min(number, 28), tzinfo=UTC)


def test_ten_untouched_years_are_as_many_events_as_things_that_changed() -> None:
    trial = item(40, id="trial", reset=Reset(interval="week", resets_at=day(1, 8)), expires_at=day(1, 20))
    weekly = item(7, id="weekly", reset=Reset(interval="week", resets_at=day(2, 3)))
    later = advance(combined(trial, weekly, carried=[rollover(5, expires_at=day(3, 2))]), to=day(1, 1, year=2036))
    assert list(zip(map(kind_of, later.events), counts_of(later.events), strict=True)) == [
        ("ResetHappened", 2),
        ("BreakdownExpired", 1),
        ("ResetHappened", 4),
        ("RolloverExpired", 1),
        ("ResetHappened", 514),
    ]


def test_a_million_of_overage_is_paid_back_in_one_event() -> None:
    owes = item(10, 1_000_015, id="plan", reset=Reset(interval="minute", resets_at=day(1, 1)))
    later = advance(combined(owes), to=day(1, 1, year=2027), policy=Policy(overage_at_reset="repay"))
    resets = 365 * 24 * 60 + 1
    assert counts_of(later.events) == [100_001, 1, resets - 100_002]
    assert [event.lapsed for event in later.events] == [0, 5, 10 * (resets - 100_002)]


def test_overage_is_paid_back_by_parts_of_a_unit_too() -> None:
    owes = item(0.5, 2, id="plan", reset=Reset(interval="minute", resets_at=day(1, 1)))
    later = advance(combined(owes), to=day(1, 1) + timedelta(minutes=10), policy=Policy(overage_at_reset="repay"))
    assert [event.lapsed for event in later.events] == [0, 3.5]
    assert counts_of(later.events) == [4, 7]
    earlier = advance(combined(owes), to=day(1, 1) + timedelta(minutes=1), policy=Policy(overage_at_reset="repay"))
    assert str(earlier.balance.breakdown[0].usage) == "1"


def test_an_item_that_grants_nothing_never_pays_what_is_kept() -> None:
    owes = combined(item(0, 7, id="plan", reset=monthly(resets_at=FIRST)))
    odd = combined(Breakdown(id="plan", included_grant=0, remaining=-0.5, usage=7, reset=monthly(resets_at=FIRST)))
    for start in owes, odd:
        later = advance(start, to=day(1, 1, year=2030), policy=Policy(overage_at_reset="repay"))
        assert overage(later.balance) == 7
        assert later.events == (ResetHappened(at=FIRST, id="plan", count=48, granted=0),)
    assert advance(owes, to=day(1, 1, year=2030)).events == (
        ResetHappened(at=FIRST, id="plan", granted=0, forgiven=7),
        ResetHappened(at=day(3, 1), id="plan", count=47, granted=0),
    )


@pytest.mark.parametrize("name", ["to", "anchor"])
def test_a_naive_moment_is_a_clear_error(name: str) -> None:
    naive = datetime(2026, 2, 1)
    message = rf"^{name}: expected an aware datetime, got the naive 2026-02-01T00:00:00$"
    with pytest.raises(InvalidInstant, match=message):
        advance(combined(PLAN), to=naive) if name == "to" else Policy(anchor=naive)


@pytest.mark.parametrize("wrong", [5, "plan", [RolloverRule()]])
def test_rules_of_another_kind_are_a_clear_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^rules: expected a RolloverRule, or a mapping of item ids to them, got "):
        advance(combined(PLAN), to=FIRST, policy=Policy(rules=wrong))


def test_a_rule_of_another_kind_is_a_clear_error() -> None:
    wrong: Any = {"plan": 50}
    with pytest.raises(InvalidRule, match=r"^rules: expected a RolloverRule or None at 'plan', got 50$"):
        Policy(rules=wrong)


def test_an_unknown_interval_is_an_error_only_when_it_is_due() -> None:
    odd = combined(item(100, id="plan", reset=Reset(interval=UnknownWord("fortnight"), resets_at=FIRST)))
    assert advance(odd, to=FIRST - TICK).events == ()
    with pytest.raises(UnknownInterval, match=r"^expected an interval with a length, got 'fortnight'$"):
        advance(odd, to=FIRST)


def test_beyond_the_calendar_is_an_error_of_its_own() -> None:
    with pytest.raises(BeyondCalendar):
        advance(combined(PLAN), to=day(12, 31, year=9999))


def test_an_unlimited_balance_has_no_reset_however_often_it_starts_over() -> None:
    unlimited = combined(item(0, 30, id="all", unlimited=True, reset=monthly(resets_at=FIRST)))
    later = advance(unlimited, to=day(4, 1)).balance
    assert later.next_reset_at is None
    assert later.usage == 0
    assert audit(later) == ()


def test_a_rollover_that_expires_moves_no_date_of_a_reset() -> None:
    stated = evolve(combined(PLAN, carried=[rollover(5, expires_at=day(1, 10))]), next_reset_at=day(1, 20))
    assert advance(stated, to=day(1, 10)).balance.next_reset_at == day(1, 20)
    assert advance(stated, to=FIRST).balance.next_reset_at == day(3, 1)


def test_resets_at_the_end_of_january_whose_rollovers_would_expire_together_are_not_taken_for_the_last() -> None:
    daily = combined(item(100, id="plan", reset=Reset(interval="day", resets_at=day(1, 29))))
    later = advance(daily, to=day(2, 20), policy=Policy(rules=RolloverRule(max=50, months=1)))
    assert later.balance.rollovers == (Rollover(balance=50, expires_at=day(3, 20)),)
    assert not any(isinstance(event, RolloverExpired) for event in later.events)


def test_a_new_rollover_that_comes_to_expire_after_an_old_one_takes_its_place() -> None:
    weekly = item(100, id="plan", reset=Reset(interval="week", resets_at=day(1, 1)))
    start = combined(weekly, carried=[rollover(50, expires_at=day(7, 1))])
    later = advance(start, to=day(6, 15), policy=Policy(rules=RolloverRule(max=50, months=2)))
    assert later.balance.rollovers == (Rollover(balance=50, expires_at=day(8, 11)),)
    assert [event.carried for event in later.events if isinstance(event, ResetHappened)] == [0, 50]


def test_a_year_of_minutes_under_a_cap_that_expires_is_a_few_steps() -> None:
    start = combined(item(100, id="plan", reset=Reset(interval="minute", resets_at=day(1, 1))))
    later = advance(start, to=day(1, 1, year=2027), policy=Policy(rules=RolloverRule(max=250, months=1)))
    assert [part.balance for part in later.balance.rollovers] == [50, 100, 100]
    assert [part.expires_at for part in later.balance.rollovers] == [
        datetime(2027, 1, 31, 23, 58, tzinfo=UTC),
        datetime(2027, 1, 31, 23, 59, tzinfo=UTC),
        day(2, 1, year=2027),
    ]
    assert sum(counts_of(later.events)) == 365 * 24 * 60 + 1
    assert len(later.events) < 30


def test_flags_and_limits_speak_of_what_is_left_after_each_expiry() -> None:
    first = item(10, id="first", price=usage_based(1, max_purchase=30), expires_at=FIRST)
    second = item(10, id="second", price=usage_based(1, max_purchase=50), expires_at=day(3, 1))
    start = combined(first, second)
    assert [advance(start, to=to).balance.max_purchase for to in (day(1, 1), FIRST, day(3, 1))] == [80, 50, None]
    assert not advance(start, to=day(3, 1)).balance.overage_allowed
    stated = evolve(start, max_purchase=50)
    by_way = advance(advance(stated, to=FIRST).balance, to=day(3, 1)).balance
    assert by_way == advance(stated, to=day(3, 1)).balance


def test_a_balance_that_says_it_is_unlimited_over_parts_that_are_not_moves_no_total() -> None:
    parts = combined(item(100, id="trial", expires_at=FIRST), carried=[rollover(50, expires_at=day(3, 1))])
    stated = evolve(parts, unlimited=True)
    by_way = advance(advance(stated, to=day(2, 15)).balance, to=day(4, 1)).balance
    assert by_way == advance(stated, to=day(4, 1)).balance
    assert by_way.granted == 150


def test_the_first_day_of_the_calendar_is_a_day() -> None:
    first = datetime(1, 1, 1, tzinfo=UTC)
    days = [item(100, id=name, reset=Reset(interval="day", resets_at=first)) for name in "ab"]
    assert counts_of(advance(combined(*days), to=first + timedelta(days=4)).events) == [5, 5]


def test_amounts_of_events_are_in_their_one_form() -> None:
    start = combined(item(100, 27.5, id="plan", reset=monthly(resets_at=FIRST)))
    (event,) = advance(start, to=FIRST, policy=Policy(rules=RolloverRule(max=50))).events
    assert (repr(event), event.lapsed) == (repr(evolve(event)), Decimal("22.5"))


def test_a_grant_below_nothing_starts_over_with_nothing() -> None:
    negative = Breakdown(included_grant=10, prepaid_grant=-10.5, remaining=0, usage=0, reset=monthly(resets_at=FIRST))
    later = advance(combined(negative), to=FIRST).balance
    assert later.breakdown[0].remaining == 0
    assert_conserved(later)


@pytest.mark.parametrize("wrong", [None, PLAN, "balance"])
def test_what_is_no_balance_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^balance: expected a Balance, got "):
        advance(wrong, to=FIRST)


@pytest.mark.parametrize("wrong", ["repay", RolloverRule(), {"plan": RolloverRule()}])
def test_what_is_no_policy_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^policy: expected a Policy, got "):
        advance(combined(PLAN), to=FIRST, policy=wrong)


@pytest.mark.parametrize("wrong", [["x"], [None], [PLAN]])
def test_only_events_are_events(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^events: expected an event, got "):
        Advanced(balance=combined(PLAN), events=wrong)
    with pytest.raises(TypeError, match=r"^cause: expected an event, got "):
        Step(at=FIRST, cause=wrong[0], balance=combined(PLAN))


@pytest.mark.parametrize("long_ago", [datetime(1960, 1, 1, tzinfo=UTC), datetime(1969, 12, 1, tzinfo=UTC)])
def test_a_rollover_that_would_not_expire_after_the_epoch_is_a_clear_error(long_ago: datetime) -> None:
    start = combined(item(100, id="plan", reset=monthly(resets_at=long_ago)))
    with pytest.raises(InvalidInstant, match=r"^expires_at: expected a moment after the epoch"):
        advance(start, to=long_ago, policy=Policy(rules=RolloverRule(months=1)))


def test_a_first_reset_that_is_not_on_the_anchors_cycle_moves_no_later_one() -> None:
    every_ten_days = Reset(interval="day", interval_count=10, resets_at=day(1, 29))
    carried = [Rollover(balance=15, expires_at=day(2, 20))]
    start = combined(item(15, id="plan", reset=every_ten_days), carried=carried)
    later = advance(start, to=day(2, 25), policy=Policy(rules=RolloverRule(max=15, months=1), anchor=day(1, 3)))
    assert later.balance.rollovers == (Rollover(balance=15, expires_at=day(3, 22)),)
    assert later.balance.next_reset_at == day(3, 4)


def test_a_month_too_short_lets_a_later_rollover_expire_before_an_earlier_one() -> None:
    hourly = Reset(interval="hour", resets_at=day(3, 30))
    start = combined(item(50, id="plan", reset=hourly), carried=[Rollover(balance=50, expires_at=day(4, 20))])
    later = advance(start, to=day(3, 31) + timedelta(hours=2), policy=Policy(rules=RolloverRule(max=50, months=3)))
    assert later.balance.rollovers == (Rollover(balance=50, expires_at=day(6, 30) + timedelta(hours=23)),)
    assert [event.carried for event in later.events if isinstance(event, ResetHappened)] == [50, 0]


def test_an_hour_that_comes_twice_lets_a_later_rollover_expire_before_an_earlier_one() -> None:
    half_hourly = Reset(interval="minute", interval_count=30, resets_at=day(10, 24, 23))
    policy = Policy(rules=RolloverRule(max=50, days=8), zone=ZoneInfo("Europe/Berlin"))
    later = advance(combined(item(50, id="plan", reset=half_hourly)), to=day(10, 25, 1), policy=policy)
    # Half past two came before the clock was put back to two.
    assert later.balance.rollovers == (Rollover(balance=50, expires_at=day(11, 2, 1) + timedelta(minutes=30)),)
    assert [event.carried for event in later.events if isinstance(event, ResetHappened)] == [50, 50, 0]


def test_the_next_reset_forgets_a_one_off_that_has_expired() -> None:
    once = item(10, id="once", reset=Reset(interval="one_off", resets_at=day(5, 1)), expires_at=FIRST)
    yearly = item(100, id="yearly", reset=Reset(interval="year", resets_at=day(6, 1)))
    start = combined(once, yearly)
    assert start.next_reset_at == day(5, 1)
    assert advance(start, to=FIRST).balance.next_reset_at == day(6, 1)
    others = [item(10, reset=Reset(interval="one_off", resets_at=day(5, number))) for number in (20, 15, 25)]
    assert advance(combined(*others, once, yearly), to=FIRST).balance.next_reset_at == day(5, 15)


def test_what_has_expired_is_paid_by_no_other_item() -> None:
    owing = item(0, 30, id="owing", expires_at=FIRST)
    later = advance(combined(owing, PLAN), to=FIRST, policy=Policy(overage_at_reset="settle"))
    assert later.balance.remaining == 100
    assert [event.forgiven for event in later.events if isinstance(event, BreakdownExpired)] == [30]


def test_an_item_that_has_paid_what_it_had_used_before_pays_no_more() -> None:
    owing = item(0, 28, id="owing", reset=monthly(resets_at=FIRST))
    daily = item(100, 28, id="daily", reset=Reset(interval="day", resets_at=FIRST))
    later = advance(combined(owing, daily), to=day(2, 5), policy=Policy(overage_at_reset="settle"))
    assert [
        (event.id, event.count, int(event.lapsed)) for event in later.events if isinstance(event, ResetHappened)
    ] == [
        ("daily", 2, 144),
        ("owing", 1, 0),
        ("daily", 3, 300),
    ]
    assert later.balance.usage == 0


def test_a_grant_below_nothing_is_paid_for_at_each_of_its_resets() -> None:
    taking = Breakdown(id="taking", included_grant=-1, remaining=0, usage=0, reset=monthly(resets_at=FIRST))
    daily = item(100, id="daily", reset=Reset(interval="day", resets_at=FIRST))
    later = advance(combined(taking, daily), to=day(3, 2), policy=Policy(overage_at_reset="settle"))
    assert [
        (event.id, event.count, int(event.lapsed)) for event in later.events if isinstance(event, ResetHappened)
    ] == [
        ("daily", 28, 2800),
        ("taking", 2, 0),
        ("daily", 1, 98),
        ("daily", 1, 99),
    ]


def test_an_item_that_need_not_pay_stays_as_it_is() -> None:
    owing = item(10, 40, id="owing", reset=monthly(resets_at=FIRST))
    spare = item(50, id="spare")
    later = advance(combined(owing, PLAN, spare), to=FIRST, policy=Policy(overage_at_reset="settle")).balance
    assert later.item("spare") == spare
    assert later.remaining == 10 + 100 + 50 - 30
    assert overage(later) == 0


def test_a_rule_that_carries_no_share_is_no_rule() -> None:
    start = combined(item(100, id="plan", reset=Reset(interval="minute", resets_at=day(1, 1))))
    later = advance(start, to=day(1, 1, year=2027), policy=Policy(rules=RolloverRule(share=0)))
    assert counts_of(later.events) == [365 * 24 * 60 + 1]
    assert later.balance.rollovers == ()


def test_an_item_without_a_rule_leaves_the_cap_as_it_is() -> None:
    start = combined(PLAN, item(10, id="other", expires_at=day(2, 15)))
    later = advance(start, to=day(3, 1), policy=Policy(rules={"plan": RolloverRule(max=50)}))
    assert left_of(later.balance) == [50]
    assert said(later.events)[1] == ("2026-02-15", "BreakdownExpired", "other")


def test_while_an_item_is_unlimited_the_totals_count_no_other() -> None:
    trials = [item(0, used, id=f"trial_{used}", unlimited=True, expires_at=day(used, 1)) for used in (2, 4)]
    start = combined(*trials, item(10, 5, id="gone", expires_at=day(3, 1)), PLAN)
    later = [advance(start, to=day(month, 1)).balance for month in (2, 3, 4)]
    totals: list[Any] = [(whole.granted, whole.remaining, whole.usage) for whole in later]
    assert totals == [(0, 0, 4), (0, 0, 4), (100, 100, 0)]


@pytest.mark.parametrize(("resets", "last"), [(2, day(9, 30)), (3, day(10, 30)), (5, day(12, 30))])
def test_a_rollover_that_lives_for_resets_counts_each_from_the_one_before(resets: int, last: datetime) -> None:
    start = combined(*[item(100, id=name, reset=monthly(resets_at=day(7, 31))) for name in ("plan", "other")])
    later = advance(start, to=day(7, 31), policy=Policy(rules=RolloverRule(resets=resets))).balance
    assert [part.expires_at for part in later.rollovers] == [last, last]
    assert [part.reset and part.reset.resets_at for part in later.breakdown] == [day(8, 31), day(8, 31)]


LAST_DAYS = [
    (day(10, number), month_end, None) for number in (27, 28, 29, 30, 31) for month_end in ("last_day", "end_of_month")
]


@pytest.mark.parametrize(
    ("first", "month_end", "zone"), [*LAST_DAYS, (datetime(2026, 3, 15, 2, 30, tzinfo=BERLIN), "last_day", BERLIN)]
)
@pytest.mark.parametrize("interval", ["month", "week"])
def test_resets_that_are_counted_at_once_are_those_that_come_one_by_one(
    interval: AnyInterval, first: datetime, month_end: MonthEndWord, zone: ZoneInfo | None
) -> None:
    start = combined(item(100, id="plan", reset=Reset(interval=interval, resets_at=first)))
    policy, last = Policy(month_end=month_end, zone=zone), first + timedelta(days=180)
    one_by_one = start
    for number in range(181):
        one_by_one = advance(one_by_one, to=first + timedelta(days=number), policy=policy).balance
    assert advance(start, to=last, policy=policy).balance == one_by_one


def test_a_rollover_may_live_for_a_reset_that_is_thousands_of_years_away() -> None:
    rare = item(10, id="rare", reset=Reset(interval="year", interval_count=3000, resets_at=day(1, 3)))
    daily = item(10, reset=Reset(interval="day", resets_at=day(1, 2)))
    later = advance(combined(daily, rare), to=day(1, 5), policy=Policy(rules={"rare": RolloverRule(resets=1)})).balance
    assert [part.expires_at for part in later.rollovers] == [day(1, 3, year=5026)]


def test_a_full_pool_of_rollovers_that_live_for_resets_moves_on_with_them() -> None:
    start = combined(item(100, id="plan", reset=Reset(interval="minute", resets_at=day(1, 1))))
    later = advance(start, to=day(1, 1, 1), policy=Policy(rules=RolloverRule(max=150, resets=3)))
    ends = [day(1, 1, 1) + timedelta(minutes=minutes) for minutes in (2, 3)]
    assert later.balance.rollovers == tuple(
        Rollover(balance=left, granted=left, expires_at=end) for left, end in zip((50, 100), ends, strict=True)
    )


@pytest.mark.parametrize("life", [{"months": 1}, {"days": 40}, {"resets": 2}])
def test_resets_are_counted_beside_rollovers_that_are_yet_to_be_made(life: dict[str, int]) -> None:
    often = item(10, id="often", reset=Reset(interval="hour", resets_at=day(1, 1)))
    later = advance(combined(PLAN, often), to=day(5, 1), policy=Policy(rules={"plan": RolloverRule(**life)}))
    assert sum(event.count for event in later.events if isinstance(event, ResetHappened) and event.id == "often") == (
        (day(5, 1) - day(1, 1)) // timedelta(hours=1) + 1
    )
    assert len(later.events) < 30
