"""Usage limits: which of them an event counts in, how much room they leave, and counting it.

A limit on the feature of the balance counts what the balance pays; one on the tracked feature, where that is another
(a member of a credit system), counts tracked units.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from balances.base.amounts import ZERO, add, multiply, subtract, to_amount
from balances.base.fields import argument, to_optional_text
from balances.base.messages import described
from balances.derived.overages import is_unlimited
from balances.errors import InvalidAmount
from balances.values.balance import Balance
from balances.values.controls import BillingControls, PropertyFilter, UsageLimit, to_optional_controls
from balances.values.features import FeatureType

__all__: list[str] = []

_LEAST_PLAIN: Final = Decimal("1e-6")
_MOST_PLAIN: Final = Decimal("1e21")

Matching = Sequence[tuple[UsageLimit, bool]]
"""Usage limits that an event counts in, each with whether it counts tracked units."""


def matching(
    controls: BillingControls | None, balance: Balance, feature_id: str | None, properties: Mapping[str, Any] | None
) -> Matching:
    """Return the enabled limits of these features whose filter matches the event's properties.

    Where there is nothing to count, of a boolean feature or in an unlimited balance, there are none.
    """
    if controls is None and feature_id is None and properties is None:
        return ()
    controls = argument("controls", to_optional_controls, controls)
    feature_id = argument("feature_id", to_optional_text, feature_id)
    texts = argument("properties", _texts_of, properties)
    if controls is None or not controls.usage_limits or is_unlimited(balance) or is_boolean(balance):
        return ()
    features = (balance.feature_id, feature_id)
    return [
        (limit, limit.feature_id != balance.feature_id)
        for limit in controls.usage_limits
        if limit.enabled and limit.feature_id in features and _matches(limit.filter, texts)
    ]


def is_boolean(balance: Balance) -> bool:
    """Return whether the feature is on or off: there is nothing to count."""
    return balance.feature is not None and balance.feature.type == FeatureType.BOOLEAN


def room_in(limits: Matching, credit_cost: Decimal) -> Decimal | None:
    """Return how much the balance may pay before one of the limits is reached; None where there are none."""
    rooms = [multiply(_headroom(limit), credit_cost) if in_units else _headroom(limit) for limit, in_units in limits]
    return min(rooms, default=None)


def with_counted(
    controls: BillingControls | None, limits: Matching, amount: Decimal, units: Decimal
) -> BillingControls | None:
    """Return the controls with an event counted in these limits; one already beyond stays as it is."""
    if controls is None or not limits or not (amount or units):
        return controls
    after = {id(limit): _counted(limit, units if in_units else amount) for limit, in_units in limits}
    return evolve(controls, usage_limits=[after.get(id(limit), limit) for limit in controls.usage_limits])


def _headroom(limit: UsageLimit) -> Decimal:
    return max(ZERO, subtract(limit.limit, limit.usage or ZERO))


def _counted(limit: UsageLimit, amount: Decimal) -> UsageLimit:
    usage = limit.usage or ZERO
    return limit if usage > limit.limit else evolve(limit, usage=add(usage, amount))


def _matches(wanted: PropertyFilter | None, texts: Mapping[str, str | None] | None) -> bool:
    if wanted is None:
        return True
    return texts is not None and all(texts.get(name) == text for name, text in wanted.properties.items())


def _texts_of(properties: Mapping[str, Any] | None) -> dict[str, str | None] | None:
    """Return the properties as a filter sees them, or None where there are none: no filter matches that."""
    if properties is not None and not isinstance(properties, Mapping):
        raise TypeError(f"expected a mapping, got {described(properties)}")
    return {name: _text_of(value) for name, value in properties.items()} if properties else None


def _text_of(value: Any) -> str | None:
    """Return what JSON writes for text, a number or a bool; nothing for null, a list or an object."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return _number_as_text(to_amount(value))
    except InvalidAmount:
        return None


def _number_as_text(number: Decimal) -> str:
    if not number or _LEAST_PLAIN <= number.copy_abs() < _MOST_PLAIN:
        return f"{number:f}"
    return repr(float(number)).replace("e-0", "e-")
