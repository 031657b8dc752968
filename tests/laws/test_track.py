"""Law: splitting an amount tracks the same as the whole, and every unit of it is tracked or untracked.

Parts, totals and receipt move by the same amounts, which a second implementation in fractions confirms.
"""

import copy
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_balances import EXACT, fewer
from strategies_of_usage import (
    Terms,
    amounts,
    balances_of,
    behaviors,
    dividing_terms,
    few,
    fraction,
    lawful,
    lawful_items,
    of_credits_too,
    stated,
    terms,
    unlimited_items,
)

from balances import (
    Balance,
    BillingControls,
    Breakdown,
    Deduction,
    DeductionKind,
    Limit,
    OverageBehavior,
    Rollover,
    Tracked,
    UsageLimit,
    audit,
    combine,
    deduction_order,
    overage,
    track,
)
from balances.testing import assert_conserved

CAP, OVERFLOW = OverageBehavior.CAP, OverageBehavior.OVERFLOW
any_balance = st.one_of(lawful, lawful, lawful, stated(lawful_items))
finite = balances_of(lawful_items, least=1, unlimited=False)
refunds = amounts.map(Decimal.copy_negate)
any_amount = st.one_of(amounts, amounts, amounts, refunds)


amounts_or_refunds = amounts | refunds


@st.composite
def holding_more(draw: st.DrawFn) -> Balance:
    """Draw a balance whose totals hold more, or less, than its parts."""
    balance = draw(finite)
    return evolve(
        balance,
        granted=EXACT.add(balance.granted, draw(amounts)),
        remaining=EXACT.add(balance.remaining, draw(amounts_or_refunds)),
        usage=EXACT.add(balance.usage, draw(amounts)),
    )


# A second way: fractions for decimals, one step of the rule after the other, and nothing that is shared with `track`.


class Part:
    """A part of a balance that can be drawn from."""

    def __init__(self, part: Breakdown | Rollover) -> None:
        """Take its numbers."""
        self.part = part
        self.remaining = fraction(part.remaining if isinstance(part, Breakdown) else part.balance)
        self.usage = fraction(part.usage)
        self.granted = fraction(part.granted)

    @property
    def overage(self) -> Fraction:
        """Say the overage."""
        return max(Fraction(), self.usage + max(Fraction(), self.remaining) - self.granted)

    @property
    def most(self) -> Decimal | None:
        """Say how much overage may be bought of it; what is prepaid has no such limit."""
        price = self.part.price if isinstance(self.part, Breakdown) else None
        return price.max_purchase if price and self.is_for_sale else None

    @property
    def is_for_sale(self) -> bool:
        """Say whether overage is sold."""
        price = self.part.price if isinstance(self.part, Breakdown) else None
        return price is not None and price.billing_method == "usage_based"


class Asked(NamedTuple):
    """What is asked for, and on which terms."""

    amount: Fraction
    behavior: OverageBehavior
    terms: Terms
    counting: list[UsageLimit]


class Expected(NamedTuple):
    """What there is after it."""

    parts: list[tuple[Fraction, Fraction]]
    left: Fraction
    limit: Limit | None
    controls: BillingControls | None


def expected(balance: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms) -> Expected:
    cost, controls = fraction(given_["credit_cost"]), given_["controls"]
    asked = fraction(amount) * cost
    items, rollovers = [Part(item) for item in balance.breakdown], [Part(part) for part in balance.rollovers]
    ranked = [part for item in deduction_order(balance.breakdown) for part in items if part.part is item]
    if asked < 0:
        left, limit, counting = -given_back(ranked, -asked), None, []
    else:
        counting = counting_limits(controls, given_)
        left, limit = used(balance, rollovers, ranked, Asked(asked, behavior, given_, counting))
    uncounted = sum((part.usage - fraction(part.part.usage) for part in rollovers), Fraction())
    parts = [(part.remaining, part.usage) for part in [*items, *rollovers]]
    if asked > 0:
        counts = [limit for limit in counting if behavior is OVERFLOW or fraction(limit.usage) <= fraction(limit.limit)]
        controls = counted(controls, counts, asked - left, cost, uncounted if balance.feature else Fraction())
    return Expected(parts, left, limit, controls)


