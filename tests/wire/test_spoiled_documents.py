"""Documents that do not fit: one `WireError` with every problem, each where the sender has it, in both formats."""

import math
import pickle
from collections import ChainMap, OrderedDict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from helpers import try_each
from other_keys import OTHERS
from payloads import (
    SPRING,
    Document,
    around,
    deleted,
    full,
    in_case,
    other,
    path_in_case,
    path_of,
    place_of,
    places_of_its_own,
    read,
    replaced,
    same,
)
from wire_classes import CLASSES, converter_for, each_case, each_class

from balances import (
    Account,
    Allocation,
    AutoTopup,
    AutoTopupFailed,
    AutoTopupSucceeded,
    Balance,
    BalanceAllocation,
    BalancePage,
    BalanceRow,
    BillingControls,
    BillingUpdated,
    Breakdown,
    CheckResponse,
    CreditCost,
    CreditTier,
    Customer,
    CustomerPage,
    Deduction,
    Display,
    Entity,
    EntityAllocation,
    EntityPage,
    Feature,
    Flag,
    Hold,
    LimitReached,
    ModelMarkup,
    OverageControl,
    PlanItem,
    PlanPrice,
    Price,
    ProductsUpdated,
    PropertyFilter,
    ProviderMarkup,
    PurchaseLimit,
    Reset,
    Rollover,
    RolloverRule,
    SpendLimit,
    ThresholdReached,
    Tier,
    TrackDeduction,
    TrackResponse,
    UsageAlert,
    UsageAlertTriggered,
    UsageEvent,
    UsageEventPage,
    UsageLimit,
    Webhook,
)
from balances.wire import Problem, WireError
from balances.wire.dialects import Case

pytestmark = pytest.mark.heavy

LONGEST_MESSAGE = 600

Wrong = tuple[object, str]
"""What came, and how the message tells it."""


class Spoiled(NamedTuple):
    """A good document in which one place holds what does not fit."""

    cls: type
    path: str
    value: object
    expected: str
    came: str

    def document(self, case: Case) -> Any:
        """Return it in either format."""
        return replaced(full(self.cls, case), place_of(path_in_case(self.path, case)), self.value)

    def __str__(self) -> str:
        """Name the case."""
        return f"{self.cls.__name__} {self.path} = {self.came}"


def at(cls: type, path: str, expected: str, *rows: Wrong) -> list[Spoiled]:
    """Return one spoiled document for each wrong value."""
    return [Spoiled(cls, path, value, expected, came) for value, came in rows]


def told(wrong: Wrong) -> str:
    return wrong[1]


def nested(levels: int, innermost: object) -> Any:
    for _ in range(levels):
        innermost = [innermost]
    return innermost


def nested_objects(levels: int) -> Any:
    innermost: object = 1
    for _ in range(levels):
        innermost = {"in": innermost}
    return innermost


HUGE = 10**10_000
LIST_OF_A_MILLION = [0] * 1_000_000
DEEP = nested(1000, 1)

TEXT: Wrong = ("5", "'5'")
LONG_TEXT: Wrong = ("5" * 100_000, "(100,000 characters)")
NULL: Wrong = (None, "None")
TRUE: Wrong = (True, "True")
FALSE: Wrong = (False, "False")
ONE: Wrong = (1, "1")
WHOLE_FLOAT: Wrong = (1.0, "1.0")
LIST: Wrong = ([], "a list of 0 items")
PAIR: Wrong = ([1, 2], "a list of 2 items")
MILLION: Wrong = (LIST_OF_A_MILLION, "a list of 1,000,000 items")
NESTED: Wrong = (DEEP, "a list of 1 item")
OBJECT: Wrong = ({}, "0 keys")
NESTED_OBJECTS: Wrong = (nested_objects(1000), "1 key")
BYTES: Wrong = (b"5", "bytes")
SET: Wrong = ({1}, "set")
COMPLEX: Wrong = (1j, "complex")
ANYTHING: Wrong = (object(), "object")
NAN: Wrong = (math.nan, "nan")
INFINITE: Wrong = (math.inf, "inf")
MINUS_INFINITE: Wrong = (-math.inf, "-inf")
# `json.loads` reads 1e400 as infinity, and as this when it is told to read decimals.
DECIMAL_1E400: Wrong = (Decimal("1e400"), "1E+400")
DECIMAL_TINY: Wrong = (Decimal("1e-400"), "1E-400")
DECIMAL_NAN: Wrong = (Decimal("NaN"), "NaN")
DECIMAL_SIGNALLING: Wrong = (Decimal("sNaN"), "sNaN")
DECIMAL_INFINITE: Wrong = (Decimal("-Infinity"), "-Infinity")
DECIMAL_ASTRONOMIC: Wrong = (Decimal("1e999999999"), "1E+999999999")
TEN_THOUSAND_DIGITS: Wrong = (HUGE, "about 10,001 digits")
MINUS_TEN_THOUSAND_DIGITS: Wrong = (-HUGE, "about 10,001 digits")

