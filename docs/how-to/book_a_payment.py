"""Top up a balance for each payment once, however often the payment is reported."""

import json
import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from balances import Balance, Breakdown, Price, combine, top_up, wire

TABLES = (
    "CREATE TABLE balances (id TEXT PRIMARY KEY, document TEXT NOT NULL)",
    """CREATE TABLE payments (
        id TEXT NOT NULL PRIMARY KEY, balance_id TEXT, quantity TEXT
    )""",
)
exact = wire.make_converter("snake", exact="text")


class OtherPayment(Exception):
    """A payment with the id of another."""


def open_store(path: str) -> sqlite3.Connection:
    """Open the database. Transactions begin where the program says so."""
    return sqlite3.connect(path, isolation_level=None)


def paid(store: sqlite3.Connection, event: Mapping[str, Any]) -> bool:
    """Top up the balance that an event has paid for. Return whether that was new."""
    if event["type"] != "payment.succeeded":
        return False
    payment = event["payment"]
    asked = (payment["id"], payment["balance_id"], str(payment["quantity"]))
    with store:  # All of this is written, or nothing.
        store.execute("BEGIN IMMEDIATE")
        query = "SELECT id, balance_id, quantity FROM payments WHERE id = ?"
        booked = store.execute(query, asked[:1]).fetchone()
        if booked not in {None, asked}:
            raise OtherPayment(f"{asked[0]}: expected {booked[1:]}, got {asked[1:]}")
        if booked:
            return False
        store.execute("INSERT INTO payments VALUES (?, ?, ?)", asked)
        after = top_up(load(store, asked[1]), "packs", Decimal(asked[2]))
        query = "UPDATE balances SET document = ? WHERE id = ?"
        store.execute(query, (written(after), asked[1]))
    return True


def load(store: sqlite3.Connection, balance_id: str) -> Balance:
    """Return a balance."""
    query = "SELECT document FROM balances WHERE id = ?"
    row = store.execute(query, (balance_id,)).fetchone()
    if row is None:
        raise LookupError(f"no balance {balance_id!r}")
    return exact.structure(json.loads(row[0]), Balance)


def written(balance: Balance) -> str:
    """Return a balance as text, with every digit."""
    return json.dumps(exact.unstructure(balance))


def main() -> None:
    store = open_store(":memory:")
    for table in TABLES:
        store.execute(table)
    price = Price(billing_method="prepaid", amount=5, billing_units=50)
    packs = Breakdown(id="packs", included_grant=0, price=price)
    before = combine([packs], feature_id="messages")
    store.execute("INSERT INTO balances VALUES ('ada', ?)", (written(before),))

    payment = {"id": "pay_1", "balance_id": "ada", "quantity": 100}
    event = {"id": "evt_1", "type": "payment.succeeded", "payment": payment}
    print("the event, twice:", paid(store, event), paid(store, event))
    print("another event about the payment:", paid(store, {**event, "id": "evt_2"}))
    print("left:", load(store, "ada").remaining)
    try:
        paid(store, {**event, "payment": {**payment, "quantity": 500}})
    except OtherPayment as error:
        print("another quantity:", error)
    print(
        "another payment:",
        paid(store, {**event, "payment": {**payment, "id": "pay_2"}}),
    )
    print("left:", load(store, "ada").remaining)
    store.close()


if __name__ == "__main__":
    main()
