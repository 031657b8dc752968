"""Law: advancing to a moment, and then to a later one, is advancing to the later one.

The events of the two together are the events of the one, with alike resets merged. So laziness affects the cost, and
never the meaning. That holds for every balance that can be read, whether or not its amounts keep the law.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise, takewhile
from typing import Any

import pytest
from attrs import evolve
from helpers import events_of
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_balances import EXACT
from strategies_of_time import (
    START,
    Sold,
    anchors,
    balances,
    beyond,
    combined,
    dense,
    items,
    merged,
    moments,
    policies,
    resetting,
    several_rollovers,
    sold,
    sparse,
    stated,
    strange_balances,
    stretches,
)
from strategies_of_usage import controls, few

from balances import (
    Balance,
    BillingControls,
    Breakdown,
    Event,
    Interval,
    OverageAtReset,
    OverageBehavior,
    Policy,
    Reset,
    RolloverRule,
    Rules,
    Step,
    ToppedUp,
    Usage,
    advance,
    overage,
    simulate,
    top_up,
    topup_due,
    track,
)
from balances.base.amounts import ZERO, total
from balances.derived.overages import is_unlimited
from balances.periods.cycles import AnyInterval
from balances.testing import item, monthly
from balances.testing.strategies import histories

splits = st.lists(stretches, min_size=2, max_size=5).map(sorted)
at_ends_of_months = st.builds(
    datetime, st.integers(2026, 2028), st.just(1) | st.just(3) | st.just(12), st.integers(29, 31), tzinfo=st.just(UTC)
)
a_few_hours = st.integers(1, 5 * 60 * 60).map(lambda seconds: START + timedelta(seconds=seconds))


def assert_lazy_is_eager(balance: Balance, moments: list[datetime], policy: Policy) -> None:
    *_, last = moments
    now, events = balance, list[Event]()
    for moment in moments:
        later = advance(now, to=moment, policy=policy)
        now = later.balance
        events += later.events
    whole = advance(balance, to=last, policy=policy)
    assert now == whole.balance
    assert merged(events) == list(whole.events)


@given(balance=balances(), moments=splits, policy=policies)
def test_in_any_number_of_parts_it_is_the_whole(balance: Balance, moments: list[datetime], policy: Policy) -> None:
    assert_lazy_is_eager(balance, moments, policy)


@few
@given(balance=stated() | strange_balances | balances().flatmap(beyond), moments=splits, policy=policies)
def test_so_it_is_where_totals_are_not_those_of_the_parts(
    balance: Balance, moments: list[datetime], policy: Policy
) -> None:
    assert_lazy_is_eager(balance, moments, policy)


@pytest.mark.parametrize("interval", ["month", "quarter", "semi_annual", "year"])
@few
@given(
    resets_at=at_ends_of_months,
    count=st.sampled_from([1, 1, 1, 2, 3, 13]),
    gaps=st.lists(st.integers(0, 800), min_size=2, max_size=4),
    policy=policies,
    used=st.integers(0, 500),
)
def test_so_it_is_from_the_last_days_of_a_month(
    *, interval: AnyInterval, resets_at: datetime, count: int, gaps: list[int], policy: Policy, used: int
) -> None:
    reset = Reset(interval=interval, interval_count=count, resets_at=resets_at)
    moments = [resets_at + timedelta(days=sum(gaps[: place + 1])) for place in range(len(gaps))]
    assert_lazy_is_eager(combined([item(40, used, reset=reset)]), moments, policy)


some_of_long_periods = st.lists(items(resetting(sparse)), max_size=2)
places = st.integers(0, 2)
a_cap = st.none() | st.just(RolloverRule(max=50))
dense_items = items(resetting(dense))
each_for_itself = st.sampled_from([way for way in OverageAtReset if way is not OverageAtReset.SETTLE])


@st.composite
def dense_balances(draw: st.DrawFn) -> tuple[Breakdown, Balance, Rules]:
    """Draw an item of a short period, a balance of it among items of long ones, and the rules of the others."""
    one, others = draw(dense_items), draw(some_of_long_periods)
    place, rule = draw(places), draw(a_cap)
    parts = [*others[:place], one, *others[place:]]
    dense_one = f"item_{parts.index(one)}"
    rules = {f"item_{index}": rule for index in range(3) if f"item_{index}" != dense_one}
    return one, combined(parts, draw(several_rollovers)), rules


@given(drawn=dense_balances(), moments=splits, anchor=anchors, way=each_for_itself)
def test_so_it_is_over_long_runs_of_dense_resets(
    drawn: tuple[Breakdown, Balance, Rules], moments: list[datetime], anchor: datetime | None, way: OverageAtReset
) -> None:
    _, balance, rules = drawn
    assert_lazy_is_eager(balance, moments, Policy(rules=rules, anchor=anchor, overage_at_reset=way))


@few
@given(drawn=dense_balances(), counts=st.lists(st.integers(0, 500), min_size=2, max_size=5), anchor=anchors)
def test_so_it_is_where_dense_resets_pay_for_each_other(
    drawn: tuple[Breakdown, Balance, Rules], counts: list[int], anchor: datetime | None
) -> None:
    one, balance, rules = drawn
    # Such resets are lived one by one, so there must not be too many.
    moments = [later(one.reset, count) for count in sorted(counts)]
    assert_lazy_is_eager(balance, moments, Policy(rules=rules, anchor=anchor, overage_at_reset="settle"))


def later(reset: Reset | None, count: int) -> datetime:
    """Return the moment so many resets after the stated one."""
    assert reset is not None
    assert reset.resets_at is not None
    return reset.resets_at + count * timedelta(**{f"{reset.interval}s": reset.interval_count})


@few
@given(
    one=items(resetting([(Interval.MINUTE, 7), (Interval.HOUR, 1)]).map(lambda reset: evolve(reset, resets_at=START))),
    others=st.lists(items(), max_size=1),
    carried=several_rollovers,
    moments=st.lists(a_few_hours, min_size=2, max_size=4).map(sorted),
    policy=policies,
)
def test_so_it_is_where_dense_resets_carry_over(
    *, one: Breakdown, others: list[Breakdown], carried: Any, moments: list[datetime], policy: Policy
) -> None:
    assert_lazy_is_eager(combined([one, *others], carried), moments, policy)


@given(
    granted=st.integers(1, 9),
    owed=st.integers(0, 10**6),
    left=st.integers(0, 5),
    interval=st.sampled_from(["minute", "hour", "month"]),
    moments=splits,
    rule=st.none() | st.just(RolloverRule(max=100, months=2)),
)
def test_so_it_is_while_much_overage_is_paid(
    *, granted: int, owed: int, left: int, interval: AnyInterval, moments: list[datetime], rule: RolloverRule | None
) -> None:
    owes = evolve(item(granted, granted + owed), remaining=left, usage=granted + owed - left)
    reset = Reset(interval=interval, resets_at=START)
    policy = Policy(rules=rule if interval == "month" else None, overage_at_reset="repay")
    assert_lazy_is_eager(combined([evolve(owes, reset=reset)]), moments, policy)


@few
@given(
    cap=st.sampled_from([{"max": 0}, {"max": 130}, {"max_percentage": 30}, {"max_percentage": 1000}]),
    left=st.integers(0, 100),
    carried=several_rollovers,
    interval=st.sampled_from(["month", "week", "day"]),
    moments=splits,
)
def test_so_it_is_under_a_cap_that_is_reached_and_never_expires(
    cap: dict[str, Any], left: int, carried: Any, interval: AnyInterval, moments: list[datetime]
) -> None:
    reset = Reset(interval=interval, resets_at=START)
    balance = combined([item(100, 100 - left, reset=reset)], carried)
    assert_lazy_is_eager(balance, moments, Policy(rules=RolloverRule(**cap)))


@few
@given(
    other=items(),
    expiry=moments,
    reset=resetting(sparse),
    carried=several_rollovers,
    moments=splits,
    policy=policies,
    used=st.integers(0, 90),
)
def test_so_it_is_where_what_is_unlimited_expires(
    *,
    other: Breakdown,
    expiry: datetime,
    reset: Reset,
    carried: Any,
    moments: list[datetime],
    policy: Policy,
    used: int,
) -> None:
    trial = item(0, used, unlimited=True, expires_at=expiry, reset=reset)
    assert_lazy_is_eager(combined([other, trial], carried), moments, policy)
    assert_lazy_is_eager(combined([trial], carried), moments, policy)


@pytest.mark.parametrize("used", [0, 28])
@pytest.mark.parametrize("number", [28, 29, 30, 31])
@pytest.mark.parametrize("month", [1, 12])
def test_day_by_day_past_the_end_of_february_is_the_same_as_at_once(month: int, number: int, used: int) -> None:
    start = datetime(2026, month, number, tzinfo=UTC)
    balance = combined([item(100, used, reset=monthly(resets_at=start))])
    days = [start + timedelta(days=day) for day in range(150)]
    for anchor in (None, start):
        for first, last in pairwise(days[::17]):
            assert_lazy_is_eager(balance, [first, last, days[-1]], Policy(anchor=anchor))
        assert_lazy_is_eager(balance, days, Policy(anchor=anchor))


@given(balance=balances() | stated(), to=stretches, policy=policies)
def test_to_simulate_no_usage_is_to_advance(balance: Balance, to: datetime, policy: Policy) -> None:
    timeline, later = simulate(balance, [], until=to, policy=policy), advance(balance, to=to, policy=policy)
    assert timeline.balance == later.balance
    assert events_of(timeline) == list(later.events)
    assert timeline.refused == 0
    if policy.overage_at_reset is OverageAtReset.FORGIVE:
        assert timeline.overage == 0
    elif not is_unlimited(balance):
        forgiven = total(getattr(event, "forgiven", ZERO) for event in later.events)
        assert EXACT.add(overage(balance), timeline.overage) == EXACT.add(overage(later.balance), forgiven)
    assert all(step.at <= following.at for step, following in pairwise(timeline.steps))


def before_the_first_counted(steps: tuple[Step, ...]) -> list[Step]:
    """Return the steps up to the first that stands for several resets: from there on, a step is as these leave it."""
    return list(takewhile(lambda step: getattr(step.cause, "count", 1) == 1, steps))


@given(balance=balances() | stated(), to=stretches, policy=policies)
def test_each_step_of_a_simulation_is_the_balance_of_its_moment(balance: Balance, to: datetime, policy: Policy) -> None:
    steps = before_the_first_counted(simulate(balance, [], until=to, policy=policy).steps)
    tick = timedelta(microseconds=1)
    alone = [(step, following.at - tick) for step, following in pairwise(steps)]
    for step, between in [(step, between) for step, between in alone if step.at <= between]:
        assert step.balance == advance(balance, to=between, policy=policy).balance


def used_in(steps: tuple[Step, ...]) -> list[Step]:
    return [step for step in steps if isinstance(step.cause, Usage)]


def without_windows(given: BillingControls | None) -> BillingControls | None:
    """Let the windows of usage limits be so long that they do not end."""
    if given is None:
        return None
    return evolve(given, usage_limits=[evolve(limit, interval="year") for limit in given.usage_limits])


@given(
    balance=balances() | stated(),
    history=histories(start=START, until=START + timedelta(days=330)),
    after=st.integers(0, 330 * 24),
    policy=policies,
    controls=st.none() | controls,
    behavior=st.sampled_from(OverageBehavior),
)
def test_a_simulation_in_two_parts_is_the_whole(
    *,
    balance: Balance,
    history: list[Usage],
    after: int,
    policy: Policy,
    controls: BillingControls | None,
    behavior: OverageBehavior,
) -> None:
    split, until = START + timedelta(hours=after), START + timedelta(days=330)
    given_terms: dict[str, Any] = {"policy": policy, "overage_behavior": behavior}
    whole = simulate(balance, history, until=until, controls=without_windows(controls), **given_terms)
    before = [usage for usage in history if usage.at <= split]
    first = simulate(balance, before, until=split, controls=without_windows(controls), **given_terms)
    then = simulate(first.balance, history[len(before) :], until=until, controls=first.controls, **given_terms)
    assert (then.balance, then.controls) == (whole.balance, whole.controls)
    assert used_in((*first.steps, *then.steps)) == used_in(whole.steps)
    assert (*first.closed, *then.closed) == whole.closed
    for name in ("lapsed", "overage", "refused"):
        assert EXACT.add(getattr(first, name), getattr(then, name)) == getattr(whole, name)
    assert merged([*events_of(first), *events_of(then)]) == merged(events_of(whole))


@given(
    sale=sold(),
    history=histories(start=START, until=START + timedelta(days=330)),
    after=st.integers(0, 330 * 24),
    policy=policies,
    behavior=st.sampled_from(OverageBehavior),
)
def test_so_it_is_with_automatic_top_ups_whose_count_goes_on(
    *, sale: Sold, history: list[Usage], after: int, policy: Policy, behavior: OverageBehavior
) -> None:
    split, until = START + timedelta(hours=after), START + timedelta(days=330)
    terms: dict[str, Any] = {"policy": policy, "overage_behavior": behavior}
    whole = simulate(sale.balance, history, until=until, topups=sale.topups, **terms)
    before = [usage for usage in history if usage.at <= split]
    first = simulate(sale.balance, before, until=split, topups=sale.topups, **terms)
    then = simulate(first.balance, history[len(before) :], until=until, topups=first.topups, **terms)
    assert (then.balance, then.topups) == (whole.balance, whole.topups)
    assert topped_up_in((*first.steps, *then.steps)) == topped_up_in(whole.steps)
    for name in ("topped_up", "lapsed", "overage", "refused"):
        assert EXACT.add(getattr(first, name), getattr(then, name)) == getattr(whole, name)


def topped_up_in(steps: tuple[Step, ...]) -> list[Step]:
    return [step for step in steps if isinstance(step.cause, ToppedUp)]


@given(
    sale=sold(),
    history=histories(start=START, until=START + timedelta(days=330)),
    policy=policies,
    behavior=st.sampled_from([OverageBehavior.CAP, OverageBehavior.OVERFLOW]),
)
def test_to_simulate_top_ups_is_to_ask_after_each_usage_whether_one_is_due(
    *, sale: Sold, history: list[Usage], policy: Policy, behavior: OverageBehavior
) -> None:
    until = START + timedelta(days=330)
    balance, topups, bought = sale.balance, dict(sale.topups), list[ToppedUp]()
    for usage in history:
        balance = advance(balance, to=usage.at, policy=policy).balance
        balance = track(balance, usage.amount, policy=policy, overage_behavior=behavior).balance
        for item_id in [item_id for item_id in topups if any(part.id == item_id for part in balance.breakdown)]:
            due = topup_due(balance, topups[item_id], item_id=item_id, at=usage.at)
            if due:
                balance = top_up(balance, item_id, due.quantity)
                topups[item_id] = evolve(topups[item_id], purchase_limit=due.purchase_limit)
                bought.append(ToppedUp(at=usage.at, item_id=item_id, quantity=due.quantity))
    timeline = simulate(
        sale.balance, history, until=until, policy=policy, overage_behavior=behavior, topups=sale.topups
    )
    assert [step.cause for step in topped_up_in(timeline.steps)] == bought
    assert timeline.balance == advance(balance, to=until, policy=policy).balance
    held = {part.id for part in timeline.balance.breakdown}
    assert timeline.topups == {item_id: topup for item_id, topup in topups.items() if item_id in held}


@few
@given(history=histories(start=START, until=START, amount=st.just(Decimal(-1)), max_size=3))
def test_a_history_may_be_drawn_of_one_moment_and_of_any_amounts(history: list[Usage]) -> None:
    assert history == [Usage(at=START, amount=-1)] * len(history)
