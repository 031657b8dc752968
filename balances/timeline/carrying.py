"""What a reset does with the amount left of an item: how much is carried over, and until when.

Here live the rules of one reset, as a public function and as the parts that living a balance forward is made of. The
order in which things happen, and the caps of several items together, are decided elsewhere.
"""

from collections.abc import Iterable, Sequence
from datetime import MAXYEAR, datetime, timedelta
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from balances.base.amounts import EXACT, ZERO, Amount, add, floor, multiply, to_amount, total
from balances.base.fields import Value, argument, instance_of, named, tuple_of
from balances.base.home import public
from balances.base.instants import to_instant
from balances.periods.cycles import add_months
from balances.timeline.pools import Added, Pool
from balances.values.balance import Breakdown, Rollover
from balances.values.policies import RolloverRule

__all__ = ["Carry", "carry_forward", "rollover_cap"]

_SHORTEST_MONTH: Final = 28
_MANY: Final = 12 * MAXYEAR


def _rollovers(rollovers: Iterable[Rollover]) -> tuple[Rollover, ...]:
    return tuple_of(rollovers, Rollover)


def _to_item(item: Breakdown) -> Breakdown:
    return instance_of(item, Breakdown)


def _to_optional_rule(rule: RolloverRule | None) -> RolloverRule | None:
    return None if rule is None else instance_of(rule, RolloverRule)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Carry(Value):
    """The outcome of a reset: the rollovers after it, the amount newly carried over, and the amount lost.

    `rollovers` are in order, the soonest to expire first. `carried` is the balance of the new one among them.

    >>> Carry(carried=0, lapsed=28).rollovers
    ()
    """

    rollovers: tuple[Rollover, ...] = field(converter=_rollovers, default=())
    carried: Decimal = field(converter=to_amount)
    lapsed: Decimal = field(converter=to_amount)


@public
def rollover_cap(rule: RolloverRule, /, granted: Amount) -> Decimal | None:
    """Return how much a rule lets a grant carry over in all, or None without a cap. A percentage is rounded down.

    >>> rollover_cap(RolloverRule(max_percentage=33), 100.9)
    Decimal('33')
    >>> rollover_cap(RolloverRule(months=3), 100) is None
    True
    """
    granted = argument("granted", to_amount, granted)
    if rule.max_percentage is None:
        return rule.max
    return floor(multiply(granted, rule.max_percentage).scaleb(-2, EXACT))


@public
def carry_forward(
    item: Breakdown, /, rule: RolloverRule | None, *, at: datetime, rollovers: Sequence[Rollover] = ()
) -> Carry:
    """Split the amount left at a reset into the part that is carried over and the part that lapses.

    Nothing disappears: the amount left of the item and of its former rollovers is carried over, or it has lapsed.
    Rollovers that have expired by then go. The amount left of the item becomes a new rollover. Then all rollovers are
    trimmed to the cap, beginning with the soonest to expire, and emptied ones go. If nothing was left of the item,
    nothing is trimmed. Without a rule the amount left lapses, and the rollovers stay.

    >>> from datetime import UTC
    >>> item = Breakdown(included_grant=100, remaining=72, usage=28)
    >>> carry = carry_forward(item, RolloverRule(max=50), at=datetime(2026, 2, 1, tzinfo=UTC))
    >>> carry.carried, carry.lapsed
    (Decimal('50'), Decimal('22'))
    >>> carry_forward(item, None, at=datetime(2026, 2, 1, tzinfo=UTC)).lapsed
    Decimal('72')
    """
    at, item = argument("at", to_instant, at), argument("item", _to_item, item)
    rule, pool = argument("rule", _to_optional_rule, rule), Pool(argument("rollovers", _rollovers, rollovers))
    expired = total(rollover.balance for rollover in pool.expire(at))
    pool.put_in_order()
    left = max(ZERO, item.remaining)
    if rule is None or not left:
        return Carry(rollovers=pool.rollovers, carried=ZERO, lapsed=add(expired, left))
    carried, lapsed = pool.add(Added(left, expiry_of(rule, at)), rollover_cap(rule, item.granted))
    return Carry(rollovers=pool.rollovers, carried=carried, lapsed=add(expired, lapsed))


def expiry_of(rule: RolloverRule, at: datetime) -> datetime | None:
    """Return when the rollover expires that a reset at this moment makes."""
    return None if rule.months is None else add_months(at, rule.months)


def least_life_of(rule: RolloverRule | None) -> timedelta | None:
    """Return the time that any rollover lives at least which this rule lets a reset make; None if it never expires."""
    if rule is None or rule.months is None:
        return None
    return timedelta(days=_SHORTEST_MONTH * min(rule.months, _MANY))
