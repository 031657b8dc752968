"""Hypothesis strategies for every value, for lawful balances and accounts, for payloads and for histories of usage.

A value or payload with a wire shape is drawn from its table, so every key that can be sent is drawn. Any other value is
drawn from the types of its attributes. By default, all that is drawn survives the wire: a double holds every amount in
its shortest repr, and the milliseconds of every moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Final, TypeVar, cast

from attrs import fields
from hypothesis import strategies as st

from balances.base.amounts import Amount
from balances.base.fields import Check, Response
from balances.base.instants import EPOCH, to_instant
from balances.testing.accounts import accounts_of, any_accounts
from balances.testing.disentangled import DISENTANGLED
from balances.testing.lawful import DECIDED, lawful_balances
from balances.testing.plain import others, plain_data
from balances.testing.simple import (
    TEXTS,
    amounts,
    bounded,
    exact_amounts,
    instants,
    milliseconds,
    numbers,
)
from balances.testing.typed import UNKNOWN_WORDS, of_attributes
from balances.testing.webhooks import payloads_of_webhooks, webhooks
from balances.usage.receipts import DeductionKind
from balances.values.accounts import Account
from balances.values.balance import Balance, Breakdown, Price
from balances.values.events import Usage
from balances.values.features import Feature
from balances.values.policies import Policy
from balances.values.webhooks import Webhook
from balances.wire.dialects import Case, Dialect
from balances.wire.inside import INSIDE
from balances.wire.registry import known_table_of, table_of
from balances.wire.scalars import (
    AMOUNT,
    COUNT,
    EXPIRY,
    FLAG,
    INDEX,
    MOMENT,
    TEXT,
    TIER_END,
    Word,
)
from balances.wire.shapes import Many, MapOf, OrNull, Part, PlainData, Shape
from balances.wire.tables.plans import DURATION_TYPE
from balances.wire.tables.receipts import DEDUCTION_KIND
from balances.wire.tables.rows import Key, Table

__all__ = [
    "accounts",
    "amounts",
    "balances",
    "exact_amounts",
    "instants",
    "payloads",
    "policies",
    "usages",
    "values",
]

T = TypeVar("T")


def values(cls: type[T], *, exact: bool = False) -> st.SearchStrategy[T]:
    """Return values of a class. If `exact`, some of their amounts can be written only by an exact converter.

    >>> from balances import Rollover, wire
    >>> from hypothesis import given
    >>> @given(values(Rollover))
    ... def test_what_is_written_can_be_read(rollover):
    ...     assert wire.snake.structure(wire.snake.unstructure(rollover), Rollover) == rollover
    >>> test_what_is_written_can_be_read()
    """
    strategy: st.SearchStrategy[T] = _values(cast("Hashable", cls), exact=exact)
    return strategy


# Hypothesis examines each strategy before it draws from it, which costs more than to draw. So each is made once.
@cache
def _values(cls: type[Any], *, exact: bool) -> st.SearchStrategy[Any]:
    if cls is Account:
        return any_accounts(partial(values, exact=exact))
    if cls is Webhook:
        return webhooks(partial(values, exact=exact))
    table = table_of(cls)
    if table is None:
        return of_attributes(cls, partial(values, exact=exact), exact=exact)
    attributes = _attributes(table, exact=exact)
    if table.other:
        attributes = st.tuples(attributes, others(table, "snake")).map(lambda pair: {**pair[0], "other": pair[1]})
    attributes = attributes.map(DISENTANGLED.get(table.form, dict))
    forms = attributes.map(lambda drawn: table.form(**drawn))
    return forms.map(table.enter) if table.enter else forms


def _attributes(table: Table, *, exact: bool = False, but: Collection[str] = ()) -> st.SearchStrategy[dict[str, Any]]:
    """Return the attributes of a class, but for some. One that need not be given is left out now and then."""
    keys = [key for key in table.keys if key.name not in but]
    required = {key.name: _value(key, table, exact=exact) for key in keys if key.is_required}
    optional = {key.name: _value(key, table, exact=exact) for key in keys if not key.is_required}
    return st.fixed_dictionaries(required, optional=optional)


def balances(*, lawful: bool = True) -> st.SearchStrategy[Balance]:
    """Return balances in which `audit` finds nothing. Unless `lawful`, return all balances that can be read.

    >>> from balances import audit
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(balances())
    ... def test_it_adds_up(balance):
    ...     assert audit(balance) == ()
    >>> test_it_adds_up()
    """
    return _LAWFUL if lawful else values(Balance)


def accounts(*, lawful: bool = True) -> st.SearchStrategy[Account]:
    """Return accounts of lawful balances, of features and of credit systems that contain them.

    Unless `lawful`, return accounts of any balances that can be read, of any features.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(accounts())
    ... def test_all_that_is_held_is_in_the_catalog(account):
    ...     assert {*account.balances} <= {feature.id for feature in account.features}
    >>> test_all_that_is_held_is_in_the_catalog()
    """
    return _LAWFUL_ACCOUNTS if lawful else values(Account)


def policies() -> st.SearchStrategy[Policy]:
    """Return policies. Their zones are fixed offsets.

    >>> from balances import advance
    >>> from balances.testing import balance
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(policies())
    ... def test_without_items_nothing_happens(policy):
    ...     assert advance(balance(100), to=datetime(2027, 1, 1, tzinfo=UTC), policy=policy).events == ()
    >>> test_without_items_nothing_happens()
    """
    return values(Policy)


def payloads(cls: type, case: Case) -> st.SearchStrategy[dict[str, Any]]:
    """Return payloads that structure into a class: with keys missing that may be, and nulls where they may stand.

    >>> from balances import Rollover, wire
    >>> from hypothesis import given
    >>> @given(payloads(Rollover, "camel"))
    ... def test_it_can_be_read(payload):
    ...     assert isinstance(wire.camel.structure(payload, Rollover), Rollover)
    >>> test_it_can_be_read()
    """
    return _payloads(cls, case)


@cache
def _payloads(cls: type, case: Case) -> st.SearchStrategy[dict[str, Any]]:
    if cls is Webhook:
        return payloads_of_webhooks(partial(payloads, case=case), case)
    table, dialect = known_table_of(cls), Dialect(case=case)
    required = {dialect.key(key.name): _raw(key, table, case) for key in table.keys if key.is_required}
    optional = {
        dialect.key(name): st.none() | _raw(key, table, case)
        for key in table.keys
        for name in (key.name, key.alias)
        if name and not key.is_required
    }
    internal = dict.fromkeys(table.internal, st.none())
    disentangled = DISENTANGLED.get(table.form, dict)
    drawn = st.fixed_dictionaries(required, optional=optional | internal).map(disentangled)
    return st.tuples(others(table, case), drawn).map(lambda pair: pair[0] | pair[1]) if table.other else drawn


def usages(
    *, start: datetime, until: datetime, amount: st.SearchStrategy[Amount] | None = None, max_size: int = 12
) -> st.SearchStrategy[list[Usage]]:
    """Return histories of usage as `simulate` takes them: in order of time, from `start` through `until`.

    Some of them happen at the same moment. An amount is whole, or so many hundredths, and never negative, unless the
    strategy of an `amount` is given.

    >>> from hypothesis import given
    >>> start, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    >>> @given(usages(start=start, until=until))
    ... def test_it_is_in_order(history):
    ...     assert all(first.at <= then.at <= until for first, then in zip(history, history[1:], strict=False))
    >>> test_it_is_in_order()
    """
    first, last = (to_instant(moment).replace(tzinfo=None) for moment in (start, until))
    moments = st.datetimes(first, last, timezones=st.just(UTC))
    of_each = _USED if amount is None else amount
    history = st.lists(st.builds(Usage, at=moments, amount=of_each), max_size=max_size)
    return history.map(lambda drawn: sorted(drawn, key=lambda usage: usage.at))


def _value(key: Key, table: Table, *, exact: bool) -> st.SearchStrategy[Any]:
    attribute = getattr(fields(table.form), key.name)
    strategy = _value_of(key.shape, attribute.validator, exact=exact)
    return st.none() | strategy if key.is_nullable or attribute.default is None else strategy


def _value_of(shape: Shape, check: Check | None, *, exact: bool) -> st.SearchStrategy[Any]:
    match shape:
        case Many() | MapOf():
            return _several(shape, _value_of(shape.item, None, exact=exact))
        case OrNull():
            return st.none() | _value_of(shape.item, None, exact=exact)
        case Word():
            return st.sampled_from(shape.enum) | UNKNOWN_WORDS
        case Part():
            of_part: st.SearchStrategy[Any] = values(shape.cls, exact=exact)
            return _large(values, shape.cls, exact=exact) if _is_large(shape.cls) else of_part
        case _ if shape == AMOUNT:
            return bounded(exact_amounts if exact else amounts, check)
        case _:
            of_value = _VALUES.get(shape.expected)
            return _raw_of(shape, check, "snake") if of_value is None else of_value


def _is_large(cls: type) -> bool:
    return cls is Balance or issubclass(cls, Response)


@st.composite
def _large(draw: st.DrawFn, of_class: Callable[..., st.SearchStrategy[Any]], *how: Any, **more: Any) -> Any:
    """Draw a large value or payload. As a composite, its strategy is still shown in few words."""
    return draw(of_class(*how, **more))


def _several(shape: Many | MapOf, items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return lists or maps of items: of large ones, few."""
    several = st.lists if isinstance(shape, Many) else partial(st.dictionaries, TEXTS)
    return several(items, max_size=1 if any(map(_is_large, shape.parts)) else 3)


