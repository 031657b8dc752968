"""The rows of the tables: how a table says which keys an object of a class has, and the rules of each.

Snake and camel, reading and writing, the careful reading and the generated one all follow from these rows. A missing
key means the default of the class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import Factory, field, frozen

from balances.wire.dialects import Dialect
from balances.wire.inside import Fields
from balances.wire.shapes import Shape

__all__: list[str] = []


def _always(_: Mapping[str, Any]) -> bool:
    return True


def _never(_: Mapping[str, Any]) -> bool:
    return False


@frozen
class Key:
    """One key of an object: the attribute's name, its shape, and when it is there.

    `is_required`: it must be there and hold a value, but it is only missed where `is_missed` says so of the object.
    `is_nullable`: null is read as None, otherwise as if the key were missing. `is_always`: it is written even when it
    is the default. `alias`: another name that it is read under. `is_moot` tells from the keys before this one whether
    it means nothing, and then it is not looked at. `only_with`: it is written, null or not, where this attribute is
    there.
    """

    name: str
    shape: Shape
    is_required: bool = False
    is_nullable: bool = False
    is_always: bool = False
    alias: str | None = None
    is_missed: Callable[[Mapping[str, Any]], bool] = _always
    is_moot: Callable[[Mapping[str, Any]], bool] | None = None
    only_with: str | None = None

    @property
    def is_always_missed(self) -> bool:
        """Return whether an object without this key is wrong, whatever else it holds."""
        return self.is_required and self.is_missed is _always


@frozen(eq=False)
class Table:
    """The keys of one class.

    `internal` are the keys that a reading ignores, and that are written only when asked for. Where the wire divides a
    value in another way than the class does, `form` is a class with the keys of the wire. `enter` makes the value of a
    form, and `leave` the form of a value. `sendable` refuses a value that only stores of our own can hold, unless
    internal keys are written. A class that has an attribute `other` keeps every other key there, and `other` names the
    fields among them.
    """

    cls: type
    keys: tuple[Key, ...]
    internal: Mapping[str, Callable[[Any], str | Decimal]] = {}
    form: type = field(default=Factory(lambda table: table.cls, takes_self=True))
    enter: Callable[[Any], Any] | None = None
    leave: Callable[[Any], Any] | None = None
    sendable: Callable[[Any], Any] | None = None
    other: Fields | None = None


def required(name: str, shape: Shape) -> Key:
    """Return a key that is always present, and never null."""
    return Key(name, shape, is_required=True, is_always=True)


def nullable(name: str, shape: Shape) -> Key:
    """Return a key that is always present, null where there is nothing; missing is read as null."""
    return Key(name, shape, is_nullable=True, is_always=True)


def defaulted(name: str, shape: Shape) -> Key:
    """Return a key that is always written; missing is read as the default."""
    return Key(name, shape, is_always=True)


def requestable(name: str, shape: Shape) -> Key:
    """Return a key that is always present in responses. In requests it may be missing, which is read as the default."""
    return Key(name, shape, is_required=True, is_always=True, is_missed=_never)


def optional(name: str, shape: Shape, *, alias: str | None = None) -> Key:
    """Return a key that is left out when it is the default."""
    return Key(name, shape, alias=alias)


def open_table(cls: type, keys: tuple[Key, ...], other: Fields, **rest: Any) -> Table:
    """Return the table of a class that keeps other keys, some of which are fields.

    The keys of the table are fields, too: an unknown key that looks like one of the other case changes places with it.
    """
    own: Final = dict.fromkeys(key.name for key in keys)
    return Table(cls, keys, other=Fields({**own, **other.inside}), **rest)


def own_spellings(table: Table, dialect: Dialect) -> frozenset[str]:
    """Return every key of an object of this class that has a row, or that a reading ignores."""
    names = {name for key in table.keys for name in (key.name, key.alias) if name}
    return frozenset({dialect.key(name) for name in names} | set(table.internal))


def spellings(table: Table, dialect: Dialect) -> frozenset[str]:
    """Return every key that an object of this class may have."""
    others = {dialect.key(name) for name in table.other.inside} if table.other else set[str]()
    return own_spellings(table, dialect) | others
