"""Law: `carry_forward` loses nothing. The amount left at a reset is carried over, or it has lapsed.

No cap is broken, and more left never leaves less after. (Where nothing is added, nothing is trimmed. So only amounts
above zero are compared.) These hold for every rule, whatever its share, its cap and its life.
"""

import copy
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_balances import EXACT, quantities, rules
from strategies_of_time import exact

from balances import (
    Breakdown,
    Carry,
    InvalidAmount,
    InvalidInstant,
    Reset,
    Rollover,
    RolloverRule,
    carry_forward,
    rollover_cap,
)
from balances.testing import item, monthly, rollover

NEW_YEAR = datetime(2026, 1, 31, tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)

signed = quantities | quantities.map(Decimal.copy_negate)
dates = st.builds(datetime, st.integers(2026, 2028), st.integers(1, 12), st.sampled_from([1, 28]), tzinfo=st.just(UTC))
arbitrary_items = st.builds(
    Breakdown, included_grant=signed, prepaid_grant=signed, remaining=signed, usage=signed, unlimited=st.booleans()
)
items_with_some_left = st.builds(
    Breakdown, included_grant=quantities, remaining=quantities.filter(bool), usage=quantities
)
arbitrary_rollovers = st.lists(
    st.builds(Rollover, balance=signed, granted=signed, expires_at=st.none() | dates), max_size=4
)


resetting = st.sampled_from([monthly(), Reset(interval="week"), Reset(interval="year", interval_count=2)])
shares = st.none() | st.integers(0, 10000).map(lambda hundredths: Decimal(hundredths).scaleb(-2))
lives = st.sampled_from([None, "months", "days", "resets"])


@st.composite
def any_rules(draw: st.DrawFn) -> RolloverRule:
    """Draw a rule of any share, any cap and any life."""
    life, length = draw(lives), draw(st.integers(1, 40))
    given: dict[str, Any] = {"months": None, "share": draw(shares)} | ({life: length} if life else {})
    return evolve(draw(rules), **given)


def partly_used(balance: Decimal, used: Decimal, expiry: datetime | None) -> Rollover:
    return Rollover(balance=balance, granted=EXACT.add(balance, used), expires_at=expiry)


proper_rollovers = st.lists(st.builds(partly_used, quantities.filter(bool), quantities, st.none() | dates), max_size=4)


def balances_of(rollovers: Iterable[Rollover]) -> Fraction:
    return exact(rollover.balance for rollover in rollovers)


def used_of(rollovers: Iterable[Rollover]) -> list[Fraction]:
    return [Fraction(rollover.granted) - Fraction(rollover.balance) for rollover in rollovers]


def expiry(rollover: Rollover) -> datetime:
    return rollover.expires_at or NEVER


def living(rollovers: Iterable[Rollover], at: datetime) -> list[Rollover]:
    return sorted((rollover for rollover in rollovers if expiry(rollover) > at), key=expiry)


def uncapped(rule: RolloverRule) -> RolloverRule:
    return evolve(rule, max=None, max_percentage=None)


def kept_of(rollovers: Sequence[Rollover], cap: Fraction) -> list[Fraction]:
    """Fill the cap from the last to expire on: another way to what trimming from the first leaves."""
    kept: list[Fraction] = []
    for each in reversed(rollovers):
        kept.insert(0, min(Fraction(each.balance), cap - sum(kept)))
    return kept


@given(holding=arbitrary_items, rule=st.none() | rules, at=dates, before=arbitrary_rollovers)
def test_what_was_left_is_carried_over_or_has_lapsed(
    holding: Breakdown, rule: RolloverRule | None, at: datetime, before: list[Rollover]
) -> None:
    carry = carry_forward(holding, rule, at=at, rollovers=before)
    left = max(Fraction(), Fraction(holding.remaining)) + balances_of(before)
    assert left == balances_of(carry.rollovers) + Fraction(carry.lapsed)


@given(holding=arbitrary_items, rule=st.none() | rules, at=dates, before=arbitrary_rollovers)
def test_the_soonest_to_expire_is_first_and_nothing_has_expired(
    holding: Breakdown, rule: RolloverRule | None, at: datetime, before: list[Rollover]
) -> None:
    expiries = [expiry(rollover) for rollover in carry_forward(holding, rule, at=at, rollovers=before).rollovers]
    assert all(earlier <= later for earlier, later in pairwise(expiries))
    assert min(expiries, default=NEVER) > at


