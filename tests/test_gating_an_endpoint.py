"""What the page about gating an endpoint shows counts what was done, and nothing else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import gate_an_endpoint as service
import pytest
from fastapi.testclient import TestClient

from balances import Account, Balance, BillingControls, UsageLimit, accounts
from balances.testing import balance


@pytest.fixture
def ada(monkeypatch: pytest.MonkeyPatch) -> service.Customer:
    customer = service.Customer(
        Account(
            balances={
                "messages": balance(100, 98, feature_id="messages"),
                "tokens": balance(1000, feature_id="tokens"),
            },
            controls=BillingControls(usage_limits=[UsageLimit(feature_id="tokens", limit=300, interval="day")]),
        )
    )
    monkeypatch.setattr(service, "customers", {"ada": customer})
    return customer


def messages(customer: service.Customer) -> Balance:
    return customer.account.balances["messages"]


def tokens(customer: service.Customer) -> Balance:
    return customer.account.balances["tokens"]


@pytest.fixture
def client(ada: service.Customer) -> Iterator[TestClient]:
    assert service.customers["ada"] is ada
    with TestClient(service.app, headers={"customer": "ada"}) as client:
        yield client
    service.app.dependency_overrides.clear()


def use_model(model: service.Model) -> None:
    service.app.dependency_overrides[service.model_in_use] = lambda: model


def amounts(customer: service.Customer) -> list[Decimal]:
    return [line.amount for tracked in customer.receipts for line in tracked.deductions]


def test_a_message_is_counted_once_it_is_sent(client: TestClient, ada: service.Customer) -> None:
    assert client.post("/messages", json={"text": "hello"}).status_code == 200
    assert messages(ada) == balance(100, 99)
    assert amounts(ada) == [1]


def test_a_message_too_many_must_be_paid_for(client: TestClient, ada: service.Customer) -> None:
    statuses = [client.post("/messages", json={"text": "hello"}).status_code for _ in range(3)]
    assert statuses == [200, 200, 402]
    assert messages(ada) == balance(100, 100)
    assert amounts(ada) == [1, 1]


def test_a_usage_limit_must_be_waited_for(client: TestClient, ada: service.Customer) -> None:
    before = ada.account
    response = client.post("/answers", json={"text": "hello", "max_tokens": 301})
    assert response.status_code == 429
    assert response.json()["detail"]["limit"] == "usage_limit"
    assert (ada.account, ada.receipts) == (before, [])


def test_what_is_not_held_cannot_be_used(client: TestClient, ada: service.Customer) -> None:
    ada.account = Account()
    for path, body in [("/messages", {"text": "hello"}), ("/answers", {"text": "hello", "max_tokens": 5})]:
        response = client.post(path, json=body)
        assert (response.status_code, response.json()["detail"]["limit"]) == (402, "not_held")
    assert (ada.account, ada.receipts) == (Account(), [])


def test_an_answer_takes_what_it_took(client: TestClient, ada: service.Customer) -> None:
    during: list[Decimal] = []

    def model(_: service.Prompt) -> service.Answer:
        during.append(tokens(ada).remaining)
        return service.Answer(text="hello", tokens=12)

    use_model(model)
    assert client.post("/answers", json={"text": "hello", "max_tokens": 100}).status_code == 200
    assert during == [900]
    assert tokens(ada) == balance(1000, 12, feature_id="tokens")
    assert ada.account.controls is not None
    assert ada.account.controls.usage_limits[0].usage == 12
    assert amounts(ada) == [12]


def test_what_a_model_took_beyond_what_was_held_is_counted(client: TestClient, ada: service.Customer) -> None:
    use_model(lambda _: service.Answer(text="hello", tokens=1100))
    assert client.post("/answers", json={"text": "hello", "max_tokens": 100}).status_code == 200
    assert tokens(ada) == balance(1000, 1100, feature_id="tokens")
    assert sum(amounts(ada)) == 1100


def test_nothing_is_counted_for_a_model_that_fails(client: TestClient, ada: service.Customer) -> None:
    before = ada.account

    def model(_: service.Prompt) -> service.Answer:
        raise TimeoutError

    use_model(model)
    assert client.post("/answers", json={"text": "hello"}).status_code == 502
    assert (ada.account, ada.receipts) == (before, [])


@pytest.mark.parametrize("max_tokens", [0, -5, "many"])
def test_what_is_no_amount_of_tokens_is_refused(client: TestClient, ada: service.Customer, max_tokens: object) -> None:
    before = ada.account
    assert client.post("/answers", json={"text": "hello", "max_tokens": max_tokens}).status_code == 422
    assert ada.account == before


def test_a_stranger_is_not_found(client: TestClient) -> None:
    assert client.post("/messages", json={"text": "hello"}, headers={"customer": "nobody"}).status_code == 404


def test_what_is_held_at_the_same_time_is_never_more_than_there_is(client: TestClient, ada: service.Customer) -> None:
    everybody = Barrier(10)

    def model(_: service.Prompt) -> service.Answer:
        everybody.wait(timeout=60)
        return service.Answer(text="hello", tokens=70)

    def ask(_: int) -> int:
        status = client.post("/answers", json={"text": "hello", "max_tokens": 100}).status_code
        if status != 200:
            everybody.wait(timeout=60)
        return status

    use_model(model)
    # All of the 10 wait for one another: 3 find everything held, so 7 of the model's calls are under way at once.
    ada.account = accounts.put(Account(), balance(1000, 300, feature_id="tokens"))
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(ask, range(10)))
    assert sorted(statuses) == [200] * 7 + [402] * 3
    assert tokens(ada) == balance(1000, 300 + 7 * 70, feature_id="tokens")
