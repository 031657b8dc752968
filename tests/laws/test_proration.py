"""Law: a share of an amount is additive to the last of 34 digits, and monotone; each rounding is as in fractions."""

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from math import ceil, floor

from hypothesis import given
from hypothesis import strategies as st

from balances import Cycle, Rounding, prorated

MICROSECOND = timedelta(microseconds=1)
START = datetime(2026, 1, 1, tzinfo=UTC)

lengths = st.one_of(
    st.sampled_from([1, 2, 3, 7, 31 * 24 * 3600 * 10**6, 23 * 3600 * 10**6]), st.integers(1, 366 * 24 * 3600 * 10**6)
)
cycles = lengths.map(lambda length: Cycle(start=START, end=START + length * MICROSECOND))
fractions = st.fractions(Fraction(-1, 4), Fraction(5, 4), max_denominator=10**6)
amounts = st.one_of(
    st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents).scaleb(-2)),
    st.decimals(-(10**12), 10**12, allow_nan=False, places=9),
    st.sampled_from(
        [Decimal("1e-300"), Decimal("-1e300"), Decimal(0), Decimal("0.05"), Decimal("12345678901234567890.5")]
    ),
)
few_digits = amounts.filter(lambda amount: abs(amount) < 10**20)
places = st.none() | st.integers(0, 40)
roundings = st.sampled_from(Rounding)


def moment_in(cycle: Cycle, part: Fraction) -> datetime:
    length = (cycle.end - cycle.start) // MICROSECOND
    return cycle.start + floor(part * length) * MICROSECOND


def exactly(amount: Decimal, at: datetime, cycle: Cycle) -> Fraction:
    """Return the share in another arithmetic."""
    left = min(max(cycle.end - at, timedelta(0)), cycle.end - cycle.start)
    return Fraction(amount) * (left // MICROSECOND) / ((cycle.end - cycle.start) // MICROSECOND)


def last_digit(value: Fraction) -> Fraction:
    """Return one unit in the last of the 34 digits of a number."""
    size = abs(value)
    return Fraction(0) if not size else Fraction(10) ** (magnitude(size) - 33)


def magnitude(size: Fraction) -> int:
    digits = len(str(size.numerator)) - len(str(size.denominator))
    return digits if Fraction(10) ** digits <= size else digits - 1


@given(amount=amounts, other=amounts, part=fractions, cycle=cycles)
def test_shares_add_up(amount: Decimal, other: Decimal, part: Fraction, cycle: Cycle) -> None:
    at = moment_in(cycle, part)
    shares = [Fraction(prorated(one, at=at, cycle=cycle)) for one in (amount, other)]
    whole = exactly(amount, at, cycle) + exactly(other, at, cycle)
    largest = max(map(abs, [*shares, whole]))
    assert abs(sum(shares) - whole) <= last_digit(largest)


@given(amount=amounts, part=fractions, cycle=cycles)
def test_the_share_is_the_one_of_another_arithmetic_to_34_digits(amount: Decimal, part: Fraction, cycle: Cycle) -> None:
    at = moment_in(cycle, part)
    share, exact = prorated(amount, at=at, cycle=cycle), exactly(amount, at, cycle)
    assert abs(Fraction(share) - exact) <= last_digit(exact) / 2


@given(amount=amounts, first=fractions, then=fractions, cycle=cycles)
def test_what_was_used_up_and_what_is_left_are_the_whole(
    amount: Decimal, first: Fraction, then: Fraction, cycle: Cycle
) -> None:
    """The shares of two stretches, each prorated over the whole cycle, are that of both."""
    early, late = sorted([moment_in(cycle, first), moment_in(cycle, then)])
    until = Fraction(prorated(amount, at=early, cycle=cycle)) - Fraction(prorated(amount, at=late, cycle=cycle))
    exact = exactly(amount, early, cycle) - exactly(amount, late, cycle)
    assert abs(until - exact) <= last_digit(Fraction(amount))


@given(amount=amounts, other=amounts, part=fractions, cycle=cycles, places=places, rounding=roundings)
def test_of_more_the_share_is_no_less(
    *, amount: Decimal, other: Decimal, part: Fraction, cycle: Cycle, places: int | None, rounding: Rounding
) -> None:
    at, (less, more) = moment_in(cycle, part), sorted([amount, other])
    shares = [prorated(one, at=at, cycle=cycle, places=places, rounding=rounding) for one in (less, more)]
    assert shares == sorted(shares)


@given(amount=amounts, first=fractions, then=fractions, cycle=cycles, places=places, rounding=roundings)
def test_later_the_share_is_no_larger(
    *, amount: Decimal, first: Fraction, then: Fraction, cycle: Cycle, places: int | None, rounding: Rounding
) -> None:
    moments = sorted([moment_in(cycle, first), moment_in(cycle, then)])
    shares = [abs(prorated(amount, at=at, cycle=cycle, places=places, rounding=rounding)) for at in moments]
    assert shares == sorted(shares, reverse=True)


@given(amount=few_digits, part=fractions, cycle=cycles, places=st.integers(0, 8), rounding=roundings)
def test_a_share_is_rounded_once(
    *, amount: Decimal, part: Fraction, cycle: Cycle, places: int, rounding: Rounding
) -> None:
    at = moment_in(cycle, part)
    exact = exactly(amount, at, cycle)
    units = abs(exact) * 10**places
    whole = {Rounding.DOWN: floor(units), Rounding.UP: ceil(units), Rounding.HALF_UP: floor(units + Fraction(1, 2))}
    share = Fraction(prorated(amount, at=at, cycle=cycle, places=places, rounding=rounding))
    assert abs(share) == Fraction(whole[rounding], 10**places)
    assert share * exact >= 0


@given(amount=amounts, part=fractions, cycle=cycles, places=places, rounding=roundings)
def test_the_share_does_not_depend_on_the_callers_context(
    *, amount: Decimal, part: Fraction, cycle: Cycle, places: int | None, rounding: Rounding
) -> None:
    at = moment_in(cycle, part)
    expected = prorated(amount, at=at, cycle=cycle, places=places, rounding=rounding)
    with localcontext(Context(prec=1, rounding="ROUND_05UP")):
        found = prorated(amount, at=at, cycle=cycle, places=places, rounding=rounding)
    assert found == expected
