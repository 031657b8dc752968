"""Plain data: its fields follow the case of the format, its keys do not, and a document holds only so much of it."""

import pickle
from typing import Any

import pytest
from attrs import field, frozen
from payloads import Document, full, other, read, written
from wire_classes import each_case

from balances import CreditCost, Feature, InvalidMapping, UsageLimit
from balances.base.amounts import ONE, to_amount
from balances.base.fields import Value, named
from balances.wire import WireError, make_converter
from balances.wire.dialects import Case, Dialect
from balances.wire.generated import Generator
from balances.wire.scalars import AMOUNT
from balances.wire.tables import TABLES
from balances.wire.tables.rows import Table, optional

SNAKE = {
    "credit_cost": {
        "credit_cost": 8,
        "tier_behavior": "graduated",
        "tiers": [{"to": "inf", "credit_cost": 2, "some_key": 1}],
        "match": {"credit_cost": "1", "size_px": "2048"},
        "some_key": {"credit_cost": 1},
        "priority": 1,
    }
}
CAMEL = {
    "credit_cost": {
        "creditCost": 8,
        "tierBehavior": "graduated",
        "tiers": [{"to": "inf", "creditCost": 2, "some_key": 1}],
        "match": {"credit_cost": "1", "size_px": "2048"},
        "some_key": {"credit_cost": 1},
        "priority": 1,
    }
}


def test_fields_are_renamed_and_data_is_not() -> None:
    here = read({"metered_feature_id": "chat", "dimensions": SNAKE}, CreditCost, "snake")
    there = read({"meteredFeatureId": "chat", "dimensions": CAMEL}, CreditCost, "camel")
    assert here == there
    assert written(here, "snake")["dimensions"] == SNAKE
    assert written(here, "camel")["dimensions"] == CAMEL


def test_in_memory_the_names_are_in_snake_case() -> None:
    cost = read(full(CreditCost, "camel"), CreditCost, "camel")
    assert cost.dimensions["hd_size"]["credit_cost"] == 8
    feature = read(full(Feature, "camel"), Feature, "camel")
    assert feature.processors["stripe"]["product_id"] == "prod_1"
    assert feature.processors["stripe"]["levels"][3] == {"meter_id": True}


@each_case
def test_an_unknown_key_that_looks_like_a_field_changes_places_with_it(case: Case) -> None:
    both = {"a": {"credit_cost": 1, "creditCost": 2}}
    key = "meteredFeatureId" if case == "camel" else "metered_feature_id"
    cost = read({key: "chat", "dimensions": both}, CreditCost, case)
    assert written(cost, case)["dimensions"] == both
    assert written(cost, other(case))["dimensions"] == {"a": {"credit_cost": 2, "creditCost": 1}}
    assert cost.dimensions["a"]["credit_cost"] == (1 if case == "snake" else 2)


ODD: list[Any] = [5, None, "text", [1, [2]], {"x": None}, {"credit_cost": [{}]}]


@each_case
@pytest.mark.parametrize("odd", ODD)
def test_data_of_another_form_than_usual_is_kept_as_it_is(odd: Any, case: Case) -> None:
    document = {**full(Feature, case), "processors": {"stripe": odd, "some_key": odd}}
    assert written(read(document, Feature, case), case) == document


@each_case
def test_a_problem_in_plain_data_has_the_senders_own_path(case: Case) -> None:
    key = "creditCost" if case == "camel" else "credit_cost"
    document = {**full(CreditCost, case), "dimensions": {"hd_size": {key: float("nan")}}}
    with pytest.raises(WireError) as caught:
        read(document, CreditCost, case)
    assert [problem.path for problem in caught.value.problems] == [f"$.dimensions.hd_size.{key}"]


FEATURE: Document = {"id": "a", "name": "A", "type": "credit_system", "consumable": True, "archived": False}


def shared(leaf: list[Any], levels: int) -> Any:
    """Return a list that holds one list ten times, which holds one ten times, and so on."""
    for _ in range(levels):
        leaf = [leaf] * 10
    return leaf


