"""A first look: two documents of one balance, one of each wire format, read, changed and written."""

import json
from datetime import UTC, datetime

from attrs import evolve

from balances import Balance, audit, next_reset, overage, wire

FROM_REST = """{
    "feature_id": "messages",
    "granted": 150, "remaining": 102.5, "usage": 47.5,
    "unlimited": false, "overage_allowed": false,
    "max_purchase": null, "next_reset_at": 1772323200000,
    "breakdown": [
        {
            "id": "monthly", "plan_id": "pro",
            "included_grant": 100, "prepaid_grant": 0, "remaining": 52.5, "usage": 47.5, "unlimited": false,
            "reset": {"interval": "month", "resets_at": 1772323200000}, "price": null, "expires_at": null
        }
    ],
    "rollovers": [{"granted": 50, "balance": 50, "expires_at": 0}]
}"""

FROM_TYPESCRIPT = """{
    "featureId": "messages",
    "granted": 150, "remaining": 102.5, "usage": 47.5,
    "unlimited": false, "overageAllowed": false,
    "maxPurchase": null, "nextResetAt": 1772323200000,
    "breakdown": [
        {
            "id": "monthly", "planId": "pro",
            "includedGrant": 100, "prepaidGrant": 0, "remaining": 52.5, "usage": 47.5, "unlimited": false,
            "reset": {"interval": "month", "resetsAt": 1772323200000}, "price": null, "expiresAt": null
        }
    ],
    "rollovers": [{"granted": 50, "balance": 50, "expiresAt": 0}]
}"""

balance = wire.snake.structure(json.loads(FROM_REST), Balance)
same = wire.camel.structure(json.loads(FROM_TYPESCRIPT), Balance)

print(f"{balance.feature_id}: {balance.remaining} of {balance.granted} left, {balance.usage} used")
print(f"starts over at {balance.next_reset_at}")
print(f"and, seen from 15 March, at {next_reset(balance.breakdown, after=datetime(2026, 3, 15, tzinfo=UTC))}")
print(f"adds up: {balance.granted} + {overage(balance)} == {balance.usage} + {balance.remaining}")
for item in balance.breakdown:
    print(f"- {item.plan_id}: {item.remaining} of {item.granted} left, {item.reset}")
for rollover in balance.rollovers:
    print(f"- carried over: {rollover.balance} of {rollover.granted} left, expires: {rollover.expires_at or 'never'}")
print(f"both documents say the same: {balance == same}")

for finding in audit(evolve(balance, granted=100)):
    print(f"does not add up: {finding.message}")

renamed = evolve(balance, feature_id="chat")
print(f"written for TypeScript: {json.dumps(wire.camel.unstructure(renamed))[:60]}...")

try:
    wire.camel.structure({**json.loads(FROM_TYPESCRIPT), "granted": "150", "breakdown": [{}]}, Balance)
except wire.WireError as error:
    print(f"all that is wrong with a payload comes at once: {error}")
