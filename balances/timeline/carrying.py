"""How much of an item's unused amount a reset carries over as a rollover, up to which cap, and until when.

These are the rules of one reset. `tallies` decides the cap over several items, `pools` trims the rollovers to it, and
`schedule` decides the order in which things happen.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import field, frozen

from balances.base.amounts import EXACT, ZERO, Amount, add, floor, multiply, storable, subtract, to_amount, total
from balances.base.fields import Value, argument, named
from balances.base.home import public
from balances.base.instants import to_instant
from balances.errors import InvalidRule
from balances.periods.boundaries import Grid, least_step
from balances.periods.cycles import Interval
from balances.periods.stepping import add_days, add_months
from balances.timeline.pools import Added, Pool
from balances.values.balance import Breakdown, Reset, Rollover, to_item, to_rollovers
from balances.values.policies import Policy, RolloverRule, to_optional_rule, to_policy, to_rule

__all__ = ["Carry", "carry_forward", "rollover_cap"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Carry(Value):
    """The outcome of a reset: the rollovers after it, the amount newly carried over, and the amount lost.

    `rollovers` are in order, the soonest to expire first. `carried` is the balance of the new one among them.

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
    return cap_of(argument("rule", to_rule, rule), argument("granted", to_amount, granted))


def cap_of(rule: RolloverRule, granted: Decimal) -> Decimal | None:
    """Return how much a rule lets a grant carry over in all, for callers that know it to be an amount."""
    if rule.max_percentage is None:
        return rule.max
    return floor(multiply(granted, rule.max_percentage).scaleb(-2, EXACT))


@public
def carry_forward(
    item: Breakdown,
    /,
    rule: RolloverRule | None,
    *,
    at: datetime,
    rollovers: Sequence[Rollover] = (),
    policy: Policy | None = None,
) -> Carry:
    """Split the amount left at a reset into the part that is carried over and the part that lapses.

    Nothing disappears: the amount left of the item and of its former rollovers is carried over, or lapses. Rollovers
    that have expired by then are removed. The amount left of the item, or the rule's share of it, becomes a new
    rollover. Then all rollovers are trimmed to the cap, beginning with the soonest to expire, and empty ones are
    removed. If no rollover was added, nothing is trimmed. Without a rule the amount left lapses, and the rollovers
    stay.

    The months and days of a rule are counted in the zone of the policy, and its resets from the anchor of the policy.

    >>> from datetime import UTC
    >>> item = Breakdown(included_grant=100, remaining=72, usage=28)
    >>> february = datetime(2026, 2, 1, tzinfo=UTC)
    >>> carry = carry_forward(item, RolloverRule(max=50), at=february)
    >>> carry.carried, carry.lapsed
    (Decimal('50'), Decimal('22'))
    >>> carry_forward(item, RolloverRule(share=25), at=february).carried
    Decimal('18')
    >>> carry_forward(item, None, at=datetime(2026, 2, 1, tzinfo=UTC)).lapsed
    Decimal('72')
    """
    at, item = argument("at", to_instant, at), argument("item", to_item, item)
    rule, policy = argument("rule", to_optional_rule, rule), argument("policy", to_policy, policy)
    pool = Pool(argument("rollovers", to_rollovers, rollovers))
    expired = total(rollover.balance for rollover in pool.expire(at))
    pool.put_in_order()
    grid = None if rule is None or rule.resets is None else _grid_in(item, policy)
    left = max(ZERO, item.remaining)
    shared = share_of(left, rule)
    if rule is None or not shared:
        return Carry(rollovers=pool.rollovers, carried=ZERO, lapsed=add(expired, left))
    added = Added(shared, expiry_of(rule, at, policy, grid))
    carried, trimmed = pool.add(added, cap_of(rule, max(ZERO, item.granted)))
    lapsed = total((expired, subtract(left, shared), trimmed))
    return Carry(rollovers=pool.rollovers, carried=carried, lapsed=lapsed)


def _grid_in(item: Breakdown, policy: Policy) -> Grid:
    if item.reset is None or item.reset.interval == Interval.ONE_OFF:
        raise InvalidRule("rule: resets: expected an item that resets, got one that does not")
    return grid_of(item.reset, policy)


def grid_of(reset: Reset, policy: Policy) -> Grid:
    """Return the boundaries at which a reset happens under a policy."""
    return Grid(reset.interval, reset.interval_count, policy.anchor, policy.zone, policy.month_end)


def share_of(left: Decimal, rule: RolloverRule | None) -> Decimal:
    """Return the part of an amount left that a rule lets a reset carry over, before any cap."""
    if rule is None:
        return ZERO
    return left if rule.share is None else storable(multiply(left, rule.share).scaleb(-2, EXACT))


def expires(rule: RolloverRule) -> bool:
    """Return whether the rollovers of a rule expire."""
    return rule.months is not None or rule.days is not None or rule.resets is not None


def expiry_of(rule: RolloverRule, at: datetime, policy: Policy, grid: Grid | None) -> datetime | None:
    """Return when the rollover expires that a reset at this moment makes; an item that resets has a grid."""
    if rule.months is not None:
        return add_months(at, rule.months, zone=policy.zone)
    if rule.days is not None:
        return add_days(at, rule.days, zone=policy.zone)
    return None if rule.resets is None or grid is None else grid.later(at, rule.resets)


def least_life_of(rule: RolloverRule, reset: Reset) -> timedelta | None:
    """Return a lower bound of the life of a rollover that a reset makes under this rule; None if it never expires."""
    if rule.months is not None:
        return least_step(Interval.MONTH, rule.months)
    if rule.days is not None:
        return least_step(Interval.DAY, rule.days)
    if rule.resets is None:
        return None
    return least_step(reset.interval, reset.interval_count * (rule.resets - 1))
