"""The calendar of the second implementation: boundaries counted from an anchor, one by one, in milliseconds.

It is written from the rules alone and shares no code with the package.
"""

from calendar import monthrange
from datetime import UTC, datetime, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000
LENGTHS = {"minute": 60_000, "hour": HOUR}
DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "quarter": 3, "semi_annual": 6, "year": 12}
MONTH = 31 * 24 * HOUR
MOST_SKIPPED = 12


class Calendar:
    """All that decides where a boundary falls, but for the anchor and the interval."""

    def __init__(self, zone: tzinfo | None = None, month_end: str = "last_day") -> None:
        self.zone = zone or UTC
        self.month_end = month_end

    def wall(self, moment: int) -> datetime:
        """Return what the clock on the wall shows."""
        return (EPOCH + timedelta(milliseconds=moment)).astimezone(self.zone).replace(tzinfo=None)

    def moment(self, wall: datetime) -> int:
        """Return when the clock shows it first; where it never does, a gap moves it on."""
        return milliseconds(wall.replace(tzinfo=self.zone, fold=0))

    def boundary(self, number: int, anchor: int, interval: str, count: int) -> int | None:
        """Return a boundary by its number from the anchor, or nothing where its month is skipped."""
        steps = number * count
        if number == 0:
            return anchor
        if interval in LENGTHS:
            return anchor + steps * LENGTHS[interval]
        wall = self.wall(anchor)
        if interval in DAYS:
            return self.moment(wall + timedelta(days=steps * DAYS[interval]))
        shifted = self._months_on(wall, steps * MONTHS[interval])
        return None if shifted is None else self.moment(shifted)

    def _months_on(self, wall: datetime, months: int) -> datetime | None:
        year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
        last = monthrange(year, month + 1)[1]
        of_last = wall.day == monthrange(wall.year, wall.month)[1]
        first = wall.replace(year=year, month=month + 1, day=1)
        if self.month_end == "end_of_month" and of_last:
            return first.replace(day=last)
        if wall.day <= last:
            return first.replace(day=wall.day)
        at_the_end = {
            "last_day": first.replace(day=last),
            "end_of_month": first.replace(day=last),
            "overflow": first + timedelta(days=wall.day - 1),
            "first_of_next": first + timedelta(days=last),
        }
        return at_the_end.get(self.month_end)

    def after(self, moment: int, anchor: int, interval: str, count: int) -> int:
        """Return the first boundary later than a moment."""
        number = self._not_later(moment, anchor, interval, count)
        while True:
            boundary = self.boundary(number, anchor, interval, count)
            if boundary is not None and boundary > moment:
                return boundary
            number += 1

    def last(self, moment: int, anchor: int, interval: str, count: int) -> int:
        """Return the last boundary no later than a moment."""
        number, found = self._not_later(moment, anchor, interval, count), anchor
        while True:
            boundary = self.boundary(number, anchor, interval, count)
            if boundary is not None and boundary > moment:
                return found
            found = found if boundary is None else boundary
            number += 1

    @staticmethod
    def _not_later(moment: int, anchor: int, interval: str, count: int) -> int:
        """Guess the number of a boundary that lies before a moment, surely, and not by much."""
        if interval in MONTHS:
            longest = MONTHS[interval] * MONTH
            passed = (moment - anchor) // (30 * 24 * HOUR if moment < anchor else MONTH)
            return passed // (count * longest // MONTH) - MOST_SKIPPED
        length = LENGTHS.get(interval) or DAYS[interval] * 24 * HOUR
        return int((moment - anchor) // (count * length)) - 3

    def of_the_calendar(self) -> int:
        """Return an anchor that makes cycles those of the calendar on the wall: a Monday that is also a first."""
        monday = datetime(2024, 1, 1)
        return self.moment(monday)


def milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
