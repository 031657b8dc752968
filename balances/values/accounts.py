"""Accounts: all that a customer holds, as one value.

This file has the value and its index of features. The verbs over an account are in `balances.accounts`.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

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

Entry = TypeVar("Entry", Balance, Flag)


class Catalog:
    """The features of an account, indexed once: all that follows from the account shares the index.

    `features` has them by id. `systems` has the credit systems that contain a feature, each with its entry for it, and
    `events` the features that an event name stands for. All are in the order of the catalog. `listings` keeps
    what is worked out of them for a feature that is used.
    """

    __slots__ = ("events", "features", "listings", "systems")

    def __init__(self, features: Iterable[Feature], balances: Mapping[str, Balance]) -> None:
        """Index the features. The expanded feature of a balance serves where the catalog has none."""
        self.features = {feature.id: feature for feature in features}
        for feature_id, balance in balances.items():
            if balance.feature is not None:
                self.features.setdefault(feature_id, balance.feature)
        self.systems: dict[str, list[tuple[str, CreditCost]]] = {}
        self.listings: dict[str, Any] = {}
        self.events: dict[str, list[str]] = {}
        for feature_id, feature in self.features.items():
            self._index(feature_id, feature)

    def _index(self, feature_id: str, feature: Feature) -> None:
        for name in dict.fromkeys(feature.event_names):
            self.events.setdefault(name, []).append(feature_id)
        if feature.type == FeatureType.CREDIT_SYSTEM:
            # Of two entries for one member, the first counts.
            members = {entry.metered_feature_id: entry for entry in reversed(feature.credit_schema)}
            # The own balance of a feature pays anyhow, so that a system which names itself pays once.
            members.pop(feature_id, None)
            for member_id, entry in members.items():
                self.systems.setdefault(member_id, []).append((feature_id, entry))


def to_features(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """Return a catalog as a tuple. It names each feature once."""
    result, found = tuple_of(features, Feature), set[str]()
    for index, feature in enumerate(result):
        if feature.id in found:
            raise DuplicateFeature(f"expected each feature once, got {described(feature.id)} again at index {index}")
        found.add(feature.id)
    return result


def to_balances(balances: Mapping[str, Balance]) -> FrozenMap[Balance]:
    """Return balances as a mapping that cannot change."""
    return map_of(balances, Balance)


def to_flags(flags: Mapping[str, Flag]) -> FrozenMap[Flag]:
    """Return flags as a mapping that cannot change."""
    return map_of(flags, Flag)


def _to_own_balances(balances: Mapping[str, Balance]) -> FrozenMap[Balance]:
    return _at_their_own_keys(to_balances(balances))


def _to_own_flags(flags: Mapping[str, Flag]) -> FrozenMap[Flag]:
    return _at_their_own_keys(to_flags(flags))


def _at_their_own_keys(entries: FrozenMap[Entry]) -> FrozenMap[Entry]:
    for key, entry in entries.items():
        if key != entry.feature_id:
            came = f"the one of {described(entry.feature_id)} at {described(key)}"
            raise MisplacedBalance(f"expected each at its own feature id, got {came}")
    return entries


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Account(Value):
    """All that a customer holds: the catalog of features, balances and flags by feature id, and the controls.

    `features` is the catalog, in its order. It says which credit systems contain which features, and which event names
    stand for a feature. Where it lacks the feature of a balance, the balance's own expanded `feature` serves.
    `controls=None` means that none are set.

    >>> feature = Feature(id="messages", name="Messages", type="metered", consumable=True)
    >>> balance = Balance(feature_id="messages", granted=100, remaining=72, usage=28)
    >>> account = Account(features=[feature], balances={"messages": balance})
    >>> account.balances["messages"].remaining
    Decimal('72')
    >>> Account(balances={"seats": account.balances["messages"]})
    Traceback (most recent call last):
    balances.MisplacedBalance: balances: expected each at its own feature id, got the one of 'messages' at 'seats'
    """

    features: tuple[Feature, ...] = field(converter=to_features, default=())
    balances: Mapping[str, Balance] = field(converter=_to_own_balances, default=FrozenMap({}))
    flags: Mapping[str, Flag] = field(converter=_to_own_flags, default=FrozenMap({}))
    controls: BillingControls | None = field(converter=to_optional_controls, default=None)

    @cached_property
    def catalog(self) -> Catalog:
        """Return the index of the features."""
        return Catalog(self.features, self.balances)
