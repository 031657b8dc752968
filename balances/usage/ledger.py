"""The parts of a balance while they are being moved.

A ledger is opened on a balance, written to, and closed into a new balance. Each move changes one part and is a line of
the receipt. It moves the totals by the same amount, so an excess of the totals over the parts is neither lost nor
invented.
"""

from collections.abc import Sequence
from decimal import Decimal

from attrs import evolve

from balances.base.amounts import ZERO, add, storable, subtract
from balances.base.unchecked import changer
from balances.derived.overages import has_unlimited, items_of, summed
from balances.usage.receipts import ITEM, ROLLOVER, Deduction, make_deduction
from balances.values.balance import Balance, Breakdown, Rollover

__all__: list[str] = []


@changer
def item_left_with(item: Breakdown, /, *, remaining: Decimal, usage: Decimal) -> Breakdown:
    """Return an item with other amounts remaining and used."""
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


@changer
def _line_with(line: Deduction, /, *, units: Decimal) -> Deduction:
    return evolve(line, units=units)


class Ledger:
    """The parts of a balance as they stand after the moves made so far.

    The methods that take or give back an amount return the rest of it, which the part could not meet or hold.
    """

    __slots__ = ("_beyond", "_has_moved", "_used", "balance", "is_unlimited", "items", "lines", "rollovers")

    def __init__(self, balance: Balance, lines: list[Deduction] | None = None) -> None:
        """Open it; without a breakdown, the totals stand for one item. Several ledgers may write one list of lines."""
        self.balance = balance
        self._used = self._beyond = ZERO
        self.items = list(items_of(balance))
        self.rollovers = list(balance.rollovers)
        self.is_unlimited = has_unlimited(self.items)
        self.lines: list[Deduction] = [] if lines is None else lines
        self._has_moved = False

    def take_from_rollover(self, index: int, amount: Decimal) -> Decimal:
        """Take from a rollover, down to zero."""
        left = self.rollovers[index].balance
        taken = amount if amount < left else left
        if taken <= ZERO:
            return amount
        self.move_rollover(index, taken)
        return subtract(amount, taken)

    def take_from_item(self, index: int, amount: Decimal) -> Decimal:
        """Take from the amount left of an item, down to zero; an unlimited item has all of it."""
        item = self.items[index]
        # `min` would take four times as long.
        taken = amount if amount < item.remaining or item.unlimited else item.remaining
        if taken <= ZERO:
            return amount
        self.move_item(index, taken)
        return subtract(amount, taken)

    def take_beyond(self, index: int, amount: Decimal) -> Decimal:
        """Take from an item beyond zero, all of it."""
        self.move_item(index, amount, is_overage=True)
        return ZERO

    def pay_back_overage(self, index: int, amount: Decimal) -> Decimal:
        """Give back to an item, as far as it is in overage."""
        paid = min(amount, summed(self.items[index : index + 1]))
        if paid <= ZERO:
            return amount
        self.move_item(index, paid.copy_negate(), is_overage=True)
        return subtract(amount, paid)

    def fill_item(self, index: int, amount: Decimal) -> Decimal:
        """Give back to an item, up to its grant; an unlimited one is never full."""
        item = self.items[index]
        filled = amount if item.unlimited else min(amount, subtract(item.granted, max(ZERO, item.remaining)))
        if filled <= ZERO:
            return amount
        self.move_item(index, filled.copy_negate())
        return subtract(amount, filled)

    def move_rollover(self, index: int, amount: Decimal) -> None:
        """Take an amount from a rollover, or give it a negative one back, whatever it holds."""
        rollover = self.rollovers[index]
        before, granted = rollover.balance, rollover.granted
        left, moved = _moved(before, amount)
        fullest = left if amount < ZERO else before
        self.rollovers[index] = _rollover_with(rollover, balance=left)
        if not self.is_unlimited:
            self._used = add(self._used, amount)
        least_usage = storable(subtract(granted, fullest)) if fullest > granted else None
        self._has_moved = True
        line = make_deduction(
            kind=ROLLOVER,
            index=index,
            expires_at=rollover.expires_at,
            amount=moved,
            units=moved,
            feature_id=self.balance.feature_id,
            least_usage=least_usage,
        )
        self.lines.append(line)

    def move_item(self, index: int, amount: Decimal, *, is_overage: bool = False) -> None:
        """Take an amount from an item, or give it a negative one back, whatever it holds. Overage is usage only."""
        item = self.items[index]
        usage, remaining, least_usage = storable(add(item.usage, amount)), item.remaining, None
        is_beyond = is_overage or item.unlimited
        if is_beyond:
            moved = storable(amount)
        else:
            remaining, moved = _moved(remaining, amount)
        if not item.unlimited:
            least_usage = _least_usage(item, usage, is_overage=is_overage)
        if item.unlimited or not self.is_unlimited:
            self._used = add(self._used, amount)
            self._beyond = add(self._beyond, amount) if is_beyond else self._beyond
        self.items[index] = item_left_with(item, remaining=remaining, usage=usage)
        self._has_moved, reset = True, item.reset
        line = make_deduction(
            kind=ITEM,
            id=item.id,
            index=index,
            amount=moved,
            units=moved,
            is_overage=is_overage,
            feature_id=self.balance.feature_id,
            resets_at=reset.resets_at if reset else None,
            least_usage=least_usage,
        )
        self.lines.append(line)

    def amounts(self, *, since: int = 0) -> list[Decimal]:
        """Return the amount of each line since one of them."""
        return [line.amount for line in self.lines[since:]]

    def close(self) -> Balance:
        """Return the balance after all moves."""
        if not self._has_moved:
            return self.balance
        return _balance_with(
            self.balance,
            remaining=storable(subtract(self.balance.remaining, subtract(self._used, self._beyond))),
            usage=storable(add(self.balance.usage, self._used)),
            breakdown=tuple(self.items) if self.balance.breakdown else (),
            rollovers=tuple(self.rollovers),
        )


def receipt_of(lines: Sequence[Deduction], units: Sequence[Decimal] | None = None) -> tuple[Deduction, ...]:
    """Return the lines as a receipt, given the units of each; without them, one unit costs one."""
    if units is None:
        return tuple(lines)
    pairs = zip(lines, units, strict=True)
    return tuple([line if line.units == each else _line_with(line, units=storable(each)) for line, each in pairs])


def _moved(left: Decimal, taken: Decimal) -> tuple[Decimal, Decimal]:
    """Return what a part has left, and what was taken from it, as amounts that a value may keep."""
    # Most parts are emptied. Then the amount taken is the very object that was left, and nothing need be computed.
    return (ZERO, taken) if left is taken else (storable(subtract(left, taken)), storable(taken))


def _least_usage(item: Breakdown, usage: Decimal, *, is_overage: bool) -> Decimal | None:
    """Return the lesser usage of an item before and after a move, if the usage alone does not explain the move.

    It does where the amount that remains moves with usage within the grant, and stays with usage beyond the grant.
    """
    least, most = (item.usage, usage) if item.usage < usage else (usage, item.usage)
    granted = item.granted
    is_explained = least >= granted if is_overage else most <= granted
    return None if is_explained and least >= ZERO else least
