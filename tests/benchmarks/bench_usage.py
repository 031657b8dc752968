"""Using a balance of three items and two rollovers, beside the SDK's validation; and using one again and again."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from autumn_sdk.models import Balance as SdkBalance
from bench_wire import COUNT, DOCUMENTS, PEER, all_of, structure
from measuring import compare, report, seconds

from balances import Balance, OverageBehavior, Tracked, check, combine, confirm, hold, track, undo
from balances.testing import item, usage_based

ONE_DRAW: Final = 5
SEVERAL_DRAWS: Final = 4300
"""More than the rollovers and the items have left: both rollovers are emptied, two items, and one goes into overage."""
USAGES: Final = 100_000
TENTHS: Final = 10
BALANCES: Final = [structure(document) for document in DOCUMENTS]


def beside_reading(what: str, action: Callable[[Any], object], arguments: list[Any]) -> None:
    """Report what an action costs, beside reading the balance it is done to."""
    peers = all_of(SdkBalance.model_validate, DOCUMENTS)
    report(what, compare(all_of(action, arguments), peers, calls=COUNT), peer=f"{PEER} `model_validate`")


def draws(amount: int) -> int:
    return len(track(BALANCES[0], amount).deductions)


def bench_checking() -> None:
    beside_reading("`check`", partial(check, required=ONE_DRAW), BALANCES)


def bench_tracking() -> None:
    for amount in (ONE_DRAW, SEVERAL_DRAWS):
        beside_reading(f"`track`, draws: {draws(amount)}", partial(track, amount=amount), BALANCES)


def bench_undoing() -> None:
    def undone(tracked: Tracked) -> object:
        return undo(tracked.balance, tracked.deductions)

    for amount in (ONE_DRAW, SEVERAL_DRAWS):
        receipts = [track(balance, amount) for balance in BALANCES]
        beside_reading(f"`undo`, draws: {draws(amount)}", undone, receipts)


def bench_holding() -> None:
    def held_and_confirmed(balance: Balance) -> object:
        held = hold(balance, ONE_DRAW, id="call_1")
        return confirm(held.balance, held.hold, used=2)

    beside_reading("`hold` and `confirm`", held_and_confirmed, BALANCES)


def bench_a_stream_of_usages() -> None:
    streamed = BALANCES[0]

    def stream() -> None:
        nonlocal streamed
        for _ in range(USAGES // TENTHS):
            streamed = track(streamed, 0.07, overage_behavior=OverageBehavior.OVERFLOW).balance

    for tenth in range(1, TENTHS + 1):
        cost = seconds(stream) / (USAGES // TENTHS)
        print(f"| tenth {tenth} of {USAGES:,} usages | {cost * 1e6:.1f} µs a usage |")
    assert streamed.usage == BALANCES[0].usage + USAGES * 7 // 100


def bench_the_number_of_items() -> None:
    for count in (1, 10, 100, 1_000):
        items = [item(100, 28, id=str(number), price=usage_based()) for number in range(count)]
        whole = combine(items, feature_id="messages")
        for name, action in (
            ("`check`", partial(check, whole, ONE_DRAW)),
            ("`track`", partial(track, whole, ONE_DRAW)),
            ("`track` all there is", partial(track, whole, whole.remaining)),
        ):
            best = min(seconds(action) for _ in range(15))
            print(f"| {name}, items: {count:,} | {best * 1e6:.1f} µs | {best / count * 1e6:.2f} µs an item |")
