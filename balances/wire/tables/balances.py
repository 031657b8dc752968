"""The tables of balances, their parts, and flags."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from balances.base.amounts import add, normalised, subtract
from balances.periods.cycles import Interval
from balances.values.balance import (
    Allocation,
    Balance,
    BillingMethod,
    Breakdown,
    BreakdownSource,
    Flag,
    Price,
    Reset,
    Rollover,
    Tier,
)
from balances.values.features import Feature, TierBehavior
from balances.wire.scalars import AMOUNT, COUNT, EXPIRY, FLAG, MOMENT, TEXT, TIER_END, ZERO_EXPIRY, Word
from balances.wire.shapes import Many, Part, PlainData
from balances.wire.tables.rows import Key, Table, defaulted, nullable, optional, required

__all__: list[str] = []


def _overage(item: Breakdown) -> Decimal:
    return normalised(subtract(add(item.remaining, item.usage), item.granted))


def price_keys(billing_units: Key) -> tuple[Key, ...]:
    """Return the keys of a price. In the request of a plan, its billing units may be missing."""
    return (
        optional("amount", AMOUNT),
        optional("tiers", Many(Part(Tier))),
        optional("tier_behavior", Word(TierBehavior), alias="tier_behaviour"),
        billing_units,
        required("billing_method", Word(BillingMethod)),
        nullable("max_purchase", AMOUNT),
    )


def item_keys() -> tuple[Key, ...]:
    """Return the keys of an item."""
    return (
        optional("id", TEXT),
        nullable("plan_id", TEXT),
        required("included_grant", AMOUNT),
        required("prepaid_grant", AMOUNT),
        required("remaining", AMOUNT),
        required("usage", AMOUNT),
        required("unlimited", FLAG),
        nullable("reset", Part(Reset)),
        nullable("price", Part(Price)),
        nullable("expires_at", EXPIRY),
        optional("source", Word(BreakdownSource)),
        optional("allocation", Part(Allocation)),
    )


TABLES: Final = (
    Table(
        Balance,
        (
            required("feature_id", TEXT),
            optional("feature", Part(Feature)),
            required("granted", AMOUNT),
            required("remaining", AMOUNT),
            required("usage", AMOUNT),
            required("unlimited", FLAG),
            required("overage_allowed", FLAG),
            nullable("max_purchase", AMOUNT),
            nullable("next_reset_at", MOMENT),
            defaulted("breakdown", Many(Part(Breakdown))),
            optional("rollovers", Many(Part(Rollover))),
            optional("allocated", AMOUNT),
            optional("unallocated", AMOUNT),
        ),
        internal={"object": lambda _: "balance"},
    ),
    Table(Breakdown, item_keys(), internal={"object": lambda _: "balance_breakdown", "overage": _overage}),
    Table(
        Reset,
        (
            required("interval", Word(Interval)),
            optional("interval_count", COUNT),
            nullable("resets_at", MOMENT),
        ),
    ),
    Table(Price, price_keys(required("billing_units", AMOUNT))),
    Table(
        Tier,
        (
            required("to", TIER_END),
            required("amount", AMOUNT),
            optional("flat_amount", AMOUNT),
            optional("additional_currencies", Many(PlainData("currency"))),
        ),
    ),
    Table(
        Rollover,
        (
            defaulted("granted", AMOUNT),
            required("balance", AMOUNT),
            defaulted("expires_at", ZERO_EXPIRY),
        ),
    ),
    Table(Allocation, (required("amount", AMOUNT),)),
    Table(
        Flag,
        (
            required("id", TEXT),
            required("feature_id", TEXT),
            nullable("plan_id", TEXT),
            nullable("expires_at", MOMENT),
            optional("feature", Part(Feature)),
        ),
        internal={"object": lambda _: "flag"},
    ),
)
