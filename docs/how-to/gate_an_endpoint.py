"""Two HTTP endpoints that ask the balance first, and count what they did."""

from collections.abc import Callable
from threading import Lock
from typing import Annotated
from uuid import uuid4

from attrs import define, field
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

from balances import (
    Account,
    AccountTracked,
    InsufficientBalance,
    Limit,
    OverageBehavior,
    Ruling,
    accounts,
    explain,
)

PAYMENT_REQUIRED, NOT_FOUND, TOO_MANY_REQUESTS, BAD_GATEWAY = 402, 404, 429, 502


@define
class Customer:
    """All that a customer holds.

    Take the lock to read and change it, and wait for nothing meanwhile.
    """

    account: Account
    receipts: list[AccountTracked] = field(factory=list[AccountTracked])
    lock: Lock = field(factory=Lock)

    def count(self, tracked: AccountTracked) -> None:
        """Keep the account after a use, and the receipt."""
        self.account = tracked.account
        self.receipts.append(tracked)


class Message(BaseModel):
    """A message to be sent."""

    text: str


class Prompt(BaseModel):
    """A question, and how many tokens the answer may take."""

    text: str
    max_tokens: int = Field(default=100, ge=1, le=10_000)


class Answer(BaseModel):
    """An answer, and how many tokens it took."""

    text: str
    tokens: int


Model = Callable[[Prompt], Answer]
customers: dict[str, Customer] = {}
app = FastAPI()


def customer_of(customer: Annotated[str, Header()]) -> Customer:
    """Find the customer. In your service, the authentication says who it is."""
    if customer not in customers:
        raise HTTPException(NOT_FOUND, f"no such customer: {customer}")
    return customers[customer]


def model_in_use() -> Model:
    """Return the function that answers prompts. Put your model here."""

    def model(prompt: Prompt) -> Answer:
        return Answer(text=prompt.text.upper(), tokens=len(prompt.text.split()))

    return model


def refusal(ruling: Ruling) -> HTTPException:
    """Name the limit that stood in the way.

    Waiting helps against a usage limit, paying against the others.
    """
    helps = ruling.limit is Limit.USAGE_LIMIT
    status = TOO_MANY_REQUESTS if helps else PAYMENT_REQUIRED
    return HTTPException(status, {"message": explain(ruling), "limit": ruling.limit})


@app.post("/messages")
def send(
    message: Message, customer: Annotated[Customer, Depends(customer_of)]
) -> dict[str, str]:
    """Send a message. It is checked before, and counted when it is sent."""
    with customer.lock:
        ruling = accounts.check(customer.account, "messages")
    if not ruling:
        raise refusal(ruling)
    sent = f"sent: {message.text}"
    with customer.lock:
        overflow = OverageBehavior.OVERFLOW
        customer.count(
            accounts.track(customer.account, "messages", overage_behavior=overflow)
        )
    return {"message": sent}


@app.post("/answers")
def answer(
    prompt: Prompt,
    customer: Annotated[Customer, Depends(customer_of)],
    model: Annotated[Model, Depends(model_in_use)],
) -> Answer:
    """Answer a prompt.

    Hold the most that it may take, and give back the tokens that it did not take.
    """
    most = prompt.max_tokens
    with customer.lock:
        account = customer.account
        try:
            held = accounts.hold(account, "tokens", most, id=str(uuid4()))
        except InsufficientBalance as error:
            raise refusal(accounts.check(account, "tokens", most)) from error
        customer.account = held.account
    try:
        answered = model(prompt)
    except Exception as error:
        with customer.lock:
            customer.account = accounts.release(customer.account, held.hold).account
        unanswered = "the model did not answer, and nothing was counted"
        raise HTTPException(BAD_GATEWAY, unanswered) from error
    with customer.lock:
        used, overflow = answered.tokens, OverageBehavior.OVERFLOW
        confirmed = accounts.confirm(
            customer.account, held.hold, used=used, overage_behavior=overflow
        )
        customer.count(confirmed)
    return answered
