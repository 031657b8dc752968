"""Law: what is bought is there, pays what is owed, and changes nothing that was used."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies_of_balances import EXACT
from strategies_of_items import (
    any_breakdown,
    contradictory,
    difference,
    named_items,
    prepaid_prices,
    recombined,
    without_doubles,
)
from strategies_of_usage import amounts, few, fraction, lawful_items, several_rollovers, used_items

from balances import (
    AutoTopup,
    Balance,
    Breakdown,
    PurchaseLimit,
    audit,
    combine,
    deduction_order,
    overage,
    set_quantity,
    top_up,
    topup_due,
)
from balances.testing import assert_conserved

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
bought = amounts.filter(bool)
packs = st.integers(0, 30).map(Decimal) | amounts


def for_sale(items: st.SearchStrategy[Breakdown]) -> st.SearchStrategy[Balance]:
    """Draw a balance with an item of the id "packs", of which packs are bought."""
    return _for_sale(items, st.lists(named_items(items), max_size=3))


@st.composite
def _for_sale(
    draw: st.DrawFn, items: st.SearchStrategy[Breakdown], others: st.SearchStrategy[list[Breakdown]]
) -> Balance:
    sold = evolve(draw(items), id="packs", price=draw(prepaid_prices))
    parts = without_doubles([sold, *draw(others)])
    return combine(draw(st.permutations(parts)), draw(several_rollovers), feature_id="messages")


lawful = for_sale(lawful_items)
contradictions = contradictory(any_breakdown)


@st.composite
def strange(draw: st.DrawFn) -> Balance:
    """Draw a balance of any items, and of one that is for sale; its totals and flags may say what they like."""
    balance, price = draw(contradictions), draw(prepaid_prices)
    first = evolve(balance.breakdown[0], id="packs", price=price, unlimited=False)
    return evolve(balance, breakdown=(first, *balance.breakdown[1:]))


def packs_of(balance: Balance) -> Breakdown:
    return next(item for item in balance.breakdown if item.id == "packs")


def net(item: Breakdown) -> Fraction:
    """Return what remains of an item, less what it owes."""
    return fraction(item.remaining) - fraction(overage(item))


# A second way: fractions for decimals, one step of the rule after the other.


def expected_after(balance: Balance, quantity: Decimal) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Return what each item grants, has remaining and has used, after a top-up."""
    place = balance.breakdown.index(packs_of(balance))
    granted = [fraction(item.granted) for item in balance.breakdown]
    remaining = [fraction(item.remaining) for item in balance.breakdown]
    usage = [fraction(item.usage) for item in balance.breakdown]
    ranks = [balance.breakdown.index(item) for item in deduction_order(balance.breakdown)]
    left = fraction(quantity)
    for index in [place, *(rank for rank in ranks if rank != place)]:
        owed = usage[index] + max(Fraction(), remaining[index]) - granted[index]
        paid = Fraction() if balance.breakdown[index].unlimited else min(left, max(Fraction(), owed))
        usage[index] -= paid
        usage[place] += paid
        left -= paid
    granted[place] += fraction(quantity)
    remaining[place] += left
    return list(zip(granted, remaining, usage, strict=True))


def items_distinct(balance: Balance) -> bool:
    return len(set(balance.breakdown)) == len(balance.breakdown)


@few
@given(balance=strange(), quantity=bought)
def test_every_item_ends_where_the_rule_leads_step_by_step(balance: Balance, quantity: Decimal) -> None:
    assume(items_distinct(balance))
    after = top_up(balance, "packs", quantity)
    found = [(fraction(item.granted), fraction(item.remaining), fraction(item.usage)) for item in after.breakdown]
    assert found == expected_after(balance, quantity)
    assert difference(after, balance) == difference(recombined(after), recombined(balance))


@few
@given(balance=strange(), quantity=bought)
def test_a_top_up_changes_nothing_but_numbers(balance: Balance, quantity: Decimal) -> None:
    after = top_up(balance, "packs", quantity)
    blank: dict[str, Any] = {"granted": 0, "remaining": 0, "usage": 0, "breakdown": ()}
    assert evolve(after, **blank) == evolve(balance, **blank)
    for was, item in zip(balance.breakdown, after.breakdown, strict=True):
        assert evolve(item, prepaid_grant=was.prepaid_grant, remaining=was.remaining, usage=was.usage) == was
        assert item.id == "packs" or (item.prepaid_grant, item.remaining) == (was.prepaid_grant, was.remaining)


@few
@given(balance=lawful, quantity=bought)
def test_no_unit_that_is_bought_disappears(balance: Balance, quantity: Decimal) -> None:
    after = top_up(balance, "packs", quantity)
    assert sum(map(net, after.breakdown)) - sum(map(net, balance.breakdown)) == fraction(quantity)
    owed = fraction(overage(balance))
    assert fraction(overage(after)) == max(Fraction(), owed - fraction(quantity))
    assert after.usage == balance.usage
    assert_conserved(after)
    assert audit(after, tolerance=0) == ()


@few
@given(balance=strange(), quantity=bought, more=bought)
def test_two_top_ups_are_one(balance: Balance, quantity: Decimal, more: Decimal) -> None:
    twice = top_up(top_up(balance, "packs", quantity), "packs", more)
    assert twice == top_up(balance, "packs", EXACT.add(quantity, more))


