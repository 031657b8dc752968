"""Buying more of a prepaid item, rule by rule."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from helpers import combined, together

from balances import (
    AutoTopup,
    Balance,
    Breakdown,
    InvalidAmount,
    InvalidInstant,
    NoSuchItem,
    NotPrepaid,
    Price,
    PurchaseLimit,
    TopUp,
    UnknownInterval,
    UnknownWord,
    WrongFeature,
    overage,
    set_quantity,
    top_up,
    topup_due,
)
from balances.periods.cycles import AnyInterval
from balances.testing import balance, item, monthly, prepaid, rollover, usage_based

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
SOON = NOW + timedelta(microseconds=1)
PACKS = item(0, 30, prepaid_grant=100, id="packs", price=prepaid(8, billing_units=40))
PLAN = item(100, 130, id="plan", price=usage_based(0.5))
DAILY = item(10, 14, id="daily", reset=monthly(resets_at=NOW))
ENDLESS = item(0, 7, id="endless", unlimited=True)


def part(whole: Balance, id_: str) -> tuple[Any, ...]:
    [found] = [each for each in whole.breakdown if each.id == id_]
    return found.granted, found.remaining, found.usage


def auto(**attributes: Any) -> AutoTopup:
    usual: dict[str, Any] = {"feature_id": "messages", "enabled": True, "threshold": 70, "quantity": 80}
    return AutoTopup(**(usual | attributes))


def due(whole: Balance, topup: AutoTopup, *, at: datetime = NOW) -> TopUp | None:
    return topup_due(whole, topup, item_id="packs", at=at)


def counted(limit: PurchaseLimit, *, at: datetime = NOW) -> PurchaseLimit | None:
    """Return a purchase limit after one more top-up, or None where there is none."""
    found = due(combined(PACKS), auto(purchase_limit=limit), at=at)
    return None if found is None else found.purchase_limit


def test_a_top_up_grants_more_and_changes_no_usage() -> None:
    after = top_up(combined(PACKS, item(50, 20, id="plan")), "packs", 12.5)
    assert part(after, "packs") == (Decimal("112.5"), Decimal("82.5"), 30)
    assert part(after, "plan") == (50, 30, 20)
    assert together(after.granted, after.remaining, after.usage) == (Decimal("162.5"), Decimal("112.5"), 50)


def test_what_is_bought_is_prepaid() -> None:
    [after] = top_up(combined(evolve(PACKS, included_grant=5, remaining=75)), "packs", 10).breakdown
    assert together(after.included_grant, after.prepaid_grant) == (5, 110)


def test_the_own_overage_is_paid_first() -> None:
    after = top_up(combined(PLAN, evolve(PACKS, remaining=0, usage=120)), "packs", 25)
    assert part(after, "packs") == (125, 0, 125)
    assert part(after, "plan") == (100, 0, 125)
    assert overage(after) == 25


def test_others_are_paid_in_deduction_order() -> None:
    after = top_up(combined(PLAN, DAILY, PACKS), "packs", 10)
    assert part(after, "daily") == (10, 0, 10)
    assert part(after, "plan") == (100, 0, 124)
    assert part(after, "packs") == (110, 70, 40)


def test_what_remained_before_pays_nothing() -> None:
    after = top_up(combined(PLAN, PACKS), "packs", 1)
    assert part(after, "packs") == (101, 70, 31)
    assert overage(after) == 29


def test_rollovers_pay_nothing() -> None:
    before = combined(PLAN, PACKS, carried=[rollover(20)])
    assert top_up(before, "packs", 50).rollovers == (rollover(20),)


def test_beside_an_unlimited_item_no_total_moves() -> None:
    before = combined(PACKS, ENDLESS)
    after = top_up(before, "packs", 10)
    assert part(after, "packs") == (110, 80, 30)
    assert evolve(after, breakdown=before.breakdown) == before


@pytest.mark.parametrize("quantity", [0, -1, Decimal("-1e-9")])
def test_a_top_up_of_nothing_is_refused(quantity: Decimal) -> None:
    with pytest.raises(InvalidAmount, match=r"^quantity: expected a number above 0, got "):
        top_up(combined(PACKS), "packs", quantity)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (evolve(PACKS, price=None), "which has no price"),
        (evolve(PACKS, price=usage_based()), "which has a price of 'usage_based'"),
        (evolve(PACKS, price=Price(billing_method=UnknownWord("barter"))), "which has a price of 'barter'"),
        (evolve(PACKS, unlimited=True), "which is unlimited"),
    ],
)
def test_an_item_that_is_not_prepaid_is_refused(other: Breakdown, reason: str) -> None:
    whole, expected = combined(other), f"^item_id: expected an item with a prepaid price, got 'packs', {reason}$"
    with pytest.raises(NotPrepaid, match=expected):
        top_up(whole, "packs", 1)
    with pytest.raises(NotPrepaid, match=expected):
        set_quantity(whole, "packs", 1, current=2)
    with pytest.raises(NotPrepaid, match=expected):
        due(whole, auto(enabled=False))


def test_an_item_that_is_not_there_is_refused() -> None:
    expected = r"^item_id: expected the id of an item \('packs'\), got 'pack'$"
    with pytest.raises(NoSuchItem, match=expected):
        top_up(combined(PACKS), "pack", 1)
    with pytest.raises(NoSuchItem, match=expected):
        set_quantity(combined(PACKS), "pack", 1, current=2)
    with pytest.raises(NoSuchItem, match=expected):
        topup_due(combined(PACKS), auto(), item_id="pack", at=NOW)
    with pytest.raises(NoSuchItem, match="expected an item with an id, got ''"):
        top_up(balance(100), "", 1)


def test_more_packs_are_granted_and_remain() -> None:
    after = set_quantity(combined(PACKS), "packs", 3.5, current=2)
    assert part(after, "packs") == (160, 130, 30)
    assert together(after.granted, after.remaining, after.usage) == (160, 130, 30)


def test_fewer_packs_remain_down_to_zero_and_beyond_is_overage() -> None:
    after = set_quantity(combined(PACKS, item(50, id="plan")), "packs", 0, current=2)
    assert part(after, "packs") == (20, 0, 30)
    assert together(after.granted, after.remaining, after.usage, overage(after)) == (70, 50, 30, 10)


def test_a_part_of_a_pack_pays_the_own_overage_first_too() -> None:
    owing = evolve(PACKS, remaining=0, usage=PACKS.granted + 2)
    assert set_quantity(combined(owing), "packs", 2.0125, current=2).remaining == 0


def test_more_packs_pay_the_own_overage_first_and_no_other() -> None:
    before = combined(PLAN, evolve(PACKS, remaining=0, usage=130))
    after = set_quantity(before, "packs", 3, current=2)
    assert part(after, "packs") == (140, 10, 130)
    assert part(after, "plan") == (100, 0, 130)
    assert set_quantity(after, "packs", 2, current=3) == before


def test_packs_that_are_still_owed_remain_zero() -> None:
    after = set_quantity(combined(evolve(PACKS, remaining=0, usage=150)), "packs", 3, current=2)
    assert part(after, "packs") == (140, 0, 150)


def test_the_same_quantity_changes_nothing() -> None:
    before = combined(evolve(PACKS, remaining=-5))
    assert set_quantity(before, "packs", 2, current=2) is before


@pytest.mark.parametrize("name", ["packs", "current"])
def test_less_than_no_packs_are_refused(name: str) -> None:
    quantities: dict[str, Any] = {"packs": 1, "current": 1, name: -1}
    with pytest.raises(InvalidAmount, match=f"^{name}: expected a number of at least 0, got -1$"):
        set_quantity(combined(PACKS), "packs", **quantities)


@pytest.mark.parametrize(("threshold", "is_due"), [(70, True), (71, True), (Decimal("69.9"), False)])
def test_a_top_up_is_due_at_the_threshold_and_below(threshold: Decimal, *, is_due: bool) -> None:
    assert (due(combined(PACKS), auto(threshold=threshold)) is not None) is is_due


def test_overage_counts_as_negative() -> None:
    owing = combined(evolve(PACKS, remaining=0, usage=130))
    assert due(owing, auto(threshold=-30)) == TopUp(quantity=80)
    assert due(owing, auto(threshold=-31)) is None


def test_rollovers_count() -> None:
    whole = combined(PACKS, carried=[rollover(20, 5)])
    assert due(whole, auto(threshold=84)) is None
    assert due(whole, auto(threshold=85)) is not None


def test_what_is_stated_beyond_the_parts_does_not_count() -> None:
    assert due(evolve(combined(PACKS), granted=1000, remaining=970), auto()) is not None


def test_what_is_not_enabled_is_never_due() -> None:
    assert due(combined(PACKS), auto(enabled=False)) is None


@pytest.mark.parametrize("whole", [combined(PACKS, ENDLESS), evolve(combined(PACKS), unlimited=True)])
def test_an_unlimited_balance_needs_no_top_up(whole: Balance) -> None:
    assert due(whole, auto(threshold=10**6)) is None


@pytest.mark.parametrize(
    ("quantity", "units", "bought"),
    [(80, 40, 80), (81, 40, 120), (1, 40, 40), (1, 0.3, "1.2"), (1.5, 0.5, "1.5"), (2, 1e-9, 2), (1, 1e9, 1e9)],
)
def test_the_quantity_is_rounded_up_to_whole_packs(quantity: Any, units: Any, bought: Any) -> None:
    whole = combined(evolve(PACKS, price=prepaid(8, billing_units=units)))
    assert due(whole, auto(quantity=quantity)) == TopUp(quantity=Decimal(bought))


def test_a_purchase_limit_counts_in_its_window() -> None:
    limit = PurchaseLimit(interval="month", limit=3, count=1, next_reset_at=SOON)
    assert counted(limit) == evolve(limit, count=2)
    assert counted(evolve(limit, count=2)) == evolve(limit, count=3)
    assert counted(evolve(limit, count=3)) is None
    assert counted(evolve(limit, count=4)) is None


def test_a_window_that_has_ended_starts_anew_from_now() -> None:
    limit = PurchaseLimit(interval="month", interval_count=2, limit=1, count=7, next_reset_at=NOW)
    march = datetime(2026, 3, 31, 12, tzinfo=UTC)
    assert counted(limit) == evolve(limit, count=1, next_reset_at=march)
    assert counted(evolve(limit, next_reset_at=NOW - timedelta(days=40))) == evolve(limit, count=1, next_reset_at=march)
    assert counted(limit, at=NOW - timedelta(microseconds=1)) is None


def test_a_window_that_was_never_asked_for_starts_now() -> None:
    limit = PurchaseLimit(interval="day", interval_count=None, limit=1)
    assert counted(limit) == evolve(limit, count=1, next_reset_at=NOW + timedelta(days=1))


@pytest.mark.parametrize("interval", [None, "one_off"])
def test_without_an_interval_that_comes_again_there_is_no_window(interval: AnyInterval | None) -> None:
    limit = PurchaseLimit(interval=interval, limit=2)
    assert counted(limit) == evolve(limit, count=1)
    assert counted(evolve(limit, count=2)) is None
    assert counted(evolve(limit, count=2, next_reset_at=NOW)) == evolve(limit, count=1)


def test_without_a_limit_it_is_only_counted() -> None:
    assert counted(PurchaseLimit(interval="day", count=99, next_reset_at=SOON)) == PurchaseLimit(
        interval="day", count=100, next_reset_at=SOON
    )


def test_an_unknown_interval_is_an_error_only_where_a_window_starts() -> None:
    limit = PurchaseLimit(interval=UnknownWord("fortnight"), limit=3, count=1, next_reset_at=SOON)
    assert counted(limit) == evolve(limit, count=2)
    assert due(combined(PACKS), auto(threshold=0, purchase_limit=evolve(limit, next_reset_at=NOW))) is None
    with pytest.raises(UnknownInterval, match="got 'fortnight'"):
        counted(limit, at=SOON)


def test_a_top_up_of_another_feature_is_refused() -> None:
    with pytest.raises(WrongFeature, match=r"^topup: expected the feature 'messages', got 'seats'$"):
        due(combined(PACKS), auto(feature_id="seats", enabled=False))
    with pytest.raises(WrongFeature, match=r"^topup: expected the feature 'messages', got 'images'$"):
        due(combined(PACKS), auto(feature_id="images", enabled=False))


def test_topping_up_what_is_due_is_done_once() -> None:
    before, topup = combined(PACKS), auto()
    found = due(before, topup)
    assert found is not None
    assert due(top_up(before, "packs", found.quantity), topup) is None


@pytest.mark.parametrize(
    ("function", "arguments", "keywords", "error", "message"),
    [
        (top_up, (PACKS, "packs", 1), {}, TypeError, "balance: expected a Balance"),
        (top_up, (combined(PACKS), 5, 1), {}, TypeError, "item_id: expected a string, got 5"),
        (top_up, (combined(PACKS), "packs", "5"), {}, InvalidAmount, "quantity: expected a number, got '5'"),
        (set_quantity, (5, "packs", 1), {"current": 1}, TypeError, "balance: expected a Balance, got 5"),
        (set_quantity, (combined(PACKS), None, 1), {"current": 1}, TypeError, "item_id: expected a string"),
        (set_quantity, (combined(PACKS), "packs", None), {"current": 1}, InvalidAmount, "packs: expected a number"),
        (set_quantity, (combined(PACKS), "packs", 1), {"current": True}, InvalidAmount, "current: expected a number"),
        (topup_due, (5, auto()), {"item_id": "packs", "at": NOW}, TypeError, "balance: expected a Balance, got 5"),
        (topup_due, (combined(PACKS), 5), {"item_id": "packs", "at": NOW}, TypeError, "topup: expected an AutoTopup"),
        (topup_due, (combined(PACKS), auto()), {"item_id": 5, "at": NOW}, TypeError, "item_id: expected a string"),
        (topup_due, (combined(PACKS), auto()), {"item_id": "packs", "at": 5}, InvalidInstant, "at: expected an aware"),
        (TopUp, (), {"quantity": 1, "purchase_limit": 5}, TypeError, "purchase_limit: expected a PurchaseLimit, got 5"),
    ],
)
def test_a_wrong_argument_is_named(
    function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}"):
        function(*arguments, **keywords)