def problems(document: Document) -> list[str]:
    with pytest.raises(WireError) as caught:
        read(document, Feature, "snake")
    return [str(problem) for problem in caught.value.problems]


def test_lists_and_mappings_are_counted_over_the_whole_document() -> None:
    one = {"metered_feature_id": "chat", "dimensions": {"a": shared([], 4)}}
    assert read({**FEATURE, "credit_schema": [one] * 8}, Feature, "snake").credit_schema[7].dimensions
    told = problems({**FEATURE, "credit_schema": [one] * 10, "processors": {"a": {}}})
    assert told[0] == "$.credit_schema[8].dimensions: expected at most 100,000 lists and mappings, got more"
    assert told[-1].startswith("$.processors: ")
    assert len(told) == 3


def test_values_are_counted_over_the_whole_document() -> None:
    one = {"metered_feature_id": "chat", "multipliers": {"a": shared([0] * 100, 3)}}
    assert read({**FEATURE, "credit_schema": [one] * 2}, Feature, "snake").credit_schema[1].multipliers
    told = problems({**FEATURE, "credit_schema": [one] * 3})
    message = "expected at most 250,000 values in lists and mappings, got more"
    assert told == [f"$.credit_schema[2].multipliers: {message}"]


def test_the_count_begins_anew_with_each_document() -> None:
    document = {**FEATURE, "processors": {"a": shared([0] * 100, 3)}}
    for _ in range(5):
        assert read(document, Feature, "snake").processors


def test_a_constructor_counts_what_it_is_given() -> None:
    with pytest.raises(InvalidMapping, match=r"^processors: expected at most 250,000 values in lists and mappings, "):
        Feature(id="a", name="A", type="metered", consumable=True, processors={"a": shared([0] * 100, 4)})


@pytest.mark.parametrize(
    ("part", "most", "what"), [([], 99_998, "100,000 lists and mappings"), (0, 249_999, "250,000 values")]
)
def test_as_much_plain_data_is_taken_as_is_said(part: Any, most: int, what: str) -> None:
    made: dict[str, Any] = {"id": "a", "name": "A", "type": "metered", "consumable": True}
    assert len(Feature(**made, processors={"a": [part] * most}).processors["a"]) == most
    with pytest.raises(InvalidMapping, match=f"^processors: expected at most {what}"):
        Feature(**made, processors={"a": [part] * (most + 1)})


@each_case
def test_strict_reading_takes_any_key_of_plain_data(case: Case) -> None:
    document = {**full(Feature, case), "processors": {"stripe": {"tomorrow": 1}, "to_morrow": 2}}
    assert make_converter(case, strict=True).structure(document, Feature) == read(document, Feature, case)


@frozen(kw_only=True, repr=False, field_transformer=named)
class Priced(Value):
    """A class with an optional amount whose default is neither nothing nor zero."""

    rate: Any = field(converter=to_amount, default=ONE)


def test_an_optional_amount_may_have_any_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLES, Priced, Table(Priced, (optional("rate", AMOUNT),)))
    dump = Generator(Dialect(case="snake")).dumper(Priced)
    assert dump(Priced()) == {}
    assert dump(Priced(rate=2)) == {"rate": 2}
    assert make_converter("snake").structure({}, Priced) == Priced(rate=1)


def test_every_name_in_generated_source_comes_from_a_shape() -> None:
    for table in TABLES.values():
        for name, thing in (pair for key in table.keys for pair in key.shape.names.items()):
            assert name.startswith("known_") or getattr(thing, "__name__", name) == name
    assert "known_Interval" in {name for key in TABLES[UsageLimit].keys for name in key.shape.names}


def test_plain_data_can_be_pickled() -> None:
    document: Document = {"metered_feature_id": "chat", "dimensions": {"a": {"b": [1, {}]}}}
    cost = read(document, CreditCost, "snake")
    assert pickle.loads(pickle.dumps(cost)) == cost  # noqa: S301  (our own)
