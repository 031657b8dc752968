"""The tables of webhooks. They are loaded when one is first asked for."""

from __future__ import annotations

from typing import Final

from balances.values.responses import Customer, Entity
from balances.values.webhooks import (
    DATA_OF,
    AutoTopupFailed,
    AutoTopupSucceeded,
    BillingUpdated,
    LimitReached,
    ProductsUpdated,
    ThresholdReached,
    UsageAlertTriggered,
    Webhook,
)
from balances.wire.inside import INSIDE, fields_of
from balances.wire.scalars import AMOUNT, TEXT
from balances.wire.shapes import ByType, Part, PlainData
from balances.wire.tables.rows import open_table, optional, required

__all__: list[str] = []

TABLES: Final = (
    open_table(
        Webhook,
        (required("type", TEXT), required("data", ByType(DATA_OF))),
        fields_of("id", "occurred_at"),
    ),
    open_table(
        ProductsUpdated,
        (
            required("scenario", TEXT),
            required("customer", Part(Customer)),
            optional("entity", Part(Entity)),
        ),
        fields_of("updated_product"),
    ),
    open_table(
        ThresholdReached,
        (required("threshold_type", TEXT), required("customer", Part(Customer))),
        fields_of(feature=INSIDE["feature"]),
    ),
    open_table(
        LimitReached,
        (
            required("customer_id", TEXT),
            optional("entity_id", TEXT),
            required("feature_id", TEXT),
            required("limit_type", TEXT),
        ),
        fields_of(),
    ),
    open_table(
        UsageAlertTriggered,
        (
            required("customer_id", TEXT),
            required("feature_id", TEXT),
            optional("entity_id", TEXT),
            required("usage_alert", PlainData("usage_alert")),
        ),
        fields_of(),
    ),
    open_table(
        AutoTopupSucceeded,
        (
            required("customer_id", TEXT),
            required("feature_id", TEXT),
            required("quantity_granted", AMOUNT),
            required("threshold", AMOUNT),
            required("balance_after", AMOUNT),
        ),
        fields_of("invoice_mode", "invoice"),
    ),
    open_table(
        AutoTopupFailed,
        (
            required("customer_id", TEXT),
            required("feature_id", TEXT),
            required("reason", TEXT),
            required("quantity", AMOUNT),
            required("threshold", AMOUNT),
            required("balance", AMOUNT),
        ),
        fields_of("invoice_mode", "error"),
    ),
    open_table(BillingUpdated, (required("customer_id", TEXT),), fields_of("object", "plan_changes", "tags")),
)
