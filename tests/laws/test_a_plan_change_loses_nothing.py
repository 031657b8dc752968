"""Law: when a plan changes, every unit that was there is kept, or has lapsed by name; no usage is lost or invented."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_items import (
    any_items,
    contradictory,
    difference,
    named_items,
    prepaid_items,
    recombined,
    without_doubles,
)
from strategies_of_usage import few, fraction, lawful_items, several_rollovers, unlimited_items

from balances import Balance, Breakdown, PlanChange, audit, change_plan, combine, deduction_order
from balances.testing import assert_conserved

LATER = datetime(2027, 2, 1, tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)
Terms = dict[str, Any]

terms = st.fixed_dictionaries(
    {
        "carry_usage": st.booleans(),
        "carry_balance": st.booleans(),
        "expires_at": st.sampled_from([None, LATER]),
    }
)
lawful_ones = named_items(st.one_of(lawful_items, lawful_items, prepaid_items))


@st.composite
def changes(draw: st.DrawFn, items: st.SearchStrategy[Breakdown]) -> tuple[Balance, list[Breakdown]]:
    """Draw a balance with an item of the old plan, and fresh items; no two have the same id."""
    old = evolve(draw(items), plan_id="old")
    before = without_doubles([old, *draw(st.lists(items, max_size=3))])
    fresh = [evolve(item, id=item.id and f"new_{item.id}", plan_id="new") for item in draw(st.lists(items, max_size=3))]
    balance = combine(draw(st.permutations(before)), draw(several_rollovers), feature_id="messages")
    return balance, without_doubles(fresh)


any_change = changes(st.one_of(any_items, named_items(prepaid_items), named_items(unlimited_items)))
lawful_change = changes(lawful_ones)


def changed(balance: Balance, fresh: list[Breakdown], terms: Terms) -> PlanChange:
    return change_plan(balance, fresh, old_plan_id="old", **terms)


def split(balance: Balance, change: PlanChange, fresh: list[Breakdown]) -> tuple[list[Breakdown], ...]:
    """Return what stayed, what was kept, and what came, as they are after a change."""
    others = [item for item in balance.breakdown if item.plan_id != "old"]
    after = list(change.balance.breakdown)
    return after[: len(others)], after[len(others) : len(after) - len(fresh)], after[len(after) - len(fresh) :]


def left(items: Iterable[Breakdown]) -> Fraction:
    return sum((max(Fraction(), fraction(item.remaining)) for item in items if not item.unlimited), Fraction())


def used(items: Iterable[Breakdown]) -> Fraction:
    return sum((fraction(item.usage) for item in items), Fraction())


def is_bought_for_good(item: Breakdown) -> bool:
    is_prepaid = item.price is not None and item.price.billing_method == "prepaid"
    return is_prepaid and not (item.reset and item.reset.interval != "one_off")


@few
@given(change=any_change, terms=terms)
def test_every_unit_that_was_left_is_kept_or_has_lapsed(change: tuple[Balance, list[Breakdown]], terms: Terms) -> None:
    balance, fresh = change
    result = changed(balance, fresh, terms)
    stayed, kept, _ = split(balance, result, fresh)
    assert list(result.closed) == [item for item in balance.breakdown if item.plan_id == "old"]
    assert stayed == [item for item in balance.breakdown if item.plan_id != "old"]
    assert left(result.closed) == left(kept) + fraction(result.lapsed)
    assert result.balance.rollovers == balance.rollovers
    assert difference(result.balance, balance) == difference(recombined(result.balance), recombined(balance))


@few
@given(change=any_change, terms=terms)
def test_what_is_kept_is_full_free_and_never_outlives_the_item_it_was(
    change: tuple[Balance, list[Breakdown]], terms: Terms
) -> None:
    balance, fresh = change
    result = changed(balance, fresh, terms)
    old = list(result.closed)
    for item in split(balance, result, fresh)[1]:
        was = next(one for one in old if (one.id, one.remaining) == (item.id, item.remaining))
        old.remove(was)
        assert item.included_grant == item.remaining > 0
        assert (
            evolve(
                item,
                plan_id="old",
                included_grant=was.included_grant,
                prepaid_grant=was.prepaid_grant,
                usage=was.usage,
                reset=was.reset,
                price=was.price,
                expires_at=was.expires_at,
            )
            == was
        )
        assert (item.prepaid_grant, item.usage) == (Decimal(0), Decimal(0))
        assert (item.reset, item.price, item.plan_id) == (None, None, None)
        assert (item.expires_at or NEVER) <= (was.expires_at or NEVER)


def expected_of(fresh: list[Breakdown], usage: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Return what each fresh item has remaining and has used, having taken a usage: step by step, in fractions."""
    places = [fresh.index(item) for item in deduction_order(fresh)]
    states = [[fraction(item.remaining), fraction(item.usage)] for item in fresh]
    for place in places:
        if fresh[place].unlimited:
            states[place][1] += usage
            return [(remaining, used) for remaining, used in states]
        taken = min(usage, max(Fraction(), states[place][0]))
        states[place] = [states[place][0] - taken, states[place][1] + taken]
        usage -= taken
    prices = [(place, fresh[place].price) for place in places]
    sellers = [place for place, price in prices if price and price.billing_method == "usage_based"]
    for place in [*sellers, *places][:1]:
        states[place][1] += usage
    return [(remaining, used) for remaining, used in states]


@few
@given(change=any_change, terms=terms)
def test_the_fresh_items_take_the_usage_step_by_step(change: tuple[Balance, list[Breakdown]], terms: Terms) -> None:
    balance, fresh = change
    fresh = [evolve(item, id=f"new_{place}") for place, item in enumerate(fresh)]
    result = changed(balance, fresh, terms)
    carriers = [item for item in result.closed if not item.unlimited and not is_bought_for_good(item)]
    carried = max(Fraction(), used(carriers)) if terms["carry_usage"] else Fraction()
    after = split(balance, result, fresh)[2]
    assert [(fraction(item.remaining), fraction(item.usage)) for item in after] == expected_of(fresh, carried)
    assert used(after) - used(fresh) == (carried if fresh else 0)
    assert [evolve(item, remaining=0, usage=0) for item in after] == [
        evolve(item, remaining=0, usage=0) for item in fresh
    ]


@few
@given(change=lawful_change, terms=terms)
def test_a_lawful_balance_stays_lawful(change: tuple[Balance, list[Breakdown]], terms: Terms) -> None:
    balance, fresh = change
    result = changed(balance, fresh, terms)
    assert_conserved(result.balance)
    assert audit(result.balance, tolerance=0) == ()
    assert recombined(result.balance) == result.balance


@few
@given(change=any_change, terms=terms, data=st.data())
def test_a_stated_flag_that_differs_stays(
    change: tuple[Balance, list[Breakdown]], terms: Terms, data: st.DataObject
) -> None:
    balance, fresh = change
    strange = data.draw(contradictory(st.just(balance)))
    after = changed(strange, fresh, terms).balance
    assert difference(after, strange) == difference(changed(balance, fresh, terms).balance, balance)
    was, now = recombined(balance), recombined(after)
    for name in ("unlimited", "overage_allowed", "max_purchase", "next_reset_at"):
        stated = getattr(strange, name)
        assert getattr(after, name) == (getattr(now, name) if stated == getattr(was, name) else stated)
