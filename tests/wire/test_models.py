"""Classes of the wire are fields of pydantic models, and bodies and responses of FastAPI."""

import json
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

import pytest
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, meta
from pydantic import BaseModel, ConfigDict, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from wire_classes import BY_NAME, each_class, few

from balances import (
    Balance,
    BillingControls,
    Breakdown,
    Decision,
    Flag,
    PlanItem,
    Price,
    Reset,
    Rollover,
    Tier,
    UsageLimit,
    check,
    combine,
    wire,
)
from balances.testing.strategies import payloads, values
from balances.wire.dialects import in_camel_case
from balances.wire.paths import at_index, at_key, steps_of
from balances.wire.registry import known_table_of

ITEM = Breakdown(
    id="plan",
    included_grant=100,
    usage=2.5,
    reset=Reset(interval="month"),
    price=Price(billing_method="usage_based", tiers=[Tier(to=None, amount=0.1)]),
)
BALANCE = combine([ITEM], [Rollover(balance=Decimal("0.12345678901234567890"))], feature_id="messages")
FLAG = Flag(id="flag_1", feature_id="sso")


class Order(BaseModel):
    """What a user may write."""

    number: int
    balance: Balance
    flags: dict[str, Flag | None] = {}
    controls: BillingControls | None = None


ORDER = Order(number=7, balance=BALANCE, flags={"sso": FLAG, "sso2": None})


def errors_of(error: ValidationError) -> list[tuple[Any, ...]]:
    return [(each["loc"], each["msg"], each["input"]) for each in error.errors()]


Mode: TypeAlias = Literal["validation", "serialization"]


def adapter_of(of: Any) -> TypeAdapter[Any]:
    return TypeAdapter(of)


@cache
def adapter_named(name: str) -> TypeAdapter[Any]:
    return adapter_of(BY_NAME[name])


@cache
def described(name: str, mode: Mode) -> Draft202012Validator:
    """Return the schema of a class in camelCase. To make it takes longer than to try it."""
    schema = adapter_of(Annotated[BY_NAME[name], wire.camel]).json_schema(mode=mode)
    meta.validate(schema)
    return Draft202012Validator(schema)


def misfits(document: Any, cls: type[Any], mode: Mode) -> list[str]:
    return [error.message for error in described(cls.__name__, mode).iter_errors(document)]


@each_class
@few
@given(st.data())
def test_a_value_is_written_and_read_by_pydantic(cls: type[Any], data: st.DataObject) -> None:
    adapter, value = adapter_named(cls.__name__), data.draw(values(cls, exact=True))
    assert adapter.validate_python(value) is value
    assert adapter.validate_python(adapter.dump_python(value)) == value
    assert json.loads(adapter.dump_json(value)) == wire.snake.unstructure(value)


@each_class
@few
@given(st.data())
def test_a_payload_fits_the_schemas(cls: type[Any], data: st.DataObject) -> None:
    payload = data.draw(payloads(cls, "camel"))
    assert misfits(payload, cls, "validation") == []
    written = wire.camel.unstructure(wire.camel.structure(payload, cls))
    assert misfits(written, cls, "serialization") == []


@each_class
@few
@given(st.data())
def test_a_schema_refuses_what_cannot_be_read(cls: type[Any], data: st.DataObject) -> None:
    payload = data.draw(payloads(cls, "camel"))
    for key in known_table_of(cls).keys:
        name = in_camel_case(key.name)
        rest = {other: value for other, value in payload.items() if other != name}
        # Whether this one may be missing depends on another key.
        if name != "expiryDurationType":
            assert bool(misfits(rest, cls, "validation")) == (not can_be_read(rest, cls))
        # No key may hold a list in a list.
        assert misfits(payload | {name: [[1]]}, cls, "validation")
    assert misfits([payload], cls, "validation")


def can_be_read(payload: Any, cls: type[Any]) -> bool:
    try:
        wire.camel.structure(payload, cls)
    except wire.WireError:
        return False
    return True


@each_class
def test_a_schema_lists_the_keys(cls: type[Any]) -> None:
    schema = adapter_named(cls.__name__).json_schema()
    assert list(schema["properties"]) == [key.name for key in known_table_of(cls).keys]
    assert schema["title"] == cls.__name__
    assert schema["description"] == str(cls.__doc__).partition("\n")[0]


