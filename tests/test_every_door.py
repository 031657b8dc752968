"""Every parameter of every public function and constructor refuses a wrong class, and names itself.

The cases are made from the signatures. A new function needs no line here while an example of each of its types is in
`EXAMPLES`, and has no way around this file.
"""

import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from math import isnan
from types import FunctionType, NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
import pytest
from cattrs import Converter
from helpers import try_each

import balances
from balances import (
    CreditCost,
    Feature,
    Hold,
    InvalidAmount,
    InvalidChoice,
    InvalidCount,
    InvalidDuration,
    InvalidInstant,
    Limit,
    PlanItem,
    Price,
    Reset,
    combine,
    hold,
    track,
)
from balances.base.fields import Value
from balances.testing import balance, item, prepaid, usage_based

NOW = datetime(2026, 1, 31, tzinfo=UTC)
LATER = datetime(2026, 3, 1, tzinfo=UTC)
MEMBER = CreditCost(metered_feature_id="messages", credit_cost=2)
CREDITS = Feature(id="credits", name="Credits", type="credit_system", consumable=True, credit_schema=[MEMBER])
PLAN = PlanItem(feature_id="messages", included=100, reset=Reset(interval="month"))
HELD = hold(balance(100), 5, id="call_1")
PACKS = item(0, 28, id="messages", plan_id="messages", prepaid_grant=100, price=prepaid(8))
MESSAGES = Feature(id="messages", name="", type="metered", consumable=True, event_names=["messages"])
BOUGHT = combine([PACKS], feature_id="messages")
TRACKED = track(balance(100), 5)


class NaT(datetime):
    """A `datetime` that is none, as pandas has it: unequal to itself, and without an offset."""

    def __eq__(self, _: object) -> bool:
        """Say no."""
        return False

    def __hash__(self) -> int:
        """Return something."""
        return 0

    def utcoffset(self) -> timedelta:
        """Refuse, as the one of pandas does."""
        raise ValueError("NaT has no offset")


EXAMPLES: dict[Any, object] = {
    Decimal: Decimal(5),
    int: 1,
    str: "messages",
    bool: True,
    datetime: NOW,
    timedelta: timedelta(days=1),
    Mapping: {},
    Converter: Converter(),
    balances.Balance: BOUGHT,
    balances.Account: balances.Account(features=[MESSAGES], balances={"messages": BOUGHT}),
    Price: usage_based(2),
    Feature: CREDITS,
    Hold: HELD.hold,
}
"""A value of each type that some parameter must be given; other values are made of these."""

SPECIAL: dict[tuple[str, str], object] = {
    ("Cycle", "end"): LATER,
    ("simulate", "until"): LATER,
    ("runs_out_at", "until"): LATER,
    ("confirm", "balance"): HELD.balance,
    ("release", "balance"): HELD.balance,
    ("Webhook", "type"): "customer.products.updated",
}
"""Arguments that must fit the others of the same call."""

WRONG: dict[str, Any] = {
    "nothing": None,
    "a text": "nonsense",
    "a number": 5,
    "a fraction": 2.5,
    "no number": float("nan"),
    "a flag": True,
    "an object": object(),
    "a class": int,
    "a list": [object()],
    "a mapping": {"messages": object()},
    "a set": {1},
    "a result": TRACKED,
    "a word": Limit.INCLUDED,
    "a day": date(2026, 1, 31),
    "a naive moment": datetime(2026, 1, 31),
    "no moment": NaT(2026, 1, 31, tzinfo=UTC),
}
"""A bit of everything: each parameter is given all of it that it does not take."""


def nested(times: int, *, copies: int = 1) -> list[Any]:
    """Return a list in a list, and so on. With copies, each list holds the next one several times."""
    inner: list[Any] = []
    for _ in range(times):
        inner = [inner] * copies
    return inner


