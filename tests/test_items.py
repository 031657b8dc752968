"""Adding, removing and replacing an item, rule by rule."""

from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from helpers import combined, together

from balances import (
    Balance,
    Breakdown,
    DuplicateItem,
    InvalidAmount,
    NoSuchItem,
    Price,
    audit,
    check,
    purchase_allowance,
    replace_item,
    with_item,
    without_item,
)
from balances.base.amounts import LARGEST
from balances.testing import balance, item, monthly, rollover, usage_based

JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
PLAN = item(100, 40, id="plan", reset=monthly(resets_at=FEBRUARY), price=usage_based(0.5, max_purchase=30))
ADD_ON = item(50, 5, id="add-on", reset=monthly(resets_at=JANUARY))
ENDLESS = item(0, 7, id="endless", unlimited=True)


def totals(value: Balance) -> tuple[Any, ...]:
    return value.granted, value.remaining, value.usage


def ids(value: Balance) -> list[str]:
    return [part.id for part in value.breakdown]


def test_an_item_comes_last() -> None:
    after = with_item(combined(PLAN), ADD_ON)
    assert after == combined(PLAN, ADD_ON)
    assert ids(after) == ["plan", "add-on"]


def test_an_item_leaves() -> None:
    assert without_item(combined(PLAN, ADD_ON), "plan") == combined(ADD_ON)


def test_an_item_is_replaced_in_its_place() -> None:
    pro = item(500, 40, id="pro", plan_id="pro")
    assert replace_item(combined(PLAN, ADD_ON), "plan", pro) == combined(pro, ADD_ON)


def test_a_replaced_item_may_keep_its_id() -> None:
    more = evolve(PLAN, included_grant=150, remaining=110)
    assert replace_item(combined(PLAN, ADD_ON), "plan", more) == combined(more, ADD_ON)


def test_the_flags_follow_the_items() -> None:
    free = combined(item(10))
    sold = with_item(free, PLAN)
    assert together(sold.overage_allowed, sold.max_purchase, sold.next_reset_at) == (True, 30, FEBRUARY)
    sooner = with_item(sold, ADD_ON)
    assert sooner.next_reset_at == JANUARY
    assert without_item(without_item(sooner, "add-on"), "plan") == free


