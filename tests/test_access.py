"""Whether this much may be used now: every rule of the decision, and what a filter matches."""

from decimal import Decimal
from typing import Any, cast

import pytest
from attrs import evolve
from helpers import OFF, ON, SWITCH, combined, limited, limiting

from balances import (
    Balance,
    BillingControls,
    CreditCost,
    Decision,
    Feature,
    InvalidAmount,
    InvalidChoice,
    Limit,
    NoCreditCost,
    NotInCreditSystem,
    PropertyFilter,
    Rollover,
    SpendLimit,
    check,
    explain,
)
from balances.base.amounts import LARGEST
from balances.testing import balance, item, monthly, rollover, usage_based

COUNTED = Feature(id="messages", name="Messages", type="metered", consumable=True)
PAID = item(100, 95, price=usage_based(max_purchase=20))


def spending(limit: float) -> BillingControls:
    return BillingControls(spend_limits=[SpendLimit(feature_id="messages", enabled=True, overage_limit=limit)])


def told(decision: Decision) -> tuple[Any, ...]:
    return decision.allowed, decision.limit, decision.headroom


def test_what_remains_may_be_used_and_no_more() -> None:
    assert told(check(balance(100, 28), 72)) == (True, None, 72)
    assert told(check(balance(100, 28), 72.001)) == (False, "included", 72)


def test_a_decision_that_refuses_is_falsy() -> None:
    assert check(balance(100, 28), 72)
    assert not check(balance(100, 28), 73)
    assert not check(balance(100, 28), 5, controls=limiting(limited(0)))
    assert check(balance(0), 0)
    for allowed in (True, False):
        assert bool(Decision(allowed=allowed, headroom=0 if allowed else 9, required=5)) is allowed


def test_one_is_required_unless_said_otherwise() -> None:
    assert check(balance(100, 99)) == Decision(allowed=True, headroom=Decimal(1), required=1)
    assert check(balance(100, 100)) == Decision(allowed=False, limit=Limit.INCLUDED, headroom=Decimal(0), required=1)


def test_what_is_left_of_rollovers_may_be_used_too() -> None:
    assert told(check(combined(item(100, 95), carried=[rollover(3)]), 8)) == (True, None, 8)


def test_a_boolean_feature_may_be_used() -> None:
    on = evolve(balance(0), feature=SWITCH)
    assert told(check(on, 5, controls=limiting(limited(0)))) == (True, None, None)
    assert told(check(evolve(balance(0), feature=COUNTED), 5)) == (False, "included", 0)


def test_an_unlimited_balance_may_be_used() -> None:
    unlimited = combined(item(0, 5, unlimited=True))
    assert told(check(unlimited, 10**9, controls=limiting(limited(0)))) == (True, None, None)


@pytest.mark.parametrize("required", [0, -1, -0.0, Decimal("-1e300")])
def test_nothing_and_less_may_be_used_whatever_there_is(required: float) -> None:
    assert told(check(balance(0), required, controls=limiting(limited(0)))) == (True, None, 0)
    assert told(check(balance(100, 130), required)) == (True, None, 0)


def test_a_usage_limit_comes_first() -> None:
    assert told(check(balance(5), 10, controls=limiting(limited(100, 96)))) == (False, "usage_limit", 4)
    assert told(check(balance(3), 10, controls=limiting(limited(100, 96)))) == (False, "usage_limit", 3)
    assert told(check(balance(3), 4, controls=limiting(limited(100, 96)))) == (False, "included", 3)
    assert told(check(balance(5), 4, controls=limiting(limited(100, 96)))) == (True, None, 4)


def test_a_usage_limit_that_counted_nothing_yet_leaves_all_of_it() -> None:
    assert told(check(balance(100), 41, controls=limiting(limited(40)))) == (False, "usage_limit", 40)


def test_a_usage_limit_that_is_overrun_leaves_nothing() -> None:
    assert told(check(balance(100), 1, controls=limiting(limited(40, 41)))) == (False, "usage_limit", 0)


