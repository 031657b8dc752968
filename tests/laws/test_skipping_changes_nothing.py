"""Law: with skipping is without. Counting alike resets at once changes neither the events nor the balance.

The plain life takes one boundary at a time. It is slow over dense resets, so the stretches here are short.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_time import (
    START,
    anchors,
    balances,
    combined,
    items,
    policies,
    several_rollovers,
    strange_balances,
    stretches,
)

from balances import Balance, Breakdown, Event, OverageAtReset, Policy, Reset, Rollover, RolloverRule
from balances.periods.cycles import AnyInterval
from balances.testing import item
from balances.timeline.happenings import merged
from balances.timeline.schedule import Life
from balances.timeline.skipping import lived

counting = st.booleans()


def told(happenings: Any) -> list[Event]:
    return [happened.whole for happened, _ in merged(happenings)]


def assert_skipping_changes_nothing(balance: Balance, to: datetime, policy: Policy, *, counts_forgiving: bool) -> None:
    plain, quick = Life(balance, policy), Life(balance, policy)
    assert told(plain.until(to)) == told(lived(quick, to, counts_forgiving=counts_forgiving))
    assert plain.balance() == quick.balance()
    assert plain.next_due() == quick.next_due()


@given(balance=balances() | strange_balances, to=stretches, policy=policies, counts_forgiving=counting)
def test_with_skipping_is_without(balance: Balance, to: datetime, policy: Policy, *, counts_forgiving: bool) -> None:
    assert_skipping_changes_nothing(balance, to, policy, counts_forgiving=counts_forgiving)


a_day = st.integers(1, 36 * 60).map(lambda minutes: timedelta(minutes=minutes))
starts = st.sampled_from(
    [
        START,
        *(
            datetime(2026, month, day, hour, tzinfo=UTC)
            for month, day, hour in ((1, 31, 20), (2, 28, 9), (3, 28, 5), (3, 30, 2))
        ),
    ]
)
minutely: list[tuple[AnyInterval, int]] = [
    ("minute", 7),
    ("minute", 11),
    ("minute", 20),
    ("hour", 1),
    ("hour", 5),
    ("day", 1),
]


periods = st.sampled_from(minutely)
perhaps_another = st.lists(items(), max_size=1)


@st.composite
def dense_balances(draw: st.DrawFn) -> Balance:
    """Draw items that reset often, beside others, so that many resets of several items are alike."""
    start = draw(starts)

    def often() -> Reset:
        interval, count = draw(periods)
        soon = start + timedelta(minutes=draw(st.integers(0, 90)))
        return Reset(interval=interval, interval_count=count, resets_at=soon)

    parts = [draw(items(st.just(often()))) for _ in range(draw(st.integers(1, 3)))]
    parts += draw(perhaps_another)
    carried = draw(several_rollovers)
    later = [start + timedelta(hours=draw(st.integers(1, 40 * 24))) for _ in carried]
    mixed = [evolve(row, expires_at=row.expires_at and moment) for row, moment in zip(carried, later, strict=True)]
    return combined(draw(st.permutations(parts)), mixed)


@given(balance=dense_balances(), start=starts, after=a_day, policy=policies, counts_forgiving=counting)
def test_so_it_is_over_dense_resets_of_several_items(
    *, balance: Balance, start: datetime, after: timedelta, policy: Policy, counts_forgiving: bool
) -> None:
    assert_skipping_changes_nothing(balance, start + after, policy, counts_forgiving=counts_forgiving)


@given(
    start=starts,
    granted=st.integers(1, 60),
    cap=st.sampled_from([0, 20, 45, 60, 130, 1000]),
    life=st.sampled_from([{}, {"months": 1}, {"months": 3}, {"days": 2}, {"days": 30}, {"resets": 2}, {"resets": 30}]),
    way=st.sampled_from(OverageAtReset),
    period=st.sampled_from([("hour", 7), ("day", 1), ("day", 3), ("week", 1), ("month", 1)]),
    carried=several_rollovers,
    other=items(),
    days=st.integers(1, 200),
    anchor=anchors,
    zone=st.sampled_from([None, None, ZoneInfo("Europe/Berlin")]),
    is_one_pool=st.booleans(),
)
def test_so_it_is_under_caps_that_are_reached(
    *,
    start: datetime,
    granted: int,
    cap: int,
    life: dict[str, int],
    way: OverageAtReset,
    period: tuple[AnyInterval, int],
    carried: list[Rollover],
    other: Breakdown,
    days: int,
    anchor: datetime | None,
    zone: ZoneInfo | None,
    is_one_pool: bool,
) -> None:
    one = item(granted, reset=Reset(interval=period[0], interval_count=period[1], resets_at=start))
    rule = RolloverRule(max=cap, **life)
    rules = rule if is_one_pool else {"item_0": rule}
    balance = combined([one, other], carried)
    policy = Policy(rules=rules, anchor=anchor, zone=zone, overage_at_reset=way)
    assert_skipping_changes_nothing(balance, start + timedelta(days=days), policy, counts_forgiving=True)