NOT_NUMBERS = (
    TEXT, LONG_TEXT, TRUE, FALSE, LIST, PAIR, MILLION, NESTED, OBJECT, NESTED_OBJECTS, BYTES, SET, COMPLEX, ANYTHING,
)  # fmt: skip
NOT_FINITE = (NAN, INFINITE, MINUS_INFINITE, DECIMAL_NAN, DECIMAL_SIGNALLING, DECIMAL_INFINITE)
NOT_HELD = (
    DECIMAL_1E400, DECIMAL_TINY, DECIMAL_ASTRONOMIC, TEN_THOUSAND_DIGITS, MINUS_TEN_THOUSAND_DIGITS,
)  # fmt: skip
NO_AMOUNTS = (*NOT_NUMBERS, *NOT_FINITE, *NOT_HELD)
NO_TEXTS = (NULL, ONE, TRUE, WHOLE_FLOAT, NAN, LIST, OBJECT, BYTES, TEN_THOUSAND_DIGITS, NESTED, MILLION)
NO_FLAGS = (NULL, ONE, (0, "0"), WHOLE_FLOAT, ("true", "'true'"), ("", "''"), LIST, OBJECT, DECIMAL_NAN, NESTED)
NO_LISTS = (ONE, TRUE, TEXT, ("", "''"), OBJECT, NESTED_OBJECTS, SET, BYTES, TEN_THOUSAND_DIGITS)
NO_OBJECTS = (ONE, FALSE, TEXT, LIST, NESTED, MILLION, SET, NAN, TEN_THOUSAND_DIGITS)
NO_COUNTS = ((0, "0"), (-3, "-3"), (1.5, "1.5"), (0.0, "0.0"), (Decimal("2.5"), "2.5"))
# The first millisecond after, and the last one before what a datetime holds.
NO_MOMENTS = ((253402300800000, "253402300800000"), (-62135596800001, "-62135596800001"), (1e18, "1e+18"))

NUMBER = "number"
TIME = "a time in epoch milliseconds"
HELD_TIME = "a time that a datetime can hold"

