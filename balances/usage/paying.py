"""Paying for a use, from one balance or from several: who pays, in which order, and how far each may go.

Every balance that may pay is a `Payer`. One unit of the tracked feature costs each of them its own `cost`. So the
amount still to be paid is counted in shares, of which one tracked unit is `shares_per_unit`, and one unit of a payer's
balance `weight`. All of this is multiplication, and so exact. Where one balance pays alone, a share is one unit of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from balances.base.amounts import ONE, ZERO, multiply, quotient, subtract
from balances.derived.ordering import expiry_order, expiry_order_of, order_of
from balances.derived.overages import has_usage_based, is_allowed, overage_of, spend_limit, summed
from balances.usage.ledger import Ledger, receipt_of
from balances.usage.limits import BY_ITEMS, Matching, headroom
from balances.usage.receipts import Deduction, adding_up
from balances.values.balance import Balance, BillingMethod, Breakdown
from balances.values.controls import BillingControls
from balances.values.orders import BurnOrder
from balances.values.orders import Place as BurnPlace

__all__: list[str] = []

_FIRST: Final = BurnPlace.FIRST
_USAGE_BASED: Final = BillingMethod.USAGE_BASED

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

    def __init__(
        self, ledger: Ledger, cost: Decimal, item_rooms: Sequence[Room] = (), *, weight: Decimal = ONE
    ) -> None:
        """Start as the only one, unless a weight is given."""
        self.ledger, self.cost, self.item_rooms, self.weight = ledger, cost, item_rooms, weight

    def pay(self, move: Move, index: int, shares: Decimal, rooms: Sequence[Room] = ()) -> Decimal:
        """Pay at one part, as far as the rooms let it; return the shares that are left."""
        if self.weight is ONE and not rooms:
            return move(index, shares)
        asked = shares if self.weight is ONE else quotient(shares, self.weight)
        amount = min([asked, *[room.left for room in rooms]]) if rooms else asked
        if amount <= 0:
            return shares
        rest = move(index, amount)
        paid = subtract(amount, rest)
        for room in rooms:
            room.left = subtract(room.left, paid)
        # All that was asked for is paid, whatever a division has rounded of it.
        return subtract(shares, multiply(paid, self.weight)) if paid < asked else ZERO


def opened(
    balance: Balance, cost: Decimal, limits: Matching, *, lines: list[Deduction] | None = None, weight: Decimal = ONE
) -> Payer:
    """Return a balance as a payer, whose items keep the limits on them."""
    ledger = Ledger(balance, lines)
    if not limits:
        return Payer(ledger, cost, weight=weight)
    on_items = [limit for limit, meter in limits if meter is BY_ITEMS and limit.feature_id == balance.feature_id]
    return Payer(ledger, cost, [Room(headroom(limit)) for limit in on_items], weight=weight)


Place: TypeAlias = tuple[Payer, int]
"""One part of a payer: an item of it, or a rollover."""

Run: TypeAlias = tuple[Payer, Sequence[int]]
"""Items of one payer that pay one after another."""


class Payers:
    """All who may pay for one use.

    The feature's own balance comes before the credit systems that contain the feature. Among the systems, the burn
    order decides over all their items together. Items that it does not tell apart keep the order of the systems.
    """

    __slots__ = ("_groups", "_is_one_plain", "_order", "_runs", "all", "shares_per_unit")

    def __init__(
        self, own: Sequence[Payer], systems: Sequence[Payer], order: BurnOrder, shares_per_unit: Decimal = ONE
    ) -> None:
        """Put them together. `shares_per_unit` is what their weights were made for."""
        self._groups, self._order, self.shares_per_unit = (own, systems), order, shares_per_unit
        self._runs: list[list[Run] | None] = [None, None]
        self.all = (*own, *systems)
        # Where one balance pays alone, a share is one unit of it, and only limits on its items come in between.
        self._is_one_plain = len(self.all) == 1 and not self.all[0].item_rooms

    def items(self) -> Iterator[Place]:
        """Go through the items of all, in the order in which they pay, which no move changes.

        The systems are put in order only when their turn comes: often the own balance pays all.
        """
        for place, group in enumerate(self._groups):
            runs = self._runs[place]
            if runs is None:
                runs = self._runs[place] = self._in_order(group) if group else []
            for payer, indices in runs:
                for index in indices:
                    yield payer, index

    def unlimited(self) -> Place | None:
        """Return the first unlimited item of all, if there is one."""
        for payer in self.all:
            if payer.ledger.is_unlimited:
                return next((payer, index) for payer, index in self.items() if payer.ledger.items[index].unlimited)
        return None

    def use(self, shares: Decimal) -> Decimal:
        """Pay from rollovers and items, each down to zero; return the shares that are left."""
        if self._order.rollovers is _FIRST:
            return self._take_from_items(self._take_from_rollovers(shares))
        return self._take_from_rollovers(self._take_from_items(shares))

    def use_beyond(self, shares: Decimal, controls: BillingControls | None, *, overflows: bool) -> Decimal:
        """Pay by overage of the items that may go there; return the shares that are left."""
        terms = {payer: _terms_of(payer, controls, overflows=overflows) for payer in self.all}
        for payer, index in self.items() if any(terms.values()) else ():
            of_payer = terms[payer]
            rooms = None if of_payer is None else of_payer.rooms_of(payer.ledger.items[index])
            if rooms is not None:
                shares = payer.pay(payer.ledger.take_beyond, index, shares, [*payer.item_rooms, *rooms])
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
        if not any(summed(payer.ledger.items) for payer in self.all):
            return shares
        for payer, index in self.items():
            if not shares:
                break
            shares = payer.pay(payer.ledger.pay_back_overage, index, shares)
        return shares

    def receipt(self, units: Decimal) -> tuple[Deduction, ...]:
        """Return a line for each move, in units that add up."""
        lines, costs = self.all[0].ledger.lines, [payer.cost for payer in self.all]
        if costs.count(ONE) == len(costs):
            return receipt_of(lines)
        weights = {payer.ledger.balance.feature_id: payer.weight for payer in self.all}
        shares = [multiply(line.amount, weights[line.feature_id]) for line in lines]
        return receipt_of(lines, adding_up([quotient(each, self.shares_per_unit) for each in shares], units))

    def _take_from_rollovers(self, shares: Decimal) -> Decimal:
        if self._is_one_plain and shares:
            ledger = self.all[0].ledger
            return _taken_from_each(ledger.take_from_rollover, expiry_order_of(ledger.rollovers), shares)
        for payer, index in self._rollovers() if shares else ():
            shares = payer.pay(payer.ledger.take_from_rollover, index, shares)
            if not shares:
                break
        return shares

    def _take_from_items(self, shares: Decimal) -> Decimal:
        if self._is_one_plain and shares:
            return _taken_from_each(self.all[0].ledger.take_from_item, [index for _, index in self.items()], shares)
        for payer, index in self.items() if shares else ():
            shares = payer.pay(payer.ledger.take_from_item, index, shares, payer.item_rooms)
            if not shares:
                break
        return shares

    def _rollovers(self) -> list[Place]:
        """Return the rollovers of all, the soonest to expire first."""
        if len(self.all) == 1:
            payer = self.all[0]
            return [(payer, index) for index in expiry_order_of(payer.ledger.rollovers)]
        found = [(payer, index) for payer in self.all for index in range(len(payer.ledger.rollovers))]
        return sorted(found, key=_expiry_order)

    def _in_order(self, group: Sequence[Payer]) -> list[Run]:
        if len(group) == 1:
            return [(group[0], order_of(group[0].ledger.items, self._order))]
        places = [(payer, index) for payer in group for index in range(len(payer.ledger.items))]
        items = [item for payer in group for item in payer.ledger.items]
        ordered = [places[rank] for rank in order_of(items, self._order)]
        return [(payer, (index,)) for payer, index in ordered]


def paid_from_what_is_left(balance: Balance, amount: Decimal, order: BurnOrder) -> Ledger | None:
    """Return the ledger of a balance that pays an amount above zero alone, from what is left, or None if it does not.

    This is a shortcut and nothing else: where no cost, no limit and no overage comes in, `Payers` make the same moves.
    """
    # The totals may say anything, so they only decide whether it is worth trying.
    if order.rollovers is not _FIRST or amount > balance.remaining:
        return None
    ledger = Ledger(balance)
    if ledger.is_unlimited:
        return None
    left = _taken_from_each(ledger.take_from_rollover, expiry_order_of(ledger.rollovers), amount)
    if left:
        left = _taken_from_each(ledger.take_from_item, order_of(ledger.items, order), left)
    return None if left else ledger


def _taken_from_each(take: Move, order: Iterable[int], amount: Decimal) -> Decimal:
    """Take from the parts in this order, each down to zero; return the rest."""
    for index in order:
        amount = take(index, amount)
        if not amount:
            break
    return amount


def _expiry_order(place: Place) -> tuple[bool, datetime]:
    payer, index = place
    return expiry_order(payer.ledger.rollovers[index])


class _Terms(NamedTuple):
    """How far the items of a payer may go into overage: those that sell it, or all of them.

    `shared` is the room that a spend limit leaves all of them together. Without one, each has the room of its own
    limit, but not if usage beyond all limits is counted all the same (`overflows`).
    """

    is_for_all: bool
    shared: Room | None
    overflows: bool

    def rooms_of(self, item: Breakdown) -> Sequence[Room] | None:
        """Return the rooms that an item must keep to; None where it may not go into overage."""
        price = item.price
        is_seller = price is not None and price.billing_method is _USAGE_BASED
        if not (is_seller or self.is_for_all):
            return None
        if self.shared is not None:
            return [self.shared]
        limit = price.max_purchase if price is not None and is_seller and not self.overflows else None
        return () if limit is None else [Room(subtract(limit, overage_of(item)))]


def _terms_of(payer: Payer, controls: BillingControls | None, *, overflows: bool) -> _Terms | None:
    """Return how far the items of a payer may go into overage; None where none of them may."""
    balance, items = payer.ledger.balance, payer.ledger.items
    if not (overflows or is_allowed(balance, controls)):
        return None
    limit = spend_limit(balance, controls)
    shared = None if limit is None else Room(subtract(limit, summed(items)))
    return _Terms(overflows or not has_usage_based(items), shared, overflows)
