"""Try the package against the second implementation, on all cores, for as many operations as are asked for.

`python tests/reference/proof.py --operations 2000000` prints the operations by kind and every disagreement. The name of
a history repeats it: `python tests/reference/proof.py --history 7:123`.
"""

import argparse
import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice

from histories import Disagreement, History

LENGTH = 40
BATCH = 25
ROUND = 40


def live(names: list[str]) -> tuple[Counter[str], list[str]]:
    """Live some histories; return the operations that agreed, by kind, and what is told of the others."""
    counts: Counter[str] = Counter()
    told: list[str] = []
    for name in names:
        history = History(name)
        try:
            history.live(LENGTH)
        except Disagreement as disagreement:
            told.append(str(disagreement))
        counts += history.counts
    return counts, told


def batches(seed: str) -> Iterator[list[str]]:
    """Name histories without end."""
    numbers = count()
    while True:
        yield [f"{seed}:{next(numbers)}" for _ in range(BATCH)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", default=secrets.token_hex(4))
    parser.add_argument("--history", help="live this one again")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    if asked.history:
        return finish(*live([asked.history]))
    print("seed", asked.seed, flush=True)
    counts: Counter[str] = Counter()
    told: list[str] = []
    with ProcessPoolExecutor(asked.processes) as pool:
        names = batches(asked.seed)
        while counts.total() < asked.operations:
            for more, disagreements in pool.map(live, islice(names, ROUND)):
                counts += more
                told += disagreements
            print(f"{counts.total():,} operations, {len(told)} disagreements", flush=True)
    return finish(counts, told)


def finish(counts: Counter[str], told: list[str]) -> int:
    print(*told, sep="\n\n")
    for name, number in counts.most_common():
        print(f"{number:>10,}  {name}")
    print(f"{counts.total():>10,}  operations, {len(told)} disagreements")
    return int(bool(told))


if __name__ == "__main__":
    sys.exit(main())
