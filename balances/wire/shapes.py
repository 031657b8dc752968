"""The shapes: each is a kind of value that may stand at one place of a payload.

A shape knows its two readings. `read` is the careful one: it reports every problem with its path. `load` and `dump`
are Python expressions for the generated functions. `load` accepts the usual types, those that `json.loads` gives. For
any other it raises, and the payload is read with care. Where both readings accept a payload, they agree. `schema` is
the JSON Schema of the payloads that it reads.

`names` holds every function and constant that the two expressions mention. `parts` holds every class whose own
generated functions they call (`load_Balance`, `dump_Balance`). Loading expressions may also mention `tally`, the count
of the plain data that the document holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias

from attrs import field, frozen

from balances.base.frozen import DEEPEST, TOO_DEEP, Tally, filled, frozen_json, frozen_leaf
from balances.base.shown import is_list, is_mapping
from balances.errors import BalancesError, InvalidMapping
from balances.wire.dialects import Dialect
from balances.wire.inside import INSIDE, respelled
from balances.wire.leaves import misfit, thawed

__all__: list[str] = []

JsonSchema: TypeAlias = dict[str, Any]

MISFIT: Final = object()
"""The placeholder that a careful reading returns for a value that does not fit, once it has reported why."""


class Reading(Protocol):
    """The methods of the careful reading that a shape needs."""

    @property
    def dialect(self) -> Dialect:
        """Return the dialect that is read."""
        ...

    @property
    def tally(self) -> Tally:
        """Return the count of the plain data of the whole document."""
        ...

    @property
    def beside(self) -> Mapping[str, Any]:
        """Return what was read of the keys before the one that is read now."""
        ...

    def report(self, path: str, message: str) -> object:
        """Note a problem, and return `MISFIT`."""
        ...

    def read_list(self, raw: Any, path: str, read: Callable[[Any, str], Any]) -> Any:
        """Read a list, item by item."""
        ...

    def read_map(self, raw: Any, path: str, read: Callable[[Any, str], Any]) -> Any:
        """Read a map whose keys are data."""
        ...

    def read_object(self, cls: type, raw: Any, path: str) -> Any:
        """Read an object by the table of its class."""
        ...


class Describing(Protocol):
    """The methods that a shape needs to describe itself as JSON Schema."""

    @property
    def dialect(self) -> Dialect:
        """Return the dialect that is described."""
        ...

    def describe_object(self, cls: type) -> JsonSchema:
        """Return the reference to the schema of a class."""
        ...


class Shape(Protocol):
    """A kind of value that may stand at one place of a payload."""

    @property
    def expected(self) -> str:
        """Return the words for it in a message."""
        ...

    @property
    def names(self) -> Mapping[str, Any]:
        """Return the functions and constants that the expressions mention."""
        ...

    @property
    def parts(self) -> tuple[type, ...]:
        """Return the classes whose generated functions the expressions call."""
        ...

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Return the value, or report the problem and return `MISFIT`."""
        ...

    def load(self, raw: str, dialect: Dialect) -> str:
        """Return the expression that reads the variable `raw`."""
        ...

    def dump(self, value: str, dialect: Dialect) -> str:
        """Return the expression that writes the variable `value`."""
        ...

    def schema(self, describing: Describing) -> JsonSchema:
        """Return the JSON Schema of it."""
        ...


