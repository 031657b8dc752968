"""How much may be bought, how much was bought, and how much more can be bought.

None and zero are never the same here: None means no limit, and zero means nothing.
"""

from collections.abc import Iterable
from decimal import Decimal

from balances.base.amounts import ZERO, add, normalised, subtract, total
from balances.base.fields import argument
from balances.base.home import public
from balances.derived.overages import items_held, items_in, items_of, overage, sum_of_limits
from balances.values.balance import Balance, Breakdown, to_balance

__all__ = ["max_purchase", "purchase_allowance", "purchased"]


@public
def max_purchase(balance: Balance | Iterable[Breakdown], /) -> Decimal | None:
    """Return how much may be bought in all. None means that nothing is for sale, or that some item has no limit.

    It is the sum of `max_purchase` over all items with a price. A balance without a breakdown has the limit it states.

    >>> from balances.testing import balance, item, prepaid, usage_based
    >>> packs = item(price=prepaid(max_purchase=100))
    >>> metered = item(price=usage_based(max_purchase=50))
    >>> max_purchase([packs, metered, item()])
    Decimal('150')
    >>> max_purchase([packs, item(price=usage_based())]) is None
    True
    >>> max_purchase(balance(max_purchase=70))
    Decimal('70')
    """
    return max_purchase_of(items_in(balance))


def max_purchase_of(items: Iterable[Breakdown]) -> Decimal | None:
    """Return how much of some items may be bought in all, as `max_purchase` does."""
    return sum_of_limits([price.max_purchase for item in items if (price := item.price) is not None])


@public
def purchased(balance: Balance | Breakdown, /) -> Decimal:
    """Return how much was bought: the prepaid grant and the overage.

    >>> from balances.testing import item
    >>> purchased(item(included=100, used=130, prepaid_grant=20))
    Decimal('30')
    """
    return normalised(add(total(item.prepaid_grant for item in items_held(balance)), overage(balance)))


@public
def purchase_allowance(balance: Balance, /) -> Decimal | None:
    """Return how much more can be bought: zero where nothing is for sale, None where there is no limit.

    >>> from balances.testing import balance, item, prepaid
    >>> packs = item(prepaid_grant=30, price=prepaid(max_purchase=100))
    >>> purchase_allowance(balance(breakdown=[packs]))
    Decimal('70')
    >>> purchase_allowance(balance(breakdown=[item()]))
    Decimal('0')
    """
    items = items_of(argument("balance", to_balance, balance))
    if not any(item.price for item in items):
        return ZERO
    limit = max_purchase_of(items)
    return None if limit is None else normalised(max(ZERO, subtract(limit, purchased(balance))))
