"""Two HTTP endpoints that ask the balance first, and count what they did."""

from collections.abc import Callable
from threading import Lock
from typing import Annotated
from uuid import uuid4

from attrs import define, field
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

import balances
from balances import Balance, BillingControls, Decision, InsufficientBalance, Limit, OverageBehavior, Tracked

PAYMENT_REQUIRED, NOT_FOUND, TOO_MANY_REQUESTS, BAD_GATEWAY = 402, 404, 429, 502


@define
class Account:
    """The balances of one customer. Hold the lock to read and change them, and wait for nothing meanwhile."""

    messages: Balance
    tokens: Balance
    controls: BillingControls
    receipts: list[Tracked] = field(factory=list[Tracked])
    lock: Lock = field(factory=Lock)

    def count(self, tracked: Tracked) -> Balance:
        """Keep the receipt and the counted usage limits, and return the balance."""
        self.receipts.append(tracked)
        self.controls = tracked.controls or self.controls
        return tracked.balance


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
accounts: dict[str, Account] = {}
app = FastAPI()


def account_of(customer: Annotated[str, Header()]) -> Account:
    """Find the account. In a service of yours, the authentication says who the customer is."""
    if customer not in accounts:
        raise HTTPException(NOT_FOUND, f"no such customer: {customer}")
    return accounts[customer]


def model_in_use() -> Model:
    """Return the function that answers prompts. Put your model here."""
    return lambda prompt: Answer(text=prompt.text.upper(), tokens=len(prompt.text.split()))


def refusal(decision: Decision) -> HTTPException:
    """Say what stood in the way. Waiting helps against a usage limit, paying against the others."""
    status = TOO_MANY_REQUESTS if decision.limit is Limit.USAGE_LIMIT else PAYMENT_REQUIRED
    return HTTPException(status, {"message": balances.explain(decision), "limit": decision.limit})


@app.post("/messages")
def send(message: Message, account: Annotated[Account, Depends(account_of)]) -> dict[str, str]:
    """Send a message. It is checked before, and counted when it is sent."""
    with account.lock:
        decision = balances.check(account.messages, controls=account.controls)
    if not decision:
        raise refusal(decision)
    sent = f"sent: {message.text}"
    with account.lock:
        tracked = balances.track(
            account.messages, 1, controls=account.controls, overage_behavior=OverageBehavior.OVERFLOW
        )
        account.messages = account.count(tracked)
    return {"message": sent}


@app.post("/answers")
def answer(
    prompt: Prompt,
    account: Annotated[Account, Depends(account_of)],
    model: Annotated[Model, Depends(model_in_use)],
) -> Answer:
    """Answer a prompt. Hold the most that it may take, and give back the tokens that it did not take."""
    with account.lock:
        try:
            held = balances.hold(account.tokens, prompt.max_tokens, id=str(uuid4()), controls=account.controls)
        except InsufficientBalance as error:
            decision = balances.check(account.tokens, prompt.max_tokens, controls=account.controls)
            raise refusal(decision) from error
        account.tokens = held.balance
    try:
        answered = model(prompt)
    except Exception as error:
        with account.lock:
            account.tokens = balances.release(account.tokens, held.hold).balance
        raise HTTPException(BAD_GATEWAY, "the model did not answer, and nothing was counted") from error
    with account.lock:
        tracked = balances.confirm(
            account.tokens,
            held.hold,
            used=answered.tokens,
            controls=account.controls,
            overage_behavior=OverageBehavior.OVERFLOW,
        )
        account.tokens = account.count(tracked)
    return answered
