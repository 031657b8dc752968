"""A plan item keeps all that it was sent with. A request may leave most of it out. A rule has two spellings."""

from typing import Any

import pytest
from payloads import Document, full, is_list, is_object, path_in_case, read, replaced, same, written
from wire_classes import each_case

from balances import InvalidMapping, PlanItem, PlanPrice, Price, RolloverRule, Tier
from balances.wire import WireError, make_converter
from balances.wire.dialects import Case

KEPT = ["display", "feature", "threshold_billing", "expiry", "feature_override", "proration"]


def test_what_a_plan_item_was_sent_with_is_there() -> None:
    item = read(full(PlanItem), PlanItem, "snake")
    for name in KEPT:
        assert getattr(item, name) == tupled(full(PlanItem)[name])
    assert item.pooled is False
    assert item.price.processors == {"stripe": {"price_id": "price_1"}}
    assert [currency["currency"] for currency in item.price.additional_currencies] == ["eur", "gbp"]
    assert read(full(Tier), Tier, "snake").additional_currencies[0]["flat_amount"] == 4


def tupled(data: Any) -> Any:
    if is_object(data):
        return {key: tupled(value) for key, value in data.items()}
    return tuple(map(tupled, data)) if is_list(data) else data


def test_the_fields_in_it_are_renamed_on_the_wire_and_nowhere_else() -> None:
    shown = written(read(full(PlanItem), PlanItem, "snake"), "camel")
    assert shown["display"] == {"primaryText": "100 messages", "secondaryText": "then 0.5 each"}
    assert shown["feature"]["creditSchema"] == [{"meteredFeatureId": "chat", "creditCost": 2}]
    assert shown["featureOverride"]["markups"]["modelMarkups"] == {"local_model": {"inputCost": 1}}
    assert shown["price"]["additionalCurrencies"][0]["flatAmount"] == 4
    assert shown["price"]["processors"] == {"stripe": {"priceId": "price_1"}}
    assert shown["proration"] == {"onIncrease": "bill_immediately", "onDecrease": "none"}


@each_case
@pytest.mark.parametrize("key", [*KEPT, "pooled"])
def test_what_is_null_or_missing_is_left_out(key: str, case: Case) -> None:
    there = path_in_case(f"$.{key}", case)[2:]
    without = {name: value for name, value in full(PlanItem, case).items() if name != there}
    for document in (without, {**without, there: None}):
        assert same(written(read(document, PlanItem, case), case), without)


def test_a_processor_that_is_null_is_kept() -> None:
    document = {"billing_method": "prepaid", "billing_units": 1, "max_purchase": None, "processors": {"stripe": None}}
    assert written(read(document, PlanPrice, "snake"), "snake") == document


def test_the_price_of_a_balance_keeps_what_a_tier_was_sent_with() -> None:
    tier = read(full(Tier), Tier, "snake")
    price = PlanPrice(billing_method="usage_based", tiers=[tier], processors={"stripe": {"price_id": "p"}}).price
    assert price == Price(billing_method="usage_based", tiers=[tier])


def test_prices_in_other_currencies_are_mappings_of_plain_data() -> None:
    wrong: Any = "eur"
    with pytest.raises(TypeError, match=r"^additional_currencies: expected a sequence of Mapping, got 'eur'$"):
        Tier(to=None, amount=1, additional_currencies=wrong)
    with pytest.raises(TypeError, match=r"^additional_currencies: expected a Mapping at index 0, got 'eur'$"):
        Tier(to=None, amount=1, additional_currencies=[wrong])
    with pytest.raises(InvalidMapping, match=r"^additional_currencies: expected finite numbers, got nan$"):
        PlanPrice(billing_method="prepaid", additional_currencies=[{"amount": float("nan")}])


@each_case
def test_a_request_may_leave_out_what_a_response_always_has(case: Case) -> None:
    document: Document = {"feature_id": "messages", "price": {"billing_method": "prepaid"}}
    if case == "camel":
        document = {"featureId": "messages", "price": {"billingMethod": "prepaid"}}
    price = PlanPrice(billing_method="prepaid", billing_units=1, max_purchase=None)
    item = read(document, PlanItem, case)
    assert item == PlanItem(feature_id="messages", included=0, unlimited=False, reset=None, price=price)
    assert set(written(item, case)) == set(full(PlanItem, case)) - {
        path_in_case(f"$.{key}", case)[2:] for key in [*KEPT, "pooled", "rollover"]
    }


@each_case
@pytest.mark.parametrize("path", ["$.included", "$.unlimited", "$.price.billing_units"])
def test_what_may_be_missing_is_still_not_null(path: str, case: Case) -> None:
    place: Any = path_in_case(path, case)[2:].split(".")
    with pytest.raises(WireError) as caught:
        read(replaced(full(PlanItem, case), tuple(place), None), PlanItem, case)
    assert [problem.path for problem in caught.value.problems] == [path_in_case(path, case)]


RULES: list[tuple[Document, RolloverRule]] = [
    ({"max": 50, "length": 3, "duration": "month"}, RolloverRule(max=50, months=3)),
    ({"max": None, "max_percentage": 20, "length": 3}, RolloverRule(max_percentage=20, months=3)),
    ({"length": 3, "duration": None}, RolloverRule(months=3)),
    ({"max": 50, "duration": "month"}, RolloverRule(max=50, months=1)),
    ({"max": 50, "length": 0, "duration": "forever"}, RolloverRule(max=50)),
    ({"max": 50, "length": 12, "duration": "forever"}, RolloverRule(max=50)),
    ({"expiry_duration_type": "forever", "expiry_duration_length": 0}, RolloverRule()),
    ({"expiry_duration_type": "forever", "expiry_duration_length": 7}, RolloverRule()),
    ({"expiry_duration_type": "month", "length": 2}, RolloverRule(months=2)),
]


@pytest.mark.parametrize(("document", "rule"), RULES, ids=str)
@pytest.mark.parametrize("strict", [False, True])
def test_a_rollover_rule_is_read_in_both_its_spellings(document: Document, rule: RolloverRule, *, strict: bool) -> None:
    assert make_converter("snake", strict=strict).structure(document, RolloverRule) == rule


def test_a_rollover_rule_is_written_in_the_spelling_of_plans() -> None:
    rule = read({"max": 50, "length": 3, "duration": "month"}, RolloverRule, "snake")
    assert written(rule, "snake") == {"max": 50, "expiry_duration_type": "month", "expiry_duration_length": 3}


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({"length": 0, "duration": "month"}, "$.length", "expected a whole number of at least 1, got 0"),
        ({"length": 0}, "$.length", "expected a whole number of at least 1, got 0"),
        ({"max": 5}, "$.expiry_duration_type", 'expected "month" or "forever", but the key is missing'),
        ({"length": 1, "duration": "day"}, "$.duration", 'expected "month" or "forever", got \'day\''),
    ],
)
def test_a_rollover_rule_that_does_not_fit_is_told_in_its_own_spelling(
    document: Document, path: str, message: str
) -> None:
    with pytest.raises(WireError) as caught:
        read(document, RolloverRule, "snake")
    assert [str(problem) for problem in caught.value.problems] == [f"{path}: {message}"]
