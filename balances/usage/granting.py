"""Opening an item of a breakdown from an item of a plan."""

from datetime import datetime
from decimal import Decimal

from balances.base.amounts import ONE, ZERO, Amount, add, multiply, storable, to_amount
from balances.base.fields import Bound, argument
from balances.base.home import public
from balances.base.instants import to_instant, to_optional_instant
from balances.periods.cycles import Interval, cycle_at
from balances.values.balance import (
    Breakdown,
    Reset,
)
from balances.values.plans import PlanItem, to_plan_item

__all__ = ["grant"]


def _to_quantity(value: Amount) -> Decimal:
    quantity = to_amount(value)
    Bound(0).check(quantity)
    return quantity


@public
def grant(
    item: PlanItem,
    /,
    *,
    at: datetime,
    id: str = "",  # noqa: A002  (what it is called on the wire)
    plan_id: str | None = None,
    quantity: Amount = 1,
    prepaid: Amount = 0,
    anchor: datetime | None = None,
    expires_at: datetime | None = None,
) -> Breakdown:
    """Open a source of a balance from what a plan promises.

    It grants what is included, times the quantity (of seats, say), and the prepaid quantity times the billing units of
    its price. It first starts over one interval after `at`, or, given the `anchor` of a billing cycle, at the end of
    the cycle that holds `at`. What is unlimited grants no number.

    >>> from datetime import UTC
    >>> pro = PlanItem(feature_id="messages", included=100, reset=Reset(interval="month"))
    >>> item = grant(pro, at=datetime(2026, 1, 31, tzinfo=UTC), id="pro", quantity=3)
    >>> item.included_grant, item.remaining
    (Decimal('300'), Decimal('300'))
    >>> print(item.reset.resets_at)
    2026-02-28 00:00:00+00:00
    """
    item = argument("item", to_plan_item, item)
    at, anchor = argument("at", to_instant, at), argument("anchor", to_optional_instant, anchor)
    quantity = argument("quantity", _to_quantity, quantity)
    bought = argument("prepaid", _to_quantity, prepaid)
    units = item.price.billing_units if item.price else ONE
    included = ZERO if item.unlimited else multiply(item.included, quantity)
    paid = ZERO if item.unlimited else multiply(bought, units)
    return Breakdown(
        id=id,
        plan_id=plan_id,
        included_grant=included,
        prepaid_grant=paid,
        remaining=storable(add(included, paid)),
        usage=ZERO,
        unlimited=item.unlimited,
        reset=_first_reset(item.reset, at, anchor or at),
        price=item.price.price if item.price else None,
        expires_at=expires_at,
    )


def _first_reset(reset: Reset | None, at: datetime, anchor: datetime) -> Reset | None:
    if reset is None or reset.interval == Interval.ONE_OFF:
        return reset
    cycle = cycle_at(at, anchor=anchor, interval=reset.interval, count=reset.interval_count)
    return Reset(interval=reset.interval, interval_count=reset.interval_count, resets_at=cycle.end)
