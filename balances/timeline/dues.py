"""When something is due: the dates of items and rollovers, the soonest first.

This file has the queues of dates. `schedule` decides what happens at a date.
"""

from collections.abc import Mapping
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Final

from balances.derived.ordering import order_of
from balances.periods.cycles import Interval
from balances.values.balance import Balance, Breakdown
from balances.values.orders import BurnOrder

__all__: list[str] = []

_ONE_OFF: Final = Interval.ONE_OFF


class Schedule:
    """The expiries and resets to come of items; `items` may lose some and see others change their date."""

    def __init__(self, items: Mapping[int, Breakdown], order: BurnOrder) -> None:
        """Note the dates of these items, by their places; at one moment they reset in this order."""
        self._items, self._order = items, order
        self._may_be_stale = False
        self._together: list[int] = []
        self._ordered: list[int] = []
        self._resets: list[tuple[datetime, int]] = []
        self._once: list[tuple[datetime, int]] = []
        self._expiries: list[tuple[datetime, int]] = []
        for place, item in items.items():
            reset = item.reset
            if reset is not None and reset.resets_at is not None:
                dates = self._once if reset.interval is _ONE_OFF else self._resets
                dates.append((reset.resets_at, place))
            if item.expires_at is not None:
                self._expiries.append((item.expires_at, place))
        heapify(self._resets)
        self._once.sort(reverse=True)
        self._expiries.sort(reverse=True)

    def next_expiry(self) -> datetime | None:
        """Return when the next item expires."""
        return self._expiries[-1][0] if self._expiries else None

    def next_reset(self) -> datetime | None:
        """Return when the next item resets."""
        resets = self._resets
        if self._may_be_stale:
            while resets and not self._is_due(*resets[0]):
                heappop(resets)
        return resets[0][0] if resets else None

    def next_stated_reset(self) -> datetime | None:
        """Return the soonest date of a reset that any item states, that of a one-off included."""
        while self._once and self._once[-1][1] not in self._items:
            self._once.pop()
        return soonest(self.next_reset(), self._once[-1][0] if self._once else None)

    def expired(self, at: datetime) -> list[int]:
        """Take the items that expire at a moment off the schedule, and return them in their order."""
        places: list[int] = []
        while self._expiries and self._expiries[-1][0] == at:
            places.append(self._expiries.pop()[1])
            self._may_be_stale = True
        return places

    def resetting(self, at: datetime) -> list[int]:
        """Take the items that reset at a moment off the schedule, and return them in their order."""
        places, resets = list[int](), self._resets
        while resets and resets[0][0] == at:
            _, place = heappop(resets)
            if not self._may_be_stale or self._is_due(at, place):
                places.append(place)
        return places if len(places) <= 1 else self._in_order(places)

    def _in_order(self, places: list[int]) -> list[int]:
        # The items of a plan reset together again and again, and nothing that an order compares changes in between.
        if places != self._together:
            ranked = order_of([self._items[place] for place in places], self._order)
            self._together, self._ordered = places, [places[index] for index in ranked]
        return self._ordered

    def next_reset_but(self, place: int) -> datetime | None:
        """Return when the next other item resets, if this one is the next; else no later than that."""
        at = self.next_reset()
        if at is None or self._resets[0][1] != place:
            return at
        own = heappop(self._resets)
        other = self.next_reset()
        heappush(self._resets, own)
        return other

    def push(self, place: int, at: datetime) -> None:
        """Put the next reset of an item on the schedule, from which the one before was taken."""
        heappush(self._resets, (at, place))

    def move(self, place: int, at: datetime) -> None:
        """Put the next reset of an item on the schedule in place of the one that is there."""
        self._may_be_stale = True
        self.push(place, at)

    def _is_due(self, at: datetime, place: int) -> bool:
        """Return whether the item is still there, and still resets then."""
        item = self._items.get(place)
        return item is not None and item.reset is not None and item.reset.resets_at == at


def soonest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two moments, either of which may be missing."""
    if one is None or other is None:
        return one or other
    return min(other, one)


def next_due_of(balance: Balance) -> datetime | None:
    """Return when something happens to a balance next, without a life of it."""
    due = [rollover.expires_at for rollover in balance.rollovers if rollover.expires_at is not None]
    # One loop without a call per item: this is asked of every balance, and of most of them nothing is due.
    for item in balance.breakdown:
        reset, expires_at = item.reset, item.expires_at
        if expires_at is not None:
            due.append(expires_at)
        if reset is not None and reset.resets_at is not None and reset.interval is not _ONE_OFF:
            due.append(reset.resets_at)
    return min(due) if due else None
