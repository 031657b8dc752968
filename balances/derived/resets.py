"""When an item resets."""

from collections.abc import Iterable
from datetime import datetime

from balances.base.fields import argument, instance_of
from balances.base.home import public
from balances.base.instants import to_instant, to_optional_instant
from balances.derived.overages import items_in
from balances.periods.cycles import Interval, cycle_at
from balances.values.balance import Balance, Breakdown, Reset
from balances.values.policies import Policy, to_policy

__all__ = ["next_reset", "reset_after"]


@public
def reset_after(reset: Reset, /, *, after: datetime, policy: Policy | None = None) -> datetime | None:
    """Find the first reset strictly later than a moment. None means that there is none.

    It is the date stated, if that is later than the moment. Else it is a boundary, counted from the `anchor` of the
    policy, in its zone and with its month ends. Without an anchor, boundaries are counted from the date stated. An
    anchor on the 31st brings the 31st back, which is lost in a stated 28 February.

    Over several boundaries, `advance` may come to another day, because it takes one boundary at a time. With an anchor,
    both agree.

    >>> from datetime import UTC
    >>> reset = Reset(interval=Interval.MONTH, resets_at=datetime(2026, 2, 28, tzinfo=UTC))
    >>> print(reset_after(reset, after=datetime(2026, 2, 1, tzinfo=UTC)))
    2026-02-28 00:00:00+00:00
    >>> print(reset_after(reset, after=datetime(2026, 3, 1, tzinfo=UTC)))
    2026-03-28 00:00:00+00:00
    >>> policy = Policy(anchor=datetime(2025, 12, 31, tzinfo=UTC))
    >>> print(reset_after(reset, after=datetime(2026, 3, 1, tzinfo=UTC), policy=policy))
    2026-03-31 00:00:00+00:00
    """
    reset, after = argument("reset", _to_reset, reset), argument("after", to_instant, after)
    return _after(reset, after, argument("policy", to_policy, policy))


def _to_reset(reset: Reset) -> Reset:
    return instance_of(reset, Reset)


def _after(reset: Reset, after: datetime, policy: Policy) -> datetime | None:
    stated = reset.resets_at
    if stated is None or reset.interval == Interval.ONE_OFF:
        return None
    if stated > after:
        return stated
    return cycle_at(
        after,
        anchor=policy.anchor or stated,
        interval=reset.interval,
        count=reset.interval_count,
        zone=policy.zone,
        month_end=policy.month_end,
    ).end


def resets(item: Breakdown) -> bool:
    """Return whether an item has a date to reset at."""
    reset = item.reset
    return reset is not None and reset.resets_at is not None and reset.interval != Interval.ONE_OFF


@public
def next_reset(
    balance: Balance | Iterable[Breakdown], /, *, after: datetime | None = None, policy: Policy | None = None
) -> datetime | None:
    """Find the earliest reset of any item. None means that there is none.

    Without `after`, it is the earliest date that an item states. Given `after`, it is the earliest reset that
    `reset_after` finds. A balance without a breakdown has only the date that it states itself.

    >>> from datetime import UTC
    >>> from balances.testing import item, monthly
    >>> items = [
    ...     item(reset=monthly(resets_at=datetime(2026, 2, day, tzinfo=UTC)))
    ...     for day in (14, 3)
    ... ]
    >>> print(next_reset([*items, item()]))
    2026-02-03 00:00:00+00:00
    >>> print(next_reset(items, after=datetime(2026, 2, 3, tzinfo=UTC)))
    2026-02-14 00:00:00+00:00
    """
    after, policy = argument("after", to_optional_instant, after), argument("policy", to_policy, policy)
    if isinstance(balance, Balance) and not balance.breakdown:
        stated = balance.next_reset_at
        return stated if after is None or (stated is not None and stated > after) else None
    items = items_in(balance)
    if after is None:
        return next_reset_of(items)
    return _earliest(_after(item.reset, after, policy) for item in items if item.reset is not None)


def next_reset_of(items: Iterable[Breakdown]) -> datetime | None:
    """Return the earliest reset that items state."""
    return _earliest([item.reset.resets_at for item in items if item.reset is not None])


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    coming = [moment for moment in moments if moment is not None]
    return min(coming) if coming else None