@frozen
class Many:
    """A list of one shape."""

    item: Shape
    expected: str = field(default="a list", init=False)

    @property
    def names(self) -> Mapping[str, Any]:
        """Return the names of the item."""
        return {**self.item.names, "misfit": misfit}

    @property
    def parts(self) -> tuple[type, ...]:
        """Return the parts of the item."""
        return self.item.parts

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read every item."""
        return reading.read_list(raw, path, lambda item, at: self.item.read(item, at, reading))

    def load(self, raw: str, dialect: Dialect) -> str:
        """Read every item of a list."""
        item = self.item.load(f"{raw}_", dialect)
        return f"tuple([{item} for {raw}_ in {raw}]) if {raw}.__class__ is list else misfit()"

    def dump(self, value: str, dialect: Dialect) -> str:
        """Write every item."""
        return f"[{self.item.dump(f'{value}_', dialect)} for {value}_ in {value}]"

    def schema(self, describing: Describing) -> JsonSchema:
        """Describe an array."""
        return {"type": "array", "items": self.item.schema(describing)}


@frozen
class MapOf:
    """A map whose keys are data, and whose values are of one shape."""

    item: Shape
    expected: str = field(default="an object", init=False)

    @property
    def names(self) -> Mapping[str, Any]:
        """Return the names of the values."""
        return {**self.item.names, "misfit": misfit, "filled": filled}

    @property
    def parts(self) -> tuple[type, ...]:
        """Return the parts of the values."""
        return self.item.parts

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read every value."""
        return reading.read_map(raw, path, lambda value, at: self.item.read(value, at, reading))

    def load(self, raw: str, dialect: Dialect) -> str:
        """Read every value of a dict."""
        key, item = f"{raw}_key", f"{raw}_"
        pair = f"{key} if {key}.__class__ is str else misfit(): {self.item.load(item, dialect)}"
        return f"filled({{{pair} for {key}, {item} in ({raw} if {raw}.__class__ is dict else misfit()).items()}})"

    def dump(self, value: str, dialect: Dialect) -> str:
        """Write every value under its own key."""
        key, item = f"{value}_key", f"{value}_"
        return f"{{{key}: {self.item.dump(item, dialect)} for {key}, {item} in {value}.items()}}"

    def schema(self, describing: Describing) -> JsonSchema:
        """Describe an object with any keys."""
        return {"type": "object", "additionalProperties": self.item.schema(describing)}


@frozen
class Part:
    """An object that has a table of its own."""

    cls: type[Any]
    expected: str = field(default="an object", init=False)

    @property
    def names(self) -> Mapping[str, Any]:
        """Return no names: the expressions mention nothing else."""
        return {}

    @property
    def parts(self) -> tuple[type, ...]:
        """Return the class."""
        return (self.cls,)

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read it by its table."""
        return reading.read_object(self.cls, raw, path)

    def load(self, raw: str, dialect: Dialect) -> str:  # noqa: ARG002  (its own function knows)
        """Call the function generated for its class."""
        return f"load_{self.cls.__name__}({raw}, tally)"

    def dump(self, value: str, dialect: Dialect) -> str:  # noqa: ARG002  (its own function knows)
        """Call the function generated for its class."""
        return f"dump_{self.cls.__name__}({value})"

    def schema(self, describing: Describing) -> JsonSchema:
        """Refer to the schema of its class."""
        return describing.describe_object(self.cls)


@frozen
class OrNull:
    """One shape, or null."""

    item: Shape
    expected: str = field(default="an object or null", init=False)

    @property
    def names(self) -> Mapping[str, Any]:
        """Return the names of the item."""
        return self.item.names

    @property
    def parts(self) -> tuple[type, ...]:
        """Return the parts of the item."""
        return self.item.parts

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Let null through."""
        return None if raw is None else self.item.read(raw, path, reading)

    def load(self, raw: str, dialect: Dialect) -> str:
        """Let null through."""
        return f"None if {raw} is None else {self.item.load(raw, dialect)}"

    def dump(self, value: str, dialect: Dialect) -> str:
        """Let null through."""
        return f"None if {value} is None else {self.item.dump(value, dialect)}"

    def schema(self, describing: Describing) -> JsonSchema:
        """Allow null, too."""
        return or_null(self.item.schema(describing))


