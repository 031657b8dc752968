"""Read-only mappings and plain data, in the form in which a value keeps the maps of the wire."""

from collections.abc import Callable, Iterator, Mapping, Sized
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeVar, cast

from balances.base.amounts import Amount, is_whole, to_amount
from balances.base.messages import described, with_article
from balances.base.shown import is_list, is_mapping, shown
from balances.errors import InvalidAmount, InvalidMapping

__all__: list[str] = []

T = TypeVar("T")
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)
_CANNOT_CHANGE: Final = "a mapping of a value cannot change"
DEEPEST: Final = 50
TOO_DEEP: Final = f"expected at most {DEEPEST} levels, got more"
_MOST_CONTAINERS: Final = 100_000
_MOST_VALUES: Final = 250_000
_AS_IT_IS: Final = frozenset({str, bool, type(None)})
_SURELY_FINITE: Final = 2**63


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

    def __contains__(self, key: object) -> bool:
        """Return whether there is a key. The one that is inherited would look its value up, and catch the error."""
        return key in self._items

    def updated(self, entries: Mapping[str, Any]) -> "FrozenMap[V_co]":
        """Return a copy with some entries changed or added; their keys are plain strings, and are not copied again."""
        copy = object.__new__(type(self))
        object.__setattr__(copy, "_items", {**self._items, **entries})
        return copy

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


def filled(items: dict[str, V]) -> FrozenMap[V]:
    """Return a mapping around a dict of our own, which nobody else will change."""
    frozen = cast("FrozenMap[V]", object.__new__(FrozenMap))
    object.__setattr__(frozen, "_items", items)
    return frozen


def inside(items: Mapping[str, V]) -> Mapping[str, V]:
    """Return the dict in a mapping that cannot change: it finds a key in a third of the time."""
    frozen: Any = items
    found: Mapping[str, V] = frozen._items  # noqa: SLF001  (of this file)
    return found


def map_of(items: Mapping[str, V], kind: type[V]) -> FrozenMap[V]:
    """Return a read-only copy of a mapping whose values are all of one type."""
    for key, value in _checked(items).items():
        if not isinstance(value, kind):
            raise TypeError(f"expected {with_article(kind.__name__)} at {described(key)}, got {described(value)}")
    return FrozenMap(items)


def map_with(items: Mapping[str, T], convert: Callable[[T], V]) -> FrozenMap[V]:
    """Return a read-only copy of a mapping, each value converted; an error names the key."""
    return FrozenMap({key: _converted(key, value, convert) for key, value in _checked(items).items()})


def _converted(key: str, value: T, convert: Callable[[T], V]) -> V:
    try:
        return convert(value)
    except (InvalidAmount, TypeError) as error:
        raise type(error)(f"{error} (at {described(key)})") from None


class Tally:
    """A count of the plain data in one document. It raises where there is too much to be walked.

    Data may be shared: one list can stand in a document many times. Each list, mapping and value counts as often as
    it is met, since that is how often it is walked.
    """

    __slots__ = ("_containers", "_values")

    def __init__(self) -> None:
        """Start with nothing."""
        self._containers = self._values = 0

    def copy(self) -> "Tally":
        """Return a count of the same that goes its own way."""
        copied = Tally()
        copied._containers, copied._values = self._containers, self._values
        return copied

    def add(self, container: Sized) -> None:
        """Count a list or a mapping, and the values in it."""
        self._containers += 1
        self._values += len(container)
        if self._containers > _MOST_CONTAINERS:
            raise InvalidMapping(f"expected at most {_MOST_CONTAINERS:,} lists and mappings, got more")
        if self._values > _MOST_VALUES:
            raise InvalidMapping(f"expected at most {_MOST_VALUES:,} values in lists and mappings, got more")


def frozen_json(items: Mapping[str, Any], tally: Tally | None = None) -> FrozenMap[Any]:
    """Return a deeply read-only copy of a mapping of plain data, as it is: lists become tuples, dicts read-only.

    >>> frozen_json({"small": {"factor": 0.5, "match": ["eu", None]}})
    {'small': {'factor': 0.5, 'match': ('eu', None)}}
    """
    return _frozen_map(_checked(items), 1, tally or Tally())


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


def _frozen(value: Any, depth: int, tally: Tally) -> Any:
    if value.__class__ is int and -_SURELY_FINITE < value < _SURELY_FINITE:
        return value
    if not (is_mapping(value) or is_list(value)):
        return frozen_leaf(value)
    if depth > DEEPEST:
        raise InvalidMapping(TOO_DEEP)
    if is_mapping(value):
        return _frozen_map(_checked(value), depth + 1, tally)
    tally.add(value)
    return tuple(_frozen(inner, depth + 1, tally) for inner in value)


def _frozen_map(items: Mapping[str, Any], depth: int, tally: Tally) -> FrozenMap[Any]:
    tally.add(items)
    # Most values are plain leaves, and to ask them whether they are mappings costs more than all the rest.
    return filled(
        {
            key if key.__class__ is str else str.__str__(key): inner
            if inner.__class__ in _AS_IT_IS
            else _frozen(inner, depth, tally)
            for key, inner in items.items()
        }
    )


def _as_json(exact: Decimal) -> Amount:
    nearest = float(exact)
    if is_whole(exact) and exact == nearest:
        return int(exact)
    return nearest if to_amount(nearest) == exact else exact


def _checked(items: Mapping[str, V]) -> Mapping[str, V]:
    if items.__class__ is not dict and not isinstance(items, Mapping):
        raise TypeError(f"expected a mapping, got {described(items)}")
    for key in items:
        if key.__class__ is not str and not isinstance(key, str):
            raise TypeError(f"expected keys that are strings, got {described(key)}")
    return items
