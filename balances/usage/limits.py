"""Usage limits: which of them count a use, how much more they allow, and how they count it.

A limit on the balance's own feature counts the amount that the balance pays. A limit on the tracked feature, where that
is a member of a credit system, counts tracked units. A limit on a credit system leaves rollovers out: paying from them
is neither limited nor counted.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import evolve

from balances.base.amounts import ZERO, add, multiply, storable, subtract, to_amount, total
from balances.base.fields import argument, to_optional_text
from balances.base.messages import described
from balances.base.unchecked import changer
from balances.derived.credits import is_credit_system
from balances.derived.overages import is_unlimited
from balances.errors import InvalidAmount
from balances.usage.receipts import ITEM, Deduction
from balances.values.balance import Balance
from balances.values.controls import BillingControls, PropertyFilter, UsageLimit, to_optional_controls
from balances.values.features import FeatureType

# Type checkers know this package without its being there: a type variable with a default is not in Python 3.11.
if TYPE_CHECKING:
    from typing_extensions import TypeVar

    Controls = TypeVar("Controls", bound=BillingControls | None, default=BillingControls | None)
    Controls_co = TypeVar("Controls_co", bound=BillingControls | None, default=BillingControls | None, covariant=True)
else:
    from typing import TypeVar

    Controls = TypeVar("Controls", bound=BillingControls | None)
    Controls_co = TypeVar("Controls_co", bound=BillingControls | None, covariant=True)

__all__: list[str] = []

_LEAST_PLAIN: Final = Decimal("1e-6")
_MOST_PLAIN: Final = Decimal("1e21")


def to_same_controls(controls: Controls) -> Controls:
    """Return controls as they are, or None; of the type given."""
    to_optional_controls(controls)
    return controls


class Meter(Enum):
    """The amount that a usage limit counts of an event.

    `UNITS` are the tracked units. `PAID` is the amount that the balance of the limit's feature pays. `BY_ITEMS` is the
    part of it that the items of that balance pay, without its rollovers.
    """

    UNITS = auto()
    PAID = auto()
    BY_ITEMS = auto()


# As for the kinds of a receipt line: quicker to look up than members of an enum.
UNITS: Final = Meter.UNITS
PAID: Final = Meter.PAID
BY_ITEMS: Final = Meter.BY_ITEMS

Matching: TypeAlias = Sequence[tuple[UsageLimit, Meter]]
"""The usage limits that count an event, each with the amount that it counts."""


def matching(
    controls: BillingControls | None, balance: Balance, feature_id: str | None, properties: Mapping[str, Any] | None
) -> Matching:
    """Return the enabled limits that count a use of a balance, and whose filter matches the event's properties.

    A boolean feature and an unlimited balance have nothing to count, so no limit applies to them.
    """
    if controls is None and feature_id is None and properties is None:
        return ()
    controls = argument("controls", to_optional_controls, controls)
    feature_id = argument("feature_id", to_optional_text, feature_id)
    texts = argument("properties", texts_of, properties)
    if controls is None or not controls.usage_limits or is_unlimited(balance) or is_boolean(balance):
        return ()
    own = BY_ITEMS if is_credit_system(balance) else PAID
    return matching_of(controls, texts, {feature_id: UNITS, balance.feature_id: own})


def matching_of(
    controls: BillingControls, texts: Mapping[str, str | None] | None, meters: Mapping[str | None, Meter]
) -> Matching:
    """Return the enabled limits of these features whose filter matches, each with the amount that it counts."""
    return [
        (limit, meters[limit.feature_id])
        for limit in controls.usage_limits
        if limit.enabled and limit.feature_id in meters and (limit.filter is None or _matches(limit.filter, texts))
    ]


def is_boolean(balance: Balance) -> bool:
    """Return whether the feature is on or off: there is nothing to count."""
    return balance.feature is not None and balance.feature.type == FeatureType.BOOLEAN


def room_of_whole(limits: Matching, shares_per_unit: Decimal) -> Decimal | None:
    """Return how much of a use the limits on the whole of it let through; None where there are none.

    The result is in the shares of `paying`.
    A limit on the amount paid is one of a single balance, where a share is one unit of that balance.
    """
    rooms = [
        multiply(headroom(limit), shares_per_unit) if meter is UNITS else headroom(limit)
        for limit, meter in limits
        if meter is not BY_ITEMS
    ]
    return min(rooms, default=None)


def are_roomy(limits: Matching, amount: Decimal) -> bool:
    """Return whether every limit lets a whole amount through, of which one unit costs one, whatever parts pay it."""
    return all(headroom(limit) >= amount for limit, _ in limits)


def room_by_items(limits: Matching, balance: Balance) -> Decimal | None:
    """Return how much a balance may pay before a limit on its items stops it, its rollovers included; None if none can.

    Paying from rollovers is not limited.
    """
    rooms = [headroom(limit) for limit, meter in limits if meter is BY_ITEMS and limit.feature_id == balance.feature_id]
    return add(min(rooms), _left_of_rollovers(balance)) if rooms else None


def with_counted(
    controls: Controls, limits: Matching, lines: Sequence[Deduction], units: Decimal, *, is_beyond: bool = False
) -> Controls:
    """Return the controls after these limits have counted a receipt, each in its own unit.

    A limit that is exceeded already counts on only where usage beyond the limits is tracked (`is_beyond`).
    """
    if controls is None or not limits:
        return controls
    after = {
        id(limit): _with_usage(limit, units if meter is UNITS else _paid(limit.feature_id, meter, lines))
        for limit, meter in limits
        if is_beyond or (limit.usage or ZERO) <= limit.limit
    }
    counted = tuple([after.get(id(limit), limit) for limit in controls.usage_limits])
    return _controls_with(controls, usage_limits=counted)  # type: ignore[return-value]  # of the type given


def _paid(feature_id: str, meter: Meter, lines: Sequence[Deduction]) -> Decimal:
    """Return the amount that the balance of a feature paid, or its items did."""
    own = [line for line in lines if line.feature_id in ("", feature_id)]
    return total(line.amount for line in own if meter is PAID or line.kind is ITEM)


def _left_of_rollovers(balance: Balance) -> Decimal:
    whole = ZERO
    for rollover in balance.rollovers:
        whole = add(whole, max(ZERO, rollover.balance))
    return whole


def headroom(limit: UsageLimit) -> Decimal:
    """Return how much a limit still allows."""
    left = subtract(limit.limit, limit.usage or ZERO)
    return left if left > ZERO else ZERO


def _with_usage(limit: UsageLimit, more: Decimal) -> UsageLimit:
    return _limit_with(limit, usage=argument("usage", storable, add(limit.usage or ZERO, more))) if more else limit


@changer
def _limit_with(limit: UsageLimit, /, *, usage: Decimal) -> UsageLimit:
    return evolve(limit, usage=usage)


@changer
def _controls_with(controls: BillingControls, /, *, usage_limits: tuple[UsageLimit, ...]) -> BillingControls:
    return evolve(controls, usage_limits=usage_limits)


def _matches(wanted: PropertyFilter, texts: Mapping[str, str | None] | None) -> bool:
    return texts is not None and all(texts.get(name) == text for name, text in wanted.properties.items())


def texts_of(properties: Mapping[str, Any] | None) -> dict[str, str | None] | None:
    """Return the properties as a filter sees them, or None where there are none: no filter matches that."""
    if properties is not None and not isinstance(properties, Mapping):
        raise TypeError(f"expected a mapping, got {described(properties)}")
    for name in properties or ():
        if not isinstance(name, str):
            raise TypeError(f"expected names that are strings, got {described(name)}")
    return {name: _text_of(value) for name, value in properties.items()} if properties else None


def _text_of(value: Any) -> str | None:
    """Return a text as it is, a number or a bool as JSON writes it; None for null, a list or an object."""
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