SPOILED: Sequence[Spoiled] = (
    *at(Balance, "$", "an object", NULL, *NO_OBJECTS),
    *at(Balance, "$.feature_id", "a string", *NO_TEXTS),
    *at(Balance, "$.granted", NUMBER, NULL, *NO_AMOUNTS),
    *at(Balance, "$.remaining", NUMBER, TEXT, NULL),
    *at(Balance, "$.usage", NUMBER, TEXT, NULL),
    *at(Balance, "$.unlimited", "True or False", *NO_FLAGS),
    *at(Balance, "$.overage_allowed", "True or False", ONE, NULL),
    *at(Balance, "$.max_purchase", NUMBER, TEXT, INFINITE, FALSE),
    *at(Balance, "$.next_reset_at", TIME, ("2026-03-18T16:25:21Z", "'2026-03-18T16:25:21Z'"), *NO_AMOUNTS),
    *at(Balance, "$.next_reset_at", HELD_TIME, *NO_MOMENTS),
    *at(Balance, "$.breakdown", "a list", *NO_LISTS),
    *at(Balance, "$.breakdown[1]", "an object", NULL, *NO_OBJECTS),
    *at(Balance, "$.rollovers", "a list", *NO_LISTS),
    *at(Balance, "$.feature", "an object", *NO_OBJECTS),
    *at(Balance, "$.allocated", NUMBER, TEXT, NAN),
    *at(Balance, "$.unallocated", NUMBER, TEXT, TRUE),
    *at(Balance, "$.breakdown[1].price.tiers[0].amount", NUMBER, NULL, *NO_AMOUNTS),
    *at(Balance, "$.breakdown[0].price.tiers[1].to", NUMBER, *NOT_NUMBERS, *NOT_FINITE, *NOT_HELD),
    *at(Balance, "$.feature.model_markups['gpt-4.1'].input_cost", NUMBER, TEXT, NAN),
    *at(Breakdown, "$.id", "a string", ONE, LIST),
    *at(Breakdown, "$.plan_id", "a string", ONE, FALSE),
    *at(Breakdown, "$.included_grant", NUMBER, NULL, TEXT),
    *at(Breakdown, "$.prepaid_grant", NUMBER, NULL, TRUE),
    *at(Breakdown, "$.remaining", NUMBER, NULL, OBJECT),
    *at(Breakdown, "$.usage", NUMBER, NULL, NESTED),
    *at(Breakdown, "$.unlimited", "True or False", NULL, ONE),
    *at(Breakdown, "$.reset", "an object", ("month", "'month'"), *NO_OBJECTS),
    *at(Breakdown, "$.price", "an object", *NO_OBJECTS),
    *at(Breakdown, "$.expires_at", TIME, *NO_AMOUNTS),
    *at(Breakdown, "$.expires_at", HELD_TIME, *NO_MOMENTS),
    *at(Breakdown, "$.source", "a string", ONE, LIST),
    *at(Breakdown, "$.allocation", "an object", *NO_OBJECTS),
    *at(Breakdown, "$.allocation.amount", NUMBER, NULL, TEXT),
    *at(Reset, "$.interval", "a string", *NO_TEXTS),
    *at(Reset, "$.interval_count", "whole number of at least 1", *NO_COUNTS),
    *at(Reset, "$.interval_count", NUMBER, *NO_AMOUNTS),
    *at(Reset, "$.resets_at", TIME, *NOT_NUMBERS),
    *at(Price, "$.amount", NUMBER, TEXT, NAN),
    *at(Price, "$.tiers", "a list", *NO_LISTS),
    *at(Price, "$.tiers[0]", "an object", NULL, *NO_OBJECTS),
    *at(Price, "$.tier_behavior", "a string", ONE, OBJECT),
    *at(Price, "$.billing_units", NUMBER, NULL, *NOT_NUMBERS),
    *at(Price, "$.billing_units", "above 0", (0, "0"), (0.0, "0"), (-1, "-1"), (Decimal("-0.5"), "-0.5")),
    *at(Price, "$.billing_method", "a string", *NO_TEXTS),
    *at(Price, "$.max_purchase", NUMBER, TEXT, TRUE),
    *at(Tier, "$.to", 'number or "inf"', NULL, TRUE, ("Infinity", "'Infinity'"), ("INF", "'INF'"), TEXT, LIST),
    *at(Tier, "$.to", "at least 0", (-2, "-2"), (-0.5, "-0.5"), (-1.5, "-1.5"), (-1e300, "-1")),
    *at(Tier, "$.amount", NUMBER, NULL, TEXT),
    *at(Tier, "$.flat_amount", NUMBER, TEXT, FALSE),
    *at(Rollover, "$.granted", NUMBER, TEXT, TRUE),
    *at(Rollover, "$.balance", NUMBER, NULL, TEXT),
    *at(Rollover, "$.expires_at", TIME, *NO_AMOUNTS),
    *at(Rollover, "$.expires_at", HELD_TIME, *NO_MOMENTS),
    *at(Rollover, "$.expires_at", "after the epoch", (-1, "1969-12-31"), (-0.5, "1969-12-31"), (-SPRING, "1913-")),
    *at(Allocation, "$.amount", NUMBER, NULL, TEXT, NAN),
    *at(Feature, "$.id", "a string", NULL, ONE),
    *at(Feature, "$.name", "a string", NULL, ONE),
    *at(Feature, "$.type", "a string", *NO_TEXTS),
    *at(Feature, "$.consumable", "True or False", *NO_FLAGS),
    *at(Feature, "$.archived", "True or False", ONE, NULL),
    *at(Feature, "$.event_names", "a list", *NO_LISTS),
    *at(Feature, "$.event_names[1]", "a string", *NO_TEXTS),
    *at(Feature, "$.credit_schema", "a list", *NO_LISTS),
    *at(Feature, "$.credit_schema[1].credit_cost", NUMBER, TEXT, DECIMAL_1E400),
    *at(Feature, "$.model_markups", "an object", *NO_OBJECTS),
    *at(Feature, "$.model_markups['gpt-4.1']", "an object", NULL, *NO_OBJECTS),
    *at(Feature, "$.model_markups.local_model.markup", NUMBER, TEXT, TRUE),
    *at(Feature, "$.default_markup", NUMBER, TEXT, INFINITE),
    *at(Feature, "$.provider_markups", "an object", *NO_OBJECTS),
    *at(Feature, "$.provider_markups.some_provider.markup", NUMBER, NULL, TEXT),
    *at(Feature, "$.display", "an object", *NO_OBJECTS),
    *at(Feature, "$.combine", "a string", ONE, LIST),
    *at(Feature, "$.processors", "an object", *NO_OBJECTS),
    *at(Feature, "$.processors.stripe.levels[1]", "finite numbers", *NOT_FINITE, *NOT_HELD),
    *at(Feature, "$.processors.stripe.levels[3]", "plain data", SET, BYTES, COMPLEX, ANYTHING),
    *at(CreditCost, "$.metered_feature_id", "a string", NULL, ONE),
    *at(CreditCost, "$.credit_cost", NUMBER, TEXT, NAN),
    *at(CreditCost, "$.tiers", "a list", *NO_LISTS),
    *at(CreditCost, "$.tier_behavior", "a string", ONE, TRUE),
    *at(CreditCost, "$.billing_units", NUMBER, TEXT, LIST),
    *at(CreditCost, "$.dimensions", "an object", *NO_OBJECTS),
    *at(CreditCost, "$.multipliers", "an object", *NO_OBJECTS),
    *at(CreditCost, "$.multipliers.night.factor", "finite numbers", NAN, INFINITE),
    *at(CreditTier, "$.to", 'number or "inf"', NULL, TRUE, TEXT, NAN),
    *at(CreditTier, "$.credit_cost", NUMBER, NULL, TEXT),
    *at(ModelMarkup, "$.markup", NUMBER, TEXT, TRUE),
    *at(ModelMarkup, "$.output_cost", NUMBER, TEXT, DECIMAL_NAN),
    *at(ProviderMarkup, "$.markup", NUMBER, NULL, TEXT),
    *at(Display, "$.singular", "a string", ONE, LIST),
    *at(Display, "$.plural", "a string", ONE, TRUE),
    *at(Flag, "$.id", "a string", *NO_TEXTS),
    *at(Flag, "$.feature_id", "a string", NULL, ONE),
    *at(Flag, "$.plan_id", "a string", ONE, FALSE),
    *at(Flag, "$.expires_at", TIME, *NO_AMOUNTS),
    *at(Flag, "$.feature", "an object", *NO_OBJECTS),
    *at(Flag, "$.feature.display.plural", "a string", ONE),
    *at(BillingControls, "$", "an object", NULL, *NO_OBJECTS),
    *at(BillingControls, "$.spend_limits", "a list", *NO_LISTS),
    *at(BillingControls, "$.usage_limits", "a list", *NO_LISTS),
    *at(BillingControls, "$.overage_allowed", "a list", TRUE),
    *at(BillingControls, "$.usage_alerts", "a list", *NO_LISTS),
    *at(BillingControls, "$.auto_topups", "a list", *NO_LISTS),
    *at(BillingControls, "$.balance_allocations", "a list", *NO_LISTS),
    *at(BillingControls, "$.auto_topups[0].purchase_limit.next_reset_at", TIME, TEXT),
    *at(SpendLimit, "$.feature_id", "a string", ONE),
    *at(SpendLimit, "$.enabled", "True or False", ONE, TEXT),
    *at(SpendLimit, "$.limit_type", "a string", ONE),
    *at(SpendLimit, "$.overage_limit", NUMBER, TEXT, TRUE),
    *at(SpendLimit, "$.overage_limit", "at least 0", (-1, "-1"), (Decimal("-0.1"), "-0.1")),
    *at(SpendLimit, "$.skip_overage_billing", "True or False", ONE, TEXT),
    *at(SpendLimit, "$.source", "a string", ONE),
    *at(UsageLimit, "$.feature_id", "a string", NULL, ONE),
    *at(UsageLimit, "$.enabled", "True or False", ONE, TEXT),
    *at(UsageLimit, "$.limit", NUMBER, NULL, TEXT),
    *at(UsageLimit, "$.limit", "at least 0", (-1, "-1"), (-0.5, "-0.5"), (-1e300, "-1")),
    *at(UsageLimit, "$.interval", "a string", *NO_TEXTS),
    *at(UsageLimit, "$.anchor", "a string", ONE),
    *at(UsageLimit, "$.filter", "an object", *NO_OBJECTS),
    *at(UsageLimit, "$.filter.properties", "an object", NULL, *NO_OBJECTS),
    *at(UsageLimit, "$.filter.properties.region", "a string", *NO_TEXTS),
    *at(UsageLimit, "$.usage", NUMBER, TEXT),
    *at(PropertyFilter, "$.properties.model_name", "a string", ONE),
    *at(OverageControl, "$.feature_id", "a string", NULL, ONE),
    *at(OverageControl, "$.enabled", "True or False", ONE, TEXT),
    *at(OverageControl, "$.source", "a string", ONE),
    *at(UsageAlert, "$.feature_id", "a string", ONE),
    *at(UsageAlert, "$.enabled", "True or False", ONE, TEXT),
    *at(UsageAlert, "$.threshold", NUMBER, NULL, TEXT),
    *at(UsageAlert, "$.threshold_type", "a string", *NO_TEXTS),
    *at(UsageAlert, "$.name", "a string", ONE),
    *at(UsageAlert, "$.basis", "a string", ONE),
    *at(UsageAlert, "$.filter", "an object", *NO_OBJECTS),
    *at(AutoTopup, "$.feature_id", "a string", NULL, ONE),
    *at(AutoTopup, "$.enabled", "True or False", ONE, TEXT),
    *at(AutoTopup, "$.threshold", NUMBER, NULL, TEXT),
    *at(AutoTopup, "$.quantity", NUMBER, NULL, TEXT),
    *at(AutoTopup, "$.quantity", "at least 1", (0, "0"), (0.5, "0.5"), (-5, "-5")),
    *at(AutoTopup, "$.purchase_limit", "an object", *NO_OBJECTS),
    *at(AutoTopup, "$.invoice_mode", "True or False", ONE, TEXT),
    *at(PurchaseLimit, "$.interval", "a string", ONE, TRUE),
    *at(PurchaseLimit, "$.interval_count", "whole number of at least 1", *NO_COUNTS),
    *at(PurchaseLimit, "$.limit", NUMBER, TEXT),
    *at(PurchaseLimit, "$.count", NUMBER, TEXT),
    *at(PurchaseLimit, "$.next_reset_at", TIME, TEXT, TRUE),
    *at(BalanceAllocation, "$.feature_id", "a string", NULL, ONE),
    *at(BalanceAllocation, "$.interval", "a string", *NO_TEXTS),
    *at(BalanceAllocation, "$.allocations", "a list", *NO_LISTS),
    *at(BalanceAllocation, "$.allocations[1].amount", NUMBER, NULL, TEXT),
    *at(BalanceAllocation, "$.source", "a string", ONE),
    *at(EntityAllocation, "$.entity_id", "a string", NULL, ONE),
    *at(EntityAllocation, "$.amount", NUMBER, NULL, TEXT),
    *at(RolloverRule, "$", "an object", NULL, *NO_OBJECTS),
    *at(RolloverRule, "$.max", NUMBER, TEXT, TRUE),
    *at(RolloverRule, "$.max", "at least 0", (-1, "-1"), (-0.5, "-0.5")),
    *at(
        RolloverRule,
        "$.expiry_duration_type",
        '"month" or "forever"',
        *NO_TEXTS,
        ("year", "'year'"),
        ("", "''"),
        ("Month", "'Month'"),
    ),
    *at(RolloverRule, "$.expiry_duration_length", "whole number of at least 1", *NO_COUNTS),
    *at(PlanItem, "$.feature_id", "a string", NULL, ONE),
    *at(PlanItem, "$.included", NUMBER, NULL, TEXT),
    *at(PlanItem, "$.included", "at least 0", (-1, "-1")),
    *at(PlanItem, "$.unlimited", "True or False", NULL, ONE),
    *at(PlanItem, "$.reset", "an object", TEXT, ONE),
    *at(PlanItem, "$.reset.interval", "a string", NULL, ONE),
    *at(PlanItem, "$.reset.interval_count", "whole number of at least 1", *NO_COUNTS),
    *at(PlanItem, "$.price", "an object", TEXT, ONE),
    *at(PlanItem, "$.price.billing_units", "above 0", (0, "0")),
    *at(PlanItem, "$.rollover.max", "at least 0", (-1, "-1")),
    *at(PlanPrice, "$.billing_method", "a string", NULL, ONE),
    *at(PlanPrice, "$.interval", "a string", ONE),
    *at(PlanPrice, "$.interval_count", "whole number of at least 1", *NO_COUNTS),
    *at(Deduction, "$.kind", "rollover or item", *NO_TEXTS, ("", "''"), ("Item", "'Item'")),
    *at(Deduction, "$.id", "a string", ONE),
    *at(Deduction, "$.index", "whole number of at least 0", (-1, "-1"), (0.5, "0.5")),
    *at(Deduction, "$.index", NUMBER, TEXT, TRUE, NULL),
    *at(Deduction, "$.expires_at", "a time", TEXT, TRUE),
    *at(Deduction, "$.amount", NUMBER, NULL, TEXT),
    *at(Deduction, "$.units", NUMBER, NULL, TRUE),
    *at(Deduction, "$.is_overage", "True or False", NULL, ONE),
    *at(Deduction, "$.feature_id", "a string", ONE),
    *at(Deduction, "$.resets_at", "a time", TEXT, TRUE),
    *at(Deduction, "$.least_usage", NUMBER, TEXT, TRUE),
    *at(Hold, "$.id", "a string", NULL, ONE),
    *at(Hold, "$.amount", "at least 0", (-1, "-1")),
    *at(Hold, "$.deductions", "a list", TEXT, NULL),
    *at(Hold, "$.deductions[0].amount", NUMBER, NULL, TEXT),
    *at(Hold, "$.expires_at", "a time", TEXT, TRUE),
    *at(Hold, "$.credit_cost", "above 0", (0, "0"), (-1, "-1")),
    *at(Hold, "$.feature_id", "a string", ONE),
    *at(Hold, "$.properties", "an object", TEXT, TRUE),
    *at(Account, "$.features[0].id", "a string", ONE),
    *at(Account, "$.balances.credits.granted", "a number", TEXT, NULL),
    *at(Account, "$.billing_controls", "an object", TEXT, TRUE),
    *at(Customer, "$.id", "a string", ONE),
    *at(Customer, "$.balances", "an object", TEXT, NULL),
    *at(Customer, "$.balances.credits.breakdown[0].included_grant", "a number", TEXT, NULL),
    *at(Customer, "$.flags.sso.feature_id", "a string", ONE),
    *at(Customer, "$.billing_controls", "an object", NULL),
    *at(Entity, "$.customer_id", "a string", ONE),
    *at(Entity, "$.balances.credits", "an object", NULL, ONE),
    *at(CheckResponse, "$.allowed", "True or False", ONE, NULL),
    *at(CheckResponse, "$.required_balance", "a number", TEXT),
    *at(CheckResponse, "$.balances.images", "an object", ONE),
    *at(TrackResponse, "$.value", "a number", TEXT),
    *at(TrackResponse, "$.deductions[0].value", "a number", TEXT, NULL),
    *at(TrackDeduction, "$.reset", "an object", TEXT),
    *at(BalanceRow, "$.status", "a string", ONE, NULL),
    *at(BalanceRow, "$.rollovers[0].balance", "a number", TEXT),
    *at(UsageEvent, "$.timestamp", "a time in epoch milliseconds", TEXT, NULL),
    *at(UsageEvent, "$.properties", "an object", NULL),
    *at(CustomerPage, "$.list", "a list", NULL),
    *at(CustomerPage, "$.list[0].balances.credits.granted", "a number", TEXT),
    *at(EntityPage, "$.list[0]", "an object", NULL),
    *at(BalancePage, "$.list[0].created_at", "a time in epoch milliseconds", TEXT),
    *at(UsageEventPage, "$.list[0].deductions", "a list", TEXT),
    *at(Webhook, "$.type", "a string", NULL, ONE),
    *at(Webhook, "$.data", "an object", NULL, TEXT),
    *at(Webhook, "$.data.limit_type", "a string", NULL),
    *at(ProductsUpdated, "$.customer.balances.credits.usage", "a number", TEXT),
    *at(ProductsUpdated, "$.entity", "an object", ONE),
    *at(ThresholdReached, "$.threshold_type", "a string", NULL),
    *at(LimitReached, "$.customer_id", "a string", NULL),
    *at(UsageAlertTriggered, "$.usage_alert", "an object", NULL),
    *at(AutoTopupSucceeded, "$.quantity_granted", "a number", TEXT),
    *at(AutoTopupFailed, "$.balance", "a number", NULL),
    *at(BillingUpdated, "$.customer_id", "a string", ONE),
)


