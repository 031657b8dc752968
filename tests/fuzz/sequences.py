"""What is asked of any sequence of operations, for whatever bytes: `fuzz_sequences.py` has a fuzzer make them.

Bytes are choices. They choose a balance of odd amounts, and then what is done to it. After each operation the law of
conservation holds, every amount is in its one form, and the balance is written and read again as itself. An operation
that is undone at once never was. One that cannot be done raises an error of the package.
"""

import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

import attrs
from attrs import evolve
from choices import Choices

from balances import (
    Balance,
    BalancesError,
    BillingControls,
    Breakdown,
    BurnOrder,
    Deduction,
    Hold,
    OverageAtReset,
    OverageBehavior,
    OverageControl,
    Policy,
    Rollover,
    RolloverRule,
    SpendLimit,
    UsageLimit,
    advance,
    audit,
    check,
    combine,
    confirm,
    hold,
    release,
    set_quantity,
    set_usage,
    settle,
    top_up,
    track,
    undo,
    wire,
    with_item,
    without_item,
)
from balances.base.amounts import to_amount, total
from balances.base.shown import is_list
from balances.testing import assert_conserved, item, monthly, prepaid, rollover, usage_based

T = TypeVar("T")

EXACT: Final = wire.make_converter("snake", exact=True, internal=True)
START: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
MOST_OPERATIONS: Final = 12
LONGEST: Final = 2000
ODD: Final = (
    0, 1, 5, 100, -1, 0.1, 1 / 3, 1e-9, 1e9, 1e308, -1e308, 5e-324, Decimal("0.1000000000000000000000000000000001"),
    Decimal("1E+300"), Decimal("99.5"), 10**17, 2**63,
)  # fmt: skip
MOMENTS: Final = (None, *(START + timedelta(days=days) for days in (0, 1, 28, 59, 365)))
RESETS: Final = (None, *(monthly(interval_count=count, resets_at=at) for count in (1, 12) for at in MOMENTS))
PRICES: Final = (
    None, usage_based(2), usage_based(0.5, max_purchase=50), usage_based(1, max_purchase=0), prepaid(3),
    prepaid(1, billing_units=7),
)  # fmt: skip
RULES: Final = (
    None, RolloverRule(), RolloverRule(max=10), RolloverRule(max_percentage=33.3, months=1),
    RolloverRule(share=50, resets=2), RolloverRule(max=0),
)  # fmt: skip
COSTS: Final = (None, None, 3, 0.25, 1e-300, 7e200)


def amount_of(choices: Choices) -> Any:
    """Choose an amount, or, now and then, something that is none."""
    way = choices.below(4)
    if way == 0:
        return choices.one(ODD)
    if way == 1:
        return struct.unpack("d", choices.take(8))[0]
    return Decimal(choices.below(65536)) / (1 if way == 2 else 1000)


def item_of(choices: Choices) -> Breakdown:
    if choices.below(16) == 15:
        return Breakdown(id="endless", included_grant=0, unlimited=True, usage=abs(amount_of(choices)))
    return item(
        amount_of(choices),
        amount_of(choices),
        prepaid_grant=amount_of(choices) if choices.below(3) == 0 else 0,
        id=choices.one(("", "a", "b", "c")),
        price=choices.one(PRICES),
        reset=choices.one(RESETS),
        expires_at=choices.one(MOMENTS),
    )


def rollover_of(choices: Choices) -> Rollover:
    granted, used = abs(to_amount(amount_of(choices))), abs(to_amount(amount_of(choices)))
    return rollover(granted, min(granted, used), expires_at=choices.one(MOMENTS))


def balance_of(choices: Choices) -> Balance:
    items = [item_of(choices) for _ in range(choices.below(4))]
    carried = [rollover_of(choices) for _ in range(choices.below(3))]
    balance = combine(items, carried, feature_id="messages")
    return evolve(balance, breakdown=(), next_reset_at=None) if len(items) == 1 and choices.below(4) == 0 else balance


def controls_of(choices: Choices) -> BillingControls | None:
    if choices.below(2):
        return None
    return BillingControls(
        usage_limits=[UsageLimit(feature_id="messages", limit=amount_of(choices), interval="day")],
        spend_limits=[SpendLimit(feature_id="messages", enabled=True, overage_limit=amount_of(choices))],
        overage_allowed=[OverageControl(feature_id="messages", enabled=choices.one((True, False)))],
    )


def policy_of(choices: Choices) -> Policy:
    return Policy(
        rules=choices.one(RULES),
        order=BurnOrder(rollovers=choices.one(("first", "last"))),
        overage_at_reset=choices.one(list(OverageAtReset)),
    )


