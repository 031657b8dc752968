"""An endpoint that reads webhooks of any version, and keeps accounts up to date."""

import json
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request

from balances import (
    Account,
    Customer,
    Feature,
    LimitReached,
    ProductsUpdated,
    ThresholdReached,
    UsageAlertTriggered,
    Webhook,
    wire,
)

BAD_REQUEST, UNPROCESSABLE = 400, 422

app = FastAPI()
catalog: list[Feature] = []
"""All features, so that the boolean ones are known.

Versions before 2.1 send them as balances of zeros.
"""
accounts: dict[str, Any] = {}
"""What each customer holds, as documents.

In a service of yours, this is a table of a database.
"""
notices: list[str] = []
"""What customers are to be told. In a service of yours, this sends messages."""

CONVERTERS = {
    version: wire.make_converter("snake", version=version)
    for version in (None, "2.0", "1.2")
}
store = wire.make_converter("snake", exact="text")


async def delivered(request: Request) -> bytes:
    """Return the body as it came.

    Verify its signature here: nothing below can tell who sent it.
    """
    return await request.body()


def webhook_in(body: bytes) -> Webhook:
    """Read a body in the version that it is of."""
    try:
        document = json.loads(body)
    except ValueError as error:
        raise HTTPException(BAD_REQUEST, "expected JSON") from error
    try:
        return CONVERTERS[wire.version_of(document)].structure(document, Webhook)
    except TypeError as error:
        raise HTTPException(BAD_REQUEST, str(error)) from error
    except wire.WireError as error:
        problems = [str(problem) for problem in error.problems]
        raise HTTPException(UNPROCESSABLE, problems) from error


def keep(customer: Customer) -> None:
    """Replace what is stored of a customer."""
    if customer.id is not None:
        accounts[customer.id] = store.unstructure(customer.account(catalog))


def account_of(customer_id: str) -> Account:
    """Return what a customer holds."""
    return store.structure(accounts[customer_id], Account)


@app.post("/webhooks", status_code=204)
def receive(body: Annotated[bytes, Depends(delivered)]) -> None:
    """Take a webhook.

    One that says nothing new for balances is taken, too. Otherwise it would come again.
    """
    match webhook_in(body).data:
        case ProductsUpdated(customer=customer) | ThresholdReached(customer=customer):
            keep(customer)
        case LimitReached(customer_id=customer, feature_id=feature, limit_type=limit):
            notices.append(f"{customer}: {feature} is used up ({limit})")
        case UsageAlertTriggered(
            customer_id=customer, feature_id=feature, usage_alert=alert
        ):
            reached = f"{alert['threshold']} ({alert['threshold_type']})"
            notices.append(f"{customer}: {feature} has reached {reached}")
        case _:
            pass
