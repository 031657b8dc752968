"""Law: a forecast that skips turns of a steady use finds the moment that taking every turn finds.

The plain way is `simulate`, which takes every reset and every use.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from unittest.mock import patch
from zoneinfo import ZoneInfo

from attrs import evolve
from helpers import combined, limited, numbered
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_time import items, rollover_rules

from balances import (
    Balance,
    BillingControls,
    Breakdown,
    Interval,
    OverageAtReset,
    Policy,
    Reset,
    Rollover,
    RolloverRule,
    Usage,
    UsageLimit,
    runs_out_at,
    simulate,
)
from balances.testing import item, rollover
from balances.timeline.repeating import State, Turns

START: Final = datetime(2026, 1, 31, 23, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)

moments: Final = st.integers(1, 900).map(lambda minutes: START + minutes * MINUTE)
periods: Final = st.sampled_from(
    [
        (Interval.MINUTE, 1),
        (Interval.MINUTE, 7),
        (Interval.MINUTE, 10),
        (Interval.HOUR, 1),
        (Interval.HOUR, 5),
        (Interval.MONTH, 1),
    ]
)


def reset(period: tuple[Interval, int], at: datetime) -> Reset:
    return Reset(interval=period[0], interval_count=period[1], resets_at=at)


def part(included: int, reset: Reset | None, expires_at: datetime | None) -> Breakdown:
    return item(included, reset=reset, expires_at=expires_at)


def row(left: int, expires_at: datetime | None) -> Rollover:
    return rollover(left, expires_at=expires_at)


def whole(parts: list[Breakdown], carried: list[Rollover]) -> Balance:
    return combined(*numbered(parts), carried=carried)


resets: Final = st.one_of(
    st.none(),
    *[st.builds(reset, periods, moments)] * 4,
    st.builds(reset, st.just((Interval.ONE_OFF, 1)), moments),
)
expiries: Final = st.none() | moments
parts: Final = items(resets) | st.builds(part, st.integers(1, 60), resets, expiries)
carried: Final = st.lists(st.builds(row, st.integers(0, 90), expiries))
balances: Final = st.builds(whole, st.lists(parts, min_size=1, max_size=3), carried)
rules: Final = st.one_of(
    st.none(),
    rollover_rules,
    st.sampled_from([RolloverRule(max=20, resets=2), RolloverRule(max=20), RolloverRule(max=9, days=1)]),
)
policies: Final = st.builds(
    Policy,
    rules=rules,
    anchor=st.sampled_from([None, None, START, START + 3 * MINUTE]),
    zone=st.sampled_from([None, None, UTC, ZoneInfo("Europe/Berlin")]),
    overage_at_reset=st.sampled_from(OverageAtReset),
)
limits: Final = st.builds(
    UsageLimit,
    feature_id=st.just("messages"),
    enabled=st.sampled_from([True]),
    limit=st.integers(50, 900),
    interval=st.sampled_from(["hour", "day", "year"]),
    usage=st.integers(0, 50),
)


def limiting(limit: UsageLimit) -> BillingControls:
    return BillingControls(usage_limits=[limit])


controls: Final = st.none() | limits.map(limiting)


@given(
    balance=balances,
    policy=policies,
    controls=controls,
    amount=st.integers(1, 9) | st.just(Decimal("0.3")),
    every=st.integers(1, 25).map(lambda minutes: minutes * MINUTE),
    uses=st.integers(50, 250),
)
def test_a_forecast_finds_what_simulating_every_use_finds(
    *, balance: Balance, policy: Policy, controls: BillingControls | None, amount: Any, every: timedelta, uses: int
) -> None:
    until = START + uses * every
    usages = [Usage(at=START + number * every, amount=amount) for number in range(uses)]
    timeline = simulate(balance, usages, until=until, policy=policy, controls=controls)
    refused = (step.at for step in timeline.steps if isinstance(step.cause, Usage) and step.untracked)
    found = runs_out_at(balance, amount=amount, every=every, start=START, until=until, policy=policy, controls=controls)
    assert found == next(refused, None)


def skipped_in(balance: Balance, every: timedelta, until: datetime, **given: Any) -> list[timedelta]:
    """Return the times that a forecast skips."""
    skipped: list[timedelta] = []
    skip = Turns.skipped

    def noting(turns: Turns, state: State, before: datetime) -> State:
        after = skip(turns, state, before)
        skipped.append(after.at - state.at)
        return after

    with patch.object(Turns, "skipped", noting):
        assert runs_out_at(balance, amount=1, every=every, start=START, until=until, **given) is None
    return [each for each in skipped if each]


def every_minutes(count: int, included: int = 60, **given: Any) -> Any:
    reset = Reset(interval="minute", interval_count=count, resets_at=START)
    return item(included, id=f"{count}", reset=reset, **given)


def test_turns_are_skipped_up_to_the_first_date_that_has_not_moved() -> None:
    a_day = timedelta(days=1)
    often, until = every_minutes(7), START + 10 * a_day
    assert skipped_in(combined(often), 2 * MINUTE, until)[0] > 9.9 * a_day
    trial = item(5, 5, id="trial", expires_at=START + 4 * a_day)
    first, second = skipped_in(combined(often, trial), 2 * MINUTE, until)
    assert 3.9 * a_day < first < 4 * a_day
    assert 5.9 * a_day < second < 6 * a_day
    fixed = rollover(0, 5, expires_at=START + 4 * a_day)
    assert 3.9 * a_day < skipped_in(combined(often, carried=[fixed]), 2 * MINUTE, until)[0] < 4 * a_day


def test_rollovers_that_move_on_are_moved() -> None:
    policy = Policy(rules=RolloverRule(max=50, resets=3), anchor=START + 3 * MINUTE)
    assert skipped_in(combined(every_minutes(10)), 3 * MINUTE, START + timedelta(days=1), policy=policy)


def test_turns_of_unequal_length_are_taken_one_by_one() -> None:
    often, until = combined(every_minutes(10)), START + timedelta(days=1)
    for policy in (
        Policy(zone=ZoneInfo("Europe/Berlin")),
        Policy(rules=RolloverRule(max=5, months=1)),
        Policy(rules={"10": RolloverRule(max=5, months=1), "gone": None}),
    ):
        assert skipped_in(often, 2 * MINUTE, until, policy=policy) == []


def state_at(minute: int, *items: Breakdown, carried: Sequence[Rollover] = (), usage: int | None = None) -> State:
    controls = None if usage is None else BillingControls(usage_limits=[limited(100, interval="day", usage=usage)])
    return State(combined(*items, carried=carried), controls, START + minute * MINUTE)


def resetting_at(minute: int, count: int = 10) -> Breakdown:
    return item(60, id="a", reset=Reset(interval="minute", interval_count=count, resets_at=START + minute * MINUTE))


def skipped_after(noted: State, state: State) -> timedelta:
    turns, until = Turns(Policy()), START + timedelta(days=1)
    assert turns.skipped(noted, until) is noted
    return turns.skipped(state, until).at - state.at


def test_only_a_state_that_has_been_there_before_begins_a_turn() -> None:
    noted, state = state_at(0, resetting_at(10)), state_at(10, resetting_at(20))
    assert skipped_after(noted, state) == timedelta(days=1) - 20 * MINUTE
    for other in (
        state_at(10, resetting_at(21)),
        state_at(11, resetting_at(20)),
        state_at(10, evolve(resetting_at(20), usage=1)),
        state_at(10, evolve(resetting_at(20), remaining=1)),
        state_at(10, evolve(resetting_at(20), expires_at=START + timedelta(hours=3))),
        state_at(10, resetting_at(20), item(0)),
        state_at(10, resetting_at(20), carried=[rollover(0)]),
        state_at(10, resetting_at(20), usage=5),
    ):
        assert skipped_after(noted, other) == timedelta(0)
    assert skipped_after(state_at(0, resetting_at(10), item(0)), state) == timedelta(0)
    assert skipped_after(state_at(0, resetting_at(10), carried=[rollover(0)]), state) == timedelta(0)
    for total in ("remaining", "usage"):
        for by in (-1, 1):
            balance = evolve(state.balance, **{total: getattr(state.balance, total) + by})
            assert skipped_after(noted, state._replace(balance=balance)) == timedelta(0)


def test_each_part_is_compared_where_the_totals_count_none_of_it() -> None:
    def holding(minute: int, remaining: float, usage: float, granted: float, used: float) -> State:
        part = evolve(resetting_at(minute + 10), remaining=remaining, usage=usage)
        return state_at(minute, item(0, unlimited=True), part, carried=[rollover(granted, used)])

    usual = 0.5, 0.5, 2.5, 1.5
    assert skipped_after(holding(0, *usual), holding(10, *usual))
    for other in (1.5, 0.5, 2.5, 1.5), (0.5, 1.5, 2.5, 1.5), (0.5, 0.5, 2.5, 0.5), (0.5, 0.5, 3.5, 2.5):
        assert not skipped_after(holding(0, *usual), holding(10, *other))
        assert not skipped_after(holding(0, *other), holding(10, *usual))


def test_the_soonest_date_to_come_that_does_not_move_ends_the_turns_and_stays() -> None:
    def holding(minute: int, row: int, part: int, once: int) -> State:
        trial = item(5, expires_at=START + part * MINUTE)
        one_off = item(5, reset=Reset(interval="one_off", resets_at=START + once * MINUTE))
        carried = [rollover(5, expires_at=START + row * MINUTE)]
        return state_at(minute, resetting_at(minute + 10), trial, one_off, carried=carried)

    for dates in (61, 600, 600), (600, 61, 600), (600, 600, 61), (600, 61, 9), (61, 600, 10):
        turns, until = Turns(Policy()), START + timedelta(days=1)
        turns.skipped(holding(0, *dates), until)
        after, expected = turns.skipped(holding(10, *dates), until), holding(50, *dates)
        assert after.at == expected.at
        assert after.balance.breakdown == expected.balance.breakdown
        assert after.balance.rollovers == expected.balance.rollovers


def test_controls_that_count_on_begin_no_turn() -> None:
    noted, state = state_at(0, resetting_at(10), usage=1), state_at(10, resetting_at(20), usage=1)
    assert skipped_after(noted, state)
    assert not skipped_after(noted, state._replace(controls=state_at(10, usage=2).controls))


def test_a_move_by_a_part_of_a_period_is_none_of_its_resets() -> None:
    assert not skipped_after(state_at(0, resetting_at(10)), state_at(5, resetting_at(15)))
    assert skipped_after(state_at(0, resetting_at(10, 5)), state_at(5, resetting_at(15, 5)))
    month = [evolve(item(60), reset=Reset(interval="month", resets_at=START + each * MINUTE)) for each in (10, 20)]
    assert not skipped_after(state_at(0, month[0]), state_at(10, month[1]))


def test_no_expiry_that_moves_passes_one_that_does_not() -> None:
    def holding(minute: int) -> State:
        moving = rollover(5, expires_at=START + (minute + 30) * MINUTE)
        return state_at(minute, resetting_at(minute + 10), carried=[moving, rollover(5, expires_at=at)])

    for last in range(61, 71):
        at = START + last * MINUTE
        assert skipped_after(holding(0), holding(10)) == 20 * MINUTE
    at = START + 60 * MINUTE
    assert skipped_after(holding(0), holding(10)) == 10 * MINUTE
    for last in (15, 30, 40):
        at = START + last * MINUTE
        assert skipped_after(holding(0), holding(10)) == timedelta(0)


def test_rollovers_are_told_apart_by_their_amounts_and_expiries() -> None:
    def holding(minute: int, *, left: int = 5, used: int = 0, expires_in: int | None = 30) -> State:
        expiry = None if expires_in is None else START + (minute + expires_in) * MINUTE
        return state_at(minute, resetting_at(minute + 10), carried=[rollover(left + used, used, expires_at=expiry)])

    assert skipped_after(holding(0), holding(10))
    assert skipped_after(holding(0, expires_in=None), holding(10, expires_in=None))
    later = [holding(10, expires_in=expires_in) for expires_in in (29, 31, None)]
    for other in (holding(10, left=4), holding(10, used=1), *later):
        assert not skipped_after(holding(0), other)
    assert not skipped_after(holding(0, expires_in=None), holding(10))


def test_the_end_of_the_calendar_is_not_passed() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    often = item(60, id="a", reset=Reset(interval="day", resets_at=last - timedelta(days=50)))
    policy, day = Policy(rules=RolloverRule(max=90, days=20)), timedelta(days=1)
    given: dict[str, Any] = {"amount": 1, "every": day, "start": last - 50 * day, "policy": policy}
    assert runs_out_at(combined(often), until=last - 25 * day, **given) is None
