"""The tests of the service: examples, and then rules that hold for every balance."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sell_messages import Refused, Service

from balances import Balance, audit, overage, wire, with_item
from balances.testing import (
    assert_conserved,
    balance_of,
    item,
    prepaid,
    rollover,
    usage_based,
)
from balances.testing.strategies import balances

PACKS = item(0, id="packs", price=prepaid(5, billing_units=50))


def service_of(balance: Balance) -> tuple[Service, list[str]]:
    """Make a service with one customer, and a list of the messages that it sends."""
    sent: list[str] = []
    return Service(balances={"ada": balance}, send=sent.append), sent


# Examples


def test_the_last_message_is_sent() -> None:
    service, sent = service_of(balance_of(item(100, 99, id="plan")))
    service.message("ada", "hello")
    assert sent == ["hello"]
    assert service.balances["ada"] == balance_of(item(100, 100, id="plan"))


def test_a_message_too_many_is_not_sent() -> None:
    service, sent = service_of(balance_of(item(100, 100, id="plan")))
    with pytest.raises(Refused, match="more than remains"):
        service.message("ada", "hello")
    assert sent == []


@pytest.mark.parametrize(
    "balance",
    [
        balance_of(item(100, 100), rollover(1)),
        balance_of(item(100, 100, price=usage_based(0.5))),
        balance_of(item(0, unlimited=True)),
    ],
    ids=["a rollover", "overage that is for sale", "unlimited"],
)
def test_a_message_may_be_paid_otherwise(balance: Balance) -> None:
    assert service_of(balance)[0].may_send("ada")


def test_a_message_that_is_not_sent_is_not_counted() -> None:
    def fail(text: str) -> None:
        raise ConnectionError(text)

    before = balance_of(item(100, 28))
    service = Service(balances={"ada": before}, send=fail)
    with pytest.raises(ConnectionError):
        service.message("ada", "hello")
    assert service.balances["ada"] == before


def test_packs_pay_the_debt_first() -> None:
    service, _ = service_of(balance_of(item(100, 130, id="plan"), PACKS))
    service.book("ada", "payment_1", 2)
    assert service.balances["ada"] == balance_of(
        item(100, 100, id="plan"),
        item(0, 30, prepaid_grant=100, id="packs", price=PACKS.price),
    )


# Rules


@given(balances())
def test_a_message_is_sent_exactly_if_it_may_be(balance: Balance) -> None:
    service, sent = service_of(balance)
    if service.may_send("ada"):
        service.message("ada", "hello")
        assert sent == ["hello"]
        assert service.balances["ada"].usage == balance.usage + 1
    else:
        with pytest.raises(Refused):
            service.message("ada", "hello")
        assert service.balances["ada"] == balance


@given(
    balances().filter(lambda balance: balance.breakdown),
    st.lists(st.integers(1, 20), max_size=3),
)
def test_what_is_paid_for_is_granted_once(balance: Balance, packs: list[int]) -> None:
    assume(not balance.unlimited)
    before = with_item(balance, PACKS)
    service, _ = service_of(before)
    for number, quantity in enumerate(packs):
        service.book("ada", f"payment_{number}", quantity)
        service.book("ada", f"payment_{number}", quantity)
    after = service.balances["ada"]
    assert after.granted == before.granted + 50 * sum(packs)
    assert overage(after) <= overage(before)
    assert_conserved(after)
    assert audit(after) == ()


@given(balances().map(wire.camel.unstructure))
def test_what_the_api_sends_is_served(payload: object) -> None:
    service, _ = service_of(wire.camel.structure(payload, Balance))
    assert service.may_send("ada").required == 1
