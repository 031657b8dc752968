"""What is asked of the reading of documents, for whatever bytes: `fuzz_reading.py` has a fuzzer make them.

Bytes are choices. They choose a class, a format and a version, take the full document of that class apart, and put odd
things in. A document that is read is a value that is written and read again. Any other is one `WireError`. The quick
reading must agree with the careful one.
"""

import json
import struct
from decimal import Decimal
from typing import Any, Final

from choices import Choices
from payloads import deleted, found_at, full, places, replaced, same
from wire_classes import CASES, CLASSES

from balances import wire
from balances.base.frozen import Tally
from balances.wire.dialects import Dialect
from balances.wire.generated import MISFITS, Generator
from balances.wire.reading import Reading

VERSIONS: Final = (None, None, "2.0", "1.2")
DIALECTS: Final = [Dialect(case=case, strict=strict) for case in CASES for strict in (False, True)]
GENERATORS: Final = {dialect: Generator(dialect) for dialect in DIALECTS}
CONVERTERS: Final[dict[Any, Any]] = {
    (case, version): wire.make_converter(case, version=version, internal=True) for case in CASES for version in VERSIONS
}
ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 5e-324, float("nan"), float("inf"), 10**400, 2**63, 253402300799999,
    -62135596800001, Decimal("NaN"), Decimal("1E+999"), Decimal("1E-999999"), "", "inf", "\ud800", "month", "1", [], {},
    [[]], {"": 0}, (), object(),
)  # fmt: skip


def document_of(choices: Choices, cls: type, case: Any) -> Any:
    """Take the full document of a class apart, as the choices say."""
    document: Any = full(cls, case)
    for _ in range(choices.below(5)):
        if not isinstance(document, dict | list):
            break
        found = list(places(document))
        place, other = choices.one(found), choices.one(found)
        value = found_at(document, other) if choices.below(4) == 0 else _anything(choices)
        if not place:
            document = value
        else:
            document = deleted(document, place) if choices.below(4) == 0 else replaced(document, place, value)
    return document


def _anything(choices: Choices) -> Any:
    way, size = choices.below(8), choices.below(24)
    if way == 0:
        return int.from_bytes(choices.take(8), "little", signed=True)
    if way == 1:
        return struct.unpack("d", choices.take(8))[0]
    if way == 2:
        return choices.take(size).decode("utf-8", "replace")
    if way == 3:
        try:
            return json.loads(choices.take(size).decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return None
    return choices.one(ODD)


def read(cls: type, document: Any, case: Any, version: Any) -> None:
    """Read a document; what is read is written, and what is read of that is written alike."""
    converter = CONVERTERS[case, version]
    try:
        value = converter.structure(document, cls)
    except wire.WireError as error:
        told = str(error)
        assert len(told) < 2000
        return
    written = converter.unstructure(value)
    again = converter.structure(written, cls)
    assert type(again) is type(value)
    assert converter.unstructure(again) == written


def agree(cls: type, document: Any, dialect: Dialect) -> None:
    """See that the careful reading reads the same as the quick one."""
    try:
        quick = GENERATORS[dialect].loader(cls)(document, Tally())
    except MISFITS:
        return
    reading = Reading(dialect)
    careful = reading.read_object(cls, document, "$")
    assert reading.problems == []
    assert same(quick, careful)


def one_input(raw: bytes) -> None:
    choices = Choices(raw)
    cls, case, version = choices.one(CLASSES), choices.one(CASES), choices.one(VERSIONS)
    document = document_of(choices, cls, case)
    read(cls, document, case, version)
    if version is None:
        for dialect in DIALECTS:
            if dialect.case == case:
                agree(cls, document, dialect)
