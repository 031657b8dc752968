"""Whatever comes: an instance or one `WireError`, never anything else; and the two readings agree."""

import enum
import json
from collections import ChainMap, OrderedDict
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any, NoReturn

import attrs
import pytest
from helpers import tried
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from payloads import (
    around,
    found_at,
    full,
    is_list,
    path_of,
    places,
    places_of_its_own,
    read,
    replaced,
    same,
    written,
)
from reading import one_input
from wire_classes import CASES, CLASSES, each_case, each_class

from balances import Price
from balances.base.frozen import Tally
from balances.base.shown import is_list as is_sequence
from balances.base.shown import is_mapping
from balances.wire import WireError, make_converter
from balances.wire.dialects import Case, Dialect
from balances.wire.generated import MISFITS, Generator
from balances.wire.reading import Reading

pytestmark = pytest.mark.heavy

often = tried(300)

DIALECTS = [Dialect(case=case, strict=strict) for case in CASES for strict in (False, True)]
each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda it: f"{it.case}, strict={it.strict}")

EXACTLY: dict[str, Any] = {case: make_converter(case, exact=True) for case in CASES}
GENERATORS = {dialect: Generator(dialect) for dialect in DIALECTS}


SLOTS: dict[type, list[str]] = {cls: [attribute.name for attribute in attrs.fields(cls)] for cls in CLASSES}


class Contrary:
    """An object that refuses to be compared."""

    def __eq__(self, other: object) -> NoReturn:
        """Refuse."""
        raise RuntimeError

    def __hash__(self) -> int:
        """Be a key all the same."""
        return 0


class Words(str):
    """A string that is not exactly one."""

    __slots__ = ()


class Whole(enum.IntEnum):
    """A number that is not exactly one."""

    SEVEN = 7


class Object(dict[Any, Any]):
    """A dict that is not exactly one."""


NO_JSON = (object(), Contrary(), Fraction(1, 3), 1j, {1, 2}, frozenset("a"), bytearray(b"5"), ..., range(3), int)
ODD_TEXTS = (Words("month"), "inf", "", "\ud800", "month", "forever", "multiple")
ODD_DECIMALS = tuple(
    Decimal(digits)
    for digits in ("NaN", "sNaN", "-0.00", "1E+2", "1E-999999999", "0.0004", "1773851121437.5", "0.1234567890123456789")
)
# Longer integers cannot be shown by Hypothesis: Python refuses.
ODD_NUMBERS = (
    Whole.SEVEN, 10**4000, -(10**400), 2**63, -0.0, 5e-324, 1e308, 253402300799999.9, 253402300799999, -62135596800000,
    -1, -1.0, 0, 0.0, True, 1e15 + 0.5,
)  # fmt: skip
ODD_LEAVES = (*NO_JSON, *ODD_TEXTS, *ODD_DECIMALS, *ODD_NUMBERS, datetime(2026, 3, 18, tzinfo=UTC))

numbers = st.integers() | st.floats() | st.decimals()
leaves = st.none() | st.booleans() | numbers | st.text(max_size=5) | st.binary(max_size=3) | st.sampled_from(ODD_LEAVES)
keys = st.text(max_size=5) | st.sampled_from([5, None, True, (1, 2), b"id", 1.5, Words("id")])


