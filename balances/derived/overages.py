"""The usage beyond the grant: how much there is, how much there may be, and how much of that is left.

Two overages exist. `overage` is billable: floored at zero for each item, then summed, so an unused grant elsewhere
never lowers it. `net_overage` is displayed: summed, then floored once.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from balances.base.amounts import ZERO, add, normalised, percent_of, subtract, total
from balances.base.fields import argument
from balances.base.home import public
from balances.base.messages import described
from balances.base.unchecked import maker
from balances.errors import UnknownLimitType
from balances.periods.cycles import Interval
from balances.values.balance import Balance, BillingMethod, Breakdown, Price, Rollover, to_balance, to_holding, to_items
from balances.values.controls import BillingControls, LimitType, SpendLimit, to_optional_controls

__all__ = ["net_overage", "overage", "overage_allowance", "overage_limit"]

_USAGE_BASED: Final = BillingMethod.USAGE_BASED
_make_item: Final = maker(Breakdown)
_make_price: Final = maker(Price)


@public
def overage(balance: Balance | Breakdown, /) -> Decimal:
    """Return the usage beyond the grant, item by item. This is the amount to bill.

    The overage of an item is floored at zero before it is summed, so the amount left on another item does not lower it.
    Where anything is unlimited, there is no overage.

    >>> from balances.testing import item
    >>> overage(item(included=100, used=130))
    Decimal('30')
    >>> balance = Balance(
    ...     feature_id="messages",
    ...     granted=200,
    ...     remaining=60,
    ...     usage=170,
    ...     breakdown=[item(100, 130), item(100, 40)],
    ... )
    >>> overage(balance), net_overage(balance)
    (Decimal('30'), Decimal('0'))
    """
    items = items_held(balance)
    return ZERO if is_unlimited(balance) else normalised(summed(items))


@public
def net_overage(balance: Balance, /) -> Decimal:
    """Return by how much all usage of a balance exceeds all its grants. This is the number to display.

    Never bill this number: where one item is in overage and another has units left, it is too low. Bill `overage`.

    >>> from balances.testing import balance
    >>> net_overage(balance(100, 130)), net_overage(balance(100, 30))
    (Decimal('30'), Decimal('0'))
    """
    if is_unlimited(argument("balance", to_balance, balance)):
        return ZERO
    if not balance.breakdown:
        return normalised(max(ZERO, subtract(balance.usage, balance.granted)))
    parts: tuple[Breakdown | Rollover, ...] = (*balance.breakdown, *balance.rollovers)
    return normalised(max(ZERO, subtract(total(part.usage for part in parts), total(part.granted for part in parts))))


@public
def overage_limit(balance: Balance, /, *, controls: BillingControls | None = None) -> Decimal | None:
    """Return how much overage there may ever be. None means no limit, and zero means that there may be none.

    First, whether there may be any. An `OverageControl` of the feature decides. Without one, there may be overage if
    any item is usage-based.

    Then, how much. An enabled `SpendLimit` of the feature decides. Without one, the limit is the sum of `max_purchase`
    over the usage-based items. The `max_purchase` of a prepaid item is about purchases made beforehand, so it never
    limits overage.

    >>> from balances import SpendLimit
    >>> from balances.testing import item, usage_based
    >>> balance = Balance(
    ...     feature_id="messages",
    ...     granted=100,
    ...     remaining=0,
    ...     usage=130,
    ...     overage_allowed=True,
    ...     breakdown=[item(100, 130, price=usage_based(0.5, max_purchase=500))],
    ... )
    >>> overage_limit(balance)
    Decimal('500')
    >>> limits = [SpendLimit(feature_id="messages", enabled=True, overage_limit=50)]
    >>> overage_limit(balance, controls=BillingControls(spend_limits=limits))
    Decimal('50')
    """
    balance = argument("balance", to_balance, balance)
    controls = argument("controls", to_optional_controls, controls)
    if not is_allowed(balance, controls):
        return ZERO
    spending = spend_limit(balance, controls)
    limit = plan_limit(balance) if spending is None else spending
    return None if limit is None else max(ZERO, limit)


@public
def overage_allowance(balance: Balance, /, *, controls: BillingControls | None = None) -> Decimal | None:
    """Return how much more overage there may be now. None means no limit.

    >>> from balances.testing import balance
    >>> overage_allowance(balance(100, 130, overage_allowed=True, max_purchase=50))
    Decimal('20')
    >>> overage_allowance(balance(100, 130, overage_allowed=True)) is None
    True
    """
    limit = overage_limit(balance, controls=controls)
    return None if limit is None else normalised(room_for_overage(balance, limit))


def room_for_overage(balance: Balance, limit: Decimal) -> Decimal:
    """Return how much more overage a limit leaves. The result may have trailing zeros."""
    left = subtract(limit, summed(items_of(balance)))
    return left if left > ZERO else ZERO


def summed(items: Iterable[Breakdown]) -> Decimal:
    """Return the overage of items that are not unlimited. The result may have trailing zeros."""
    whole = ZERO
    # One loop without a call per item: `check` asks this of every balance.
    for item in items:
        remaining, prepaid = item.remaining, item.prepaid_grant
        used = add(item.usage, remaining) if remaining > 0 else item.usage
        granted = add(item.included_grant, prepaid) if prepaid else item.included_grant
        if used > granted and not item.unlimited:
            whole = add(whole, subtract(used, granted))
    return whole


def is_unlimited(balance: Balance | Breakdown) -> bool:
    """Return whether a balance, any item of it, or an item alone is unlimited."""
    return balance.unlimited or (isinstance(balance, Balance) and has_unlimited(balance.breakdown))


def overage_of(item: Breakdown) -> Decimal:
    """Return the overage of one item, for callers that know it to be one."""
    # Without the loop of `summed`: a reset asks this of one item.
    granted, usage, remaining = item.granted, item.usage, item.remaining
    used = add(usage, remaining) if remaining > ZERO else usage
    return normalised(subtract(used, granted)) if used > granted and not item.unlimited else ZERO


def has_unlimited(items: Iterable[Breakdown]) -> bool:
    """Return whether any item is unlimited."""
    # A loop: every operation asks this, and a generator would cost three times as much.
    for item in items:  # noqa: SIM110
        if item.unlimited:
            return True
    return False


def is_usage_based(item: Breakdown) -> bool:
    """Return whether an item sells its overage."""
    price = item.price
    return price is not None and price.billing_method is _USAGE_BASED


def has_usage_based(items: Iterable[Breakdown]) -> bool:
    """Return whether any item sells its overage."""
    for item in items:
        price = item.price
        if price is not None and price.billing_method is _USAGE_BASED:
            return True
    return False


def items_of(balance: Balance) -> tuple[Breakdown, ...]:
    """Return the breakdown, or the one item that the stated totals, less the rollovers, stand for."""
    if balance.breakdown:
        return balance.breakdown
    is_for_sale = balance.overage_allowed or balance.max_purchase is not None
    price = _make_price(billing_method=_USAGE_BASED, max_purchase=balance.max_purchase) if is_for_sale else None
    rollovers = balance.rollovers
    item = _make_item(
        included_grant=normalised(subtract(balance.granted, total(rollover.granted for rollover in rollovers))),
        remaining=normalised(subtract(balance.remaining, total(rollover.balance for rollover in rollovers))),
        usage=normalised(subtract(balance.usage, total(rollover.usage for rollover in rollovers))),
        unlimited=balance.unlimited,
        price=price,
    )
    return (item,)


def items_in(balance: Balance | Iterable[Breakdown]) -> tuple[Breakdown, ...]:
    """Return the items of a balance, or the items given, for an argument that may be either."""
    if isinstance(balance, Balance):
        return items_of(balance)
    if not isinstance(balance, Iterable):
        argument("balance", to_balance, balance)
    return argument("balance", to_items, balance)


def items_held(balance: Balance | Breakdown) -> tuple[Breakdown, ...]:
    """Return the items of a balance, or the one item given, for an argument that may be either."""
    if isinstance(balance, Breakdown):
        return (balance,)
    if not isinstance(balance, Balance):
        argument("balance", to_holding, balance)
    return items_of(balance)


def spend_limit(balance: Balance, controls: BillingControls | None) -> Decimal | None:
    """Return the overage that the spend limits of the feature allow, or None where none of them decides.

    The first that is enabled and has a limit decides.
    """
    for entry in controls.spend_limits if controls else ():
        if entry.enabled and entry.feature_id == balance.feature_id:
            limit = _amount_of(entry, balance)
            if limit is not None:
                return limit
    return None


def is_allowed(balance: Balance, controls: BillingControls | None) -> bool | None:
    """Return whether there may be any overage: a control decides, else whether any item sells it.

    None means that anything of the balance is unlimited, so that there is none.
    """
    if balance.unlimited:
        return None
    is_for_sale = balance.overage_allowed and not balance.breakdown
    # One loop without a call per item, as in `summed`.
    for item in balance.breakdown:
        price = item.price
        if item.unlimited:
            return None
        if price is not None and price.billing_method is _USAGE_BASED:
            is_for_sale = True
    for entry in controls.overage_allowed if controls else ():
        if entry.feature_id == balance.feature_id:
            return entry.enabled
    return is_for_sale


def _amount_of(entry: SpendLimit, balance: Balance) -> Decimal | None:
    if entry.overage_limit is None or entry.limit_type in (None, LimitType.ABSOLUTE):
        return entry.overage_limit
    if entry.limit_type == LimitType.USAGE_PERCENTAGE:
        base = total(item.included_grant for item in balance.breakdown if _is_recurring(item))
        return percent_of(base, entry.overage_limit) if base > 0 else None
    expected = "expected an absolute or a usage_percentage limit"
    raise UnknownLimitType(f"{expected}, got {described(entry.limit_type)}")


def _is_recurring(item: Breakdown) -> bool:
    """Return whether an item counts in the base of a percentage: a plan grants it, again and again.

    The sender takes the allowance of the main plan (`resolveSpendLimitOverageLimit` in its code). The wire does not say
    which plan is the main one, so all plans count. Where nothing counts, sender and package pass over the limit.
    """
    return item.plan_id is not None and item.reset is not None and item.reset.interval != Interval.ONE_OFF


def plan_limit(balance: Balance) -> Decimal | None:
    """Return the overage that the usage-based items allow, or None without limit."""
    whole = None
    # One loop without a call per item, as in `summed`.
    for item in items_of(balance):
        price = item.price
        if price is not None and price.billing_method is _USAGE_BASED:
            if price.max_purchase is None:
                return None
            whole = price.max_purchase if whole is None else add(whole, price.max_purchase)
    return whole


def sum_of_limits(limits: list[Decimal | None]) -> Decimal | None:
    """Return the sum of limits. Where one is missing, or there are none, there is no limit."""
    if len(limits) < 2:  # noqa: PLR2004  (one alone is its own sum)
        return limits[0] if limits else None
    whole = ZERO
    for limit in limits:
        if limit is None:
            return None
        whole = add(whole, limit)
    return normalised(whole)
