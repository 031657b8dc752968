"""Amounts, counts, moments and plain data as JSON has them, both ways.

A function whose name ends in `_or_text` reads text beside numbers, as `exact="text"` writes it.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from math import nextafter
from typing import Any, Final, NoReturn, cast

from balances.base.amounts import EXACT, LARGEST, LOWEST, Amount, is_whole, multiply, normalised, to_amount
from balances.base.fields import to_count, to_index
from balances.base.instants import EPOCH, MICROSECOND, MILLISECOND
from balances.base.messages import described
from balances.base.shown import is_list, is_mapping
from balances.errors import InvalidAmount, InvalidInstant
from balances.wire.dialects import Exact

__all__: list[str] = []

_LAST: Final = nextafter((datetime.max.replace(tzinfo=EPOCH.tzinfo) - EPOCH) / MILLISECOND, 0.0)
"""The greatest double that is still a moment: the one nearest to the last microsecond is not."""


SURELY_EXACT: Final = 2**32 * 1000
"""Up to so many milliseconds, a double of the seconds is nearer to the right microsecond than to any other."""
_PLAIN_DIGITS: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LARGEST_EVERYWHERE: Final = 2**53
"""The greatest whole number up to which every JSON library keeps each one apart, JavaScript's included."""
_LARGEST_INTEGER: Final = 2**63 - 1
"""The greatest integer that every JSON library writes."""


def misfit() -> NoReturn:
    """Leave the payload to the careful reading."""
    raise TypeError


def to_amount_or_text(raw: Any) -> Decimal:
    """Return the amount that a number, or plain decimal text, means.

    >>> to_amount_or_text("0.10"), to_amount_or_text(0.1)
    (Decimal('0.1'), Decimal('0.1'))
    >>> to_amount_or_text("1e3")
    Traceback (most recent call last):
    balances.InvalidAmount: expected a number, or its decimal digits as text, got '1e3'
    """
    if not isinstance(raw, str):
        return to_amount(raw)
    if _PLAIN_DIGITS.fullmatch(raw):
        return to_amount(Decimal(raw))
    raise InvalidAmount(f"expected a number, or its decimal digits as text, got {described(raw)}")


def count_or_text(raw: Any) -> int:
    """Return the count that a number, or plain decimal text, means."""
    return to_count(_number_of(raw))


def index_or_text(raw: Any) -> int:
    """Return the whole number of at least 0 that a number, or plain decimal text, means."""
    return to_index(_number_of(raw))


def moment_or_text(raw: Any) -> datetime:
    """Return the moment that epoch milliseconds mean, a number or plain decimal text."""
    return read_moment(_number_of(raw))


def expiry_or_text(raw: Any) -> datetime | None:
    """Return the moment of an expiry, a number or plain decimal text, where 0 is never."""
    return read_expiry(_number_of(raw))


def tier_end_or_text(raw: Any) -> Decimal | None:
    """Return where a tier ends, a number or plain decimal text: `"inf"` and -1 mean nowhere."""
    return read_tier_end(raw if raw == "inf" else _number_of(raw))


def _number_of(raw: Any) -> Any:
    """Return the number that plain decimal text means, and everything else as it is."""
    return to_amount_or_text(raw) if isinstance(raw, str) else raw


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


def portable_milliseconds(moment: datetime) -> int | float | str:
    """Return epoch milliseconds: a number where a double tells the moment, else plain decimal text.

    >>> portable_milliseconds(EPOCH + 1500 * MICROSECOND)
    1.5
    >>> portable_milliseconds(
    ...     datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=EPOCH.tzinfo)
    ... )
    '253402300799999.999'
    """
    nearest = milliseconds(moment)
    return nearest if read_moment(nearest) == moment else in_plain_digits(Decimal(exact_milliseconds(moment)))


def in_plain_digits(amount: Decimal) -> str:
    """Return an amount as decimal text without an exponent.

    >>> in_plain_digits(Decimal("1E-9")), in_plain_digits(Decimal(100))
    ('0.000000001', '100')
    """
    return f"{amount:f}"


def count_to_json(count: int) -> int | str:
    """Return a count as it is, or as text where a JSON library might not keep it.

    >>> count_to_json(12), count_to_json(10**16)
    (12, '10000000000000000')
    """
    return count if count <= _LARGEST_EVERYWHERE else str(count)


def thawed(data: Any, *, exact: Exact) -> Any:
    """Return plain data in lists and dicts of its own.

    Its numbers stay numbers. Only `exact=True` writes a number of too many digits as a `Decimal`.

    >>> thawed(
    ...     {"match": ("eu", "us"), "factor": Decimal("0.12345678901234567890")},
    ...     exact=False,
    ... )
    {'match': ['eu', 'us'], 'factor': 0.12345678901234568}
    """
    if is_mapping(data):
        return {key: thawed(value, exact=exact) for key, value in data.items()}
    if is_list(data):
        return [thawed(value, exact=exact) for value in data]
    if isinstance(data, Decimal) and exact is not True:
        return float(data)
    is_too_large = exact == "text" and isinstance(data, int) and abs(data) > _LARGEST_INTEGER
    return float(data) if is_too_large else data