def test_a_usage_limit_counts_rollovers_too() -> None:
    decision = check(combined(item(100), carried=[rollover(50)]), 41, controls=limiting(limited(40)))
    assert told(decision) == (False, "usage_limit", 40)


CREDITS = Feature(
    id="credits",
    name="Credits",
    type="credit_system",
    consumable=True,
    credit_schema=[CreditCost(metered_feature_id="tokens", credit_cost=2)],
)
AI_CREDITS = evolve(CREDITS, type="ai_credit_system", credit_schema=())


@pytest.mark.parametrize("feature", [CREDITS, AI_CREDITS])
def test_a_usage_limit_on_a_credit_system_leaves_rollovers_out(feature: Feature) -> None:
    in_credits = evolve(combined(item(100), carried=[rollover(50)]), feature_id="credits", feature=feature)
    assert told(check(in_credits, 90, controls=limiting(limited(40, feature_id="credits")))) == (True, None, 90)
    refused = check(in_credits, 90.1, controls=limiting(limited(40, feature_id="credits")))
    assert told(refused) == (False, "usage_limit", 90)
    overdrawn = evolve(in_credits, rollovers=[Rollover(balance=-5, granted=10), *in_credits.rollovers])
    assert check(overdrawn, controls=limiting(limited(40, feature_id="credits"))).headroom == 90


def test_a_usage_limit_on_a_member_counts_its_units_whoever_pays() -> None:
    in_credits = evolve(combined(item(100), carried=[rollover(50)]), feature_id="credits", feature=CREDITS)
    tokens = limiting(limited(40, feature_id="tokens"))
    assert told(check(in_credits, 41, feature_id="tokens", controls=tokens)) == (False, "usage_limit", 40)


def test_a_usage_limit_that_is_not_enabled_or_of_another_feature_is_passed_over() -> None:
    controls = limiting(limited(0, enabled=False), limited(0, feature_id="seats"), limited(0, feature_id="tokens"))
    assert check(balance(100), 5, controls=controls).allowed
    assert not check(balance(100), 5, controls=controls, feature_id="tokens", credit_cost=1).allowed


def test_the_smallest_of_several_usage_limits_binds() -> None:
    controls = limiting(limited(40), limited(30), limited(50))
    assert check(balance(100), 1, controls=controls).headroom == 30


def test_a_limit_on_the_balance_counts_credits_and_one_on_the_tracked_feature_counts_units() -> None:
    credits_ = limiting(limited(40))
    tokens = limiting(limited(40, feature_id="tokens"))
    in_tokens: dict[str, Any] = {"credit_cost": 2, "feature_id": "tokens"}
    assert told(check(balance(1000), 21, controls=credits_, **in_tokens)) == (False, "usage_limit", 20)
    assert told(check(balance(1000), 40, controls=tokens, **in_tokens)) == (True, None, 40)
    assert told(check(balance(1000), 41, controls=tokens, **in_tokens)) == (False, "usage_limit", 40)


def test_a_limit_on_the_balances_own_feature_counts_credits_when_it_is_named_too() -> None:
    decision = check(balance(1000), 21, controls=limiting(limited(40)), credit_cost=2, feature_id="messages")
    assert told(decision) == (False, "usage_limit", 20)


def test_overage_is_what_a_purchase_still_allows() -> None:
    assert told(check(combined(PAID), 25)) == (True, None, 25)
    assert told(check(combined(PAID), 26)) == (False, "max_purchase", 25)
    assert told(check(combined(evolve(PAID, price=usage_based())), 10**9)) == (True, None, None)


def test_overage_is_what_a_spend_limit_still_allows() -> None:
    assert told(check(combined(PAID), 12, controls=spending(7))) == (True, None, 12)
    assert told(check(combined(PAID), 13, controls=spending(7))) == (False, "spend_limit", 12)
    assert told(check(combined(PAID), 26, controls=spending(50))) == (True, None, 55)


