"""Builders that make values in a few words, and the law of conservation as an assertion: for unit tests.

Hypothesis strategies for the same values are in `balances.testing.strategies`, which needs the extra
`balances[testing]`. Every other module here is private.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from balances.base.amounts import ZERO, Amount, subtract, to_amount, total
from balances.base.fields import argument, instance_of
from balances.derived.totals import combine
from balances.periods.cycles import Interval
from balances.values.balance import Balance, BillingMethod, Breakdown, Price, Reset, Rollover, to_holding
from balances.values.features import Feature

__all__ = ["assert_conserved", "balance", "balance_of", "item", "monthly", "prepaid", "rollover", "usage_based"]


def balance(granted: Amount = 100, used: Amount = 0, *, feature_id: str = "messages", **attributes: Any) -> Balance:
    """Return a balance without a breakdown, of which this much has been used.

    Attributes are taken as they are. So a breakdown that is given does not change the totals, as in a payload that does
    not add up. `balance_of` adds up.

    >>> balance(100, 28)
    Balance(feature_id='messages', granted=100, remaining=72, usage=28)
    """
    granted, used = argument("granted", to_amount, granted), argument("used", to_amount, used)
    remaining = max(ZERO, subtract(granted, used))
    return Balance(feature_id=feature_id, granted=granted, remaining=remaining, usage=used, **attributes)


def balance_of(*parts: Breakdown | Rollover, feature_id: str = "messages", feature: Feature | None = None) -> Balance:
    """Return the balance that items and rollovers add up to.

    >>> whole = balance_of(item(100, 28, id="plan"), item(50, id="add_on"), rollover(20))
    >>> whole.granted, whole.remaining, whole.usage
    (Decimal('170'), Decimal('142'), Decimal('28'))
    """
    parts = argument("parts", _to_parts, parts)
    items = [part for part in parts if isinstance(part, Breakdown)]
    rollovers = [part for part in parts if isinstance(part, Rollover)]
    return combine(items, rollovers, feature_id=feature_id, feature=feature)


def item(included: Amount = 100, used: Amount = 0, *, prepaid_grant: Amount = 0, **attributes: Any) -> Breakdown:
    """Return a breakdown item of which this much has been used. Use beyond its grant is overage.

    >>> item(100, 130, id="plan", reset=monthly(), price=usage_based(0.5)).remaining
    Decimal('0')
    """
    granted, used = argument("included", to_amount, included), argument("used", to_amount, used)
    return Breakdown(included_grant=granted, prepaid_grant=prepaid_grant, usage=used, **attributes)


def rollover(granted: Amount = 100, used: Amount = 0, **attributes: Any) -> Rollover:
    """Return a rollover of which this much has been used.

    >>> rollover(100, 40)
    Rollover(balance=60, granted=100)
    """
    whole, used = argument("granted", to_amount, granted), argument("used", to_amount, used)
    return Rollover(balance=subtract(whole, used), granted=whole, **attributes)


def monthly(**attributes: Any) -> Reset:
    """Return a monthly reset.

    >>> monthly(interval_count=3)
    Reset(interval=Interval.MONTH, interval_count=3)
    """
    return Reset(interval=Interval.MONTH, **attributes)


def usage_based(amount: Amount = 1, **attributes: Any) -> Price:
    """Return a price for overage, billed after use.

    >>> usage_based(0.5, max_purchase=500)
    Price(billing_method=BillingMethod.USAGE_BASED, amount=0.5, max_purchase=500)
    """
    rate = argument("amount", to_amount, amount)
    return Price(billing_method=BillingMethod.USAGE_BASED, amount=rate, **attributes)


def prepaid(amount: Amount = 1, **attributes: Any) -> Price:
    """Return a price for a quantity that is paid before use.

    >>> prepaid(10, billing_units=1000)
    Price(billing_method=BillingMethod.PREPAID, billing_units=1000, amount=10)
    """
    rate = argument("amount", to_amount, amount)
    return Price(billing_method=BillingMethod.PREPAID, amount=rate, **attributes)


def assert_conserved(*values: Balance | Breakdown) -> None:
    """Assert the law of conservation, `granted + overage == usage + remaining`, of values and of all their items.

    An unlimited value is outside the law, as its grant is not a number. A rollover cannot break it, as its usage is
    its grant less its balance.

    >>> assert_conserved(item(100, 130), balance(100, 28))
    >>> assert_conserved(Breakdown(included_grant=100, remaining=50, usage=20))
    Traceback (most recent call last):
    AssertionError: not conserved: granted 100 + overage 0 != usage 20 + remaining 50
    """
    for value in argument("values", _to_holdings, values):
        items = value.breakdown if isinstance(value, Balance) else ()
        assert_conserved(*items)
        if not value.unlimited:
            _assert_adds_up(value, total(map(_overage_of, items or (value,))))


def _to_parts(parts: Iterable[Breakdown | Rollover]) -> tuple[Breakdown | Rollover, ...]:
    return tuple(instance_of(part, Breakdown, Rollover) for part in parts)


def _to_holdings(values: Iterable[Balance | Breakdown]) -> tuple[Balance | Breakdown, ...]:
    return tuple(map(to_holding, values))


def _overage_of(value: Balance | Breakdown) -> Decimal:
    if value.unlimited:
        return ZERO
    return max(ZERO, total((value.usage, max(ZERO, value.remaining), value.granted.copy_negate())))


def _assert_adds_up(value: Balance | Breakdown, overage: Decimal) -> None:
    one_side, other_side = total((value.granted, overage)), total((value.usage, value.remaining))
    sides = f"granted {value.granted} + overage {overage} != usage {value.usage} + remaining {value.remaining}"
    assert one_side == other_side, f"not conserved: {sides}"
