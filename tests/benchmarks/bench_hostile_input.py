"""What hostile input costs: for each reader the worst time per byte of a spoiled document, for each verb per item."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import process_time
from typing import Any

from payloads import full, places, replaced
from wire_classes import CLASSES

from balances import (
    Balance,
    Policy,
    Reset,
    RolloverRule,
    WireError,
    advance,
    audit,
    check,
    combine,
    deduction_order,
    picture,
    settle,
    track,
    undo,
    wire,
)
from balances.testing import item

HOSTILE: dict[str, Any] = {
    "nothing": None,
    "not a number": float("nan"),
    "4,000 digits": 10**3999,
    "1,000 characters": "x" * 1000,
    "1,000 control characters": "\x1b\u202e" * 500,
    "1,000 keys": {f"key {number}": number for number in range(1000)},
    "1,000 lists in lists": json.loads("[" * 900 + "]" * 900),
    "1,000 objects": [{}] * 1000,
}
ITEMS, LEAST = 10_000, 1000
JANUARY, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def bench_readers() -> None:
    print("\n| read as | spoiled by | at | size | time | time per byte | longest message |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |")
    for cls in CLASSES:
        cost, row = max(_spoiled(cls))
        print(f"{row} {cost * 1e9:,.0f} ns | {_longest(cls):,} |")


def _spoiled(cls: type) -> list[tuple[float, str]]:
    wire.snake.structure(full(cls), cls)
    rows: list[tuple[float, str]] = []
    for place in places(full(cls)):
        for name, value in HOSTILE.items():
            document = replaced(full(cls), place, value) if place else value
            size = len(str(json.dumps(document)))
            if size < LEAST:
                continue  # What a call costs by itself is not a cost of its input.
            spent = _seconds(_reading(document, cls))
            path = ".".join(map(str, place)) or "$"
            rows.append((spent / size, f"| {cls.__name__} | {name} | {path} | {size:,} | {spent * 1e6:,.0f} µs |"))
    return rows


def _longest(cls: type) -> int:
    found: list[int] = [0]
    for place in places(full(cls)):
        for value in HOSTILE.values():
            try:
                wire.snake.structure(replaced(full(cls), place, value) if place else value, cls)
            except WireError as error:
                found.append(len(str(error)))
    return max(found)


def _reading(document: Any, cls: type) -> Callable[[], object]:
    def read() -> None:
        with suppress(WireError):
            wire.snake.structure(document, cls)

    return read


def _seconds(action: Callable[[], object]) -> float:
    start = process_time()
    action()
    return process_time() - start


def bench_verbs() -> None:
    print(f"\n| verb, over {ITEMS:,} items | time | per item |")
    print("| --- | ---: | ---: |")
    for name, action in _verbs(_many()).items():
        spent = min(_seconds(action) for _ in range(3))
        print(f"| `{name}` | {spent * 1e3:,.1f} ms | {spent / ITEMS * 1e6:,.1f} µs |")


def _many() -> Balance:
    reset = Reset(interval="month", resets_at=LATER)
    return combine([item(10, 5, id=f"{number}", reset=reset) for number in range(ITEMS)], feature_id="messages")


def _verbs(balance: Balance) -> dict[str, Callable[[], object]]:
    payload, tracked = wire.snake.unstructure(balance), track(balance, ITEMS)
    return {
        "structure": lambda: wire.snake.structure(payload, Balance),
        "unstructure": lambda: wire.snake.unstructure(balance),
        "combine": lambda: combine(balance.breakdown, feature_id="messages"),
        "check": lambda: check(balance, ITEMS),
        "track": lambda: track(balance, 5 * ITEMS),
        "undo": lambda: undo(tracked.balance, tracked.deductions),
        "settle": lambda: settle(balance),
        "audit": lambda: audit(balance, at=LATER),
        "deduction_order": lambda: deduction_order(balance),
        "advance": lambda: advance(balance, to=LATER, policy=Policy(rules=RolloverRule(max=50))),
        "repr": lambda: repr(balance),
        "picture": lambda: picture(balance),
    }
