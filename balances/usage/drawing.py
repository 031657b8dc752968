"""Paying for a use from one balance, or from several: who pays, in which order, and how far each may go.

Every balance that may pay is a `Payer`. One unit of the tracked feature costs each of them its own `cost`, so an amount
still to be paid is kept in shares: one tracked unit is the product of all costs, and one unit of a payer is its
`weight`, the product of the other costs. All of that is multiplication, and so exact. With one payer a share is one
unit of its balance.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from balances.base.amounts import ONE, ZERO, multiply, quotient, subtract, total
from balances.derived.ordering import expiry_order, order_of
from balances.derived.overages import is_allowed, is_usage_based, overage, spend_limit
from balances.usage.ledger import Ledger
from balances.values.balance import Balance, Breakdown
from balances.values.controls import BillingControls

__all__: list[str] = []

Pay: TypeAlias = Callable[[int, Decimal], Decimal]
"""A method of a ledger: it moves an amount at a place, and returns the part that it could not move."""


class Payer:
    """A balance that may pay for a use."""

    __slots__ = ("cost", "item_room", "ledger", "overage_room", "weight")

    def __init__(self, ledger: Ledger, cost: Decimal, *, item_room: Decimal | None = None) -> None:
        """Open it; `item_room` is how much its items may pay before a usage limit of its feature stops them."""
        self.ledger, self.cost, self.item_room = ledger, cost, item_room
        self.weight = ONE
        self.overage_room: Decimal | None = None

    def pay(self, pay: Pay, index: int, shares: Decimal, most: Decimal | None = None) -> Decimal:
        """Pay at one place, at most so much of it; return the shares that are left."""
        asked = quotient(shares, self.weight)
        amount = asked if most is None else min(asked, most)
        if amount <= 0:
            return shares
        unpaid = pay(index, amount)
        if not unpaid and amount is asked:
            return ZERO
        return subtract(shares, multiply(subtract(amount, unpaid), self.weight))


Place: TypeAlias = tuple[Payer, int]
"""One item, or one rollover, of a payer."""


def opened(own: Payer | None, systems: Sequence[Payer]) -> "Draw":
    """Return a draw on the own balance of a feature, and on the credit systems that contain it."""
    payers = [*([own] if own else ()), *systems]
    if len(payers) > 1:
        for payer in payers:
            payer.weight = product(other.cost for other in payers if other is not payer)
    return Draw(payers, [group for group in ([own] if own else [], systems) if group])


def product(costs: Iterable[Decimal]) -> Decimal:
    """Return the product of costs."""
    whole = ONE
    for cost in costs:
        whole = multiply(whole, cost)
    return whole


class Draw:
    """A use while it is paid: the shares that are left, and who may still pay."""

    def __init__(self, payers: list[Payer], groups: list[Sequence[Payer]]) -> None:
        """Start with nothing to pay."""
        self.payers, self._groups = payers, groups
        self._places: list[Place] | None = None

    @property
    def places(self) -> list[Place]:
        """Return the items of all payers: the own ones first, then those of the systems, each in burn order."""
        if self._places is None:
            self._places = [place for group in self._groups for place in _in_order(group)]
        return self._places

    def use(self, shares: Decimal) -> Decimal:
        """Pay from rollovers, then from items, down to zero; return the shares that are left."""
        for payer, index in _rollovers(self.payers):
            if not shares:
                return shares
            shares = payer.pay(payer.ledger.empty, index, shares)
        for payer, index in self.places if shares else ():
            if not shares:
                return shares
            shares = payer.pay_by_item(payer.ledger.use, index, shares)
        return shares

    def overdraw(self, shares: Decimal, controls: BillingControls | None, *, overflows: bool) -> Decimal:
        """Pay beyond zero, by the items that may; return the shares that are left."""
        for payer in self.payers:
            payer.open_overage(controls, overflows=overflows)
        for payer, index in self.places:
            if not shares:
                return shares
            shares = payer.overdraw(index, shares)
        return shares
