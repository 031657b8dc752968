"""Law: the next reset is later than the moment, is a boundary of the policy, and no boundary lies between."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_balances import intervals
from strategies_of_policies import policies

from balances import Breakdown, Policy, Reset, combine, cycle_at, next_reset, reset_after
from balances.testing import item

START: Final = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
HAIR: Final = timedelta(microseconds=1)

moments: Final = st.timedeltas(timedelta(days=-900), timedelta(days=900)).map(lambda distance: START + distance)
resets: Final = st.builds(
    Reset, interval=intervals, interval_count=st.integers(1, 3), resets_at=moments | st.just(START)
)
undated: Final = st.sampled_from([None, Reset(interval="month"), Reset(interval="one_off", resets_at=START)])
several_items: Final = st.lists((resets | undated).map(lambda reset: item(reset=reset)), max_size=4)


def boundaries_of(reset: Reset, policy: Policy) -> dict[str, Any]:
    """Return what the boundaries of a reset are counted by, under a policy."""
    counted = {"interval": reset.interval, "count": reset.interval_count, "anchor": policy.anchor or reset.resets_at}
    return counted | {"zone": policy.zone, "month_end": policy.month_end}


@given(reset=resets, after=moments, policy=policies)
def test_the_next_reset_is_the_first_boundary_later_than_the_moment(
    reset: Reset, after: datetime, policy: Policy
) -> None:
    past = evolve(reset, resets_at=min(after, reset.resets_at or after))
    found = reset_after(past, after=after, policy=policy)
    cycle = cycle_at(after, **boundaries_of(past, policy))
    assert found == cycle.end
    assert cycle.start <= after < cycle.end
    assert cycle_at(cycle.end, **boundaries_of(past, policy)).start == found


@given(reset=resets, before=st.timedeltas(HAIR, timedelta(days=900)), policy=policies)
def test_a_date_stated_that_is_still_to_come_is_the_next_reset(reset: Reset, before: timedelta, policy: Policy) -> None:
    stated = reset.resets_at or START
    assert reset_after(reset, after=stated - before, policy=policy) == stated


@given(items=several_items, after=moments, policy=policies)
def test_the_next_reset_of_a_balance_is_the_earliest_of_its_items(
    items: list[Breakdown], after: datetime, policy: Policy
) -> None:
    each = [reset_after(part.reset, after=after, policy=policy) for part in items if part.reset]
    earliest = min((moment for moment in each if moment), default=None)
    assert next_reset(items, after=after, policy=policy) == earliest
    assert next_reset(combine(items, feature_id="messages"), after=after, policy=policy) == earliest
