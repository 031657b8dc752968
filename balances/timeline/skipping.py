"""Counting equal resets at once.

This is a shortcut and nothing else: `lived` answers as `Life.until` does, but its running time grows with the number of
different things that happen, not with the number of resets. A law holds the two together.

After each reset, three questions are asked. How many further resets of the item are sure to do the same? Until when
does nothing come between that would change this? How many boundaries are there until then? So many resets become one
event with the reset before them, and the item is put where the last of them leaves it.

A reset that adds nothing to the pool concerns its own item alone, unless items pay the overage of each other. Only an
expiry comes between, because the resets of one event must lie between the same two expiries. A reset that adds to the
pool depends on the whole pool. So nothing else may be due, and adding the same again must leave the same pool.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from balances.base.amounts import EXACT, ZERO, multiply, subtract
from balances.base.instants import MICROSECOND
from balances.periods.boundaries import IN_EVERY_MONTH
from balances.timeline.carrying import expires, expiry_of, share_of
from balances.timeline.happenings import Happened
from balances.timeline.schedule import Life, left_of, resetting_at, started_over
from balances.timeline.tallies import rule_of
from balances.values.balance import Breakdown
from balances.values.events import ResetHappened
from balances.values.policies import RolloverRule

__all__: list[str] = []


def lived(life: Life, to: datetime, *, counts_forgiving: bool = True) -> Iterator[Happened]:
    """Live up to and through a moment, and count the resets that are sure to do as the last one of their item did.

    Resets that forgive overage are taken one by one unless `counts_forgiving`.
    """
    at = life.next_due()
    while at is not None and at <= to:
        resets: list[Happened] = []
        for happened in life.live(at):
            yield happened
            event = happened.event
            if isinstance(event, ResetHappened) and (counts_forgiving or not event.forgiven):
                resets.append(happened)
        at = life.next_due()
        for happened in resets if at is not None and at <= to else ():
            if times := _skip(life, happened, to):
                yield Happened(happened.event, happened.place, happened.before, times)
                at = life.next_due()


def _skip(life: Life, happened: Happened, to: datetime) -> int:
    """Skip the resets that are sure to do as the last one of their item did; return how many they are."""
    place: Any = happened.place
    item, first = life.items[place], life.date_of(place)
    if first > to or life.is_settling:
        return 0
    is_unchanged = _is_unchanged(happened, item)
    times = sys.maxsize if is_unchanged else _alike(happened, item)
    if not times:
        return 0
    grid, rules = life.grid_of(place), life.policy.rules
    rule = None if rules is None else rule_of(rules, item)
    if rule is not None and not share_of(left_of(item), rule):
        rule = None
    last = _alone_until(life, to) if rule is None else _steady_until(life, place, rule, to)
    if last < first:
        return 0
    times = min(times, grid.through(first, last))
    if rule is not None and expires(rule):
        places = range(max(0, times - len(life.pool)), times)
        life.pool.postpone(times, [expiry_of(rule, grid.nth(first, place), life.policy, grid) for place in places])
    following = grid.nth(first, times)
    if is_unchanged:
        after = resetting_at(item, following)
    else:
        owed = max(ZERO, subtract(item.usage, multiply(item.granted, Decimal(times))))
        after = started_over(item, item.granted, life.policy.overage_at_reset, owed, following)
    life.skip_to(place, after, following)
    return times


def _alike(happened: Happened, item: Breakdown) -> int:
    """Return how many further resets are sure to pay overage as the last one did, if nothing comes between."""
    event, owed = cast("ResetHappened", happened.event), item.usage
    if event.lapsed or event.carried or item.remaining or not owed:
        return 0
    # Each grant pays its part of the overage, and leaves nothing, as long as there is more overage than it grants. A
    # grant below zero adds to the overage instead, for ever.
    return int(EXACT.divide_int(owed, item.granted)) if item.granted > 0 else sys.maxsize


def _is_unchanged(happened: Happened, item: Breakdown) -> bool:
    before = happened.before
    return before is not None and before.usage == item.usage and before.remaining == item.remaining


def _alone_until(life: Life, to: datetime) -> datetime:
    """Return until when no expiry comes between the resets of an item that add nothing to the pool.

    Beside the expiries that are known, there are those of rollovers yet to be made: none of these lives shorter than
    the rules allow, counted from the next reset.
    """
    until, made = _before(life.next_expiry(), to), life.schedule.next_reset() or to
    least = life.least_life if life.policy.rules else None
    return until if least is None or until - made < least else made + least - MICROSECOND


def _steady_until(life: Life, place: int, rule: RolloverRule, to: datetime) -> datetime:
    """Return until when each reset of an item leaves the pool as the last one did, but for later expiries."""
    first = life.date_of(place)
    until = _before(life.schedule.next_reset_but(place), _before(life.schedule.next_expiry(), to))
    if not life.pool.is_steady:
        return first - MICROSECOND
    # A rollover that lives for a number of resets is trimmed away after fewer of them, again and again.
    if not expires(rule) or rule.resets is not None:
        return until
    # Expiries keep their distance from the resets only where both are lengths of time.
    if life.policy.zone not in (None, UTC) or not life.grid_of(place).is_even:
        return first - MICROSECOND
    until = _before(life.pool.next_expiry(), until)
    return until if rule.months is None else min(until, _in_order_until(first))


def _before(moment: datetime | None, to: datetime) -> datetime:
    return to if moment is None or moment > to else moment - MICROSECOND


def _in_order_until(first: datetime) -> datetime:
    """Return until when rollovers expire in the order in which they are made, from this moment on.

    That is the 28th of its month, even if that is over. From a later day on, a month too short makes an earlier expiry:
    31 March, midnight, and three months are 30 June, midnight, which is before 30 March, noon, and three months.
    """
    return first.replace(day=IN_EVERY_MONTH, hour=23, minute=59, second=59, microsecond=999_999)
