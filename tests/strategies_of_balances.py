"""Hypothesis strategies for what keeps the law: `granted + overage == usage + remaining`, item by item."""

from collections.abc import Iterable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact
from functools import reduce
from typing import Final

from helpers import EPOCH, tried
from hypothesis import strategies as st

from balances import BillingMethod, Breakdown, Interval, Price, Reset, Rollover, RolloverRule, UnknownWord
from balances.testing.strategies import amounts, instants

EXACT: Final = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact])
LARGEST: Final = 10**25
"""Above this, the sum of a few amounts may be more than an amount can be."""
SMALLEST: Final = Decimal("1e-280")
"""Below this, their difference may be less than an amount can be."""

fewer: Final = tried(20)
"""A law that is tried for each of many cases needs fewer examples of each."""


seldom: Final = st.sampled_from([False] * 7 + [True])


def summed(amounts_: Iterable[Decimal]) -> Decimal:
    """Add amounts up in a context of our own."""
    return reduce(EXACT.add, amounts_, Decimal(0))


quantities: Final = st.one_of(
    st.integers(0, 200).map(Decimal),
    amounts(least=0).filter(lambda amount: not amount or SMALLEST <= amount <= LARGEST),
    st.decimals(0, 10**6, places=7),
)
"""Amounts of at least nothing, of which many are small enough to be equal, and of any number of digits."""

intervals: Final = st.sampled_from([interval for interval in Interval if interval != Interval.ONE_OFF])

resets: Final = st.builds(
    Reset, interval=st.sampled_from(list(Interval)), interval_count=st.integers(1, 40), resets_at=st.none() | instants()
)
prices: Final = st.builds(
    Price,
    billing_method=st.sampled_from([*BillingMethod, UnknownWord("barter")]),
    billing_units=st.sampled_from([1, 100]),
    amount=st.none() | quantities,
    max_purchase=st.none() | quantities,
)
rules: Final = st.builds(RolloverRule, max=st.none() | quantities, months=st.none() | st.integers(1, 30)) | st.builds(
    RolloverRule, max_percentage=quantities, months=st.none() | st.integers(1, 30)
)


_expiries: Final = st.none() | instants(after=EPOCH)
_perhaps: Final = st.just(Decimal(0)) | quantities
_plans: Final = st.sampled_from([None, "pro"])
_perhaps_resets: Final = st.none() | resets
_perhaps_prices: Final = st.none() | prices


@st.composite
def _rollovers(draw: st.DrawFn) -> Rollover:
    """Draw a rollover with something between nothing and all of it left."""
    used, left = draw(quantities), draw(quantities)
    return Rollover(balance=left, granted=EXACT.add(used, left), expires_at=draw(_expiries))


@st.composite
def _lawful_items(draw: st.DrawFn, unlimited: st.SearchStrategy[bool]) -> Breakdown:
    """Draw an item that keeps the law: its usage is what the law makes of a grant, an overage and what remains."""
    included, prepaid = draw(quantities), draw(_perhaps)
    remaining, beyond = draw(quantities), draw(_perhaps)
    usage = EXACT.subtract(EXACT.add(EXACT.add(included, prepaid), beyond), remaining)
    return Breakdown(
        included_grant=included,
        prepaid_grant=prepaid,
        remaining=remaining,
        usage=usage,
        unlimited=draw(unlimited),
        plan_id=draw(_plans),
        reset=draw(_perhaps_resets),
        price=draw(_perhaps_prices),
        expires_at=draw(_expiries),
    )


lawful_items: Final = _lawful_items(st.booleans())
limited_items: Final = _lawful_items(st.just(value=False))
unlimited_items: Final = _lawful_items(st.just(value=True))
several_items: Final = st.lists(limited_items, max_size=4)
rollovers: Final = _rollovers()
several_rollovers: Final = st.lists(rollovers, max_size=3)
