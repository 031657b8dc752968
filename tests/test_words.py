"""Words: what a caller may write, what a sender may say, and which mistake is told how."""

import copy
import importlib
import pickle
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import attrs
import pytest
from attrs import evolve
from payloads import full, read, written
from wire_classes import each_case

import balances
from balances import (
    BillingMethod,
    Interval,
    InvalidChoice,
    LimitType,
    OverageBehavior,
    Price,
    Reset,
    SpendLimit,
    UnknownInterval,
    UnknownWord,
    UsageLimit,
    cycle_at,
    set_usage,
    track,
    wire,
)
from balances.base.fields import Value, converter_of
from balances.base.instants import EPOCH
from balances.base.words import OpenEnum
from balances.testing import balance
from balances.wire.dialects import Case

METHODS = "billing_method: expected prepaid or usage_based"
LIMITS = "limit_type: expected absolute or usage_percentage"
BEHAVIORS = "overage_behavior: expected cap, reject or overflow"
INTERVALS = "interval: expected one_off, minute, hour, day, week, month, quarter, semi_annual or year"


class Mine(str):
    """A string of the caller's own class."""

    __slots__ = ()


def spellings() -> Iterator[tuple[str, Any]]:
    """Find the types of all words: an enum, its strings and, where senders may know more, `UnknownWord`."""
    for info in pkgutil.walk_packages(balances.__path__, "balances."):
        module = importlib.import_module(info.name)
        yield from ((name, kind) for name, kind in vars(module).items() if name.startswith("Any") and get_args(kind))


def is_value(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, Value)


def words() -> Iterator[tuple[type[Value], "attrs.Attribute[Any]", type[OpenEnum]]]:
    """Find every attribute that holds a word of which senders may know more."""
    for name in balances.__all__:
        cls = getattr(balances, name)
        attributes: Any = attrs.fields(cls) if is_value(cls) else ()
        for attribute in attributes:
            enums = [part for part in get_args(attribute.type) if isinstance(part, type) and issubclass(part, OpenEnum)]
            yield from ((cls, attribute, enum) for enum in enums)


SPELLINGS = dict(spellings())
WORDS = [pytest.param(*row, id=f"{row[0].__name__}.{row[1].name}") for row in words()]


def test_every_word_is_found() -> None:
    assert {kind.__name__ for row in words() for kind in row[2:]} == {
        enum.__name__ for enum in OpenEnum.__subclasses__() if enum.__module__ == "balances"
    }


@pytest.mark.parametrize("name", SPELLINGS)
def test_type_checkers_see_the_strings_of_the_members(name: str) -> None:
    parts = get_args(SPELLINGS[name])
    (enum,) = (part for part in parts if isinstance(part, type) and issubclass(part, Enum))
    (strings,) = (get_args(part) for part in parts if get_origin(part) is Literal)
    assert [member.value for member in enum] == list(strings)
    assert (UnknownWord in parts) == issubclass(enum, OpenEnum)


def test_what_only_type_checkers_know_is_not_needed() -> None:
    # To import what is None here is an error.
    program = "import sys; sys.modules['typing_extensions'] = None; from balances import track"
    run = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)
    assert run.stderr == ""


@pytest.mark.parametrize(("cls", "attribute", "enum"), WORDS)
def test_an_attribute_takes_a_member_its_string_or_an_unknown_word(
    cls: type[Value], attribute: "attrs.Attribute[Any]", enum: type[OpenEnum]
) -> None:
    convert = converter_of(attribute)
    for member in enum:
        spelled = (member, member.value, Mine(member), UnknownWord(member))
        assert [convert(word) for word in spelled] == [member] * 4
        assert {type(convert(word)) for word in spelled} == {enum}
    unknown = convert(UnknownWord("never heard of"))
    assert (unknown, type(unknown)) == ("never heard of", UnknownWord)
    assert cls.__name__ in balances.__all__


@pytest.mark.parametrize(("cls", "attribute", "enum"), WORDS)
def test_an_attribute_refuses_any_other_word(
    cls: type[Value], attribute: "attrs.Attribute[Any]", enum: type[OpenEnum]
) -> None:
    for word in ("never heard of", "", Mine("never heard of"), f" {next(iter(enum))}", next(iter(enum)).name):
        with pytest.raises(InvalidChoice, match=rf"^expected {next(iter(enum))}, .*got '|^expected \w+ or \w+, got '"):
            converter_of(attribute)(word)
    with pytest.raises(TypeError, match=r"^expected a string, got 5$"):
        converter_of(attribute)(5)
    assert issubclass(cls, Value)


