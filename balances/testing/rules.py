"""The strategies for the rules that a seller or a customer sets: controls and policies about the usual features."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import Any, Final

from hypothesis import strategies as st

from balances.periods.cycles import Interval
from balances.periods.month_ends import MonthEnd
from balances.testing.usual import ITEM_IDS, LIMITS, MOMENTS, QUANTITIES, WHOLE
from balances.values.controls import (
    AutoTopup,
    BillingControls,
    LimitType,
    OverageControl,
    PurchaseLimit,
    SpendLimit,
    ThresholdType,
    UsageAlert,
    UsageLimit,
    WindowAnchor,
)
from balances.values.orders import BurnKey, BurnOrder, Place, Standing
from balances.values.policies import OverageAtReset, Policy, RolloverRule

__all__: list[str] = []

_WINDOWS: Final = st.sampled_from([Interval.DAY, *(each for each in Interval if each is not Interval.ONE_OFF)])
_COUNTS: Final = st.integers(1, 12)


def controls_of(ids: st.SearchStrategy[str]) -> st.SearchStrategy[BillingControls]:
    """Return controls of such features, of every kind that a function obeys."""
    spend_limits = st.builds(
        SpendLimit,
        feature_id=ids,
        enabled=st.sampled_from([True, False]),
        limit_type=st.sampled_from([None, *LimitType]),
        overage_limit=LIMITS,
    )
    usage_limits = st.builds(
        UsageLimit,
        feature_id=ids,
        enabled=st.sampled_from([True, True, False]),
        limit=QUANTITIES,
        interval=_WINDOWS,
        anchor=st.sampled_from([None, *WindowAnchor]),
        usage=LIMITS,
    )
    alerts = st.builds(
        UsageAlert, feature_id=st.none() | ids, threshold=WHOLE, threshold_type=st.sampled_from(ThresholdType)
    )
    purchase_limits = st.none() | st.builds(PurchaseLimit, interval=_WINDOWS, limit=st.none() | st.integers(0, 3))
    topups = st.builds(
        AutoTopup,
        feature_id=ids,
        enabled=st.sampled_from([True, False]),
        threshold=WHOLE,
        quantity=st.integers(1, 200),
        purchase_limit=purchase_limits,
    )
    return st.builds(
        BillingControls,
        spend_limits=st.lists(spend_limits, max_size=2),
        usage_limits=st.lists(usage_limits, max_size=2),
        overage_allowed=st.lists(st.builds(OverageControl, feature_id=ids, enabled=st.booleans()), max_size=2),
        usage_alerts=st.lists(alerts, max_size=2),
        auto_topups=st.lists(topups, max_size=1),
    )


_CAPS: Final = st.sampled_from([None, "max", "max_percentage"])
_LIVES: Final = st.sampled_from([None, "months", "days", "resets"])


@st.composite
def _rules(draw: st.DrawFn) -> RolloverRule:
    """Draw at most one cap and one life."""
    cap, life = draw(_CAPS), draw(_LIVES)
    given: dict[str, Any] = {**({cap: draw(WHOLE)} if cap else {}), **({life: draw(_COUNTS)} if life else {})}
    return RolloverRule(share=draw(_SHARES), **given)


_SHARES: Final = st.none() | st.integers(0, 100)
_RULE: Final = _rules()
_STANDINGS: Final = st.builds(
    Standing,
    priority=st.none() | st.integers(0, 5),
    is_paid=st.sampled_from([None, True, False]),
    unit_cost=LIMITS,
    starts_at=st.none() | MOMENTS,
    created_at=st.none() | MOMENTS,
)
_ORDERS: Final = st.just(BurnOrder()) | st.builds(
    BurnOrder,
    keys=st.lists(st.sampled_from(BurnKey), max_size=3, unique=True),
    rollovers=st.sampled_from(Place),
    standings=st.dictionaries(ITEM_IDS, _STANDINGS, max_size=2),
)
POLICIES: Final = st.builds(
    Policy,
    order=_ORDERS,
    rules=st.none() | _RULE | st.dictionaries(ITEM_IDS, st.none() | _RULE, max_size=2),
    anchor=st.none() | MOMENTS,
    zone=st.sampled_from([None, UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-3, minutes=-30))]),
    month_end=st.sampled_from(MonthEnd),
    overage_at_reset=st.sampled_from(OverageAtReset),
)
"""Policies of rules that are easy to read, for the usual items. Their zones are fixed offsets."""
