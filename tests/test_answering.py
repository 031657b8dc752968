"""The answers that the API would give, made of an account."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from helpers import line

from balances import (
    Account,
    AccountTracked,
    Balance,
    Breakdown,
    CreditCost,
    Feature,
    Flag,
    Reset,
    Rollover,
    TrackDeduction,
    UnknownEvent,
    UnknownFeature,
    accounts,
    combine,
)
from balances.testing import item, rollover

MONTH = Reset(interval="month")
SCHEMA = [CreditCost(metered_feature_id="images", credit_cost=4)]
CATALOG = [
    Feature(id="images", name="Images", type="metered", consumable=True, event_names=["drawn"]),
    Feature(id="messages", name="Messages", type="metered", consumable=True, event_names=["drawn", "sent"]),
    Feature(id="credits", name="Credits", type="credit_system", consumable=True, credit_schema=SCHEMA),
    Feature(id="coins", name="Coins", type="credit_system", consumable=True, credit_schema=SCHEMA),
    Feature(id="sso", name="SSO", type="boolean", consumable=False),
]


def bought(name: str, amount: int, **kwargs: Any) -> Breakdown:
    return Breakdown(id=name, plan_id="pro", included_grant=amount, **kwargs)


def account(**items: list[Breakdown]) -> Account:
    balances = {name: combine(parts, feature_id=name) for name, parts in items.items()}
    return Account(features=CATALOG, balances=balances, flags={"sso": Flag(id="flag_1", feature_id="sso")})


def test_a_check_shows_the_balance_that_the_api_would_show() -> None:
    holder = account(images=[bought("a", 2)], credits=[bought("b", 100)])
    response = accounts.check_response(
        holder, "images", accounts.check(holder, "images", 5), customer_id="ada", entity_id="seat_1"
    )
    assert [response.allowed, response.customer_id, response.entity_id] == [True, "ada", "seat_1"]
    assert [response.balance, response.required_balance] == [holder.balances["credits"], Decimal(20)]
    assert dict(response.balances) == {**holder.balances, "coins": None}


def test_a_check_of_a_feature_in_one_credit_system_shows_both_in_units_of_the_one_that_allows_it() -> None:
    system = Feature(id="tokens", name="Tokens", type="credit_system", consumable=True, credit_schema=SCHEMA)
    holder = evolve(account(images=[bought("a", 2)]), features=[CATALOG[0], system])
    holder = accounts.put(holder, combine([bought("b", 100)], feature_id="tokens"))
    for needed, shown, required in ((2, "images", 2), (5, "tokens", 20)):
        response = accounts.check_response(
            holder, "images", accounts.check(holder, "images", needed), customer_id="ada"
        )
        assert [response.balance, response.required_balance] == [holder.balances[shown], required]
        assert response.balances == holder.balances


def test_a_check_of_a_feature_in_no_credit_system_has_one_balance() -> None:
    holder = account(messages=[bought("a", 10)])
    response = accounts.check_response(holder, "messages", accounts.check(holder, "messages", 50), customer_id="ada")
    assert [response.allowed, response.balance, response.balances] == [False, holder.balances["messages"], {}]
    assert response.required_balance == 50


def test_a_check_of_a_boolean_feature_shows_its_flag() -> None:
    holder = account()
    response = accounts.check_response(holder, "sso", accounts.check(holder, "sso"), customer_id="ada")
    assert [response.allowed, response.balance, response.flag] == [True, None, holder.flags["sso"]]


def test_a_check_of_what_is_not_held_shows_nothing() -> None:
    holder = account()
    response = accounts.check_response(holder, "messages", accounts.check(holder, "messages"), customer_id="ada")
    assert [response.allowed, response.balance, response.flag, response.balances] == [False, None, None, {}]


def test_a_track_shows_the_balance_that_moved_and_who_paid() -> None:
    items = [bought("a", 2, reset=MONTH), bought("b", 10)]
    tracked = accounts.track(account(messages=items), "messages", 5)
    response = accounts.track_response(tracked, "messages", customer_id="ada")
    assert [response.value, response.balance] == [5, tracked.account.balances["messages"]]
    assert [response.balances, response.event_name] == [{}, None]
    assert response.deductions == (
        TrackDeduction(balance_id="a", feature_id="messages", plan_id="pro", reset=MONTH, value=2),
        TrackDeduction(balance_id="b", feature_id="messages", plan_id="pro", value=3),
    )


def test_a_track_that_moves_several_balances_shows_none_alone() -> None:
    tracked = accounts.track(account(images=[bought("a", 2)], credits=[bought("b", 100)]), "images", 5)
    response = accounts.track_response(tracked, "images", customer_id="ada")
    assert response.balance is None
    assert dict(response.balances) == {**tracked.account.balances, "coins": None}
    assert {each.balance_id: each.value for each in response.deductions} == {"a": Decimal(2), "b": Decimal(12)}


def test_a_track_that_moves_nothing_shows_the_first_balance_that_is_held() -> None:
    tracked = accounts.track(account(credits=[bought("b", 0)]), "images", 5)
    response = accounts.track_response(tracked, "images", customer_id="ada")
    assert [response.value, response.balance] == [5, tracked.account.balances["credits"]]
    assert response.deductions == ()
    nobody = accounts.track_response(accounts.track(account(), "messages"), "messages", customer_id="ada")
    assert [nobody.value, nobody.balance, nobody.balances] == [1, None, {}]


def test_an_item_that_pays_twice_is_one_deduction() -> None:
    own = [bought("a", 2, price=item(1).price)]
    tracked = accounts.track(account(messages=own), "messages", 5, overage_behavior="overflow")
    [deduction] = accounts.track_response(tracked, "messages", customer_id="ada").deductions
    assert [deduction.balance_id, deduction.value] == ["a", 5]


def with_rollover(*items: Breakdown) -> Account:
    return Account(balances={"messages": combine(items, [rollover(3)], feature_id="messages")})


def test_a_rollover_belongs_to_the_only_item_and_to_none_of_several() -> None:
    tracked = accounts.track(with_rollover(bought("a", 10)), "messages", 5)
    [deduction] = accounts.track_response(tracked, "messages", customer_id="ada").deductions
    assert [deduction.balance_id, deduction.value] == ["a", 5]
    tracked = accounts.track(with_rollover(bought("a", 10), bought("b", 10)), "messages", 5)
    assert accounts.track_response(tracked, "messages", customer_id="ada").deductions == ()


@pytest.mark.parametrize("carried", [(), (rollover(3),)])
def test_a_balance_without_a_breakdown_has_no_item_to_name(carried: tuple[Rollover, ...]) -> None:
    whole = Balance(feature_id="messages", granted=10, remaining=10, usage=0, rollovers=carried)
    tracked = accounts.track(Account(balances={"messages": whole}), "messages", 2)
    response = accounts.track_response(tracked, "messages", customer_id="ada")
    assert [response.balance, response.deductions] == [tracked.account.balances["messages"], ()]


def test_a_receipt_of_an_item_that_is_gone_names_no_item() -> None:
    holder = account(messages=[bought("a", 10)])
    tracked = AccountTracked(account=holder, deductions=[line(5, index=2, feature_id="messages")], tracked=5)
    assert accounts.track_response(tracked, "messages", customer_id="ada").deductions == ()


def test_a_receipt_of_a_balance_that_is_gone_names_no_item() -> None:
    held = accounts.hold(account(messages=[bought("a", 10)]), "messages", 5, id="h1")
    confirmed = accounts.confirm(account(), held.hold)
    response = accounts.track_response(confirmed, "messages", customer_id="ada")
    assert [response.value, response.balance, response.deductions] == [5, None, ()]


@pytest.mark.parametrize(
    ("items", "named"),
    [
        ([bought("b", 10), bought("c", 10)], ["b"]),
        ([bought("c", 10), bought("d", 10)], []),
        ([bought("c", 10)], []),
    ],
)
def test_a_receipt_names_an_item_by_its_id_wherever_it_stands_by_then(items: list[Breakdown], named: list[str]) -> None:
    used_up = bought("a", 10, remaining=0)
    held = accounts.hold(account(messages=[used_up, bought("b", 10)]), "messages", 5, id="h1")
    confirmed = accounts.confirm(account(messages=items), held.hold)
    response = accounts.track_response(confirmed, "messages", customer_id="ada")
    assert [each.balance_id for each in response.deductions] == named


def test_an_event_is_answered_for_all_its_features() -> None:
    holder = account(images=[bought("a", 10)], messages=[bought("b", 10)])
    recorded = accounts.record(holder, "drawn", 5)
    response = accounts.record_response(recorded, "drawn", customer_id="ada", entity_id="seat_1")
    assert [response.event_name, response.value, response.balance] == ["drawn", 5, None]
    assert list(response.balances) == ["images", "credits", "coins", "messages"]
    assert [each.value for each in response.deductions] == [5, 5]


def test_what_was_tracked_must_be_known() -> None:
    tracked = accounts.track(account(messages=[bought("a", 10)]), "messages")
    with pytest.raises(UnknownFeature):
        accounts.track_response(tracked, "massages", customer_id="ada")
    with pytest.raises(UnknownEvent):
        accounts.record_response(tracked, "seen", customer_id="ada")


def test_results_of_another_kind_are_refused() -> None:
    wrong: Any = account()
    with pytest.raises(TypeError, match=r"^ruling: expected a Ruling, got "):
        accounts.check_response(account(), "messages", wrong, customer_id="ada")
    with pytest.raises(TypeError, match=r"^tracked: expected an AccountTracked, got "):
        accounts.track_response(wrong, "messages", customer_id="ada")