def problems_of(document: object, of: Any, case: Case) -> tuple[Problem, ...]:
    """Return the problems, having seen that the error is one that can be shown, kept and sent elsewhere."""
    with pytest.raises(WireError) as caught:
        read(document, of, case)
    error = caught.value
    assert error.__context__ is None
    assert len(str(error)) < LONGEST_MESSAGE * (1 + len(error.problems))
    assert pickle.loads(pickle.dumps(error)).problems == error.problems  # noqa: S301  (it is our own)
    return error.problems


def paths_of(problems: Iterable[Problem]) -> list[str]:
    return [problem.path for problem in problems]


def test_there_are_enough_spoiled_documents() -> None:
    assert len(set(map(str, SPOILED))) >= 300
    assert {spoiled.cls for spoiled in SPOILED} == set(CLASSES)


@each_case
@each_class
def test_one_wrong_value_is_one_problem_where_it_stands(cls: type, case: Case) -> None:
    spoiled = [(str(each), each) for each in SPOILED if each.cls is cls]
    try_each(spoiled, lambda each: assert_one_problem_where_it_stands(each, case))


def assert_one_problem_where_it_stands(spoiled: Spoiled, case: Case) -> None:
    problems = problems_of(spoiled.document(case), spoiled.cls, case)
    assert paths_of(problems) == [path_in_case(spoiled.path, case)]
    assert len(str(problems[0])) < LONGEST_MESSAGE
    assert problems[0].message.startswith("expected ")
    assert spoiled.expected in problems[0].message.partition(", got ")[0]
    assert spoiled.came in problems[0].message.partition(", got ")[2]


