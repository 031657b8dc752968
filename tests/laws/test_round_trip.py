"""Law: a value that is written and read again is the same value. The two formats differ in the names of keys only.

With `exact` this holds for every value, and without it for every value that the wire can say.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from other_keys import CREDIT_SCHEMA, OTHERS, class_inside, own_keys
from wire_classes import CASES, each_case, each_class, few

from balances import Balance, Breakdown, InvalidAmount, Reset, wire
from balances.base.shown import is_list, is_mapping
from balances.testing.strategies import payloads, values
from balances.wire.dialects import Case
from balances.wire.leaves import SURELY_EXACT
from balances.wire.registry import known_table_of

READY_MADE: list[Any] = [wire.snake, wire.camel]
EXACT: list[Any] = [wire.make_converter(case, exact=True) for case in CASES]
WITH_HIDDEN_KEYS = wire.make_converter("snake", exact=True, internal=True, strict=True)
# Which keys of plain data are fields, stated a second time: an object's fields by name, or `[fields]` for each value.
DIMENSIONS: Any = CREDIT_SCHEMA[0]["dimensions"]
MULTIPLIERS: Any = CREDIT_SCHEMA[0]["multipliers"]
MARKUPS: dict[str, Any] = {
    "default_markup": {},
    "provider_markups": [{"markup": {}}],
    "model_markups": [{"markup": {}, "input_cost": {}, "output_cost": {}}],
}
PLAIN: dict[str, Any] = {
    "additional_currencies": [{"currency": {}, "amount": {}, "flat_amount": {}}],
    "dimensions": DIMENSIONS,
    "multipliers": MULTIPLIERS,
    "processors": [{"product_id": {}, "meter_id": {}, "price_id": {}}],
    "expiry": {"duration": {}, "length": {}},
    "threshold_billing": {"threshold": {}},
    "feature_override": {"credit_schema": CREDIT_SCHEMA, "markups": MARKUPS},
    "proration": {"on_increase": {}, "on_decrease": {}},
}
PLAIN_OF_A_PLAN: dict[str, Any] = {
    "display": {"primary_text": {}, "secondary_text": {}},
    "feature": {
        "id": {}, "type": {}, "name": {}, "archived": {}, "credit_schema": CREDIT_SCHEMA,
        "display": {"singular": {}, "plural": {}},
    },
}  # fmt: skip


def camel(key: str) -> str:
    """Rename a key by hand: a second way to what the dialects do."""
    head, *tail = key.split("_")
    return head + "".join(part.title() for part in tail)


def renamed(payload: Any) -> Any:
    """Rename every key of a snake_case payload, but none that is data."""
    if is_list(payload):
        return [renamed(item) for item in payload]
    if not is_mapping(payload):
        return payload
    plain = PLAIN | (PLAIN_OF_A_PLAN if "included" in payload else {})
    return {camel(key): renamed_under(key, value, plain) for key, value in payload.items()}


def renamed_under(key: str, value: Any, plain: dict[str, Any]) -> Any:
    """Leave the keys of a map as they are; those of the objects in it are renamed."""
    if key in plain:
        return renamed_fields(value, plain[key])
    if key.endswith("markups"):
        return {name: renamed(part) for name, part in value.items()}
    if key in {"balances", "flags"} and is_mapping(value):
        return {name: renamed(part) for name, part in value.items()}
    return value if key == "properties" else renamed(value)


def renamed_fields(data: Any, fields: Any) -> Any:
    """Rename the fields of plain data. An unknown key that looks like one changes places with it."""
    if is_list(fields):
        inner = fields[0]
        if is_mapping(data):
            return {key: renamed_fields(value, inner) for key, value in data.items()}
        return [renamed_fields(value, inner) for value in data] if is_list(data) else data
    if not is_mapping(data):
        return data
    swapped = {camel(name): name for name in fields} | {name: camel(name) for name in fields}
    return {swapped.get(key, key): renamed_fields(value, fields.get(key, {})) for key, value in data.items()}


def renamed_response(cls: type[Any], payload: Any) -> Any:
    """Rename the keys of a response: those that have an attribute, and the fields among the others."""
    own = own_keys(cls)
    others = renamed_fields(
        {key: value for key, value in payload.items() if key not in own}, OTHERS[cls] | {key: {} for key in own}
    )
    return others | {camel(key): renamed_inside(cls, key, payload) for key in payload if key in own}


def renamed_inside(cls: type[Any], key: str, payload: Any) -> Any:
    """Rename the keys under a key that has an attribute."""
    value, inside = payload[key], class_inside(cls, key, payload)
    if inside:
        return [renamed_response(inside, item) for item in value] if is_list(value) else renamed_response(inside, value)
    if key == "data" or value is None:
        return value
    if key == "usage_alert":
        return renamed_fields(value, {"name": {}, "threshold": {}, "threshold_type": {}})
    return renamed_under(key, value, PLAIN)


def leaves(payload: Any) -> list[Any]:
    """Return everything in a payload that is neither a list nor a dict, and every key."""
    if is_mapping(payload):
        return [leaf for key, value in payload.items() for leaf in (key, *leaves(value))]
    if is_list(payload):
        return [leaf for item in payload for leaf in leaves(item)]
    return [payload]


@each_class
@few
@given(data=st.data())
def test_a_value_survives_the_wire(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls))
    for converter in READY_MADE:
        assert converter.structure(converter.unstructure(value), cls) == value


@each_class
@few
@given(data=st.data())
def test_a_value_survives_json_text(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls))
    for converter in READY_MADE:
        text = json.dumps(converter.unstructure(value), allow_nan=False)
        assert converter.structure(json.loads(text), cls) == value
        assert converter.structure(json.loads(text, parse_float=Decimal), cls) == value


@each_class
@few
@given(data=st.data())
def test_any_value_survives_the_exact_wire(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls, exact=True))
    for converter in EXACT:
        assert converter.structure(converter.unstructure(value), cls) == value


@each_class
@each_case
@few
@given(data=st.data())
def test_writing_what_was_read_changes_nothing_more(cls: type[Any], case: Case, data: st.DataObject) -> None:
    payload = data.draw(payloads(cls, case))
    converter = READY_MADE[CASES.index(case)]
    canonical = converter.unstructure(converter.structure(payload, cls))
    assert converter.unstructure(converter.structure(canonical, cls)) == canonical


@each_class
@few
@given(data=st.data())
def test_the_formats_differ_in_the_names_of_keys_only(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls))
    written = wire.snake.unstructure(value)
    assert wire.camel.unstructure(value) == (renamed_response(cls, written) if cls in OTHERS else renamed(written))


@each_class
@few
@given(data=st.data())
def test_only_json_types_are_written(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls))
    for converter in READY_MADE:
        assert {type(leaf) for leaf in leaves(converter.unstructure(value))} <= {str, int, float, bool, type(None)}


@each_class
@few
@given(data=st.data())
def test_the_hidden_keys_are_written_only_when_asked_for(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls))
    plain = EXACT[CASES.index("snake")].unstructure(value)
    with_hidden = WITH_HIDDEN_KEYS.unstructure(value)
    assert set(with_hidden) - set(plain) == set(known_table_of(cls).internal)
    # What a whole response keeps beside its attributes is unknown to a strict converter.
    converter = EXACT[CASES.index("snake")] if cls in OTHERS else WITH_HIDDEN_KEYS
    assert converter.structure(with_hidden, cls) == value


@each_case
def test_an_overage_that_no_double_holds_is_an_error(case: Case) -> None:
    item = Breakdown(included_grant=-1e308, remaining=1e308, usage=1e308)
    with pytest.raises(InvalidAmount, match="expected a number that a double can hold, got 3000"):
        wire.make_converter(case, internal=True).unstructure(item)
    assert wire.make_converter(case, internal=True, exact=True).unstructure(item)["overage"] == 3 * 10**308


def test_the_derived_overage_is_written_with_the_items() -> None:
    item = {"included_grant": 100, "prepaid_grant": 50, "remaining": 0, "usage": 180, "unlimited": False}
    totals = {"granted": 150, "remaining": 0, "usage": 180, "unlimited": False, "overage_allowed": True}
    balance = wire.snake.structure({"feature_id": "messages", **totals, "breakdown": [item]}, Balance)
    written = wire.make_converter("camel", internal=True).unstructure(balance)
    assert written["object"] == "balance"
    assert written["breakdown"][0]["object"] == "balance_breakdown"
    assert written["breakdown"][0]["overage"] == 30


@pytest.mark.parametrize("name", ["feature_id", "next_reset_at", "id", "expiry_duration_length"])
def test_camel_case_can_be_undone(name: str) -> None:
    assert re.sub("([A-Z])", lambda found: f"_{found[1].lower()}", camel(name)) == name


def moment_of(milliseconds: int) -> datetime:
    """Read a moment from the wire."""
    reset = wire.snake.structure({"interval": "month", "resets_at": milliseconds}, Reset)
    assert reset.resets_at is not None
    return reset.resets_at


@given(st.integers(-(10**13), 10**13))
def test_whole_milliseconds_are_read_to_the_microsecond(milliseconds: int) -> None:
    epoch, step = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
    assert moment_of(milliseconds) == epoch + milliseconds * step


def test_so_are_those_at_the_end_of_the_quick_way() -> None:
    last = datetime(1970, 1, 1, tzinfo=UTC) + SURELY_EXACT * timedelta(milliseconds=1)
    for less in range(-2, 5000):
        assert moment_of(SURELY_EXACT - less) == last - less * timedelta(milliseconds=1)
