"""How the time of large documents and long stretches grows: twice as much, and the exponent of the curve."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import log

from growing import CONSTANT, LINEAR
from measuring import seconds

ROUNDS = 5
PARTS = (250, 500, 1_000, 2_000)
MINUTES = (1_440, 14_400, 144_000)


def least_time_of(action: Callable[[], object]) -> float:
    return min(seconds(action) for _ in range(ROUNDS))


def curve(made: Callable[[int], Callable[[], object]], numbers: Sequence[int]) -> None:
    """Print the time of each number, and the steepest exponent between two of them in a row."""
    times = [least_time_of(made(number)) for number in numbers]
    told = ", ".join(f"{number:,}: {taken * 1e3:.1f} ms" for number, taken in zip(numbers, times, strict=True))
    points = list(zip(numbers, times, strict=True))
    whole = log(times[-1] / times[0]) / log(numbers[-1] / numbers[0])
    steepest = max(log(late / soon) / log(more / less) for (less, soon), (more, late) in pairwise(points))
    print(f"| {made.__name__.replace('_', ' ')} | {told} | {whole:.2f} | {steepest:.2f} |")


def bench_growth_with_the_number_of_parts() -> None:
    for made in LINEAR:
        curve(made, PARTS)


def bench_growth_with_the_stretch_of_time() -> None:
    for made in CONSTANT:
        curve(made, MINUTES)
