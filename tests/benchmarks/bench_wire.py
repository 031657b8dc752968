"""Whole responses, JSON text, errors, memory and imports. `bench_operations` has the readings of a balance."""

import json
import resource
import subprocess
import sys
import tracemalloc
from typing import Any, Final

from autumn_sdk.models import Balance as SdkBalance
from measuring import all_of, compare, report

from balances import Balance, CheckResponse, Customer, wire

ITEM: Final = {
    "id": "item_monthly",
    "plan_id": "pro",
    "included_grant": 5000,
    "prepaid_grant": 0,
    "remaining": 3100.5,
    "usage": 1899.5,
    "unlimited": False,
    "reset": {"interval": "month", "resets_at": 1773851121437},
    "price": None,
    "expires_at": None,
}
TOP_UP: Final = ITEM | {
    "id": "item_top_up",
    "included_grant": 0,
    "prepaid_grant": 1000,
    "remaining": 1000,
    "usage": 0,
    "reset": {"interval": "one_off", "resets_at": None},
    "price": {"amount": 10, "billing_units": 1000, "billing_method": "prepaid", "max_purchase": None},
    "expires_at": 1781627121437,
}
ADD_ON: Final = ITEM | {
    "id": "item_add_on",
    "plan_id": None,
    "included_grant": 50,
    "remaining": 0,
    "usage": 50,
    "reset": {"interval": "month", "interval_count": 3, "resets_at": 1776443121437},
    "price": {
        "tiers": [{"to": 1000, "amount": 0.1}, {"to": 5000, "amount": 0.05}, {"to": "inf", "amount": 0.02}],
        "tier_behavior": "graduated",
        "billing_units": 1,
        "billing_method": "usage_based",
        "max_purchase": 500,
    },
}
DOCUMENT: Final[dict[str, Any]] = {
    "feature_id": "messages",
    "granted": 6350,
    "remaining": 4210.5,
    "usage": 2139.5,
    "unlimited": False,
    "overage_allowed": True,
    "max_purchase": None,
    "next_reset_at": 1773851121437,
    "breakdown": [ITEM, TOP_UP, ADD_ON],
    "rollovers": [
        {"granted": 200, "balance": 60, "expires_at": 1776443121437},
        {"granted": 100, "balance": 50, "expires_at": 0},
    ],
}
CUSTOMER: Final[dict[str, Any]] = {
    **dict.fromkeys(("id", "name", "email", "fingerprint", "stripe_id")),
    "created_at": 1773851121437,
    "env": "live",
    "metadata": {"team": "blue"},
    "send_email_receipts": False,
    "billing_controls": {},
    "subscriptions": [
        {
            **dict.fromkeys(("canceled_at", "expires_at", "trial_ends_at")),
            **dict.fromkeys(("auto_enable", "add_on", "past_due"), False),
            **dict.fromkeys(("started_at", "current_period_start", "current_period_end"), 1773851121437),
            "id": "sub_1",
            "plan_id": "pro",
            "status": "active",
            "quantity": 1,
        }
    ],
    "purchases": [],
    "licenses": [],
    "flags": {},
}
COUNT: Final = 1000
PEER: Final = "SDK"


def varied(number: int) -> dict[str, Any]:
    """Return a document in which no id, amount or time is that of another."""
    text = json.dumps(DOCUMENT).replace("item_", f"item_{number}_").replace("99.5", f"99.{number}")
    document: dict[str, Any] = json.loads(text.replace("1773851121437", str(1773851121437 + number * 1000)))
    return document


DOCUMENTS: Final = [varied(number) for number in range(COUNT)]
AGAIN: Final = [DOCUMENT] * COUNT


def structure(document: dict[str, Any]) -> Balance:
    """Read as a caller would."""
    return wire.snake.structure(document, Balance)


def bench_responses() -> None:
    held = {str(number): document for number, document in enumerate(DOCUMENTS[:10])}
    customer = {**CUSTOMER, "balances": held}
    check = {"allowed": True, "customer_id": "ada", "required_balance": 1, "balance": DOCUMENT, "flag": None}
    parts = all_of(structure, [*held.values()] * 100)
    whole = all_of(lambda document: wire.snake.structure(document, Customer), [customer] * 100)
    report("read a customer of ten balances", compare(whole, parts, calls=100), peer="its balances alone")
    checks = all_of(lambda document: wire.snake.structure(document, CheckResponse), [check] * COUNT)
    report(
        "read the answer to a check", compare(checks, all_of(structure, AGAIN), calls=COUNT), peer="its balance alone"
    )


def bench_json_text_beside_reading() -> None:
    text = json.dumps(DOCUMENT)
    peers = all_of(json.loads, [text] * COUNT)
    report("read", compare(all_of(structure, DOCUMENTS), peers, calls=COUNT), peer="`json.loads` of its text")


def bench_errors_may_be_slow() -> None:
    spoiled = {**DOCUMENT, "granted": "6350"}

    def refused(_: object) -> str:
        try:
            structure(spoiled)
        except wire.WireError as error:
            return str(error)
        raise AssertionError

    report("refuse", compare(all_of(refused, AGAIN), all_of(structure, AGAIN), calls=COUNT), peer="reading")


def bench_memory() -> None:
    for name, read in (("balances", structure), (PEER, SdkBalance.model_validate)):
        tracemalloc.start()
        kept = [read(document) for document in DOCUMENTS]
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        print(f"| memory of a balance, {name} | {size / len(kept) / 1000:.1f} kB |")


def seconds_of_a_program(statement: str) -> float:
    """Return the least time, on one core, of a Python that does one thing."""
    best = float("inf")
    for _ in range(15):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-I", "-c", statement], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def bench_importing() -> None:
    uses = ("from balances import Balance, check, track", "from balances import *")
    for statement in ("pass", "import attrs", "import balances", *uses, "import cattrs", "import balances.wire"):
        print(f"| `{statement}` | {seconds_of_a_program(statement) * 1e3:.0f} ms |")
