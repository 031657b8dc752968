"""Whole responses beside the official Python SDK: its dumps are read here, and what is written here validates there."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from attrs import evolve
from autumn_sdk import models
from official_sdk import CUSTOMER, PAIRS
from payloads import SPRING, Document, deleted, full, place_of, read, written
from pydantic import TypeAdapter

from balances import (
    Account,
    Balance,
    BalancePage,
    BalanceRow,
    CheckResponse,
    Customer,
    CustomerPage,
    Entity,
    EntityPage,
    Flag,
    TrackResponse,
    UsageEvent,
    UsageEventPage,
    accounts,
)


class Answer(NamedTuple):
    """A class of ours, what stands for it there, and a document that both know."""

    cls: type[Any]
    there: Any
    document: Document

    @property
    def adapter(self) -> TypeAdapter[Any]:
        """Return what validates there, whether it is a model or several."""
        return TypeAdapter(self.there)


BALANCE = PAIRS[0].document
FLAG = PAIRS[2].document
PLAIN = deleted(full(Customer), place_of("$.payment_method"))
ENTITIES = [
    {"id": "seat_1", "name": None, "created_at": SPRING, "env": "live", "customer_id": "ada", "feature_id": "a"}
]
SUBSCRIPTION = {key: value for key, value in full(Customer)["subscriptions"][0].items() if key != "plan"}
CUSTOMER_THERE: Document = {
    **{key: PLAIN[key] for key in ("id", "billing_controls", "balances", "flags")},
    **CUSTOMER,
    "metadata": {"tags": ["a", None, 1.5]},
    "subscriptions": [SUBSCRIPTION],
    "licenses": full(Customer)["licenses"],
    "entities": ENTITIES,
}
ENTITY_THERE: Document = {
    **{key: value for key, value in full(Entity).items() if key != "billing_controls"},
    "subscriptions": [SUBSCRIPTION],
    "balances": CUSTOMER["balances"],
    "flags": CUSTOMER["flags"],
}
CHECK_THERE = {
    **deleted(full(CheckResponse), ("preview",)),
    "balance": BALANCE,
    "flag": FLAG,
    "balances": {"a": BALANCE, "b": None},
}
TRACK_THERE = {**full(TrackResponse), "balance": BALANCE, "balances": {"a": BALANCE, "b": None}}
ROW_THERE = full(BalanceRow)

ANSWERS = (
    Answer(Customer, models.Customer, CUSTOMER_THERE),
    Answer(Entity, models.GetEntityResponse, ENTITY_THERE),
    Answer(CheckResponse, models.CheckResponse, CHECK_THERE),
    Answer(CheckResponse, models.CheckResponse, {**CHECK_THERE, "balance": None, "flag": None}),
    Answer(TrackResponse, models.TrackResponse, TRACK_THERE),
    Answer(TrackResponse, models.TrackResponse, {"customer_id": "ada", "value": 5, "balance": None}),
    Answer(BalanceRow, models.ListBalancesList, ROW_THERE),
    Answer(BalancePage, models.ListBalancesResponse, {"list": [ROW_THERE], "has_more": False, "next_cursor": None}),
    Answer(UsageEvent, models.ListEventsList, full(UsageEvent)),
    Answer(UsageEventPage, models.ListEventsResponse, {**full(UsageEventPage), "next_cursor": "c2"}),
    Answer(EntityPage, models.ListEntitiesResponse, {"list": [ENTITY_THERE], "next_cursor": "c2"}),
    Answer(
        CustomerPage,
        models.ListCustomersResponse,
        {"list": [deleted(CUSTOMER_THERE, ("entities",))], "next_cursor": None},
    ),
)

DUMPS: dict[str, Callable[[TypeAdapter[Any], Any], Any]] = {
    "as it comes": lambda adapter, model: adapter.dump_python(model),
    "by alias": lambda adapter, model: adapter.dump_python(model, by_alias=True),
    "for json": lambda adapter, model: adapter.dump_python(model, mode="json"),
    "without what is unset": lambda adapter, model: adapter.dump_python(model, exclude_unset=True),
    "as json": lambda adapter, model: json.loads(adapter.dump_json(model)),
    "as json in decimals": lambda adapter, model: json.loads(
        adapter.dump_json(model), parse_float=Decimal, parse_int=Decimal
    ),
}

answers = pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.cls.__name__)
dumps = pytest.mark.parametrize("dump", DUMPS.values(), ids=DUMPS)


@answers
@dumps
def test_what_the_sdk_dumps_is_what_was_sent(answer: Answer, dump: Callable[[TypeAdapter[Any], Any], Any]) -> None:
    dumped = dump(answer.adapter, answer.adapter.validate_python(answer.document))
    assert read(dumped, answer.cls, "snake") == read(answer.document, answer.cls, "snake")


@answers
def test_what_is_written_validates_in_the_sdk(answer: Answer) -> None:
    there = answer.adapter.validate_python(written(read(answer.document, answer.cls, "snake"), "snake"))
    assert there == answer.adapter.validate_python(answer.document)


@answers
def test_everything_that_was_sent_is_written(answer: Answer) -> None:
    ours = written(read(answer.document, answer.cls, "snake"), "snake")
    assert ours == answer.document


def test_our_own_answers_validate_in_the_sdk() -> None:
    balance = read(BALANCE, Balance, "snake")
    account = Account(
        balances={"credits": balance}, flags={"sso": evolve(read(FLAG, Flag, "snake"), feature_id="sso", feature=None)}
    )
    for feature_id in ("credits", "sso", "seats"):
        response = accounts.check_response(account, feature_id, accounts.check(account, feature_id), customer_id="ada")
        there = TypeAdapter[Any](models.CheckResponse).validate_python(written(response, "snake"))
        assert read(there.model_dump(), CheckResponse, "snake") == response
    tracked = accounts.track(account, "credits", 1)
    answer = accounts.track_response(tracked, "credits", customer_id="ada", entity_id="seat_1")
    there = TypeAdapter[Any](models.TrackResponse).validate_python(written(answer, "snake"))
    assert read(there.model_dump(), TrackResponse, "snake") == answer
