"""The order in which items are used, said in examples: one key at a time, and the orders of other systems."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from balances import (
    DEFAULT_KEYS,
    EXPIRY_COST,
    NEWEST_FIRST,
    OLDEST_FIRST,
    PRIORITY_EXPIRY_FREE_AGE,
    Breakdown,
    BurnKey,
    BurnOrder,
    Policy,
    Price,
    Reset,
    Standing,
    UnknownWord,
    deduction_order,
)
from balances.derived.ordering import order_of
from balances.periods.cycles import AnyInterval
from balances.testing import balance, item, monthly, usage_based

JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
A, B, C = (item(id=name) for name in "abc")


def ids(*items: Breakdown, order: BurnOrder | None = None) -> str:
    return "".join(found.id for found in deduction_order(items, order=order))


def by(key: str, **standings: Standing) -> BurnOrder:
    return BurnOrder(keys=[BurnKey(key)], standings=standings)


def test_a_lower_priority_is_used_first_and_none_last() -> None:
    order = by("lower_priority", a=Standing(priority=2), c=Standing(priority=-1))
    assert ids(A, B, C, order=order) == "cab"


def test_granted_units_are_used_before_paid_ones_and_unsaid_counts_as_granted() -> None:
    order = by("granted_before_paid", a=Standing(is_paid=True), c=Standing(is_paid=False))
    assert ids(A, B, C, order=order) == "bca"


def test_a_lower_cost_is_used_first_and_unsaid_counts_as_free() -> None:
    order = by("lower_cost", a=Standing(unit_cost=0.02), c=Standing(unit_cost=0.01))
    assert ids(A, B, C, order=order) == "bca"
    assert ids(A, B, C, order=by("lower_cost", a=Standing(unit_cost=0))) == "abc"


@pytest.mark.parametrize(("key", "attribute"), [("earlier_start", "starts_at"), ("earlier_created", "created_at")])
def test_an_earlier_moment_is_used_first_and_unsaid_last(key: str, attribute: str) -> None:
    said: dict[str, Any] = {"a": {attribute: MARCH}, "c": {attribute: JANUARY}}
    order = by(key, **{name: Standing(**standing) for name, standing in said.items()})
    assert ids(A, B, C, order=order) == "cab"


def test_a_later_creation_is_used_first_and_unsaid_last_all_the_same() -> None:
    standings = {"b": Standing(created_at=JANUARY), "c": Standing(created_at=MARCH)}
    assert ids(A, B, C, order=by("later_created", **standings)) == "cba"
    assert BurnOrder(keys=["later_created"], standings=standings) == by("later_created", **standings)


def test_a_larger_grant_is_used_first_whatever_is_left_of_it() -> None:
    small, large = item(50, id="s", prepaid_grant=10), item(40, 40, id="l", prepaid_grant=21)
    assert ids(small, large, order=by("larger_grant")) == "ls"


def test_items_of_an_entity_are_used_first() -> None:
    shared, own = item(id="s", source="customer"), item(id="o", source="entity")
    assert ids(A, shared, own, order=by("entity_first")) == "oas"


def test_ids_are_compared_character_by_character() -> None:
    upper = item(id="B")
    assert ids(C, A, upper, order=by("id")) == "Bac"


def test_an_unlimited_item_stands_first_whatever_the_keys() -> None:
    everything = item(id="u", unlimited=True)
    order = by("lower_priority", a=Standing(priority=1))
    assert ids(A, everything, order=order) == ids(A, everything, order=BurnOrder(keys=[])) == "ua"


@pytest.mark.parametrize("word", ["a_period_of_tomorrow", "zodiac"])
def test_a_period_that_is_not_known_is_longer_than_any_known_and_shorter_than_none(word: str) -> None:
    periods: dict[str, AnyInterval] = {"u": UnknownWord(word), "y": "year", "n": "one_off"}
    unknown, yearly, never = (
        item(id=name, reset=Reset(interval=interval, resets_at=MARCH)) for name, interval in periods.items()
    )
    assert ids(never, unknown, yearly) == ids(never, unknown, yearly, order=by("shorter_period")) == "yun"


@pytest.mark.parametrize("word", ["a_method_of_tomorrow", "zero_rated"])
def test_a_billing_method_that_is_not_known_sells_nothing_that_would_come_later(word: str) -> None:
    sold, unknown = item(id="s", price=usage_based()), item(id="u", price=Price(billing_method=UnknownWord(word)))
    assert ids(unknown, sold, A) == ids(unknown, sold, A, order=by("usage_based_last")) == "uas"


def test_without_keys_the_balance_keeps_its_order() -> None:
    assert ids(C, A, B, order=BurnOrder(keys=[])) == "cab"


def test_a_key_before_the_default_ones_decides_first() -> None:
    plan, topup = item(id="p", reset=monthly(resets_at=MARCH)), item(id="t")
    order = BurnOrder(keys=("lower_priority", *DEFAULT_KEYS), standings={"t": Standing(priority=1)})
    assert ids(plan, topup) == "pt"
    assert ids(plan, topup, order=order) == "tp"


def test_a_standing_of_the_empty_id_is_of_no_item() -> None:
    unnamed = item()
    order = BurnOrder(keys=["lower_priority"], standings={"": Standing(priority=1), "b": Standing(priority=2)})
    assert deduction_order([unnamed, B], order=order) == (B, unnamed)


def test_a_later_key_decides_only_where_the_former_ones_tie() -> None:
    soon, late = item(id="s", expires_at=FEBRUARY), item(id="l", expires_at=MARCH)
    standings = {"s": Standing(unit_cost=1), "l": Standing(unit_cost=0), "a": Standing(unit_cost=2)}
    order = BurnOrder(keys=EXPIRY_COST.keys, standings=standings)
    assert ids(A, B, late, soon, order=order) == "slba"


def test_the_presets_put_the_same_items_in_their_own_orders() -> None:
    items = item(id="p", expires_at=MARCH), item(id="t"), item(id="g", expires_at=MARCH)
    standings = {
        "p": Standing(is_paid=True, created_at=JANUARY),
        "t": Standing(priority=1, created_at=FEBRUARY),
        "g": Standing(created_at=MARCH),
    }
    found = [
        ids(*items, order=BurnOrder(keys=preset.keys, standings=standings))
        for preset in (PRIORITY_EXPIRY_FREE_AGE, EXPIRY_COST, OLDEST_FIRST, NEWEST_FIRST)
    ]
    assert found == ["tgp", "pgt", "ptg", "gtp"]


def test_a_balance_without_a_breakdown_is_one_item() -> None:
    (only,) = deduction_order(balance(100, 130, overage_allowed=True))
    assert (only.id, only.included_grant) == ("", Decimal(100))
    assert (only.usage, only.remaining) == (Decimal(130), Decimal(0))


def test_one_item_alone_is_in_order_and_so_is_none() -> None:
    assert order_of([A]) == order_of((A,), OLDEST_FIRST) == [0]
    assert order_of([]) == order_of((), OLDEST_FIRST) == []
    assert deduction_order([]) == ()


@pytest.mark.parametrize("stranger", [5, None, A, Policy(), usage_based()], ids=repr)
def test_what_is_neither_a_balance_nor_items_is_refused(stranger: Any) -> None:
    with pytest.raises(TypeError, match=r"^balance: expected a Balance, got "):
        deduction_order(stranger)


@pytest.mark.parametrize("strangers", ["ab", {"a": A}, {A}], ids=["text", "mapping", "set"])
def test_items_without_an_order_of_their_own_are_refused(strangers: Any) -> None:
    with pytest.raises(TypeError, match=r"^balance: expected a sequence of Breakdown, got "):
        deduction_order(strangers)


def test_a_stranger_among_items_is_named_by_its_index() -> None:
    strangers: Any = [A, usage_based()]
    with pytest.raises(TypeError, match=r"^balance: expected a Breakdown at index 1, got an object of type Price$"):
        deduction_order(strangers)


@pytest.mark.parametrize("stranger", [["id"], "id", Policy(order=OLDEST_FIRST), BurnKey.ID], ids=repr)
def test_an_order_of_a_wrong_class_is_refused_even_where_it_is_not_needed(stranger: Any) -> None:
    with pytest.raises(TypeError, match=r"^order: expected a BurnOrder, got "):
        deduction_order([], order=stranger)


@pytest.mark.parametrize(
    ("one", "count", "other"),
    [
        ("minute", 60, "hour"),
        ("hour", 24, "day"),
        ("day", 7, "week"),
        ("month", 3, "quarter"),
        ("month", 6, "semi_annual"),
    ],
)
def test_two_periods_of_one_length_keep_the_order_given(one: Any, count: int, other: Any) -> None:
    first = item(id="a", reset=Reset(interval=one, interval_count=count, resets_at=MARCH))
    second = item(id="b", reset=Reset(interval=other, resets_at=MARCH))
    assert (ids(first, second), ids(second, first)) == ("ab", "ba")
