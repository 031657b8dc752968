"""What a customer, or their plan, allows to be spent, used and topped up."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from balances.base.amounts import to_amount, to_optional_amount
from balances.base.fields import (
    Bound,
    OpenEnum,
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


@public
class LimitType(OpenEnum):
    """What the number of a spend limit is: an amount of overage, or a percentage of what is included.

    >>> LimitType("usage_percentage")
    <LimitType.USAGE_PERCENTAGE: 'usage_percentage'>
    """

    ABSOLUTE = "absolute"
    USAGE_PERCENTAGE = "usage_percentage"


@public
class WindowAnchor(OpenEnum):
    """What the windows of a usage limit are aligned to.

    >>> WindowAnchor("utc")
    <WindowAnchor.UTC: 'utc'>
    """

    BILLING_CYCLE = "billing_cycle"
    UTC = "utc"


@public
class ThresholdType(OpenEnum):
    """What the threshold of a usage alert is compared with.

    >>> ThresholdType("remaining") is ThresholdType.REMAINING
    True
    """

    USAGE = "usage"
    USAGE_PERCENTAGE = "usage_percentage"
    REMAINING = "remaining"
    REMAINING_PERCENTAGE = "remaining_percentage"


@public
class AlertBasis(OpenEnum):
    """What a hundred percent is, for a usage alert in percent.

    >>> AlertBasis("included") is AlertBasis.INCLUDED
    True
    """

    BALANCE = "balance"
    INCLUDED = "included"
    RECURRING = "recurring"
    USAGE_LIMIT = "usage_limit"


def _optional_source(word: str | None) -> ControlSource | str | None:
    return None if word is None else ControlSource.known(word)


def _optional_limit_type(word: str | None) -> LimitType | str | None:
    return None if word is None else LimitType.known(word)


def _optional_anchor(word: str | None) -> WindowAnchor | str | None:
    return None if word is None else WindowAnchor.known(word)


def _threshold_type(word: str) -> ThresholdType | str:
    return ThresholdType.known(word)


def _optional_basis(word: str | None) -> AlertBasis | str | None:
    return None if word is None else AlertBasis.known(word)


def _properties(properties: Mapping[str, str]) -> Mapping[str, str]:
    return FrozenMap({name: to_text(value) for name, value in map_of(properties, str).items()})


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class SpendLimit(Value):
    """How much overage there may be, for one feature or, without `feature_id`, for none in particular.

    >>> SpendLimit(feature_id="messages", enabled=True, overage_limit=500)
    SpendLimit(feature_id='messages', enabled=True, overage_limit=500)
    """

    feature_id: str | None = field(converter=to_optional_text, default=None)
    enabled: bool = field(converter=to_flag, default=False)
    limit_type: LimitType | str | None = field(converter=_optional_limit_type, default=None)
    overage_limit: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    skip_overage_billing: bool | None = field(converter=to_optional_flag, default=None)
    source: ControlSource | str | None = field(converter=_optional_source, default=None)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class PropertyFilter(Value):
    """Which events something is about: those with all of these properties, compared as text.

    >>> PropertyFilter(properties={"region": "eu"}).properties["region"]
    'eu'
    """

    properties: Mapping[str, str] = field(converter=_properties, default=FrozenMap({}))


def _optional_filter(value: PropertyFilter | None) -> PropertyFilter | None:
    return None if value is None else instance_of(value, PropertyFilter)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class UsageLimit(Value):
    """How much of a feature may be used in each window of time, whatever the balance holds.

    `usage` is what the current window has counted already; `None` means not given.

    >>> UsageLimit(feature_id="messages", limit=100, interval="day", usage=40).enabled
    True
    """

    feature_id: str = field(converter=to_text)
    enabled: bool = field(converter=to_flag, default=True)
    limit: Decimal = field(converter=to_amount, validator=Bound(0))
    interval: Interval | str = field(converter=to_interval)
    anchor: WindowAnchor | str | None = field(converter=_optional_anchor, default=None)
    filter: PropertyFilter | None = field(converter=_optional_filter, default=None)
    usage: Decimal | None = field(converter=to_optional_amount, default=None)
    source: ControlSource | str | None = field(converter=_optional_source, default=None)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class OverageControl(Value):
    """Whether a feature may be used beyond its grant.

    >>> OverageControl(feature_id="messages").enabled
    False
    """

    feature_id: str = field(converter=to_text)
    enabled: bool = field(converter=to_flag, default=False)
    source: ControlSource | str | None = field(converter=_optional_source, default=None)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class UsageAlert(Value):
    """When to tell the customer how much is used, or left.

    >>> UsageAlert(feature_id="messages", threshold=80, threshold_type="usage_percentage").threshold
    Decimal('80')
    """

    feature_id: str | None = field(converter=to_optional_text, default=None)
    enabled: bool = field(converter=to_flag, default=True)
    threshold: Decimal = field(converter=to_amount)
    threshold_type: ThresholdType | str = field(converter=_threshold_type)
    name: str | None = field(converter=to_optional_text, default=None)
    basis: AlertBasis | str | None = field(converter=_optional_basis, default=None)
    filter: PropertyFilter | None = field(converter=_optional_filter, default=None)
    source: ControlSource | str | None = field(converter=_optional_source, default=None)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class PurchaseLimit(Value):
    """How often an automatic top-up may happen; `limit=None` means as often as it takes.

    `count` and `next_reset_at` tell how the current window stands, where they were asked for.

    >>> PurchaseLimit(interval="month", limit=3).interval_count
    1
    """

    interval: Interval | str | None = field(converter=to_optional_interval, default=None)
    interval_count: int | None = field(converter=to_optional_count, default=1)
    limit: Decimal | None = field(converter=to_optional_amount, default=None)
    count: Decimal | None = field(converter=to_optional_amount, default=None)
    next_reset_at: datetime | None = field(converter=to_optional_instant, default=None)


def _optional_purchase_limit(limit: PurchaseLimit | None) -> PurchaseLimit | None:
    return None if limit is None else instance_of(limit, PurchaseLimit)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class AutoTopup(Value):
    """What to buy when the balance falls below a threshold (which may be negative: overage first).

    >>> AutoTopup(feature_id="credits", enabled=True, threshold=10, quantity=100).quantity
    Decimal('100')
    """

    feature_id: str = field(converter=to_text)
    enabled: bool = field(converter=to_flag, default=False)
    threshold: Decimal = field(converter=to_amount)
    quantity: Decimal = field(converter=to_amount, validator=Bound(1))
    purchase_limit: PurchaseLimit | None = field(converter=_optional_purchase_limit, default=None)
    invoice_mode: bool | None = field(converter=to_optional_flag, default=None)
    source: ControlSource | str | None = field(converter=_optional_source, default=None)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class EntityAllocation(Value):
    """How much of a customer's credits one entity asks for, each period.

    >>> EntityAllocation(entity_id="workspace_1", amount=250)
    EntityAllocation(entity_id='workspace_1', amount=250)
    """

    entity_id: str = field(converter=to_text)
    amount: Decimal = field(converter=to_amount)


def _entity_allocations(allocations: Iterable[EntityAllocation]) -> tuple[EntityAllocation, ...]:
    return tuple_of(allocations, EntityAllocation)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class BalanceAllocation(Value):
    """How a customer's credits of one feature are shared out among their entities.

    >>> share = EntityAllocation(entity_id="workspace_1", amount=250)
    >>> BalanceAllocation(feature_id="credits", interval="month", allocations=[share]).interval
    <Interval.MONTH: 'month'>
    """

    feature_id: str = field(converter=to_text)
    interval: Interval | str = field(converter=to_interval)
    allocations: tuple[EntityAllocation, ...] = field(converter=_entity_allocations, default=())
    source: ControlSource | str | None = field(converter=_optional_source, default=None)


def _spend_limits(entries: Iterable[SpendLimit]) -> tuple[SpendLimit, ...]:
    return tuple_of(entries, SpendLimit)


def _usage_limits(entries: Iterable[UsageLimit]) -> tuple[UsageLimit, ...]:
    return tuple_of(entries, UsageLimit)


def _overage_controls(entries: Iterable[OverageControl]) -> tuple[OverageControl, ...]:
    return tuple_of(entries, OverageControl)


def _usage_alerts(entries: Iterable[UsageAlert]) -> tuple[UsageAlert, ...]:
    return tuple_of(entries, UsageAlert)


def _auto_topups(entries: Iterable[AutoTopup]) -> tuple[AutoTopup, ...]:
    return tuple_of(entries, AutoTopup)


def _balance_allocations(entries: Iterable[BalanceAllocation]) -> tuple[BalanceAllocation, ...]:
    return tuple_of(entries, BalanceAllocation)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class BillingControls(Value):
    """Everything a customer or their plan has set about spending, using and topping up.

    >>> controls = BillingControls(spend_limits=[SpendLimit(feature_id="messages", enabled=True, overage_limit=500)])
    >>> controls.spend_limits[0].overage_limit, controls.usage_limits
    (Decimal('500'), ())
    """

    spend_limits: tuple[SpendLimit, ...] = field(converter=_spend_limits, default=())
    usage_limits: tuple[UsageLimit, ...] = field(converter=_usage_limits, default=())
    overage_allowed: tuple[OverageControl, ...] = field(converter=_overage_controls, default=())
    usage_alerts: tuple[UsageAlert, ...] = field(converter=_usage_alerts, default=())
    auto_topups: tuple[AutoTopup, ...] = field(converter=_auto_topups, default=())
    balance_allocations: tuple[BalanceAllocation, ...] = field(converter=_balance_allocations, default=())


def to_optional_controls(controls: BillingControls | None) -> BillingControls | None:
    """Return controls as they are, or None."""
    return None if controls is None else instance_of(controls, BillingControls)
