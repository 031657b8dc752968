"""The one table of each class: its keys on the wire, in order, and the rules of each.

Snake and camel, reading and writing, the careful reading and the generated one all follow from these rows. A missing
key means the default of the class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import Factory, evolve, field, frozen

from balances.base.amounts import add, subtract
from balances.periods.cycles import Interval
from balances.usage.holds import Hold
from balances.usage.receipts import Deduction, to_kind
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
from balances.values.plans import PlanItem, PlanPrice
from balances.values.policies import RolloverRule
from balances.wire.dialects import Dialect
from balances.wire.rules import (
    WireReset,
    WireRule,
    has_no_length,
    lasts_forever,
    sendable,
    to_duration_type,
    to_wire_reset,
    to_wire_rule,
)
from balances.wire.scalars import (
    AMOUNT,
    COUNT,
    EXPIRY,
    FLAG,
    INDEX,
    MOMENT,
    TEXT,
    TIER_END,
    ZERO_EXPIRY,
    Scalar,
    Word,
)
from balances.wire.shapes import Many, MapOf, Part, PlainData, Shape

__all__: list[str] = []


def _always(_: Mapping[str, Any]) -> bool:
    return True


def _never(_: Mapping[str, Any]) -> bool:
    return False


@frozen
class Key:
    """One key of an object: the attribute's name, its shape, and when it is there.

    `is_required`: it must be there and hold a value, but it is only missed where `is_missed` says so of the object.
    `is_nullable`: null is read as None, otherwise as if the key were missing. `is_always`: it is written even when it
    is the default. `alias`: another name that it is read under. `is_moot` tells from the keys before this one whether
    it means nothing, and then it is not looked at.
    """

    name: str
    shape: Shape
    is_required: bool = False
    is_nullable: bool = False
    is_always: bool = False
    alias: str | None = None
    is_missed: Callable[[Mapping[str, Any]], bool] = _always
    is_moot: Callable[[Mapping[str, Any]], bool] | None = None


@frozen(eq=False)
class Table:
    """The keys of one class.

    `internal` are the keys that a reading ignores, and that are written only when asked for. Where the wire divides a
    value in another way than the class does, `form` is a class with the keys of the wire. `enter` makes the value of a
    form, and `leave` the form of a value. `sendable` refuses a value that only stores of our own can hold, unless
    internal keys are written.
    """

    cls: type
    keys: tuple[Key, ...]
    internal: Mapping[str, Callable[[Any], str | Decimal]] = {}
    form: type = field(default=Factory(lambda table: table.cls, takes_self=True))
    enter: Callable[[Any], Any] | None = None
    leave: Callable[[Any], Any] | None = None
    sendable: Callable[[Any], Any] | None = None


def required(name: str, shape: Shape) -> Key:
    """Return a key that is always present, and never null."""
    return Key(name, shape, is_required=True, is_always=True)


def nullable(name: str, shape: Shape) -> Key:
    """Return a key that is always present, null where there is nothing; missing is read as null."""
    return Key(name, shape, is_nullable=True, is_always=True)


def defaulted(name: str, shape: Shape) -> Key:
    """Return a key that is always written; missing is read as the default."""
    return Key(name, shape, is_always=True)


def requestable(name: str, shape: Shape) -> Key:
    """Return a key that is always present in responses. In requests it may be missing, which is read as the default."""
    return Key(name, shape, is_required=True, is_always=True, is_missed=_never)


def optional(name: str, shape: Shape, *, alias: str | None = None) -> Key:
    """Return a key that is left out when it is the default."""
    return Key(name, shape, alias=alias)


DURATION_TYPE: Final = Scalar(
    '"month" or "forever"',
    to_duration_type,
    loading="to_duration_type({raw})",
    dumping="{value}",
    names={"to_duration_type": to_duration_type},
)

DEDUCTION_KIND: Final = Scalar(
    '"rollover" or "item"',
    to_kind,
    loading="to_kind({raw})",
    dumping="{value}.value",
    names={"to_kind": to_kind},
)


def _overage(item: Breakdown) -> Decimal:
    return subtract(add(item.remaining, item.usage), item.granted)


def _price_keys(billing_units: Key) -> tuple[Key, ...]:
    return (
        optional("amount", AMOUNT),
        optional("tiers", Many(Part(Tier))),
        optional("tier_behavior", Word(TierBehavior), alias="tier_behaviour"),
        billing_units,
        required("billing_method", Word(BillingMethod)),
        nullable("max_purchase", AMOUNT),
    )


_TABLES: Final = (
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
    Table(
        Breakdown,
        (
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
        ),
        internal={"object": lambda _: "balance_breakdown", "overage": _overage},
    ),
    Table(
        Reset,
        (
            required("interval", Word(Interval)),
            optional("interval_count", COUNT),
            nullable("resets_at", MOMENT),
        ),
    ),
    Table(Price, _price_keys(required("billing_units", AMOUNT))),
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
    Table(
        Flag,
        (
            required("id", TEXT),
            required("feature_id", TEXT),
            nullable("plan_id", TEXT),
            nullable("expires_at", MOMENT),
            optional("feature", Part(Feature)),
        ),
    ),
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
            nullable("reset", Part(WireReset)),
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
            *_price_keys(requestable("billing_units", AMOUNT)),
            optional("interval", Word(Interval)),
            optional("interval_count", COUNT),
            optional("additional_currencies", Many(PlainData("currency"))),
            optional("processors", PlainData("price_processors")),
        ),
    ),
    Table(
        WireReset,
        (required("interval", Word(Interval)), optional("interval_count", COUNT)),
        enter=WireReset.to_reset,
        leave=to_wire_reset,
    ),
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


def spellings(table: Table, dialect: Dialect) -> set[str]:
    """Return every key that an object of this class may have."""
    names = {name for key in table.keys for name in (key.name, key.alias) if name}
    return {dialect.key(name) for name in names} | set(table.internal)


TABLES: Final = {table.cls: table for table in _TABLES}
"""The table of each class."""
