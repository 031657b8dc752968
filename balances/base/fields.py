"""How the fields of a value are converted, checked and shown.

A converter here says what was expected and what came; `named` puts the attribute's name before it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from enum import StrEnum
from functools import partial, update_wrapper
from typing import Any, Self, TypeVar, cast

from attrs import Attribute, fields, frozen

from balances.base.amounts import Amount, is_whole, to_amount
from balances.base.messages import described
from balances.base.shown import shown
from balances.errors import (
    BalancesError,
    InvalidAmount,
    InvalidChoice,
    InvalidCount,
    InvalidDuration,
    InvalidInstant,
    InvalidMapping,
    InvalidZone,
)

__all__: list[str] = []

T = TypeVar("T")
R = TypeVar("R")
E = TypeVar("E", bound=StrEnum)
_NAMED = (
    InvalidAmount,
    InvalidChoice,
    InvalidDuration,
    InvalidCount,
    InvalidInstant,
    InvalidMapping,
    InvalidZone,
    TypeError,
)
"""What a converter raises of its own, and with nothing but a message."""


_SURELY_A_COUNT = 10**15
_SEQUENCES = (tuple, list)
_NO_SEQUENCES = (str, Mapping, AbstractSet)


class Value:
    """What all values share: a `repr` that leaves out what is as usual, and that reads back as the value.

    >>> from balances import Breakdown, Interval, Reset
    >>> Breakdown(included_grant=100, remaining=72.5, usage=27.5, reset=Reset(interval=Interval.MONTH))
    Breakdown(included_grant=100, remaining=72.5, usage=27.5, reset=Reset(interval=Interval.MONTH))
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Refuse to be extended: a subclass could change, and no wire knows it."""
        extended = [base.__name__ for base in cls.__mro__[1:] if "__attrs_attrs__" in vars(base)]
        if extended:
            raise TypeError(f"{extended[0]} is final: hold one in a class of your own instead")

    def __repr__(self) -> str:
        """Show the class and the attributes that differ from their defaults."""
        attributes = (
            f"{attribute.name}={shown(value)}"
            for attribute in fields(type(self))  # type: ignore[arg-type]
            if (value := getattr(self, attribute.name)) != _default(self, attribute)
        )
        return f"{type(self).__name__}({', '.join(attributes)})"


class OpenEnum(StrEnum):
    """Words of the wire. The sender may know more of them: a word that is not here stays the text it was."""

    @classmethod
    def known(cls, word: str) -> Self | str:
        """Return the member of this value, or the word as it came."""
        word = to_text(word)
        return cls._value2member_map_.get(word, word)  # type: ignore[return-value]  # the map's members are ours


class Check(ABC):
    """A validator that can also be asked without an instance, as the wire does."""

    __slots__ = ()

    @abstractmethod
    def check(self, value: Any) -> None:
        """Raise when the value will not do."""

    def __call__(self, _: object, attribute: "Attribute[Any]", value: Any) -> None:
        """Raise, naming the attribute, when the value will not do."""
        try:
            self.check(value)
        except BalancesError as error:
            raise type(error)(f"{attribute.name}: {error}") from None


@frozen
class Bound(Check):
    """The amount, where there is one, lies within its bound."""

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
    return [attribute.evolve(converter=_naming(attribute)) for attribute in attributes]


def argument(name: str, convert: Callable[[T], R], value: T) -> R:
    """Convert what was given under a name; the error begins with it."""
    try:
        return convert(value)
    except _NAMED as error:
        raise type(error)(f"{name}: {error}") from None


def to_text(value: str) -> str:
    """Return a plain string: what a subclass adds is not kept."""
    if value.__class__ is str:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"expected a string, got {described(value)}")


def to_optional_text(value: str | None) -> str | None:
    """Return a string as it is, or None."""
    return None if value is None else to_text(value)


def to_texts(values: Iterable[str]) -> tuple[str, ...]:
    """Return strings as a tuple; one string alone is not a sequence of them."""
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
    return _whole(value, least=1)


def to_index(value: Amount) -> int:
    """Return a whole number of at least 0 as an int."""
    return _whole(value, least=0)


def to_optional_count(value: Amount | None) -> int | None:
    """Return a count, or None where there is none."""
    return None if value is None else to_count(value)


def tuple_of(values: Iterable[T], kind: type[T]) -> tuple[T, ...]:
    """Return values of one class as a tuple."""
    if type(values) not in _SEQUENCES and (isinstance(values, _NO_SEQUENCES) or not isinstance(values, Iterable)):
        raise TypeError(f"expected a sequence of {kind.__name__}, got {described(cast('object', values))}")
    result = tuple(values)
    for index, value in enumerate(result):
        if not isinstance(value, kind):
            raise TypeError(f"expected a {kind.__name__} at index {index}, got {described(value)}")
    return result


def instance_of(value: T, kind: type[T]) -> T:
    """Return a value of this class as it is."""
    if isinstance(value, kind):
        return value
    raise TypeError(f"expected a {kind.__name__}, got {described(value)}")


def one_of(choices: type[E], word: object) -> E:
    """Return the member of an enum that knows all its words."""
    for choice in choices:
        if isinstance(word, str) and str.__eq__(choice, word):
            return choice
    *others, last = choices
    raise InvalidChoice(f"expected {', '.join(others)} or {last}, got {described(word)}")


def _whole(value: Amount, *, least: int) -> int:
    if type(value) is int and least <= value <= _SURELY_A_COUNT:
        return value
    try:
        exact = to_amount(value)
    except InvalidAmount as error:
        raise InvalidCount(str(error)) from None
    if is_whole(exact) and exact >= least:
        return int(exact)
    raise InvalidCount(f"expected a whole number of at least {least}, got {described(value)}")


def _naming(attribute: Any) -> Callable[[Any], Any]:
    return update_wrapper(partial(argument, attribute.name, attribute.converter), attribute.converter)


def _default(value: Value, attribute: "Attribute[Any]") -> Any:
    default: Any = attribute.default
    return default.factory(value) if hasattr(default, "takes_self") else default
