"""Living a balance forward to a moment.

Here lives the public function, which checks its arguments. `schedule` knows what happens, and `skipping` how to be
quick about it.
"""

from datetime import datetime

from attrs import field, frozen

from balances.base.fields import Value, argument, named, to_flag
from balances.base.home import public
from balances.base.instants import to_instant, to_optional_instant
from balances.base.unchecked import maker
from balances.timeline.dues import next_due_of
from balances.timeline.happenings import merged
from balances.timeline.schedule import Life, Terms
from balances.timeline.skipping import lived
from balances.values.balance import Balance, to_balance
from balances.values.events import Event, to_events
from balances.values.policies import Rules, to_rules

__all__ = ["Advanced", "advance"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Advanced(Value):
    """A balance as it is later, and the events on the way there.

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

    At a reset an item starts over. The amount left of it is carried over under its rule, and lapses without one. Its
    overage is forgiven (whoever bills it has done so), or, with `keep_overage`, owed by the new period. `rules` maps
    the ids of items to their rules, and the cap over all rollovers is then the sum of theirs. Or it is one rule for
    every item that resets.

    Boundaries are taken one at a time, as a stored balance lives them: from 31 January by way of 28 February to 28
    March. Given the `anchor` of the billing cycle, the 31st comes back. Every item is then on that cycle, from its next
    reset on. A balance without a breakdown only loses expired rollovers.

    Advancing to a moment and then to a later one is advancing to the later one. The events account for every unit.
    Resets of one item are one event if all their numbers are equal and only resets, of whatever item, lie between them.
    So the running time grows with the number of different things that happen, not with the length of the gap.

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
    terms = Terms(argument("rules", to_rules, rules), anchor, keep_overage)
    due = next_due_of(balance)
    if due is None or due > to:
        return _make_advanced(balance=balance, events=())
    life = Life(balance, terms)
    events = tuple([step.happened.whole for step in merged(lived(life, to))])
    return _make_advanced(balance=life.balance(), events=events)
