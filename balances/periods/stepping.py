"""Boundaries counted from an anchor: the moment of number n, and the two between which a moment lies.

The rule. The anchor is boundary 0. Every other boundary is counted from the anchor itself, so nothing drifts, and the
31st comes back after a short month. Lengths are steps of equal time. Days and months are steps of a wall clock: a
boundary is the moment at which the clock shows the anchor's time again.

Two numbers may have the same boundary. A month that is skipped has the boundary of the next one, and so has a day that
is missing from the zone. The cycle between the two holds no moment, so no cycle that is found is empty.
"""

from abc import ABC, abstractmethod
from datetime import datetime, timedelta, tzinfo

from balances.base.messages import described
from balances.errors import BeyondCalendar
from balances.periods.month_ends import SHORTEST, MonthEnd, day_in, day_kept, number_of
from balances.periods.zones import AFTER_ALL, BEFORE_ALL, moment_of, wall_of

__all__: list[str] = []


class Steps(ABC):
    """The boundaries counted from one anchor. A higher number never has an earlier boundary."""

    __slots__ = ("_anchor",)

    _anchor: datetime

    @property
    @abstractmethod
    def is_distinct(self) -> bool:
        """Return whether no two numbers have the same boundary."""

    def at(self, number: int) -> datetime:
        """Return a boundary by its number."""
        boundary = self._at(number)
        if boundary is BEFORE_ALL or boundary is AFTER_ALL:
            step = f"step {described(number)} from {self._anchor.isoformat()}"
            raise BeyondCalendar(f"expected a moment in the years 1 to 9999, got {step}")
        return boundary

    def after(self, boundary: datetime, number: int) -> datetime:
        """Return the boundary that is so many after one of these."""
        return self.at(self._number_at(boundary) + number)

    def count(self, first: datetime, last: datetime) -> int:
        """Count the boundaries from one of these up to a later moment, both included."""
        return self._number_at(last) - self._number_at(first) + 1

    def around(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return the last boundary that is not later than a moment, and the first one that is."""
        number = self._guess(moment)
        end = None
        while (start := self._at(number)) > moment:
            number -= 1
            end = start
        if end is None:
            end = self._at(number + 1)
        if start is BEFORE_ALL or end is AFTER_ALL:
            side = "at or before" if start is BEFORE_ALL else "after"
            raise BeyondCalendar(f"expected a boundary in the years 1 to 9999, got none {side} {moment.isoformat()}")
        return start, end

    def _number_at(self, moment: datetime) -> int:
        """Return the number of the last boundary that is not later than a moment."""
        number = self._guess(moment)
        while self._at(number) > moment:
            number -= 1
        return number

    @abstractmethod
    def _at(self, number: int) -> datetime:
        """Return a boundary by its number. Where UTC cannot hold it, return `BEFORE_ALL` or `AFTER_ALL`."""

    @abstractmethod
    def _guess(self, moment: datetime) -> int:
        """Return the number of the last boundary that is not later than a moment, or a slightly higher number."""


class Lengths(Steps):
    """Boundaries that lie equally far apart."""

    __slots__ = ("_length",)

    def __init__(self, anchor: datetime, length: timedelta) -> None:
        """Count from an anchor."""
        self._anchor, self._length = anchor, length

    @property
    def is_distinct(self) -> bool:
        """Return True: no length is zero."""
        return True

    def after(self, boundary: datetime, number: int) -> datetime:
        """Return the moment that is so many lengths after another. That one need not be a boundary."""
        try:
            return boundary + number * self._length
        except OverflowError:
            return super().after(boundary, number)

    def count(self, first: datetime, last: datetime) -> int:
        """Count the moments, one length apart, from one up to a later one, both included."""
        return (last - first) // self._length + 1

    def around(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return the boundaries around a moment, with one division."""
        try:
            start = moment - (moment - self._anchor) % self._length
            return start, start + self._length
        except OverflowError:
            return super().around(moment)

    def _at(self, number: int) -> datetime:
        try:
            return self._anchor + number * self._length
        except OverflowError:
            return BEFORE_ALL if number < 0 else AFTER_ALL

    def _guess(self, moment: datetime) -> int:
        return (moment - self._anchor) // self._length


class Days(Steps):
    """Every so many days, at the anchor's time on the wall clock of a zone."""

    __slots__ = ("_day", "_days", "_time", "_zone")

    def __init__(self, anchor: datetime, days: int, zone: tzinfo | None) -> None:
        """Count from an anchor."""
        self._anchor, self._days, self._zone = anchor, days, zone
        month, day, self._time = wall_of(anchor, zone)
        self._day = number_of(month, day)

    @property
    def is_distinct(self) -> bool:
        """Return whether a step is longer than a day, which may be missing from a zone."""
        return self._days > 1 or self._zone is None

    def _at(self, number: int) -> datetime:
        return moment_of(self._day + number * self._days, self._time, self._zone) if number else self._anchor

    def _guess(self, moment: datetime) -> int:
        # The wall clock may show the following day already.
        return (moment.toordinal() + 1 - self._day) // self._days


class Months(Steps):
    """Every so many months, on the anchor's day and at its time on the wall clock of a zone."""

    __slots__ = ("_day", "_month", "_month_end", "_months", "_time", "_zone")

    def __init__(self, anchor: datetime, months: int, zone: tzinfo | None, month_end: MonthEnd) -> None:
        """Count from an anchor."""
        self._anchor, self._months = anchor, months
        self._zone, self._month_end = zone, month_end
        self._month, self._day, self._time = wall_of(anchor, zone)
        if month_end is MonthEnd.END_OF_MONTH:
            self._day = day_kept(self._month, self._day)

    @property
    def is_distinct(self) -> bool:
        """Return whether no month is skipped."""
        return self._month_end is not MonthEnd.SKIP or self._day <= SHORTEST

    def _at(self, number: int) -> datetime:
        while number:
            day = day_in(self._month + number * self._months, self._day, self._month_end)
            if day is not None:
                return moment_of(day, self._time, self._zone)
            number += 1
        return self._anchor

    def _guess(self, moment: datetime) -> int:
        month = 12 * moment.year + moment.month - 1
        if self._zone is not None and moment.day >= SHORTEST:
            # The wall clock may show the following month already.
            month += 1
        return (month - self._month) // self._months


def add_months(moment: datetime, months: int, /, *, zone: tzinfo | None = None) -> datetime:
    """Return the same wall time so many months later. A month too short lends its last day.

    >>> from datetime import UTC
    >>> print(add_months(datetime(2026, 8, 31, tzinfo=UTC), 6))
    2027-02-28 00:00:00+00:00
    """
    return Months(moment, 1, zone, MonthEnd.LAST_DAY).at(months)


def add_days(moment: datetime, days: int, /, *, zone: tzinfo | None = None) -> datetime:
    """Return the same wall time so many days later.

    >>> from datetime import UTC
    >>> print(add_days(datetime(2026, 8, 31, tzinfo=UTC), 90))
    2026-11-29 00:00:00+00:00
    """
    return Days(moment, 1, zone).at(days)
