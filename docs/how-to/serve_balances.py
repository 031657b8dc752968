"""A small service: use a balance, top it up, and hear of payments.

Every request counts once.
"""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, FastAPI, Header, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import NoResultFound
from store_a_balance import (
    Answer,
    NotDone,
    OtherRequest,
    Outcome,
    Unanswered,
    give_back,
    load,
    once,
    open_store,
    use,
)

from balances import (
    Balance,
    Deduction,
    InsufficientBalance,
    NoSuchItem,
    OverageBehavior,
    check,
    top_up,
)

OK, PAYMENT_REQUIRED, NOT_FOUND, CONFLICT, UNAVAILABLE = 200, 402, 404, 409, 503
app = FastAPI()


class Use(BaseModel):
    """The use of an amount."""

    amount: Decimal = Field(gt=0)


class Payment(BaseModel):
    """A payment, as the payment provider reports it.

    It may report the same one many times.
    """

    id: str
    balance_id: str
    item_id: str
    quantity: Decimal = Field(gt=0)


class Answered(BaseModel):
    """The answer of an operation: the receipt, and the amount that fitted nowhere."""

    receipt: list[Deduction]
    untracked: Decimal


@cache
def engine_in_use() -> sa.Engine:
    """Connect to the database, once."""
    return open_store("sqlite:///balances.db")


def now() -> datetime:
    """Return the moment of a request."""
    return datetime.now(UTC)


Engine = Annotated[sa.Engine, Depends(engine_in_use)]
Now = Annotated[datetime, Depends(now)]
BalanceId = Annotated[str, Path(description="The id of a balance: ada:messages.")]
RequestId = Annotated[str, Header(alias="Idempotency-Key", min_length=8)]
"""The id of a request. The client makes it, once."""


@app.get("/balances/{balance_id}")
def show(engine: Engine, at: Now, balance_id: BalanceId) -> Balance:
    """Show a balance as it is now."""
    return load(engine, balance_id, at=at)


@app.get("/balances/{balance_id}/access")
def ask(
    engine: Engine, at: Now, balance_id: BalanceId, amount: Decimal = Decimal(1)
) -> dict[str, bool]:
    """Say whether an amount may be used. Nothing is set aside."""
    return {"allowed": check(load(engine, balance_id, at=at), amount).allowed}


@app.post("/balances/{balance_id}/uses")
def take(
    engine: Engine, at: Now, balance_id: BalanceId, request_id: RequestId, body: Use
) -> Answered:
    """Use an amount, all of it or nothing."""
    operation_id, reject = own(balance_id, request_id), OverageBehavior.REJECT
    return answered(
        use(engine, operation_id, balance_id, body.amount, at=at, behavior=reject)
    )


@app.post("/balances/{balance_id}/uses/{of}/undo")
def undo(
    engine: Engine,
    at: Now,
    balance_id: BalanceId,
    of: str,
    *,
    request_id: RequestId,
    body: Use,
) -> Answered:
    """Give back a part of what was used."""
    request_id, of = own(balance_id, request_id), own(balance_id, of)
    return answered(give_back(engine, request_id, balance_id, of, body.amount, at=at))


@app.post("/webhooks/payments")
def paid(engine: Engine, at: Now, body: Payment) -> Answered:
    """Top up a balance that has been paid for.

    The id of the payment is the id of the operation.
    """
    request = {
        "balance": body.balance_id,
        "top_up": body.item_id,
        "quantity": str(body.quantity),
    }

    def compute(_: sa.Connection, balance: Balance) -> Outcome:
        return Outcome(top_up(balance, body.item_id, body.quantity))

    return answered(once(engine, f"payment/{body.id}", request, compute, at=at))


def own(balance_id: str, request_id: str) -> str:
    """Return the id of an operation.

    No client can use, or learn of, the ids of another balance.
    """
    return f"{balance_id}/{request_id}"


def answered(answer: Answer) -> Answered:
    """Return an answer as a model."""
    return Answered(receipt=list(answer.receipt), untracked=answer.untracked)


STATUSES: dict[type[Exception], int] = {
    InsufficientBalance: PAYMENT_REQUIRED,
    NoResultFound: NOT_FOUND,
    NoSuchItem: NOT_FOUND,
    NotDone: NOT_FOUND,
    OtherRequest: CONFLICT,
    Unanswered: UNAVAILABLE,
}


def explained(_: Request, error: Exception) -> Response:
    """Answer an error with its message.

    Whoever gets 503 sends the same request again, with the same id.
    """
    return JSONResponse({"detail": str(error)}, STATUSES[type(error)])


for error in STATUSES:
    app.add_exception_handler(error, explained)
