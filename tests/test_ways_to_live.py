"""How a balance lives by a policy: each rule by its plainest example."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from balances import (
    Balance,
    BillingControls,
    Breakdown,
    BreakdownExpired,
    BurnOrder,
    InvalidAmount,
    InvalidRule,
    MonthEnd,
    OverageAtReset,
    PlanItem,
    Policy,
    Reset,
    ResetHappened,
    Rollover,
    RolloverExpired,
    RolloverRule,
    Settled,
    UsageLimit,
    advance,
    carry_forward,
    combine,
    grant,
    overage,
    overage_cost,
    renew_limits,
    rules_of,
    settle,
    simulate,
    undo,
)
from balances.testing import balance, item, monthly, rollover, usage_based

BERLIN = ZoneInfo("Europe/Berlin")
WAYS = ["forgive", "repay", "keep", "settle"]


def day(month: int, number: int, *, year: int = 2026) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


FIRST = day(2, 1)
PLAN = item(100, 28, id="plan", reset=monthly(resets_at=FIRST))
OWING = item(100, 130, id="plan", reset=monthly(resets_at=FIRST), price=usage_based(0.5))


def combined(*items: Breakdown, carried: Any = ()) -> Balance:
    return combine(items, carried, feature_id="messages")


def by(way: str, **given: Any) -> Policy:
    return Policy(overage_at_reset=OverageAtReset(way), **given)


@pytest.mark.parametrize(
    ("way", "remaining", "usage", "owed", "carried", "forgiven"),
    [
        ("forgive", 100, 0, 0, 20, 30),
        ("repay", 70, 30, 0, 20, 0),
        ("keep", 100, 30, 30, 20, 0),
        ("settle", 90, 40 - 30, 0, 0, 0),
    ],
)
def test_overage_goes_the_way_of_the_policy(
    *, way: str, remaining: int, usage: int, owed: int, carried: int, forgiven: int
) -> None:
    later = advance(combined(OWING, carried=[rollover(20)]), to=FIRST, policy=by(way))
    (plan,), (event,) = later.balance.breakdown, later.events
    assert [plan.remaining, plan.usage, overage(plan)] == [remaining, usage, owed]
    assert [row.balance for row in later.balance.rollovers] == [carried]
    assert event == ResetHappened(at=FIRST, id="plan", granted=100, forgiven=forgiven)


def test_what_is_kept_grows_from_reset_to_reset_and_is_forgiven_when_the_item_expires() -> None:
    owing = evolve(OWING, expires_at=day(4, 1))
    later = advance(combined(owing), to=day(3, 15), policy=by("keep"))
    assert [later.balance.remaining, overage(later.balance)] == [100, 30]
    assert later.events[1] == ResetHappened(at=day(3, 1), id="plan", granted=100, lapsed=100)
    gone = advance(combined(owing), to=day(4, 1), policy=by("keep")).events[-1]
    assert gone == BreakdownExpired(at=day(4, 1), id="plan", lapsed=100, forgiven=30)


def test_what_an_overage_leaves_of_a_grant_is_in_the_one_form_of_amounts() -> None:
    owing = item(1.5, 2, id="plan", reset=monthly(resets_at=FIRST))
    (plan,) = advance(combined(owing), to=FIRST, policy=by("repay")).balance.breakdown
    assert [str(plan.remaining), str(plan.usage)] == ["1", "0.5"]


@pytest.mark.parametrize("way", ["repay", "keep"])
def test_an_overage_that_no_amount_can_be_is_refused(way: str) -> None:
    most = Decimal("1.7e308")
    owing = Breakdown(included_grant=0, remaining=most, usage=most, reset=monthly(resets_at=FIRST))
    other = Breakdown(included_grant=0, remaining=0, usage=-most)
    with pytest.raises(InvalidAmount, match=r"of a magnitude that a double can hold, got -?34000"):
        advance(combined(owing, other), to=FIRST, policy=by(way))


def test_what_is_settled_is_paid_once_after_all_that_is_due_at_a_moment() -> None:
    other = item(10, 10, id="other", reset=monthly(resets_at=FIRST))
    later = advance(combined(OWING, other, carried=[rollover(5)]), to=FIRST, policy=by("settle")).balance
    assert [row.balance for row in later.rollovers] == [0]
    assert [part.remaining for part in later.breakdown] == [85, 0]
    assert overage(later) == 0


def test_a_debt_that_is_settled_over_several_resets_ends_and_then_resets_are_counted_again() -> None:
    owing = item(100, 350, id="plan", reset=monthly(resets_at=FIRST))
    later = advance(combined(owing), to=day(12, 1), policy=by("settle"))
    assert [event.lapsed for event in later.events] == [0, 50, 100 * 7]
    assert [event.count for event in later.events if isinstance(event, ResetHappened)] == [3, 1, 7]
    assert later.balance.usage == 0


def test_an_item_that_pays_the_debt_of_another_leaves_the_same_until_the_debt_is_paid() -> None:
    payer = item(100, 100, id="payer", reset=monthly(resets_at=FIRST))
    later = advance(combined(payer, item(0, 200, id="debt")), to=day(12, 1), policy=by("settle"))
    assert [event.lapsed for event in later.events] == [0, 100 * 8]
    assert [event.count for event in later.events if isinstance(event, ResetHappened)] == [3, 8]


def test_a_grant_below_nothing_is_paid_by_others_at_each_of_its_resets() -> None:
    quarterly = Reset(interval="quarter", resets_at=day(4, 1))
    less = Breakdown(id="less", included_grant=-5, remaining=0, usage=-5, reset=quarterly)
    start = combined(item(100, id="plan", reset=monthly(resets_at=FIRST)), less)
    later = advance(start, to=day(12, 15), policy=by("settle"))
    lapsed = [event for event in later.events if isinstance(event, ResetHappened) and event.id == "plan"]
    assert [event.lapsed / event.count for event in lapsed] == [100, 95]
    assert [event.count for event in lapsed] == [8, 3]


def test_each_period_that_ends_in_overage_is_closed_by_itself() -> None:
    less = Breakdown(id="less", included_grant=-5, remaining=0, reset=Reset(interval="day", resets_at=FIRST))
    timeline = simulate(combined(less), [], until=day(2, 10))
    assert [part.reset and part.reset.resets_at for part in timeline.closed] == [
        day(2, number) for number in range(1, 11)
    ]
    assert [step.cause for step in timeline.steps] == [
        ResetHappened(at=FIRST, id="less", count=10, granted=-5, forgiven=50)
    ]


def test_a_pool_that_was_full_of_something_else_is_not_yet_steady() -> None:
    hours = [FIRST + timedelta(hours=7 * number) for number in range(4)]
    plan = item(10, id="plan", reset=Reset(interval="hour", interval_count=7, resets_at=FIRST))
    start = combined(plan, carried=[rollover(10, expires_at=FIRST + timedelta(hours=12))])
    policy = Policy(rules={"plan": RolloverRule(max=20, resets=2)})
    events = advance(start, to=hours[3], policy=policy).events
    assert [(type(event), event.at, event.lapsed) for event in events] == [
        (ResetHappened, hours[0], Decimal(0)),
        (ResetHappened, hours[1], Decimal(10)),
        (RolloverExpired, hours[2], Decimal(10)),
        (ResetHappened, hours[2], Decimal(0)),
        (RolloverExpired, hours[3], Decimal(10)),
        (ResetHappened, hours[3], Decimal(0)),
    ]


def test_a_mapped_cap_goes_with_its_item_after_resets_too() -> None:
    rules = {"plan": RolloverRule(max=50), "trial": RolloverRule(max=10)}
    trial = item(80, id="trial", expires_at=day(2, 15))
    for to, left in ((FIRST, 60), (day(3, 1), 50)):
        assert advance(combined(PLAN, trial), to=to, policy=Policy(rules=rules)).balance.rollovers[0].balance == left


@pytest.mark.parametrize(("way", "cost"), [("forgive", 15), ("repay", 0), ("keep", 15), ("settle", 0)])
def test_overage_costs_once_or_is_paid_in_units(way: str, cost: int) -> None:
    timeline = simulate(combined(OWING), [], until=day(5, 1), policy=by(way))
    assert timeline.cost == cost
    assert overage_cost(timeline.balance) == (cost if way == "keep" else 0)


def test_nothing_is_settled_while_an_item_is_unlimited() -> None:
    unlimited = item(0, id="all", unlimited=True, reset=monthly(resets_at=FIRST))
    later = advance(combined(OWING, unlimited), to=day(3, 1), policy=by("settle")).balance
    assert [overage(part) for part in later.breakdown] == [30, 0]


def test_resets_happen_in_the_order_of_the_policy() -> None:
    items = [item(10, id=name, reset=monthly(resets_at=FIRST)) for name in "ab"]
    order = BurnOrder(keys=["larger_grant"])
    larger = evolve(items[1], prepaid_grant=5, remaining=15)
    events = advance(combined(items[0], larger), to=FIRST, policy=Policy(order=order)).events
    assert [event.id for event in events if isinstance(event, ResetHappened)] == ["b", "a"]


def test_what_never_comes_to_an_item_is_no_reset_of_it() -> None:
    later = advance(combined(PLAN), to=day(4, 1), policy=Policy(rules={"plan": RolloverRule(resets=2), "x": None}))
    assert [row.expires_at for row in later.balance.rollovers] == [day(5, 1), day(6, 1)]


@pytest.mark.parametrize(
    ("rule", "carried", "lapsed", "expiry"),
    [
        ({"max": 50}, 50, 62, None),
        ({"share": 50}, 36, 36, None),
        ({"share": 50, "days": 90}, 36, 36, day(5, 2)),
        ({"share": 50, "resets": 1}, 36, 36, day(3, 1)),
        ({"share": 0}, 0, 72, None),
        ({"share": Decimal("33.3")}, Decimal("23.976"), Decimal("48.024"), None),
    ],
)
def test_a_share_of_what_is_left_is_carried_over(
    rule: dict[str, Any], carried: Decimal, lapsed: Decimal, expiry: datetime | None
) -> None:
    before = [] if "max" not in rule else [rollover(30, expires_at=day(3, 1)), rollover(10)]
    carry = carry_forward(PLAN, RolloverRule(**rule), at=FIRST, rollovers=before)
    assert (carry.carried, carry.lapsed) == (carried, lapsed)
    assert [row.expires_at for row in carry.rollovers] == [expiry] * bool(carried)


def test_a_share_counts_before_the_cap() -> None:
    carry = carry_forward(PLAN, RolloverRule(max=30, share=50), at=FIRST)
    assert [carry.carried, carry.lapsed] == [30, 42]


def test_a_rollover_below_nothing_is_not_trimmed() -> None:
    carry = carry_forward(PLAN, RolloverRule(max=50), at=FIRST, rollovers=[Rollover(balance=-5, granted=0)])
    assert [row.balance for row in carry.rollovers] == [-5, 55]
    assert [carry.carried, carry.lapsed] == [55, 17]


def test_lives_are_counted_on_the_wall_clock_of_the_zone() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=BERLIN)
    for rule in (RolloverRule(days=31), RolloverRule(months=1)):
        (row,) = carry_forward(PLAN, rule, at=noon, policy=Policy(zone=BERLIN)).rollovers
        assert row.expires_at == datetime(2026, 4, 1, 12, tzinfo=BERLIN)
        (row,) = carry_forward(PLAN, rule, at=noon).rollovers
        assert row.expires_at == datetime(2026, 4, 1, 11, tzinfo=UTC)


def test_resets_are_counted_from_the_anchor_of_the_policy() -> None:
    (row,) = carry_forward(PLAN, RolloverRule(resets=2), at=FIRST, policy=Policy(anchor=day(1, 10))).rollovers
    assert row.expires_at == day(3, 10)


@pytest.mark.parametrize("number", range(1, 32))
@pytest.mark.parametrize("resets", [1, 2, 14])
def test_so_many_resets_are_those_that_advance_takes(number: int, resets: int) -> None:
    start = combined(item(10, 4, id="plan", reset=monthly(resets_at=day(1, number))))
    now = advance(start, to=day(1, number), policy=Policy(rules=RolloverRule(resets=resets))).balance
    dates = [now.next_reset_at]
    while len(dates) < resets:
        dates.append(advance(now, to=dates[-1] or FIRST).balance.next_reset_at)
    assert [row.expires_at for row in now.rollovers] == dates[-1:]


@pytest.mark.parametrize("reset", [None, Reset(interval="one_off", resets_at=FIRST), Reset(interval="one_off")])
def test_resets_of_an_item_that_does_not_reset_are_a_clear_error(reset: Reset | None) -> None:
    with pytest.raises(InvalidRule, match=r"^rule: resets: expected an item that resets, got one that does not$"):
        carry_forward(item(100, 28, reset=reset), RolloverRule(resets=1), at=FIRST)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"months": 1, "days": 2}, r"^expected months, days or resets, got both: months 1 and days 2$"),
        ({"days": 2, "resets": 3}, r"^expected months, days or resets, got both: days 2 and resets 3$"),
        ({"months": 1, "days": 2, "resets": 3}, r"got all: months 1 and days 2 and resets 3$"),
        ({"max": 1, "max_percentage": 2}, r"^expected max or max_percentage, got both: max 1 and max_percentage 2$"),
    ],
)
def test_a_rule_has_one_cap_and_one_life(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRule, match=message):
        RolloverRule(**given)


@pytest.mark.parametrize(("share", "bound"), [(101, "at most 100"), (-1, "at least 0")])
def test_a_share_is_a_percentage(share: int, bound: str) -> None:
    with pytest.raises(InvalidAmount, match=rf"^share: expected a number of {bound}, got {share}$"):
        RolloverRule(share=share)
    assert RolloverRule(share=100).share == 100


def test_days_reset_on_the_wall_clock_of_the_zone() -> None:
    midnight = datetime(2026, 3, 28, tzinfo=BERLIN)
    daily = combined(item(10, id="plan", reset=Reset(interval="day", resets_at=midnight)))
    later = advance(daily, to=midnight + timedelta(days=3), policy=Policy(zone=BERLIN)).balance
    assert later.next_reset_at == datetime(2026, 4, 1, tzinfo=BERLIN)
    assert advance(daily, to=midnight).balance.next_reset_at == datetime(2026, 3, 29, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("month_end", "following"),
    [(MonthEnd.LAST_DAY, day(2, 28)), (MonthEnd.OVERFLOW, day(3, 3)), (MonthEnd.SKIP, day(3, 31))],
)
def test_a_month_too_short_ends_as_the_policy_says(month_end: MonthEnd, following: datetime) -> None:
    start = combined(item(10, id="plan", reset=monthly(resets_at=day(1, 31))))
    policy = Policy(month_end=month_end, anchor=day(1, 31))
    assert advance(start, to=day(1, 31), policy=policy).balance.next_reset_at == following


def test_settling_lets_a_top_up_repay_a_debt() -> None:
    owing = combined(item(100, 130, id="pro"), item(50, id="top-up"), carried=[rollover(5)])
    settled = settle(owing)
    assert settled.settled == 30
    assert [settled.balance.remaining, settled.balance.usage, overage(settled.balance)] == [25, 130, 0]
    assert [line.id for line in settled.deductions] == ["", "top-up", "pro"]
    assert [line.amount for line in settled.deductions] == [5, 25, -30]
    assert [line.is_overage for line in settled.deductions] == [False, False, True]
    assert undo(settled.balance, settled.deductions).balance == owing


def test_rollovers_pay_last_where_the_order_says_so() -> None:
    owing = combined(item(100, 130, id="pro"), item(20, id="top-up"), carried=[rollover(50)])
    settled = settle(owing, policy=Policy(order=BurnOrder(rollovers="last"))).balance
    assert [row.balance for row in settled.rollovers] == [40]
    assert settled.breakdown[1].remaining == 0


def test_where_there_is_nothing_to_pay_or_to_pay_with_nothing_is_settled() -> None:
    unlimited = balance(0, 5, unlimited=True), combined(OWING, item(unlimited=True))
    for start in (combined(PLAN), combined(OWING), *unlimited):
        assert settle(start) == Settled(balance=start)


def test_a_balance_without_a_breakdown_is_settled_from_its_rollovers() -> None:
    stated = evolve(balance(120, 130, rollovers=[rollover(20)]), remaining=20)
    settled = settle(stated).balance
    assert [settled.remaining, settled.usage] == [0, 130]
    assert [row.balance for row in settled.rollovers] == [0]


def limited(**given: Any) -> BillingControls:
    return BillingControls(usage_limits=[UsageLimit(feature_id="messages", limit=100, usage=80, **given)])


def usage_of(controls: BillingControls) -> Decimal | None:
    return controls.usage_limits[0].usage


@pytest.mark.parametrize(
    ("given", "policy", "boundary"),
    [
        ({"interval": "month"}, None, day(2, 1)),
        ({"interval": "week"}, None, day(1, 26)),
        ({"interval": "month", "anchor": "billing_cycle"}, None, day(2, 1)),
        ({"interval": "month", "anchor": "billing_cycle"}, Policy(anchor=day(1, 31)), day(1, 31)),
        ({"interval": "month"}, Policy(anchor=day(1, 31)), day(2, 1)),
        ({"interval": "month"}, Policy(zone=BERLIN), day(2, 1) - timedelta(hours=1)),
        ({"interval": "month", "anchor": "utc"}, Policy(zone=BERLIN), day(2, 1)),
        ({"interval": "month", "enabled": False}, None, day(2, 1)),
    ],
)
def test_a_usage_limit_starts_over_at_the_boundary_of_its_window(
    given: dict[str, Any], policy: Policy | None, boundary: datetime
) -> None:
    controls, tick = limited(**given), timedelta(microseconds=1)
    since = day(1, 25) if given["interval"] == "month" else day(1, 20)
    assert renew_limits(controls, since=since, to=boundary - tick, policy=policy) == controls
    assert usage_of(renew_limits(controls, since=since, to=boundary, policy=policy)) == 0
    assert renew_limits(controls, since=boundary, to=boundary + tick, policy=policy) == controls


def test_a_limit_of_one_window_never_starts_over_and_going_back_renews_nothing() -> None:
    once, daily = limited(interval="one_off"), limited(interval="day")
    assert renew_limits(once, since=FIRST, to=day(1, 1, year=2036)) == once
    assert renew_limits(daily, since=FIRST, to=day(1, 1)) == daily


@pytest.mark.parametrize("wrong", [None, 5, {"usage_limits": []}])
def test_only_controls_are_renewed(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^controls: expected a BillingControls, got "):
        renew_limits(wrong, since=FIRST, to=FIRST)


def test_rules_of_what_was_granted_are_by_the_ids_of_the_items() -> None:
    half = RolloverRule(max_percentage=50)
    plans = {
        "pro": PlanItem(feature_id="messages", included=100, reset=Reset(interval="month"), rollover=half),
        "extra": PlanItem(feature_id="messages", included=10),
    }
    assert rules_of(plans) == {"pro": half}
    opened = combined(*(grant(plan, at=day(1, 1), id=name) for name, plan in plans.items()))
    assert advance(opened, to=FIRST, policy=Policy(rules=rules_of(plans))).balance.rollovers == (Rollover(balance=50),)


@pytest.mark.parametrize("wrong", [[PlanItem(feature_id="messages")], None, 5])
def test_plan_items_come_by_their_ids(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^plan_items: expected a mapping of item ids to PlanItem, got "):
        rules_of(wrong)
    with pytest.raises(TypeError, match=r"^plan_items: expected a PlanItem, got 5$"):
        rules_of({"pro": 5})  # type: ignore[dict-item]


def test_a_first_reset_is_in_the_zone_of_the_policy() -> None:
    daily = PlanItem(feature_id="messages", included=100, reset=Reset(interval="day"))
    opened = grant(daily, at=datetime(2026, 3, 28, 12, tzinfo=BERLIN), policy=Policy(zone=BERLIN))
    assert opened.reset is not None
    assert opened.reset.resets_at == datetime(2026, 3, 29, 12, tzinfo=BERLIN)
