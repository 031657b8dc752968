"""Law: settling pays overage from what is there, and it does not matter when.

- The usage stays. What remains and the overage fall by the same, and afterwards one of the two is nothing.
- Settling again changes nothing.
- The receipt sums to zero, and undoing it gives the former balance.
- Late equals early: tracking beyond what there is, then adding an item and settling, leaves the totals of adding the
  item first and tracking. (That is so where nothing is in overage before, no item is unlimited, and none grants less
  than nothing.)
"""

from decimal import Decimal

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_policies import orders
from strategies_of_time import balances, combined, items, quantities, several_rollovers, strange_balances

from balances import Balance, Breakdown, BurnOrder, Policy, Rollover, Settled, overage, settle, track, undo
from balances.usage.tracking import OverageBehavior

NOTHING = Decimal(0)
OVERFLOW = OverageBehavior.OVERFLOW
policies = st.builds(Policy, order=st.just(BurnOrder()) | orders)


def remaining(balance: Balance) -> Decimal:
    """Return all that a balance holds: no part counts less than nothing."""
    left = [item.remaining for item in balance.breakdown] + [row.balance for row in balance.rollovers]
    return sum((max(NOTHING, amount) for amount in left), NOTHING)


@given(balance=balances(unlimited=False), policy=policies)
def test_usage_stays_and_overage_falls_as_far_as_what_remains_goes(balance: Balance, policy: Policy) -> None:
    settled = settle(balance, policy=policy)
    after = settled.balance
    assert after.usage == balance.usage
    assert balance.remaining - after.remaining == settled.settled
    assert overage(balance) - overage(after) == settled.settled
    assert min(remaining(after), overage(after)) == 0


@given(balance=balances() | strange_balances, policy=policies)
def test_settling_again_changes_nothing(balance: Balance, policy: Policy) -> None:
    once = settle(balance, policy=policy).balance
    assert settle(once, policy=policy) == Settled(balance=once)


@given(balance=balances(unlimited=False), policy=policies)
def test_its_receipt_sums_to_zero_and_says_what_was_drawn_and_paid(balance: Balance, policy: Policy) -> None:
    settled = settle(balance, policy=policy)
    drawn = [line.amount for line in settled.deductions if line.amount > 0]
    assert sum(line.amount for line in settled.deductions) == 0
    assert sum(drawn) == settled.settled
    assert all(line.is_overage == (line.amount < 0) for line in settled.deductions)


@given(balance=balances(unlimited=False), policy=policies)
def test_undoing_it_gives_the_former_balance(balance: Balance, policy: Policy) -> None:
    # Where an item shows overage beside something remaining, or has negative usage, `undo` moves its usage only.
    parts = [evolve(item, remaining=0) if overage(item) else item for item in balance.breakdown if item.usage >= 0]
    plain = combined(parts, balance.rollovers)
    settled = settle(plain, policy=policy)
    assert undo(settled.balance, settled.deductions).balance == plain


owing_nothing = (
    items()
    .filter(lambda item: item.granted >= 0)
    .map(lambda item: evolve(item, usage=NOTHING, remaining=item.granted, expires_at=None))
)


@given(
    parts=st.lists(owing_nothing, min_size=1, max_size=3),
    carried=several_rollovers,
    more=quantities,
    amount=quantities,
    policy=policies,
)
def test_late_is_early(
    *, parts: list[Breakdown], carried: list[Rollover], more: Decimal, amount: Decimal, policy: Policy
) -> None:
    added = Breakdown(included_grant=more, remaining=more, usage=NOTHING)
    owing = track(combined(parts, carried), amount, overage_behavior=OVERFLOW).balance
    late = settle(combined([*owing.breakdown, added], owing.rollovers), policy=policy).balance
    early = track(combined([*parts, added], carried), amount, overage_behavior=OVERFLOW).balance
    for name in ("granted", "remaining", "usage"):
        assert getattr(late, name) == getattr(early, name)
    assert overage(late) == overage(early)
