"""The rollovers of a balance while time goes by.

Three things happen to the pool of rollovers: rollovers expire, a reset adds a rollover, and the whole is trimmed to a
cap. `schedule` decides which item resets when, and under which rule.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from attrs import evolve

from balances.base.amounts import ZERO, add, storable, subtract, total
from balances.base.instants import EPOCH
from balances.base.unchecked import changer, maker
from balances.derived.ordering import expiry_order, expiry_order_of
from balances.values.balance import Rollover

__all__: list[str] = []

_make_rollover: Final = maker(Rollover)


@changer
def _with_amounts(rollover: Rollover, /, *, balance: Decimal, granted: Decimal) -> Rollover:
    return evolve(rollover, balance=balance, granted=granted)


@changer
def _with_expiry(rollover: Rollover, /, *, expires_at: datetime | None) -> Rollover:
    return evolve(rollover, expires_at=expires_at)


class Added(NamedTuple):
    """A rollover to add: its amount, its expiry, and the item it comes from."""

    amount: Decimal
    expires_at: datetime | None
    place: int = 0


class Pool:
    """The rollovers of one balance; `granted` and `balance` are how far their sums have moved since the start."""

    def __init__(self, rollovers: Iterable[Rollover]) -> None:
        """Start with these rollovers, in their order."""
        self._rows = list(rollovers)
        self._given: dict[int, Rollover] = {}
        self._order: list[int] = []
        self._is_in_order = True
        if len(self._rows) > 1:
            self._sort()
        self._has_empty = True
        self.granted = self.balance = ZERO
        self._sum: Decimal | None = None
        self._last: tuple[int, Decimal] | None = None
        self._streak = 0
        self.is_steady = False

    def _sort(self) -> None:
        """Sort the rollovers by expiry; where they came in another order, keep that one too."""
        order = list(expiry_order_of(self._rows))
        if order == list(range(len(order))):
            return
        self._given, self._order, self._is_in_order = dict(enumerate(self._rows)), order, False
        self._rows = [self._given[place] for place in order]

    @property
    def rollovers(self) -> tuple[Rollover, ...]:
        """Return the rollovers: in the order given, or, after the first reset, the soonest to expire first."""
        return tuple(self._rows if self._is_in_order else self._given.values())

    def next_expiry(self) -> datetime | None:
        """Return when the next rollover expires."""
        return self._rows[0].expires_at if self._rows else None

    def expire(self, at: datetime) -> list[Rollover]:
        """Remove the rollovers that have expired at a moment, and return them, the soonest first."""
        first = self.next_expiry()
        if first is None or first > at:
            return []
        gone = bisect_right(self._rows, (False, at), key=expiry_order)
        expired = self._rows[:gone]
        del self._rows[:gone]
        if not self._is_in_order:
            for place in self._order[:gone]:
                del self._given[place]
            del self._order[:gone]
        self._forget(expired)
        return expired

    def put_in_order(self) -> None:
        """Put the rollovers in order of expiry, as a reset does."""
        self._is_in_order = True

    def add(self, added: Added, cap: Decimal | None) -> tuple[Decimal, Decimal]:
        """Add a rollover, trim the whole to the cap; return the amounts left of the new rollover and trimmed."""
        if self._has_empty:
            self._drop_empty()
        if self._sum is None:
            self._sum = subtract(total([row.balance for row in self._rows]), self.balance)
        new = _new_rollover(added)
        is_last = self._insert(new)
        self.granted, self.balance = add(self.granted, added.amount), add(self.balance, added.amount)
        excess = ZERO if cap is None else subtract(add(self._sum, self.balance), cap)
        if excess <= ZERO:
            self._note(added, is_last=is_last, was_full=False)
            return added.amount, ZERO
        left, trimmed = self._trim(new, excess)
        self._note(added, is_last=is_last, was_full=trimmed == added.amount)
        return storable(left), storable(trimmed)

    def use(self, rollovers: Sequence[Rollover]) -> None:
        """Put the same rollovers, in order, as they are after usage."""
        used = subtract(total(row.balance for row in self._rows), total(row.balance for row in rollovers))
        self.balance = subtract(self.balance, used)
        self._rows, self._has_empty = list(rollovers), True
        self._last, self._streak, self.is_steady = None, 0, False

    def postpone(self, times: int, expiries: Sequence[datetime | None]) -> None:
        """Give the rollovers the expiries they would have, had a steady pool been added to so many times more.

        `expiries` are those of the rollovers that would have been added last, at most as many as there are.
        """
        later = [*(row.expires_at for row in self._rows[times:]), *expiries]
        pairs = zip(self._rows, later, strict=True)
        self._rows = [_with_expiry(row, expires_at=expiry) for row, expiry in pairs]

    def __len__(self) -> int:
        """Return how many rollovers there are."""
        return len(self._rows)

    def _insert(self, new: Rollover) -> bool:
        """Put a rollover behind those that do not expire later; return whether it is the last."""
        rows, key = self._rows, expiry_order(new)
        if not rows or expiry_order(rows[-1]) <= key:
            rows.append(new)
            return True
        rows.insert(bisect_right(rows, key, key=expiry_order), new)
        return False

    def _note(self, added: Added, *, is_last: bool, was_full: bool) -> None:
        """Note whether adding the same again would leave the same amounts.

        It would, if the pool was full before, and before and now held only rollovers that the same item has added, the
        same amount each time. The cap may have cut the first of them, and all others are whole.
        """
        source = added.place, added.amount
        self._streak = self._streak + 1 if is_last and source == self._last else int(is_last)
        self._last = source
        self.is_steady = was_full and self._streak > len(self._rows)

    def _trim(self, new: Rollover, excess: Decimal) -> tuple[Decimal, Decimal]:
        """Take an excess from the first rollovers; return the amounts left of the new rollover and taken."""
        left, wanted = new.balance, excess
        stays: list[Rollover] = []
        place = 0
        # No cap is below zero, so the rows hold at least the excess.
        while excess > ZERO:
            row = self._rows[place]
            held = row.balance if row.balance > ZERO else ZERO
            taken = held if held < excess else excess
            excess = subtract(excess, taken)
            left = subtract(left, taken) if row is new else left
            self._take(row, taken, stays)
            place += 1
        self._rows[:place] = stays
        return left, subtract(wanted, excess)

    def _take(self, row: Rollover, taken: Decimal, stays: list[Rollover]) -> None:
        """Lower a rollover by the amount taken; an emptied one goes."""
        if taken == row.balance:
            self._forget([row])
            return
        self.granted, self.balance = subtract(self.granted, taken), subtract(self.balance, taken)
        stays.append(_lowered(row, taken) if taken else row)

    def _drop_empty(self) -> None:
        self._has_empty = False
        empty = [row for row in self._rows if not row.balance]
        if empty:
            self._rows = [row for row in self._rows if row.balance]
            self._forget(empty)

    def _forget(self, gone: Iterable[Rollover]) -> None:
        """Take rollovers that are gone out of the sums."""
        for row in gone:
            self.granted, self.balance = subtract(self.granted, row.granted), subtract(self.balance, row.balance)


def _new_rollover(added: Added) -> Rollover:
    """Return a new rollover. Only its expiry may be wrong: one at or before the epoch is refused by the constructor."""
    amount, expiry, _ = added
    if expiry is not None and expiry <= EPOCH:
        return Rollover(balance=amount, expires_at=expiry)
    return _make_rollover(balance=amount, granted=amount, expires_at=expiry)


def _lowered(row: Rollover, taken: Decimal) -> Rollover:
    balance, granted = subtract(row.balance, taken), subtract(row.granted, taken)
    return _with_amounts(row, balance=storable(balance), granted=storable(granted))
