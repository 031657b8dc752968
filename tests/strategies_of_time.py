"""Hypothesis strategies for balances that time goes by for, and for how they are lived forward."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import helpers
from attrs import evolve
from hypothesis import strategies as st
from strategies_of_balances import EXACT

from balances import Balance, Breakdown, Event, Interval, Reset, ResetHappened, Rollover, RolloverRule, Rules
from balances.testing import item, rollover, usage_based

Terms = dict[str, Any]
"""The keywords that `advance` and `simulate` share."""

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
quantities: Final = st.integers(0, 60).map(Decimal) | st.integers(0, 9999).map(lambda cents: Decimal(cents).scaleb(-2))

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


@st.composite
def resetting(draw: st.DrawFn, periods: Sequence[tuple[Interval, int]]) -> Reset:
    """Draw a reset of one of these periods."""
    interval, count = draw(st.sampled_from(list(periods)))
    return Reset(interval=interval, interval_count=count, resets_at=draw(moments))


dateless: Final = st.sampled_from([None, Reset(interval="month"), Reset(interval="one_off", resets_at=_MARKS[3])])
resets: Final = st.one_of(resetting(sparse), resetting(sparse), resetting(sparse), dateless)


@st.composite
def items(draw: st.DrawFn, reset: st.SearchStrategy[Reset | None] = resets, *, unlimited: bool = False) -> Breakdown:
    """Draw an item that keeps the law; often it owes overage, and sometimes many times its grant."""
    factor = draw(st.sampled_from([1, 1, 1, 0, 20]))
    drawn = item(
        draw(quantities),
        EXACT.multiply(draw(quantities), Decimal(factor)),
        prepaid_grant=draw(st.just(Decimal(0)) | quantities),
        unlimited=unlimited,
        price=draw(st.sampled_from([None, usage_based(Decimal("0.5")), usage_based(2, max_purchase=30)])),
        reset=draw(reset),
        expires_at=draw(st.none() | st.none() | moments),
    )
    more = draw(st.just(Decimal(0)) | quantities) if drawn.usage > drawn.granted else Decimal(0)
    return evolve(drawn, remaining=EXACT.add(drawn.remaining, more))


@st.composite
def rollovers(draw: st.DrawFn) -> Rollover:
    """Draw a rollover, of which nothing may be left."""
    used, left = draw(quantities), draw(st.just(Decimal(0)) | quantities)
    return rollover(EXACT.add(used, left), used, expires_at=draw(st.none() | moments))


several_rollovers: Final = st.lists(rollovers(), max_size=3)


def combined(items: Iterable[Breakdown], carried: Iterable[Rollover] = ()) -> Balance:
    """Combine items, each of which has an id."""
    return helpers.combined(*helpers.numbered(items), carried=carried)


@st.composite
def balances(draw: st.DrawFn, *, unlimited: bool = True) -> Balance:
    """Draw what is combined of items of long periods, now and then an unlimited one among them, and of rollovers."""
    parts = draw(st.lists(items(), min_size=1, max_size=3))
    if unlimited and draw(st.integers(0, 5)) == 0:
        parts = draw(st.permutations([*parts, draw(items(unlimited=True))]))
    return combined(parts, draw(several_rollovers))


@st.composite
def stated(draw: st.DrawFn) -> Balance:
    """Draw a balance that states its totals, and has no breakdown."""
    whole = combined([draw(items(unlimited=draw(st.booleans())))], draw(several_rollovers))
    return evolve(whole, breakdown=())


@st.composite
def beyond(draw: st.DrawFn, balance: Balance) -> Balance:
    """Draw totals that hold more than the parts of a balance."""
    more = draw(quantities)
    return evolve(balance, granted=EXACT.add(balance.granted, more), remaining=EXACT.add(balance.remaining, more))


months: Final = st.sampled_from([None, None, 1, 2, 7])
rollover_rules: Final = st.one_of(
    st.builds(RolloverRule, max=st.sampled_from([None, 0, 15, 70]), months=months),
    st.builds(RolloverRule, max_percentage=st.sampled_from([50, 250]), months=months),
)
rules: Final[st.SearchStrategy[Rules]] = st.one_of(
    st.none(),
    rollover_rules,
    st.dictionaries(st.sampled_from(["item_0", "item_1", "item_2", "gone"]), st.none() | rollover_rules, max_size=3),
)
terms: Final[st.SearchStrategy[Terms]] = st.fixed_dictionaries(
    {"rules": rules, "anchor": anchors, "keep_overage": st.booleans()}
)


def exact(amounts: Iterable[Decimal]) -> Fraction:
    """Add up in another arithmetic."""
    return sum(map(Fraction, amounts), Fraction())


def merged(events: Iterable[Event]) -> list[Event]:
    """Return events with resets of one item that follow each other and do the same as one."""
    merged: list[Event] = []
    for event in events:
        last = merged[-1] if merged else None
        if isinstance(last, ResetHappened) and isinstance(event, ResetHappened) and _each(last) == _each(event):
            lapsed = EXACT.add(last.lapsed, event.lapsed)
            merged[-1] = evolve(last, count=last.count + event.count, lapsed=lapsed)
        else:
            merged.append(event)
    return merged


def _each(event: ResetHappened) -> tuple[str, Decimal, Decimal, Fraction]:
    return event.id, event.granted, event.carried, Fraction(event.lapsed) / event.count