def used(balance: Balance, rollovers: list[Part], items: list[Part], asked: Asked) -> tuple[Fraction, Limit | None]:
    amount, behavior, given_, counting = asked
    cost = fraction(given_["credit_cost"])
    # A limit on a credit system is about what its items pay.
    free = sum((part.remaining for part in rollovers), Fraction()) if balance.feature else Fraction()
    rooms = [room(entry) * cost if entry.feature_id == "tokens" else room(entry) + free for entry in counting]
    left = amount if behavior is OVERFLOW else min([amount, *rooms])
    clamped = amount - left
    for part in [*soonest_first(rollovers), *items]:
        left = drawn(part, left, part.remaining)
    spending = spend_limit(balance, given_["controls"])
    sellers = sellers_among(items, behavior, given_["controls"])
    shared = None if spending is None else max(Fraction(), spending - sum(part.overage for part in items))
    for part in sellers:
        own = None if part.most is None else max(Fraction(), fraction(part.most) - part.overage)
        most = shared if shared is not None else None if behavior is OVERFLOW else own
        beyond = left if most is None else min(left, most)
        part.usage, left = part.usage + beyond, left - beyond
        shared = None if shared is None else shared - beyond
    if clamped:
        return left + clamped, Limit.USAGE_LIMIT
    bound = Limit.INCLUDED if not sellers else Limit.MAX_PURCHASE if spending is None else Limit.SPEND_LIMIT
    return left, bound if left else None


def soonest_first(rollovers: list[Part]) -> list[Part]:
    dated = [(part.part.expires_at, index) for index, part in enumerate(rollovers) if part.part.expires_at]
    undated = [part for part in rollovers if part.part.expires_at is None]
    return [*(rollovers[index] for _, index in sorted(dated)), *undated]


def drawn(part: Part, amount: Fraction, most: Fraction) -> Fraction:
    taken = min(amount, max(Fraction(), most))
    part.remaining, part.usage = part.remaining - taken, part.usage + taken
    return amount - taken


def given_back(items: list[Part], amount: Fraction) -> Fraction:
    for part in items:
        paid = min(amount, part.overage)
        part.usage, amount = part.usage - paid, amount - paid
    for part in items:
        filled = min(amount, max(Fraction(), part.granted - part.remaining))
        part.usage, part.remaining, amount = part.usage - filled, part.remaining + filled, amount - filled
    return amount


def sellers_among(items: list[Part], behavior: OverageBehavior, controls: BillingControls | None) -> list[Part]:
    if behavior is OVERFLOW:
        return items
    sellers = [part for part in items if part.is_for_sale]
    for control in controls.overage_allowed if controls else ():
        if control.feature_id == "messages":
            return (sellers or items) if control.enabled else []
    return sellers


def spend_limit(balance: Balance, controls: BillingControls | None) -> Fraction | None:
    for entry in controls.spend_limits if controls else ():
        if entry.feature_id != "messages" or not entry.enabled or entry.overage_limit is None:
            continue
        if entry.limit_type != "usage_percentage":
            return fraction(entry.overage_limit)
        plans = [item for item in balance.breakdown if item.plan_id and item.reset]
        recurring = [item for item in plans if item.reset and item.reset.interval != "one_off"]
        base = sum(fraction(item.included_grant) for item in recurring)
        if base:
            return base * fraction(entry.overage_limit) / 100
    return None


def counting_limits(controls: BillingControls | None, given_: Terms) -> list[UsageLimit]:
    features = {"messages", given_["feature_id"]}
    properties: dict[str, Any] = given_["properties"] or {}
    texts = {name: str(value) for name, value in properties.items()}
    return [
        limit
        for limit in (controls.usage_limits if controls else ())
        if limit.enabled and limit.feature_id in features and matches(limit, texts)
    ]


def matches(limit: UsageLimit, texts: dict[str, str]) -> bool:
    if limit.filter is None:
        return True
    return bool(texts) and limit.filter.properties.items() <= texts.items()


def room(limit: UsageLimit) -> Fraction:
    return max(Fraction(), fraction(limit.limit) - fraction(limit.usage))


def counted(
    controls: BillingControls | None, counting: list[UsageLimit], amount: Fraction, cost: Fraction, uncounted: Fraction
) -> BillingControls | None:
    if controls is None:
        return None
    after: list[UsageLimit] = []
    for limit in controls.usage_limits:
        more = amount / cost if limit.feature_id == "tokens" else amount - uncounted
        if not more or all(limit is not other for other in counting):
            after.append(limit)
        else:
            after.append(evolve(limit, usage=exact(fraction(limit.usage) + more)))
    return evolve(controls, usage_limits=after)


def exact(amount: Fraction) -> Decimal:
    """Return a fraction that has an end as a decimal."""
    digits = 0
    while (amount * 10**digits).denominator != 1:
        digits += 1
    return EXACT.scaleb(Decimal((amount * 10**digits).numerator), -digits)


def parts_of(balance: Balance) -> list[tuple[Fraction, Fraction]]:
    parts = [*map(Part, balance.breakdown), *map(Part, balance.rollovers)]
    return [(part.remaining, part.usage) for part in parts]


