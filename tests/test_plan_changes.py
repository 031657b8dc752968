"""Changing plans, rule by rule."""

from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from helpers import combined, together

from balances import (
    Breakdown,
    DuplicateItem,
    InvalidInstant,
    NoSuchPlan,
    PlanChange,
    Price,
    Reset,
    UnknownWord,
    change_plan,
    overage_cost,
)
from balances.base.instants import EPOCH
from balances.testing import balance, item, monthly, prepaid, rollover, usage_based
from balances.usage.plan_changes import Terms
from balances.usage.plan_changes import changed as changed_by

FEBRUARY, MARCH, APRIL = (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3, 4))
FREE = item(100, 40, id="free", plan_id="free", reset=monthly(resets_at=MARCH))
PACKS = item(0, 30, prepaid_grant=50, id="packs", plan_id="free", price=prepaid(8))
GIFT = item(20, 5, id="gift")
PRO = item(500, id="pro", plan_id="pro", reset=monthly(resets_at=MARCH), price=usage_based(0.5))


def changed(*items: Breakdown, to: list[Breakdown], **terms: Any) -> PlanChange:
    return change_plan(combined(*items), to, old_plan_id="free", **terms)


def loose(amount: int, id_: str, expires_at: datetime | None = None) -> Breakdown:
    return item(amount, id=id_, expires_at=expires_at)


def states(change: PlanChange) -> list[Any]:
    return [(part.id, part.usage, part.remaining) for part in change.balance.breakdown]


def test_the_old_items_leave_and_the_fresh_ones_come() -> None:
    change = changed(FREE, GIFT, to=[PRO])
    assert change == PlanChange(balance=combined(GIFT, PRO), closed=(FREE,), lapsed=60)


def test_the_closed_items_can_be_billed() -> None:
    owing = evolve(FREE, usage=130, remaining=0, price=usage_based(0.1))
    [closed] = changed(owing, to=[PRO]).closed
    assert overage_cost(closed) == 3


def test_rollovers_and_what_lies_beyond_the_parts_stay() -> None:
    before = combined(FREE, carried=[rollover(20, 5)])
    change = change_plan(evolve(before, granted=130, allocated=7), [PRO], old_plan_id="free")
    assert change.balance == evolve(combined(PRO, carried=[rollover(20, 5)]), granted=530, allocated=7)


def test_what_was_bought_once_and_for_all_stays() -> None:
    one_off = evolve(PACKS, id="more", reset=Reset(interval="one_off"))
    change = changed(FREE, PACKS, one_off, to=[PRO])
    assert change == PlanChange(
        balance=combined(loose(20, "packs"), loose(20, "more"), PRO), closed=(FREE, PACKS, one_off), lapsed=60
    )


@pytest.mark.parametrize("price", [None, usage_based(), Price(billing_method=UnknownWord("barter")), prepaid()])
def test_what_resets_or_is_not_prepaid_lapses(price: Price | None) -> None:
    change = changed(evolve(FREE, price=price), to=[PRO])
    assert change == PlanChange(balance=combined(PRO), closed=change.closed, lapsed=60)
    if price != prepaid():
        assert changed(evolve(FREE, price=price, reset=None), to=[PRO]).lapsed == 60


def test_with_its_balance_an_item_stays_until_it_would_have_reset() -> None:
    change = changed(FREE, to=[PRO], carry_balance=True, expires_at=APRIL)
    assert change == PlanChange(balance=combined(loose(60, "free", MARCH), PRO), closed=(FREE,))


@pytest.mark.parametrize("reset", [None, monthly(), Reset(interval="one_off", resets_at=FEBRUARY)])
@pytest.mark.parametrize("expires_at", [None, APRIL])
def test_where_it_would_not_have_reset_it_stays_until_the_given_moment(
    reset: Reset | None, expires_at: datetime | None
) -> None:
    change = changed(evolve(FREE, reset=reset), to=[], carry_balance=True, expires_at=expires_at)
    assert change.balance == combined(loose(60, "free", expires_at))


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (evolve(FREE, expires_at=FEBRUARY), FEBRUARY),
        (evolve(FREE, expires_at=APRIL), MARCH),
        (evolve(FREE, expires_at=APRIL, reset=None), MARCH),
        (evolve(FREE, expires_at=FEBRUARY, reset=None), FEBRUARY),
        (evolve(PACKS, expires_at=APRIL), APRIL),
        (PACKS, None),
    ],
)
def test_what_is_kept_never_outlives_the_old_item(old: Breakdown, expected: datetime | None) -> None:
    [kept] = changed(old, to=[], carry_balance=True, expires_at=MARCH).balance.breakdown
    assert kept.expires_at == expected


def test_what_is_bought_for_good_stands_before_what_is_carried() -> None:
    change = changed(FREE, GIFT, PACKS, to=[PRO], carry_balance=True)
    assert change.balance == combined(GIFT, loose(20, "packs"), loose(60, "free", MARCH), PRO)
    assert together(change.closed, change.lapsed) == ((FREE, PACKS), 0)


def test_what_is_kept_belongs_to_whom_it_belonged() -> None:
    [kept] = changed(evolve(PACKS, source="entity"), to=[]).balance.breakdown
    assert kept == evolve(loose(20, "packs"), source="entity")


@pytest.mark.parametrize("left", [0, -5])
def test_of_nothing_left_nothing_is_kept(left: int) -> None:
    change = changed(evolve(FREE, remaining=left), evolve(PACKS, remaining=left), to=[PRO], carry_balance=True)
    assert together(change.balance, change.lapsed) == (combined(PRO), 0)


