"""Quotients: exact where they end, else rounded once."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import pytest

from balances.base.amounts import quotient, to_amount


@pytest.mark.parametrize(
    ("dividend", "divisor"),
    [
        (1, 2**93),  # Of 34 digits, these would be rounded down, and up.
        (1, 2**94),
        (1, 2**100),
        (10**39 + 1, 2**33),
        (Decimal("26.50"), 1),
        (Decimal("-0.0"), 5),
    ],
)
def test_a_quotient_that_ends_is_exact_and_in_one_form(dividend: Decimal, divisor: int) -> None:
    exact = quotient(Decimal(dividend), Decimal(divisor))
    assert Fraction(exact) == Fraction(dividend) / divisor
    assert str(exact) == str(exact.normalize(Context(prec=100)))


@pytest.mark.parametrize("rounding", [ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING])
@pytest.mark.parametrize(("dividend", "divisor"), [(2, 3), (1, 3), (1, 9_999_999_967), (5, 9_999_999_967)])
def test_a_quotient_that_does_not_end_is_rounded_once_to_34_digits(dividend: int, divisor: int, rounding: str) -> None:
    rounded = Context(prec=34, rounding=rounding).divide(Decimal(dividend), Decimal(divisor))
    assert quotient(Decimal(dividend), Decimal(divisor), rounding) == rounded


@pytest.mark.parametrize("text", ["9055706021.347939", "-9055706021.347939", "999999999.999999", "0.000001"])
def test_a_float_of_six_places_is_its_shortest_repr(text: str) -> None:
    assert to_amount(float(text)) == Decimal(text)
