"""What an operation moves, while it moves it.

A ledger is opened on a balance, filled with moves, and closed into a new balance. Each move is of one part, is written
down for the receipt, and moves the totals by exactly as much: so whatever they hold beyond the parts is neither lost
nor invented.
"""

from decimal import Decimal

from attrs import evolve

from balances.base.amounts import ZERO, add, storable, subtract
from balances.base.unchecked import changer
from balances.derived.overages import has_unlimited, items_of, overage
from balances.usage.receipts import Deduction, DeductionKind, make_deduction
from balances.values.balance import Balance, Breakdown, Rollover

__all__: list[str] = []


@changer
def _item_with(item: Breakdown, /, *, remaining: Decimal, usage: Decimal) -> Breakdown:
    return evolve(item, remaining=remaining, usage=usage)


@changer
def _rollover_with(rollover: Rollover, /, *, balance: Decimal) -> Rollover:
    return evolve(rollover, balance=balance)


@changer
def _balance_with(
    balance: Balance,
    /,
    *,
    remaining: Decimal,
    usage: Decimal,
    breakdown: tuple[Breakdown, ...],
    rollovers: tuple[Rollover, ...],
) -> Balance:
    return evolve(balance, remaining=remaining, usage=usage, breakdown=breakdown, rollovers=rollovers)


Move = tuple[DeductionKind, int, Decimal, bool]
"""What was drawn: from what kind of part, from which, how much, and whether it is overage."""


class Ledger:
    """The parts of a balance as they stand after the moves made so far."""

    __slots__ = ("_balance", "_remaining", "_usage", "is_unlimited", "items", "moves", "rollovers")

    def __init__(self, balance: Balance) -> None:
        """Open it; without a breakdown, the totals stand for one item."""
        self._balance = balance
        self._remaining = balance.remaining
        self._usage = balance.usage
        self.items = list(items_of(balance))
        self.rollovers = list(balance.rollovers)
        self.is_unlimited = has_unlimited(self.items)
        self.moves: list[Move] = []

    def draw_rollover(self, index: int, amount: Decimal) -> None:
        """Draw from a rollover."""
        rollover = self.rollovers[index]
        self.rollovers[index] = _rollover_with(rollover, balance=storable(subtract(rollover.balance, amount)))
        if not self.is_unlimited:
            self._move_totals(amount, amount)
        self.moves.append((DeductionKind.ROLLOVER, index, amount, False))

    def draw(self, index: int, amount: Decimal) -> None:
        """Draw from what remains of an item."""
        item = self.items[index]
        self._draw(index, amount, ZERO if item.unlimited else amount)
        self.moves.append((DeductionKind.ITEM, index, amount, False))

    def draw_overage(self, index: int, amount: Decimal) -> None:
        """Draw from an item beyond its grant."""
        self._draw(index, amount, ZERO)
        self.moves.append((DeductionKind.ITEM, index, amount, True))

    def pay_back(self, index: int, amount: Decimal) -> Decimal:
        """Give back what an item owes of its overage, as far as the amount goes; return what is left of that."""
        paid = min(amount, overage(self.items[index]))
        if paid <= 0:
            return amount
        self.draw_overage(index, paid.copy_negate())
        return subtract(amount, paid)

    def fill(self, index: int, amount: Decimal) -> Decimal:
        """Fill an item up to its grant (an unlimited one is never full); return what is left of the amount."""
        item = self.items[index]
        filled = amount if item.unlimited else min(amount, subtract(item.granted, max(ZERO, item.remaining)))
        if filled <= 0:
            return amount
        self.draw(index, filled.copy_negate())
        return subtract(amount, filled)

    def refill(self, index: int, amount: Decimal) -> Decimal:
        """Give back to a rollover, up to what it was granted; return what is left of the amount."""
        filled = min(amount, self.rollovers[index].usage)
        if filled <= 0:
            return amount
        self.draw_rollover(index, filled.copy_negate())
        return subtract(amount, filled)

    def use(self, index: int, amount: Decimal) -> Decimal:
        """Draw from an item what it has; return what is left of the amount."""
        item = self.items[index]
        taken = amount if item.unlimited else min(amount, item.remaining)
        if taken <= 0:
            return amount
        self.draw(index, taken)
        return subtract(amount, taken)

    def empty(self, index: int, amount: Decimal) -> Decimal:
        """Draw from a rollover what it has; return what is left of the amount."""
        taken = min(amount, self.rollovers[index].balance)
        if taken <= 0:
            return amount
        self.draw_rollover(index, taken)
        return subtract(amount, taken)

    def amounts(self, *, since: int = 0) -> list[Decimal]:
        """Return how much was drawn by each move since one of them."""
        return [amount for _, _, amount, _ in self.moves[since:]]

    def close(self) -> Balance:
        """Return the balance after all moves."""
        if not self.moves:
            return self._balance
        return _balance_with(
            self._balance,
            remaining=storable(self._remaining),
            usage=storable(self._usage),
            breakdown=tuple(self.items) if self._balance.breakdown else (),
            rollovers=tuple(self.rollovers),
        )

    def receipt(self, units: list[Decimal]) -> tuple[Deduction, ...]:
        """Return a line for each move, given what each was in units."""
        return tuple([self._line(move, each) for move, each in zip(self.moves, units, strict=True)])

    def _draw(self, index: int, used: Decimal, taken: Decimal) -> None:
        item = self.items[index]
        self.items[index] = _item_with(
            item, remaining=storable(subtract(item.remaining, taken)), usage=storable(add(item.usage, used))
        )
        if item.unlimited or not self.is_unlimited:
            self._move_totals(used, taken)

    def _move_totals(self, used: Decimal, taken: Decimal) -> None:
        self._usage = add(self._usage, used)
        self._remaining = subtract(self._remaining, taken)

    def _line(self, move: Move, units: Decimal) -> Deduction:
        kind, index, amount, is_overage = move
        of_item = kind is DeductionKind.ITEM
        paid = storable(amount)
        return make_deduction(
            kind=kind,
            id=self.items[index].id if of_item else "",
            index=index,
            expires_at=None if of_item else self.rollovers[index].expires_at,
            amount=paid,
            units=paid if units is amount else storable(units),
            is_overage=is_overage,
        )
