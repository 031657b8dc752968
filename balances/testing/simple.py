"""Strategies for numbers, moments, texts and plain data: of these, values and payloads are drawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeVar

from hypothesis import strategies as st

from balances.base.amounts import EXACT, LARGEST, add, to_amount
from balances.base.fields import Bound, Check
from balances.base.instants import EPOCH, MILLISECOND
from balances.wire.leaves import read_moment

__all__: list[str] = []

T = TypeVar("T")

_LONG: Final = 1_234_567_890_123_456_789
"""A number of more digits than a double has: most of its multiples have more, too."""
_LONG_AGO: Final = -62_135_596_800_000 + 86_400_000
_FAR_AHEAD: Final = 253_402_300_799_000 - 86_400_000
_NEW_YEAR: Final = 1_767_225_600_000
"""The first moment of 2026."""
_NO_MORE_MICROSECONDS: Final = 2**42
"""From about here on, the year 2109, a double of milliseconds may no longer tell one microsecond from the next."""


def amounts(*, least: int | None = None) -> st.SearchStrategy[Decimal]:
    """Return amounts that the wire can say: those that are whole, or that a double holds in its shortest repr.

    >>> from balances import Breakdown
    >>> from hypothesis import given
    >>> @given(amounts(least=0))
    ... def test_all_of_it_is_left_at_first(amount):
    ...     assert Breakdown(included_grant=amount).remaining == amount
    >>> test_all_of_it_is_left_at_first()
    """
    return numbers(least).map(to_amount)


def exact_amounts(*, least: int | None = None) -> st.SearchStrategy[Decimal]:
    """Return amounts of any number of digits, which only an exact converter can write.

    >>> from balances import Rollover, wire
    >>> from hypothesis import given
    >>> exactly = wire.make_converter("snake", exact=True)
    >>> @given(exact_amounts())
    ... def test_every_digit_is_kept(amount):
    ...     written = exactly.unstructure(Rollover(balance=amount))
    ...     assert exactly.structure(written, Rollover).balance == amount
    >>> test_every_digit_is_kept()
    """
    lowest = -int(LARGEST) if least is None else least
    long = st.builds(_long, st.integers(max(lowest, -_LONG), _LONG), st.integers(-300, 0))
    enough = long if least is None else long.map(lambda amount: add(amount, Decimal(least)))
    return st.one_of(amounts(least=least), enough, st.integers(lowest, int(LARGEST)).map(Decimal))


def _long(number: int, exponent: int) -> Decimal:
    return to_amount(EXACT.scaleb(Decimal(number * _LONG), exponent))


def instants(*, after: datetime | None = None) -> st.SearchStrategy[datetime]:
    """Return moments that the wire can say, to the microsecond. Given `after`, all of them are later.

    >>> from datetime import UTC
    >>> from hypothesis import given
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> @given(instants(after=now))
    ... def test_it_is_later(moment):
    ...     assert moment > now
    >>> test_it_is_later()
    """
    return milliseconds(after, around=_NEW_YEAR).map(read_moment)


def numbers(least: int | None = None) -> st.SearchStrategy[int | float]:
    """Return numbers as JSON has them."""
    simple = st.integers(min_value=0 if least is None else 1000 * least, max_value=10**7)
    return st.one_of(
        st.integers(min_value=-(10**20) if least is None else least, max_value=10**20),
        simple.map(lambda thousandths: thousandths / 1000),
        st.floats(min_value=least, allow_nan=False, allow_infinity=False),
    )


def milliseconds(after: datetime | None = None, *, around: int = 0) -> st.SearchStrategy[int | float]:
    """Return moments in epoch milliseconds. Given `after`, all of them are later. Simple ones are near `around`."""
    first = _LONG_AGO if after is None else (after - EPOCH) // MILLISECOND + 1
    finest = _integers(max(first, -_NO_MORE_MICROSECONDS) * 1000, _NO_MORE_MICROSECONDS * 1000, around * 1000)
    return _integers(first, _FAR_AHEAD, around) | finest.map(lambda microseconds: microseconds / 1000)


def _integers(least: int, most: int, around: int) -> st.SearchStrategy[int]:
    return st.integers(least - around, most - around).map(lambda number: number + around)


def bounded(numbers: Callable[..., st.SearchStrategy[T]], check: Check | None) -> st.SearchStrategy[T]:
    """Return the numbers of a strategy that the bound of an attribute lets pass."""
    if not isinstance(check, Bound):
        return numbers()
    strategy = numbers(least=check.least)
    return strategy.filter(bool) if check.is_open else strategy


TEXTS: Final = st.text(max_size=6)
LEAVES: Final = st.none() | st.booleans() | numbers() | TEXTS
_NEARLY_PLAIN: Final = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(TEXTS, LEAVES, max_size=2)
PLAIN: Final = LEAVES | st.lists(_NEARLY_PLAIN, max_size=2) | st.dictionaries(TEXTS, _NEARLY_PLAIN, max_size=2)
PLAIN_MAPS: Final = st.dictionaries(TEXTS, PLAIN, max_size=2)
