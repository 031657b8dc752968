"""The strategies of values of any class: of those with a wire shape from its table, of others from their attributes."""

from __future__ import annotations

from functools import cache, partial
from typing import Any, Final

from attrs import fields
from hypothesis import strategies as st

from balances.base.fields import Check
from balances.base.instants import EPOCH
from balances.testing.accounts import any_accounts
from balances.testing.disentangled import DISENTANGLED
from balances.testing.payloads import is_large, large, raw_of, several
from balances.testing.plain import others
from balances.testing.simple import amounts, bounded, exact_amounts, instants
from balances.testing.typed import UNKNOWN_WORDS, of_attributes
from balances.testing.webhooks import webhooks
from balances.values.accounts import Account
from balances.values.webhooks import Webhook
from balances.wire.registry import table_of
from balances.wire.scalars import AMOUNT, EXPIRY, MOMENT, TIER_END, Word
from balances.wire.shapes import Many, MapOf, OrNull, Part, Shape
from balances.wire.tables.rows import Key, Table

__all__: list[str] = []


# Hypothesis examines each strategy before it draws from it, which costs more than to draw. So each is made once.
@cache
def values_of(cls: type[Any], *, exact: bool) -> st.SearchStrategy[Any]:
    """Return values of a class. If `exact`, some of their amounts can be written only by an exact converter."""
    if cls is Account:
        return any_accounts(partial(values_of, exact=exact))
    if cls is Webhook:
        return webhooks(partial(values_of, exact=exact))
    table = table_of(cls)
    if table is None:
        return of_attributes(cls, partial(values_of, exact=exact), exact=exact)
    attributes = _attributes(table, exact=exact)
    if table.other:
        attributes = st.tuples(attributes, others(table, "snake")).map(lambda pair: {**pair[0], "other": pair[1]})
    attributes = attributes.map(DISENTANGLED.get(table.form, dict))
    forms = attributes.map(lambda drawn: table.form(**drawn))
    return forms.map(table.enter) if table.enter else forms


def _attributes(table: Table, *, exact: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Return the attributes of a class. One that need not be given is left out now and then."""
    required = {key.name: _value(key, table, exact=exact) for key in table.keys if key.is_required}
    optional = {key.name: _value(key, table, exact=exact) for key in table.keys if not key.is_required}
    return st.fixed_dictionaries(required, optional=optional)


def _value(key: Key, table: Table, *, exact: bool) -> st.SearchStrategy[Any]:
    attribute = getattr(fields(table.form), key.name)
    strategy = _value_of(key.shape, attribute.validator, exact=exact)
    return st.none() | strategy if key.is_nullable or attribute.default is None else strategy


def _value_of(shape: Shape, check: Check | None, *, exact: bool) -> st.SearchStrategy[Any]:
    match shape:
        case Many() | MapOf():
            return several(shape, _value_of(shape.item, None, exact=exact))
        case OrNull():
            return st.none() | _value_of(shape.item, None, exact=exact)
        case Word():
            return st.sampled_from(shape.enum) | UNKNOWN_WORDS
        case Part():
            cls: Any = shape.cls
            return large(values_of, cls, exact=exact) if is_large(cls) else values_of(cls, exact=exact)
        case _ if shape == AMOUNT:
            return bounded(exact_amounts if exact else amounts, check)
        case _:
            of_value = _VALUES.get(shape.expected)
            return raw_of(shape, check, "snake") if of_value is None else of_value


_VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    MOMENT.expected: instants(),
    EXPIRY.expected: instants(after=EPOCH),
    TIER_END.expected: st.none() | amounts(least=0),
}
"""The values of such a shape, where they differ from its payloads."""
