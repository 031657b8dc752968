"""Whole responses of the API: a customer, an entity, the answers of a check and of a track.

Here live values with attributes for all that is about balances. Every other key is kept in `other`, under its
snake_case name, and is written back.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from balances.base.amounts import to_amount, to_optional_amount
from balances.base.fields import Response, instance_of, named, to_flag, to_optional_text, to_text, tuple_of
from balances.base.frozen import FrozenMap, frozen_json, map_with
from balances.base.home import public
from balances.base.messages import described
from balances.errors import InvalidMapping
from balances.values.accounts import Account, to_balances, to_flags
from balances.values.balance import Balance, Flag, Reset, to_optional_reset
from balances.values.controls import BillingControls, to_optional_controls
from balances.values.features import Feature, FeatureType

__all__ = ["CheckResponse", "Customer", "Entity", "TrackDeduction", "TrackResponse"]


class Envelope(Response):
    """A response that keeps every key that is not about balances, in `other`."""

    __slots__ = ()

    def __attrs_post_init__(self: Any) -> None:
        """Refuse a key that has an attribute of its own."""
        attributes = {*self.__slots__} - {"other"}
        if not attributes.isdisjoint(self.other):
            key = next(key for key in self.other if key in attributes)
            raise InvalidMapping(f"other: expected no key that is an attribute, got {described(key)}")


def to_controls(controls: BillingControls) -> BillingControls:
    """Return controls as they are."""
    return instance_of(controls, BillingControls)


def to_optional_balance(balance: Balance | None) -> Balance | None:
    """Return a balance as it is, or None."""
    return None if balance is None else instance_of(balance, Balance)


def to_optional_flag(flag: Flag | None) -> Flag | None:
    """Return a flag as it is, or None."""
    return None if flag is None else instance_of(flag, Flag)


def to_balances_or_none(balances: Mapping[str, Balance | None]) -> FrozenMap[Balance | None]:
    """Return balances, some of which may be None, as a mapping that cannot change."""
    return map_with(balances, to_optional_balance)


def flag_of(balance: Balance) -> Flag | None:
    """Return the flag that a zero balance was made from, or None for any other balance.

    Older versions of the API have no flags. They send a balance of one item in which every number is zero.
    """
    numbers = (balance.granted, balance.remaining, balance.usage)
    if any(numbers) or balance.unlimited or balance.overage_allowed or balance.rollovers or len(balance.breakdown) != 1:
        return None
    item = balance.breakdown[0]
    if any((item.granted, item.remaining, item.usage)) or item.unlimited or item.reset or item.price:
        return None
    return Flag(
        id=item.id,
        feature_id=balance.feature_id,
        plan_id=item.plan_id,
        expires_at=item.expires_at,
        feature=balance.feature,
    )


def _account(holder: "Customer | Entity", features: Iterable[Feature]) -> Account:
    """Return all that a customer or an entity holds. Where the catalog says boolean, a zero balance is a flag."""
    catalog = tuple_of(features, Feature)
    boolean = {feature.id for feature in catalog if feature.type == FeatureType.BOOLEAN}
    zero = {key: flag_of(balance) for key, balance in holder.balances.items() if key in boolean}
    flags = {key: flag for key, flag in zero.items() if flag}
    return Account(
        features=catalog,
        balances={key: balance for key, balance in holder.balances.items() if key not in flags},
        flags={**flags, **holder.flags},
        controls=holder.billing_controls,
    )


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Customer(Envelope):
    """A customer as the API sends it: balances and flags by feature id, and the controls.

    `other` has the rest (name, subscriptions, metadata, ...), under snake_case names.

    >>> from balances import wire
    >>> document = {"id": "ada", "name": "Ada", "balances": {}, "flags": {}}
    >>> document |= {"billing_controls": {}}
    >>> customer = wire.snake.structure(document, Customer)
    >>> customer.id, customer.other["name"]
    ('ada', 'Ada')
    >>> wire.snake.unstructure(customer) == document
    True
    """

    id: str | None = field(converter=to_optional_text, default=None)
    balances: Mapping[str, Balance] = field(converter=to_balances, default=FrozenMap({}))
    flags: Mapping[str, Flag] = field(converter=to_flags, default=FrozenMap({}))
    billing_controls: BillingControls = field(converter=to_controls, default=BillingControls())
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def account(self, features: Iterable[Feature] = ()) -> Account:
        """Return all that the customer holds, for the functions of `balances.accounts`.

        `features` is the catalog. Where it says that a feature is boolean, a balance of zeros, as older versions of
        the API send it, becomes a flag.

        >>> balance = Balance(feature_id="messages", granted=100, remaining=72, usage=28)
        >>> account = Customer(id="ada", balances={"messages": balance}).account()
        >>> account.balances["messages"].remaining
        Decimal('72')
        """
        return _account(self, features)


def to_customer(customer: Customer) -> Customer:
    """Return a customer as it is."""
    return instance_of(customer, Customer)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Entity(Envelope):
    """An entity of a customer (a workspace, a seat) as the API sends it. Its balances hold shared and own items.

    >>> from balances import wire
    >>> wire.camel.structure(
    ...     {"id": "seat_1", "customerId": "ada", "balances": {}, "flags": {}}, Entity
    ... )
    Entity(id='seat_1', customer_id='ada')
    """

    id: str | None = field(converter=to_optional_text, default=None)
    customer_id: str | None = field(converter=to_optional_text, default=None)
    feature_id: str | None = field(converter=to_optional_text, default=None)
    balances: Mapping[str, Balance] = field(converter=to_balances, default=FrozenMap({}))
    flags: Mapping[str, Flag] = field(converter=to_flags, default=FrozenMap({}))
    billing_controls: BillingControls | None = field(converter=to_optional_controls, default=None)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def account(self, features: Iterable[Feature] = ()) -> Account:
        """Return all that the entity holds, as `Customer.account` does.

        >>> Entity(id="seat_1").account().controls is None
        True
        """
        return _account(self, features)


def to_optional_entity(entity: Entity | None) -> Entity | None:
    """Return an entity as it is, or None."""
    return None if entity is None else instance_of(entity, Entity)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class CheckResponse(Envelope):
    """The answer of the API to a check.

    `flag` is for a boolean feature, and `balance` for any other. Both are `None` where the customer has neither.
    `balances` has the balances of every feature that could pay, `None` where it is not held. Unlike a `Ruling`, a
    response is never falsy: ask `allowed`.

    >>> from balances import wire
    >>> document = {"allowed": False, "customer_id": "ada", "balance": None, "flag": None}
    >>> wire.snake.structure(document, CheckResponse).allowed
    False
    """

    allowed: bool = field(converter=to_flag)
    customer_id: str = field(converter=to_text)
    entity_id: str | None = field(converter=to_optional_text, default=None)
    required_balance: Decimal | None = field(converter=to_optional_amount, default=None)
    balance: Balance | None = field(converter=to_optional_balance, default=None)
    flag: Flag | None = field(converter=to_optional_flag, default=None)
    balances: Mapping[str, Balance | None] = field(converter=to_balances_or_none, default=FrozenMap({}))
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class TrackDeduction(Response):
    """One deduction as the API reports it: how much one item paid. A negative value was given back.

    It is no receipt line: it does not say whether a rollover paid, nor whether the amount was overage. So no
    `Deduction` can be made of it, and it cannot be undone.

    >>> TrackDeduction(balance_id="item_1", feature_id="messages", value=5).value
    Decimal('5')
    """

    balance_id: str = field(converter=to_text)
    feature_id: str = field(converter=to_text)
    plan_id: str | None = field(converter=to_optional_text, default=None)
    reset: Reset | None = field(converter=to_optional_reset, default=None)
    value: Decimal = field(converter=to_amount)


def to_track_deductions(deductions: Iterable[TrackDeduction]) -> tuple[TrackDeduction, ...]:
    """Return deductions as a tuple."""
    return tuple_of(deductions, TrackDeduction)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class TrackResponse(Envelope):
    """The answer of the API to a track.

    `balance` is `None` where several features moved, and where the event was only queued. `balances` then has those
    that moved, `None` where one is not held. `value` is `None` in version 1.2, which does not say it.

    >>> from balances import wire
    >>> wire.snake.structure(
    ...     {"customer_id": "ada", "value": 5, "balance": None}, TrackResponse
    ... ).value
    Decimal('5')
    """

    customer_id: str = field(converter=to_text)
    entity_id: str | None = field(converter=to_optional_text, default=None)
    event_name: str | None = field(converter=to_optional_text, default=None)
    value: Decimal | None = field(converter=to_optional_amount, default=None)
    balance: Balance | None = field(converter=to_optional_balance, default=None)
    balances: Mapping[str, Balance | None] = field(converter=to_balances_or_none, default=FrozenMap({}))
    deductions: tuple[TrackDeduction, ...] = field(converter=to_track_deductions, default=())
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
