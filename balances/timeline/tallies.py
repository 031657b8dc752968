"""Running tallies: figures about all items of a balance, kept up to date while items go.

Without a tally, these figures would be counted anew after every expiry: the flags, the cap over the rollovers, the
totals. So an expiry costs the same whether the balance has three items or ten thousand.
"""

from collections.abc import Iterable
from decimal import Decimal

from balances.base.amounts import ZERO, add, storable, subtract, total
from balances.derived.overages import has_unlimited, is_usage_based, overage_of
from balances.derived.resets import resets
from balances.derived.totals import Flags, flags_stated_by, sums_of
from balances.timeline.carrying import cap_of
from balances.timeline.pools import Pool
from balances.values.balance import Balance, Breakdown
from balances.values.policies import RolloverRule, Rules

__all__: list[str] = []


class LimitSum:
    """The sum of limits, of which some may be missing: None where any is, or where there are none."""

    def __init__(self, limits: Iterable[Decimal | None] = ()) -> None:
        """Add up these limits."""
        self._sum, self._known, self._missing = ZERO, 0, 0
        for limit in limits:
            self._move(limit, 1)

    def remove(self, limit: Decimal | None) -> None:
        """Take one of the limits away."""
        self._move(limit, -1)

    @property
    def value(self) -> Decimal | None:
        """Return the sum, or None without a limit."""
        return self._sum if self._known and not self._missing else None

    def _move(self, limit: Decimal | None, by: int) -> None:
        if limit is None:
            self._missing += by
        else:
            self._known += by
            self._sum = (add if by > 0 else subtract)(self._sum, limit)


class FlagTally:
    """The flags that items give a balance: unlimited, overage allowed, and how much may be bought."""

    def __init__(self, items: Iterable[Breakdown]) -> None:
        """Count these items."""
        items = tuple(items)
        self._unlimited = sum(item.unlimited for item in items)
        self._usage_based = sum(map(is_usage_based, items))
        self._limits = LimitSum(item.price.max_purchase for item in items if item.price is not None)

    def remove(self, item: Breakdown) -> None:
        """Take one of the items away."""
        self._unlimited -= item.unlimited
        self._usage_based -= is_usage_based(item)
        if item.price is not None:
            self._limits.remove(item.price.max_purchase)

    @property
    def flags(self) -> Flags:
        """Return the flags, as `combine` states them."""
        if self._unlimited:
            return Flags(unlimited=True, overage_allowed=False, max_purchase=None)
        return Flags(unlimited=False, overage_allowed=self._usage_based > 0, max_purchase=self._limits.value)


class StatedFlags:
    """The flags a balance states; each follows the items as long as it agrees with them."""

    def __init__(self, balance: Balance) -> None:
        """Start with the flags as they are stated."""
        self.flags = flags_stated_by(balance)
        self._tally: FlagTally | None = None

    def remove(self, item: Breakdown, others: Iterable[Breakdown]) -> None:
        """Follow the expiry of an item, beside which there are these others."""
        if self._tally is None:
            self._tally = FlagTally((item, *others))
        before = self._tally.flags
        self._tally.remove(item)
        self.flags = self.flags.following(before, self._tally.flags)


class CapTally:
    """The cap over all rollovers: that of one rule for all items that reset, or the sum of those of mapped items.

    `cap` is the amount that all rollovers together are trimmed to, or None without a cap. It is never below zero.
    """

    def __init__(self, rules: Rules, items: Iterable[Breakdown]) -> None:
        """Count these items."""
        self._rules = rules
        if isinstance(rules, RolloverRule):
            self._granted = total(item.granted for item in items if resets(item))
        else:
            self._caps = LimitSum(cap_of(rule, item.granted) for item in items if (rule := rule_of(rules, item)))
        self.cap = self._cap()

    def remove(self, item: Breakdown) -> None:
        """Take one of the items away."""
        rule = rule_of(self._rules, item)
        if isinstance(self._rules, RolloverRule):
            self._granted = subtract(self._granted, item.granted) if resets(item) else self._granted
        elif rule is not None:
            self._caps.remove(cap_of(rule, item.granted))
        self.cap = self._cap()

    def _cap(self) -> Decimal | None:
        rules = self._rules
        cap = cap_of(rules, self._granted) if isinstance(rules, RolloverRule) else self._caps.value
        return None if cap is None else max(ZERO, cap)


