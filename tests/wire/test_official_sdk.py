"""Beside the official Python SDK: what its models dump is read here, and what is written here validates there."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from autumn_sdk import models
from hypothesis import given
from hypothesis import strategies as st
from official_sdk import CUSTOMER, PAIRS, Pair
from payloads import SUMMER, Document, read, same, written
from pydantic import BaseModel

from balances import Balance, BillingControls, Flag, Reset, UnknownWord

DUMPS: dict[str, Callable[[BaseModel], Any]] = {
    "as it comes": lambda model: model.model_dump(),
    "by alias": lambda model: model.model_dump(by_alias=True),
    "for json": lambda model: model.model_dump(mode="json"),
    "without what is unset": lambda model: model.model_dump(exclude_unset=True),
    "without none": lambda model: model.model_dump(exclude_none=True),
    "as json": lambda model: json.loads(model.model_dump_json()),
    "as json in decimals": lambda model: json.loads(model.model_dump_json(), parse_float=Decimal, parse_int=Decimal),
}

pairs = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.cls.__name__)
dumps = pytest.mark.parametrize("dump", DUMPS.values(), ids=DUMPS)


@pairs
@dumps
def test_what_the_sdk_dumps_is_what_was_sent(pair: Pair, dump: Callable[[BaseModel], Any]) -> None:
    dumped = dump(pair.model.model_validate(pair.document))
    assert read(dumped, pair.cls, "snake") == read(pair.document, pair.cls, "snake")


@pairs
def test_what_is_written_validates_in_the_sdk(pair: Pair) -> None:
    there = pair.model.model_validate(written(read(pair.document, pair.cls, "snake"), "snake"))
    assert there.model_dump() == pair.model.model_validate(pair.document).model_dump()


@pairs
@dumps
def test_what_went_there_comes_back(pair: Pair, dump: Callable[[BaseModel], Any]) -> None:
    value = read(pair.document, pair.cls, "snake")
    assert read(dump(pair.model.model_validate(written(value, "snake"))), pair.cls, "snake") == value


@dumps
@pytest.mark.parametrize(
    ("key", "of"),
    [("balances", dict[str, Balance]), ("flags", dict[str, Flag]), ("billing_controls", BillingControls)],
)
def test_the_parts_of_a_customer_are_read_there_and_here(key: str, of: Any, dump: Callable[[BaseModel], Any]) -> None:
    dumped = dump(models.Customer.model_validate(CUSTOMER))
    assert read(dumped[key], of, "snake") == read(CUSTOMER[key], of, "snake")


def test_the_numbers_there_are_the_numbers_here() -> None:
    value = read(PAIRS[0].document, Balance, "snake")
    there = models.Balance.model_validate(written(value, "snake"))
    assert (there.granted, there.remaining, there.usage) == (value.granted, value.remaining, value.usage)
    assert there.breakdown
    assert there.rollovers
    assert [item.usage for item in there.breakdown] == [item.usage for item in value.breakdown]
    assert [rollover.balance for rollover in there.rollovers] == [rollover.balance for rollover in value.rollovers]
    assert there.next_reset_at == value.next_reset_at.timestamp() * 1000


def test_a_word_that_neither_knows_goes_there_and_back() -> None:
    document = {"interval": "fortnight", "resets_at": None}
    dumped = models.BalanceReset.model_validate(document).model_dump()
    value = read(dumped, Reset, "snake")
    assert same(value, Reset(interval=UnknownWord("fortnight")))
    assert same(written(value, "snake"), document)
    assert type(written(value, "snake")["interval"]) is str


# Beyond 2**53 the SDK, which has floats only, rounds what came.
amounts = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 100)
times = st.none() | st.integers(-(10**13), 10**14) | st.just(SUMMER + 0.5)
flags = st.booleans()
texts = st.text(max_size=8)
resets = st.fixed_dictionaries(
    {"interval": st.sampled_from(["month", "one_off", "multiple"]), "resets_at": times},
    optional={"interval_count": st.integers(2, 12)},
)
tiers = st.fixed_dictionaries(
    {"to": st.integers(0, 10**9) | st.just("inf"), "amount": amounts},
    optional={"flat_amount": amounts},
)
prices = st.fixed_dictionaries(
    {
        "billing_units": st.integers(1, 1000),
        "billing_method": st.sampled_from(["prepaid", "usage_based"]),
        "max_purchase": st.none() | amounts,
    },
    optional={"tiers": st.lists(tiers, max_size=3), "tier_behavior": st.sampled_from(["graduated", "volume"])},
)
items = st.fixed_dictionaries(
    {
        "plan_id": st.none() | texts,
        **dict.fromkeys(("included_grant", "prepaid_grant", "remaining", "usage"), amounts),
        "unlimited": flags,
        "reset": st.none() | resets,
        "price": st.none() | prices,
        "expires_at": times,
    },
    optional={"id": texts, "source": st.sampled_from(["customer", "entity"])},
)
rollovers = st.fixed_dictionaries({"granted": amounts, "balance": amounts, "expires_at": st.integers(0, 10**14)})
documents = st.fixed_dictionaries(
    {
        "feature_id": texts,
        **dict.fromkeys(("granted", "remaining", "usage"), amounts),
        "unlimited": flags,
        "overage_allowed": flags,
        "max_purchase": st.none() | amounts,
        "next_reset_at": times,
    },
    optional={"breakdown": st.lists(items, max_size=3), "rollovers": st.lists(rollovers, max_size=2)},
)


@given(document=documents)
def test_any_balance_is_the_same_there_and_here(document: Document) -> None:
    value = read(document, Balance, "snake")
    assert read(models.Balance.model_validate(document).model_dump(), Balance, "snake") == value
    assert read(models.Balance.model_validate(written(value, "snake")).model_dump(), Balance, "snake") == value
