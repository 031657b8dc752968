"""Using a balance, rule by rule: what is drawn from first, what bounds it, and what is left over."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, assert_type

import pytest
from attrs import evolve
from helpers import OFF, ON, SWITCH, combined, limited, limiting, together

from balances import (
    Balance,
    BalancesError,
    BillingControls,
    Breakdown,
    CreditCost,
    Deduction,
    DeductionKind,
    Feature,
    InsufficientBalance,
    Interval,
    InvalidAmount,
    InvalidChoice,
    Limit,
    NoCreditCost,
    NotInCreditSystem,
    OverageBehavior,
    OverageControl,
    Price,
    PropertyFilter,
    Reset,
    Rollover,
    SpendLimit,
    Tracked,
    UnknownLimitType,
    UnknownWord,
    audit,
    combine,
    deduction_order,
    set_usage,
    track,
)
from balances.base.amounts import LARGEST
from balances.periods.cycles import AnyInterval
from balances.testing import balance, item, monthly, prepaid, rollover, usage_based

CAP, REJECT, OVERFLOW = OverageBehavior
SOON, LATER, LATEST = (datetime(2027, month, 1, tzinfo=UTC) for month in (1, 2, 3))
FREE = item(100, 95, id="free")
PAID = item(100, 95, id="paid", price=usage_based(max_purchase=20))
UNLIMITED = item(0, 5, id="unlimited", unlimited=True)
FORTNIGHT = UnknownWord("fortnight")
Period = tuple[AnyInterval, int]
CREDITS = Feature(
    id="credits",
    name="Credits",
    type="credit_system",
    consumable=True,
    credit_schema=[CreditCost(metered_feature_id="tokens", credit_cost=3, billing_units=2)],
)


def spending(limit: float, *overage_controls: OverageControl) -> BillingControls:
    limits = [SpendLimit(feature_id="messages", enabled=True, overage_limit=limit)]
    return BillingControls(spend_limits=limits, overage_allowed=overage_controls)


def lines(tracked: Tracked) -> list[Any]:
    """Tell each line of a receipt by the id of its item, or by the month a rollover expires in."""
    return [
        (line.id or f"rollover {line.expires_at.month if line.expires_at else 'never'}", line.amount, line.is_overage)
        for line in tracked.deductions
    ]


def ids(*items: Breakdown) -> list[str]:
    return [item.id for item in deduction_order(items)]


def resetting(name: str, interval: AnyInterval, count: int = 1, *, at: datetime | None = SOON) -> Breakdown:
    return item(id=name, reset=Reset(interval=interval, interval_count=count, resets_at=at))


def test_unlimited_items_come_first_in_the_order() -> None:
    later = item(id="unlimited", unlimited=True, price=usage_based())
    assert ids(resetting("daily", "day"), later) == ["unlimited", "daily"]


def test_items_with_a_date_to_start_over_at_come_before_those_without() -> None:
    assert ids(item(id="none"), resetting("undated", "day", at=None), resetting("dated", "year")) == [
        "dated",
        "undated",
        "none",
    ]


def test_shorter_periods_come_first() -> None:
    known = [interval for interval in Interval if interval is not Interval.ONE_OFF]
    periods = [*known, FORTNIGHT, Interval.ONE_OFF]
    assert ids(*[resetting(name, name) for name in reversed(periods)]) == periods


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [
        (("minute", 59), ("hour", 1)),
        (("hour", 23), ("day", 1)),
        (("day", 6), ("week", 1)),
        (("week", 4), ("month", 1)),
        (("day", 29), ("month", 1)),
        (("month", 1), ("day", 31)),
        (("day", 89), ("quarter", 1)),
        (("quarter", 1), ("day", 91)),
        (("day", 179), ("semi_annual", 1)),
        (("semi_annual", 1), ("day", 181)),
        (("month", 12), ("year", 1)),
        (("year", 1), ("day", 366)),
        (("year", 999), (FORTNIGHT, 1)),
        ((FORTNIGHT, 9), ("one_off", 1)),
    ],
)
def test_a_period_counts_so_many_days_times_the_count(shorter: Period, longer: Period) -> None:
    assert ids(resetting("longer", *longer), resetting("shorter", *shorter)) == ["shorter", "longer"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("day", 30), ("month", 1)),
        (("month", 3), ("quarter", 1)),
        (("quarter", 2), ("semi_annual", 1)),
        (("day", 365), ("year", 1)),
        (("minute", 1440), ("day", 1)),
        (("week", 1), ("day", 7)),
        ((FORTNIGHT, 2), (UnknownWord("lustrum"), 1)),
        (("one_off", 2), ("one_off", 1)),
    ],
)
def test_periods_that_count_the_same_keep_the_order_given(one: Period, other: Period) -> None:
    assert ids(resetting("one", *one), resetting("other", *other)) == ["one", "other"]
    assert ids(resetting("other", *other), resetting("one", *one)) == ["other", "one"]


def test_the_date_itself_of_a_reset_does_not_matter() -> None:
    assert ids(resetting("later", "day", at=LATER), resetting("sooner", "day", at=SOON)) == ["later", "sooner"]


def test_what_has_no_date_is_still_ordered_by_its_period() -> None:
    without = [item(id="none"), resetting("once", "one_off", at=None), item(id="monthly", reset=monthly())]
    assert ids(*without) == ["monthly", "none", "once"]


def test_what_expires_sooner_comes_first_and_what_never_does_last() -> None:
    assert ids(item(id="never"), item(id="later", expires_at=LATER), item(id="soon", expires_at=SOON)) == [
        "soon",
        "later",
        "never",
    ]
    before_the_epoch = datetime(1960, 1, 1, tzinfo=UTC)
    assert ids(item(id="soon", expires_at=SOON), item(id="long ago", expires_at=before_the_epoch))[0] == "long ago"


def test_what_is_sold_by_use_comes_last_and_what_is_prepaid_does_not() -> None:
    assert ids(PAID, item(id="prepaid", price=prepaid()), FREE) == ["prepaid", "free", "paid"]


def test_each_rule_of_the_order_outweighs_the_next() -> None:
    assert ids(item(id="expiring", expires_at=SOON), resetting("yearly", "year")) == ["yearly", "expiring"]
    assert ids(resetting("fine", "month"), evolve(resetting("paid", "day"), price=usage_based())) == ["paid", "fine"]
    expiring = evolve(resetting("expiring", "month"), expires_at=SOON)
    assert ids(expiring, resetting("daily", "day")) == ["daily", "expiring"]
    assert ids(FREE, evolve(PAID, expires_at=SOON)) == ["paid", "free"]


def test_rollovers_are_drawn_from_first_and_the_soonest_to_expire_before_the_others() -> None:
    carried = (rollover(10), rollover(10, expires_at=LATER), rollover(10, expires_at=SOON))
    tracked = track(combined(FREE, carried=carried), 32)
    assert lines(tracked) == [
        ("rollover 1", 10, False),
        ("rollover 2", 10, False),
        ("rollover never", 10, False),
        ("free", 2, False),
    ]
    assert [line.index for line in tracked.deductions] == [2, 1, 0, 0]


def test_an_emptied_rollover_stays() -> None:
    carried = (rollover(10, 4),)
    after = track(combined(FREE, carried=carried), 7).balance
    assert after.rollovers == (Rollover(balance=0, granted=10),)
    assert together(after.granted, after.usage) == (110, 99 + 7)
    assert audit(after, tolerance=0) == ()


def test_what_is_empty_has_no_line() -> None:
    tracked = track(combined(item(5, 5, id="empty"), FREE, carried=(rollover(5, 5),)), 5)
    assert lines(tracked) == [("free", 5, False)]
    assert lines(track(combined(FREE, carried=(rollover(5),)), 5)) == [("rollover never", 5, False)]


def test_items_are_drawn_from_in_deduction_order_each_down_to_nothing() -> None:
    tracked = track(combined(FREE, resetting("daily", "day")), 103)
    assert lines(tracked) == [("daily", 100, False), ("free", 3, False)]
    assert [part.remaining for part in tracked.balance.breakdown] == [2, 0]


def test_a_negative_remaining_gives_nothing() -> None:
    owing = Breakdown(id="owing", included_grant=0, remaining=-5, usage=5)
    assert lines(track(combined(owing, FREE), 7)) == [("free", 5, False)]
    overdrawn = (Rollover(balance=-5, granted=10),)
    assert lines(track(combined(FREE, carried=overdrawn), 7)) == [("free", 5, False)]


def test_what_is_left_over_is_untracked_under_a_cap() -> None:
    tracked = track(combined(FREE), 7)
    assert together(tracked.tracked, tracked.untracked, tracked.limit) == (5, 2, "included")
    assert track(combined(FREE), 5).limit is None


def test_what_is_left_over_is_refused_under_reject() -> None:
    with pytest.raises(InsufficientBalance, match=r"^expected at most 5 \(limit: included\), got 7$") as caught:
        track(combined(FREE), 7, overage_behavior=REJECT)
    assert together(caught.value.required, caught.value.available, caught.value.limit) == (7, 5, "included")
    assert track(combined(FREE), 5, overage_behavior=REJECT) == track(combined(FREE), 5)


def test_an_insufficient_balance_is_told_in_units() -> None:
    with pytest.raises(InsufficientBalance, match=r"^expected at most 2\.5 \(limit: included\), got 3$"):
        track(combined(FREE), 3, overage_behavior=REJECT, credit_cost=2)


def test_what_is_left_over_goes_into_overage_under_overflow() -> None:
    tracked = track(combined(FREE), 7, overage_behavior=OVERFLOW)
    assert lines(tracked) == [("free", 5, False), ("free", 2, True)]
    assert together(tracked.balance.usage, tracked.balance.remaining) == (102, 0)
    assert together(tracked.tracked, tracked.untracked, tracked.limit) == (7, 0, None)


def test_overflow_goes_to_the_first_item_whoever_sells_it_and_whatever_a_control_says() -> None:
    forbidding = BillingControls(overage_allowed=[OFF])
    for controls in (None, forbidding):
        tracked = track(combined(PAID, FREE), 50, overage_behavior=OVERFLOW, controls=controls)
        assert lines(tracked) == [("free", 5, False), ("paid", 5, False), ("free", 40, True)]
    alone = track(combined(PAID), 50, overage_behavior=OVERFLOW, controls=forbidding)
    assert lines(alone) == [("paid", 5, False), ("paid", 45, True)]


def test_a_spend_limit_binds_overflow_too() -> None:
    tracked = track(combined(FREE), 50, overage_behavior=OVERFLOW, controls=spending(20, OFF))
    assert lines(tracked) == [("free", 5, False), ("free", 20, True)]
    assert together(tracked.untracked, tracked.limit) == (25, "spend_limit")


def test_items_sold_by_use_go_into_overage_each_up_to_its_own_max_purchase() -> None:
    second = item(100, 110, id="second", price=usage_based(max_purchase=15))
    tracked = track(combined(FREE, PAID, second), 100)
    assert lines(tracked) == [("free", 5, False), ("paid", 5, False), ("paid", 20, True), ("second", 5, True)]
    assert together(tracked.untracked, tracked.limit) == (65, "max_purchase")


def test_an_item_sold_without_limit_takes_all_the_rest() -> None:
    endless = item(0, id="endless", price=usage_based())
    assert lines(track(combined(PAID, endless), 1000))[-1] == ("endless", 975, True)


def test_an_item_already_beyond_its_limit_takes_nothing_more() -> None:
    beyond = item(100, 130, id="beyond", price=usage_based(max_purchase=20))
    tracked = track(combined(beyond, PAID), 30)
    assert lines(tracked) == [("paid", 5, False), ("paid", 20, True)]
    assert tracked.untracked == 5


def test_a_spend_limit_is_one_allowance_over_all_items_in_place_of_their_own() -> None:
    owing = item(100, 107, id="owing")
    tracked = track(combined(owing, PAID), 100, controls=spending(50))
    assert lines(tracked) == [("paid", 5, False), ("paid", 43, True)]
    assert together(tracked.untracked, tracked.limit) == (52, "spend_limit")
    assert track(combined(owing, PAID), 6, controls=spending(5)).limit == "spend_limit"


def test_a_control_lets_free_items_go_into_overage_where_none_is_sold_by_use() -> None:
    enabling = BillingControls(overage_allowed=[ON])
    assert lines(track(combined(FREE), 9, controls=enabling)) == [("free", 5, False), ("free", 4, True)]
    both = combined(FREE, resetting("daily", "day"), item(100, 95, id="other"))
    assert lines(track(both, 115, controls=enabling))[-1] == ("daily", 5, True)
    sold_too = track(combined(FREE, PAID), 50, controls=enabling)
    assert lines(sold_too)[2:] == [("paid", 20, True)]


def test_a_prepaid_max_purchase_never_limits_overage() -> None:
    bounded = item(100, 95, id="bounded", price=prepaid(max_purchase=1))
    tracked = track(combined(bounded), 9, controls=BillingControls(overage_allowed=[ON]))
    assert lines(tracked) == [("bounded", 5, False), ("bounded", 4, True)]
    barter = evolve(bounded, price=Price(billing_method=UnknownWord("zone"), max_purchase=1))
    assert track(combined(barter), 9, controls=BillingControls(overage_allowed=[ON])).tracked == 9


def test_a_control_that_forbids_overage_forbids_what_is_for_sale() -> None:
    tracked = track(combined(PAID), 9, controls=BillingControls(overage_allowed=[OFF]))
    assert together(lines(tracked), tracked.untracked, tracked.limit) == ([("paid", 5, False)], 4, "included")


def test_without_parts_the_totals_stand_for_one_item() -> None:
    stated = balance(100, 95, overage_allowed=True, max_purchase=20)
    tracked = track(stated, 30)
    assert tracked.balance == evolve(stated, remaining=0, usage=120)
    assert together(tracked.untracked, tracked.limit) == (5, "max_purchase")
    assert tracked.deductions == (
        Deduction(kind=DeductionKind.ITEM, index=0, amount=5, units=5, feature_id="messages"),
        Deduction(kind=DeductionKind.ITEM, index=0, amount=20, units=20, is_overage=True, feature_id="messages"),
    )


def test_without_parts_the_totals_less_the_rollovers_stand_for_the_item() -> None:
    stated = evolve(combined(FREE, carried=(rollover(10),)), breakdown=())
    tracked = track(stated, 16)
    assert tracked.balance == evolve(stated, remaining=0, usage=110, rollovers=[rollover(10, 10)])
    assert tracked.untracked == 1


def test_a_balance_without_any_part_takes_nothing_under_a_cap_and_all_under_overflow() -> None:
    empty = combine([], feature_id="messages")
    assert track(empty, 5) == Tracked(balance=empty, tracked=0, untracked=5, limit=Limit.INCLUDED)
    assert track(empty, 5, overage_behavior=OVERFLOW).balance == evolve(empty, usage=5)


def test_totals_that_hold_more_than_their_parts_keep_the_difference() -> None:
    more = evolve(combined(FREE), granted=Decimal("150.1"), remaining=Decimal("55.1"))
    assert track(more, 7).balance.remaining == Decimal("50.1")
    assert track(more, 7).balance.usage == 100
    assert track(more, -7).balance.remaining == Decimal("62.1")


def test_an_unlimited_item_takes_everything_whatever_the_totals_state() -> None:
    stated = Balance(feature_id="messages", granted=100, remaining=100, usage=0, breakdown=[item(100), UNLIMITED])
    (line,) = track(stated, 30).deductions
    assert line.id == "unlimited"
    assert line.amount == 30


def test_an_unlimited_item_takes_everything_and_nothing_else_is_touched() -> None:
    controls = limiting(limited(0, 5), limited(10))
    both = combined(FREE, UNLIMITED, carried=(rollover(10),))
    tracked = track(both, 1000, controls=controls, overage_behavior=REJECT)
    assert lines(tracked) == [("unlimited", 1000, False)]
    assert tracked.balance == evolve(both, usage=1005, breakdown=[FREE, evolve(UNLIMITED, usage=1005)])
    assert tracked.controls is controls


def test_a_refund_goes_to_the_unlimited_item_too() -> None:
    tracked = track(combined(FREE, UNLIMITED), -3)
    assert together(lines(tracked), tracked.balance.usage, tracked.untracked) == ([("unlimited", -3, False)], 2, 0)


def test_a_boolean_feature_is_used_without_being_counted() -> None:
    on = evolve(combined(FREE), feature=SWITCH)
    controls = limiting(limited(0))
    assert track(on, 1000, controls=controls, overage_behavior=REJECT) == Tracked(
        balance=on, tracked=1000, controls=controls
    )
    empty = evolve(combined(item(0)), feature=SWITCH)
    for amount in (1, 0.5):
        assert track(empty, amount) == Tracked(balance=empty, tracked=amount)
        assert track(empty, -amount) == Tracked(balance=empty, tracked=0, untracked=-amount)


def test_the_least_part_of_a_unit_is_tracked_at_any_cost() -> None:
    least = Decimal("1e-40")
    tracked = track(balance(least), 1, credit_cost=3)
    assert tracked.tracked == Decimal(f"3.{'3' * 33}e-41")


def test_usage_limits_clamp_the_amount_and_count_what_was_tracked() -> None:
    tracked = track(balance(100), 5, controls=limiting(limited(40, 37)))
    assert together(tracked.tracked, tracked.untracked, tracked.limit) == (3, 2, "usage_limit")
    assert tracked.controls == limiting(limited(40, 40))
    assert track(balance(100), 5, controls=limiting(limited(40))).controls == limiting(limited(40, 5))


def test_what_a_usage_limit_clamps_off_is_refused_under_reject() -> None:
    with pytest.raises(InsufficientBalance, match=r"^expected at most 3 \(limit: usage_limit\), got 5$"):
        track(balance(100), 5, controls=limiting(limited(40, 37)), overage_behavior=REJECT)


def test_usage_limits_clamp_before_the_balance_does() -> None:
    tracked = track(balance(2), 5, controls=limiting(limited(40, 37)))
    assert together(tracked.tracked, tracked.untracked, tracked.limit) == (2, 3, "usage_limit")
    assert tracked.controls == limiting(limited(40, 39))
    assert track(balance(2), 3, controls=limiting(limited(40, 37))).limit == "included"


def test_usage_limits_do_not_clamp_under_overflow_but_count() -> None:
    tracked = track(balance(100), 5, controls=limiting(limited(40, 37)), overage_behavior=OVERFLOW)
    assert together(tracked.tracked, tracked.limit, tracked.controls) == (5, None, limiting(limited(40, 42)))


def test_a_usage_limit_already_beyond_counts_on_under_overflow() -> None:
    controls = limiting(limited(40, 41), limited(40, 40))
    tracked = track(balance(100), 5, controls=controls, overage_behavior=OVERFLOW)
    assert tracked.controls == limiting(limited(40, 46), limited(40, 45))


@pytest.mark.parametrize("behavior", [CAP, REJECT])
def test_a_usage_limit_already_beyond_stays_as_it_is(behavior: OverageBehavior) -> None:
    in_credits = evolve(combined(FREE, carried=(rollover(10),)), feature_id="credits", feature=CREDITS)
    controls = limiting(limited(40, 41, feature_id="credits"), limited(50, 49, feature_id="credits"))
    tracked = track(in_credits, 5, controls=controls, overage_behavior=behavior)
    assert together(tracked.tracked, tracked.controls) == (5, controls)


@pytest.mark.parametrize("before", [balance(100), combined(item(0, 3, price=usage_based(0.5)))], ids=["held", "sold"])
def test_a_usage_limit_already_beyond_leaves_nothing(before: Balance) -> None:
    controls = limiting(limited(40, 41))
    tracked = track(before, 5, controls=controls)
    assert (tracked.balance, tracked.deductions, tracked.controls) == (before, (), controls)
    assert together(tracked.tracked, tracked.untracked, tracked.limit) == (0, 5, "usage_limit")


def test_a_usage_limit_on_a_credit_system_neither_limits_nor_counts_rollovers() -> None:
    in_credits = evolve(combined(FREE, carried=(rollover(10),)), feature_id="credits", feature=CREDITS)
    controls = limiting(limited(4, 1, feature_id="credits"), limited(90, feature_id="tokens"))
    tracked = track(in_credits, 20, controls=controls)
    assert lines(tracked) == [("rollover never", 10, False), ("free", 3, False)]
    assert together(tracked.tracked, tracked.untracked, tracked.limit) == (13, 7, "usage_limit")
    assert tracked.controls == limiting(limited(4, 4, feature_id="credits"), controls.usage_limits[1])
    with pytest.raises(InsufficientBalance, match=r"^expected at most 13 \(limit: usage_limit\), got 20$"):
        track(in_credits, 20, controls=controls, overage_behavior=REJECT)
    of_member = track(in_credits, 8, controls=controls, feature_id="tokens")
    assert of_member.controls == limiting(limited(4, 3, feature_id="credits"), limited(90, 8, feature_id="tokens"))
    metered = evolve(in_credits, feature=evolve(CREDITS, type="metered"))
    assert lines(track(metered, 20, controls=controls)) == [("rollover never", 3, False)]


def test_each_usage_limit_counts_in_its_own_unit() -> None:
    controls = limiting(limited(100), limited(100, feature_id="tokens"), limited(100, feature_id="seats"))
    tracked = track(balance(100), 6, controls=controls, credit_cost=0.5, feature_id="tokens")
    assert tracked.controls == limiting(limited(100, 3), limited(100, 6, feature_id="tokens"), controls.usage_limits[2])
    assert tracked.balance.usage == 3


def test_a_usage_limit_in_units_clamps_in_units() -> None:
    controls = limiting(limited(4, feature_id="tokens"), limited(100))
    tracked = track(balance(100), 6, controls=controls, credit_cost=5, feature_id="tokens")
    assert together(tracked.tracked, tracked.untracked, tracked.balance.usage) == (4, 2, 20)
    assert tracked.controls == limiting(limited(4, 4, feature_id="tokens"), limited(100, 20))


def test_only_limits_that_match_count() -> None:
    eu, off = limited(9, filter=PropertyFilter(properties={"region": "eu"})), limited(0, enabled=False)
    tracked = track(balance(100), 5, controls=limiting(eu, off), properties={"region": "us"})
    assert tracked.controls == limiting(eu, off)
    tracked = track(balance(100), 5, controls=limiting(eu, off), properties={"region": "eu"})
    assert tracked.controls == limiting(evolve(eu, usage=5), off)


def test_the_other_controls_come_back_as_they_were() -> None:
    controls = evolve(spending(5, ON), usage_limits=[limited(10)])
    tracked = track(balance(100), 5, controls=controls)
    assert tracked.controls == evolve(controls, usage_limits=[limited(10, 5)])
    assert track(balance(100), 5, controls=spending(5)).controls == spending(5)
    assert track(balance(100), 5).controls is None


def test_what_is_tracked_costs_credits_and_each_line_tells_both() -> None:
    tracked = track(combined(FREE, item(100, id="later", expires_at=None)), 4, credit_cost=3)
    assert [together(line.amount, line.units) for line in tracked.deductions] == [
        (5, Decimal("1.666666666666666666666666666666667")),
        (7, Decimal("2.333333333333333333333333333333333")),
    ]


def test_the_cost_of_a_member_is_looked_up_in_the_feature_of_the_balance() -> None:
    in_credits = evolve(combined(FREE), feature_id="credits", feature=CREDITS)
    tracked = track(in_credits, 2, feature_id="tokens")
    assert [together(line.amount, line.units) for line in tracked.deductions] == [(3, 2)]
    assert track(in_credits, 2, feature_id="tokens", credit_cost=1).balance.usage == 97
    assert track(in_credits, 2, feature_id="credits") == track(in_credits, 2)
    assert lines(track(in_credits, -2, feature_id="tokens")) == [("free", -3, False)]


@pytest.mark.parametrize("amount", [5, 0, -5])
@pytest.mark.parametrize(
    "unasked",
    [combined(FREE), combined(UNLIMITED), evolve(combined(FREE), feature=SWITCH)],
    ids=["", "unlimited", "boolean"],
)
def test_a_cost_that_cannot_be_looked_up_is_an_error_even_where_none_is_needed(unasked: Balance, amount: int) -> None:
    with pytest.raises((NoCreditCost, NotInCreditSystem), match=r" \(pass credit_cost\)$"):
        track(unasked, amount, feature_id="tokens")
    assert track(unasked, 0, feature_id="tokens", credit_cost=2) == Tracked(balance=unasked, tracked=0)


def test_each_line_names_the_balance_and_the_period() -> None:
    dated = evolve(FREE, reset=Reset(interval="month", resets_at=SOON))
    balance_ = combined(dated, evolve(PAID, id="undated"), carried=(rollover(2, expires_at=LATER),))
    tracked = track(balance_, 9)
    assert [together(line.feature_id, line.resets_at) for line in tracked.deductions] == [
        ("messages", None),
        ("messages", SOON),
        ("messages", None),
    ]
    assert [line.expires_at for line in tracked.deductions] == [LATER, None, None]


def test_a_line_of_numbers_that_fit_together_says_no_more() -> None:
    both = combined(item(5, 3, prepaid_grant=5), item(2, 9), carried=(rollover(10, 4),))
    for tracked in (track(both, 40, overage_behavior=OVERFLOW), track(both, -30)):
        assert [line.least_usage for line in tracked.deductions] == [None] * len(tracked.deductions) != []


@pytest.mark.parametrize(
    ("odd", "amount", "least"),
    [
        (evolve(FREE, remaining=105, usage=-5), 50, -5),
        (evolve(FREE, remaining=5, usage=200), 3, 200),
        (evolve(FREE, remaining=8, usage=95), 7, 95),
        (evolve(FREE, remaining=8, usage=95), 5, None),
        (evolve(FREE, remaining=0, usage=95), 3, 95),
        (evolve(FREE, remaining=0, usage=100), 3, None),
        (evolve(FREE, remaining=50, usage=108), -3, None),
        (evolve(FREE, remaining=50, usage=55), -3, 52),
        (evolve(FREE, remaining=50, usage=10), -20, -10),
        (evolve(FREE, included_grant=-5, remaining=0, usage=0), 3, None),
        (evolve(FREE, included_grant=-5, remaining=0, usage=0), -3, -3),
    ],
    ids=repr,
)
def test_a_line_of_numbers_that_do_not_says_the_least_usage(odd: Breakdown, amount: int, least: int | None) -> None:
    (line,) = track(combined(odd), amount, overage_behavior=OVERFLOW).deductions
    assert together(line.amount, line.least_usage) == (amount, least)


def test_an_unlimited_item_and_an_overfull_rollover_tell_theirs_only_where_needed() -> None:
    overfull = combined(FREE, carried=(Rollover(balance=12, granted=10), Rollover(balance=2, granted=2)))
    assert [line.least_usage for line in track(overfull, 15).deductions] == [-2, None, None]
    assert track(combined(evolve(UNLIMITED, usage=-5)), 3).deductions[0].least_usage is None


def test_type_checkers_know_that_controls_given_are_there() -> None:
    controls = limiting(limited(40))
    tracked, corrected = track(balance(100), 5, controls=controls), set_usage(balance(100), 5, controls=controls)
    assert_type(tracked.controls, BillingControls)
    assert_type(corrected.controls, BillingControls)
    assert together(tracked.controls.usage_limits[0].usage, corrected.controls) == (5, controls)
    named: Tracked[BillingControls] = tracked
    assert controls_of(named) == tracked.controls
    assert controls_of(track(balance(100), 5)) is None


def controls_of(tracked: Tracked) -> BillingControls | None:
    assert_type(tracked.controls, BillingControls | None)
    return tracked.controls


def test_the_last_line_absorbs_what_the_divisions_rounded() -> None:
    tracked = track(combined(FREE, carried=(rollover(2), rollover(2))), 2, credit_cost=3)
    two_thirds = [Decimal("0." + "6" * 33 + digit) for digit in "776"]
    assert [line.units for line in tracked.deductions] == two_thirds
    assert [line.amount for line in tracked.deductions] == [2, 2, 2]


def test_the_lesser_amount_is_divided_and_the_greater_is_the_rest() -> None:
    tracked = track(balance(29), 10, credit_cost=3)
    assert tracked.untracked == Decimal("0.3333333333333333333333333333333333")
    assert tracked.tracked == Decimal("9.6666666666666666666666666666666667")


def test_what_is_untracked_is_rounded_and_what_is_tracked_is_the_rest() -> None:
    tracked = track(combined(FREE), 4, credit_cost=3)
    assert tracked.untracked == Decimal("2.333333333333333333333333333333333")
    assert tracked.tracked == tracked.deductions[0].units == Decimal("1.666666666666666666666666666666667")


def test_of_a_request_that_nothing_was_drawn_for_all_is_untracked() -> None:
    amount = Decimal("0.1234567890123456789012345678901234567890123")
    tracked = track(balance(0), amount, credit_cost=3)
    assert together(tracked.tracked, tracked.untracked) == (0, amount)


def test_a_refund_pays_all_overage_back_before_it_fills_any_item() -> None:
    owing = combined(item(100, 60, id="first"), item(100, 130, id="second"), item(100, 104, id="third"))
    assert lines(track(owing, -20)) == [("second", -20, True)]
    assert lines(track(owing, -99)) == [
        ("second", -30, True),
        ("third", -4, True),
        ("first", -60, False),
        ("second", -5, False),
    ]


def test_a_refund_goes_through_the_items_in_deduction_order() -> None:
    items = [item(100, 105, id="yearly"), evolve(item(100, 105, id="daily"), reset=Reset(interval="day"))]
    assert lines(track(combined(*items), -6)) == [("daily", -5, True), ("yearly", -1, True)]
    assert lines(track(combined(*items), -111))[2:] == [("daily", -100, False), ("yearly", -1, False)]


def test_a_refund_fills_no_rollover_and_no_item_beyond_its_grant() -> None:
    tracked = track(combined(FREE, carried=(rollover(10, 10),)), -97)
    assert together(lines(tracked), tracked.tracked, tracked.untracked) == ([("free", -95, False)], -95, -2)
    assert tracked.limit is None
    assert lines(track(combined(evolve(FREE, remaining=105, usage=-5)), -3)) == []


@pytest.mark.parametrize("behavior", OverageBehavior)
def test_a_refund_neither_raises_nor_asks_nor_changes_usage_limits(behavior: OverageBehavior) -> None:
    controls = limiting(limited(1, 1))
    tracked = track(combined(FREE), -97, controls=controls, overage_behavior=behavior)
    assert together(tracked.untracked, tracked.controls) == (-2, controls)


def test_a_refund_is_in_units_too() -> None:
    tracked = track(combined(item(100, 7)), -4, credit_cost=2)
    assert together(tracked.tracked, tracked.untracked, tracked.balance.usage) == (-Decimal("3.5"), -Decimal("0.5"), 0)


@pytest.mark.parametrize("behavior", OverageBehavior)
def test_nothing_is_always_tracked(behavior: OverageBehavior) -> None:
    empty, controls = balance(0), limiting(limited(0, 5), limited(7))
    assert track(empty, -0.0, controls=controls, overage_behavior=behavior) == Tracked(
        balance=empty, tracked=0, controls=controls
    )


BAD_AMOUNTS: list[Any] = [True, "5", None, float("nan"), float("-inf"), Decimal("sNaN"), 10**400, [1]]


@pytest.mark.parametrize("bad", BAD_AMOUNTS, ids=repr)
def test_what_is_no_amount_is_refused(bad: Any) -> None:
    with pytest.raises(InvalidAmount, match=r"^amount: expected a (finite )?number"):
        track(balance(), bad)
    with pytest.raises(InvalidAmount, match=r"^usage: expected a (finite )?number"):
        set_usage(balance(), bad)


@pytest.mark.parametrize("cost", [0, -1, -0.5])
def test_a_credit_cost_is_positive(cost: float) -> None:
    with pytest.raises(InvalidAmount, match=rf"^credit_cost: expected a number above 0, got {cost}$"):
        track(balance(), 0, credit_cost=cost)


@pytest.mark.parametrize("cost", ["1", True, float("nan"), 10**400])
def test_what_is_no_credit_cost_is_refused(cost: Any) -> None:
    with pytest.raises(InvalidAmount, match=r"^credit_cost: expected a (finite )?number"):
        track(balance(), 1, credit_cost=cost)


@pytest.mark.parametrize("word", ["ignore", "CAP", None, 1])
def test_an_overage_behavior_is_one_of_three_words(word: Any) -> None:
    for use in (track, set_usage):
        with pytest.raises(InvalidChoice, match=r"^overage_behavior: expected cap, reject or overflow, got"):
            use(balance(), 1, overage_behavior=word)


@pytest.mark.parametrize("behavior", ["cap", "overflow"])
def test_an_overage_behavior_can_be_given_as_its_word(behavior: Any) -> None:
    meant = OverageBehavior(behavior)
    assert track(balance(1), 2, overage_behavior=behavior) == track(balance(1), 2, overage_behavior=meant)


def test_an_amount_beyond_a_double_is_refused_and_nothing_has_happened() -> None:
    before = combined(item(0, LARGEST), carried=(rollover(5),))
    unchanged = combined(item(0, LARGEST), carried=(rollover(5),))
    with pytest.raises(InvalidAmount, match="expected a number of a magnitude that a double can hold"):
        track(before, LARGEST, overage_behavior=OVERFLOW)
    with pytest.raises(InvalidAmount, match="expected a number of a magnitude that a double can hold"):
        track(balance(100), 1e300, overage_behavior=OVERFLOW, credit_cost=1e10)
    with pytest.raises(InvalidAmount, match="expected a number of a magnitude that a double can hold"):
        set_usage(balance(0, -LARGEST), LARGEST)
    assert before == unchanged


def test_an_amount_whose_cost_is_beyond_a_double_can_be_capped() -> None:
    tracked = track(balance(100), 1e300, credit_cost=1e10)
    assert together(tracked.balance.remaining, tracked.tracked) == (0, Decimal("1e-8"))
    with pytest.raises(InsufficientBalance):
        track(balance(100), 1e300, credit_cost=1e10, overage_behavior=REJECT)


def test_a_count_beyond_a_double_is_refused() -> None:
    with pytest.raises(InvalidAmount, match="usage: expected a number of a magnitude that a double can hold"):
        track(balance(100), 1e300, controls=limiting(limited(LARGEST, LARGEST)), overage_behavior=OVERFLOW)


def test_an_unknown_kind_of_spend_limit_is_an_error_where_it_is_needed() -> None:
    strange = SpendLimit(feature_id="messages", enabled=True, overage_limit=5, limit_type=UnknownWord("per_seat"))
    controls = BillingControls(spend_limits=[strange])
    assert track(combined(PAID), 5, controls=controls).untracked == 0
    with pytest.raises(UnknownLimitType):
        track(combined(PAID), 6, controls=controls)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"balance": None}, "balance: expected a Balance, got None"),
        ({"deductions": [5]}, "deductions: expected a Deduction at index 0, got 5"),
        ({"controls": 5}, "controls: expected a BillingControls, got 5"),
        ({"limit": "luck"}, "limit: expected usage_limit, included, spend_limit, max_purchase or not_held, got 'luck'"),
    ],
)
def test_what_was_tracked_is_checked_when_made_by_hand(attributes: dict[str, Any], message: str) -> None:
    with pytest.raises((BalancesError, TypeError), match=f"^{message}$"):
        evolve(track(balance(), 5), **attributes)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"kind": "seat"}, "kind: expected rollover or item, got 'seat'"),
        ({"index": -1}, "index: expected a whole number of at least 0, got -1"),
        ({"amount": "5"}, "amount: expected a number, got '5'"),
        ({"units": None}, "units: expected a number, got None"),
        ({"is_overage": 1}, "is_overage: expected True or False, got 1"),
        ({"feature_id": None}, "feature_id: expected a string, got None"),
        ({"resets_at": 0}, "resets_at: expected an aware datetime, got 0"),
        ({"least_usage": "0"}, "least_usage: expected a number, got '0'"),
    ],
)
def test_a_line_is_checked_when_made_by_hand(attributes: dict[str, Any], message: str) -> None:
    line = track(balance(), 5).deductions[0]
    with pytest.raises((BalancesError, TypeError), match=f"^{message}$"):
        evolve(line, **attributes)


def test_setting_the_usage_tracks_the_difference() -> None:
    used = combined(FREE, carried=(rollover(10),))
    assert set_usage(used, 107) == track(used, 12, overage_behavior=OVERFLOW)
    assert set_usage(used, 90) == track(used, -5)
    assert set_usage(used, 95) == Tracked(balance=used, tracked=0)


def test_setting_the_usage_sets_it_even_beyond_the_grant() -> None:
    assert set_usage(combined(PAID), 300).balance.usage == 300


def test_setting_the_usage_can_be_capped_and_refused() -> None:
    capped = set_usage(combined(FREE), 107, overage_behavior=CAP)
    assert together(capped.balance.usage, capped.untracked, capped.limit) == (100, 7, "included")
    with pytest.raises(InsufficientBalance, match=r"^expected at most 5 \(limit: included\), got 12$"):
        set_usage(combined(FREE), 107, overage_behavior=REJECT)


def test_setting_the_usage_is_neither_clamped_by_usage_limits_nor_counted_in_them() -> None:
    controls = limiting(limited(1))
    for behavior in OverageBehavior:
        tracked = set_usage(balance(100, 10), 60, controls=controls, overage_behavior=behavior)
        assert together(tracked.balance.usage, tracked.controls, tracked.limit) == (60, controls, None)


def test_a_spend_limit_binds_the_setting_of_usage() -> None:
    tracked = set_usage(combined(FREE), 107, controls=spending(3))
    assert together(tracked.balance.usage, tracked.untracked, tracked.limit) == (103, 4, "spend_limit")


def test_lowering_the_usage_leaves_what_was_used_of_rollovers() -> None:
    used = combined(FREE, carried=(rollover(10, 10),))
    lowered = set_usage(used, 0)
    assert together(lowered.balance.usage, lowered.untracked) == (10, -10)