@few
@given(balance=strange(), wanted=packs, current=packs)
def test_a_quantity_moves_the_grant_and_never_the_usage(balance: Balance, wanted: Decimal, current: Decimal) -> None:
    after, was = set_quantity(balance, "packs", wanted, current=current), packs_of(balance)
    item, price = packs_of(after), was.price
    assert price is not None
    moved = (fraction(wanted) - fraction(current)) * fraction(price.billing_units)
    assert fraction(item.granted) - fraction(was.granted) == moved
    assert evolve(item, prepaid_grant=was.prepaid_grant, remaining=was.remaining) == was
    assert not moved or item.remaining >= 0
    assert [part for part in after.breakdown if part.id != "packs"] == [
        part for part in balance.breakdown if part.id != "packs"
    ]
    assert difference(after, balance) == difference(recombined(after), recombined(balance))


@few
@given(balance=lawful, wanted=packs, current=packs)
def test_no_unit_disappears_when_a_quantity_changes(balance: Balance, wanted: Decimal, current: Decimal) -> None:
    after, was = set_quantity(balance, "packs", wanted, current=current), packs_of(balance)
    moved = fraction(packs_of(after).granted) - fraction(was.granted)
    assert net(packs_of(after)) - net(was) == moved
    assert_conserved(after)
    assert audit(after, tolerance=0) == ()


@few
@given(balance=for_sale(used_items), current=packs, between=packs, wanted=packs)
def test_a_quantity_does_not_remember_the_way(
    balance: Balance, current: Decimal, between: Decimal, wanted: Decimal
) -> None:
    there = set_quantity(balance, "packs", between, current=current)
    on = set_quantity(there, "packs", wanted, current=between)
    assert on == set_quantity(balance, "packs", wanted, current=current)


purchase_limits = st.builds(
    PurchaseLimit,
    interval=st.sampled_from([None, "one_off", "hour", "day", "week", "month"]),
    interval_count=st.sampled_from([None, 1, 2]),
    limit=st.none() | st.integers(0, 3),
    count=st.none() | st.integers(0, 4),
    next_reset_at=st.sampled_from([None, NOW - timedelta(days=1), NOW, NOW + timedelta(microseconds=1)]),
)


class Buying(NamedTuple):
    """What is asked of `topup_due`."""

    balance: Balance
    topup: AutoTopup


several_purchase_limits = st.none() | purchase_limits
thresholds = st.none() | amounts
quantities = amounts.map(lambda amount: amount if amount >= 1 else EXACT.add(amount, Decimal(1)))
mostly = st.sampled_from([True, True, True, False])


@st.composite
def buyings(draw: st.DrawFn, balances: st.SearchStrategy[Balance]) -> Buying:
    """Draw a balance and a top-up, whose threshold often is just what is there."""
    balance = draw(balances)
    near = recombined(balance)
    another = draw(thresholds)
    topup = AutoTopup(
        feature_id="messages",
        enabled=draw(mostly),
        threshold=EXACT.subtract(near.granted, near.usage) if another is None else another,
        quantity=draw(quantities),
        purchase_limit=draw(several_purchase_limits),
    )
    return Buying(balance, topup)


@few
@given(buying=buyings(strange() | lawful))
def test_a_top_up_is_due_where_the_rule_says_so(buying: Buying) -> None:
    balance, topup = buying
    due = topup_due(balance, topup, item_id="packs", at=NOW)
    whole = recombined(balance)
    is_unlimited = balance.unlimited or whole.unlimited
    is_low = fraction(whole.granted) - fraction(whole.usage) <= fraction(topup.threshold)
    limit = topup.purchase_limit or PurchaseLimit()
    has_ended = limit.next_reset_at is not None and limit.next_reset_at <= NOW
    count = 0 if has_ended else limit.count or 0
    has_room = limit.limit is None or count < limit.limit
    assert (due is not None) == (topup.enabled and not is_unlimited and is_low and has_room)


@few
@given(buying=buyings(lawful))
def test_what_is_due_is_whole_packs_and_at_least_the_quantity(buying: Buying) -> None:
    balance, topup = buying
    always = evolve(topup, enabled=True, threshold=10**30, purchase_limit=None)
    due, price = topup_due(balance, always, item_id="packs", at=NOW), packs_of(balance).price
    assert due is not None
    assert price is not None
    bought_packs = fraction(due.quantity) / fraction(price.billing_units)
    assert bought_packs.denominator == 1
    assert due.quantity >= topup.quantity > EXACT.subtract(due.quantity, price.billing_units)


@few
@given(balance=lawful, limit=purchase_limits, moments=st.lists(st.integers(0, 100), max_size=8).map(sorted))
def test_a_purchase_limit_is_kept_whenever_it_is_asked(
    balance: Balance, limit: PurchaseLimit, moments: Sequence[int]
) -> None:
    topup = AutoTopup(feature_id="messages", enabled=True, threshold=10**30, quantity=1, purchase_limit=limit)
    done: list[PurchaseLimit] = []
    for hours in moments:
        due = topup_due(balance, topup, item_id="packs", at=NOW + timedelta(hours=hours))
        if due and due.purchase_limit:
            done.append(due.purchase_limit)
            topup = evolve(topup, purchase_limit=due.purchase_limit)
    windows = {each.next_reset_at for each in done}
    for end in windows:
        counts = [each.count or 0 for each in done if each.next_reset_at == end]
        assert counts == list(range(int(counts[0]), int(counts[0]) + len(counts)))
        assert limit.limit is None or counts[-1] <= limit.limit
