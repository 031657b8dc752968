"""The boundaries at which something starts over, again and again.

Given an anchor, they are counted from there. Without one, each is counted from the one before: so a month too short for
the 31st leaves the 28th. From a day that every month has, that is as good as an anchor.
"""

from datetime import datetime
from typing import Final

from balances.base.instants import EPOCH
from balances.periods.cycles import Interval, steps_of
from balances.periods.stepping import Steps

__all__: list[str] = []

IN_EVERY_MONTH: Final = 28


class Grid:
    """The boundaries of one interval."""

    __slots__ = ("_anchored", "_count", "_interval", "is_even")

    def __init__(self, interval: Interval | str, count: int, anchor: datetime | None) -> None:
        """Keep what they are counted by."""
        self._interval, self._count = interval, count
        self._anchored = None if anchor is None else steps_of(anchor, interval, count)
        self.is_even = (self._anchored or self._from(EPOCH)).is_even

    def after(self, moment: datetime) -> datetime:
        """Return the boundary that follows a moment. Without an anchor, the moment must be a boundary."""
        return self._from(moment).at(1) if self._anchored is None else self._anchored.around(moment)[1]

    def through(self, first: datetime, last: datetime) -> int:
        """Count the boundaries in [first, last]; `first` must be one.

        Without an anchor, a boundary after the 28th does not determine the later ones. Then the count is 1.
        """
        steps = self._from(first) if self._anchored is None else self._anchored
        if self._anchored is None and not steps.is_even and first.day > IN_EVERY_MONTH:
            return 1
        return steps.number_at(last) - steps.number_at(first) + 1

    def nth(self, boundary: datetime, number: int) -> datetime:
        """Return the boundary so many after this one. Without an anchor, it must lie on a day up to the 28th."""
        if self._anchored is None:
            return self._from(boundary).at(number)
        return self._anchored.at(self._anchored.number_at(boundary) + number)

    def _from(self, anchor: datetime) -> Steps:
        return steps_of(anchor, self._interval, self._count)
