"""Adding, removing and replacing an item of a balance.

The totals move by exactly as much as the items move them. So a total that holds more than its parts keeps the excess,
and nothing is invented.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import evolve

from balances.base.amounts import ZERO, add, storable, subtract
from balances.base.fields import argument, to_text
from balances.base.home import public
from balances.base.messages import described, listed
from balances.derived.overages import has_unlimited, items_of
from balances.derived.resets import next_reset_of
from balances.derived.totals import flags_of, flags_stated_by, restated, sums_of
from balances.errors import DuplicateItem, NoSuchItem
from balances.values.balance import Balance, BillingMethod, Breakdown, Price, Reset, to_balance, to_item

__all__ = ["replace_item", "with_item", "without_item"]

_NOTHING: Final = Breakdown(included_grant=ZERO, remaining=ZERO, usage=ZERO)


@public
def with_item(balance: Balance, /, item: Breakdown) -> Balance:
    """Add an item to a balance.

    The totals move by exactly as much as the item moves the sum of the parts. `unlimited`, `overage_allowed`,
    `max_purchase` and `next_reset_at` follow the items if they agreed with them before; a flag that differed stays as
    stated. Rollovers, `allocated` and `unallocated` stay. An id that another item has is a `DuplicateItem`. Any number
    of items may have the empty id.

    Without a breakdown, the stated totals become the first item. Its id is empty, it never resets, and its price
    expresses `overage_allowed` and `max_purchase`. A stated `next_reset_at` stays, so `audit` may report it. Totals of
    zero become no item.

    >>> from balances.testing import balance, item
    >>> topped_up = with_item(balance(100, 95), item(50, id="top-up"))
    >>> topped_up.granted, topped_up.remaining, topped_up.usage
    (Decimal('150'), Decimal('55'), Decimal('95'))
    >>> [(part.id, part.remaining) for part in topped_up.breakdown]
    [('', Decimal('5')), ('top-up', Decimal('50'))]
    >>> with_item(topped_up, item(20, id="top-up"))
    Traceback (most recent call last):
    balances.DuplicateItem: item: expected an id that no other item has, got 'top-up'
    """
    balance, item = argument("balance", to_balance, balance), argument("item", to_item, item)
    before = parts_of(balance)
    refuse_duplicates("item", before, (item,))
    return exchanged(balance, before, (*before, item), came=(item,))


@public
def without_item(balance: Balance, /, id: str) -> Balance:  # noqa: A002  (the name on the wire)
    """Remove the item of this id from a balance.

    The totals and the flags follow, as they do for `with_item`. When the last item leaves, the totals keep the
    rollovers and any amount that they held beyond their parts. An id that no item has is a `NoSuchItem`. The empty id
    never finds an item.

    >>> from balances.testing import balance, item
    >>> topped_up = with_item(balance(100, 95), item(50, id="top-up"))
    >>> without_item(topped_up, "top-up").remaining
    Decimal('5')
    >>> without_item(topped_up, "")
    Traceback (most recent call last):
    balances.NoSuchItem: id: expected the id of an item ('top-up'), got ''
    """
    before = argument("balance", to_balance, balance).breakdown
    place = place_of("id", before, id)
    return exchanged(balance, before, (*before[:place], *before[place + 1 :]), gone=(before[place],))


@public
def replace_item(balance: Balance, /, id: str, item: Breakdown) -> Balance:  # noqa: A002  (the name on the wire)
    """Replace the item of this id by another item, in the same place.

    The totals move by the difference of the two. The new item may have another id, unless a third item has it: that is
    a `DuplicateItem`. An id that no item has is a `NoSuchItem`.

    >>> from balances import combine
    >>> from balances.testing import item
    >>> before = combine(
    ...     [item(100, 40, id="free"), item(50, id="top-up")], feature_id="messages"
    ... )
    >>> after = replace_item(before, "free", item(500, 40, id="pro"))
    >>> [part.id for part in after.breakdown], after.remaining
    (['pro', 'top-up'], Decimal('510'))
    """
    balance, item = argument("balance", to_balance, balance), argument("item", to_item, item)
    before, place = balance.breakdown, place_of("id", balance.breakdown, id)
    head, tail = before[:place], before[place + 1 :]
    if item.id != id:
        refuse_duplicates("item", head + tail, (item,))
    return exchanged(balance, before, (*head, item, *tail), gone=(before[place],), came=(item,))


def place_of(name: str, items: Sequence[Breakdown], id: str) -> int:  # noqa: A002  (as above)
    """Return where the first item of an id stands; `name` is the argument that gave the id."""
    id = argument(name, to_text, id)  # noqa: A001  (as above)
    for place, item in enumerate(items):
        if item.id == id and id:
            return place
    ids = [item.id for item in items if item.id]
    expected = f"the id of an item ({listed(ids)})" if ids else "an item with an id"
    raise NoSuchItem(f"{name}: expected {expected}, got {described(id)}")


def refuse_duplicates(name: str, items: Sequence[Breakdown], new: Sequence[Breakdown]) -> None:
    """Raise where a new item has the id of another item, new or not; the empty id is no id."""
    taken = {item.id for item in items}
    for item in new:
        if item.id and item.id in taken:
            raise DuplicateItem(f"{name}: expected an id that no other item has, got {described(item.id)}")
        taken.add(item.id)


def parts_of(balance: Balance) -> tuple[Breakdown, ...]:
    """Return the items in the totals: the breakdown, or the one item that the totals stand for.

    Totals of nothing stand for no item. An unlimited balance does not count its rollovers, so they are not subtracted.
    """
    if balance.breakdown:
        return balance.breakdown
    (item,) = items_of(evolve(balance, rollovers=()) if balance.unlimited else balance)
    if item == _NOTHING:
        return ()
    if item.price and not balance.overage_allowed:
        # A limit on purchases without permission for overage is a limit on what is bought beforehand.
        price = Price(billing_method=BillingMethod.PREPAID, max_purchase=balance.max_purchase)
        return (evolve(item, price=price),)
    return (item,)


def exchanged(
    balance: Balance,
    before: tuple[Breakdown, ...],
    items: tuple[Breakdown, ...],
    *,
    gone: tuple[Breakdown, ...] = (),
    came: tuple[Breakdown, ...] = (),
) -> Balance:
    """Return a balance with other items: those that are `gone` have left, and those that `came` are new.

    The totals move by exactly as much as these items move the sum of the parts, and the flags follow.
    """
    granted, remaining, usage = _moved(balance, before, items, gone, came)
    flags, next_reset_at = flags_stated_by(balance), balance.next_reset_at
    if list(map(_flags, gone)) != list(map(_flags, came)):
        flags = flags.following(flags_of(before), flags_of(items))
        next_reset_at = _next_reset(items) if next_reset_at == _next_reset(before) else next_reset_at
    return restated(
        balance,
        granted=storable(add(balance.granted, granted)),
        remaining=storable(add(balance.remaining, remaining)),
        usage=storable(add(balance.usage, usage)),
        unlimited=flags.unlimited,
        overage_allowed=flags.overage_allowed,
        max_purchase=flags.max_purchase,
        next_reset_at=next_reset_at,
        breakdown=items,
        rollovers=balance.rollovers,
    )


def _flags(item: Breakdown) -> tuple[bool, Price | None, Reset | None]:
    """Return everything about an item that a flag of the balance depends on."""
    return item.unlimited, item.price, item.reset


def _moved(
    balance: Balance,
    before: tuple[Breakdown, ...],
    items: tuple[Breakdown, ...],
    gone: tuple[Breakdown, ...],
    came: tuple[Breakdown, ...],
) -> tuple[Decimal, Decimal, Decimal]:
    """Return by how much `granted`, `remaining` and `usage` move."""
    if has_unlimited(before) or has_unlimited(came):
        # An unlimited item takes everything else out of the totals, and brings it back when it leaves.
        rollovers = balance.rollovers
        granted, remaining, usage = map(subtract, sums_of(items, rollovers), sums_of(before, rollovers))
    else:
        granted, remaining, usage = map(subtract, sums_of(came, ()), sums_of(gone, ()))
    return granted, remaining, usage


def _next_reset(items: Sequence[Breakdown]) -> datetime | None:
    """Return the next reset as `combine` has it: an unlimited balance states none."""
    return None if has_unlimited(items) else next_reset_of(items)