@given(holding=arbitrary_items, reset=resetting, rule=any_rules(), at=dates, before=arbitrary_rollovers)
def test_so_it_is_under_every_rule(
    holding: Breakdown, reset: Reset, rule: RolloverRule, at: datetime, before: list[Rollover]
) -> None:
    carry = carry_forward(evolve(holding, reset=reset), rule, at=at, rollovers=before)
    left = max(Fraction(), Fraction(holding.remaining)) + balances_of(before)
    assert left == balances_of(carry.rollovers) + Fraction(carry.lapsed)
    assert carry.carried >= 0


@given(
    holding=items_with_some_left,
    reset=resetting,
    more=quantities,
    rule=any_rules(),
    at=dates,
    before=proper_rollovers,
)
def test_more_left_never_leaves_less_after_and_never_more_than_the_cap(
    *, holding: Breakdown, reset: Reset, more: Decimal, rule: RolloverRule, at: datetime, before: list[Rollover]
) -> None:
    less = carry_forward(evolve(holding, reset=reset), rule, at=at, rollovers=before)
    added = evolve(holding, reset=reset, remaining=EXACT.add(holding.remaining, more))
    larger = carry_forward(added, rule, at=at, rollovers=before)
    assert balances_of(less.rollovers) <= balances_of(larger.rollovers)
    assert less.carried <= larger.carried
    share = Fraction(1) if rule.share is None else Fraction(rule.share) / 100
    assert larger.carried <= Fraction(added.remaining) * share
    cap = rollover_cap(rule, holding.granted) if share else None
    assert balances_of(larger.rollovers) <= (balances_of(larger.rollovers) if cap is None else Fraction(cap))


@given(holding=items_with_some_left, at=dates, number=st.integers(1, 60))
def test_on_a_monthly_grid_so_many_resets_are_so_many_months(holding: Breakdown, at: datetime, number: int) -> None:
    monthly_one = evolve(holding, reset=monthly(resets_at=at))
    by_resets, by_months = (
        carry_forward(monthly_one, rule, at=at) for rule in (RolloverRule(resets=number), RolloverRule(months=number))
    )
    assert by_resets == by_months


@given(holding=items_with_some_left, rule=rules, at=dates, before=arbitrary_rollovers)
def test_where_something_was_added_the_cap_is_kept(
    holding: Breakdown, rule: RolloverRule, at: datetime, before: list[Rollover]
) -> None:
    after = carry_forward(holding, rule, at=at, rollovers=before).rollovers
    without_cap = balances_of(carry_forward(holding, uncapped(rule), at=at, rollovers=before).rollovers)
    cap = rollover_cap(rule, holding.granted)
    assert balances_of(after) == min(without_cap, without_cap if cap is None else Fraction(cap))


@given(holding=items_with_some_left, rule=rules, at=dates, before=proper_rollovers)
def test_trimming_takes_from_the_soonest_to_expire_and_from_balance_and_grant_alike(
    holding: Breakdown, rule: RolloverRule, at: datetime, before: list[Rollover]
) -> None:
    all_of_them = carry_forward(holding, uncapped(rule), at=at, rollovers=before).rollovers
    after = carry_forward(holding, rule, at=at, rollovers=before).rollovers
    cap = rollover_cap(rule, holding.granted)
    kept = kept_of(all_of_them, balances_of(all_of_them) if cap is None else Fraction(cap))
    assert [Fraction(rollover.balance) for rollover in after] == [amount for amount in kept if amount]
    survivors = all_of_them[len(all_of_them) - len(after) :]
    assert used_of(after) == used_of(survivors)
    assert [rollover.expires_at for rollover in after] == [rollover.expires_at for rollover in survivors]


