"""The boundaries at which an item resets, again and again.

This file steps from one boundary to the next, and to the n-th after it, and says how close two of them may lie. Given
an anchor, boundaries are counted from there. Without an anchor, each is counted from the boundary before it, so the
31st becomes the 28th after a short month, and stays the 28th. In UTC, and from a day that every month has, both ways
give the same boundaries.
"""

from datetime import datetime, timedelta, tzinfo
from typing import Final

from balances.base.instants import EPOCH
from balances.base.words import UnknownWord
from balances.periods.cycles import Interval, is_even, steps_of
from balances.periods.month_ends import MonthEnd
from balances.periods.stepping import Steps

__all__: list[str] = []

IN_EVERY_MONTH: Final = 28
_LEAST: Final[dict[str, timedelta]] = {
    Interval.MINUTE: timedelta(minutes=1),
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: timedelta(days=1),
    Interval.WEEK: timedelta(weeks=1),
    Interval.MONTH: timedelta(weeks=4),
    Interval.QUARTER: timedelta(weeks=12),
    Interval.SEMI_ANNUAL: timedelta(weeks=24),
    Interval.YEAR: timedelta(weeks=48),
}
_MARGIN: Final = timedelta(days=2)
"""More than any wall clock is put forward: an hour in most years, a day where a zone moves over the date line."""
_MANY: Final = 100_000
"""So many steps reach far enough; more of them may leave the calendar."""


class Grid:
    """The boundaries of one interval."""

    __slots__ = ("_count", "_found", "_interval", "_is_anchored", "_made", "_month_end", "_steps", "_zone", "is_even")

    def __init__(
        self,
        interval: Interval | UnknownWord,
        count: int,
        anchor: datetime | None,
        zone: tzinfo | None = None,
        month_end: MonthEnd = MonthEnd.LAST_DAY,
    ) -> None:
        """Note the interval, and how its boundaries are counted."""
        self._interval, self._count = interval, count
        self._zone, self._month_end = zone, month_end
        self._is_anchored, self.is_even = anchor is not None, is_even(interval, zone)
        self._made: tuple[datetime, Steps] | None = None
        # Boundaries that lie equally far apart are the same to count from anywhere.
        self._steps = self._from(anchor or EPOCH) if anchor or self.is_even else None
        self._found: tuple[datetime, datetime] | None = None

    def after(self, moment: datetime) -> datetime:
        """Return the boundary that follows a moment. Without an anchor, the moment must be a boundary."""
        # The items of a plan reset together, so the same is asked several times in a row.
        if self._found is None or self._found[0] != moment:
            self._found = moment, self._following(moment)
        return self._found[1]

    def through(self, first: datetime, last: datetime) -> int:
        """Count the boundaries from the first one up to and including a later moment.

        The count is 1 where the first one does not determine the later ones, or where two may fall together.
        """
        steps = self._steps
        if steps is None and self._determines(first):
            steps = self._from(first)
        return steps.count(first, last) if steps is not None and steps.is_distinct else 1

    def nth(self, boundary: datetime, number: int) -> datetime:
        """Return the n-th boundary after one. Without an anchor, that one must determine the later ones."""
        return self._from(boundary).at(number) if self._steps is None else self._steps.after(boundary, number)

    def later(self, moment: datetime, number: int) -> datetime:
        """Return the n-th boundary after a moment, each counted from the one before where there is no anchor."""
        boundary, left = self.after(moment), number - 1
        while left and not self._is_straight_from(boundary):
            boundary, left = self.after(boundary), left - 1
        return self.nth(boundary, left) if left else boundary

    def _following(self, moment: datetime) -> datetime:
        if self._is_anchored and self._steps is not None:
            return self._steps.around(moment)[1]
        return self.nth(moment, 1)

    def _is_straight_from(self, boundary: datetime) -> bool:
        """Return whether the n-th boundary after this one is n steps away."""
        return self._determines(boundary) if self._steps is None else self._steps.is_distinct

    def _from(self, anchor: datetime) -> Steps:
        # One boundary is often asked for its number and for those after it.
        if self._made is None or self._made[0] != anchor:
            self._made = anchor, steps_of(anchor, self._interval, self._count, self._zone, self._month_end)
        return self._made[1]

    def _determines(self, first: datetime) -> bool:
        """Return whether months counted from this boundary, and each from the one before, give the same ones."""
        if self._zone is not None:
            # A boundary that a gap moved on has forgotten its time.
            return False
        # An anchor that stays on last days takes 28 February for one.
        return first.day < IN_EVERY_MONTH + (self._month_end is not MonthEnd.END_OF_MONTH)


def least_step(interval: Interval | str, count: int) -> timedelta:
    """Return a lower bound of the time between two boundaries in a row, in any zone."""
    least = _LEAST.get(interval, timedelta(0)) * min(count, _MANY)
    return max(timedelta(0), least - _MARGIN) if least >= _LEAST[Interval.DAY] else least
