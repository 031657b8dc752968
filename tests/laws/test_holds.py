"""Law: what was held and released never was; what was held and confirmed was tracked."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_balances import EXACT
from strategies_of_usage import Terms, amounts, dividing_terms, few, odd_balances, terms, used

from balances import Balance, Hold, InsufficientBalance, OverageBehavior, confirm, hold, release, track, undo

readable = st.one_of(used, odd_balances)
NOTHING = Hold(id="call_1", amount=0)


def held_of(balance: Balance, amount: Decimal, given_: Terms) -> tuple[Balance, Hold]:
    """Hold an amount or, where it is not met, as much as is; hold nothing where that cannot be said in units."""
    for each in (amount, track(balance, amount, **given_).tracked):
        try:
            held = hold(balance, each, id="call_1", **given_)
        except InsufficientBalance:
            continue
        return held.balance, held.hold
    return balance, NOTHING


@given(balance=readable, amount=amounts, given_=terms)
def test_hold_then_release_is_nothing(balance: Balance, amount: Decimal, given_: Terms) -> None:
    after, held = held_of(balance, amount, given_)
    released = release(after, held)
    assert released.balance == balance
    assert released.untracked == 0


@given(balance=readable, amount=amounts, share=st.integers(0, 10), given_=dividing_terms)
def test_hold_then_confirm_is_track(balance: Balance, amount: Decimal, share: int, given_: Terms) -> None:
    after, held = held_of(balance, amount, given_)
    wanted = EXACT.multiply(held.amount, Decimal(share).scaleb(-1))
    confirmed = confirm(after, held, used=wanted, controls=given_["controls"])
    tracked = track(balance, wanted, **given_)
    assert (confirmed.balance, confirmed.controls) == (tracked.balance, tracked.controls)
    assert confirmed.tracked == wanted
    assert confirmed.untracked == 0


@few
@given(balance=used, amount=amounts, more=amounts, given_=dividing_terms)
def test_confirming_more_is_tracking_more(balance: Balance, amount: Decimal, more: Decimal, given_: Terms) -> None:
    after, held = held_of(balance, amount, given_)
    wanted = EXACT.add(held.amount, more)
    confirmed = confirm(after, held, used=wanted, controls=given_["controls"])
    tracked = track(balance, wanted, **given_)
    assert (confirmed.balance, confirmed.controls) == (tracked.balance, tracked.controls)
    assert (confirmed.tracked, confirmed.untracked) == (tracked.tracked, tracked.untracked)


@pytest.mark.parametrize("behavior", [OverageBehavior.CAP, OverageBehavior.OVERFLOW])
@given(balance=readable, amount=amounts, wanted=st.none() | amounts, given_=terms)
def test_the_receipt_of_a_confirmation_undoes_it(
    behavior: OverageBehavior, balance: Balance, amount: Decimal, wanted: Decimal | None, given_: Terms
) -> None:
    after, held = held_of(balance, amount, given_)
    confirmed = confirm(after, held, used=wanted, controls=given_["controls"], overage_behavior=behavior)
    assert undo(confirmed.balance, confirmed.deductions).balance == balance


@few
@given(balance=used, amount=amounts, given_=terms)
def test_a_hold_without_a_credit_cost_is_released_alike(balance: Balance, amount: Decimal, given_: Terms) -> None:
    after, held = held_of(balance, amount, given_)
    assert release(after, evolve(held, credit_cost=None)) == release(after, held)
