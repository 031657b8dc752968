"""Hypothesis strategies for what keeps the law: `granted + overage == usage + remaining`, item by item."""

from collections.abc import Iterable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact
from functools import reduce
from typing import Final

from helpers import EPOCH
from hypothesis import settings
from hypothesis import strategies as st

from balances import BillingMethod, Breakdown, Interval, Price, Reset, Rollover, RolloverRule, UnknownWord
from balances.testing.strategies import amounts, instants

EXACT: Final = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact])
LARGEST: Final = 10**25
"""Above this, the sum of a few amounts may be more than an amount can be."""
SMALLEST: Final = Decimal("1e-280")
"""Below this, their difference may be less than an amount can be."""

fewer: Final = settings(max_examples=20)
"""A law that is tried for each of many cases needs fewer examples of each."""


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


@st.composite
def rollovers(draw: st.DrawFn) -> Rollover:
    """Draw a rollover with something between nothing and all of it left."""
    used, left = draw(quantities), draw(quantities)
    expiry = draw(st.none() | instants(after=EPOCH))
    return Rollover(balance=left, granted=EXACT.add(used, left), expires_at=expiry)


@st.composite
def lawful_items(draw: st.DrawFn, *, unlimited: bool | None = None) -> Breakdown:
    """Draw an item that keeps the law: its usage is what the law makes of a grant, an overage and what remains."""
    included, prepaid = draw(quantities), draw(st.just(Decimal(0)) | quantities)
    remaining, beyond = draw(quantities), draw(st.just(Decimal(0)) | quantities)
    usage = EXACT.subtract(EXACT.add(EXACT.add(included, prepaid), beyond), remaining)
    return Breakdown(
        included_grant=included,
        prepaid_grant=prepaid,
        remaining=remaining,
        usage=usage,
        unlimited=draw(st.booleans()) if unlimited is None else unlimited,
        plan_id=draw(st.sampled_from([None, "pro"])),
        reset=draw(st.none() | resets),
        price=draw(st.none() | prices),
        expires_at=draw(st.none() | instants(after=EPOCH)),
    )


limited_items: Final = lawful_items(unlimited=False)
unlimited_items: Final = lawful_items(unlimited=True)
several_items: Final = st.lists(limited_items, max_size=4)
several_rollovers: Final = st.lists(rollovers(), max_size=3)
