"""When a balance starts over: what `reset_after` and `next_reset` take, and what they refuse."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from balances import InvalidInstant, Policy, Reset, combine, next_reset, reset_after
from balances.testing import balance, item, monthly

HAIR = timedelta(microseconds=1)
FEBRUARY, MARCH = (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3))


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
    assert next_reset(stated, after=FEBRUARY) is None
    assert next_reset(balance()) is next_reset(balance(), after=FEBRUARY) is None


def test_without_an_anchor_boundaries_are_counted_from_the_date_stated() -> None:
    reset = monthly(resets_at=FEBRUARY - timedelta(days=1))
    assert reset_after(reset, after=MARCH) == reset_after(reset, after=MARCH, policy=Policy())
    assert reset_after(reset, after=MARCH) == datetime(2026, 3, 31, tzinfo=UTC)
