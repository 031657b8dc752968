"""Containers of wire classes: `dict[str, Balance]`, `list[Flag]`, `Balance | None`, and these within one another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NewType, Protocol, Union, get_args, get_origin

from attrs import frozen

from balances.wire.generated import Generator, Loader
from balances.wire.leaves import misfit
from balances.wire.reading import Reading
from balances.wire.registry import table_of
from balances.wire.shapes import MISFIT

__all__: list[str] = []

_MADE_AS: Final[dict[Any, Callable[[Iterable[Any]], Any]]] = {
    list: list,
    MutableSequence: list,
    tuple: tuple,
    Sequence: tuple,
    Collection: tuple,
    Iterable: tuple,
    set: set,
    frozenset: frozenset,
    AbstractSet: frozenset,
}
"""How the items of a list become the container that was asked for."""


class Container(Protocol):
    """A type that is made of wire classes, and its two readings."""

    def loader(self, generator: Generator) -> Loader:
        """Return the quick function."""
        ...

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read with care."""
        ...


@frozen
class One:
    """A wire class itself."""

    cls: type

    def loader(self, generator: Generator) -> Loader:
        """Return the function generated for the class."""
        return generator.loader(self.cls)

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read by the table of the class."""
        return reading.read_object(self.cls, raw, path)


@frozen
class OrNone:
    """A container or null."""

    item: Container

    def loader(self, generator: Generator) -> Loader:
        """Let None through."""
        load = self.item.loader(generator)
        return lambda raw, tally: None if raw is None else load(raw, tally)

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Let None through."""
        return None if raw is None else self.item.read(raw, path, reading)


@frozen
class ListOf:
    """A list, or a container made of one, of any length."""

    item: Container
    make: Callable[[Iterable[Any]], Any]

    def loader(self, generator: Generator) -> Loader:
        """Load every item."""
        load = self.item.loader(generator)
        return lambda raw, tally: self.make([load(item, tally) for item in raw]) if raw.__class__ is list else misfit()

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read every item."""
        items = reading.read_list(raw, path, lambda item, at: self.item.read(item, at, reading))
        return items if items is MISFIT else self.make(items)


@frozen
class DictOf:
    """A map whose keys are data."""

    item: Container

    def loader(self, generator: Generator) -> Loader:
        """Load every value."""
        load = self.item.loader(generator)
        return lambda raw, tally: {
            key if key.__class__ is str else misfit(): load(value, tally)
            for key, value in (raw.items() if raw.__class__ is dict else misfit())
        }

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read every value."""
        values = reading.read_map(raw, path, lambda value, at: self.item.read(value, at, reading))
        return values if values is MISFIT else dict(values)


def container_of(of: Any) -> Container | None:
    """Return how a type is read, or None where it holds anything but wire classes and containers of them.

    >>> from balances import Rollover
    >>> container_of(list[Rollover | None])
    ListOf(item=OrNone(item=One(cls=<class 'balances.Rollover'>)), make=<class 'list'>)
    >>> container_of(dict[str, int]) is None
    True
    """
    of = _named_type(of)
    if isinstance(of, type) and table_of(of):
        return One(of)
    origin, arguments = get_origin(of), get_args(of)
    if origin in {Union, UnionType} and len(arguments) == 2 and NoneType in arguments:  # noqa: PLR2004  (X | None)
        return _of(arguments[arguments[0] is NoneType], OrNone)
    if origin in _MADE_AS and (origin is not tuple or arguments[1:] == (...,)):
        return _of(arguments[0], lambda item: ListOf(item, _MADE_AS[origin]))
    if origin in {dict, Mapping, MutableMapping} and _named_type(arguments[0]) is str:
        return _of(arguments[1], DictOf)
    return None


def _named_type(of: Any) -> Any:
    """Return the type for which an `Annotated` type or a `NewType` is only another name."""
    if get_origin(of) is Annotated:
        return _named_type(of.__origin__)
    return _named_type(of.__supertype__) if isinstance(of, NewType) else of


def _of(argument: Any, wrap: Callable[[Container], Container]) -> Container | None:
    item = container_of(argument)
    return wrap(item) if item else None