class Sequence:
    """A balance, what was done to it, and what can still be undone."""

    def __init__(self, choices: Choices) -> None:
        """Begin with a balance."""
        self.choices = choices
        self.balance = balance_of(choices)
        self.controls = controls_of(choices)
        self.policy = policy_of(choices)
        self.receipts: list[tuple[Deduction, ...]] = []
        self.holds: list[Hold] = []
        self.at = START
        self.refused = ""

    def go_on(self) -> None:
        """Do one more operation, as far as it can be done."""
        before = self.balance
        operation = self.choices.one(OPERATIONS)
        try:
            operation(self)
        except BalancesError as error:
            self.balance, self.refused = before, str(error)
        self.check()

    def check(self) -> None:
        """See that the balance is as it must be."""
        assert len(self.refused) < LONGEST
        assert_conserved(self.balance)
        assert [
            amount for amount in amounts_in(attrs.astuple(self.balance)) if str(to_amount(amount)) != str(amount)
        ] == []
        assert EXACT.structure(EXACT.unstructure(self.balance), Balance) == self.balance
        if self.balance.breakdown:
            assert audit(self.balance, tolerance=0) == ()

    def track(self) -> None:
        amount, behavior = amount_of(self.choices), self.choices.one(list(OverageBehavior))
        terms: dict[str, Any] = {"controls": self.controls, "policy": self.policy}
        cost = self.choices.one(COSTS)
        decision = check(self.balance, amount, controls=self.controls, credit_cost=cost)
        tracked = track(self.balance, amount, overage_behavior=behavior, credit_cost=cost, **terms)
        assert to_amount(amount) == total([tracked.tracked, tracked.untracked])
        assert decision.required == to_amount(amount)
        self._moved(tracked.balance, tracked.deductions)
        self.controls = tracked.controls

    def set_usage(self) -> None:
        corrected = set_usage(self.balance, amount_of(self.choices), policy=self.policy)
        self._moved(corrected.balance, corrected.deductions)

    def _moved(self, after: Balance, lines: tuple[Deduction, ...]) -> None:
        undone = surely(lambda: undo(after, lines, policy=self.policy))
        assert undone.balance == self.balance
        self.balance = after
        self.receipts.append(lines)

    def undo(self) -> None:
        if self.receipts:
            lines = self.choices.one(self.receipts)
            amount = amount_of(self.choices) if self.choices.below(2) else None
            self.balance = undo(self.balance, lines, amount=amount, policy=self.policy).balance

    def hold(self) -> None:
        cost = self.choices.one(COSTS)
        held = hold(self.balance, amount_of(self.choices), id="call", credit_cost=cost, controls=self.controls)
        assert surely(lambda: release(held.balance, held.hold)).balance == self.balance
        self.balance = held.balance
        self.holds.append(held.hold)

    def confirm(self) -> None:
        if self.holds:
            used = amount_of(self.choices) if self.choices.below(2) else None
            confirmed = confirm(self.balance, self.holds.pop(), used=used, controls=self.controls, policy=self.policy)
            self.balance, self.controls = confirmed.balance, confirmed.controls
            self.receipts.append(confirmed.deductions)

    def release(self) -> None:
        if self.holds:
            self.balance = release(self.balance, self.holds.pop(), policy=self.policy).balance

    def settle(self) -> None:
        settled = settle(self.balance, policy=self.policy).balance
        assert surely(lambda: settle(settled, policy=self.policy)).balance == settled
        self.balance = settled

    def advance(self) -> None:
        self.at += timedelta(days=self.choices.below(800), seconds=self.choices.below(65536))
        self.balance = advance(self.balance, to=self.at, policy=self.policy).balance

    def top_up(self) -> None:
        self.balance = top_up(self.balance, self.choices.one(("a", "b", "c")), amount_of(self.choices))

    def set_quantity(self) -> None:
        packs, current = amount_of(self.choices), amount_of(self.choices)
        self.balance = set_quantity(self.balance, self.choices.one(("a", "b", "c")), packs, current=current)

    def with_item(self) -> None:
        self.balance = with_item(self.balance, item_of(self.choices))

    def without_item(self) -> None:
        self.balance = without_item(self.balance, self.choices.one(("a", "b", "c", "endless")))


OPERATIONS: Final[tuple[Callable[[Sequence], None], ...]] = (
    Sequence.track, Sequence.track, Sequence.undo, Sequence.hold, Sequence.confirm, Sequence.release, Sequence.settle,
    Sequence.advance, Sequence.top_up, Sequence.set_quantity, Sequence.set_usage, Sequence.with_item,
    Sequence.without_item,
)  # fmt: skip


def surely(operation: Callable[[], T]) -> T:
    """Do what must not be refused, because it takes back what was done, or has nothing left to do."""
    try:
        return operation()
    except BalancesError as error:
        raise AssertionError("expected no refusal") from error


def amounts_in(value: Any) -> Iterator[Decimal]:
    """Find every amount in a value that was taken apart into tuples."""
    if isinstance(value, Decimal):
        yield value
    elif is_list(value):
        for part in value:
            yield from amounts_in(part)


def one_input(raw: bytes) -> None:
    """Begin a sequence as the bytes say, and go on while there are bytes."""
    choices = Choices(raw)
    try:
        sequence = Sequence(choices)
    except BalancesError:
        return
    sequence.check()
    for _ in range(MOST_OPERATIONS):
        if not choices.left:
            break
        sequence.go_on()