UNPRINTABLE = "\u202e\x1b[31m\ud800<script>&\"'\r\n\0\u2028"
HOSTILE: dict[str, Any] = {
    "10,001 digits": 10**10_000,
    "a fraction of 10,000 digits": Decimal(f"0.{'3' * 10_000}"),
    "the largest exponent": Decimal("1E+999999999999999999"),
    "the least exponent": Decimal("1E-999999999999999999"),
    "no number": Decimal("NaN"),
    "no number, signalling": Decimal("sNaN123"),
    "infinity": float("-inf"),
    "unprintable text": UNPRINTABLE,
    "much unprintable text": UNPRINTABLE * 1000,
    "lists without end": nested(100_000),
    "shared lists": nested(60, copies=2),
    "an unprintable key": {UNPRINTABLE: float("nan"), "\ud800": UNPRINTABLE},
    "long keys": {f"{number}" * 1000: number for number in range(100)},
    "the first moment": datetime.min.replace(tzinfo=UTC),
    "the last moment": datetime.max.replace(tzinfo=UTC),
    "the longest time": timedelta.max,
    "the shortest time": timedelta(microseconds=-1),
}
"""What a stranger may send."""

ERRORS: dict[Any, set[type[Exception]]] = {
    Decimal: {InvalidAmount, InvalidCount},
    float: {InvalidAmount, InvalidCount},
    int: {InvalidCount},
    datetime: {InvalidInstant},
    timedelta: {InvalidDuration},
    Literal: {InvalidChoice},
    NoneType: set(),
    Mapping: {TypeError, InvalidAmount},
    balances.RolloverRule: {TypeError, balances.InvalidRule},
}
"""The errors of a parameter that takes one of these types. Where it takes any other, it is a `TypeError`."""


class Door(NamedTuple):
    """One parameter of a public function or class."""

    call: Callable[..., object]
    parameter: inspect.Parameter
    takes: Any

    @property
    def name(self) -> str:
        """Say which one it is."""
        return f"{self.call.__name__}({self.parameter.name})"


def public() -> Iterator[Callable[..., object]]:
    """Find every public function, and every class of values."""
    for name in ("balances", "balances.accounts", "balances.wire", "balances.testing"):
        module = importlib.import_module(name)
        for export in module.__all__:
            thing = getattr(module, export)
            if isinstance(thing, FunctionType) or (isinstance(thing, type) and attrs.has(thing)):
                yield thing


def doors_of(call: Callable[..., object]) -> Iterator[Door]:
    hints = get_type_hints(vars(call)["__init__"] if isinstance(call, type) else call)
    for parameter in inspect.signature(call).parameters.values():
        if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            yield Door(call, parameter, hints[parameter.name])


CALLS = [pytest.param(call, id=call.__name__) for call in public()]
UNLIMITED = balance(0, unlimited=True)
SWITCH = balance(0, feature=Feature(id="messages", name="Messages", type="boolean", consumable=False))


def doors_beside(door: Any) -> set[str]:
    """Name the other parameters of a function; a constructor has none that decides whether one is used."""
    if isinstance(door.call, type):
        return set()
    return set(inspect.signature(door.call).parameters) - {door.parameter.name}


def leaves(takes: Any) -> list[Any]:
    """Return what a type is made of, where it is one of several."""
    if isinstance(takes, TypeVar):
        return leaves(takes.__bound__)
    if get_origin(takes) in {Union, UnionType}:
        return [leaf for part in get_args(takes) for leaf in leaves(part)]
    return [takes]


def example_of(kind: Any) -> object:
    """Return a value of a type; of a new one that has no attributes, the table has to tell."""
    if NoneType in leaves(kind):
        return None
    first = get_origin(leaves(kind)[0]) or leaves(kind)[0]
    arguments = get_args(leaves(kind)[0])
    if first is Literal:
        return arguments[0]
    if first in {Iterable, Sequence}:
        return [example_of(arguments[0])]
    if issubclass(first, Enum):
        return list(first)[-1]
    return EXAMPLES[first] if first in EXAMPLES or not attrs.has(first) else call_with(first)


