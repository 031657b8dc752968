"""Changing plans: the items of the old plan leave, those of the new plan come."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, NoReturn

from attrs import evolve, field, frozen

from balances.base.amounts import ZERO, add, storable, subtract, to_amount, total
from balances.base.fields import Value, argument, named, to_flag, to_text
from balances.base.home import public
from balances.base.instants import EPOCH, to_optional_instant
from balances.base.messages import described, listed
from balances.base.unchecked import changer, maker
from balances.derived.ordering import order_of
from balances.derived.overages import is_usage_based
from balances.derived.resets import resets
from balances.errors import InvalidInstant, NoSuchPlan
from balances.periods.cycles import Interval
from balances.usage.items import exchanged, parts_of, refuse_duplicates
from balances.usage.ledger import item_left_with
from balances.values.balance import Balance, BillingMethod, Breakdown, Price, Reset, to_balance, to_items

__all__ = ["PlanChange", "change_plan"]


def to_expiry(moment: datetime | None) -> datetime | None:
    """Return when an item expires, or None for never; the epoch is refused, because the wire reads it as never."""
    expiry = to_optional_instant(moment)
    if expiry == EPOCH:
        raise InvalidInstant(f"expected a moment other than the epoch, or None for never, got {EPOCH.isoformat()}")
    return expiry


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class PlanChange(Value):
    """The result of a change of plan: the balance, the items that left, and the amount that lapsed with them.

    The `closed` items are as they were, so that their overage can be billed.

    >>> from balances import combine
    >>> from balances.testing import item
    >>> before = combine([item(100, 40, id="free", plan_id="free")], feature_id="messages")
    >>> change = change_plan(
    ...     before, [item(500, id="pro", plan_id="pro")], old_plan_id="free"
    ... )
    >>> change.balance.remaining, [closed.id for closed in change.closed], change.lapsed
    (Decimal('500'), ['free'], Decimal('60'))
    """

    balance: Balance = field(converter=to_balance)
    closed: tuple[Breakdown, ...] = field(converter=to_items, default=())
    lapsed: Decimal = field(converter=to_amount, default=ZERO)


_made = maker(PlanChange)


@changer
def _loosened(
    item: Breakdown,
    /,
    *,
    plan_id: str | None,
    included_grant: Decimal,
    prepaid_grant: Decimal,
    usage: Decimal,
    reset: Reset | None,
    price: Price | None,
    expires_at: datetime | None,
) -> Breakdown:
    return evolve(
        item,
        plan_id=plan_id,
        included_grant=included_grant,
        prepaid_grant=prepaid_grant,
        usage=usage,
        reset=reset,
        price=price,
        expires_at=expires_at,
    )


@public
def change_plan(
    balance: Balance,
    /,
    fresh: Iterable[Breakdown],
    *,
    old_plan_id: str,
    expires_at: datetime | None = None,
    carry_usage: bool = False,
    carry_balance: bool = False,
) -> PlanChange:
    """Replace the items of the old plan by the fresh items of the new plan. Rollovers and all other items stay.

    A prepaid item that never resets was bought once and for all, so the amount left of it is kept. With
    `carry_balance`, the amount left of every other old item is kept, too. It expires when the old item would have
    reset, or, if it would not have, at `expires_at`. A kept amount is an item of its own: it has the old id, and no
    usage, price, reset or plan. It never outlives the old item. All other amounts left have `lapsed`.

    With `carry_usage`, the usage of the old items is drawn from the fresh items in `deduction_order`, each down to
    zero. The rest is drawn beyond zero, from the first usage-based item, or else from the first item. Usage of
    unlimited items, and of items bought once and for all, is not carried. Without fresh items, none is.

    >>> from balances import combine
    >>> from balances.testing import item, prepaid
    >>> free = item(100, 40, id="free", plan_id="free")
    >>> packs = item(0, 20, prepaid_grant=50, id="packs", plan_id="free", price=prepaid(8))
    >>> pro = item(500, id="pro", plan_id="pro")
    >>> change = change_plan(
    ...     combine([free, packs], feature_id="messages"),
    ...     [pro],
    ...     old_plan_id="free",
    ...     carry_usage=True,
    ... )
    >>> [(part.id, part.usage, part.remaining) for part in change.balance.breakdown]
    [('packs', Decimal('0'), Decimal('30')), ('pro', Decimal('40'), Decimal('460'))]
    >>> [part.usage for part in change.closed], change.lapsed
    ([Decimal('40'), Decimal('20')], Decimal('60'))
    """
    balance, items = argument("balance", to_balance, balance), argument("fresh", to_items, fresh)
    old_plan_id = argument("old_plan_id", to_text, old_plan_id)
    expires_at = argument("expires_at", to_expiry, expires_at)
    carry_usage = argument("carry_usage", to_flag, carry_usage)
    carry_balance = argument("carry_balance", to_flag, carry_balance)
    if all(item.plan_id != old_plan_id for item in balance.breakdown):
        _refuse(balance.breakdown, old_plan_id)
    return changed(balance, items, Terms(old_plan_id, expires_at, carry_usage, carry_balance))


class Terms(NamedTuple):
    """Which plan is left, and on which terms."""

    old_plan_id: str
    expires_at: datetime | None
    carry_usage: bool
    carry_balance: bool

    def keeps(self, item: Breakdown) -> bool:
        """Return whether the amount left of a closed item is kept."""
        return self.carry_balance or _is_bought_for_good(item)


def changed(balance: Balance, fresh: tuple[Breakdown, ...], terms: Terms) -> PlanChange:
    """Change the plan of a balance, which may have no item of the old plan."""
    before = parts_of(balance)
    closed = tuple(item for item in before if item.plan_id == terms.old_plan_id)
    others = tuple(item for item in before if item.plan_id != terms.old_plan_id)
    kept = tuple(_kept_of(closed, terms))
    refuse_duplicates("fresh", others + kept, fresh)
    came = kept + (_having_used(fresh, _usage_of(closed)) if terms.carry_usage else fresh)
    return _made(
        balance=exchanged(balance, before, others + came, gone=closed, came=came),
        closed=closed,
        lapsed=storable(total(_left_of(item) for item in closed if not terms.keeps(item))),
    )


def _kept_of(closed: Sequence[Breakdown], terms: Terms) -> Iterator[Breakdown]:
    """Return an item for each amount that is kept, those that were bought for good first."""
    for item in sorted(closed, key=_is_bought_for_good, reverse=True):
        if terms.keeps(item) and _left_of(item):
            yield _loosened(
                item,
                plan_id=None,
                included_grant=item.remaining,
                prepaid_grant=ZERO,
                usage=ZERO,
                reset=None,
                price=None,
                expires_at=argument("expires_at", to_expiry, _expiry_of(item, terms)),
            )


def _expiry_of(item: Breakdown, terms: Terms) -> datetime | None:
    """Return when the amount kept of an item expires: never after the item itself."""
    if _is_bought_for_good(item):
        return item.expires_at
    moment = item.reset.resets_at if item.reset and resets(item) else terms.expires_at
    return min((each for each in (moment, item.expires_at) if each is not None), default=None)


def _is_bought_for_good(item: Breakdown) -> bool:
    is_prepaid = item.price is not None and item.price.billing_method == BillingMethod.PREPAID
    return is_prepaid and (item.reset is None or item.reset.interval == Interval.ONE_OFF)


def _left_of(item: Breakdown) -> Decimal:
    """Return the amount left of an item; an unlimited item has no such number."""
    return ZERO if item.unlimited else max(ZERO, item.remaining)


def _usage_of(closed: Sequence[Breakdown]) -> Decimal:
    """Return the usage that is carried: at least nothing."""
    carried = (item.usage for item in closed if not item.unlimited and not _is_bought_for_good(item))
    return max(ZERO, total(carried))


def _having_used(fresh: tuple[Breakdown, ...], usage: Decimal) -> tuple[Breakdown, ...]:
    """Return fresh items that have taken a usage: down to zero, and then one of them beyond zero."""
    items, order = list(fresh), order_of(fresh)
    for place in order:
        item = items[place]
        taken = usage if item.unlimited else min(usage, item.remaining)
        if taken > 0:
            items[place] = _after_use(item, taken, ZERO if item.unlimited else taken)
            usage = subtract(usage, taken)
    if usage and order:
        place = next((place for place in order if is_usage_based(items[place])), order[0])
        items[place] = _after_use(items[place], usage, ZERO)
    return tuple(items)


def _after_use(item: Breakdown, used: Decimal, taken: Decimal) -> Breakdown:
    remaining, usage = storable(subtract(item.remaining, taken)), storable(add(item.usage, used))
    return item_left_with(item, remaining=remaining, usage=usage)


def _refuse(items: Sequence[Breakdown], plan_id: str) -> NoReturn:
    plans = list(dict.fromkeys(item.plan_id for item in items if item.plan_id))
    expected = f"the plan of an item ({listed(plans)})" if plans else "an item with a plan"
    raise NoSuchPlan(f"old_plan_id: expected {expected}, got {described(plan_id)}")
