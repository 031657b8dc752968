"""Amounts, moments and plain data as JSON has them, both ways."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from math import nextafter
from typing import Any, Final, cast

from balances.base.amounts import EXACT, LARGEST, LOWEST, Amount, is_whole, multiply, normalised, to_amount
from balances.base.instants import EPOCH, MICROSECOND, MILLISECOND
from balances.base.messages import described
from balances.base.shown import is_list, is_mapping
from balances.errors import InvalidAmount, InvalidInstant

__all__: list[str] = []

_LAST: Final = nextafter((datetime.max.replace(tzinfo=EPOCH.tzinfo) - EPOCH) / MILLISECOND, 0.0)
"""The greatest double that is still a moment: the one nearest to the last microsecond is not."""


def read_moment(raw: Any) -> datetime:
    """Return the moment that a number of epoch milliseconds means, to the microsecond.

    >>> read_moment(1773851121437.5)
    datetime.datetime(2026, 3, 18, 16, 25, 21, 437500, tzinfo=datetime.timezone.utc)
    """
    try:
        milliseconds = to_amount(raw)
    except InvalidAmount:
        raise InvalidInstant(f"expected a time in epoch milliseconds, got {described(raw)}") from None
    microseconds = multiply(milliseconds, Decimal(1000)).to_integral_value(ROUND_HALF_EVEN, EXACT)
    try:
        return EPOCH + int(microseconds) * MICROSECOND
    except OverflowError:
        raise InvalidInstant(f"expected a time that a datetime can hold, got {described(raw)}") from None


def read_expiry(raw: Any) -> datetime | None:
    """Return the moment of an expiry, where 0 is never."""
    moment = read_moment(raw)
    return None if moment == EPOCH else moment


def read_tier_end(raw: object) -> Decimal | None:
    """Return where a tier ends; `"inf"`, and -1 in old rows, is nowhere.

    >>> read_tier_end("inf"), read_tier_end(-1), read_tier_end(500)
    (None, None, Decimal('500'))
    """
    if isinstance(raw, str) and raw == "inf":
        return None
    try:
        end = to_amount(cast("Amount", raw))
    except InvalidAmount:
        raise InvalidAmount(f'expected a number or "inf", got {described(raw)}') from None
    return None if end == -1 else end


def number(value: Decimal) -> int | float:
    """Return an amount as JSON writes it: an int when it is whole, else the nearest float.

    >>> number(Decimal("100")), number(Decimal("0.1"))
    (100, 0.1)
    """
    if not LOWEST <= value <= LARGEST:
        raise InvalidAmount(f"expected a number that a double can hold, got {described(value)}")
    return int(value) if is_whole(value) else float(value)


def milliseconds(moment: datetime) -> int | float:
    """Return epoch milliseconds: an int when whole, else the nearest float.

    >>> milliseconds(EPOCH + 3 * MILLISECOND), milliseconds(EPOCH + 1500 * MICROSECOND)
    (3, 1.5)
    """
    since = moment - EPOCH
    whole, rest = divmod(since, MILLISECOND)
    return min(since / MILLISECOND, _LAST) if rest else whole


def exact_milliseconds(moment: datetime) -> int | Decimal:
    """Return epoch milliseconds: an int when whole, else a `Decimal` that keeps the microseconds.

    >>> exact_milliseconds(EPOCH + 1500 * MICROSECOND)
    Decimal('1.5')
    """
    since = moment - EPOCH
    whole, rest = divmod(since, MILLISECOND)
    return normalised(Decimal(since // MICROSECOND).scaleb(-3, EXACT)) if rest else whole


def thawed(kept: Any, *, exact: bool) -> Any:
    """Return plain data that was kept as it came, in lists and dicts of its own.

    >>> thawed({"match": ("eu", "us")}, exact=False)
    {'match': ['eu', 'us']}
    """
    if is_mapping(kept):
        return {key: thawed(value, exact=exact) for key, value in kept.items()}
    if is_list(kept):
        return [thawed(value, exact=exact) for value in kept]
    return float(kept) if isinstance(kept, Decimal) and not exact else kept
