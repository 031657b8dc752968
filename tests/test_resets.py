"""When a balance starts over: what `reset_after` and `next_reset` take, and what they refuse."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from balances import InvalidInstant, Policy, Reset, combine, next_reset, reset_after
from balances.periods.month_ends import MonthEndWord
from balances.testing import balance, item, monthly

HAIR = timedelta(microseconds=1)
FEBRUARY, MARCH = (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3))
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=BERLIN)


@pytest.mark.parametrize("reset", [monthly(resets_at=FEBRUARY), monthly()])
def test_a_policy_or_a_moment_of_a_wrong_class_is_refused_even_where_it_is_not_needed(reset: Reset) -> None:
    wrong: Any = "x"
    with pytest.raises(TypeError, match=r"^policy: expected a Policy, got 'x'$"):
        reset_after(reset, after=FEBRUARY - HAIR, policy=wrong)
    with pytest.raises(TypeError, match=r"^policy: expected a Policy, got 'x'$"):
        next_reset([], policy=wrong)
    with pytest.raises(InvalidInstant, match=r"^after: expected an aware datetime"):
        next_reset([], after=wrong)


@pytest.mark.parametrize("stranger", ["x", None, item(), monthly])
def test_a_reset_of_a_wrong_class_is_refused(stranger: Any) -> None:
    with pytest.raises(TypeError, match=r"^reset: expected a Reset, got "):
        reset_after(stranger, after=FEBRUARY)


@pytest.mark.parametrize("stranger", [5, None, monthly(), [monthly()], "items", {}])
def test_what_is_neither_a_balance_nor_items_has_no_next_reset(stranger: Any) -> None:
    with pytest.raises(TypeError, match=r"^balance: expected a "):
        next_reset(stranger)


def test_the_next_reset_of_a_balance_is_that_of_its_items() -> None:
    items = [item(reset=monthly(resets_at=moment)) for moment in (MARCH, FEBRUARY)]
    whole = combine(items, feature_id="messages")
    assert next_reset(whole) == whole.next_reset_at == FEBRUARY
    assert next_reset(whole, after=FEBRUARY) == MARCH
    assert next_reset(evolve(whole, next_reset_at=None)) == FEBRUARY


def test_the_next_reset_of_a_balance_without_a_breakdown_is_the_one_it_states() -> None:
    stated = balance(next_reset_at=FEBRUARY)
    assert next_reset(stated) == next_reset(stated, after=FEBRUARY - HAIR) == FEBRUARY
    assert next_reset(stated, after=FEBRUARY) is next_reset(stated, after=FEBRUARY + HAIR) is None
    assert next_reset(balance()) is next_reset(balance(), after=FEBRUARY) is None


def test_without_an_anchor_boundaries_are_counted_from_the_date_stated() -> None:
    reset = monthly(resets_at=FEBRUARY - timedelta(days=1))
    assert reset_after(reset, after=MARCH) == reset_after(reset, after=MARCH, policy=Policy())
    assert reset_after(reset, after=MARCH) == datetime(2026, 3, 31, tzinfo=UTC)


def test_the_months_of_a_zone_are_those_of_its_wall_clock() -> None:
    reset, policy = monthly(resets_at=NEW_YEAR), Policy(zone=BERLIN)
    assert reset_after(reset, after=MARCH, policy=policy) == datetime(2026, 4, 1, tzinfo=BERLIN)
    assert reset_after(reset, after=MARCH) == datetime(2026, 3, 31, 23, tzinfo=UTC)
    assert next_reset([item(reset=reset)], after=MARCH, policy=policy) == datetime(2026, 4, 1, tzinfo=BERLIN)


@pytest.mark.parametrize("zone", [None, UTC, BERLIN])
def test_a_date_that_is_still_to_come_is_as_stated_in_any_zone(zone: ZoneInfo | None) -> None:
    reset = monthly(resets_at=MARCH)
    assert reset_after(reset, after=FEBRUARY, policy=Policy(zone=zone, month_end="skip", anchor=NEW_YEAR)) == MARCH


@pytest.mark.parametrize(
    ("month_end", "expected"),
    [("last_day", (2, 28)), ("overflow", (3, 3)), ("skip", (3, 31)), ("first_of_next", (3, 1))],
)
@pytest.mark.parametrize("is_anchored", [False, True])
def test_the_policy_says_where_a_month_too_short_ends(
    *, month_end: MonthEndWord, expected: tuple[int, int], is_anchored: bool
) -> None:
    january = datetime(2026, 1, 31, tzinfo=UTC)
    policy = Policy(month_end=month_end, anchor=january if is_anchored else None)
    found = reset_after(monthly(resets_at=january), after=FEBRUARY, policy=policy)
    assert found == datetime(2026, *expected, tzinfo=UTC)


def test_a_last_day_stays_on_last_days_where_the_policy_says_so() -> None:
    reset = monthly(resets_at=datetime(2026, 2, 28, tzinfo=UTC))
    after = datetime(2026, 3, 1, tzinfo=UTC)
    assert reset_after(reset, after=after, policy=Policy(month_end="end_of_month")) == datetime(2026, 3, 31, tzinfo=UTC)
