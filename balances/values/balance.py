"""What a customer holds: balances and their parts. Values only; every rule about them is a function elsewhere."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import Factory, field, frozen

from balances.base.amounts import ONE, ZERO, add, normalised, subtract, to_amount, to_optional_amount
from balances.base.fields import (
    Bound,
    Check,
    OpenEnum,
    Value,
    instance_of,
    named,
    to_count,
    to_flag,
    to_optional_text,
    to_text,
    tuple_of,
)
from balances.base.frozen import Tally, frozen_json
from balances.base.home import public
from balances.base.instants import EPOCH, to_optional_instant
from balances.base.messages import counted, described
from balances.errors import InvalidInstant, InvalidPrice
from balances.periods.cycles import Interval, to_interval
from balances.values.features import Feature, TierBehavior, to_optional_tier_behavior

__all__ = [
    "Allocation",
    "Balance",
    "BillingMethod",
    "Breakdown",
    "BreakdownSource",
    "Flag",
    "Price",
    "Reset",
    "Rollover",
    "Tier",
]


@public
class BillingMethod(OpenEnum):
    """When a price is paid: before use, for a quantity chosen, or after it, for the overage.

    >>> list(BillingMethod)
    [<BillingMethod.PREPAID: 'prepaid'>, <BillingMethod.USAGE_BASED: 'usage_based'>]
    """

    PREPAID = "prepaid"
    USAGE_BASED = "usage_based"


@public
class BreakdownSource(OpenEnum):
    """Who an item belongs to: the customer as a whole, or one of its entities (a workspace, a seat).

    >>> BreakdownSource("entity")
    <BreakdownSource.ENTITY: 'entity'>
    """

    CUSTOMER = "customer"
    ENTITY = "entity"


def to_billing_method(word: str) -> BillingMethod | str:
    """Return the billing method of this name, or the word as it came."""
    return BillingMethod.known(word)


def _optional_source(word: str | None) -> BreakdownSource | str | None:
    return None if word is None else BreakdownSource.known(word)


@frozen
class _NotTheEpoch(Check):
    """The wire reads the epoch itself as "never"."""

    def check(self, value: datetime | None) -> None:
        """Raise for the epoch."""
        if value == EPOCH:
            raise InvalidInstant("expected a moment other than the epoch, or None for never")


@frozen
class _AfterTheEpoch(Check):
    """On the wire, 0 is "never" for a rollover, and nothing before it is a moment."""

    def check(self, value: datetime | None) -> None:
        """Raise for the epoch and all before."""
        if value is not None and value <= EPOCH:
            raise InvalidInstant(f"expected a moment after the epoch, or None for never, got {value.isoformat()}")


def to_currencies(currencies: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return the prices in other currencies, as they are, as a tuple."""
    tally = Tally()
    kind: type = Mapping
    return tuple(frozen_json(currency, tally) for currency in tuple_of(currencies, kind))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Tier(Value):
    """One band of a tiered price: up to `to`, the rate is `amount`; `to=None` is the last, unbounded band.

    `additional_currencies` is kept as a plan sends it.

    >>> Tier(to=1000, amount=0.1), Tier(to=None, amount=0.02, flat_amount=5)
    (Tier(to=1000, amount=0.1), Tier(to=None, amount=0.02, flat_amount=5))
    """

    to: Decimal | None = field(converter=to_optional_amount, validator=Bound(0))
    amount: Decimal = field(converter=to_amount)
    flat_amount: Decimal = field(converter=to_amount, default=ZERO)
    additional_currencies: tuple[Mapping[str, Any], ...] = field(converter=to_currencies, default=())


def to_tiers(tiers: Iterable[Tier]) -> tuple[Tier, ...]:
    """Return tiers as a tuple."""
    return tuple_of(tiers, Tier)


