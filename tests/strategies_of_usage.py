"""Hypothesis strategies for what a balance is asked for, on which terms, and for balances that can be asked."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from attrs import evolve
from helpers import combined, numbered, tried
from hypothesis import strategies as st
from strategies_of_balances import EXACT, quantities, seldom

from balances import (
    Balance,
    BillingControls,
    BillingMethod,
    Breakdown,
    Feature,
    OverageBehavior,
    OverageControl,
    Price,
    PropertyFilter,
    Reset,
    Rollover,
    SpendLimit,
    UnknownWord,
    UsageLimit,
    overage,
)
from balances.testing import item, monthly

Terms = dict[str, Any]
"""The keywords that `check` and `track` share."""

few: Final = tried(40)
"""What is drawn here is large: a law tries fewer of it than of a number."""

amounts: Final = st.one_of(
    st.integers(0, 120).map(Decimal),
    st.integers(0, 120).map(Decimal),
    st.integers(0, 10**6).map(lambda thousandths: Decimal(thousandths) / 1000),
    quantities,
)
"""Amounts of which many are small enough to be equal; now and then, one of any number of digits."""

dividing_costs: Final = st.sampled_from([1, 2, 5, 10, 0.5, 0.1, 0.25, 8]).map(lambda cost: Decimal(str(cost)))
costs: Final = dividing_costs | st.sampled_from(["3", "0.7", "13", "0.003"]).map(Decimal)
behaviors: Final = st.sampled_from(OverageBehavior)

filters: Final = st.sampled_from([{}, {"region": "eu"}, {"region": "eu", "tier": "1"}]).map(
    lambda properties: PropertyFilter(properties=properties)
)
usage_limits: Final = st.builds(
    UsageLimit,
    feature_id=st.sampled_from(["messages", "messages", "tokens", "seats"]),
    enabled=st.sampled_from([True, True, False]),
    limit=amounts,
    interval=st.just("day"),
    filter=st.none() | filters,
    usage=st.none() | amounts,
)
spend_limits: Final = st.builds(
    SpendLimit,
    feature_id=st.sampled_from(["messages", "messages", "seats", None]),
    enabled=st.sampled_from([True, True, False]),
    overage_limit=st.none() | amounts,
    limit_type=st.sampled_from([None, "absolute", "usage_percentage"]),
)
overage_controls: Final = st.builds(
    OverageControl, feature_id=st.sampled_from(["messages", "messages", "seats"]), enabled=st.booleans()
)
controls: Final = st.builds(
    BillingControls,
    spend_limits=st.lists(spend_limits, max_size=2),
    usage_limits=st.lists(usage_limits, max_size=3),
    overage_allowed=st.lists(overage_controls, max_size=2),
)
of_an_event: Final[dict[str, st.SearchStrategy[Any]]] = {
    "controls": st.none() | controls,
    "properties": st.sampled_from([None, {}, {"region": "eu"}, {"region": "eu", "tier": 1}, {"region": "us"}]),
    "feature_id": st.sampled_from([None, "messages", "tokens"]),
}
terms: Final[st.SearchStrategy[Terms]] = st.fixed_dictionaries({**of_an_event, "credit_cost": costs})
dividing_terms: Final[st.SearchStrategy[Terms]] = st.fixed_dictionaries({**of_an_event, "credit_cost": dividing_costs})


prices: Final = st.builds(
    Price,
    billing_method=st.sampled_from(["usage_based", "usage_based", "prepaid", UnknownWord("barter")]),
    max_purchase=st.none() | amounts,
)
resets: Final = st.sampled_from(
    [
        None,
        monthly(),
        monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC)),
        Reset(interval="day", resets_at=datetime(2026, 3, 1, tzinfo=UTC)),
        Reset(interval="one_off"),
    ]
)
expiries: Final = st.sampled_from([None, None, *(datetime(2027, month, 1, tzinfo=UTC) for month in (1, 2, 3))])


few_plans: Final = st.sampled_from([None, "pro"])
any_amount: Final = st.none() | amounts
any_price: Final = st.none() | prices
_perhaps: Final = st.just(Decimal(0)) | amounts


@st.composite
def _rollovers(draw: st.DrawFn) -> Rollover:
    """Draw a rollover with something between nothing and all of it left."""
    used, left = draw(amounts), draw(amounts)
    return Rollover(balance=left, granted=EXACT.add(used, left), expires_at=draw(expiries))


rollovers: Final = _rollovers()
several_rollovers: Final = st.lists(rollovers, max_size=2)


@st.composite
def _used_items(draw: st.DrawFn, *, unlimited: bool = False) -> Breakdown:
    """Draw an item of which something was used, and the rest is left; its overage may be beyond its limit."""
    return item(
        draw(amounts),
        draw(amounts),
        prepaid_grant=draw(_perhaps),
        unlimited=unlimited,
        plan_id=draw(few_plans),
        price=draw(any_price),
        reset=draw(resets),
        expires_at=draw(expiries),
    )


used_items: Final = _used_items()
unlimited_items: Final = _used_items(unlimited=True)


@st.composite
def _lawful_items(draw: st.DrawFn) -> Breakdown:
    """Draw an item that keeps the law, of which something may be left although some of it is overage."""
    drawn, more = draw(used_items), draw(_perhaps)
    used = drawn.usage if drawn.remaining else drawn.granted
    left = EXACT.add(drawn.remaining, more)
    return evolve(drawn, remaining=left, usage=EXACT.subtract(EXACT.add(used, draw(_perhaps)), more))


lawful_items: Final = _lawful_items()


@st.composite
def _items_within_their_limits(draw: st.DrawFn) -> Breakdown:
    """Draw a lawful item whose overage, where there is any, is for sale and not beyond what may be bought."""
    drawn = draw(lawful_items)
    beyond = overage(drawn)
    if not beyond:
        return drawn
    room = draw(any_amount)
    most = None if room is None else EXACT.add(beyond, room)
    return evolve(drawn, price=Price(billing_method=BillingMethod.USAGE_BASED, max_purchase=most))


items_within_their_limits: Final = _items_within_their_limits()


@st.composite
def balances_of(
    draw: st.DrawFn, items: st.SearchStrategy[Breakdown], *, least: int = 0, unlimited: bool = True
) -> Balance:
    """Draw what is combined of items and rollovers; now and then, one of the items is unlimited."""
    parts = draw(st.lists(items, min_size=least, max_size=3))
    if unlimited and draw(seldom):
        parts = draw(st.permutations([*parts, draw(unlimited_items)]))
    return combined(*numbered(parts), carried=draw(several_rollovers))


@st.composite
def stated(draw: st.DrawFn, items: st.SearchStrategy[Breakdown]) -> Balance:
    """Draw a balance that states its totals, and has no breakdown."""
    whole = combined(*numbered([draw(items)]), carried=draw(several_rollovers))
    return evolve(whole, breakdown=())


_any_numbers: Final = st.one_of(
    st.integers(-12, 120).map(Decimal), st.integers(-999, 999).map(lambda number: Decimal(number) / 100)
)
"""Amounts of which many are equal, and some are below nothing."""
_any_grant: Final = st.just(Decimal(0)) | _any_numbers
_few_ids: Final = st.sampled_from(["", "plan", "top_up"])
_any_items: Final[st.SearchStrategy[Breakdown]] = st.one_of(*[used_items] * 8, unlimited_items)


@st.composite
def _odd_items(draw: st.DrawFn) -> Breakdown:
    """Draw an item whose numbers need not fit together: whatever can be read, in any combination."""
    return evolve(
        draw(_any_items),
        id=draw(_few_ids),
        included_grant=draw(_any_numbers),
        prepaid_grant=draw(_any_grant),
        remaining=draw(_any_numbers),
        usage=draw(_any_numbers),
    )


odd_items: Final = _odd_items()
odd_balances: Final = st.builds(
    Balance,
    feature_id=st.just("messages"),
    granted=_any_numbers,
    remaining=_any_numbers,
    usage=_any_numbers,
    unlimited=seldom,
    overage_allowed=st.booleans(),
    max_purchase=any_amount,
    breakdown=st.lists(odd_items, max_size=3),
    rollovers=st.lists(
        st.builds(Rollover, balance=_any_numbers, granted=_any_numbers, expires_at=expiries), max_size=2
    ),
)
"""Balances that can be read, and whose numbers need not fit together."""


CREDITS: Final = Feature(id="messages", name="Credits", type="credit_system", consumable=True)
"""The feature of a balance of credits: its usage limits leave rollovers out."""


def of_credits_too(balances: st.SearchStrategy[Balance]) -> st.SearchStrategy[Balance]:
    """Draw balances, some of which say that they are of credits."""
    return st.one_of(balances, balances, balances.map(lambda balance: evolve(balance, feature=CREDITS)))


lawful: Final = balances_of(lawful_items, least=1)
used: Final = st.one_of(*[balances_of(used_items, least=1)] * 4, stated(used_items))
within_their_limits: Final = st.one_of(*[balances_of(items_within_their_limits)] * 4, stated(items_within_their_limits))


def fraction(amount: Decimal | None) -> Fraction:
    """Return an amount in another arithmetic; what is not given is nothing."""
    return Fraction(amount or 0)