def test_a_model_is_written_exactly_and_read_back() -> None:
    dumped = ORDER.model_dump()
    assert dumped["balance"]["breakdown"][0]["usage"] == Decimal("2.5")
    assert dumped["flags"] == {"sso": wire.snake.unstructure(FLAG), "sso2": None}
    assert Order.model_validate(dumped) == ORDER


def test_json_has_the_numbers_of_the_converter() -> None:
    as_json = ORDER.model_dump(mode="json")
    assert as_json["balance"] == wire.snake.unstructure(BALANCE)
    assert as_json == json.loads(ORDER.model_dump_json())
    assert '"granted":100.12345678901235,' in ORDER.model_dump_json()
    assert Order.model_validate_json(ORDER.model_dump_json()) == Order.model_validate(as_json)


def test_an_instance_is_kept_as_it_is() -> None:
    assert ORDER.balance is BALANCE
    assert Order.model_validate({"number": 7, "balance": BALANCE}, strict=True).balance is BALANCE
    assert ORDER.model_copy(deep=True) == ORDER


def test_reading_guesses_nothing_so_strict_mode_changes_nothing() -> None:
    class Strict(Order):
        model_config = ConfigDict(strict=True)

    assert Strict.model_validate(ORDER.model_dump()).balance == BALANCE
    assert Strict.model_validate_json(ORDER.model_dump_json()).balance.usage == Decimal("2.5")
    for model in (Order, Strict):
        with pytest.raises(ValidationError, match="expected a number, got '5'"):
            model.model_validate({"number": 7, "balance": {**ORDER.model_dump()["balance"], "usage": "5"}})


def test_each_problem_is_an_error_at_its_key() -> None:
    broken = {"feature_id": "messages", "granted": "5", "remaining": 1, "usage": 1, "unlimited": 0}
    parts = {"overage_allowed": False, "breakdown": [wire.snake.unstructure(ITEM) | {"usage": True}]}
    with pytest.raises(ValidationError) as caught:
        Order.model_validate({"number": "x", "balance": broken | parts, "flags": {"it's 1": {"id": "a"}}})
    assert errors_of(caught.value)[1:] == [
        (("balance", "granted"), "expected a number, got '5'", "5"),
        (("balance", "unlimited"), "expected True or False, got 0", 0),
        (("balance", "breakdown", 0, "usage"), "expected a number, got True", True),
        (("flags", "it's 1", "feature_id"), "expected a string, but the key is missing", {"id": "a"}),
    ]
    assert errors_of(caught.value)[0][0] == ("number",)
    assert {each["type"] for each in caught.value.errors()[1:]} == {"wire_error"}
    assert str(caught.value).startswith("5 validation errors for Order\n")


def test_an_error_stands_at_its_index() -> None:
    with pytest.raises(ValidationError, match=r"^1 validation error for list\[.*Balance.*\]\n1\n") as caught:
        TypeAdapter(list[Balance]).validate_python([BALANCE, FLAG])
    assert errors_of(caught.value) == [((1,), "expected an object, got an object of type Flag", FLAG)]


def test_a_message_with_braces_is_kept() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Flag).validate_python({"id": "a", "feature_id": "sso", "expires_at": "{id} {"})
    assert caught.value.errors()[0]["msg"] == "expected a time in epoch milliseconds, got '{id} {'"
    assert "ctx" not in caught.value.errors()[0]


@given(st.lists(st.integers(0, 10**9) | st.text()))
def test_the_steps_of_a_path_are_the_keys_and_indexes(steps: list[int | str]) -> None:
    path = "$"
    for step in steps:
        path = at_index(path, step) if isinstance(step, int) else at_key(path, step)
    assert steps_of(path) == tuple(steps)


def test_the_rest_of_a_path_is_one_step() -> None:
    assert steps_of("$.metadata[1.5].more") == ("metadata", "[1.5].more")
    assert steps_of("$.metadata['long... (999 characters)") == ("metadata", "['long... (999 characters)")


def test_of_a_union_the_class_is_read_that_fits() -> None:
    adapter = adapter_of(Balance | Flag)
    assert adapter.validate_python(FLAG) is FLAG
    assert adapter.validate_json(adapter.dump_json(FLAG)) == FLAG
    assert adapter.validate_python(adapter.dump_python(BALANCE)) == BALANCE
    with pytest.raises(ValidationError):
        adapter.validate_python({"id": "flag_1"})


