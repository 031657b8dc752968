"""Paying for a use, from one balance or from several: who pays, in which order, and how far each may go.

Every balance that may pay is a `Payer`. One unit of the tracked feature costs each of them its own `cost`. So the
amount still to be paid is counted in shares: one tracked unit is as many shares as the product of all costs, and one
unit of a payer's balance is `weight` shares, the product of the costs of the others. All of this is multiplication, and
so exact. Where one balance pays alone, a share is one unit of it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import TypeAlias

from balances.base.amounts import ONE, ZERO, multiply, quotient, subtract
from balances.derived.ordering import expiry_order, order_of
from balances.derived.overages import is_allowed, is_usage_based, overage, spend_limit, summed
from balances.usage.ledger import Ledger, receipt_of
from balances.usage.ledger import Move as Moved
from balances.usage.limits import Matching, Meter, headroom
from balances.usage.receipts import Deduction, adding_up, units_of
from balances.values.balance import Balance, Breakdown
from balances.values.controls import BillingControls
from balances.values.orders import BurnOrder
from balances.values.orders import Place as BurnPlace

__all__: list[str] = []

Move: TypeAlias = Callable[[int, Decimal], Decimal]
"""A method of a ledger: it moves an amount at one part, and returns the rest."""


class Room:
    """How much may still be paid under one limit."""

    __slots__ = ("left",)

    def __init__(self, left: Decimal) -> None:
        """Start with all of it; a limit that is exceeded already leaves nothing."""
        self.left = max(ZERO, left)


class Payer:
    """A balance that may pay: its ledger, the cost of one tracked unit, and the usage limits on its items."""

    __slots__ = ("cost", "item_rooms", "ledger", "weight")

    def __init__(self, ledger: Ledger, cost: Decimal, item_rooms: Sequence[Room] = ()) -> None:
        """Start as the only one."""
        self.ledger, self.cost, self.item_rooms, self.weight = ledger, cost, item_rooms, ONE

    def pay(self, move: Move, index: int, shares: Decimal, rooms: Sequence[Room] = ()) -> Decimal:
        """Pay at one part, as far as the rooms let it; return the shares that are left."""
        asked = shares if self.weight is ONE else quotient(shares, self.weight)
        amount = min([asked, *[room.left for room in rooms]]) if rooms else asked
        if amount <= 0:
            return shares
        rest = move(index, amount)
        if rest is amount:
            return shares
        for room in rooms:
            room.left = subtract(room.left, subtract(amount, rest))
        if amount is asked and self.weight is ONE:
            return rest
        # All that was asked for is paid, whatever a division has rounded of it.
        return subtract(shares, multiply(subtract(amount, rest), self.weight)) if rest or amount < asked else ZERO


def opened(balance: Balance, cost: Decimal, limits: Matching, moves: list[Moved] | None = None) -> Payer:
    """Return a balance as a payer, whose items keep the limits on them."""
    rooms = [
        Room(headroom(limit))
        for limit, meter in limits
        if meter is Meter.BY_ITEMS and limit.feature_id == balance.feature_id
    ]
    return Payer(Ledger(balance, moves), cost, rooms)


Place: TypeAlias = tuple[Payer, int]
"""One part of a payer: an item of it, or a rollover."""


class Payers:
    """All who may pay for one use.

    The feature's own balance comes before the credit systems that contain the feature. Among the systems, the burn
    order decides over all their items together. Items that it does not tell apart keep the order of the systems.
    """

    __slots__ = ("_groups", "_items", "_order", "all", "shares_per_unit")

    def __init__(self, own: Sequence[Payer], systems: Sequence[Payer], order: BurnOrder) -> None:
        """Give each its weight."""
        self._groups, self._order = (own, systems), order
        self._items: list[Place] | None = None
        self.all = (*own, *systems)
        if len(self.all) > 1:
            for payer in self.all:
                payer.weight = _product([other.cost for other in self.all if other is not payer])
        self.shares_per_unit = _product([payer.cost for payer in self.all])

    def items(self) -> list[Place]:
        """Return the items of all, in the order in which they pay, which no move changes."""
        if self._items is None:
            self._items = [place for group in self._groups for place in self._in_order(group)]
        return self._items

    def unlimited(self) -> Place | None:
        """Return the first unlimited item of all, if there is one."""
        if not any(payer.ledger.is_unlimited for payer in self.all):
            return None
        return next((payer, index) for payer, index in self.items() if payer.ledger.items[index].unlimited)

    def use(self, shares: Decimal) -> Decimal:
        """Pay from rollovers and items, each down to zero; return the shares that are left."""
        if self._order.rollovers is BurnPlace.FIRST:
            return self._take_from_items(self._take_from_rollovers(shares))
        return self._take_from_rollovers(self._take_from_items(shares))

    def use_beyond(self, shares: Decimal, controls: BillingControls | None, *, overflows: bool) -> Decimal:
        """Pay by overage of the items that may go there; return the shares that are left."""
        spendable = {payer: _spendable(payer, controls) for payer in self.all}
        for payer, index, own_rooms in self._takers_of_overage(controls, overflows=overflows):
            shared = spendable[payer]
            rooms = [*payer.item_rooms, *(own_rooms if shared is None else [shared])]
            shares = payer.pay(payer.ledger.take_beyond, index, shares, rooms)
            if not shares:
                break
        return shares

    def give_back(self, shares: Decimal) -> Decimal:
        """Give back: pay the overage of all items first, then fill the items up; return the shares that are left.

        Where an item is unlimited, it takes all of it.
        """
        unlimited = self.unlimited()
        if unlimited:
            payer, index = unlimited
            return payer.pay(payer.ledger.fill_item, index, shares)
        shares = self.pay_back_overage(shares)
        for payer, index in self.items():
            if not shares:
                break
            shares = payer.pay(payer.ledger.fill_item, index, shares)
        return shares

    def pay_back_overage(self, shares: Decimal) -> Decimal:
        """Pay the overage of the items back, as far as there is any; return the shares that are left."""
        for payer, index in self.items():
            if not shares:
                break
            shares = payer.pay(payer.ledger.pay_back_overage, index, shares)
        return shares

    def receipt(self, units: Decimal) -> tuple[Deduction, ...]:
        """Return a line for each move, in units that add up."""
        if len(self.all) == 1:
            payer = self.all[0]
            return payer.ledger.receipt(units_of(payer.ledger.amounts(), payer.cost, units))
        costs = {payer.ledger: payer.cost for payer in self.all}
        moves = self.all[0].ledger.moves
        return receipt_of(moves, adding_up([quotient(move[3], costs[move[0]]) for move in moves], units))

    def _take_from_rollovers(self, shares: Decimal) -> Decimal:
        for payer, index in self._rollovers() if shares else ():
            shares = payer.pay(payer.ledger.take_from_rollover, index, shares)
            if not shares:
                break
        return shares

    def _take_from_items(self, shares: Decimal) -> Decimal:
        for payer, index in self.items() if shares else ():
            shares = payer.pay(payer.ledger.take_from_item, index, shares, payer.item_rooms)
            if not shares:
                break
        return shares

    def _rollovers(self) -> list[Place]:
        """Return the rollovers of all, the soonest to expire first."""
        found = [(payer, index) for payer in self.all for index in range(len(payer.ledger.rollovers))]
        return sorted(found, key=_expiry_order) if len(found) > 1 else found

    def _in_order(self, group: Sequence[Payer]) -> Iterator[Place]:
        if len(group) == 1:
            return ((group[0], index) for index in order_of(group[0].ledger.items, self._order))
        places = [(payer, index) for payer in group for index in range(len(payer.ledger.items))]
        return (places[rank] for rank in order_of([payer.ledger.items[index] for payer, index in places], self._order))

    def _takers_of_overage(
        self, controls: BillingControls | None, *, overflows: bool
    ) -> Iterator[tuple[Payer, int, Sequence[Room]]]:
        """Go through the items that may go into overage, each with the room that its own limit leaves, if any."""
        may = {payer: overflows or is_allowed(payer.ledger.balance, controls) for payer in self.all}
        sells = {payer: any(map(is_usage_based, payer.ledger.items)) and not overflows for payer in self.all}
        for payer, index in self.items():
            item = payer.ledger.items[index]
            if may[payer] and (is_usage_based(item) or not sells[payer]):
                yield payer, index, () if overflows else _own_rooms(item)


def _expiry_order(place: Place) -> tuple[bool, datetime]:
    payer, index = place
    return expiry_order(payer.ledger.rollovers[index])


def _spendable(payer: Payer, controls: BillingControls | None) -> Room | None:
    """Return the overage that a spend limit still allows all items of a payer together; None without such a limit."""
    limit = spend_limit(payer.ledger.balance, controls)
    return None if limit is None else Room(subtract(limit, summed(payer.ledger.items)))


def _own_rooms(item: Breakdown) -> Sequence[Room]:
    limit = item.price.max_purchase if item.price is not None and is_usage_based(item) else None
    return () if limit is None else [Room(subtract(limit, overage(item)))]


def _product(costs: Sequence[Decimal]) -> Decimal:
    return reduce(multiply, costs, ONE)
