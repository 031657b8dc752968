"""The operations that are measured as a user sees them, each beside the official SDK's reading of the same document.

`ratios.py` holds their ratios, and `bench_operations.py` prints them.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from attrs import evolve
from autumn_sdk.models import Balance as SdkBalance
from bench_wire import DOCUMENTS
from measuring import Comparison, all_of, compare

from balances import (
    Balance,
    BillingControls,
    Policy,
    RolloverRule,
    SpendLimit,
    Usage,
    UsageLimit,
    advance,
    check,
    combine,
    confirm,
    hold,
    simulate,
    track,
    undo,
    wire,
)
from balances.testing import monthly

COUNT: Final = 200
FIVE, MANY = 5, 4300
"""One draw, and more than the rollovers and the items have left: five draws, the last of them into overage."""
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
FIRST: Final = datetime(2026, 2, 1, tzinfo=UTC)
NEXT_DAY: Final = FIRST + timedelta(days=1)
CONTROLS: Final = BillingControls(
    usage_limits=[UsageLimit(feature_id="messages", limit=10**9, usage=5, interval="month")],
    spend_limits=[SpendLimit(feature_id="messages", enabled=True, overage_limit=1000)],
)
CARRIED: Final = Policy(rules=RolloverRule(max=500, months=1))
ACCESS: Final = Path(__file__).parents[1] / "vectors" / "access.jsonl"

Action = Callable[[Any], object]


class Operation(NamedTuple):
    """What is done to each of some values, and what the peer does to each of its own."""

    name: str
    action: Action
    arguments: list[Any]
    peer: str
    peers_action: Action
    peers_arguments: list[Any]


def compared(operation: Operation) -> Comparison:
    """Measure an operation beside its peer."""
    ours = all_of(operation.action, operation.arguments)
    return compare(ours, all_of(operation.peers_action, operation.peers_arguments), calls=COUNT)


def structure(document: dict[str, Any]) -> Balance:
    """Read as a caller would."""
    return wire.snake.structure(document, Balance)


def from_text(text: str) -> Balance:
    """Read JSON text, with the fractions as decimals."""
    return structure(json.loads(text, parse_float=Decimal))


def sized(document: dict[str, Any], items: int, rollovers: int) -> dict[str, Any]:
    """Return a document of more parts, or of fewer."""
    parts = [
        {**part, "id": f"{part['id']}_{place}"} for place, part in enumerate((document["breakdown"] * items)[:items])
    ]
    return {**document, "breakdown": parts, "rollovers": (document["rollovers"] * rollovers)[:rollovers]}


def real_documents() -> list[dict[str, Any]]:
    """Return balances as the sender has them: three items and several rollovers, amounts with fractions."""
    lines = [json.loads(line)["balance"] for line in ACCESS.read_text().splitlines()]
    found = [each for each in lines if len(each["breakdown"]) == 3 and len(each.get("rollovers", ())) >= 4]
    return [{**each} for each in (found * COUNT)[:COUNT]]


def operations() -> Iterator[Operation]:
    """Yield every operation."""
    yield from reading()
    three = DOCUMENTS[:COUNT]
    beside = partial(Operation, peer="`model_validate`", peers_action=SdkBalance.model_validate, peers_arguments=three)
    models = [SdkBalance.model_validate(document) for document in three]
    balances = [structure(document) for document in three]
    yield Operation("write", wire.snake.unstructure, balances, "`model_dump`", dumped, models)
    for name, action, arguments in (*using(balances), *living(balances)):
        yield beside(name, action, arguments)
    yield simulating(balances[0])


def dumped(model: SdkBalance) -> object:
    """Write as a caller of the SDK would."""
    return model.model_dump(by_alias=True)


def reading() -> Iterator[Operation]:
    """Yield the readings of documents of every size."""
    for name, documents in (
        ("read, 1 item", [sized(each, 1, 0) for each in DOCUMENTS[:COUNT]]),
        ("read, 3 items and 2 rollovers", DOCUMENTS[:COUNT]),
        ("read, 20 items", [sized(each, 20, 2) for each in DOCUMENTS[:COUNT]]),
        ("read, real documents", real_documents()),
    ):
        yield Operation(name, structure, documents, "`model_validate`", SdkBalance.model_validate, documents)
        if name == "read, real documents":
            texts = [json.dumps(each) for each in documents]
            validated = SdkBalance.model_validate_json
            yield Operation(f"{name}, from text", from_text, texts, "`model_validate_json`", validated, texts)


def using(balances: list[Balance]) -> Iterator[tuple[str, Action, list[Any]]]:
    """Yield what one use does to a balance."""
    yield "track, 1 line", lambda balance: track(balance, FIVE), balances
    yield "track, 5 lines", lambda balance: track(balance, MANY), balances
    yield "track, 1 line, with controls", lambda balance: track(balance, FIVE, controls=CONTROLS), balances
    for amount, lines in ((FIVE, "1 line"), (MANY, "5 lines")):
        tracked = [track(balance, amount) for balance in balances]
        yield f"undo, {lines}", lambda tracked: undo(tracked.balance, tracked.deductions), tracked
    yield "hold", lambda balance: hold(balance, FIVE, id="call_1"), balances
    yield "hold and confirm", held_and_confirmed, balances
    yield "check", lambda balance: check(balance, FIVE), balances
    yield "combine", lambda it: combine(it.breakdown, it.rollovers, feature_id="messages"), balances


def held_and_confirmed(balance: Balance) -> object:
    """Hold five, and confirm two."""
    held = hold(balance, FIVE, id="call_1")
    return confirm(held.balance, held.hold, used=2)


def living(balances: list[Balance]) -> Iterator[tuple[str, Action, list[Any]]]:
    """Yield what time does to a balance."""
    yield "advance, nothing due", lambda balance: advance(balance, to=START), balances
    starting_over = [resetting(balance) for balance in balances]
    yield "advance, 3 resets", lambda balance: advance(balance, to=NEXT_DAY), starting_over
    yield "advance, 3 resets, a rule", lambda it: advance(it, to=NEXT_DAY, policy=CARRIED), starting_over


def resetting(balance: Balance) -> Balance:
    """Return a balance whose items all reset at one moment."""
    items = [
        evolve(item, id=f"item_{place}", expires_at=None, reset=monthly(resets_at=FIRST))
        for place, item in enumerate(balance.breakdown)
    ]
    return combine(items, (), feature_id="messages")


def simulating(balance: Balance) -> Operation:
    """Return a usage that is simulated, beside one that is tracked."""
    amounts = [number % 7 + 1 for number in range(COUNT)]
    usages = [Usage(at=START + number * timedelta(hours=1), amount=amount) for number, amount in enumerate(amounts)]

    def tracked(_: object) -> object:
        now = balance
        for amount in amounts:
            now = track(now, amount).balance
        return now

    def simulated(_: object) -> object:
        return simulate(balance, usages, until=usages[-1].at)

    return Operation("a simulated usage", simulated, [None], "`track`", tracked, [None])
