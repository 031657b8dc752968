"""The sender's own changes between versions, line by line: documents of 2.3, and what clients of older versions get."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from helpers import try_each
from payloads import in_case, is_list, is_object
from wire_classes import converter_for, each_case

from balances import Balance, CheckResponse, Customer, Entity, Flag, TrackResponse, wire
from balances.wire.dialects import Case, Version

pytestmark = pytest.mark.heavy

Line = dict[str, Any]

VECTORS: Final = Path(__file__).parent / "vectors" / "versions.jsonl"
CLASSES: Final[dict[str, type[Any]]] = {
    "balance": Balance,
    "flag": Flag,
    "check": CheckResponse,
    "track": TrackResponse,
    "customer": Customer,
    "entity": Entity,
}
VERSIONS: Final[dict[str, Version]] = {"2.2.0": None, "2.0.0": "2.0", "1.2.0": "1.2"}
LINES: Final = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]
HIDDEN: Final = {"object", "overage"}
LEFT_OUT: Final = {
    "entity_id",
    "customer_id",
    "feature_id",
    "deductions",
    "balances",
    "billing_controls",
    "rollovers",
    *("spend_limits", "usage_limits", "overage_allowed", "usage_alerts", "auto_topups"),
}
"""Optional keys, which may be left out where they are null or empty."""


def lines(*versions: str) -> dict[str, Line]:
    numbered = enumerate(LINES, 1)
    return {f"versions.jsonl:{number}": line for number, line in numbered if line["version"] in versions}


def differences(sent: Any, ours: Any, path: str = "$") -> Iterator[str]:
    """Name every place in which a document of ours says something else than the sender's."""
    if is_object(sent) and is_object(ours):
        for key in sent.keys() - ours.keys() - HIDDEN:
            if sent[key] or key not in LEFT_OUT:
                yield f"{path}.{key} is missing"
        yield from (f"{path}.{key} is new" for key in ours.keys() - sent.keys())
        for key in sent.keys() & ours.keys():
            yield from differences(sent[key], ours[key], f"{path}.{key}")
    elif is_list(sent) and is_list(ours) and len(sent) == len(ours):
        for index, (one, two) in enumerate(zip(sent, ours, strict=True)):
            yield from differences(one, two, f"{path}[{index}]")
    elif sent != ours:
        yield f"{path}: {sent!r} is {ours!r}"


def is_left_to_the_request(line: Line) -> bool:
    """Return whether the feature of a check is known only from its request: there is nothing to name it."""
    return line["kind"] == "check" and line["new"]["balance"] is None and line["new"]["flag"] is None


def test_an_older_client_is_answered_as_the_sender_answers() -> None:
    try_each(lines("2.0.0", "1.2.0").items(), is_answered_as_the_sender_answers)


def is_answered_as_the_sender_answers(line: Line) -> None:
    value = wire.snake.structure(line["new"], CLASSES[line["kind"]])
    ours = converter_for("snake", version=VERSIONS[line["version"]]).unstructure(value)
    sent = {key: value for key, value in line["old"].items() if key != "feature_id" or not is_left_to_the_request(line)}
    assert list(differences(sent, ours)) == []


@each_case
def test_what_was_read_is_written(case: Case) -> None:
    try_each(lines("2.0.0", "1.2.0").items(), lambda line: is_written_as_it_was_read(line, case))


def is_written_as_it_was_read(line: Line, case: Case) -> None:
    old = in_case(line["old"], case)
    converter = converter_for(case, version=VERSIONS[line["version"]], strict=True)
    written = converter.unstructure(converter.structure(old, CLASSES[line["kind"]]))
    assert list(differences(line["old"], in_case(written, "snake"))) == []


def test_the_newest_version_is_written_as_it_was_read() -> None:
    try_each(lines("2.2.0").items(), is_written)


def is_written(line: Line) -> None:
    value = wire.snake.structure(line["new"], CLASSES[line["kind"]])
    emptied = json.loads(json.dumps(line["new"]).replace('"id": "", ', ""))
    found = list(differences(emptied, wire.snake.unstructure(value)))
    assert [each for each in found if not each.endswith(".breakdown is new")] == []


@each_case
def test_a_document_tells_its_version(case: Case) -> None:
    try_each(lines(*VERSIONS).items(), lambda line: tells_its_version(line, case))


def tells_its_version(line: Line, case: Case) -> None:
    assert wire.version_of(in_case(line["new"], case)) is None
    tells_nothing = line["kind"] == "track" and line["old"].get("balance", 0) is None
    expected = None if tells_nothing else VERSIONS[line["version"]]
    assert wire.version_of(in_case(line["old"], case)) == expected


def test_there_are_lines_of_every_kind() -> None:
    kinds = {(line["version"], line["kind"]) for line in LINES}
    assert kinds == {(version, kind) for version in VERSIONS for kind in CLASSES}
