"""The strategies for what keeps the law of conservation: `granted + overage == usage + remaining`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from attrs import evolve
from hypothesis import strategies as st

from balances.base.amounts import ZERO, add, subtract
from balances.derived.totals import combine
from balances.periods.cycles import Interval
from balances.testing.usual import (
    COSTS,
    FEATURE_IDS,
    ITEM_IDS,
    LIMITS,
    MOMENTS,
    QUANTITIES,
    SELDOM,
    SELDOM_NEGATIVE,
    feature_of,
)
from balances.values.balance import (
    Allocation,
    Balance,
    BillingMethod,
    Breakdown,
    BreakdownSource,
    Price,
    Reset,
    Rollover,
    Tier,
)
from balances.values.features import TierBehavior

__all__: list[str] = []

_RECURRING: Final = st.sampled_from([Interval.MONTH, *(each for each in Interval if each is not Interval.ONE_OFF)])
_DATED: Final = st.builds(
    Reset, interval=_RECURRING, interval_count=st.sampled_from([1, 1, 2, 3, 12]), resets_at=MOMENTS | st.none()
)
_RESETS: Final = st.none() | _DATED | st.just(Reset(interval=Interval.ONE_OFF))


@st.composite
def _tiers(draw: st.DrawFn) -> list[Tier]:
    """Draw bands that begin where the one before ends. The last has no end."""
    ends = [*sorted(draw(_ENDS)), None]
    return [Tier(to=end, amount=draw(QUANTITIES), flat_amount=draw(_FLAT)) for end in ends]


_ENDS: Final = st.lists(st.integers(1, 1000), max_size=2, unique=True)
_FLAT: Final = st.just(ZERO) | QUANTITIES
_RATES: Final[st.SearchStrategy[dict[str, Any]]] = st.one_of(
    st.fixed_dictionaries({"amount": QUANTITIES}),
    st.fixed_dictionaries({"tiers": _tiers(), "tier_behavior": st.sampled_from(TierBehavior)}),
)
_HOW_BILLED: Final[st.SearchStrategy[dict[str, Any]]] = st.fixed_dictionaries(
    {
        "billing_method": st.sampled_from(BillingMethod),
        "billing_units": st.sampled_from([1, 1, 100, Decimal("0.5")]),
        "max_purchase": LIMITS,
    }
)
_PRICES: Final = st.none() | st.tuples(_HOW_BILLED, _RATES).map(lambda pair: Price(**pair[0], **pair[1]))
_REST: Final[st.SearchStrategy[dict[str, Any]]] = st.fixed_dictionaries(
    {
        "id": ITEM_IDS,
        "plan_id": st.sampled_from([None, "pro", "team"]),
        "unlimited": SELDOM,
        "reset": _RESETS,
        "price": _PRICES,
        "expires_at": st.none() | MOMENTS,
        "source": st.sampled_from([None, *BreakdownSource]),
        "allocation": st.none() | st.builds(Allocation, amount=QUANTITIES),
    }
)
_PERHAPS: Final = st.just(ZERO) | QUANTITIES


@st.composite
def lawful_items(draw: st.DrawFn) -> Breakdown:
    """Draw the grant and the usage of an item. Now and then it has units left and as much overage more, at once."""
    rest, both = draw(_REST), draw(_PERHAPS) if draw(SELDOM) else ZERO
    prepaid, used, included = draw(_PERHAPS), draw(SELDOM_NEGATIVE), draw(SELDOM_NEGATIVE)
    item = Breakdown(**rest, included_grant=included, prepaid_grant=prepaid, usage=used)
    left = max(ZERO, subtract(item.granted, item.usage))
    return evolve(item, remaining=add(left, both))


def _rollover(left: Decimal, used: Decimal, expires_at: datetime | None) -> Rollover:
    return Rollover(balance=left, granted=add(used, left), expires_at=expires_at)


LAWFUL_ROLLOVERS: Final = st.builds(_rollover, QUANTITIES, _PERHAPS, st.none() | MOMENTS)
LAWFUL_ITEMS: Final = lawful_items()


@st.composite
def _chained(draw: st.DrawFn, rest: st.SearchStrategy[tuple[Breakdown, ...]]) -> tuple[Breakdown, ...]:
    """Draw an item, and perhaps more, of other ids. Of such a chain Hypothesis drops the first, unlike of a list."""
    has_more, item = draw(_MORE), draw(LAWFUL_ITEMS)
    return (item, *(each for each in draw(rest) if each.id != item.id)) if has_more else (item,)


_MORE: Final = st.sampled_from([False, True, True])
_NO_ITEMS: Final = st.just(tuple[Breakdown, ...]())
_SEVERAL_ITEMS: Final = _chained(_chained(_chained(_NO_ITEMS)))
_SEVERAL_ROLLOVERS: Final = st.lists(LAWFUL_ROLLOVERS, max_size=2)


@st.composite
def lawful_balances(draw: st.DrawFn, feature_id: str | None) -> Balance:
    """Add up the parts. Now and then, leave the breakdown out."""
    # Hypothesis first makes simple what is drawn first. So in a failing case an amount is rather in an item.
    id_ = draw(FEATURE_IDS) if feature_id is None else feature_id
    feature = feature_of(id_, draw(COSTS)) if draw(SELDOM) else None
    has_no_breakdown, rollovers, items = draw(SELDOM), draw(_SEVERAL_ROLLOVERS), draw(_SEVERAL_ITEMS)
    whole = combine(items, rollovers, feature_id=id_, feature=feature)
    return evolve(whole, breakdown=()) if has_no_breakdown else whole
