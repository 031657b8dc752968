"""Events: the resets and expiries of a balance, and the usages and top-ups of a simulation."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from attrs import field, frozen

from balances.base.amounts import ZERO, to_amount
from balances.base.fields import Value, named, to_count, to_text, to_tuple, tuple_of
from balances.base.home import public
from balances.base.instants import to_instant
from balances.base.messages import described

__all__ = ["BreakdownExpired", "Event", "FlagExpired", "ResetHappened", "RolloverExpired", "ToppedUp", "Usage"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class ResetHappened(Value):
    """An item reset: once at `at`, or `count` times from `at` on, with the same numbers each time.

    `granted` and `carried` are the amounts of each time: the new grant, and the balance of the new rollover. `lapsed`
    is the amount lost, and `forgiven` the overage dropped, of all times together.

    >>> from datetime import UTC
    >>> ResetHappened(
    ...     at=datetime(2026, 2, 1, tzinfo=UTC), id="pro", granted=100, lapsed=72
    ... ).count
    1
    """

    at: datetime = field(converter=to_instant)
    id: str = field(converter=to_text, default="")
    count: int = field(converter=to_count, default=1)
    granted: Decimal = field(converter=to_amount)
    carried: Decimal = field(converter=to_amount, default=ZERO)
    lapsed: Decimal = field(converter=to_amount, default=ZERO)
    forgiven: Decimal = field(converter=to_amount, default=ZERO)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class BreakdownExpired(Value):
    """An item expired. Its remaining amount was lost, and its overage was forgiven.

    >>> from datetime import UTC
    >>> BreakdownExpired(at=datetime(2026, 2, 1, tzinfo=UTC), id="trial", lapsed=40).lapsed
    Decimal('40')
    """

    at: datetime = field(converter=to_instant)
    id: str = field(converter=to_text, default="")
    lapsed: Decimal = field(converter=to_amount)
    forgiven: Decimal = field(converter=to_amount, default=ZERO)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class RolloverExpired(Value):
    """A rollover expired, and its balance was lost.

    >>> from datetime import UTC
    >>> RolloverExpired(at=datetime(2026, 2, 1, tzinfo=UTC), lapsed=40).lapsed
    Decimal('40')
    """

    at: datetime = field(converter=to_instant)
    lapsed: Decimal = field(converter=to_amount)


Event: TypeAlias = ResetHappened | BreakdownExpired | RolloverExpired
"""Something that happens to a balance by itself, as time goes by."""


def to_event(event: Event) -> Event:
    """Return an event as it is."""
    if isinstance(event, Event):
        return event
    raise TypeError(f"expected an event, got {described(event)}")


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class FlagExpired(Value):
    """A flag expired, so that its boolean feature is no longer held.

    >>> from datetime import UTC
    >>> FlagExpired(at=datetime(2026, 2, 1, tzinfo=UTC), id="flag_1").id
    'flag_1'
    """

    at: datetime = field(converter=to_instant)
    id: str = field(converter=to_text, default="")


AccountEvent: TypeAlias = Event | FlagExpired
"""Something that happens to an account by itself."""


def to_account_events(events: Iterable[AccountEvent]) -> tuple[AccountEvent, ...]:
    """Return the events of an account as a tuple."""
    each = to_tuple(events, "events")
    return tuple(event if isinstance(event, FlagExpired) else to_event(event) for event in each)


def to_events(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return events as a tuple."""
    return tuple(map(to_event, to_tuple(events, "events")))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Usage(Value):
    """An amount that is used at a moment. A negative amount is given back.

    >>> from datetime import UTC
    >>> Usage(at=datetime(2026, 1, 10, tzinfo=UTC), amount=40).amount
    Decimal('40')
    """

    at: datetime = field(converter=to_instant)
    amount: Decimal = field(converter=to_amount)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class ToppedUp(Value):
    """An automatic top-up of a prepaid item: the quantity bought, in units.

    >>> from datetime import UTC
    >>> ToppedUp(
    ...     at=datetime(2026, 1, 10, tzinfo=UTC), item_id="packs", quantity=120
    ... ).quantity
    Decimal('120')
    """

    at: datetime = field(converter=to_instant)
    item_id: str = field(converter=to_text)
    quantity: Decimal = field(converter=to_amount)


Cause: TypeAlias = Event | Usage | ToppedUp
"""The cause of a step of a simulation."""


def to_cause(cause: Cause) -> Cause:
    """Return the cause of a step as it is."""
    return cause if isinstance(cause, Usage | ToppedUp) else to_event(cause)


def to_usages(usages: Iterable[Usage]) -> tuple[Usage, ...]:
    """Return usages as a tuple."""
    return tuple_of(usages, Usage)
