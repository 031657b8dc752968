"""Law: `check` allows an amount exactly when `track` with `REJECT` does not raise, with the same arguments.

So the headroom is allowed, and a hair more is not. It holds for every balance that `audit` accepts and no item of which
has overage beyond its own limit.
"""

from decimal import Context, Decimal

import pytest
from attrs import evolve
from helpers import SWITCH
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_balances import EXACT, fewer
from strategies_of_usage import (
    Terms,
    amounts,
    balances_of,
    few,
    lawful,
    of_credits_too,
    stated,
    terms,
    unlimited_items,
    used_items,
    within_their_limits,
)

from balances import (
    Balance,
    BillingControls,
    Decision,
    InsufficientBalance,
    Limit,
    OverageBehavior,
    OverageControl,
    Tracked,
    audit,
    check,
    explain,
    track,
)
from balances.base.amounts import LARGEST, normalised

LEAST = Decimal("5e-324")
VERY_MUCH = Decimal("1e100")
requirements = st.one_of(amounts, amounts.map(Decimal.copy_negate), st.just(Decimal(0)))


def refusal(balance: Balance, amount: Decimal, given_: Terms) -> InsufficientBalance | None:
    """Return what `track` raises where all or nothing is asked for."""
    try:
        tracked = track(balance, amount, overage_behavior=OverageBehavior.REJECT, **given_)
    except InsufficientBalance as error:
        return error
    assert (EXACT.add(tracked.tracked, tracked.untracked), tracked.limit) == (amount, None)
    assert tracked.untracked == 0 or amount < 0
    return None


def a_hair_above(amount: Decimal) -> Decimal:
    """Return the next amount above one, as divisions round: to 34 digits."""
    if not amount:
        return LEAST
    return EXACT.add(amount, Decimal(1).scaleb(amount.adjusted() - 33, Context(prec=34, Emin=-500, Emax=500)))


def assert_agreed(decision: Decision, error: InsufficientBalance | None, capped: Tracked) -> None:
    assert decision.allowed is (error is None)
    assert decision.limit == (error and error.limit)
    assert decision.limit == capped.limit
    assert decision.allowed is (capped.untracked <= 0)
    numbers = error and (error.required, error.available)
    assert numbers == (None if decision.allowed else (decision.required, capped.tracked))


@given(balance=of_credits_too(within_their_limits), amount=requirements, given_=terms)
def test_what_is_allowed_is_what_track_does_not_refuse(balance: Balance, amount: Decimal, given_: Terms) -> None:
    assert audit(balance, tolerance=0) == ()
    decision = check(balance, amount, **given_)
    assert decision.required == amount
    assert_agreed(decision, refusal(balance, amount, given_), track(balance, amount, **given_))


@given(balance=of_credits_too(within_their_limits), given_=terms)
def test_the_headroom_is_allowed_and_a_hair_more_is_not(balance: Balance, given_: Terms) -> None:
    headroom = check(balance, **given_).headroom
    most = VERY_MUCH if headroom is None else headroom
    decision = check(balance, most, **given_)
    assert decision.allowed
    assert decision.headroom == headroom
    assert refusal(balance, most, given_) is None
    if headroom is not None:
        more = a_hair_above(headroom)
        refused = check(balance, more, **given_)
        assert (refused.allowed, refused.headroom) == (False, headroom)
        error = refusal(balance, more, given_)
        assert error is not None
        assert error.limit == refused.limit


@few
@given(balance=within_their_limits, amount=requirements, given_=terms)
def test_the_headroom_does_not_depend_on_what_is_required(balance: Balance, amount: Decimal, given_: Terms) -> None:
    assert check(balance, amount, **given_).headroom == check(balance, 1, **given_).headroom


@few
@given(balance=lawful, amount=amounts.map(Decimal.copy_negate), given_=terms)
def test_nothing_and_less_are_always_allowed(balance: Balance, amount: Decimal, given_: Terms) -> None:
    decision = check(balance, amount, **given_)
    assert (decision.allowed, decision.limit) == (True, None)
    assert refusal(balance, Decimal(0), given_) is None


@few
@given(balance=lawful, amount=amounts, given_=terms)
def test_a_boolean_feature_and_an_unlimited_balance_have_no_limit(
    balance: Balance, amount: Decimal, given_: Terms
) -> None:
    unlimited = evolve(balance, breakdown=(), rollovers=(), unlimited=True)
    for free in (evolve(balance, feature=SWITCH), unlimited):
        decision = check(free, amount, **given_)
        assert (decision.allowed, decision.limit, decision.headroom) == (True, None, None)
        assert refusal(free, amount, given_) is None


@fewer
@given(
    balance=balances_of(used_items.map(lambda item: evolve(item, price=None))),
    amount=amounts,
    given_=terms,
)
def test_they_agree_where_a_control_lets_free_items_go_into_overage(
    balance: Balance, amount: Decimal, given_: Terms
) -> None:
    before = given_["controls"] or BillingControls()
    allowing = evolve(before, overage_allowed=[OverageControl(feature_id="messages", enabled=True)])
    enabled: Terms = given_ | {"controls": allowing}
    decision = check(balance, amount, **enabled)
    assert_agreed(decision, refusal(balance, amount, enabled), track(balance, amount, **enabled))


@fewer
@given(balance=stated(unlimited_items), amount=amounts, given_=terms)
def test_they_agree_on_what_is_stated_to_be_unlimited(balance: Balance, amount: Decimal, given_: Terms) -> None:
    assert_agreed(check(balance, amount, **given_), refusal(balance, amount, given_), track(balance, amount, **given_))


@few
@given(balance=within_their_limits, amount=requirements, given_=terms)
def test_every_decision_can_be_explained_with_its_numbers(balance: Balance, amount: Decimal, given_: Terms) -> None:
    decision = check(balance, amount, **given_)
    sentence = explain(decision)
    assert sentence == str(decision)
    assert sentence.startswith(f"{told(decision.required)} {'can' if decision.allowed else 'cannot'} be used now: ")
    assert sentence.endswith(".")
    most = decision.headroom
    up_to = "there is no limit." if most is None else f"up to {told(most)}" if most else "nothing can."
    assert (up_to if amount > 0 else "that takes nothing.") in sentence


@pytest.mark.parametrize("limit", [None, *Limit])
@pytest.mark.parametrize("headroom", [None, 0, 5, LARGEST])
@pytest.mark.parametrize("allowed", [True, False])
def test_a_decision_made_by_hand_can_be_explained_too(
    limit: Limit | None, headroom: Decimal | None, *, allowed: bool
) -> None:
    sentence = explain(Decision(allowed=allowed, limit=limit, headroom=headroom, required=7))
    assert sentence.startswith("7 can")


def told(amount: Decimal) -> str:
    """Return the beginning of an amount, as far as a message tells it: of a fraction, nine digits."""
    billionths = int(EXACT.multiply(amount, Decimal(10**9)))
    exact = EXACT.scaleb(Decimal(billionths), -9) if billionths else amount
    return str(normalised(exact))[:60]