@given(holding=items_with_some_left, rule=rules, at=dates, before=proper_rollovers)
def test_carried_is_what_the_new_rollover_keeps(
    holding: Breakdown, rule: RolloverRule, at: datetime, before: list[Rollover]
) -> None:
    new = carry_forward(holding, uncapped(rule), at=at).rollovers[0]
    later = balances_of(rollover for rollover in living(before, at) if expiry(rollover) > expiry(new))
    cap = rollover_cap(rule, holding.granted)
    room = Fraction(holding.remaining) if cap is None else max(Fraction(), Fraction(cap) - later)
    carry = carry_forward(holding, rule, at=at, rollovers=before)
    assert carry.carried == min(Fraction(holding.remaining), room)


@given(holding=items_with_some_left, rule=rules, at=dates, before=proper_rollovers)
def test_without_a_cap_everything_that_has_not_expired_is_carried_over(
    holding: Breakdown, rule: RolloverRule, at: datetime, before: list[Rollover]
) -> None:
    carry = carry_forward(holding, uncapped(rule), at=at, rollovers=before)
    gone = balances_of(rollover for rollover in before if expiry(rollover) <= at)
    assert carry.carried == holding.remaining
    assert carry.lapsed == gone


@given(holding=arbitrary_items, at=dates, before=arbitrary_rollovers)
def test_without_a_rule_the_remainder_lapses_and_the_rollovers_stay(
    holding: Breakdown, at: datetime, before: list[Rollover]
) -> None:
    carry = carry_forward(holding, None, at=at, rollovers=before)
    gone = balances_of(rollover for rollover in before if expiry(rollover) <= at)
    assert carry.rollovers == tuple(living(before, at))
    assert carry.carried == 0
    assert carry.lapsed == max(Fraction(), Fraction(holding.remaining)) + gone


@given(less=quantities, rule=st.none() | rules, at=dates, before=arbitrary_rollovers)
def test_where_nothing_is_left_nothing_is_added_and_nothing_trimmed(
    less: Decimal, rule: RolloverRule | None, at: datetime, before: list[Rollover]
) -> None:
    spent = Breakdown(included_grant=100, remaining=less.copy_negate(), usage=100)
    carry = carry_forward(spent, rule, at=at, rollovers=before)
    assert carry.rollovers == tuple(living(before, at))
    assert carry.carried == 0


@given(holding=arbitrary_items, rule=st.none() | rules, at=dates, before=arbitrary_rollovers)
def test_what_is_given_is_not_changed(
    holding: Breakdown, rule: RolloverRule | None, at: datetime, before: list[Rollover]
) -> None:
    copied = copy.deepcopy((holding, before))
    assert carry_forward(holding, rule, at=at, rollovers=before) == carry_forward(
        holding, rule, at=at, rollovers=tuple(before)
    )
    assert (holding, before) == copied


@given(percentage=quantities, granted=quantities)
def test_a_percentage_is_rounded_down(percentage: Decimal, granted: Decimal) -> None:
    cap = rollover_cap(RolloverRule(max_percentage=percentage), granted)
    assert cap == Fraction(granted) * Fraction(percentage) // 100


def test_an_amount_caps_whatever_is_granted_and_no_cap_is_none() -> None:
    assert rollover_cap(RolloverRule(max=0.5), 1) == Decimal("0.5")
    assert rollover_cap(RolloverRule(max=0), 1) == 0
    assert rollover_cap(RolloverRule(max_percentage=0), 1) == 0
    assert rollover_cap(RolloverRule(), 1) is None


def test_a_percentage_is_of_all_that_is_granted() -> None:
    bought = item(100, 0, prepaid_grant=50)
    assert carry_forward(bought, RolloverRule(max_percentage=10), at=NEW_YEAR).carried == (100 + 50) * 10 // 100


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (1, datetime(2026, 2, 28, tzinfo=UTC)),
        (2, datetime(2026, 3, 31, tzinfo=UTC)),
        (25, datetime(2028, 2, 29, tzinfo=UTC)),
        (None, None),
    ],
)
def test_what_is_carried_over_expires_so_many_months_later(months: int | None, expected: datetime | None) -> None:
    carry = carry_forward(item(100, 28), RolloverRule(months=months), at=NEW_YEAR)
    assert carry.rollovers == (Rollover(balance=72, granted=72, expires_at=expected),)


