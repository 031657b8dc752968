"""When something is due: the dates of items and rollovers, the soonest first.

Here live the queues of dates and nothing that happens at them.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from heapq import heapify, heappop, heappush

from balances.derived.ordering import order_of
from balances.derived.resets import resets
from balances.values.balance import Balance, Breakdown
from balances.values.orders import BurnOrder

__all__: list[str] = []


class Schedule:
    """The expiries and resets to come of items; `items` may lose some and see others change their date."""

    def __init__(self, items: Mapping[int, Breakdown], order: BurnOrder) -> None:
        """Note the dates of these items, by their places; at one moment they reset in this order."""
        self._items = items
        dated = [(place, item.reset.resets_at) for place, item in items.items() if item.reset and item.reset.resets_at]
        due = [(place, date) for place, date in dated if resets(items[place])]
        indices = order_of([items[place] for place, _ in due], order) if due else []
        self._ranks = {due[index][0]: rank for rank, index in enumerate(indices)}
        self._resets = [(date, self._ranks[place], place) for place, date in due]
        heapify(self._resets)
        self._once = sorted([(date, place) for place, date in dated if place not in self._ranks], reverse=True)
        self._expiries = sorted([(item.expires_at, place) for place, item in items.items() if item.expires_at])
        self._expiries.reverse()

    def next_expiry(self) -> datetime | None:
        """Return when the next item expires."""
        return self._expiries[-1][0] if self._expiries else None

    def next_reset(self) -> datetime | None:
        """Return when the next item resets."""
        while self._resets and not self._is_due(*self._resets[0]):
            heappop(self._resets)
        return self._resets[0][0] if self._resets else None

    def next_stated_reset(self) -> datetime | None:
        """Return the soonest date of a reset that any item states, that of a one-off included."""
        while self._once and self._once[-1][1] not in self._items:
            self._once.pop()
        return soonest(self.next_reset(), self._once[-1][0] if self._once else None)

    def expired(self, at: datetime) -> Iterator[int]:
        """Take the items that expire at a moment off the schedule, in their order."""
        while self._expiries and self._expiries[-1][0] == at:
            yield self._expiries.pop()[1]

    def resetting(self, at: datetime) -> Iterator[int]:
        """Take the items that reset at a moment off the schedule, in deduction order."""
        while self.next_reset() == at:
            yield heappop(self._resets)[2]

    def next_reset_but(self, place: int) -> datetime | None:
        """Return when the next other item resets, if this one is the next; else no later than that."""
        at = self.next_reset()
        if at is None or self._resets[0][2] != place:
            return at
        own = heappop(self._resets)
        other = self.next_reset()
        heappush(self._resets, own)
        return other

    def push(self, place: int, at: datetime) -> None:
        """Put the next reset of an item on the schedule."""
        heappush(self._resets, (at, self._ranks[place], place))

    def _is_due(self, at: datetime, _: int, place: int) -> bool:
        """Return whether the item is still there, and still resets then."""
        item = self._items.get(place)
        return item is not None and item.reset is not None and item.reset.resets_at == at


def soonest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two moments, either of which may be missing."""
    if one is None or other is None:
        return one or other
    return min(one, other)


def next_due_of(balance: Balance) -> datetime | None:
    """Return when something happens to a balance next, without a life of it."""
    due = [item.reset.resets_at for item in balance.breakdown if item.reset is not None and resets(item)]
    due += [item.expires_at for item in balance.breakdown]
    due += [rollover.expires_at for rollover in balance.rollovers]
    return min((moment for moment in due if moment is not None), default=None)