def test_an_unlimited_item_leaves_no_amount() -> None:
    change = changed(evolve(FREE, unlimited=True), to=[PRO], carry_balance=True, carry_usage=True)
    assert together(change.balance, change.lapsed) == (combined(PRO), 0)


def test_usage_is_carried_down_to_zero_in_deduction_order() -> None:
    daily = item(10, 2, id="daily", plan_id="pro", reset=Reset(interval="day", resets_at=FEBRUARY))
    change = changed(FREE, GIFT, to=[PRO, daily], carry_usage=True)
    assert states(change) == [("gift", 5, 15), ("pro", 32, 468), ("daily", 10, 0)]
    assert change.closed == (FREE,)


def test_an_item_below_zero_takes_no_usage_that_others_can_take() -> None:
    below = Breakdown(id="below", plan_id="pro", included_grant=0, remaining=-0.5, usage=0)
    old = item(100, 0.5, id="free", plan_id="free")
    change = changed(old, to=[below, PRO], carry_usage=True)
    assert states(change) == [("below", 0, -0.5), ("pro", 0.5, 499.5)]


def test_usage_of_what_was_bought_for_good_is_not_carried() -> None:
    assert states(changed(FREE, PACKS, to=[PRO], carry_usage=True)) == [("packs", 0, 20), ("pro", 40, 460)]


@pytest.mark.parametrize(
    ("price", "expected"),
    [(usage_based(), [("small", 10, 0), ("sold", 30, 0)]), (prepaid(), [("small", 20, 0), ("sold", 20, 0)])],
)
def test_beyond_zero_the_first_that_sells_overage_takes_it_or_else_the_first(
    price: Price, expected: list[tuple[str, int, int]]
) -> None:
    small, sold = item(10, id="small"), item(20, id="sold", price=price)
    assert states(changed(FREE, to=[small, sold], carry_usage=True)) == expected


def test_an_unlimited_fresh_item_takes_all_the_usage() -> None:
    endless = item(0, 3, id="endless", unlimited=True)
    change = changed(FREE, to=[PRO, endless], carry_usage=True)
    assert states(change) == [("pro", 0, 500), ("endless", 43, 0)]
    assert together(change.balance.unlimited, change.balance.usage) == (True, 43)


def test_without_a_fresh_item_the_usage_stays_with_the_closed_one() -> None:
    change = changed(FREE, GIFT, to=[], carry_usage=True)
    assert together(change.balance, change.closed) == (combined(GIFT), (FREE,))


def test_usage_below_nothing_is_not_carried() -> None:
    assert states(changed(evolve(FREE, usage=-40), to=[PRO], carry_usage=True)) == [("pro", 0, 500)]


def test_without_being_asked_no_usage_is_carried() -> None:
    assert states(changed(FREE, to=[PRO])) == [("pro", 0, 500)]


def test_an_id_of_a_closed_item_may_come_again() -> None:
    again = evolve(PRO, id="free")
    assert changed(FREE, to=[again]).balance == combined(again)


@pytest.mark.parametrize("fresh", [[evolve(PRO, id="packs")], [evolve(PRO, id="gift")], [PRO, PRO]])
def test_an_id_that_another_item_has_is_refused(fresh: list[Breakdown]) -> None:
    expected = f"^fresh: expected an id that no other item has, got '{fresh[0].id}'$"
    with pytest.raises(DuplicateItem, match=expected):
        changed(FREE, PACKS, GIFT, to=fresh)


def test_a_plan_that_no_item_has_is_refused() -> None:
    with pytest.raises(NoSuchPlan, match=r"^old_plan_id: expected the plan of an item \('free'\), got 'pro'$"):
        change_plan(combined(FREE, PACKS, GIFT), [PRO], old_plan_id="pro")
    with pytest.raises(NoSuchPlan, match=r"expected an item with a plan, got 'free'$"):
        change_plan(balance(100), [PRO], old_plan_id="free")


def test_where_nothing_is_of_the_old_plan_the_stated_totals_stay_as_an_item() -> None:
    change = changed_by(balance(100, 40), (PRO,), Terms("free", None, carry_usage=True, carry_balance=True))
    assert change == PlanChange(balance=combined(item(100, 40), PRO))


def test_an_expiry_at_the_epoch_is_refused() -> None:
    with pytest.raises(InvalidInstant, match=r"^expires_at: expected a moment other than the epoch, or None for never"):
        changed(FREE, to=[PRO], expires_at=EPOCH)
    with pytest.raises(InvalidInstant, match=r"^expires_at: expected a moment other than the epoch"):
        changed(FREE, to=[PRO], expires_at=datetime(1970, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidInstant, match=r"^expires_at: expected a moment other than the epoch"):
        changed(evolve(FREE, reset=monthly(resets_at=EPOCH)), to=[PRO], carry_balance=True)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"balance": 5}, TypeError, "^balance: expected a Balance, got 5$"),
        ({"fresh": PRO}, TypeError, "^fresh: expected a sequence of Breakdown, got an object of type Breakdown$"),
        ({"fresh": [5]}, TypeError, "^fresh: expected a Breakdown at index 0, got 5$"),
        ({"old_plan_id": None}, TypeError, "^old_plan_id: expected a string, got None$"),
        ({"expires_at": 5}, InvalidInstant, "^expires_at: expected an aware datetime, got 5$"),
        ({"carry_usage": 1}, TypeError, "^carry_usage: expected True or False, got 1$"),
        ({"carry_balance": None}, TypeError, "^carry_balance: expected True or False, got None$"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    usual: dict[str, Any] = {"balance": combined(FREE), "fresh": [PRO], "old_plan_id": "free"}
    given = usual | arguments
    with pytest.raises(error, match=message):
        change_plan(given.pop("balance"), given.pop("fresh"), **given)
