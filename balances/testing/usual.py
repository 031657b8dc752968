"""The usual ids, amounts, moments and features. Lawful values are drawn from these, so that they are easy to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from hypothesis import strategies as st

from balances.base.amounts import ZERO, subtract, to_amount
from balances.base.instants import MICROSECOND
from balances.values.features import CreditCost, Feature

__all__: list[str] = []

MEMBERS: Final = ("messages", "images")
SYSTEMS: Final = ("credits", "tokens")
FEATURE_IDS: Final = st.sampled_from([*MEMBERS, *SYSTEMS])
ITEM_IDS: Final = st.sampled_from(["plan", "add_on", "top_up", "gift", "trial", ""])

# Hypothesis makes a failing case as simple as it can: the first alternative, and the smallest number.
SELDOM: Final = st.integers(0, 7).map(lambda number: number == 7)  # noqa: PLR2004  (the simplest is 0)
WHOLE: Final = st.integers(0, 200).map(Decimal)
QUANTITIES: Final = WHOLE | st.integers(0, 10**9).map(lambda thousandths: to_amount(thousandths / 1000))
LIMITS: Final = st.none() | QUANTITIES
SELDOM_NEGATIVE: Final = st.tuples(SELDOM, QUANTITIES).map(
    lambda drawn: subtract(ZERO, drawn[1]) if drawn[0] else drawn[1]
)

_NEW_YEAR: Final = datetime(2026, 1, 1, tzinfo=UTC)


def _around(unit: timedelta, most: timedelta) -> st.SearchStrategy[datetime]:
    return st.integers(-(most // unit), most // unit).map(lambda number: _NEW_YEAR + number * unit)


MOMENTS: Final = _around(timedelta(hours=1), timedelta(days=700)) | _around(MICROSECOND, timedelta(days=40 * 365))
"""Moments of which many are full hours of two years around the new year of 2026. All are after the epoch."""

COSTS: Final = st.lists(
    st.builds(
        CreditCost,
        metered_feature_id=st.sampled_from(MEMBERS),
        credit_cost=st.sampled_from(["0.25", "1", "3", "10"]).map(Decimal),
    ),
    max_size=2,
)


def feature_of(id_: str, costs: list[CreditCost]) -> Feature:
    """Return the feature of this id: a credit system with such costs, or a member of one."""
    if id_ in SYSTEMS:
        return Feature(id=id_, name=id_, type="credit_system", consumable=True, credit_schema=costs)
    return Feature(id=id_, name=id_, type="metered", consumable=True, event_names=["used", id_])
