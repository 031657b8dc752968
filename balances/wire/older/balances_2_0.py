"""Balances as version 2.0 of the API has them.

There a balance has no flag beside it: a boolean feature is a balance of zeros. An item says how it is billed, but not
at which price.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, field, frozen

from balances.base.amounts import ZERO, add, subtract, to_amount, to_optional_amount, total
from balances.base.fields import named, to_flag, to_optional_text, to_text, tuple_of
from balances.base.instants import to_optional_instant
from balances.base.messages import counted, described
from balances.base.words import UnknownWord
from balances.derived.overages import overage
from balances.errors import InvalidAmount
from balances.values.balance import (
    Balance,
    BillingMethod,
    Breakdown,
    Flag,
    NotTheEpoch,
    Price,
    Reset,
    Rollover,
    to_optional_reset,
    to_rollovers,
)
from balances.values.features import Feature, FeatureType, to_optional_feature
from balances.values.responses import flag_of
from balances.wire.scalars import AMOUNT, EXPIRY, FLAG, TEXT
from balances.wire.shapes import Many, Part
from balances.wire.tables.rows import Key, Table, defaulted, nullable, optional, required

__all__: list[str] = []

MULTIPLE: Final = UnknownWord("multiple")
"""The interval of a balance whose items differ in theirs."""


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Item20:
    """The keys of an item."""

    id: str = field(converter=to_text, default="")
    plan_id: str | None = field(converter=to_optional_text, default=None)
    granted_balance: Decimal = field(converter=to_amount)
    purchased_balance: Decimal = field(converter=to_amount)
    current_balance: Decimal = field(converter=to_amount)
    usage: Decimal = field(converter=to_amount)
    overage_allowed: bool = field(converter=to_flag)
    max_purchase: Decimal | None = field(converter=to_optional_amount, default=None)
    reset: Reset | None = field(converter=to_optional_reset, default=None)
    prepaid_quantity: Decimal = field(converter=to_amount, default=ZERO)
    expires_at: datetime | None = field(converter=to_optional_instant, validator=NotTheEpoch(), default=None)

    def to_item(self, *, unlimited: bool = False) -> Breakdown:
        """Return the item that these keys mean. An unlimited item is never in overage."""
        return Breakdown(
            id=self.id,
            plan_id=self.plan_id,
            included_grant=self.granted_balance,
            prepaid_grant=self.prepaid_quantity,
            remaining=self.current_balance,
            usage=self.usage,
            unlimited=unlimited and self.purchased_balance == self.prepaid_quantity,
            reset=self.reset,
            price=self._price(),
            expires_at=self.expires_at,
        )

    def _price(self) -> Price | None:
        if self.overage_allowed:
            return Price(billing_method=BillingMethod.USAGE_BASED, max_purchase=self.max_purchase)
        if self.prepaid_quantity > 0 or self.max_purchase is not None:
            return Price(billing_method=BillingMethod.PREPAID, max_purchase=self.max_purchase)
        return None


def to_items_20(items: Iterable[Item20]) -> tuple[Item20, ...]:
    """Return items as a tuple."""
    return tuple_of(items, Item20)


def item_20(item: Breakdown) -> Item20:
    """Return the keys of an item."""
    price = item.price
    return Item20(
        id=item.id,
        plan_id=item.plan_id,
        granted_balance=item.included_grant,
        purchased_balance=add(item.prepaid_grant, overage(item)),
        current_balance=item.remaining,
        usage=item.usage,
        overage_allowed=price is not None and price.billing_method == BillingMethod.USAGE_BASED,
        max_purchase=price.max_purchase if price else None,
        reset=item.reset,
        prepaid_quantity=item.prepaid_grant,
        expires_at=item.expires_at,
    )


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Balance20:
    """The keys of a balance, and of a flag."""

    feature_id: str = field(converter=to_text)
    feature: Feature | None = field(converter=to_optional_feature, default=None)
    unlimited: bool = field(converter=to_flag, default=False)
    granted_balance: Decimal = field(converter=to_amount)
    purchased_balance: Decimal = field(converter=to_amount)
    current_balance: Decimal = field(converter=to_amount)
    usage: Decimal = field(converter=to_amount)
    overage_allowed: bool = field(converter=to_flag, default=False)
    max_purchase: Decimal | None = field(converter=to_optional_amount, default=None)
    reset: Reset | None = field(converter=to_optional_reset, default=None)
    plan_id: str | None = field(converter=to_optional_text, default=None)
    breakdown: tuple[Item20, ...] = field(converter=to_items_20, default=())
    rollovers: tuple[Rollover, ...] = field(converter=to_rollovers, default=())

    def to_balance(self) -> Balance:
        """Return the balance that these keys mean."""
        items = tuple(item.to_item(unlimited=self.unlimited) for item in self.breakdown)
        return Balance(
            feature_id=self.feature_id,
            granted=add(self.granted_balance, total(item.prepaid_quantity for item in self.breakdown)),
            remaining=self.current_balance,
            usage=self.usage,
            unlimited=self.unlimited,
            overage_allowed=self.overage_allowed,
            max_purchase=self.max_purchase,
            next_reset_at=next_reset_of(self.reset, items),
            breakdown=items,
            rollovers=self.rollovers,
            feature=self.feature,
        )

    def to_held(self) -> Balance | Flag:
        """Return the flag where the expanded feature is boolean and all is zero, else the balance."""
        return held_as(self.to_balance())

    def to_flag(self) -> Flag:
        """Return the flag that these keys mean."""
        return sure_flag(self.to_balance())


def next_reset_of(reset: Reset | None, items: Iterable[Breakdown]) -> datetime | None:
    """Return the next reset of a balance: the stated one, or where items differ, the earliest of theirs."""
    if reset is None or reset.interval != MULTIPLE:
        return reset.resets_at if reset else None
    return min((item.reset.resets_at for item in items if item.reset and item.reset.resets_at), default=None)


def held_as(balance: Balance) -> Balance | Flag:
    """Return the flag that a balance was made from, where its feature is boolean, else the balance."""
    is_boolean = balance.feature is not None and balance.feature.type == FeatureType.BOOLEAN
    return (flag_of(balance) if is_boolean else None) or balance


def sure_flag(balance: Balance) -> Flag:
    """Return the flag that a balance was made from. Refuse a balance that holds anything."""
    flag = flag_of(balance)
    if flag is None:
        raise InvalidAmount(f"expected one item in which all is zero, as a flag is, got a {described_of(balance)}")
    return flag


def described_of(balance: Balance) -> str:
    """Return the numbers of a balance in words."""
    numbers = f"granted {described(balance.granted)}, remaining {described(balance.remaining)}"
    return f"balance of {numbers}, usage {described(balance.usage)} and {counted(len(balance.breakdown), 'item')}"


def balance_20(balance: Balance) -> Balance20:
    """Return the keys of a balance."""
    items = tuple(item_20(item) for item in balance.breakdown)
    prepaid = total(item.prepaid_quantity for item in items)
    plans = {item.plan_id for item in items}
    return Balance20(
        feature_id=balance.feature_id,
        feature=balance.feature,
        unlimited=balance.unlimited,
        granted_balance=subtract(balance.granted, prepaid),
        purchased_balance=total(item.purchased_balance for item in items),
        current_balance=balance.remaining,
        usage=balance.usage,
        overage_allowed=balance.overage_allowed,
        max_purchase=balance.max_purchase,
        reset=_reset_of(balance),
        plan_id=plans.pop() if len(plans) == 1 else None,
        breakdown=items,
        rollovers=balance.rollovers,
    )


def _reset_of(balance: Balance) -> Reset | None:
    """Return the reset of the first item at the next reset of all, or one that says that the items differ."""
    resets = [item.reset for item in balance.breakdown]
    if len({reset.interval if reset else None for reset in resets}) > 1:
        return Reset(interval=MULTIPLE)
    return evolve(resets[0], resets_at=balance.next_reset_at) if resets and resets[0] else None


def flag_20(flag: Flag) -> Balance20:
    """Return the keys of a flag: a balance of one item in which all is zero."""
    nothing: dict[str, Any] = {
        "granted_balance": ZERO,
        "purchased_balance": ZERO,
        "current_balance": ZERO,
        "usage": ZERO,
    }
    item = Item20(id=flag.id, plan_id=flag.plan_id, expires_at=flag.expires_at, overage_allowed=False, **nothing)
    return Balance20(
        feature_id=flag.feature_id, feature=flag.feature, plan_id=flag.plan_id, breakdown=[item], **nothing
    )


def held_20(held: Balance | Flag) -> Balance20:
    """Return the keys of a balance or a flag."""
    return flag_20(held) if isinstance(held, Flag) else balance_20(held)


_ITEM_KEYS: Final[tuple[Key, ...]] = (
    defaulted("id", TEXT),
    nullable("plan_id", TEXT),
    required("granted_balance", AMOUNT),
    required("purchased_balance", AMOUNT),
    required("current_balance", AMOUNT),
    required("usage", AMOUNT),
    required("overage_allowed", FLAG),
    nullable("max_purchase", AMOUNT),
    nullable("reset", Part(Reset)),
    defaulted("prepaid_quantity", AMOUNT),
    nullable("expires_at", EXPIRY),
)
_BALANCE_KEYS: Final[tuple[Key, ...]] = (
    required("feature_id", TEXT),
    optional("feature", Part(Feature)),
    required("unlimited", FLAG),
    required("granted_balance", AMOUNT),
    required("purchased_balance", AMOUNT),
    required("current_balance", AMOUNT),
    required("usage", AMOUNT),
    required("overage_allowed", FLAG),
    nullable("max_purchase", AMOUNT),
    nullable("reset", Part(Reset)),
    nullable("plan_id", TEXT),
    optional("breakdown", Many(Part(Item20))),
    optional("rollovers", Many(Part(Rollover))),
)

TABLES: Final = (
    Table(Item20, _ITEM_KEYS),
    Table(Balance20, _BALANCE_KEYS),
    Table(Breakdown, _ITEM_KEYS, form=Item20, enter=Item20.to_item, leave=item_20),
    Table(Balance, _BALANCE_KEYS, form=Balance20, enter=Balance20.to_balance, leave=balance_20),
    Table(Flag, _BALANCE_KEYS, form=Balance20, enter=Balance20.to_flag, leave=flag_20),
)
