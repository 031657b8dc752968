"""The rollovers of a balance while time goes by."""

from bisect import bisect_right, insort_right
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import evolve

from balances.base.amounts import (
    ZERO,
    add,
    storable,
    subtract,
    total,
)
from balances.base.instants import EPOCH
from balances.base.unchecked import changer, maker
from balances.derived.ordering import expiry_order
from balances.periods.boundaries import Grid
from balances.periods.stepping import add_months
from balances.values.balance import Rollover
from balances.values.policies import RolloverRule

__all__: list[str] = []

_make_rollover: Final = maker(Rollover)


@changer
def _rollover_of(rollover: Rollover, /, *, balance: Decimal, granted: Decimal) -> Rollover:
    return evolve(rollover, balance=balance, granted=granted)


@changer
def _rollover_until(rollover: Rollover, /, *, expires_at: datetime | None) -> Rollover:
    return evolve(rollover, expires_at=expires_at)


class Pool:
    """Rollovers while time goes by: what expires leaves, and what resets leave over comes in."""

    def __init__(self, rollovers: Iterable[Rollover]) -> None:
        """Fill it; the order stays as it is until something resets."""
        self._given = tuple(rollovers)
        self._rows = sorted(self._given, key=expiry_order)
        self._is_ordered = len(self._rows) <= 1
        self._has_empty = True
        self._total: Decimal | None = None
        self._before: list[Rollover] | None = None

    @property
    def rollovers(self) -> tuple[Rollover, ...]:
        """Return what there is: as it was given, or, after a reset, the soonest to expire first."""
        if self._is_ordered:
            return tuple(self._rows)
        left = {id(rollover) for rollover in self._rows}
        return tuple([rollover for rollover in self._given if id(rollover) in left])

    def next_expiry(self) -> datetime | None:
        """Return when the first one expires."""
        return self._rows[0].expires_at if self._rows else None

    def expire(self, at: datetime) -> list[Rollover]:
        """Drop what has expired by then, and return it in the order it did."""
        gone = bisect_right(self._rows, (False, at), key=expiry_order)
        expired = self._rows[:gone]
        del self._rows[:gone]
        if self._total is not None:
            self._total = subtract(self._total, total(rollover.balance for rollover in expired))
        return expired

    def carry(
        self, remaining: Decimal, rule: RolloverRule | None, cap: Decimal | None, at: datetime
    ) -> tuple[Decimal, Decimal]:
        """Take in what a reset leaves over, and trim all to the cap; return what is new, and what lapsed."""
        self._is_ordered = True
        if rule is None or not remaining:
            return ZERO, remaining
        if self._total is None:
            self._total = total(rollover.balance for rollover in self._rows)
        new = _carried(remaining, at, rule)
        # Without a cap a row is added every time: nothing is steady, and a copy would cost as much as all rows.
        self._before = None if cap is None else self._rows[:]
        insort_right(self._rows, new, key=expiry_order)
        whole = add(self._total, remaining)
        carried, lapsed = self._trim(new, ZERO if cap is None else max(ZERO, subtract(whole, cap)))
        self._total = subtract(whole, lapsed)
        if self._has_empty:
            self._rows = [rollover for rollover in self._rows if rollover.balance]
            self._has_empty = False
        return storable(carried), storable(lapsed)

    def is_steady(self, rule: RolloverRule | None, grid: Grid, at: datetime) -> bool:
        """Return whether each further reset on a grid leaves all as the one at this moment did, but for its dates."""
        if rule is None:
            return True
        if self._before is None or len(self._before) != len(self._rows):
            return False
        if rule.months is None:
            return self._before == self._rows
        were = [(row.balance, row.granted) for row in self._before]
        are = [(row.balance, row.granted) for row in self._rows]
        return grid.is_even and were == are and self._expiries() == self._made_by(rule.months, grid, at)

    def postpone(self, rule: RolloverRule | None, grid: Grid, at: datetime) -> None:
        """Let what is steady be as the reset at another moment leaves it."""
        if rule is not None and rule.months is not None:
            expiries = self._made_by(rule.months, grid, at)
            self._rows = [
                _rollover_until(row, expires_at=expiry) for row, expiry in zip(self._rows, expiries, strict=True)
            ]

    def _made_by(self, months: int, grid: Grid, at: datetime) -> list[datetime | None]:
        """Return when the rows would expire if the last resets, up to one moment, had made one each."""
        return [add_months(grid.nth(at, number), months) for number in range(1 - len(self._rows), 1)]

    def _expiries(self) -> list[datetime | None]:
        return [row.expires_at for row in self._rows]

    def _trim(self, new: Rollover, excess: Decimal) -> tuple[Decimal, Decimal]:
        """Take an excess from the first ones, as far as they go; return what stays of the new one, and what went."""
        carried, before = new.balance, excess
        stays: list[Rollover] = []
        for place, rollover in enumerate(self._rows):
            if excess <= 0:
                self._rows[:place] = stays
                return carried, before
            taken = min(max(ZERO, rollover.balance), excess)
            excess = subtract(excess, taken)
            if rollover is new:
                carried = subtract(carried, taken)
            if taken != rollover.balance:
                stays.append(_lowered(rollover, taken))
        self._rows = stays
        return carried, subtract(before, excess)


def _carried(amount: Decimal, at: datetime, rule: RolloverRule) -> Rollover:
    """Return a new rollover, checked only for what is not sure: an expiry before the epoch."""
    if rule.months is None:
        return _make_rollover(balance=amount, granted=amount, expires_at=None)
    expiry = add_months(at, rule.months)
    if expiry <= EPOCH:
        return Rollover(balance=amount, expires_at=expiry)
    return _make_rollover(balance=amount, granted=amount, expires_at=expiry)


def _lowered(rollover: Rollover, taken: Decimal) -> Rollover:
    if not taken:
        return rollover
    balance, granted = subtract(rollover.balance, taken), subtract(rollover.granted, taken)
    return _rollover_of(rollover, balance=storable(balance), granted=storable(granted))
