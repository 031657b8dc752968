"""How benchmarks measure: two things in turn, again and again in one run, and the least time of each.

The time is that of one core, so other programs disturb it little. Results are dropped at once, and the garbage
collector is on, as for a user.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

ROUNDS = 21


class Comparison(NamedTuple):
    """What one call of ours costs, and one of the peer's."""

    ours: float
    peers: float

    @property
    def ratio(self) -> float:
        """Return how much of the peer's time ours is."""
        return self.ours / self.peers


def seconds(action: Callable[[], object]) -> float:
    """Time one call, on one core."""
    start = time.process_time()
    action()
    return time.process_time() - start


def all_of(action: Callable[[Any], object], arguments: Iterable[Any]) -> Callable[[], None]:
    """Return a call that does an action to each, and keeps no result."""

    def done() -> None:
        for argument in arguments:
            action(argument)

    return done


def compare(ours: Callable[[], object], peers: Callable[[], object], *, calls: int = 1) -> Comparison:
    """Time both in turn; `calls` is how many operations each of them does."""
    pairs = [(seconds(ours), seconds(peers)) for _ in range(ROUNDS)]
    return Comparison(min(mine for mine, _ in pairs) / calls, min(theirs for _, theirs in pairs) / calls)


def report(what: str, comparison: Comparison, *, peer: str) -> None:
    """Print a row of the table in the docs."""
    ours, peers = comparison
    print(f"| {what} | {ours * 1e6:.1f} µs | {peer} {peers * 1e6:.1f} µs | **{comparison.ratio:.2f}** |")
