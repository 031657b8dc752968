"""Law: `accounts.check` allows exactly what `accounts.track` with `REJECT` does, and an account loses no unit.

A second implementation over plain dictionaries (`reference/using.py`) is told the same and must answer the same. An
account of one balance answers as the balance does.
"""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import using
from histories import lines_of
from hypothesis import assume, given
from hypothesis import strategies as st
from parts_by_hand import fractions
from strategies_of_accounts import SYSTEMS, accounts, costs, odd_costs, uses, within_their_limits
from strategies_of_balances import EXACT
from strategies_of_time import START, policies
from strategies_of_time import balances as living
from strategies_of_usage import amounts, behaviors, few

from balances import (
    Account,
    Balance,
    InsufficientBalance,
    Limit,
    OverageBehavior,
    advance,
    check,
    overage,
    track,
    wire,
)
from balances import (
    accounts as verbs,
)

PROPERTIES = st.sampled_from([None, {}, {"region": "eu"}, {"region": "eu", "tier": "1"}, {"region": "us"}])
FEATURES = st.sampled_from(["messages", "messages", *SYSTEMS])
HAIR = Decimal("1e-9")
exact = wire.make_converter("snake", exact=True)


def plain(account: Account) -> dict[str, Any]:
    """Return an account as the second implementation has it."""
    told: dict[str, Any] = fractions(
        {
            "features": exact.unstructure(list(account.features)),
            "balances": exact.unstructure(dict(account.balances)),
            "billing_controls": exact.unstructure(account.controls) if account.controls else {},
        }
    )
    return told


def exactly(amounts: Iterable[Decimal]) -> Fraction:
    """Add up in another arithmetic."""
    return sum(map(Fraction, amounts), Fraction())


def limits_of(account: dict[str, Any]) -> list[Any]:
    limits: list[Any] = account["billing_controls"].get("usage_limits", [])
    return limits


def refuses(account: Account, feature_id: str, amount: Decimal, **terms: Any) -> bool:
    try:
        verbs.track(account, feature_id, amount, overage_behavior="reject", **terms)
    except InsufficientBalance:
        return True
    return False


@few
@given(account=accounts(), feature_id=FEATURES, amount=uses, properties=PROPERTIES, behavior=behaviors)
def test_a_second_implementation_answers_the_same(
    account: Account, feature_id: str, amount: Decimal, properties: Any, behavior: OverageBehavior
) -> None:
    before = plain(account)
    try:
        used = using.use(before, feature_id, Fraction(amount), properties=properties, behavior=behavior)
    except using.Refused:
        assert refuses(account, feature_id, amount, properties=properties)
        return
    tracked = verbs.track(account, feature_id, amount, properties=properties, overage_behavior=behavior)
    assert Fraction(tracked.untracked) == used.untracked
    after = plain(tracked.account)
    assert after["balances"] == used.account["balances"]
    limits = (
        after["billing_controls"].get("usage_limits", []),
        used.account["billing_controls"].get("usage_limits", []),
    )
    assert limits[0] == limits[1]
    assert lines_of(tracked.deductions) == used.lines


@few
@given(account=within_their_limits, feature_id=FEATURES, amount=amounts, properties=PROPERTIES)
def test_check_allows_exactly_what_reject_tracks(
    account: Account, feature_id: str, amount: Decimal, properties: Any
) -> None:
    ruling = verbs.check(account, feature_id, amount, properties=properties)
    assume(amount > 0)
    assert bool(ruling) != refuses(account, feature_id, amount, properties=properties)
    assert ruling.allowed == (ruling.limit is None)


@few
@given(account=within_their_limits, feature_id=FEATURES, properties=PROPERTIES)
def test_headroom_is_allowed_and_a_hair_more_is_not(account: Account, feature_id: str, properties: Any) -> None:
    headroom = verbs.check(account, feature_id, 0, properties=properties).headroom
    if headroom is None:
        assert verbs.check(account, feature_id, Decimal(10**12), properties=properties)
        return
    assert headroom == 0 or verbs.check(account, feature_id, headroom, properties=properties)
    assert not verbs.check(account, feature_id, EXACT.add(headroom, HAIR), properties=properties)


@few
@given(account=accounts(cost=odd_costs), feature_id=FEATURES, amount=uses, properties=PROPERTIES, behavior=behaviors)
def test_nothing_is_lost_and_the_receipt_says_every_move(
    account: Account, feature_id: str, amount: Decimal, properties: Any, behavior: OverageBehavior
) -> None:
    assume(behavior is not OverageBehavior.REJECT)
    tracked = verbs.track(account, feature_id, amount, properties=properties, overage_behavior=behavior)
    assert exactly([tracked.tracked, tracked.untracked]) == amount
    assert exactly(line.units for line in tracked.deductions) == tracked.tracked
    for name, balance in account.balances.items():
        after = tracked.account.balances[name]
        moved = exactly(line.amount for line in tracked.deductions if line.feature_id == name)
        assert exactly([after.usage]) - exactly([balance.usage]) == moved
        unlimited = any(item.unlimited for item in balance.breakdown)
        sides = exactly([after.granted, overage(after)]), exactly([after.usage, after.remaining])
        assert unlimited or sides[0] == sides[1]


