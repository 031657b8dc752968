"""Read-only mappings and plain data, in the form in which a value keeps the maps of the wire."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import count
from typing import Any, Final, NoReturn, TypeVar

from balances.base.amounts import Amount, is_whole, to_amount
from balances.base.messages import described
from balances.base.shown import is_list, is_mapping, shown
from balances.errors import InvalidAmount, InvalidMapping

__all__: list[str] = []

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)
_CANNOT_CHANGE: Final = "a mapping of a value cannot change"
DEEPEST: Final = 50
TOO_DEEP: Final = f"expected at most {DEEPEST} levels, got more"
_MOST: Final = 100_000


class FrozenMap(Mapping[str, V_co]):
    """A mapping that cannot change. It is picklable, hashable if its values are, and equal to any mapping like it.

    >>> FrozenMap({"region": "eu"})
    {'region': 'eu'}
    >>> FrozenMap({"region": "eu"}) == {"region": "eu"}
    True
    """

    __slots__ = ("_items",)
    _items: Mapping[str, V_co]

    def __init__(self, items: Mapping[str, V_co]) -> None:
        """Copy the items, once and for all."""
        if hasattr(self, "_items"):
            raise AttributeError(_CANNOT_CHANGE)
        object.__setattr__(self, "_items", {str.__str__(key): value for key, value in items.items()})

    def __getitem__(self, key: str) -> V_co:
        """Return the value of a key."""
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        """Go through the keys, in the order given."""
        return iter(self._items)

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def __hash__(self) -> int:
        """Hash the items, whatever their order."""
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        """Show the items as a dict would."""
        return shown(self._items)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the items."""
        return FrozenMap, (self._items,)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse."""
        raise AttributeError(_CANNOT_CHANGE)

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse."""
        raise AttributeError(_CANNOT_CHANGE)


def map_of(items: Mapping[str, V], kind: type[V]) -> FrozenMap[V]:
    """Return a read-only copy of a mapping whose values are all of one type."""
    for key, value in _checked(items).items():
        if not isinstance(value, kind):
            raise TypeError(f"expected a {kind.__name__} at {described(key)}, got {described(value)}")
    return FrozenMap(items)


def frozen_json(items: Mapping[str, Any]) -> FrozenMap[Any]:
    """Return a deeply read-only copy of a mapping of plain data, as it is: lists become tuples, dicts read-only.

    >>> frozen_json({"small": {"factor": 0.5, "match": ["eu", None]}})
    {'small': {'factor': 0.5, 'match': ('eu', None)}}
    """
    parts = count(1)
    return FrozenMap({key: _frozen(value, 1, parts) for key, value in _checked(items).items()})


def frozen_leaf(value: Any) -> Any:
    """Return a null, boolean, string or number as JSON would hold it, so that it is equal after a round trip."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if not isinstance(value, (int, float, Decimal)):
        raise TypeError(f"expected plain data, got {described(value)}")
    try:
        exact = to_amount(value)
    except InvalidAmount:
        raise InvalidMapping(f"expected finite numbers, got {described(value)}") from None
    if isinstance(value, Decimal):
        return _as_json(exact)
    return int(value) if isinstance(value, int) else float(value)


def _frozen(value: Any, depth: int, parts: Iterator[int]) -> Any:
    if not (is_mapping(value) or is_list(value)):
        return frozen_leaf(value)
    if depth > DEEPEST:
        raise InvalidMapping(TOO_DEEP)
    check_number(next(parts))
    if is_mapping(value):
        return FrozenMap({key: _frozen(inner, depth + 1, parts) for key, inner in _checked(value).items()})
    return tuple(_frozen(inner, depth + 1, parts) for inner in value)


def check_number(parts: int) -> None:
    """Raise where plain data has too many parts to be walked: they may be shared, and each counts when it is met."""
    if parts > _MOST:
        raise InvalidMapping(f"expected at most {_MOST:,} lists and mappings, got more")


def _as_json(exact: Decimal) -> Amount:
    nearest = float(exact)
    if is_whole(exact) and exact == nearest:
        return int(exact)
    return nearest if to_amount(nearest) == exact else exact


def _checked(items: Mapping[str, V]) -> Mapping[str, V]:
    if not isinstance(items, Mapping):
        raise TypeError(f"expected a mapping, got {described(items)}")
    for key in items:
        if not isinstance(key, str):
            raise TypeError(f"expected keys that are strings, got {described(key)}")
    return items
