"""The items of a plan, from which `grant` opens the items of a balance."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from balances.base.amounts import ONE, ZERO, to_amount, to_optional_amount
from balances.base.fields import Bound, Value, instance_of, named, to_count, to_flag, to_optional_flag, to_text
from balances.base.frozen import FrozenMap, frozen_json
from balances.base.home import public
from balances.base.words import UnknownWord
from balances.errors import InvalidPlan
from balances.periods.cycles import Interval, to_optional_interval
from balances.values.balance import (
    BillingMethod,
    Price,
    Reset,
    Tier,
    check_price,
    to_billing_method,
    to_currencies,
    to_optional_reset,
    to_tiers,
)
from balances.values.features import TierBehavior, to_optional_tier_behavior
from balances.values.policies import RolloverRule, to_optional_rule

__all__ = ["PlanItem", "PlanPrice"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class PlanPrice(Value):
    """The price of a plan item: a `Price`, and the interval at which it is billed (`None`: not given).

    `additional_currencies` and `processors` are kept as they were sent.

    >>> PlanPrice(
    ...     billing_method="prepaid", amount=10, billing_units=1000, interval="month"
    ... ).interval_count
    1
    """

    billing_method: BillingMethod | UnknownWord = field(converter=to_billing_method)
    billing_units: Decimal = field(converter=to_amount, validator=Bound(0, is_open=True), default=ONE)
    amount: Decimal | None = field(converter=to_optional_amount, default=None)
    tiers: tuple[Tier, ...] = field(converter=to_tiers, default=())
    tier_behavior: TierBehavior | UnknownWord | None = field(converter=to_optional_tier_behavior, default=None)
    max_purchase: Decimal | None = field(converter=to_optional_amount, default=None)
    interval: Interval | UnknownWord | None = field(converter=to_optional_interval, default=None)
    interval_count: int = field(converter=to_count, default=1)
    additional_currencies: tuple[Mapping[str, Any], ...] = field(converter=to_currencies, default=())
    processors: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def __attrs_post_init__(self) -> None:
        """Refuse two prices in one."""
        check_price(self.amount, self.tiers)

    @property
    def price(self) -> Price:
        """Return the price as an item of a balance has it.

        >>> PlanPrice(billing_method="usage_based", amount=0.5, interval="month").price
        Price(billing_method=BillingMethod.USAGE_BASED, amount=0.5)
        """
        return Price(
            billing_method=self.billing_method,
            billing_units=self.billing_units,
            amount=self.amount,
            tiers=self.tiers,
            tier_behavior=self.tier_behavior,
            max_purchase=self.max_purchase,
        )


def to_optional_plan_price(price: PlanPrice | None) -> PlanPrice | None:
    """Return the price of a plan item as it is, or None."""
    return None if price is None else instance_of(price, PlanPrice)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class PlanItem(Value):
    """The grant of one feature by a plan: the amount, its resets, its price and its rollover.

    Its `reset` says how often the item resets, and not when: a `resets_at` belongs to the item that `grant` opens. The
    attributes from `display` on change nothing here. They are kept as they were sent, and written back.

    >>> PlanItem(
    ...     feature_id="messages", included=100, reset=Reset(interval="month")
    ... ).unlimited
    False
    """

    feature_id: str = field(converter=to_text)
    included: Decimal = field(converter=to_amount, validator=Bound(0), default=ZERO)
    unlimited: bool = field(converter=to_flag, default=False)
    reset: Reset | None = field(converter=to_optional_reset, default=None)
    price: PlanPrice | None = field(converter=to_optional_plan_price, default=None)
    rollover: RolloverRule | None = field(converter=to_optional_rule, default=None)
    display: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
    feature: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
    pooled: bool | None = field(converter=to_optional_flag, default=None)
    threshold_billing: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
    expiry: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
    feature_override: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
    proration: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def __attrs_post_init__(self) -> None:
        """Refuse a date."""
        if self.reset is not None and self.reset.resets_at is not None:
            came = self.reset.resets_at.isoformat()
            raise InvalidPlan(f"reset: expected no resets_at before the item is granted, got {came}")


def to_plan_item(item: PlanItem) -> PlanItem:
    """Return a plan item as it is."""
    return instance_of(item, PlanItem)
