"""What is spared stays spared: each operation makes so many calls of our own functions, and no more.

A shortcut changes no answer, so no other test would miss one. Calls are counted, and no clock is asked. The first use
of an operation, which compiles and fills caches, is not counted.
"""

import linecache
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import CodeType
from typing import Final
from unittest.mock import Mock

import pytest
from attrs import evolve
from growing import calls_of

import balances
from balances import (
    Account,
    Allocation,
    Balance,
    BillingControls,
    Breakdown,
    CreditCost,
    Feature,
    Interval,
    OverageAtReset,
    Policy,
    Reset,
    RolloverRule,
    UsageLimit,
    WireError,
    accounts,
    advance,
    audit,
    check,
    combine,
    confirm,
    cycle_at,
    deduction_order,
    hold,
    overage,
    release,
    settle,
    simulate,
    track,
    undo,
    wire,
)
from balances.base import unchecked
from balances.base.amounts import to_amount
from balances.base.fields import to_count
from balances.base.frozen import frozen_json
from balances.testing import item, monthly, rollover, usage_based

TIMES: Final = 100
RESET: Final = datetime(2026, 2, 1, tzinfo=UTC)
LATER: Final = datetime(2026, 2, 15, tzinfo=UTC)
A_YEAR: Final = datetime(2027, 2, 15, tzinfo=UTC)
EVER: Final = datetime(2036, 2, 15, tzinfo=UTC)
HOME: Final = str(Path(balances.__file__).parent)

MESSAGES: Final = Feature(id="messages", name="Messages", type="metered", consumable=True)
PARTS: Final = tuple(
    item(10, 5, id=f"{n}", reset=monthly(resets_at=RESET), price=usage_based(1, max_purchase=7) if n % 2 else None)
    for n in range(TIMES)
)
CARRIED: Final = tuple(rollover(5, 3, expires_at=RESET + timedelta(days=n + n % 2)) for n in range(TIMES))
MANY: Final = combine(PARTS, CARRIED, feature_id="messages")
ONE: Final = combine([item(1000, 5, id="plan", reset=monthly(resets_at=RESET))], feature_id="messages")
OWING: Final = combine(
    [item(10, 5000, id="plan", reset=monthly(resets_at=datetime(2026, 2, 28, tzinfo=UTC)))], feature_id="messages"
)
TRACKED: Final = track(MANY, 700)
HELD: Final = hold(MANY, 600, id="call_1")
ACCOUNT: Final = Account(features=[MESSAGES], balances={"messages": MANY})
ACCOUNT_OF_ONE: Final = Account(features=[MESSAGES], balances={"messages": ONE})
CREDITS: Final = Feature(
    id="credits",
    name="Credits",
    type="credit_system",
    consumable=True,
    credit_schema=[CreditCost(metered_feature_id="messages", credit_cost=Decimal(1))],
)
ACCOUNT_OF_TWO: Final = Account(
    features=[MESSAGES, CREDITS], balances={"messages": ONE, "credits": evolve(ONE, feature_id="credits")}
)
TRACKED_THERE: Final = accounts.track(ACCOUNT, "messages", 700)
DOCUMENT: Final = wire.snake.unstructure(MANY)
SHORT: Final = wire.camel.unstructure(ONE)
LIMITED: Final = BillingControls(usage_limits=[UsageLimit(feature_id="messages", limit=600, interval="day")])
LIMITED_ACCOUNT: Final = evolve(ACCOUNT_OF_ONE, controls=LIMITED)
RULED: Final = combine([evolve(part, remaining=0, usage=10) for part in PARTS], feature_id="messages")
NO_CARRYING: Final = Policy(rules={"0": RolloverRule(months=1)})
CARRYING: Final = combine(ONE.breakdown, [rollover(5, expires_at=LATER)], feature_id="messages")
BESIDE: Final = combine(
    [
        item(10, id="often", reset=Reset(interval=Interval.HOUR, resets_at=RESET)),
        item(10, id="0", reset=monthly(resets_at=RESET)),
    ],
    feature_id="messages",
)
CAPPED: Final = Policy(rules=RolloverRule(max=50))
REPAID: Final = Policy(overage_at_reset=OverageAtReset.REPAY)


def is_ours(code: CodeType) -> bool:
    """Return whether code is of a function of the package; other than a comprehension, that is in every Python."""
    return code.co_filename.startswith((HOME, "<balances: ")) and not code.co_name.startswith("<")


def repeated(action: Callable[[], object]) -> Callable[[], object]:
    return lambda: [action() for _ in range(TIMES)]


def take_easy_numbers() -> None:
    for number in (1 - 10**15, 10**15 - 1, -999_999_999.5, 999_999_999.5):
        to_amount(number)
    for count in (1, 10**15):
        to_count(count)
    frozen_json({"low": 1 - 2**63, "high": 2**63 - 1})


def refuse() -> None:
    breakdown = [{**part, "usage": "none"} for part in DOCUMENT["breakdown"]]
    with pytest.raises(WireError, match="100 problems"):
        wire.snake.structure({**DOCUMENT, "breakdown": breakdown}, Balance)