def test_a_reset_that_agrees_follows_whatever_object_it_is() -> None:
    stated = evolve(combined(PLAN, ADD_ON), next_reset_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert without_item(stated, "add-on").next_reset_at == FEBRUARY


def test_a_flag_that_said_something_else_stays() -> None:
    stated = combined(item(10), overage_allowed=True, max_purchase=5, next_reset_at=MARCH)
    after = with_item(stated, PLAN)
    assert together(after.overage_allowed, after.max_purchase, after.next_reset_at) == (True, 5, MARCH)


def test_what_lies_beyond_the_parts_stays() -> None:
    stated = combined(PLAN, granted=130, remaining=85, allocated=20, unallocated=65)
    after = with_item(stated, ADD_ON)
    assert totals(after) == (180, 130, 45)
    assert together(after.allocated, after.unallocated) == (20, 65)
    assert totals(without_item(stated, "plan")) == (30, 25, 0)


def test_rollovers_stay_when_the_last_item_leaves() -> None:
    carried = [rollover(20, 5)]
    after = without_item(combined(PLAN, carried=carried), "plan")
    assert after == combined(carried=carried)
    assert totals(after) == (20, 15, 5)


def test_an_unlimited_item_takes_the_others_out_of_the_totals_until_it_leaves() -> None:
    before = combined(PLAN, carried=[rollover(20, 5)])
    after = with_item(before, ENDLESS)
    assert totals(after) == (0, 0, 7)
    assert together(after.unlimited, after.overage_allowed, after.max_purchase, after.next_reset_at) == (
        True,
        False,
        None,
        None,
    )
    assert without_item(after, "endless") == before


def test_the_second_of_two_unlimited_items_brings_only_its_usage() -> None:
    after = with_item(combined(PLAN, ENDLESS), evolve(ENDLESS, id="more", usage=3))
    assert totals(after) == (0, 0, 10)
    assert without_item(without_item(after, "more"), "endless") == combined(PLAN)


def test_without_a_breakdown_the_stated_totals_become_the_first_item() -> None:
    after = with_item(balance(100, 95), item(50, id="top-up"))
    assert totals(after) == (150, 55, 95)
    assert after.breakdown == (item(100, 95), item(50, id="top-up"))
    assert audit(after, tolerance=0) == ()


def test_rollovers_are_no_part_of_the_first_item() -> None:
    before = evolve(combined(item(100, 40), carried=[rollover(20, 5)]), breakdown=())
    assert with_item(before, ADD_ON) == combined(item(100, 40), ADD_ON, carried=[rollover(20, 5)])


def test_the_first_item_has_the_stated_flags_as_its_price() -> None:
    after = with_item(balance(100, 120, overage_allowed=True, max_purchase=50), ADD_ON)
    assert after.breakdown[0].price == Price(billing_method="usage_based", max_purchase=50)
    assert together(after.overage_allowed, after.max_purchase) == (True, 50)
    assert audit(evolve(after, next_reset_at=JANUARY), tolerance=0) == ()


def test_a_limit_on_purchases_alone_does_not_allow_overage() -> None:
    before = balance(100, 100, max_purchase=50)
    after = with_item(before, item(0, id="top-up"))
    assert after.breakdown[0].price == Price(billing_method="prepaid", max_purchase=50)
    assert together(after.overage_allowed, after.max_purchase, purchase_allowance(after)) == (False, 50, 50)
    assert (check(before, 1).allowed, check(after, 1).allowed) == (False, False)


def test_a_stated_reset_stays_and_audit_says_so() -> None:
    after = with_item(balance(100, 40, next_reset_at=MARCH), ADD_ON)
    assert after.next_reset_at == MARCH
    assert [(found.path, found.stated, found.derived) for found in audit(after)] == [
        ("$.next_reset_at", MARCH, JANUARY)
    ]


def test_a_reset_that_is_not_stated_follows() -> None:
    assert with_item(balance(100, 40), ADD_ON).next_reset_at == JANUARY


def test_an_unlimited_balance_becomes_an_unlimited_item() -> None:
    carried = rollover(20, 5)
    stated = Balance(feature_id="messages", granted=0, remaining=0, usage=9, unlimited=True, rollovers=[carried])
    after = with_item(stated, PLAN)
    assert after.breakdown == (Breakdown(included_grant=0, remaining=0, usage=9, unlimited=True), PLAN)
    assert totals(after) == (0, 0, 9)
    assert audit(after, tolerance=0) == ()


def test_a_balance_of_nothing_becomes_no_item() -> None:
    nothing = combined()
    assert with_item(nothing, PLAN) == combined(PLAN)
    assert with_item(without_item(combined(PLAN), "plan"), ADD_ON) == combined(ADD_ON)


def test_any_number_of_items_may_have_the_empty_id() -> None:
    assert ids(with_item(with_item(combined(item(5)), item(6)), item(7))) == ["", "", ""]


@pytest.mark.parametrize("id_", ["", "plan "])
def test_an_id_that_no_item_has_is_refused(id_: str) -> None:
    before = combined(item(5), PLAN)
    with pytest.raises(NoSuchItem, match=f"^id: expected the id of an item \\('plan'\\), got '{id_}'$"):
        without_item(before, id_)
    with pytest.raises(NoSuchItem, match=f"got '{id_}'$"):
        replace_item(before, id_, ADD_ON)


def test_a_balance_without_a_breakdown_has_no_item_to_find() -> None:
    with pytest.raises(NoSuchItem, match=r"^id: expected an item with an id, got ''$"):
        without_item(balance(100), "")


def test_a_message_names_no_more_than_a_few_ids() -> None:
    before = combined(*(item(id=str(number)) for number in range(1500)))
    with pytest.raises(NoSuchItem, match=r"an item \('0', '1', '2', '3', '4' and 1,495 more\), got 'x'$"):
        without_item(before, "x")


def test_an_id_that_another_item_has_is_refused() -> None:
    expected = "^item: expected an id that no other item has, got 'add-on'$"
    with pytest.raises(DuplicateItem, match=expected):
        with_item(combined(PLAN, ADD_ON), ADD_ON)
    with pytest.raises(DuplicateItem, match=expected):
        replace_item(combined(PLAN, ADD_ON), "plan", ADD_ON)
    with pytest.raises(DuplicateItem, match=r"^item: expected an id that no other item has, got 'plan'$"):
        replace_item(combined(PLAN, ADD_ON), "add-on", PLAN)


def test_an_item_that_keeps_its_id_is_no_duplicate_of_one_that_had_it_too() -> None:
    twice = combined(item(1, id="a"), item(2, id="a"))
    assert replace_item(twice, "a", item(5, id=str(b"a", "ascii"))).granted == 7


def test_of_two_items_with_one_id_the_first_is_found() -> None:
    twice = combined(PLAN, evolve(ADD_ON, id="plan"))
    assert without_item(twice, "plan") == combined(evolve(ADD_ON, id="plan"))
    more = evolve(PLAN, usage=50, remaining=50)
    assert replace_item(twice, "plan", more) == combined(more, evolve(ADD_ON, id="plan"))


def test_totals_that_no_amount_can_hold_are_refused() -> None:
    huge = item(LARGEST, id="huge")
    with pytest.raises(InvalidAmount, match="a magnitude that a double can hold"):
        with_item(combined(huge), evolve(huge, id="other"))


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (with_item, ("b", PLAN), "balance: expected a Balance, got 'b'"),
        (with_item, (balance(), {"id": "x"}), "item: expected a Breakdown, got a mapping of 1 key"),
        (without_item, (None, "plan"), "balance: expected a Balance, got None"),
        (without_item, (combined(PLAN), 5), "id: expected a string, got 5"),
        (replace_item, ((), "plan", PLAN), "balance: expected a Balance, got a tuple of 0 items"),
        (replace_item, (combined(PLAN), None, PLAN), "id: expected a string, got None"),
        (replace_item, (combined(PLAN), "plan", 5), "item: expected a Breakdown, got 5"),
    ],
)
def test_a_wrong_class_is_named(function: Any, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        function(*arguments)