@pytest.mark.parametrize(
    ("call", "given", "message"),
    [
        (Price, {"billing_method": "usage-based"}, f"{METHODS}, got 'usage-based': did you mean 'usage_based'?"),
        (Price, {"billing_method": "barter"}, f"{METHODS}, got 'barter'"),
        (SpendLimit, {"limit_type": "Absolute"}, f"{LIMITS}, got 'Absolute': did you mean 'absolute'?"),
        (cycle_at, {"interval": "daily"}, f"{INTERVALS}, got 'daily': did you mean 'day'?"),
        (cycle_at, {"interval": "month" * 50}, f"{INTERVALS}, got '{'month' * 12}'... (250 characters)"),
        (track, {"overage_behavior": "rejct"}, f"{BEHAVIORS}, got 'rejct': did you mean 'reject'?"),
        (track, {"overage_behavior": UnknownWord("ignore")}, f"{BEHAVIORS}, got 'ignore'"),
        (track, {"overage_behavior": 5}, f"{BEHAVIORS}, got 5"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_word_is_told_with_the_right_ones_and_the_nearest(call: Any, given: Any, message: str) -> None:
    usual: dict[Any, Any] = {cycle_at: ((EPOCH,), {"anchor": EPOCH}), track: ((balance(), 5), {})}
    positional, keywords = usual.get(call, ((), {}))
    with pytest.raises(InvalidChoice) as caught:
        call(*positional, **keywords, **given)
    assert str(caught.value) == message
    assert caught.value.__cause__ is None


def test_an_enum_itself_tells_its_words() -> None:
    with pytest.raises(InvalidChoice, match=rf"^{INTERVALS[10:]}, got 'monthly': did you mean 'month'\?$"):
        Interval("monthly")
    with pytest.raises(InvalidChoice, match=rf"^{BEHAVIORS[18:]}, got 'cup'$"):
        OverageBehavior("cup")


@pytest.mark.parametrize("use", [track, set_usage])
def test_a_function_takes_a_member_or_its_string(use: Any) -> None:
    for member in OverageBehavior:
        expected = use(balance(100), 5, overage_behavior=member)
        for word in (member.value, Mine(member), UnknownWord(member)):
            assert use(balance(100), 5, overage_behavior=word) == expected


def test_an_unknown_word_is_the_string_it_was() -> None:
    word = UnknownWord("fortnight")
    assert word == "fortnight"
    assert hash(word) == hash("fortnight")
    assert (str(word), type(str(word)), f"{word}") == ("fortnight", str, "fortnight")
    assert repr(word) == "UnknownWord('fortnight')"
    five: Any = 5
    with pytest.raises(TypeError, match=r"^word: expected a string, got 5$"):
        UnknownWord(five)
    with pytest.raises(AttributeError):
        setattr(word, "meaning", 14)  # noqa: B010  (type checkers know that it cannot be done)


def test_an_unknown_word_survives_evolving_copying_and_pickling() -> None:
    reset = Reset(interval=UnknownWord("fortnight"), interval_count=2)
    copies = [evolve(reset), evolve(reset, interval_count=2), copy.deepcopy(reset), pickle.loads(pickle.dumps(reset))]  # noqa: S301  (our own)
    for again in copies:
        assert again == reset
        assert type(again.interval) is UnknownWord
    assert repr(reset) == "Reset(interval=UnknownWord('fortnight'), interval_count=2)"
    assert b"balances.base" not in pickle.dumps(reset)


def test_an_unknown_word_is_an_error_where_its_meaning_is_needed() -> None:
    with pytest.raises(UnknownInterval, match=r"^expected an interval with a length, got 'fortnight'$"):
        cycle_at(EPOCH, anchor=EPOCH, interval=UnknownWord("fortnight"))


@each_case
@pytest.mark.parametrize("strange", [False, True], ids=["quickly", "with care"])
@pytest.mark.parametrize(
    ("cls", "key", "of"), [(Reset, "interval", Interval), (Price, "billing_method", BillingMethod)]
)
def test_the_wire_reads_and_writes_words_it_does_not_know(
    cls: Any, key: str, of: type[OpenEnum], case: Case, *, strange: bool
) -> None:
    spelled = written(read(full(cls), cls, "snake"), case)
    (place,) = (name for name in spelled if name.lower().replace("_", "") == key.replace("_", ""))
    document = spelled | {place: Mine("newer") if strange else "newer"}
    value = read(document, cls, case)
    assert type(getattr(value, key)) is UnknownWord
    again = written(value, case)
    assert again == document
    assert type(again[place]) is str
    assert type(getattr(read(spelled, cls, case), key)) is of


def test_the_wire_reads_and_writes_words_it_knows() -> None:
    limit = wire.snake.structure({"feature_id": "seats", "limit": 5, "interval": "day"}, UsageLimit)
    assert limit.interval is Interval.DAY
    spending = wire.snake.structure({"limit_type": Mine("absolute")}, SpendLimit)
    assert spending.limit_type is LimitType.ABSOLUTE
    assert type(wire.snake.unstructure(limit)["interval"]) is str
