"""Responses as version 2.0 of the API has them: flags stand among the balances."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

from attrs import evolve, field, fields, frozen

from balances.base.amounts import to_optional_amount
from balances.base.fields import instance_of, named, to_flag, to_optional_text, to_text
from balances.base.frozen import FrozenMap, frozen_json, map_of, map_with
from balances.base.messages import described
from balances.base.shown import is_mapping
from balances.errors import InvalidMapping
from balances.values.balance import Balance, Flag
from balances.values.controls import BillingControls, ControlSource
from balances.values.responses import CheckResponse, Customer, Entity, TrackResponse, to_controls
from balances.wire.inside import Fields
from balances.wire.older.balances_2_0 import Balance20, held_20
from balances.wire.scalars import AMOUNT, FLAG, TEXT
from balances.wire.shapes import MapOf, OrNull, Part
from balances.wire.tables.responses import CHECK, CUSTOMER, ENTITY, TRACK
from balances.wire.tables.rows import nullable, open_table, optional, required

__all__: list[str] = []

Control = TypeVar("Control")


def to_balances_20(balances: Mapping[str, Balance20]) -> FrozenMap[Balance20]:
    """Return balances as a mapping that cannot change."""
    return map_of(balances, Balance20)


def to_optional_balance_20(balance: Balance20 | None) -> Balance20 | None:
    """Return a balance as it is, or None."""
    return None if balance is None else instance_of(balance, Balance20)


def to_balances_20_or_none(balances: Mapping[str, Balance20 | None]) -> FrozenMap[Balance20 | None]:
    """Return balances, some of which may be None, as a mapping that cannot change."""
    return map_with(balances, to_optional_balance_20)


def without_attributes(
    other: Mapping[str, Any], cls: type[Any], held: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return other keys, less those that the class has attributes for: they belong to a newer version.

    Such a key may be left over, and says nothing then. Flags say nothing that is not among what is `held`, too.
    """
    names = {attribute.name for attribute in fields(cls)}
    for key in names.intersection(other):
        if other[key] and not (key == "flags" and is_mapping(other[key]) and set(other[key]) <= set(held or ())):
            raise InvalidMapping(f"expected no {key!r} in this version of the API, got {described(other[key])}")
    return {key: value for key, value in other.items() if key not in names}


