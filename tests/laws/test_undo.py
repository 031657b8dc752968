"""Law: `track` and then `undo` is nothing.

After other usage came between, the amounts go back where they were taken. Nothing that lapsed comes back, and nothing
is lost.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import reduce

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_balances import EXACT
from strategies_of_usage import (
    Terms,
    amounts,
    balances_of,
    costs,
    few,
    fraction,
    odd_balances,
    terms,
    used,
    used_items,
)

from balances import (
    Balance,
    Breakdown,
    Deduction,
    OverageBehavior,
    Undone,
    audit,
    combine,
    track,
    undo,
    wire,
)
from balances.testing import assert_conserved, item, rollover
from balances.wire.dialects import Case

CAP, OVERFLOW = OverageBehavior.CAP, OverageBehavior.OVERFLOW
caps_or_overflows = st.sampled_from([CAP, OVERFLOW])
refunds = amounts.map(Decimal.copy_negate)
any_amount = st.one_of(amounts, amounts, refunds)
readable = st.one_of(used, odd_balances, odd_balances)
of_items = balances_of(used_items, least=1, unlimited=False)
wholes = st.integers(0, 300)
CASES: tuple[Case, ...] = ("snake", "camel")


def negated(lines: Sequence[Deduction]) -> tuple[Deduction, ...]:
    """Turn a receipt round: the last line first, and each the other way."""
    return tuple(
        evolve(line, amount=line.amount.copy_negate(), units=line.units.copy_negate()) for line in reversed(lines)
    )


def units_in(lines: Sequence[Deduction]) -> Fraction:
    return sum((fraction(line.units) for line in lines), Fraction())


@given(balance=readable, amount=any_amount, behavior=caps_or_overflows, given_=terms)
def test_track_then_undo_is_nothing(
    balance: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms
) -> None:
    tracked = track(balance, amount, overage_behavior=behavior, **given_)
    undone = undo(tracked.balance, tracked.deductions)
    assert undone == Undone(balance=balance, deductions=negated(tracked.deductions))


@few
@given(balance=readable, amount=any_amount, behavior=caps_or_overflows, given_=terms)
def test_an_undo_can_be_undone(balance: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms) -> None:
    tracked = track(balance, amount, overage_behavior=behavior, **given_)
    undone = undo(tracked.balance, tracked.deductions)
    again = undo(undone.balance, undone.deductions)
    assert again == Undone(balance=tracked.balance, deductions=tracked.deductions)


@given(balance=readable, amount=any_amount, parts=st.lists(st.integers(0, 7), min_size=1, max_size=4), given_=terms)
def test_in_any_number_of_parts_it_is_nothing_too(
    balance: Balance, amount: Decimal, parts: list[int], given_: Terms
) -> None:
    tracked = track(balance, amount, overage_behavior=OVERFLOW, **given_)
    left, receipt, now = tracked.tracked, tracked.deductions, tracked.balance
    for part in parts:
        undone = undo(now, receipt, amount=EXACT.multiply(left, Decimal(part).scaleb(-1)))
        assert undone.untracked == 0
        now, receipt = undone.balance, (*receipt, *undone.deductions)
        left = reduce(EXACT.add, (line.units for line in undone.deductions), left)
        assert fraction(left) == units_in(receipt)
    last = undo(now, receipt, amount=left)
    assert last.balance == balance
    assert last.untracked == 0
    assert undo(now, receipt).balance == balance


@few
@given(balance=used, amount=any_amount, part=st.integers(0, 14), given_=terms)
def test_exactly_as_much_is_given_back_as_is_asked_for(
    balance: Balance, amount: Decimal, part: int, given_: Terms
) -> None:
    tracked = track(balance, amount, overage_behavior=OVERFLOW, **given_)
    wanted = EXACT.multiply(tracked.tracked, Decimal(part).scaleb(-1))
    undone = undo(tracked.balance, tracked.deductions, amount=wanted)
    assert units_in(undone.deductions) + fraction(undone.untracked) == -fraction(wanted)
    assert abs(units_in(undone.deductions)) == min(abs(fraction(wanted)), abs(fraction(tracked.tracked)))
    paid = fraction(tracked.balance.usage) - fraction(undone.balance.usage)
    assert paid == -sum((fraction(line.amount) for line in undone.deductions), Fraction())


@few
@given(
    balance=used,
    uses=st.lists(st.tuples(amounts, costs), min_size=1, max_size=4),
    behavior=caps_or_overflows,
    data=st.data(),
)
def test_after_other_usage_any_order_of_undoing_is_nothing(
    balance: Balance, uses: list[tuple[Decimal, Decimal]], behavior: OverageBehavior, data: st.DataObject
) -> None:
    now, receipts = balance, list[tuple[Deduction, ...]]()
    for amount, cost in uses:
        tracked = track(now, amount, credit_cost=cost, overage_behavior=behavior)
        now = tracked.balance
        receipts.append(tracked.deductions)
    for receipt in data.draw(st.permutations(receipts)):
        undone = undo(now, receipt)
        assert undone.untracked == 0
        assert units_in(undone.deductions) == -units_in(receipt)
        assert_conserved(undone.balance)
        now = undone.balance
    assert now == balance


def started_over(item: Breakdown) -> Breakdown:
    return evolve(item, usage=0, remaining=item.granted)


@st.composite
def what_is_left(draw: st.DrawFn, balance: Balance) -> Balance:
    """Let some of the parts go, and some start over."""
    fates = draw(st.lists(st.sampled_from(["kept", "gone", "started over"]), min_size=9, max_size=9))
    items = [
        started_over(item) if fate == "started over" else item
        for item, fate in zip(balance.breakdown, fates, strict=False)
        if fate != "gone"
    ]
    carried = [part for part, fate in zip(balance.rollovers, reversed(fates), strict=False) if fate != "gone"]
    return combine(items, carried, feature_id="messages")


@given(balance=of_items, amount=any_amount, given_=terms, data=st.data())
def test_after_parts_are_gone_or_started_over_nothing_is_resurrected_and_nothing_lost(
    balance: Balance, amount: Decimal, given_: Terms, data: st.DataObject
) -> None:
    tracked = track(balance, amount, overage_behavior=OVERFLOW, **given_)
    before = data.draw(what_is_left(tracked.balance))
    undone = undo(before, tracked.deductions)
    after = undone.balance
    assert_conserved(after)
    assert audit(after, tolerance=0) == ()
    assert units_in(undone.deductions) + fraction(undone.untracked) == -fraction(tracked.tracked)
    paid = sum((fraction(line.amount) for line in undone.deductions), Fraction())
    assert fraction(after.usage) - fraction(before.usage) == paid
    assert [item.id for item in after.breakdown] == [item.id for item in before.breakdown]
    assert len(after.rollovers) == len(before.rollovers)
    assert all(0 <= item.remaining <= item.granted and item.usage >= 0 for item in after.breakdown)
    assert all(0 <= part.balance <= part.granted for part in after.rollovers)


@few
@given(balance=of_items, amount=amounts, given_=terms)
def test_what_the_own_parts_take_goes_to_no_other(balance: Balance, amount: Decimal, given_: Terms) -> None:
    tracked = track(balance, amount, overage_behavior=OVERFLOW, **given_)
    for gone in tracked.balance.breakdown:
        others = [item for item in tracked.balance.breakdown if item is not gone]
        undone = undo(evolve(tracked.balance, breakdown=others), tracked.deductions)
        was, now = [item for item in balance.breakdown if item.id != gone.id], undone.balance.breakdown
        taken = sum(fraction(line.amount) for line in tracked.deductions if line.id == gone.id)
        more = sum(fraction(item.usage) for item in was) - sum(
            fraction(item.usage) for item in undone.balance.breakdown
        )
        if others:
            assert undone.balance.rollovers == balance.rollovers
            assert 0 <= more <= taken
            assert more == taken or all(item.usage == 0 for item in now)


@few
@given(balance=of_items, amount=amounts)
def test_of_a_balance_without_parts_all_is_untracked(balance: Balance, amount: Decimal) -> None:
    tracked = track(balance, amount, overage_behavior=OVERFLOW)
    empty = combine([], feature_id="messages")
    assert undo(empty, tracked.deductions) == Undone(balance=empty, untracked=amount.copy_negate())


@pytest.mark.parametrize("case", CASES)
@few
@given(balance=used, amount=any_amount, behavior=caps_or_overflows, given_=terms)
def test_a_receipt_survives_an_exact_wire_and_still_undoes(
    case: Case, balance: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms
) -> None:
    exact = wire.make_converter(case, exact=True)
    tracked = track(balance, amount, overage_behavior=behavior, **given_)
    read = exact.structure(exact.unstructure(tracked.deductions), tuple[Deduction, ...])
    assert read == tracked.deductions
    assert undo(tracked.balance, read).balance == balance


@pytest.mark.parametrize("case", CASES)
@few
@given(
    parts=st.lists(st.tuples(wholes, wholes), min_size=1, max_size=3),
    carried=st.lists(wholes, max_size=2),
    amount=wholes,
    cost=st.sampled_from([1, 5, 0.5]),
)
def test_a_stored_receipt_still_undoes(
    case: Case, parts: list[tuple[int, int]], carried: list[int], amount: int, cost: float
) -> None:
    converter = {"snake": wire.snake, "camel": wire.camel}[case]
    items = [item(included, used, id=f"item_{index}") for index, (included, used) in enumerate(parts)]
    balance = combine(items, map(rollover, carried), feature_id="messages")
    tracked = track(balance, amount, credit_cost=cost, overage_behavior=OVERFLOW)
    stored = json.dumps(converter.unstructure(tracked.deductions))
    read = converter.structure(json.loads(stored), tuple[Deduction, ...])
    assert read == tracked.deductions
    assert undo(tracked.balance, read).balance == balance
