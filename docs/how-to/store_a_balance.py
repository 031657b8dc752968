"""Balances in a database: one operation is one transaction with one id."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError

from balances import (
    Amount,
    Balance,
    BalancesError,
    BillingMethod,
    Breakdown,
    BreakdownExpired,
    Deduction,
    Event,
    Hold,
    OverageBehavior,
    Policy,
    Price,
    Reset,
    ResetHappened,
    Tracked,
    Undone,
    advance,
    combine,
    confirm,
    cost,
    hold,
    release,
    track,
    undo,
    wire,
)

Receipt = tuple[Deduction, ...]
ATTEMPTS = 100
POLICY = Policy()
exact = wire.make_converter("snake", exact="text")


class Stored(sa.types.TypeDecorator[Any]):
    """A column of values of one class, as JSON.

    Amounts are text there, so no database and no driver rounds them.
    """

    impl = sa.JSON
    cache_ok = True

    def __init__(self, of: Any) -> None:
        """Keep the class."""
        super().__init__()
        self.of = of

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return exact.unstructure(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return exact.structure(value, self.of)


metadata = sa.MetaData()
balances = sa.Table(
    "balances",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("balance", Stored(Balance), nullable=False),
)
operations = sa.Table(
    "operations",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("balance_id", sa.String, sa.ForeignKey("balances.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("request", sa.JSON, nullable=False),
    sa.Column("undoes", sa.String, sa.ForeignKey("operations.id"), index=True),
    sa.Column("receipt", Stored(Receipt), nullable=False),
    sa.Column("untracked", sa.String, nullable=False),
)
open_holds = sa.Table(
    "open_holds",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("balance_id", sa.String, sa.ForeignKey("balances.id"), nullable=False),
    sa.Column("hold", Stored(Hold), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), index=True),
)
bills = sa.Table(
    "bills",
    metadata,
    sa.Column(
        "operation_id", sa.String, sa.ForeignKey("operations.id"), primary_key=True
    ),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column(
        "balance_id",
        sa.String,
        sa.ForeignKey("balances.id"),
        nullable=False,
        index=True,
    ),
    sa.Column("item_id", sa.String, nullable=False),
    sa.Column("overage", sa.String, nullable=False),
    sa.Column("cost", sa.String, nullable=False),
)


class Overtaken(Exception):
    """Another operation changed the balance first."""


class OtherRequest(Exception):
    """The id has been used for another request."""


class Refused(Exception):
    """The rows do not allow an operation."""


class NotOpen(Refused):
    """A hold was confirmed or released before, or never opened."""


class NotDone(Refused):
    """An operation of this balance that is to be undone was never done."""


class Unanswered(Exception):
    """Nobody knows whether the operation has happened. Repeat it with the same id."""


class Answer(NamedTuple):
    """The result of an operation.

    It is stored, so that a repeated request gets the same one.
    """

    receipt: Receipt
    untracked: Decimal


class Outcome(NamedTuple):
    """The result of a computation that is neither a `Tracked` nor an `Undone`."""

    balance: Balance
    deductions: Receipt = ()
    untracked: Decimal = Decimal(0)


Request = dict[str, str]
"""All that was asked for: the balance, the verb, the amount."""
Compute = Callable[[sa.Connection, Balance], Tracked | Undone | Outcome]
"""The computation of an operation.

