"""Living a balance forward to a moment."""

from datetime import datetime

from attrs import field, frozen

from balances.base.fields import Value, argument, named, to_flag
from balances.base.home import public
from balances.base.instants import to_instant, to_optional_instant
from balances.base.unchecked import maker
from balances.timeline.schedule import Life, merged
from balances.values.balance import Balance, to_balance
from balances.values.events import Event, to_events
from balances.values.policies import Rules, to_rules

__all__ = ["Advanced", "advance"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Advanced(Value):
    """A balance as it is later, and what happened on the way.

    >>> from balances.testing import balance
    >>> Advanced(balance=balance(100, 28)).events
    ()
    """

    balance: Balance = field(converter=to_balance)
    events: tuple[Event, ...] = field(converter=to_events, default=())


_make_advanced = maker(Advanced)


@public
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
    March. Given the `anchor` of the billing cycle, the 31st comes back; every item is then on that cycle, from its next
    reset on. Advancing to a moment and then to a later one is advancing to the later one. The events account for every
    unit. A long gap costs as much as happens in it: where an item resets undisturbed and does the same each time, its
    resets are counted, not lived. A balance without a breakdown only loses expired rollovers.

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
    balance, keep_overage = argument("balance", to_balance, balance), argument("keep_overage", to_flag, keep_overage)
    life = Life(balance, argument("rules", to_rules, rules), anchor, keep_overage=keep_overage)
    events = tuple([happened.event for happened in merged(life.until(to))])
    return _make_advanced(balance=life.balance() if events else balance, events=events)
