"""Responses as version 1.2 of the API has them: a customer has features, and a check says all of one feature itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, field, fields, frozen

from balances.base.amounts import to_optional_amount
from balances.base.fields import named, to_flag, to_optional_text, to_text
from balances.base.frozen import FrozenMap, frozen_json, map_of
from balances.values.balance import Balance, Flag
from balances.values.features import Feature, FeatureType
from balances.values.responses import CheckResponse, Customer, Entity, TrackResponse, flag_of
from balances.wire.inside import Fields
from balances.wire.older.balances_1_2 import HELD_KEYS, Feature12, Held12, held_12, schema_of
from balances.wire.older.responses_2_0 import balances_in, flags_in, known_to, with_fields, without_attributes
from balances.wire.scalars import AMOUNT, FLAG, TEXT
from balances.wire.shapes import MapOf, Part
from balances.wire.tables.responses import CHECK, CUSTOMER, ENTITY, TRACK
from balances.wire.tables.rows import Key, defaulted, nullable, open_table, optional, required

__all__: list[str] = []

_FEATURE_FOUND: Final = "feature_found"
_PLACEHOLDER: Final = "placeholder"
_EVENT_RECEIVED: Final = "event_received"


def to_features_12(features: Mapping[str, Feature12]) -> FrozenMap[Feature12]:
    """Return features as a mapping that cannot change."""
    return map_of(features, Feature12)


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Customer12:
    """The keys of a customer. It has no controls."""

    id: str | None = field(converter=to_optional_text, default=None)
    features: Mapping[str, Feature12] = field(converter=to_features_12)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def to_customer(self) -> Customer:
        """Return the customer that these keys mean."""
        held = {key: feature.to_held() for key, feature in self.features.items()}
        other = without_attributes(self.other, Customer, held)
        return Customer(id=self.id, balances=balances_in(held), flags=flags_in(held), other=other)


def customer_12(customer: Customer) -> Customer12:
    """Return the keys of a customer. A flag stands in for a balance of the same feature."""
    held: dict[str, Balance | Flag] = {**customer.balances, **customer.flags}
    return Customer12(
        id=customer.id,
        features={key: held_12(each) for key, each in held.items()},
        other=known_to(_CUSTOMER, customer.other, empty=("products",)),
    )


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Entity12:
    """The keys of an entity."""

    id: str | None = field(converter=to_optional_text, default=None)
    customer_id: str | None = field(converter=to_optional_text, default=None)
    feature_id: str | None = field(converter=to_optional_text, default=None)
    features: Mapping[str, Feature12] = field(converter=to_features_12)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def to_entity(self) -> Entity:
        """Return the entity that these keys mean."""
        held = {key: feature.to_held() for key, feature in self.features.items()}
        return Entity(
            id=self.id,
            customer_id=self.customer_id,
            feature_id=self.feature_id,
            balances=balances_in(held),
            flags=flags_in(held),
            other=without_attributes(self.other, Entity, held),
        )


def entity_12(entity: Entity) -> Entity12:
    """Return the keys of an entity."""
    held: dict[str, Balance | Flag] = {**entity.balances, **entity.flags}
    return Entity12(
        id=entity.id,
        customer_id=entity.customer_id,
        feature_id=entity.feature_id,
        features={key: held_12(each) for key, each in held.items()},
        other=known_to(_ENTITY, entity.other, empty=("products",)),
    )


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Check12(Held12):
    """The keys of the answer to a check, among them all that is held of the feature."""

    allowed: bool = field(converter=to_flag)
    code: str = field(converter=to_text, default=_FEATURE_FOUND)
    customer_id: str = field(converter=to_text)
    feature_id: str | None = field(converter=to_optional_text, default=None)
    entity_id: str | None = field(converter=to_optional_text, default=None)
    required_balance: Decimal | None = field(converter=to_optional_amount, default=None)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def to_check(self) -> CheckResponse:
        """Return the response that these keys mean."""
        held = self._held()
        said = {} if held else {"feature_id": self.feature_id}
        return CheckResponse(
            allowed=self.allowed,
            customer_id=self.customer_id,
            entity_id=self.entity_id,
            required_balance=self.required_balance,
            balance=held if isinstance(held, Balance) else None,
            flag=held if isinstance(held, Flag) else None,
            other=without_attributes(self.other, CheckResponse)
            | unusual({**said, "code": self.code}, {"feature_id": None, "code": _FEATURE_FOUND}),
        )

    def _held(self) -> Balance | Flag | None:
        """Return the balance, or the flag where only a boolean feature looks so, or None where nothing is held."""
        if self.balance is None:
            return None
        balance = self.to_balance_of(self.feature_id or "", self._feature())
        flag = flag_of(balance) if self._is_boolean else None
        if flag is None:
            return balance
        return flag if self.credit_schema else evolve(flag, feature=None)

    @property
    def _is_boolean(self) -> bool:
        """Return whether these can only be the keys of a boolean feature: it alone has no interval count then."""
        return self.is_switch and self.interval is None and not self.unlimited

    def _feature(self) -> Feature | None:
        """Return the feature, as far as its type is told: boolean, or a credit system. Its name is not said."""
        if not (self._is_boolean or self.credit_schema):
            return None
        return Feature(
            id=self.feature_id or "",
            name="",
            type=FeatureType.BOOLEAN if self._is_boolean else FeatureType.CREDIT_SYSTEM,
            consumable=not self._is_boolean,
            credit_schema=schema_of(self.credit_schema),
        )


def check_12(response: CheckResponse) -> Check12:
    """Return the keys of the answer to a check."""
    held = response.flag or response.balance
    said = known_to(_CHECK, response.other)
    keys: dict[str, Any] = {}
    if held:
        feature = held_12(held)
        keys = {attribute.name: getattr(feature, attribute.name) for attribute in fields(Held12)}
        said["feature_id"] = feature.id
    return Check12(
        allowed=response.allowed,
        customer_id=response.customer_id,
        entity_id=response.entity_id,
        required_balance=response.required_balance,
        **keys,
        **said,
    )


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class Track12:
    """The keys of the answer to a track: that it was received, and nothing of a balance."""

    id: str = field(converter=to_text, default=_PLACEHOLDER)
    code: str = field(converter=to_text, default=_EVENT_RECEIVED)
    customer_id: str = field(converter=to_text)
    entity_id: str | None = field(converter=to_optional_text, default=None)
    event_name: str | None = field(converter=to_optional_text, default=None)
    feature_id: str | None = field(converter=to_optional_text, default=None)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def to_track(self) -> TrackResponse:
        """Return the response that these keys mean, without a value."""
        said = {"id": self.id, "code": self.code, "feature_id": self.feature_id}
        usual = {"id": _PLACEHOLDER, "code": _EVENT_RECEIVED, "feature_id": None}
        return TrackResponse(
            customer_id=self.customer_id,
            entity_id=self.entity_id,
            event_name=self.event_name,
            other=without_attributes(self.other, TrackResponse) | unusual(said, usual),
        )


def track_12(response: TrackResponse) -> Track12:
    """Return the keys of the answer to a track."""
    said = known_to(_TRACK, response.other)
    if response.balance:
        said["feature_id"] = response.balance.feature_id
    return Track12(
        customer_id=response.customer_id, entity_id=response.entity_id, event_name=response.event_name, **said
    )


def unusual(said: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the keys whose value is not the usual one."""
    return {key: value for key, value in said.items() if value != usual[key]}


