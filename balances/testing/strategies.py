"""Hypothesis strategies for every value, for payloads of both formats, and for histories of usage.

Values and payloads are drawn from the tables of the wire, so nothing that can be sent is left out. What is drawn by
default survives the wire: amounts are those that a double holds in its shortest repr, and moments those whose
milliseconds it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from attrs import fields
from hypothesis import strategies as st

from balances.base.amounts import LARGEST, Amount, to_amount
from balances.base.fields import Bound, Check
from balances.base.instants import EPOCH, MILLISECOND, to_instant
from balances.usage.receipts import DeductionKind
from balances.values.balance import Price
from balances.values.events import Usage
from balances.values.plans import PlanPrice
from balances.wire.dialects import Case, Dialect
from balances.wire.leaves import read_moment
from balances.wire.rules import WireRule
from balances.wire.shapes import (
    AMOUNT,
    COUNT,
    EXPIRY,
    FLAG,
    INDEX,
    MOMENT,
    TEXT,
    TIER_END,
    Kept,
    Many,
    MapOf,
    Part,
    Shape,
    Word,
)
from balances.wire.tables import DEDUCTION_KIND, DURATION_TYPE, TABLES, Key, Table

__all__ = ["amounts", "exact_amounts", "instants", "payloads", "usages", "values"]

T = TypeVar("T")

_LONG_AGO: Final = -62_135_596_800_000 + 86_400_000
_FAR_AHEAD: Final = 253_402_300_799_000 - 86_400_000
_NO_MORE_MICROSECONDS: Final = 2**42
"""From about here on, the year 2109, a double of milliseconds may no longer tell one microsecond from the next."""


def amounts(*, least: int | None = None) -> st.SearchStrategy[Decimal]:
    """Return amounts that the wire can say: whole numbers, and what a double holds in its shortest repr.

    >>> from hypothesis import find
    >>> 0 < find(amounts(), lambda amount: 0 < amount < 1) < 1
    True
    """
    return _numbers(least).map(to_amount)


def exact_amounts(*, least: int | None = None) -> st.SearchStrategy[Decimal]:
    """Return amounts of any number of digits, which only an exact converter can write.

    >>> from hypothesis import find
    >>> find(exact_amounts(), lambda amount: amount != to_amount(float(amount))) is not None
    True
    """
    lowest = -LARGEST if least is None else Decimal(least)
    decimals = st.decimals(lowest, LARGEST, allow_nan=False, allow_infinity=False)
    return decimals.filter(lambda amount: bool(float(amount)) or not amount).map(to_amount)


def instants(*, after: datetime | None = None) -> st.SearchStrategy[datetime]:
    """Return moments that the wire can say, to the microsecond; given `after`, only later ones.

    >>> from datetime import UTC
    >>> from hypothesis import find
    >>> find(instants(after=datetime(2026, 1, 1, tzinfo=UTC)), lambda moment: True).year >= 2026
    True
    """
    return _milliseconds(after).map(read_moment)


def values(cls: type[T], *, exact: bool = False) -> st.SearchStrategy[T]:
    """Return values of a class; where `exact`, with amounts that only an exact converter can write.

    >>> from balances import Balance
    >>> from hypothesis import find
    >>> find(values(Balance), lambda balance: len(balance.breakdown) == 1).breakdown[0].unlimited
    False
    """
    table = TABLES[cls]
    required = {key.name: _value(key, table, exact=exact) for key in table.keys if key.is_required}
    optional = {key.name: _value(key, table, exact=exact) for key in table.keys if not key.is_required}
    attributes = st.fixed_dictionaries(required, optional=optional).map(_DISENTANGLED.get(table.form, dict))
    forms = attributes.map(lambda drawn: table.form(**drawn))
    return forms.map(table.enter) if table.enter else forms


def payloads(cls: type, case: Case) -> st.SearchStrategy[dict[str, Any]]:
    """Return payloads that structure into a class: with keys missing that may be, and nulls where they may stand.

    >>> from balances import Rollover, wire
    >>> from hypothesis import find
    >>> payload = find(payloads(Rollover, "camel"), lambda payload: payload.get("expiresAt"))
    >>> wire.camel.structure(payload, Rollover).expires_at is None
    False
    """
    table, dialect = TABLES[cls], Dialect(case=case)
    required = {dialect.key(key.name): _raw(key, table, case) for key in table.keys if key.is_required}
    optional = {
        dialect.key(name): st.none() | _raw(key, table, case)
        for key in table.keys
        for name in (key.name, key.alias)
        if name and not key.is_required
    }
    internal = dict.fromkeys(table.internal, st.none())
    disentangled = _DISENTANGLED.get(table.form, dict)
    return st.fixed_dictionaries(required, optional=optional | internal).map(disentangled)


def usages(
    *, start: datetime, until: datetime, amount: st.SearchStrategy[Amount] | None = None, max_size: int = 12
) -> st.SearchStrategy[list[Usage]]:
    """Return histories of usage as `simulate` takes them: in order of time, from `start` through `until`.

    Some of them happen at the same moment. An amount is whole, or so many hundredths, and never negative, unless the
    strategy of an `amount` is given.

    >>> from hypothesis import find
    >>> start, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    >>> history = find(usages(start=start, until=until), lambda history: len(history) == 3)
    >>> start <= history[0].at <= history[1].at <= history[2].at <= until
    True
    """
    first, last = (to_instant(moment).replace(tzinfo=None) for moment in (start, until))
    moments = st.datetimes(first, last, timezones=st.just(UTC))
    of_each = _USED if amount is None else amount
    history = st.lists(st.builds(Usage, at=moments, amount=of_each), max_size=max_size)
    return history.map(lambda drawn: sorted(drawn, key=lambda usage: usage.at))


def _without_two_prices(drawn: dict[str, Any]) -> dict[str, Any]:
    return drawn | {"amount": None} if drawn.get("tiers") else drawn


def _as_senders_say(drawn: dict[str, Any]) -> dict[str, Any]:
    capped = drawn.get("max") is not None
    left_out = {"share", "days", "resets", *(("max_percentage", "maxPercentage") if capped else ())}
    return {name: value for name, value in drawn.items() if name not in left_out}


_DISENTANGLED: Final[dict[type, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    PlanPrice: _without_two_prices,
    Price: _without_two_prices,
    WireRule: _as_senders_say,
}
"""The keys that a class cannot hold together, drawn apart, and those that no sender sends, left out."""


def _numbers(least: int | None = None) -> st.SearchStrategy[int | float]:
    simple = st.integers(min_value=0 if least is None else 1000 * least, max_value=10**7)
    return st.one_of(
        st.integers(min_value=-(10**20) if least is None else least, max_value=10**20),
        simple.map(lambda thousandths: thousandths / 1000),
        st.floats(min_value=least, allow_nan=False, allow_infinity=False),
    )


def _milliseconds(after: datetime | None = None) -> st.SearchStrategy[int | float]:
    first = _LONG_AGO if after is None else (after - EPOCH) // MILLISECOND + 1
    finest = st.integers(max(first, -_NO_MORE_MICROSECONDS) * 1000, _NO_MORE_MICROSECONDS * 1000)
    return st.integers(first, _FAR_AHEAD) | finest.map(lambda microseconds: microseconds / 1000)


def _value(key: Key, table: Table, *, exact: bool) -> st.SearchStrategy[Any]:
    attribute = getattr(fields(table.form), key.name)
    strategy = _value_of(key.shape, attribute.validator, exact=exact)
    return st.none() | strategy if key.is_nullable or attribute.default is None else strategy


def _value_of(shape: Shape, check: Check | None, *, exact: bool) -> st.SearchStrategy[Any]:
    match shape:
        case Many():
            return st.lists(_value_of(shape.item, None, exact=exact), max_size=3)
        case MapOf():
            return st.dictionaries(_TEXTS, _value_of(shape.item, None, exact=exact), max_size=3)
        case Part():
            of_part: st.SearchStrategy[Any] = values(shape.cls, exact=exact)
            return of_part
        case _ if shape == AMOUNT:
            return _bounded(exact_amounts if exact else amounts, check)
        case _:
            of_value = _VALUES.get(shape.expected)
            return _raw_of(shape, check, "snake") if of_value is None else of_value


def _raw(key: Key, table: Table, case: Case) -> st.SearchStrategy[Any]:
    return _raw_of(key.shape, getattr(fields(table.form), key.name).validator, case)


def _raw_of(shape: Shape, check: Check | None, case: Case) -> st.SearchStrategy[Any]:
    match shape:
        case Many():
            return st.lists(_raw_of(shape.item, None, case), max_size=3)
        case MapOf():
            return st.dictionaries(_TEXTS, _raw_of(shape.item, None, case), max_size=3)
        case Part():
            return payloads(shape.cls, case)
        case Word():
            return st.sampled_from([word.value for word in shape.enum]) | _TEXTS
        case _ if shape == AMOUNT:
            return _bounded(_numbers, check)
        case _:
            return _SCALARS[shape.expected]


def _bounded(numbers: Callable[..., st.SearchStrategy[T]], check: Check | None) -> st.SearchStrategy[T]:
    if not isinstance(check, Bound):
        return numbers()
    strategy = numbers(least=check.least)
    return strategy.filter(bool) if check.is_open else strategy


_USED: Final[st.SearchStrategy[Amount]] = st.integers(0, 200) | st.integers(0, 10**5).map(lambda number: number / 100)
_TEXTS: Final = st.text(max_size=6)
_LEAVES: Final = st.none() | st.booleans() | _numbers() | _TEXTS
_PLAIN: Final = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)
_PLAIN_MAPS: Final = st.dictionaries(_TEXTS, _PLAIN, max_size=3)
_SCALARS: Final[dict[str, st.SearchStrategy[Any]]] = {
    TEXT.expected: _TEXTS,
    FLAG.expected: st.booleans(),
    COUNT.expected: st.integers(1, 1000),
    INDEX.expected: st.integers(0, 1000),
    MOMENT.expected: _milliseconds(),
    EXPIRY.expected: st.just(0) | _milliseconds(EPOCH),
    TIER_END.expected: st.sampled_from(["inf", -1]) | _numbers(0),
    DEDUCTION_KIND.expected: st.sampled_from([kind.value for kind in DeductionKind]),
    DURATION_TYPE.expected: st.sampled_from(["month", "forever"]),
    Kept().expected: _PLAIN_MAPS,
}
"""What a payload holds where a shape of this name is expected."""

_VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    MOMENT.expected: instants(),
    EXPIRY.expected: instants(after=EPOCH),
    TIER_END.expected: st.none() | amounts(least=0),
}
"""What a value holds there, where that is something else."""