@given(
    balance=of_credits_too(finite), amount=any_amount, behavior=st.sampled_from([CAP, OVERFLOW]), given_=dividing_terms
)
def test_every_part_ends_where_the_rule_leads_step_by_step(
    balance: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms
) -> None:
    tracked = track(balance, amount, overage_behavior=behavior, **given_)
    result = expected(balance, amount, behavior, given_)
    assert parts_of(tracked.balance) == result.parts
    assert fraction(tracked.untracked) * fraction(given_["credit_cost"]) == result.left
    assert tracked.limit == result.limit
    assert tracked.controls == result.controls


def moved(deductions: Sequence[Deduction], kind: DeductionKind, index: int, *, beyond: bool) -> Fraction:
    """Say what a receipt says of one part."""
    lines = [line for line in deductions if (line.kind, line.index) == (kind, index)]
    return sum((fraction(line.amount) for line in lines if beyond or not line.is_overage), Fraction())


def assert_on_the_receipt(before: Balance, tracked: Tracked) -> None:
    """Assert that each part, and the totals, moved by exactly what the lines about it say."""
    after, lines = tracked.balance, tracked.deductions
    for index, (was, item) in enumerate(zip(before.breakdown, after.breakdown, strict=True)):
        within = Fraction() if item.unlimited else moved(lines, DeductionKind.ITEM, index, beyond=False)
        assert fraction(was.remaining) - fraction(item.remaining) == within
        assert fraction(item.usage) - fraction(was.usage) == moved(lines, DeductionKind.ITEM, index, beyond=True)
        assert evolve(item, remaining=was.remaining, usage=was.usage) == was
    for index, (part, rollover) in enumerate(zip(before.rollovers, after.rollovers, strict=True)):
        taken = moved(lines, DeductionKind.ROLLOVER, index, beyond=True)
        assert fraction(part.balance) - fraction(rollover.balance) == taken
        assert evolve(rollover, balance=part.balance) == part
    taken = sum((fraction(line.amount) for line in lines), Fraction())
    drawn_within = sum((fraction(line.amount) for line in lines if not line.is_overage), Fraction())
    assert fraction(after.usage) - fraction(before.usage) == taken
    assert fraction(before.remaining) - fraction(after.remaining) == (0 if before.unlimited else drawn_within)
    assert (
        evolve(
            after,
            remaining=before.remaining,
            usage=before.usage,
            breakdown=before.breakdown,
            rollovers=before.rollovers,
        )
        == before
    )


@pytest.mark.parametrize("balances", [any_balance, holding_more()], ids=["of its parts", "of more than its parts"])
@few
@given(amount=any_amount, behavior=st.sampled_from([CAP, OVERFLOW]), given_=terms, data=st.data())
def test_nothing_is_taken_that_is_not_in_the_receipt(
    balances: st.SearchStrategy[Balance],
    amount: Decimal,
    behavior: OverageBehavior,
    given_: Terms,
    data: st.DataObject,
) -> None:
    balance = data.draw(balances)
    tracked = track(balance, amount, overage_behavior=behavior, **given_)
    assert_on_the_receipt(balance, tracked)
    assert fraction(tracked.tracked) + fraction(tracked.untracked) == fraction(amount)
    assert sum(fraction(line.units) for line in tracked.deductions) == fraction(tracked.tracked)
    assert all((line.amount > 0) is (amount > 0) and line.amount for line in tracked.deductions)


@few
@given(balance=any_balance, amount=any_amount, behavior=st.sampled_from([CAP, OVERFLOW]), given_=terms)
def test_each_line_tells_which_part_it_is_about(
    balance: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms
) -> None:
    for line in track(balance, amount, overage_behavior=behavior, **given_).deductions:
        if line.kind == DeductionKind.ROLLOVER:
            assert (line.id, line.expires_at) == ("", balance.rollovers[line.index].expires_at)
            assert line.is_overage is False
        elif balance.breakdown:
            assert (line.id, line.expires_at) == (balance.breakdown[line.index].id, None)
        else:
            assert (line.id, line.index, line.expires_at) == ("", 0, None)


@few
@given(balance=any_balance, amount=any_amount, behavior=behaviors, given_=terms)
def test_what_is_conserved_stays_conserved(
    balance: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms
) -> None:
    before = copy.deepcopy((balance, given_))
    capped = track(balance, amount, **given_)
    all_or_nothing = behavior if behavior is OVERFLOW or not capped.untracked else CAP
    tracked = track(balance, amount, overage_behavior=all_or_nothing, **given_)
    assert_conserved(tracked.balance)
    assert audit(tracked.balance, tolerance=0) == ()
    assert (balance, given_) == before


@few
@given(balance=lawful, amount=any_amount, behavior=st.sampled_from([CAP, OVERFLOW]), given_=terms)
def test_the_tracked_balance_is_what_its_parts_combine_to(
    balance: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms
) -> None:
    after = track(balance, amount, overage_behavior=behavior, **given_).balance
    assert combine(after.breakdown, after.rollovers, feature_id="messages") == after


