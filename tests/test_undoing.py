"""Giving back what a receipt says was taken, rule by rule."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from helpers import combined, line, together

from balances import (
    Balance,
    BillingControls,
    Breakdown,
    InvalidAmount,
    InvalidChoice,
    OverageBehavior,
    Reset,
    Rollover,
    Undone,
    UsageLimit,
    track,
    undo,
)
from balances.base.amounts import LARGEST
from balances.testing import balance, item, rollover
from balances.usage.receipts import folded

OVERFLOW = OverageBehavior.OVERFLOW
SOON, LATER = (datetime(2027, month, 1, tzinfo=UTC) for month in (1, 2))
PLAN = item(100, 95, id="plan")
ADD_ON = item(50, 20, id="add-on")


def lines(undone: Undone) -> list[Any]:
    return [(line.id or str(line.kind), line.amount, line.is_overage) for line in undone.deductions]


def remaining(balance: Balance) -> list[Decimal]:
    return [part.remaining for part in balance.breakdown]


def left(balance: Balance) -> list[Decimal]:
    return [part.balance for part in balance.rollovers]


def test_usage_below_zero_falls_as_low_as_it_was() -> None:
    before = combined(Breakdown(id="plan", included_grant=10, remaining=10.5, usage=-0.5))
    tracked = track(before, 1)
    undone = undo(tracked.balance, tracked.deductions)
    assert together(undone.balance, undone.untracked) == (before, 0)


def test_the_last_line_is_given_back_first() -> None:
    before = combined(PLAN, ADD_ON, carried=(rollover(10),))
    tracked = track(before, 50, overage_behavior=OVERFLOW)
    undone = undo(tracked.balance, tracked.deductions)
    assert lines(undone) == [("plan", -5, True), ("add-on", -30, False), ("plan", -5, False), ("rollover", -10, False)]
    assert together(undone.balance, undone.untracked) == (before, 0)


def test_an_amount_gives_back_only_that_much() -> None:
    before = combined(PLAN, carried=(rollover(10),))
    tracked = track(before, 12)
    undone = undo(tracked.balance, tracked.deductions, amount=3)
    assert lines(undone) == [("plan", -2, False), ("rollover", -1, False)]
    assert undone.balance == track(before, 9).balance


def test_an_amount_is_in_units() -> None:
    tracked = track(balance(100), 10, credit_cost=4)
    undone = undo(tracked.balance, tracked.deductions, amount=2.5)
    assert undone.balance == track(balance(100), 30).balance
    assert [together(each.amount, each.units) for each in undone.deductions] == [(-10, Decimal("-2.5"))]


def test_an_amount_of_nothing_gives_nothing_back() -> None:
    tracked = track(balance(100), 10)
    assert undo(tracked.balance, tracked.deductions, amount=0) == Undone(balance=tracked.balance)
    assert undo(balance(100), ()) == Undone(balance=balance(100))


def test_an_amount_of_more_than_was_taken_is_untracked_as_far_as_it_is_more() -> None:
    tracked = track(balance(100, 50), 10)
    undone = undo(tracked.balance, tracked.deductions, amount=15)
    assert together(undone.balance, undone.untracked) == (balance(100, 50), -5)
    assert undo(balance(100, 50), (), amount=5) == Undone(balance=balance(100, 50), untracked=-5)


def test_two_parts_of_one_receipt_need_the_receipt_of_the_first_part_too() -> None:
    before = combined(PLAN, carried=(rollover(10),))
    tracked = track(before, 12)
    first = undo(tracked.balance, tracked.deductions, amount=3)
    second = undo(first.balance, [*tracked.deductions, *first.deductions], amount=9)
    assert second.balance == before


def test_many_parts_of_one_receipt_take_nothing_again() -> None:
    before = combined(PLAN, ADD_ON, carried=[rollover(10)])
    tracked = track(before, 40)
    after, receipt = tracked.balance, tracked.deductions
    for _ in range(40):
        undone = undo(after, receipt, amount=1)
        assert [line.units for line in undone.deductions] == [-1]
        assert undone.untracked == 0
        after, receipt = undone.balance, receipt + undone.deductions
    assert after == before
    assert undo(after, receipt, amount=1) == Undone(balance=before, untracked=-1)


def test_of_a_refund_an_amount_is_negative() -> None:
    tracked = track(balance(100, 50), -10)
    undone = undo(tracked.balance, tracked.deductions, amount=-4)
    assert together(undone.balance.usage, lines(undone)) == (44, [("item", 4, False)])
    assert undo(tracked.balance, tracked.deductions, amount=-12).untracked == 2


@pytest.mark.parametrize(("taken", "amount"), [(5, -1), (-5, 1), (1, -0.5)])
def test_an_amount_of_the_other_sign_is_no_part(taken: int, amount: float) -> None:
    tracked = track(balance(100, 50), taken)
    with pytest.raises(InvalidAmount, match=rf"^amount: expected a part of the {taken} taken, got {amount}$"):
        undo(tracked.balance, tracked.deductions, amount=amount)


@pytest.mark.parametrize("bad", [True, "5", float("nan"), float("inf"), 10**400], ids=repr)
def test_what_is_no_amount_is_refused(bad: Any) -> None:
    with pytest.raises(InvalidAmount, match=r"^amount: expected a (finite )?number"):
        undo(balance(), (), amount=bad)


@pytest.mark.parametrize("bad", [None, "receipt", 5, [5], [None]], ids=repr)
def test_what_is_no_receipt_is_refused(bad: Any) -> None:
    with pytest.raises(TypeError, match=r"^deductions: expected a "):
        undo(balance(), bad)


def test_any_sequence_of_lines_is_a_receipt() -> None:
    tracked = track(combined(PLAN, carried=(rollover(10),)), 12)
    assert undo(tracked.balance, list(tracked.deductions)) == undo(tracked.balance, tracked.deductions)


def test_a_part_first_pays_what_it_owes() -> None:
    owing = combined(item(100, 103, id="plan"))
    assert lines(undo(owing, [line(5)])) == [("plan", -3, True), ("plan", -2, False)]


def test_an_item_is_found_by_its_id_wherever_it_is() -> None:
    both = combined(ADD_ON, PLAN)
    assert remaining(undo(both, [line(5, index=0)]).balance) == [30, 10]
    assert remaining(undo(both, [line(5, index=7)]).balance) == [30, 10]


def test_of_several_of_one_id_the_one_at_the_index_is_meant_else_the_first() -> None:
    twins = combined(PLAN, ADD_ON, PLAN)
    assert remaining(undo(twins, [line(5, index=2)]).balance) == [5, 30, 10]
    assert remaining(undo(twins, [line(5, index=1)]).balance) == [10, 30, 5]


def test_an_item_without_id_is_found_by_its_index() -> None:
    nameless = combined(item(100, 95), item(100, 95))
    assert remaining(undo(nameless, [line(3, id="", index=1)]).balance) == [5, 8]


def test_an_item_without_id_is_not_looked_for_elsewhere() -> None:
    mixed = combined(PLAN, item(100, 95))
    undone = undo(mixed, [line(3, id="", index=0)])
    assert remaining(undone.balance) == [8, 5]
    assert remaining(undo(combined(ADD_ON, item(100, 95)), [line(25, id="", index=5)]).balance) == [50, 10]


def test_a_rollover_is_found_by_its_index_where_the_expiry_matches() -> None:
    twins = combined(PLAN, carried=(rollover(10, 5, expires_at=SOON), rollover(10, 5, expires_at=SOON)))
    undone = undo(twins, [line(3, kind="rollover", id="", index=1, expires_at=SOON)])
    assert left(undone.balance) == [5, 8]


def test_else_a_rollover_is_the_first_that_matches() -> None:
    carried = (rollover(10, 5, expires_at=LATER), rollover(10, 5, expires_at=SOON), rollover(10, 5, expires_at=SOON))
    for index in (0, 9):
        undone = undo(combined(PLAN, carried=carried), [line(3, kind="rollover", id="", index=index, expires_at=SOON)])
        assert left(undone.balance) == [5, 8, 5]
    never = undo(combined(PLAN, carried=(*carried, rollover(10, 5))), [line(3, kind="rollover", id="", index=0)])
    assert left(never.balance) == [5, 5, 5, 8]


def test_the_share_of_a_rollover_that_is_gone_is_refunded_to_the_items() -> None:
    tracked = track(combined(PLAN, carried=(rollover(10, expires_at=SOON),)), 12)
    undone = undo(evolve(tracked.balance, rollovers=()), tracked.deductions)
    assert lines(undone) == [("plan", -2, False), ("plan", -10, False)]
    assert together(remaining(undone.balance), undone.untracked) == ([15], 0)


def test_the_share_of_an_item_that_is_gone_is_refunded_to_the_others() -> None:
    tracked = track(combined(PLAN, ADD_ON, carried=(rollover(10, 10),)), 25)
    without = combined(tracked.balance.breakdown[1], carried=tracked.balance.rollovers)
    undone = undo(without, tracked.deductions)
    assert lines(undone) == [("add-on", -20, False), ("add-on", -5, False)]
    assert left(undone.balance) == [0]


def test_the_share_of_what_is_gone_pays_overage_back_first() -> None:
    owing = combined(ADD_ON, item(100, 103, id="owing"))
    undone = undo(owing, [line(30, id="gone", index=9)])
    assert lines(undone) == [("owing", -3, True), ("add-on", -20, False), ("owing", -7, False)]


def test_what_is_put_by_is_refunded_after_every_line_has_been_given_back() -> None:
    tracked = track(combined(PLAN, item(20, 20, id="other")), 5)
    undone = undo(tracked.balance, [*tracked.deductions, line(4, id="gone", index=9)])
    assert lines(undone) == [("plan", -5, False), ("plan", -4, False)]


def test_an_item_that_started_over_is_not_filled_beyond_its_grant() -> None:
    tracked = track(combined(PLAN), 5)
    fresh = combined(evolve(PLAN, usage=0, remaining=100))
    undone = undo(fresh, tracked.deductions)
    assert undone == Undone(balance=fresh, untracked=-5)


def test_what_an_item_that_started_over_cannot_take_goes_to_the_others_and_no_rollover() -> None:
    tracked = track(combined(PLAN), 5)
    fresh = combined(evolve(PLAN, usage=1, remaining=99), ADD_ON, carried=(rollover(10, 10),))
    undone = undo(fresh, tracked.deductions)
    assert lines(undone) == [("plan", -1, False), ("add-on", -4, False)]
    assert left(undone.balance) == [0]


def state(balance: Balance) -> tuple[Any, ...]:
    (part,) = balance.breakdown
    return part.remaining, part.usage


def odd(remaining: int, usage: int) -> Balance:
    """Return a balance of one item of 100, whose numbers need not fit together."""
    return combined(evolve(item(100, id="odd"), remaining=remaining, usage=usage))


ODD = [(105, -5), (150, 10), (5, 200), (8, 95), (-5, 30), (-5, 200), (50, 55), (50, 10), (0, 95), (0, -20), (3, 0)]


@pytest.mark.parametrize("numbers", ODD, ids=repr)
@pytest.mark.parametrize("amount", [3, 7, 60, 300, -3, -7, -60, -300])
def test_an_item_whose_numbers_do_not_fit_together_is_restored_exactly(numbers: tuple[int, int], amount: int) -> None:
    before = odd(*numbers)
    tracked = track(before, amount, overage_behavior=OVERFLOW)
    assert undo(tracked.balance, tracked.deductions).balance == before


@pytest.mark.parametrize("numbers", ODD, ids=repr)
@pytest.mark.parametrize("given", [1, 2, 5, 6])
def test_undoing_a_part_of_it_is_having_tracked_less(numbers: tuple[int, int], given: int) -> None:
    tracked = track(odd(*numbers), 7, overage_behavior=OVERFLOW)
    less = track(odd(*numbers), 7 - given, overage_behavior=OVERFLOW)
    assert undo(tracked.balance, tracked.deductions, amount=given).balance == less.balance


@pytest.mark.parametrize(
    ("numbers", "amount", "between", "after"),
    [
        # More was left than granted, after a refund beyond all usage: the overage that came between is paid first.
        ((105, -5), 50, 80, (25, 75)),
        ((105, -5), 50, 5, (100, 0)),
        # Less was left than the usage says: the overage is taken back, and nothing that was not there.
        ((0, 95), 3, 10, (0, 105)),
        # Something was left beside overage, and stays beside what there is of it now.
        ((5, 200), 5, 80, (5, 280)),
        ((5, 200), 5, -4, (5, 196)),
        ((5, 200), 5, -110, (10, 90)),
    ],
    ids=repr,
)
def test_what_came_between_stays_for_such_an_item_too(
    numbers: tuple[int, int], amount: int, between: int, after: tuple[int, int]
) -> None:
    tracked = track(odd(*numbers), amount, overage_behavior=OVERFLOW)
    now = track(tracked.balance, between, overage_behavior=OVERFLOW).balance
    assert state(undo(now, tracked.deductions).balance) == after


def test_numbers_that_nearly_fit_together_are_no_exception() -> None:
    noisy = combined(evolve(PLAN, remaining=Decimal("72.30000000000001"), usage=Decimal("27.7")))
    tracked = track(noisy, 50)
    assert tracked.deductions[0].least_usage is None
    assert undo(tracked.balance, tracked.deductions).balance == noisy
    overflown = track(tracked.balance, 40, overage_behavior=OVERFLOW).balance
    undone = undo(overflown, tracked.deductions).balance
    assert together(*state(undone)) == (Decimal("32.30000000000001") - Decimal("0.00000000000001"), Decimal("67.7"))


def test_a_line_that_names_a_period_is_about_an_item() -> None:
    dated = evolve(PLAN, reset=Reset(interval="month", resets_at=LATER))
    carried = combined(dated, carried=(rollover(10, 5, expires_at=SOON),))
    undone = undo(carried, [line(3, kind="rollover", id="", index=1, expires_at=SOON, resets_at=SOON)])
    assert left(undone.balance) == [8]


def test_a_line_from_before_receipts_named_periods_is_given_back() -> None:
    dated = evolve(PLAN, reset=Reset(interval="month", resets_at=LATER))
    for period in (None, LATER):
        assert remaining(undo(combined(dated), [line(3, resets_at=period)]).balance) == [8]
    assert undo(combined(dated), [line(3, resets_at=SOON)]) == Undone(balance=combined(dated), untracked=-3)
    earlier = combined(evolve(PLAN, reset=Reset(interval="month", resets_at=SOON)))
    assert remaining(undo(earlier, [line(3, resets_at=LATER)]).balance) == [8]
    undated = evolve(PLAN, reset=Reset(interval="month"))
    assert remaining(undo(combined(undated), [line(3, resets_at=SOON)]).balance) == [8]


def test_what_was_given_back_in_an_earlier_period_is_not_taken_again() -> None:
    dated = evolve(PLAN, reset=Reset(interval="month", resets_at=LATER))
    undone = undo(combined(dated, ADD_ON), [line(-3, resets_at=SOON), line(-4, id="add-on", index=1)])
    assert together(remaining(undone.balance), undone.untracked) == ([5, 26], 3)


@pytest.mark.parametrize("units", [Decimal("2.5"), Decimal("-2.5")])
def test_what_is_untracked_is_told_in_the_one_form_of_an_amount(units: Decimal) -> None:
    dated = evolve(PLAN, reset=Reset(interval="month", resets_at=LATER))
    undone = undo(combined(dated), [line(units, resets_at=SOON)] * 2)
    assert str(undone.untracked) == str(int(-2 * units))


def test_lines_of_another_balance_are_refused() -> None:
    tracked = track(combined(PLAN), 5)
    other = evolve(tracked.balance, feature_id="credits")
    with pytest.raises(InvalidChoice, match=r"^deductions: expected lines of 'credits', got one of 'messages'$"):
        undo(other, tracked.deductions)
    unnamed = [evolve(each, feature_id="") for each in tracked.deductions]
    assert undo(other, unnamed).balance == evolve(combined(PLAN), feature_id="credits")


def test_a_rollover_is_not_filled_beyond_what_it_was_granted() -> None:
    full = combined(PLAN, carried=(rollover(10, 2),))
    undone = undo(full, [line(6, kind="rollover", id="")])
    assert lines(undone) == [("rollover", -2, False), ("plan", -4, False)]
    for held in (10, 10.5, 12):
        overfull = combined(PLAN, carried=(Rollover(balance=held, granted=10),))
        undone = undo(overfull, [line(6, kind="rollover", id="")])
        assert together(left(undone.balance), lines(undone), undone.untracked) == ([held], [("plan", -6, False)], 0)


def test_what_fits_nowhere_is_untracked_in_units() -> None:
    tracked = track(combined(PLAN), 1, credit_cost=4)
    undone = undo(combined(item(100, 1, id="other")), tracked.deductions)
    assert [together(each.amount, each.units) for each in undone.deductions] == [(-1, Decimal("-0.25"))]
    assert undone.untracked == Decimal("-0.75")


def test_units_are_shared_out_over_what_was_moved() -> None:
    owing = combined(item(100, 101, id="plan"))
    undone = undo(owing, [line(3, units=1)])
    thirds = [Decimal("-0.3333333333333333333333333333333333"), Decimal("-0.6666666666666666666666666666666667")]
    assert [together(each.amount, each.units) for each in undone.deductions] == [(-1, thirds[0]), (-2, thirds[1])]


def test_without_parts_the_totals_take_it_back() -> None:
    tracked = track(balance(100, 95, overage_allowed=True), 30)
    assert undo(tracked.balance, tracked.deductions).balance == balance(100, 95, overage_allowed=True)


def test_an_unlimited_item_takes_everything_back() -> None:
    unlimited = combined(item(0, 5, id="plan", unlimited=True))
    undone = undo(unlimited, [line(9)])
    assert together(lines(undone), undone.balance.usage) == ([("plan", -9, False)], -4)
    assert undo(undone.balance, undone.deductions).balance == unlimited


def test_what_is_gone_of_an_unlimited_balance_is_refunded_to_the_unlimited_item() -> None:
    both = combined(item(100, 103, id="owing"), item(0, 50, id="unlimited", unlimited=True))
    undone = undo(both, [line(9, id="gone", index=9)])
    assert lines(undone) == [("unlimited", -9, False)]
    assert undone.balance == combined(both.breakdown[0], item(0, 41, id="unlimited", unlimited=True))


def test_in_an_unlimited_balance_what_another_part_takes_back_moves_no_total() -> None:
    both = combined(PLAN, item(0, 50, id="unlimited", unlimited=True), carried=(rollover(10, 10),))
    undone = undo(both, [line(4, kind="rollover", id=""), line(9)])
    assert lines(undone) == [("plan", -9, False), ("rollover", -4, False)]
    assert undone.balance == combined(
        evolve(PLAN, usage=86, remaining=14), both.breakdown[1], carried=(rollover(10, 6),)
    )


def test_an_undo_can_be_undone_rollovers_included() -> None:
    tracked = track(combined(PLAN, carried=(rollover(10),)), 20, overage_behavior=OVERFLOW)
    undone = undo(tracked.balance, tracked.deductions)
    again = undo(undone.balance, undone.deductions)
    assert together(again.balance, again.deductions, again.untracked) == (tracked.balance, tracked.deductions, 0)


def test_what_an_item_has_not_left_is_taken_again_as_overage() -> None:
    refunded = track(combined(PLAN), -10)
    used = track(refunded.balance, 12)
    again = undo(used.balance, refunded.deductions)
    assert lines(again) == [("plan", 3, False), ("plan", 7, True)]
    assert together(again.balance.usage, again.balance.remaining, again.untracked) == (107, 0, 0)


def test_what_a_rollover_has_not_left_is_not_taken_again() -> None:
    tracked = track(combined(PLAN, carried=(rollover(10),)), 8)
    undone = undo(tracked.balance, tracked.deductions)
    used = track(undone.balance, 7)
    again = undo(used.balance, undone.deductions)
    assert together(lines(again), again.untracked) == ([("rollover", 3, False)], 5)
    assert left(again.balance) == [0]
    empty = undo(track(undone.balance, 10).balance, undone.deductions)
    assert together(lines(empty), empty.untracked) == ([], 8)
    overdrawn = combined(PLAN, carried=(Rollover(balance=-5, granted=10),))
    assert undo(overdrawn, undone.deductions) == Undone(balance=overdrawn, untracked=Decimal(8))


def test_what_is_gone_is_not_taken_again() -> None:
    undone = undo(combined(ADD_ON), [line(-5, index=9)])
    assert undone == Undone(balance=combined(ADD_ON), untracked=5)


def test_lines_about_one_part_fold_into_one_and_what_adds_up_to_nothing_goes() -> None:
    assert folded([line(5), line(3, index=1), line(-2), line(-3, index=1), line(4, is_overage=True)]) == [
        line(3),
        line(4, is_overage=True),
    ]
    assert folded([line(5, units=0.5), line(-5, units=0)]) == [line(0, units=0.5)]


def test_usage_limits_are_not_un_counted() -> None:
    limit = UsageLimit(feature_id="messages", limit=100, interval="day")
    controls = BillingControls(usage_limits=[limit])
    tracked = track(balance(100), 5, controls=controls)
    undo(tracked.balance, tracked.deductions)
    assert tracked.controls == BillingControls(usage_limits=[evolve(limit, usage=5)])


def test_giving_back_beyond_a_double_is_refused_and_nothing_has_happened() -> None:
    lowest = combined(item(0, -LARGEST, id="plan", unlimited=True))
    with pytest.raises(InvalidAmount, match="expected a number of a magnitude that a double can hold"):
        undo(lowest, [line(LARGEST)])
    assert lowest == combined(item(0, -LARGEST, id="plan", unlimited=True))


def test_usage_that_began_at_part_of_a_unit_does_not_count_against_what_is_given_back() -> None:
    held = combined(item(100, 2, id="plan"))
    undone = undo(held, [line(3, least_usage=0.5)])
    (given,) = undone.deductions
    assert given.amount == given.units == -2
    assert undone.balance.usage == 0
    assert undone.untracked == -1
