"""The converters of attributes and arguments, and `Value`, the class that all values extend.

A converter returns the value in the one form that is kept, or raises. Its message says what was expected and what came.
`named` (for attributes) and `argument` (for arguments) put the name before it.

Each converter is a plain function, `to_x` or `to_optional_x`, although many have only one line. mypy takes nothing as a
converter but the name of a function or a class, and reads from its annotation what the constructor accepts. For
`attrs.converters.optional(to_x)`, pyright accepts anything. So each is written out, directly below the class it is for.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from functools import cache, partial
from inspect import signature
from typing import Any, TypeVar, cast

from attrs import Attribute, fields, frozen

from balances.base.amounts import Amount, is_whole, to_amount
from balances.base.messages import described, with_article
from balances.base.shown import shown
from balances.errors import BalancesError, InvalidAmount, InvalidCount

__all__: list[str] = []

T = TypeVar("T")
R = TypeVar("R")
_CONVERTER = "balances.converter"
_signature = cache(signature)
_SURELY_A_COUNT = 10**15
_SEQUENCES = (tuple, list)
_NO_SEQUENCES = (str, Mapping, AbstractSet)


class Value:
    """The base of all values: they are final, and their `repr` reads back as the value and leaves the defaults out.

    A `repr` shows an amount as the shortest number that a constructor makes the same `Decimal` of: an int, a float or,
    if need be, a `Decimal`.

    >>> from balances import Breakdown, Interval, Reset
    >>> item = Breakdown(
    ...     included_grant=100, usage=27.5, reset=Reset(interval=Interval.MONTH)
    ... )
    >>> item
    Breakdown(included_grant=100, usage=27.5, reset=Reset(interval=Interval.MONTH))
    >>> item.included_grant
    Decimal('100')
    """

    # Python 3.11 takes two classes for alike in layout only if they do not add this one themselves.
    __slots__ = ("__weakref__",)

    def __init_subclass__(cls) -> None:
        """Refuse to be extended: a subclass could change, and no wire knows it."""
        super().__init_subclass__()
        extended = [base.__name__ for base in cls.__mro__[1:] if "__attrs_attrs__" in vars(base)]
        if extended:
            raise TypeError(f"{extended[0]} is final: hold one in a class of your own instead")

    def __repr__(self) -> str:
        """Show the class and the attributes that differ from their defaults."""
        attributes = (
            f"{attribute.name}={shown(value)}"
            for attribute in fields(type(self))  # type: ignore[arg-type]
            if (value := getattr(self, attribute.name)) != _default_of(self, attribute)
        )
        return f"{type(self).__name__}({', '.join(attributes)})"

    def _repr_pretty_(self, printer: Any, _: object) -> None:
        """Show the same in a failing test of Hypothesis, which would list every attribute, line by line."""
        printer.text(repr(self))


class Response(Value):
    """A value that whole responses of the API are made of. Such classes, and their tables, are loaded on first use."""

    __slots__ = ()


class Check(ABC):
    """A validator that can also be called without an instance, as the wire does."""

    __slots__ = ()

    @abstractmethod
    def check(self, value: Any) -> None:
        """Raise if a value is out of bounds."""

    def __call__(self, _: object, attribute: "Attribute[Any]", value: Any) -> None:
        """Raise as `check` does; the error begins with the name of the attribute."""
        try:
            self.check(value)
        except BalancesError as error:
            raise type(error)(f"{attribute.name}: {error}") from None


@frozen
class Bound(Check):
    """The check that an amount, if there is one, is large enough."""

    least: int
    is_open: bool = False
    most: int | None = None

    def check(self, value: Decimal | None) -> None:
        """Raise when the amount is too small or too great."""
        if value is not None and self.most is not None and value > self.most:
            raise InvalidAmount(f"expected a number of at most {self.most}, got {described(value)}")
        if value is None or value > self.least or (value == self.least and not self.is_open):
            return
        bound = "above" if self.is_open else "of at least"
        raise InvalidAmount(f"expected a number {bound} {self.least}, got {described(value)}")


def named(_: type, attributes: "list[Attribute[Any]]") -> "list[Attribute[Any]]":
    """Let every converter's error begin with its attribute's name (for `attrs`' `field_transformer`)."""
    return list(map(_named, attributes))


def _named(attribute: Any) -> Any:
    convert: Callable[[Any], Any] = attribute.converter
    naming: Any = partial(argument, attribute.name, convert)
    # From the signature, attrs annotates the constructor with the type that the converter takes.
    naming.__signature__ = _signature(convert)
    return attribute.evolve(converter=naming, metadata={_CONVERTER: convert})


def converter_of(attribute: "Attribute[Any]") -> Callable[[Any], Any]:
    """Return the converter that an attribute was declared with: its errors do not begin with a name.

    >>> from balances import Tier
    >>> converter_of(fields(Tier).amount)(100.0)
    Decimal('100')
    """
    convert: Callable[[Any], Any] = attribute.metadata[_CONVERTER]
    return convert


def argument(name: str, convert: Callable[[T], R], value: T) -> R:
    """Convert a value that was given under a name. The error begins with the name, if a message is all it has."""
    try:
        return convert(value)
    except (BalancesError, TypeError) as error:
        if not _is_message_only(error):
            raise
        raise type(error)(f"{name}: {error}") from None


def to_text(value: str) -> str:
    """Return a string as a plain `str`, of a subclass too."""
    if value.__class__ is str:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"expected a string, got {described(value)}")


