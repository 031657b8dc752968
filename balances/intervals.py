"""The calendar: how long a period is."""

from __future__ import annotations

from balances.fields import OpenEnum

__all__ = ["Interval"]


class Interval(OpenEnum):
    """How long a period is. A quarter is 3 months, `SEMI_ANNUAL` is 6; `ONE_OFF` never comes again.

    >>> Interval("semi_annual"), Interval.MONTH == "month"
    (<Interval.SEMI_ANNUAL: 'semi_annual'>, True)
    """

    ONE_OFF = "one_off"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    SEMI_ANNUAL = "semi_annual"
    YEAR = "year"


def to_interval(word: str) -> Interval | str:
    """Return the interval of this name, or the word as it came."""
    return Interval.known(word)


def to_optional_interval(word: str | None) -> Interval | str | None:
    """Return the interval of this name, the word as it came, or None."""
    return None if word is None else to_interval(word)
