"""What the package answers, whatever process, thread or surroundings it is asked in.

`python tests/ambient.py` lives in the locale of its environment and spoils the decimal contexts. It has eight threads
use everything for the first time at once, has a spawned process do it again with values that it is sent, and prints all
answers as JSON. It fails if any two differ.
"""

import decimal
import json
import locale
import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, Final
from zoneinfo import ZoneInfo

if __name__ in {"__main__", "__mp_main__"}:
    # Before the package is imported: new threads and contexts are like this one.
    decimal.DefaultContext.prec, decimal.DefaultContext.capitals = 1, 0
    decimal.DefaultContext.rounding = decimal.ROUND_UP
    for signal in decimal.DefaultContext.traps:
        decimal.DefaultContext.traps[signal] = True
    decimal.setcontext(decimal.DefaultContext)
    locale.setlocale(locale.LC_ALL, "")

from payloads import converter, full
from wire_classes import CASES, CLASSES

from balances import (
    Account,
    BillingControls,
    InsufficientBalance,
    Policy,
    RolloverRule,
    Usage,
    UsageLimit,
    WireError,
    accounts,
    advance,
    audit,
    check,
    combine,
    confirm,
    cost,
    cycle_at,
    explain,
    hold,
    overage_cost,
    picture,
    runs_out_at,
    settle,
    simulate,
    track,
    undo,
)
from balances.testing import item, monthly, rollover, usage_based
from balances.wire.dialects import Case

THREADS: Final = 8
NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER: Final = datetime(2026, 7, 1, tzinfo=UTC)


def answers() -> dict[str, Any]:
    """Use everything, and return all answers by name."""
    return dict([*_read(), *_computed()])


def _read() -> Iterator[tuple[str, Any]]:
    for cls in CLASSES:
        for case in CASES:
            value = converter(case).structure(full(cls, case), cls)
            yield f"{cls.__name__} in {case}", value
            yield f"{cls.__name__}, written in {case}", converter(case).unstructure(value)
            yield f"{cls.__name__}, refused in {case}", _refused(cls, case)


def _refused(cls: type, case: Case) -> str:
    try:
        converter(case).structure({"id": "\u202e", "feature_id": 10**300, "\ud800": float("nan")}, cls)
    except WireError as error:
        return str(error)
    return "not refused"


def _computed() -> Iterator[tuple[str, Any]]:
    plan = item(100, 28, id="plan", reset=monthly(resets_at=NOW), price=usage_based(1 / 3, max_purchase=50))
    balance = combine([plan, item(9.5, 2.25, id="gift")], [rollover(25, 5, expires_at=LATER)], feature_id="messages")
    limits = BillingControls(usage_limits=[UsageLimit(feature_id="messages", limit=60, interval="day")])
    policy = Policy(rules=RolloverRule(max_percentage=33.3, months=1), overage_at_reset="repay")
    tracked, held = track(balance, 77.7, controls=limits), hold(balance, 1 / 3, id="call_1", credit_cost=0.7)
    yield from {"tracked": tracked, "held": held, "decided": check(balance, 1e-12), "audited": audit(balance)}.items()
    yield "undone", undo(tracked.balance, tracked.deductions, amount=0.1)
    yield "confirmed", confirm(held.balance, held.hold, used=0.2, policy=policy)
    yield "settled", settle(tracked.balance)
    yield "advanced", advance(balance, to=LATER, policy=policy)
    yield "simulated", simulate(balance, [Usage(at=NOW, amount=11)], until=LATER, policy=policy)
    yield "runs out", runs_out_at(balance, amount=7, every=timedelta(days=1), start=NOW, until=LATER)
    yield "cost", (overage_cost(tracked.balance), cost(usage_based(1 / 3), 7, included=2))
    yield "cycle", cycle_at(LATER, anchor=NOW, interval="month", zone=ZoneInfo("Europe/Berlin"))
    yield "picture", picture(balance)
    yield "explained", explain(check(balance, 10**6))
    account = Account(balances={"messages": balance}, controls=limits)
    yield "tracked over an account", accounts.track(account, "messages", 44.4)
    yield "advanced over an account", accounts.advance(account, since=NOW, to=LATER, policies=policy)
    try:
        track(balance, 10**6, overage_behavior="reject")
    except InsufficientBalance as error:
        yield "insufficient", str(error)


def sent(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return, from another process, what it was sent, and what it answers itself."""
    return values, answers()


def told(values: dict[str, Any]) -> str:
    return json.dumps({name: repr(value) for name, value in values.items()}, indent=1)


def together() -> dict[str, Any]:
    """Have threads use everything at once; return what all of them found."""
    start = Barrier(THREADS)

    def first_use(_: int) -> dict[str, Any]:
        start.wait()
        return answers()

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(first_use, range(THREADS)))
    if any(each != found[0] for each in found):
        raise SystemExit("expected all threads to find the same")
    return found[0]


def main() -> None:
    found = together()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        returned, again = pool.apply(sent, (found,))
    if not returned == again == found:
        raise SystemExit("expected the other process to find the same")
    sys.stdout.write(told(again))


if __name__ == "__main__":
    main()
