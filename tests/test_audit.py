"""What `audit` tells a person about balances that do not add up, as they were really sent."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from helpers import combined

from balances import (
    Balance,
    Breakdown,
    Finding,
    Interval,
    InvalidAmount,
    InvalidInstant,
    Reset,
    UnknownWord,
    audit,
    wire,
)
from balances.periods.cycles import AnyInterval
from balances.testing import balance, item, monthly, prepaid, rollover, usage_based

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def told(stated: Balance, **options: Any) -> list[str]:
    """Return what is found, as a person reads it."""
    return [f"{finding.path}: {finding.message}" for finding in audit(stated, **options)]


def test_a_sum_that_no_double_holds_is_shown_in_full() -> None:
    parts = [item(1.7e308), item(1.7e308), item(0.5)]
    finding, *_ = audit(Balance(feature_id="messages", granted=0, remaining=0, usage=0, breakdown=parts))
    assert repr(finding).startswith(f"Finding(path='$.granted', stated=0, derived=Decimal('34{'0' * 307}.5')")


@pytest.mark.parametrize("wrong", ["NaN", "sNaN", "Infinity"])
def test_a_finding_is_about_numbers(wrong: str) -> None:
    with pytest.raises(InvalidAmount, match=f"^derived: expected a finite number, got {wrong}"):
        Finding(path="$.usage", stated=Decimal(0), derived=Decimal(wrong), message="")


def test_a_negative_remaining_is_found_where_it_stands() -> None:
    shared = {"remaining": -30, "usage": 130, "unlimited": False}
    part = shared | {"included_grant": 100, "prepaid_grant": 0}
    payload = shared | {"feature_id": "messages", "granted": 100, "overage_allowed": False, "breakdown": [part]}
    stated = wire.snake.structure(payload, Balance)
    message = "remaining is -30, below zero: granted 100 + overage 30 is not usage 130 + remaining -30"
    assert told(stated) == [f"$.breakdown[0].remaining: {message}"]
    assert audit(stated)[0].derived == 100 + 30 - 130


def test_a_negative_remaining_without_a_breakdown_is_found_in_the_total() -> None:
    stated = Balance(feature_id="messages", granted=100, remaining=-0.5, usage=100.5)
    message = "remaining is -0.5, below zero: granted 100 + overage 0.5 is not usage 100.5 + remaining -0.5"
    assert told(stated) == [f"$.remaining: {message}"]


def test_totals_with_more_than_the_parts_are_found_with_the_difference() -> None:
    stated = combined(item(100, 28), item(50, 10.5), granted=175, remaining=136.5)
    assert told(stated) == [
        "$.granted: granted is 175, but the parts add up to 150: 25 too much",
        "$.remaining: remaining is 136.5, but the parts add up to 111.5: 25 too much",
    ]


def test_totals_with_less_than_the_parts_are_found_with_the_difference() -> None:
    assert told(combined(item(100, 28.25), usage=28)) == [
        "$.usage: usage is 28, but the parts add up to 28.25: 0.25 too little"
    ]


def test_totals_without_the_rollovers_are_told_as_that() -> None:
    stated = combined(item(100, 28), carried=[rollover(50, 20), rollover(5)], granted=100, remaining=72, usage=28)
    assert told(stated) == [
        "$.granted: granted is 100, but the parts add up to 155: the 55 of the rollovers are missing",
        "$.remaining: remaining is 72, but the parts add up to 107: the 35 of the rollovers are missing",
        "$.usage: usage is 28, but the parts add up to 48: the 20 of the rollovers are missing",
    ]


def test_a_total_that_lacks_something_else_than_the_rollovers_is_told_by_its_difference() -> None:
    stated = combined(item(100, 28), carried=[rollover(50)], granted=101)
    assert told(stated) == ["$.granted: granted is 101, but the parts add up to 150: 49 too little"]


def test_a_total_with_the_rollovers_twice_has_more_than_its_parts() -> None:
    stated = combined(item(100, 28), carried=[rollover(50)], granted=200)
    assert told(stated) == ["$.granted: granted is 200, but the parts add up to 150: 50 too much"]


def test_flags_and_limits_that_the_parts_contradict_are_found() -> None:
    parts = item(100, 28, price=usage_based(1, max_purchase=50), reset=monthly(resets_at=NEW_YEAR))
    stated = combined(parts, unlimited=True, overage_allowed=False, max_purchase=40, next_reset_at=NEW_YEAR + SECOND)
    assert told(stated) == [
        "$.unlimited: unlimited is True, but the items say False",
        "$.overage_allowed: overage_allowed is False, but the items say True",
        "$.max_purchase: max_purchase is 40, but the items say 50",
        "$.next_reset_at: next_reset_at is 2026-01-01T00:00:01+00:00, but the items say 2026-01-01T00:00:00+00:00",
    ]


def test_none_where_the_parts_say_otherwise_is_found() -> None:
    parts = item(100, 28, price=prepaid(1, max_purchase=0), reset=monthly(resets_at=NEW_YEAR))
    assert told(combined(parts, max_purchase=None, next_reset_at=None)) == [
        "$.max_purchase: max_purchase is None, but the items say 0",
        "$.next_reset_at: next_reset_at is None, but the items say 2026-01-01T00:00:00+00:00",
    ]


def test_a_limit_and_a_reset_where_the_parts_have_none_are_found() -> None:
    assert told(combined(item(100, 28), max_purchase=0, next_reset_at=NEW_YEAR)) == [
        "$.max_purchase: max_purchase is 0, but the items say None",
        "$.next_reset_at: next_reset_at is 2026-01-01T00:00:00+00:00, but the items say None",
    ]


def test_an_unlimited_balance_states_nothing_granted() -> None:
    stated = combined(item(0, 7, unlimited=True), item(100, 28), granted=100, remaining=72, usage=35)
    assert told(stated) == [
        "$.granted: granted is 100, but the items say 0",
        "$.remaining: remaining is 72, but the items say 0",
        "$.usage: usage is 35, but the items say 7",
    ]


def test_an_unlimited_balance_states_no_reset_and_no_limit() -> None:
    parts = item(0, 7, unlimited=True, reset=monthly(resets_at=NEW_YEAR), price=prepaid(max_purchase=5))
    assert told(combined(parts)) == []
    assert told(combined(parts, next_reset_at=NEW_YEAR)) == [
        "$.next_reset_at: next_reset_at is 2026-01-01T00:00:00+00:00, but the items say None"
    ]


def test_an_item_that_does_not_add_up_is_named_by_its_index() -> None:
    lost = evolve(item(100, 28, prepaid_grant=10), remaining=0)
    assert told(combined(item(5), lost)) == [
        "$.breakdown[1].remaining: remaining is 0: granted 110 + overage 0 is not usage 28 + remaining 0"
    ]


def test_an_unlimited_item_has_no_law_to_keep() -> None:
    assert told(combined(evolve(item(100, 28), remaining=0, unlimited=True))) == []
    assert told(evolve(balance(0, 28), remaining=-5, unlimited=True)) == []


def balance_of(remaining: int) -> Balance:
    return Balance(feature_id="messages", granted=150, remaining=remaining, usage=28, rollovers=[rollover(50)])


def test_without_a_breakdown_the_totals_less_the_rollovers_keep_the_law() -> None:
    assert told(balance_of(122)) == []
    assert told(balance_of(121)) == [
        "$.remaining: remaining is 121: granted 150 + overage 0 is not usage 28 + remaining 121"
    ]


def test_parts_that_have_expired_are_found_only_where_a_moment_is_given() -> None:
    stated = combined(item(100, expires_at=NEW_YEAR), carried=[rollover(50, expires_at=NEW_YEAR + SECOND)])
    assert told(stated) == []
    assert told(stated, at=NEW_YEAR - SECOND) == []
    assert told(stated, at=NEW_YEAR + SECOND) == [
        "$.breakdown[0].expires_at: expired at 2026-01-01T00:00:00+00:00, and it is 2026-01-01T00:00:01+00:00",
        "$.rollovers[0].expires_at: expired at 2026-01-01T00:00:01+00:00, and it is 2026-01-01T00:00:01+00:00",
    ]


def test_what_expires_now_has_expired_and_what_resets_now_is_due() -> None:
    stated = combined(item(100), item(5, expires_at=NEW_YEAR, reset=monthly(resets_at=NEW_YEAR)))
    now = "2026-01-01T00:00:00+00:00"
    assert told(stated, at=NEW_YEAR) == [
        f"$.breakdown[1].expires_at: expired at {now}, and it is {now}",
        f"$.breakdown[1].reset.resets_at: was due to reset at {now}, and it is {now}",
    ]
    assert told(stated, at=NEW_YEAR - timedelta(microseconds=1)) == []


def test_a_reset_that_is_due_is_found_in_the_total_where_there_is_no_breakdown() -> None:
    stated = balance(100, 28, next_reset_at=NEW_YEAR)
    finding = audit(stated, at=NEW_YEAR + SECOND)[0]
    assert (finding.path, finding.stated, finding.derived) == ("$.next_reset_at", NEW_YEAR, NEW_YEAR + SECOND)
    due = "was due to reset at 2026-01-01T00:00:00+00:00, and it is 2026-01-01T00:00:01+00:00"
    assert finding.message == due


def test_a_reset_or_an_expiry_that_never_comes_is_never_due() -> None:
    stated = combined(item(100, reset=monthly()), carried=[rollover(50)])
    assert told(stated, at=datetime(9999, 12, 31, tzinfo=UTC)) == []


def test_the_moment_may_be_told_in_any_time_zone() -> None:
    elsewhere = NEW_YEAR.astimezone(timezone(timedelta(hours=14)))
    stated = combined(item(100, expires_at=NEW_YEAR))
    assert audit(stated, at=elsewhere) == audit(stated, at=NEW_YEAR)


def test_without_a_breakdown_there_is_nothing_to_add_up() -> None:
    assert told(balance(100, 130, overage_allowed=True, max_purchase=5, next_reset_at=NEW_YEAR)) == []


def test_a_total_may_differ_by_the_tolerance_and_no_more() -> None:
    stated = combined(item(0.3, 0.1), remaining=0.25)
    assert told(stated, tolerance=0.05) == []
    assert len(told(stated, tolerance=Decimal("0.0499999999999999999999"))) == 1


def test_what_is_rounded_to_nine_decimals_is_let_pass_by_default() -> None:
    assert told(combined(item(1), granted=Decimal("1.000000001"))) == []
    assert told(combined(item(1), granted=Decimal("1.0000000011"))) == [
        "$.granted: granted is 1.0000000011, but the parts add up to 1: 1.1E-9 too much"
    ]


def test_an_item_may_break_the_law_by_the_tolerance_and_no_more() -> None:
    stated = combined(evolve(item(100, 28), remaining=71))
    assert told(stated, tolerance=1) == []
    assert len(told(stated, tolerance=0.999)) == 1


def test_dates_and_flags_have_no_tolerance() -> None:
    stated = combined(item(1, reset=monthly(resets_at=NEW_YEAR)), overage_allowed=True, next_reset_at=NEW_YEAR + SECOND)
    assert [found.path for found in audit(stated, tolerance=1000)] == ["$.overage_allowed", "$.next_reset_at"]


def test_a_naive_moment_and_a_tolerance_that_is_no_amount_are_refused() -> None:
    with pytest.raises(InvalidInstant, match=r"^at: expected an aware datetime, got the naive 2026-01-01T00:00:00$"):
        audit(balance(), at=datetime(2026, 1, 1))
    with pytest.raises(InvalidAmount, match=r"^tolerance: expected a finite number, got nan$"):
        audit(balance(), tolerance=float("nan"))


def test_a_balance_and_its_reading_are_told_alike() -> None:
    stated = combined(item(100, 28), carried=[rollover(50, 20)], granted=100)
    again = wire.camel.structure(wire.camel.unstructure(stated), Balance)
    assert audit(again) == audit(stated) != ()


def test_what_is_left_of_a_rollover_or_of_something_unlimited_is_never_below_nothing() -> None:
    assert told(combined(item(100), carried=[rollover(10, 10.5)])) == [
        "$.rollovers[0].balance: balance is -0.5, below zero",
    ]
    endless = Breakdown(included_grant=0, remaining=-5, usage=5, unlimited=True)
    assert told(combined(endless)) == ["$.breakdown[0].remaining: remaining is -5, below zero"]


@pytest.mark.parametrize("interval", [*Interval, UnknownWord("fortnight")])
def test_only_what_never_comes_again_is_never_due(interval: AnyInterval) -> None:
    stated = combined(item(100, reset=Reset(interval=interval, resets_at=NEW_YEAR)))
    found = [finding.path for finding in audit(stated, at=NEW_YEAR)]
    assert found == ([] if interval == "one_off" else ["$.breakdown[0].reset.resets_at"])


def test_a_total_without_the_rollovers_may_be_rounded_by_the_sender() -> None:
    stated = evolve(combined(item(0.1), item(0.2), carried=[rollover(50)]), granted=0.1 + 0.2)
    assert told(stated) == [
        "$.granted: granted is 0.30000000000000004, but the parts add up to 50.3: the 50 of the rollovers are missing"
    ]


def test_a_negative_tolerance_is_refused() -> None:
    with pytest.raises(InvalidAmount, match=r"^tolerance: expected a number of at least 0, got -1$"):
        audit(combined(item(100)), tolerance=-1)


def test_a_sum_that_no_amount_can_be_is_a_finding() -> None:
    part = {"included_grant": 1e308, "prepaid_grant": 0, "remaining": 1e308, "usage": 0, "unlimited": False}
    stated = {"granted": 1e308, "remaining": 1e308, "usage": 0, "unlimited": False, "overage_allowed": False}
    payload = stated | {"feature_id": "messages", "breakdown": [part, part]}
    found = audit(wire.snake.structure(payload, Balance))
    assert [(finding.path, finding.derived) for finding in found] == [
        ("$.granted", 2 * 10**308),
        ("$.remaining", 2 * 10**308),
    ]
    assert max(len(finding.message) for finding in found) < 300


def test_a_limit_that_no_amount_can_be_is_a_finding() -> None:
    sold = [item(1, price=prepaid(max_purchase=1.7e308)) for _ in range(2)]
    stated = evolve(balance(2), breakdown=sold)
    assert [(finding.path, finding.derived) for finding in audit(stated)] == [("$.max_purchase", 34 * 10**307)]


@pytest.mark.parametrize("stranger", [None, 5, item(), [item()], {"feature_id": "messages"}], ids=repr)
def test_what_is_no_balance_cannot_be_audited(stranger: Any) -> None:
    with pytest.raises(TypeError, match=r"^balance: expected a Balance, got "):
        audit(stranger)
