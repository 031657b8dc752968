"""The service of the page about FastAPI, pydantic and SQLAlchemy counts every request once."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import serve_balances as service
import store_a_balance as store
from fastapi.testclient import TestClient
from helpers import day

from balances import Balance, Price, combine, wire
from balances.testing import item

NOW = day(1, 30)
BALANCE = combine(
    [item(10, id="plan"), item(0, id="top-up", price=Price(billing_method="prepaid", amount=1))],
    feature_id="messages",
)
PAYMENT = {"id": "pay_1", "balance_id": "ada", "item_id": "top-up", "quantity": 100}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    engine = store.open_store(f"sqlite:///{tmp_path / 'balances.db'}")
    for name in ("ada", "bob"):
        store.add(engine, name, BALANCE)
    service.app.dependency_overrides = {service.engine_in_use: lambda: engine, service.now: lambda: NOW}
    with TestClient(service.app) as client:
        yield client
    service.app.dependency_overrides = {}
    engine.dispose()


def load(client: TestClient, name: str = "ada") -> Balance:
    return wire.snake.structure(client.get(f"/balances/{name}").json(), Balance)


def post(client: TestClient, path: str, amount: object, key: str = "request-1") -> tuple[int, Any]:
    response = client.post(path, json={"amount": amount}, headers={"Idempotency-Key": key})
    return response.status_code, response.json()


def test_a_use_counts_once_and_is_answered_alike(client: TestClient) -> None:
    answers = [post(client, "/balances/ada/uses", "2.5") for _ in range(3)]
    assert answers == [answers[0]] * 3
    assert answers[0][0] == 200
    assert [line["amount"] for line in answers[0][1]["receipt"]] == [2.5]
    assert load(client).usage == Decimal("2.5")
    assert client.get("/balances/ada/access", params={"amount": "7.5"}).json() == {"allowed": True}
    assert client.get("/balances/ada/access", params={"amount": "7.6"}).json() == {"allowed": False}


def test_another_request_under_the_same_key_is_a_conflict(client: TestClient) -> None:
    post(client, "/balances/ada/uses", 2)
    assert post(client, "/balances/ada/uses", 3)[0] == 409
    assert load(client).usage == 2


def test_the_keys_of_two_balances_are_apart(client: TestClient) -> None:
    assert post(client, "/balances/ada/uses", 2)[0] == 200
    assert post(client, "/balances/bob/uses", 3)[0] == 200
    assert post(client, "/balances/bob/uses/request-1/undo", 3, "request-2")[0] == 200
    assert (load(client).usage, load(client, "bob").usage) == (Decimal(2), Decimal(0))


@pytest.mark.parametrize(
    ("path", "amount", "key", "status"),
    [
        ("/balances/ada/uses", 11, "request-1", 402),
        ("/balances/ada/uses", 0, "request-1", 422),
        ("/balances/ada/uses", "many", "request-1", 422),
        ("/balances/ada/uses", 1, "short", 422),
        ("/balances/eve/uses", 1, "request-1", 404),
        ("/balances/ada/uses/request-0/undo", 1, "request-1", 404),
    ],
)
def test_a_request_that_is_refused_changes_nothing(
    client: TestClient, path: str, amount: object, key: str, status: int
) -> None:
    assert post(client, path, amount, key)[0] == status
    assert load(client) == BALANCE


def test_a_payment_tops_up_once(client: TestClient) -> None:
    assert [client.post("/webhooks/payments", json=PAYMENT).status_code for _ in range(3)] == [200] * 3
    assert load(client).remaining == 110
    assert client.post("/webhooks/payments", json=PAYMENT | {"quantity": 5}).status_code == 409
    assert client.post("/webhooks/payments", json=PAYMENT | {"id": "pay_2", "item_id": "no"}).status_code == 404
    assert load(client).remaining == 110


def test_who_gets_no_answer_is_told_to_repeat(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "ATTEMPTS", 0)
    status, answer = post(client, "/balances/ada/uses", 1)
    assert (status, answer["detail"]) == (503, "ada/request-1: repeat it with the same id")


def test_the_page_of_the_service_describes_balances() -> None:
    paths = service.app.openapi()
    answer = paths["paths"]["/balances/{balance_id}"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Balance"}
