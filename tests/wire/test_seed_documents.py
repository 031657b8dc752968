"""The objects of the five seed pages, and older documents of the same objects: read and written in both formats."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import pytest
from helpers import EPOCH, moment
from payloads import (
    SPRING,
    SUMMER,
    Document,
    deleted,
    found_at,
    full,
    in_case,
    other,
    place_of,
    read,
    replaced,
    same,
    with_numbers,
    written,
)
from wire_classes import each_case, each_class

from balances import (
    Balance,
    BillingMethod,
    Breakdown,
    BreakdownSource,
    CombineMode,
    CreditCost,
    Display,
    Feature,
    FeatureType,
    Interval,
    Price,
    Reset,
    Rollover,
    RolloverRule,
    Tier,
    TierBehavior,
    UnknownWord,
    wire,
)
from balances.wire.dialects import Case

Change: TypeAlias = Callable[[Document], Document]


class Page(NamedTuple):
    """One object of one page: its own case, its document, what it means, and what is written for it."""

    name: str
    case: Case
    document: Document
    value: Balance | Breakdown

    @property
    def canonical(self) -> Document:
        """What is read over is not written; a breakdown always is."""
        shown = {key: value for key, value in self.document.items() if key != "object"}
        return {**shown, "breakdown": shown.get("breakdown", [])} if isinstance(self.value, Balance) else shown


BALANCES = Page(
    name="Balances",
    case="snake",
    document={
        "feature_id": "messages",
        "granted": 1040,
        "remaining": 552.5,
        "usage": 487.5,
        "unlimited": False,
        "overage_allowed": True,
        "max_purchase": 2500,
        "next_reset_at": SPRING,
        "breakdown": [
            {
                "id": "item_1",
                "plan_id": "starter",
                "included_grant": 1000,
                "prepaid_grant": 0,
                "remaining": 512.5,
                "usage": 487.5,
                "unlimited": False,
                "reset": {"interval": "month", "resets_at": SPRING},
                "price": None,
                "expires_at": None,
            },
        ],
        "rollovers": [{"granted": 50, "balance": 40, "expires_at": SUMMER}],
    },
    value=Balance(
        feature_id="messages",
        granted=1040,
        remaining=552.5,
        usage=487.5,
        overage_allowed=True,
        max_purchase=2500,
        next_reset_at=moment(SPRING),
        breakdown=[
            Breakdown(
                id="item_1",
                plan_id="starter",
                included_grant=1000,
                remaining=512.5,
                usage=487.5,
                reset=Reset(interval=Interval.MONTH, resets_at=moment(SPRING)),
            ),
        ],
        rollovers=[Rollover(granted=50, balance=40, expires_at=moment(SUMMER))],
    ),
)

TRACK_BALANCES = Page(
    name="TrackBalances",
    case="snake",
    document={
        "feature_id": "credits",
        "feature": {
            "id": "credits",
            "name": "Credits",
            "type": "credit_system",
            "consumable": True,
            "archived": False,
            "event_names": ["image.made"],
            "credit_schema": [{"metered_feature_id": "images", "credit_cost": 4}],
            "display": {"singular": "credit", "plural": "credits"},
            "combine": "sum",
        },
        "granted": 20,
        "remaining": 0,
        "usage": 26,
        "unlimited": False,
        "overage_allowed": True,
        "max_purchase": None,
        "next_reset_at": None,
        "breakdown": [
            {
                "id": "item_2",
                "plan_id": None,
                "included_grant": 15,
                "prepaid_grant": 5,
                "remaining": 0,
                "usage": 26,
                "unlimited": False,
                "reset": None,
                "price": {
                    "tiers": [{"to": 100, "amount": 0.5}, {"to": "inf", "amount": 0.1, "flat_amount": 3}],
                    "tier_behavior": "volume",
                    "billing_units": 1,
                    "billing_method": "usage_based",
                    "max_purchase": 80,
                },
                "expires_at": SUMMER,
                "source": "entity",
            },
        ],
        "rollovers": [{"granted": 6, "balance": 6, "expires_at": 0}],
    },
    value=Balance(
        feature_id="credits",
        feature=Feature(
            id="credits",
            name="Credits",
            type=FeatureType.CREDIT_SYSTEM,
            consumable=True,
            event_names=["image.made"],
            credit_schema=[CreditCost(metered_feature_id="images", credit_cost=4)],
            display=Display(singular="credit", plural="credits"),
            combine=CombineMode.SUM,
        ),
        granted=20,
        remaining=0,
        usage=26,
        overage_allowed=True,
        breakdown=[
            Breakdown(
                id="item_2",
                included_grant=15,
                prepaid_grant=5,
                remaining=0,
                usage=26,
                price=Price(
                    tiers=[Tier(to=100, amount=0.5), Tier(to=None, amount=0.1, flat_amount=3)],
                    tier_behavior=TierBehavior.VOLUME,
                    billing_method=BillingMethod.USAGE_BASED,
                    max_purchase=80,
                ),
                expires_at=moment(SUMMER),
                source=BreakdownSource.ENTITY,
            ),
        ],
        rollovers=[Rollover(balance=6)],
    ),
)

UPDATE_CUSTOMER_BALANCES_EXAMPLE = Page(
    name="UpdateCustomerBalances, the page's own example",
    case="camel",
    document={
        "object": "balance",
        "featureId": "<id>",
        "granted": 3659.37,
        "remaining": 1762.52,
        "usage": 5915.11,
        "unlimited": False,
        "overageAllowed": False,
        "maxPurchase": 8309.89,
        "nextResetAt": 3915.29,
    },
    value=Balance(
        feature_id="<id>",
        granted=Decimal("3659.37"),
        remaining=Decimal("1762.52"),
        usage=Decimal("5915.11"),
        max_purchase=Decimal("8309.89"),
        next_reset_at=EPOCH + timedelta(microseconds=3915290),
    ),
)

UPDATE_CUSTOMER_BALANCES = Page(
    name="UpdateCustomerBalances",
    case="camel",
    document={
        "object": "balance",
        "featureId": "seats",
        "feature": {"id": "seats", "name": "Seats", "type": "metered", "consumable": False, "archived": True},
        "granted": 0,
        "remaining": 0,
        "usage": -2,
        "unlimited": True,
        "overageAllowed": False,
        "maxPurchase": None,
        "nextResetAt": SPRING,
        "breakdown": [
            {
                "id": "item_3",
                "planId": "team",
                "includedGrant": 0,
                "prepaidGrant": 0,
                "remaining": 0,
                "usage": -2,
                "unlimited": True,
                "reset": {"interval": "semi_annual", "intervalCount": 2, "resetsAt": SPRING},
                "price": {"amount": 12.5, "billingUnits": 5, "billingMethod": "prepaid", "maxPurchase": None},
                "expiresAt": None,
            },
        ],
        "rollovers": [{"granted": 3, "balance": 0.1, "expiresAt": SUMMER}],
    },
    value=Balance(
        feature_id="seats",
        feature=Feature(id="seats", name="Seats", type="metered", consumable=False, archived=True),
        granted=0,
        remaining=0,
        usage=-2,
        unlimited=True,
        next_reset_at=moment(SPRING),
        breakdown=[
            Breakdown(
                id="item_3",
                plan_id="team",
                included_grant=0,
                remaining=0,
                usage=-2,
                unlimited=True,
                reset=Reset(interval="semi_annual", interval_count=2, resets_at=moment(SPRING)),
                price=Price(amount=12.5, billing_units=5, billing_method="prepaid"),
            ),
        ],
        rollovers=[Rollover(granted=3, balance=Decimal("0.1"), expires_at=moment(SUMMER))],
    ),
)

BREAKDOWN = Page(
    name="Breakdown",
    case="snake",
    document={
        "id": "item_4",
        "plan_id": "top_up",
        "included_grant": 0,
        "prepaid_grant": 600,
        "remaining": 150.25,
        "usage": 449.75,
        "unlimited": False,
        "reset": {"interval": "one_off", "resets_at": None},
        "price": {"amount": 9, "billing_units": 200, "billing_method": "prepaid", "max_purchase": 1000},
        "expires_at": SUMMER,
    },
    value=Breakdown(
        id="item_4",
        plan_id="top_up",
        included_grant=0,
        prepaid_grant=600,
        remaining=150.25,
        usage=449.75,
        reset=Reset(interval=Interval.ONE_OFF),
        price=Price(amount=9, billing_units=200, billing_method=BillingMethod.PREPAID, max_purchase=1000),
        expires_at=moment(SUMMER),
    ),
)

TRACK_BALANCES_BREAKDOWN_EXAMPLE = Page(
    name="TrackBalancesBreakdown, the page's own example",
    case="camel",
    document={
        "planId": "<id>",
        "includedGrant": 6975.73,
        "prepaidGrant": 8920.32,
        "remaining": 1995.26,
        "usage": 6914.28,
        "unlimited": True,
        "reset": {"interval": "<value>", "resetsAt": 4863.52},
        "price": {"billingUnits": 7026.6, "billingMethod": "usage_based", "maxPurchase": 196.39},
        "expiresAt": 3405.11,
    },
    value=Breakdown(
        plan_id="<id>",
        included_grant=Decimal("6975.73"),
        prepaid_grant=Decimal("8920.32"),
        remaining=Decimal("1995.26"),
        usage=Decimal("6914.28"),
        unlimited=True,
        reset=Reset(interval=UnknownWord("<value>"), resets_at=EPOCH + timedelta(microseconds=4863520)),
        price=Price(
            billing_units=Decimal("7026.6"),
            billing_method=BillingMethod.USAGE_BASED,
            max_purchase=Decimal("196.39"),
        ),
        expires_at=EPOCH + timedelta(microseconds=3405110),
    ),
)

TRACK_BALANCES_BREAKDOWN = Page(
    name="TrackBalancesBreakdown",
    case="camel",
    document={
        "id": "item_5",
        "planId": None,
        "includedGrant": 70,
        "prepaidGrant": 0,
        "remaining": 0.7,
        "usage": 69.3,
        "unlimited": False,
        "reset": {"interval": "multiple", "resetsAt": None},
        "price": {
            "tiers": [{"to": 70, "amount": 0}, {"to": "inf", "amount": 0.002, "flatAmount": 1.5}],
            "tierBehavior": "graduated",
            "billingUnits": 10,
            "billingMethod": "usage_based",
            "maxPurchase": None,
        },
        "expiresAt": SUMMER,
    },
    value=Breakdown(
        id="item_5",
        included_grant=70,
        remaining=Decimal("0.7"),
        usage=Decimal("69.3"),
        reset=Reset(interval=UnknownWord("multiple")),
        price=Price(
            tiers=[Tier(to=70, amount=0), Tier(to=None, amount=Decimal("0.002"), flat_amount=1.5)],
            tier_behavior="graduated",
            billing_units=10,
            billing_method="usage_based",
        ),
        expires_at=moment(SUMMER),
    ),
)

FULL_PAGES = (BALANCES, TRACK_BALANCES, UPDATE_CUSTOMER_BALANCES, BREAKDOWN, TRACK_BALANCES_BREAKDOWN)
PAGES = (*FULL_PAGES, UPDATE_CUSTOMER_BALANCES_EXAMPLE, TRACK_BALANCES_BREAKDOWN_EXAMPLE)

BALANCE_ROWS = (
    "feature_id granted remaining usage unlimited overage_allowed max_purchase next_reset_at breakdown rollovers"
)
ITEM_ROWS = "id plan_id included_grant prepaid_grant remaining usage unlimited reset price expires_at"
ROWS = {
    "Balances": BALANCE_ROWS,
    "TrackBalances": f"{BALANCE_ROWS} feature",
    "UpdateCustomerBalances": f"{BALANCE_ROWS} feature object",
    "Breakdown": ITEM_ROWS,
    "TrackBalancesBreakdown": ITEM_ROWS,
}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.mark.parametrize("page", FULL_PAGES, ids=lambda page: page.name)
def test_a_full_document_has_every_row_of_its_page(page: Page) -> None:
    assert set(in_case(page.document, "snake")) == set(ROWS[page.name].split())


@pages
def test_a_page_is_read_in_its_own_format(page: Page) -> None:
    assert same(read(page.document, type(page.value), page.case), page.value)


@pages
def test_a_page_is_read_in_the_other_format(page: Page) -> None:
    case = other(page.case)
    assert same(read(in_case(page.document, case), type(page.value), case), page.value)


@pages
def test_a_page_is_written_as_it_was_read(page: Page) -> None:
    assert same(written(page.value, page.case), page.canonical)


@pages
def test_a_page_is_written_in_the_other_format_with_its_keys_renamed(page: Page) -> None:
    case = other(page.case)
    assert same(written(page.value, case), in_case(page.canonical, case))


@pages
def test_a_page_in_the_wrong_case_is_refused(page: Page) -> None:
    with pytest.raises(wire.WireError, match="the key is missing"):
        read(page.document, type(page.value), other(page.case))


@each_case
def test_what_is_hidden_is_written_when_asked_for(case: Case) -> None:
    shown = wire.make_converter(case, internal=True).unstructure(BALANCES.value)
    assert shown["object"] == "balance"
    assert [(item["object"], item["overage"]) for item in shown["breakdown"]] == [("balance_breakdown", 0)]


@each_case
def test_the_overage_that_is_written_is_what_was_used_beyond_the_grant(case: Case) -> None:
    shown = wire.make_converter(case, internal=True).unstructure(TRACK_BALANCES.value)
    assert [item["overage"] for item in shown["breakdown"]] == [6]


@each_case
@each_class
def test_a_document_with_every_key_of_its_class_is_written_as_it_was_read(cls: type, case: Case) -> None:
    document = full(cls, case)
    value = read(document, cls, case)
    assert isinstance(value, cls)
    assert same(written(value, case), document)
    assert document == full(cls, case)


@each_case
@each_class
def test_a_document_means_the_same_in_both_formats(cls: type, case: Case) -> None:
    value = read(full(cls, case), cls, case)
    assert same(read(full(cls, other(case)), cls, other(case)), value)
    assert same(in_case(written(value, other(case)), case), written(value, case))


def put(path: str, value: object) -> Change:
    return lambda document: replaced(document, place_of(path), value)


def without(path: str) -> Change:
    return lambda document: deleted(document, place_of(path))


def spelled(path: str, name: str) -> Change:
    place = place_of(path)
    return lambda document: replaced(deleted(document, place), (*place[:-1], name), found_at(document, place))


def numbers(convert: Callable[[int | float], object]) -> Change:
    return lambda document: with_numbers(document, convert)


def unchanged(document: Document) -> Document:
    return document


class Said(NamedTuple):
    """The same thing said twice: as it is written now, and as older documents, or other senders, say it."""

    name: str
    now: Change
    before: Change


ITEM = "$.breakdown[0]"
TIERS = f"{ITEM}.price.tiers"
SAID = (
    Said("an empty id", without(f"{ITEM}.id"), put(f"{ITEM}.id", "")),
    Said("a null id", without(f"{ITEM}.id"), put(f"{ITEM}.id", None)),
    Said("an item of no plan", put(f"{ITEM}.plan_id", None), without(f"{ITEM}.plan_id")),
    Said("no granted in a rollover", put("$.rollovers[0].granted", 12.5), without("$.rollovers[0].granted")),
    Said("a null granted in a rollover", put("$.rollovers[0].granted", 12.5), put("$.rollovers[0].granted", None)),
    Said("never as null in a rollover", put("$.rollovers[0].expires_at", 0), put("$.rollovers[0].expires_at", None)),
    Said("never as nothing in a rollover", put("$.rollovers[0].expires_at", 0), without("$.rollovers[0].expires_at")),
    Said("never as 0.0 in a rollover", put("$.rollovers[0].expires_at", 0), put("$.rollovers[0].expires_at", 0.0)),
    Said("never as 0 in an item", put(f"{ITEM}.expires_at", None), put(f"{ITEM}.expires_at", 0)),
    Said("never as 0.0 in an item", put(f"{ITEM}.expires_at", None), put(f"{ITEM}.expires_at", 0.0)),
    Said("never as nothing in an item", put(f"{ITEM}.expires_at", None), without(f"{ITEM}.expires_at")),
    Said("object in a balance", unchanged, put("$.object", "balance")),
    Said("object in an item", unchanged, put(f"{ITEM}.object", "balance_breakdown")),
    Said("overage in an item", unchanged, put(f"{ITEM}.overage", 120.5)),
    Said("no end as -1", unchanged, put(f"{TIERS}[1].to", -1)),
    Said("no end as -1.0", unchanged, put(f"{TIERS}[1].to", -1.0)),
    Said("no end as -1 of a credit tier", unchanged, put("$.feature.credit_schema[0].tiers[1].to", -1)),
    Said(
        "an old spelling",
        unchanged,
        spelled(f"{ITEM}.price.tier_behavior", "tier_behaviour"),
    ),
    Said("an interval count of one", without(f"{ITEM}.reset.interval_count"), put(f"{ITEM}.reset.interval_count", 1)),
    Said("a flat amount of nothing", without(f"{TIERS}[0].flat_amount"), put(f"{TIERS}[0].flat_amount", 0)),
    Said("rollovers that are none", without("$.rollovers"), put("$.rollovers", [])),
    Said("rollovers that are null", without("$.rollovers"), put("$.rollovers", None)),
    Said("a breakdown that is missing", put("$.breakdown", []), without("$.breakdown")),
    Said("a breakdown that is null", put("$.breakdown", []), put("$.breakdown", None)),
    Said("no maximum", put("$.max_purchase", None), without("$.max_purchase")),
    Said("no reset", put("$.next_reset_at", None), without("$.next_reset_at")),
    Said("markups that are null", without("$.feature.model_markups"), put("$.feature.model_markups", None)),
    Said("a display that is null", without("$.feature.display"), put("$.feature.display", None)),
    Said("a display of nulls", put("$.feature.display", {}), put("$.feature.display", {"singular": None})),
    Said("a feature that is null", without("$.feature"), put("$.feature", None)),
    Said("an allocation that is null", without(f"{ITEM}.allocation"), put(f"{ITEM}.allocation", None)),
    Said("a key of tomorrow", unchanged, put(f"{ITEM}.tomorrow", {"unheard": ["of"]})),
    Said("whole floats", unchanged, numbers(float)),
    Said("decimals", unchanged, numbers(lambda number: Decimal(str(number)))),
    Said(
        "decimals with zeros",
        unchanged,
        numbers(lambda number: Decimal(f"{number:.4f}")),
    ),
)


@each_case
@pytest.mark.parametrize("said", SAID, ids=lambda said: said.name)
def test_an_older_document_means_what_the_newest_says(said: Said, case: Case) -> None:
    now = in_case(said.now(full(Balance)), case)
    before = in_case(said.before(full(Balance)), case)
    value = read(before, Balance, case)
    assert same(value, read(now, Balance, case))
    assert same(written(value, case), now)


@each_case
def test_a_missing_length_of_a_rollover_rule_is_one_month(case: Case) -> None:
    document = in_case({"max": None, "expiry_duration_type": "month"}, case)
    value = read(document, RolloverRule, case)
    assert value == RolloverRule(months=1)
    assert same(
        written(value, case), {**document, "expiryDurationLength" if case == "camel" else "expiry_duration_length": 1}
    )