WORK: Final[dict[str, tuple[Callable[[], object], float]]] = {
    "structure": (lambda: wire.snake.structure(DOCUMENT, Balance), 13.7),
    "unstructure": (lambda: wire.snake.unstructure(MANY), 5.6),
    "combine": (lambda: combine(PARTS, CARRIED, feature_id="messages"), 0.14),
    "check": (lambda: check(MANY, 600), 0.18),
    "track": (lambda: track(MANY, 700), 15.4),
    "refund": (lambda: track(TRACKED.balance, -700), 11.6),
    "undo": (lambda: undo(TRACKED.balance, TRACKED.deductions), 35.6),
    "hold": (lambda: hold(MANY, 600, id="call_1"), 14.0),
    "confirm": (lambda: confirm(HELD.balance, HELD.hold, used=500), 9.0),
    "release": (lambda: release(HELD.balance, HELD.hold), 31.8),
    "settle": (lambda: settle(MANY), 0.14),
    "audit": (lambda: audit(MANY, at=LATER), 26.4),
    "deduction_order": (lambda: deduction_order(MANY), 2.1),
    "overage": (lambda: overage(MANY), 0.08),
    "advance, with rollovers": (lambda: advance(MANY, to=LATER, policy=CAPPED), 43.5),
    "advance, without": (lambda: advance(MANY, to=LATER), 27.3),
    "accounts.check": (lambda: accounts.check(ACCOUNT, "messages", 600), 0.2),
    "accounts.track": (lambda: accounts.track(ACCOUNT, "messages", 700), 15.5),
    "accounts.undo": (lambda: accounts.undo(TRACKED_THERE.account, TRACKED_THERE.deductions), 35.8),
    "an amount": (repeated(lambda: Allocation(amount=5000)), 3.0),
    "a fraction": (repeated(lambda: Allocation(amount=0.25)), 3.0),
    "an item": (repeated(lambda: Breakdown(included_grant=5, id="plan")), 35.4),
    "a reset": (repeated(lambda: Reset(interval=Interval.MONTH, resets_at=RESET)), 9.1),
    "one track": (repeated(lambda: track(ONE, 1)), 38.4),
    "one check": (repeated(lambda: check(ONE, 1)), 11.1),
    "one accounts.check": (repeated(lambda: accounts.check(ACCOUNT_OF_ONE, "messages")), 13.1),
    "one accounts.check, under a limit": (repeated(lambda: accounts.check(LIMITED_ACCOUNT, "messages")), 30.3),
    "one accounts.track": (repeated(lambda: accounts.track(ACCOUNT_OF_ONE, "messages")), 43.4),
    "one advance over nothing": (repeated(lambda: advance(ONE, to=datetime(2026, 1, 1, tzinfo=UTC))), 9.1),
    "one advance over a reset": (repeated(lambda: advance(ONE, to=LATER)), 79.8),
    "one advance over ten years": (repeated(lambda: advance(ONE, to=EVER)), 180.8),
    "one advance of a debt": (repeated(lambda: advance(OWING, to=EVER, policy=REPAID)), 148.5),
    "one cycle": (repeated(lambda: cycle_at(EVER, anchor=RESET, interval="month")), 17.2),
    "one combine": (repeated(lambda: combine(ONE.breakdown, feature_id="messages")), 12.1),
    "one combine of what is sold": (repeated(lambda: combine(PARTS[1:2], feature_id="messages")), 13.1),
    "one accounts.track of two who pay": (repeated(lambda: accounts.track(ACCOUNT_OF_TWO, "messages", 1200)), 85.8),
    "one track of nothing": (repeated(lambda: accounts.track(ACCOUNT_OF_ONE, "messages", 0)), 29.3),
    "one converter": (repeated(lambda: wire.make_converter("camel").structure(SHORT, Balance)), 1123.1),
    "track, under a limit": (lambda: track(MANY, 700, controls=LIMITED), 15.5),
    "one track, with room under a limit": (repeated(lambda: track(ONE, 1, controls=LIMITED)), 59.6),
    "track, beyond the grant": (lambda: track(MANY, 7000), 24.9),
    "structure, and refuse": (refuse, 104.3),
    "advance over a year, with rollovers": (lambda: advance(RULED, to=A_YEAR, policy=NO_CARRYING), 450.5),
    "numbers at the bounds of shortcuts": (repeated(take_easy_numbers), 21.2),
    "advance beside rollovers that are yet to be made": (lambda: advance(BESIDE, to=A_YEAR, policy=NO_CARRYING), 30.7),
    "simulate, in three steps": (repeated(lambda: simulate(CARRYING, [], until=EVER)), 376.7),
}
"""What is done with a hundred parts, or a hundred times, and the calls that each of the hundred may make."""


@pytest.mark.parametrize("name", WORK)
def test_no_more_is_called_than_is_needed(name: str) -> None:
    action, most = WORK[name]
    action()
    # None at all would mean that our own code was not recognised.
    assert 0 < calls_of(action, counts=is_ours) <= most * TIMES


def test_small_whole_amounts_are_shared() -> None:
    assert [n for n in range(1024) if Allocation(amount=n).amount is not Allocation(amount=n).amount] == []


def test_nothing_is_compiled_twice_for_the_same_options(monkeypatch: pytest.MonkeyPatch) -> None:
    wire.make_converter("camel", exact=True).structure(SHORT, Balance)
    compiling = Mock(side_effect=compile)
    monkeypatch.setattr(unchecked, "compile", compiling, raising=False)
    assert wire.make_converter("camel", exact=True).structure(SHORT, Balance) == ONE
    assert compiling.call_count == 0
    assert unchecked.opening(Balance) is unchecked.opening(Balance)


def test_what_is_compiled_can_be_read_line_by_line() -> None:
    made = unchecked.maker(Allocation)
    lines = linecache.getlines(made.__code__.co_filename)
    assert "".join(lines).startswith("def make(*, amount):\n    self = new(opened)\n")
