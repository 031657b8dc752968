"""Law: after any sequence of operations a balance is the sum of its parts, and its receipts say every move.

State machines draw the sequences: track, refund, undo, hold, confirm, release and set usage.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias, TypeVar

import sequences
from attrs import evolve
from helpers import EPOCH, combined, tried
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
    precondition,
    rule,
    run_state_machine_as_test,
)
from strategies_of_balances import EXACT, resets, rollovers, summed, unlimited_items

from balances import (
    Balance,
    BillingControls,
    Breakdown,
    Deduction,
    Hold,
    InsufficientBalance,
    OverageBehavior,
    OverageControl,
    PropertyFilter,
    Rollover,
    SpendLimit,
    Tracked,
    UsageLimit,
    audit,
    confirm,
    hold,
    release,
    set_usage,
    track,
    undo,
    wire,
)
from balances.testing import assert_conserved, item, prepaid, usage_based
from balances.testing.strategies import instants

T = TypeVar("T")
Receipt: TypeAlias = tuple[Deduction, ...]
Terms: TypeAlias = dict[str, Any]
Reservation: TypeAlias = tuple[Hold, Terms]
Part: TypeAlias = tuple[str, str, Any]
Counts: TypeAlias = Sequence[tuple[Decimal, Decimal]]

ZERO: Final = Decimal(0)
SUMS: Final = ("granted", "remaining", "usage")
FORMATS: Final = [wire.make_converter(case, exact=True) for case in ("snake", "camel")]

quantities: Final = st.one_of(
    st.integers(0, 200).map(Decimal),
    st.decimals(0, 1000, places=7),
    st.sampled_from([Decimal("1e-9"), Decimal(10**6)]),
)
shares: Final = st.none() | st.sampled_from([Decimal(0), Decimal(1)]) | st.decimals(0, 2, places=2)
behaviors: Final = st.sampled_from(OverageBehavior)
terms: Final = st.fixed_dictionaries(
    {
        "credit_cost": st.sampled_from([1, 1, 1, 3, 10, 0.25, 0.7]),
        "feature_id": st.sampled_from([None, "messages", "tokens"]),
        "properties": st.sampled_from([None, {"model": "small"}, {"model": "large"}]),
    }
)
usage_limits: Final = st.builds(
    UsageLimit,
    feature_id=st.sampled_from(["messages", "tokens", "seats"]),
    enabled=st.sampled_from([True, True, False]),
    limit=st.integers(0, 1000),
    interval=st.just("day"),
    filter=st.none() | st.just(PropertyFilter(properties={"model": "large"})),
    usage=st.none() | st.integers(0, 300),
)
controls_: Final = st.none() | st.builds(
    BillingControls,
    usage_limits=st.lists(usage_limits, max_size=2),
    spend_limits=st.lists(
        st.builds(SpendLimit, feature_id=st.just("messages"), enabled=st.booleans(), overage_limit=st.integers(0, 300)),
        max_size=1,
    ),
    overage_allowed=st.lists(
        st.builds(OverageControl, feature_id=st.just("messages"), enabled=st.booleans()), max_size=1
    ),
)


def amounts_of(lines: Iterable[Deduction]) -> Decimal:
    return summed(line.amount for line in lines)


def units_of(lines: Iterable[Deduction]) -> Decimal:
    return summed(line.units for line in lines)


def less(amount: Decimal, other: Decimal) -> Decimal:
    return EXACT.subtract(amount, other)


def opposite(lines: Iterable[Deduction]) -> Receipt:
    return tuple(evolve(line, amount=line.amount.copy_negate(), units=line.units.copy_negate()) for line in lines)


def named(items: Iterable[Breakdown]) -> list[Breakdown]:
    """Give every item an id, but for the first: without one, the index says which it is."""
    return [evolve(item, id=f"item_{index}" if index else "") for index, item in enumerate(items)]


def beside_its_parts(balance: Balance) -> tuple[Decimal, ...]:
    """Return what the totals hold beyond the parts."""
    derived = combined(*balance.breakdown, carried=balance.rollovers)
    return tuple(less(getattr(balance, name), getattr(derived, name)) for name in SUMS)


def left_and_used(balance: Balance) -> dict[Part, tuple[Decimal, Decimal]]:
    """Return what remains of each part and what was used of it; without a breakdown, of what no rollover holds."""
    of_rollovers = [(rollover.balance, rollover.usage) for rollover in balance.rollovers]
    of_items = [(item.id, item.remaining, item.usage) for item in balance.breakdown] or [
        (
            "",
            less(balance.remaining, summed(left for left, _ in of_rollovers)),
            less(balance.usage, summed(used for _, used in of_rollovers)),
        )
    ]
    parts: dict[Part, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
    for name, left, used in of_items:
        parts["item", name, None] = left, used
    for rollover, (left, used) in zip(balance.rollovers, of_rollovers, strict=True):
        before, used_before = parts["rollover", "", rollover.expires_at]
        parts["rollover", "", rollover.expires_at] = EXACT.add(before, left), EXACT.add(used_before, used)
    return parts


def counted(limit: UsageLimit, terms: Terms, counts: Counts, behavior: OverageBehavior) -> UsageLimit:
    """Count amounts and units in a limit, one after the other, if it is about these terms."""
    is_asked = limit.enabled and limit.feature_id in ("messages", terms["feature_id"])
    if not is_asked or (limit.filter and dict(limit.filter.properties) != terms["properties"]):
        return limit
    for amount, units in counts:
        used = limit.usage or ZERO
        if used <= limit.limit or behavior is OverageBehavior.OVERFLOW:
            limit = evolve(limit, usage=EXACT.add(used, amount if limit.feature_id == "messages" else units))
    return limit


def with_counts(controls: BillingControls, limits: Iterable[UsageLimit]) -> BillingControls:
    """Return controls with these limits, of which those that counted nothing yet say so."""
    return evolve(controls, usage_limits=[evolve(limit, usage=limit.usage or ZERO) for limit in limits])


def survives_the_wire(value: T, cls: type[T]) -> bool:
    return all(converter.structure(converter.unstructure(value), cls) == value for converter in FORMATS)


class History(RuleBasedStateMachine):
    """A balance, the controls it is used under, and every line of every receipt since it was begun."""

    receipts: Bundle[Receipt] = Bundle("receipts")
    holds: Bundle[Reservation] = Bundle("holds")
    beginnings: ClassVar[st.SearchStrategy[Balance]]
    limits: ClassVar[st.SearchStrategy[BillingControls | None]] = controls_

    def __init__(self) -> None:
        """Wait to begin."""
        super().__init__()
        self.balance = self.begun = Balance(feature_id="messages", granted=0, remaining=0, usage=0)
        self.controls: BillingControls | None = None
        self.written: list[Deduction] = []

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self._begin(data.draw(self.beginnings))
        self.controls = data.draw(self.limits)

    def _begin(self, balance: Balance) -> None:
        self.balance = self.begun = balance
        self.written = []

    @rule(target=receipts, amount=quantities, behavior=behaviors, terms=terms)
    def track(self, amount: Decimal, behavior: OverageBehavior, terms: Terms) -> Receipt | MultipleResults[Receipt]:
        try:
            tracked = track(self.balance, amount, controls=self.controls, overage_behavior=behavior, **terms)
        except InsufficientBalance as refused:
            assert behavior is OverageBehavior.REJECT
            assert 0 <= refused.available < refused.required == amount
            return multiple()
        counts = [(amounts_of(tracked.deductions), tracked.tracked)]
        assert (tracked.limit is None) is (tracked.untracked == 0)
        assert undo(tracked.balance, tracked.deductions).balance == self.balance
        return self._tracked(tracked, amount, terms, counts, behavior)

    @rule(target=receipts, amount=quantities, behavior=behaviors, terms=terms)
    def refund(self, amount: Decimal, behavior: OverageBehavior, terms: Terms) -> Receipt:
        given = amount.copy_negate()
        refunded = track(self.balance, given, controls=self.controls, overage_behavior=behavior, **terms)
        assert refunded.untracked <= 0
        assert undo(refunded.balance, refunded.deductions).balance == self.balance
        return self._tracked(refunded, given, terms, (), behavior)

    @rule(target=receipts, usage=quantities)
    def set_usage(self, usage: Decimal) -> Receipt:
        difference = less(usage, self.balance.usage)
        corrected = set_usage(self.balance, usage, controls=self.controls)
        assert corrected.balance.usage == less(usage, corrected.untracked)
        return self._tracked(corrected, difference, {}, (), OverageBehavior.OVERFLOW)

    @rule(target=receipts, receipt=receipts, share=shares)
    def undo(self, receipt: Receipt, share: Decimal | None) -> Receipt:
        taken = units_of(receipt)
        amount = taken if share is None else EXACT.multiply(taken, share)
        undone = undo(self.balance, receipt, amount=None if share is None else amount)
        assert EXACT.add(units_of(undone.deductions), undone.untracked) == amount.copy_negate()
        self._settle(undone.balance, undone.deductions)
        return undone.deductions

    @rule(target=holds, amount=quantities, terms=terms)
    def hold(self, amount: Decimal, terms: Terms) -> Reservation | MultipleResults[Reservation]:
        try:
            held = hold(self.balance, amount, id="call_1", controls=self.controls, **terms)
        except InsufficientBalance as refused:
            assert 0 <= refused.available < refused.required == amount
            return multiple()
        assert units_of(held.hold.deductions) == amount
        assert release(held.balance, held.hold).balance == self.balance
        assert survives_the_wire(held.hold, Hold)
        self._settle(held.balance, held.hold.deductions)
        return held.hold, terms

    @rule(target=receipts, reservation=consumes(holds), share=shares, behavior=behaviors)
    def confirm(
        self, reservation: Reservation, share: Decimal | None, behavior: OverageBehavior
    ) -> Receipt | MultipleResults[Receipt]:
        held, terms = reservation
        used = held.amount if share is None else EXACT.multiply(held.amount, share)
        try:
            confirmed = confirm(
                self.balance,
                held,
                used=None if share is None else used,
                controls=self.controls,
                overage_behavior=behavior,
            )
        except InsufficientBalance as refused:
            assert behavior is OverageBehavior.REJECT
            assert held.amount <= refused.available < refused.required == used
            return multiple()
        of_hold = amounts_of(held.deductions), held.amount
        of_all = amounts_of(confirmed.deductions), confirmed.tracked
        of_more = less(of_all[0], of_hold[0]), less(of_all[1], of_hold[1])
        counts = [of_hold, of_more] if used > held.amount else [of_all]
        return self._tracked(confirmed, used, terms, counts, behavior, before=held.deductions)

    @rule(target=receipts, reservation=consumes(holds))
    def release(self, reservation: Reservation) -> Receipt:
        held, _ = reservation
        released = release(self.balance, held)
        assert EXACT.add(units_of(released.deductions), released.untracked) == held.amount.copy_negate()
        self._settle(released.balance, released.deductions)
        return released.deductions

    @precondition(lambda self: self.balance.breakdown)
    @rule(data=st.data())
    def start_over(self, data: st.DataObject) -> None:
        items = list(self.balance.breakdown)
        index = data.draw(st.integers(0, len(items) - 1))
        items[index] = evolve(items[index], remaining=items[index].granted, usage=0)
        self._recombine(items, self.balance.rollovers)

    @precondition(lambda self: len(self.balance.breakdown) > 1)
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        items, carried = list(self.balance.breakdown), list(self.balance.rollovers)
        gone = data.draw(st.sampled_from([parts for parts in (items, carried) if parts]))
        gone.pop(data.draw(st.integers(0, len(gone) - 1)))
        self._recombine(items, carried)

    def _recombine(self, items: Sequence[Breakdown], carried: Sequence[Rollover]) -> None:
        """Begin anew with other parts, and with what the totals held beside them."""
        beside = beside_its_parts(self.balance)
        balance = combined(*items, carried=carried)
        sums: dict[str, Any] = {
            name: EXACT.add(getattr(balance, name), more) for name, more in zip(SUMS, beside, strict=True)
        }
        self._begin(evolve(balance, **sums))

    def _tracked(
        self,
        tracked: Tracked,
        amount: Decimal,
        terms: Terms,
        counts: Counts,
        behavior: OverageBehavior,
        *,
        before: Receipt = (),
    ) -> Receipt:
        """Check what is said of an amount, and settle its receipt; what of it was drawn `before` is settled already."""
        assert EXACT.add(tracked.tracked, tracked.untracked) == amount
        assert units_of(tracked.deductions) == tracked.tracked
        self._count(tracked.controls, terms, () if self.balance.unlimited else counts, behavior)
        self._settle(tracked.balance, (*tracked.deductions, *opposite(before)))
        return tracked.deductions

    def _count(self, after: BillingControls | None, terms: Terms, counts: Counts, behavior: OverageBehavior) -> None:
        if self.controls is None:
            assert after is None
        else:
            assert after is not None
            before = self.controls.usage_limits
            limits = [counted(limit, terms, counts, behavior) if counts else limit for limit in before]
            assert with_counts(after, after.usage_limits) == with_counts(self.controls, limits)
        self.controls = after

    def _settle(self, after: Balance, lines: Receipt) -> None:
        assert less(after.usage, self.balance.usage) == amounts_of(lines)
        assert all(survives_the_wire(line, Deduction) for line in lines)
        self.written += lines
        self.balance = after

    @invariant()
    def the_receipts_say_it_all(self) -> None:
        before, after = left_and_used(self.begun), left_and_used(self.balance)
        lines: dict[Part, list[Deduction]] = defaultdict(list)
        for line in self.written:
            lines[line.kind.value, line.id, line.expires_at].append(line)
        for part in {*before, *after, *lines}:
            (left_before, used_before), (left, used) = before[part], after[part]
            assert less(used, used_before) == amounts_of(lines[part])
            if not self.balance.unlimited:
                assert less(left_before, left) == amounts_of(line for line in lines[part] if not line.is_overage)

    @invariant()
    def nothing_is_below_nothing(self) -> None:
        assert all(left >= 0 for left, _ in left_and_used(self.balance).values())

    @invariant()
    def the_law_is_kept(self) -> None:
        assert_conserved(*self.balance.breakdown)
        if self.balance.breakdown:
            assert beside_its_parts(self.balance) == beside_its_parts(self.begun)
        if not self.balance.breakdown or not any(beside_its_parts(self.begun)):
            assert_conserved(self.balance)
            assert audit(self.balance, tolerance=0) == ()

    @invariant()
    def nothing_else_changes(self) -> None:
        names = ("feature_id", "granted", "unlimited", "overage_allowed", "max_purchase", "next_reset_at")
        assert [getattr(self.balance, name) for name in names] == [getattr(self.begun, name) for name in names]
        kept = [evolve(item, remaining=0, usage=0) for item in self.begun.breakdown]
        assert [evolve(item, remaining=0, usage=0) for item in self.balance.breakdown] == kept


limited_items: Final = st.builds(
    item,
    quantities,
    quantities,
    prepaid_grant=st.just(0) | quantities,
    plan_id=st.sampled_from([None, "pro"]),
    reset=st.none() | resets,
    price=st.sampled_from([None, prepaid(), usage_based(), usage_based(max_purchase=100), usage_based(max_purchase=0)]),
    expires_at=st.none() | instants(after=EPOCH),
)
several_rollovers: Final = st.lists(rollovers, max_size=2)


def together(items: Iterable[Breakdown], carried: Iterable[Rollover]) -> Balance:
    return combined(*items, carried=carried)


single: Final = st.builds(together, st.tuples(limited_items), several_rollovers)
finite: Final = st.builds(together, st.lists(limited_items, min_size=1, max_size=3).map(named), several_rollovers)


def with_more(balance: Balance, more: Decimal) -> Balance:
    return evolve(balance, granted=EXACT.add(balance.granted, more), usage=EXACT.add(balance.usage, more))


def with_unlimited(items: list[Breakdown], unlimited: Breakdown, carried: list[Rollover]) -> Balance:
    return together(named([*items, unlimited]), carried)


class Finite(History):
    """Several items, none of which is unlimited."""

    beginnings = finite


class OfTotals(History):
    """No breakdown: nothing but totals and rollovers."""

    beginnings = single.map(lambda balance: evolve(balance, breakdown=()))


class BesideItsParts(History):
    """Totals that hold more than the parts."""

    beginnings = st.builds(with_more, finite, quantities)


class Unlimited(History):
    """An unlimited item, after others."""

    beginnings = st.builds(with_unlimited, st.lists(limited_items, max_size=2), unlimited_items, several_rollovers)
    limits = st.none()


def run(machine: type[History], *, percent: int) -> None:
    run_state_machine_as_test(machine, settings=settings(tried(percent), stateful_step_count=20))


def test_a_balance_of_several_items_stays_the_sum_of_its_parts() -> None:
    run(Finite, percent=120)


def test_a_balance_without_a_breakdown_keeps_the_law() -> None:
    run(OfTotals, percent=50)


def test_a_balance_whose_totals_hold_more_keeps_the_difference() -> None:
    run(BesideItsParts, percent=50)


def test_an_unlimited_balance_counts_all_its_usage() -> None:
    run(Unlimited, percent=50)


def test_what_a_fuzzer_found_keeps_the_law() -> None:
    for line in (Path(sequences.__file__).parent / "corpus_of_sequences.txt").read_text("ascii").splitlines():
        sequences.one_input(bytes.fromhex(line))