def arguments_of(call: Callable[..., object], **changed: object) -> inspect.BoundArguments:
    """Return arguments for all that must be given, but for one that is changed."""
    signature = inspect.signature(call)
    given = {
        door.parameter.name: SPECIAL.get((call.__name__, door.parameter.name), example_of(door.takes))
        for door in doors_of(call)
        if door.parameter.default is inspect.Parameter.empty
    }
    bound = signature.bind_partial()
    bound.arguments.update({name: (given | changed)[name] for name in signature.parameters if name in given | changed})
    return bound


def call_with(call: Callable[..., object], **changed: object) -> object:
    bound = arguments_of(call, **changed)
    return call(*bound.args, **bound.kwargs)


def is_taken(kind: Any, value: Any) -> bool:
    """Return whether one of the wrong values is right for a type."""
    return any(_is_taken(get_origin(leaf) or leaf, get_args(leaf), value) for leaf in leaves(kind))


def _is_taken(kind: Any, arguments: tuple[Any, ...], value: Any) -> bool:
    if kind in {datetime, Iterable, Sequence}:
        return False
    if kind is Literal:
        return value in arguments
    if kind is Mapping:
        return isinstance(value, Mapping) and arguments[1] is Any
    if kind in {Decimal, float}:
        return isinstance(value, int | float) and not isinstance(value, bool) and not isnan(value)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def errors_at(door: Door) -> set[type[Exception]]:
    kinds = [get_origin(leaf) or leaf for leaf in leaves(door.takes)]
    return {error for kind in kinds for error in ERRORS.get(kind, {TypeError})}


@pytest.mark.parametrize("call", CALLS)
def test_the_examples_are_right_and_a_value_takes_keywords_only_and_has_the_repr_of_all(
    call: Callable[..., object],
) -> None:
    made: Any = call_with(call)
    if isinstance(made, Value):
        cls: Any = type(made)
        assert [attribute.name for attribute in attrs.fields(cls) if not attribute.kw_only] == []
        assert "__repr__" not in vars(cls)


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_class_is_refused_by_name(call: Callable[..., object]) -> None:
    try_each(((door.name, door) for door in doors_of(call)), assert_wrong_classes_are_refused)


def assert_wrong_classes_are_refused(door: Door) -> None:
    wrong = {what: value for what, value in WRONG.items() if not is_taken(door.takes, value)}
    assert len(wrong) > 8
    found = {what: refusal(door, value) for what, value in wrong.items()}
    assert {what: error for what, error in found.items() if not is_refusal(door, error)} == {}


@pytest.mark.parametrize("holding", [UNLIMITED, SWITCH], ids=["unlimited", "boolean"])
def test_an_argument_that_goes_unused_is_refused_too(holding: balances.Balance) -> None:
    def test(door: Door) -> None:
        found = refusal(door, object(), balance=holding)
        assert is_refusal(door, found), found

    doors = [door for call in public() for door in doors_of(call) if "balance" in doors_beside(door)]
    assert doors
    try_each(((door.name, door) for door in doors), test)


@pytest.mark.heavy
@pytest.mark.parametrize("call", CALLS)
def test_what_is_hostile_is_taken_or_refused_in_one_printable_line(call: Callable[..., object]) -> None:
    try_each(((door.name, door) for door in doors_of(call)), assert_hostile_values_are_harmless)


def assert_hostile_values_are_harmless(door: Door) -> None:
    found = {what: told_of(door, value) for what, value in HOSTILE.items()}
    assert {what: told for what, told in found.items() if not told.isprintable()} == {}


def told_of(door: Door, value: object) -> str:
    """Return what a caller reads: the `repr` of what comes back, or the message, which is short."""
    try:
        return repr(call_with(door.call, **{door.parameter.name: value}))
    except (balances.BalancesError, TypeError) as error:
        message = str(error)
    assert len(message) < 2000
    return message


def refusal(door: Door, value: object, **others: object) -> Exception | None:
    try:
        call_with(door.call, **{door.parameter.name: value}, **others)
    except Exception as error:  # noqa: BLE001  (whatever it is, the test tells it)
        return error
    return None


def is_refusal(door: Door, error: Exception | None) -> bool:
    return type(error) in errors_at(door) and str(error).startswith(f"{door.parameter.name}: expected ")
