"""A balance at a later moment, and the events on the way.

The public function here checks its arguments. `schedule` decides what happens in which order, and `skipping` makes it
quick.
"""

from datetime import datetime

from attrs import field, frozen

from balances.base.fields import Value, argument, named
from balances.base.home import public
from balances.base.instants import to_instant
from balances.base.unchecked import maker
from balances.timeline.dues import next_due_of
from balances.timeline.happenings import merged
from balances.timeline.schedule import Life
from balances.timeline.skipping import lived
from balances.values.balance import Balance, to_balance
from balances.values.events import Event, to_events
from balances.values.policies import Policy, to_policy

__all__ = ["Advanced", "advance"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Advanced(Value):
    """A balance at a later moment, and the events on the way there.

    >>> from balances.testing import balance
    >>> Advanced(balance=balance(100, 28)).events
    ()
    """

    balance: Balance = field(converter=to_balance)
    events: tuple[Event, ...] = field(converter=to_events, default=())


_make_advanced = maker(Advanced)


@public
def advance(balance: Balance, /, *, to: datetime, policy: Policy | None = None) -> Advanced:
    """Bring a balance forward to a moment: every expiry and every reset that is due happens, in order of time.

    At a reset the usage of an item becomes zero. The amount left of it is carried over under its rule, and lapses
    without one. Its overage is forgiven, unless the policy says otherwise. At one moment rollovers expire first, then
    items expire, and then items reset, in the order of the policy.

    Boundaries are taken one at a time, as if the balance were stored in between: from 31 January by way of 28 February
    to 28 March. If the policy has an `anchor`, the 31st comes back. Every item is then on the cycle of the anchor, from
    its next reset on. A balance without a breakdown only loses expired rollovers.

    Advancing in several steps gives the same balance as advancing in one. The events account for every unit. Resets of
    one item are one event if all their numbers are equal and only resets, of any item, lie between them. So the running
    time grows with the number of different things that happen, not with the length of the gap. Under
    `OverageAtReset.SETTLE`, the resets of an item that grants nothing are taken one by one while anything is owed.

    >>> from datetime import UTC
    >>> from balances import Policy, RolloverRule, combine
    >>> from balances.testing import item, monthly
    >>> pro = item(
    ...     100, 28, id="pro", reset=monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC))
    ... )
    >>> balance = combine([pro], feature_id="messages")
    >>> policy = Policy(rules={"pro": RolloverRule(max=50, months=1)})
    >>> later = advance(balance, to=datetime(2026, 2, 10, tzinfo=UTC), policy=policy)
    >>> later.balance.remaining, later.balance.usage
    (Decimal('150'), Decimal('0'))
    >>> for event in later.events:
    ...     print(event.id, event.granted, event.carried, event.lapsed)
    pro 100 50 22
    """
    to, balance = argument("to", to_instant, to), argument("balance", to_balance, balance)
    policy, due = argument("policy", to_policy, policy), next_due_of(balance)
    if due is None or due > to:
        return _make_advanced(balance=balance, events=())
    life = Life(balance, policy)
    events = tuple([happened.whole for happened, _ in merged(lived(life, to))])
    return _make_advanced(balance=life.balance(), events=events)
