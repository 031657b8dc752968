"""What survives a reset."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from balances.base.amounts import EXACT, ZERO, Amount, add, floor, multiply, to_amount, total
from balances.base.fields import Value, argument, named
from balances.base.home import public
from balances.base.instants import to_instant
from balances.timeline.pools import Pool
from balances.values.balance import Breakdown, Rollover, to_item, to_rollovers
from balances.values.policies import RolloverRule, to_optional_rule, to_rule

__all__ = ["Carry", "carry_forward", "rollover_cap"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Carry(Value):
    """What a reset carries over, and what it does not.

    `rollovers` is all there is after it, the soonest to expire first; `carried` is how much of that is new, `lapsed`
    all that is gone.

    >>> Carry(carried=0, lapsed=28).rollovers
    ()
    """

    rollovers: tuple[Rollover, ...] = field(converter=to_rollovers, default=())
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
    rule, granted = argument("rule", to_rule, rule), argument("granted", to_amount, granted)
    if rule.max_percentage is None:
        return rule.max
    return floor(multiply(granted, rule.max_percentage).scaleb(-2, EXACT))


@public
def carry_forward(
    item: Breakdown, /, rule: RolloverRule | None, *, at: datetime, rollovers: Sequence[Rollover] = ()
) -> Carry:
    """Split what is left at a reset into what is carried over and what lapses.

    Nothing disappears: what remained, and what had been carried over before, is carried over now or has lapsed.
    Rollovers expired by then go; what remains of the item becomes a new one. If something was added, the whole is
    trimmed to the cap, the soonest to expire first, and what is empty goes. Without a rule the remainder lapses, and
    the rollovers stay.

    >>> from datetime import UTC
    >>> item = Breakdown(included_grant=100, remaining=72, usage=28)
    >>> carry = carry_forward(item, RolloverRule(max=50), at=datetime(2026, 2, 1, tzinfo=UTC))
    >>> carry.carried, carry.lapsed
    (Decimal('50'), Decimal('22'))
    >>> carry_forward(item, None, at=datetime(2026, 2, 1, tzinfo=UTC)).lapsed
    Decimal('72')
    """
    item, at = argument("item", to_item, item), argument("at", to_instant, at)
    rule = argument("rule", to_optional_rule, rule)
    pool = Pool(argument("rollovers", to_rollovers, rollovers))
    lapsed = total(rollover.balance for rollover in pool.expire(at))
    cap = None if rule is None else rollover_cap(rule, item.granted)
    carried, more = pool.carry(max(ZERO, item.remaining), rule, cap, at)
    return Carry(rollovers=pool.rollovers, carried=carried, lapsed=add(lapsed, more))
