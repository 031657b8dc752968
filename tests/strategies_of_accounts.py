"""Hypothesis strategies for accounts: a feature of its own, and credit systems that contain it at several costs."""

from decimal import Decimal
from typing import Final

from attrs import evolve
from hypothesis import strategies as st
from strategies_of_usage import amounts, controls, items_within_their_limits, rollovers, used_items

from balances import Account, Balance, Breakdown, CreditCost, Feature, combine

SYSTEMS: Final = ("seats", "tokens")
"""The names that the controls of `strategies_of_usage` know, beside the feature itself."""

costs: Final = st.sampled_from(["1", "2", "0.5", "10", "0.25", "8"]).map(Decimal)
odd_costs: Final = costs | st.sampled_from(["3", "0.7", "13"]).map(Decimal)
MESSAGES: Final = Feature(id="messages", name="Messages", type="metered", consumable=True, event_names=["sent"])


def system(feature_id: str, cost: Decimal) -> Feature:
    schema = [CreditCost(metered_feature_id="messages", credit_cost=cost)]
    return Feature(id=feature_id, name=feature_id, type="credit_system", consumable=True, credit_schema=schema)


@st.composite
def balances(draw: st.DrawFn, feature_id: str, items: st.SearchStrategy[Breakdown]) -> Balance:
    """Draw a balance of a few items, now and then an unlimited one, and of rollovers."""
    parts = draw(st.lists(items, min_size=1, max_size=3))
    if draw(st.integers(0, 9)) == 0:
        parts = draw(st.permutations([*parts, draw(used_items(unlimited=True))]))
    named = [evolve(part, id=f"{feature_id}_{index}") for index, part in enumerate(parts)]
    return combine(named, draw(st.lists(rollovers(), max_size=2)), feature_id=feature_id)


@st.composite
def accounts(
    draw: st.DrawFn,
    items: st.SearchStrategy[Breakdown] = used_items(),  # noqa: B008  (a strategy does not change)
    cost: st.SearchStrategy[Decimal] = costs,
) -> Account:
    """Draw an account that holds any of a feature and of two credit systems that contain it."""
    catalog = draw(st.permutations([MESSAGES, *[system(name, draw(cost)) for name in SYSTEMS]]))
    held = draw(st.sets(st.sampled_from(["messages", *SYSTEMS])))
    return Account(
        features=catalog,
        balances={feature_id: draw(balances(feature_id, items)) for feature_id in sorted(held)},
        controls=draw(st.none() | controls),
    )


within_their_limits: Final = accounts(items_within_their_limits())
uses: Final = amounts | amounts.map(Decimal.copy_negate)