@each_case
@each_class
def test_what_no_json_holds_fits_nowhere(cls: type, case: Case) -> None:
    document = full(cls, case)
    for place in places_of_its_own(document):
        spoiled = replaced(around(document, place), place, object())
        assert paths_of(problems_of(spoiled, cls, case)) == [path_of(place)]


REQUIRED: dict[type, str] = {
    Balance: "feature_id granted remaining usage unlimited overage_allowed",
    Breakdown: "included_grant prepaid_grant remaining usage unlimited",
    Reset: "interval",
    Price: "billing_units billing_method",
    Tier: "to amount",
    Rollover: "balance",
    Allocation: "amount",
    Feature: "id name type consumable archived",
    CreditCost: "metered_feature_id",
    CreditTier: "to credit_cost",
    ModelMarkup: "",
    ProviderMarkup: "markup",
    Display: "",
    Flag: "id feature_id",
    BillingControls: "",
    SpendLimit: "",
    UsageLimit: "feature_id limit interval",
    PropertyFilter: "properties",
    OverageControl: "feature_id",
    UsageAlert: "threshold threshold_type",
    AutoTopup: "feature_id threshold quantity",
    PurchaseLimit: "",
    BalanceAllocation: "feature_id interval",
    EntityAllocation: "entity_id amount",
    RolloverRule: "expiry_duration_type",
    PlanItem: "feature_id",
    PlanPrice: "billing_method",
    Deduction: "kind index amount units is_overage",
    Hold: "id amount deductions",
    Account: "",
    Customer: "billing_controls balances flags",
    Entity: "balances flags",
    CheckResponse: "allowed customer_id",
    TrackResponse: "customer_id value",
    TrackDeduction: "balance_id feature_id value",
    BalanceRow: ("included_grant prepaid_grant remaining usage unlimited feature_id status customer_id created_at"),
    UsageEvent: "id timestamp feature_id customer_id value properties",
    CustomerPage: "list",
    EntityPage: "list",
    BalancePage: "list",
    UsageEventPage: "list",
    Webhook: "type data",
    ProductsUpdated: "scenario customer",
    ThresholdReached: "threshold_type customer",
    LimitReached: "customer_id feature_id limit_type",
    UsageAlertTriggered: "customer_id feature_id usage_alert",
    AutoTopupSucceeded: "customer_id feature_id quantity_granted threshold balance_after",
    AutoTopupFailed: "customer_id feature_id reason quantity threshold balance",
    BillingUpdated: "customer_id",
}


