"""Living a balance forward."""

from collections.abc import Iterable
from datetime import datetime

from attrs import field, frozen

from balances.events import Event
from balances.fields import Value, argument, named
from balances.instants import to_instant, to_optional_instant
from balances.lives import Life, merged
from balances.making import maker
from balances.rollovers import Rules, to_rules
from balances.values import Balance, to_balance

__all__ = ["Advanced", "advance"]


def _events(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(events)


@frozen(kw_only=True, repr=False, field_transformer=named)
class Advanced(Value):
    """A balance as it is later, and what happened on the way.

    >>> from balances.testing import balance
    >>> Advanced(balance=balance(100, 28)).events
    ()
    """

    balance: Balance = field(converter=to_balance)
    events: tuple[Event, ...] = field(converter=_events, default=())


_make_advanced = maker(Advanced)


def advance(
    balance: Balance,
    /,
    *,
    to: datetime,
    rules: Rules = None,
    anchor: datetime | None = None,
    keep_overage: bool = False,
) -> Advanced:
    """Live a balance forward to a moment: every expiry and every reset that is due, in order of time.

    At a reset an item starts over. What remained of it is carried over under its rule, and lapses without one. Its
    overage is forgotten (whoever bills it has done so), or, with `keep_overage`, owed by the new period. `rules` maps
    the ids of items to their rules, the cap over all rollovers being the sum of theirs; or it is one rule for every
    item that resets.

    Boundaries are taken one at a time, as a stored balance lives them: from 31 January by way of 28 February to 28
    March. Given the `anchor` of the billing cycle, the 31st comes back. Advancing to a moment and then to a later one
    is advancing to the later one. The events account for every unit; a long gap costs as much as happens in it, and
    resets that do the same, in a row, are one step. A balance without a breakdown only loses expired rollovers.

    >>> from datetime import UTC
    >>> from balances import RolloverRule, combine
    >>> from balances.testing import item, monthly
    >>> pro = item(100, 28, id="pro", reset=monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC)))
    >>> balance = combine([pro], feature_id="messages")
    >>> later = advance(balance, to=datetime(2026, 2, 10, tzinfo=UTC), rules={"pro": RolloverRule(max=50, months=1)})
    >>> later.balance.remaining, later.balance.usage
    (Decimal('150'), Decimal('0'))
    >>> for event in later.events:
    ...     print(event.id, event.granted, event.carried, event.lapsed)
    pro 100 50 22
    """
    to, anchor = argument("to", to_instant, to), argument("anchor", to_optional_instant, anchor)
    life = Life(balance, argument("rules", to_rules, rules), anchor, keep_overage=keep_overage)
    events = tuple([happened.event for happened in merged(life.until(to))])
    return _make_advanced(balance=life.balance() if events else balance, events=events)