def _where_held(key: Key) -> Key:
    """Return the key as a check has it: it is written only where there is a balance."""
    return evolve(key, is_always=False, only_with="balance") if key.is_always else key


_CUSTOMER: Final = with_fields(
    CUSTOMER,
    "purchases licenses config processors invoice_previews billing_details subscriptions",
    "products",
    "upcoming_invoice",
)
_ENTITY: Final = with_fields(ENTITY, "purchases subscriptions", "products")
_CHECK: Final = Fields(dict.fromkeys(("code", "feature_id")))
_TRACK: Final = Fields(dict.fromkeys(("id", "code", "feature_id")))

TABLES: Final = (
    open_table(
        Customer,
        (nullable("id", TEXT), required("features", MapOf(Part(Feature12)))),
        _CUSTOMER,
        form=Customer12,
        enter=Customer12.to_customer,
        leave=customer_12,
    ),
    open_table(
        Entity,
        (
            nullable("id", TEXT),
            optional("customer_id", TEXT),
            optional("feature_id", TEXT),
            required("features", MapOf(Part(Feature12))),
        ),
        _ENTITY,
        form=Entity12,
        enter=Entity12.to_entity,
        leave=entity_12,
    ),
    open_table(
        CheckResponse,
        (
            required("allowed", FLAG),
            defaulted("code", TEXT),
            required("customer_id", TEXT),
            optional("feature_id", TEXT),
            optional("entity_id", TEXT),
            optional("required_balance", AMOUNT),
            *map(_where_held, HELD_KEYS),
        ),
        CHECK,
        form=Check12,
        enter=Check12.to_check,
        leave=check_12,
    ),
    open_table(
        TrackResponse,
        (
            defaulted("id", TEXT),
            defaulted("code", TEXT),
            required("customer_id", TEXT),
            optional("entity_id", TEXT),
            optional("event_name", TEXT),
            optional("feature_id", TEXT),
        ),
        TRACK,
        form=Track12,
        enter=Track12.to_track,
        leave=track_12,
    ),
)
