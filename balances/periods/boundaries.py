"""The boundaries at which something starts over, again and again.

Given an anchor, they are counted from there. Without one, each is counted from the one before: so a month too short for
the 31st leaves the 28th. From a day that every month has, that is as good as an anchor.
"""

from datetime import datetime
from typing import Final

from balances.base.instants import MICROSECOND
from balances.base.words import UnknownWord
from balances.periods.cycles import Interval, add_microseconds, add_months, cycle_at, microseconds_of, months_of

__all__: list[str] = []

IN_EVERY_MONTH: Final = 28


class Grid:
    """The boundaries of one interval."""

    __slots__ = ("_anchor", "_count", "_interval", "_microseconds", "_months")

    def __init__(self, interval: Interval | UnknownWord, count: int, anchor: datetime | None) -> None:
        """Keep what they are counted by."""
        self._interval, self._count, self._anchor = interval, count, anchor
        self._microseconds = microseconds_of(interval, count)
        self._months = months_of(interval, count) if self._microseconds is None else 0

    @property
    def is_even(self) -> bool:
        """Return whether all boundaries are equally far from each other."""
        return self._microseconds is not None

    def after(self, moment: datetime) -> datetime:
        """Return the first boundary after a moment that is itself one, or is taken for one."""
        if self._anchor is not None:
            return cycle_at(moment, anchor=self._anchor, interval=self._interval, count=self._count).end
        return self.nth(moment, 1)

    def through(self, first: datetime, last: datetime) -> int:
        """Count the boundaries from one through a later moment; only the one, where it does not tell the others."""
        if self._microseconds is not None:
            return (last - first) // MICROSECOND // self._microseconds + 1
        if self._anchor is None and first.day > IN_EVERY_MONTH:
            return 1
        cycle = cycle_at(last, anchor=self._anchor or first, interval=self._interval, count=self._count)
        return _months_between(first, cycle.start) // self._months + 1

    def nth(self, boundary: datetime, number: int) -> datetime:
        """Return the boundary so many after this one; without an anchor, from a day that every month has."""
        if self._microseconds is not None:
            return add_microseconds(boundary, number * self._microseconds)
        if self._anchor is None:
            return add_months(boundary, number * self._months)
        return add_months(self._anchor, _months_between(self._anchor, boundary) + number * self._months)


def _months_between(moment: datetime, other: datetime) -> int:
    return 12 * (other.year - moment.year) + other.month - moment.month
