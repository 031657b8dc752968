"""The tables of plan items and of their parts."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from balances.periods.cycles import Interval
from balances.values.plans import PlanItem, PlanPrice
from balances.values.policies import RolloverRule
from balances.wire.rules import (
    PlanReset,
    WireRule,
    has_no_length,
    lasts_forever,
    sendable,
    to_duration_type,
    to_plan_reset,
    to_wire_rule,
)
from balances.wire.scalars import AMOUNT, COUNT, FLAG, TEXT, Scalar, Word
from balances.wire.shapes import Many, Part, PlainData
from balances.wire.tables.balances import price_keys
from balances.wire.tables.rows import Table, nullable, optional, requestable, required

__all__: list[str] = []

DURATION_TYPE: Final = Scalar(
    '"month" or "forever"',
    to_duration_type,
    loading="to_duration_type({raw})",
    dumping="{value}",
    names={"to_duration_type": to_duration_type},
    json={"type": "string", "enum": ["month", "forever"]},
)

TABLES: Final = (
    Table(
        RolloverRule,
        (
            nullable("max", AMOUNT),
            optional("max_percentage", AMOUNT),
            evolve(required("expiry_duration_type", DURATION_TYPE), alias="duration", is_missed=has_no_length),
            evolve(optional("expiry_duration_length", COUNT, alias="length"), is_moot=lasts_forever),
            optional("share", AMOUNT),
            optional("days", COUNT),
            optional("resets", COUNT),
        ),
        form=WireRule,
        enter=WireRule.to_rule,
        leave=to_wire_rule,
        sendable=sendable,
    ),
    Table(
        PlanItem,
        (
            required("feature_id", TEXT),
            requestable("included", AMOUNT),
            requestable("unlimited", FLAG),
            nullable("reset", Part(PlanReset)),
            nullable("price", Part(PlanPrice)),
            optional("rollover", Part(RolloverRule)),
            optional("display", PlainData("plan_display")),
            optional("feature", PlainData("plan_feature")),
            optional("pooled", FLAG),
            optional("threshold_billing", PlainData("threshold_billing")),
            optional("expiry", PlainData("expiry")),
            optional("feature_override", PlainData("feature_override")),
            optional("proration", PlainData("proration")),
        ),
    ),
    Table(
        PlanPrice,
        (
            *price_keys(requestable("billing_units", AMOUNT)),
            optional("interval", Word(Interval)),
            optional("interval_count", COUNT),
            optional("additional_currencies", Many(PlainData("currency"))),
            optional("processors", PlainData("price_processors")),
        ),
    ),
    Table(
        PlanReset,
        (required("interval", Word(Interval)), optional("interval_count", COUNT)),
        enter=PlanReset.to_reset,
        leave=to_plan_reset,
    ),
)
