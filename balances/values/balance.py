"""Balances and their parts: items with their resets and prices, rollovers, and the flags of boolean features."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from attrs import Factory, field, frozen

from balances.base.amounts import ONE, ZERO, add, normalised, subtract, to_amount, to_optional_amount
from balances.base.fields import (
    Bound,
    Check,
    Value,
    argument,
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
from balances.base.messages import counted, described, listed
from balances.base.words import OpenEnum, UnknownWord
from balances.errors import InvalidInstant, InvalidPrice, NoSuchItem
from balances.periods.cycles import Interval, to_interval
from balances.values.features import Feature, TierBehavior, to_optional_feature, to_optional_tier_behavior

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
    """The time at which a price is paid: before use, for a chosen quantity, or after use, for the overage.

    >>> list(BillingMethod)
    [<BillingMethod.PREPAID: 'prepaid'>, <BillingMethod.USAGE_BASED: 'usage_based'>]
    """

    PREPAID = "prepaid"
    USAGE_BASED = "usage_based"


AnyBillingMethod: TypeAlias = BillingMethod | Literal["prepaid", "usage_based"] | UnknownWord


def to_billing_method(word: AnyBillingMethod) -> BillingMethod | UnknownWord:
    """Return the billing method of this name, or an unknown word."""
    return BillingMethod.given(word)


@public
class BreakdownSource(OpenEnum):
    """The owner of an item: the customer as a whole, or one of its entities (a workspace, a seat).

    >>> BreakdownSource("entity")
    <BreakdownSource.ENTITY: 'entity'>
    """

    CUSTOMER = "customer"
    ENTITY = "entity"


AnyBreakdownSource: TypeAlias = BreakdownSource | Literal["customer", "entity"] | UnknownWord


def to_optional_breakdown_source(word: AnyBreakdownSource | None) -> BreakdownSource | UnknownWord | None:
    """Return the source of this name, an unknown word, or None."""
    return None if word is None else BreakdownSource.given(word)


@frozen
class NotTheEpoch(Check):
    """The check that a moment is not the epoch, which is "never" on the wire."""

    def check(self, value: datetime | None) -> None:
        """Raise for the epoch."""
        if value == EPOCH:
            raise InvalidInstant(f"expected a moment other than the epoch, or None for never, got {EPOCH.isoformat()}")


@frozen
class _AfterTheEpoch(Check):
    """The check that a moment is after the epoch: for a rollover, the wire has nothing before, and 0 is "never"."""

    def check(self, value: datetime | None) -> None:
        """Raise for the epoch and any moment before it."""
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
    """One band of a tiered price: its rate is `amount`, up to `to`. The last band may be unbounded, with `to=None`.

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
    """The price of an item: one `amount` per `billing_units`, or `tiers`.

    `max_purchase` is the limit of all that may be bought. `None` means no limit. A payload may send neither an amount
    nor tiers. Then the price says how the item is billed, and not how much it costs.

    >>> Price(billing_method="usage_based", amount=0.5, max_purchase=500).billing_units
    Decimal('1')
    >>> Price(billing_method="usage-based", amount=0.5)
    Traceback (most recent call last):
    balances.InvalidChoice: billing_method: expected prepaid or usage_based, got 'usage-based': \
did you mean 'usage_based'?
    >>> Price(billing_method="prepaid", billing_units=0, amount=10)
    Traceback (most recent call last):
    balances.InvalidAmount: billing_units: expected a number above 0, got 0
    """

    billing_method: BillingMethod | UnknownWord = field(converter=to_billing_method)
    billing_units: Decimal = field(converter=to_amount, validator=Bound(0, is_open=True), default=ONE)
    amount: Decimal | None = field(converter=to_optional_amount, default=None)
    tiers: tuple[Tier, ...] = field(converter=to_tiers, default=())
    tier_behavior: TierBehavior | UnknownWord | None = field(converter=to_optional_tier_behavior, default=None)
    max_purchase: Decimal | None = field(converter=to_optional_amount, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse two prices in one."""
        check_price(self.amount, self.tiers)


def to_price(price: Price) -> Price:
    """Return a price as it is."""
    return instance_of(price, Price)


def to_optional_price(price: Price | None) -> Price | None:
    """Return a price as it is, or None."""
    return None if price is None else to_price(price)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Reset(Value):
    """When an item resets: every `interval_count` intervals, next at `resets_at`.

    >>> from datetime import UTC, datetime
    >>> april = datetime(2026, 4, 1, tzinfo=UTC)
    >>> reset = Reset(interval="month", interval_count=3, resets_at=april)
    >>> print(reset.interval, reset.interval_count, reset.resets_at)
    month 3 2026-04-01 00:00:00+00:00
    """

    interval: Interval | UnknownWord = field(converter=to_interval)
    interval_count: int = field(converter=to_count, default=1)
    resets_at: datetime | None = field(converter=to_optional_instant, default=None)


def to_reset(reset: Reset) -> Reset:
    """Return a reset as it is."""
    return instance_of(reset, Reset)


def to_optional_reset(reset: Reset | None) -> Reset | None:
    """Return a reset as it is, or None."""
    return None if reset is None else to_reset(reset)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Rollover(Value):
    """An amount that was carried over from an earlier period, unused: `granted` then, of which `balance` remains.

    By default, `granted` is the balance. `expires_at=None` means never.

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
        """Return the amount that has been used.

        >>> Rollover(balance=0.9, granted=1).usage
        Decimal('0.1')
        """
        return normalised(subtract(self.granted, self.balance))


def to_rollovers(rollovers: Iterable[Rollover]) -> tuple[Rollover, ...]:
    """Return rollovers as a tuple."""
    return tuple_of(rollovers, Rollover)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Allocation(Value):
    """The share of a customer's credits that is set aside for one entity.

    >>> Allocation(amount=250)
    Allocation(amount=250)
    """

    amount: Decimal = field(converter=to_amount)


def to_optional_allocation(allocation: Allocation | None) -> Allocation | None:
    """Return an allocation as it is, or None."""
    return None if allocation is None else instance_of(allocation, Allocation)


def _unused(item: "Breakdown") -> Decimal:
    return ZERO if item.unlimited else max(ZERO, subtract(item.granted, item.usage))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Breakdown(Value):
    """One item of a balance: a plan's allowance, an add-on, a top-up.

    By default nothing is used: `usage` is zero. `remaining` is by default the part of the grant that is not used, and
    never below zero (of an unlimited item, it is zero).

    `plan_id=None` means that the item comes from no plan, `reset=None` that it never resets, `price=None` that it
    is free, and `expires_at=None` that it never expires.

    >>> item = Breakdown(included_grant=100, prepaid_grant=50, usage=28)
    >>> item.granted, item.remaining
    (Decimal('150'), Decimal('122'))
    >>> Breakdown(included_grant=100, usage=130).remaining
    Decimal('0')
    """

    id: str = field(converter=to_text, default="")
    plan_id: str | None = field(converter=to_optional_text, default=None)
    included_grant: Decimal = field(converter=to_amount)
    prepaid_grant: Decimal = field(converter=to_amount, default=ZERO)
    usage: Decimal = field(converter=to_amount, default=ZERO)
    unlimited: bool = field(converter=to_flag, default=False)
    remaining: Decimal = field(converter=to_amount, default=Factory(_unused, takes_self=True))
    reset: Reset | None = field(converter=to_optional_reset, default=None)
    price: Price | None = field(converter=to_optional_price, default=None)
    expires_at: datetime | None = field(converter=to_optional_instant, validator=NotTheEpoch(), default=None)
    source: BreakdownSource | UnknownWord | None = field(converter=to_optional_breakdown_source, default=None)
    allocation: Allocation | None = field(converter=to_optional_allocation, default=None)

    @property
    def granted(self) -> Decimal:
        """Return the whole grant of the item: included and prepaid.

        >>> Breakdown(included_grant=0.1, prepaid_grant=0.2).granted
        Decimal('0.3')
        """
        return normalised(add(self.included_grant, self.prepaid_grant)) if self.prepaid_grant else self.included_grant


def to_item(item: Breakdown) -> Breakdown:
    """Return an item as it is."""
    return instance_of(item, Breakdown)


def to_items(items: Iterable[Breakdown]) -> tuple[Breakdown, ...]:
    """Return items as a tuple."""
    return tuple_of(items, Breakdown)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Balance(Value):
    """All that one customer holds of one feature: stated totals, and the items and rollovers that they come from.

    `max_purchase=None` means no limit, `next_reset_at=None` no reset.

    A balance is as it was sent, and its totals are not added up anew. So `attrs.evolve(balance, breakdown=...)` leaves
    the totals as they were: `with_item`, `replace_item` and `without_item` move them along with the items.

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
    breakdown: tuple[Breakdown, ...] = field(converter=to_items, default=())
    rollovers: tuple[Rollover, ...] = field(converter=to_rollovers, default=())
    feature: Feature | None = field(converter=to_optional_feature, default=None)
    allocated: Decimal | None = field(converter=to_optional_amount, default=None)
    unallocated: Decimal | None = field(converter=to_optional_amount, default=None)

    def item(self, id: str, /) -> Breakdown:  # noqa: A002  (its name on the wire)
        """Return the item of this id. The empty id is no id, so it finds no item.

        >>> from balances import combine
        >>> balance = combine([Breakdown(id="pro", included_grant=100)], feature_id="messages")
        >>> balance.item("pro").granted
        Decimal('100')
        >>> balance.item("free")
        Traceback (most recent call last):
        balances.NoSuchItem: id: expected the id of an item ('pro'), got 'free'
        """
        wanted = argument("id", to_text, id)
        for item in self.breakdown if wanted else ():
            if item.id == wanted:
                return item
        ids = [item.id for item in self.breakdown if item.id]
        expected = f"the id of an item ({listed(ids)})" if ids else "an item with an id"
        raise NoSuchItem(f"id: expected {expected}, got {described(wanted)}")


def to_balance(balance: Balance) -> Balance:
    """Return a balance as it is."""
    return balance if balance.__class__ is Balance else instance_of(balance, Balance)


def to_holding(holding: Balance | Breakdown) -> Balance | Breakdown:
    """Return a balance, or an item of one, as it is."""
    return instance_of(holding, Balance, Breakdown)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Flag(Value):
    """A boolean feature that a customer has until it expires. `expires_at=None` means never.

    >>> Flag(id="flag_1", feature_id="sso", plan_id="team").expires_at is None
    True
    """

    id: str = field(converter=to_text)
    feature_id: str = field(converter=to_text)
    plan_id: str | None = field(converter=to_optional_text, default=None)
    expires_at: datetime | None = field(converter=to_optional_instant, default=None)
    feature: Feature | None = field(converter=to_optional_feature, default=None)
