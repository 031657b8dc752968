"""Law: what was read in an older version is written as it was read, for all that a server of that version sends.

A server makes its older documents of the current ones. So a lawful balance is written in the older version first.
"""

from typing import Any

import pytest
from attrs import evolve
from helpers import tried
from hypothesis import given
from hypothesis import strategies as st
from wire_classes import converter_for, each_case, few

from balances import (
    Balance,
    Breakdown,
    CheckResponse,
    Customer,
    Entity,
    Feature,
    Flag,
    Price,
    Reset,
    TrackResponse,
    Webhook,
    combine,
    overage,
)
from balances.base.amounts import subtract
from balances.base.instants import EPOCH
from balances.testing.strategies import balances, values
from balances.wire import version_of
from balances.wire.dialects import Case, Version


def with_boolean_feature(flag: Flag) -> Flag:
    """Return a flag as it is sent: of a boolean feature, where that is said."""
    return evolve(flag, feature=flag.feature and evolve(flag.feature, type="boolean"))


def priced_as(item: Breakdown) -> st.SearchStrategy[Price | None]:
    """Return any prices of the item's limit, if it has a price."""
    price = item.price
    return st.none() if price is None else PRICES.map(lambda drawn: evolve(drawn, max_purchase=price.max_purchase))


@st.composite
def strange(draw: st.DrawFn) -> Balance:
    """Draw a lawful balance of strange parts: of any ids and words, of any feature."""
    lawful = draw(LAWFUL)
    items = [
        evolve(item, id=draw(TEXTS), plan_id=draw(TEXTS), reset=draw(RESETS), price=draw(priced_as(item)))
        for item in lawful.breakdown
    ]
    whole = combine(items, lawful.rollovers, feature_id=draw(TEXTS), feature=draw(FEATURES))
    return whole if items else evolve(lawful, feature_id=whole.feature_id, feature=whole.feature)


LAWFUL = balances()
TEXTS = st.text(max_size=6)
RESETS = st.none() | values(Reset)
PRICES = values(Price)
FEATURES = st.none() | values(Feature)
BALANCES = LAWFUL | strange()

# There, an item that expires at the epoch never does.
FLAGS = values(Flag).filter(lambda flag: flag.expires_at != EPOCH).map(with_boolean_feature)
each_version = pytest.mark.parametrize("version", ["2.0", "1.2"])


def reread(document: Any, cls: type[Any], case: Case, version: Version) -> Any:
    """Read a document of a version, and write it again."""
    converter = converter_for(case, version=version)
    return converter.unstructure(converter.structure(document, cls))


@each_case
@each_version
@tried(40)
@given(balance=BALANCES)
def test_a_balance_of_an_older_version_is_written_as_it_was_read(
    balance: Balance, case: Case, version: Version
) -> None:
    sent = converter_for(case, version=version).unstructure(balance)
    assert reread(sent, Balance, case, version) == sent


@each_case
@each_version
@few
@given(balance=BALANCES)
def test_a_balance_of_an_older_version_tells_its_version(balance: Balance, case: Case, version: Version) -> None:
    assert version_of(converter_for(case, version=version).unstructure(balance)) == version
    assert version_of(converter_for(case).unstructure(balance)) is None


@each_case
@each_version
@few
@given(flag=FLAGS)
def test_a_flag_of_an_older_version_is_written_as_it_was_read(flag: Flag, case: Case, version: Version) -> None:
    sent = converter_for(case, version=version).unstructure(flag)
    assert reread(sent, Flag, case, version) == sent


@each_version
@tried(50)
@given(balance=BALANCES)
def test_what_is_left_beyond_the_overage_survives(balance: Balance, version: Version) -> None:
    converter = converter_for("snake", version=version)
    old = converter.structure(converter.unstructure(balance), Balance)
    if not balance.unlimited and (balance.feature is None or balance.feature.type != "boolean"):
        assert (old.granted, old.usage) == (balance.granted, balance.usage)
        assert subtract(old.remaining, overage(old)) == subtract(balance.remaining, overage(balance))


@each_case
@each_version
@pytest.mark.parametrize("cls", [Customer, Entity])
@few
@given(data=st.data())
def test_a_holder_of_an_older_version_is_written_as_it_was_read(
    cls: type[Any], case: Case, version: Version, data: st.DataObject
) -> None:
    held = data.draw(st.dictionaries(st.sampled_from(["a", "b"]), BALANCES, max_size=2))
    flags = data.draw(st.dictionaries(st.sampled_from(["b", "c"]), FLAGS, max_size=2))
    holder = cls(id="ada", balances=held, flags=flags, other=data.draw(values(cls)).other)
    sent = converter_for(case, version=version).unstructure(holder)
    assert reread(sent, cls, case, version) == sent


@each_case
@each_version
@few
@given(balance=BALANCES, flag=FLAGS, data=st.data())
def test_an_answer_of_an_older_version_is_written_as_it_was_read(
    balance: Balance, flag: Flag, case: Case, version: Version, data: st.DataObject
) -> None:
    held: dict[str, Any] = data.draw(st.sampled_from([{"balance": balance}, {"flag": flag}, {}]))
    answers = [
        CheckResponse(allowed=True, customer_id="ada", required_balance=1, balances={"a": balance, "b": None}, **held),
        TrackResponse(customer_id="ada", value=5, balance=held.get("balance"), balances={"a": balance}),
    ]
    for answer in answers:
        sent = converter_for(case, version=version).unstructure(answer)
        assert reread(sent, type(answer), case, version) == sent


@each_case
@each_version
@few
@given(webhook=values(Webhook))
def test_a_webhook_carries_a_customer_of_its_version(webhook: Webhook, case: Case, version: Version) -> None:
    if getattr(webhook.data, "customer", None) is None:
        assert converter_for(case, version=version).unstructure(webhook) == converter_for(case).unstructure(webhook)
    else:
        customer = converter_for(case, version=version).unstructure(webhook)["data"]["customer"]
        assert set(customer) & {"balances", "features"} == ({"balances"} if version == "2.0" else {"features"})
