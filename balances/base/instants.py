"""Moments: aware `datetime`s of any zone, kept in UTC. The calendar is a folder of its own, `periods`."""

from datetime import UTC, datetime, timedelta
from typing import Final

from balances.base.messages import described
from balances.errors import InvalidInstant

__all__: list[str] = []

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
MICROSECOND: Final = timedelta(microseconds=1)


def to_instant(value: datetime) -> datetime:
    """Return a moment as a plain `datetime` in UTC.

    >>> from zoneinfo import ZoneInfo
    >>> to_instant(datetime(2026, 1, 31, 9, tzinfo=ZoneInfo("America/New_York")))
    datetime.datetime(2026, 1, 31, 14, 0, tzinfo=datetime.timezone.utc)
    >>> to_instant(datetime(2026, 1, 31, 9))
    Traceback (most recent call last):
    balances.InvalidInstant: expected an aware datetime, got the naive 2026-01-31T09:00:00
    """
    if value.__class__ is datetime and value.tzinfo is UTC and not value.fold:
        return value
    if not isinstance(value, datetime):
        raise InvalidInstant(f"expected an aware datetime, got {described(value)}")
    if not _has_offset(value):
        is_plain = type(value) is datetime and value.tzinfo is None
        came = f"the naive {value.isoformat()}" if is_plain else f"{described(value)} without an offset"
        raise InvalidInstant(f"expected an aware datetime, got {came}")
    try:
        # The methods of `datetime` itself: a subclass (a pandas Timestamp, say) would give a subclass back.
        return EPOCH + datetime.__sub__(value, EPOCH)
    except OverflowError:
        raise InvalidInstant(f"expected a moment that UTC can hold, got {datetime.isoformat(value)}") from None


def _has_offset(value: datetime) -> bool:
    """Return whether a moment knows its offset. The `NaT` of pandas is a `datetime`, equals nothing and knows none."""
    try:
        own = value.utcoffset() if value == value else None  # noqa: PLR0124  (see above)
        return isinstance(own, timedelta) and datetime.utcoffset(value) is not None
    except (NotImplementedError, TypeError, ValueError):
        return False


def to_optional_instant(value: datetime | None) -> datetime | None:
    """Return a moment as a plain `datetime` in UTC, or None."""
    return None if value is None else to_instant(value)
