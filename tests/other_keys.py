"""The names of the keys of whole responses, stated a second time: which are fields, and which are data.

A field with fields inside has a dict of them, or a list of one dict where it is a list or a map of such objects. An
empty dict is a field whose inside is data.
"""

from typing import Any, Final

import attrs

from balances import (
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
    TrackResponse,
    UsageAlertTriggered,
    UsageEvent,
    UsageEventPage,
    Webhook,
)


def _flat(names: str) -> dict[str, Any]:
    return {name: {} for name in names.split()}


_CREDIT_TIERS: Any = [_flat("to credit_cost")]
CREDIT_SCHEMA: Final[Any] = [
    {
        **_flat("metered_feature_id credit_cost tier_behavior billing_units excluded"),
        "tiers": _CREDIT_TIERS,
        "dimensions": [{**_flat("match credit_cost tier_behavior priority"), "tiers": _CREDIT_TIERS}],
        "multipliers": [_flat("match factor add priority")],
    }
]
_SUBSCRIPTIONS: Any = [
    _flat(
        "id plan_id auto_enable add_on status past_due canceled_at expires_at trial_ends_at started_at "
        "current_period_start current_period_end quantity plan scope"
    )
]
_PURCHASES: Any = [_flat("plan_id expires_at started_at quantity plan scope")]
_LICENSES: Any = [_flat("license_plan_id parent_plan_id license_plan_name granted usage remaining paid_quantity")]
_PAGE: Final = _flat("next_cursor has_more offset limit total total_count total_filtered_count")

OTHERS: Final[dict[type[Any], dict[str, Any]]] = {
    Customer: {
        **_flat(
            "name email created_at fingerprint stripe_id env metadata send_email_receipts config processors invoices "
            "invoice_previews trials_used rewards referrals payment_method billing_details"
        ),
        "subscriptions": _SUBSCRIPTIONS,
        "purchases": _PURCHASES,
        "licenses": _LICENSES,
        "entities": [_flat("id name created_at env customer_id feature_id")],
    },
    Entity: {**_flat("name created_at env invoices"), "subscriptions": _SUBSCRIPTIONS, "purchases": _PURCHASES},
    CheckResponse: _flat("preview"),
    TrackResponse: {},
    BalanceRow: {},
    UsageEvent: {},
    CustomerPage: _PAGE,
    EntityPage: _PAGE,
    BalancePage: _PAGE,
    UsageEventPage: _PAGE,
    Webhook: _flat("id occurred_at"),
    ProductsUpdated: _flat("updated_product"),
    ThresholdReached: {
        "feature": {
            **_flat("id type name consumable archived event_names"),
            "credit_schema": CREDIT_SCHEMA,
            "display": _flat("singular plural"),
        }
    },
    LimitReached: {},
    UsageAlertTriggered: {},
    AutoTopupSucceeded: _flat("invoice_mode invoice"),
    AutoTopupFailed: _flat("invoice_mode error"),
    BillingUpdated: _flat("object plan_changes tags"),
}
"""The fields among the other keys of each response."""

NESTED: Final[dict[type[Any], dict[str, type[Any]]]] = {
    CustomerPage: {"list": Customer},
    EntityPage: {"list": Entity},
    BalancePage: {"list": BalanceRow},
    UsageEventPage: {"list": UsageEvent},
    ProductsUpdated: {"customer": Customer, "entity": Entity},
    ThresholdReached: {"customer": Customer},
}
"""The responses inside each response."""

DATA: Final[dict[str, type[Any]]] = {
    "customer.products.updated": ProductsUpdated,
    "customer.threshold_reached": ThresholdReached,
    "balances.limit_reached": LimitReached,
    "balances.usage_alert_triggered": UsageAlertTriggered,
    "billing.auto_topup_succeeded": AutoTopupSucceeded,
    "billing.auto_topup_failed": AutoTopupFailed,
    "billing.updated": BillingUpdated,
}
"""The class of the data of each webhook."""


def own_keys(cls: type[Any]) -> set[str]:
    """Return the keys that have an attribute."""
    return {attribute.name for attribute in attrs.fields(cls)} - {"other"}


def class_inside(cls: type[Any], key: str, payload: dict[str, Any]) -> type[Any] | None:
    """Return the response that stands under a key, or None where something else does."""
    if cls is Webhook and key == "data":
        return DATA.get(payload["type"])
    return NESTED.get(cls, {}).get(key)
