"""Which table a class has: the one of its subject, or the one of an older version of the API.

The tables of whole responses and those of older versions are loaded when one of them is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from balances.base.fields import Response
from balances.wire.dialects import Version
from balances.wire.tables import TABLES
from balances.wire.tables.rows import Table

__all__: list[str] = []


def table_of(cls: type, version: Version = None) -> Table | None:
    """Return the table of a class in a version, or None where it is none of the wire.

    >>> from balances import Allocation
    >>> table_of(Allocation).keys[0].name
    'amount'
    >>> table_of(int) is None
    True
    """
    table = older(version).get(cls) if version else None
    if table or (table := TABLES.get(cls)):
        return table
    return responses().get(cls) if issubclass(cls, Response) else None


def known_table_of(cls: type, version: Version = None) -> Table:
    """Return the table of a class of the wire."""
    table = table_of(cls, version)
    assert table is not None  # noqa: S101  (only classes of the wire are asked for)
    return table


@cache
def responses() -> Mapping[type, Table]:
    """Return the tables of whole responses."""
    from balances.wire.tables import responses, webhooks  # noqa: PLC0415  (they are loaded on first use)

    return {table.cls: table for table in (*responses.TABLES, *webhooks.TABLES)}


@cache
def older(version: Version) -> Mapping[type, Table]:
    """Return the tables that an older version has in place of the current ones."""
    # They are loaded on first use.
    if version == "2.0":
        from balances.wire.older import balances_2_0, responses_2_0  # noqa: PLC0415

        return {table.cls: table for table in (*balances_2_0.TABLES, *responses_2_0.TABLES)}
    from balances.wire.older import balances_1_2, responses_1_2  # noqa: PLC0415

    return {table.cls: table for table in (*balances_1_2.TABLES, *responses_1_2.TABLES)}
