"""How much may be bought, how much was, and how much more can be.

None and zero are never the same here: None is "no limit", zero is "nothing".
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from balances.base.amounts import ZERO, add, normalised, subtract, total
from balances.base.fields import argument
from balances.base.home import public
from balances.derived.overages import items_of, overage, sum_of_limits
from balances.values.balance import Balance, Breakdown, to_balance, to_holding, to_items

__all__ = ["max_purchase", "purchase_allowance", "purchased"]


@public
def max_purchase(breakdown: Sequence[Breakdown], /) -> Decimal | None:
    """Return how much may be bought in all; None when nothing is for sale, or when anything is without limit.

    >>> from balances.testing import item, prepaid, usage_based
    >>> max_purchase([item(price=prepaid(max_purchase=100)), item(price=usage_based(max_purchase=50)), item()])
    Decimal('150')
    >>> max_purchase([item(price=prepaid(max_purchase=100)), item(price=usage_based())]) is None
    True
    """
    return limit_of(argument("breakdown", to_items, breakdown))


def limit_of(items: Iterable[Breakdown]) -> Decimal | None:
    """Return how much of these items may be bought in all, as `max_purchase` does."""
    return sum_of_limits([price.max_purchase for item in items if (price := item.price) is not None])


@public
def purchased(holding: Balance | Breakdown, /) -> Decimal:
    """Return what was bought: the prepaid grant, and the overage.

    >>> from balances.testing import item
    >>> purchased(item(included=100, used=130, prepaid_grant=20))
    Decimal('30')
    """
    holding = argument("holding", to_holding, holding)
    items = holding.breakdown if isinstance(holding, Balance) else (holding,)
    return normalised(add(total(item.prepaid_grant for item in items), overage(holding)))


@public
def purchase_allowance(balance: Balance, /) -> Decimal | None:
    """Return how much more can be bought: zero when nothing is for sale, None when there is no limit.

    >>> from balances.testing import balance, item, prepaid
    >>> purchase_allowance(balance(breakdown=[item(prepaid_grant=30, price=prepaid(max_purchase=100))]))
    Decimal('70')
    >>> purchase_allowance(balance(breakdown=[item()]))
    Decimal('0')
    """
    balance = argument("balance", to_balance, balance)
    items = items_of(balance)
    if not any(item.price for item in items):
        return ZERO
    limit = limit_of(items)
    return None if limit is None else normalised(max(ZERO, subtract(limit, purchased(balance))))
