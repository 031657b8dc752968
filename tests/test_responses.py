"""Whole responses: what stands in attributes, what is kept beside, and the accounts and balances made of them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from payloads import SPRING, full, read, same, written
from wire_classes import each_case

from balances import (
    Account,
    Balance,
    BalancePage,
    BalanceRow,
    BillingControls,
    Breakdown,
    CheckResponse,
    Customer,
    CustomerPage,
    Entity,
    Feature,
    Flag,
    InvalidMapping,
    LimitReached,
    MisplacedBalance,
    Reset,
    Rollover,
    RowStatus,
    TrackResponse,
    UnknownWord,
    UsageAlertTriggered,
    Webhook,
    accounts,
    balances_of,
    wire,
)
from balances.wire.dialects import Case

MESSAGES = Balance(feature_id="messages", granted=100, remaining=72, usage=28)
SSO = Feature(id="sso", name="SSO", type="boolean", consumable=False)
NOTHING: dict[str, Any] = {"included_grant": 0, "remaining": 0, "usage": 0}


def zero(**changes: Any) -> Balance:
    """Return the balance that older versions of the API send for a flag."""
    item = Breakdown(id="flag_1", plan_id="pro", **NOTHING)
    return evolve(Balance(feature_id="sso", granted=0, remaining=0, usage=0, breakdown=[item]), **changes)


def test_a_customer_gives_an_account() -> None:
    controls = BillingControls()
    flag = Flag(id="flag_1", feature_id="sso")
    customer = Customer(id="ada", balances={"messages": MESSAGES}, flags={"sso": flag}, billing_controls=controls)
    account = customer.account([SSO])
    expected = Account(features=[SSO], balances={"messages": MESSAGES}, flags={"sso": flag}, controls=controls)
    assert account == expected
    assert accounts.check(account, "sso").flag == flag


def test_an_entity_gives_an_account() -> None:
    entity = Entity(id="seat_1", customer_id="ada", balances={"messages": MESSAGES})
    assert entity.account() == Account(balances={"messages": MESSAGES})


def test_a_balance_of_zeros_is_a_flag_where_the_catalog_says_boolean() -> None:
    customer = Customer(balances={"sso": zero(), "messages": MESSAGES})
    account = customer.account([SSO])
    assert account.flags == {"sso": Flag(id="flag_1", feature_id="sso", plan_id="pro")}
    assert list(account.balances) == ["messages"]
    assert customer.account().balances["sso"] == zero()


RESET = Reset(interval="month")


@pytest.mark.parametrize(
    "balance",
    [
        zero(usage=1),
        zero(unlimited=True),
        zero(overage_allowed=True),
        zero(rollovers=[Rollover(balance=0)]),
        zero(breakdown=[]),
        zero(breakdown=[Breakdown(**NOTHING), Breakdown(**NOTHING)]),
        zero(breakdown=[Breakdown(included_grant=1, remaining=0)]),
        zero(breakdown=[Breakdown(**NOTHING, reset=RESET)]),
        zero(breakdown=[Breakdown(**NOTHING, unlimited=True)]),
    ],
)
def test_any_other_balance_stays_one(balance: Balance) -> None:
    assert Customer(balances={"sso": balance}).account([SSO]).balances["sso"] == balance


def test_a_flag_of_its_own_wins_over_a_balance_of_zeros() -> None:
    flag = Flag(id="flag_2", feature_id="sso")
    assert Customer(balances={"sso": zero()}, flags={"sso": flag}).account([SSO]).flags == {"sso": flag}


def test_a_balance_at_another_feature_is_read_and_refused_by_the_account() -> None:
    document = {**full(Customer), "balances": {"images": full(Balance)}}
    customer = read(document, Customer, "snake")
    assert customer.balances["images"].feature_id == "credits"
    with pytest.raises(MisplacedBalance):
        customer.account()


@each_case
def test_unknown_keys_are_kept_and_written_back(case: Case) -> None:
    unknown = {"someNews": {"a_b": 1, "cD": [None]}, "other_news": True, "other": {"other": 1}}
    document = {**full(Customer, case), **unknown}
    customer = read(document, Customer, case)
    assert written(customer, case) == document
    assert customer.other["someNews"] == {"a_b": 1, "cD": (None,)}


def test_the_rest_is_kept_under_snake_case_names() -> None:
    customer = read(full(Customer, "camel"), Customer, "camel")
    assert customer.other["send_email_receipts"] is True
    assert customer.other["subscriptions"][0]["current_period_end"] == SPRING


def test_an_unknown_key_that_looks_like_one_of_the_other_format_is_not_lost() -> None:
    document = {**full(Customer), "billingControls": 5}
    customer = read(document, Customer, "snake")
    assert written(customer, "camel")["billing_controls"] == 5
    assert read(written(customer, "camel"), Customer, "camel") == customer


def test_what_has_an_attribute_cannot_stand_beside_it() -> None:
    with pytest.raises(InvalidMapping, match=r"^other: expected no key that is an attribute, got 'flags'$"):
        Customer(other={"flags": {}})


def test_strict_reading_names_unknown_keys_everywhere() -> None:
    document: Any = {**full(Customer), "tomorrow": 1}
    document["balances"]["credits"]["breakdown"][0]["tomorrow"] = 1
    document["flags"]["sso"]["tomorrow"] = 1
    document["billing_controls"]["spend_limits"][0]["tomorrow"] = 1
    with pytest.raises(wire.WireError) as caught:
        wire.make_converter("snake", strict=True).structure(document, Customer)
    assert {problem.path for problem in caught.value.problems} == {
        "$.tomorrow",
        "$.balances.credits.breakdown[0].tomorrow",
        "$.flags.sso.tomorrow",
        "$.billing_controls.spend_limits[0].tomorrow",
    }


def test_a_queued_track_has_no_balance() -> None:
    response = read({"customer_id": "ada", "value": 5, "balance": None}, TrackResponse, "snake")
    assert (response.value, response.balance, response.balances, response.deductions) == (5, None, {}, ())
    assert written(response, "snake") == {"customer_id": "ada", "value": 5, "balance": None}


def test_a_response_that_refuses_is_not_falsy() -> None:
    assert bool(CheckResponse(allowed=False, customer_id="ada"))


@each_case
def test_a_null_may_stand_for_a_balance_that_is_not_held(case: Case) -> None:
    response = read(full(CheckResponse, case), CheckResponse, case)
    assert response.balances["images"] is None
    assert response.balances["credits"] == response.balance


def row(**changes: Any) -> BalanceRow:
    made = BalanceRow(
        feature_id="messages",
        customer_id="ada",
        included_grant=100,
        remaining=72,
        usage=28,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return evolve(made, **changes)


def test_rows_make_balances() -> None:
    rows = [
        row(id="a", rollovers=[Rollover(balance=10, granted=40)]),
        row(id="b", customer_id="bob"),
        row(id="c", rollovers=[Rollover(balance=1)]),
        row(id="d", entity_id="seat_1"),
        row(id="e", feature_id="images"),
        row(id="f", status="expired"),
        row(id="g", status=UnknownWord("paused"), customer_id="bob"),
    ]
    balances = balances_of(rows)
    assert [(*holder, [item.id for item in balance.breakdown]) for holder, balance in balances.items()] == [
        ("ada", None, "messages", ["a", "c"]),
        ("bob", None, "messages", ["b", "g"]),
        ("ada", "seat_1", "messages", ["d"]),
        ("ada", None, "images", ["e"]),
    ]
    own = balances["ada", None, "messages"]
    assert own.rollovers == (Rollover(balance=10, granted=40), Rollover(balance=1))
    assert (own.granted, own.remaining, own.usage) == (Decimal(241), Decimal(155), Decimal(86))


def test_no_rows_make_no_balances() -> None:
    assert balances_of([]) == {}


def test_the_item_of_a_row_has_all_that_the_row_says_of_it() -> None:
    document = full(BalanceRow)
    item = read(document, BalanceRow, "snake").item
    assert same(item, read({key: document[key] for key in full(Breakdown)}, Breakdown, "snake"))
    assert read(document, BalanceRow, "snake").status is RowStatus.ACTIVE


def test_a_page_has_its_cursor() -> None:
    assert read(full(CustomerPage), CustomerPage, "snake").next_cursor is None
    assert BalancePage(list=[], other={"next_cursor": "c2"}).next_cursor == "c2"


@each_case
def test_a_page_of_older_sdks_is_written_back_without_a_cursor(case: Case) -> None:
    document: dict[str, Any] = {"list": [], "has_more": False, "offset": 0, "limit": 10, "total": 0}
    document = document if case == "snake" else {**document, "hasMore": document.pop("has_more")}
    assert written(read(document, CustomerPage, case), case) == document


def test_a_webhook_has_data_of_its_type() -> None:
    reached = LimitReached(customer_id="ada", feature_id="messages", limit_type="included")
    assert Webhook(type="balances.limit_reached", data=reached).data == reached
    with pytest.raises(TypeError, match=r"^data: expected a UsageAlertTriggered, got an object of type LimitReached"):
        Webhook(type="balances.usage_alert_triggered", data=reached)
    with pytest.raises(TypeError, match=r"^data: expected a Mapping, got an object of type LimitReached for 'new'$"):
        Webhook(type="new", data=reached)


@each_case
def test_a_webhook_of_an_unknown_type_is_kept_as_it_is(case: Case) -> None:
    document = {"type": "balances.renamed", "data": {"customer_id": "ada", "newName": {"a_b": [1.5, None]}}, "id": "1"}
    webhook = read(document, Webhook, case)
    assert webhook.data == {"customer_id": "ada", "newName": {"a_b": (Decimal("1.5"), None)}}
    assert written(webhook, case) == document


@each_case
@pytest.mark.parametrize(
    ("name", "cls"), [("balances.limit_reached", LimitReached), ("balances.usage_alert_triggered", UsageAlertTriggered)]
)
def test_the_type_of_a_webhook_says_how_its_data_is_read(name: str, cls: type[Any], case: Case) -> None:
    webhook = read({"type": name, "data": full(cls, case)}, Webhook, case)
    assert same(webhook.data, read(full(cls, case), cls, case))
    assert written(webhook, case) == {"type": name, "data": full(cls, case)}
