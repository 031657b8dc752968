"""What hostile input costs: for each reader the worst time per byte of a spoiled document, for each verb per item."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from time import process_time
from typing import Any

from attrs import evolve
from payloads import full, places, replaced
from wire_classes import CLASSES

from balances import (
    Account,
    AutoTopup,
    Balance,
    BalanceRow,
    BillingControls,
    CreditCost,
    Feature,
    Policy,
    Price,
    Reset,
    RolloverRule,
    Tier,
    Usage,
    UsageAlert,
    UsageLimit,
    WireError,
    accounts,
    advance,
    audit,
    balances_of,
    carry_forward,
    change_plan,
    check,
    combine,
    confirm,
    cost,
    credit_cost,
    crossed,
    deduction_order,
    expiring,
    explain,
    hold,
    max_purchase,
    net_overage,
    next_reset,
    overage,
    overage_allowance,
    overage_cost,
    overage_limit,
    picture,
    purchase_allowance,
    purchased,
    release,
    renew_limits,
    replace_item,
    runs_out_at,
    set_quantity,
    set_usage,
    settle,
    simulate,
    top_up,
    topup_due,
    track,
    undo,
    waste,
    wire,
    with_item,
    without_item,
)
from balances.testing import item, prepaid, rollover

HOSTILE: dict[str, Any] = {
    "nothing": None,
    "not a number": float("nan"),
    "4,000 digits": 10**3999,
    "1,000 characters": "x" * 1000,
    "1,000 control characters": "\x1b\u202e" * 500,
    "1,000 keys": {f"key {number}": number for number in range(1000)},
    "1,000 lists in lists": json.loads("[" * 900 + "]" * 900),
    "1,000 objects": [{}] * 1000,
}
ITEMS, LEAST, USES = 10_000, 1000, 10
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
RULE = RolloverRule(max=50)
MEMBER = CreditCost(metered_feature_id="messages", credit_cost=2)
CREDITS = Feature(id="credits", name="", type="credit_system", consumable=True, credit_schema=[MEMBER])
JANUARY, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def bench_readers() -> None:
    print("\n| read as | spoiled by | at | size | time | time per byte | longest message |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |")
    for cls in CLASSES:
        cost, row = max(_spoiled(cls))
        print(f"{row} {cost * 1e9:,.0f} ns | {_longest(cls):,} |")


def _spoiled(cls: type) -> list[tuple[float, str]]:
    wire.snake.structure(full(cls), cls)
    rows: list[tuple[float, str]] = []
    for place in places(full(cls)):
        for name, value in HOSTILE.items():
            document = replaced(full(cls), place, value) if place else value
            size = len(str(json.dumps(document)))
            if size < LEAST:
                continue  # What a call costs by itself is not a cost of its input.
            spent = _seconds(_reading(document, cls))
            path = ".".join(map(str, place)) or "$"
            rows.append((spent / size, f"| {cls.__name__} | {name} | {path} | {size:,} | {spent * 1e6:,.0f} µs |"))
    return rows


def _longest(cls: type) -> int:
    found: list[int] = [0]
    for place in places(full(cls)):
        for value in HOSTILE.values():
            try:
                wire.snake.structure(replaced(full(cls), place, value) if place else value, cls)
            except WireError as error:
                found.append(len(str(error)))
    return max(found)


def _reading(document: Any, cls: type) -> Callable[[], object]:
    def read() -> None:
        with suppress(WireError):
            wire.snake.structure(document, cls)

    return read


def _seconds(action: Callable[[], object]) -> float:
    start = process_time()
    action()
    return process_time() - start


def bench_verbs() -> None:
    print(f"\n| verb, over {ITEMS:,} items and as many rollovers | time | per item |")
    print("| --- | ---: | ---: |")
    # What one room needs is gone before the next begins: the collector of garbage looks at all that there is.
    for room in (_answering, _using, _living, _over_accounts):
        for name, action in room(_many(ITEMS)).items():
            spent = min(_seconds(action) for _ in range(3))
            print(f"| `{name}` | {spent * 1e3:,.1f} ms | {spent / ITEMS * 1e6:,.1f} µs |")


def bench_timelines() -> None:
    print("\n| timeline, of items that reset at one moment | time | per step and item |")
    print("| --- | ---: | ---: |")
    for items in (500, 1000):
        balance = _many(items)
        timeline = simulate(balance, [], until=LATER)
        actions: dict[str, Callable[[], object]] = {
            "simulate": partial(simulate, balance, [], until=LATER),
            "picture": partial(picture, timeline),
        }
        for name, action in actions.items():
            spent, size = _seconds(action), len(timeline.steps) * items
            print(f"| `{name}`, {items:,} items | {spent * 1e3:,.1f} ms | {spent / size * 1e6:,.3f} µs |")


def _many(items: int) -> Balance:
    reset = Reset(interval="month", resets_at=LATER)
    parts = [item(10, 5, id=f"{number}", plan_id="pro", reset=reset, price=prepaid(1)) for number in range(items)]
    carried = [rollover(5, 2, expires_at=LATER + number * HOUR) for number in range(items)]
    return combine(parts, carried, feature_id="messages")


def _answering(balance: Balance) -> dict[str, Callable[[], object]]:
    payload, decision = wire.snake.unstructure(balance), check(balance, ITEMS)
    members = [CreditCost(metered_feature_id=f"{number}", credit_cost=2) for number in range(ITEMS)]
    feature = evolve(CREDITS, credit_schema=members)
    rows = wire.snake.structure([full(BalanceRow)] * ITEMS, tuple[BalanceRow, ...])
    tiers = [Tier(to=number + 1, amount=1) for number in range(ITEMS)]
    tiers.append(Tier(to=None, amount=1))
    price = Price(billing_method="usage_based", tiers=tiers, tier_behavior="graduated")
    return {
        "structure": lambda: wire.snake.structure(payload, Balance),
        "unstructure": lambda: wire.snake.unstructure(balance),
        "version_of": lambda: wire.version_of([{"id": f"{number}"} for number in range(ITEMS)]),
        "combine": lambda: combine(balance.breakdown, balance.rollovers, feature_id="messages"),
        "check": lambda: check(balance, ITEMS),
        "explain": lambda: explain(decision),
        "audit": lambda: audit(balance, at=LATER),
        "overage": lambda: overage(balance),
        "net_overage": lambda: net_overage(balance),
        "overage_limit": lambda: overage_limit(balance),
        "overage_allowance": lambda: overage_allowance(balance),
        "overage_cost": lambda: overage_cost(balance),
        "cost": lambda: cost(price, ITEMS),
        "max_purchase": lambda: max_purchase(balance),
        "purchased": lambda: purchased(balance),
        "purchase_allowance": lambda: purchase_allowance(balance),
        "next_reset": lambda: next_reset(balance, after=LATER),
        "deduction_order": lambda: deduction_order(balance),
        "expiring": lambda: expiring(balance, before=LATER + ITEMS * HOUR),
        "balances_of": lambda: balances_of(rows),
        "credit_cost": lambda: credit_cost(feature, f"{ITEMS - 1}"),
        "repr": lambda: repr(balance),
        "picture": lambda: picture(balance),
    }


def _using(balance: Balance) -> dict[str, Callable[[], object]]:
    tracked, held = track(balance, 7 * ITEMS), hold(balance, 7 * ITEMS, id="call_1")
    owing = with_item(balance, item(0, 6 * ITEMS, id="debt"))
    fresh = [evolve(part, id=f"new {part.id}") for part in balance.breakdown]
    alerts = [UsageAlert(threshold=number, threshold_type="usage", enabled=True) for number in range(ITEMS)]
    topup = AutoTopup(feature_id="messages", enabled=True, threshold=100 * ITEMS, quantity=1)
    return {
        "track": lambda: track(balance, 7 * ITEMS),
        "track, refunding": lambda: track(tracked.balance, -7 * ITEMS),
        "set_usage": lambda: set_usage(balance, 9 * ITEMS),
        "undo": lambda: undo(tracked.balance, tracked.deductions),
        "hold": lambda: hold(balance, 7 * ITEMS, id="call_1"),
        "confirm": lambda: confirm(held.balance, held.hold, used=ITEMS),
        "release": lambda: release(held.balance, held.hold),
        "settle": lambda: settle(owing),
        "top_up": lambda: top_up(owing, "0", 6 * ITEMS),
        "set_quantity": lambda: set_quantity(balance, "0", 2, current=1),
        "topup_due": lambda: topup_due(balance, topup, item_id="0", at=LATER),
        "with_item": lambda: with_item(balance, item(1, id="new")),
        "without_item": lambda: without_item(balance, "0"),
        "replace_item": lambda: replace_item(balance, "0", item(1, id="0")),
        "change_plan": lambda: change_plan(balance, fresh, old_plan_id="pro", carry_usage=True, carry_balance=True),
        "crossed": lambda: crossed(balance, tracked.balance, alerts),
    }


def _living(balance: Balance) -> dict[str, Callable[[], object]]:
    policy, part = Policy(rules=RULE), balance.breakdown[0]
    uses = [Usage(at=JANUARY + number * MINUTE, amount=1) for number in range(USES)]
    timeline = simulate(balance, uses, until=LATER - HOUR)
    limits = [UsageLimit(feature_id=f"{number}", limit=1, interval="day", usage=1) for number in range(ITEMS)]
    every, until = timedelta(hours=12), LATER + timedelta(days=90)
    return {
        "advance": lambda: advance(balance, to=LATER, policy=policy),
        "carry_forward": lambda: carry_forward(part, RULE, at=LATER, rollovers=balance.rollovers),
        f"simulate, {USES} uses": lambda: simulate(balance, uses, until=LATER - HOUR),
        "waste": lambda: waste(timeline),
        "runs_out_at": lambda: runs_out_at(balance, amount=ITEMS, every=every, start=JANUARY, until=until),
        "renew_limits": lambda: renew_limits(BillingControls(usage_limits=limits), since=JANUARY, to=LATER),
    }


def _over_accounts(balance: Balance) -> dict[str, Callable[[], object]]:
    messages = Feature(id="messages", name="", type="metered", consumable=True, event_names=["sent"])
    systems = [evolve(CREDITS, id=f"system {number}") for number in range(ITEMS)]
    held = {system.id: combine([item(5, 1)], feature_id=system.id) for system in systems}
    account = Account(features=[messages, *systems], balances={"messages": balance, **held})
    tracked = accounts.track(account, "messages", 10 * ITEMS)
    reserved = accounts.hold(account, "messages", 10 * ITEMS, id="call_1")
    fresh = {"messages": [item(5, id="fresh")]}
    return {
        "accounts.check": lambda: accounts.check(account, "messages", 10 * ITEMS),
        "accounts.track": lambda: accounts.track(account, "messages", 10 * ITEMS),
        "accounts.record": lambda: accounts.record(account, "sent", 10 * ITEMS),
        "accounts.undo": lambda: accounts.undo(tracked.account, tracked.deductions),
        "accounts.hold": lambda: accounts.hold(account, "messages", 10 * ITEMS, id="call_1"),
        "accounts.confirm": lambda: accounts.confirm(reserved.account, reserved.hold, used=ITEMS),
        "accounts.release": lambda: accounts.release(reserved.account, reserved.hold),
        "accounts.set_usage": lambda: accounts.set_usage(account, "messages", 9 * ITEMS),
        "accounts.put": lambda: accounts.put(account, balance),
        "accounts.change_plan": lambda: accounts.change_plan(account, fresh, old_plan_id="pro"),
        "accounts.advance": lambda: accounts.advance(account, since=JANUARY, to=LATER),
        "accounts.crossed": lambda: accounts.crossed(account, tracked.account),
        "structure an account": lambda: wire.snake.structure(wire.snake.unstructure(account), Account),
        "picture of an account": lambda: picture(account),
    }
