"""The tables of receipt lines and holds."""

from __future__ import annotations

from typing import Final

from balances.usage.holds import Hold
from balances.usage.receipts import Deduction, to_kind
from balances.wire.scalars import AMOUNT, FLAG, INDEX, MOMENT, TEXT, Scalar
from balances.wire.shapes import Many, Part, PlainData
from balances.wire.tables.rows import Table, defaulted, nullable, optional, required

__all__: list[str] = []

DEDUCTION_KIND: Final = Scalar(
    '"rollover" or "item"',
    to_kind,
    loading="to_kind({raw})",
    dumping="{value}.value",
    names={"to_kind": to_kind},
    json={"type": "string", "enum": ["rollover", "item"]},
)

TABLES: Final = (
    Table(
        Deduction,
        (
            required("kind", DEDUCTION_KIND),
            defaulted("id", TEXT),
            required("index", INDEX),
            nullable("expires_at", MOMENT),
            required("amount", AMOUNT),
            required("units", AMOUNT),
            required("is_overage", FLAG),
            defaulted("feature_id", TEXT),
            nullable("resets_at", MOMENT),
            optional("least_usage", AMOUNT),
        ),
    ),
    Table(
        Hold,
        (
            required("id", TEXT),
            required("amount", AMOUNT),
            required("deductions", Many(Part(Deduction))),
            nullable("expires_at", MOMENT),
            nullable("credit_cost", AMOUNT),
            optional("feature_id", TEXT),
            optional("properties", PlainData()),
        ),
    ),
)