def required(cls: type, case: Case) -> list[str]:
    return [path_in_case(f"$.{name}", case) for name in REQUIRED[cls].split()]


@each_case
@each_class
def test_every_required_key_is_missed_by_name_and_no_other(cls: type, case: Case) -> None:
    document = full(cls, case)
    for key in document:
        without = deleted(document, (key,))
        if f"$.{key}" in required(cls, case):
            [problem] = problems_of(without, cls, case)
            assert problem.path == f"$.{key}"
            assert problem.message.startswith("expected ")
            assert problem.message.endswith("but the key is missing")
        else:
            assert isinstance(read(without, cls, case), cls)


@each_case
@each_class
def test_an_empty_object_lacks_every_required_key_at_once(cls: type, case: Case) -> None:
    if REQUIRED[cls]:
        assert sorted(paths_of(problems_of({}, cls, case))) == sorted(required(cls, case))
    else:
        assert read({}, cls, case) == cls()


def but(cls: type, changes: dict[str, object]) -> Document:
    """Return a full document with several places changed."""
    document = full(cls)
    for path, value in changes.items():
        document = replaced(document, place_of(path), value)
    return document


class Several(NamedTuple):
    """A document with several problems, and all of them."""

    name: str
    cls: type
    document: object
    paths: tuple[str, ...]


def everywhere(name: str, cls: type, changes: dict[str, object]) -> Several:
    """Return a document with a problem at each of the places."""
    return Several(name, cls, but(cls, changes), tuple(changes))


PRICE: Document = {"billing_units": 1, "billing_method": "prepaid", "max_purchase": None}
FLAT: Document = {**PRICE, "amount": 5, "tiers": [{"to": "inf", "amount": 1}]}
FEATURE: Document = {"id": "a", "name": "A", "type": "metered", "consumable": True, "archived": False}

