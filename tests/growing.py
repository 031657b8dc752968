"""What grows: balances and documents of any size, and the work that is done with them.

The tests count the work in calls, and the benchmarks in seconds.
"""

import gc
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import CodeType, FrameType
from typing import Any, Final
from zoneinfo import ZoneInfo

from balances import (
    Balance,
    Policy,
    Problem,
    Reset,
    RolloverRule,
    WireError,
    advance,
    combine,
    runs_out_at,
    simulate,
    wire,
)
from balances.testing import item, monthly, rollover, usage_based

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
MINUTELY: Final = Reset(interval="minute", resets_at=START)
MINUTE: Final = timedelta(minutes=1)
LATER: Final = datetime(2027, 1, 1, tzinfo=UTC)


def calls_of(action: Callable[[], object], *events: str, counts: Callable[[CodeType], bool] = lambda _: True) -> int:
    """Count the calls of Python functions that an action makes, or its other events that a profiler is told of.

    Only those are counted that happen in code that `counts`.
    """
    count, counted = 0, events or ("call",)

    def counting(frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        count += event in counted and counts(frame.f_code)

    before, is_collecting = sys.getprofile(), gc.isenabled()
    # The collector would call whoever has asked to be told of it, and Hypothesis has.
    gc.disable()
    sys.setprofile(counting)
    try:
        action()
    finally:
        sys.setprofile(before)
        if is_collecting:
            gc.enable()
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


def a_cap_that_is_reached(number: int) -> Callable[[], object]:
    start, policy = combined(item(100, id="a", reset=MINUTELY)), Policy(rules=RolloverRule(max=250, days=30))
    return lambda: advance(start, to=START + number * MINUTE, policy=policy)


def full_pools_that_stay_full(number: int) -> Callable[[], object]:
    start, to = combined(item(100, id="a", reset=MINUTELY)), START + number * MINUTE
    rules = RolloverRule(max=250), RolloverRule(max=150, resets=3)
    policies = [Policy(rules=rule, zone=ZoneInfo("Europe/Berlin")) for rule in rules]
    return lambda: [advance(start, to=to, policy=policy) for policy in policies]


def simulating_without_a_cap(number: int) -> Callable[[], object]:
    start, policy = combined(item(100, id="a", reset=MINUTELY)), Policy(rules=RolloverRule())
    return lambda: simulate(start, [], until=START + number * MINUTE, policy=policy)


def simulating_rollovers_that_expire(number: int) -> Callable[[], object]:
    start = combined(carried=[rollover(5, expires_at=START + place * MINUTE) for place in range(number)])
    return lambda: simulate(start, [], until=LATER)


def simulating_items_that_expire(number: int) -> Callable[[], object]:
    start = in_turn(number)
    return lambda: simulate(start, [], until=LATER)


def refusing_a_long_document(number: int) -> Callable[[], object]:
    document = document_of(number)
    document["breakdown"][-1]["usage"] = "none"
    return lambda: refused(document)


def refusing_each_item(number: int) -> Callable[[], object]:
    document = document_of(number)
    for part in document["breakdown"]:
        part["usage"] = "none"
    return lambda: refused(document)


def reading_a_long_document(number: int) -> Callable[[], object]:
    document = document_of(number)
    return lambda: wire.snake.structure(document, Balance)


def document_of(number: int) -> dict[str, Any]:
    document: dict[str, Any] = wire.snake.unstructure(in_turn(number))
    return document


def refused(document: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        wire.snake.structure(document, Balance)
    except WireError as error:
        return error.problems
    raise AssertionError("expected the document to be refused")


def two_that_reset_in_turn(minutes: int) -> Callable[[], object]:
    start = combined(item(10, id="a", reset=MINUTELY), item(20, id="b", reset=MINUTELY))
    return lambda: advance(start, to=START + minutes * MINUTE)


def running_out_of_minutes(minutes: int) -> Callable[[], object]:
    start = combined(item(100, id="a", reset=MINUTELY))
    return lambda: runs_out_at(start, amount=1, every=MINUTE, start=START, until=START + minutes * MINUTE)


LINEAR: Final = (
    a_percentage_each,
    one_percentage,
    priced_items_that_expire,
    a_cap_that_is_never_reached,
    simulating_without_a_cap,
    simulating_rollovers_that_expire,
    simulating_items_that_expire,
    reading_a_long_document,
    refusing_a_long_document,
    refusing_each_item,
)
"""Twice as many of these is twice the work."""

CONSTANT: Final = (two_that_reset_in_turn, running_out_of_minutes, full_pools_that_stay_full)
"""More of these is no more work."""
