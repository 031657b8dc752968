"""Hypothesis strategies for accounts: a feature of its own, and credit systems that contain it at several costs."""

from decimal import Decimal
from typing import Final

from attrs import evolve
from hypothesis import strategies as st
from strategies_of_balances import seldom
from strategies_of_usage import (
    amounts,
    controls,
    items_within_their_limits,
    several_rollovers,
    unlimited_items,
    used_items,
)

from balances import Account, Balance, Breakdown, CreditCost, Feature, combine

SYSTEMS: Final = ("seats", "tokens")
"""The names that the controls of `strategies_of_usage` know, beside the feature itself."""

costs: Final = st.sampled_from(["1", "2", "0.5", "10", "0.25", "8"]).map(Decimal)
odd_costs: Final = costs | st.sampled_from(["3", "0.7", "13"]).map(Decimal)
MESSAGES: Final = Feature(id="messages", name="Messages", type="metered", consumable=True, event_names=["sent"])


def system(feature_id: str, cost: Decimal, units: int | None = None) -> Feature:
    """Make a system that names itself, too, which means nothing."""
    names = (feature_id, "messages")
    schema = [CreditCost(metered_feature_id=name, credit_cost=cost, billing_units=units) for name in names]
    return Feature(id=feature_id, name=feature_id, type="credit_system", consumable=True, credit_schema=schema)


_no_units: Final = st.none()
_perhaps_controls: Final = st.none() | controls
_held: Final = st.sets(st.sampled_from(["messages", *SYSTEMS])).map(sorted)


@st.composite
def _balances(draw: st.DrawFn, feature_id: str, items: st.SearchStrategy[list[Breakdown]]) -> Balance:
    """Draw a balance of a few items, now and then an unlimited one, and of rollovers."""
    parts = draw(items)
    if draw(seldom):
        parts = draw(st.permutations([*parts, draw(unlimited_items)]))
    named = [evolve(part, id=f"{feature_id}_{index}") for index, part in enumerate(parts)]
    return combine(named, draw(several_rollovers), feature_id=feature_id)


@st.composite
def _accounts(
    draw: st.DrawFn,
    balances: dict[str, st.SearchStrategy[Balance]],
    cost: st.SearchStrategy[Decimal],
    units: st.SearchStrategy[int | None],
) -> Account:
    catalog = draw(st.permutations([MESSAGES, *[system(name, draw(cost), draw(units)) for name in SYSTEMS]]))
    held = {feature_id: draw(balances[feature_id]) for feature_id in draw(_held)}
    return Account(features=catalog, balances=held, controls=draw(_perhaps_controls))


def accounts(
    items: st.SearchStrategy[Breakdown] = used_items,
    cost: st.SearchStrategy[Decimal] = costs,
    units: st.SearchStrategy[int | None] = _no_units,
) -> st.SearchStrategy[Account]:
    """Draw an account that holds any of a feature and of two credit systems that contain it."""
    several = st.lists(items, min_size=1, max_size=3)
    return _accounts({feature_id: _balances(feature_id, several) for feature_id in ("messages", *SYSTEMS)}, cost, units)


within_their_limits: Final = accounts(items_within_their_limits, units=st.sampled_from([None, None, 3, 7, 1000]))
uses: Final = amounts | amounts.map(Decimal.copy_negate)
