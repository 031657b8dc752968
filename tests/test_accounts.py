"""What an account does beside its balances: flags, limits, policies by feature, and clear mistakes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from attrs import evolve

from balances import (
    Account,
    Balance,
    BillingControls,
    CreditCost,
    CreditTier,
    Feature,
    Flag,
    FlagExpired,
    InsufficientBalance,
    InvalidChoice,
    Limit,
    NoCreditCost,
    NoSuchPlan,
    Policy,
    PropertyFilter,
    SpendLimit,
    UnknownAlert,
    UnknownFeature,
    UsageAlert,
    UsageLimit,
    accounts,
    combine,
    explain,
)
from balances.accounts.payers import listing_of
from balances.testing import balance, item, monthly
from balances.usage.checking import Funds, stopped_by
from balances.values.controls import AutoTopup

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MESSAGES = accounts.put(Account(), balance(100, 75))


def test_a_flag_is_gone_once_it_has_expired() -> None:
    flags = {
        "sso": Flag(id="f1", feature_id="sso", expires_at=START + DAY),
        "audit": Flag(id="f2", feature_id="audit"),
        "export": Flag(id="f3", feature_id="export", expires_at=START + 3 * DAY),
        "import": Flag(id="f4", feature_id="import", expires_at=START + 2 * DAY),
    }
    later = accounts.advance(Account(flags=flags), since=START, to=START + 2 * DAY)
    assert set(later.account.flags) == {"audit", "export"}
    assert later.events == {
        "sso": (FlagExpired(at=START + DAY, id="f1"),),
        "import": (FlagExpired(at=START + 2 * DAY, id="f4"),),
    }


@pytest.mark.parametrize(("to", "usage"), [(START + DAY, 0), (START + DAY / 2, 40)])
def test_a_limit_starts_over_only_when_its_window_ends(to: datetime, usage: int) -> None:
    limit = UsageLimit(feature_id="messages", limit=100, interval="day", usage=40)
    account = accounts.put(Account(controls=BillingControls(usage_limits=[limit])), balance(100, 75))
    later = accounts.advance(account, since=START, to=to).account
    assert later.controls is not None
    assert later.controls.usage_limits[0].usage == usage


def test_an_account_without_limits_keeps_its_controls() -> None:
    account = Account(controls=BillingControls())
    assert accounts.advance(account, since=START, to=START + DAY).account == account


def test_policies_may_be_given_by_feature() -> None:
    tracked = accounts.track(MESSAGES, "messages", 5, policies={"messages": Policy()})
    assert tracked == accounts.track(MESSAGES, "messages", 5) == accounts.track(MESSAGES, "messages", 5, policies={})


@pytest.mark.parametrize("policies", [5, [Policy()], {"messages": 5}])
def test_policies_of_another_kind_are_refused(policies: Any) -> None:
    with pytest.raises(TypeError, match=r"^policies: expected"):
        accounts.track(MESSAGES, "messages", policies=policies)


SCHEMA = [CreditCost(metered_feature_id="images", credit_cost=4)]
CATALOG = [
    Feature(id="images", name="Images", type="metered", consumable=True),
    Feature(id="credits", name="Credits", type="credit_system", consumable=True, credit_schema=SCHEMA),
]
LIMITED = [UsageLimit(feature_id="images", limit=5, usage=2, interval="day")]
OF_CREDITS = [UsageLimit(feature_id="credits", limit=20, interval="day")]
SPENDING = [SpendLimit(feature_id="credits", enabled=True, overage_limit=8)]


def holding(images: Balance | None = None, credits: Balance | None = None, **controls: Any) -> Account:  # noqa: A002  (what it is)
    held = {each.feature_id: each for each in (images, credits) if each is not None}
    return Account(features=CATALOG, balances=held, controls=BillingControls(**controls))


def of(feature_id: str, granted: int, used: int, **attributes: Any) -> Balance:
    return balance(granted, used, feature_id=feature_id, **attributes)


FEW, NONE = of("images", 10, 8), of("images", 10, 10)
OVERDRAWN = evolve(of("images", 10, 20), remaining=-10)
SOLD = of("credits", 100, 100, overage_allowed=True, max_purchase=12)


@pytest.mark.parametrize(
    ("account", "required", "sentence"),
    [
        (holding(), 1, "1 cannot be used now: the customer does not have this feature."),
        (holding(), 0, "0 cannot be used now: the customer does not have this feature."),
        (
            holding(NONE, of("credits", 100, 100)),
            1,
            "1 cannot be used now: that is more than remains; nothing can.",
        ),
        (
            holding(FEW, of("credits", 100, 90)),
            5,
            "5 cannot be used now: that is more than remains; up to 4.5 can.",
        ),
        (
            holding(FEW, of("credits", 100, 90), usage_limits=LIMITED),
            4,
            "4 cannot be used now: that would exceed the usage limit; up to 3 can.",
        ),
        (
            holding(FEW, of("credits", 100, 0), usage_limits=OF_CREDITS),
            9,
            "9 cannot be used now: that would exceed the usage limit; up to 7 can.",
        ),
        (
            holding(NONE, SOLD, spend_limits=SPENDING),
            3,
            "3 cannot be used now: that would exceed the spend limit; up to 2 can.",
        ),
        (holding(NONE, SOLD), 4, "4 cannot be used now: that is more than can be purchased; up to 3 can."),
        (holding(NONE, SOLD), 3, "3 can be used now: up to 3 can."),
        (holding(FEW), 0, "0 can be used now: that takes nothing."),
    ],
)
def test_a_ruling_tells_not_held_from_used_up_and_from_limited_in_units_of_the_feature(
    account: Account, required: int, sentence: str
) -> None:
    ruling = accounts.check(account, "images", required)
    assert explain(ruling) == str(ruling) == sentence
    if required and not ruling:
        with pytest.raises(InsufficientBalance) as caught:
            accounts.track(account, "images", required, overage_behavior="reject")
        assert caught.value.limit is ruling.limit


@pytest.mark.parametrize("limits", [[], LIMITED, OF_CREDITS])
@pytest.mark.parametrize("required", [-3, 0, 0.0])
@pytest.mark.parametrize("credits_", [None, evolve(of("credits", 100, 120), remaining=-20)])
def test_nothing_and_less_are_allowed_and_shown_by_the_first_whatever_is_overdrawn(
    limits: list[UsageLimit], required: float, credits_: Balance | None
) -> None:
    ruling = accounts.check(holding(OVERDRAWN, credits_, usage_limits=limits), "images", required)
    assert [ruling.limit, ruling.headroom, ruling.feature_id] == [None, 0, "images"]


@pytest.mark.parametrize(("limits", "headroom"), [([], 25), (OF_CREDITS, 5)])
def test_one_who_is_overdrawn_takes_nothing_from_the_room_of_another(limits: list[UsageLimit], headroom: int) -> None:
    account = holding(OVERDRAWN, of("credits", 100, 0), usage_limits=limits)
    assert accounts.check(account, "images").headroom == headroom


class Text(str):
    """Text of a class of its own."""

    __slots__ = ()


def test_one_unit_is_asked_for_where_nothing_else_is_said() -> None:
    empty = Account(balances={"messages": balance(100, 100)})
    assert accounts.check(empty, "messages") == accounts.check(empty, "messages", 1)
    assert not accounts.check(empty, "messages")


def test_a_feature_id_is_text() -> None:
    wrong: Any = 5
    with pytest.raises(TypeError, match=r"^feature_id: expected a string, got 5$"):
        accounts.check(MESSAGES, wrong)
    assert accounts.check(MESSAGES, Text("messages")) == accounts.check(MESSAGES, "messages")


def test_a_flag_is_known_without_an_entry_in_the_catalog() -> None:
    account = evolve(
        MESSAGES,
        features=[Feature(id="messages", name="", type="metered", consumable=True)],
        flags={"sso": Flag(id="flag_1", feature_id="sso")},
    )
    assert accounts.check(account, "sso").flag == account.flags["sso"]
    assert accounts.track(account, "sso").tracked == 1
    with pytest.raises(UnknownFeature, match="expected a feature of the catalog, got 'export'"):
        accounts.check(account, "export")


def test_a_flag_is_not_known_any_more_once_it_has_expired() -> None:
    flags = {"sso": Flag(id="flag_1", feature_id="sso", expires_at=START)}
    account = evolve(MESSAGES, features=CATALOG, flags=flags)
    assert accounts.check(account, "sso")
    later = accounts.advance(account, since=START, to=START).account
    with pytest.raises(UnknownFeature, match="got 'sso'"):
        accounts.check(later, "sso")


def test_what_the_catalog_says_of_a_feature_is_worked_out_once() -> None:
    account = evolve(MESSAGES, features=[CATALOG[1], Feature(id="seats", name="", type="metered", consumable=True)])
    for known in ("seats", "images", "messages"):  # An entry of its own, an entry in a system, and a balance only.
        assert listing_of(account, known) is listing_of(account, known)


@pytest.mark.parametrize(
    ("kind", "amount", "tracked", "usage"),
    [("boolean", 5, 5, 10), ("boolean", -3, -3, 7), ("ai_credit_system", 5, 0, 10)],
)
def test_the_catalog_says_whether_a_balance_counts_its_use(kind: Any, amount: int, tracked: int, usage: int) -> None:
    feature = Feature(id="messages", name="", type=kind, consumable=True)
    account = Account(features=[feature], balances={"messages": balance(10, 10)})
    after = accounts.track(account, "messages", amount)
    assert [after.tracked, after.account.balances["messages"].usage] == [tracked, usage]
    assert bool(accounts.check(account, "messages", amount)) is (tracked == amount)


def test_a_flag_has_nothing_to_give_back() -> None:
    account = Account(flags={"sso": Flag(id="flag_1", feature_id="sso")})
    refunded = accounts.track(account, "sso", -1)
    assert [refunded.account, refunded.tracked, refunded.untracked, refunded.limit] == [account, 0, -1, None]


def test_a_member_of_a_credit_system_is_known_without_an_entry_of_its_own() -> None:
    schema = [CreditCost(metered_feature_id="images", credit_cost=4)]
    credits_ = Feature(id="credits", name="", type="credit_system", consumable=True, credit_schema=schema)
    account = Account(features=[credits_], balances={"credits": balance(40, feature_id="credits")})
    assert accounts.check(account, "images").headroom == 10
    with pytest.raises(UnknownFeature, match=r"got 'image': did you mean 'images'\?"):
        accounts.check(account, "image")


def test_what_needs_a_balance_names_the_feature_that_has_none() -> None:
    with pytest.raises(UnknownFeature, match=r"^feature_id: expected a feature with a balance, got 'seats'"):
        accounts.set_usage(MESSAGES, "seats", 5)
    topup = AutoTopup(feature_id="seats", enabled=True, threshold=10, quantity=100)
    with pytest.raises(UnknownFeature, match=r"^topup: expected a feature with a balance, got 'seats'"):
        accounts.topup_due(MESSAGES, topup, item_id="packs", at=START)
    with pytest.raises(NoSuchPlan, match=r"^old_plan_id: expected the plan of an item of the account, got 'pro'"):
        accounts.change_plan(MESSAGES, {}, old_plan_id="pro")


def test_a_plan_may_bring_a_feature_that_the_account_did_not_have() -> None:
    account = accounts.put(Account(), combine([item(100, 60, id="a", plan_id="free")], feature_id="messages"))
    fresh = {
        "messages": [item(500, id="b", plan_id="pro")],
        "seats": [item(3, id="c", plan_id="pro")],
    }
    after = accounts.change_plan(account, fresh, old_plan_id=Text("free")).account
    assert {name: balance.granted for name, balance in after.balances.items()} == {"messages": 500, "seats": 3}


def test_to_reject_the_use_of_what_is_not_held_says_so() -> None:
    account = Account(features=[Feature(id="seats", name="Seats", type="metered", consumable=False)])
    with pytest.raises(InsufficientBalance) as caught:
        accounts.track(account, "seats", 5, overage_behavior="reject")
    assert caught.value.limit is Limit.NOT_HELD
    for nothing in (0, -0.5):
        assert accounts.track(account, "seats", nothing, overage_behavior="reject").untracked == nothing


def test_an_event_cannot_be_rejected() -> None:
    with pytest.raises(InvalidChoice, match=r"^overage_behavior: expected cap or overflow, got 'reject'"):
        accounts.record(MESSAGES, "sent", overage_behavior="reject")


def test_to_confirm_more_than_there_is_says_how_much_there_was() -> None:
    held = accounts.hold(MESSAGES, "messages", 10, id="h1")
    with pytest.raises(InsufficientBalance) as caught:
        accounts.confirm(held.account, held.hold, used=500, overage_behavior="reject")
    assert str(caught.value.required) == "500"
    assert str(caught.value.available) == "25"


def counted_by(account: Account) -> list[Decimal | None]:
    """Return what the usage limits of an account have counted."""
    return [limit.usage for limit in account.controls.usage_limits] if account.controls else []


@pytest.mark.parametrize("used", [5, 10, 15])
def test_the_limits_of_these_properties_count_what_is_confirmed(used: int) -> None:
    limits = [
        UsageLimit(feature_id="messages", limit=50, interval="day", filter=PropertyFilter(properties={"region": name}))
        for name in ("east", "west")
    ]
    account = evolve(MESSAGES, controls=BillingControls(usage_limits=limits))
    held = accounts.hold(account, "messages", 10, id="h1", properties={"region": "west"})
    assert counted_by(held.account) == [None, None]
    assert counted_by(accounts.confirm(held.account, held.hold, used=used).account) == [None, used]


@pytest.mark.parametrize("used", [None, 5, 15])
@pytest.mark.parametrize(
    "account",
    [
        accounts.put(Account(), combine([item(100), item(0, unlimited=True)], feature_id="messages")),
        Account(flags={"messages": Flag(id="flag_1", feature_id="messages")}),
    ],
    ids=["unlimited", "a flag"],
)
def test_what_tracking_does_not_count_confirming_does_not_count(account: Account, used: int | None) -> None:
    limits = [UsageLimit(feature_id="messages", limit=50, interval="day")]
    limited = evolve(account, controls=BillingControls(usage_limits=limits))
    held = accounts.hold(limited, "messages", 10, id="h1")
    assert counted_by(accounts.track(limited, "messages", 10).account) == [None]
    assert counted_by(accounts.confirm(held.account, held.hold, used=used).account) == [None]


@pytest.mark.parametrize(("behavior", "usage"), [("cap", 60), ("overflow", 70), ("reject", 60)])
def test_a_limit_that_was_exceeded_since_counts_on_only_where_all_usage_counts(behavior: Any, usage: int) -> None:
    limit = UsageLimit(feature_id="messages", limit=50, interval="day")
    held = accounts.hold(evolve(MESSAGES, controls=BillingControls(usage_limits=[limit])), "messages", 10, id="h1")
    exceeded = evolve(held.account, controls=BillingControls(usage_limits=[evolve(limit, usage=60)]))
    assert counted_by(accounts.confirm(exceeded, held.hold, overage_behavior=behavior).account) == [usage]


def test_the_expanded_feature_of_a_balance_serves_where_the_catalog_has_none() -> None:
    system = Feature(
        id="credits",
        name="Credits",
        type="credit_system",
        consumable=True,
        credit_schema=[CreditCost(metered_feature_id="messages", credit_cost=2)],
    )
    account = accounts.put(Account(), combine([item(100, id="a")], feature_id="credits", feature=system))
    assert accounts.track(account, "messages", 5).account.balances["credits"].usage == 10


def test_a_ruling_that_refuses_is_falsy() -> None:
    assert accounts.check(MESSAGES, "messages", 25)
    for feature_id, required in ("messages", 26), ("seats", 1):
        ruling = accounts.check(MESSAGES, feature_id, required)
        assert not ruling
        assert not ruling.allowed


def test_a_refund_pays_the_overage_of_every_payer_before_it_fills_any_item() -> None:
    system = Feature(
        id="credits",
        name="Credits",
        type="credit_system",
        consumable=True,
        credit_schema=[CreditCost(metered_feature_id="messages", credit_cost=4)],
    )
    owing = combine([item(100, 120, id="pack")], feature_id="credits")
    account = accounts.put(accounts.put(Account(features=[system]), balance(100, 50)), owing)
    refunded = accounts.track(account, "messages", -7)
    lines: list[Any] = [(line.feature_id, line.units, line.amount, line.is_overage) for line in refunded.deductions]
    assert lines == [("credits", -5, -20, True), ("messages", -2, -2, False)]


@pytest.mark.parametrize(("required", "shown"), [(0, "messages"), (25, "messages"), (26, "credits"), (99, "credits")])
def test_a_ruling_names_the_own_balance_as_long_as_it_alone_suffices(required: int, shown: str) -> None:
    entry = CreditCost(metered_feature_id="messages", credit_cost=2)
    system = Feature(id="credits", name="Credits", type="credit_system", consumable=True, credit_schema=[entry])
    held = {"messages": balance(100, 75), "credits": balance(40, feature_id="credits")}
    assert accounts.check(Account(features=[system], balances=held), "messages", required).feature_id == shown


def test_a_cost_that_does_not_end_is_exact_where_several_pay() -> None:
    two_thirds = CreditCost(metered_feature_id="messages", credit_cost=2, billing_units=3)
    one = CreditCost(metered_feature_id="messages", credit_cost=1)
    catalog = [
        Feature(id=name, name="", type="credit_system", consumable=True, credit_schema=[entry])
        for name, entry in (("credits", two_thirds), ("tokens", one))
    ]
    held = {name: balance(amount, feature_id=name) for name, amount in (("credits", 2), ("tokens", 6))}
    account = Account(features=catalog, balances=held)
    assert accounts.check(account, "messages", 9).headroom == 9
    assert not accounts.check(account, "messages", Decimal("9.000000001"))
    used = accounts.track(account, "messages", 9, overage_behavior="reject").deductions
    lines: list[Any] = [(line.feature_id, line.units, line.amount) for line in used]
    assert lines == [("credits", 3, 2), ("tokens", 6, 6)]


def two_systems(costs: tuple[float, float], credits: int = 100, **controls: Any) -> Account:  # noqa: A002  (as above)
    catalog = [
        Feature(
            id=name,
            name="",
            type="credit_system",
            consumable=True,
            credit_schema=[CreditCost(metered_feature_id="images", credit_cost=cost)],
        )
        for name, cost in zip(("credits", "tokens"), costs, strict=True)
    ]
    held = {"credits": balance(credits, feature_id="credits"), "tokens": balance(100, feature_id="tokens")}
    return Account(features=catalog, balances=held, controls=BillingControls(**controls))


def test_the_headroom_has_no_trailing_zeros_where_the_costs_multiply_to_one() -> None:
    assert str(accounts.check(two_systems((2.5, 0.4), 10), "images").headroom) == "254"
    assert str(accounts.check(two_systems((2.5, 0.4), 11), "images").headroom) == "254.4"


def test_a_credit_system_that_names_itself_pays_once_for_its_own_use() -> None:
    entries = [CreditCost(metered_feature_id=name, credit_cost=2) for name in ("credits", "messages")]
    system = Feature(id="credits", name="Credits", type="credit_system", consumable=True, credit_schema=entries)
    account = accounts.put(Account(features=[system]), balance(10, feature_id="credits"))
    assert accounts.check(account, "credits", 11).headroom == 10
    assert accounts.check(account, "messages").headroom == 5
    assert [line.amount for line in accounts.track(account, "credits", 11).deductions] == [10]


def test_a_system_without_one_cost_stands_in_the_way_only_where_it_is_held() -> None:
    tiered = CreditCost(metered_feature_id="messages", tiers=[CreditTier(to=100, credit_cost=2)])
    plain = CreditCost(metered_feature_id="messages", credit_cost=4)
    catalog = [
        Feature(id=name, name="", type="credit_system", consumable=True, credit_schema=[entry])
        for name, entry in (("tiered", tiered), ("credits", plain))
    ]
    held = {"messages": balance(100, 97), "credits": balance(40, feature_id="credits")}
    account = Account(features=catalog, balances=held)
    for _ in range(2):
        assert accounts.check(account, "messages", 14).headroom == 13
        assert accounts.track(account, "messages", 13).untracked == 0
    also_tiered = accounts.put(account, balance(10, feature_id="tiered"))
    for verb, features in product((accounts.check, accounts.track), (catalog, catalog[:1])):
        with pytest.raises(NoCreditCost, match=r"in 'tiered', got 1 tier"):
            verb(evolve(also_tiered, features=features), "messages", 1)
    before = accounts.hold(account, "messages", 5, id="h1")
    with_tiered = accounts.put(before.account, also_tiered.balances["tiered"])
    assert accounts.confirm(with_tiered, before.hold).tracked == 5


def test_the_items_of_two_systems_pay_in_one_order_where_the_feature_itself_is_not_held() -> None:
    entry = CreditCost(metered_feature_id="messages", credit_cost=1)
    catalog = [
        Feature(id=name, name="", type="credit_system", consumable=True, credit_schema=[entry])
        for name in ("seats", "tokens")
    ]
    parts = {
        "seats": [item(10, id="a"), item(10, id="b", reset=monthly())],
        "tokens": [item(10, id="c", reset=monthly())],
    }
    account = Account(features=catalog, balances={name: combine(own, feature_id=name) for name, own in parts.items()})
    assert [line.id for line in accounts.track(account, "messages", 25).deductions] == ["b", "c", "a"]


def test_alerts_are_asked_of_each_balance_that_both_accounts_have() -> None:
    alerts = [
        UsageAlert(threshold=80, threshold_type="usage", name=name, feature_id=name) for name in ("seats", "messages")
    ]
    before = evolve(MESSAGES, controls=BillingControls(usage_alerts=alerts))
    after = accounts.put(accounts.track(before, "messages", 10).account, balance(100, 90, feature_id="seats"))
    assert accounts.crossed(before, after) == {"messages": (alerts[1],)}
    assert accounts.crossed(after, before) == {}


def test_a_balance_that_is_equal_to_what_it_was_asks_no_alert() -> None:
    unknown = UsageAlert(threshold=80, threshold_type="usage", basis="balance")
    before = evolve(MESSAGES, controls=BillingControls(usage_alerts=[unknown]))
    again = accounts.put(before, evolve(before.balances["messages"]))
    assert again.balances["messages"] is not before.balances["messages"]
    assert accounts.crossed(before, again) == {}
    with pytest.raises(UnknownAlert):
        accounts.crossed(before, accounts.track(before, "messages").account)


@pytest.mark.parametrize(
    ("others", "under_limits", "in_balance", "limit"),
    [
        (3, None, 2, None),
        (3, None, 1, Limit.MAX_PURCHASE),
        (3, 1, 2, Limit.USAGE_LIMIT),
        (None, None, 0, None),
        (5, None, 0, None),
        (0, None, 5, None),
    ],
)
def test_the_last_payer_stops_a_use_if_the_others_leave_it_more_than_it_may_pay(
    others: int | None, under_limits: int | None, in_balance: int, limit: Limit | None
) -> None:
    room, limits = (None if amount is None else Decimal(amount) for amount in (others, under_limits))
    last = Funds(limits, Decimal(in_balance), Limit.MAX_PURCHASE)
    assert stopped_by(Decimal(5), None, room, last, Decimal(1)) is limit
    assert stopped_by(Decimal(5), Decimal(4), room, last, Decimal(1)) is Limit.USAGE_LIMIT


@pytest.mark.parametrize(
    ("costs", "held", "rest"), [((0.5, 2), 2, "2"), ((2, 0.5), 2, "2"), ((3, 2), 4, f"7.{'3' * 33}")]
)
def test_each_system_pays_in_its_own_unit_down_to_the_last_digit(
    costs: tuple[float, float], held: int, rest: str
) -> None:
    tracked = accounts.track(two_systems(costs, held), "images", 5)
    assert [tracked.tracked, tracked.untracked] == [5, 0]
    lines: list[Any] = [(line.feature_id, line.amount) for line in tracked.deductions]
    assert lines == [("credits", held), ("tokens", Decimal(rest))]


def test_what_others_paid_does_not_count_against_the_last_payer() -> None:
    limit = UsageLimit(feature_id="tokens", limit=8, interval="day")
    account = two_systems((1, 1), 10, usage_limits=[limit])
    short = evolve(account, balances={**account.balances, "tokens": balance(3, feature_id="tokens")})
    tracked = accounts.track(short, "images", 15)
    assert [tracked.tracked, tracked.limit] == [13, Limit.INCLUDED]


def test_a_limit_on_one_system_is_none_on_another() -> None:
    limit = UsageLimit(feature_id="tokens", limit=8, interval="day")
    assert accounts.check(two_systems((4, 4), usage_limits=[limit]), "images").headroom == 27
