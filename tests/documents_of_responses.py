"""Documents of whole responses, with every key of each: a part of `payloads`."""

from typing import Any, Final

from balances import (
    Account,
    AutoTopupFailed,
    AutoTopupSucceeded,
    BalancePage,
    BalanceRow,
    BillingUpdated,
    CheckResponse,
    Customer,
    CustomerPage,
    Entity,
    EntityPage,
    LimitReached,
    ProductsUpdated,
    ThresholdReached,
    TrackDeduction,
    TrackResponse,
    UsageAlertTriggered,
    UsageEvent,
    UsageEventPage,
    Webhook,
)

Document = dict[str, Any]

# 2026-03-18 16:25:21.437, UTC.
_SPRING: Final = 1773851121437
_SUBSCRIPTION: Final[Document] = {
    "id": "sub_1",
    "plan_id": "pro",
    "auto_enable": False,
    "add_on": False,
    "status": "active",
    "past_due": False,
    "canceled_at": None,
    "expires_at": None,
    "trial_ends_at": None,
    "started_at": _SPRING,
    "current_period_start": _SPRING,
    "current_period_end": _SPRING,
    "quantity": 2,
    "plan": {"id": "pro"},
    "scope": "customer",
}
_PURCHASE: Final[Document] = {"plan_id": "pack", "expires_at": None, "started_at": _SPRING, "quantity": 1}
_LICENSE: Final[Document] = {
    "license_plan_id": "seat",
    "parent_plan_id": "pro",
    "license_plan_name": "Seat",
    "granted": 5,
    "usage": 2,
    "remaining": 3,
    "paid_quantity": 1.5,
}
_DEDUCTION: Final[Document] = {
    "balance_id": "item_1",
    "feature_id": "credits",
    "plan_id": "team",
    "reset": {"interval": "month", "resets_at": _SPRING},
    "value": 2.5,
}


def documents(
    balance: Document, item: Document, flag: Document, controls: Document, feature: Document
) -> dict[type, Document]:
    """Return a document of each response, made of documents of the parts."""
    balances, flags = {"credits": balance}, {"sso": flag}
    customer: Document = {
        "id": "ada",
        "billing_controls": controls,
        "balances": balances,
        "flags": flags,
        "name": "Ada",
        "email": None,
        "created_at": _SPRING,
        "fingerprint": None,
        "stripe_id": "cus_1",
        "env": "live",
        "metadata": {"tags": ["a", None, 1.5]},
        "send_email_receipts": True,
        "subscriptions": [_SUBSCRIPTION],
        "purchases": [_PURCHASE],
        "licenses": [_LICENSE],
        "entities": [{"id": "seat_1", "name": None, "created_at": _SPRING, "env": "live", "customer_id": "ada"}],
        "payment_method": None,
    }
    entity: Document = {
        "id": "seat_1",
        "customer_id": "ada",
        "feature_id": "seats",
        "balances": balances,
        "flags": flags,
        "billing_controls": {"spend_limits": controls["spend_limits"]},
        "name": "Seat",
        "created_at": _SPRING,
        "env": "live",
        "subscriptions": [_SUBSCRIPTION],
        "purchases": [],
    }
    row: Document = {
        **item,
        "feature_id": "credits",
        "status": "active",
        "rollovers": [{"granted": 40, "balance": 12.5, "expires_at": 0}],
        "customer_id": "ada",
        "entity_id": "seat_1",
        "created_at": _SPRING,
    }
    event: Document = {
        "id": "event_1",
        "timestamp": _SPRING,
        "feature_id": "credits",
        "customer_id": "ada",
        "value": 2.5,
        "properties": {"model": "large", "tags": ["a", None]},
        "deductions": [_DEDUCTION],
    }
    reached: Document = {
        "customer_id": "ada",
        "entity_id": "seat_1",
        "feature_id": "credits",
        "limit_type": "spend_limit",
    }
    return {
        Account: {"features": [feature], "balances": balances, "flags": flags, "billing_controls": controls},
        Customer: customer,
        Entity: entity,
        CheckResponse: {
            "allowed": True,
            "customer_id": "ada",
            "entity_id": "seat_1",
            "required_balance": 2.5,
            "balance": balance,
            "flag": flag,
            "balances": {"credits": balance, "images": None},
            "preview": {"scenario": "usage"},
        },
        TrackResponse: {
            "customer_id": "ada",
            "entity_id": "seat_1",
            "event_name": "chat",
            "value": 2.5,
            "balance": balance,
            "balances": {"credits": balance, "images": None},
            "deductions": [_DEDUCTION],
        },
        TrackDeduction: _DEDUCTION,
        BalanceRow: row,
        UsageEvent: event,
        CustomerPage: {"list": [customer], "next_cursor": None, "total_filtered_count": 1},
        EntityPage: {"list": [entity], "next_cursor": "c2"},
        BalancePage: {"list": [row], "has_more": False, "next_cursor": None},
        UsageEventPage: {"list": [event, {**event, "deductions": None}], "next_cursor": "c2"},
        Webhook: {"type": "balances.limit_reached", "data": reached, "id": "hook_1", "occurred_at": _SPRING},
        ProductsUpdated: {
            "scenario": "upgrade",
            "customer": customer,
            "entity": entity,
            "updated_product": {"id": "pro"},
        },
        ThresholdReached: {"threshold_type": "limit_reached", "customer": customer, "feature": {"id": "credits"}},
        LimitReached: reached,
        UsageAlertTriggered: {
            "customer_id": "ada",
            "feature_id": "credits",
            "entity_id": "seat_1",
            "usage_alert": {"name": "nearly there", "threshold": 80, "threshold_type": "usage_percentage"},
        },
        AutoTopupSucceeded: {
            "customer_id": "ada",
            "feature_id": "credits",
            "quantity_granted": 200,
            "threshold": -50,
            "balance_after": 160.5,
            "invoice_mode": False,
            "invoice": None,
        },
        AutoTopupFailed: {
            "customer_id": "ada",
            "feature_id": "credits",
            "reason": "payment_failed",
            "quantity": 200,
            "threshold": 50,
            "balance": 40.5,
            "invoice_mode": False,
        },
        BillingUpdated: {"customer_id": "ada", "object": "billing", "plan_changes": [], "tags": ["a"]},
    }
