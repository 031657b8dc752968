"""The fields inside plain data: which of its keys camelCase renames.

Plain data is kept as it was sent, yet some of its objects have fields, such as the `credit_cost` of a dimension. Their
names follow the case of the format, and in memory they are in snake_case. Every other key is data and stays as it is.

An unknown key may look like a field of the other case. Such a key and the field change places, so that renaming can
always be undone and no key is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen

from balances.base.frozen import FrozenMap
from balances.base.shown import is_list, is_mapping
from balances.wire.dialects import Case, in_camel_case

__all__: list[str] = []


@frozen
class Each:
    """A list, or a map whose keys are data, with the fields inside each of its values."""

    value: Fields


@frozen(eq=False)
class Fields:
    """An object whose keys are fields, by snake_case name, each with the fields inside it (None: it has none)."""

    inside: Mapping[str, Fields | Each | None]
    other_names: Mapping[str, str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Pair each field with its name in the other case, both ways, where the two differ."""
        camel = {name: in_camel_case(name) for name in self.inside}
        pairs = {name: other for name, other in camel.items() if name != other}
        object.__setattr__(self, "other_names", pairs | {other: name for name, other in pairs.items()})


def respelled(data: Any, inside: Fields | Each | None, *, to: Case) -> Any:
    """Return frozen plain data with its fields renamed for the other case.

    >>> size = FrozenMap({"credit_cost": 8, "match": FrozenMap({"size_px": "2048"})})
    >>> respelled(FrozenMap({"hd_size": size}), INSIDE["dimensions"], to="camel")
    {'hd_size': {'creditCost': 8, 'match': {'size_px': '2048'}}}
    """
    if isinstance(inside, Fields) and is_mapping(data):
        return FrozenMap(_respelled_fields(data, inside, to))
    if isinstance(inside, Each) and is_mapping(data):
        return FrozenMap({key: respelled(value, inside.value, to=to) for key, value in data.items()})
    if isinstance(inside, Each) and is_list(data):
        return tuple(respelled(value, inside.value, to=to) for value in data)
    return data


def _respelled_fields(data: Mapping[str, Any], fields: Fields, to: Case) -> dict[str, Any]:
    renamed: dict[str, Any] = {}
    for key, value in data.items():
        other = fields.other_names.get(key, key)
        snake_name = other if to == "snake" else key
        renamed[other] = respelled(value, fields.inside.get(snake_name), to=to)
    return renamed


def fields_of(*names: str, **inside: Fields | Each) -> Fields:
    """Return fields by name. Those that have fields inside are given by keyword."""
    return Fields({**dict.fromkeys(names), **inside})


_CREDIT_TIERS: Final = Each(fields_of("to", "credit_cost"))
_DIMENSIONS: Final = Each(fields_of("match", "credit_cost", "tier_behavior", "priority", tiers=_CREDIT_TIERS))
_MULTIPLIERS: Final = Each(fields_of("match", "factor", "add", "priority"))
_CREDIT_SCHEMA: Final = Each(
    fields_of(
        "metered_feature_id",
        "credit_cost",
        "tier_behavior",
        "billing_units",
        "excluded",
        tiers=_CREDIT_TIERS,
        dimensions=_DIMENSIONS,
        multipliers=_MULTIPLIERS,
    )
)
_MARKUPS: Final = fields_of(
    "default_markup",
    provider_markups=Each(fields_of("markup")),
    model_markups=Each(fields_of("markup", "input_cost", "output_cost")),
)

INSIDE: Final[Mapping[str, Fields | Each]] = {
    "currency": fields_of("currency", "amount", "flat_amount"),
    "dimensions": _DIMENSIONS,
    "expiry": fields_of("duration", "length"),
    "feature": fields_of(
        "id",
        "type",
        "name",
        "consumable",
        "archived",
        "event_names",
        credit_schema=_CREDIT_SCHEMA,
        display=fields_of("singular", "plural"),
    ),
    "feature_override": fields_of(credit_schema=_CREDIT_SCHEMA, markups=_MARKUPS),
    "multipliers": _MULTIPLIERS,
    "plan_display": fields_of("primary_text", "secondary_text"),
    "plan_feature": fields_of(
        "id", "type", "name", "archived", credit_schema=_CREDIT_SCHEMA, display=fields_of("singular", "plural")
    ),
    "price_processors": Each(fields_of("price_id")),
    "processors": Each(fields_of("product_id", "meter_id")),
    "proration": fields_of("on_increase", "on_decrease"),
    "threshold_billing": fields_of("threshold"),
    "usage_alert": fields_of("name", "threshold", "threshold_type"),
}
"""The fields inside each kind of plain data."""
