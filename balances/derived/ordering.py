"""In what order the items of a balance are drawn from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from balances.base.fields import argument
from balances.base.home import public
from balances.base.instants import EPOCH
from balances.derived.overages import is_usage_based
from balances.periods.cycles import Interval
from balances.values.balance import Breakdown, Reset, Rollover, to_items

__all__ = ["deduction_order"]


def expiry_order(rollover: Rollover) -> tuple[bool, datetime]:
    """Return the key by which rollovers are in order: the soonest to expire first, never last."""
    return rollover.expires_at is None, rollover.expires_at or EPOCH


def expiry_order_of(rollovers: Sequence[Rollover]) -> Sequence[int]:
    """Return the indices of rollovers in that order."""
    if len(rollovers) < 2:  # noqa: PLR2004  (one alone is in order)
        return range(len(rollovers))
    keys = [expiry_order(rollover) for rollover in rollovers]
    return sorted(range(len(keys)), key=keys.__getitem__)


_DAY: Final = 24 * 60

_MINUTES_OF: Final[dict[str, int]] = {
    Interval.MINUTE: 1,
    Interval.HOUR: 60,
    Interval.DAY: _DAY,
    Interval.WEEK: 7 * _DAY,
    Interval.MONTH: 30 * _DAY,
    Interval.QUARTER: 90 * _DAY,
    Interval.SEMI_ANNUAL: 180 * _DAY,
    Interval.YEAR: 365 * _DAY,
}
"""How long an interval counts as, here: only the order of these matters, not the calendar."""


Rank = tuple[bool, bool, int, int, bool, datetime, bool]


@public
def deduction_order(breakdown: Sequence[Breakdown], /) -> tuple[Breakdown, ...]:
    """Return the items in the order in which usage draws from them: what would be lost first comes first.

    Unlimited ones lead. Then come items that have a date to start over at, before those that have none; of these, the
    shorter period first, and an item that never starts over last; then the sooner to expire, and what never expires
    last; then those whose overage is for sale after those whose is not. Otherwise they keep their order.

    >>> from balances.testing import item, monthly
    >>> weekly = Reset(interval=Interval.WEEK)
    >>> items = [item(id="top-up"), item(id="monthly", reset=monthly()), item(id="weekly", reset=weekly)]
    >>> [item.id for item in deduction_order(items)]
    ['weekly', 'monthly', 'top-up']
    """
    return tuple(sorted(argument("breakdown", to_items, breakdown), key=_rank))


def order_of(items: Sequence[Breakdown]) -> list[int]:
    """Return the indices of items in deduction order."""
    ranks = [_rank(item) for item in items]
    return sorted(range(len(items)), key=ranks.__getitem__)


def _rank(item: Breakdown) -> Rank:
    kind, minutes = _period(item.reset)
    return (
        not item.unlimited,
        item.reset is None or item.reset.resets_at is None,
        kind,
        minutes,
        item.expires_at is None,
        item.expires_at or EPOCH,
        is_usage_based(item),
    )


def _period(reset: Reset | None) -> tuple[int, int]:
    """Return what periods are compared by: known ones by their length, then unknown ones, then none at all."""
    if reset is None or reset.interval == Interval.ONE_OFF:
        return 2, 0
    minutes = _MINUTES_OF.get(reset.interval)
    return (1, 0) if minutes is None else (0, minutes * reset.interval_count)
