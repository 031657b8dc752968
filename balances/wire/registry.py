"""Which table a class has: the one of its subject, or the one of an older version of the API.

The tables of whole responses and those of older versions are loaded when one of them is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from balances.base.fields import Response
from balances.wire.tables import TABLES
from balances.wire.tables.rows import Table

__all__: list[str] = []


def table_of(cls: type) -> Table | None:
    """Return the table of a class, or None where it is none of the wire.

    >>> from balances import Allocation
    >>> table_of(Allocation).keys[0].name
    'amount'
    >>> table_of(int) is None
    True
    """
    table = TABLES.get(cls)
    if table:
        return table
    return responses().get(cls) if issubclass(cls, Response) else None


def known_table_of(cls: type) -> Table:
    """Return the table of a class of the wire."""
    table = table_of(cls)
    assert table is not None  # noqa: S101  (only classes of the wire are asked for)
    return table


@cache
def responses() -> Mapping[type, Table]:
    """Return the tables of whole responses."""
    from balances.wire.tables import responses, webhooks  # noqa: PLC0415  (they are loaded on first use)

    return {table.cls: table for table in (*responses.TABLES, *webhooks.TABLES)}
