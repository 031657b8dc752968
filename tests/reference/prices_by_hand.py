"""A second implementation of the cost of a quantity, band by band, in fractions.

It is written from the rules alone and shares no code with the package.
"""

from fractions import Fraction
from math import ceil, floor

from parts_by_hand import NOTHING, Plain

PLACES = 10**10


def cost(price: Plain, quantity: Fraction, included: Fraction) -> Fraction:
    """Return what a quantity beyond the included amount costs, to ten places, half up."""
    if quantity < 0:
        return -cost(price, -quantity, included)
    if quantity == 0:
        return NOTHING
    return Fraction(floor(_exactly(price, quantity, included) * PLACES + Fraction(1, 2)), PLACES)


def _exactly(price: Plain, quantity: Fraction, included: Fraction) -> Fraction:
    pack = Fraction(price["billing_units"])
    if not price.get("tiers"):
        return Fraction(price["amount"]) / pack * whole_packs(quantity, pack)
    tiers = [(float("inf") if tier["to"] in ("inf", -1) else tier["to"], tier) for tier in price["tiers"]]
    last = tiers[-1][1]
    tiers[-1] = (float("inf"), last)
    if price["tier_behavior"] == "volume":
        total = whole_packs(included + quantity, pack)
        tier = next(tier for to, tier in tiers if total <= to)
        return Fraction(total * tier["amount"] / pack + tier.get("flat_amount", 0))
    return _graduated(tiers, whole_packs(quantity, pack), included, pack)


def _graduated(tiers: list[tuple[float, Plain]], quantity: Fraction, included: Fraction, pack: Fraction) -> Fraction:
    whole, start = NOTHING, NOTHING
    for to, tier in tiers:
        end = quantity if to == float("inf") else min(quantity, Fraction(to) - included)
        if end > start:
            whole += (end - start) * tier["amount"] / pack + tier.get("flat_amount", 0)
            start = end
    return whole


def whole_packs(quantity: Fraction, pack: Fraction) -> Fraction:
    return ceil(quantity / pack) * pack