SEVERAL = (
    everywhere("two leaves of one object", Rollover, {"$.balance": "5", "$.expires_at": True}),
    everywhere(
        "leaves at several depths",
        Balance,
        {
            "$.feature_id": 5,
            "$.next_reset_at": 1e300,
            "$.breakdown[0].included_grant": "5",
            "$.breakdown[0].reset.interval_count": 0,
            "$.breakdown[1].price.tiers[0].to": -7,
            "$.breakdown[1].price.billing_units": 0,
            "$.rollovers[1].expires_at": -1,
            "$.feature.model_markups['gpt-4.1'].markup": math.nan,
            "$.feature.processors.stripe.levels[0]": HUGE,
            "$.feature.event_names[0]": None,
        },
    ),
    everywhere(
        "controls of every kind",
        BillingControls,
        {
            "$.spend_limits[1].overage_limit": -1,
            "$.usage_limits[0].filter.properties.region": 5,
            "$.overage_allowed[0].enabled": 1,
            "$.usage_alerts[0].threshold_type": None,
            "$.auto_topups[0].quantity": 0,
            "$.auto_topups[0].purchase_limit.interval_count": 1.5,
            "$.balance_allocations[0].allocations[1].entity_id": 7,
        },
    ),
    Several("missing and wrong", Rollover, {"granted": "5"}, ("$.granted", "$.balance")),
    Several("a price that has both", Price, FLAT, ("$",)),
    Several("prices that have both", Breakdown, but(Breakdown, {"$.price": FLAT}), ("$.price",)),
    Several(
        "a price that has both, and more",
        Balance,
        but(Balance, {"$.breakdown[0].price": FLAT, "$.breakdown[1].usage": None}),
        ("$.breakdown[0].price", "$.breakdown[1].usage"),
    ),
    Several("a rule with two caps", RolloverRule, but(RolloverRule, {"$.max_percentage": 10}), ("$",)),
    Several("a map of markups", Feature, {**FEATURE, "model_markups": {"a.b": 1, "it": {"markup": "x"}, "": None}},
            ("$.model_markups['a.b']", "$.model_markups.it.markup", "$.model_markups['']")),
    Several("keys that are no strings", Feature, {**FEATURE, "processors": {1: 2, None: 3, "a": {(1, 2): 3}}},
            ("$.processors", "$.processors", "$.processors.a")),
    Several("a key of markups", Feature, {**FEATURE, "model_markups": {5: {}}}, ("$.model_markups",)),
    Several("keys of a filter that are no strings", PropertyFilter, {"properties": {b"a": "b"}}, ("$.properties",)),
    Several("nested too deep", Feature, {**FEATURE, "processors": {"a": DEEP}}, ("$.processors.a" + "[0]" * 50,)),
    Several("objects nested too deep", Feature, {**FEATURE, "processors": nested_objects(1000)},
            ("$.processors" + ".in" * 51,)),
)  # fmt: skip


@each_case
@pytest.mark.parametrize("several", SEVERAL, ids=lambda several: several.name)
def test_every_problem_is_named_at_once(several: Several, case: Case) -> None:
    problems = problems_of(in_case(several.document, case), several.cls, case)
    assert sorted(paths_of(problems)) == sorted(path_in_case(path, case) for path in several.paths)


@each_case
def test_a_contradiction_says_what_it_is_between(case: Case) -> None:
    [problem] = problems_of(in_case(FLAT, case), Price, case)
    assert problem.message == "expected an amount or tiers, got both: amount 5 and 1 tier"


@each_case
def test_fifty_levels_of_data_are_kept_and_one_more_is_not(case: Case) -> None:
    assert read({**FEATURE, "processors": {"a": nested(50, 1)}}, Feature, case).processors == {"a": tupled(50)}
    [problem] = problems_of({**FEATURE, "processors": {"a": nested(51, 1)}}, Feature, case)
    assert problem.message == "expected at most 50 levels, got more"


def tupled(levels: int) -> Any:
    return (tupled(levels - 1),) if levels else 1


@each_case
@pytest.mark.parametrize("unknown", [NESTED, NESTED_OBJECTS, TEN_THOUSAND_DIGITS, NAN, ANYTHING, MILLION], ids=told)
def test_what_stands_under_an_unknown_key_is_not_looked_at(unknown: Wrong, case: Case) -> None:
    assert same(read({"balance": 5, "tomorrow": unknown[0]}, Rollover, case), Rollover(balance=5))


@each_case
@pytest.mark.parametrize("key", [5, None, True, (1, 2), b"balance", HUGE], ids=lambda key: type(key).__name__)
def test_an_unknown_key_may_be_anything(key: object, case: Case) -> None:
    assert read({"balance": 5, key: 5}, Rollover, case) == Rollover(balance=5)


@each_case
@pytest.mark.parametrize("of", [dict, OrderedDict, ChainMap, MappingProxyType], ids=lambda of: of.__name__)
def test_any_mapping_is_an_object_and_spoiled_the_same_way(of: Any, case: Case) -> None:
    assert read(of({"balance": 5}), Rollover, case) == Rollover(balance=5)
    assert paths_of(problems_of(of({"balance": "5"}), Rollover, case)) == ["$.balance"]


@each_case
def test_many_problems_are_all_there_and_the_message_is_short(case: Case) -> None:
    document = {**full(Balance, case), "breakdown": LIST_OF_A_MILLION[:50_000]}
    with pytest.raises(WireError) as caught:
        read(document, Balance, case)
    assert len(caught.value.problems) == 50_000
    assert caught.value.problems[-1].path == "$.breakdown[49999]"
    assert len(str(caught.value)) < 2000


LONG_KEY = "k" * 100_000


@each_case
@pytest.mark.parametrize(
    ("document", "of"),
    [
        ({LONG_KEY: 5}, dict[str, Balance]),
        ({**FEATURE, "processors": {LONG_KEY: math.nan}}, Feature),
        ({**FEATURE, "modelMarkups": {LONG_KEY: 5}, "model_markups": {LONG_KEY: 5}}, Feature),
        ({"properties": {LONG_KEY + ".": 5}}, PropertyFilter),
    ],
    ids=["a container", "kept data", "a map of values", "a quoted key"],
)
def test_a_key_of_any_length_leaves_the_message_short(document: object, of: Any, case: Case) -> None:
    with pytest.raises(WireError) as caught:
        read(document, of, case)
    assert len(str(caught.value)) < LONGEST_MESSAGE


