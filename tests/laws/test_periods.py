"""Law: what has lapsed with its period does not come back, whatever was held, tracked or undone around a reset.

The usage of an item is what the receipts say of its current period, and nothing else.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, TypeAlias

from attrs import evolve
from helpers import tried
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from strategies_of_balances import EXACT, summed
from strategies_of_usage import rollovers

from balances import (
    Balance,
    Breakdown,
    Deduction,
    Hold,
    InsufficientBalance,
    OverageBehavior,
    Reset,
    Rollover,
    advance,
    combine,
    confirm,
    hold,
    release,
    track,
    undo,
)
from balances.testing import assert_conserved, item, usage_based

Receipt: TypeAlias = tuple[Deduction, ...]

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
wholes: Final = st.integers(0, 120).map(Decimal)
items: Final = st.builds(
    item,
    wholes,
    wholes,
    reset=st.sampled_from(
        [
            None,
            Reset(interval="day", resets_at=START + timedelta(days=1)),
            Reset(interval="week", resets_at=START + timedelta(days=3)),
        ]
    ),
    price=st.sampled_from([None, usage_based(), usage_based(max_purchase=50)]),
)


def opposite(lines: Iterable[Deduction]) -> Receipt:
    return tuple(evolve(line, amount=line.amount.copy_negate()) for line in lines)


def used_in(period: datetime | None, item_id: str, lines: Iterable[Deduction]) -> Decimal:
    """Return what receipts say was used of an item in one of its periods."""
    return summed(line.amount for line in lines if (line.id, line.resets_at) == (item_id, period))


def period_of(item: Breakdown) -> datetime | None:
    return item.reset.resets_at if item.reset else None


class Periods(RuleBasedStateMachine):
    """A balance that is lived, and every line of every receipt."""

    receipts: Bundle[Receipt] = Bundle("receipts")
    holds: Bundle[Hold] = Bundle("holds")

    def __init__(self) -> None:
        """Wait to begin."""
        super().__init__()
        self.now = START
        self.balance = Balance(feature_id="messages", granted=0, remaining=0, usage=0)
        self.written: list[Deduction] = []

    @initialize(parts=st.lists(items, min_size=1, max_size=3), carried=st.lists(rollovers, max_size=1))
    def begin(self, parts: Sequence[Breakdown], carried: Sequence[Rollover]) -> None:
        named = [evolve(part, id=f"item_{index}") for index, part in enumerate(parts)]
        self.balance = combine(named, carried, feature_id="messages")
        # What was used before is as if it stood in a receipt.
        before = [(part.id, part.usage, period_of(part)) for part in named]
        self.written = [
            Deduction(kind="item", id=name, index=0, amount=used, units=used, resets_at=period)
            for name, used, period in before
        ]

    @rule(days=st.integers(0, 9))
    def live(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.balance = advance(self.balance, to=self.now).balance

    @rule(target=receipts, amount=st.integers(-60, 200), behavior=st.sampled_from([*OverageBehavior][::2]))
    def track(self, amount: int, behavior: OverageBehavior) -> Receipt:
        tracked = track(self.balance, amount, overage_behavior=behavior)
        return self._settle(tracked.balance, tracked.deductions)

    @rule(target=receipts, receipt=receipts, share=st.none() | st.integers(0, 10))
    def undo(self, receipt: Receipt, share: int | None) -> Receipt:
        taken = summed(line.units for line in receipt)
        part = None if share is None else EXACT.multiply(taken, Decimal(share).scaleb(-1))
        undone = undo(self.balance, receipt, amount=part)
        given = summed([undone.untracked, *[line.units for line in undone.deductions]])
        assert given == (taken if part is None else part).copy_negate()
        return self._settle(undone.balance, undone.deductions)

    @rule(target=holds, amount=st.integers(0, 200))
    def hold(self, amount: int) -> Hold | MultipleResults[Hold]:
        try:
            held = hold(self.balance, amount, id="call_1")
        except InsufficientBalance:
            return multiple()
        self._settle(held.balance, held.hold.deductions)
        return held.hold

    @rule(target=receipts, held=consumes(holds), used=st.none() | wholes)
    def confirm(self, held: Hold, used: Decimal | None) -> Receipt:
        confirmed = confirm(self.balance, held, used=used)
        self._settle(confirmed.balance, (*confirmed.deductions, *opposite(held.deductions)))
        return confirmed.deductions

    @rule(target=receipts, held=consumes(holds))
    def release(self, held: Hold) -> Receipt:
        released = release(self.balance, held)
        return self._settle(released.balance, released.deductions)

    def _settle(self, after: Balance, lines: Receipt) -> Receipt:
        self.balance = after
        self.written += lines
        return lines

    @invariant()
    def usage_is_what_the_receipts_of_the_period_say(self) -> None:
        for part in self.balance.breakdown:
            assert part.usage == used_in(period_of(part), part.id, self.written)

    @invariant()
    def no_item_holds_more_than_it_grants(self) -> None:
        assert all(0 <= part.remaining <= part.granted for part in self.balance.breakdown)
        assert all(part.usage >= 0 for part in self.balance.breakdown)
        assert_conserved(self.balance, *self.balance.breakdown)


def test_what_has_lapsed_with_its_period_does_not_come_back() -> None:
    run_state_machine_as_test(Periods, settings=settings(tried(120), stateful_step_count=20))
