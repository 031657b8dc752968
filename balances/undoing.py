"""Giving back what was taken, where it was taken."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from attrs import field, frozen

from balances.amounts import (
    ZERO,
    Amount,
    add,
    kept,
    multiply,
    quotient,
    subtract,
    to_amount,
    to_optional_amount,
    total,
)
from balances.errors import InvalidAmount, described
from balances.fields import Value, argument, named
from balances.ledgers import Ledger
from balances.making import maker
from balances.receipts import Deduction, DeductionKind, shares_of, to_deductions
from balances.usage import refund, to_balance
from balances.values import Balance

__all__ = ["Undone", "undo"]


@frozen(kw_only=True, repr=False, field_transformer=named)
class Undone(Value):
    """What came of giving back: `deductions` says what went where, as negative lines.

    `untracked` is what fitted nowhere, in units; it is negative, too, so that the lines and it make up the whole.

    >>> from balances import track
    >>> from balances.testing import balance
    >>> tracked = track(balance(100, 28), 5)
    >>> undo(tracked.balance, tracked.deductions).deductions
    (Deduction(kind=DeductionKind.ITEM, index=0, amount=-5, units=-5),)
    """

    balance: Balance = field(converter=to_balance)
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    untracked: Decimal = field(converter=to_amount, default=ZERO)


_make_undone = maker(Undone)


def undo(balance: Balance, /, deductions: Sequence[Deduction], *, amount: Amount | None = None) -> Undone:
    """Give back what a receipt says was taken, where it was taken, the last line first.

    With `amount`, in units, only that much is given back. Right after `track`, the balance is what it was before; and
    other usage may have come between. A part then first pays what it owes, and is never filled beyond its grant. So
    nothing is resurrected where a part has expired or started over since: what it cannot take is given back as a
    refund, to the other items, and what fits nowhere is `untracked`.

    An item is found by its id, or by its index if it has none; a rollover by its index if the expiry matches, else by
    the expiry. Usage limits are not un-counted: the controls are the caller's.

    >>> from balances import track
    >>> from balances.testing import balance
    >>> before = balance(100, 28)
    >>> tracked = track(before, 50)
    >>> undo(tracked.balance, tracked.deductions).balance == before
    True
    >>> undo(tracked.balance, tracked.deductions, amount=20).balance.remaining
    Decimal('42')
    """
    lines = argument("deductions", to_deductions, deductions)
    wanted = argument("amount", to_optional_amount, amount)
    ledger = Ledger(balance)
    giving = _Giving(ledger)
    for line, paid, units in _portions(lines, wanted):
        giving.give_back(line, paid, units)
    giving.refund()
    missing = ZERO if wanted is None else subtract(wanted, giving.asked)
    return _make_undone(
        balance=ledger.close(),
        deductions=ledger.receipt(giving.units),
        untracked=kept(subtract(giving.untracked, missing)),
    )


def _portions(lines: Sequence[Deduction], wanted: Decimal | None) -> Iterator[tuple[Deduction, Decimal, Decimal]]:
    """Return the lines, the last first, each with how much of it is to be given back: in amount and in units."""
    if wanted is None:
        yield from ((line, line.amount, line.units) for line in reversed(lines))
        return
    taken = total(line.units for line in lines)
    if multiply(wanted, taken) < 0:
        raise InvalidAmount(f"amount: expected a part of the {described(taken)} taken, got {described(wanted)}")
    nearer = min if wanted > 0 else max
    for line in reversed(lines):
        if not wanted:
            return
        units = nearer(line.units, wanted)
        wanted = subtract(wanted, units)
        yield line, line.amount if units == line.units else quotient(multiply(line.amount, units), line.units), units


class _Giving:
    """A ledger while a receipt is given back to it; what the parts cannot take is put by for the refund."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._amount_left = self._units_left = ZERO
        self.units: list[Decimal] = []
        self.asked = self.untracked = ZERO

    def give_back(self, line: Deduction, amount: Decimal, units: Decimal) -> None:
        """Give back to the part that a line is about."""
        self.asked = add(self.asked, units)
        before = len(self._ledger.moves)
        left = _give_back(self._ledger, line, amount)
        units_left = self._counted(before, amount, left, units)
        if amount < 0:
            self.untracked = subtract(self.untracked, units_left)
        else:
            self._amount_left = add(self._amount_left, left)
            self._units_left = add(self._units_left, units_left)

    def refund(self) -> None:
        """Give what was put by to whatever item takes it."""
        before = len(self._ledger.moves)
        left = refund(self._ledger, self._amount_left)
        units_left = self._counted(before, self._amount_left, left, self._units_left)
        self.untracked = subtract(self.untracked, units_left)

    def _counted(self, before: int, amount: Decimal, left: Decimal, units: Decimal) -> Decimal:
        """Share units out over the moves made since, and what is left; return the share of that."""
        units_left = units if left == amount else quotient(multiply(units, left), amount)
        self.units += shares_of(self._ledger.amounts(since=before), subtract(units_left, units))
        return units_left


def _give_back(ledger: Ledger, line: Deduction, amount: Decimal) -> Decimal:
    """Give an amount back to the part that a line is about; return what it cannot take."""
    if line.kind is DeductionKind.ROLLOVER:
        rollover = _rollover_of(line, ledger)
        return amount if rollover is None else _to_rollover(ledger, rollover, amount)
    item = _item_of(line, ledger)
    return amount if item is None else _to_item(ledger, item, amount)


def _to_rollover(ledger: Ledger, index: int, amount: Decimal) -> Decimal:
    if amount > 0:
        return ledger.refill(index, amount)
    # What an undo gave back is taken again.
    taken = min(amount.copy_negate(), max(ZERO, ledger.rollovers[index].balance))
    if taken > 0:
        ledger.draw_rollover(index, taken)
    return add(amount, taken)


def _to_item(ledger: Ledger, index: int, amount: Decimal) -> Decimal:
    if amount > 0:
        return ledger.fill(index, ledger.pay_back(index, amount))
    # What a refund gave back is taken again: it was used, whatever remains.
    item, owed = ledger.items[index], amount.copy_negate()
    taken = owed if item.unlimited else min(owed, max(ZERO, item.remaining))
    if taken > 0:
        ledger.draw(index, taken)
    if owed > taken:
        ledger.draw_overage(index, subtract(owed, taken))
    return ZERO


def _item_of(line: Deduction, ledger: Ledger) -> int | None:
    ids = [item.id for item in ledger.items]
    if line.index < len(ids) and ids[line.index] == line.id:
        return line.index
    return ids.index(line.id) if line.id and line.id in ids else None


def _rollover_of(line: Deduction, ledger: Ledger) -> int | None:
    expiries = [rollover.expires_at for rollover in ledger.rollovers]
    if line.index < len(expiries) and expiries[line.index] == line.expires_at:
        return line.index
    return expiries.index(line.expires_at) if line.expires_at in expiries else None
