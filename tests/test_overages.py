"""How much is used beyond the grant, and how much may be: every row of the decision."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from helpers import OFF, ON, combined

from balances import (
    Balance,
    BillingControls,
    Breakdown,
    OverageControl,
    Price,
    Reset,
    SpendLimit,
    UnknownLimitType,
    UnknownWord,
    check,
    combine,
    net_overage,
    overage,
    overage_allowance,
    overage_cost,
    overage_limit,
    track,
)
from balances.derived.overages import overage_of
from balances.testing import balance, item, monthly, prepaid, rollover, usage_based

PAID = item(100, 130, price=usage_based(0.5))
FREE = item(100, 130)
LIMITED = item(100, 130, price=usage_based(0.5, max_purchase=500))


def limit(overage_limit: float | None = 50, **attributes: Any) -> SpendLimit:
    """Return an enabled spend limit of the feature."""
    usual: dict[str, Any] = {"feature_id": "messages", "enabled": True}
    return SpendLimit(overage_limit=overage_limit, **(usual | attributes))


def percentage(overage_limit: float) -> SpendLimit:
    return limit(overage_limit, limit_type="usage_percentage")


def spending(*limits: SpendLimit) -> BillingControls:
    return BillingControls(spend_limits=limits)


def allowing(*controls: OverageControl) -> BillingControls:
    return BillingControls(overage_allowed=controls)


def test_the_two_overages_differ_where_another_item_has_something_left() -> None:
    both = combined(item(100, 130), item(100, 40))
    assert overage(both) == (130 - 100) + 0
    assert net_overage(both) == max(0, (130 + 40) - (100 + 100))


def test_the_two_overages_agree_where_nothing_is_left() -> None:
    both = combined(item(100, 130), item(100, 107))
    assert overage(both) == net_overage(both) == (130 + 107) - (100 + 100)


def test_what_is_left_of_a_rollover_lowers_only_the_overage_that_is_displayed() -> None:
    with_rollover = combine([PAID], [rollover(25, 5)], feature_id="messages")
    assert overage(with_rollover) == 130 - 100
    assert net_overage(with_rollover) == (130 + 5) - (100 + 25)


def test_the_displayed_overage_follows_the_parts_and_without_parts_the_totals() -> None:
    assert net_overage(evolve(combined(FREE), granted=1000)) == 130 - 100
    assert net_overage(balance(100, 130)) == 130 - 100
    assert net_overage(balance(100, 30)) == 0


def test_an_item_with_something_left_may_have_overage_too() -> None:
    assert overage(Breakdown(included_grant=100, remaining=20, usage=130)) == 130 + 20 - 100


def test_a_negative_remaining_is_no_less_than_nothing_left() -> None:
    below = Breakdown(included_grant=100, remaining=-30, usage=130)
    assert overage(below) == overage_of(below) == 130 - 100


def test_what_was_given_back_beyond_the_grant_is_no_overage() -> None:
    assert overage(Breakdown(included_grant=100, remaining=150, usage=-50)) == 0


def test_a_prepaid_grant_is_no_overage_until_it_is_used_up() -> None:
    assert overage(item(100, 130, prepaid_grant=20)) == 130 - (100 + 20)


@pytest.mark.parametrize("holding", [evolve(FREE, unlimited=True), balance(100, 130, unlimited=True)])
def test_nothing_unlimited_has_overage(holding: Balance | Breakdown) -> None:
    assert overage(holding) == 0


def test_one_unlimited_item_leaves_no_overage_and_allows_none() -> None:
    stated = evolve(combined(PAID), breakdown=[PAID, item(unlimited=True)])
    assert overage(stated) == net_overage(stated) == overage_limit(stated) == 0
    assert overage_allowance(stated, controls=allowing(ON)) == 0


def test_a_whole_overage_is_a_whole_number() -> None:
    fractional = combined(item(0.5, 1.5))
    assert (str(overage(fractional)), str(net_overage(fractional))) == ("1", "1")


def test_a_control_that_forbids_overage_forbids_what_is_for_sale() -> None:
    assert overage_limit(combined(LIMITED)) == 500
    assert overage_limit(combined(LIMITED), controls=allowing(OFF)) == 0


def test_a_control_that_forbids_overage_outweighs_a_spend_limit() -> None:
    controls = BillingControls(overage_allowed=[OFF], spend_limits=[limit(50)])
    assert overage_limit(combined(LIMITED), controls=controls) == 0


@pytest.mark.parametrize("items", [[FREE], [item(100, 130, price=prepaid(1))]], ids=["free", "prepaid"])
def test_without_a_usage_based_item_there_may_be_no_overage(items: list[Breakdown]) -> None:
    assert overage_limit(combined(*items)) == 0
    assert overage_limit(combined(*items), controls=spending(limit(50))) == 0


def test_without_a_usage_based_item_the_stated_flag_does_not_allow_any() -> None:
    assert overage_limit(evolve(combined(FREE), overage_allowed=True, max_purchase=50)) == 0


def test_one_usage_based_item_among_others_allows_overage_whatever_the_flag_says() -> None:
    stated = evolve(combined(FREE, LIMITED), overage_allowed=False)
    assert overage_limit(stated) == 500


def test_enabled_where_nothing_is_priced_there_is_no_limit() -> None:
    assert overage_limit(combined(FREE), controls=allowing(ON)) is None
    assert overage_allowance(combined(FREE), controls=allowing(ON)) is None


def test_enabled_where_only_prepaid_is_for_sale_there_is_no_limit() -> None:
    assert overage_limit(combined(item(price=prepaid(1, max_purchase=7))), controls=allowing(ON)) is None


def test_a_control_of_another_feature_decides_nothing() -> None:
    assert overage_limit(combined(LIMITED), controls=allowing(evolve(OFF, feature_id="seats"))) == 500
    assert overage_limit(combined(FREE), controls=allowing(evolve(ON, feature_id="seats"))) == 0


def test_the_first_of_several_controls_counts() -> None:
    assert overage_limit(combined(LIMITED), controls=allowing(evolve(ON, feature_id="seats"), OFF, ON)) == 0
    assert overage_limit(combined(LIMITED), controls=allowing(ON, OFF)) == 500


@pytest.mark.parametrize("limit_type", [None, "absolute"])
def test_an_absolute_spend_limit_is_the_limit(limit_type: str | None) -> None:
    controls = spending(limit(50, limit_type=limit_type))
    assert overage_limit(combined(LIMITED), controls=controls) == 50
    assert overage_allowance(combined(LIMITED), controls=controls) == 50 - (130 - 100)


def test_a_spend_limit_may_be_above_what_the_plan_sells() -> None:
    assert overage_limit(combined(LIMITED), controls=spending(limit(9000))) == 9000


def test_a_spend_limit_of_nothing_leaves_nothing() -> None:
    assert overage_limit(combined(LIMITED), controls=spending(limit(0))) == 0


@pytest.mark.parametrize(
    "passed_over",
    [
        limit(50, enabled=False),
        limit(50, feature_id="seats"),
        limit(50, feature_id=None),
        limit(None),
        limit(None, limit_type="usage_percentage"),
        limit(None, limit_type=UnknownWord("per_seat")),
        limit(50, limit_type=UnknownWord("per_seat"), enabled=False),
        limit(50, limit_type=UnknownWord("per_seat"), feature_id="seats"),
    ],
    ids=[
        "disabled",
        "of another feature",
        "without a feature",
        "without a limit",
        "a percentage without a limit",
        "of an unknown type without a limit",
        "of an unknown type and disabled",
        "of an unknown type and another feature",
    ],
)
def test_a_spend_limit_is_passed_over_where_it_says_nothing(passed_over: SpendLimit) -> None:
    assert overage_limit(combined(LIMITED), controls=spending(passed_over)) == 500
    assert overage_limit(combined(LIMITED), controls=spending(passed_over, limit(60))) == 60


def test_the_first_spend_limit_that_has_anything_to_say_counts() -> None:
    assert overage_limit(combined(LIMITED), controls=spending(limit(60), limit(50))) == 60


def planned(included: float, **attributes: Any) -> Breakdown:
    """Return an item that a plan stands behind and that comes again every month."""
    usual: dict[str, Any] = {"plan_id": "pro", "reset": monthly()}
    return item(included, **(usual | attributes))


def test_a_percentage_is_of_what_plans_include_again_and_again() -> None:
    items = [
        planned(200, price=usage_based(1), prepaid_grant=1000),
        planned(50, reset=Reset(interval="year")),
        planned(4000, plan_id=None),
        planned(5000, reset=None),
        planned(6000, reset=Reset(interval="one_off")),
    ]
    assert overage_limit(combined(*items), controls=spending(percentage(30))) == Decimal(200 + 50) * 30 / 100


def test_a_percentage_may_be_more_than_all_and_a_fraction() -> None:
    controls = spending(percentage(133.3))
    assert overage_limit(combined(planned(10, price=usage_based())), controls=controls) == Decimal("13.33")


def test_a_percentage_of_nothing_is_passed_over() -> None:
    plan_limit = combined(planned(0, price=usage_based(1, max_purchase=500)))
    assert overage_limit(plan_limit, controls=spending(percentage(30))) == 500
    assert overage_limit(plan_limit, controls=spending(percentage(30), limit(60))) == 60
    assert overage_limit(combined(PAID), controls=spending(percentage(30))) is None


def test_a_percentage_of_nothing_is_not_a_percentage_of_zero() -> None:
    assert overage_limit(combined(planned(100, price=usage_based())), controls=spending(percentage(0))) == 0


def test_a_percentage_without_a_breakdown_has_no_base_and_is_passed_over() -> None:
    stated = balance(100, 130, overage_allowed=True, max_purchase=70)
    assert overage_limit(stated, controls=spending(percentage(30))) == 70


@pytest.mark.parametrize("word", ["per_seat", "weekly"])
def test_an_unknown_type_of_limit_is_an_error_only_where_it_is_needed(word: str) -> None:
    unknown = limit(50, limit_type=UnknownWord(word))
    with pytest.raises(UnknownLimitType, match=rf"expected an absolute or a usage_percentage limit, got '{word}'$"):
        overage_limit(combined(LIMITED), controls=spending(unknown))
    assert overage_limit(combined(LIMITED), controls=spending(limit(60), unknown)) == 60
    assert overage_limit(combined(FREE), controls=spending(unknown)) == 0


def test_the_limits_of_a_plan_are_summed() -> None:
    other = item(10, price=usage_based(1, max_purchase=0.5))
    stated = combined(LIMITED, other, item(price=prepaid(1, max_purchase=7)), FREE)
    assert overage_limit(stated) == 500 + Decimal("0.5")
    assert overage_allowance(stated) == 500 + Decimal("0.5") - 2 * (130 - 100)


def test_one_uncapped_item_among_capped_ones_leaves_no_limit() -> None:
    assert overage_limit(combined(LIMITED, PAID)) is None
    assert overage_allowance(combined(LIMITED, PAID)) is None


def test_a_limit_of_zero_is_a_limit() -> None:
    assert overage_limit(combined(item(price=usage_based(1, max_purchase=0)))) == 0


def test_what_is_prepaid_never_limits_overage() -> None:
    assert overage_limit(combined(PAID, item(price=prepaid(1, max_purchase=7)))) is None
    assert overage_limit(combined(LIMITED, item(price=prepaid(1)))) == 500


def test_a_billing_method_this_version_does_not_know_sells_no_overage() -> None:
    assert overage_limit(combined(item(price=Price(billing_method=UnknownWord("barter"), max_purchase=7)))) == 0


def test_without_a_breakdown_the_stated_flag_and_limit_count() -> None:
    assert overage_limit(balance(100, 130, overage_allowed=True, max_purchase=70)) == 70
    assert overage_limit(balance(100, 130, overage_allowed=True)) is None
    assert overage_limit(balance(100, 130, overage_allowed=False)) == 0
    assert overage_limit(balance(100, 130, overage_allowed=False, max_purchase=70)) == 0


def test_without_a_breakdown_an_enabling_control_leaves_the_stated_limit() -> None:
    assert overage_limit(balance(100, 130, max_purchase=70), controls=allowing(ON)) == 70
    assert overage_limit(balance(100, 130), controls=allowing(ON)) is None


def test_without_a_breakdown_the_rollovers_are_taken_out_of_the_overage() -> None:
    stated = Balance(
        feature_id="messages",
        granted=100 + 25,
        remaining=20,
        usage=130 + 5,
        overage_allowed=True,
        max_purchase=70,
        rollovers=[rollover(25, 5)],
    )
    assert overage(stated) == overage(evolve(stated, breakdown=[FREE])) == 130 - 100
    assert overage_allowance(stated) == 70 - (130 - 100)


def test_where_the_limit_is_passed_already_nothing_is_left_of_it() -> None:
    assert overage_allowance(combined(LIMITED), controls=spending(limit(30))) == 0
    assert overage_allowance(combined(LIMITED), controls=spending(limit(10))) == 0


def test_no_controls_and_empty_ones_are_the_same() -> None:
    stated = combined(LIMITED)
    assert overage_limit(stated, controls=BillingControls()) == overage_limit(stated, controls=None) == 500


def test_a_limit_below_nothing_is_nothing() -> None:
    below = item(100, 130, price=usage_based(max_purchase=-5))
    assert overage_limit(combined(below)) == 0
    assert overage_limit(combined(planned(-10, price=usage_based())), controls=spending(percentage(50))) is None


def test_an_overage_is_exact_even_where_no_double_holds_it() -> None:
    huge = Breakdown(included_grant=-1e308, remaining=0, usage=1e308)
    assert overage(huge) == 2 * 10**308
    tiny = planned(5e-324, price=usage_based())
    assert overage_limit(combined(tiny), controls=spending(percentage(1))) == Decimal("5e-326")


STRANGERS = [None, 5, "messages", [item()], rollover(), BillingControls()]


@pytest.mark.parametrize("stranger", STRANGERS, ids=repr)
def test_what_is_no_balance_has_no_overage(stranger: Any) -> None:
    with pytest.raises(TypeError, match=r"^balance: expected a Balance or a Breakdown, got "):
        overage(stranger)
    for of_balance in (net_overage, overage_limit, overage_allowance):
        with pytest.raises(TypeError, match=r"^balance: expected a Balance, got "):
            of_balance(stranger)


@pytest.mark.parametrize("stated", [balance(100, 130, overage_allowed=True), balance(unlimited=True), combined(FREE)])
def test_controls_of_a_wrong_class_are_refused_even_where_they_are_not_needed(stated: Balance) -> None:
    wrong: Any = [limit(50)]
    for of_balance in (overage_limit, overage_allowance):
        with pytest.raises(TypeError, match=r"^controls: expected a BillingControls, got a list of 1 item$"):
            of_balance(stated, controls=wrong)


def test_where_there_are_items_the_flag_sells_nothing() -> None:
    stated = evolve(combined(item(100, 100)), overage_allowed=True)
    assert overage_limit(stated) == 0
    assert not check(stated, 1)
    assert track(stated, 1).tracked == 0


@pytest.mark.parametrize("method", ["a_way_of_tomorrow", "usage_based_too", "zero"])
def test_a_billing_method_that_is_not_known_sells_no_overage(method: str) -> None:
    unsold = item(100, 130, price=Price(billing_method=UnknownWord(method), amount=1))
    stated = combined(unsold)
    assert overage_allowance(stated) == overage_cost(stated) == 0
    assert not stated.overage_allowed
    assert not check(stated, 1)
    assert overage_limit(combined(unsold, LIMITED)) == 500
