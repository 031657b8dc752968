"""What may stand at one place of a payload.

A shape knows its two readings. `read` is the careful one: it reports every problem with its path. `load` and `dump`
are Python expressions for the generated functions: `load` need only accept what is usual, in the types that
`json.loads` gives, and raises for all else, which is then read with care. Where both accept, they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final, Protocol

from attrs import Factory, evolve, frozen

from balances.base.amounts import to_amount
from balances.base.fields import to_count, to_flag, to_index, to_text
from balances.base.frozen import DEEPEST, TOO_DEEP, check_number, frozen_leaf
from balances.base.messages import described
from balances.base.shown import is_list, is_mapping
from balances.base.words import OpenEnum
from balances.errors import BalancesError, InvalidMapping
from balances.wire.leaves import read_expiry, read_moment, read_tier_end

__all__: list[str] = []

MISFIT: Final = object()
"""What a careful reading returns in place of a value, having reported why."""


class Reading(Protocol):
    """What a shape needs of the careful reading."""

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


class Shape(Protocol):
    """What may stand at one place of a payload."""

    @property
    def expected(self) -> str:
        """Say what it is, for a message."""
        ...

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Return the value, or report what is wrong and return `MISFIT`."""
        ...

    def load(self, raw: str) -> str:
        """Return the expression that reads the variable `raw`."""
        ...

    def dump(self, value: str, *, exact: bool) -> str:
        """Return the expression that writes the variable `value`."""
        ...


@frozen
class Scalar:
    """A value that stands for itself: `convert` says, by what it raises, what does not fit."""

    expected: str
    convert: Callable[[Any], Any]
    loading: str
    dumping: str
    dumping_exactly: str = Factory(lambda scalar: scalar.dumping, takes_self=True)

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Convert the value."""
        try:
            return self.convert(raw)
        except (BalancesError, TypeError) as error:
            return reading.report(path, str(error))

    def load(self, raw: str) -> str:
        """Fill in the expression."""
        return self.loading.format(raw=raw)

    def dump(self, value: str, *, exact: bool) -> str:
        """Fill in the expression."""
        return (self.dumping_exactly if exact else self.dumping).format(value=value)


@frozen
class Word:
    """A word of an enum, or one that the enum does not know."""

    enum: type[OpenEnum]
    expected: str = "a string"

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Look the word up."""
        text = TEXT.read(raw, path, reading)
        return text if text is MISFIT else self.enum.read(text)

    def load(self, raw: str) -> str:
        """Look the word up in the enum's own table."""
        known = f"known_{self.enum.__name__}({raw}) or UnknownWord({raw})"
        return f"({known}) if {raw}.__class__ is str else misfit()"

    def dump(self, value: str, *, exact: bool) -> str:  # noqa: ARG002  (words are words in either)
        """Write the plain string."""
        return f"str({value})"


@frozen
class Many:
    """A list of one shape."""

    item: Shape
    expected: str = "a list"

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read every item."""
        return reading.read_list(raw, path, lambda item, at: self.item.read(item, at, reading))

    def load(self, raw: str) -> str:
        """Read every item of a list."""
        return f"tuple([{self.item.load(f'{raw}_')} for {raw}_ in {raw}]) if {raw}.__class__ is list else misfit()"

    def dump(self, value: str, *, exact: bool) -> str:
        """Write every item."""
        return f"[{self.item.dump(f'{value}_', exact=exact)} for {value}_ in {value}]"


@frozen
class MapOf:
    """A map whose keys are data, and whose values are of one shape."""

    item: Shape
    expected: str = "an object"

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read every value."""
        return reading.read_map(raw, path, lambda value, at: self.item.read(value, at, reading))

    def load(self, raw: str) -> str:
        """Read every value of a dict."""
        key, item = f"{raw}_key", f"{raw}_"
        pair = f"{key} if {key}.__class__ is str else misfit(): {self.item.load(item)}"
        return f"FrozenMap({{{pair} for {key}, {item} in ({raw} if {raw}.__class__ is dict else misfit()).items()}})"

    def dump(self, value: str, *, exact: bool) -> str:
        """Write every value under its own key."""
        key, item = f"{value}_key", f"{value}_"
        return f"{{{key}: {self.item.dump(item, exact=exact)} for {key}, {item} in {value}.items()}}"


