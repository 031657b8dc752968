"""All that a customer holds, as one value: the catalog of features, balances, flags and controls."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from attrs import field, frozen

from balances.base.fields import Value, named, tuple_of
from balances.base.frozen import FrozenMap, map_of
from balances.base.home import public
from balances.base.messages import described
from balances.errors import DuplicateFeature, MisplacedBalance
from balances.values.balance import Balance, Flag
from balances.values.controls import BillingControls, to_optional_controls
from balances.values.features import CreditCost, Feature, FeatureType

__all__ = ["Account"]

Held = TypeVar("Held", Balance, Flag)


class Catalog:
    """What an account knows of its features: it is made once, and shared by all that follows from the account.

    `features` holds them by id, `systems` the credit systems that contain a feature, each with its entry for it, and
    `events` the features that an event name stands for. All are in the order of the catalog.
    """

    __slots__ = ("events", "features", "is_complete", "systems")

    def __init__(self, features: Iterable[Feature], balances: Mapping[str, Balance]) -> None:
        """Index the features; the expanded feature of a balance serves where the catalog has none."""
        self.features = {feature.id: feature for feature in features}
        self.is_complete = bool(self.features)
        for feature_id, balance in balances.items():
            if balance.feature is not None:
                self.features.setdefault(feature_id, balance.feature)
        self.systems: dict[str, list[tuple[str, CreditCost]]] = {}
        self.events: dict[str, list[str]] = {}
        for feature in self.features.values():
            self._index(feature)

    def _index(self, feature: Feature) -> None:
        for name in dict.fromkeys(feature.event_names):
            self.events.setdefault(name, []).append(feature.id)
        if feature.type == FeatureType.CREDIT_SYSTEM:
            entries = {entry.metered_feature_id: entry for entry in reversed(feature.credit_schema)}
            for entry in entries.values():
                self.systems.setdefault(entry.metered_feature_id, []).append((feature.id, entry))


def _features(features: Iterable[Feature]) -> tuple[Feature, ...]:
    found: set[str] = set()
    result = tuple_of(features, Feature)
    for index, feature in enumerate(result):
        if feature.id in found:
            raise DuplicateFeature(f"features[{index}]: expected each feature once, got {described(feature.id)} again")
        found.add(feature.id)
    return result


def _balances(balances: Mapping[str, Balance]) -> FrozenMap[Balance]:
    return _at_their_own_keys(map_of(balances, Balance))


def _flags(flags: Mapping[str, Flag]) -> FrozenMap[Flag]:
    return _at_their_own_keys(map_of(flags, Flag))


def _at_their_own_keys(values: FrozenMap[Held]) -> FrozenMap[Held]:
    for key, value in values.items():
        if key != value.feature_id:
            raise MisplacedBalance(f"expected each value under its own feature id, got {_misplaced(key, value)}")
    return values


def _misplaced(key: str, value: Balance | Flag) -> str:
    return f"the {type(value).__name__.lower()} of {described(value.feature_id)} under {described(key)}"


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Account(Value):
    """All that a customer holds: the catalog of features, balances and flags by feature id, and the controls.

    `features` is the catalog, in its order. It says which credit systems contain which features, and which event names
    a feature has. Where it lacks the feature of a balance, the balance's own expanded `feature` serves.
    `controls=None` means that the customer has set none. The verbs over an account are in `balances.accounts`.

    >>> account = Account(
    ...     features=[Feature(id="messages", name="Messages", type="metered", consumable=True)],
    ...     balances={"messages": Balance(feature_id="messages", granted=100, remaining=72, usage=28)},
    ... )
    >>> account.balances["messages"].remaining
    Decimal('72')
    """

    features: tuple[Feature, ...] = field(converter=_features, default=())
    balances: Mapping[str, Balance] = field(converter=_balances, default=FrozenMap({}))
    flags: Mapping[str, Flag] = field(converter=_flags, default=FrozenMap({}))
    controls: BillingControls | None = field(converter=to_optional_controls, default=None)
    catalog: Catalog = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Index the features."""
        object.__setattr__(self, "catalog", Catalog(self.features, self.balances))
