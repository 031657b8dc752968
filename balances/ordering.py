"""In what order the items of a balance are drawn from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from balances.instants import EPOCH
from balances.intervals import Interval
from balances.overages import is_usage_based
from balances.values import Breakdown, Reset

__all__ = ["deduction_order"]

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
    return tuple(sorted(breakdown, key=_rank))


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