def _raw(key: Key, table: Table, case: Case) -> st.SearchStrategy[Any]:
    return _raw_of(key.shape, getattr(fields(table.form), key.name).validator, case)


def _raw_of(shape: Shape, check: Check | None, case: Case) -> st.SearchStrategy[Any]:
    match shape:
        case Many() | MapOf():
            return _several(shape, _raw_of(shape.item, None, case))
        case OrNull():
            return st.none() | _raw_of(shape.item, None, case)
        case Part():
            return _large(payloads, shape.cls, case) if _is_large(shape.cls) else payloads(shape.cls, case)
        case PlainData():
            return plain_data(INSIDE.get(shape.inside or ""), case)
        case Word():
            return st.sampled_from([word.value for word in shape.enum]) | TEXTS
        case _:
            return bounded(numbers, check) if shape == AMOUNT else _SCALARS[shape.expected]


_USED: Final[st.SearchStrategy[Amount]] = st.integers(0, 200) | st.integers(0, 10**5).map(lambda number: number / 100)
_LAWFUL_ACCOUNTS: Final = st.deferred(lambda: accounts_of(balances()))
_LAWFUL: Final = st.deferred(
    lambda: lawful_balances(_attributes(known_table_of(Breakdown), but=DECIDED), values(Price), values(Feature))
)
_SCALARS: Final[dict[str, st.SearchStrategy[Any]]] = {
    TEXT.expected: TEXTS,
    FLAG.expected: st.booleans(),
    COUNT.expected: st.integers(1, 1000),
    INDEX.expected: st.integers(0, 1000),
    MOMENT.expected: milliseconds(),
    EXPIRY.expected: st.just(0) | milliseconds(EPOCH),
    TIER_END.expected: st.sampled_from(["inf", -1]) | numbers(0),
    DEDUCTION_KIND.expected: st.sampled_from([kind.value for kind in DeductionKind]),
    DURATION_TYPE.expected: st.sampled_from(["month", "forever"]),
}
"""The payloads of a shape, by the name of the shape."""

_VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    MOMENT.expected: instants(),
    EXPIRY.expected: instants(after=EPOCH),
    TIER_END.expected: st.none() | amounts(least=0),
}
"""The values of such a shape, where they differ from its payloads."""