@pytest.mark.parametrize(
    ("converter", "key", "usage"),
    [
        (wire.camel, "featureId", 2.5),
        (wire.make_converter("camel", exact="text"), "featureId", "2.5"),
        (wire.make_converter("snake", version="2.0"), "feature_id", 2.5),
        (wire.make_converter("snake", version="1.2"), "id", 2.5),
        (wire.camel.copy(), "featureId", 2.5),
    ],
)
def test_an_annotation_chooses_another_format(converter: Any, key: str, usage: object) -> None:
    adapter = adapter_of(Annotated[Balance, converter])
    written = json.loads(adapter.dump_json(BALANCE))
    assert written == converter.unstructure(BALANCE)
    assert (written[key], written["usage"]) == ("messages", usage)
    assert adapter.validate_python(written) == converter.structure(written, Balance)
    assert Draft202012Validator(adapter.json_schema(mode="validation")).is_valid(written)
    assert Draft202012Validator(adapter.json_schema(mode="serialization")).is_valid(written)


def test_a_strict_format_forbids_other_keys() -> None:
    adapter = adapter_of(Annotated[Flag, wire.make_converter("snake", strict=True)])
    assert adapter.json_schema()["additionalProperties"] is False
    with pytest.raises(ValidationError, match="unknown key"):
        adapter.validate_python({"id": "a", "feature_id": "sso", "more": 1})
    assert "additionalProperties" not in TypeAdapter(Flag).json_schema()


def test_two_formats_stand_in_one_model() -> None:
    class Both(BaseModel):
        snake: Balance
        camel: Annotated[Balance, wire.camel]

    definitions = Both.model_json_schema()["$defs"]
    assert sum("includedGrant" in each["properties"] for each in definitions.values()) == 1
    assert sum("included_grant" in each["properties"] for each in definitions.values()) == 1


def test_a_schema_defines_each_class_once() -> None:
    schema = Order.model_json_schema()
    assert schema["properties"]["balance"] == {"$ref": "#/$defs/Balance"}
    assert {"Balance", "Breakdown", "Price", "Reset", "Rollover", "Tier"} < set(schema["$defs"])
    breakdown = schema["$defs"]["Breakdown"]
    assert breakdown["required"] == ["included_grant", "prepaid_grant", "remaining", "usage", "unlimited"]
    assert breakdown["properties"]["reset"] == {"anyOf": [{"$ref": "#/$defs/Reset"}, {"type": "null"}]}


def test_a_default_of_a_field_is_in_the_schema() -> None:
    class Settings(BaseModel):
        rule: UsageLimit = UsageLimit(feature_id="messages", limit=5, interval="day")

    default = Settings.model_json_schema()["properties"]["rule"]["default"]
    assert default == {"feature_id": "messages", "enabled": True, "limit": 5, "interval": "day"}


def test_a_class_without_a_wire_shape_is_refused_as_ever() -> None:
    with pytest.raises(PydanticSchemaGenerationError):
        TypeAdapter(Decision)
    adapter = TypeAdapter(Decision, config=ConfigDict(arbitrary_types_allowed=True))
    decision = check(BALANCE, 5)
    assert adapter.validate_python(decision) is decision
    with pytest.raises(TypeError, match=r"expected a class with a wire shape, got list\[balances.Balance\]"):
        TypeAdapter(Annotated[list[Balance], wire.camel])


def test_a_plan_without_a_dated_reset_is_described() -> None:
    schema = TypeAdapter(PlanItem).json_schema()
    reset = schema["properties"]["reset"]["anyOf"][0]["$ref"].removeprefix("#/$defs/")
    assert list(schema["$defs"][reset]["properties"]) == ["interval", "interval_count"]


app = FastAPI()


@app.post("/orders")
def keep(order: Order) -> Order:
    """Answer an order."""
    return order


@app.post("/balances")
def keep_balance(balance: Annotated[Balance, Body()]) -> list[Balance]:
    """Answer a balance, twice."""
    return [balance, balance]


def test_fastapi_reads_and_answers() -> None:
    client = TestClient(app)
    order = ORDER.model_dump(mode="json")
    assert client.post("/orders", json=order).json() == order
    assert client.post("/balances", json=order["balance"]).json() == [order["balance"]] * 2
    refused = client.post("/balances", json=order["balance"] | {"usage": "5"})
    assert refused.status_code == 422
    assert [(each["loc"], each["msg"]) for each in refused.json()["detail"]] == [
        (["body", "usage"], "expected a number, got '5'")
    ]


def test_the_page_of_fastapi_describes_both_directions() -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert "breakdown" not in schemas["Balance-Input"]["required"]
    assert "breakdown" in schemas["Balance-Output"]["required"]
