"""How the work of living a balance forward grows: calls of functions are counted, so no clock is asked."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import pytest

from balances import Balance, OverageAtReset, Policy, Reset, RolloverRule, advance, combine, simulate
from balances.testing import item, monthly, rollover, usage_based

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTELY = Reset(interval="minute", resets_at=START)
MINUTE, LATER = timedelta(minutes=1), datetime(2027, 1, 1, tzinfo=UTC)


def calls_of(action: Callable[[], object]) -> int:
    """Count the calls of Python functions that an action makes."""
    count = 0

    def profile(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def combined(*items: Any, carried: Any = ()) -> Balance:
    return combine(items, carried, feature_id="messages")


def in_turn(number: int) -> Balance:
    """Return items that reset and expire one after another."""
    moments = [START + place * MINUTE for place in range(number)]
    return combined(
        *(
            item(100, id=f"{place}", reset=monthly(resets_at=at), expires_at=at + MINUTE / 2)
            for place, at in enumerate(moments)
        )
    )


def a_percentage_each(number: int) -> Callable[[], object]:
    rules = {f"{place}": RolloverRule(max_percentage=50) for place in range(number)}
    start, policy = in_turn(number), Policy(rules=rules)
    return lambda: advance(start, to=LATER, policy=policy)


def one_percentage(number: int) -> Callable[[], object]:
    start, policy = in_turn(number), Policy(rules=RolloverRule(max_percentage=50))
    return lambda: advance(start, to=LATER, policy=policy)


def priced_items_that_expire(number: int) -> Callable[[], object]:
    prices = [usage_based(1, max_purchase=place) for place in range(number)]
    items = [item(10, expires_at=START + place * MINUTE, price=price) for place, price in enumerate(prices)]
    start = combined(*items)
    return lambda: advance(start, to=LATER)


def a_cap_that_is_never_reached(number: int) -> Callable[[], object]:
    start, policy = combined(item(100, id="a", reset=MINUTELY)), Policy(rules=RolloverRule(max=10**9))
    return lambda: advance(start, to=START + number * MINUTE, policy=policy)


def simulating_without_a_cap(number: int) -> Callable[[], object]:
    start, policy = combined(item(100, id="a", reset=MINUTELY)), Policy(rules=RolloverRule())
    return lambda: simulate(start, [], until=START + number * MINUTE, policy=policy)


def simulating_rollovers_that_expire(number: int) -> Callable[[], object]:
    start = combined(carried=[rollover(5, expires_at=START + place * MINUTE) for place in range(number)])
    return lambda: simulate(start, [], until=LATER)


def simulating_items_that_expire(number: int) -> Callable[[], object]:
    start = in_turn(number)
    return lambda: simulate(start, [], until=LATER)


@pytest.mark.parametrize(
    "made",
    [
        a_percentage_each,
        one_percentage,
        priced_items_that_expire,
        a_cap_that_is_never_reached,
        simulating_without_a_cap,
        simulating_rollovers_that_expire,
        simulating_items_that_expire,
    ],
)
def test_twice_as_many_things_are_twice_the_work(made: Callable[[int], Callable[[], object]]) -> None:
    once, twice = calls_of(made(100)), calls_of(made(200))
    assert twice <= 2.3 * once


@pytest.mark.parametrize("way", OverageAtReset)
@pytest.mark.parametrize("rule", [None, RolloverRule(max=0)])
def test_alike_resets_are_the_same_work_however_many_they_are(rule: RolloverRule | None, way: OverageAtReset) -> None:
    start = combined(item(10, id="a", reset=MINUTELY), item(20, id="b", reset=MINUTELY))
    policy = Policy(rules={"a": rule}, overage_at_reset=way)
    soon, late = START + timedelta(days=10), START + timedelta(days=10_000)
    assert calls_of(lambda: advance(start, to=soon, policy=policy)) == calls_of(
        lambda: advance(start, to=late, policy=policy)
    )
    assert calls_of(lambda: simulate(start, [], until=soon, policy=policy)) == calls_of(
        lambda: simulate(start, [], until=late, policy=policy)
    )
