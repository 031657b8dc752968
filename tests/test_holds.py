"""Setting aside, confirming and releasing: each rule of a hold by its plainest example."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, assert_type, cast

import pytest
from attrs import evolve
from helpers import TICK, combined, limited, limiting, line

from balances import (
    Balance,
    BillingControls,
    CreditCost,
    Deduction,
    Feature,
    Hold,
    HoldExpired,
    InsufficientBalance,
    InvalidAmount,
    InvalidChoice,
    InvalidInstant,
    Limit,
    NoCreditCost,
    OverageBehavior,
    PropertyFilter,
    SpendLimit,
    Tracked,
    Undone,
    advance,
    combine,
    confirm,
    hold,
    release,
    track,
    undo,
    wire,
)
from balances.base.frozen import FrozenMap
from balances.testing import assert_conserved, balance, item, monthly, rollover, usage_based
from balances.usage.receipts import folded

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 6, 1, tzinfo=UTC)
LARGE = {"model": "large"}
PLAN = item(100, 28, id="plan")
TOP_UP = item(50, id="top_up")


def used_of(controls: BillingControls | None) -> list[Decimal | None]:
    assert controls is not None
    return [limit.usage for limit in controls.usage_limits]


def outcome(tracked: Tracked) -> tuple[Any, ...]:
    """Return how much was tracked, how much was not, and why."""
    return tracked.tracked, tracked.untracked, tracked.limit


def said(receipt: tuple[Deduction, ...]) -> list[tuple[Any, ...]]:
    """Return what a receipt says: from what, how much, in units, and whether it is overage."""
    return [(line.kind.value, line.id, line.amount, line.units, line.is_overage) for line in receipt]


def test_a_hold_takes_as_tracking_takes() -> None:
    before = combined(PLAN, TOP_UP, carried=(rollover(10, expires_at=LATER),))
    held, tracked = hold(before, 90, id="call_1"), track(before, 90)
    assert held.balance == tracked.balance
    assert held.hold == Hold(id="call_1", amount=90, deductions=tracked.deductions)
    assert said(held.hold.deductions) == [
        ("rollover", "", 10, 10, False),
        ("item", "plan", 72, 72, False),
        ("item", "top_up", 8, 8, False),
    ]


def test_all_is_held_or_nothing() -> None:
    before = combined(PLAN)
    assert hold(before, 72, id="call_1").balance.remaining == 0
    with pytest.raises(InsufficientBalance) as refused:
        hold(before, Decimal("72.5"), id="call_1", credit_cost=Decimal("1.25"))
    error = refused.value
    assert (error.required, error.available, error.limit) == (Decimal("72.5"), Decimal("57.6"), "included")
    assert before == combined(PLAN)


def test_nobody_else_can_use_what_is_held() -> None:
    held = hold(balance(100, 28), 50, id="call_1")
    assert track(held.balance, 50).tracked == 100 - 28 - 50
    with pytest.raises(InsufficientBalance):
        hold(held.balance, 23, id="call_2")


def test_several_holds_are_settled_in_any_order() -> None:
    first = hold(balance(100, 28), 30, id="call_1")
    second = hold(first.balance, 30, id="call_2")
    for one, other in ((first.hold, second.hold), (second.hold, first.hold)):
        after = release(confirm(second.balance, one, used=20).balance, other).balance
        assert after == balance(100, 48)


def test_a_hold_of_nothing_succeeds_and_takes_nothing() -> None:
    held = hold(balance(100, 100), 0, id="call_1")
    assert held.balance == balance(100, 100)
    assert held.hold == Hold(id="call_1", amount=0)
    assert confirm(held.balance, held.hold).deductions == ()
    assert confirm(held.balance, held.hold, used=5).untracked == 5


def test_overage_is_held_where_it_may_be_tracked() -> None:
    before = combined(item(100, 98, id="plan", price=usage_based(max_purchase=5)))
    held = hold(before, 7, id="call_1")
    assert said(held.hold.deductions) == [("item", "plan", 2, 2, False), ("item", "plan", 5, 5, True)]
    with pytest.raises(InsufficientBalance, match=r"expected at most 7 \(limit: max_purchase\), got 8"):
        hold(before, 8, id="call_1")
    spending = BillingControls(spend_limits=[SpendLimit(feature_id="messages", enabled=True, overage_limit=1)])
    with pytest.raises(InsufficientBalance, match=r"expected at most 3 \(limit: spend_limit\), got 7"):
        hold(before, 7, id="call_1", controls=spending)


@pytest.mark.parametrize("amount", [-1, Decimal("-1e-9"), float("nan"), True, "5"])
def test_an_amount_below_nothing_is_no_amount(amount: Any) -> None:
    with pytest.raises(InvalidAmount, match=r"^amount: expected"):
        hold(balance(100), amount, id="call_1")
    held = hold(balance(100), 5, id="call_1")
    with pytest.raises(InvalidAmount, match=r"^used: expected"):
        confirm(held.balance, held.hold, used=amount)
    with pytest.raises(InvalidAmount, match=r"^amount: expected"):
        evolve(held.hold, amount=amount)


@pytest.mark.parametrize("cost", [0, -1])
def test_a_unit_costs_more_than_nothing(cost: int) -> None:
    with pytest.raises(InvalidAmount, match=r"^credit_cost: expected a number above 0"):
        hold(balance(100), 5, id="call_1", credit_cost=cost)
    with pytest.raises(InvalidAmount, match=r"^credit_cost: expected a number above 0"):
        Hold(id="call_1", amount=5, credit_cost=cost)


def test_a_hold_can_be_confirmed_until_it_expires() -> None:
    held = hold(balance(100), 5, id="call_1", expires_at=NOON)
    assert confirm(held.balance, held.hold, at=NOON - TICK).tracked == 5
    for late in (NOON, NOON + TICK):
        with pytest.raises(HoldExpired, match=r"^expected a moment before 2026-01-01T12:00:00\+00:00, got 2026-01-01"):
            confirm(held.balance, held.hold, at=late)
    assert release(held.balance, held.hold).balance == balance(100)


def test_without_a_moment_or_an_expiry_nothing_expires() -> None:
    expiring, lasting = hold(balance(100), 5, id="call_1", expires_at=NOON), hold(balance(100), 5, id="call_2")
    assert confirm(expiring.balance, expiring.hold).tracked == 5
    assert confirm(lasting.balance, lasting.hold, at=NOON).tracked == 5
    assert lasting.hold.expires_at is None


def test_a_moment_without_a_zone_is_none() -> None:
    held = hold(balance(100), 5, id="call_1")
    with pytest.raises(InvalidInstant, match=r"^at: expected an aware datetime"):
        confirm(held.balance, held.hold, at=NOON.replace(tzinfo=None))
    with pytest.raises(InvalidInstant, match=r"^expires_at: expected an aware datetime"):
        hold(balance(100), 5, id="call_1", expires_at=NOON.replace(tzinfo=None))


def test_without_a_number_all_that_was_held_stays_taken() -> None:
    held = hold(combined(PLAN, TOP_UP), 80, id="call_1")
    for used in (None, 80):
        confirmed = confirm(held.balance, held.hold, used=used)
        assert confirmed.balance == held.balance
        assert confirmed.deductions == held.hold.deductions
        assert outcome(confirmed) == (80, 0, None)


def test_of_less_the_difference_is_given_back_the_last_first() -> None:
    before = combined(PLAN, TOP_UP, carried=(rollover(10),))
    held = hold(before, 90, id="call_1")
    confirmed = confirm(held.balance, held.hold, used=60)
    assert confirmed.balance == track(before, 60).balance
    assert said(confirmed.deductions) == [("rollover", "", 10, 10, False), ("item", "plan", 50, 50, False)]
    assert outcome(confirmed) == (60, 0, None)


def test_of_nothing_all_is_given_back() -> None:
    held = hold(combined(PLAN, TOP_UP), 90, id="call_1")
    confirmed = confirm(held.balance, held.hold, used=0)
    assert confirmed.balance == combined(PLAN, TOP_UP)
    assert said(confirmed.deductions) == []
    assert confirmed.tracked == 0


def test_of_more_the_rest_is_tracked_in_addition() -> None:
    before = combined(PLAN, TOP_UP)
    held = hold(before, 60, id="call_1")
    confirmed = confirm(held.balance, held.hold, used=90)
    assert confirmed.balance == track(before, 90).balance
    assert said(confirmed.deductions) == [("item", "plan", 72, 72, False), ("item", "top_up", 18, 18, False)]
    assert outcome(confirmed) == (90, 0, None)


def test_of_more_than_there_is_the_rest_is_untracked() -> None:
    held = hold(balance(100, 28), 60, id="call_1")
    confirmed = confirm(held.balance, held.hold, used=90)
    assert confirmed.balance == balance(100, 100)
    assert outcome(confirmed) == (72, 18, Limit.INCLUDED)


def test_more_than_there_is_can_be_rejected_and_nothing_has_happened() -> None:
    held = hold(balance(100, 28), 60, id="call_1")
    with pytest.raises(InsufficientBalance, match=r"expected at most 72 \(limit: included\), got 90"):
        confirm(held.balance, held.hold, used=90, overage_behavior=OverageBehavior.REJECT)
    assert held == hold(balance(100, 28), 60, id="call_1")


def test_more_than_there_is_can_overflow() -> None:
    held = hold(combined(PLAN), 60, id="call_1")
    confirmed = confirm(held.balance, held.hold, used=90, overage_behavior=OverageBehavior.OVERFLOW)
    assert confirmed.balance == combined(item(100, 118, id="plan"))
    assert said(confirmed.deductions) == [("item", "plan", 72, 72, False), ("item", "plan", 18, 18, True)]
    assert outcome(confirmed) == (90, 0, None)


def test_more_is_bound_by_the_controls() -> None:
    before = combined(item(100, 98, id="plan", price=usage_based()))
    spending = BillingControls(spend_limits=[SpendLimit(feature_id="messages", enabled=True, overage_limit=10)])
    held = hold(before, 2, id="call_1", controls=spending)
    confirmed = confirm(held.balance, held.hold, used=20, controls=spending)
    assert outcome(confirmed) == (12, 8, Limit.SPEND_LIMIT)
    assert confirmed.controls == spending


def test_what_is_released_was_never_held() -> None:
    before = combined(item(100, 28, id="plan", price=usage_based()), TOP_UP, carried=(rollover(10),))
    held = hold(before, 200, id="call_1")
    released = release(held.balance, held.hold)
    assert released.balance == before
    assert released.untracked == 0
    assert [line.amount for line in released.deductions] == [-68, -72, -50, -10]


def test_a_part_that_went_into_overage_meanwhile_pays_that_first() -> None:
    held = hold(combined(PLAN), 50, id="call_1")
    between = track(held.balance, 40, overage_behavior=OverageBehavior.OVERFLOW).balance
    assert between == combined(item(100, 118, id="plan"))
    released = release(between, held.hold)
    assert released.balance == combined(item(100, 68, id="plan"))
    assert said(released.deductions) == [("item", "plan", -18, -18, True), ("item", "plan", -32, -32, False)]
    assert confirm(between, held.hold, used=40).balance == combined(item(100, 108, id="plan"))


def test_other_usage_in_between_stays() -> None:
    held = hold(combined(PLAN, TOP_UP), 60, id="call_1")
    between = track(held.balance, 30)
    assert said(between.deductions) == [("item", "plan", 12, 12, False), ("item", "top_up", 18, 18, False)]
    released = release(between.balance, held.hold)
    assert released.balance == combined(item(100, 40, id="plan"), item(50, 18, id="top_up"))


def test_what_was_held_of_a_part_that_is_gone_goes_to_the_others() -> None:
    held = hold(combined(PLAN, item(50, 30, id="top_up")), 92, id="call_1")
    without = combined(item(50, 50, id="top_up"))
    released = release(without, held.hold)
    assert released.balance == combined(item(50, id="top_up"))
    assert released.untracked == -(92 - 50)
    confirmed = confirm(without, held.hold, used=2)
    assert confirmed.balance == combined(item(50, id="top_up"))
    assert outcome(confirmed) == (42, -40, None)
    assert sum(line.units for line in confirmed.deductions) == confirmed.tracked


def test_a_part_that_started_over_is_not_filled_beyond_its_grant() -> None:
    held = hold(combined(PLAN), 50, id="call_1")
    fresh = combined(item(100, 10, id="plan"))
    assert release(fresh, held.hold).balance == combined(item(100, id="plan"))
    assert release(fresh, held.hold).untracked == -40
    confirmed = confirm(fresh, held.hold, used=45)
    assert confirmed.balance == combined(item(100, 5, id="plan"))
    assert outcome(confirmed) == (45, 0, None)
    assert_conserved(confirmed.balance)


def test_the_credit_cost_is_remembered() -> None:
    held = hold(balance(100), 5, id="call_1", credit_cost=10)
    assert held.hold.credit_cost == 10
    for used, paid in ((None, 50), (5, 50), (2, 20), (7, 70)):
        confirmed = confirm(held.balance, held.hold, used=used)
        assert confirmed.balance == balance(100, paid)
        assert said(confirmed.deductions) == [("item", "", paid, used or 5, False)]
    confirmed = confirm(held.balance, held.hold, used=12)
    assert outcome(confirmed) == (10, 2, Limit.INCLUDED)


def test_the_terms_of_a_hold_are_remembered() -> None:
    properties = {"model": "large", "tags": ["a", 1.5, None]}
    made = hold(balance(100), 5, id="call_1", credit_cost=2, feature_id="tokens", properties=properties).hold
    properties["tags"] = []
    assert (made.feature_id, made.properties) == ("tokens", {"model": "large", "tags": ("a", 1.5, None)})
    assert isinstance(made.properties, FrozenMap)
    plain = hold(balance(100), 5, id="call_1").hold
    assert plain == Hold(id="call_1", amount=5, deductions=plain.deductions, credit_cost=1, properties={})
    assert plain.feature_id == ""


def test_properties_that_cannot_be_stored_cannot_be_remembered() -> None:
    with pytest.raises(TypeError, match=r"^properties: expected plain data, got an object of type object$"):
        hold(balance(100), 5, id="call_1", properties={"model": object()})
    with pytest.raises(TypeError, match=r"^properties: expected a mapping, got a list of 0 items$"):
        hold(balance(100), 5, id="call_1", properties=cast("Any", []))


def test_more_of_a_member_is_tracked_as_the_member_that_was_held() -> None:
    schema = [CreditCost(metered_feature_id="tokens", credit_cost=3)]
    credits_ = Feature(id="messages", name="Credits", type="credit_system", consumable=True, credit_schema=schema)
    before = balance(100, feature=credits_)
    held = hold(before, 5, id="call_1", feature_id="tokens")
    dearer = evolve(credits_, credit_schema=[CreditCost(metered_feature_id="tokens", credit_cost=4)])
    confirmed = confirm(evolve(held.balance, feature=dearer), held.hold, used=7)
    assert held.hold.credit_cost == 3
    assert confirmed.balance.usage == 21
    assert confirmed.tracked == 7


def test_without_a_credit_cost_the_units_of_the_lines_serve() -> None:
    held = hold(balance(100), 4, id="call_1", credit_cost=2.5)
    of_an_account = evolve(held.hold, credit_cost=None)
    for used in (None, 0, 3, 4, 6):
        assert confirm(held.balance, of_an_account, used=used) == confirm(held.balance, held.hold, used=used)
    assert release(held.balance, of_an_account) == release(held.balance, held.hold)
    of_more = evolve(of_an_account, amount=5)
    assert confirm(held.balance, of_more).deductions == held.hold.deductions


def test_without_a_credit_cost_and_lines_the_cost_is_looked_up() -> None:
    nothing = Hold(id="call_1", amount=0, credit_cost=None)
    assert confirm(balance(100), nothing, used=5).balance.usage == 5
    assert confirm(balance(100), evolve(nothing, feature_id="tokens")).tracked == 0
    with pytest.raises(NoCreditCost, match="expected the feature of the balance"):
        confirm(balance(100), evolve(nothing, feature_id="tokens"), used=5)


def test_older_holds_are_read() -> None:
    held = hold(balance(100), 5, id="call_1", expires_at=NOON, credit_cost=2)
    older: dict[str, Any] = wire.snake.unstructure(held.hold)
    for line_ in older["deductions"]:
        del line_["feature_id"], line_["resets_at"]
    assert set(older) == {"id", "amount", "deductions", "expires_at", "credit_cost"}
    read = wire.snake.structure(older, Hold)
    assert release(held.balance, read).balance == balance(100)
    assert confirm(held.balance, read, used=3).balance == confirm(held.balance, held.hold, used=3).balance


def test_a_hold_of_another_balance_is_refused() -> None:
    held = hold(balance(100), 5, id="call_1")
    other = balance(100, 50, feature_id="credits")
    message = "^deductions: expected lines of 'credits', got one of 'messages'$"
    for settle in (release, confirm, partial(confirm, used=2), partial(confirm, used=9)):
        with pytest.raises(InvalidChoice, match=message):
            settle(other, held.hold)


JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
MONTHLY = item(100, id="plan", reset=monthly(resets_at=FEBRUARY))


def test_what_was_held_before_a_reset_does_not_come_back_after_it() -> None:
    held = hold(combined(MONTHLY), 100, id="call_1")
    renewed = advance(held.balance, to=FEBRUARY).balance
    used_up = track(renewed, 100).balance
    assert used_up.remaining == 0
    assert release(used_up, held.hold) == Undone(balance=used_up, untracked=-100)
    confirmed = confirm(used_up, held.hold, used=30)
    assert (confirmed.balance, outcome(confirmed)) == (used_up, (100, -70, None))
    assert confirmed.deductions == held.hold.deductions
    assert release(renewed, held.hold).balance == renewed


def test_until_the_reset_it_does() -> None:
    held = hold(combined(MONTHLY), 100, id="call_1")
    eve = advance(held.balance, to=FEBRUARY - TICK).balance
    assert release(eve, held.hold).balance == combined(MONTHLY)


def test_the_parts_that_have_not_started_over_take_their_share_back() -> None:
    held = hold(combined(MONTHLY, TOP_UP), 120, id="call_1")
    renewed = advance(held.balance, to=MARCH).balance
    released = release(renewed, held.hold)
    assert [item.remaining for item in released.balance.breakdown] == [100, 50]
    assert said(released.deductions) == [("item", "top_up", -20, -20, False)]
    assert released.untracked == -100
    confirmed = confirm(renewed, held.hold, used=110)
    assert [item.remaining for item in confirmed.balance.breakdown] == [100, 40]
    assert outcome(confirmed) == (110, 0, None)


def test_usage_of_two_periods_is_two_lines() -> None:
    held = hold(combined(MONTHLY), 80, id="call_1")
    renewed = advance(held.balance, to=FEBRUARY).balance
    confirmed = confirm(renewed, held.hold, used=95)
    assert [line.resets_at for line in confirmed.deductions] == [FEBRUARY, MARCH]
    assert [line.amount for line in confirmed.deductions] == [80, 15]
    undone = undo(confirmed.balance, confirmed.deductions)
    assert undone.balance == renewed
    assert undone.untracked == -80


def test_under_overflow_a_confirmation_counts_in_limits_that_are_exceeded() -> None:
    controls = limiting(limited(100, 101))
    held = hold(balance(100), 40, id="call_1")
    for used, counted in ((None, 141), (10, 111), (50, 151)):
        overflown = confirm(
            held.balance, held.hold, used=used, controls=controls, overage_behavior=OverageBehavior.OVERFLOW
        )
        assert used_of(overflown.controls) == [counted]
        behaviors = [OverageBehavior.CAP, OverageBehavior.REJECT]
        for behavior in behaviors[: 1 if used == 50 else 2]:
            kept = confirm(held.balance, held.hold, used=used, controls=controls, overage_behavior=behavior)
            assert used_of(kept.controls) == [101]
    assert used_of(confirm(held.balance, held.hold, controls=limiting(limited(100, 100))).controls) == [140]


def test_type_checkers_know_that_controls_given_are_there() -> None:
    held = hold(balance(100), 40, id="call_1")
    confirmed = confirm(held.balance, held.hold, used=30, controls=limiting(limited(100)))
    assert_type(confirmed.controls, BillingControls)
    assert confirmed.controls.usage_limits[0].usage == 30


def test_usage_limits_are_asked_when_it_is_held() -> None:
    controls = limiting(limited(100, 60))
    assert hold(balance(100), 40, id="call_1", controls=controls).balance == balance(100, 40)
    with pytest.raises(InsufficientBalance, match=r"expected at most 40 \(limit: usage_limit\), got 41"):
        hold(balance(100), 41, id="call_1", controls=controls)


@pytest.mark.parametrize(("used", "counted"), [(None, 100), (40, 100), (10, 70), (0, 60)])
def test_usage_limits_count_what_was_used_when_it_is_confirmed(used: int | None, counted: int) -> None:
    controls = limiting(limited(100, 60))
    held = hold(balance(100), 40, id="call_1", controls=controls)
    confirmed = confirm(held.balance, held.hold, used=used, controls=controls)
    assert used_of(confirmed.controls) == [counted]
    assert used_of(controls) == [60]


def test_usage_limits_leave_of_more_what_they_leave_beside_what_was_held() -> None:
    controls = limiting(limited(100, 30))
    held = hold(balance(100), 40, id="call_1", controls=controls)
    confirmed = confirm(held.balance, held.hold, used=80, controls=controls)
    assert outcome(confirmed) == (70, 10, Limit.USAGE_LIMIT)
    assert used_of(confirmed.controls) == [100]
    overflown = confirm(held.balance, held.hold, used=80, controls=controls, overage_behavior=OverageBehavior.OVERFLOW)
    assert outcome(overflown) == (80, 0, None)
    assert used_of(overflown.controls) == [110]


@pytest.mark.parametrize(("used", "paid", "tokens"), [(None, 60, 6), (4, 40, 4), (9, 90, 9)])
def test_a_limit_on_the_tracked_feature_counts_its_units(used: int | None, paid: int, tokens: int) -> None:
    of_credits, of_tokens = limited(500), limited(50, feature_id="tokens")
    controls = limiting(of_credits, of_tokens)
    held = hold(balance(100), 6, id="call_1", controls=controls, credit_cost=10, feature_id="tokens")
    confirmed = confirm(held.balance, held.hold, used=used, controls=controls)
    assert used_of(confirmed.controls) == [paid, tokens]
    with pytest.raises(InsufficientBalance, match=r"expected at most 50 \(limit: usage_limit\), got 51"):
        hold(balance(1000), 51, id="call_1", controls=controls, credit_cost=9, feature_id="tokens")
    elsewhere = confirm(held.balance, evolve(held.hold, feature_id=""), used=used, controls=controls)
    assert used_of(elsewhere.controls) == [paid, None]


@pytest.mark.parametrize("used", [None, 6])
def test_a_limit_counts_only_the_events_its_filter_matches(used: int | None) -> None:
    controls = limiting(limited(5, filter=PropertyFilter(properties=LARGE)))
    held = hold(balance(100), 5, id="call_1", controls=controls, properties=LARGE)
    confirmed = confirm(held.balance, held.hold, used=used, controls=controls)
    assert used_of(confirmed.controls) == [5]
    assert confirmed.untracked == (used or 5) - 5
    without = evolve(held.hold, properties={})
    assert used_of(confirm(held.balance, without, used=used, controls=controls).controls) == [None]
    with pytest.raises(InsufficientBalance):
        hold(balance(100), 6, id="call_1", controls=controls, properties=LARGE)
    assert hold(balance(100), 6, id="call_1", controls=controls).hold.amount == 6


def test_without_controls_there_are_none_afterwards() -> None:
    held = hold(balance(100), 5, id="call_1")
    assert [confirm(held.balance, held.hold, used=used).controls for used in (None, 2, 9)] == [None] * 3


@pytest.mark.parametrize(("used", "tracked"), [(None, 5), (2, 2), (9, 9)])
def test_of_a_boolean_feature_there_is_nothing_to_take(used: int | None, tracked: int) -> None:
    sso = Feature(id="sso", name="SSO", type="boolean", consumable=False)
    before = balance(0, feature_id="sso", feature=sso)
    held = hold(before, 5, id="call_1")
    assert (held.balance, held.hold.deductions) == (before, ())
    confirmed = confirm(held.balance, held.hold, used=used)
    assert confirmed.balance == before
    assert outcome(confirmed) == (tracked, 0, None)
    assert release(held.balance, held.hold) == Undone(balance=before)
    controls = limiting(limited(100, 1, feature_id="sso"))
    assert used_of(confirm(held.balance, held.hold, used=used, controls=controls).controls) == [1]


@pytest.mark.parametrize(("used", "usage"), [(None, 55), (20, 25), (90, 95)])
def test_an_unlimited_balance_counts_what_is_used(used: int | None, usage: int) -> None:
    before = Balance(feature_id="messages", granted=0, remaining=0, usage=5, unlimited=True)
    held = hold(before, 50, id="call_1")
    assert confirm(held.balance, held.hold, used=used).balance == evolve(before, usage=usage)
    assert release(held.balance, held.hold).balance == before
    assert used_of(confirm(held.balance, held.hold, used=used, controls=limiting(limited(9, 1))).controls) == [1]


@pytest.mark.parametrize("converter", [wire.snake, wire.camel], ids=["snake", "camel"])
@pytest.mark.parametrize("settled", [release, confirm])
def test_a_hold_outlives_the_request_on_either_wire(converter: Any, settled: Callable[..., Any]) -> None:
    before = combined(PLAN, TOP_UP, carried=(rollover(10, expires_at=LATER), rollover(5)))
    event: dict[str, Any] = {"feature_id": "tokens", "properties": {"model_id": "large", "batch": [1, None]}}
    held = hold(before, 40, id="call_1", expires_at=NOON, credit_cost=2.5, **event)
    stored = converter.structure(converter.unstructure(held.hold), Hold)
    assert stored == held.hold
    assert settled(held.balance, stored) == settled(held.balance, held.hold)


def test_the_receipt_of_a_confirmation_can_be_undone() -> None:
    before = combined(PLAN, TOP_UP)
    held = hold(before, 60, id="call_1")
    for used in (None, 20, 90):
        confirmed = confirm(held.balance, held.hold, used=used)
        assert undo(confirmed.balance, confirmed.deductions).balance == before


def test_a_hold_is_of_an_id_and_held_of_values() -> None:
    of_none: Any = None
    with pytest.raises(TypeError, match=r"^id: "):
        hold(balance(100), 5, id=of_none)
    with pytest.raises(TypeError, match=r"^hold: "):
        evolve(hold(balance(100), 5, id="call_1"), hold=of_none)


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "rollover"},
        {"id": "top_up"},
        {"expires_at": NOON},
        {"is_overage": True},
        {"feature_id": "credits"},
        {"resets_at": NOON},
    ],
    ids=str,
)
def test_lines_about_different_parts_are_not_folded(other: dict[str, Any]) -> None:
    lines = [line(5), line(-5, **other)]
    assert folded(lines) == lines


def test_an_item_with_an_id_is_the_same_wherever_it_stands() -> None:
    assert folded([line(5), line(-2, index=1)]) == [line(3)]
    assert folded([line(5), line(4, index=1), line(-2, index=1)]) == [line(5), line(2, index=1)]
    assert folded([line(5), line(-0.5, index=1)]) == [line(4.5)]
    assert folded([line(5, id=""), line(-2, id="", index=1)]) == [line(5, id=""), line(-2, id="", index=1)]
    assert folded([line(0.5), line(0.5, index=1)]) == [line(0.5), line(0.5, index=1)]


def test_lines_about_one_part_are_folded_into_its_first() -> None:
    lines = [line(0.1, units=2), line(7, id="top_up"), line(0.2, units=0.5)]
    assert folded(lines) == [line(0.3, units=2.5), line(7, id="top_up")]


def test_a_sum_of_lines_begins_at_the_usage_at_which_the_first_one_did() -> None:
    assert folded([line(5, least_usage=-3), line(4)]) == [line(9, least_usage=-3)]
    assert folded([line(5), line(4, least_usage=95)]) == [line(9, least_usage=90)]
    assert folded([line(5, least_usage=95), line(4, least_usage=100)]) == [line(9, least_usage=95)]
    assert folded([line(5, least_usage=-3), line(-4, least_usage=-2)]) == [line(1, least_usage=-3)]


def test_what_adds_up_to_nothing_is_no_line() -> None:
    assert folded([line(5), line(7, id="top_up"), line(-5)]) == [line(7, id="top_up")]
    for odd in (line(0, units=1), line(1, units=0)):
        assert folded([odd]) == [odd]


@pytest.mark.parametrize("cost", [3, 0.3])
@pytest.mark.parametrize("amount", [4, 5, 7])
def test_a_hold_that_a_store_has_rounded_is_confirmed_as_it_was(amount: int, cost: float) -> None:
    start = combine([item(10, id="a"), item(11, id="b")], feature_id="messages")
    held = hold(start, amount, id="call_1", credit_cost=cost)
    stored = wire.snake.structure(wire.snake.unstructure(held.hold), Hold)
    assert confirm(held.balance, stored, used=0).balance == start
    assert confirm(held.balance, stored, used=0).deductions == ()
    fewer = evolve(stored, deductions=[evolve(each, units=each.units - 1) for each in held.hold.deductions])
    assert sum(each.units for each in confirm(held.balance, fewer).deductions) == amount
    whole = confirm(held.balance, stored)
    assert sum(line.units for line in whole.deductions) == whole.tracked == amount
