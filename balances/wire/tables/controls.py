"""The tables of billing controls and of their entries."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from balances.periods.cycles import Interval
from balances.values.controls import (
    AlertBasis,
    AutoTopup,
    BalanceAllocation,
    BillingControls,
    ControlSource,
    EntityAllocation,
    LimitType,
    OverageControl,
    PropertyFilter,
    PurchaseLimit,
    SpendLimit,
    ThresholdType,
    UsageAlert,
    UsageLimit,
    WindowAnchor,
)
from balances.wire.scalars import AMOUNT, COUNT, FLAG, MOMENT, TEXT, Word
from balances.wire.shapes import Many, MapOf, Part
from balances.wire.tables.rows import Table, defaulted, nullable, optional, required

__all__: list[str] = []

TABLES: Final = (
    Table(
        BillingControls,
        (
            optional("spend_limits", Many(Part(SpendLimit))),
            optional("usage_limits", Many(Part(UsageLimit))),
            optional("overage_allowed", Many(Part(OverageControl))),
            optional("usage_alerts", Many(Part(UsageAlert))),
            optional("auto_topups", Many(Part(AutoTopup))),
            optional("balance_allocations", Many(Part(BalanceAllocation))),
        ),
    ),
    Table(
        SpendLimit,
        (
            optional("feature_id", TEXT),
            defaulted("enabled", FLAG),
            optional("limit_type", Word(LimitType)),
            optional("overage_limit", AMOUNT),
            optional("skip_overage_billing", FLAG),
            optional("source", Word(ControlSource)),
        ),
    ),
    Table(
        UsageLimit,
        (
            required("feature_id", TEXT),
            defaulted("enabled", FLAG),
            required("limit", AMOUNT),
            required("interval", Word(Interval)),
            optional("anchor", Word(WindowAnchor)),
            optional("filter", Part(PropertyFilter)),
            optional("usage", AMOUNT),
            optional("source", Word(ControlSource)),
        ),
    ),
    Table(PropertyFilter, (required("properties", MapOf(TEXT)),)),
    Table(
        OverageControl,
        (required("feature_id", TEXT), defaulted("enabled", FLAG), optional("source", Word(ControlSource))),
    ),
    Table(
        UsageAlert,
        (
            optional("feature_id", TEXT),
            defaulted("enabled", FLAG),
            required("threshold", AMOUNT),
            required("threshold_type", Word(ThresholdType)),
            optional("name", TEXT),
            optional("basis", Word(AlertBasis)),
            optional("filter", Part(PropertyFilter)),
            optional("source", Word(ControlSource)),
        ),
    ),
    Table(
        AutoTopup,
        (
            required("feature_id", TEXT),
            defaulted("enabled", FLAG),
            required("threshold", AMOUNT),
            required("quantity", AMOUNT),
            optional("purchase_limit", Part(PurchaseLimit)),
            optional("invoice_mode", FLAG),
            optional("source", Word(ControlSource)),
        ),
    ),
    Table(
        PurchaseLimit,
        (
            nullable("interval", Word(Interval)),
            evolve(optional("interval_count", COUNT), is_nullable=True),
            nullable("limit", AMOUNT),
            optional("count", AMOUNT),
            optional("next_reset_at", MOMENT),
        ),
    ),
    Table(
        BalanceAllocation,
        (
            required("feature_id", TEXT),
            required("interval", Word(Interval)),
            defaulted("allocations", Many(Part(EntityAllocation))),
            optional("source", Word(ControlSource)),
        ),
    ),
    Table(EntityAllocation, (required("entity_id", TEXT), required("amount", AMOUNT))),
)
