"""The strategy for balances that keep the law of conservation: `granted + overage == usage + remaining`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from attrs import evolve
from hypothesis import strategies as st

from balances.base.amounts import add, subtract, to_amount
from balances.base.instants import EPOCH
from balances.derived.totals import combine
from balances.testing.simple import TEXTS, instants
from balances.values.balance import Balance, BillingMethod, Breakdown, Price, Rollover
from balances.values.features import Feature

__all__: list[str] = []

_QUANTITIES: Final = st.integers(0, 200).map(Decimal) | st.integers(0, 10**9).map(lambda each: to_amount(each / 1000))
_PERHAPS: Final = st.none() | _QUANTITIES
_GRANTS: Final = _QUANTITIES | st.integers(-20, 0).map(Decimal)
_SELDOM: Final = st.integers(0, 7).map(lambda number: number == 7)  # noqa: PLR2004  (the simplest is 0)
_FOR_SALE: Final = st.builds(
    Price, billing_method=st.sampled_from(BillingMethod), amount=_QUANTITIES, max_purchase=_PERHAPS
)


DECIDED: Final = frozenset({"included_grant", "prepaid_grant", "remaining", "usage", "unlimited", "price"})
"""The attributes of an item that are drawn here, because the law connects them."""


def lawful_balances(
    others: st.SearchStrategy[dict[str, Any]], prices: st.SearchStrategy[Price], features: st.SearchStrategy[Feature]
) -> st.SearchStrategy[Balance]:
    """Return balances whose items have such other attributes and prices, and amounts that add up."""
    limited = st.builds(_limited, prices, _PERHAPS)
    lawful = _lawful_items(others, st.none() | limited | _FOR_SALE)
    return _balances_of(st.lists(lawful, max_size=3), st.none() | features)


@st.composite
def _balances_of(
    draw: st.DrawFn, items: st.SearchStrategy[list[Breakdown]], features: st.SearchStrategy[Feature | None]
) -> Balance:
    """Add up the parts; now and then, leave the breakdown out."""
    whole = combine(draw(items), draw(_ROLLOVERS), feature_id=draw(TEXTS), feature=draw(features))
    return evolve(whole, breakdown=()) if draw(_SELDOM) else whole


@st.composite
def _lawful_items(
    draw: st.DrawFn, others: st.SearchStrategy[dict[str, Any]], prices: st.SearchStrategy[Price | None]
) -> Breakdown:
    """Draw the grant, the rest and the overage of an item. By the law, its usage follows."""
    included, prepaid, remaining, overage = map(draw, (_GRANTS, _QUANTITIES, _QUANTITIES, _QUANTITIES))
    usage = subtract(add(add(included, prepaid), overage), remaining)
    return Breakdown(
        **draw(others),
        included_grant=included,
        prepaid_grant=prepaid,
        remaining=remaining,
        usage=usage,
        unlimited=draw(_SELDOM),
        price=draw(prices),
    )


def _rollover(left: Decimal, used: Decimal, expires_at: datetime | None) -> Rollover:
    return Rollover(balance=left, granted=add(used, left), expires_at=expires_at)


def _limited(price: Price, limit: Decimal | None) -> Price:
    return evolve(price, max_purchase=limit)


_ROLLOVERS: Final = st.lists(
    st.builds(_rollover, _QUANTITIES, _QUANTITIES, st.none() | instants(after=EPOCH)), max_size=2
)
