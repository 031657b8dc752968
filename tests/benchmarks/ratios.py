"""A gate to run by hand: the ratios of all operations beside those of the last release.

`python tests/benchmarks/ratios.py` fails where one is a quarter greater than the stored one; an operation that seems to
be is measured again. With `--write`, it stores the ratios of this machine and this Python instead.
"""

import json
import sys
from pathlib import Path

sys.path.extend(map(str, Path(__file__).parents[:2]))

from operations import Operation, compared, operations

STORED = Path(__file__).with_name("ratios.json")
MOST = 1.25
ATTEMPTS = 3


def ratio_of(operation: Operation, *, aim: float = 0) -> float:
    """Return the least ratio of a few attempts. An attempt that reaches the aim is the last."""
    least = float("inf")
    for _ in range(ATTEMPTS):
        least = min(least, compared(operation).ratio)
        if least <= aim:
            break
    return round(least, 3)


def main(arguments: list[str]) -> int:
    """Compare with the stored ratios, or store those of now."""
    if arguments == ["--write"]:
        ratios = {operation.name: ratio_of(operation) for operation in operations()}
        STORED.write_text(json.dumps(ratios, indent=4) + "\n")
        return 0
    stored: dict[str, float] = json.loads(STORED.read_text())
    is_slower = False
    for operation in operations():
        before = stored[operation.name]
        now = ratio_of(operation, aim=before)
        is_slower |= now > MOST * before
        print(f"{operation.name:34} {before:6.3f} -> {now:6.3f}{'  SLOWER' if now > MOST * before else ''}")
    return int(is_slower)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
