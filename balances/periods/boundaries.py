"""The boundaries at which an item starts over, again and again.

Here lives the step from one boundary to the next, and to the n-th after it. Given an anchor, boundaries are counted
from there. Without one, each is counted from the one before it. So the 31st becomes the 28th after a short month, and
stays it, and a time that a wall clock skips once moves on for good. Where neither can happen, both ways give the same
boundaries.
"""

from datetime import datetime, timedelta, tzinfo
from typing import Final

from balances.base.instants import EPOCH
from balances.periods.cycles import Interval, steps_of
from balances.periods.month_ends import MonthEnd
from balances.periods.stepping import Steps

__all__: list[str] = []

IN_EVERY_MONTH: Final = 28
_LEAST: Final[dict[str, timedelta]] = {
    Interval.MINUTE: timedelta(minutes=1),
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: timedelta(days=1),
    Interval.WEEK: timedelta(weeks=1),
    Interval.MONTH: timedelta(days=28),
    Interval.QUARTER: timedelta(days=3 * 28),
    Interval.SEMI_ANNUAL: timedelta(days=6 * 28),
    Interval.YEAR: timedelta(days=12 * 28),
}
_MARGIN: Final = timedelta(days=2)
"""More than any wall clock is put forward: an hour in most years, a day where a zone moves over the date line."""
_MANY: Final = 100_000


class Grid:
    """The boundaries of one interval, from an anchor or each from the one before."""

    __slots__ = ("_anchored", "_is_plain", "_terms", "is_even")

    def __init__(
        self,
        interval: Interval | str,
        count: int,
        anchor: datetime | None,
        zone: tzinfo | None = None,
        month_end: MonthEnd = MonthEnd.LAST_DAY,
    ) -> None:
        """Note by what boundaries are counted."""
        self._terms = interval, count, zone, month_end
        self._anchored = None if anchor is None else self._from(anchor)
        self._is_plain = zone is None and month_end is MonthEnd.LAST_DAY
        self.is_even = (self._anchored or self._from(EPOCH)).is_even

    def after(self, moment: datetime) -> datetime:
        """Return the boundary that follows a moment. Without an anchor, the moment must be a boundary."""
        return (self._anchored or self._from(moment)).around(moment)[1]

    def through(self, first: datetime, last: datetime) -> int:
        """Count the boundaries from the first one up to and including a later moment.

        If the first one alone does not determine the later ones, the count is 1.
        """
        if not self._is_determined_by(first):
            return 1
        steps = self._anchored or self._from(first)
        return steps.number_at(last) - steps.number_at(first) + 1

    def nth(self, boundary: datetime, number: int) -> datetime:
        """Return the n-th boundary after one."""
        while number and not self._is_determined_by(boundary):
            boundary, number = self.after(boundary), number - 1
        if not number:
            return boundary
        steps = self._anchored or self._from(boundary)
        return steps.at(steps.number_at(boundary) + number)

    def later(self, moment: datetime, number: int) -> datetime:
        """Return the n-th boundary after a moment, which need not be one itself."""
        return self.nth(self.after(moment), number - 1)

    def _is_determined_by(self, boundary: datetime) -> bool:
        """Return whether counting from one boundary gives all later ones."""
        if self.is_even:
            return True
        if self._anchored is not None:
            return self._anchored.is_distinct
        return self._is_plain and boundary.day <= IN_EVERY_MONTH

    def _from(self, anchor: datetime) -> Steps:
        return steps_of(anchor, *self._terms)


def least_step(interval: Interval | str, count: int) -> timedelta:
    """Return a length of time that no two boundaries in a row are closer than, whatever the zone."""
    least = _LEAST.get(interval, timedelta(0)) * min(count, _MANY)
    return max(timedelta(0), least - _MARGIN) if least >= _LEAST[Interval.DAY] else least
