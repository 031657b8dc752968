"""The one table of each class: its keys on the wire, in order, and the rules of each."""

from __future__ import annotations

from typing import Final

from balances.wire.tables import accounts, balances, controls, features, plans, receipts
from balances.wire.tables.rows import Table

__all__: list[str] = []

TABLES: Final[dict[type, Table]] = {
    table.cls: table
    for subject in (balances, features, controls, plans, receipts, accounts)
    for table in subject.TABLES
}
"""The table of each class whose values are loaded with the package."""