@frozen
class ByType:
    """An object whose class follows from the key `type` beside it. Of a type that is not known, it is plain data."""

    classes: Mapping[str, type[Any]]
    expected: str = field(default="an object", init=False)

    @property
    def names(self) -> Mapping[str, Any]:
        """Return the classes by name, and the functions that freeze and thaw plain data."""
        return {**PlainData().names, **{cls.__name__: cls for cls in self.parts}}

    @property
    def parts(self) -> tuple[type, ...]:
        """Return the classes of all types."""
        return tuple(dict.fromkeys(self.classes.values()))

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read it by the table of the class that the type says."""
        cls = self.classes.get(reading.beside["type"])
        return reading.read_object(cls, raw, path) if cls else PlainData().read(raw, path, reading)

    def load(self, raw: str, dialect: Dialect) -> str:  # noqa: ARG002  (the functions of the classes know)
        """Call the function of the class that the type says. `get` is the one of the object that has both keys."""
        loaders = ", ".join(f"{name!r}: load_{cls.__name__}" for name, cls in self.classes.items())
        return f"{{{loaders}}}.get(get('type'), frozen_json)({raw}, tally)"

    def dump(self, value: str, dialect: Dialect) -> str:
        """Call the function of the class of the value."""
        dumpers = ", ".join(f"{cls.__name__}: dump_{cls.__name__}" for cls in self.parts)
        return f"{{{dumpers}}}.get({value}.__class__, lambda data: {PlainData().dump('data', dialect)})({value})"

    def schema(self, describing: Describing) -> JsonSchema:
        """Allow an object of each class, and any other object."""
        known = [describing.describe_object(cls) for cls in self.parts]
        return {"anyOf": [*known, PlainData().schema(describing)]}


@frozen
class PlainData:
    """A map of plain data, which is kept as it is at any depth.

    `inside` names the entry of `INSIDE` that says which of its keys are fields. camelCase renames those alone.
    """

    inside: str | None = None
    expected: str = field(default="an object of plain data", init=False)
    parts: tuple[type, ...] = field(default=(), init=False)

    @property
    def names(self) -> Mapping[str, Any]:
        """Return the functions that freeze, thaw and rename it."""
        return {"frozen_json": frozen_json, "thawed": thawed, "respelled": respelled, "INSIDE": INSIDE}

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Freeze it, reporting every leaf that is no plain data."""
        try:
            data = self._read_map(raw, path, reading, 0)
        except InvalidMapping as error:
            return reading.report(path, str(error))
        is_renamed = data is not MISFIT and self.inside and reading.dialect.case == "camel"
        return respelled(data, INSIDE[self.inside or ""], to="snake") if is_renamed else data

    def load(self, raw: str, dialect: Dialect) -> str:
        """Freeze it."""
        data = f"frozen_json({raw}, tally)"
        is_renamed = self.inside and dialect.case == "camel"
        return f"respelled({data}, INSIDE[{self.inside!r}], to='snake')" if is_renamed else data

    def dump(self, value: str, dialect: Dialect) -> str:
        """Thaw it."""
        if self.inside and dialect.case == "camel":
            value = f"respelled({value}, INSIDE[{self.inside!r}], to='camel')"
        return f"thawed({value}, exact={dialect.exact!r})"

    def schema(self, describing: Describing) -> JsonSchema:  # noqa: ARG002  (it is the same in every dialect)
        """Describe any object."""
        return {"type": "object", "additionalProperties": True}

    def _read_map(self, raw: Any, path: str, reading: Reading, depth: int) -> Any:
        if is_mapping(raw):
            reading.tally.add(raw)
        return reading.read_map(raw, path, lambda inner, at: self._read_any(inner, at, reading, depth + 1))

    def _read_any(self, raw: Any, path: str, reading: Reading, depth: int) -> Any:
        if not (is_mapping(raw) or is_list(raw)):
            return _read_leaf(raw, path, reading)
        if depth > DEEPEST:
            return reading.report(path, TOO_DEEP)
        if is_mapping(raw):
            return self._read_map(raw, path, reading, depth)
        reading.tally.add(raw)
        return reading.read_list(raw, path, lambda inner, at: self._read_any(inner, at, reading, depth + 1))


def or_null(schema: JsonSchema) -> JsonSchema:
    """Return a schema that allows null, too.

    >>> or_null({"type": "number"})
    {'anyOf': [{'type': 'number'}, {'type': 'null'}]}
    """
    return {"anyOf": [schema, {"type": "null"}]}


def _read_leaf(raw: Any, path: str, reading: Reading) -> Any:
    try:
        return frozen_leaf(raw)
    except (BalancesError, TypeError) as error:
        return reading.report(path, str(error))
