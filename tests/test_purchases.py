"""How much may be bought, how much was, and how much more can be: None and zero are never the same."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from helpers import combined

from balances import Balance, max_purchase, purchase_allowance, purchased
from balances.testing import balance, item, prepaid, rollover, usage_based


def test_where_nothing_is_for_sale_no_limit_is_stated_and_nothing_more_can_be_bought() -> None:
    free = combined(item(100, 28))
    assert free.max_purchase is max_purchase(free.breakdown) is None
    assert purchase_allowance(free) == 0
    assert purchase_allowance(combined()) == 0


def test_where_something_is_for_sale_without_limit_any_amount_can_be_bought() -> None:
    unbounded = combined(item(price=usage_based()))
    assert unbounded.max_purchase is max_purchase(unbounded.breakdown) is None
    assert purchase_allowance(unbounded) is None


def test_where_a_limit_has_room_that_room_can_be_bought() -> None:
    bounded = combined(item(100, 130, prepaid_grant=20, price=prepaid(1, max_purchase=100)))
    assert bounded.max_purchase == max_purchase(bounded.breakdown) == 100
    assert purchase_allowance(bounded) == 100 - 20 - (130 - 120)


def test_where_the_limit_is_zero_it_is_stated_and_nothing_more_can_be_bought() -> None:
    closed = combined(item(100, price=usage_based(1, max_purchase=0)))
    assert closed.max_purchase == purchase_allowance(closed) == 0


def test_where_more_was_bought_than_the_limit_nothing_more_can_be() -> None:
    passed = combined(item(100, 0, prepaid_grant=20, price=prepaid(1, max_purchase=15)))
    assert purchased(passed) == 20
    assert purchase_allowance(passed) == 0


def test_the_limits_of_all_that_is_for_sale_are_summed() -> None:
    items = [item(price=prepaid(1, max_purchase=100)), item(price=usage_based(1, max_purchase=0.5)), item()]
    assert max_purchase(items) == purchase_allowance(combined(*items)) == 100 + Decimal("0.5")


def test_one_uncapped_price_leaves_no_limit() -> None:
    items = [item(price=prepaid(1, max_purchase=100)), item(price=usage_based())]
    assert max_purchase(items) is None
    assert purchase_allowance(combined(*items)) is None


def test_what_was_bought_is_prepaid_or_overage_item_by_item() -> None:
    overdrawn, unused = item(100, 130, prepaid_grant=20), item(100, 0, prepaid_grant=7)
    assert purchased(overdrawn) == 20 + 10
    assert purchased(unused) == 7 + 0
    assert purchased(combined(overdrawn, unused)) == 30 + 7


def test_of_something_unlimited_only_what_is_prepaid_was_bought() -> None:
    everything = item(100, 900, prepaid_grant=20, unlimited=True)
    assert purchased(everything) == purchased(combined(everything, item(1, 5))) == 20


@pytest.mark.parametrize(("limit", "left"), [(50, 50 - 30), (30, 0), (10, 0), (0, 0)])
def test_without_a_breakdown_the_stated_limit_counts(limit: int, left: int) -> None:
    stated = balance(100, 130, overage_allowed=True, max_purchase=limit)
    assert purchased(stated) == 30
    assert purchase_allowance(stated) == purchase_allowance(evolve(stated, overage_allowed=False)) == left


def test_without_a_breakdown_the_stated_flag_tells_no_limit_from_nothing_for_sale() -> None:
    assert purchase_allowance(balance(100, 130, overage_allowed=True)) is None
    assert purchase_allowance(balance(100, 130)) == 0


def test_without_a_breakdown_a_rollover_is_not_bought() -> None:
    stated = Balance(feature_id="messages", granted=125, remaining=20, usage=135, rollovers=[rollover(25, 5)])
    assert purchased(stated) == 135 - 5 - (125 - 25)


def test_the_limit_of_a_balance_is_that_of_its_items_whatever_it_states() -> None:
    items = [item(price=prepaid(1, max_purchase=100)), item(price=usage_based(1, max_purchase=0.5)), item()]
    assert max_purchase(combined(*items)) == max_purchase(evolve(combined(*items), max_purchase=7)) == Decimal("100.5")
    assert max_purchase(iter(items)) == Decimal("100.5")


def test_the_limit_of_a_balance_without_a_breakdown_is_the_one_it_states() -> None:
    assert max_purchase(balance(100, max_purchase=70)) == 70
    assert max_purchase(balance(100, overage_allowed=True)) is max_purchase(balance(100)) is None


@pytest.mark.parametrize("stranger", [None, 5, "messages", {"a": item()}, rollover(), [item(), rollover()]], ids=repr)
def test_what_is_no_balance_cannot_be_bought(stranger: Any) -> None:
    with pytest.raises(TypeError, match=r"^balance: expected a "):
        max_purchase(stranger)
    with pytest.raises(TypeError, match=r"^balance: expected a Balance or a Breakdown, got "):
        purchased(stranger)
    with pytest.raises(TypeError, match=r"^balance: expected a Balance, got "):
        purchase_allowance(stranger)
