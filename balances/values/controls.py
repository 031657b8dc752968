"""Billing controls: limits, alerts and top-ups that a customer or their plan has set."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from attrs import field, frozen

from balances.base.amounts import to_amount, to_optional_amount
from balances.base.fields import (
    Bound,
    Value,
    instance_of,
    named,
    to_flag,
    to_optional_count,
    to_optional_flag,
    to_optional_text,
    to_text,
    tuple_of,
)
from balances.base.frozen import FrozenMap, map_of
from balances.base.home import public
from balances.base.instants import to_optional_instant
from balances.base.words import OpenEnum, UnknownWord
from balances.periods.cycles import Interval, to_interval, to_optional_interval

__all__ = [
    "AlertBasis",
    "AutoTopup",
    "BalanceAllocation",
    "BillingControls",
    "ControlSource",
    "EntityAllocation",
    "LimitType",
    "OverageControl",
    "PropertyFilter",
    "PurchaseLimit",
    "SpendLimit",
    "ThresholdType",
    "UsageAlert",
    "UsageLimit",
    "WindowAnchor",
]


@public
class ControlSource(OpenEnum):
    """Who set a control: the customer, or the plan they are on.

    >>> ControlSource("plan")
    <ControlSource.PLAN: 'plan'>
    """

    CUSTOMER = "customer"
    PLAN = "plan"


AnyControlSource: TypeAlias = ControlSource | Literal["customer", "plan"] | UnknownWord


def to_optional_control_source(word: AnyControlSource | None) -> ControlSource | UnknownWord | None:
    """Return the source of this name, an unknown word, or None."""
    return None if word is None else ControlSource.given(word)


@public
class LimitType(OpenEnum):
    """The meaning of a spend limit's number: an amount of overage, or a percentage of the included amounts.

    >>> LimitType("usage_percentage")
    <LimitType.USAGE_PERCENTAGE: 'usage_percentage'>
    """

    ABSOLUTE = "absolute"
    USAGE_PERCENTAGE = "usage_percentage"


AnyLimitType: TypeAlias = LimitType | Literal["absolute", "usage_percentage"] | UnknownWord


def to_optional_limit_type(word: AnyLimitType | None) -> LimitType | UnknownWord | None:
    """Return the type of limit of this name, an unknown word, or None."""
    return None if word is None else LimitType.given(word)


@public
class WindowAnchor(OpenEnum):
    """The calendar that the windows of a usage limit follow.

    >>> WindowAnchor("utc")
    <WindowAnchor.UTC: 'utc'>
    """

    BILLING_CYCLE = "billing_cycle"
    UTC = "utc"


AnyWindowAnchor: TypeAlias = WindowAnchor | Literal["billing_cycle", "utc"] | UnknownWord


def to_optional_window_anchor(word: AnyWindowAnchor | None) -> WindowAnchor | UnknownWord | None:
    """Return the anchor of this name, an unknown word, or None."""
    return None if word is None else WindowAnchor.given(word)


@public
class ThresholdType(OpenEnum):
    """The number that the threshold of a usage alert is compared with.

    >>> ThresholdType("remaining") is ThresholdType.REMAINING
    True
    """

    USAGE = "usage"
    USAGE_PERCENTAGE = "usage_percentage"
    REMAINING = "remaining"
    REMAINING_PERCENTAGE = "remaining_percentage"


AnyThresholdType: TypeAlias = (
    ThresholdType | Literal["usage", "usage_percentage", "remaining", "remaining_percentage"] | UnknownWord
)


def to_threshold_type(word: AnyThresholdType) -> ThresholdType | UnknownWord:
    """Return the type of threshold of this name, or an unknown word."""
    return ThresholdType.given(word)


@public
class AlertBasis(OpenEnum):
    """The amount that is a hundred percent, for a usage alert in percent.

    >>> AlertBasis("included") is AlertBasis.INCLUDED
    True
    """

    BALANCE = "balance"
    INCLUDED = "included"
    RECURRING = "recurring"
    USAGE_LIMIT = "usage_limit"


AnyAlertBasis: TypeAlias = AlertBasis | Literal["balance", "included", "recurring", "usage_limit"] | UnknownWord


def to_optional_alert_basis(word: AnyAlertBasis | None) -> AlertBasis | UnknownWord | None:
    """Return the basis of this name, an unknown word, or None."""
    return None if word is None else AlertBasis.given(word)


def to_properties(properties: Mapping[str, str]) -> Mapping[str, str]:
    """Return properties as a mapping that cannot change."""
    return FrozenMap({name: to_text(value) for name, value in map_of(properties, str).items()})


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class SpendLimit(Value):
    """A limit on the overage of one feature. A limit without a `feature_id` belongs to no feature.

    >>> SpendLimit(feature_id="messages", enabled=True, overage_limit=500)
    SpendLimit(feature_id='messages', enabled=True, overage_limit=500)
    """

    feature_id: str | None = field(converter=to_optional_text, default=None)
    enabled: bool = field(converter=to_flag, default=False)
    limit_type: LimitType | UnknownWord | None = field(converter=to_optional_limit_type, default=None)
    overage_limit: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    skip_overage_billing: bool | None = field(converter=to_optional_flag, default=None)
    source: ControlSource | UnknownWord | None = field(converter=to_optional_control_source, default=None)


def to_spend_limits(spend_limits: Iterable[SpendLimit]) -> tuple[SpendLimit, ...]:
    """Return spend limits as a tuple."""
    return tuple_of(spend_limits, SpendLimit)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class PropertyFilter(Value):
    """A choice of events: those that have all of these properties, compared as text.

    >>> PropertyFilter(properties={"region": "eu"}).properties["region"]
    'eu'
    """

    properties: Mapping[str, str] = field(converter=to_properties, default=FrozenMap({}))


def to_optional_filter(value: PropertyFilter | None) -> PropertyFilter | None:
    """Return a filter as it is, or None."""
    return None if value is None else instance_of(value, PropertyFilter)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class UsageLimit(Value):
    """A limit on the use of one feature in each window of time, however much the balance holds.

    `usage` is the amount that the limit has counted in its current window. `None` means that it was not given.

    >>> UsageLimit(feature_id="messages", limit=100, interval="day", usage=40).enabled
    True
    """

    feature_id: str = field(converter=to_text)
    enabled: bool = field(converter=to_flag, default=True)
    limit: Decimal = field(converter=to_amount, validator=Bound(0))
    interval: Interval | UnknownWord = field(converter=to_interval)
    anchor: WindowAnchor | UnknownWord | None = field(converter=to_optional_window_anchor, default=None)
    filter: PropertyFilter | None = field(converter=to_optional_filter, default=None)
    usage: Decimal | None = field(converter=to_optional_amount, default=None)
    source: ControlSource | UnknownWord | None = field(converter=to_optional_control_source, default=None)


def to_usage_limits(usage_limits: Iterable[UsageLimit]) -> tuple[UsageLimit, ...]:
    """Return usage limits as a tuple."""
    return tuple_of(usage_limits, UsageLimit)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class OverageControl(Value):
    """Whether a feature may be used beyond its grant.

    >>> OverageControl(feature_id="messages").enabled
    False
    """

    feature_id: str = field(converter=to_text)
    enabled: bool = field(converter=to_flag, default=False)
    source: ControlSource | UnknownWord | None = field(converter=to_optional_control_source, default=None)


def to_overage_controls(overage_controls: Iterable[OverageControl]) -> tuple[OverageControl, ...]:
    """Return overage controls as a tuple."""
    return tuple_of(overage_controls, OverageControl)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class UsageAlert(Value):
    """A threshold of usage, or of the amount that remains, at which the customer is warned.

    >>> UsageAlert(
    ...     feature_id="messages", threshold=80, threshold_type="usage_percentage"
    ... ).threshold
    Decimal('80')
    """

    feature_id: str | None = field(converter=to_optional_text, default=None)
    enabled: bool = field(converter=to_flag, default=True)
    threshold: Decimal = field(converter=to_amount)
    threshold_type: ThresholdType | UnknownWord = field(converter=to_threshold_type)
    name: str | None = field(converter=to_optional_text, default=None)
    basis: AlertBasis | UnknownWord | None = field(converter=to_optional_alert_basis, default=None)
    filter: PropertyFilter | None = field(converter=to_optional_filter, default=None)
    source: ControlSource | UnknownWord | None = field(converter=to_optional_control_source, default=None)


def to_usage_alerts(usage_alerts: Iterable[UsageAlert]) -> tuple[UsageAlert, ...]:
    """Return usage alerts as a tuple."""
    return tuple_of(usage_alerts, UsageAlert)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class PurchaseLimit(Value):
    """A limit on the number of automatic top-ups in each window of time. `limit=None` means no limit.

    `count` is the number of top-ups in the current window, and `next_reset_at` the end of the window. Both are there
    only if the sender was asked for them.

    >>> PurchaseLimit(interval="month", limit=3).interval_count
    1
    """

    interval: Interval | UnknownWord | None = field(converter=to_optional_interval, default=None)
    interval_count: int | None = field(converter=to_optional_count, default=1)
    limit: Decimal | None = field(converter=to_optional_amount, default=None)
    count: Decimal | None = field(converter=to_optional_amount, default=None)
    next_reset_at: datetime | None = field(converter=to_optional_instant, default=None)


def to_optional_purchase_limit(limit: PurchaseLimit | None) -> PurchaseLimit | None:
    """Return a purchase limit as it is, or None."""
    return None if limit is None else instance_of(limit, PurchaseLimit)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class AutoTopup(Value):
    """A quantity to buy when the balance falls to a threshold. The threshold may be negative, to allow overage first.

    >>> AutoTopup(feature_id="credits", enabled=True, threshold=10, quantity=100).quantity
    Decimal('100')
    """

    feature_id: str = field(converter=to_text)
    enabled: bool = field(converter=to_flag, default=False)
    threshold: Decimal = field(converter=to_amount)
    quantity: Decimal = field(converter=to_amount, validator=Bound(1))
    purchase_limit: PurchaseLimit | None = field(converter=to_optional_purchase_limit, default=None)
    invoice_mode: bool | None = field(converter=to_optional_flag, default=None)
    source: ControlSource | UnknownWord | None = field(converter=to_optional_control_source, default=None)


def to_auto_topups(auto_topups: Iterable[AutoTopup]) -> tuple[AutoTopup, ...]:
    """Return automatic top-ups as a tuple."""
    return tuple_of(auto_topups, AutoTopup)


def to_topups(topups: Mapping[str, AutoTopup] | None) -> Mapping[str, AutoTopup]:
    """Return automatic top-ups by item id as a mapping that cannot change; None is none of them."""
    return FrozenMap({}) if topups is None else map_of(topups, AutoTopup)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class EntityAllocation(Value):
    """The share of a customer's credits that one entity asks for in each period.

    >>> EntityAllocation(entity_id="workspace_1", amount=250)
    EntityAllocation(entity_id='workspace_1', amount=250)
    """

    entity_id: str = field(converter=to_text)
    amount: Decimal = field(converter=to_amount)


def to_entity_allocations(allocations: Iterable[EntityAllocation]) -> tuple[EntityAllocation, ...]:
    """Return the allocations of entities as a tuple."""
    return tuple_of(allocations, EntityAllocation)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class BalanceAllocation(Value):
    """The shares of a customer's entities in the credits of one feature.

    >>> share = EntityAllocation(entity_id="workspace_1", amount=250)
    >>> BalanceAllocation(
    ...     feature_id="credits", interval="month", allocations=[share]
    ... ).interval
    <Interval.MONTH: 'month'>
    """

    feature_id: str = field(converter=to_text)
    interval: Interval | UnknownWord = field(converter=to_interval)
    allocations: tuple[EntityAllocation, ...] = field(converter=to_entity_allocations, default=())
    source: ControlSource | UnknownWord | None = field(converter=to_optional_control_source, default=None)


def to_balance_allocations(balance_allocations: Iterable[BalanceAllocation]) -> tuple[BalanceAllocation, ...]:
    """Return allocations as a tuple."""
    return tuple_of(balance_allocations, BalanceAllocation)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class BillingControls(Value):
    """All limits, alerts and top-ups that a customer or their plan has set.

    >>> limit = SpendLimit(feature_id="messages", enabled=True, overage_limit=500)
    >>> controls = BillingControls(spend_limits=[limit])
    >>> controls.spend_limits[0].overage_limit, controls.usage_limits
    (Decimal('500'), ())
    """

    spend_limits: tuple[SpendLimit, ...] = field(converter=to_spend_limits, default=())
    usage_limits: tuple[UsageLimit, ...] = field(converter=to_usage_limits, default=())
    overage_allowed: tuple[OverageControl, ...] = field(converter=to_overage_controls, default=())
    usage_alerts: tuple[UsageAlert, ...] = field(converter=to_usage_alerts, default=())
    auto_topups: tuple[AutoTopup, ...] = field(converter=to_auto_topups, default=())
    balance_allocations: tuple[BalanceAllocation, ...] = field(converter=to_balance_allocations, default=())


def to_optional_controls(controls: BillingControls | None) -> BillingControls | None:
    """Return controls as they are, or None."""
    if controls is None or controls.__class__ is BillingControls:
        return controls
    return instance_of(controls, BillingControls)
