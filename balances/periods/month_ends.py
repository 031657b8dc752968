"""The day of a boundary in a month that may be too short for the anchor's day.

Days and months are numbered here: day 1 is the first day of the year 1, month 0 is January of the year 0. They are
whole numbers, so nothing overflows, however far away a month is.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from balances.base.home import public
from balances.base.words import Words, one_of

__all__ = ["MonthEnd"]


@public
class MonthEnd(Words):
    """Where a boundary falls in a month that is too short for the anchor's day.

    `LAST_DAY` takes the last day of that month. `OVERFLOW` counts on into the next month. `SKIP` leaves the month out,
    so one cycle is longer. `FIRST_OF_NEXT` takes the first day of the next month. `END_OF_MONTH` keeps an anchor that
    is the last day of its month on last days, and is `LAST_DAY` for any other anchor.

    All five agree for an anchor up to the 27th.

    >>> from datetime import UTC, datetime
    >>> from balances import cycle_at
    >>> def ends(anchor):
    ...     cycles = [
    ...         cycle_at(anchor, anchor=anchor, interval="month", month_end=rule)
    ...         for rule in MonthEnd
    ...     ]
    ...     return [f"{cycle.end:%d %b}" for cycle in cycles]
    >>> ends(datetime(2026, 1, 31, tzinfo=UTC))
    ['28 Feb', '03 Mar', '31 Mar', '01 Mar', '28 Feb']
    >>> ends(datetime(2026, 2, 28, tzinfo=UTC))
    ['28 Mar', '28 Mar', '28 Mar', '28 Mar', '31 Mar']
    """

    LAST_DAY = "last_day"
    OVERFLOW = "overflow"
    SKIP = "skip"
    FIRST_OF_NEXT = "first_of_next"
    END_OF_MONTH = "end_of_month"


MonthEndWord: TypeAlias = Literal["last_day", "overflow", "skip", "first_of_next", "end_of_month"]

_DayTaken: TypeAlias = Callable[[int, int], int | None]

_TAKEN: Final[dict[MonthEnd, _DayTaken]] = {
    MonthEnd.LAST_DAY: lambda _, following: following - 1,
    MonthEnd.OVERFLOW: lambda wanted, _: wanted,
    MonthEnd.SKIP: lambda _, __: None,
    MonthEnd.FIRST_OF_NEXT: lambda _, following: following,
    MonthEnd.END_OF_MONTH: lambda _, following: following - 1,
}
"""The day taken in a month too short, from the day wanted and the first day of the following month."""

SHORTEST: Final = 28
_LONGEST: Final = 31
_SINCE_MARCH: Final = 305
"""The first of March of the year 0 is day -305."""
_ROUND: Final = 400
"""After so many years the calendar repeats."""
_DAYS_OF_A_ROUND: Final = 146_097


def to_month_end(word: MonthEnd | MonthEndWord) -> MonthEnd:
    """Return the month end of this name."""
    return one_of(MonthEnd, word)


def number_of(month: int, day: int) -> int:
    """Return the number of a day of a month.

    >>> from datetime import date
    >>> number_of(12 * 2026 + 1, 14) == date(2026, 2, 14).toordinal()
    True
    """
    return _first_day(month) + day - 1


def day_in(month: int, day: int, month_end: MonthEnd) -> int | None:
    """Return the number of a day in a month, or of the day taken for it, or None where the month is left out.

    >>> from datetime import date
    >>> february = 12 * 2026 + 1
    >>> print(date.fromordinal(day_in(february, 31, MonthEnd.OVERFLOW)))
    2026-03-03
    """
    wanted = _first_day(month) + day - 1
    if day <= SHORTEST:
        return wanted
    following = _first_day(month + 1)
    return wanted if wanted < following else _TAKEN[month_end](wanted, following)


def month_and_day(number: int) -> tuple[int, int]:
    """Return the month that a day lies in, and its day of the month.

    >>> month_and_day(0) == (11, 31)  # 31 December of the year 0
    True
    """
    # The days just beyond the ends of the calendar count too: so look at the day of another year that is like it.
    years = _ROUND if number <= _DAYS_OF_A_ROUND else -_ROUND
    like_it = date.fromordinal(number + years // _ROUND * _DAYS_OF_A_ROUND)
    return 12 * (like_it.year - years) + like_it.month - 1, like_it.day


def day_kept(month: int, day: int) -> int:
    """Return the day that an anchor keeps if it stays on last days: a last day stands for the 31st."""
    return _LONGEST if day_in(month, day + 1, MonthEnd.SKIP) is None else day


@lru_cache(maxsize=1024)
def _first_day(month: int) -> int:
    # Years begin in March here, so a leap day is the last day of its year, and every five months have 153 days.
    year, month = divmod(month - 2, 12)
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 - _SINCE_MARCH
