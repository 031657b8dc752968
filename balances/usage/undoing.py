"""Giving back what was taken, where it was taken."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from attrs import field, frozen

from balances.base.amounts import (
    ZERO,
    Amount,
    add,
    multiply,
    quotient,
    storable,
    subtract,
    to_amount,
    to_optional_amount,
    total,
)
from balances.base.fields import Value, argument, named
from balances.base.home import public
from balances.base.messages import described
from balances.base.unchecked import maker
from balances.errors import InvalidAmount
from balances.usage.ledger import Ledger
from balances.usage.receipts import Deduction, DeductionKind, shares_of, to_deductions
from balances.usage.tracking import refund
from balances.values.balance import Balance, to_balance

__all__ = ["Undone", "undo"]


@public
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


@public
def undo(balance: Balance, /, deductions: Sequence[Deduction], *, amount: Amount | None = None) -> Undone:
    """Give back what a receipt says was taken, where it was taken, the last line first.

    With `amount`, in units, only that much is given back. Right after `track`, the balance is what it was before; and
    other usage may have come between. An item first pays what it owes of overage, and no part is filled beyond its
    grant. So nothing is resurrected where a part has expired or started over since: what it cannot take is given back
    as a refund, to the other items, and what fits nowhere is `untracked`. (An item that showed overage beside something
    remaining, or more than its grant, therefore gets its usage back exactly, but not that state.)

    An item is found by its id, or by its index if it has none; a rollover by its index if the expiry matches, else by
    the expiry. Usage limits are not un-counted: the controls are the caller's. To give back more of a receipt later,
    undo both together: its lines, followed by those of the first `Undone`.

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
    ledger = Ledger(argument("balance", to_balance, balance))
    giving = _Giving(ledger)
    for line, paid, units in _portions(lines, wanted):
        giving.give_back(line, paid, units)
    giving.give_elsewhere()
    missing = ZERO if wanted is None else subtract(wanted, giving.asked)
    return _make_undone(
        balance=ledger.close(),
        deductions=ledger.receipt(giving.units),
        untracked=storable(subtract(giving.untracked, missing)),
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
    """A ledger while a receipt is given back to it; what the parts cannot take is put by, to be given elsewhere."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._amount_left = self._units_left = ZERO
        self._places = {item.id: place for place, item in reversed(list(enumerate(ledger.items)))}
        self._expiries = {part.expires_at: place for place, part in reversed(list(enumerate(ledger.rollovers)))}
        self.units: list[Decimal] = []
        self.asked = self.untracked = ZERO

    def give_back(self, line: Deduction, amount: Decimal, units: Decimal) -> None:
        """Give back to the part that a line is about; or, of what was given back before, take it again."""
        self.asked = add(self.asked, units)
        before = len(self._ledger.moves)
        if amount < 0:
            left = _take_again(self._ledger, line, self._place_of(line), amount.copy_negate()).copy_negate()
            self.untracked = subtract(self.untracked, self._counted(before, amount, left, units))
        else:
            left = _give_back(self._ledger, line, self._place_of(line), amount)
            self._units_left = add(self._units_left, self._counted(before, amount, left, units))
            self._amount_left = add(self._amount_left, left)

    def give_elsewhere(self) -> None:
        """Give what was put by to whatever item takes it."""
        before = len(self._ledger.moves)
        left = refund(self._ledger, self._amount_left)
        self.untracked = subtract(self.untracked, self._counted(before, self._amount_left, left, self._units_left))

    def _counted(self, before: int, amount: Decimal, left: Decimal, units: Decimal) -> Decimal:
        """Share units out over the moves made since, and what is left; return the share of that."""
        units_left = units if left == amount else quotient(multiply(units, left), amount)
        self.units += shares_of(self._ledger.amounts(since=before), subtract(units_left, units))
        return units_left

    def _place_of(self, line: Deduction) -> int | None:
        if line.kind is DeductionKind.ROLLOVER:
            rollovers, place = self._ledger.rollovers, line.index
            matches = place < len(rollovers) and rollovers[place].expires_at == line.expires_at
            return place if matches else self._expiries.get(line.expires_at)
        items, place = self._ledger.items, line.index
        matches = place < len(items) and items[place].id == line.id
        return place if matches else self._places.get(line.id) if line.id else None


def _give_back(ledger: Ledger, line: Deduction, place: int | None, amount: Decimal) -> Decimal:
    """Give back to a part, as far as it can take it; return what is left."""
    if place is None:
        return amount
    if line.kind is DeductionKind.ROLLOVER:
        return ledger.refill(place, amount)
    return ledger.fill(place, ledger.pay_back(place, amount))


def _take_again(ledger: Ledger, line: Deduction, place: int | None, amount: Decimal) -> Decimal:
    """Take from a part what it was given back, an item beyond its grant if it must be; return what is left."""
    if place is None:
        return amount
    if line.kind is DeductionKind.ROLLOVER:
        return ledger.empty(place, amount)
    left = ledger.use(place, amount)
    if left:
        ledger.draw_overage(place, left)
    return ZERO
