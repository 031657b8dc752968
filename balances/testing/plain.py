"""The strategy for plain data: maps that are kept as they are, with the fields that camelCase renames inside."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from balances.testing.simple import LEAVES, PLAIN, PLAIN_MAPS, TEXTS
from balances.wire.dialects import Case, Dialect
from balances.wire.inside import Each, Fields, respelled
from balances.wire.leaves import thawed
from balances.wire.tables.rows import Table, own_spellings

__all__: list[str] = []


@st.composite
def plain_data(draw: st.DrawFn, inside: Fields | Each | None, case: Case) -> dict[str, Any]:
    """Return plain data of one kind. As a composite, a strategy of many fields is still shown in few words."""
    data = draw(_objects(inside))
    if case == "snake":
        return data
    renamed: dict[str, Any] = thawed(respelled(data, inside, to=case), exact=False)
    return renamed


def others(table: Table, case: Case) -> st.SearchStrategy[dict[str, Any]]:
    """Return the keys of a response that have no row. In memory, none of them is named like one that has a row."""
    assert table.other  # noqa: S101  (only classes that keep other keys are asked for)
    own = own_spellings(table, Dialect(case=case))
    return plain_data(table.other, case).map(lambda data: {key: data[key] for key in data if key not in own})


@cache
def _objects(inside: Fields | Each | None) -> st.SearchStrategy[dict[str, Any]]:
    """Return plain data with the fields it may have, and unknown keys that look like them."""
    if isinstance(inside, Each):
        return st.dictionaries(TEXTS, _objects(inside.value), max_size=2)
    known = {name: _plain(within) for name, within in inside.inside.items()} if inside else {}
    alike = dict.fromkeys(inside.other_names, LEAVES) if inside else {}
    drawn = st.fixed_dictionaries({}, optional=alike | known)
    return st.tuples(PLAIN_MAPS, drawn).map(lambda pair: {**pair[0], **pair[1]})


def _plain(inside: Fields | Each | None) -> st.SearchStrategy[Any]:
    if isinstance(inside, Each):
        return _objects(inside) | st.lists(_objects(inside.value), max_size=2) | LEAVES
    return PLAIN if inside is None else _objects(inside) | LEAVES
