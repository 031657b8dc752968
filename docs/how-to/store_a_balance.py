"""Balances in a database: no change is lost, each request counts once, and each hold is settled once."""

import random
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from balances import Balance, Deduction, Held, Hold, Tracked, Undone, confirm, hold, release, track, undo, wire

Receipt = tuple[Deduction, ...]
Outcome = Tracked | Undone
Change = Callable[[Balance], Outcome]
"""The change of a balance. It may be called again, so it computes and does nothing else."""
Settlement = Callable[[Balance, Hold], Outcome]
"""The same for the end of a hold: `confirm` or `release`."""
Changed = tuple[Balance, Receipt, list[sa.Executable]]
"""A changed balance, the receipt, and the statements that go with it. Each of them changes exactly one row."""
Step = Callable[[sa.Connection, Balance], Changed]

ATTEMPTS = 100

metadata = sa.MetaData()


def table_of(name: str, key: str) -> sa.Table:
    """Return a table of documents that belong to a balance."""
    return sa.Table(
        name,
        metadata,
        sa.Column("balance_id", sa.String, sa.ForeignKey("balances.id"), primary_key=True),
        sa.Column(key, sa.String, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )


balances = sa.Table(
    "balances",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
receipts = table_of("receipts", "request_id")
open_holds = table_of("open_holds", "hold_id")

exact = wire.make_converter("snake", exact=True)
encoder = msgspec.json.Encoder(decimal_format="number")
decoder = msgspec.json.Decoder(float_hook=Decimal)


class Conflict(Exception):
    """Other requests changed the balance at every attempt."""


class NotOpen(Exception):
    """A hold was confirmed or released before, or never made."""


def written(value: Balance | Receipt | Hold) -> str:
    """Return a value as JSON, with all its digits."""
    return encoder.encode(exact.unstructure(value)).decode()


def read_balance(document: str) -> Balance:
    return exact.structure(decoder.decode(document), Balance)


def read_receipt(document: str) -> Receipt:
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


def receipt(engine: sa.Engine, balance_id: str, request_id: str) -> Receipt | None:
    with engine.connect() as connection:
        return _receipt(connection, balance_id, request_id)


def change(engine: sa.Engine, balance_id: str, request_id: str, compute: Change) -> Receipt:
    """Change a balance, once for each request, and return the receipt of it."""

    def step(_: sa.Connection, balance: Balance) -> Changed:
        changed = compute(balance)
        return changed.balance, changed.deductions, []

    return _once(engine, balance_id, request_id, step)


def open_hold(engine: sa.Engine, balance_id: str, hold_id: str, compute: Callable[[Balance], Held]) -> None:
    """Hold an amount, and keep the hold as a row for as long as it is open."""

    def step(_: sa.Connection, balance: Balance) -> Changed:
        held = compute(balance)
        row = {"balance_id": balance_id, "hold_id": hold_id, "document": written(held.hold)}
        return held.balance, (), [sa.insert(open_holds).values(row)]

    _once(engine, balance_id, hold_id, step)


def settle(engine: sa.Engine, balance_id: str, request_id: str, hold_id: str, compute: Settlement) -> Receipt:
    """Confirm or release a hold, and delete its row in the same transaction. Without a row, it is too late."""
    of_hold = (open_holds.c.balance_id == balance_id) & (open_holds.c.hold_id == hold_id)

    def step(connection: sa.Connection, balance: Balance) -> Changed:
        document = connection.execute(sa.select(open_holds.c.document).where(of_hold)).scalar_one_or_none()
        if document is None:
            raise NotOpen(f"the hold {hold_id} is not open")
        settled = compute(balance, exact.structure(decoder.decode(document), Hold))
        # The receipt of a confirmation covers all that was used. After a release, nothing was.
        lines = settled.deductions if isinstance(settled, Tracked) else ()
        return settled.balance, lines, [sa.delete(open_holds).where(of_hold)]

    return _once(engine, balance_id, request_id, step)


def _once(engine: sa.Engine, balance_id: str, request_id: str, step: Step) -> Receipt:
    """Take a step once for each request. If an error is raised on the way, nothing has happened."""
    for attempt in range(ATTEMPTS):
        with engine.begin() as connection:
            # Read the version first: a request that is counted after the look at the receipts changes the version.
            version, balance = _read(connection, balance_id)
            known = _receipt(connection, balance_id, request_id)
            if known is not None:
                return known
            after, lines, statements = step(connection, balance)
            if _replace(connection, balance_id, version, after):
                row = {"balance_id": balance_id, "request_id": request_id, "document": written(lines)}
                for statement in (*statements, sa.insert(receipts).values(row)):
                    _change_one_row(connection, statement)
                return lines
        # Another request was faster. Random waits keep the requests from coming back at the same moment.
        time.sleep(random.uniform(0, 0.001 * min(attempt + 1, 20)))
    raise Conflict(f"{balance_id} was changed by others {ATTEMPTS} times")


def _change_one_row(connection: sa.Connection, statement: sa.Executable) -> None:
    changed: Any = connection.execute(statement)
    if changed.rowcount != 1:
        raise NotOpen(f"expected to change one row, changed {changed.rowcount}")


def _replace(connection: sa.Connection, balance_id: str, version: int, balance: Balance) -> bool:
    """Replace a balance, if it still has the version that was read."""
    as_read = (balances.c.id == balance_id) & (balances.c.version == version)
    values = {"version": version + 1, "document": written(balance)}
    return connection.execute(sa.update(balances).where(as_read).values(values)).rowcount == 1


def _read(connection: sa.Connection, balance_id: str) -> tuple[int, Balance]:
    columns = sa.select(balances.c.version, balances.c.document)
    version, document = connection.execute(columns.where(balances.c.id == balance_id)).one()
    return version, read_balance(document)


def _receipt(connection: sa.Connection, balance_id: str, request_id: str) -> Receipt | None:
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

    open_hold(engine, "ada/messages", "call_1", lambda balance: hold(balance, 50, id="call_1"))
    print(f"50 held: {load(engine, 'ada/messages').usage}")

    settle(engine, "ada/messages", "call_1/confirm", "call_1", lambda balance, held: confirm(balance, held, used=20))
    print(f"20 of them used: {load(engine, 'ada/messages').usage}")

    try:
        settle(engine, "ada/messages", "call_1/release", "call_1", release)
    except NotOpen as error:
        print(f"not released after that: {error}")

    for request_id in ("req_1", "req_1/undo", "call_1/confirm"):
        for line in receipt(engine, "ada/messages", request_id) or ():
            print(f"- {request_id}: {line.amount}")
    engine.dispose()


if __name__ == "__main__":
    main()
