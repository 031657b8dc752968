"""The Hypothesis strategies for downstream tests: what they draw, and that they draw what is rare, too."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from helpers import tried
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from wire_classes import CASES

import balances
from balances import (
    Account,
    Balance,
    Feature,
    Interval,
    Policy,
    Reset,
    UnknownWord,
    accounts,
    advance,
    audit,
    overage,
    wire,
)
from balances.base.fields import Value
from balances.testing import assert_conserved, balance
from balances.testing.disentangled import DISENTANGLED
from balances.testing.strategies import accounts as accounts_drawn
from balances.testing.strategies import balances as balances_drawn
from balances.testing.strategies import payloads, policies, values
from balances.wire.rules import WireAccount

pytestmark = pytest.mark.heavy

VALUES: list[Any] = [
    thing
    for thing in (getattr(balances, name) for name in balances.__all__)
    if isinstance(thing, type) and issubclass(thing, Value)
]


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
@tried(4)
@given(data=st.data())
def test_every_value_can_be_drawn(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls))
    assert type(value) is cls
    assert cls(**attrs.asdict(value, recurse=False)) == value


@given(drawn=balances_drawn())
def test_a_balance_is_lawful_by_default(drawn: Balance) -> None:
    assert audit(drawn, tolerance=0) == ()
    assert_conserved(drawn)
    assert wire.snake.structure(wire.snake.unstructure(drawn), Balance) == drawn


AS_FOUND = settings(phases=[Phase.generate], max_examples=2000)
"""A search that ends with the first find: making it simple is not what is tested."""

RARE: dict[str, Callable[[Balance], object]] = {
    "many items": lambda balance: len(balance.breakdown) == 3,
    "no breakdown": lambda balance: not balance.breakdown and balance.granted,
    "unlimited": lambda balance: balance.unlimited and balance.usage,
    "overage": lambda balance: overage(balance) and balance.remaining,
    "less than nothing": lambda balance: any(item.granted < 0 for item in balance.breakdown),
    "more than granted": lambda balance: any(item.remaining > item.granted for item in balance.breakdown),
    "for sale": lambda balance: balance.overage_allowed and balance.max_purchase,
    "rollovers": lambda balance: len(balance.rollovers) == 2 and balance.rollovers[0].usage,
    "a reset": lambda balance: balance.next_reset_at,
    "an unknown word": lambda balance: "UnknownWord" in repr(balance),
}


@pytest.mark.parametrize("name", RARE)
def test_lawful_balances_hold_what_is_rare(name: str) -> None:
    found = find(balances_drawn(), lambda balance: bool(RARE[name](balance)), settings=AS_FOUND)
    assert audit(found, tolerance=0) == ()


@given(account=accounts_drawn())
def test_an_account_holds_lawful_balances_by_default(account: Account) -> None:
    assert [audit(held, tolerance=0) for held in account.balances.values()] == [()] * len(account.balances)
    assert {*account.balances, *account.flags} <= {feature.id for feature in account.features}


def test_accounts_hold_what_is_rare() -> None:
    paid = find(
        accounts_drawn(), lambda account: accounts.track(account, "images", 5).deductions != (), settings=AS_FOUND
    )
    assert paid.balances.keys() & {"images", "credits", "tokens"}
    lawless = find(
        accounts_drawn(lawful=False), lambda account: any(map(audit, account.balances.values())), settings=AS_FOUND
    )
    assert lawless.balances


@given(policy=policies())
def test_a_policy_can_be_lived_by(policy: Policy) -> None:
    lived = advance(balance(100), to=datetime(2026, 3, 1, tzinfo=UTC), policy=policy)
    assert lived.balance == balance(100)


def test_other_balances_can_be_drawn_where_they_are_wanted() -> None:
    assert audit(find(balances_drawn(lawful=False), lambda balance: bool(audit(balance)), settings=AS_FOUND)) != ()


def test_words_are_drawn_that_nobody_knows() -> None:
    assert find(values(Reset), lambda reset: type(reset.interval) is UnknownWord).interval == ""
    assert find(values(Reset), lambda reset: reset.interval is Interval.MONTH).interval_count == 1
    assert find(payloads(Reset, "snake"), lambda payload: payload["interval"] not in list(Interval))["interval"] == ""


def test_plain_data_is_drawn_in_both_formats() -> None:
    for case in CASES:
        found = find(payloads(Feature, case), lambda payload: bool(payload.get("processors")), settings=AS_FOUND)
        assert wire.make_converter(case).structure(found, Feature).processors


@pytest.mark.parametrize("key", ["feature_id", "featureId"])
def test_what_an_account_holds_is_drawn_at_its_own_feature(key: str) -> None:
    entry = {key: "sso"}
    drawn = {"features": [{"id": "a"}, {"id": "a", "name": "A"}], "balances": {"x": entry, "y": entry}, "flags": None}
    kept = DISENTANGLED[WireAccount](drawn)
    assert kept == {"features": [{"id": "a", "name": "A"}], "balances": {"sso": entry}, "flags": None}
    assert DISENTANGLED[WireAccount]({}) == {}
