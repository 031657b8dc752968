"""The cost of a quantity, and the share of an amount that belongs to the rest of a cycle.

All is exact up to the one division at the end, and rounded once.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from balances.base.amounts import (
    EXACT,
    ONE,
    ROUNDED,
    ZERO,
    Amount,
    add,
    multiply,
    normalised,
    quotient,
    subtract,
    to_amount,
    total,
)
from balances.base.fields import argument, instance_of, to_index
from balances.base.home import public
from balances.base.instants import MICROSECOND, to_instant
from balances.base.messages import described
from balances.base.words import Words, one_of
from balances.derived.overages import is_unlimited, is_usage_based, items_of, overage
from balances.errors import InvalidPrice, UnknownTierBehavior
from balances.periods.cycles import Cycle
from balances.values.balance import Balance, Breakdown, Price, Tier, to_holding, to_price
from balances.values.features import TierBehavior
from balances.values.plans import PlanPrice

__all__ = ["Rounding", "cost", "overage_cost", "prorated"]

_PLACES: Final = 10


@public
class Rounding(Words):
    """How an amount is rounded to a number of decimal places, as `decimal` has it.

    `HALF_UP` takes the nearest, and of two that are equally near the one further from zero. `DOWN` goes toward zero,
    `UP` away from it.

    >>> from datetime import UTC, datetime
    >>> from balances import cycle_at
    >>> first, day = (datetime(2026, 5, day, tzinfo=UTC) for day in (1, 20))
    >>> may = cycle_at(day, anchor=first, interval="month")
    >>> for rounding in Rounding:
    ...     print(prorated(-100, at=day, cycle=may, places=2, rounding=rounding))
    -38.71
    -38.7
    -38.71
    """

    HALF_UP = "half_up"
    DOWN = "down"
    UP = "up"


RoundingWord: TypeAlias = Literal["half_up", "down", "up"]


def to_rounding(word: Rounding | RoundingWord) -> Rounding:
    """Return the rounding of this name."""
    return one_of(Rounding, word)


def _to_cycle(cycle: Cycle) -> Cycle:
    return instance_of(cycle, Cycle)


def to_places(places: int | None) -> int | None:
    """Return a number of decimal places, or None."""
    return None if places is None else to_index(places)


def _to_price(price: Price | PlanPrice) -> Price:
    return price.price if isinstance(price, PlanPrice) else to_price(price)


@public
def cost(price: Price | PlanPrice, /, quantity: Amount, *, included: Amount = 0) -> Decimal:
    """Return the cost of a quantity that is used on top of the included amount.

    A rate is for `billing_units` units, and a quantity is rounded up to a multiple of them. Graduated tiers charge each
    band at its own rate, and add the flat amount of each band that the quantity reaches. Volume tiers charge the total,
    with the included amount, at the rate of the one tier into which it falls, and add the flat amount of that tier. The
    bounds of tiers are in total usage. The rate of a bounded last tier holds beyond its bound too.

    A negative quantity is a credit: the negated cost of the positive one. The cost is rounded to 10 decimal places,
    half up. A `PlanPrice` is a price, too. Its interval plays no part.

    >>> from balances.testing import usage_based
    >>> cost(usage_based(2, billing_units=1000), 1500)
    Decimal('4')
    >>> tiers = [Tier(to=100, amount=1), Tier(to=None, amount=0.5, flat_amount=5)]
    >>> graduated = Price(
    ...     billing_method="usage_based", tiers=tiers, tier_behavior="graduated"
    ... )
    >>> cost(graduated, 150, included=20)
    Decimal('120')
    >>> volume = Price(billing_method="usage_based", tiers=tiers, tier_behavior="volume")
    >>> cost(volume, 150, included=20), cost(volume, -150, included=20)
    (Decimal('90'), Decimal('-90'))
    >>> packs = PlanPrice(
    ...     billing_method="prepaid", amount=10, billing_units=100, interval="month"
    ... )
    >>> cost(packs, 250)
    Decimal('30')
    """
    price, quantity = argument("price", _to_price, price), argument("quantity", to_amount, quantity)
    included = argument("included", to_amount, included)
    charge = _charge(price, quantity.copy_abs(), included)
    return charge if quantity >= 0 else normalised(charge.copy_negate())


@public
def prorated(
    amount: Amount,
    /,
    *,
    at: datetime,
    cycle: Cycle,
    places: int | None = None,
    rounding: Rounding | RoundingWord = Rounding.HALF_UP,
) -> Decimal:
    """Return the share of an amount that belongs to the rest of a cycle, from a moment on.

    The share is `amount * (end - at) / (end - start)`, exact to the microsecond. It is the whole at the start of the
    cycle and before it, and nothing at the end and after it. The amount is multiplied, then divided, then rounded once.

    Without `places` nothing is rounded, except that a quotient that does not terminate has 34 digits. With `places` it
    has at most 34 digits, too.

    >>> from datetime import UTC
    >>> january = Cycle(
    ...     start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 2, 1, tzinfo=UTC)
    ... )
    >>> prorated(100, at=datetime(2026, 1, 20, tzinfo=UTC), cycle=january, places=8)
    Decimal('38.70967742')
    >>> prorated(62, at=datetime(2026, 1, 20, tzinfo=UTC), cycle=january)
    Decimal('24')
    >>> prorated(100, at=january.end, cycle=january)
    Decimal('0')
    """
    amount, at = argument("amount", to_amount, amount), argument("at", to_instant, at)
    cycle, places = argument("cycle", _to_cycle, cycle), argument("places", to_places, places)
    way = argument("rounding", to_rounding, rounding)
    whole = cycle.end - cycle.start
    left = min(max(cycle.end - at, timedelta()), whole)
    dividend, divisor = multiply(amount, Decimal(left // MICROSECOND)), Decimal(whole // MICROSECOND)
    share = normalised(quotient(dividend, divisor))
    if places is None:
        return share
    terminates = multiply(share, divisor) == dividend
    finest = -int(share.as_tuple().exponent) if terminates else ROUNDED.prec - 1 - share.adjusted()
    return _rounded_quotient(dividend, divisor, min(places, finest), way)


@public
def overage_cost(holding: Balance | Breakdown, /) -> Decimal:
    """Return the cost of the overage: that of each usage-based item at its own price, summed.

    Overage of any other item is not for sale and costs nothing. A balance with an unlimited item has no overage.

    >>> from balances.testing import item, usage_based
    >>> overage_cost(item(100, 130, price=usage_based(0.5)))
    Decimal('15')
    >>> overage_cost(item(100, 130))
    Decimal('0')
    """
    holding = argument("holding", to_holding, holding)
    if is_unlimited(holding):
        return ZERO
    if isinstance(holding, Breakdown):
        return _overage_cost(holding)
    # Without a breakdown, the flag says whether the overage is for sale.
    is_for_sale = holding.breakdown or holding.overage_allowed
    return total(map(_overage_cost, items_of(holding))) if is_for_sale else ZERO


def _overage_cost(item: Breakdown) -> Decimal:
    beyond = overage(item)
    if not beyond or not is_usage_based(item) or item.price is None:
        return ZERO
    return cost(item.price, beyond, included=item.included_grant)


def _charge(price: Price, quantity: Decimal, included: Decimal) -> Decimal:
    """Return the cost of a quantity that is not negative."""
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
    """Round a quantity up to a multiple of the billing units."""
    # A division drops the fraction. Of a total below zero, that is rounding up already.
    units = EXACT.divide_int(quantity, price.billing_units)
    below = multiply(units, price.billing_units)
    return below if below >= quantity else add(below, price.billing_units)


def _bands(price: Price, quantity: Decimal, included: Decimal) -> Iterator[tuple[Decimal, Tier]]:
    """Split a quantity into the bands of the tiers. The last band takes all that is left."""
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
    """Return the rates, which are for billing units, per unit, plus a flat amount."""
    units = price.billing_units
    return _rounded_quotient(add(rates, multiply(flat, units)), units, _PLACES, Rounding.HALF_UP)


def _rounded_quotient(dividend: Decimal, divisor: Decimal, places: int, rounding: Rounding) -> Decimal:
    """Divide exactly, and round once."""
    units, rest = EXACT.divmod(dividend.copy_abs().scaleb(places, EXACT), divisor)
    if rest and (rounding is Rounding.UP or (rounding is Rounding.HALF_UP and add(rest, rest) >= divisor)):
        units = add(units, ONE)
    return normalised(units.scaleb(-places, EXACT).copy_sign(dividend))