def test_what_expires_at_the_reset_is_gone_and_what_expires_a_hair_later_is_not() -> None:
    later = NEW_YEAR.replace(microsecond=1)
    before = [rollover(5, expires_at=later), rollover(7, expires_at=NEW_YEAR)]
    carry = carry_forward(item(100, 28), RolloverRule(), at=NEW_YEAR, rollovers=before)
    assert carry == Carry(rollovers=[before[0], rollover(72)], carried=72, lapsed=7)


def test_what_never_expires_is_trimmed_last() -> None:
    forever = rollover(50, 10)
    carry = carry_forward(item(100, 28), RolloverRule(max=60, months=1), at=NEW_YEAR, rollovers=[forever])
    new = Rollover(balance=20, expires_at=datetime(2026, 2, 28, tzinfo=UTC))
    assert carry == Carry(rollovers=[new, forever], carried=60 - 40, lapsed=72 + 40 - 60)


def test_what_is_trimmed_keeps_what_it_had_used() -> None:
    carry = carry_forward(item(100, 28), RolloverRule(max=100), at=NEW_YEAR, rollovers=[rollover(50, 10)])
    assert carry.rollovers == (Rollover(balance=28, granted=38), Rollover(balance=72, granted=72))


def test_of_two_that_expire_together_the_older_one_is_trimmed_first() -> None:
    together = datetime(2026, 2, 28, tzinfo=UTC)
    older = rollover(30, expires_at=together)
    carry = carry_forward(item(100, 28), RolloverRule(max=80, months=1), at=NEW_YEAR, rollovers=[older])
    assert [left.balance for left in carry.rollovers] == [80 - 72, 72]
    assert carry.carried == 72
    assert carry.lapsed == 30 + 72 - 80


def test_a_cap_of_nothing_carries_nothing_and_empties_all() -> None:
    carry = carry_forward(item(100, 28), RolloverRule(max=0), at=NEW_YEAR, rollovers=[rollover(30)])
    assert carry == Carry(carried=0, lapsed=72 + 30)


def test_where_nothing_was_added_a_cap_trims_nothing() -> None:
    before = [rollover(30), rollover(7, expires_at=NEW_YEAR.replace(year=2027))]
    carry = carry_forward(item(100, 130), RolloverRule(max=1), at=NEW_YEAR, rollovers=before)
    assert carry == Carry(rollovers=before[::-1], carried=0, lapsed=0)


def test_the_new_one_may_be_trimmed_away_by_those_that_expire_later() -> None:
    carry = carry_forward(item(100, 28), RolloverRule(max=30, months=1), at=NEW_YEAR, rollovers=[rollover(30)])
    assert carry == Carry(rollovers=[rollover(30)], carried=0, lapsed=72)


def test_a_naive_moment_is_a_clear_error() -> None:
    with pytest.raises(InvalidInstant, match=r"^at: expected an aware datetime, got the naive 2026-01-01T00:00:00$"):
        carry_forward(item(), None, at=datetime(2026, 1, 1))


def test_rollovers_may_come_from_an_iterator() -> None:
    older: Any = iter([rollover(5)])
    carry = carry_forward(item(100, 28), RolloverRule(), at=NEW_YEAR, rollovers=older)
    assert [one.balance for one in carry.rollovers] == [5, 72]
    assert carry.lapsed == 0


@pytest.mark.parametrize("cap", [None, 1000, 82, 30])
def test_what_is_empty_goes_where_something_was_added(cap: int | None) -> None:
    empty = [rollover(20, 20), rollover(20, 20, expires_at=NEW_YEAR + timedelta(days=9))]
    carry = carry_forward(item(100, 28), RolloverRule(max=cap), at=NEW_YEAR, rollovers=empty)
    assert [one.balance for one in carry.rollovers] == [carry.carried]


def test_what_is_empty_stays_where_nothing_was_added() -> None:
    assert (
        len(carry_forward(item(100, 100), RolloverRule(max=5), at=NEW_YEAR, rollovers=[rollover(20, 20)]).rollovers)
        == 1
    )


def test_a_grant_that_is_no_amount_is_a_clear_error_under_any_rule() -> None:
    granted: Any = "x"
    with pytest.raises(InvalidAmount, match=r"^granted: expected a number, got 'x'$"):
        rollover_cap(RolloverRule(max=1), granted)
