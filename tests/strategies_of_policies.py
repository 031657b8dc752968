"""Hypothesis strategies for burn orders and policies, and for items that many keys find equal."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from strategies_of_balances import rules as rollover_rules

from balances import (
    DEFAULT_KEYS,
    BillingMethod,
    Breakdown,
    BreakdownSource,
    BurnKey,
    BurnOrder,
    Interval,
    MonthEnd,
    OverageAtReset,
    Place,
    Policy,
    Price,
    Reset,
    Rules,
    Standing,
    UnknownWord,
)

MOMENTS: Final = tuple(datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
PERIODS: Final = (*Interval, UnknownWord("fortnight"))

ids: Final = st.sampled_from(["", "a", "b", "c"])
few_moments: Final = st.sampled_from([None, *MOMENTS])
_AMOUNTS: Final = tuple(map(Decimal, ["0", "1", "-1", "1.5", "1e30"]))
few_amounts: Final = st.sampled_from(_AMOUNTS)
resets: Final = st.sampled_from(
    [
        Reset(interval=interval, interval_count=count, resets_at=at)
        for interval, count, at in product(PERIODS, (1, 2, 3, 12), (None, *MOMENTS))
    ]
)
prices: Final = st.sampled_from([Price(billing_method=method) for method in (*BillingMethod, UnknownWord("barter"))])

similar_items: Final = st.builds(
    Breakdown,
    id=ids,
    included_grant=few_amounts,
    prepaid_grant=few_amounts,
    remaining=few_amounts,
    usage=few_amounts,
    unlimited=st.sampled_from([False, False, False, True]),
    reset=st.none() | resets,
    price=st.none() | prices,
    expires_at=few_moments,
    source=st.sampled_from([None, *BreakdownSource, UnknownWord("team")]),
)
"""Items that differ in few things."""
several_similar_items: Final = st.lists(similar_items, max_size=6)

standings: Final[st.SearchStrategy[Mapping[str, Standing]]] = st.dictionaries(
    st.sampled_from(["", "a", "b", "c", "gone"]),
    st.builds(
        Standing,
        priority=st.sampled_from([None, *_AMOUNTS]),
        is_paid=st.sampled_from([None, False, True]),
        unit_cost=st.sampled_from([None, 0, Decimal("0.01"), 1]),
        starts_at=few_moments,
        created_at=few_moments,
    ),
)
_counts: Final = st.sampled_from([0, 0, *range(len(DEFAULT_KEYS) + 1)])
_more_keys: Final = st.lists(st.sampled_from(BurnKey), max_size=5)


@st.composite
def several_keys(draw: st.DrawFn) -> list[BurnKey]:
    """Draw keys, of which many begin as the default ones do."""
    return [*DEFAULT_KEYS[: draw(_counts)], *draw(_more_keys)]


orders: Final = st.builds(BurnOrder, keys=several_keys(), rollovers=st.sampled_from(Place), standings=standings)
any_rules: Final[st.SearchStrategy[Rules]] = st.one_of(
    st.none(), rollover_rules, st.dictionaries(ids, st.none() | rollover_rules, max_size=3)
)
policies: Final = st.builds(
    Policy,
    order=orders,
    rules=any_rules,
    anchor=few_moments,
    zone=st.sampled_from([None, *map(ZoneInfo, ("UTC", "Europe/Berlin", "Australia/Lord_Howe"))]),
    month_end=st.sampled_from(MonthEnd),
    overage_at_reset=st.sampled_from(OverageAtReset),
)
