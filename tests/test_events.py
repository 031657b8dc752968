"""What happens to a balance by itself, as values."""

from datetime import UTC, datetime
from typing import Any

import pytest

from balances import (
    BreakdownExpired,
    Event,
    InvalidAmount,
    InvalidCount,
    InvalidInstant,
    ResetHappened,
    RolloverExpired,
)

FIRST = datetime(2026, 2, 1, tzinfo=UTC)


def test_what_is_not_said_of_a_reset_is_as_usual() -> None:
    event = ResetHappened(at=FIRST, granted=100)
    assert event.id == ""
    assert event.count == 1
    assert event.carried == 0
    assert event.lapsed == 0
    assert repr(event) == "ResetHappened(at=datetime(2026, 2, 1, 0, 0, tzinfo=UTC), granted=100)"


def test_events_of_different_kinds_are_never_equal() -> None:
    events: list[Event] = [BreakdownExpired(at=FIRST, lapsed=5), RolloverExpired(at=FIRST, lapsed=5)]
    assert events[0] != events[1]
    assert len({ResetHappened(at=FIRST, granted=5), ResetHappened(at=FIRST, granted=5.0)}) == 1


@pytest.mark.parametrize("cls", [ResetHappened, BreakdownExpired, RolloverExpired])
def test_a_naive_moment_is_a_clear_error(cls: Any) -> None:
    with pytest.raises(InvalidInstant, match=r"^at: expected an aware datetime, got the naive"):
        cls(at=datetime(2026, 2, 1), **({"granted": 5} if cls is ResetHappened else {"lapsed": 5}))


def test_amounts_and_counts_are_checked() -> None:
    wrong: Any = "5"
    with pytest.raises(InvalidAmount, match=r"^granted: expected a number, got '5'$"):
        ResetHappened(at=FIRST, granted=wrong)
    with pytest.raises(InvalidCount, match=r"^count: expected a whole number of at least 1, got 0$"):
        ResetHappened(at=FIRST, granted=5, count=0)
    with pytest.raises(InvalidAmount, match=r"^lapsed: expected a number, got '5'$"):
        RolloverExpired(at=FIRST, lapsed=wrong)