def containers(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(items, max_size=4)
    objects = st.dictionaries(keys, items, max_size=4)
    mappings = objects.map(OrderedDict) | objects.map(Object) | objects.map(ChainMap)
    return lists | lists.map(tuple) | objects | mappings


anything = st.recursive(leaves, containers, max_leaves=12)


def keyed(cls: type, case: Case) -> st.SearchStrategy[Any]:
    """Return objects with some of the right keys, and whatever under them."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(full(cls, case), anything))


OLD_KEYS = {"tier_behavior": "tier_behaviour", "tierBehavior": "tierBehaviour"}


def keys_in(document: Any) -> set[str]:
    return {step for place in places(document) for step in place[-1:] if isinstance(step, str)}


ALL_KEYS = set[str]().union(*(keys_in(full(cls, case)) for cls in CLASSES for case in CASES))
KEYS = sorted({*ALL_KEYS, *OLD_KEYS.values(), "object", "overage"})


few_times = st.sampled_from([1, 1, 2, 3])
ways = st.sampled_from(["put", "bend", "bend", "swap", "delete", "repeat"])
many_keys = st.sampled_from(KEYS)
odd_texts = st.sampled_from(ODD_TEXTS) | st.text(max_size=5)
odd_numbers = st.sampled_from([*ODD_NUMBERS, *ODD_DECIMALS]) | st.integers(-10, 10) | st.floats(-2, 2)


@st.composite
def mutated(draw: st.DrawFn, cls: type, case: Case) -> Any:
    """Draw a good document in which a few nodes are replaced, moved, repeated or gone."""
    document: Any = full(cls, case)
    for _ in range(draw(few_times)):
        document = mutate(draw, document)
    return document


def mutate(draw: st.DrawFn, document: Any) -> Any:
    place = draw(st.sampled_from(list(places(document))))
    if not place:
        return draw(anything) if draw(st.booleans()) else document
    holder, step = found_at(document, place[:-1]), place[-1]
    match draw(ways):
        case "put":
            holder[step] = draw(anything)
        case "bend":
            holder[step] = draw(alike(holder[step]))
        case "swap":
            holder[step] = deepcopy(found_at(document, draw(st.sampled_from(list(places(document))))))
        case "delete":
            del holder[step]
        case _:
            repeat(holder, step, draw(many_keys))
    return document


def alike(node: object) -> st.SearchStrategy[Any]:
    """Return values of the same kind, that may be out of bounds for all that."""
    if isinstance(node, str):
        return odd_texts
    if isinstance(node, (int, float, Decimal)):
        return odd_numbers
    return st.sampled_from(["", [], {}, [node], {"in": node}, None])


def repeat(holder: Any, step: str | int, key: str) -> None:
    """Have an item of a list twice, or a value under one more key, and perhaps nothing where it was."""
    if is_list(holder):
        holder.insert(0, deepcopy(holder[int(step)]))
    else:
        holder[OLD_KEYS.get(str(step), key)] = deepcopy(holder[step])
        holder[step] = None if step in OLD_KEYS else holder[step]


classes = st.sampled_from(CLASSES)
DOCUMENTS = {(cls, case): mutated(cls, case) | keyed(cls, case) | anything for cls in CLASSES for case in CASES}
"""What may or may not be a document of a class."""


def contained(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(items, max_size=2) | st.dictionaries(keys, items, max_size=2) | anything


CONTAINERS = {(cls, case): contained(mutated(cls, case) | st.none()) for cls in CLASSES for case in CASES}


@st.composite
def payloads(draw: st.DrawFn, case: Case) -> tuple[type, Any]:
    """Draw a class, and what may or may not be a document of it."""
    cls = draw(classes)
    return cls, draw(DOCUMENTS[cls, case])


def outcome(document: object, of: Any, case: Case) -> Any:
    """Return what is read, or None; whatever else is raised is raised here, too."""
    try:
        return read(document, of, case)
    except WireError as error:
        check(error)
        return None


def check(error: WireError) -> None:
    assert error.problems
    assert all(problem.path.startswith("$") and problem.message for problem in error.problems)
    assert len(str(error)) < 2000


def parts(value: object) -> Iterator[Any]:
    """Go through a value and the values in it."""
    if isinstance(value, CLASSES):
        yield value
        yield from parts([getattr(value, slot) for slot in SLOTS[type(value)]])
    elif is_mapping(value):
        yield from parts(list(value.values()))
    elif is_sequence(value):
        for inner in value:
            yield from parts(inner)


@each_case
@often
@given(data=st.data())
def test_whatever_comes_is_read_or_refused(data: st.DataObject, case: Case) -> None:
    cls, document = data.draw(payloads(case))
    value = outcome(document, cls, case)
    assert value is None or type(value) is cls


@each_case
@given(data=st.data())
def test_whatever_comes_in_containers_is_read_or_refused(data: st.DataObject, case: Case) -> None:
    cls: Any = data.draw(classes)
    values = data.draw(CONTAINERS[cls, case])
    for of in (list[cls], tuple[cls | None, ...], dict[str, cls], dict[str, list[cls | None]], cls | None):
        outcome(values, of, case)


@each_case
@often
@given(data=st.data())
def test_the_quick_reading_reads_nothing_else_than_the_careful_one(data: st.DataObject, case: Case) -> None:
    cls, document = data.draw(payloads(case))
    for dialect in DIALECTS:
        if dialect.case == case:
            agree(cls, document, dialect)


@each_dialect
def test_the_two_readings_agree_where_a_key_is_there_in_two_spellings(dialect: Dialect) -> None:
    now, before = dialect.key("tier_behavior"), dialect.key("tier_behaviour")
    for first, second in product([None, "volume", 5], repeat=2):
        agree(Price, {**full(Price, dialect.case), now: first, before: second}, dialect)


def agree(cls: type, document: Any, dialect: Dialect) -> None:
    """See that the careful reading reads the same, if the quick one reads anything, and that neither leaves traces.

    The careful reading that takes parts as the quick one reads them has the same problems as the one that does not.
    """
    before, load = repr(document), GENERATORS[dialect].loader
    reading, mixed = Reading(dialect), Reading(dialect, load)
    careful = reading.read_object(cls, document, "$")
    assert same(mixed.read_object(cls, document, "$"), careful)
    assert mixed.problems == reading.problems
    try:
        quick = load(cls)(document, Tally())
    except MISFITS:
        return
    assert reading.problems == []
    assert same(quick, careful)
    assert hash(quick) == hash(careful)
    assert repr(document) == before


@each_case
@each_class
def test_what_refuses_to_be_compared_fits_nowhere(cls: type, case: Case) -> None:
    document = full(cls, case)
    for place in places_of_its_own(document):
        with pytest.raises(WireError) as caught:
            read(replaced(around(document, place), place, Contrary()), cls, case)
        assert [problem.path for problem in caught.value.problems] == [path_of(place)]


@each_case
@often
@given(data=st.data())
def test_what_comes_over_the_wire_is_what_the_constructors_make(data: st.DataObject, case: Case) -> None:
    cls, document = data.draw(payloads(case))
    for part in parts(outcome(document, cls, case)):
        assert same(attrs.evolve(part), part)


@each_case
@often
@given(data=st.data())
def test_what_was_read_is_written_as_json_and_read_again(data: st.DataObject, case: Case) -> None:
    cls, document = data.draw(payloads(case))
    value = outcome(document, cls, case)
    if value is not None:
        exactly = EXACTLY[case]
        assert exactly.structure(exactly.unstructure(value), cls) == value
        plainly = written(value, case)
        again = read(json.loads(json.dumps(plainly, allow_nan=False)), cls, case)
        assert isinstance(again, cls)
        assert written(again, case) == plainly


def test_what_a_fuzzer_found_is_read_or_refused() -> None:
    for line in (Path(__file__).parent.parent / "fuzz" / "corpus.txt").read_text("ascii").splitlines():
        one_input(bytes.fromhex(line))


@each_case
@each_class
def test_mutated_documents_are_of_both_kinds(cls: type, case: Case) -> None:
    as_found = settings(database=None, phases=[Phase.generate], max_examples=2000)
    kinds: set[bool] = set()

    def are_both_there(document: Any) -> bool:
        kinds.add(outcome(document, cls, case) is None)
        return len(kinds) == len({True, False})

    find(mutated(cls, case), are_both_there, settings=as_found)
