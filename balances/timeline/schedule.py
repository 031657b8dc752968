"""A balance while time goes by: every expiry and every reset that is due, in order, one at a time.

Here lives the plain rule. What expires at a moment is gone at that moment, and what resets at it is fresh at it. At one
moment, rollovers expire first, then items expire, and then items reset, in deduction order. At a reset an item starts
over, and the amount left of it is carried over under its rule, or lapses.

`carrying` and `pools` know what one reset does with the amount left. `skipping` takes several resets at once where
that changes nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple, cast

from attrs import evolve

from balances.base.amounts import ZERO, storable, subtract
from balances.base.unchecked import changer, maker
from balances.derived.overages import overage
from balances.periods.boundaries import Grid
from balances.timeline.carrying import expiry_of, least_life_of
from balances.timeline.dues import Schedule, soonest
from balances.timeline.happenings import Happened
from balances.timeline.pools import Added, Pool
from balances.timeline.tallies import CapTally, StatedFlags, Totals, rule_of
from balances.values.balance import Balance, Breakdown, Reset, Rollover
from balances.values.events import BreakdownExpired, ResetHappened, RolloverExpired
from balances.values.policies import Rules

__all__: list[str] = []

_make_reset_event: Final = maker(ResetHappened)


@changer
def _reset_with(reset: Reset, /, *, resets_at: datetime) -> Reset:
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


class Terms(NamedTuple):
    """What stays the same while a balance lives."""

    rules: Rules = None
    anchor: datetime | None = None
    keep_overage: bool = False


class Life:
    """A balance that is lived forward."""

    def __init__(self, balance: Balance, terms: Terms) -> None:
        """Start with a balance as it is."""
        self.terms = terms
        self.items = dict(enumerate(balance.breakdown))
        self.pool = Pool(balance.rollovers)
        self.schedule = Schedule(self.items)
        self._start = balance
        self._totals, self._flags = Totals(balance, self.pool), StatedFlags(balance)
        self._caps: CapTally | None = None
        self._grids: dict[int, Grid] = {}
        self._has_changed = False

    @cached_property
    def least_life(self) -> timedelta | None:
        """Return the time that any rollover made from now on lives at least, or None if it never expires."""
        rules = self.terms.rules
        lives = map(least_life_of, rules.values() if isinstance(rules, Mapping) else (rules,))
        return min((life for life in lives if life is not None), default=None)

    def next_due(self) -> datetime | None:
        """Return when something happens next."""
        return soonest(self.next_expiry(), self.schedule.next_reset())

    def next_expiry(self) -> datetime | None:
        """Return when an item or a rollover expires next."""
        return soonest(self.pool.next_expiry(), self.schedule.next_expiry())

    def until(self, to: datetime) -> Iterator[Happened]:
        """Live up to and through a moment."""
        while (at := self.next_due()) is not None and at <= to:
            yield from self.live(at)

    def live(self, at: datetime) -> Iterator[Happened]:
        """Live through the moment at which something is due."""
        for rollover in self.pool.expire(at):
            yield Happened(RolloverExpired(at=at, lapsed=rollover.balance))
        for place in self.schedule.expired(at):
            yield self._expire(at, place)
        for place in self.schedule.resetting(at):
            yield self._reset(at, place)

    def balance(self) -> Balance:
        """Return the balance as it is now; its totals have moved by what its parts have."""
        granted, remaining, usage = self._totals.added_to(self._start)
        flags = self._flags.flags
        return _balance_with(
            self._start,
            granted=granted,
            remaining=remaining,
            usage=usage,
            unlimited=flags.unlimited,
            overage_allowed=flags.overage_allowed,
            max_purchase=flags.max_purchase,
            next_reset_at=self._next_reset_at(),
            breakdown=tuple(self.items.values()),
            rollovers=self.pool.rollovers,
        )

    def grid_of(self, place: int) -> Grid:
        """Return the boundaries at which an item resets."""
        if place not in self._grids:
            reset = cast("Reset", self.items[place].reset)
            self._grids[place] = Grid(reset.interval, reset.interval_count, self.terms.anchor)
        return self._grids[place]

    def date_of(self, place: int) -> datetime:
        """Return when an item resets next."""
        return cast("datetime", cast("Reset", self.items[place].reset).resets_at)

    def replace(self, place: int, after: Breakdown, resets_at: datetime) -> None:
        """Put an item that has started over in the place of the one before, until it resets again."""
        self._totals.move(self.items[place], after)
        self.items[place], self._has_changed = after, True
        self.schedule.push(place, resets_at)

    def _expire(self, at: datetime, place: int) -> Happened:
        item, self._has_changed = self.items.pop(place), True
        self._totals.remove(item, self.items.values())
        if item.unlimited or item.price is not None:
            self._flags.remove(item, self.items.values())
        if self._caps is not None:
            self._caps.remove(item)
        event = BreakdownExpired(at=at, id=item.id, lapsed=left_of(item), forgiven=overage(item))
        return Happened(event, place, item)

    def _reset(self, at: datetime, place: int) -> Happened:
        before, following = self.items[place], self.grid_of(place).after(at)
        owed = overage(before)
        forgiven = ZERO if self.terms.keep_overage else owed
        carried, lapsed = self._carry(place, at)
        self.replace(place, started_over(before, subtract(owed, forgiven), following), following)
        event = _make_reset_event(
            at=at, id=before.id, granted=before.granted, carried=carried, lapsed=lapsed, forgiven=forgiven
        )
        return Happened(event, place, before)

    def _carry(self, place: int, at: datetime) -> tuple[Decimal, Decimal]:
        """Carry over the amount left of an item; return how much is carried, and how much has lapsed."""
        item = self.items[place]
        left, rule = left_of(item), rule_of(self.terms.rules, item)
        self.pool.put_in_order()
        if rule is None or not left:
            return ZERO, left
        if self._caps is None:
            self._caps = CapTally(self.terms.rules, self.items.values())
        return self.pool.add(Added(left, expiry_of(rule, at), place), self._caps.cap)

    def _next_reset_at(self) -> datetime | None:
        if not self._has_changed:
            return self._start.next_reset_at
        return None if self._totals.is_unlimited else self.schedule.next_stated_reset()


def left_of(item: Breakdown) -> Decimal:
    """Return the amount that a reset or an expiry finds left of an item."""
    return ZERO if item.unlimited else max(ZERO, item.remaining)


def started_over(item: Breakdown, owed: Decimal, resets_at: datetime) -> Breakdown:
    """Return an item that is granted anew and owes this much already, until it resets again."""
    granted = item.granted
    remaining = granted if granted >= 0 and not owed else storable(max(ZERO, subtract(granted, owed)))
    return _item_with(
        item,
        remaining=item.remaining if item.unlimited else remaining,
        usage=owed and storable(owed),
        reset=_reset_with(cast("Reset", item.reset), resets_at=resets_at),
    )


def resetting_at(item: Breakdown, resets_at: datetime) -> Breakdown:
    """Return an item that resets at another moment."""
    reset = _reset_with(cast("Reset", item.reset), resets_at=resets_at)
    return _item_with(item, remaining=item.remaining, usage=item.usage, reset=reset)