GOOD: Document = {"balance": 1}
BAD: Document = {"balance": "1"}


@each_case
@pytest.mark.parametrize(
    ("document", "of", "paths"),
    [
        ({"a": GOOD, "b": BAD}, dict[str, Rollover], ["$.b.balance"]),
        ({"a_b": BAD, "aB": GOOD}, dict[str, Rollover], ["$.a_b.balance"]),
        ({"gpt-4.1": BAD, "": BAD}, dict[str, Rollover], ["$['gpt-4.1'].balance", "$[''].balance"]),
        ({"1": BAD}, dict[str, Rollover], ["$['1'].balance"]),
        ({"it's": BAD, 'a "b"': BAD}, dict[str, Rollover], [r"$['it\'s'].balance", """$['a "b"'].balance"""]),
        ({"a\nb": BAD, "a\\b": BAD}, dict[str, Rollover], [r"$['a\nb'].balance", r"$['a\\b'].balance"]),
        ({"größe": BAD, "\ud800": BAD}, dict[str, Rollover], ["$['größe'].balance", r"$['\ud800'].balance"]),
        ([GOOD, BAD, 5], list[Rollover], ["$[1].balance", "$[2]"]),
        ([BAD], tuple[Rollover, ...], ["$[0].balance"]),
        ([BAD], Sequence[Rollover], ["$[0].balance"]),
        (BAD, Rollover | None, ["$.balance"]),
        ([None, BAD], list[Rollover | None], ["$[1].balance"]),
        ([None], list[Rollover], ["$[0]"]),
        ({"a": {"b.c": [BAD, None]}}, dict[str, dict[str, list[Rollover | None]]], ["$.a['b.c'][0].balance"]),
        ({"a": [BAD], "b": 5}, dict[str, tuple[Rollover, ...]], ["$.a[0].balance", "$.b"]),
        ({1: GOOD, None: GOOD}, dict[str, Rollover], ["$", "$"]),
        (5, dict[str, Rollover], ["$"]),
        ([], dict[str, Rollover], ["$"]),
        ({}, list[Rollover], ["$"]),
        ("[]", list[Rollover], ["$"]),
        (None, list[Rollover], ["$"]),
        (False, Rollover | None, ["$"]),
        ({1}, tuple[Rollover, ...], ["$"]),
    ],
)  # fmt: skip
def test_a_container_has_the_problems_of_what_is_in_it(document: object, of: Any, paths: list[str], case: Case) -> None:
    assert paths_of(problems_of(document, of, case)) == paths


UNKNOWN: Document = {"tomorrow": 1, "some_day": [DEEP], "at.last": None}


@each_case
@each_class
def test_strict_reading_takes_every_key_there_is(cls: type, case: Case) -> None:
    assert same(strictly(full(cls, case), cls, case), read(full(cls, case), cls, case))


@each_case
@each_class
def test_strict_reading_names_every_unknown_key(cls: type, case: Case) -> None:
    document = {**full(cls, case), **UNKNOWN}
    assert strict_paths(document, cls, case) == ["$.tomorrow", "$.some_day", "$['at.last']"]


@each_case
def test_strict_reading_names_unknown_keys_at_every_depth_but_none_of_data(case: Case) -> None:
    paths = (
        "$.breakdown[1].price.tiers[0].tomorrow",
        "$.breakdown[0].reset.tomorrow",
        "$.rollovers[0].tomorrow",
        "$.feature.credit_schema[0].tomorrow",
        "$.feature.model_markups.local_model.tomorrow",
    )
    document = but(Balance, {**dict.fromkeys(paths, 1), "$.feature.processors.tomorrow": 1})
    expected = [path_in_case(path, case) for path in paths]
    assert sorted(strict_paths(in_case(document, case), Balance, case)) == sorted(expected)


@each_case
def test_strict_reading_names_unknown_keys_beside_other_problems(case: Case) -> None:
    document = {"balance": "5", "tomorrow": 1, 5: 1}
    assert strict_paths(document, Rollover, case) == ["$.balance", "$.tomorrow", "$[5]"]


@each_case
def test_strict_reading_knows_what_is_only_read_over(case: Case) -> None:
    document = {**full(Breakdown, case), "object": "balance_breakdown", "overage": 1}
    assert same(strictly(document, Breakdown, case), read(document, Breakdown, case))


@each_case
@each_class
def test_the_spelling_of_the_other_format_is_unknown(cls: type, case: Case) -> None:
    foreign = {key: value for key, value in full(cls, other(case)).items() if key not in full(cls, case)}
    document = {**full(cls, case), **foreign}
    if cls in OTHERS:
        assert read(document, cls, case) != read(full(cls, case), cls, case) or not foreign
    else:
        assert same(read(document, cls, case), read(full(cls, case), cls, case))
    if foreign:
        assert strict_paths(document, cls, case) == [f"$.{key}" for key in foreign]


def strictly(document: object, of: Any, case: Case) -> Any:
    return converter_for(case, strict=True).structure(document, of)


def strict_paths(document: object, of: type, case: Case) -> list[str]:
    with pytest.raises(WireError) as caught:
        strictly(document, of, case)
    return paths_of(caught.value.problems)
