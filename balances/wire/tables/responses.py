"""The tables of whole responses. They are loaded when one is first asked for."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from balances.values.balance import Balance, Flag, Reset, Rollover
from balances.values.controls import BillingControls
from balances.values.pages import (
    BalancePage,
    BalanceRow,
    CustomerPage,
    EntityPage,
    RowStatus,
    UsageEvent,
    UsageEventPage,
)
from balances.values.responses import CheckResponse, Customer, Entity, TrackDeduction, TrackResponse
from balances.wire.inside import Each, fields_of
from balances.wire.scalars import AMOUNT, FLAG, MOMENT, TEXT, Word
from balances.wire.shapes import Many, MapOf, OrNull, Part, PlainData
from balances.wire.tables.balances import item_keys
from balances.wire.tables.rows import Table, defaulted, nullable, open_table, optional, required

__all__: list[str] = []

_SUBSCRIPTION: Final = fields_of(
    "id",
    "plan_id",
    "auto_enable",
    "add_on",
    "status",
    "past_due",
    "canceled_at",
    "expires_at",
    "trial_ends_at",
    "started_at",
    "current_period_start",
    "current_period_end",
    "quantity",
    "plan",
    "scope",
)
_PURCHASE: Final = fields_of("plan_id", "expires_at", "started_at", "quantity", "plan", "scope")
_LICENSE: Final = fields_of(
    "license_plan_id", "parent_plan_id", "license_plan_name", "granted", "usage", "remaining", "paid_quantity"
)
_BASE_ENTITY: Final = fields_of("id", "name", "created_at", "env", "customer_id", "feature_id")

CUSTOMER: Final = fields_of(
    "name",
    "email",
    "created_at",
    "fingerprint",
    "stripe_id",
    "env",
    "metadata",
    "send_email_receipts",
    "config",
    "processors",
    "invoices",
    "invoice_previews",
    "trials_used",
    "rewards",
    "referrals",
    "payment_method",
    "billing_details",
    subscriptions=Each(_SUBSCRIPTION),
    purchases=Each(_PURCHASE),
    licenses=Each(_LICENSE),
    entities=Each(_BASE_ENTITY),
)
"""The fields of a customer that are not about balances."""

ENTITY: Final = fields_of(
    "name", "created_at", "env", "invoices", subscriptions=Each(_SUBSCRIPTION), purchases=Each(_PURCHASE)
)
CHECK: Final = fields_of("preview")
TRACK: Final = fields_of()
_PAGE: Final = fields_of("next_cursor", "has_more", "offset", "limit", "total", "total_count", "total_filtered_count")


def _page(cls: type, of: type) -> Table:
    return open_table(cls, (required("list", Many(Part(of))),), _PAGE)


TABLES: Final = (
    open_table(
        Customer,
        (
            nullable("id", TEXT),
            required("billing_controls", Part(BillingControls)),
            required("balances", MapOf(Part(Balance))),
            required("flags", MapOf(Part(Flag))),
        ),
        CUSTOMER,
    ),
    open_table(
        Entity,
        (
            nullable("id", TEXT),
            optional("customer_id", TEXT),
            optional("feature_id", TEXT),
            required("balances", MapOf(Part(Balance))),
            required("flags", MapOf(Part(Flag))),
            optional("billing_controls", Part(BillingControls)),
        ),
        ENTITY,
    ),
    open_table(
        CheckResponse,
        (
            required("allowed", FLAG),
            required("customer_id", TEXT),
            optional("entity_id", TEXT),
            optional("required_balance", AMOUNT),
            nullable("balance", Part(Balance)),
            nullable("flag", Part(Flag)),
            optional("balances", MapOf(OrNull(Part(Balance)))),
        ),
        CHECK,
    ),
    open_table(
        TrackResponse,
        (
            required("customer_id", TEXT),
            optional("entity_id", TEXT),
            optional("event_name", TEXT),
            evolve(required("value", AMOUNT), is_nullable=True),
            nullable("balance", Part(Balance)),
            optional("balances", MapOf(OrNull(Part(Balance)))),
            optional("deductions", Many(Part(TrackDeduction))),
        ),
        TRACK,
    ),
    Table(
        TrackDeduction,
        (
            required("balance_id", TEXT),
            required("feature_id", TEXT),
            nullable("plan_id", TEXT),
            nullable("reset", Part(Reset)),
            required("value", AMOUNT),
        ),
    ),
    open_table(
        BalanceRow,
        (
            *item_keys(),
            required("feature_id", TEXT),
            required("status", Word(RowStatus)),
            defaulted("rollovers", Many(Part(Rollover))),
            required("customer_id", TEXT),
            nullable("entity_id", TEXT),
            required("created_at", MOMENT),
        ),
        fields_of(),
    ),
    open_table(
        UsageEvent,
        (
            required("id", TEXT),
            required("timestamp", MOMENT),
            required("feature_id", TEXT),
            required("customer_id", TEXT),
            required("value", AMOUNT),
            required("properties", PlainData()),
            nullable("deductions", Many(Part(TrackDeduction))),
        ),
        fields_of(),
    ),
    _page(CustomerPage, Customer),
    _page(EntityPage, Entity),
    _page(BalancePage, BalanceRow),
    _page(UsageEventPage, UsageEvent),
)
