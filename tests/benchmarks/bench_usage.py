"""Using a balance of three items and two rollovers, beside the SDK's validation; and using one again and again."""

from functools import partial
from typing import Final

from bench_wire import DOCUMENTS, structure
from measuring import seconds

from balances import OverageBehavior, check, combine, track
from balances.testing import item, usage_based

ONE_DRAW: Final = 5
SEVERAL_DRAWS: Final = 4300
"""More than the rollovers and the items have left: both rollovers are emptied, two items, and one goes into overage."""
USAGES: Final = 100_000
TENTHS: Final = 10
BALANCES: Final = [structure(document) for document in DOCUMENTS]


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
