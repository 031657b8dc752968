"""Rollover rules that only stores of our own can hold: their keys, and the error where others would read them."""

from decimal import Decimal
from typing import Any

import pytest

from balances import InvalidRule, PlanItem, RolloverRule
from balances.wire import make_converter
from balances.wire.dialects import Case

CASES: tuple[Case, ...] = ("snake", "camel")
RULES = [
    RolloverRule(share=50),
    RolloverRule(max=10, share=Decimal("33.3"), days=90),
    RolloverRule(max_percentage=50, resets=3),
    RolloverRule(share=0, months=2),
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_the_wire_cannot_say_is_an_error_when_it_is_written(rule: RolloverRule, case: Case) -> None:
    converter = make_converter(case)
    name = next(name for name in ("share", "days", "resets") if getattr(rule, name) is not None)
    message = rf"^{name}: expected none in a rule for the wire, got "
    with pytest.raises(InvalidRule, match=message):
        converter.unstructure(rule)
    with pytest.raises(InvalidRule, match=message):
        converter.unstructure(PlanItem(feature_id="messages", rollover=rule))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rule", [*RULES, RolloverRule(max=5, months=1), RolloverRule()])
def test_stores_of_our_own_write_every_rule_and_both_formats_read_it(rule: RolloverRule, case: Case) -> None:
    own = make_converter(case, internal=True, exact=True)
    document = own.unstructure(rule)
    assert make_converter(case, exact=True).structure(document, RolloverRule) == rule
    plan = PlanItem(feature_id="messages", rollover=rule)
    assert make_converter(case).structure(own.unstructure(plan), PlanItem) == plan


def test_its_keys_are_those_of_the_attributes() -> None:
    own = make_converter("snake", internal=True)
    assert own.unstructure(RolloverRule(share=50, days=90)) == {
        "max": None,
        "expiry_duration_type": "forever",
        "share": 50,
        "days": 90,
    }


@pytest.mark.parametrize(
    "wrong", [{"share": 101}, {"share": -1}, {"days": 0}, {"resets": 1.5}, {"days": 1, "resets": 1}, {"share": "5"}]
)
def test_a_wrong_one_is_refused(wrong: dict[str, Any]) -> None:
    document = {"max": None, "expiry_duration_type": "forever", **wrong}
    with pytest.raises(ValueError, match=r"share|days|resets"):
        make_converter("snake").structure(document, RolloverRule)