@given(balance=of_credits_too(any_balance), amount=amounts, more=amounts, given_=dividing_terms)
def test_splitting_an_amount_tracks_the_same_as_the_whole(
    balance: Balance, amount: Decimal, more: Decimal, given_: Terms
) -> None:
    whole = track(balance, EXACT.add(amount, more), **given_)
    first = track(balance, amount, **given_)
    given_then: Terms = given_ | {"controls": first.controls}
    second = track(first.balance, more, **given_then)
    assert second.balance == whole.balance
    assert second.controls == whole.controls
    assert fraction(first.tracked) + fraction(second.tracked) == fraction(whole.tracked)
    assert fraction(first.untracked) + fraction(second.untracked) == fraction(whole.untracked)


@few
@given(balance=lawful, amount=any_amount, behavior=st.sampled_from([CAP, OVERFLOW]), given_=terms, data=st.data())
def test_the_order_of_the_parts_changes_no_total(
    balance: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms, data: st.DataObject
) -> None:
    items, carried = data.draw(st.permutations(balance.breakdown)), data.draw(st.permutations(balance.rollovers))
    tracked = track(balance, amount, overage_behavior=behavior, **given_)
    other = track(evolve(balance, breakdown=items, rollovers=carried), amount, overage_behavior=behavior, **given_)
    assert summary(other) == summary(tracked)


def summary(tracked: Tracked) -> tuple[Any, ...]:
    whole = tracked.balance
    return whole.remaining, whole.usage, tracked.tracked, tracked.untracked, tracked.limit, tracked.controls


@fewer
@given(
    items=st.lists(unlimited_items, min_size=1, max_size=2),
    others=balances_of(lawful_items, unlimited=False),
    amount=any_amount,
    behavior=behaviors,
    given_=terms,
)
def test_an_unlimited_item_takes_everything(
    items: list[Breakdown], others: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms
) -> None:
    parts = [evolve(item, id=f"unlimited_{index}") for index, item in enumerate(items)]
    balance = combine([*others.breakdown, *parts], others.rollovers, feature_id="messages")
    tracked = track(balance, amount, overage_behavior=behavior, **given_)
    assert (tracked.tracked, tracked.limit) == (amount, None)
    assert tracked.untracked == 0
    assert tracked.controls == given_["controls"]
    assert tracked.balance.breakdown[: len(others.breakdown)] == others.breakdown
    assert tracked.balance.rollovers == others.rollovers
    paid = fraction(amount) * fraction(given_["credit_cost"])
    assert [fraction(line.amount) for line in tracked.deductions] == [paid] * bool(amount)
    assert fraction(tracked.balance.usage) - fraction(balance.usage) == paid
    assert [item.remaining for item in tracked.balance.breakdown] == [item.remaining for item in balance.breakdown]


@few
@given(balance=any_balance, amount=refunds, behavior=behaviors, given_=terms)
def test_a_refund_never_raises_never_refills_a_rollover_and_never_lowers_a_usage_limit(
    balance: Balance, amount: Decimal, behavior: OverageBehavior, given_: Terms
) -> None:
    tracked = track(balance, amount, overage_behavior=behavior, **given_)
    assert tracked.balance.rollovers == balance.rollovers
    assert (tracked.controls, tracked.limit) == (given_["controls"], None)
    assert amount <= tracked.untracked <= 0
    assert tracked.tracked <= 0
    takes_more = [item for item in tracked.balance.breakdown if item.remaining < item.granted or overage(item)]
    assert not (tracked.untracked and takes_more)


@fewer
@given(balance=any_balance, behavior=behaviors, given_=terms)
def test_an_amount_of_zero_always_succeeds(balance: Balance, behavior: OverageBehavior, given_: Terms) -> None:
    assert track(balance, 0, overage_behavior=behavior, **given_) == Tracked(
        balance=balance, tracked=0, controls=given_["controls"]
    )


@few
@given(balance=finite, amount=amounts, given_=dividing_terms)
def test_no_usage_limit_is_overrun_but_where_everything_is_counted(
    balance: Balance, amount: Decimal, given_: Terms
) -> None:
    before = given_["controls"].usage_limits if given_["controls"] else ()
    tracked = track(balance, amount, **given_)
    for was, limit in zip(before, tracked.controls.usage_limits if tracked.controls else (), strict=True):
        assert limit == was or (was.usage or 0) <= (limit.usage or 0) <= limit.limit
    overflowed = track(balance, amount, overage_behavior=OVERFLOW, **given_)
    assert overflowed.limit in {None, Limit.SPEND_LIMIT}
