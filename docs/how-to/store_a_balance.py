"""Balances in a database. No update is lost when two requests come at the same time, and each request counts once."""

import random
import time
from collections.abc import Callable
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from balances import Balance, Deduction, Tracked, Undone, track, undo, wire

Outcome = Tracked | Undone
Change = Callable[[Balance], Outcome]
"""A change of a balance. It may be called again, so it computes and does nothing else."""

ATTEMPTS = 100

metadata = sa.MetaData()
balances = sa.Table(
    "balances",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("balance_id", sa.String, sa.ForeignKey("balances.id"), primary_key=True),
    sa.Column("request_id", sa.String, primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)

exact = wire.make_converter("snake", exact=True)
encoder = msgspec.json.Encoder(decimal_format="number")
decoder = msgspec.json.Decoder(float_hook=Decimal)


class Conflict(Exception):
    """Other requests changed the balance at every attempt."""


def written(value: Balance | tuple[Deduction, ...]) -> str:
    """Return a value as JSON, with all its digits."""
    return encoder.encode(exact.unstructure(value)).decode()


def read_balance(document: str) -> Balance:
    return exact.structure(decoder.decode(document), Balance)


def read_receipt(document: str) -> tuple[Deduction, ...]:
    return exact.structure(decoder.decode(document), tuple[Deduction, ...])


def open_store(url: str) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": 30})
    metadata.create_all(engine)
    return engine


def add(engine: sa.Engine, balance_id: str, balance: Balance) -> None:
    row = {"id": balance_id, "version": 1, "document": written(balance)}
    with engine.begin() as connection:
        connection.execute(sa.insert(balances).values(row))


def load(engine: sa.Engine, balance_id: str) -> Balance:
    with engine.connect() as connection:
        return _read(connection, balance_id)[1]


def receipt(engine: sa.Engine, balance_id: str, request_id: str) -> tuple[Deduction, ...] | None:
    with engine.connect() as connection:
        return _receipt(connection, balance_id, request_id)


def change(engine: sa.Engine, balance_id: str, request_id: str, compute: Change) -> tuple[Deduction, ...]:
    """Change a balance, once for each request, and return the receipt of it.

    If anything raises on the way, nothing has happened.
    """
    for attempt in range(ATTEMPTS):
        with engine.begin() as connection:
            # Read the version first: a request that is counted after the look at the receipts changes the version.
            version, balance = _read(connection, balance_id)
            known = _receipt(connection, balance_id, request_id)
            if known is not None:
                return known
            changed = compute(balance)
            if _replace(connection, balance_id, version, changed.balance):
                line = {"balance_id": balance_id, "request_id": request_id, "document": written(changed.deductions)}
                connection.execute(sa.insert(receipts).values(line))
                return changed.deductions
        # Another request was faster. Wait a random time, so that not all come back at the same moment.
        time.sleep(random.uniform(0, 0.001 * min(attempt + 1, 20)))
    raise Conflict(f"{balance_id} was changed by others {ATTEMPTS} times")


def _replace(connection: sa.Connection, balance_id: str, version: int, balance: Balance) -> bool:
    """Replace a balance, if it still has the version that was read."""
    as_read = (balances.c.id == balance_id) & (balances.c.version == version)
    values = {"version": version + 1, "document": written(balance)}
    return connection.execute(sa.update(balances).where(as_read).values(values)).rowcount == 1


def _read(connection: sa.Connection, balance_id: str) -> tuple[int, Balance]:
    columns = sa.select(balances.c.version, balances.c.document)
    version, document = connection.execute(columns.where(balances.c.id == balance_id)).one()
    return version, read_balance(document)


def _receipt(connection: sa.Connection, balance_id: str, request_id: str) -> tuple[Deduction, ...] | None:
    of_request = (receipts.c.balance_id == balance_id) & (receipts.c.request_id == request_id)
    document = connection.execute(sa.select(receipts.c.document).where(of_request)).scalar_one_or_none()
    return None if document is None else read_receipt(document)


def main() -> None:
    engine = open_store("sqlite://")
    add(engine, "ada/messages", Balance(feature_id="messages", granted=100, remaining=100, usage=0))

    taken = change(engine, "ada/messages", "req_1", lambda balance: track(balance, 30))
    print(f"used: {load(engine, 'ada/messages').usage}")

    change(engine, "ada/messages", "req_1", lambda balance: track(balance, 30))
    print(f"sent twice, counted once: {load(engine, 'ada/messages').usage}")

    change(engine, "ada/messages", "req_1/undo", lambda balance: undo(balance, taken, amount=12))
    print(f"12 given back: {load(engine, 'ada/messages').usage}")

    for request_id in ("req_1", "req_1/undo"):
        for line in receipt(engine, "ada/messages", request_id) or ():
            print(f"- {request_id}: {line.amount}")
    engine.dispose()


if __name__ == "__main__":
    main()