def known_to(version: Fields, other: Mapping[str, Any], *, empty: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return those of the other keys that a version has. The lists that are always there may be empty."""
    return {**dict.fromkeys(empty, ()), **{key: value for key, value in other.items() if key in version.inside}}


def balances_in(held: Mapping[str, Balance | Flag]) -> dict[str, Balance]:
    """Return the balances among what is held."""
    return {key: each for key, each in held.items() if isinstance(each, Balance)}


def flags_in(held: Mapping[str, Balance | Flag]) -> dict[str, Flag]:
    """Return the flags among what is held."""
    return {key: each for key, each in held.items() if isinstance(each, Flag)}


def _newer(balance: Balance20 | None) -> Balance | None:
    return balance.to_balance() if balance else None


def _older(held: Balance | Flag | None) -> Balance20 | None:
    return held_20(held) if held else None


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Customer20:
    """The keys of a customer."""

    id: str | None = field(converter=to_optional_text, default=None)
    billing_controls: BillingControls = field(converter=to_controls)
    balances: Mapping[str, Balance20] = field(converter=to_balances_20)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def to_customer(self) -> Customer:
        """Return the customer that these keys mean."""
        held = {key: balance.to_held() for key, balance in self.balances.items()}
        return Customer(
            id=self.id,
            balances=balances_in(held),
            flags=flags_in(held),
            billing_controls=self.billing_controls,
            other=without_attributes(self.other, Customer, held),
        )


def customer_20(customer: Customer) -> Customer20:
    """Return the keys of a customer. A flag stands in for a balance of the same feature."""
    held: dict[str, Balance | Flag] = {**customer.balances, **customer.flags}
    return Customer20(
        id=customer.id,
        billing_controls=controls_of_customer(customer.billing_controls),
        balances={key: held_20(each) for key, each in held.items()},
        other=known_to(_CUSTOMER, customer.other, empty=("scheduled_subscriptions",)),
    )


def controls_of_customer(controls: BillingControls) -> BillingControls:
    """Return the controls that a customer has set, as versions before 2.3 say them: without those of plans."""
    names = ("spend_limits", "usage_limits", "overage_allowed", "usage_alerts", "auto_topups")
    own: dict[str, Any] = {name: tuple(map(_without_source, _own(getattr(controls, name)))) for name in names}
    return BillingControls(**own)


def _own(entries: tuple[Any, ...]) -> list[Any]:
    return [entry for entry in entries if entry.source != ControlSource.PLAN]


def _without_source(entry: Any) -> Any:
    return evolve(entry, source=None)


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Entity20:
    """The keys of an entity. It has no controls."""

    id: str | None = field(converter=to_optional_text, default=None)
    customer_id: str | None = field(converter=to_optional_text, default=None)
    feature_id: str | None = field(converter=to_optional_text, default=None)
    balances: Mapping[str, Balance20] = field(converter=to_balances_20)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def to_entity(self) -> Entity:
        """Return the entity that these keys mean."""
        held = {key: balance.to_held() for key, balance in self.balances.items()}
        return Entity(
            id=self.id,
            customer_id=self.customer_id,
            feature_id=self.feature_id,
            balances=balances_in(held),
            flags=flags_in(held),
            other=without_attributes(self.other, Entity, held),
        )


def entity_20(entity: Entity) -> Entity20:
    """Return the keys of an entity."""
    held: dict[str, Balance | Flag] = {**entity.balances, **entity.flags}
    return Entity20(
        id=entity.id,
        customer_id=entity.customer_id,
        feature_id=entity.feature_id,
        balances={key: held_20(each) for key, each in held.items()},
        other=known_to(_ENTITY, entity.other, empty=("scheduled_subscriptions",)),
    )


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Check20:
    """The keys of the answer to a check."""

    allowed: bool = field(converter=to_flag)
    customer_id: str = field(converter=to_text)
    entity_id: str | None = field(converter=to_optional_text, default=None)
    required_balance: Decimal | None = field(converter=to_optional_amount, default=None)
    balance: Balance20 | None = field(converter=to_optional_balance_20, default=None)
    balances: Mapping[str, Balance20 | None] = field(converter=to_balances_20_or_none, default=FrozenMap({}))
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def to_check(self) -> CheckResponse:
        """Return the response that these keys mean."""
        held = self.balance.to_held() if self.balance else None
        return CheckResponse(
            allowed=self.allowed,
            customer_id=self.customer_id,
            entity_id=self.entity_id,
            required_balance=self.required_balance,
            balance=held if isinstance(held, Balance) else None,
            flag=held if isinstance(held, Flag) else None,
            balances={key: _newer(each) for key, each in self.balances.items()},
            other=without_attributes(self.other, CheckResponse),
        )


def check_20(response: CheckResponse) -> Check20:
    """Return the keys of the answer to a check."""
    return Check20(
        allowed=response.allowed,
        customer_id=response.customer_id,
        entity_id=response.entity_id,
        required_balance=response.required_balance,
        balance=_older(response.flag or response.balance),
        balances={key: _older(each) for key, each in response.balances.items()},
        other=known_to(CHECK, response.other),
    )


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Track20:
    """The keys of the answer to a track. It has no deductions."""

    customer_id: str = field(converter=to_text)
    entity_id: str | None = field(converter=to_optional_text, default=None)
    event_name: str | None = field(converter=to_optional_text, default=None)
    value: Decimal | None = field(converter=to_optional_amount, default=None)
    balance: Balance20 | None = field(converter=to_optional_balance_20, default=None)
    balances: Mapping[str, Balance20 | None] = field(converter=to_balances_20_or_none, default=FrozenMap({}))
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def to_track(self) -> TrackResponse:
        """Return the response that these keys mean."""
        return TrackResponse(
            customer_id=self.customer_id,
            entity_id=self.entity_id,
            event_name=self.event_name,
            value=self.value,
            balance=_newer(self.balance),
            balances={key: _newer(each) for key, each in self.balances.items()},
            other=without_attributes(self.other, TrackResponse),
        )


def track_20(response: TrackResponse) -> Track20:
    """Return the keys of the answer to a track."""
    return Track20(
        customer_id=response.customer_id,
        entity_id=response.entity_id,
        event_name=response.event_name,
        value=response.value,
        balance=_older(response.balance),
        balances={key: _older(each) for key, each in response.balances.items()},
        other=known_to(TRACK, response.other),
    )


def with_fields(version: Fields, without: str, *more: str) -> Fields:
    """Return the fields of a version: those of a newer one, less some, and more."""
    kept = {name: inside for name, inside in version.inside.items() if name not in without.split()}
    return Fields({**kept, **dict.fromkeys(more)})


_CUSTOMER: Final = with_fields(
    CUSTOMER, "purchases licenses config processors invoice_previews billing_details", "scheduled_subscriptions"
)
_ENTITY: Final = with_fields(ENTITY, "purchases", "scheduled_subscriptions")

TABLES: Final = (
    open_table(
        Customer,
        (
            nullable("id", TEXT),
            required("billing_controls", Part(BillingControls)),
            required("balances", MapOf(Part(Balance20))),
        ),
        _CUSTOMER,
        form=Customer20,
        enter=Customer20.to_customer,
        leave=customer_20,
    ),
    open_table(
        Entity,
        (
            nullable("id", TEXT),
            optional("customer_id", TEXT),
            optional("feature_id", TEXT),
            required("balances", MapOf(Part(Balance20))),
        ),
        _ENTITY,
        form=Entity20,
        enter=Entity20.to_entity,
        leave=entity_20,
    ),
    open_table(
        CheckResponse,
        (
            required("allowed", FLAG),
            required("customer_id", TEXT),
            optional("entity_id", TEXT),
            optional("required_balance", AMOUNT),
            nullable("balance", Part(Balance20)),
            optional("balances", MapOf(OrNull(Part(Balance20)))),
        ),
        CHECK,
        form=Check20,
        enter=Check20.to_check,
        leave=check_20,
    ),
    open_table(
        TrackResponse,
        (
            required("customer_id", TEXT),
            optional("entity_id", TEXT),
            optional("event_name", TEXT),
            evolve(required("value", AMOUNT), is_nullable=True),
            nullable("balance", Part(Balance20)),
            optional("balances", MapOf(OrNull(Part(Balance20)))),
        ),
        TRACK,
        form=Track20,
        enter=Track20.to_track,
        leave=track_20,
    ),
)
