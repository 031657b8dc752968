"""The strategy for an attribute, by its type: so any value without a wire shape is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, Final, TypeAlias, TypeVar, Union, get_args, get_origin

from attrs import fields
from hypothesis import strategies as st

from balances.base.fields import Check
from balances.base.words import UnknownWord
from balances.periods.cycles import Cycle
from balances.testing.simple import TEXTS, amounts, bounded, exact_amounts, instants

__all__: list[str] = []

OfClass: TypeAlias = Callable[[Any], st.SearchStrategy[Any]]
"""The strategy for a class of values."""

UNKNOWN_WORDS: Final = TEXTS.map(UnknownWord)
_SIMPLE: Final[dict[Any, st.SearchStrategy[Any]]] = {
    type(None): st.none(),
    str: TEXTS,
    bool: st.booleans(),
    int: st.integers(1, 1000),
    datetime: instants(),
    UnknownWord: UNKNOWN_WORDS,
    tzinfo: st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-3, minutes=-30))]),
}
"""The simple types of attributes. A whole number is a count."""


def of_attributes(cls: type[Any], of_class: OfClass, *, exact: bool) -> st.SearchStrategy[Any]:
    """Return values of a class whose attributes are drawn by their types."""
    attributes = {each.name: _typed(each.type, each.validator, of_class, exact=exact) for each in fields(cls)}
    drawn = st.fixed_dictionaries(attributes)
    return (drawn.filter(_is_in_order) if cls is Cycle else drawn).map(lambda each: cls(**each))


def _is_in_order(drawn: Mapping[str, Any]) -> bool:
    """Return whether a cycle ends after its start."""
    return bool(drawn["start"] < drawn["end"])


def _typed(kind: Any, check: Check | None, of_class: OfClass, *, exact: bool) -> st.SearchStrategy[Any]:
    """Return the values that an attribute of a type can hold, as far as its validator lets them pass."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return st.one_of([_typed(each, check, of_class, exact=exact) for each in arguments])
    if isinstance(kind, TypeVar):
        return _typed(kind.__bound__, check, of_class, exact=exact)
    if origin is tuple:
        return st.lists(_typed(arguments[0], None, of_class, exact=exact), max_size=3)
    if origin is Mapping:
        return st.dictionaries(TEXTS, _typed(arguments[1], None, of_class, exact=exact), max_size=2)
    return bounded(exact_amounts if exact else amounts, check) if kind is Decimal else _single(kind, of_class)


def _single(kind: Any, of_class: OfClass) -> st.SearchStrategy[Any]:
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    return _SIMPLE[kind] if kind in _SIMPLE else of_class(kind)