def to_optional_text(value: str | None) -> str | None:
    """Return a string as it is, or None."""
    return None if value is None else to_text(value)


def to_texts(values: Iterable[str]) -> tuple[str, ...]:
    """Return strings as a tuple. One string alone is not a sequence of strings."""
    return tuple(map(to_text, tuple_of(values, str)))


def to_flag(value: bool) -> bool:  # noqa: FBT001  (a converter takes its value by position)
    """Return a bool as it is; 1 is not true."""
    if isinstance(value, bool):
        return value
    raise TypeError(f"expected True or False, got {described(value)}")


def to_optional_flag(value: bool | None) -> bool | None:  # noqa: FBT001  (as above)
    """Return a bool as it is, or None."""
    return None if value is None else to_flag(value)


def to_count(value: Amount) -> int:
    """Return a whole number of at least 1 as an int."""
    return _whole_number(value, least=1)


def to_index(value: Amount) -> int:
    """Return a whole number of at least 0 as an int."""
    return _whole_number(value, least=0)


def to_optional_count(value: Amount | None) -> int | None:
    """Return a count, or None where there is none."""
    return None if value is None else to_count(value)


def tuple_of(values: Iterable[T], kind: type[T]) -> tuple[T, ...]:
    """Return values of one class as a tuple."""
    result = to_tuple(values, kind.__name__)
    for index, value in enumerate(result):
        if not isinstance(value, kind):
            raise TypeError(f"expected {with_article(kind.__name__)} at index {index}, got {described(value)}")
    return result


def to_tuple(values: Iterable[T], noun: str) -> tuple[T, ...]:
    """Return values that have an order as a tuple. Neither a text nor a mapping is a sequence of values."""
    if type(values) not in _SEQUENCES and (isinstance(values, _NO_SEQUENCES) or not isinstance(values, Iterable)):
        given = cast("object", values)
        advice = _advice(given, [noun.lower(), f"{noun.lower()}s"], (tuple,))
        raise TypeError(f"expected a sequence of {noun}, got {described(given)}{advice}")
    return tuple(values)


def instance_of(value: T, *kinds: type[Any]) -> T:
    """Return a value of one of these classes as it is.

    >>> from balances import Balance, track
    >>> from balances.testing import balance
    >>> instance_of(track(balance(100), 5), Balance)
    Traceback (most recent call last):
    TypeError: expected a Balance, got an object of type Tracked (give its .balance)
    """
    if isinstance(value, kinds):
        return value
    expected = " or ".join(with_article(kind.__name__) for kind in kinds)
    advice = _advice(value, [kind.__name__.lower() for kind in kinds], kinds)
    raise TypeError(f"expected {expected}, got {described(value)}{advice}")


def _advice(value: object, names: Iterable[str], kinds: tuple[type, ...]) -> str:
    """Return the advice to give the attribute that is wanted, if a value has one of these names and classes."""
    found = [name for name in names if isinstance(value, Value) and isinstance(getattr(value, name, None), kinds)]
    return f" (give its .{found[0]})" if found else ""


def _is_message_only(error: Exception) -> bool:
    return len(error.args) == 1 and isinstance(error.args[0], str)


def _whole_number(value: Amount, *, least: int) -> int:
    if type(value) is int and least <= value <= _SURELY_A_COUNT:
        return value
    try:
        exact = to_amount(value)
    except InvalidAmount as error:
        raise InvalidCount(str(error)) from None
    if is_whole(exact) and exact >= least:
        return int(exact)
    raise InvalidCount(f"expected a whole number of at least {least}, got {described(value)}")


def _default_of(value: Value, attribute: "Attribute[Any]") -> Any:
    default: Any = attribute.default
    return default.factory(value) if hasattr(default, "takes_self") else default
