"""Documents as the wire has them: a full one of every class, in either case, and the ways to take one apart."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from functools import cache
from typing import Any, Final, TypeAlias, TypeGuard

from cattrs import Converter
from documents_of_responses import documents

from balances import (
    Allocation,
    AutoTopup,
    Balance,
    BalanceAllocation,
    BillingControls,
    Breakdown,
    CreditCost,
    CreditTier,
    Deduction,
    Display,
    EntityAllocation,
    Feature,
    Flag,
    Hold,
    ModelMarkup,
    OverageControl,
    PlanItem,
    PlanPrice,
    Price,
    PropertyFilter,
    ProviderMarkup,
    PurchaseLimit,
    Reset,
    Rollover,
    RolloverRule,
    SpendLimit,
    Tier,
    UsageAlert,
    UsageLimit,
    wire,
)
from balances.wire.dialects import Case

Document: TypeAlias = dict[str, Any]
MANY_PLACES: Final = 200
DEEPEST_OF_ITS_OWN: Final = 4
Place: TypeAlias = tuple[str | int, ...]

# 2026-03-18 16:25:21.437 and 2026-06-01 00:00, both UTC.
SPRING = 1773851121437
SUMMER = 1780272000000

_CURRENCY = {"currency": "eur", "amount": 0.2, "flat_amount": 4}
_TIERS: list[Document] = [{"to": 1000, "amount": 0.25, "flat_amount": 5}, {"to": "inf", "amount": 0.1}]
_PRICE = {
    "tiers": _TIERS,
    "tier_behavior": "volume",
    "billing_units": 1,
    "billing_method": "usage_based",
    "max_purchase": 750,
}
_RESET = {"interval": "month", "interval_count": 3, "resets_at": SPRING}
_ROLLOVER = {"granted": 40, "balance": 12.5, "expires_at": SUMMER}
_BREAKDOWN = {
    "id": "item_1",
    "plan_id": "team",
    "included_grant": 300,
    "prepaid_grant": 0,
    "remaining": 0,
    "usage": 420.5,
    "unlimited": False,
    "reset": _RESET,
    "price": _PRICE,
    "expires_at": SUMMER,
    "source": "entity",
    "allocation": {"amount": 20},
}
_CREDIT_COST: Document = {
    "metered_feature_id": "images",
    "tiers": [{"to": 100, "credit_cost": 4}, {"to": "inf", "credit_cost": 2.5}],
    "tier_behavior": "graduated",
    "billing_units": 10,
    "dimensions": {
        "hd_size": {"match": {"size_px": "2048"}, "credit_cost": 8, "priority": 1},
        "by_tier": {"match": {}, "tiers": [{"to": "inf", "credit_cost": 3}], "tier_behavior": "graduated"},
    },
    "multipliers": {"night": {"match": {"shift": "night"}, "factor": 0.5, "add": 2}},
}
_FEATURE: Document = {
    "id": "credits",
    "name": "Credits",
    "type": "ai_credit_system",
    "consumable": True,
    "archived": False,
    "event_names": ["image.made", "chat"],
    "credit_schema": [_CREDIT_COST, {"metered_feature_id": "chat", "credit_cost": 0.5}],
    "model_markups": {"gpt-4.1": {"markup": 20, "input_cost": 2, "output_cost": 8.5}, "local_model": {"markup": -100}},
    "default_markup": 10,
    "provider_markups": {"some_provider": {"markup": 15}},
    "display": {"singular": "credit", "plural": "credits"},
    "combine": "max",
    "processors": {"stripe": {"product_id": "prod_1", "meter_id": "m", "levels": [1, 2.5, None, {"meter_id": True}]}},
    "invoice_credit": False,
}
_FILTER = {"properties": {"model_name": "large", "region": "eu"}}
_SPEND_LIMIT = {
    "feature_id": "messages",
    "enabled": True,
    "limit_type": "usage_percentage",
    "overage_limit": 120,
    "skip_overage_billing": False,
    "source": "plan",
}
_USAGE_LIMIT = {
    "feature_id": "messages",
    "enabled": True,
    "limit": 1000,
    "interval": "day",
    "anchor": "utc",
    "filter": _FILTER,
    "usage": 40,
    "source": "customer",
}
_OVERAGE_CONTROL = {"feature_id": "messages", "enabled": True, "source": "plan"}
_USAGE_ALERT = {
    "feature_id": "messages",
    "enabled": False,
    "threshold": 80,
    "threshold_type": "usage_percentage",
    "name": "nearly there",
    "basis": "usage_limit",
    "filter": _FILTER,
    "source": "customer",
}
_PURCHASE_LIMIT = {"interval": "week", "interval_count": 2, "limit": 5, "count": 1, "next_reset_at": SPRING}
_AUTO_TOPUP = {
    "feature_id": "credits",
    "enabled": True,
    "threshold": -50,
    "quantity": 200,
    "purchase_limit": _PURCHASE_LIMIT,
    "invoice_mode": True,
    "source": "customer",
}
_BALANCE_ALLOCATION = {
    "feature_id": "credits",
    "interval": "quarter",
    "allocations": [{"entity_id": "workspace_1", "amount": 250}, {"entity_id": "workspace_2", "amount": 0.5}],
    "source": "plan",
}

_PLAN_PRICE: Document = {
    "amount": 0.5,
    "billing_units": 100,
    "billing_method": "usage_based",
    "max_purchase": 900,
    "interval": "month",
    "interval_count": 3,
    "additional_currencies": [_CURRENCY, {"currency": "gbp", "amount": 0.4}],
    "processors": {"stripe": {"price_id": "price_1"}},
}
_DEDUCTION: Document = {
    "kind": "rollover",
    "id": "carried",
    "index": 1,
    "expires_at": 1773851121437,
    "amount": 2,
    "units": 8,
    "is_overage": True,
    "feature_id": "credits",
    "resets_at": SPRING,
    "least_usage": -2.5,
}
_FULL: dict[type, Document] = {
    Balance: {
        "feature_id": "credits",
        "feature": _FEATURE,
        "granted": 340,
        "remaining": 12.5,
        "usage": 448,
        "unlimited": False,
        "overage_allowed": True,
        "max_purchase": 750,
        "next_reset_at": SPRING,
        "breakdown": [_BREAKDOWN, {**_BREAKDOWN, "price": {**_PRICE, "tiers": _TIERS[1:]}}],
        "rollovers": [_ROLLOVER, {"granted": 9, "balance": 0, "expires_at": 0}],
        "allocated": 100,
        "unallocated": 7.25,
    },
    Breakdown: _BREAKDOWN,
    Reset: _RESET,
    Price: _PRICE,
    Tier: {**_TIERS[0], "additional_currencies": [_CURRENCY]},
    Rollover: _ROLLOVER,
    Allocation: {"amount": 20},
    Feature: _FEATURE,
    CreditCost: _CREDIT_COST,
    CreditTier: {"to": 100, "credit_cost": 4},
    ModelMarkup: {"markup": 20, "input_cost": 2, "output_cost": 8.5},
    ProviderMarkup: {"markup": 15},
    Display: {"singular": "credit", "plural": "credits"},
    Flag: {"id": "flag_1", "feature_id": "sso", "plan_id": "team", "expires_at": SUMMER, "feature": _FEATURE},
    BillingControls: {
        "spend_limits": [_SPEND_LIMIT, {"enabled": False}],
        "usage_limits": [_USAGE_LIMIT],
        "overage_allowed": [_OVERAGE_CONTROL],
        "usage_alerts": [_USAGE_ALERT],
        "auto_topups": [_AUTO_TOPUP],
        "balance_allocations": [_BALANCE_ALLOCATION],
    },
    SpendLimit: _SPEND_LIMIT,
    UsageLimit: _USAGE_LIMIT,
    PropertyFilter: _FILTER,
    OverageControl: _OVERAGE_CONTROL,
    UsageAlert: _USAGE_ALERT,
    AutoTopup: _AUTO_TOPUP,
    PurchaseLimit: _PURCHASE_LIMIT,
    BalanceAllocation: _BALANCE_ALLOCATION,
    EntityAllocation: {"entity_id": "workspace_1", "amount": 250},
    RolloverRule: {"max": 500, "expiry_duration_type": "month", "expiry_duration_length": 3},
    PlanItem: {
        "feature_id": "messages",
        "included": 100,
        "unlimited": False,
        "reset": {"interval": "month", "interval_count": 3},
        "price": _PLAN_PRICE,
        "rollover": {"max": 500, "expiry_duration_type": "month", "expiry_duration_length": 3},
        "display": {"primary_text": "100 messages", "secondary_text": "then 0.5 each"},
        "feature": {
            "id": "messages",
            "type": "single_use",
            "name": None,
            "credit_schema": [{"metered_feature_id": "chat", "credit_cost": 2}],
            "archived": False,
        },
        "pooled": False,
        "threshold_billing": {"threshold": 50},
        "expiry": {"duration": "month", "length": 2},
        "feature_override": {
            "credit_schema": [{"metered_feature_id": "chat", "excluded": True}],
            "markups": {"default_markup": 5, "model_markups": {"local_model": {"input_cost": 1}}},
        },
        "proration": {"on_increase": "bill_immediately", "on_decrease": "none"},
    },
    PlanPrice: _PLAN_PRICE,
    Deduction: _DEDUCTION,
    Hold: {
        "id": "call_1",
        "amount": 8,
        "deductions": [_DEDUCTION],
        "expires_at": 1773851121437.5,
        "credit_cost": 0.25,
        "feature_id": "tokens",
        "properties": {"model_id": "large", "tags": ["a", None]},
    },
}
"""Every key of every class, as snake_case has it and as it is written again."""
_FULL.update(documents(_FULL[Balance], _BREAKDOWN, _FULL[Flag], _FULL[BillingControls], {**_FEATURE, "id": "images"}))

# The keys under these keys are data: all the way down, or the first of them only.
_DATA = frozenset({"match", "properties", "levels", "metadata", "preview"})
_DATA_ON_TOP = frozenset(
    {
        "processors",
        "dimensions",
        "multipliers",
        *("model_markups", "modelMarkups"),
        *("provider_markups", "providerMarkups"),
    }
)
# An object in plain data that has one of these has fields; any other is data altogether.
_FIELDS = frozenset(
    {"credit_cost", "creditCost", "tier_behavior", "tierBehavior", "product_id", "productId", "price_id", "priceId"}
)
# The numbers under these keys are kept as they were sent.
_PLAIN = frozenset({"processors", "dimensions", "multipliers", "additional_currencies"})

_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\['([^']*)'\]")


def full(cls: type, case: Case = "snake") -> Document:
    """Return a document of the class that has every key, as a copy to change at will, no part of it shared."""
    document: Document = json.loads(_full_text(cls, case))
    return document


@cache
def _full_text(cls: type, case: Case) -> str:
    return json.dumps(in_case(_FULL[cls], case))


def read(document: object, of: Any, case: Case) -> Any:
    """Structure a document with the ready-made converter; `of` may be a type that no type checker takes for one."""
    return converter(case).structure(document, of)


def written(value: object, case: Case) -> Any:
    """Unstructure a value with the ready-made converter."""
    return converter(case).unstructure(value)


def converter(case: Case) -> Converter:
    """Return the ready-made converter of a format."""
    return wire.snake if case == "snake" else wire.camel


def other(case: Case) -> Case:
    """Return the other case."""
    return "camel" if case == "snake" else "snake"


def in_case(document: Any, case: Case) -> Any:
    """Return a document with its keys renamed, which is all that the two formats differ in; data is left alone."""
    if is_object(document):
        return {_key(key, case): _under(key, value, case) for key, value in document.items()}
    return [in_case(item, case) for item in document] if is_list(document) else document


def path_in_case(path: str, case: Case) -> str:
    """Return a path in another case; the keys of data on the way are left alone."""
    renamed: list[str | int] = []
    for step in place_of(path):
        is_data = isinstance(step, int) or _DATA.intersection(renamed) or _DATA_ON_TOP.intersection(renamed[-1:])
        renamed.append(step if is_data else _key(str(step), case))
    return path_of(renamed)


def place_of(path: str) -> Place:
    """Return the keys and indexes that a path leads through."""
    steps = (found.groups() for found in _STEP.finditer(path))
    return tuple(int(index) if index else key or quoted for key, index, quoted in steps)


def path_of(place: Iterable[str | int]) -> str:
    """Return the path through keys and indexes, in the one way of spelling it."""
    return "$" + "".join(_step(step) for step in place)


def places(document: Any, start: Place = ()) -> Iterator[Place]:
    """Go through every place of a document, the whole of it first."""
    yield start
    for step, inner in _items(document):
        yield from places(inner, (*start, step))


def places_of_its_own(document: Any) -> list[Place]:
    """Return the places of a document, but for those deep in a large one: its parts have documents of their own."""
    found = list(places(document))
    return found if len(found) <= MANY_PLACES else [place for place in found if len(place) <= DEEPEST_OF_ITS_OWN]


def around(document: Any, place: Place) -> Any:
    """Return as little of a document as has the place in it: every list beside the way there is empty.

    What reads a document that does not fit reads all of it, with care, so a test of many places is many times as quick.
    """
    if not place:
        return document
    if is_list(document):
        return [around(item, place[1:]) if step == place[0] else _little(item) for step, item in enumerate(document)]
    return {key: around(value, place[1:]) if key == place[0] else _little(value) for key, value in document.items()}


def _little(document: Any) -> Any:
    if is_object(document):
        return {key: _little(value) for key, value in document.items()}
    return [] if is_list(document) else document


def found_at(document: Any, place: Place) -> Any:
    """Return what stands at a place."""
    for step in place:
        document = document[step]
    return document


def changed(document: Any, place: Place, change: Callable[[Any, str | int], None]) -> Any:
    """Return a copy of a document, changed by a function of the container and the last step to the place."""
    # The containers on the way are copied, and no others: there may be hundreds of places in a document.
    changed_one = holder = copy(document)
    for step in place[:-1]:
        holder[step] = copy(holder[step])
        holder = holder[step]
    change(holder, place[-1])
    return changed_one


def replaced(document: Any, place: Place, value: object) -> Any:
    """Return a copy of a document with something else at one place; the value itself is not copied."""
    return changed(document, place, lambda holder, step: holder.__setitem__(step, value)) if place else value


def deleted(document: Any, place: Place) -> Any:
    """Return a copy of a document that lacks a key or an item."""
    return changed(document, place, lambda holder, step: holder.__delitem__(step))


def is_object(value: object) -> TypeGuard[Document]:
    """Return whether a value is what `json.loads` makes of an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Return whether a value is what `json.loads` makes of a list."""
    return isinstance(value, list)


def with_numbers(document: Any, convert: Callable[[int | float], object]) -> Any:
    """Return a document with every number converted, but for those of data, which are kept as they are."""
    if is_object(document):
        return {key: value if key in _PLAIN else with_numbers(value, convert) for key, value in document.items()}
    if is_list(document):
        return [with_numbers(item, convert) for item in document]
    is_number = isinstance(document, (int, float)) and not isinstance(document, bool)
    return convert(document) if is_number else document


def same(one: object, two: object) -> bool:
    """Return whether two things are equal and look alike: a word and a member of an enum do not, nor 1 and 1.0."""
    return one == two and repr(one) == repr(two)


def _items(document: Any) -> list[tuple[str | int, Any]]:
    if is_object(document):
        return list(document.items())
    return list(enumerate(document)) if is_list(document) else []


def _under(key: str, value: Any, case: Case) -> Any:
    if key in _DATA:
        return value
    if key in _PLAIN and is_object(value):
        return {data: in_case(inner, case) if _has_fields(inner) else inner for data, inner in value.items()}
    if key in _DATA_ON_TOP and is_object(value):
        return {data: in_case(inner, case) for data, inner in value.items()}
    return in_case(value, case)


def _has_fields(value: Any) -> bool:
    return is_object(value) and not _FIELDS.isdisjoint(value)


def _key(key: str, case: Case) -> str:
    if case == "camel":
        return re.sub("_([a-z])", lambda found: found[1].upper(), key)
    return re.sub("([A-Z])", lambda found: f"_{found[1].lower()}", key)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", step) else f"['{step}']"