def test_a_spend_limit_of_a_percentage_is_of_what_is_included() -> None:
    from_plan = item(200, 200, plan_id="pro", price=usage_based())
    limit = SpendLimit(feature_id="messages", enabled=True, overage_limit=10, limit_type="usage_percentage")
    controls = BillingControls(spend_limits=[limit])
    recurring = combined(evolve(from_plan, reset=monthly()))
    assert told(check(recurring, 21, controls=controls)) == (False, "spend_limit", 20)
    assert told(check(combined(from_plan), 21, controls=controls)) == (True, None, None)


def test_a_control_forbids_overage_and_allows_it() -> None:
    forbidding, allowing = BillingControls(overage_allowed=[OFF]), BillingControls(overage_allowed=[ON])
    assert told(check(combined(PAID), 6, controls=forbidding)) == (False, "included", 5)
    assert told(check(combined(item(100, 95)), 6, controls=allowing)) == (True, None, None)


def test_the_stated_totals_answer_even_where_the_parts_say_otherwise() -> None:
    stated = evolve(combined(item(100, 95)), remaining=50)
    assert told(check(stated, 51)) == (False, "included", 50)
    assert told(check(evolve(stated, unlimited=True), 51)) == (True, None, None)


def test_without_parts_the_stated_flag_and_max_purchase_answer() -> None:
    assert told(check(balance(100, 95, overage_allowed=True, max_purchase=20), 26)) == (False, "max_purchase", 25)
    assert told(check(balance(100, 95, overage_allowed=True), 26)) == (True, None, None)
    assert told(check(balance(100, 95, max_purchase=20), 26)) == (False, "included", 5)


def test_what_is_required_costs_credits() -> None:
    assert told(check(balance(100, 28), 7.2, credit_cost=10)) == (True, None, Decimal("7.2"))
    assert told(check(balance(100, 28), 7.21, credit_cost=10)) == (False, "included", Decimal("7.2"))
    assert check(balance(100, 28), 8, credit_cost=0.25).headroom == 288


def test_a_headroom_that_does_not_divide_is_rounded_down() -> None:
    headroom = check(balance(2), credit_cost=3).headroom
    assert headroom == Decimal("0." + "6" * 34)
    assert check(balance(2), headroom or 0, credit_cost=3).allowed


def test_a_headroom_beyond_what_an_amount_can_be_is_the_largest_amount() -> None:
    assert check(balance(LARGEST), credit_cost=0.001).headroom == LARGEST
    assert check(balance(LARGEST), LARGEST, credit_cost=0.001).allowed


def test_a_headroom_below_what_an_amount_can_be_is_nothing() -> None:
    assert check(balance(Decimal("1e-320")), credit_cost=1e10).headroom == 0


def test_what_is_beyond_nothing_left_is_no_headroom() -> None:
    owing = evolve(balance(0), remaining=-5)
    assert told(check(owing)) == (False, "included", 0)
    assert told(check(owing, 0)) == told(check(owing, -1)) == (True, None, 0)


MATCHES: list[tuple[Any, str]] = [
    ("eu", "eu"),
    ("", ""),
    (True, "true"),
    (False, "false"),
    (1, "1"),
    (1.0, "1"),
    (Decimal("1.50"), "1.5"),
    (-0.0, "0"),
    (0, "0"),
    (-12, "-12"),
    (100, "100"),
    (0.000001, "0.000001"),
    (0.0000015, "0.0000015"),
    (0.0000001, "1e-7"),
    (-0.0000001, "-1e-7"),
    (1.5e-10, "1.5e-10"),
    (10**20, "1" + "0" * 20),
    (999999999999999900000.0, "999999999999999900000"),
    (10**21, "1e+21"),
    (1e21, "1e+21"),
    (-1e21, "-1e+21"),
    (1.5e300, "1.5e+300"),
]


