"""The order in which a balance is used up, as data. The rule that sorts by it is `derived/ordering.py`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from attrs import field, frozen

from balances.base.amounts import to_optional_amount
from balances.base.fields import Bound, Value, named, to_optional_flag, to_texts
from balances.base.frozen import FrozenMap, map_of
from balances.base.home import public
from balances.base.instants import to_optional_instant
from balances.base.words import Words, one_of

__all__ = [
    "DEFAULT_KEYS",
    "EXPIRY_COST",
    "NEWEST_FIRST",
    "OLDEST_FIRST",
    "PRIORITY_EXPIRY_AGE",
    "PRIORITY_EXPIRY_FREE_AGE",
    "PRIORITY_FREE_AGE",
    "BurnKey",
    "BurnOrder",
    "Place",
    "Standing",
]


@public
class BurnKey(Words):
    """One thing that items are compared by. Each key says which of two items is used first.

    The first five keys are the default order. They compare by attributes of the item. Three more do: `LARGER_GRANT`
    adds the included and the prepaid grant, `ENTITY_FIRST` puts an item of an entity before one of the whole customer,
    and `ID` compares the characters of the ids. The others compare by the `Standing` of the item.

    >>> BurnKey("sooner_expiry") is BurnKey.SOONER_EXPIRY
    True
    """

    UNLIMITED_FIRST = "unlimited_first"
    DATED_FIRST = "dated_first"
    SHORTER_PERIOD = "shorter_period"
    SOONER_EXPIRY = "sooner_expiry"
    USAGE_BASED_LAST = "usage_based_last"
    LOWER_PRIORITY = "lower_priority"
    GRANTED_BEFORE_PAID = "granted_before_paid"
    LOWER_COST = "lower_cost"
    EARLIER_START = "earlier_start"
    EARLIER_CREATED = "earlier_created"
    LATER_CREATED = "later_created"
    LARGER_GRANT = "larger_grant"
    ENTITY_FIRST = "entity_first"
    ID = "id"


AnyBurnKey: TypeAlias = (
    BurnKey
    | Literal[
        "unlimited_first",
        "dated_first",
        "shorter_period",
        "sooner_expiry",
        "usage_based_last",
        "lower_priority",
        "granted_before_paid",
        "lower_cost",
        "earlier_start",
        "earlier_created",
        "later_created",
        "larger_grant",
        "entity_first",
        "id",
    ]
)


@public
class Place(Words):
    """The place of the rollovers: used before all items, or after them.

    >>> list(Place)
    [<Place.FIRST: 'first'>, <Place.LAST: 'last'>]
    """

    FIRST = "first"
    LAST = "last"


AnyPlace: TypeAlias = Place | Literal["first", "last"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Standing(Value):
    """The facts about an item that an order may need and the wire does not say.

    A lower `priority` is used first, and an item without one last. An item counts as granted unless `is_paid`, and as
    free unless it has a `unit_cost`. An item without `starts_at` or `created_at` comes last under the keys that ask for
    it.

    >>> Standing(priority=1, is_paid=True, unit_cost=0.02)
    Standing(priority=1, is_paid=True, unit_cost=0.02)
    """

    priority: Decimal | None = field(converter=to_optional_amount, default=None)
    is_paid: bool | None = field(converter=to_optional_flag, default=None)
    unit_cost: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    starts_at: datetime | None = field(converter=to_optional_instant, default=None)
    created_at: datetime | None = field(converter=to_optional_instant, default=None)


DEFAULT_KEYS: Final = (
    BurnKey.UNLIMITED_FIRST,
    BurnKey.DATED_FIRST,
    BurnKey.SHORTER_PERIOD,
    BurnKey.SOONER_EXPIRY,
    BurnKey.USAGE_BASED_LAST,
)
"""The keys of the default order: units that would lapse soonest are used first."""


def _to_keys(keys: Iterable[AnyBurnKey]) -> tuple[BurnKey, ...]:
    return tuple(one_of(BurnKey, key) for key in to_texts(keys))


def _to_place(place: AnyPlace) -> Place:
    return one_of(Place, place)


def _to_standings(standings: Mapping[str, Standing]) -> Mapping[str, Standing]:
    return map_of(standings, Standing)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class BurnOrder(Value):
    """The order in which the parts of a balance are used up.

    The first key compares two items. If it finds them equal, the second key compares them, and so on. Items that all
    keys find equal keep the order in which the balance has them. An unlimited item stands first under any keys.
    `rollovers` are used before all items, or after them, the soonest to expire first.

    `standings` are by item id. The empty id stands for no item. An id that no item has is ignored, because items come
    and go, and an order outlives them.

    >>> paid_last = BurnOrder(
    ...     keys=["granted_before_paid", *DEFAULT_KEYS],
    ...     standings={"top-up": Standing(is_paid=True)},
    ... )
    >>> paid_last.keys[0], paid_last.rollovers
    (<BurnKey.GRANTED_BEFORE_PAID: 'granted_before_paid'>, <Place.FIRST: 'first'>)
    >>> BurnOrder(rollovers="never")
    Traceback (most recent call last):
    balances.InvalidChoice: rollovers: expected first or last, got 'never'
    """

    keys: tuple[BurnKey, ...] = field(converter=_to_keys, default=DEFAULT_KEYS)
    rollovers: Place = field(converter=_to_place, default=Place.FIRST)
    standings: Mapping[str, Standing] = field(converter=_to_standings, default=FrozenMap({}))


PRIORITY_EXPIRY_AGE: Final = BurnOrder(
    keys=(BurnKey.LOWER_PRIORITY, BurnKey.SOONER_EXPIRY, BurnKey.EARLIER_CREATED, BurnKey.ID)
)
"""By priority, then by expiry, then by age, then by id, so that no two items with ids tie."""

PRIORITY_EXPIRY_FREE_AGE: Final = BurnOrder(
    keys=(
        BurnKey.LOWER_PRIORITY,
        BurnKey.SOONER_EXPIRY,
        BurnKey.GRANTED_BEFORE_PAID,
        BurnKey.EARLIER_START,
        BurnKey.EARLIER_CREATED,
    )
)
"""By priority, then by expiry, then granted before paid, then by when an item started, then by age."""

PRIORITY_FREE_AGE: Final = BurnOrder(
    keys=(BurnKey.LOWER_PRIORITY, BurnKey.GRANTED_BEFORE_PAID, BurnKey.EARLIER_CREATED)
)
"""By priority, then granted before paid, then by age."""

EXPIRY_COST: Final = BurnOrder(keys=(BurnKey.SOONER_EXPIRY, BurnKey.LOWER_COST, BurnKey.EARLIER_CREATED))
"""By expiry, then by what a unit cost, the cheapest first, then by age."""

OLDEST_FIRST: Final = BurnOrder(keys=(BurnKey.EARLIER_CREATED,))
"""The oldest item first."""

NEWEST_FIRST: Final = BurnOrder(keys=(BurnKey.LATER_CREATED,))
"""The newest item first."""
