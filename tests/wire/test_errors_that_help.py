"""A message that names the mistake: the other case, text that nobody has parsed, a word that is nearly right."""

import json
from typing import Any

import pytest
from payloads import Document, deleted, full, other, read
from wire_classes import each_case

from balances import (
    Allocation,
    Balance,
    Breakdown,
    Decision,
    Deduction,
    Feature,
    InvalidRule,
    Policy,
    Rollover,
    RolloverRule,
)
from balances.wire import WireError, make_converter
from balances.wire.dialects import Case

MISSING = "expected a string, but the key is missing"


def messages(document: object, of: Any, case: Case = "snake") -> dict[str, str]:
    with pytest.raises(WireError) as caught:
        read(document, of, case)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_a_camel_case_document_is_told_as_one() -> None:
    told = messages(full(Balance, "camel"), Balance, "snake")
    assert told["$.feature_id"] == f"{MISSING} (`featureId` is there: is this camelCase?)"


def test_a_snake_case_document_is_told_as_one() -> None:
    told = messages(full(Balance, "snake"), Balance, "camel")
    assert told["$.featureId"] == f"{MISSING} (`feature_id` is there: is this snake_case?)"


@each_case
def test_the_other_case_is_told_at_any_depth(case: Case) -> None:
    document = {**full(Balance, case), "breakdown": [full(Breakdown, other(case))]}
    told = messages(document, Balance, case)
    assert told
    assert all(path.startswith("$.breakdown[0].") and "is there: is this" in told[path] for path in told)


@each_case
def test_a_key_that_is_in_neither_case_is_only_missing(case: Case) -> None:
    key = "feature_id" if case == "snake" else "featureId"
    assert messages(deleted(full(Balance, case), (key,)), Balance, case) == {f"$.{key}": MISSING}
    assert messages({}, Allocation, case) == {"$.amount": "expected a number, but the key is missing"}


PARSE = "; parse it first (json.loads)"


@pytest.mark.parametrize("document", ['{"balance": 5}', "{}", "null", "", b'{"balance": 5}', bytearray(b"{}")])
@each_case
def test_text_in_place_of_a_document_is_to_be_parsed_first(document: Any, case: Case) -> None:
    assert messages(document, Rollover, case)["$"].endswith(PARSE)
    assert messages(document, dict[str, Rollover], case)["$"].endswith(PARSE)
    assert messages(document, list[Rollover], case)["$"].endswith(PARSE)


@pytest.mark.parametrize(("text", "advice"), [(' {"a": 1}', PARSE), (b"[1]", PARSE), ("month", ""), (b"month", "")])
def test_text_inside_a_document_is_to_be_parsed_where_it_looks_like_json(text: Any, advice: str) -> None:
    told = messages({**full(Breakdown), "reset": text}, Breakdown)["$.reset"]
    assert told.startswith("expected an object, got ")
    assert told.endswith(PARSE) == bool(advice)
    processors = messages({**full(Feature), "processors": text}, Feature)["$.processors"]
    assert processors.endswith(PARSE) == bool(advice)


def test_parsing_first_is_all_it_takes() -> None:
    assert read(json.loads('{"balance": 5}'), Rollover, "snake") == Rollover(balance=5)


@pytest.mark.parametrize(
    ("word", "ending"),
    [("months", "got 'months': did you mean 'month'?"), ("Forever", "got 'Forever': did you mean 'forever'?"),
     ("never", "got 'never'"), (5, "got 5"), ("m" * 100, "(100 characters)")],
)  # fmt: skip
def test_a_duration_type_that_is_nearly_right_comes_with_the_right_one(word: object, ending: str) -> None:
    told = messages({**full(RolloverRule), "expiry_duration_type": word}, RolloverRule)
    assert told["$.expiry_duration_type"].startswith('expected "month" or "forever", got ')
    assert told["$.expiry_duration_type"].endswith(ending)


def test_a_kind_that_is_nearly_right_comes_with_the_right_one() -> None:
    told = messages({**full(Deduction), "kind": "rolover"}, Deduction)
    assert told == {"$.kind": "expected rollover or item, got 'rolover': did you mean 'rollover'?"}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"pro": 50}, "expected a RolloverRule or None at 'pro', got 50"),
        ({5: RolloverRule()}, "expected item ids that are strings, got 5"),
        ({"max": 50, "months": 1}, "expected a RolloverRule or None at 'max', got 50"),
    ],
)
def test_rules_that_map_no_ids_to_rules_are_invalid_rules(rules: Any, message: str) -> None:
    with pytest.raises(InvalidRule, match=f"^rules: {message}$"):
        Policy(rules=rules)


LONG: list[tuple[Any, Document]] = [
    (dict[str, Rollover], {"k" * 100_000: 5}),
    (dict[str, dict[str, Rollover]], {"k" * 200: {"k.k" * 200: {"balance": "5"}}}),
    (dict[str, dict[str, Rollover]], {"k" * 290: {"b": {"balance": "5"}}}),
]


@pytest.mark.parametrize(("of", "document"), LONG, ids=["one key", "a quoted key", "a long way"])
def test_a_path_is_as_bounded_as_its_message(of: Any, document: Document) -> None:
    [(path, message)] = messages(document, of).items()
    assert path.startswith("$." + "k" * 200)
    assert 300 < len(path) <= 330
    assert path.endswith(" characters)")
    assert len(message) <= 330


def test_a_path_of_300_characters_is_whole() -> None:
    key = "k" * 290
    [path] = messages({key: {"balance": "5"}}, dict[str, Rollover])
    assert path == f"$.{key}.balance"


@each_case
@pytest.mark.parametrize("value", [Policy(), Decision(allowed=True, required=1)], ids=["Policy", "Decision"])
def test_a_class_that_no_format_knows_is_told_as_one(value: Any, case: Case) -> None:
    cls: type = value.__class__
    message = f"^expected a class with a wire shape, got {cls.__name__}$"
    with pytest.raises(TypeError, match=message):
        make_converter(case).unstructure(value)
    with pytest.raises(TypeError, match=message):
        make_converter(case).structure({}, cls)


@pytest.mark.parametrize("key", ["x" * 100_000, "\u202e\x1b[31m" * 10_000, "$['" * 1000])
def test_a_message_is_short_however_long_the_keys_are(key: str) -> None:
    document = {f"{place} {key}": {"balance": "5"} for place in range(100)}
    with pytest.raises(WireError) as caught:
        read(document, dict[str, Rollover], "snake")
    first, *shown, last = str(caught.value).splitlines()
    number = len(caught.value.problems)
    assert (first, last) == (f"{number} problems", f"and {number - len(shown)} more")
    assert 0 < len(shown) < 20
    assert len(str(caught.value)) < 2000
    assert all(map(str.isprintable, shown))
