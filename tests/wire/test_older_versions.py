"""What older versions say, what they leave out, and how a document of another version is told."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from payloads import SUMMER, full, in_case, path_in_case
from wire_classes import CASES, converter_for, each_case

from balances import (
    Balance,
    BillingControls,
    BillingMethod,
    Breakdown,
    CheckResponse,
    CreditCost,
    Customer,
    CustomerPage,
    Entity,
    Feature,
    Flag,
    InvalidChoice,
    OverageControl,
    ProductsUpdated,
    Reset,
    Rollover,
    SpendLimit,
    TrackResponse,
    UnknownWord,
    UsageLimit,
    Webhook,
    combine,
)
from balances.base.frozen import DEEPEST
from balances.testing import item, rollover, usage_based
from balances.wire import WireError, camel, make_converter, snake, version_of
from balances.wire.dialects import Case, Version
from balances.wire.older.balances_1_2 import Item12, balance_12, feature_12, flag_12, item_12
from balances.wire.older.balances_2_0 import Balance20, Item20, balance_20, flag_20, held_as, item_20

V20 = make_converter("snake", version="2.0")
V12 = make_converter("snake", version="1.2")

VERSIONS: tuple[Version, ...] = (None, "2.0", "1.2")
BOOLEAN = Feature(id="sso", name="SSO", type="boolean", consumable=False)
MONTH = Reset(interval="month", resets_at=datetime(2026, 4, 1, tzinfo=UTC))
DAY = Reset(interval="day", resets_at=datetime(2026, 3, 19, tzinfo=UTC))
ONCE = Reset(interval="one_off")


def problems_of(document: object, of: Any, version: Version = None, case: Case = "snake") -> list[str]:
    with pytest.raises(WireError) as caught:
        converter_for(case, version=version).structure(document, of)
    return [str(problem) for problem in caught.value.problems]


def test_an_item_of_2_0_says_what_was_bought() -> None:
    bought = Breakdown(id="a", plan_id="pro", included_grant=100, prepaid_grant=50, usage=180, remaining=0)
    old = item_20(bought)
    assert [old.granted_balance, old.prepaid_quantity, old.purchased_balance] == [100, 50, 80]
    assert old.to_item().granted == 150
    assert old.to_item().price.billing_method == BillingMethod.PREPAID  # type: ignore[union-attr]  # it has one


@pytest.mark.parametrize(
    ("changes", "price"),
    [
        ({"overage_allowed": True, "max_purchase": 5}, (BillingMethod.USAGE_BASED, 5)),
        ({"overage_allowed": True, "prepaid_quantity": 5}, (BillingMethod.USAGE_BASED, None)),
        ({"prepaid_quantity": 5}, (BillingMethod.PREPAID, None)),
        ({"max_purchase": 0}, (BillingMethod.PREPAID, 0)),
        ({}, None),
    ],
)
def test_the_price_of_2_0_is_how_an_item_is_billed(changes: dict[str, Any], price: Any) -> None:
    nothing: dict[str, Any] = {"granted_balance": 0, "purchased_balance": 0, "current_balance": 0, "usage": 0}
    found = evolve(Item20(overage_allowed=False, **nothing), **changes).to_item().price
    assert (found and (found.billing_method, found.max_purchase)) == price


@pytest.mark.parametrize(
    ("resets", "interval", "resets_at"),
    [
        ((MONTH, MONTH), "month", MONTH.resets_at),
        ((MONTH, DAY), "multiple", DAY.resets_at),
        ((MONTH, None), "multiple", MONTH.resets_at),
        ((ONCE, None), "multiple", None),
        ((None, None), None, None),
        ((), None, None),
    ],
)
def test_a_balance_of_2_0_has_the_reset_of_its_items(resets: Any, interval: str | None, resets_at: Any) -> None:
    balance = combine([item(10, reset=reset) for reset in resets], feature_id="messages")
    old = balance_20(balance)
    assert (old.reset and old.reset.interval) == interval
    assert old.to_balance().next_reset_at == balance.next_reset_at == resets_at


def test_a_balance_of_2_0_has_the_plan_of_its_items() -> None:
    def plan_of(*plans: str | None) -> str | None:
        items = [Breakdown(plan_id=plan, included_grant=1) for plan in plans]
        return balance_20(combine(items, feature_id="messages")).plan_id

    assert [plan_of("a", "a"), plan_of("a", "b"), plan_of("a", None), plan_of()] == ["a", None, None, None]


def test_a_finite_item_of_an_unlimited_balance_keeps_its_overage() -> None:
    items = [Breakdown(included_grant=0, unlimited=True, usage=7), Breakdown(included_grant=10, usage=15)]
    old = balance_20(combine(items, feature_id="messages"))
    assert [each.unlimited for each in old.to_balance().breakdown] == [True, False]
    assert balance_20(old.to_balance()) == old


def test_a_flag_is_a_balance_of_zeros() -> None:
    flag = Flag(id="flag_1", feature_id="sso", plan_id="pro", expires_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert flag_20(flag).to_flag() == flag
    assert V20.structure(V20.unstructure(flag), Flag) == flag
    nameless = Feature(id="sso", name="", type="boolean", consumable=False)
    without = Flag(id="", feature_id="sso", expires_at=flag.expires_at, feature=nameless)
    assert V12.structure(V12.unstructure(flag), Flag) == without
    assert flag_12(flag).to_held() == without


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_a_balance_that_holds_something_is_no_flag(version: Version) -> None:
    document = converter_for("snake", version=version).unstructure(combine([item(10, 4)], feature_id="messages"))
    came = "a balance of granted 10, remaining 6, usage 4 and 1 item"
    [told] = problems_of(document, Flag, version)
    assert told == f"$: expected one item in which all is zero, as a flag is, got {came}"


def test_only_a_boolean_feature_makes_a_flag_of_zeros() -> None:
    zeros = flag_20(Flag(id="flag_1", feature_id="sso"))
    assert isinstance(zeros.to_held(), Balance)
    assert isinstance(held_as(balance := flag_20(Flag(id="a", feature_id="sso", feature=BOOLEAN)).to_balance()), Flag)
    assert held_as(combine([item(10)], feature_id="sso", feature=BOOLEAN)) != balance


def test_a_2_0_customer_keeps_a_balance_of_zeros_whose_feature_is_not_expanded() -> None:
    document = V20.unstructure(Customer(id="ada", flags={"sso": Flag(id="flag_1", feature_id="sso", plan_id="pro")}))
    customer = V20.structure(document, Customer)
    assert (set(customer.balances), set(customer.flags)) == ({"sso"}, set())
    assert customer.account([BOOLEAN]).flags["sso"].plan_id == "pro"
    assert V20.unstructure(customer) == document


def test_an_item_of_1_2_has_a_signed_balance() -> None:
    over = item_12(item_20(item(100, 130, price=usage_based(1))))
    assert [over.balance, over.usage, over.included_usage, over.overage_allowed] == [-30, 130, 100, True]
    assert [over.to_item().remaining, over.to_item().usage] == [0, 130]
    not_for_sale = item_12(item_20(item(100, 130)))
    assert not_for_sale.balance == 0


def test_an_item_of_1_2_that_was_paid_before_and_after_use() -> None:
    both = Breakdown(included_grant=100, prepaid_grant=50, usage=140, price=usage_based(1))
    old = item_12(item_20(both))
    assert [old.balance, old.included_usage] == [-40, 150]
    assert [old.to_item().prepaid_grant, old.to_item().remaining] == [50, 10]
    assert item_12(item_20(old.to_item())) == old


@pytest.mark.parametrize(
    ("balance", "allowed", "limit", "price"),
    [
        (5, False, None, None),
        (5, True, None, (BillingMethod.USAGE_BASED, None)),
        (-5, False, None, (BillingMethod.USAGE_BASED, None)),
        (-5, False, 30, (BillingMethod.USAGE_BASED, 20)),
        (5, False, 30, (BillingMethod.PREPAID, 20)),
        (5, False, 10, None),
    ],
)
def test_the_price_of_1_2_follows_from_balance_and_limit(
    balance: int, allowed: Any, limit: int | None, price: Any
) -> None:
    old = Item12(included_usage=10, balance=balance, overage_allowed=allowed, usage_limit=limit, usage=10 - balance)
    found = old.to_item().price
    assert (found and (found.billing_method, found.max_purchase)) == price


def test_an_interval_of_1_2_is_a_lifetime_where_there_is_one_off() -> None:
    old = balance_12(combine([item(10, reset=ONCE)], feature_id="messages"))
    assert (old.interval, old.interval_count, old.breakdown[0].interval) == ("lifetime", 1, "lifetime")
    assert old.to_balance().breakdown[0].reset == ONCE


def test_an_unlimited_balance_of_1_2_has_lost_its_usage() -> None:
    balance = combine([Breakdown(included_grant=0, unlimited=True, usage=7)], feature_id="messages")
    old = V12.structure(V12.unstructure(balance), Balance)
    assert [old.unlimited, old.usage, old.breakdown[0].unlimited] == [True, 0, True]


@pytest.mark.parametrize(
    ("changes", "type_name", "again"),
    [
        ({"type": "metered", "consumable": True}, "single_use", "metered"),
        ({"type": "metered", "consumable": False}, "continuous_use", "metered"),
        ({"type": "boolean"}, "static", "boolean"),
        ({"type": "ai_credit_system"}, "static", "ai_credit_system"),
        ({"type": UnknownWord("pool")}, "static", "ai_credit_system"),
    ],
)
def test_a_feature_of_1_2_has_another_type(changes: dict[str, Any], type_name: str, again: str) -> None:
    feature = evolve(Feature(id="a", name="A", type="metered", consumable=True), **changes)
    amount = 0 if again == "boolean" else 10
    old = balance_12(combine([Breakdown(included_grant=amount)], feature_id="a", feature=feature))
    assert old.type == type_name
    assert old.to_balance().feature.type == again  # type: ignore[union-attr]  # it has one


def test_a_credit_system_of_1_2_is_told_by_its_schema() -> None:
    feature = Feature(id="credits", name="Credits", type="credit_system", consumable=True, credit_schema=[])
    document = V12.unstructure(combine([item(10)], feature_id="credits", feature=feature))
    assert document["type"] == "single_use"
    document["credit_schema"] = [{"feature_id": "images", "credit_amount": 4}]
    read = V12.structure(document, Balance).feature
    assert read is not None
    assert [read.type, read.credit_schema[0].credit_cost] == ["credit_system", 4]
    assert V12.structure({**document, "type": "metered"}, Balance).feature.type == "metered"  # type: ignore[union-attr]


def test_a_rollover_of_1_2_has_no_grant() -> None:
    assert V12.unstructure(rollover(40, 30)) == {"balance": 10, "expires_at": 0}
    assert V12.structure({"balance": 10, "expires_at": SUMMER}, Rollover).granted == 10


def test_parts_of_a_balance_can_be_read_alone() -> None:
    document = V12.unstructure(item(100, 30, reset=MONTH))
    assert V12.structure(document, Breakdown) == item(100, 30, reset=MONTH)
    assert V20.structure(V20.unstructure(item(100, 30)), Breakdown) == item(100, 30)


def controls() -> BillingControls:
    return BillingControls(
        spend_limits=[SpendLimit(feature_id="a", source="plan"), SpendLimit(feature_id="b", source="customer")],
        usage_limits=[UsageLimit(feature_id="a", limit=5, interval="day")],
        overage_allowed=[OverageControl(feature_id="a", source="plan")],
    )


def test_the_controls_of_2_0_are_those_of_the_customer() -> None:
    written = V20.unstructure(Customer(id="ada", billing_controls=controls()))["billing_controls"]
    assert written == {
        "spend_limits": [{"feature_id": "b", "enabled": False}],
        "usage_limits": [{"feature_id": "a", "enabled": True, "limit": 5, "interval": "day"}],
    }
    assert "billing_controls" not in V12.unstructure(Customer(id="ada", billing_controls=controls()))
    assert "billing_controls" not in V20.unstructure(Entity(id="a", billing_controls=controls()))


def test_an_older_version_writes_of_the_rest_what_it_has() -> None:
    customer = snake.structure({**full(Customer), "news": 1}, Customer)
    two, one = V20.unstructure(customer), V12.unstructure(customer)
    assert {"purchases", "licenses", "flags", "news"}.isdisjoint(two)
    assert two["subscriptions"] == full(Customer)["subscriptions"]
    assert (two["scheduled_subscriptions"], one["products"], one["email"]) == ([], [], None)
    assert {"subscriptions", "scheduled_subscriptions", "billing_controls", "balances"}.isdisjoint(one)
    document = {**one, "products": [{"id": "pro"}], "upcoming_invoice": None}
    assert V12.unstructure(V12.structure(document, Customer)) == document


def test_a_check_of_1_2_has_all_of_the_feature_inside() -> None:
    balance = combine([item(100, 30, reset=MONTH)], feature_id="messages")
    document = V12.unstructure(CheckResponse(allowed=True, customer_id="ada", balance=balance))
    assert (document["code"], document["feature_id"], document["balance"]) == ("feature_found", "messages", 70)
    read = V12.structure(document, CheckResponse)
    assert read.balance is not None
    assert [read.balance.remaining, read.balance.feature] == [70, None]
    assert (read.flag, read.other) == (None, {})
    with_schema = {**document, "credit_schema": [{"feature_id": "images", "credit_amount": 4}]}
    system = V12.structure(with_schema, CheckResponse).balance.feature  # type: ignore[union-attr]  # it has one
    assert (system and system.type, system and system.name) == ("credit_system", "")


def test_a_check_of_1_2_without_a_balance_has_nothing_inside() -> None:
    document = {"allowed": False, "code": "feature_found", "customer_id": "ada", "feature_id": "messages"}
    read = V12.structure(document, CheckResponse)
    assert (read.balance, read.flag, read.other) == (None, None, {"feature_id": "messages"})
    assert V12.unstructure(read) == document


def test_a_boolean_check_of_1_2_is_read_as_a_flag() -> None:
    document = V12.unstructure(CheckResponse(allowed=True, customer_id="ada", flag=Flag(id="a", feature_id="sso")))
    read = V12.structure(document, CheckResponse)
    assert (read.balance, read.flag) == (None, Flag(id="", feature_id="sso"))
    assert V12.unstructure(read) == document


@pytest.mark.parametrize("schema", [[], [{"feature_id": "images", "credit_amount": 4}]])
def test_a_boolean_check_of_1_2_without_items_is_a_balance_of_a_boolean_feature(schema: Any) -> None:
    sso = Feature(id="sso", name="", type="boolean", consumable=False)
    held = Balance(feature_id="sso", granted=0, remaining=0, usage=0, feature=sso)
    document = V12.unstructure(CheckResponse(allowed=True, customer_id="ada", balance=held))
    document |= {"credit_schema": schema} if schema else {}
    read = V12.structure(document, CheckResponse)
    assert read.flag is None
    assert read.balance == evolve(
        held, feature=evolve(sso, credit_schema=[CreditCost(metered_feature_id="images", credit_cost=4)] * len(schema))
    )
    assert V12.unstructure(read) == document


def test_an_unlimited_check_of_1_2_is_no_flag() -> None:
    held = combine([item(0, unlimited=True)], feature_id="messages")
    document = V12.unstructure(CheckResponse(allowed=True, customer_id="ada", balance=held))
    read = V12.structure(document, CheckResponse)
    assert (read.balance, read.flag) == (held, None)
    assert V12.unstructure(read) == document


def test_a_track_of_1_2_has_no_value() -> None:
    balance = combine([item(100)], feature_id="messages")
    document = V12.unstructure(TrackResponse(customer_id="ada", value=5, balance=balance))
    assert document == {
        "id": "placeholder",
        "code": "event_received",
        "customer_id": "ada",
        "feature_id": "messages",
    }
    read = V12.structure(document, TrackResponse)
    assert (read.value, read.balance, read.other) == (None, None, {"feature_id": "messages"})
    assert V12.unstructure(read) == document
    assert snake.structure(snake.unstructure(read), TrackResponse) == read
    unusual = {**document, "id": "event_1", "code": "event_queued"}
    assert V12.unstructure(V12.structure(unusual, TrackResponse)) == unusual


def test_left_over_keys_of_a_newer_version_say_nothing_where_they_repeat() -> None:
    flag = {"id": "flag_1", "feature_id": "sso", "plan_id": None, "expires_at": None}
    document = {**V20.unstructure(Customer(flags={"sso": Flag(id="flag_1", feature_id="sso", feature=BOOLEAN)}))}
    assert V20.structure({**document, "flags": {"sso": flag}}, Customer) == V20.structure(document, Customer)
    assert V20.structure({**document, "flags": {}}, Customer) == V20.structure(document, Customer)


@pytest.mark.parametrize(("version", "cls"), [("2.0", Customer), ("1.2", Customer), ("2.0", Entity), ("1.2", Entity)])
def test_keys_of_a_newer_version_are_never_dropped_in_silence(version: Version, cls: type[Any]) -> None:
    document = converter_for("snake", version=version).unstructure(cls(id="ada"))
    [told] = problems_of({**document, "flags": {"sso": {"id": "a"}}}, cls, version)[:1]
    assert told == "$: expected no 'flags' in this version of the API, got a mapping of 1 key"


@each_case
def test_a_document_of_2_0_is_told(case: Case) -> None:
    document = in_case(V20.unstructure(combine([item(10)], feature_id="messages")), case)
    hint = "(this looks like API 2.0: make_converter(version='2.0'))"
    assert problems_of(document, Balance, None, case)[:2] == [
        f"$.granted: expected a number, but the key is missing {hint}",
        f"$.remaining: expected a number, but the key is missing {hint}",
    ]
    inside = problems_of({"list": [{**full(Customer, case), "balances": {"a": document}}]}, CustomerPage, None, case)
    assert inside[0] == f"$.list[0].balances.a.granted: expected a number, but the key is missing {hint}"


@each_case
def test_a_document_of_1_2_is_told(case: Case) -> None:
    converter = make_converter(case, version="1.2")
    hint = "this looks like API 1.2: make_converter(version='1.2')"
    customer = converter.unstructure(Customer(id="ada"))
    assert all(each.endswith(f"({hint})") for each in problems_of(customer, Customer, None, case))
    check = converter.unstructure(
        CheckResponse(allowed=True, customer_id="ada", balance=combine([item(10)], feature_id="messages"))
    )
    assert problems_of(check, CheckResponse, None, case) == [
        "$.balance: expected an object, got 10",
        f"$: {hint}",
    ]


@pytest.mark.parametrize("version", ["2.0", "1.2"])
@pytest.mark.parametrize("cls", [Balance, Flag, Customer])
def test_a_newer_document_is_told(cls: type[Any], version: Version) -> None:
    told = problems_of(full(cls), cls, version)
    assert any("this looks like API 2.1 or newer: make_converter(version=None)" in each for each in told)


TOO_OLD: list[tuple[Any, str]] = [
    ({"id": "ada", "products": [], "features": [{"feature_id": "a", "balance": 5}]}, "API 1.1 (`features`)"),
    ({"id": "ada", "products": [], "features": []}, "API 1.1 (`features`)"),
    ({"features": [{"featureId": "a", "includedUsage": 5}]}, "API 1.1 (`features`)"),
    ({"feature_id": "a", "included_usage": 5, "balance": 5}, "API 1.1 (`included_usage`)"),
    ({"customer": {"id": "ada"}, "products": [], "entitlements": []}, "API 0.2 or older (`entitlements`)"),
    ({"allowed": True, "balances": [{"feature_id": "a", "balance": 5}]}, "API 0.2 or older (`balances`)"),
    ({"feature_id": "a", "allowance": 5, "used": 1, "balance": 4}, "API 0.2 or older (`allowance`)"),
    ({"featureId": "a", "used": 1, "balance": 4}, "API 0.2 or older (`used`)"),
]


@pytest.mark.parametrize(("document", "looks"), TOO_OLD, ids=[looks for _, looks in TOO_OLD])
def test_a_document_that_is_too_old_is_told_by_name(document: Any, looks: str) -> None:
    expected = f"this looks like {looks}, which is too old to be read: the oldest is 1.2"
    with pytest.raises(WireError) as caught:
        version_of(document)
    assert [str(problem) for problem in caught.value.problems] == [f"$: {expected}"]
    of = {"features": Customer, "entitlements": Customer, "allowed": CheckResponse}
    cls = next((cls for key, cls in of.items() if key in document), Balance)
    for version in VERSIONS:
        for case in CASES:
            assert problems_of(document, cls, version, case) == [f"$: {expected}"]


def test_the_version_of_a_webhook_is_that_of_its_customer() -> None:
    customer = Customer(id="ada", balances={"messages": combine([item(10)], feature_id="messages")})
    webhook = Webhook(type="customer.products.updated", data=ProductsUpdated(scenario="new", customer=customer))
    for version in VERSIONS:
        for case in CASES:
            converter = converter_for(case, version=version)
            document = converter.unstructure(webhook)
            assert version_of(document) == version
            data = converter.structure(document, Webhook).data
            assert isinstance(data, ProductsUpdated)
            assert data.customer.id == "ada"
    old: Any = {"type": "customer.products.updated", "data": {"customer": {"products": [], "features": []}}}
    with pytest.raises(WireError, match=r"^1 problem\n\$\.data\.customer: this looks like API 1\.1"):
        version_of(old)


@pytest.mark.parametrize("document", [{}, [], [5, "text", None], {"list": []}, {"balance": None}, {"customer_id": "a"}])
def test_a_document_that_does_not_tell_is_taken_for_new(document: Any) -> None:
    assert version_of(document) is None


@pytest.mark.parametrize("document", ["{}", b"[]", None, 5])
def test_only_a_document_has_a_version(document: Any) -> None:
    with pytest.raises(TypeError, match=r"^document: expected a mapping or a list, as json\.loads returns them, got "):
        version_of(document)


@pytest.mark.parametrize("key", ["data", "balances", None])
def test_a_document_nested_without_end_tells_nothing(key: str | None) -> None:
    document: Any = {"granted_balance": 100}
    for _ in range(3000):
        document = {key: document} if key else [document]
    assert version_of(document) is None
    with pytest.raises(WireError, match=r"^\d problems?\n"):
        snake.structure(document, CheckResponse)


def test_a_document_that_shares_its_parts_is_searched_once() -> None:
    shared: Any = [{}]
    for _ in range(40):
        shared = [shared, shared]
    assert version_of(shared) is None
    assert version_of([shared, {"granted_balance": 100}]) == "2.0"


def test_a_part_that_is_too_deep_in_one_place_tells_in_another() -> None:
    deep: Any = {"granted_balance": 100}
    for _ in range(DEEPEST - 1):
        deep = [deep]
    assert version_of([[[deep]]]) is None
    assert version_of([[[deep]], deep]) == "2.0"


def test_the_version_of_a_list_is_that_of_the_first_that_tells() -> None:
    old = V20.unstructure(combine([item(10)], feature_id="messages"))
    assert version_of([{}, old]) == "2.0"
    assert version_of({"list": [{"id": "ada"}, {"balances": {"messages": old}}]}) == "2.0"


@pytest.mark.parametrize("version", ["2.1", "beta", 2.0, True, ()])
def test_another_version_is_refused(version: Any) -> None:
    with pytest.raises(InvalidChoice, match=r'^version: expected None, "2\.0" or "1\.2", got '):
        make_converter("snake", version=version)


def test_all_problems_of_an_older_document_are_told_at_once_in_either_case() -> None:
    for case in CASES:
        document = in_case(V20.unstructure(combine([item(10, reset=MONTH)], feature_id="messages")), case)
        breakdown = document["breakdown"][0]
        names = [in_case({name: 0}, case) for name in ("granted_balance", "current_balance")]
        breakdown[next(iter(names[0]))], document[next(iter(names[1]))] = "5", None
        breakdown["reset"]["interval"] = 5
        expected = [path_in_case(path, case) for path in ("$.current_balance", "$.breakdown[0].granted_balance")]
        told = problems_of(document, Balance, "2.0", case)
        assert [each.partition(":")[0] for each in told] == [*expected, "$.breakdown[0].reset.interval"]


@pytest.mark.parametrize(("version", "cls"), [("2.0", Balance), ("2.0", Customer), ("1.2", Balance), ("1.2", Customer)])
def test_strict_reading_names_unknown_keys_of_older_versions(version: Version, cls: type[Any]) -> None:
    balance = combine([item(10)], feature_id="messages")
    value: Any = balance if cls is Balance else Customer(balances={"messages": balance})
    document = converter_for("snake", version=version).unstructure(value)
    strict = make_converter("snake", version=version, strict=True)
    assert strict.structure(document, cls) is not None
    inner = document if cls is Balance else document["balances" if version == "2.0" else "features"]["messages"]
    inner["breakdown"][0]["tomorrow"] = document["tomorrow"] = 1
    with pytest.raises(WireError) as caught:
        strict.structure(document, cls)
    place = "$" if cls is Balance else f"$.{'balances' if version == '2.0' else 'features'}.messages"
    assert {problem.path for problem in caught.value.problems} == {"$.tomorrow", f"{place}.breakdown[0].tomorrow"}


def test_amounts_of_older_versions_may_be_text() -> None:
    third = combine([Breakdown(included_grant=1, remaining=Decimal(2) / 3, usage=Decimal(1) / 3)], feature_id="a")
    for version in VERSIONS[1:]:
        store = make_converter("snake", version=version, exact="text")
        assert store.structure(store.unstructure(third), Balance).remaining == third.remaining


def test_the_two_cases_of_an_older_version_differ_in_names_only() -> None:
    balance = combine([item(100, 130, price=usage_based(1), reset=MONTH)], [rollover(5)], feature_id="messages")
    for version in VERSIONS[1:]:
        one, two = (make_converter(case, version=version) for case in CASES)
        assert in_case(one.unstructure(balance), "camel") == two.unstructure(balance)
        assert one.structure(one.unstructure(balance), Balance) == two.structure(two.unstructure(balance), Balance)


def test_the_ready_made_converters_are_of_the_current_version() -> None:
    document = full(Balance)
    assert snake.structure(document, Balance) == make_converter("snake", version=None).structure(document, Balance)
    assert camel.structure(full(Balance, "camel"), Balance) == snake.structure(document, Balance)
    assert feature_12(Balance20(feature_id="a", **NOTHING)).type == "static"


NOTHING: dict[str, Any] = {"granted_balance": 0, "purchased_balance": 0, "current_balance": 0, "usage": 0}
