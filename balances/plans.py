"""What a plan promises, and opening the source of a balance from it."""

from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from balances.amounts import ONE, ZERO, Amount, add, kept, multiply, to_amount, to_optional_amount
from balances.errors import InvalidPlan
from balances.features import TierBehavior, to_optional_tier_behavior
from balances.fields import Bound, Value, argument, instance_of, named, to_count, to_flag, to_text
from balances.instants import to_instant, to_optional_instant
from balances.intervals import Interval, cycle_at, to_optional_interval
from balances.rollovers import RolloverRule
from balances.values import (
    BillingMethod,
    Breakdown,
    Price,
    Reset,
    Tier,
    check_price,
    to_billing_method,
    to_optional_reset,
    to_tiers,
)

__all__ = ["PlanItem", "PlanPrice", "grant"]


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


def _optional_rule(rule: RolloverRule | None) -> RolloverRule | None:
    return None if rule is None else instance_of(rule, RolloverRule)


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
    rollover: RolloverRule | None = field(converter=_optional_rule, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse a date."""
        if self.reset is not None and self.reset.resets_at is not None:
            came = self.reset.resets_at.isoformat()
            raise InvalidPlan(f"reset: expected no resets_at before the item is granted, got {came}")


def _to_item(item: PlanItem) -> PlanItem:
    return instance_of(item, PlanItem)


def _to_quantity(value: Amount) -> Decimal:
    quantity = to_amount(value)
    Bound(0).check(quantity)
    return quantity


def grant(
    item: PlanItem,
    /,
    *,
    at: datetime,
    id: str = "",  # noqa: A002  (what it is called on the wire)
    plan_id: str | None = None,
    quantity: Amount = 1,
    prepaid: Amount = 0,
    anchor: datetime | None = None,
    expires_at: datetime | None = None,
) -> Breakdown:
    """Open a source of a balance from what a plan promises.

    It grants what is included, times the quantity (of seats, say), and the prepaid quantity times the billing units of
    its price. It first starts over one interval after `at`, or, given the `anchor` of a billing cycle, at the end of
    the cycle that holds `at`. What is unlimited grants no number.

    >>> from datetime import UTC
    >>> pro = PlanItem(feature_id="messages", included=100, reset=Reset(interval="month"))
    >>> item = grant(pro, at=datetime(2026, 1, 31, tzinfo=UTC), id="pro", quantity=3)
    >>> item.included_grant, item.remaining
    (Decimal('300'), Decimal('300'))
    >>> print(item.reset.resets_at)
    2026-02-28 00:00:00+00:00
    """
    item = argument("item", _to_item, item)
    at, anchor = argument("at", to_instant, at), argument("anchor", to_optional_instant, anchor)
    quantity = argument("quantity", _to_quantity, quantity)
    bought = argument("prepaid", _to_quantity, prepaid)
    units = item.price.billing_units if item.price else ONE
    included = ZERO if item.unlimited else multiply(item.included, quantity)
    paid = ZERO if item.unlimited else multiply(bought, units)
    return Breakdown(
        id=id,
        plan_id=plan_id,
        included_grant=included,
        prepaid_grant=paid,
        remaining=kept(add(included, paid)),
        usage=ZERO,
        unlimited=item.unlimited,
        reset=_first_reset(item.reset, at, anchor or at),
        price=item.price.price if item.price else None,
        expires_at=expires_at,
    )


def _first_reset(reset: Reset | None, at: datetime, anchor: datetime) -> Reset | None:
    if reset is None or reset.interval == Interval.ONE_OFF:
        return reset
    cycle = cycle_at(at, anchor=anchor, interval=reset.interval, count=reset.interval_count)
    return Reset(interval=reset.interval, interval_count=reset.interval_count, resets_at=cycle.end)