def check_price(amount: Decimal | None, tiers: tuple[Tier, ...]) -> None:
    """Refuse an amount together with tiers."""
    if amount is not None and tiers:
        both = f"amount {described(amount)} and {counted(len(tiers), 'tier')}"
        raise InvalidPrice(f"expected an amount or tiers, got both: {both}")


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Price(Value):
    """What a source costs: one `amount` per `billing_units`, or `tiers`.

    `max_purchase` is how much may be bought at all; `None` means no limit. A payload may send neither an amount nor
    tiers: such a price says how it is billed, and not what it costs.

    >>> Price(billing_method=BillingMethod.USAGE_BASED, amount=0.5, max_purchase=500).billing_units
    Decimal('1')
    >>> Price(billing_method="prepaid", billing_units=0, amount=10)
    Traceback (most recent call last):
    balances.InvalidAmount: billing_units: expected a number above 0, got 0
    """

    billing_method: BillingMethod | str = field(converter=to_billing_method)
    billing_units: Decimal = field(converter=to_amount, validator=Bound(0, is_open=True), default=ONE)
    amount: Decimal | None = field(converter=to_optional_amount, default=None)
    tiers: tuple[Tier, ...] = field(converter=to_tiers, default=())
    tier_behavior: TierBehavior | str | None = field(converter=to_optional_tier_behavior, default=None)
    max_purchase: Decimal | None = field(converter=to_optional_amount, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse two prices in one."""
        check_price(self.amount, self.tiers)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Reset(Value):
    """When a source starts over: every `interval_count` intervals, next at `resets_at`.

    An interval this version does not know stays the text it was.

    >>> from datetime import UTC, datetime
    >>> Reset(interval="month", interval_count=3, resets_at=datetime(2026, 4, 1, tzinfo=UTC))
    Reset(interval=Interval.MONTH, interval_count=3, resets_at=datetime(2026, 4, 1, 0, 0, tzinfo=UTC))
    >>> Reset(interval="fortnight").interval
    'fortnight'
    """

    interval: Interval | str = field(converter=to_interval)
    interval_count: int = field(converter=to_count, default=1)
    resets_at: datetime | None = field(converter=to_optional_instant, default=None)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Rollover(Value):
    """An unused amount carried over from an earlier period: `balance` is left of what was `granted`.

    `granted` is the balance where it is not given; `expires_at=None` means never.

    >>> Rollover(balance=60, granted=200).usage
    Decimal('140')
    >>> Rollover(balance=60).granted
    Decimal('60')
    """

    balance: Decimal = field(converter=to_amount)
    granted: Decimal = field(converter=to_amount, default=Factory(lambda rollover: rollover.balance, takes_self=True))
    expires_at: datetime | None = field(converter=to_optional_instant, validator=_AfterTheEpoch(), default=None)

    @property
    def usage(self) -> Decimal:
        """Return what has been used of it.

        >>> Rollover(balance=0.9, granted=1).usage
        Decimal('0.1')
        """
        return normalised(subtract(self.granted, self.balance))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Allocation(Value):
    """The share of a customer's credits that is set aside for one entity.

    >>> Allocation(amount=250)
    Allocation(amount=250)
    """

    amount: Decimal = field(converter=to_amount)


def to_optional_reset(reset: Reset | None) -> Reset | None:
    """Return a reset as it is, or None."""
    return None if reset is None else instance_of(reset, Reset)


def _optional_price(price: Price | None) -> Price | None:
    return None if price is None else instance_of(price, Price)


def _optional_allocation(allocation: Allocation | None) -> Allocation | None:
    return None if allocation is None else instance_of(allocation, Allocation)


def to_optional_feature(feature: Feature | None) -> Feature | None:
    return None if feature is None else instance_of(feature, Feature)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Breakdown(Value):
    """One source of a balance: a plan's allowance, an add-on, a top-up.

    `plan_id=None` means that no plan stands behind it, `reset=None` that it never starts over, `price=None` that it
    is free, and `expires_at=None` that it never expires.

    >>> item = Breakdown(included_grant=100, prepaid_grant=50, remaining=0, usage=180)
    >>> item.granted
    Decimal('150')
    """

    id: str = field(converter=to_text, default="")
    plan_id: str | None = field(converter=to_optional_text, default=None)
    included_grant: Decimal = field(converter=to_amount)
    prepaid_grant: Decimal = field(converter=to_amount, default=ZERO)
    remaining: Decimal = field(converter=to_amount)
    usage: Decimal = field(converter=to_amount)
    unlimited: bool = field(converter=to_flag, default=False)
    reset: Reset | None = field(converter=to_optional_reset, default=None)
    price: Price | None = field(converter=_optional_price, default=None)
    expires_at: datetime | None = field(converter=to_optional_instant, validator=_NotTheEpoch(), default=None)
    source: BreakdownSource | str | None = field(converter=_optional_source, default=None)
    allocation: Allocation | None = field(converter=_optional_allocation, default=None)

    @property
    def granted(self) -> Decimal:
        """Return what it grants in all: included and prepaid.

        >>> Breakdown(included_grant=0.1, prepaid_grant=0.2, remaining=0.3, usage=0).granted
        Decimal('0.3')
        """
        return normalised(add(self.included_grant, self.prepaid_grant))


def _breakdown(items: Iterable[Breakdown]) -> tuple[Breakdown, ...]:
    return tuple_of(items, Breakdown)


def _rollovers(rollovers: Iterable[Rollover]) -> tuple[Rollover, ...]:
    return tuple_of(rollovers, Rollover)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Balance(Value):
    """What one customer holds of one feature: stated totals, the items they come from, and what was carried over.

    `max_purchase=None` means no limit, `next_reset_at=None` no reset. A balance is as it was sent: its totals are
    those stated, and nothing here adds them up anew.

    >>> balance = Balance(feature_id="messages", granted=100, remaining=72, usage=28)
    >>> balance.remaining, balance.overage_allowed, balance.breakdown
    (Decimal('72'), False, ())
    """

    feature_id: str = field(converter=to_text)
    granted: Decimal = field(converter=to_amount)
    remaining: Decimal = field(converter=to_amount)
    usage: Decimal = field(converter=to_amount)
    unlimited: bool = field(converter=to_flag, default=False)
    overage_allowed: bool = field(converter=to_flag, default=False)
    max_purchase: Decimal | None = field(converter=to_optional_amount, default=None)
    next_reset_at: datetime | None = field(converter=to_optional_instant, default=None)
    breakdown: tuple[Breakdown, ...] = field(converter=_breakdown, default=())
    rollovers: tuple[Rollover, ...] = field(converter=_rollovers, default=())
    feature: Feature | None = field(converter=to_optional_feature, default=None)
    allocated: Decimal | None = field(converter=to_optional_amount, default=None)
    unallocated: Decimal | None = field(converter=to_optional_amount, default=None)


def to_balance(balance: Balance) -> Balance:
    """Return a balance as it is."""
    return instance_of(balance, Balance)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Flag(Value):
    """A boolean feature that a customer has: on, until it expires; `expires_at=None` means never.

    >>> Flag(id="flag_1", feature_id="sso", plan_id="team").expires_at is None
    True
    """

    id: str = field(converter=to_text)
    feature_id: str = field(converter=to_text)
    plan_id: str | None = field(converter=to_optional_text, default=None)
    expires_at: datetime | None = field(converter=to_optional_instant, default=None)
    feature: Feature | None = field(converter=to_optional_feature, default=None)
