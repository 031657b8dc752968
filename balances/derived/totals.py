"""The totals of a balance as the sums over its items and rollovers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from attrs import evolve

from balances.base.amounts import ZERO, add, storable, subtract, total
from balances.base.fields import argument, to_text
from balances.base.home import public
from balances.base.unchecked import changer, maker
from balances.derived.overages import has_unlimited, has_usage_based
from balances.derived.purchases import max_purchase_of
from balances.derived.resets import next_reset_of
from balances.values.balance import Balance, Breakdown, Rollover, to_items, to_rollovers
from balances.values.features import Feature, to_optional_feature

__all__ = ["combine"]

_make_balance = maker(Balance)


@public
def combine(
    breakdown: Iterable[Breakdown],
    /,
    rollovers: Iterable[Rollover] = (),
    *,
    feature_id: str,
    feature: Feature | None = None,
) -> Balance:
    """Make the balance that items and rollovers add up to.

    Where any item is unlimited, so is the balance: `granted` and `remaining` are zero, `usage` is that of the unlimited
    items, and there is no overage, no limit and no reset. Items and rollovers are kept either way.

    >>> from balances import overage
    >>> from balances.testing import item, rollover, usage_based
    >>> balance = combine(
    ...     [item(100, 130, price=usage_based(0.5)), item(50, 20)],
    ...     [rollover(25, 5)],
    ...     feature_id="messages",
    ... )
    >>> balance.granted, balance.usage, balance.remaining, overage(balance)
    (Decimal('175'), Decimal('155'), Decimal('50'), Decimal('30'))
    """
    feature_id = feature_id if type(feature_id) is str else argument("feature_id", to_text, feature_id)
    feature = None if feature is None else argument("feature", to_optional_feature, feature)
    items = breakdown if isinstance(breakdown, tuple) else argument("breakdown", to_items, breakdown)
    carried = rollovers if isinstance(rollovers, tuple) else argument("rollovers", to_rollovers, rollovers)
    if sums := _sums(items, carried):
        return _finite(items, carried, sums, feature_id, feature)
    return _unlimited(argument("breakdown", to_items, items), carried, feature_id, feature)


def sums_of(items: tuple[Breakdown, ...], rollovers: tuple[Rollover, ...]) -> tuple[Decimal, Decimal, Decimal]:
    """Return `granted`, `remaining` and `usage` as `combine` adds them up. They may have trailing zeros."""
    return _sums(items, rollovers) or (ZERO, ZERO, _unlimited_usage(items))


def _unlimited_usage(items: Iterable[Breakdown]) -> Decimal:
    return total(item.usage for item in items if item.unlimited)


def _sums(items: tuple[Breakdown, ...], rollovers: tuple[Rollover, ...]) -> tuple[Decimal, Decimal, Decimal] | None:
    """Return `granted`, `remaining` and `usage`, or None where any item is unlimited."""
    granted = remaining = usage = carried = left = ZERO
    # These loops are run anyway: a comparison in them costs a tenth of a check of its own.
    for item in items:
        if item.__class__ is not Breakdown:
            argument("breakdown", to_items, items)
        if item.unlimited:
            return None
        granted = add(granted, item.included_grant)
        if item.prepaid_grant:
            granted = add(granted, item.prepaid_grant)
        remaining = add(remaining, item.remaining)
        usage = add(usage, item.usage)
    for rollover in rollovers:
        if rollover.__class__ is not Rollover:
            argument("rollovers", to_rollovers, rollovers)
        carried = add(carried, rollover.granted)
        left = add(left, rollover.balance)
    return add(granted, carried), add(remaining, left), add(usage, subtract(carried, left))


def _finite(
    items: tuple[Breakdown, ...],
    rollovers: tuple[Rollover, ...],
    sums: tuple[Decimal, Decimal, Decimal],
    feature_id: str,
    feature: Feature | None,
) -> Balance:
    granted, remaining, usage = sums
    limit = max_purchase_of(items)
    return _make_balance(
        feature_id=feature_id,
        granted=storable(granted),
        remaining=storable(remaining),
        usage=storable(usage),
        overage_allowed=has_usage_based(items),
        max_purchase=limit if limit is None else storable(limit),
        next_reset_at=next_reset_of(items),
        breakdown=items,
        rollovers=rollovers,
        feature=feature,
    )


def _unlimited(
    items: tuple[Breakdown, ...], rollovers: tuple[Rollover, ...], feature_id: str, feature: Feature | None
) -> Balance:
    return Balance(
        feature_id=feature_id,
        granted=ZERO,
        remaining=ZERO,
        usage=_unlimited_usage(items),
        unlimited=True,
        breakdown=items,
        rollovers=rollovers,
        feature=feature,
    )


class Flags(NamedTuple):
    """The statements of a balance about its items that are not sums."""

    unlimited: bool
    overage_allowed: bool
    max_purchase: Decimal | None

    def following(self, before: "Flags", after: "Flags") -> "Flags":
        """Update each flag that agreed with the items before. Keep one that already differed."""
        return Flags(
            after.unlimited if self.unlimited == before.unlimited else self.unlimited,
            after.overage_allowed if self.overage_allowed == before.overage_allowed else self.overage_allowed,
            after.max_purchase if self.max_purchase == before.max_purchase else self.max_purchase,
        )


def flags_stated_by(balance: Balance) -> Flags:
    """Return the flags that a balance states."""
    return Flags(balance.unlimited, balance.overage_allowed, balance.max_purchase)


def flags_of(items: Sequence[Breakdown]) -> Flags:
    """Return the flags that `combine` gives items."""
    if has_unlimited(items):
        return Flags(unlimited=True, overage_allowed=False, max_purchase=None)
    return Flags(unlimited=False, overage_allowed=has_usage_based(items), max_purchase=max_purchase_of(items))


@changer
def restated(
    balance: Balance,
    /,
    *,
    granted: Decimal,
    remaining: Decimal,
    usage: Decimal,
    unlimited: bool,
    overage_allowed: bool,
    max_purchase: Decimal | None,
    next_reset_at: datetime | None,
    breakdown: tuple[Breakdown, ...],
    rollovers: tuple[Rollover, ...],
) -> Balance:
    """Return a balance with other parts, and with the totals and flags that go with them."""
    return evolve(
        balance,
        granted=granted,
        remaining=remaining,
        usage=usage,
        unlimited=unlimited,
        overage_allowed=overage_allowed,
        max_purchase=max_purchase,
        next_reset_at=next_reset_at,
        breakdown=breakdown,
        rollovers=rollovers,
    )
