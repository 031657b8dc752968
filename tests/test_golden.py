"""What an earlier version has written is read by this one, as the same values, and written again as it was."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from golden_documents import CONVERTERS, GOLDEN, VALUES, text_of, write

from balances import Account, Balance, Breakdown, Deduction, Flag, Hold
from balances.base.fields import Value
from balances.base.shown import is_list, is_mapping

FILES = sorted(GOLDEN.glob("*.json"))
CLASSES: dict[str, Any] = {
    "balance": Balance,
    "flag": Flag,
    "receipt": list[Deduction],
    "hold": Hold,
    "account": Account,
}


def form_of(path: Path) -> str:
    """Return the form of a file: what stands between its version, of three numbers, and the ending."""
    return path.name.removesuffix(".json").split(".", 3)[3]


def walked(value: object) -> Iterator[Any]:
    """Find every value in a value, and in a container of them."""
    if isinstance(value, Value):
        yield value
        value = [getattr(value, attribute.name) for attribute in attributes_of(value)]
    for inner in value.values() if is_mapping(value) else value if is_list(value) else ():
        yield from walked(inner)


def attributes_of(value: object) -> tuple[Any, ...]:
    cls: Any = type(value)
    found: tuple[Any, ...] = attrs.fields(cls)
    return found


def is_said(value: object, attribute: Any) -> bool:
    """Return whether an attribute differs from its default."""
    default = attribute.default
    if hasattr(default, "takes_self"):
        default = default.factory(*[value] * default.takes_self)
    return bool(getattr(value, attribute.name) != default)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_document_is_read_as_it_was_meant_and_written_as_it_was(path: Path) -> None:
    form, text = form_of(path), path.read_text("utf-8")
    documents = json.loads(text, parse_float=Decimal if "exact-numbers" in form else None)
    values = {
        name: CONVERTERS[form].structure(document, CLASSES[name.partition("_")[0]])
        for name, document in documents.items()
    }
    assert values == {name: VALUES[form][name] for name in documents}
    assert text_of(form, values) == text


def test_there_are_documents_of_every_form_and_value() -> None:
    assert {form_of(path) for path in FILES} == set(VALUES)
    for form, values in VALUES.items():
        held = [set(json.loads(path.read_text("utf-8"))) for path in FILES if form_of(path) == form]
        assert set().union(*held) == set(values)


def test_every_attribute_that_is_stored_is_in_a_document() -> None:
    found = list(walked(VALUES["snake"]))
    assert {Balance, Breakdown, Deduction, Flag, Hold, Account} < {type(value) for value in found}
    named = [(f"{type(value).__name__}.{each.name}", value, each) for value in found for each in attributes_of(value)]
    assert {name for name, _, _ in named} == {name for name, value, each in named if is_said(value, each)}


def test_what_was_written_is_not_written_over(tmp_path: Path) -> None:
    written = write("0.3.0", tmp_path)
    assert {path.name for path in written} == {f"0.3.0.{form}.json" for form in VALUES}
    before = written[0].read_bytes()
    with pytest.raises(FileExistsError, match=r"^expected no documents of 0\.3\.0, got 0\.3\.0\.camel\."):
        write("0.3.0", tmp_path)
    assert written[0].read_bytes() == before
    assert len(write("0.3.1", tmp_path)) == len(VALUES)
