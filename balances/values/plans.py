"""What a plan promises, and opening the source of a balance from it."""

from decimal import Decimal

from attrs import field, frozen

from balances.base.amounts import ONE, ZERO, to_amount, to_optional_amount
from balances.base.fields import Bound, Value, instance_of, named, to_count, to_flag, to_text
from balances.base.home import public
from balances.errors import InvalidPlan
from balances.periods.cycles import Interval, to_optional_interval
from balances.values.balance import (
    BillingMethod,
    Price,
    Reset,
    Tier,
    check_price,
    to_billing_method,
    to_optional_reset,
    to_tiers,
)
from balances.values.features import TierBehavior, to_optional_tier_behavior
from balances.values.policies import RolloverRule, to_optional_rule

__all__ = ["PlanItem", "PlanPrice"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class PlanPrice(Value):
    """A price as a plan has it: a `Price`, and the interval it is billed at (`None`: not given).

    >>> PlanPrice(billing_method="prepaid", amount=10, billing_units=1000, interval="month").interval_count
    1
    """

    billing_method: BillingMethod | str = field(converter=to_billing_method)
    billing_units: Decimal = field(converter=to_amount, validator=Bound(0, is_open=True), default=ONE)
    amount: Decimal | None = field(converter=to_optional_amount, default=None)
    tiers: tuple[Tier, ...] = field(converter=to_tiers, default=())
    tier_behavior: TierBehavior | str | None = field(converter=to_optional_tier_behavior, default=None)
    max_purchase: Decimal | None = field(converter=to_optional_amount, default=None)
    interval: Interval | str | None = field(converter=to_optional_interval, default=None)
    interval_count: int = field(converter=to_count, default=1)

    def __attrs_post_init__(self) -> None:
        """Refuse two prices in one."""
        check_price(self.amount, self.tiers)

    @property
    def price(self) -> Price:
        """Return it as a balance has it.

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


def _optional_price(price: PlanPrice | None) -> PlanPrice | None:
    return None if price is None else instance_of(price, PlanPrice)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class PlanItem(Value):
    """What a plan grants of one feature: how much, how often anew, at what price, and what carries over.

    Its `reset` says how often, and not yet when: a `resets_at` belongs to what `grant` opens from it.

    >>> PlanItem(feature_id="messages", included=100, reset=Reset(interval="month")).unlimited
    False
    """

    feature_id: str = field(converter=to_text)
    included: Decimal = field(converter=to_amount, validator=Bound(0), default=ZERO)
    unlimited: bool = field(converter=to_flag, default=False)
    reset: Reset | None = field(converter=to_optional_reset, default=None)
    price: PlanPrice | None = field(converter=_optional_price, default=None)
    rollover: RolloverRule | None = field(converter=to_optional_rule, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse a date."""
        if self.reset is not None and self.reset.resets_at is not None:
            came = self.reset.resets_at.isoformat()
            raise InvalidPlan(f"reset: expected no resets_at before the item is granted, got {came}")
