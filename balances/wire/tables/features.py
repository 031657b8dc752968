"""The tables of features and of their parts."""

from __future__ import annotations

from typing import Final

from balances.values.features import (
    CombineMode,
    CreditCost,
    CreditTier,
    Display,
    Feature,
    FeatureType,
    ModelMarkup,
    ProviderMarkup,
    TierBehavior,
)
from balances.wire.scalars import AMOUNT, FLAG, TEXT, TIER_END, Word
from balances.wire.shapes import Many, MapOf, Part, PlainData
from balances.wire.tables.rows import Table, optional, required

__all__: list[str] = []

TABLES: Final = (
    Table(
        Feature,
        (
            required("id", TEXT),
            required("name", TEXT),
            required("type", Word(FeatureType)),
            required("consumable", FLAG),
            required("archived", FLAG),
            optional("event_names", Many(TEXT)),
            optional("credit_schema", Many(Part(CreditCost))),
            optional("model_markups", MapOf(Part(ModelMarkup))),
            optional("default_markup", AMOUNT),
            optional("provider_markups", MapOf(Part(ProviderMarkup))),
            optional("display", Part(Display)),
            optional("combine", Word(CombineMode)),
            optional("processors", PlainData("processors")),
            optional("invoice_credit", FLAG),
        ),
    ),
    Table(
        CreditCost,
        (
            required("metered_feature_id", TEXT),
            optional("credit_cost", AMOUNT),
            optional("tiers", Many(Part(CreditTier))),
            optional("tier_behavior", Word(TierBehavior), alias="tier_behaviour"),
            optional("billing_units", AMOUNT),
            optional("dimensions", PlainData("dimensions")),
            optional("multipliers", PlainData("multipliers")),
        ),
    ),
    Table(CreditTier, (required("to", TIER_END), required("credit_cost", AMOUNT))),
    Table(
        ModelMarkup,
        (optional("markup", AMOUNT), optional("input_cost", AMOUNT), optional("output_cost", AMOUNT)),
    ),
    Table(ProviderMarkup, (required("markup", AMOUNT),)),
    Table(Display, (optional("singular", TEXT), optional("plural", TEXT))),
)