def rule_of(rules: Rules, item: Breakdown) -> RolloverRule | None:
    """Return the rule of an item, or None without one."""
    return rules if rules is None or isinstance(rules, RolloverRule) else rules.get(item.id)


class Totals:
    """How far the totals of a balance have moved, because its items and its pool of rollovers have.

    Where any item is unlimited, the totals count the usage of unlimited items alone. When the last of these has
    expired, they count everything else again.
    """

    def __init__(self, balance: Balance, pool: Pool) -> None:
        """Start with the totals as they are stated."""
        self._pool = pool
        items = balance.breakdown
        self._unlimited = sum(item.unlimited for item in items) if has_unlimited(items) else 0
        self._is_fixed = balance.unlimited and not self._unlimited
        self._granted = self._remaining = self._usage = ZERO
        self._leave_out_the_pool()

    @property
    def is_unlimited(self) -> bool:
        """Return whether any item is unlimited."""
        return self._unlimited > 0

    def move(self, was: Breakdown, now: Breakdown) -> None:
        """Follow an item that has changed, and still grants the same."""
        if was.unlimited or not self._unlimited:
            self._usage = add(self._usage, subtract(now.usage, was.usage))
            if not was.unlimited:
                self._remaining = add(self._remaining, subtract(now.remaining, was.remaining))

    def remove(self, item: Breakdown, others: Iterable[Breakdown]) -> None:
        """Follow the expiry of an item, beside which there are these others."""
        if item.unlimited:
            self._unlimited -= 1
            self._usage = subtract(self._usage, item.usage)
            if not self._unlimited:
                self._count(*sums_of(tuple(others), self._pool.rollovers))
                self._leave_out_the_pool()
        elif not self._unlimited:
            self._count(item.granted.copy_negate(), item.remaining.copy_negate(), item.usage.copy_negate())

    def added_to(self, balance: Balance) -> tuple[Decimal, Decimal, Decimal]:
        """Return the amounts granted, remaining and used that a balance states, moved as far."""
        if self._is_fixed:
            return balance.granted, balance.remaining, balance.usage
        granted, remaining, usage = self._moved()
        return _sum(balance.granted, granted), _sum(balance.remaining, remaining), _sum(balance.usage, usage)

    def _moved(self) -> tuple[Decimal, Decimal, Decimal]:
        if self._unlimited:
            return ZERO, ZERO, self._usage
        pool, before = self._pool, self._before
        if not (pool.granted or pool.balance or any(before)):
            return self._granted, self._remaining, self._usage
        granted, balance = subtract(pool.granted, before[0]), subtract(pool.balance, before[1])
        usage = subtract(granted, balance)
        return add(self._granted, granted), add(self._remaining, balance), add(self._usage, usage)

    def _count(self, granted: Decimal, remaining: Decimal, usage: Decimal) -> None:
        self._granted, self._remaining = add(self._granted, granted), add(self._remaining, remaining)
        self._usage = add(self._usage, usage)

    def _leave_out_the_pool(self) -> None:
        """Count only the moves of the pool from now on."""
        self._before = self._pool.granted, self._pool.balance


def _sum(stated: Decimal, moved: Decimal) -> Decimal:
    return storable(add(stated, moved)) if moved else stated


class Debt:
    """The overage of all items together, where they pay it for each other."""

    def __init__(self, balance: Balance) -> None:
        """Add up the overage of the items."""
        self.owed = total(map(overage_of, balance.breakdown))
        self.has_settled = False
        self._has_negative = any(item.granted < 0 for item in balance.breakdown)

    def change(self, was: Breakdown, now: Breakdown | None) -> None:
        """Follow an item that has changed, or is gone."""
        self.owed = add(self.owed, subtract(ZERO if now is None else overage_of(now), overage_of(was)))

    @property
    def is_in_play(self) -> bool:
        """Return whether overage was there at the last reset, or will come from a grant below zero."""
        return self.has_settled or self._has_negative
