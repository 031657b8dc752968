"""The boundaries at which an item starts over, again and again.

Here lives the step from one boundary to the next, and to the n-th after it. Given an anchor, boundaries are counted
from there. Without one, each is counted from the one before it, so the 31st becomes the 28th after a short month, and
stays it. From a day that every month has, both ways give the same boundaries.
"""

from datetime import datetime
from typing import Final

from balances.base.instants import MICROSECOND
from balances.periods.cycles import Interval, add_microseconds, add_months, cycle_at, microseconds_of, months_of

__all__: list[str] = []

IN_EVERY_MONTH: Final = 28


class Grid:
    """The boundaries of one interval."""

    __slots__ = ("_anchor", "_count", "_interval", "_microseconds", "_months")

    def __init__(self, interval: Interval | str, count: int, anchor: datetime | None) -> None:
        """Note the interval and the anchor."""
        self._interval, self._count, self._anchor = interval, count, anchor
        self._microseconds = microseconds_of(interval, count)
        self._months = months_of(interval, count) if self._microseconds is None else 0

    @property
    def is_even(self) -> bool:
        """Return whether all boundaries lie equally far apart."""
        return self._microseconds is not None

    def after(self, moment: datetime) -> datetime:
        """Return the boundary that follows a moment. Without an anchor, the moment must be a boundary."""
        if self._anchor is not None:
            return cycle_at(moment, anchor=self._anchor, interval=self._interval, count=self._count).end
        return self.nth(moment, 1)

    def through(self, first: datetime, last: datetime) -> int:
        """Count the boundaries from the first one up to and including a later moment.

        Without an anchor, a first boundary after the 28th does not determine the later ones: the count is then 1.
        """
        if self._microseconds is not None:
            return (last - first) // MICROSECOND // self._microseconds + 1
        if self._anchor is None and first.day > IN_EVERY_MONTH:
            return 1
        cycle = cycle_at(last, anchor=self._anchor or first, interval=self._interval, count=self._count)
        return _months_between(first, cycle.start) // self._months + 1

    def nth(self, boundary: datetime, number: int) -> datetime:
        """Return the n-th boundary after one. Without an anchor, that one must be on a day that every month has."""
        if self._microseconds is not None:
            return add_microseconds(boundary, number * self._microseconds)
        if self._anchor is None:
            return add_months(boundary, number * self._months)
        return add_months(self._anchor, _months_between(self._anchor, boundary) + number * self._months)


def _months_between(moment: datetime, other: datetime) -> int:
    return 12 * (other.year - moment.year) + other.month - moment.month