@pytest.mark.parametrize(("value", "text"), MATCHES)
def test_a_filter_compares_text_as_json_writes_it(value: Any, text: str) -> None:
    controls = limiting(limited(0, filter=PropertyFilter(properties={"x": text})))
    assert check(balance(), controls=controls, properties={"x": value}).limit == "usage_limit"
    others = limiting(limited(0, filter=PropertyFilter(properties={"x": f"{text} "})))
    assert check(balance(), controls=others, properties={"x": value}).limit is None


@pytest.mark.parametrize("value", [None, [], ["eu"], {}, {"x": "eu"}, float("nan"), 10**400, object()])
@pytest.mark.parametrize("text", ["", "null", "None", "[]", "eu", "{}", "NaN"])
def test_what_is_neither_text_nor_number_nor_bool_never_matches(value: Any, text: str) -> None:
    controls = limiting(limited(0, filter=PropertyFilter(properties={"x": text})))
    assert check(balance(), controls=controls, properties={"x": value}).allowed


@pytest.mark.parametrize("text", ["True", "1.0", "yes"])
def test_what_json_does_not_write_does_not_match(text: str) -> None:
    controls = limiting(limited(0, filter=PropertyFilter(properties={"x": text})))
    for value in (True, 1, 1.0):
        assert check(balance(), controls=controls, properties={"x": value}).allowed


def test_all_properties_of_a_filter_must_match_and_others_do_not_matter() -> None:
    controls = limiting(limited(0, filter=PropertyFilter(properties={"region": "eu", "tier": "1"})))
    assert check(balance(), controls=controls, properties={"region": "eu"}).allowed
    assert check(balance(), controls=controls, properties={"region": "eu", "tier": 2}).allowed
    assert not check(balance(), controls=controls, properties={"region": "eu", "tier": 1, "x": None}).allowed


@pytest.mark.parametrize("properties", [None, {}])
def test_no_properties_match_no_filter_not_even_an_empty_one(properties: dict[str, Any] | None) -> None:
    empty = limiting(limited(0, filter=PropertyFilter()))
    assert check(balance(), controls=empty, properties=properties).allowed
    assert not check(balance(), controls=empty, properties={"any": None}).allowed
    assert not check(balance(), controls=limiting(limited(0)), properties=properties).allowed


EXPLAINED: list[tuple[Decision, str]] = [
    (check(balance(100, 28), 5), "5 can be used now: up to 72 can."),
    (check(balance(1, unlimited=True), 5), "5 can be used now: there is no limit."),
    (check(balance(100, 98), 5), "5 cannot be used now: that is more than remains; up to 2 can."),
    (check(balance(100, 100), 5), "5 cannot be used now: that is more than remains; nothing can."),
    (
        check(balance(100), 5, controls=limiting(limited(40, 37.5))),
        "5 cannot be used now: that would exceed the usage limit; up to 2.5 can.",
    ),
    (
        check(balance(9), 5, controls=limiting(limited(0))),
        "5 cannot be used now: that would exceed the usage limit; nothing can.",
    ),
    (
        check(combined(PAID), 13, controls=spending(7)),
        "13 cannot be used now: that would exceed the spend limit; up to 12 can.",
    ),
    (
        check(combined(PAID), 26),
        "26 cannot be used now: that is more than can be purchased; up to 25 can.",
    ),
    (
        Decision(allowed=False, required=5, limit=Limit.NOT_HELD),
        "5 cannot be used now: the customer does not have this feature.",
    ),
    (
        Decision(allowed=False, required=0, limit=Limit.NOT_HELD),
        "0 cannot be used now: the customer does not have this feature.",
    ),
    (check(balance(0), -2), "-2 can be used now: that takes nothing."),
    (Decision(allowed=False, required=5), "5 cannot be used now: that is too much; nothing can."),
    (Decision(allowed=False, required=5, headroom=2), "5 cannot be used now: that is too much; up to 2 can."),
    (
        Decision(allowed=False, required=Decimal("2.0000000019"), headroom=Decimal("1.99999999999")),
        "2.000000001 cannot be used now: that is too much; up to 1.999999999 can.",
    ),
    (
        Decision(allowed=True, required=Decimal("1.9e-12"), headroom=Decimal("0.25")),
        "1.9E-12 can be used now: up to 0.25 can.",
    ),
]


