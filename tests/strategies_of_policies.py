"""Hypothesis strategies for burn orders and policies, and for items that many keys find equal."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
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

ids: Final = st.text("abc", max_size=1)
few_moments: Final = st.sampled_from([None, *MOMENTS])
few_amounts: Final = st.sampled_from(["-1", "0", "1", "1.5", "1e30"]).map(Decimal)
resets: Final = st.builds(
    Reset, interval=st.sampled_from(PERIODS), interval_count=st.sampled_from([1, 2, 3, 12]), resets_at=few_moments
)
prices: Final = st.builds(Price, billing_method=st.sampled_from([*BillingMethod, UnknownWord("barter")]))


@st.composite
def similar_items(draw: st.DrawFn) -> Breakdown:
    """Draw an item that differs from another one in few things."""
    included, prepaid = draw(few_amounts), draw(few_amounts)
    return Breakdown(
        id=draw(ids),
        included_grant=included,
        prepaid_grant=prepaid,
        remaining=draw(few_amounts),
        usage=draw(few_amounts),
        unlimited=draw(st.sampled_from([False, False, False, True])),
        reset=draw(st.none() | resets),
        price=draw(st.none() | prices),
        expires_at=draw(few_moments),
        source=draw(st.sampled_from([None, *BreakdownSource, UnknownWord("team")])),
    )


several_similar_items: Final = st.lists(similar_items(), max_size=6)

standings: Final[st.SearchStrategy[Mapping[str, Standing]]] = st.dictionaries(
    ids | st.just("gone"),
    st.builds(
        Standing,
        priority=st.none() | few_amounts,
        is_paid=st.sampled_from([None, False, True]),
        unit_cost=st.sampled_from([None, 0, Decimal("0.01"), 1]),
        starts_at=few_moments,
        created_at=few_moments,
    ),
)


@st.composite
def several_keys(draw: st.DrawFn) -> list[BurnKey]:
    """Draw keys, of which many begin as the default ones do."""
    count = draw(st.sampled_from([0, 0, *range(len(DEFAULT_KEYS) + 1)]))
    return [*DEFAULT_KEYS[:count], *draw(st.lists(st.sampled_from(BurnKey), max_size=5))]


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
