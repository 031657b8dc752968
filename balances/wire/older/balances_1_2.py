"""Balances as version 1.2 of the API has them: features that a customer has.

`balance` is signed: negative in overage. An item has one grant, `included_usage`, and neither an id nor a plan. Where
nothing can be counted (unlimited, boolean), all numbers are zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from attrs import field, frozen

from balances.base.amounts import ZERO, add, subtract, to_optional_amount, total
from balances.base.fields import (
    named,
    to_optional_count,
    to_optional_flag,
    to_optional_text,
    to_text,
    tuple_of,
)
from balances.base.instants import to_optional_instant
from balances.base.words import UnknownWord
from balances.derived.overages import overage
from balances.periods.cycles import Interval, to_optional_interval
from balances.values.balance import (
    Balance,
    BillingMethod,
    Breakdown,
    Flag,
    NotTheEpoch,
    Price,
    Reset,
    Rollover,
    to_rollovers,
)
from balances.values.features import CreditCost, Feature, FeatureType
from balances.wire.older.balances_2_0 import (
    MULTIPLE,
    Balance20,
    Item20,
    balance_20,
    flag_20,
    held_as,
    item_20,
    next_reset_of,
    sure_flag,
)
from balances.wire.scalars import AMOUNT, COUNT, EXPIRY, FLAG, MOMENT, TEXT, ZERO_EXPIRY, Word
from balances.wire.shapes import Many, Part
from balances.wire.tables.rows import Key, Table, defaulted, nullable, optional, required

__all__: list[str] = []

_LIFETIME: Final = UnknownWord("lifetime")
_STATIC: Final = "static"
_SINGLE_USE: Final = "single_use"
_CONTINUOUS_USE: Final = "continuous_use"


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Counted12:
    """The keys that an item and a whole feature have in common."""

    interval: Interval | UnknownWord | None = field(converter=to_optional_interval, default=None)
    interval_count: int | None = field(converter=to_optional_count, default=None)
    balance: Decimal | None = field(converter=to_optional_amount, default=None)
    usage: Decimal | None = field(converter=to_optional_amount, default=None)
    included_usage: Decimal | None = field(converter=to_optional_amount, default=None)
    next_reset_at: datetime | None = field(converter=to_optional_instant, default=None)
    usage_limit: Decimal | None = field(converter=to_optional_amount, default=None)
    overage_allowed: bool | None = field(converter=to_optional_flag, default=None)

    @property
    def reset(self) -> Reset | None:
        """Return the reset that these keys mean."""
        if self.interval is None:
            return None
        interval = Interval.ONE_OFF if self.interval == _LIFETIME else self.interval
        return Reset(interval=interval, interval_count=self.interval_count or 1, resets_at=self.next_reset_at)

    @property
    def max_purchase(self) -> Decimal | None:
        """Return how much may be bought, None where that is not limited."""
        if self.usage_limit is None or self.usage_limit == (self.included_usage or ZERO):
            return None
        return subtract(self.usage_limit, self.included_usage or ZERO)

    @property
    def counts_nothing(self) -> bool:
        """Return whether these can be the keys of something that is not counted."""
        numbers = (self.balance, self.usage, self.included_usage, self.usage_limit, self.overage_allowed)
        return not any(numbers) and (self.interval is not None or self.interval_count is None)


def counted_12(old: Item20 | Balance20, *, prepaid: Decimal, over: Decimal, is_zero: bool) -> dict[str, Any]:
    """Return the keys that an item and a whole feature have in common, as an item or a balance of 2.0 says them.

    `prepaid` is what was paid before use, and `over` what is beyond the grant.
    """
    included = ZERO if is_zero else add(old.granted_balance, prepaid)
    limit = None if is_zero or not old.max_purchase else add(old.max_purchase, included)
    return {
        **_reset_keys(old.reset, is_zero=is_zero),
        "balance": ZERO if is_zero else subtract(old.current_balance, over),
        "usage": ZERO if is_zero else old.usage,
        "included_usage": included,
        "usage_limit": limit,
        "overage_allowed": not is_zero and old.overage_allowed and not old.max_purchase,
    }


def _reset_keys(reset: Reset | None, *, is_zero: bool) -> dict[str, Any]:
    if reset is None:
        return {"interval": None, "interval_count": None if is_zero else 1, "next_reset_at": None}
    if reset.interval == MULTIPLE:
        return {"interval": MULTIPLE, "interval_count": None, "next_reset_at": None}
    interval = _LIFETIME if reset.interval == Interval.ONE_OFF else reset.interval
    return {"interval": interval, "interval_count": reset.interval_count, "next_reset_at": reset.resets_at}


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Item12(Counted12):
    """The keys of an item."""

    expires_at: datetime | None = field(converter=to_optional_instant, validator=NotTheEpoch(), default=None)

    def to_item(self, *, unlimited: bool = False) -> Breakdown:
        """Return the item that these keys mean.

        A balance below zero is the overage. Where it is more than the overage, the rest was paid before use.
        """
        included, balance, usage = self.included_usage or ZERO, self.balance or ZERO, self.usage or ZERO
        unused = subtract(included, usage)
        prepaid = max(ZERO, subtract(unused, balance)) if balance < 0 else ZERO
        return Breakdown(
            included_grant=subtract(included, prepaid),
            prepaid_grant=prepaid,
            remaining=max(ZERO, unused) if prepaid else max(ZERO, balance),
            usage=usage,
            unlimited=unlimited,
            reset=self.reset,
            price=self._price(),
            expires_at=self.expires_at,
        )

    def _price(self) -> Price | None:
        is_usage_based = self.overage_allowed or (self.balance or ZERO) < 0
        if not is_usage_based and self.max_purchase is None:
            return None
        method = BillingMethod.USAGE_BASED if is_usage_based else BillingMethod.PREPAID
        return Price(billing_method=method, max_purchase=self.max_purchase)


def to_items_12(items: Iterable[Item12]) -> tuple[Item12, ...]:
    """Return items as a tuple."""
    return tuple_of(items, Item12)


def item_12(old: Item20, *, is_zero: bool = False) -> Item12:
    """Return the keys of an item of 2.0."""
    over = old.purchased_balance if old.overage_allowed else ZERO
    keys = counted_12(old, prepaid=old.prepaid_quantity, over=over, is_zero=is_zero)
    return Item12(**keys, expires_at=old.expires_at)


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class CreditAmount12:
    """The keys of the cost of a member of a credit system."""

    feature_id: str = field(converter=to_text)
    credit_amount: Decimal | None = field(converter=to_optional_amount, default=None)


def to_credit_amounts(entries: Iterable[CreditAmount12]) -> tuple[CreditAmount12, ...]:
    """Return the costs as a tuple."""
    return tuple_of(entries, CreditAmount12)


def schema_of(entries: Iterable[CreditAmount12]) -> tuple[CreditCost, ...]:
    """Return the credit schema that costs mean."""
    return tuple(CreditCost(metered_feature_id=each.feature_id, credit_cost=each.credit_amount) for each in entries)


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Held12(Counted12):
    """The keys that say what is held of a feature. Without a balance, none of them is there."""

    unlimited: bool | None = field(converter=to_optional_flag, default=None)
    breakdown: tuple[Item12, ...] = field(converter=to_items_12, default=())
    credit_schema: tuple[CreditAmount12, ...] = field(converter=to_credit_amounts, default=())
    rollovers: tuple[Rollover, ...] = field(converter=to_rollovers, default=())

    @property
    def is_switch(self) -> bool:
        """Return whether these can be the keys of a boolean feature."""
        return self.counts_nothing and all(item.counts_nothing for item in self.breakdown)

    def to_balance_of(self, feature_id: str, feature: Feature | None) -> Balance:
        """Return the balance of a feature that these keys mean."""
        unlimited = bool(self.unlimited)
        items = tuple(item.to_item(unlimited=unlimited) for item in self.breakdown)
        over = total(overage(item) for item in items)
        return Balance(
            feature_id=feature_id,
            granted=self.included_usage or ZERO,
            remaining=add(self.balance or ZERO, over),
            usage=self.usage or ZERO,
            unlimited=unlimited,
            overage_allowed=bool(self.overage_allowed),
            max_purchase=self.max_purchase,
            next_reset_at=next_reset_of(self.reset, items),
            breakdown=items,
            rollovers=self.rollovers,
            feature=feature,
        )


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Feature12(Held12):
    """The keys of a feature that a customer has."""

    id: str = field(converter=to_text)
    type: str = field(converter=to_text)
    name: str | None = field(converter=to_optional_text, default=None)

    def to_balance(self) -> Balance:
        """Return the balance that these keys mean, with its feature."""
        return self.to_balance_of(self.id, self._feature())

    def to_held(self) -> Balance | Flag:
        """Return the flag of a boolean feature, or the balance of any other."""
        return held_as(self.to_balance())

    def to_flag(self) -> Flag:
        """Return the flag that these keys mean."""
        return sure_flag(self.to_balance())

    def _feature(self) -> Feature:
        return Feature(
            id=self.id,
            name=self.name or "",
            type=self._type(),
            consumable=self.type == _SINGLE_USE,
            credit_schema=schema_of(self.credit_schema),
        )

    def _type(self) -> FeatureType | UnknownWord:
        if self.type == _SINGLE_USE:
            return FeatureType.CREDIT_SYSTEM if self.credit_schema else FeatureType.METERED
        if self.type == _CONTINUOUS_USE:
            return FeatureType.METERED
        if self.type == _STATIC:
            return FeatureType.BOOLEAN if self.is_switch else FeatureType.AI_CREDIT_SYSTEM
        return FeatureType.read(self.type)


def feature_12(old: Balance20, *, is_flag: bool = False) -> Feature12:
    """Return the keys of a feature as a balance of 2.0 says them."""
    feature = old.feature
    is_zero = is_flag or old.unlimited or (feature is not None and feature.type == FeatureType.BOOLEAN)
    prepaid = total(item.prepaid_quantity for item in old.breakdown)
    over = subtract(old.purchased_balance, prepaid)
    return Feature12(
        id=old.feature_id,
        type=_type_of(feature),
        name=(feature.name or None) if feature else None,
        unlimited=old.unlimited,
        **counted_12(old, prepaid=prepaid, over=over, is_zero=is_zero),
        breakdown=[item_12(item, is_zero=is_zero) for item in old.breakdown],
        credit_schema=[
            CreditAmount12(feature_id=entry.metered_feature_id, credit_amount=entry.credit_cost)
            for entry in (feature.credit_schema if feature else ())
        ],
        rollovers=old.rollovers,
    )


def _type_of(feature: Feature | None) -> str:
    if feature is not None and feature.type == FeatureType.METERED:
        return _SINGLE_USE if feature.consumable else _CONTINUOUS_USE
    return _SINGLE_USE if feature is not None and feature.type == FeatureType.CREDIT_SYSTEM else _STATIC


def balance_12(balance: Balance) -> Feature12:
    """Return the keys of a balance."""
    return feature_12(balance_20(balance))


def flag_12(flag: Flag) -> Feature12:
    """Return the keys of a flag."""
    return feature_12(flag_20(flag), is_flag=True)


def held_12(held: Balance | Flag) -> Feature12:
    """Return the keys of a balance or a flag."""
    return flag_12(held) if isinstance(held, Flag) else balance_12(held)


def _item_12(item: Breakdown) -> Item12:
    return item_12(item_20(item), is_zero=item.unlimited)


_COUNTED_KEYS: Final[tuple[Key, ...]] = (
    nullable("interval", Word(Interval)),
    nullable("interval_count", COUNT),
    nullable("balance", AMOUNT),
    nullable("usage", AMOUNT),
    nullable("included_usage", AMOUNT),
    nullable("next_reset_at", MOMENT),
    nullable("overage_allowed", FLAG),
    optional("usage_limit", AMOUNT),
)
_ITEM_KEYS: Final = (*_COUNTED_KEYS, nullable("expires_at", EXPIRY))
HELD_KEYS: Final[tuple[Key, ...]] = (
    *_COUNTED_KEYS,
    nullable("unlimited", FLAG),
    optional("breakdown", Many(Part(Item12))),
    optional("credit_schema", Many(Part(CreditAmount12))),
    optional("rollovers", Many(Part(Rollover))),
)
_FEATURE_KEYS: Final = (required("id", TEXT), required("type", TEXT), nullable("name", TEXT), *HELD_KEYS)

TABLES: Final = (
    Table(Item12, _ITEM_KEYS),
    Table(CreditAmount12, (required("feature_id", TEXT), nullable("credit_amount", AMOUNT))),
    Table(Feature12, _FEATURE_KEYS),
    Table(Rollover, (required("balance", AMOUNT), defaulted("expires_at", ZERO_EXPIRY))),
    Table(Breakdown, _ITEM_KEYS, form=Item12, enter=Item12.to_item, leave=_item_12),
    Table(Balance, _FEATURE_KEYS, form=Feature12, enter=Feature12.to_balance, leave=balance_12),
    Table(Flag, _FEATURE_KEYS, form=Feature12, enter=Feature12.to_flag, leave=flag_12),
)
