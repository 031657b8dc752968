"""Bytes, as choices."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Bytes, as choices: once they are used up, every choice is the first."""

    def __init__(self, raw: bytes) -> None:
        """Begin with all of them."""
        self.left = raw

    def take(self, size: int) -> bytes:
        """Use up some bytes."""
        taken, self.left = self.left[:size], self.left[size:]
        return taken.ljust(size, b"\0")

    def below(self, most: int) -> int:
        """Choose a number."""
        return int.from_bytes(self.take(2), "little") % most

    def one(self, choices: Sequence[T]) -> T:
        """Choose one of several."""
        return choices[self.below(len(choices))]
