"""Hypothesis strategies for balances whose items come and go, strange ones too: whatever a sender may say."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import evolve
from hypothesis import strategies as st
from strategies_of_balances import EXACT, seldom
from strategies_of_usage import (
    amounts,
    any_amount,
    expiries,
    fraction,
    lawful,
    lawful_items,
    prices,
    resets,
    several_rollovers,
    stated,
    unlimited_items,
    used_items,
)

from balances import Balance, Breakdown, Price, combine

ids: Final = st.sampled_from(["", "", "a", "b", "c"])
plans: Final = st.sampled_from([None, "old", "old", "new"])
units: Final = st.sampled_from([1, 1, 10, 100, Decimal("0.3")])
signed: Final = st.one_of(amounts, amounts, amounts.map(Decimal.copy_negate))
prepaid_prices: Final = st.builds(
    Price, billing_method=st.just("prepaid"), billing_units=units, max_purchase=any_amount
)

strange_items: Final = st.builds(
    Breakdown,
    id=ids,
    plan_id=plans,
    included_grant=signed,
    prepaid_grant=st.just(Decimal(0)) | signed,
    remaining=signed,
    usage=signed,
    unlimited=seldom,
    reset=resets,
    price=st.none() | prices | prepaid_prices,
    expires_at=expiries,
)
"""Items that need not keep the law: with less than nothing remaining or granted, or used less than not at all."""


@st.composite
def named_items(draw: st.DrawFn, items: st.SearchStrategy[Breakdown]) -> Breakdown:
    """Draw an item that has an id or none, of some plan or of none."""
    return evolve(draw(items), id=draw(ids), plan_id=draw(plans))


named_lawful_items: Final = named_items(lawful_items)
finite_items: Final = named_lawful_items | strange_items.map(lambda item: evolve(item, unlimited=False))
any_items: Final = st.one_of(named_lawful_items, named_items(unlimited_items), strange_items)


def _priced(item: Breakdown, price: Price) -> Breakdown:
    return evolve(item, price=price)


prepaid_items: Final = st.builds(_priced, lawful_items, prepaid_prices)
"""Lawful items of which packs are bought."""


def without_doubles(items: list[Breakdown]) -> list[Breakdown]:
    """Let an id that an earlier item has be empty."""
    seen: set[str] = set()
    named: list[Breakdown] = []
    for item in items:
        named.append(evolve(item, id="") if item.id in seen else item)
        seen.add(item.id)
    return named


@st.composite
def broken_down(draw: st.DrawFn, items: st.SearchStrategy[Breakdown] = any_items, *, doubles: bool = True) -> Balance:
    """Draw what is combined of items, whose totals now and then hold more than the parts do, or less."""
    parts = draw(st.lists(items, min_size=1, max_size=4))
    balance = combine(parts if doubles else without_doubles(parts), draw(several_rollovers), feature_id="messages")
    if draw(st.booleans()):
        return balance
    return evolve(
        balance,
        granted=EXACT.add(balance.granted, draw(signed)),
        remaining=EXACT.add(balance.remaining, draw(signed)),
        usage=EXACT.add(balance.usage, draw(signed)),
        allocated=draw(any_amount),
        unallocated=draw(any_amount),
    )


@st.composite
def contradictory(draw: st.DrawFn, balances: st.SearchStrategy[Balance]) -> Balance:
    """Draw a balance whose flags say what they like."""
    return evolve(
        draw(balances),
        unlimited=draw(seldom),
        overage_allowed=draw(st.booleans()),
        max_purchase=draw(any_amount),
        next_reset_at=draw(expiries),
    )


only_stated: Final = st.one_of(stated(used_items), stated(unlimited_items), stated(lawful_items))
any_breakdown: Final = broken_down()
any_balance: Final = st.one_of(any_breakdown, any_breakdown, contradictory(any_breakdown), only_stated)
lawful_balances: Final = st.one_of(lawful, lawful, stated(used_items), stated(unlimited_items))
lawful_named: Final = st.one_of(named_lawful_items, named_lawful_items, named_items(prepaid_items))


def numbers(value: Balance | Breakdown) -> tuple[Fraction, Fraction, Fraction]:
    """Return what is granted, remaining and used, in another arithmetic."""
    return fraction(value.granted), fraction(value.remaining), fraction(value.usage)


def difference(value: Balance, other: Balance) -> tuple[Fraction, ...]:
    """Return by how much the totals of a balance are more than those of another."""
    return tuple(mine - theirs for mine, theirs in zip(numbers(value), numbers(other), strict=True))


def recombined(balance: Balance) -> Balance:
    """Return what the parts of a balance combine to."""
    return combine(balance.breakdown, balance.rollovers, feature_id=balance.feature_id)