@few
@given(account=accounts(cost=odd_costs), feature_id=FEATURES, amount=amounts, behavior=behaviors)
def test_undoing_right_after_tracking_is_nothing(
    account: Account, feature_id: str, amount: Decimal, behavior: OverageBehavior
) -> None:
    assume(behavior is not OverageBehavior.REJECT)
    tracked = verbs.track(account, feature_id, amount, overage_behavior=behavior)
    undone = verbs.undo(tracked.account, tracked.deductions)
    assert undone.account.balances == account.balances
    assert undone.untracked == 0


@few
@given(account=accounts(cost=odd_costs), feature_id=FEATURES, amount=amounts, used=amounts)
def test_a_hold_that_is_released_never_was_and_one_confirmed_was_tracked(
    account: Account, feature_id: str, amount: Decimal, used: Decimal
) -> None:
    assume(not refuses(account, feature_id, amount))
    held = verbs.hold(account, feature_id, amount, id="call_1")
    assert verbs.release(held.account, held.hold).account == account
    confirmed = verbs.confirm(held.account, held.hold, used=used)
    assert exactly([confirmed.tracked, confirmed.untracked]) == used
    for name, balance in account.balances.items():
        moved = exactly(line.amount for line in confirmed.deductions if line.feature_id == name)
        assert exactly([confirmed.account.balances[name].usage]) - exactly([balance.usage]) == moved


def alone(account: Account) -> Balance:
    return account.balances["messages"]


@few
@given(account=accounts(), amount=uses, properties=PROPERTIES, behavior=behaviors)
def test_an_account_of_one_balance_answers_as_the_balance(
    account: Account, amount: Decimal, properties: Any, behavior: OverageBehavior
) -> None:
    assume("messages" in account.balances)
    one = Account(balances={"messages": alone(account)}, controls=account.controls)
    terms: dict[str, Any] = {"properties": properties, "overage_behavior": behavior}
    decision = check(alone(account), amount, controls=account.controls, properties=properties)
    ruling = verbs.check(one, "messages", amount, properties=properties)
    assert (ruling.allowed, ruling.limit, ruling.headroom) == (decision.allowed, decision.limit, decision.headroom)
    if behavior is OverageBehavior.REJECT and refuses(one, "messages", amount, properties=properties):
        with pytest.raises(InsufficientBalance):
            track(alone(account), amount, controls=account.controls, **terms)
        return
    tracked, of_account = (
        track(alone(account), amount, controls=account.controls, **terms),
        verbs.track(one, "messages", amount, **terms),
    )
    assert of_account.account == Account(balances={"messages": tracked.balance}, controls=tracked.controls)
    assert of_account.deductions == tracked.deductions
    assert (of_account.tracked, of_account.untracked, of_account.limit) == (
        tracked.tracked,
        tracked.untracked,
        tracked.limit,
    )


@few
@given(balance=living(), first=st.integers(0, 400), more=st.integers(0, 400), policy=policies)
def test_lazy_equals_eager_for_accounts(balance: Balance, first: int, more: int, policy: Any) -> None:
    account = Account(balances={"messages": balance})
    soon, late = START + timedelta(days=first), START + timedelta(days=first + more)
    stepwise = verbs.advance(account, since=START, to=soon, policies=policy)
    stepwise = verbs.advance(stepwise.account, since=soon, to=late, policies={"messages": policy})
    at_once = verbs.advance(account, since=START, to=late, policies=policy)
    assert stepwise.account == at_once.account
    assert at_once.account.balances["messages"] == advance(balance, to=late, policy=policy).balance


@few
@given(account=accounts(), amount=amounts)
def test_what_is_untouched_is_shared(account: Account, amount: Decimal) -> None:
    index = account.catalog
    tracked = verbs.track(account, "messages", amount)
    moved = {line.feature_id for line in tracked.deductions}
    assert tracked.account.catalog is index
    assert all(tracked.account.balances[name] is account.balances[name] for name in set(account.balances) - moved)


@given(amount=amounts, cost=costs)
def test_nobody_pays_for_a_feature_that_is_not_held(amount: Decimal, cost: Decimal) -> None:
    empty = Account()
    tracked = verbs.track(empty, "messages", amount)
    assert (tracked.account, tracked.untracked, tracked.deductions) == (empty, amount, ())
    assert tracked.limit is (Limit.NOT_HELD if amount else None)
    assert not verbs.check(empty, "messages", amount * cost)
