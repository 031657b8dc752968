"""How the work of living a balance forward grows: calls of functions are counted, so no clock is asked."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from attrs import evolve
from growing import (
    CONSTANT,
    LINEAR,
    MINUTELY,
    START,
    a_cap_that_is_reached,
    calls_of,
    combined,
    reading_a_long_document,
    refusing_a_long_document,
    refusing_each_item,
)

from balances import Breakdown, OverageAtReset, Policy, RolloverRule, advance, simulate
from balances.testing import item


@pytest.mark.parametrize("made", LINEAR)
def test_twice_as_many_things_are_twice_the_work(made: Callable[[int], Callable[[], object]]) -> None:
    once, twice = calls_of(made(100)), calls_of(made(200))
    assert twice <= 2.3 * once


@pytest.mark.parametrize("made", CONSTANT)
def test_repeated_resets_are_the_same_work_over_any_stretch(made: Callable[[int], Callable[[], object]]) -> None:
    assert calls_of(made(1_000)) == calls_of(made(1_000_000))


def test_resets_under_a_cap_that_is_reached_are_the_same_work_until_a_rollover_would_expire() -> None:
    soon, late = (calls_of(a_cap_that_is_reached(number)) for number in (1_000, 40_000))
    assert late <= soon


def test_a_long_list_with_one_problem_is_no_more_work_than_reading_it_a_few_times() -> None:
    reading, refusing = calls_of(reading_a_long_document(300)), calls_of(refusing_a_long_document(300))
    assert refusing <= 5 * reading
    assert 5 * refusing <= 2 * calls_of(refusing_each_item(300))


@pytest.mark.parametrize("way", OverageAtReset)
@pytest.mark.parametrize("rule", [None, RolloverRule(max=0)])
def test_alike_resets_are_the_same_work_however_many_they_are(rule: RolloverRule | None, way: OverageAtReset) -> None:
    parts = item(10, id="a"), item(20, 50, id="b"), item(0, id="c"), item(0.5, prepaid_grant=0.25, id="d")
    start = combined(*(evolve(part, reset=MINUTELY) for part in parts))
    policy = Policy(rules={"a": rule}, overage_at_reset=way)
    soon, late = START + timedelta(days=10), START + timedelta(days=10_000)
    assert calls_of(lambda: advance(start, to=soon, policy=policy)) == calls_of(
        lambda: advance(start, to=late, policy=policy)
    )
    assert calls_of(lambda: simulate(start, [], until=soon, policy=policy)) == calls_of(
        lambda: simulate(start, [], until=late, policy=policy)
    )


def test_resets_that_forgive_the_same_each_time_are_counted_at_once_where_no_step_keeps_them() -> None:
    taking = Breakdown(id="taking", included_grant=-5, remaining=0, usage=0, reset=MINUTELY)
    start, days = combined(taking), [START + timedelta(days=number) for number in (1, 2)]
    assert [len(advance(start, to=day).events) for day in days] == [1, 1]
    assert len({calls_of(partial(advance, start, to=day)) for day in days}) == 1
