"""When a source starts over."""

from collections.abc import Iterable
from datetime import datetime

from balances.base.fields import argument
from balances.base.home import public
from balances.base.instants import to_instant, to_optional_instant
from balances.periods.cycles import Interval, cycle_at
from balances.values.balance import Breakdown, Reset, to_items, to_reset

__all__ = ["next_reset", "reset_after"]


@public
def reset_after(reset: Reset, /, *, after: datetime, anchor: datetime | None = None) -> datetime | None:
    """Find the first reset strictly later than a moment; None when there is none.

    It is the date stated, if that is still to come, else the boundary that follows, counted from the date stated. Given
    the `anchor` of the billing cycle, boundaries are counted from there: that gives the 31st back, which a stated 28
    February has forgotten.

    Over several boundaries this counts from the stated date, where `advance`, which lives one boundary at a time, may
    come to another day; given the anchor, the two agree.

    >>> from datetime import UTC
    >>> reset = Reset(interval=Interval.MONTH, resets_at=datetime(2026, 2, 28, tzinfo=UTC))
    >>> print(reset_after(reset, after=datetime(2026, 2, 1, tzinfo=UTC)))
    2026-02-28 00:00:00+00:00
    >>> print(reset_after(reset, after=datetime(2026, 3, 1, tzinfo=UTC)))
    2026-03-28 00:00:00+00:00
    >>> print(reset_after(reset, after=datetime(2026, 3, 1, tzinfo=UTC), anchor=datetime(2025, 12, 31, tzinfo=UTC)))
    2026-03-31 00:00:00+00:00
    """
    reset, after = argument("reset", to_reset, reset), argument("after", to_instant, after)
    anchor = argument("anchor", to_optional_instant, anchor)
    stated = reset.resets_at
    if stated is None or reset.interval == Interval.ONE_OFF:
        return None
    if stated > after:
        return stated
    return cycle_at(after, anchor=anchor or stated, interval=reset.interval, count=reset.interval_count).end


def resets(item: Breakdown) -> bool:
    """Return whether an item has a date to start over at."""
    reset = item.reset
    return reset is not None and reset.resets_at is not None and reset.interval != Interval.ONE_OFF


@public
def next_reset(
    breakdown: Iterable[Breakdown], /, *, after: datetime | None = None, anchor: datetime | None = None
) -> datetime | None:
    """Find the earliest reset of any item: as stated, or the first one later than `after`; None when there is none.

    >>> from datetime import UTC
    >>> from balances.testing import item, monthly
    >>> items = [item(reset=monthly(resets_at=datetime(2026, 2, day, tzinfo=UTC))) for day in (14, 3)]
    >>> print(next_reset([*items, item()]))
    2026-02-03 00:00:00+00:00
    >>> print(next_reset(items, after=datetime(2026, 2, 3, tzinfo=UTC)))
    2026-02-14 00:00:00+00:00
    """
    items, anchor = argument("breakdown", to_items, breakdown), argument("anchor", to_optional_instant, anchor)
    after = argument("after", to_optional_instant, after)
    if after is None:
        return next_stated(items)
    resets = [item.reset for item in items if item.reset is not None]
    return _earliest([reset_after(reset, after=after, anchor=anchor) for reset in resets])


def next_stated(items: Iterable[Breakdown]) -> datetime | None:
    """Find the earliest reset that any of these items states; None when there is none."""
    return _earliest([item.reset.resets_at for item in items if item.reset is not None])


def _earliest(moments: list[datetime | None]) -> datetime | None:
    coming = [moment for moment in moments if moment is not None]
    return min(coming) if coming else None
