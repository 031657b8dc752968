"""Law: an order is stable, and each key only decides between items that all keys before it find equal."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cmp_to_key
from typing import Any, Final

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st
from strategies_of_balances import fewer
from strategies_of_policies import (
    MOMENTS,
    orders,
    several_keys,
    several_similar_items,
    similar_items,
    standings,
)
from strategies_of_usage import Terms, amounts, balances_of, few, lawful_items, terms

from balances import (
    DEFAULT_KEYS,
    PRIORITY_EXPIRY_AGE,
    Balance,
    Breakdown,
    BurnKey,
    BurnOrder,
    OverageBehavior,
    Place,
    Policy,
    Reset,
    Standing,
    combine,
    deduction_order,
    overage,
    track,
)
from balances.derived.ordering import order_of
from balances.testing import item

DAYS: Final = {
    "minute": Fraction(1, 1440),
    "hour": Fraction(1, 24),
    "day": Fraction(1),
    "week": Fraction(7),
    "month": Fraction(30),
    "quarter": Fraction(90),
    "semi_annual": Fraction(180),
    "year": Fraction(365),
}

Comparison = Callable[[Breakdown, Standing, Breakdown, Standing], int]
"""Tell whether the first item is used first (-1), or the second one (1), or neither (0)."""


def sign(first: Any, second: Any) -> int:
    """Tell which of two numbers, moments or flags is the lesser."""
    return int(first > second) - int(first < second)


def none_last(first: Any, second: Any) -> int:
    """Tell which of two comes first, where None comes last."""
    if first is None or second is None:
        return sign(first is None, second is None)
    return sign(first, second)


def latest_first(first: datetime | None, second: datetime | None) -> int:
    """Tell which of two moments is the later, where None comes last."""
    if first is None or second is None:
        return sign(first is None, second is None)
    return sign(second, first)


def days_of(reset: Reset | None) -> Fraction | float:
    """Return the length of a period in days: an unknown one is longer than any known, and none is longer still."""
    if reset is None or reset.interval == "one_off":
        return float("inf")
    return DAYS[reset.interval] * reset.interval_count if reset.interval in DAYS else 10**9


def is_undated(item: Breakdown) -> bool:
    return item.reset is None or item.reset.resets_at is None


def sells_overage(item: Breakdown) -> bool:
    return item.price is not None and item.price.billing_method == "usage_based"


def granted(item: Breakdown) -> Fraction:
    return Fraction(item.included_grant) + Fraction(item.prepaid_grant)


COMPARED: Final[dict[BurnKey, Comparison]] = {
    BurnKey.UNLIMITED_FIRST: lambda a, _, b, __: sign(b.unlimited, a.unlimited),
    BurnKey.DATED_FIRST: lambda a, _, b, __: sign(is_undated(a), is_undated(b)),
    BurnKey.SHORTER_PERIOD: lambda a, _, b, __: sign(days_of(a.reset), days_of(b.reset)),
    BurnKey.SOONER_EXPIRY: lambda a, _, b, __: none_last(a.expires_at, b.expires_at),
    BurnKey.USAGE_BASED_LAST: lambda a, _, b, __: sign(sells_overage(a), sells_overage(b)),
    BurnKey.LOWER_PRIORITY: lambda _, a, __, b: none_last(a.priority, b.priority),
    BurnKey.GRANTED_BEFORE_PAID: lambda _, a, __, b: sign(a.is_paid is True, b.is_paid is True),
    BurnKey.LOWER_COST: lambda _, a, __, b: sign(a.unit_cost or 0, b.unit_cost or 0),
    BurnKey.EARLIER_START: lambda _, a, __, b: none_last(a.starts_at, b.starts_at),
    BurnKey.EARLIER_CREATED: lambda _, a, __, b: none_last(a.created_at, b.created_at),
    BurnKey.LATER_CREATED: lambda _, a, __, b: latest_first(a.created_at, b.created_at),
    BurnKey.LARGER_GRANT: lambda a, _, b, __: sign(granted(b), granted(a)),
    BurnKey.ENTITY_FIRST: lambda a, _, b, __: sign(b.source == "entity", a.source == "entity"),
    BurnKey.ID: lambda a, _, b, __: sign(a.id, b.id),
}
"""The rule of each key, said of two items at a time."""


def compared(order: BurnOrder, first: Breakdown, second: Breakdown) -> int:
    """Compare two items by an order: by whether they are unlimited, and then key by key."""
    said, of_second = (order.standings.get(item.id, Standing()) if item.id else Standing() for item in (first, second))
    told = [COMPARED[key](first, said, second, of_second) for key in (BurnKey.UNLIMITED_FIRST, *order.keys)]
    return next((difference for difference in told if difference), 0)


def sorted_by_comparing(items: Sequence[Breakdown], order: BurnOrder) -> list[Breakdown]:
    def compare(first: Breakdown, second: Breakdown) -> int:
        return compared(order, first, second)

    return sorted(items, key=cmp_to_key(compare))


def identities(items: Iterable[Breakdown]) -> list[int]:
    return [id(item) for item in items]


def places(items: Sequence[Breakdown], order: BurnOrder | None = None) -> list[int]:
    """Return where the items of an order stood before."""
    return [next(place for place, it in enumerate(items) if it is item) for item in deduction_order(items, order=order)]


def apart(items: Sequence[Breakdown]) -> list[Breakdown]:
    """Return items of which no two are the same object."""
    return [evolve(item) for item in items]


@given(items=several_similar_items.map(apart), order=orders)
def test_an_order_is_what_comparing_two_items_at_a_time_makes_of_it(items: list[Breakdown], order: BurnOrder) -> None:
    assert identities(deduction_order(items, order=order)) == identities(sorted_by_comparing(items, order))


@pytest.mark.parametrize("key", BurnKey)
@fewer
@given(items=several_similar_items.map(apart), standings=standings)
def test_each_key_alone_is_what_comparing_two_items_at_a_time_makes_of_it(
    key: BurnKey, items: list[Breakdown], standings: dict[str, Standing]
) -> None:
    order = BurnOrder(keys=[key], standings=standings)
    assert identities(deduction_order(items, order=order)) == identities(sorted_by_comparing(items, order))


@given(items=several_similar_items.map(apart), order=orders, data=st.data())
def test_items_that_all_keys_find_equal_keep_their_order(
    items: list[Breakdown], order: BurnOrder, data: st.DataObject
) -> None:
    one = data.draw(similar_items)
    equal = [evolve(one) for _ in range(3)]
    mixed = data.draw(st.permutations([*items, *equal]))
    after = identities(deduction_order(mixed, order=order))
    kept = set(identities(equal))
    assert [place for place in after if place in kept] == [place for place in identities(mixed) if place in kept]


@given(items=several_similar_items.map(apart), order=orders, key=st.sampled_from(BurnKey))
def test_a_further_key_never_swaps_two_items_that_an_earlier_one_tells_apart(
    items: list[Breakdown], order: BurnOrder, key: BurnKey
) -> None:
    appended = deduction_order(items, order=evolve(order, keys=(*order.keys, key)))
    told_apart = [
        (first, second) for place, first in enumerate(appended) for second in appended[place + 1 :] if first != second
    ]
    assert [pair for pair in told_apart if compared(order, *pair) > 0] == []


@given(items=several_similar_items.map(apart), standings=standings, place=st.sampled_from(Place))
def test_without_an_order_the_default_keys_decide(
    items: list[Breakdown], standings: dict[str, Standing], place: Place
) -> None:
    spelled_twice = BurnOrder(keys=(*DEFAULT_KEYS, *DEFAULT_KEYS), standings=standings)
    said_more = BurnOrder(standings=standings, rollovers=place)
    assert places(items) == places(items, BurnOrder()) == places(items, said_more) == places(items, spelled_twice)


@given(items=several_similar_items.map(apart), order=orders)
def test_no_item_is_lost_and_the_ledger_has_the_same_order(items: list[Breakdown], order: BurnOrder) -> None:
    found = places(items, order)
    assert sorted(found) == list(range(len(items)))
    assert order_of(items, order) == found
    assert order_of(items) == places(items)


@given(items=several_similar_items.filter(bool), order=orders)
@example(items=[item(1), item(1, unlimited=True)], order=BurnOrder(keys=[]))
def test_an_unlimited_item_stands_first_whatever_the_keys(items: list[Breakdown], order: BurnOrder) -> None:
    flags = [item.unlimited for item in deduction_order(items, order=order)]
    assert flags == sorted(flags, reverse=True)


@given(items=several_similar_items.filter(bool), order=orders)
def test_a_balance_is_ordered_as_its_items_are(items: list[Breakdown], order: BurnOrder) -> None:
    whole = combine(items, feature_id="messages")
    assert deduction_order(whole, order=order) == deduction_order(items, order=order)
    assert deduction_order(iter(items), order=order) == deduction_order(tuple(items), order=order)


@given(items=st.lists(similar_items, max_size=6), standings=standings, data=st.data())
def test_an_order_that_ends_with_the_id_asks_nothing_of_the_order_given(
    items: list[Breakdown], standings: dict[str, Standing], data: st.DataObject
) -> None:
    distinct = [evolve(item, id=f"item {place}", unlimited=False) for place, item in enumerate(items)]
    shuffled = data.draw(st.permutations(distinct))
    order = evolve(PRIORITY_EXPIRY_AGE, standings=standings)
    assert deduction_order(shuffled, order=order) == deduction_order(distinct, order=order)


@given(items=several_similar_items, given_keys=several_keys(), standings=standings)
def test_what_is_said_of_an_id_that_no_item_has_changes_nothing(
    items: list[Breakdown], given_keys: list[BurnKey], standings: dict[str, Standing]
) -> None:
    strangers = {"another": Standing(priority=-5, is_paid=True, unit_cost=0, created_at=MOMENTS[0])}
    with_strangers = BurnOrder(keys=given_keys, standings=standings | strangers)
    without = BurnOrder(keys=given_keys, standings=standings)
    assert deduction_order(items, order=with_strangers) == deduction_order(items, order=without)


def without_limits(balance: Balance) -> Balance:
    """Return a balance of which no item limits its own overage, and whose items have the ids of standings."""
    items = [
        evolve(part, id=name, price=part.price and evolve(part.price, max_purchase=None))
        for name, part in zip("abcd", balance.breakdown, strict=False)
    ]
    return combine(items, balance.rollovers, feature_id=balance.feature_id)


@few
@given(
    balance=balances_of(lawful_items, least=1).map(without_limits),
    amount=amounts | amounts.map(Decimal.copy_negate),
    behavior=st.sampled_from([OverageBehavior.CAP, OverageBehavior.OVERFLOW]),
    terms=terms,
    policies=st.tuples(orders, orders).map(lambda drawn: [Policy(order=order) for order in drawn]),
)
def test_the_order_changes_no_total_where_no_item_has_an_overage_limit_of_its_own(
    *, balance: Balance, amount: Decimal, behavior: OverageBehavior, terms: Terms, policies: list[Policy]
) -> None:
    first, second = (track(balance, amount, overage_behavior=behavior, policy=policy, **terms) for policy in policies)
    assert overage(first.balance) == overage(second.balance)
    assert evolve(first, balance=balance, deductions=()) == evolve(second, balance=balance, deductions=())
    assert (first.balance.remaining, first.balance.usage) == (second.balance.remaining, second.balance.usage)
