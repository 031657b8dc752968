"""What a quantity costs."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from balances.base.amounts import EXACT, ZERO, Amount, add, multiply, normalised, subtract, to_amount, total
from balances.base.fields import argument
from balances.base.home import public
from balances.base.messages import described
from balances.derived.overages import is_unlimited, is_usage_based, items_of, overage
from balances.errors import InvalidPrice, UnknownTierBehavior
from balances.values.balance import Balance, Breakdown, Price, Tier, to_holding, to_price
from balances.values.features import TierBehavior

__all__ = ["cost", "overage_cost"]

_PLACES: Final = 10


@public
def cost(price: Price, /, quantity: Amount, *, included: Amount = 0) -> Decimal:
    """Return what a quantity beyond the included amount costs; a negative quantity is a credit.

    A rate is for `billing_units`, and quantities round up to whole ones. Graduated tiers charge each band at its own
    rate, and the flat amount of each band that is reached. Volume tiers charge the *total*, what is included too, at
    the rate of the one tier that it falls in, plus the flat amount of that. Tiers are bounded in total usage. The rate
    of a bounded last tier goes on. The cost is rounded to 10 decimal places, half up.

    >>> from balances.testing import usage_based
    >>> cost(usage_based(2, billing_units=1000), 1500)
    Decimal('4')
    >>> tiers = [Tier(to=100, amount=1), Tier(to=None, amount=0.5, flat_amount=5)]
    >>> graduated = Price(billing_method="usage_based", tiers=tiers, tier_behavior="graduated")
    >>> cost(graduated, 150, included=20)
    Decimal('120')
    >>> volume = Price(billing_method="usage_based", tiers=tiers, tier_behavior="volume")
    >>> cost(volume, 150, included=20), cost(volume, -150, included=20)
    (Decimal('90'), Decimal('-90'))
    """
    price, quantity = argument("price", to_price, price), argument("quantity", to_amount, quantity)
    included = argument("included", to_amount, included)
    charge = _charge(price, quantity.copy_abs(), included)
    return charge if quantity >= 0 else normalised(charge.copy_negate())


@public
def overage_cost(holding: Balance | Breakdown, /) -> Decimal:
    """Return what the overage costs: that of each usage-based item at its own price, summed.

    The overage of other items is not for sale, and costs nothing; where anything is unlimited, there is none.

    >>> from balances.testing import item, usage_based
    >>> overage_cost(item(100, 130, price=usage_based(0.5)))
    Decimal('15')
    >>> overage_cost(item(100, 130))
    Decimal('0')
    """
    holding = argument("holding", to_holding, holding)
    if is_unlimited(holding):
        return ZERO
    return total(map(_overage_cost, items_of(holding) if isinstance(holding, Balance) else (holding,)))


def _overage_cost(item: Breakdown) -> Decimal:
    beyond = overage(item)
    if not beyond or not is_usage_based(item) or item.price is None:
        return ZERO
    return cost(item.price, beyond, included=item.included_grant)


def _charge(price: Price, quantity: Decimal, included: Decimal) -> Decimal:
    """Return what a quantity of nothing or more costs."""
    if price.amount is None and not price.tiers:
        raise InvalidPrice("expected a price with an amount or tiers, got neither")
    if not quantity:
        return ZERO
    if price.amount is not None:
        return _rounded(multiply(_in_whole_units(quantity, price), price.amount), ZERO, price)
    if price.tier_behavior == TierBehavior.VOLUME:
        whole = _in_whole_units(add(included, quantity), price)
        tier = next((tier for tier in price.tiers if tier.to is None or whole <= tier.to), price.tiers[-1])
        return _rounded(multiply(whole, tier.amount), tier.flat_amount, price)
    if price.tier_behavior not in (None, TierBehavior.GRADUATED):
        raise UnknownTierBehavior(f"expected graduated or volume tiers, got {described(price.tier_behavior)}")
    bands = list(_bands(price, _in_whole_units(quantity, price), included))
    rates = total(multiply(part, tier.amount) for part, tier in bands)
    return _rounded(rates, total(tier.flat_amount for _, tier in bands), price)


def _in_whole_units(quantity: Decimal, price: Price) -> Decimal:
    """Return a quantity rounded up to whole billing units."""
    units = EXACT.divide_int(quantity, price.billing_units)
    below = multiply(units, price.billing_units)
    return below if below == quantity else add(below, price.billing_units)


def _bands(price: Price, quantity: Decimal, included: Decimal) -> Iterator[tuple[Decimal, Tier]]:
    """Share a quantity out over the tiers, as much of it as there is; the last one takes all that is left."""
    start = ZERO
    *bounded, last = price.tiers
    for tier in bounded:
        end = quantity if tier.to is None else min(quantity, subtract(tier.to, included))
        if end > start:
            yield subtract(end, start), tier
            start = end
    if quantity > start:
        yield subtract(quantity, start), last


def _rounded(rates: Decimal, flat: Decimal, price: Price) -> Decimal:
    """Return rates for billing units, divided by these, and a flat amount: to 10 places, half up, away from zero."""
    divisor = price.billing_units
    whole = add(rates, multiply(flat, divisor))
    # Twice as many units of the last place as there are, and one: halved, that rounds a half up.
    doubled = add(multiply(whole.copy_abs(), Decimal(2)).scaleb(_PLACES, EXACT), divisor)
    places = EXACT.divide_int(doubled, multiply(divisor, Decimal(2)))
    return normalised(places.scaleb(-_PLACES, EXACT).copy_sign(whole))
