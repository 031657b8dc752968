"""What the official Python SDK knows of our classes."""

from typing import NamedTuple

from autumn_sdk import models
from payloads import SPRING, Document, deleted, full, place_of
from pydantic import BaseModel

from balances import Balance, BillingControls, Breakdown, Feature, Flag, Reset, Rollover, RolloverRule


class Pair(NamedTuple):
    """A class of ours, the model that stands for it there, and the keys that this model does not know."""

    cls: type
    model: type[BaseModel]
    unknown: tuple[str, ...] = ()

    @property
    def document(self) -> Document:
        """Return what both know."""
        document = full(self.cls)
        for path in self.unknown:
            document = deleted(document, place_of(path))
        return document


PAIRS = (
    Pair(Balance, models.Balance, ("$.feature.processors.stripe.levels", "$.feature.invoice_credit")),
    Pair(Feature, models.BalanceFeature, ("$.processors.stripe.levels", "$.invoice_credit")),
    Pair(Flag, models.Flags, ("$.feature.processors.stripe.levels", "$.feature.invoice_credit")),
    Pair(BillingControls, models.CustomerBillingControls, ("$.balance_allocations[0].source",)),
    Pair(Breakdown, models.Breakdown),
    Pair(Reset, models.BalanceReset),
    Pair(Rollover, models.BalanceRollover),
    Pair(RolloverRule, models.PlanItemRollover),
)

CUSTOMER: Document = {
    "id": "customer_1",
    "name": None,
    "email": None,
    "created_at": SPRING,
    "fingerprint": None,
    "stripe_id": None,
    "env": "sandbox",
    "metadata": {},
    "send_email_receipts": False,
    "billing_controls": PAIRS[3].document,
    "subscriptions": [],
    "purchases": [],
    "licenses": [],
    "balances": {"credits": PAIRS[0].document, "gpt-4.1": {**PAIRS[0].document, "feature_id": "gpt-4.1"}},
    "flags": {"sso": PAIRS[2].document},
}
