"""A first look: make a balance, use it, and read and write it in both wire formats."""

import json
from datetime import UTC, datetime

from attrs import evolve

from balances import (
    Balance,
    Breakdown,
    Price,
    Reset,
    audit,
    check,
    combine,
    next_reset,
    overage,
    track,
    undo,
    wire,
)

monthly = Reset(interval="month", resets_at=datetime(2026, 3, 1, tzinfo=UTC))
for_sale = Price(billing_method="usage_based", amount=0.1, max_purchase=20)
plan = Breakdown(
    id="plan",
    plan_id="pro",
    included_grant=100,
    usage=95,
    reset=monthly,
    price=for_sale,
)
balance = combine([plan], feature_id="messages")
print(f"messages: {balance.remaining} of {balance.granted} left, {balance.usage} used")

print(f"may 15 be used? {check(balance, 15)}")
print(f"may 50 be used? {check(balance, 50)}")

tracked = track(balance, 15)
for line in tracked.deductions:
    print(f"- {line.amount} of {line.id}, beyond the grant: {line.is_overage}")
after, beyond = tracked.balance, overage(tracked.balance)
print(f"adds up: {after.granted} + {beyond} == {after.usage} + {after.remaining}")
given_back = undo(after, tracked.deductions)
print(f"given back, it is as before: {given_back.balance == balance}")
today = datetime(2026, 2, 10, tzinfo=UTC)
print(f"resets at {next_reset(balance.breakdown, after=today)}")

FROM_REST = """{
    "feature_id": "messages",
    "granted": 150, "remaining": 102.5, "usage": 47.5,
    "unlimited": false, "overage_allowed": false,
    "max_purchase": null, "next_reset_at": 1772323200000,
    "breakdown": [
        {
            "id": "monthly", "plan_id": "pro",
            "included_grant": 100, "prepaid_grant": 0,
            "remaining": 52.5, "usage": 47.5, "unlimited": false,
            "reset": {"interval": "month", "resets_at": 1772323200000},
            "price": null, "expires_at": null
        }
    ],
    "rollovers": [{"granted": 50, "balance": 50, "expires_at": 0}]
}"""

received = wire.snake.structure(json.loads(FROM_REST), Balance)
left, carried = received.remaining, len(received.rollovers)
print(f"received: {left} of {received.granted} left, {carried} rollover")
for_typescript = wire.camel.unstructure(received)
print(f"written for TypeScript: {json.dumps(for_typescript)[:60]}...")
read_again = wire.camel.structure(for_typescript, Balance)
print(f"both documents say the same: {read_again == received}")
for finding in audit(evolve(received, granted=100)):
    print(f"does not add up at {finding.path}:")
    print(finding.message)

spoiled = for_typescript | {"granted": "150", "breakdown": [{}]}
try:
    wire.camel.structure(spoiled, Balance)
except wire.WireError as error:
    print(f"all that is wrong with a payload comes at once: {error}")
