"""How benchmarks measure: two things in turn, again and again in one run, and the median of the ratios."""

import gc
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

ROUNDS = 21


class Comparison(NamedTuple):
    """What one call of ours costs, one of the peer's, and the median ratio of the two measured side by side."""

    ours: float
    peers: float
    ratio: float


def seconds(action: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def compare(ours: Callable[[], object], peers: Callable[[], object], *, calls: int = 1) -> Comparison:
    """Time both in turn; `calls` is how many operations each of them does."""
    gc.disable()
    try:
        pairs = [(seconds(ours) / calls, seconds(peers) / calls) for _ in range(ROUNDS)]
    finally:
        gc.enable()
    return Comparison(
        statistics.median(mine for mine, _ in pairs),
        statistics.median(theirs for _, theirs in pairs),
        statistics.median(mine / theirs for mine, theirs in pairs),
    )


def report(what: str, comparison: Comparison, *, peer: str) -> None:
    """Print a row of the table in the docs."""
    ours, peers, ratio = comparison
    print(f"| {what} | {ours * 1e6:.1f} µs | {peer} {peers * 1e6:.1f} µs | **{ratio:.2f}** |")
