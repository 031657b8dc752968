"""Reading and writing functions, generated from the tables: one for each class and dialect.

What is generated is what one would write by hand: a function that takes a dict key by key and sets the slots of a new
instance, and one that fills a new dict:

>>> from balances import Allocation
>>> print(Generator(Dialect(case="camel")).loading_source(TABLES[Allocation]))
def load(raw):
    if raw.__class__ is not dict: misfit()
    get = raw.get
    self = new(cls)
    value = raw['amount']
    set_amount(self, amount_of_type[value.__class__](value))
    return self

A loading function skips the constructor, not its checks: shapes hold the types, bounds are checked by the validators
of the class, and what concerns several fields by its `__attrs_post_init__`. Whatever it does not like, it raises one
of `MISFITS`, and the careful reading decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final, NoReturn

from attrs import Attribute, fields

from balances.base.amounts import AMOUNT_OF_TYPE, ONE
from balances.base.fields import to_count, to_index
from balances.base.frozen import FrozenMap, frozen_json
from balances.base.instants import EPOCH, MILLISECOND
from balances.base.unchecked import compiled, new, setters
from balances.usage.receipts import to_kind
from balances.wire.dialects import Dialect
from balances.wire.leaves import (
    exact_milliseconds,
    milliseconds,
    number,
    read_expiry,
    read_moment,
    read_tier_end,
    thawed,
)
from balances.wire.rules import to_duration_type
from balances.wire.shapes import Many, MapOf, Part, Shape, Word
from balances.wire.tables import TABLES, Key, Table, spellings

__all__: list[str] = []

MISFITS: Final = (TypeError, ValueError, LookupError, ArithmeticError)
"""What a loading function may raise on a payload that it does not like."""


def misfit() -> NoReturn:
    """Leave the payload to the careful reading."""
    raise TypeError


class Generator:
    """The functions of one dialect, made when they are first asked for."""

    def __init__(self, dialect: Dialect) -> None:
        """Start with none."""
        self._dialect = dialect
        self._loaders: dict[type, Callable[[Any], Any]] = {}
        self._dumpers: dict[type, Callable[[Any], dict[str, Any]]] = {}

    def loader(self, cls: type) -> Callable[[Any], Any]:
        """Return the function that reads this class, or raises one of `MISFITS`."""
        if cls not in self._loaders:
            table = TABLES[cls]
            load = compiled("load", cls, self.loading_source(table), self._loading_names(table))
            self._loaders[cls] = _composed(load, table.enter) if table.enter else load
        return self._loaders[cls]

    def dumper(self, cls: type) -> Callable[[Any], dict[str, Any]]:
        """Return the function that writes this class."""
        if cls not in self._dumpers:
            table = TABLES[cls]
            dump = compiled("dump", cls, self.dumping_source(table), self._dumping_names(table))
            dump = _composed(table.leave, dump) if table.leave else dump
            sendable = None if self._dialect.internal else table.sendable
            self._dumpers[cls] = _composed(sendable, dump) if sendable else dump
        return self._dumpers[cls]

    def loading_source(self, table: Table) -> str:
        """Return the source of the function that reads the keys of a table."""
        return "\n    ".join(self._loading_lines(table))

    def dumping_source(self, table: Table) -> str:
        """Return the source of the function that writes the keys of a table."""
        return "\n    ".join(self._dumping_lines(table))

    def _loading_lines(self, table: Table) -> Iterator[str]:
        yield "def load(raw):"
        yield "if raw.__class__ is not dict: misfit()"
        if self._dialect.strict:
            yield "if not raw.keys() <= known: misfit()"
        yield "get = raw.get"
        yield "self = new(cls)"
        keys = {key.name: key for key in table.keys}
        for attribute in fields(table.form):
            yield from self._loading_key(keys[attribute.name], attribute)
        if hasattr(table.form, "__attrs_post_init__"):
            yield "self.__attrs_post_init__()"
        yield "return self"

    def _loading_key(self, key: Key, attribute: Attribute[Any]) -> Iterator[str]:
        name, spelled, loaded = key.name, self._dialect.key(key.name), key.shape.load("value")
        if key.is_required:
            yield f"value = raw[{spelled!r}]"
        elif key.is_nullable:
            yield f"value = get({spelled!r}, {_default(attribute)})"
            loaded = f"None if value is None else {loaded}"
        else:
            yield f"value = get({spelled!r})"
            loaded = f"{_default(attribute)} if value is None else {loaded}"
        if key.alias:
            yield f"if value is None: value = get({self._dialect.key(key.alias)!r})"
        if attribute.validator:
            yield f"value = {loaded}"
            yield f"check_{name}(value)"
            loaded = "value"
        yield f"set_{name}(self, {loaded})"

    def _dumping_lines(self, table: Table) -> Iterator[str]:
        yield "def dump(self):"
        yield "out = {}"
        if self._dialect.internal:
            yield from (f"out[{name!r}] = internal_{name}(self)" for name in table.internal)
        for key in table.keys:
            yield from self._dumping_key(key, getattr(fields(table.form), key.name))
        yield "return out"

    def _dumping_key(self, key: Key, attribute: Attribute[Any]) -> Iterator[str]:
        dumped = key.shape.dump("value", exact=self._dialect.exact)
        if key.is_nullable:
            dumped = f"None if value is None else {dumped}"
        condition = "" if key.is_always else f"if {_differs(attribute)}: "
        yield f"value = self.{key.name}"
        yield f"{condition}out[{self._dialect.key(key.name)!r}] = {dumped}"

    def _loading_names(self, table: Table) -> dict[str, Any]:
        known = frozenset(spellings(table, self._dialect))
        names: dict[str, Any] = _NAMES | setters(table.form) | {"cls": table.form, "known": known}
        for attribute in fields(table.form):
            names[f"default_{attribute.name}"] = getattr(attribute.default, "factory", attribute.default)
            names[f"check_{attribute.name}"] = getattr(attribute.validator, "check", None)
        for shape in _leaves(table):
            if isinstance(shape, Part):
                names[f"load_{shape.cls.__name__}"] = self.loader(shape.cls)
            elif isinstance(shape, Word):
                names[f"known_{shape.enum.__name__}"] = {word.value: word for word in shape.enum}.get
        return names

    def _dumping_names(self, table: Table) -> dict[str, Any]:
        names = dict(_NAMES)
        for name, derive in table.internal.items():
            names[f"internal_{name}"] = _composed(derive, self._dump_internal)
        for shape in _leaves(table):
            if isinstance(shape, Part):
                names[f"dump_{shape.cls.__name__}"] = self.dumper(shape.cls)
        return names

    def _dump_internal(self, value: str | Decimal) -> str | int | float | Decimal:
        return number(value) if isinstance(value, Decimal) and not self._dialect.exact else value


_NAMES: Final[dict[str, Any]] = {
    function.__name__: function
    for function in (
        exact_milliseconds,
        frozen_json,
        milliseconds,
        misfit,
        read_expiry,
        read_moment,
        read_tier_end,
        thawed,
        to_count,
        to_duration_type,
        to_index,
        to_kind,
    )
} | {
    "EPOCH": EPOCH,
    "MILLISECOND": MILLISECOND,
    "ONE": ONE,
    "FrozenMap": FrozenMap,
    "amount_of_type": AMOUNT_OF_TYPE,
    "new": new,
}
"""What the expressions of the shapes speak of."""


def _leaves(table: Table) -> Iterator[Shape]:
    for key in table.keys:
        shape = key.shape
        while isinstance(shape, (Many, MapOf)):
            shape = shape.item
        yield shape


def _default(attribute: Attribute[Any]) -> str:
    if attribute.default is None:
        return "None"
    takes_self = hasattr(attribute.default, "takes_self")
    return f"default_{attribute.name}(self)" if takes_self else f"default_{attribute.name}"


def _differs(attribute: Attribute[Any]) -> str:
    """Return the condition that the variable `value` is not the default."""
    if attribute.default is None:
        return "value is not None"
    return f"value != {attribute.default!r}" if attribute.default else "value"


def _composed(first: Callable[[Any], Any], then: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: then(first(value))
