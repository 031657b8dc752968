"""Living three items forward, beside the SDK's validation; simulating, beside tracking; and long gaps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from attrs import evolve
from autumn_sdk.models import Balance as SdkBalance
from bench_wire import COUNT, DOCUMENTS, PEER, structure
from measuring import all_of, compare, report, seconds

from balances import (
    Balance,
    OverageBehavior,
    Policy,
    Reset,
    RolloverRule,
    Usage,
    advance,
    combine,
    runs_out_at,
    simulate,
    track,
)
from balances.testing import item, monthly, usage_based

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = datetime(2026, 2, 1, tzinfo=UTC)
USAGES = 500
OVERFLOW = OverageBehavior.OVERFLOW


def three(*resets_at: datetime) -> Balance:
    """Return what the first document holds, with its items starting over at these moments."""
    read: Balance = structure(DOCUMENTS[0])
    items = [
        evolve(each, id=f"item_{place}", expires_at=None, reset=monthly(resets_at=moment))
        for place, (each, moment) in enumerate(zip(read.breakdown, resets_at, strict=True))
    ]
    return combine(items, (), feature_id="messages")


def beside_reading(what: str, action: Callable[[Balance], object], balance: Balance) -> None:
    peers = all_of(SdkBalance.model_validate, DOCUMENTS)
    report(what, compare(all_of(action, [balance] * COUNT), peers, calls=COUNT), peer=f"{PEER} `model_validate`")


def bench_advancing() -> None:
    one = three(FIRST, *[FIRST + timedelta(days=9)] * 2)
    for what, rules in (("", None), (", carried over", RolloverRule(max=500, months=1))):
        to = FIRST + timedelta(days=1)
        assert len(advance(one, to=to, policy=Policy(rules=rules)).events) == 1
        beside_reading(
            f"`advance`, one of three items resets{what}", partial(advance, to=to, policy=Policy(rules=rules)), one
        )


def bench_simulating() -> None:
    """Report what a simulated usage costs, beside tracking the same amounts one after another."""
    usages = [Usage(at=START + number * timedelta(hours=6), amount=number % 7 + 1) for number in range(USAGES)]
    amounts = [usage.amount for usage in usages]
    long_after = datetime(2030, 1, 1, tzinfo=UTC)
    for what, balance in (("nothing resets", three(*[long_after] * 3)), ("months go by", three(*[FIRST] * 3))):

        def simulated(balance: Balance = balance) -> object:
            return simulate(balance, usages, until=usages[-1].at, overage_behavior=OVERFLOW)

        def tracked(balance: Balance = balance) -> object:
            for amount in amounts:
                balance = track(balance, amount, overage_behavior=OVERFLOW).balance
            return balance

        report(f"`simulate`, a usage, {what}", compare(simulated, tracked, calls=USAGES), peer="`track`")


def bench_forecasting() -> None:
    plan = item(1000, id="plan", reset=monthly(resets_at=FIRST), price=usage_based(max_purchase=100))
    balance = combine([plan], feature_id="messages")
    for what, every, amount in (("a day", timedelta(days=1), 30), ("a minute", timedelta(minutes=1), 0.02)):
        given: dict[str, Any] = {"amount": amount, "every": every, "start": START, "until": START.replace(year=2036)}
        in_milliseconds(f"`runs_out_at`, ten years of a use {what}", partial(runs_out_at, balance, **given))


def bench_long_gaps() -> None:
    minutely = Reset(interval="minute", resets_at=START)
    century = START.replace(year=2126)
    for what, reset, to in (
        ("a year of minute resets", minutely, START.replace(year=2027)),
        ("a century of monthly resets", monthly(resets_at=START), century),
        ("a century of monthly resets from the 31st", monthly(resets_at=START.replace(day=31)), century),
    ):
        balance = combine([item(10, 4, id="plan", reset=reset)], feature_id="messages")
        in_milliseconds(f"`advance`, {what}", partial(advance, balance, to=to))
    monthly_rows = combine([item(10, 4, id="plan", reset=monthly(resets_at=START))], feature_id="messages")
    rule = RolloverRule(max=500)
    in_milliseconds(
        "`advance`, a century under a cap", partial(advance, monthly_rows, to=century, policy=Policy(rules=rule))
    )


def in_milliseconds(what: str, action: Callable[[], object]) -> None:
    best = min(seconds(action) for _ in range(15))
    print(f"| {what} | {best * 1e3:.3f} ms |")
