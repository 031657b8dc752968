"""A balance while time goes by: every expiry and reset that is due, in order.

The facts. What expires at a moment is gone at it; what resets at a moment is fresh at it. At one moment, rollovers go
first, then the items that expire, and then items reset, in deduction order.

The rule. A life keeps what is due in a queue, and lives what is soonest, again and again. So it costs as much as
happens, however long that takes. And where an item resets undisturbed and does the same each time, all its resets up
to the next thing that happens are one step.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from heapq import heapify, heappop, heappush, heapreplace
from typing import Final, NamedTuple, TypeAlias, cast

from attrs import evolve

from balances.base.amounts import EXACT, ZERO, add, multiply, quotient, storable, subtract, total
from balances.base.instants import MICROSECOND
from balances.base.unchecked import changer, maker
from balances.derived.ordering import order_of
from balances.derived.overages import has_unlimited, overage, sum_of_limits
from balances.derived.resets import next_reset_of, resets
from balances.derived.totals import flags_of, flags_stated_by, sums_of
from balances.periods.boundaries import IN_EVERY_MONTH, Grid
from balances.periods.cycles import Interval
from balances.timeline.carrying import rollover_cap
from balances.timeline.pools import Pool
from balances.values.balance import Balance, Breakdown, Reset, Rollover
from balances.values.events import BreakdownExpired, Event, ResetHappened, RolloverExpired
from balances.values.policies import RolloverRule, Rules

__all__: list[str] = []

_Due: TypeAlias = tuple[datetime, int, int, int]
"""A moment, what happens then, and in what order: by kind, by place, and to which item."""


_EXPIRY: Final = 0
_RESET: Final = 1
_made: Final = maker(ResetHappened)


@changer
def _again(event: ResetHappened, /, *, at: datetime, count: int, lapsed: Decimal) -> ResetHappened:
    return evolve(event, at=at, count=count, lapsed=lapsed)


@changer
def _reset_at(reset: Reset, /, *, resets_at: datetime) -> Reset:
    return evolve(reset, resets_at=resets_at)


@changer
def _item_with(item: Breakdown, /, *, remaining: Decimal, usage: Decimal, reset: Reset) -> Breakdown:
    return evolve(item, remaining=remaining, usage=usage, reset=reset)


@changer
def _balance_with(
    balance: Balance,
    /,
    *,
    granted: Decimal,
    remaining: Decimal,
    usage: Decimal,
    unlimited: bool,
    overage_allowed: bool,
    max_purchase: Decimal | None,
    next_reset_at: datetime | None,
    breakdown: tuple[Breakdown, ...],
    rollovers: tuple[Rollover, ...],
) -> Balance:
    return evolve(
        balance,
        granted=granted,
        remaining=remaining,
        usage=usage,
        unlimited=unlimited,
        overage_allowed=overage_allowed,
        max_purchase=max_purchase,
        next_reset_at=next_reset_at,
        breakdown=breakdown,
        rollovers=rollovers,
    )


class Happened(NamedTuple):
    """An event; and the place of the item it happened to, and that item as it was before."""

    event: Event
    place: int | None = None
    before: Breakdown | None = None


class Life:
    """The parts of a balance, and what is due."""

    def __init__(self, balance: Balance, rules: Rules, anchor: datetime | None, *, keep_overage: bool) -> None:
        """Begin with a balance as it is."""
        self._balance, self._rules, self._anchor, self._keep_overage = balance, rules, anchor, keep_overage
        self._items = dict(enumerate(balance.breakdown))
        self._pool = Pool(balance.rollovers)
        self._flags = flags_stated_by(balance)
        self._has_changed = self._has_cap = False
        self._cap: Decimal | None = None
        self._grids: dict[int, Grid] = {}
        self._due = list(_dues(balance.breakdown))
        heapify(self._due)

    def next_due(self) -> datetime | None:
        """Return when something happens next."""
        expiry = self._pool.next_expiry()
        if not self._due:
            return expiry
        return self._due[0][0] if expiry is None else min(expiry, self._due[0][0])

    def until(self, to: datetime) -> Iterator[Happened]:
        """Live up to a moment and through it."""
        while (at := self.next_due()) is not None and at <= to:
            for rollover in self._pool.expire(at):
                yield Happened(RolloverExpired(at=at, lapsed=rollover.balance))
            while self._due and self._due[0][0] == at:
                _, kind, rank, place = heappop(self._due)
                if place in self._items:
                    self._has_changed = True
                    yield from self._expire(at, place) if kind == _EXPIRY else self._reset(at, rank, place, to)

    def balance(self) -> Balance:
        """Return the balance as it is now; its totals have moved by what its parts have."""
        stated, items, rollovers = self._balance, tuple(self._items.values()), self._pool.rollovers
        granted, remaining, usage = _moved(stated, items, rollovers)
        return _balance_with(
            stated,
            granted=storable(add(stated.granted, granted)),
            remaining=storable(add(stated.remaining, remaining)),
            usage=storable(add(stated.usage, usage)),
            unlimited=self._flags.unlimited,
            overage_allowed=self._flags.overage_allowed,
            max_purchase=self._flags.max_purchase,
            next_reset_at=_next_reset(items) if self._has_changed else stated.next_reset_at,
            breakdown=items,
            rollovers=rollovers,
        )

    def _expire(self, at: datetime, place: int) -> Iterator[Happened]:
        before = tuple(self._items.values())
        item = self._items.pop(place)
        self._has_cap = False
        if item.unlimited or item.price is not None:
            self._flags = self._flags.following(flags_of(before), flags_of(tuple(self._items.values())))
        yield Happened(BreakdownExpired(at=at, id=item.id, lapsed=_left_of(item)), place, item)

    def _reset(self, at: datetime, rank: int, place: int, to: datetime) -> Iterator[Happened]:
        item, grid = self._items[place], self._grid_of(place)
        granted, owed = item.granted, overage(item) if self._keep_overage else ZERO
        carried, lapsed, rule = self._carry(item, at)
        event, after = _made(at=at, id=item.id, granted=granted, carried=carried, lapsed=lapsed), grid.after(at)
        last = to if rule is None or rule.months is None else min(to, _in_order_until(after))
        times = min(self._undisturbed(grid, after, last), _alike(item, owed, event)) if after <= last else 0
        fresh = self._items[place] = _started_over(item, granted, owed, after)
        heappush(self._due, (after, _RESET, rank, place))
        yield Happened(event, place, item)
        if times and self._pool.is_steady(rule, grid, at):
            # Nothing else is due before: the item's own next reset is the soonest, and gives way to the one after them.
            owed, following = max(ZERO, subtract(owed, multiply(granted, Decimal(times)))), grid.nth(after, times)
            self._items[place] = _started_over(fresh, granted, owed, following)
            self._pool.postpone(rule, grid, grid.nth(after, times - 1))
            heapreplace(self._due, (following, _RESET, rank, place))
            yield Happened(
                _again(event, at=after, count=times, lapsed=storable(multiply(lapsed, Decimal(times)))), place, fresh
            )

    def _carry(self, item: Breakdown, at: datetime) -> tuple[Decimal, Decimal, RolloverRule | None]:
        """Carry forward what is left of an item; return what is carried, what lapsed, and the rule that said so."""
        left, rule = _left_of(item), None if self._rules is None else _rule_of(self._rules, item)
        if rule is None or not left:
            return (*self._pool.carry(left, None, None, at), None)
        if not self._has_cap and self._rules is not None:
            self._has_cap, self._cap = True, _cap_of(self._rules, self._items.values())
        return (*self._pool.carry(left, rule, self._cap, at), rule)

    def _grid_of(self, place: int) -> Grid:
        if place not in self._grids:
            reset = cast("Reset", self._items[place].reset)
            self._grids[place] = Grid(reset.interval, reset.interval_count, self._anchor)
        return self._grids[place]

    def _undisturbed(self, grid: Grid, first: datetime, to: datetime) -> int:
        """Return how many boundaries there are, from the first one, before anything else is due."""
        other = self.next_due()
        if other is None or other > to:
            return grid.through(first, to)
        return grid.through(first, other - MICROSECOND) if other > first else 0


def _in_order_until(first: datetime) -> datetime:
    """Return until when rollovers expire in the order in which they are made, from a moment on.

    That is the 28th: of a later day, a month too short makes an earlier one. 31 March, midnight, and three months are
    30 June, midnight, before what 30 March, noon, makes.
    """
    if first.day > IN_EVERY_MONTH:
        return first - MICROSECOND
    return first.replace(day=IN_EVERY_MONTH, hour=23, minute=59, second=59, microsecond=999_999)


def _alike(item: Breakdown, owed: Decimal, event: ResetHappened) -> int:
    """Return how many more resets of an item are sure to do the same as the one of the event."""
    granted = event.granted
    if item.usage == owed and (item.unlimited or item.remaining == max(ZERO, subtract(granted, owed))):
        return sys.maxsize
    if event.lapsed or event.carried or not ZERO < granted <= owed:
        return 0
    # Each new grant pays its part of the overage that is kept.
    return int(EXACT.divide_int(owed, granted))


def _moved(
    stated: Balance, items: tuple[Breakdown, ...], rollovers: tuple[Rollover, ...]
) -> tuple[Decimal, Decimal, Decimal]:
    """Return by how much what the totals count as granted, remaining and used has moved."""
    before = stated.breakdown
    if stated.unlimited and not has_unlimited(before):
        return ZERO, ZERO, ZERO
    if len(items) < len(before) or rollovers != stated.rollovers or has_unlimited(before):
        granted, remaining, usage = map(subtract, sums_of(items, rollovers), sums_of(before, stated.rollovers))
        return granted, remaining, usage
    remaining = usage = ZERO
    for was, now in zip(before, items, strict=True):
        if was is not now:
            remaining = add(remaining, subtract(now.remaining, was.remaining))
            usage = add(usage, subtract(now.usage, was.usage))
    return ZERO, remaining, usage


def merged(happenings: Iterable[Happened]) -> list[Happened]:
    """Return what happened, with resets of one item that follow each other and do the same as one event."""
    merged: list[Happened] = []
    for happened in happenings:
        joined = joined_to(merged[-1], happened) if merged else None
        if joined is not None:
            merged.pop()
        merged.append(joined or happened)
    return merged


def joined_to(before: Happened, after: Happened) -> Happened | None:
    """Return two resets of one item that do the same as one, or None."""
    first, then = before.event, after.event
    if before.place != after.place or not isinstance(first, ResetHappened) or not isinstance(then, ResetHappened):
        return None
    if first.carried != then.carried or _each(first) != _each(then):
        return None
    return before._replace(
        event=_again(
            first, at=first.at, count=first.count + then.count, lapsed=storable(add(first.lapsed, then.lapsed))
        )
    )


def _each(event: ResetHappened) -> Decimal:
    return event.lapsed if event.count == 1 else quotient(event.lapsed, Decimal(event.count))


def _left_of(item: Breakdown) -> Decimal:
    return ZERO if item.unlimited else max(ZERO, item.remaining)


def _started_over(item: Breakdown, granted: Decimal, owed: Decimal, resets_at: datetime) -> Breakdown:
    """Return an item that was granted anew and owes this much already, until it resets again."""
    remaining = granted if granted >= 0 and not owed else storable(max(ZERO, subtract(granted, owed)))
    reset = _reset_at(cast("Reset", item.reset), resets_at=resets_at)
    return _item_with(
        item, remaining=item.remaining if item.unlimited else remaining, usage=owed and storable(owed), reset=reset
    )


def _next_reset(items: Sequence[Breakdown]) -> datetime | None:
    return None if has_unlimited(items) else next_reset_of(items)


def _dues(items: Sequence[Breakdown]) -> Iterator[_Due]:
    for rank, place in enumerate(order_of(items)):
        item = items[place]
        if item.expires_at is not None:
            yield item.expires_at, _EXPIRY, place, place
        reset = item.reset
        if reset is not None and reset.resets_at is not None and reset.interval != Interval.ONE_OFF:
            yield reset.resets_at, _RESET, rank, place


def _rule_of(rules: Rules, item: Breakdown) -> RolloverRule | None:
    return rules if rules is None or isinstance(rules, RolloverRule) else rules.get(item.id)


def _cap_of(rules: RolloverRule | Mapping[str, RolloverRule | None], items: Iterable[Breakdown]) -> Decimal | None:
    """Return what all rollovers together are trimmed to, or None without a cap."""
    if isinstance(rules, RolloverRule):
        return rollover_cap(rules, total(item.granted for item in items if resets(item)))
    mapped = [(rules.get(item.id), item) for item in items]
    return sum_of_limits([rollover_cap(rule, item.granted) for rule, item in mapped if rule is not None])
