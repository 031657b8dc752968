"""A steady use that repeats itself: the turns that a forecast need not take.

This is a shortcut and nothing else: `runs_out_at` answers the same without it, in a time that grows with the number of
resets. A law holds the two together.

The rule. A steady use and equal resets bring a balance back to where it was, but for its dates. If each date is then
later by the same time, a turn, or has not moved at all, the next turn is like the last one. That is so until the first
date that has not moved: an expiry, the reset of an item of another period, the end of a window. So as many turns are
skipped as end before it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, cast

from attrs import evolve

from balances.base.instants import MICROSECOND
from balances.periods.cycles import length_of
from balances.timeline.schedule import resetting_at
from balances.values.balance import Balance, Breakdown, Reset, Rollover
from balances.values.controls import BillingControls
from balances.values.policies import Policy, RolloverRule

__all__: list[str] = []

_LAST: Final = datetime.max.replace(tzinfo=UTC)


class State(NamedTuple):
    """A balance and its controls just before a use."""

    balance: Balance
    controls: BillingControls | None
    at: datetime


class Turns:
    """The search for a state that has been there before.

    Each state is compared with one that was noted earlier. A newer one is noted after one, two, four and more states,
    so a turn of any length is found (Brent's algorithm).
    """

    def __init__(self, policy: Policy) -> None:
        """Start with no state. Months and wall clocks have turns of unequal length, so nothing is found in them."""
        rules = policy.rules
        all_rules = (rules,) if rules is None or isinstance(rules, RolloverRule) else rules.values()
        self._is_even = policy.zone in (None, UTC) and all(rule is None or rule.months is None for rule in all_rules)
        self._noted: State | None = None
        self._patience = self._left = 1

    def skipped(self, state: State, before: datetime) -> State:
        """Return a state after as many turns as are sure to be like the last one, and to end before a moment."""
        noted = self._noted
        if noted is not None and (times := _times(noted, state, before)):
            self._noted, self._patience, self._left = None, 1, 1
            return _moved(noted, state, times * (state.at - noted.at))
        self._left -= 1
        if self._is_even and not self._left:
            self._patience *= 2
            self._noted, self._left = state, self._patience
        return state


def _times(noted: State, state: State, before: datetime) -> int:
    """Return how many turns may be skipped after the one from a noted state to this one."""
    turn, latest, unmoved = state.at - noted.at, state.at, _LAST
    if state.controls != noted.controls or not _has_equal_amounts(noted.balance, state.balance):
        return 0
    for was, now, length in _dates(noted.balance, state.balance):
        if was == now:
            unmoved = now if now is not None and state.at < now < unmoved else unmoved
        elif was is None or now is None or now - was != turn or turn % length:
            return 0
        else:
            latest = max(latest, now)
    # No date that moves may pass one that does not: rollovers are used in the order of their expiries.
    return max(0, min((before - state.at - MICROSECOND) // turn, (unmoved - latest - MICROSECOND) // turn))


def _has_equal_amounts(one: Balance, other: Balance) -> bool:
    """Return whether two balances of one life have the same parts with the same amounts."""
    items, rows = other.breakdown, other.rollovers
    return (
        len(one.breakdown) == len(items)
        and len(one.rollovers) == len(rows)
        and (one.remaining, one.usage) == (other.remaining, other.usage)
        and all(a.remaining == b.remaining and a.usage == b.usage for a, b in zip(one.breakdown, items, strict=True))
        and all(a.balance == b.balance and a.granted == b.granted for a, b in zip(one.rollovers, rows, strict=True))
    )


def _dates(one: Balance, other: Balance) -> Iterator[tuple[datetime | None, datetime | None, timedelta]]:
    """Yield each date of a balance and of the later one, and the time of which each of its moves is a multiple."""
    for row, later_row in zip(one.rollovers, other.rollovers, strict=True):
        yield row.expires_at, later_row.expires_at, MICROSECOND
    for item, later_item in zip(one.breakdown, other.breakdown, strict=True):
        yield item.expires_at, later_item.expires_at, MICROSECOND
        reset = later_item.reset
        if reset is not None:
            length = length_of(reset.interval, reset.interval_count) or timedelta.max
            yield _date_of(item), reset.resets_at, length


def _date_of(item: Breakdown) -> datetime | None:
    return cast("Reset", item.reset).resets_at


def _moved(noted: State, state: State, by: timedelta) -> State:
    """Return a state with every date later that has moved since another one."""
    balance, before = state.balance, noted.balance
    return State(
        evolve(
            balance,
            breakdown=tuple(_later_item(*pair, by) for pair in zip(before.breakdown, balance.breakdown, strict=True)),
            rollovers=tuple(_later_row(*pair, by) for pair in zip(before.rollovers, balance.rollovers, strict=True)),
        ),
        state.controls,
        state.at + by,
    )


def _later_item(was: Breakdown, item: Breakdown, by: timedelta) -> Breakdown:
    reset = item.reset
    if reset is None or reset.resets_at is None or was.reset == reset:
        return item
    return resetting_at(item, reset.resets_at + by)


def _later_row(was: Rollover, row: Rollover, by: timedelta) -> Rollover:
    expiry = row.expires_at
    return row if expiry is None or was.expires_at == expiry else evolve(row, expires_at=expiry + by)
