"""The strategies of payloads: objects as `json.loads` returns them, drawn from the tables of the wire."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

from attrs import fields
from hypothesis import strategies as st

from balances.base.fields import Check, Response
from balances.base.instants import EPOCH
from balances.testing.disentangled import DISENTANGLED
from balances.testing.plain import others, plain_data
from balances.testing.simple import TEXTS, bounded, milliseconds, numbers
from balances.testing.webhooks import payloads_of_webhooks
from balances.usage.receipts import DeductionKind
from balances.values.balance import Balance
from balances.values.webhooks import Webhook
from balances.wire.dialects import Case, Dialect
from balances.wire.inside import INSIDE
from balances.wire.registry import known_table_of
from balances.wire.scalars import AMOUNT, COUNT, EXPIRY, FLAG, INDEX, MOMENT, TEXT, TIER_END, Word
from balances.wire.shapes import Many, MapOf, OrNull, Part, PlainData, Shape
from balances.wire.tables.plans import DURATION_TYPE
from balances.wire.tables.receipts import DEDUCTION_KIND
from balances.wire.tables.rows import Key, Table

__all__: list[str] = []


# Hypothesis examines each strategy before it draws from it, which costs more than to draw. So each is made once.
@cache
def payloads_of(cls: type, case: Case) -> st.SearchStrategy[dict[str, Any]]:
    """Return payloads that structure into a class."""
    if cls is Webhook:
        return payloads_of_webhooks(partial(payloads_of, case=case), case)
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


def is_large(cls: type) -> bool:
    """Return whether values of a class may have very many parts."""
    return cls is Balance or issubclass(cls, Response)


@st.composite
def large(draw: st.DrawFn, of_class: Callable[..., st.SearchStrategy[Any]], *how: Any, **more: Any) -> Any:
    """Draw a large value or payload. As a composite, its strategy is still shown in few words."""
    return draw(of_class(*how, **more))


def several(shape: Many | MapOf, items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return lists or maps of items: of large ones, few."""
    kind = st.lists if isinstance(shape, Many) else partial(st.dictionaries, TEXTS)
    return kind(items, max_size=1 if any(map(is_large, shape.parts)) else 3)


def _raw(key: Key, table: Table, case: Case) -> st.SearchStrategy[Any]:
    return raw_of(key.shape, getattr(fields(table.form), key.name).validator, case)


def raw_of(shape: Shape, check: Check | None, case: Case) -> st.SearchStrategy[Any]:
    """Return what may stand under a key of such a shape."""
    match shape:
        case Many() | MapOf():
            return several(shape, raw_of(shape.item, None, case))
        case OrNull():
            return st.none() | raw_of(shape.item, None, case)
        case Part():
            cls: Any = shape.cls
            return large(payloads_of, cls, case) if is_large(cls) else payloads_of(cls, case)
        case PlainData():
            return plain_data(INSIDE.get(shape.inside or ""), case)
        case Word():
            return st.sampled_from([word.value for word in shape.enum]) | TEXTS
        case _:
            return bounded(numbers, check) if shape == AMOUNT else _SCALARS[shape.expected]


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
