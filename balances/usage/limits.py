"""Usage limits: which of them count an event, how much more they allow, and counting it.

A limit on the balance's own feature counts the amount that the balance pays. A limit on the tracked feature, where that
is a member of a credit system, counts tracked units. A limit on a credit system leaves rollovers out: paying from them
is neither limited nor counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from balances.base.amounts import ZERO, add, multiply, subtract, to_amount, total
from balances.base.fields import argument, to_optional_text
from balances.base.messages import described
from balances.derived.credits import is_credit_system
from balances.derived.overages import is_unlimited
from balances.errors import InvalidAmount
from balances.periods.cycles import cycle_at
from balances.usage.receipts import ITEM, Deduction
from balances.values.balance import Balance
from balances.values.controls import BillingControls, PropertyFilter, UsageLimit, WindowAnchor, to_optional_controls
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
_NEW_YEAR_ON_A_MONDAY: Final = datetime(2001, 1, 1, tzinfo=UTC)
"""From here, the days, weeks, months and years of the UTC calendar are counted."""


def to_same_controls(controls: Controls) -> Controls:
    """Return controls as they are, or None; of the type given."""
    to_optional_controls(controls)
    return controls


Matching = Sequence[tuple[UsageLimit, bool]]
"""The usage limits that count an event, each with whether it counts tracked units."""


def matching(
    controls: BillingControls | None, balance: Balance, feature_id: str | None, properties: Mapping[str, Any] | None
) -> Matching:
    """Return the enabled limits of these features whose filter matches the event's properties.

    A boolean feature and an unlimited balance have nothing to count, so no limit applies to them.
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


def room_in(limits: Matching, balance: Balance, credit_cost: Decimal) -> Decimal | None:
    """Return how much the balance may pay before it reaches one of the limits; None where there are none."""
    if not limits:
        return None
    uncounted = _left_of_rollovers(balance) if is_credit_system(balance) else ZERO
    return min(
        multiply(_headroom(limit), credit_cost) if in_units else add(_headroom(limit), uncounted)
        for limit, in_units in limits
    )


def with_counted(
    controls: Controls,
    limits: Matching,
    balance: Balance,
    lines: Iterable[Deduction],
    units: Decimal,
    *,
    is_beyond: bool = False,
) -> Controls:
    """Return the controls after these limits have counted a receipt, each in its own unit.

    A limit that is exceeded already counts on only where usage beyond the limits is tracked (`is_beyond`).
    """
    if controls is None or not limits:
        return controls
    are_all = not is_credit_system(balance)
    amount = total(line.amount for line in lines if are_all or line.kind is ITEM)
    after = {
        id(limit): _with_usage(limit, units if in_units else amount)
        for limit, in_units in limits
        if is_beyond or (limit.usage or ZERO) <= limit.limit
    }
    return evolve(controls, usage_limits=[after.get(id(limit), limit) for limit in controls.usage_limits])


def _left_of_rollovers(balance: Balance) -> Decimal:
    whole = ZERO
    for rollover in balance.rollovers:
        whole = add(whole, max(ZERO, rollover.balance))
    return whole


def _headroom(limit: UsageLimit) -> Decimal:
    return max(ZERO, subtract(limit.limit, limit.usage or ZERO))


def _with_usage(limit: UsageLimit, more: Decimal) -> UsageLimit:
    return evolve(limit, usage=add(limit.usage or ZERO, more)) if more else limit


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


class Windows:
    """The windows of the usage limits of a feature while time goes by."""

    def __init__(self, feature_id: str, anchor: datetime | None) -> None:
        """Begin in whatever windows the first moment asked for lies in."""
        self._feature_id, self._anchor = feature_id, anchor
        self._ends: dict[int, datetime] = {}

    def renewed(self, controls: BillingControls | None, at: datetime) -> BillingControls | None:
        """Return the controls with every usage limit started over whose window has ended by a moment."""
        if controls is None or not controls.usage_limits:
            return controls
        limits = [self._renewed(place, limit, at) for place, limit in enumerate(controls.usage_limits)]
        has_changed = any(limit is not was for limit, was in zip(limits, controls.usage_limits, strict=True))
        return evolve(controls, usage_limits=limits) if has_changed else controls

    def next_end(self) -> datetime | None:
        """Return when a window ends next."""
        return min(self._ends.values(), default=None)

    def _renewed(self, place: int, limit: UsageLimit, at: datetime) -> UsageLimit:
        end = self._ends.get(place)
        is_asked = limit.enabled and limit.feature_id == self._feature_id
        if not is_asked or (end is not None and at < end):
            return limit
        of_cycle = self._anchor if limit.anchor == WindowAnchor.BILLING_CYCLE else None
        self._ends[place] = cycle_at(at, anchor=of_cycle or _NEW_YEAR_ON_A_MONDAY, interval=limit.interval).end
        return limit if end is None else evolve(limit, usage=ZERO)
