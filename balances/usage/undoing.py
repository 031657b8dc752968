"""Giving the amounts of a receipt back to the parts that paid them."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from attrs import evolve, field, frozen

from balances.base.amounts import (
    ONE,
    ZERO,
    Amount,
    add,
    multiply,
    quotient,
    storable,
    subtract,
    to_amount,
    total,
)
from balances.base.fields import Value, argument, named
from balances.base.home import public
from balances.base.messages import described
from balances.base.unchecked import maker
from balances.errors import InvalidAmount, InvalidChoice
from balances.usage.ledger import Ledger, receipt_of
from balances.usage.paying import Payer, Payers
from balances.usage.receipts import ROLLOVER, Deduction, folded, shares_of, to_deductions, units_in
from balances.values.balance import Balance, Breakdown, Rollover, to_balance
from balances.values.orders import BurnOrder
from balances.values.policies import Policy, to_policy

__all__ = ["Undone", "undo"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Undone(Value):
    """The result of giving back: the new balance, and a receipt of negative lines.

    `untracked` is the amount that fitted nowhere, in units. It is negative, like the lines. Both add up to the whole.

    >>> from balances import track
    >>> from balances.testing import balance
    >>> tracked = track(balance(100, 28), 5)
    >>> undone = undo(tracked.balance, tracked.deductions)
    >>> undone.balance.usage, [line.units for line in undone.deductions]
    (Decimal('28'), [Decimal('-5')])
    """

    balance: Balance = field(converter=to_balance)
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    untracked: Decimal = field(converter=to_amount, default=ZERO)


_make_undone = maker(Undone)


@public
def undo(
    balance: Balance,
    /,
    deductions: Sequence[Deduction],
    *,
    amount: Amount | None = None,
    policy: Policy | None = None,
) -> Undone:
    """Give the amounts of a receipt back to the parts that paid them, the last line first.

    With `amount`, in units, only that much is given back. Right after `track`, the balance is the one from before:

    >>> from balances import track
    >>> from balances.testing import balance
    >>> before = balance(100, 28)
    >>> tracked = track(before, 50)
    >>> undo(tracked.balance, tracked.deductions).balance == before
    True
    >>> undo(tracked.balance, tracked.deductions, amount=20).balance.remaining
    Decimal('42')

    Other usage may have come between. Then an item pays its overage back first, and no part takes back more than was
    used of it. The rest is refunded to the other items in the burn order of the `policy`, and so is the share of a part
    that is gone. An amount that fits nowhere is `untracked`.

    Units that have lapsed do not come back. An item that has reset since takes nothing back, because those units
    lapsed with their period: they are `untracked`.

    >>> from datetime import UTC, datetime
    >>> from balances import advance, combine
    >>> from balances.testing import item, monthly
    >>> plan = item(
    ...     100, 0, id="plan", reset=monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC))
    ... )
    >>> january = track(combine([plan], feature_id="messages"), 100)
    >>> february = advance(january.balance, to=datetime(2026, 2, 1, tzinfo=UTC)).balance
    >>> undone = undo(track(february, 100).balance, january.deductions)
    >>> undone.balance.remaining, undone.untracked
    (Decimal('0'), Decimal('-100'))

    An item is found by its id, or by its index if it has none. A rollover is found by its index if the expiry matches,
    else by the expiry. The count of usage limits is not lowered: the controls are the caller's. To give back more of
    the same receipt later, undo its lines together with those of the first `Undone`, which follow them.
    """
    balance = argument("balance", to_balance, balance)
    lines = lines_of(balance, deductions)
    wanted = None if amount is None else argument("amount", to_amount, amount)
    policy = argument("policy", to_policy, policy)
    if wanted is None:
        return given_back(balance, portions_of(lines, None), policy.order)
    portions = list(portions_of(lines, wanted))
    undone = given_back(balance, portions, policy.order)
    missing = subtract(wanted, total(units for _, _, units in portions))
    return evolve(undone, untracked=subtract(undone.untracked, missing)) if missing else undone


Portion: TypeAlias = tuple[Deduction, Decimal, Decimal]
"""How much of a receipt line is to be given back: the line, the amount in the unit of its balance, and in units."""


def given_back(balance: Balance, portions: Iterable[Portion], order: BurnOrder) -> Undone:
    """Give portions of receipt lines back to a balance."""
    ledger = Ledger(balance)
    giving = _Giving(ledger, order)
    for line, amount, units in portions:
        giving.give_back(line, amount, units)
    giving.give_elsewhere()
    deductions = receipt_of(ledger.lines, giving.units)
    untracked = giving.untracked
    untracked = untracked if untracked is ZERO else storable(untracked)
    return _make_undone(balance=ledger.close(), deductions=deductions, untracked=untracked)


def lines_of(balance: Balance, deductions: Sequence[Deduction]) -> tuple[Deduction, ...]:
    """Return the lines of a receipt that is about this balance, or an older one that does not name its balance."""
    lines = argument("deductions", to_deductions, deductions)
    for line in lines:
        if line.feature_id not in ("", balance.feature_id):
            expected = f"expected lines of {described(balance.feature_id)}"
            raise InvalidChoice(f"deductions: {expected}, got one of {described(line.feature_id)}")
    return lines


def portions_of(lines: Sequence[Deduction], wanted: Decimal | None) -> Iterator[Portion]:
    """Go through the lines, the last first, and say how much of each is to be given back."""
    if wanted is None:
        for line in reversed(lines):
            yield line, line.amount, line.units
        return
    taken = units_in(lines)
    if multiply(wanted, taken) < 0:
        raise InvalidAmount(f"amount: expected a part of the {described(taken)} taken, got {described(wanted)}")
    nearer = min if wanted > 0 else max
    # What earlier undos gave back counts against the line it came from: else each undo would take all of it again.
    for line in reversed(folded(lines)):
        if not wanted:
            return
        units = nearer(line.units, wanted)
        wanted = subtract(wanted, units)
        amount = line.amount if units == line.units else quotient(multiply(line.amount, units), line.units)
        yield line, amount, units


class _Giving:
    """A ledger while a receipt is given back to it, and the amount that is to be refunded to other items."""

    def __init__(self, ledger: Ledger, order: BurnOrder) -> None:
        self._ledger, self._order = ledger, order
        self._amount_left = self._units_left = ZERO
        self.units: list[Decimal] = []
        self.untracked = ZERO

    def give_back(self, line: Deduction, amount: Decimal, units: Decimal) -> None:
        """Give back to the part that a line is about. A negative amount was given back to it, and is taken again."""
        ledger = self._ledger
        parts: Sequence[Breakdown | Rollover] = ledger.rollovers if line.kind is ROLLOVER else ledger.items
        index, before = index_among(parts, line), len(ledger.lines)
        if index is not None and _is_over(line, ledger, index):
            self.untracked = subtract(self.untracked, units)
        elif amount < 0:
            left = _take_again(ledger, line, index, amount.copy_negate()).copy_negate()
            self.untracked = subtract(self.untracked, self._counted(before, amount, left, units))
        else:
            left = _give_back(ledger, line, index, amount)
            self._units_left = add(self._units_left, self._counted(before, amount, left, units))
            self._amount_left = add(self._amount_left, left)

    def give_elsewhere(self) -> None:
        """Refund the amount that the parts did not take back to any item that takes it."""
        if not self._amount_left:
            return
        before = len(self._ledger.lines)
        left = Payers([Payer(self._ledger, ONE)], (), self._order).give_back(self._amount_left)
        self.untracked = subtract(self.untracked, self._counted(before, self._amount_left, left, self._units_left))

    def _counted(self, before: int, amount: Decimal, left: Decimal, units: Decimal) -> Decimal:
        """Share units out over the lines written since, and the amount left; return the share of that."""
        # Most lines go back whole, to one part.
        if not left and len(self._ledger.lines) == before + 1:
            self.units.append(units.copy_negate())
            return ZERO
        units_left = units if left == amount else quotient(multiply(units, left), amount) if left else ZERO
        self.units += shares_of(self._ledger.amounts(since=before), subtract(units_left, units))
        return units_left


def index_among(parts: Sequence[Breakdown | Rollover], line: Deduction) -> int | None:
    """Return the index of the part that a receipt line is about, None where it is gone."""
    if line.index < len(parts) and _is_about(line, parts[line.index]):
        return line.index
    if not (line.kind is ROLLOVER or line.id):
        return None
    return next((index for index, part in enumerate(parts) if _is_about(line, part)), None)


def _is_about(line: Deduction, part: Breakdown | Rollover) -> bool:
    return part.id == line.id if isinstance(part, Breakdown) else part.expires_at == line.expires_at


def _is_over(line: Deduction, ledger: Ledger, index: int) -> bool:
    """Return whether the period of a line is over: whether its item has reset since."""
    if line.resets_at is None or line.kind is ROLLOVER:
        return False
    reset = ledger.items[index].reset
    return reset is not None and reset.resets_at is not None and reset.resets_at > line.resets_at


def _give_back(ledger: Ledger, line: Deduction, index: int | None, amount: Decimal) -> Decimal:
    """Give back to a part, no more than was used of it; return the rest."""
    if index is None:
        return amount
    if line.kind is ROLLOVER:
        used = _used_of(ledger.rollovers[index], line)
        # `min` would take four times as long, here and below.
        given = amount if amount < used else used
        if given > 0:
            ledger.move_rollover(index, given.copy_negate())
    else:
        item = ledger.items[index]
        used = amount if item.unlimited else _used_of(item, line)
        given = amount if amount < used else used
        if given > 0:
            _give_back_to_item(ledger, line, index, given)
    return subtract(amount, given) if given > 0 else amount


def _used_of(part: Breakdown | Rollover, line: Deduction) -> Decimal:
    """Return how much a part may take back: its usage. Below zero, it may fall as low as it was before the line."""
    least = line.least_usage
    return part.usage if least is None or least > 0 else subtract(part.usage, least)


def _give_back_to_item(ledger: Ledger, line: Deduction, index: int, amount: Decimal) -> None:
    item = ledger.items[index]
    if line.least_usage is None and item.usage <= item.granted:
        # All of it was used within the grant, as most usage is.
        ledger.move_item(index, amount.copy_negate())
        return
    low, low_then = subtract(item.usage, amount), None
    if line.least_usage is not None:
        low_then = subtract(add(line.least_usage, line.amount), amount)
    kept = of_remaining(item, line, amount, low, low_then)
    _move(ledger, index, subtract(kept, amount), is_overage=True)
    _move(ledger, index, kept.copy_negate())


def _take_again(ledger: Ledger, line: Deduction, index: int | None, amount: Decimal) -> Decimal:
    """Take from a part the amount it was given back, from an item beyond zero if necessary; return the rest."""
    if index is None:
        return amount
    if line.kind is ROLLOVER:
        return ledger.take_from_rollover(index, amount)
    item = ledger.items[index]
    kept = of_remaining(item, line, amount, item.usage, line.least_usage)
    _move(ledger, index, kept)
    _move(ledger, index, subtract(amount, kept), is_overage=True)
    return ZERO


def of_remaining(item: Breakdown, line: Deduction, amount: Decimal, low: Decimal, low_then: Decimal | None) -> Decimal:
    """Return how much of an amount moves `remaining` of an item whose usage moves from `low` upwards, or back.

    Usage within the grant does, and usage beyond it is overage. A line that began at `low_then`, when the numbers of
    the item did not fit together, has changed more or less than that. Then the answer differs by as much, so that
    undoing the line restores the item exactly.
    """
    if item.unlimited:
        return amount
    within = _within_grant(item, low, amount)
    if low_then is None:
        return within
    then = ZERO if line.is_overage else amount
    return max(ZERO, min(amount, subtract(add(within, then), _within_grant(item, low_then, amount))))


def _within_grant(item: Breakdown, low: Decimal, amount: Decimal) -> Decimal:
    return min(amount, max(ZERO, subtract(item.granted, low)))


def _move(ledger: Ledger, index: int, amount: Decimal, *, is_overage: bool = False) -> None:
    if amount:
        ledger.move_item(index, amount, is_overage=is_overage)
