"""Law: when an item comes or goes, a balance moves by exactly that item, and by nothing else."""

from decimal import Decimal
from fractions import Fraction
from functools import reduce

from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies_of_balances import EXACT
from strategies_of_items import (
    any_balance,
    any_items,
    broken_down,
    contradictory,
    difference,
    finite_items,
    lawful_balances,
    lawful_named,
    numbers,
    only_stated,
    recombined,
    without_doubles,
)
from strategies_of_usage import few, fraction, several_rollovers

from balances import Balance, Breakdown, Rollover, audit, combine, replace_item, with_item, without_item


def fitting(balance: Balance, item: Breakdown) -> Breakdown:
    """Return an item whose id no item of a balance has; it has one."""
    return evolve(item, id="new") if item.id in {"", *(part.id for part in balance.breakdown)} else item


def left_alone(balance: Balance) -> Balance:
    """Return a balance without everything that an item moves."""
    return evolve(
        balance,
        granted=0,
        remaining=0,
        usage=0,
        unlimited=False,
        overage_allowed=False,
        max_purchase=None,
        next_reset_at=None,
        breakdown=(),
    )


@few
@given(balance=any_balance, item=any_items)
def test_the_totals_move_by_exactly_what_the_items_move_them(balance: Balance, item: Breakdown) -> None:
    item = fitting(balance, item)
    after = with_item(balance, item)
    *before, last = after.breakdown
    was = recombined(evolve(balance, breakdown=before))
    assert last == item
    assert difference(after, balance) == difference(recombined(after), was)
    assert left_alone(after) == left_alone(balance)
    assert tuple(before) == balance.breakdown or not balance.breakdown


@few
@given(balance=broken_down(finite_items), item=finite_items)
def test_a_finite_item_brings_its_own_numbers(balance: Balance, item: Breakdown) -> None:
    item = fitting(balance, item)
    assert difference(with_item(balance, item), balance) == numbers(item)


@few
@given(balance=only_stated, item=any_items)
def test_without_a_breakdown_the_stated_totals_become_an_item(balance: Balance, item: Breakdown) -> None:
    after = with_item(balance, item)
    first, last = after.breakdown[:-1], after.breakdown[-1]
    assert [(part.id, part.reset, part.plan_id) for part in first] in ([], [("", None, None)])
    assert last == item
    assert evolve(recombined(evolve(balance, breakdown=first)), breakdown=()) == evolve(balance, next_reset_at=None)
    # Where something is stated, it is an item: none is made of nothing only.
    assert first or numbers(balance) == numbers(recombined(balance))


@few
@given(balance=any_balance, item=any_items)
def test_what_came_and_went_leaves_the_numbers_as_they_were(balance: Balance, item: Breakdown) -> None:
    item = fitting(balance, item)
    after = without_item(with_item(balance, item), item.id)
    assert numbers(after) == numbers(balance)
    assert after.breakdown == balance.breakdown or not balance.breakdown


@few
@given(balance=broken_down(), item=any_items)
def test_without_item_undoes_with_item_where_the_flags_say_what_the_items_say(
    balance: Balance, item: Breakdown
) -> None:
    item = fitting(balance, item)
    assert without_item(with_item(balance, item), item.id) == balance


@few
@given(balance=broken_down(doubles=False), item=any_items, data=st.data())
def test_replacing_an_item_there_and_back_is_nothing(balance: Balance, item: Breakdown, data: st.DataObject) -> None:
    named = [part for part in balance.breakdown if part.id]
    assume(named)
    old, new = data.draw(st.sampled_from(named)), fitting(balance, item)
    after = replace_item(balance, old.id, new)
    assert replace_item(after, new.id, old) == balance
    assert difference(after, balance) == difference(recombined(after), recombined(balance))
    places = [balance.breakdown.index(old), after.breakdown.index(new)]
    assert places[0] == places[1]


@few
@given(items=st.lists(any_items, max_size=4).map(without_doubles), carried=several_rollovers)
def test_one_item_after_the_other_is_what_they_combine_to(items: list[Breakdown], carried: list[Rollover]) -> None:
    whole = combine(items, carried, feature_id="messages")
    empty = combine((), whole.rollovers, feature_id="messages")
    assert reduce(with_item, items, empty) == whole


@few
@given(items=st.lists(any_items, min_size=1, max_size=4).map(without_doubles), data=st.data())
def test_what_is_left_when_an_item_goes_is_what_the_others_combine_to(
    items: list[Breakdown], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(items) - 1))
    items[place] = evolve(items[place], id="going")
    others = [*items[:place], *items[place + 1 :]]
    after = without_item(combine(items, feature_id="messages"), "going")
    assert after == combine(others, feature_id="messages")


@few
@given(balance=lawful_balances, item=lawful_named)
def test_audit_finds_nothing_new_but_a_stated_reset(balance: Balance, item: Breakdown) -> None:
    after = with_item(balance, fitting(balance, item))
    found = {finding.path for finding in audit(after, tolerance=0)}
    stated = balance.next_reset_at if not balance.breakdown else None
    assert audit(balance, tolerance=0) == ()
    assert found <= ({"$.next_reset_at"} if stated else {""})


@few
@given(balance=contradictory(broken_down()), item=any_items)
def test_a_flag_that_said_something_else_stays_as_stated(balance: Balance, item: Breakdown) -> None:
    after = with_item(balance, fitting(balance, item))
    was, now = recombined(balance), recombined(after)
    for name in ("unlimited", "overage_allowed", "max_purchase", "next_reset_at"):
        stated = getattr(balance, name)
        expected = getattr(now, name) if stated == getattr(was, name) else stated
        assert getattr(after, name) == expected


@few
@given(balance=lawful_balances, more=st.integers(1, 100).map(Decimal))
def test_what_is_beyond_the_parts_outlives_them(balance: Balance, more: Decimal) -> None:
    item = Breakdown(id="new", included_grant=5, remaining=5, usage=0)
    whole = combine([item], balance.rollovers, feature_id="messages")
    beyond = evolve(whole, granted=EXACT.add(whole.granted, more))
    after = without_item(beyond, "new")
    assert after.breakdown == ()
    assert difference(after, recombined(after)) == (fraction(more), Fraction(), Fraction())