@frozen
class Part:
    """An object that has a table of its own."""

    cls: type[Any]
    expected: str = "an object"

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Read it by its table."""
        return reading.read_object(self.cls, raw, path)

    def load(self, raw: str) -> str:
        """Call the function generated for its class."""
        return f"load_{self.cls.__name__}({raw})"

    def dump(self, value: str, *, exact: bool) -> str:  # noqa: ARG002  (its own function knows)
        """Call the function generated for its class."""
        return f"dump_{self.cls.__name__}({value})"


@frozen
class Kept:
    """A map of plain data, kept as it is at any depth."""

    expected: str = "an object of plain data"

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Freeze it, reporting every leaf that is no plain data."""
        if not is_mapping(raw):
            return reading.report(path, f"expected an object, got {described(raw)}")
        try:
            return self._read(raw, path, reading, 0, count())
        except InvalidMapping as error:
            return reading.report(path, str(error))

    def load(self, raw: str) -> str:
        """Freeze it."""
        return f"frozen_json({raw})"

    def dump(self, value: str, *, exact: bool) -> str:
        """Thaw it."""
        return f"thawed({value}, exact={exact})"

    def _read(self, raw: Any, path: str, reading: Reading, depth: int, parts: Iterator[int]) -> Any:
        if not (is_mapping(raw) or is_list(raw)):
            return LEAF.read(raw, path, reading)
        if depth > DEEPEST:
            return reading.report(path, TOO_DEEP)
        check_number(next(parts))

        def read(inner: Any, at: str) -> Any:
            return self._read(inner, at, reading, depth + 1, parts)

        return reading.read_map(raw, path, read) if is_mapping(raw) else reading.read_list(raw, path, read)


_AMOUNT_DUMP: Final = "int({value}) if {value}.same_quantum(ONE) else float({value})"

TEXT: Final = Scalar("a string", to_text, loading="{raw} if {raw}.__class__ is str else misfit()", dumping="{value}")
FLAG: Final = Scalar(
    "True or False", to_flag, loading="{raw} if {raw}.__class__ is bool else misfit()", dumping="{value}"
)
AMOUNT: Final = Scalar(
    "a number",
    to_amount,
    loading="amount_of_type[{raw}.__class__]({raw})",
    dumping=_AMOUNT_DUMP,
    dumping_exactly="{value}",
)
COUNT: Final = Scalar("a whole number of at least 1", to_count, loading="to_count({raw})", dumping="{value}")
INDEX: Final = Scalar("a whole number of at least 0", to_index, loading="to_index({raw})", dumping="{value}")
MOMENT: Final = Scalar(
    "a time in epoch milliseconds",
    read_moment,
    loading="EPOCH + {raw} * MILLISECOND if {raw}.__class__ is int else read_moment({raw})",
    dumping="milliseconds({value})",
    dumping_exactly="exact_milliseconds({value})",
)
EXPIRY: Final = Scalar(
    "a time in epoch milliseconds, or 0 for never",
    read_expiry,
    loading="EPOCH + {raw} * MILLISECOND if {raw}.__class__ is int and {raw} > 0 else read_expiry({raw})",
    dumping="milliseconds({value})",
    dumping_exactly="exact_milliseconds({value})",
)
ZERO_EXPIRY: Final = evolve(
    EXPIRY,
    dumping=f"0 if {{value}} is None else {EXPIRY.dumping}",
    dumping_exactly=f"0 if {{value}} is None else {EXPIRY.dumping_exactly}",
)
TIER_END: Final = Scalar(
    'a number or "inf"',
    read_tier_end,
    loading="read_tier_end({raw})",
    dumping=f'"inf" if {{value}} is None else {_AMOUNT_DUMP}',
    dumping_exactly='"inf" if {value} is None else {value}',
)
LEAF: Final = Scalar("plain data", frozen_leaf, loading="frozen_leaf({raw})", dumping="{value}")
