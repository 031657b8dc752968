"""The answers of the production engines, line by line: `vectors/README.md` of the design tells what each file holds."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from helpers import EPOCH, try_each

from balances import (
    PRIORITY_EXPIRY_AGE,
    PRIORITY_FREE_AGE,
    AutoTopup,
    Balance,
    BillingControls,
    Breakdown,
    BurnOrder,
    Cycle,
    InsufficientBalance,
    MonthEnd,
    Policy,
    Price,
    Reset,
    Rollover,
    RolloverRule,
    Standing,
    Tracked,
    UsageAlert,
    audit,
    carry_forward,
    change_plan,
    check,
    combine,
    cost,
    crossed,
    cycle_at,
    deduction_order,
    overage,
    overage_allowance,
    prorated,
    purchased,
    reset_after,
    rollover_cap,
    set_quantity,
    top_up,
    topup_due,
    track,
    undo,
    wire,
)

Line = dict[str, Any]

VECTORS: Final = Path(__file__).parent / "vectors"
MILLISECOND: Final = timedelta(milliseconds=1)
TOTALS: Final = (
    "granted",
    "remaining",
    "usage",
    "unlimited",
    "overage_allowed",
    "max_purchase",
    "next_reset_at",
)


def moment(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * MILLISECOND


def milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // MILLISECOND


def parts_of(payloads: list[Any], cls: type[Any]) -> list[Any]:
    return [wire.snake.structure(payload, cls) for payload in payloads]


def combined(line: Line) -> Balance:
    items, rollovers = parts_of(line["breakdown"], Breakdown), parts_of(line["rollovers"], Rollover)
    return combine(items, rollovers, feature_id=line["feature_id"])


def totals(line: Line) -> Line:
    balance = combined(line)
    stated = {name: getattr(balance, name) for name in TOTALS}
    return stated | {"next_reset_at": milliseconds(balance.next_reset_at)}


def access(line: Line) -> Line:
    balance = wire.snake.structure(line["balance"], Balance)
    controls = wire.snake.structure(line["controls"], BillingControls)
    decision = check(balance, line["required"], controls=controls, properties=line["properties"])
    stated = {"overage": overage(balance), "purchased": purchased(balance)}
    return stated | {"allowed": decision.allowed, "limit": decision.limit}


def order(line: Line) -> list[str]:
    return [item.id for item in deduction_order(parts_of(line["breakdown"], Breakdown))]


def order_by(preset: BurnOrder) -> Callable[[Line], list[str]]:
    """Return how a line of grants is put in an order of another system."""

    def answer(line: Line) -> list[str]:
        grants = line["grants"]
        standings = {grant["id"]: standing_of(grant) for grant in grants}
        return [item.id for item in deduction_order(map(granted, grants), order=evolve(preset, standings=standings))]

    return answer


def granted(grant: Line) -> Breakdown:
    expires_at = grant.get("expires_at")
    expiry = None if expires_at is None else moment(expires_at)
    return Breakdown(id=grant["id"], included_grant=100, remaining=100, usage=0, expires_at=expiry)


def standing_of(grant: Line) -> Standing:
    created_at = moment(grant["created_at"])
    return Standing(priority=grant["priority"], is_paid=grant.get("is_paid"), created_at=created_at)


def burning(line: Line) -> Line:
    """Track under the order of a line, and say what each item paid."""
    standings = {item["id"]: standing_of(item) for item in line["breakdown"]}
    items, rollovers = parts_of(line["breakdown"], Breakdown), parts_of(line["rollovers"], Rollover)
    policy = Policy(order=BurnOrder(keys=line["order"], standings=standings))
    result = track(combine(items, rollovers, feature_id="messages"), line["amount"], policy=policy)
    return {
        "deductions": [{"id": deduction.id, "amount": deduction.amount} for deduction in result.deductions],
        "breakdown": [{"id": item.id, "remaining": item.remaining} for item in result.balance.breakdown],
        "left": result.untracked,
    }


def tracked(line: Line) -> Tracked:
    """Track what a line says; the totals of a balance have no part in it, so any will do."""
    balance = combine(
        parts_of(line["breakdown"], Breakdown), parts_of(line["rollovers"], Rollover), feature_id="messages"
    )
    return track(
        balance,
        line["amount"],
        controls=wire.snake.structure(line["controls"], BillingControls),
        overage_behavior=line["overage"],
        credit_cost=line["credit_cost"],
    )


def state(balance: Balance) -> Line:
    items = [{"id": item.id, "usage": item.usage, "remaining": item.remaining} for item in balance.breakdown]
    return {"breakdown": items, "rollovers": [rollover.balance for rollover in balance.rollovers]}


def tracking(line: Line) -> Line:
    try:
        result = tracked(line)
    except InsufficientBalance:
        return {"error": REFUSED}
    return state(result.balance) | {"left": result.untracked}


def undoing(line: Line) -> Line:
    result = tracked(line)
    undone = undo(result.balance, result.deductions, amount=line["undo"])
    return {"tracked": state(result.balance), "undone": state(undone.balance)}


def allowance(line: Line) -> Line:
    balance = wire.snake.structure(line["balance"], Balance)
    controls = wire.snake.structure(line["controls"], BillingControls)
    return {"overage_allowance": overage_allowance(balance, controls=controls)}


def cycles(line: Line) -> Line:
    return cycle_of(line)


def zoned_cycles(line: Line) -> Line:
    return cycle_of(line, zone=ZoneInfo(line["zone"]))


def month_ends(line: Line) -> Line:
    return cycle_of(line, month_end=MonthEnd(line["month_end"]))


def cycle_of(line: Line, **calendar: Any) -> Line:
    anchor, interval, count = moment(line["anchor"]), line["interval"], line["interval_count"]
    cycle = cycle_at(moment(line["at"]), anchor=anchor, interval=interval, count=count, **calendar)
    return {"start": milliseconds(cycle.start), "end": milliseconds(cycle.end)}


def next_reset(line: Line) -> int | None:
    reset = wire.snake.structure(line["reset"], Reset)
    return milliseconds(reset_after(reset, after=moment(line["after"])))


def rollovers(line: Line) -> Line:
    item, rule = wire.snake.structure(line["breakdown"], Breakdown), wire.snake.structure(line["rule"], RolloverRule)
    before, at = parts_of(line["rollovers"], Rollover), moment(line["at"])
    after = carry_forward(item, rule, at=at, rollovers=before).rollovers
    return {
        "rollovers": [shown(rollover) for rollover in after],
        "cap": rollover_cap(rule, item.granted),
        "new_expires_at": expiry_of_the_new_one(item, rule, at),
    }


def shown(rollover: Rollover) -> Line:
    expiry = milliseconds(rollover.expires_at) or 0
    return {"granted": rollover.granted, "balance": rollover.balance, "expires_at": expiry}


def expiry_of_the_new_one(item: Breakdown, rule: RolloverRule, at: datetime) -> int | None:
    """Carry alone and without a cap: what remains is the only rollover there is, or there is none."""
    carry = carry_forward(item, evolve(rule, max=None, max_percentage=None), at=at)
    expiries = [milliseconds(rollover.expires_at) or 0 for rollover in carry.rollovers]
    return expiries[0] if expiries else None


def price_of(line: Line) -> Decimal:
    return cost(wire.snake.structure(line["price"], Price), line["quantity"], included=line["included"])


def sums(balance: Balance) -> Line:
    return {"granted": balance.granted, "remaining": balance.remaining, "usage": balance.usage}


def quantity(line: Line) -> Line:
    balance = wire.snake.structure(line["balance"], Balance)
    return sums(set_quantity(balance, line["item_id"], line["quantity"], current=line["current_quantity"]))


def plan_change(line: Line) -> Line:
    before, fresh = wire.snake.structure(line["before"], Balance), parts_of(line["fresh"], Breakdown)
    after = change_plan(
        before,
        fresh,
        old_plan_id="old",
        expires_at=moment(line["expires_at"]),
        carry_usage=line["carry_usage"],
        carry_balance=line["carry_balance"],
    ).balance.breakdown
    return {
        "fresh": [
            {"id": item.id, "remaining": item.remaining, "usage": item.usage} for item in after if item.plan_id == "new"
        ],
        "loose": [
            {"included_grant": item.included_grant, "expires_at": milliseconds(item.expires_at)}
            for item in after
            if item.plan_id is None
        ],
    }


def topup(line: Line) -> Line:
    balance = wire.snake.structure(line["balance"], Balance)
    topup = wire.snake.structure(line["auto_topup"], AutoTopup)
    due = topup_due(balance, topup, item_id=line["item_id"], at=moment(line["at"]))
    if due is None:
        return {"fires": False, "reason": reason(balance, topup)}
    after, limit = top_up(balance, line["item_id"], due.quantity), due.purchase_limit
    shown = {"count": limit.count, "next_reset_at": milliseconds(limit.next_reset_at)} if limit else None
    parts = [
        {"id": i.id, "prepaid_grant": i.prepaid_grant, "remaining": i.remaining, "usage": i.usage}
        for i in after.breakdown
    ]
    return {
        "fires": True,
        "quantity": due.quantity,
        "after": sums(after) | {"breakdown": parts},
        "purchase_limit": shown,
    }


def reason(balance: Balance, topup: AutoTopup) -> str:
    """Say why nothing is due: only where the balance is low, the purchase limit is asked."""
    return "purchase_limit" if balance.granted - balance.usage <= topup.threshold else "above_threshold"


def alerts(line: Line) -> list[Line]:
    before, after = (wire.snake.structure(line[side], Balance) for side in ("before", "after"))
    fired = crossed(before, after, parts_of(line["usage_alerts"], UsageAlert))
    return [
        {
            "feature_id": before.feature_id,
            "threshold": alert.threshold,
            "threshold_type": alert.threshold_type,
            "name": alert.name,
        }
        for alert in fired
    ]


def proration(line: Line) -> Decimal:
    at, start, end = (moment(line[name]) for name in ("at", "start", "end"))
    if line["by"] == "day_inclusive":
        # Whole days, the first and the last included, are a longer cycle.
        at, start, end = midnight(at), midnight(start), midnight(end) + timedelta(days=1)
    return prorated(line["amount"], at=at, cycle=Cycle(start=start, end=end), places=8)


def midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


ANSWERS: Final[dict[str, Callable[[Line], object]]] = {
    "totals": totals,
    "access": access,
    "overage_allowance": allowance,
    "cycles": cycles,
    "cycles_zoned": zoned_cycles,
    "month_ends": month_ends,
    "proration": proration,
    "next_reset": next_reset,
    "rollovers": rollovers,
    "deduction_order": order,
    "burn_order.priority_expiry_created": order_by(PRIORITY_EXPIRY_AGE),
    "burn_order.priority_granted_created": order_by(PRIORITY_FREE_AGE),
    "burn_track": burning,
    "track": tracking,
    "refund": tracking,
    "undo": undoing,
    "cost": price_of,
    "quantity": quantity,
    "plan_change": plan_change,
    "topups_due": topup,
    "alerts": alerts,
}
"""How this package answers a line of each file."""

REFUSED: Final = "insufficient_balance"
"""What the engines answer where `InsufficientBalance` is raised."""


def lines_of(name: str) -> list[Line]:
    text = (VECTORS / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


def named_lines(name: str) -> list[tuple[str, Line]]:
    """Return every line with where it stands."""
    return [(f"{name}.jsonl:{number}", line) for number, line in enumerate(lines_of(name), 1)]


def expected(name: str, line: Line) -> object:
    """Return the answer that a line states: of a wall time that exists twice, the one for the first."""
    if name == "proration":
        return line["expected"]["amount"]
    return line["expected_earlier" if name == "cycles_zoned" else "expected"]


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_those_of_the_production_engines(name: str) -> None:
    def test(line: Line) -> None:
        assert ANSWERS[name](line) == expected(name, line)

    try_each(named_lines(name), test)


def test_what_is_combined_adds_up() -> None:
    def test(line: Line) -> None:
        assert audit(combined(line), tolerance=0) == ()

    try_each(named_lines("totals"), test)


@pytest.mark.parametrize(
    "line", [line for line in lines_of("burn_order.priority_granted_created") if line["amount"] is not None]
)
def test_grants_are_used_up_in_the_order_of_another_system(line: Line) -> None:
    grants = {grant["id"]: grant for grant in line["grants"]}
    items = [Breakdown(id=name, included_grant=grant["remaining"]) for name, grant in grants.items()]
    order = evolve(PRIORITY_FREE_AGE, standings={name: standing_of(grant) for name, grant in grants.items()})
    after = track(combine(items, feature_id="credits"), line["amount"], policy=Policy(order=order)).balance
    left = {item.id: item.remaining for item in after.breakdown}
    untouched = {name: grant["remaining"] for name, grant in grants.items()}
    assert left == untouched | line["expected_remaining"]


def test_every_file_of_vectors_is_answered() -> None:
    elsewhere = {"account_check", "account_track", "versions"}
    assert {path.stem for path in VECTORS.glob("*.jsonl")} - elsewhere == set(ANSWERS)


def test_every_wrong_line_is_named() -> None:
    def test(line: int) -> None:
        assert line != 0

    with pytest.raises(ExceptionGroup, match="failed: b, d"):
        try_each([("a", 1), ("b", 0), ("c", 2), ("d", 0)], test)
