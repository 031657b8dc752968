"""Law: `granted + overage == usage + remaining` for every balance that `combine` makes, and `audit` accepts each.

A stated total that differs from the sum of the parts is a finding.
"""

import copy
import decimal
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from helpers import combined
from hypothesis import given
from hypothesis import strategies as st
from laws.test_ambient_state import HOSTILE
from strategies_of_balances import (
    EXACT,
    fewer,
    lawful_items,
    limited_items,
    quantities,
    rules,
    several_items,
    several_rollovers,
    unlimited_items,
)

from balances import (
    Balance,
    BillingControls,
    Breakdown,
    Interval,
    OverageControl,
    Policy,
    Rollover,
    RolloverRule,
    SpendLimit,
    audit,
    carry_forward,
    combine,
    cycle_at,
    max_purchase,
    net_overage,
    next_reset,
    overage,
    overage_allowance,
    overage_limit,
    purchase_allowance,
    purchased,
    rollover_cap,
)
from balances.testing.strategies import instants, values

START = datetime(2000, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
NAMES = ("granted", "remaining", "usage", "unlimited", "overage_allowed", "max_purchase", "next_reset_at")
OTHERS: dict[str, st.SearchStrategy[Any]] = {
    "granted": quantities,
    "remaining": quantities.map(Decimal.copy_negate) | quantities,
    "usage": quantities,
    "unlimited": st.booleans(),
    "overage_allowed": st.booleans(),
    "max_purchase": st.none() | quantities,
    "next_reset_at": st.none() | instants(),
}
moments = st.timedeltas(timedelta(0), timedelta(days=36_525)).map(lambda distance: START + distance)


def fractions(parts: Iterable[Any], *names: str) -> Fraction:
    """Add up attributes of parts in another arithmetic."""
    return sum((Fraction(getattr(part, name)) for part in parts for name in names), Fraction())


def beyond(item: Breakdown) -> Fraction:
    """Say the overage of an item in another arithmetic."""
    used, left = Fraction(item.usage), Fraction(item.remaining)
    return max(Fraction(), used + max(Fraction(), left) - fractions([item], "included_grant", "prepaid_grant"))


def totals(balance: Balance) -> dict[str, Any]:
    return {name: getattr(balance, name) for name in NAMES}


def paths(balance: Balance) -> list[str]:
    return [finding.path for finding in audit(balance, tolerance=0)]


@given(items=several_items, carried=several_rollovers)
def test_the_totals_are_the_sums_of_all_parts(items: list[Breakdown], carried: list[Rollover]) -> None:
    balance = combined(*items, carried=carried)
    granted = fractions(items, "included_grant", "prepaid_grant") + fractions(carried, "granted")
    remaining = fractions(items, "remaining") + fractions(carried, "balance")
    used = fractions(items, "usage") + fractions(carried, "granted") - fractions(carried, "balance")
    assert balance.granted == granted
    assert balance.remaining == remaining
    assert balance.usage == used


@given(items=several_items, carried=several_rollovers)
def test_granted_and_overage_are_usage_and_remaining(items: list[Breakdown], carried: list[Rollover]) -> None:
    balance = combined(*items, carried=carried)
    assert overage(balance) == sum(map(beyond, items), Fraction())
    assert Fraction(balance.granted) + Fraction(overage(balance)) == fractions([balance], "usage", "remaining")


@given(items=several_items, carried=several_rollovers)
def test_the_net_overage_is_what_all_usage_exceeds_all_grants_by(
    items: list[Breakdown], carried: list[Rollover]
) -> None:
    balance = combined(*items, carried=carried)
    assert net_overage(balance) == max(Fraction(), Fraction(balance.usage) - Fraction(balance.granted))
    assert net_overage(balance) <= overage(balance)


@given(items=st.lists(lawful_items, max_size=4), carried=several_rollovers)
def test_audit_finds_nothing_in_what_is_combined(items: list[Breakdown], carried: list[Rollover]) -> None:
    assert audit(combined(*items, carried=carried), tolerance=0) == ()


@pytest.mark.parametrize("name", NAMES)
@fewer
@given(items=st.lists(lawful_items, min_size=1, max_size=3), carried=several_rollovers, data=st.data())
def test_audit_names_exactly_the_total_that_is_spoiled(
    name: str, items: list[Breakdown], carried: list[Rollover], data: st.DataObject
) -> None:
    balance = combined(*items, carried=carried)
    derived = getattr(balance, name)
    stated = data.draw(OTHERS[name].filter(lambda other: other != derived))
    findings = audit(evolve(balance, **{name: stated}), tolerance=0)
    assert [(found.path, found.stated, found.derived) for found in findings] == [(f"$.{name}", stated, derived)]
    assert findings[0].message.startswith(f"{name} is ")


@pytest.mark.parametrize("others", [several_items, st.lists(unlimited_items, min_size=1, max_size=2)])
@fewer
@given(item=limited_items, less=quantities.filter(bool), data=st.data())
def test_audit_names_exactly_the_item_that_breaks_the_law(
    others: st.SearchStrategy[list[Breakdown]], item: Breakdown, less: Decimal, data: st.DataObject
) -> None:
    items = data.draw(others)
    too_little_used = evolve(item, usage=EXACT.subtract(EXACT.subtract(item.granted, item.remaining), less))
    broken = data.draw(st.sampled_from([too_little_used, evolve(item, remaining=less.copy_negate())]))
    index = data.draw(st.integers(0, len(items)))
    findings = audit(combined(*items[:index], broken, *items[index:]), tolerance=0)
    derived = max(Fraction(), Fraction(broken.granted) - Fraction(broken.usage))
    expected: list[Any] = [(f"$.breakdown[{index}].remaining", broken.remaining, derived)]
    assert [(found.path, found.stated, found.derived) for found in findings] == expected


@given(stated=values(Balance, exact=True), at=st.none() | instants(), tolerance=quantities)
def test_every_balance_that_can_be_read_can_be_audited(
    stated: Balance, at: datetime | None, tolerance: Decimal
) -> None:
    findings = audit(stated, at=at, tolerance=tolerance)
    assert {found.path[:2] for found in findings} <= {"$."}


@given(items=several_items.filter(bool), gap=quantities.filter(bool), data=st.data())
def test_the_tolerance_is_what_a_total_may_differ_by(items: list[Breakdown], gap: Decimal, data: st.DataObject) -> None:
    balance = combined(*items)
    name = data.draw(st.sampled_from(["granted", "remaining", "usage"]))
    changed: dict[str, Any] = {name: EXACT.add(getattr(balance, name), gap)}
    other = evolve(balance, **changed)
    assert audit(other, tolerance=gap) == ()
    assert [found.path for found in audit(other, tolerance=EXACT.multiply(gap, Decimal("0.999")))] == [f"$.{name}"]


@given(items=st.lists(lawful_items, max_size=4), carried=several_rollovers, data=st.data())
def test_the_order_of_the_parts_changes_no_total(
    items: list[Breakdown], carried: list[Rollover], data: st.DataObject
) -> None:
    shuffled = combined(*data.draw(st.permutations(items)), carried=data.draw(st.permutations(carried)))
    assert totals(shuffled) == totals(combined(*items, carried=carried))


@given(items=st.lists(lawful_items, max_size=4), carried=several_rollovers)
def test_the_parts_are_kept_and_what_was_given_is_not_changed(items: list[Breakdown], carried: list[Rollover]) -> None:
    before = copy.deepcopy((items, carried))
    balance = combined(*items, carried=carried)
    audit(balance)
    assert (items, carried) == before
    assert (balance.breakdown, balance.rollovers) == (tuple(items), tuple(carried))
    assert combine(iter(items), iter(carried), feature_id="messages") == balance


@given(items=several_items, unlimited=st.lists(unlimited_items, min_size=1, max_size=2), carried=several_rollovers)
def test_one_unlimited_item_makes_it_all_unlimited(
    items: list[Breakdown], unlimited: list[Breakdown], carried: list[Rollover]
) -> None:
    balance = combined(*items, *unlimited, carried=carried)
    assert totals(balance) == {
        "granted": 0,
        "remaining": 0,
        "usage": fractions(unlimited, "usage"),
        "unlimited": True,
        "overage_allowed": False,
        "max_purchase": None,
        "next_reset_at": None,
    }
    assert overage(balance) == net_overage(balance) == overage_limit(balance) == 0


@given(items=several_items, carried=several_rollovers)
def test_without_an_unlimited_item_nothing_is_unlimited(items: list[Breakdown], carried: list[Rollover]) -> None:
    balance = combined(*items, carried=carried)
    priced = [item.price for item in items if item.price]
    stated = [item.reset.resets_at for item in items if item.reset and item.reset.resets_at]
    assert balance.unlimited is False
    assert balance.overage_allowed is any(price.billing_method == "usage_based" for price in priced)
    assert balance.next_reset_at == min(stated, default=None)


@given(items=several_items)
def test_the_max_purchase_is_the_sum_where_every_price_has_one(items: list[Breakdown]) -> None:
    limits = [item.price.max_purchase for item in items if item.price]
    uncapped = not limits or None in limits
    summed = sum((Fraction(limit or 0) for limit in limits), Fraction())
    assert max_purchase(items) == [summed, None][uncapped]


Given = tuple[list[Breakdown], list[Rollover], RolloverRule, datetime, BillingControls]

amount_controls = st.builds(
    SpendLimit,
    feature_id=st.just("messages"),
    enabled=st.just(value=True),
    overage_limit=quantities,
    limit_type=st.sampled_from([None, "absolute", "usage_percentage"]),
)
controls = st.builds(
    BillingControls,
    spend_limits=st.lists(amount_controls, max_size=2),
    overage_allowed=st.lists(st.just(OverageControl(feature_id="messages", enabled=True)), max_size=1),
)


def of_totals(given_: Given) -> tuple[Any, ...]:
    items, carried, _, at, _ = given_
    balance = combined(*items, carried=carried)
    spoiled = evolve(balance, granted=balance.usage, remaining=balance.granted)
    return (
        balance,
        audit(balance, tolerance=0),
        audit(spoiled, at=at, tolerance=1e-9),
        audit(evolve(balance, breakdown=())),
    )


def of_overages(given_: Given) -> tuple[Any, ...]:
    items, carried, _, _, billing = given_
    results: list[Any] = []
    for balance in (combined(*items, carried=carried), evolve(combined(*items, carried=carried), breakdown=())):
        results += [overage(balance), net_overage(balance), purchased(balance), purchase_allowance(balance)]
        results += [overage_limit(balance, controls=billing), overage_allowance(balance, controls=billing)]
    return tuple(results)


def of_dates(given_: Given) -> tuple[Any, ...]:
    items, _, _, at, _ = given_
    cycles = [cycle_at(at, anchor=START, interval=interval, count=3) for interval in list(Interval)[1:]]
    return cycles, next_reset(items), next_reset(items, after=at, policy=Policy(anchor=START))


def of_rollovers(given_: Given) -> tuple[Any, ...]:
    items, carried, rule, at, _ = given_
    carries = [carry_forward(item, rule, at=at, rollovers=carried) for item in items]
    return carries, rollover_cap(rule, 0.5), rollover_cap(rule, Decimal("123456789.987654321"))


@pytest.mark.parametrize("context", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("computed", [of_totals, of_overages, of_dates, of_rollovers])
@fewer
@given(given_=st.tuples(st.lists(lawful_items, max_size=3), several_rollovers, rules, moments, controls))
def test_no_decimal_context_changes_a_result(
    context: Context, computed: Callable[[Given], tuple[Any, ...]], given_: Given
) -> None:
    with localcontext(decimal.DefaultContext):
        expected = computed(given_)
    with localcontext(context):
        found = computed(given_)
    assert repr(found) == repr(expected)


@given(given_=st.tuples(several_items, several_rollovers, rules, moments, controls))
def test_a_whole_amount_has_no_trailing_zeros(given_: Given) -> None:
    amounts = [result for result in of_overages(given_) if result is not None]
    whole = [amount for amount in amounts if Fraction(amount).denominator == 1]
    assert [str(amount) for amount in whole] == [str(int(amount)) for amount in whole]
