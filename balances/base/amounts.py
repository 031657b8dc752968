"""Amounts: the one form in which a number is kept, and arithmetic that never rounds.

An amount is a finite `Decimal` of a magnitude that a double can hold. It has one form only: no trailing zeros, no
exponent above zero, no minus zero. So equal amounts look alike, and a whole amount is one whose exponent is zero.

Nothing here reads the caller's decimal context. All arithmetic goes through `EXACT`, a private context that raises
instead of rounding, or, for divisions, through `ROUNDED`. This file knows numbers only, and no class of values.
"""

import sys
from collections.abc import Callable, Iterable
from decimal import (
    MAX_EMAX,
    MAX_PREC,
    MIN_EMIN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from functools import reduce
from math import isfinite
from typing import Any, Final, TypeAlias

from balances.base.messages import described
from balances.errors import InvalidAmount

__all__ = ["Amount"]

Amount: TypeAlias = Decimal | int | float
"""The numbers that are taken where an amount is an argument. A value keeps each as a `Decimal`."""


EXACT: Final = Context(
    prec=MAX_PREC,
    rounding=ROUND_HALF_EVEN,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    clamp=0,
    traps=[InvalidOperation, DivisionByZero, Overflow, Inexact],
)
"""The context in which addition, subtraction and multiplication are exact: it raises instead of rounding."""


add: Final = EXACT.add
subtract: Final = EXACT.subtract
multiply: Final = EXACT.multiply
multiply_add: Final = EXACT.fma
_divmod: Final = EXACT.divmod

ROUNDED: Final = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    clamp=0,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""The context of a division that does not terminate: it rounds to 34 significant digits, half to even by default."""


ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
LARGEST: Final = Decimal(int(sys.float_info.max))
LOWEST: Final = LARGEST.copy_negate()
_to_integral: Final = EXACT.to_integral_value
_normalize: Final = EXACT.normalize
_SURELY_LEAST: Final = sys.float_info.min_10_exp
_SURELY_MOST: Final = sys.float_info.max_10_exp
_shortest: Final = float.__repr__
_SURELY_HELD: Final = 10**15
_FEW_DIGITS: Final = 10.0**9
_MILLION: Final = Decimal(10**6)
_LARGEST_BITS: Final = LARGEST.adjusted() * 4
_SMALL: Final = (ZERO, ONE, *map(Decimal, range(2, 1024)))


def to_amount(value: Amount) -> Decimal:
    """Return a number as an amount. A float means its shortest repr, so `0.1` is one tenth.

    >>> to_amount(0.1), to_amount(100.0), to_amount(Decimal("2.50"))
    (Decimal('0.1'), Decimal('100'), Decimal('2.5'))
    >>> to_amount(True)
    Traceback (most recent call last):
    balances.InvalidAmount: expected a number, got True
    """
    of_type = AMOUNT_OF_TYPE.get(value.__class__)
    return of_type(value) if of_type else _of_subclass(value)


def to_optional_amount(value: Amount | None) -> Decimal | None:
    """Return the amount, or None where there is none."""
    return None if value is None else to_amount(value)


def normalised(value: Decimal) -> Decimal:
    """Return a finite decimal in the one form of its value.

    >>> [normalised(Decimal(text)) for text in ("-0.00", "1E+2", "0.10")]
    [Decimal('0'), Decimal('100'), Decimal('0.1')]
    """
    return (value or ZERO) if value.same_quantum(ONE) else _trimmed(value)


def _trimmed(value: Decimal) -> Decimal:
    return Decimal(int(value)) if _to_integral(value) == value else _normalize(value)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum.

    >>> total([Decimal("1e300"), Decimal("0.1"), Decimal("-1e300")])
    Decimal('0.1')
    """
    return normalised(reduce(add, amounts, ZERO))


def quotient(dividend: Decimal, divisor: Decimal, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    """Return a quotient: exact if it terminates, else rounded to 34 significant digits.

    >>> quotient(Decimal(1), Decimal(8)), quotient(Decimal(2), Decimal(3))
    (Decimal('0.125'), Decimal('0.6666666666666666666666666666666667'))
    """
    if divisor == ONE:
        return normalised(dividend)
    whole, rest = _divmod(dividend, divisor)
    if not rest:
        return whole or ZERO
    exact = ROUNDED.divide(dividend, divisor)
    if multiply(exact, divisor) == dividend:
        return normalised(exact)
    # If the quotient terminates, it does so within 4 * (digits of the divisor) more digits: try once with so many.
    digits = len(dividend.as_tuple().digits) + 4 * len(divisor.as_tuple().digits)
    exact = _rounding(max(ROUNDED.prec, digits), ROUND_HALF_EVEN).divide(dividend, divisor)
    if multiply(exact, divisor) == dividend:
        return normalised(exact)
    return normalised(_rounding(ROUNDED.prec, rounding).divide(dividend, divisor))


def _rounding(precision: int, rounding: str) -> Context:
    context = ROUNDED.copy()
    context.prec, context.rounding = precision, rounding
    return context


def percent_of(base: Decimal, percentage: Decimal) -> Decimal:
    """Return a percentage of an amount.

    >>> percent_of(Decimal(250), Decimal("33.3"))
    Decimal('83.25')
    """
    return normalised(ROUNDED.divide(EXACT.multiply(base, percentage), Decimal(100)))


def floor(value: Decimal) -> Decimal:
    """Return the greatest whole amount that is not above an amount.

    >>> floor(Decimal("2.9")), floor(Decimal("-2.1"))
    (Decimal('2'), Decimal('-3'))
    """
    return normalised(value.to_integral_value(ROUND_FLOOR, EXACT))


def is_whole(value: Decimal) -> bool:
    """Return whether an amount has no fraction: in its one form, its exponent is zero."""
    return value.same_quantum(ONE)


def _of_int(value: int) -> Decimal:
    if 0 <= value < 1024:  # noqa: PLR2004  (the length of the table, as a constant the compiler folds)
        return _SMALL[value]
    if -_SURELY_HELD < value < _SURELY_HELD:
        return Decimal(value)
    # Converting takes time quadratic in the digits, so an integer that cannot fit is not converted.
    if value.bit_length() > _LARGEST_BITS:
        raise _beyond(value)
    return in_range(Decimal(value))


def _of_float(value: float) -> Decimal:
    # Most fractions have few digits. `n / 10**k` is the nearest double, and no two numbers of at most 15 digits share
    # one: so if it is this double, its shortest repr is that fraction. Making the repr would take longer.
    if 0 <= value < _FEW_DIGITS:
        millionths = int(value * 1_000_000 + 0.5)
        if millionths / 1_000_000 == value:
            return ROUNDED.divide(millionths, _MILLION)
    elif -_FEW_DIGITS < value < 0:
        return _of_float(-value).copy_negate()
    if not isfinite(value):
        raise InvalidAmount(f"expected a finite number, got {value!r}")
    return normalised(Decimal(_shortest(value)))


def _of_decimal(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise InvalidAmount(f"expected a finite number, got {described(value)}")
    return storable(value)


AMOUNT_OF_TYPE: Final[dict[type, Callable[[Any], Decimal]]] = {int: _of_int, float: _of_float, Decimal: _of_decimal}
"""The conversion of a number of exactly this type. Any other type is a subclass, or no number."""


def _of_subclass(value: Amount) -> Decimal:
    if isinstance(value, bool):
        raise InvalidAmount(f"expected a number, got {value}")
    for kind, of_type in AMOUNT_OF_TYPE.items():
        if isinstance(value, kind):
            return of_type(kind(value))
    raise InvalidAmount(f"expected a number, got {described(value)}")


def storable(value: Decimal) -> Decimal:
    """Return the result of a computation as an amount that a value may keep.

    >>> storable(Decimal("100.00"))
    Decimal('100')
    """
    if not _SURELY_LEAST < value.adjusted() < _SURELY_MOST:
        in_range(value)
    return (value or ZERO) if value.same_quantum(ONE) else _trimmed(value)


def in_range(value: Decimal) -> Decimal:
    """Return an amount as it is, or raise if no double can hold its magnitude."""
    if LOWEST <= value <= LARGEST and (float(value) or not value):
        return value
    raise _beyond(value)


def _beyond(value: Amount) -> InvalidAmount:
    return InvalidAmount(f"expected a number of a magnitude that a double can hold, got {described(value)}")
