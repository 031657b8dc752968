"""What the verbs of an account return shares all that did not change, and a large catalog costs nothing per event."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from attrs import evolve
from growing import calls_of

from balances import (
    Account,
    Balance,
    BillingControls,
    CreditCost,
    Deduction,
    Feature,
    Flag,
    Hold,
    UsageLimit,
    accounts,
    combine,
)
from balances.testing import item, monthly
from balances.values.accounts import Catalog

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA: Final = [CreditCost(metered_feature_id="messages", credit_cost=2)]
FEATURES: Final = [
    Feature(id="messages", name="Messages", type="metered", consumable=True, event_names=["sent"]),
    Feature(id="credits", name="Credits", type="credit_system", consumable=True, credit_schema=SCHEMA),
    Feature(id="seats", name="Seats", type="metered", consumable=False),
]


def holding(size: int) -> Account:
    """Return an account with a catalog of so many features more than it holds."""
    plan = item(100, 97, id="plan", plan_id="free", reset=monthly(resets_at=START + timedelta(days=31)))
    return Account(
        features=[*FEATURES, *(Feature(id=f"f{n}", name="", type="metered", consumable=True) for n in range(size))],
        balances={
            "messages": combine([plan], feature_id="messages"),
            "credits": combine([item(100, id="packs")], feature_id="credits"),
            "seats": combine([item(5, id="seats")], feature_id="seats"),
        },
        flags={"sso": Flag(id="f1", feature_id="sso", expires_at=START + timedelta(days=2))},
        controls=BillingControls(usage_limits=[UsageLimit(feature_id="messages", limit=900, interval="day")]),
    )


ACCOUNT: Final = holding(1000)
TRACKED: Final = accounts.track(ACCOUNT, "messages", 5)
HELD: Final = accounts.hold(ACCOUNT, "messages", 5, id="h1")


def lines() -> tuple[Deduction, ...]:
    return TRACKED.deductions


def held() -> Hold:
    return HELD.hold


VERBS: Final[dict[str, Callable[[Account], Account]]] = {
    "track": lambda account: accounts.track(account, "messages", 5).account,
    "refund": lambda account: accounts.track(account, "messages", -1).account,
    "record": lambda account: accounts.record(account, "sent", 5).account,
    "hold": lambda account: accounts.hold(account, "messages", 5, id="h2").account,
    "confirm": lambda account: accounts.confirm(account, held(), used=4).account,
    "release": lambda account: accounts.release(account, held()).account,
    "undo": lambda account: accounts.undo(account, lines()).account,
    "set_usage": lambda account: accounts.set_usage(account, "messages", 9).account,
    "put": lambda account: accounts.put(account, evolve(account.balances["messages"], overage_allowed=True)),
    "change_plan": lambda account: (
        accounts.change_plan(account, {"messages": [item(500, id="b", plan_id="pro")]}, old_plan_id="free").account
    ),
    "advance": lambda account: accounts.advance(account, since=START, to=START + timedelta(days=40)).account,
}
"""Each changes the balance of messages or that of credits, or both. None changes that of seats."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Catalog]:
    """List the indexes that are made from now on."""
    found: list[Catalog] = []

    class Counted(Catalog):
        def __init__(self, features: Iterable[Feature], balances: Mapping[str, Balance]) -> None:
            super().__init__(features, balances)
            found.append(self)

    monkeypatch.setattr("balances.values.accounts.Catalog", Counted)
    return found


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_shares_what_it_does_not_change_and_indexes_nothing_again(verb: str, made: list[Catalog]) -> None:
    index = ACCOUNT.catalog
    after = VERBS[verb](TRACKED.account)
    assert after.balances != TRACKED.account.balances
    assert after.catalog is index
    assert after.features is ACCOUNT.features
    assert after.balances["seats"] is ACCOUNT.balances["seats"]
    assert after.flags is ACCOUNT.flags or verb == "advance"
    assert made == []


def test_an_account_indexes_its_features_once_and_only_when_it_is_asked(made: list[Catalog]) -> None:
    account = holding(10)
    assert made == []
    for _ in range(3):
        account = accounts.track(account, "messages").account
        assert accounts.check(account, "messages")
    assert len(made) == 1


def test_a_feature_that_is_new_is_indexed() -> None:
    schema = [CreditCost(metered_feature_id="messages", credit_cost=3)]
    bonus = Feature(id="bonus", name="Bonus", type="credit_system", consumable=True, credit_schema=schema)
    balance = combine([item(9, id="gift")], feature_id="bonus", feature=bonus)
    after = accounts.put(ACCOUNT, balance)
    assert after.catalog is not ACCOUNT.catalog
    assert accounts.check(after, "messages").headroom == 3 + 50 + 3


def test_to_give_what_is_there_already_changes_nothing() -> None:
    assert accounts.put(ACCOUNT, ACCOUNT.balances["messages"]) is ACCOUNT
    assert accounts.track(ACCOUNT, "messages", 0).account.balances is ACCOUNT.balances
    assert accounts.advance(ACCOUNT, since=START, to=START).account is ACCOUNT


def calls_in(action: Callable[[], object]) -> int:
    return calls_of(action, "call", "c_call")


@pytest.mark.parametrize("verb", VERBS)
def test_a_large_catalog_costs_nothing_per_event(verb: str) -> None:
    small, large = (accounts.track(holding(size), "messages", 5).account for size in (1, 1000))
    VERBS[verb](small)  # What is kept for every account, as the cycles of a calendar are, is made once.
    assert calls_in(lambda: VERBS[verb](small)) == calls_in(lambda: VERBS[verb](large)) > 10


def test_to_ask_costs_nothing_per_feature_either() -> None:
    small, large = holding(1), holding(1000)
    assert calls_in(lambda: small.catalog) + 900 < calls_in(lambda: large.catalog)
    assert calls_in(lambda: accounts.check(small, "messages")) == calls_in(lambda: accounts.check(large, "messages"))