@pytest.mark.parametrize(("decision", "sentence"), EXPLAINED, ids=[sentence for _, sentence in EXPLAINED])
def test_a_decision_explains_itself(decision: Decision, sentence: str) -> None:
    assert explain(decision) == str(decision) == sentence


def test_every_limit_has_a_sentence_of_its_own() -> None:
    sentences = {explain(Decision(allowed=False, required=5, limit=limit)) for limit in (None, *Limit)}
    assert len(sentences) == len(Limit) + 1


@pytest.mark.parametrize("wrong", [None, True, balance(5)], ids=repr)
def test_only_a_decision_is_explained(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^decision: expected a Decision or a Ruling, got "):
        explain(wrong)


BAD_AMOUNTS: list[Any] = [True, "5", None, float("nan"), float("inf"), Decimal("-Infinity"), 10**400, 1 + 2j]


@pytest.mark.parametrize("bad", BAD_AMOUNTS, ids=repr)
def test_what_is_no_amount_is_refused(bad: Any) -> None:
    with pytest.raises(InvalidAmount, match=r"^required: expected a (finite )?number"):
        check(balance(), bad)


@pytest.mark.parametrize("bad", [bad for bad in BAD_AMOUNTS if bad is not None], ids=repr)
def test_what_is_no_credit_cost_is_refused(bad: Any) -> None:
    with pytest.raises(InvalidAmount, match=r"^credit_cost: expected a (finite )?number"):
        check(balance(), 1, credit_cost=bad)


@pytest.mark.parametrize("cost", [0, -1, -0.5])
def test_a_credit_cost_is_positive(cost: float) -> None:
    with pytest.raises(InvalidAmount, match=rf"^credit_cost: expected a number above 0, got {cost}$"):
        check(balance(), 1, credit_cost=cost)


def test_a_decision_keeps_only_limits_that_there_are() -> None:
    kept = Decision(allowed=False, limit="spend_limit", required=1)
    assert kept.limit is Limit.SPEND_LIMIT
    words = "usage_limit, included, spend_limit, max_purchase or not_held"
    with pytest.raises(InvalidChoice, match=rf"^limit: expected {words}, got 'luck'"):
        evolve(kept, limit=cast("Limit", "luck"))


@pytest.mark.parametrize(
    "free", [evolve(balance(0), feature=SWITCH), balance(0, unlimited=True)], ids=["boolean", "unlimited"]
)
def test_arguments_are_checked_where_nothing_is_asked_of_them(free: Balance) -> None:
    wrong: dict[str, Any] = {"controls": "nonsense", "properties": ["nonsense"], "feature_id": 5}
    for name, value in wrong.items():
        with pytest.raises(TypeError, match=rf"^{name}: expected a "):
            check(free, **{name: value})
    with pytest.raises(InvalidAmount, match=r"^credit_cost: "):
        check(free, credit_cost=0)
    with pytest.raises((NoCreditCost, NotInCreditSystem)):
        check(free, feature_id="tokens")


@pytest.mark.parametrize("wrong", [[1], "region", 5])
def test_properties_are_a_mapping(wrong: Any) -> None:
    for limits in (None, BillingControls()):
        with pytest.raises(TypeError, match=r"^properties: expected a mapping, got "):
            check(balance(), properties=wrong, controls=limits)


def test_properties_have_names_of_text() -> None:
    nameless: Any = {"region": "eu", 1: "first"}
    with pytest.raises(TypeError, match=r"^properties: expected names that are strings, got 1$"):
        check(balance(100), 5, properties=nameless)


def test_a_sentence_for_a_person_has_no_more_than_nine_digits_of_a_fraction() -> None:
    thirds = check(balance(10), 5, credit_cost=3)
    assert str(thirds) == "5 cannot be used now: that is more than remains; up to 3.333333333 can."
