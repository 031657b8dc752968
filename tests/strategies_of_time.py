"""Hypothesis strategies for balances that time goes by for, and for how they are lived forward."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import cycle, product
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import helpers
from attrs import evolve
from hypothesis import strategies as st
from strategies_of_balances import EXACT, seldom
from strategies_of_policies import orders

from balances import (
    AutoTopup,
    Balance,
    Breakdown,
    BurnOrder,
    Event,
    Interval,
    MonthEnd,
    OverageAtReset,
    Policy,
    PurchaseLimit,
    Reset,
    ResetHappened,
    Rollover,
    RolloverRule,
    Rules,
)
from balances.testing import item, prepaid, rollover, usage_based

START: Final = datetime(2026, 1, 28, 12, tzinfo=UTC)
_MARKS: Final = tuple(
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((1, 29), (1, 30), (1, 31), (2, 1), (2, 28), (3, 1), (3, 31), (4, 30), (8, 31), (12, 31))
)

moments: Final = st.sampled_from(_MARKS) | st.integers(1, 600 * 24).map(lambda hours: START + timedelta(hours=hours))
"""Moments of which many coincide, and many are at the end of a month."""

stretches: Final = st.one_of(
    st.sampled_from(_MARKS), st.integers(0, 900 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
)
anchors: Final = st.sampled_from([None, None, *(datetime(2025, 12, day, 6, tzinfo=UTC) for day in (1, 29, 30, 31))])
_WHOLE: Final = cycle(map(Decimal, range(61)))
_CENTS: Final = [Decimal(cents).scaleb(-2) for cents in range(10_000)]
quantities: Final = st.sampled_from([amount for both in zip(_WHOLE, _CENTS, strict=False) for amount in both])
"""Amounts of which half are whole and at most 60. One list is drawn from three times as fast as two alternatives."""

sparse: Final[Sequence[tuple[Interval, int]]] = [
    (Interval.MINUTE, 43_201),
    (Interval.HOUR, 700),
    (Interval.DAY, 45),
    (Interval.WEEK, 6),
    (Interval.MONTH, 1),
    (Interval.MONTH, 1),
    (Interval.MONTH, 5),
    (Interval.QUARTER, 1),
    (Interval.SEMI_ANNUAL, 1),
    (Interval.YEAR, 1),
]
"""Periods of which there are not too many in a stretch to live them one by one."""

dense: Final[Sequence[tuple[Interval, int]]] = [
    (Interval.MINUTE, 1),
    (Interval.MINUTE, 7),
    (Interval.HOUR, 1),
    (Interval.DAY, 1),
]


def resetting(periods: Iterable[tuple[Interval, int]]) -> st.SearchStrategy[Reset]:
    """Draw a reset of one of these periods."""
    return st.builds(_reset, st.sampled_from(list(periods)), moments)


def _reset(period: tuple[Interval, int], resets_at: datetime) -> Reset:
    return Reset(interval=period[0], interval_count=period[1], resets_at=resets_at)


dateless: Final = st.sampled_from([None, Reset(interval="month"), Reset(interval="one_off", resets_at=_MARKS[3])])
resets: Final = st.one_of(*[resetting(sparse)] * 3, dateless)


nothing: Final = st.just(Decimal(0))
grants: Final = st.one_of(quantities, quantities, quantities, nothing, quantities.map(Decimal.copy_negate))
"""Amounts granted; now and then nothing, or less than nothing."""
factors: Final = st.sampled_from([1, 1, 1, 1, 0, 20, -1]).map(Decimal)
prices: Final = st.sampled_from([None, usage_based(Decimal("0.5")), usage_based(2, max_purchase=30)])
expiries: Final = st.one_of(st.none(), st.none(), moments)
of_the_prepaid: Final = st.one_of(nothing, nothing, grants)
of_the_rest: Final = st.one_of(nothing, nothing, quantities)


@st.composite
def items(draw: st.DrawFn, reset: st.SearchStrategy[Reset | None] = resets, *, unlimited: bool = False) -> Breakdown:
    """Draw an item that keeps the law; often it owes overage, and sometimes many times its grant.

    Now and then it grants less than nothing, or more remains of it than it grants.
    """
    drawn = item(
        draw(grants),
        EXACT.multiply(draw(quantities), draw(factors)),
        prepaid_grant=draw(of_the_prepaid),
        unlimited=unlimited,
        price=draw(prices),
        reset=draw(reset),
        expires_at=draw(expiries),
    )
    return evolve(drawn, remaining=EXACT.add(drawn.remaining, draw(of_the_rest)))


limited_items: Final = items()
unlimited_items: Final = items(unlimited=True)
several_items: Final = st.lists(limited_items, min_size=1, max_size=3)


strange_items: Final = st.builds(
    Breakdown,
    included_grant=grants,
    prepaid_grant=grants,
    remaining=grants,
    usage=grants,
    unlimited=st.sampled_from([False, False, False, True]),
    price=st.sampled_from([None, usage_based(Decimal("0.5"))]),
    reset=resets,
    expires_at=expiries,
)
"""Items that can be read, whether or not their amounts keep the law."""


_left: Final = nothing | quantities
_expiries_of_rollovers: Final = st.none() | moments


@st.composite
def _rollovers(draw: st.DrawFn) -> Rollover:
    """Draw a rollover, of which nothing may be left."""
    used, left = draw(quantities), draw(_left)
    return rollover(EXACT.add(used, left), used, expires_at=draw(_expiries_of_rollovers))


rollovers: Final = _rollovers()
several_rollovers: Final = st.lists(rollovers, max_size=3)


def combined(items: Iterable[Breakdown], carried: Iterable[Rollover] = ()) -> Balance:
    """Combine items, each of which has an id."""
    return helpers.combined(*helpers.numbered(items), carried=carried)


@st.composite
def balances(draw: st.DrawFn, *, unlimited: bool = True) -> Balance:
    """Draw what is combined of items of long periods, now and then an unlimited one among them, and of rollovers."""
    parts = draw(several_items)
    if unlimited and draw(seldom):
        parts = draw(st.permutations([*parts, draw(unlimited_items)]))
    return combined(parts, draw(several_rollovers))


strange_balances: Final = st.builds(combined, st.lists(strange_items, min_size=1, max_size=3), several_rollovers)
"""What is combined of items that need not keep the law."""


any_items: Final = limited_items | unlimited_items


@st.composite
def stated(draw: st.DrawFn) -> Balance:
    """Draw a balance that states its totals, and has no breakdown."""
    return evolve(combined([draw(any_items)], draw(several_rollovers)), breakdown=())


@st.composite
def beyond(draw: st.DrawFn, balance: Balance) -> Balance:
    """Draw totals that hold more than the parts of a balance."""
    more = draw(quantities)
    return evolve(balance, granted=EXACT.add(balance.granted, more), remaining=EXACT.add(balance.remaining, more))


purchase_limits: Final = st.builds(
    PurchaseLimit,
    interval=st.sampled_from([None, "one_off", "day", "week", "month"]),
    interval_count=st.sampled_from([None, 1, 2]),
    limit=st.none() | st.integers(0, 3),
    count=st.none() | st.integers(0, 4),
    next_reset_at=st.none() | moments,
)
auto_topups: Final = st.builds(
    AutoTopup,
    feature_id=st.just("messages"),
    enabled=st.sampled_from([True, True, True, False]),
    threshold=grants,
    quantity=quantities.map(lambda amount: max(Decimal(1), amount)),
    purchase_limit=st.none() | purchase_limits,
)


class Sold(NamedTuple):
    """A balance with prepaid items, and the automatic top-ups of some of them."""

    balance: Balance
    topups: dict[str, AutoTopup]


@st.composite
def sold(draw: st.DrawFn) -> Sold:
    """Draw a balance of which some items are for sale, and top-ups of these, in any order."""
    balance = draw(balances())
    places = [place for place, part in enumerate(balance.breakdown) if not part.unlimited]
    chosen = draw(st.lists(st.sampled_from(places), min_size=1, max_size=2, unique=True))
    price = prepaid(Decimal("0.5"), billing_units=draw(st.sampled_from([1, 1, 10, Decimal("0.3")])))
    parts = [evolve(part, price=price) if place in chosen else part for place, part in enumerate(balance.breakdown)]
    return Sold(combined(parts, balance.rollovers), {f"item_{place}": draw(auto_topups) for place in chosen})


_LIVES: Final[Sequence[dict[str, Any]]] = [
    {},
    {},
    {"months": 1},
    {"months": 2},
    {"months": 7},
    {"days": 3},
    {"days": 45},
    {"resets": 1},
    {"resets": 3},
]
_CAPS: Final[Sequence[dict[str, Any]]] = [
    {},
    {"max": 0},
    {"max": 15},
    {"max": 70},
    {"max_percentage": 50},
    {"max_percentage": 250},
]
_SHARES: Final = [None, None, Decimal(0), Decimal(50), Decimal("33.3"), Decimal(100)]


def _rollover_rule(cap: dict[str, Any], life: dict[str, Any], share: Decimal | None) -> RolloverRule:
    return RolloverRule(**cap, **life, share=share)


rollover_rules: Final = st.sampled_from([_rollover_rule(*each) for each in product(_CAPS, _LIVES, _SHARES)])
"""Rules of every kind, whose numbers are reached within the stretches of time drawn."""

rules: Final[st.SearchStrategy[Rules]] = st.one_of(
    st.none(),
    rollover_rules,
    st.dictionaries(st.sampled_from(["item_0", "item_1", "item_2", "gone"]), st.none() | rollover_rules, max_size=3),
)
zones: Final = st.sampled_from([None, None, *map(ZoneInfo, ("Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"))])
policies: Final = st.builds(
    Policy,
    order=st.just(BurnOrder()) | orders,
    rules=rules,
    anchor=anchors,
    zone=zones,
    month_end=st.sampled_from([MonthEnd.LAST_DAY, *MonthEnd]),
    overage_at_reset=st.sampled_from(OverageAtReset),
)
"""How a balance may live: every field of a policy is drawn."""


def exact(amounts: Iterable[Decimal]) -> Fraction:
    """Add up in another arithmetic."""
    return sum(map(Fraction, amounts), Fraction())


def merged(events: Iterable[Event]) -> list[Event]:
    """Return events with alike resets as one: those of one item, with equal numbers, and only resets between them."""
    merged: list[Event] = []
    places: dict[Any, int] = {}
    for event in events:
        if not isinstance(event, ResetHappened):
            places.clear()
            merged.append(event)
            continue
        place = places.setdefault(_each(event), len(merged))
        merged[place:] = [_together(merged[place], event), *merged[place + 1 :]] if place < len(merged) else [event]
    return merged


def _together(first: Any, then: ResetHappened) -> ResetHappened:
    lapsed, forgiven = EXACT.add(first.lapsed, then.lapsed), EXACT.add(first.forgiven, then.forgiven)
    return evolve(then, at=first.at, count=first.count + then.count, lapsed=lapsed, forgiven=forgiven)


def _each(event: ResetHappened) -> tuple[object, ...]:
    count = event.count
    return event.id, event.granted, event.carried, Fraction(event.lapsed) / count, Fraction(event.forgiven) / count
