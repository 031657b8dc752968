"""Buying more of a prepaid item: topping it up, changing its quantity, and when an automatic top-up is due."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from attrs import evolve, field, frozen

from balances.base.amounts import EXACT, ONE, ZERO, Amount, add, multiply, storable, subtract, to_amount
from balances.base.fields import Bound, Value, argument, instance_of, named
from balances.base.home import public
from balances.base.instants import to_instant
from balances.base.messages import described
from balances.base.unchecked import changer
from balances.derived.ordering import order_of
from balances.derived.overages import is_unlimited, overage_of, summed
from balances.derived.totals import sums_of
from balances.errors import NotPrepaid, WrongFeature
from balances.periods.cycles import Interval, cycle_at
from balances.usage.items import exchanged, place_of
from balances.values.balance import Balance, BillingMethod, Breakdown, Price, to_balance
from balances.values.controls import AutoTopup, PurchaseLimit, to_optional_purchase_limit

__all__ = ["TopUp", "set_quantity", "top_up", "topup_due"]


@public
def top_up(balance: Balance, /, item_id: str, quantity: Amount) -> Balance:
    """Add a bought quantity, in units, to a prepaid item.

    The grant grows by the quantity, and the usage of the balance does not change. The quantity first pays overage: that
    of the item itself, then that of the other items in `deduction_order`. Overage that it pays for another item becomes
    usage of this item. The rest of the quantity remains. How much may be bought is not asked: see `purchase_allowance`.

    >>> from balances import combine, overage
    >>> from balances.testing import item, prepaid, usage_based
    >>> plan = item(100, 130, id="plan", price=usage_based(0.5))
    >>> before = combine(
    ...     [plan, item(0, id="packs", price=prepaid(8))], feature_id="messages"
    ... )
    >>> after = top_up(before, "packs", 50)
    >>> after.granted, after.remaining, after.usage, overage(after)
    (Decimal('150'), Decimal('20'), Decimal('130'), Decimal('0'))
    >>> [(part.id, part.usage) for part in after.breakdown]
    [('plan', Decimal('100')), ('packs', Decimal('30'))]
    """
    balance = argument("balance", to_balance, balance)
    quantity = argument("quantity", _to_bought, quantity)
    place, _ = _prepaid(balance, item_id)
    items, left = list(balance.breakdown), quantity
    for index in (place, *order_of(items)) if summed(items) else ():
        items[index], left = _paid(items[index], left)
    topped_up = items[place]
    items[place] = _item_with(
        topped_up,
        prepaid_grant=storable(add(topped_up.prepaid_grant, quantity)),
        remaining=storable(add(topped_up.remaining, left)),
        usage=storable(add(topped_up.usage, subtract(quantity, left))),
    )
    return _changed_to(balance, items)


@public
def set_quantity(balance: Balance, /, item_id: str, packs: Amount, *, current: Amount) -> Balance:
    """Change how many packs of a prepaid item are bought; a pack is the `billing_units` of its price.

    The grant moves by the difference, and the usage does not change. With fewer packs, less remains; below zero, the
    difference is overage. With more packs, the overage of the item is paid first, and the rest remains. Give the
    `current` number of packs, because the grant does not tell it: it contains top-ups, too.

    >>> from balances import combine, overage
    >>> from balances.testing import item, prepaid
    >>> packs = item(
    ...     0, 250, prepaid_grant=300, id="packs", price=prepaid(8, billing_units=100)
    ... )
    >>> fewer = set_quantity(combine([packs], feature_id="messages"), "packs", 2, current=3)
    >>> fewer.granted, fewer.remaining, fewer.usage, overage(fewer)
    (Decimal('200'), Decimal('0'), Decimal('250'), Decimal('50'))
    >>> set_quantity(fewer, "packs", 3, current=2).remaining
    Decimal('50')
    """
    balance = argument("balance", to_balance, balance)
    packs, current = argument("packs", _to_packs, packs), argument("current", _to_packs, current)
    place, price = _prepaid(balance, item_id)
    items = list(balance.breakdown)
    item = items[place]
    more = multiply(subtract(packs, current), price.billing_units)
    if not more:
        return balance
    kept = more if more < 0 else max(ZERO, subtract(more, overage_of(item)))
    items[place] = _item_with(
        item,
        prepaid_grant=storable(add(item.prepaid_grant, more)),
        remaining=storable(max(ZERO, add(item.remaining, kept))),
        usage=item.usage,
    )
    return _changed_to(balance, items)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class TopUp(Value):
    """A top-up that is due: the quantity to buy, in units, and the purchase limit once it is bought.

    `purchase_limit` counts this top-up. Keep it only if the purchase succeeds. It is `None` where there is no limit.

    >>> TopUp(quantity=100)
    TopUp(quantity=100)
    """

    quantity: Decimal = field(converter=to_amount)
    purchase_limit: PurchaseLimit | None = field(converter=to_optional_purchase_limit, default=None)


@public
def topup_due(balance: Balance, /, topup: AutoTopup, *, item_id: str, at: datetime) -> TopUp | None:
    """Return the top-up that is due at a moment, or `None`.

    It is due when it is enabled, `granted - usage` is at the threshold or below, and its purchase limit leaves room.
    Overage counts as negative, so a threshold may be below zero. An unlimited balance never needs a top-up. The
    quantity is rounded up to whole `billing_units` of the item. Give it to `top_up` once it is paid for.

    A purchase limit counts the top-ups of a window. Once `at` reaches its `next_reset_at`, the count starts again at 0,
    and a new window starts at `at`.

    >>> from datetime import UTC
    >>> from balances import combine
    >>> from balances.testing import item, prepaid
    >>> now = datetime(2026, 1, 31, tzinfo=UTC)
    >>> packs = item(
    ...     0, 95, prepaid_grant=100, id="packs", price=prepaid(8, billing_units=40)
    ... )
    >>> balance = combine([packs], feature_id="credits")
    >>> monthly = PurchaseLimit(interval="month", limit=3)
    >>> topup = AutoTopup(
    ...     feature_id="credits",
    ...     enabled=True,
    ...     threshold=10,
    ...     quantity=100,
    ...     purchase_limit=monthly,
    ... )
    >>> due = topup_due(balance, topup, item_id="packs", at=now)
    >>> due.quantity, due.purchase_limit.count, f"{due.purchase_limit.next_reset_at:%d %B}"
    (Decimal('120'), Decimal('1'), '28 February')
    >>> after = top_up(balance, "packs", due.quantity)
    >>> topup_due(after, topup, item_id="packs", at=now) is None
    True
    """
    balance, topup = argument("balance", to_balance, balance), argument("topup", _to_topup, topup)
    at, price = argument("at", to_instant, at), topup_price(balance, topup, item_id)
    if not topup.enabled or not _is_low(balance, topup.threshold):
        return None
    limit = topup.purchase_limit
    counted = None if limit is None else _with_one_more(limit, at)
    if limit is not None and counted is None:
        return None
    return TopUp(quantity=_in_whole_packs(topup.quantity, price.billing_units), purchase_limit=counted)


def topup_price(balance: Balance, topup: AutoTopup, item_id: str, *, name: str | None = None) -> Price:
    """Return the price at which an item is topped up; `name` is the argument that gave both, where one did."""
    if topup.feature_id != balance.feature_id:
        expected = f"expected the feature {described(balance.feature_id)}"
        raise WrongFeature(f"{name or 'topup'}: {expected}, got {described(topup.feature_id)}")
    return _prepaid(balance, item_id, name=name or "item_id")[1]


def _to_bought(value: Amount) -> Decimal:
    quantity = to_amount(value)
    Bound(0, is_open=True).check(quantity)
    return quantity


def _to_packs(value: Amount) -> Decimal:
    packs = to_amount(value)
    Bound(0).check(packs)
    return packs


def _to_topup(topup: AutoTopup) -> AutoTopup:
    return instance_of(topup, AutoTopup)


def _prepaid(balance: Balance, item_id: str, *, name: str = "item_id") -> tuple[int, Price]:
    """Return where the item of an id stands, and its prepaid price; `name` is the argument that gave the id."""
    place = place_of(name, balance.breakdown, item_id)
    item = balance.breakdown[place]
    price = item.price
    if item.unlimited or price is None or price.billing_method != BillingMethod.PREPAID:
        expected = f"{name}: expected an item with a prepaid price, got {described(item_id)}"
        raise NotPrepaid(f"{expected}, which {_hindrance_of(item)}")
    return place, price


def _hindrance_of(item: Breakdown) -> str:
    if item.unlimited:
        return "is unlimited"
    return f"has a price of {described(item.price.billing_method)}" if item.price else "has no price"


@changer
def _item_with(item: Breakdown, /, *, prepaid_grant: Decimal, remaining: Decimal, usage: Decimal) -> Breakdown:
    return evolve(item, prepaid_grant=prepaid_grant, remaining=remaining, usage=usage)


def _paid(item: Breakdown, amount: Decimal) -> tuple[Breakdown, Decimal]:
    """Return an item whose overage is paid, as far as an amount goes; and the rest of the amount."""
    paid = min(amount, overage_of(item))
    if not paid:
        return item, amount
    usage = storable(subtract(item.usage, paid))
    after = _item_with(item, prepaid_grant=item.prepaid_grant, remaining=item.remaining, usage=usage)
    return after, subtract(amount, paid)


def _changed_to(balance: Balance, items: Sequence[Breakdown]) -> Balance:
    """Return a balance whose items stand where they stood, with other numbers."""
    before = balance.breakdown
    pairs = [(was, now) for was, now in zip(before, items, strict=True) if was is not now]
    gone, came = tuple(was for was, _ in pairs), tuple(now for _, now in pairs)
    return exchanged(balance, before, tuple(items), gone=gone, came=came)


def _is_low(balance: Balance, threshold: Decimal) -> bool:
    granted, _, usage = sums_of(balance.breakdown, balance.rollovers)
    return not is_unlimited(balance) and subtract(granted, usage) <= threshold


def _with_one_more(limit: PurchaseLimit, at: datetime) -> PurchaseLimit | None:
    """Count one more top-up, in the window that is stated or in a new one that starts now; None without room."""
    end = limit.next_reset_at
    count = ONE if end is not None and end <= at else add(limit.count or ZERO, ONE)
    if limit.limit is not None and count > limit.limit:
        return None
    return evolve(limit, count=count, next_reset_at=_window_end(limit, at) if end is None or end <= at else end)


def _window_end(limit: PurchaseLimit, at: datetime) -> datetime | None:
    """Return when a window that starts now ends; without an interval that comes again, there is no window."""
    if limit.interval is None or limit.interval == Interval.ONE_OFF:
        return None
    return cycle_at(at, anchor=at, interval=limit.interval, count=limit.interval_count or 1).end


def _in_whole_packs(quantity: Decimal, units: Decimal) -> Decimal:
    """Return a quantity rounded up to whole billing units."""
    beyond = EXACT.remainder(quantity, units)
    return add(subtract(quantity, beyond), units) if beyond else quantity
