"""What the page about webhooks shows keeps what was sent, in every version, and refuses what does not fit."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import read_a_webhook as service
from fastapi.testclient import TestClient
from other_keys import DATA
from payloads import full

from balances import Customer, Feature, Flag, ProductsUpdated, Webhook, combine, wire
from balances.testing import item
from balances.wire.dialects import Version

HELD = Customer(
    id="ada",
    balances={"messages": combine([item(100, 28)], feature_id="messages")},
    flags={"sso": Flag(id="flag_1", feature_id="sso")},
)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    boolean = Feature(id="sso", name="SSO", type="boolean", consumable=False)
    monkeypatch.setattr(service, "accounts", {})
    monkeypatch.setattr(service, "notices", [])
    monkeypatch.setattr(service, "catalog", [boolean])
    with TestClient(service.app) as client:
        yield client


def delivery(version: Version, customer: Customer = HELD) -> Any:
    webhook = Webhook(type="customer.products.updated", data=ProductsUpdated(scenario="new", customer=customer))
    return wire.make_converter("snake", version=version).unstructure(webhook)


@pytest.mark.parametrize("version", [None, "2.0", "1.2"])
def test_a_customer_of_any_version_is_kept(client: TestClient, version: Version) -> None:
    assert client.post("/webhooks", json=delivery(version)).status_code == 204
    account = service.account_of("ada")
    assert account.balances["messages"].remaining == 72
    assert set(account.flags) == {"sso"}
    assert client.post("/webhooks", json=delivery(version)).status_code == 204
    assert service.account_of("ada") == account


def test_a_threshold_of_an_older_version_carries_a_customer_too(client: TestClient) -> None:
    body = delivery("2.0")
    customer = body["data"]["customer"]
    body = {"type": "customer.threshold_reached", "data": {"threshold_type": "limit_reached", "customer": customer}}
    assert client.post("/webhooks", json=body).status_code == 204
    assert service.account_of("ada").balances["messages"].usage == 28


def test_a_customer_without_an_id_is_not_kept(client: TestClient) -> None:
    assert client.post("/webhooks", json=delivery(None, Customer())).status_code == 204
    assert service.accounts == {}


def test_alerts_and_limits_are_told(client: TestClient) -> None:
    alert = {"threshold": 80, "threshold_type": "usage_percentage"}
    data = {"customer_id": "ada", "feature_id": "messages", "usage_alert": alert}
    assert client.post("/webhooks", json={"type": "balances.usage_alert_triggered", "data": data}).status_code == 204
    assert service.notices == ["ada: messages has reached 80 (usage_percentage)"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"5", 400),
        (b"[]", 422),
        (b"\xff", 400),
        (b"{}", 422),
        (json.dumps({"type": "customer.products.updated", "data": {"scenario": "new"}}).encode(), 422),
        (b'{"type": "customer.products.updated", "data": {"customer": {"products": [], "features": []}}}', 422),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(client: TestClient, body: bytes, status: int) -> None:
    response = client.post("/webhooks", content=body)
    assert response.status_code == status
    assert (service.accounts, service.notices) == ({}, [])


def test_every_known_webhook_is_taken(client: TestClient) -> None:
    for name, cls in DATA.items():
        assert client.post("/webhooks", json={"type": name, "data": full(cls)}).status_code == 204
    assert set(service.accounts) == {"ada"}