It may be called again, so it changes nothing but rows of its transaction.
"""


def once(
    engine: sa.Engine,
    operation_id: str,
    request: Request,
    compute: Compute,
    *,
    at: datetime,
) -> Answer:
    """Do an operation once, however often it is asked for.

    Every error but `Unanswered` means that nothing happened.
    """
    last: Exception | None = None
    for attempt in range(ATTEMPTS):
        try:
            with engine.begin() as tx:
                return _answer(tx, operation_id, request, compute, at)
        except (Overtaken, OperationalError, IntegrityError) as error:
            # Rolled back, or done and the answer lost. The next attempt finds the id.
            last = error
        time.sleep(random.uniform(0, min(0.001 * 2**attempt, 0.1)))
    raise Unanswered(f"{operation_id}: repeat it with the same id") from last


def _answer(
    tx: sa.Connection,
    operation_id: str,
    request: Request,
    compute: Compute,
    at: datetime,
) -> Answer:
    # The version comes first: whatever is stored after this line changes it.
    balance_id = request["balance"]
    version, stored = _read(tx, balance_id)
    query = sa.select(operations).where(operations.c.id == operation_id)
    known = tx.execute(query).one_or_none()
    if known and known.request != request:
        raise OtherRequest(f"{operation_id}: expected {known.request}, got {request}")
    if known:
        return Answer(known.receipt, Decimal(known.untracked))
    lived = advance(stored, to=at, policy=POLICY)
    try:
        outcome = compute(tx, lived.balance)
    except (BalancesError, Refused):
        # It counts only if nobody came between: what it read may be of two moments.
        if _read(tx, balance_id)[0] != version:
            raise Overtaken from None
        raise
    _replace(tx, balance_id, version, outcome.balance)
    row = {
        "id": operation_id,
        "balance_id": balance_id,
        "version": version,
        "request": request,
        "undoes": request.get("undo"),
        "receipt": outcome.deductions,
        "untracked": str(outcome.untracked),
    }
    tx.execute(sa.insert(operations).values(row))
    of = {"operation_id": operation_id, "balance_id": balance_id}
    for number, bill in enumerate(_bills(stored, lived.events)):
        tx.execute(sa.insert(bills).values({**of, "number": number, **bill}))
    return Answer(outcome.deductions, outcome.untracked)


def _read(connection: sa.Connection, balance_id: str) -> tuple[int, Balance]:
    query = sa.select(balances).where(balances.c.id == balance_id)
    row = connection.execute(query).one()
    return row.version, row.balance


def _replace(
    tx: sa.Connection, balance_id: str, version: int, balance: Balance
) -> None:
    as_read = (balances.c.id == balance_id) & (balances.c.version == version)
    values = {"version": version + 1, "balance": balance}
    if tx.execute(sa.update(balances).where(as_read).values(values)).rowcount != 1:
        raise Overtaken


def _bills(before: Balance, events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    """Bill the overage that a reset or an expiry forgets, where it was for sale."""
    for happened in events:
        if isinstance(happened, ResetHappened | BreakdownExpired) and happened.forgiven:
            item, units = before.item(happened.id), happened.forgiven
            if item.price and item.price.billing_method == BillingMethod.USAGE_BASED:
                charge = cost(item.price, units, included=item.included_grant)
                bill = {"overage": str(units), "cost": str(charge)}
                yield {"item_id": happened.id, **bill}


def use(
    engine: sa.Engine,
    operation_id: str,
    balance_id: str,
    amount: Amount,
    *,
    at: datetime,
    behavior: OverageBehavior = OverageBehavior.CAP,
) -> Answer:
    """Use an amount."""
    request = {"balance": balance_id, "use": str(amount), "behavior": str(behavior)}
    return once(
        engine,
        operation_id,
        request,
        lambda _, held: track(held, amount, overage_behavior=behavior, policy=POLICY),
        at=at,
    )


def give_back(
    engine: sa.Engine,
    operation_id: str,
    balance_id: str,
    of: str,
    amount: Amount,
    *,
    at: datetime,
) -> Answer:
    """Give back a part of the amount that another operation has used."""

    def compute(tx: sa.Connection, balance: Balance) -> Undone:
        # The operation comes first, and then all that was given back of it already.
        is_about = (operations.c.id == of) | (operations.c.undoes == of)
        is_about &= operations.c.balance_id == balance_id
        query = sa.select(operations.c.receipt).where(is_about)
        receipts = tx.execute(query.order_by(operations.c.version)).scalars().all()
        if not receipts:
            raise NotDone(f"{of} is no operation of {balance_id}")
        lines = [line for receipt in receipts for line in receipt]
        return undo(balance, lines, amount=amount, policy=POLICY)

    request = {"balance": balance_id, "undo": of, "amount": str(amount)}
    return once(engine, operation_id, request, compute, at=at)


def open_hold(
    engine: sa.Engine,
    operation_id: str,
    balance_id: str,
    amount: Amount,
    *,
    at: datetime,
    expires_at: datetime | None = None,
) -> Answer:
    """Set an amount aside, under the id of the operation.

    The hold is a row for as long as it is open.
    """

    def compute(tx: sa.Connection, balance: Balance) -> Outcome:
        held = hold(
            balance, amount, id=operation_id, expires_at=expires_at, policy=POLICY
        )
        row = {
            "id": operation_id,
            "balance_id": balance_id,
            "hold": held.hold,
            "expires_at": held.hold.expires_at,
        }
        tx.execute(sa.insert(open_holds).values(row))
        return Outcome(held.balance)

    request = {
        "balance": balance_id,
        "hold": str(amount),
        "expires_at": str(expires_at),
    }
    return once(engine, operation_id, request, compute, at=at)


def confirm_hold(
    engine: sa.Engine,
    operation_id: str,
    balance_id: str,
    hold_id: str,
    used: Amount,
    *,
    at: datetime,
) -> Answer:
    """End a hold with the amount that was used."""

    def compute(tx: sa.Connection, balance: Balance) -> Tracked:
        open_hold = _closed(tx, balance_id, hold_id)
        return confirm(balance, open_hold, used=used, at=at, policy=POLICY)

    request = {"balance": balance_id, "confirm": hold_id, "used": str(used)}
    return once(engine, operation_id, request, compute, at=at)


def release_hold(
    engine: sa.Engine, operation_id: str, balance_id: str, hold_id: str, *, at: datetime
) -> Answer:
    """End a hold and give all of it back.

    Its receipt is empty, as the one of its opening was.
    """

    def compute(tx: sa.Connection, balance: Balance) -> Outcome:
        released = release(balance, _closed(tx, balance_id, hold_id), policy=POLICY)
        return Outcome(released.balance, untracked=released.untracked)

    request = {"balance": balance_id, "release": hold_id}
    return once(engine, operation_id, request, compute, at=at)


def _closed(tx: sa.Connection, balance_id: str, hold_id: str) -> Hold:
    """Delete the row of an open hold. Of all who try, one deletes it."""
    is_it = (open_holds.c.id == hold_id) & (open_holds.c.balance_id == balance_id)
    query = sa.delete(open_holds).where(is_it).returning(open_holds.c.hold)
    deleted: Hold | None = tx.execute(query).scalar()
    if deleted is None:
        raise NotOpen(f"the hold {hold_id} of {balance_id} is not open")
    return deleted


def release_expired(engine: sa.Engine, *, at: datetime) -> None:
    """Release every hold that has expired.

    Run it from time to time, in as many places as you like.
    """
    is_expired = open_holds.c.expires_at <= at.astimezone(UTC)
    query = sa.select(open_holds.c.id, open_holds.c.balance_id).where(is_expired)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    for hold_id, balance_id in rows:
        with suppress(NotOpen):  # Somebody else was faster.
            release_hold(engine, f"{hold_id}/expired", balance_id, hold_id, at=at)


def bring_forward(engine: sa.Engine, balance_id: str, *, at: datetime) -> None:
    """Bill a balance that nobody uses. If nothing is due, nothing is written."""
    with engine.connect() as connection:
        _, stored = _read(connection, balance_id)
    if advance(stored, to=at, policy=POLICY).events:
        request = {"balance": balance_id, "advance": str(at)}

        def compute(_: sa.Connection, balance: Balance) -> Outcome:
            return Outcome(balance)

        once(engine, f"{balance_id}/{at}", request, compute, at=at)


def load(engine: sa.Engine, balance_id: str, *, at: datetime) -> Balance:
    """Return a balance as it is at a moment. Reading writes nothing."""
    with engine.connect() as connection:
        return advance(_read(connection, balance_id)[1], to=at, policy=POLICY).balance


def add(engine: sa.Engine, balance_id: str, balance: Balance) -> None:
    """Store a new balance."""
    with engine.begin() as tx:
        row = {"id": balance_id, "version": 1, "balance": balance}
        tx.execute(sa.insert(balances).values(row))


def open_store(url: str, **options: Any) -> sa.Engine:
    """Connect to a database, and make the tables that are not there."""
    engine = sa.create_engine(url, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _leave_transactions_to_us)
        event.listen(engine, "begin", _begin_immediate)
    metadata.create_all(engine)
    return engine


def _leave_transactions_to_us(connection: Any, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout = 30000")


def _begin_immediate(connection: sa.Connection) -> None:
    """Wait for the right to write at the beginning.

    SQLite does not wait once a transaction has read.
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def main() -> None:
    engine = open_store("sqlite://")
    at = datetime(2026, 1, 30, 12, tzinfo=UTC)
    price = Price(billing_method="usage_based", amount=0.05)
    reset = Reset(interval="month", resets_at=datetime(2026, 2, 1, tzinfo=UTC))
    plan = Breakdown(id="plan", included_grant=100, price=price, reset=reset)
    add(engine, "ada", combine([plan], feature_id="messages"))

    use(engine, "req_1", "ada", 30, at=at)
    use(engine, "req_1", "ada", 30, at=at)
    print(f"sent twice, counted once: {load(engine, 'ada', at=at).usage}")

    try:
        use(engine, "req_1", "ada", 40, at=at)
    except OtherRequest as error:
        print(f"another request under this id: {error}")

    ids = ("req_1/undo/1", "req_1/undo/2")
    given_back = [give_back(engine, id, "ada", "req_1", 20, at=at) for id in ids]
    too_much = [str(answer.untracked) for answer in given_back]
    print(f"given back twice 20 of 30: {too_much} is too much")

    open_hold(engine, "call_1", "ada", 50, at=at, expires_at=at + timedelta(hours=1))
    print(f"50 held: {load(engine, 'ada', at=at).usage}")
    confirm_hold(engine, "call_1/confirm", "ada", "call_1", 120, at=at)
    print(f"120 used: {load(engine, 'ada', at=at).usage}")
    release_expired(engine, at=at + timedelta(hours=2))
    try:
        release_hold(engine, "call_1/release", "ada", "call_1", at=at)
    except NotOpen as error:
        print(f"not released after that: {error}")

    february = datetime(2026, 2, 3, tzinfo=UTC)
    use(engine, "req_2", "ada", 1, at=february)
    print(f"used in February: {load(engine, 'ada', at=february).usage}")
    with engine.connect() as connection:
        for bill in connection.execute(sa.select(bills)):
            print(f"billed: {bill.overage} beyond the plan, {bill.cost}")
    engine.dispose()


if __name__ == "__main__":
    main()
