"""What a timeline let lapse, by item and by cause: each rule by its plainest example."""

from typing import Any

import pytest
from helpers import combined, day

from balances import (
    InvalidChoice,
    OverageBehavior,
    Policy,
    Rollover,
    RolloverRule,
    Timeline,
    Usage,
    Waste,
    WasteCause,
    simulate,
    waste,
)
from balances.testing import balance, item, monthly, rollover, usage_based

EXPIRED, NO_RULE, TRIMMED = WasteCause.EXPIRED, WasteCause.NO_RULE, WasteCause.TRIMMED
FIRST = day(2, 1)
END = day(3, 15)
PLAN = item(100, 28, id="plan", reset=monthly(resets_at=FIRST))
ADDON = item(10, id="addon", reset=monthly(resets_at=FIRST))


def told(timeline: Timeline) -> list[tuple[str | None, WasteCause, int]]:
    assert sum(each.amount for each in waste(timeline)) == timeline.lapsed
    return [(each.item_id, each.cause, int(each.amount)) for each in waste(timeline)]


def lived(*items: Any, carried: Any = (), **policy: Any) -> Timeline:
    return simulate(combined(*items, carried=carried), [], until=END, policy=Policy(**policy))


def test_a_reset_without_a_rule_lets_all_lapse_that_is_left() -> None:
    assert told(lived(PLAN)) == [("plan", NO_RULE, 172)]
    assert told(lived(PLAN, rules={"addon": RolloverRule()})) == [("plan", NO_RULE, 172)]
    assert told(lived(PLAN, rules={"plan": None})) == [("plan", NO_RULE, 172)]


def test_many_resets_are_summed() -> None:
    assert told(simulate(combined(PLAN), [], until=day(2, 1, year=2036))) == [("plan", NO_RULE, 72 + 120 * 100)]


@pytest.mark.parametrize(
    ("rule", "amount"), [({"max": 50}, 122), ({"share": 50}, 86), ({"share": 0}, 172), ({"max": 0}, 172)]
)
def test_a_rule_trims_what_it_does_not_carry(rule: dict[str, int], amount: int) -> None:
    assert told(lived(PLAN, rules=RolloverRule(**rule))) == [("plan", TRIMMED, amount)]
    assert told(lived(PLAN, rules={"plan": RolloverRule(**rule)})) == [("plan", TRIMMED, amount)]


def test_a_rule_that_carries_all_wastes_nothing() -> None:
    assert told(lived(PLAN, rules=RolloverRule())) == []


def test_an_item_that_expires_and_a_rollover_that_expires_are_told_apart() -> None:
    carried = [Rollover(balance=30, expires_at=day(1, 20)), rollover(5, 5, expires_at=day(1, 21)), Rollover(balance=7)]
    trial = item(40, 15, id="trial", expires_at=day(1, 25))
    assert told(lived(trial, carried=carried)) == [(None, EXPIRED, 30), ("trial", EXPIRED, 25)]


def test_a_rollover_that_was_made_on_the_way_expires_as_a_rollover() -> None:
    timeline = lived(PLAN, rules=RolloverRule(max=50, months=1))
    assert told(timeline) == [("plan", TRIMMED, 72), (None, EXPIRED, 50)]


def test_one_item_may_waste_by_two_causes() -> None:
    trial = item(100, id="plan", reset=monthly(resets_at=FIRST), expires_at=day(2, 10))
    assert told(lived(trial)) == [("plan", NO_RULE, 100), ("plan", EXPIRED, 100)]


def test_items_without_an_id_are_told_together() -> None:
    assert told(lived(item(30, expires_at=FIRST), item(12, expires_at=FIRST))) == [("", EXPIRED, 42)]


def test_what_the_cap_trims_counts_for_the_item_that_added() -> None:
    kept = Rollover(balance=60)
    rules = {"plan": RolloverRule(max=60), "addon": None}
    timeline = simulate(combined(PLAN, ADDON, carried=[kept]), [], until=FIRST, policy=Policy(rules=rules))
    assert told(timeline) == [("plan", TRIMMED, 72), ("addon", NO_RULE, 10)]


@pytest.mark.parametrize("way", ["forgive", "repay", "keep", "settle"])
def test_overage_is_no_waste_whatever_becomes_of_it(way: str) -> None:
    sold = item(100, id="plan", reset=monthly(resets_at=FIRST), price=usage_based(0.5))
    policy = Policy(overage_at_reset=way)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    usages = [Usage(at=day(1, 10), amount=130)]
    timeline = simulate(combined(sold), usages, until=FIRST, policy=policy, overage_behavior=OverageBehavior.OVERFLOW)
    assert told(timeline) == []


def test_what_is_used_is_no_waste() -> None:
    usages = [Usage(at=day(1, 10), amount=72)]
    assert told(simulate(combined(PLAN), usages, until=FIRST)) == []
    assert told(simulate(balance(100), usages, until=FIRST)) == []


def test_what_an_unlimited_item_has_left_is_no_number_and_no_waste() -> None:
    assert told(lived(item(unlimited=True, id="all", reset=monthly(resets_at=FIRST)))) == []


def test_waste_is_a_value_that_is_checked() -> None:
    wrong: Any = "lost"
    assert Waste(cause="expired", amount=5) == Waste(item_id=None, cause=EXPIRED, amount=5)
    with pytest.raises(InvalidChoice, match=r"^cause: expected expired, no_rule or trimmed, got 'lost'$"):
        Waste(cause=wrong, amount=5)


@pytest.mark.parametrize("wrong", [None, 5, balance(100)])
def test_only_a_timeline_has_waste(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^timeline: expected a Timeline, got "):
        waste(wrong)
