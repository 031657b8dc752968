"""Reading and writing functions, generated from the tables: one for each class and dialect.

The generated source is the source that a person would write by hand. One function takes a dict key by key and sets the
slots of an open instance, which then becomes one of the class (`base/unchecked` says how). One fills a new dict:

>>> from balances import Allocation
>>> from balances.wire.tables import TABLES
>>> print(Generator(Dialect(case="camel")).loading_source(TABLES[Allocation]))
def load(raw, tally):
    if raw.__class__ is not dict: misfit()
    get = raw.get
    self = new(opened)
    value = raw['amount']
    self.amount = amount_of_type[value.__class__](value)
    self.__class__ = cls
    return self

A loading function skips the constructor, but not its checks. Shapes check the types, the validators of the class check
the bounds, and its `__attrs_post_init__` checks several fields together. Where a payload does not fit, a loading
function raises one of `MISFITS`, and the careful reading decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from attrs import Attribute, fields

from balances.base.frozen import FrozenMap, Tally, frozen_json
from balances.base.unchecked import compiled, opening
from balances.wire.dialects import Dialect, Exact
from balances.wire.inside import respelled
from balances.wire.leaves import in_plain_digits, misfit, number, thawed
from balances.wire.registry import known_table_of
from balances.wire.tables.rows import Key, Table, own_spellings, spellings

__all__: list[str] = []

Loader: TypeAlias = Callable[[Any, Tally], Any]

MISFITS: Final = (TypeError, ValueError, LookupError, ArithmeticError)
"""The errors by which a loading function refuses a payload."""

_AMOUNT_WRITTEN: Final[Mapping[Exact, Callable[[Decimal], Any]]] = {
    False: number,
    True: Decimal,
    "text": in_plain_digits,
}


class Generator:
    """The functions of one dialect, made when they are first asked for."""

    def __init__(self, dialect: Dialect) -> None:
        """Start with none."""
        self._dialect = dialect
        self._loaders: dict[type, Loader] = {}
        self._dumpers: dict[type, Callable[[Any], dict[str, Any]]] = {}

    def loader(self, cls: type) -> Loader:
        """Return the function that reads this class, or raises one of `MISFITS`."""
        if cls not in self._loaders:
            table = known_table_of(cls, self._dialect.version)
            load = compiled("load", cls, self.loading_source(table), self._loading_names(table))
            self._loaders[cls] = _entering(load, table.enter) if table.enter else load
        return self._loaders[cls]

    def dumper(self, cls: type) -> Callable[[Any], dict[str, Any]]:
        """Return the function that writes this class."""
        if cls not in self._dumpers:
            table = known_table_of(cls, self._dialect.version)
            dump = compiled("dump", cls, self.dumping_source(table), self._dumping_names(table))
            dump = _leaving(table.leave, dump) if table.leave else dump
            sendable = None if self._dialect.internal else table.sendable
            self._dumpers[cls] = _leaving(sendable, dump) if sendable else dump
        return self._dumpers[cls]

    def loading_source(self, table: Table) -> str:
        """Return the source of the function that reads the keys of a table."""
        return "\n    ".join(self._loading_lines(table))

    def dumping_source(self, table: Table) -> str:
        """Return the source of the function that writes the keys of a table."""
        return "\n    ".join(self._dumping_lines(table))

    def _loading_lines(self, table: Table) -> Iterator[str]:
        yield "def load(raw, tally):"
        yield "if raw.__class__ is not dict: misfit()"
        if self._dialect.strict:
            yield "if not raw.keys() <= known: misfit()"
        yield "get = raw.get"
        yield "self = new(opened)"
        keys = {key.name: key for key in table.keys}
        for attribute in fields(table.form):
            if attribute.name in keys:
                yield from self._loading_key(keys[attribute.name], attribute)
            elif attribute.name != "other":
                yield f"self.{attribute.name} = {_default(attribute)}"
        if table.other:
            yield "self.other = kept({key: raw[key] for key in raw if key not in own}, tally)"
        yield "self.__class__ = cls"
        if hasattr(table.form, "__attrs_post_init__"):
            yield "self.__attrs_post_init__()"
        yield "return self"

    def _loading_key(self, key: Key, attribute: Attribute[Any]) -> Iterator[str]:
        name, spelled, loaded = key.name, self._dialect.key(key.name), key.shape.load("value", self._dialect)
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
            # There is nothing to check where there is nothing.
            yield f"if value is not None: check_{name}(value)" if attribute.default is None else f"check_{name}(value)"
            loaded = "value"
        yield f"self.{name} = {loaded}"

    def _dumping_lines(self, table: Table) -> Iterator[str]:
        yield "def dump(self):"
        yield "out = {}"
        if self._dialect.internal:
            yield from (f"out[{name!r}] = internal_{name}(self)" for name in table.internal)
        for key in table.keys:
            yield from self._dumping_key(key, getattr(fields(table.form), key.name))
        if table.other:
            yield "out.update(others(self.other))"
        yield "return out"

    def _dumping_key(self, key: Key, attribute: Attribute[Any]) -> Iterator[str]:
        dumped = key.shape.dump("value", self._dialect)
        if key.is_nullable:
            dumped = f"None if value is None else {dumped}"
        condition = "" if key.is_always else f"if {_differs(attribute)}: "
        if key.only_with:
            condition = f"if self.{key.only_with} is not None: "
        yield f"value = self.{key.name}"
        yield f"{condition}out[{self._dialect.key(key.name)!r}] = {dumped}"

    def _loading_names(self, table: Table) -> dict[str, Any]:
        known = frozenset(spellings(table, self._dialect))
        names = _names(table) | opening(table.form) | {"known": known, "misfit": misfit}
        names |= {"own": own_spellings(table, self._dialect), "kept": self._keeping(table)}
        names |= {f"check_{each.name}": each.validator.check for each in fields(table.form) if each.validator}
        return names | {f"load_{part.__name__}": self.loader(part) for part in _parts(table)}

    def _dumping_names(self, table: Table) -> dict[str, Any]:
        names = _names(table) | {f"dump_{part.__name__}": self.dumper(part) for part in _parts(table)}
        names["others"] = self._writing_others(table)
        return names | {f"internal_{name}": self._internal(derive) for name, derive in table.internal.items()}

    def _keeping(self, table: Table) -> Callable[[dict[str, Any], Tally], FrozenMap[Any]]:
        """Return the function that keeps the keys which have no row."""
        if self._dialect.case == "snake":
            return frozen_json
        return lambda others, tally: respelled(frozen_json(others, tally), table.other, to="snake")

    def _writing_others(self, table: Table) -> Callable[[FrozenMap[Any]], dict[str, Any]]:
        """Return the function that writes the keys which have no row."""
        if self._dialect.case == "snake":
            return lambda others: thawed(others, exact=self._dialect.exact)
        return lambda others: thawed(respelled(others, table.other, to="camel"), exact=self._dialect.exact)

    def _internal(self, derive: Callable[[Any], str | Decimal]) -> Callable[[Any], Any]:
        written = _AMOUNT_WRITTEN[self._dialect.exact]

        def write(value: Any) -> Any:
            derived = derive(value)
            return written(derived) if isinstance(derived, Decimal) else derived

        return write


def _names(table: Table) -> dict[str, Any]:
    """Return every function and constant that the expressions of a table mention, and the defaults of its class."""
    defaults = ((each.name, getattr(each.default, "factory", each.default)) for each in fields(table.form))
    names = {f"default_{name}": default for name, default in defaults}
    for key in table.keys:
        names |= key.shape.names
    return names


def _parts(table: Table) -> set[type]:
    return {part for key in table.keys for part in key.shape.parts}


def _default(attribute: Attribute[Any]) -> str:
    if attribute.default is None:
        return "None"
    takes_self = hasattr(attribute.default, "takes_self")
    return f"default_{attribute.name}(self)" if takes_self else f"default_{attribute.name}"


def _differs(attribute: Attribute[Any]) -> str:
    """Return the condition that the variable `value` is not the default."""
    if attribute.default is None:
        return "value is not None"
    return f"value != {_default(attribute)}" if attribute.default else "value"


def _entering(load: Loader, enter: Callable[[Any], Any]) -> Loader:
    return lambda raw, tally: enter(load(raw, tally))


def _leaving(leave: Callable[[Any], Any], dump: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    return lambda value: dump(leave(value))
