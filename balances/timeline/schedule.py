"""A balance while time goes by: every expiry and every reset that is due, in order, one at a time.

The rule. A part that expires at a moment is gone at that moment, and an item that resets at it is fresh at it. At one
moment, rollovers expire first, then items expire, and then items reset, in the order of the policy. At a reset the
amount left of an item is carried over under its rule, or lapses. The policy decides about its overage.

`carrying` and `pools` decide about the amount left at one reset. `skipping` takes several resets at once where that
changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, cast

from attrs import evolve

from balances.base.amounts import ZERO, add, storable, subtract
from balances.base.unchecked import changer, maker
from balances.derived.overages import overage_of
from balances.derived.totals import restated
from balances.periods.boundaries import Grid
from balances.timeline.carrying import expiry_of, grid_of, least_life_of, share_of
from balances.timeline.dues import Schedule, soonest
from balances.timeline.happenings import Happened
from balances.timeline.pools import Added, Pool
from balances.timeline.tallies import CapTally, Debt, StatedFlags, Totals, rule_of
from balances.usage.settling import settle
from balances.values.balance import Balance, Breakdown, Reset
from balances.values.events import BreakdownExpired, ResetHappened, RolloverExpired
from balances.values.policies import OverageAtReset, Policy

__all__: list[str] = []

_make_reset_event: Final = maker(ResetHappened)


@changer
def _reset_with(reset: Reset, /, *, resets_at: datetime) -> Reset:
    return evolve(reset, resets_at=resets_at)


@changer
def _item_with(item: Breakdown, /, *, remaining: Decimal, usage: Decimal, reset: Reset) -> Breakdown:
    return evolve(item, remaining=remaining, usage=usage, reset=reset)


class Life:
    """A balance while it is brought forward."""

    def __init__(self, balance: Balance, policy: Policy) -> None:
        """Start with a balance as it is."""
        self.policy = policy
        self.items = dict(enumerate(balance.breakdown))
        self.pool = Pool(balance.rollovers)
        self.schedule = Schedule(self.items, policy.order)
        self._start = balance
        self._totals = Totals(balance, self.pool)
        self._flags: StatedFlags | None = None
        self._caps: CapTally | None = None
        self._grids: dict[tuple[str, int], Grid] = {}
        self._has_changed = False
        self._debt = Debt(balance) if policy.overage_at_reset is OverageAtReset.SETTLE else None

    @cached_property
    def least_life(self) -> timedelta | None:
        """Return the time that any rollover made from now on lives at least, or None if it never expires."""
        rules, items = self.policy.rules, self.items.values()
        ruled = [(rule, item.reset) for item in items if item.reset and (rule := rule_of(rules, item))]
        lives = [least_life_of(rule, reset) for rule, reset in ruled]
        return min((life for life in lives if life is not None), default=None)

    def next_due(self) -> datetime | None:
        """Return when something happens next."""
        expiry, reset = self.next_expiry(), self.schedule.next_reset()
        return reset if expiry is None else soonest(expiry, reset)

    def next_expiry(self) -> datetime | None:
        """Return when an item or a rollover expires next."""
        rollover, item = self.pool.next_expiry(), self.schedule.next_expiry()
        return item if rollover is None else soonest(rollover, item)

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
        resetting = self.schedule.resetting(at)
        for place in resetting:
            happened = self._reset(at, place)
            if self._debt is not None and place == resetting[-1]:
                self._settle(self._debt)
            yield happened

    def balance(self) -> Balance:
        """Return the balance as it is now; its totals have moved as far as its parts."""
        granted, remaining, usage = self._totals.added_to(self._start)
        flags = self._start if self._flags is None else self._flags.flags
        return restated(
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
        reset: Any = self.items[place].reset  # There is one, as for all that are on the schedule.
        grid = self._grids.get((reset.interval, reset.interval_count))
        if grid is None:
            grid = self._grids[reset.interval, reset.interval_count] = grid_of(reset, self.policy)
        return grid

    def date_of(self, place: int) -> datetime:
        """Return when an item resets next."""
        reset: Any = self.items[place].reset
        at: datetime = reset.resets_at
        return at

    def skip_to(self, place: int, after: Breakdown, resets_at: datetime) -> None:
        """Put an item that has reset several times more in its place, until it resets again."""
        self._change(place, after)
        self.schedule.move(place, resets_at)

    def _change(self, place: int, after: Breakdown) -> None:
        before = self.items[place]
        self.items[place], self._has_changed = after, True
        if after.usage is not before.usage or after.remaining is not before.remaining:
            self._totals.move(before, after)
        if self._debt is not None:
            self._debt.change(before, after)

    def _expire(self, at: datetime, place: int) -> Happened:
        item, self._has_changed = self.items.pop(place), True
        self._totals.remove(item, self.items.values())
        if item.unlimited or item.price is not None:
            self._flags = self._flags or StatedFlags(self._start)
            self._flags.remove(item, self.items.values())
        if self._caps is not None:
            self._caps.remove(item)
        if self._debt is not None:
            self._debt.change(item, None)
        event = BreakdownExpired(at=at, id=item.id, lapsed=left_of(item), forgiven=overage_of(item))
        return Happened(event, place, item)

    def _reset(self, at: datetime, place: int) -> Happened:
        before, following = self.items[place], self.grid_of(place).after(at)
        granted, owed, way = before.granted, overage_of(before), self.policy.overage_at_reset
        owed, forgiven = (ZERO, owed) if way is OverageAtReset.FORGIVE else (owed, ZERO)
        carried, lapsed = self._carry(place, at)
        self._change(place, started_over(before, granted, way, owed, following))
        self.schedule.push(place, following)
        event = _make_reset_event(
            at=at, id=before.id, granted=granted, carried=carried, lapsed=lapsed, forgiven=forgiven
        )
        return Happened(event, place, before)

    def _carry(self, place: int, at: datetime) -> tuple[Decimal, Decimal]:
        """Carry over the amount left of an item; return how much is carried, and how much has lapsed."""
        item, rules = self.items[place], self.policy.rules
        left, rule = left_of(item), None if rules is None else rule_of(rules, item)
        self.pool.put_in_order()
        shared = ZERO if rule is None else share_of(left, rule)
        if rule is None or not shared:
            return ZERO, left
        if self._caps is None:
            self._caps = CapTally(rules, self.items.values())
        grid = None if rule.resets is None else self.grid_of(place)
        added = Added(shared, expiry_of(rule, at, self.policy, grid), place)
        carried, trimmed = self.pool.add(added, self._caps.cap)
        return carried, trimmed if shared is left else storable(add(subtract(left, shared), trimmed))

    def _settle(self, debt: Debt) -> None:
        """Let all that there is pay the overage that there is."""
        debt.has_settled = bool(debt.owed) and not self._totals.is_unlimited
        if not debt.has_settled:
            return
        after = settle(self.balance(), policy=self.policy).balance
        for place, item in zip(tuple(self.items), after.breakdown, strict=True):
            if item is not self.items[place]:
                self._change(place, item)
        self.pool.use(after.rollovers)

    @property
    def is_settling(self) -> bool:
        """Return whether resets depend on each other, because one item may pay the overage of another."""
        return self._debt is not None and self._debt.is_in_play and not self._totals.is_unlimited

    def _next_reset_at(self) -> datetime | None:
        if not self._has_changed:
            return self._start.next_reset_at
        return None if self._totals.is_unlimited else self.schedule.next_stated_reset()


def left_of(item: Breakdown) -> Decimal:
    """Return the amount that a reset or an expiry finds left of an item."""
    left = item.remaining
    return left if left > 0 and not item.unlimited else ZERO


def started_over(
    item: Breakdown, granted: Decimal, way: OverageAtReset, owed: Decimal, resets_at: datetime
) -> Breakdown:
    """Return an item that is granted this much anew and owes this much already, until it resets again.

    If overage is repaid, the new grant pays it. Else it stands beside the whole new grant.
    """
    remaining = item.remaining
    if not item.unlimited:
        left = storable(subtract(granted, owed)) if owed and way is OverageAtReset.REPAY else granted
        remaining = left if left > 0 else ZERO
    stated: Any = item.reset
    reset = _reset_with(stated, resets_at=resets_at)
    return _item_with(item, remaining=remaining, usage=owed and storable(owed), reset=reset)


def resetting_at(item: Breakdown, resets_at: datetime) -> Breakdown:
    """Return an item that resets at another moment."""
    reset = _reset_with(cast("Reset", item.reset), resets_at=resets_at)
    return _item_with(item, remaining=item.remaining, usage=item.usage, reset=reset)
