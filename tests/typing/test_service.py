"""A small service as a user types it. mypy, pyright and ty know the type of every value in it."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, assert_type

import pytest

from balances import (
    Account,
    AccountTracked,
    Advanced,
    Balance,
    BalancesError,
    BillingControls,
    Breakdown,
    Cycle,
    Decision,
    Deduction,
    Held,
    Hold,
    InsufficientBalance,
    Limit,
    Policy,
    Price,
    RolloverRule,
    Ruling,
    Timeline,
    Tracked,
    Usage,
    WireError,
    accounts,
    advance,
    check,
    combine,
    confirm,
    cycle_at,
    hold,
    overage_allowance,
    simulate,
    track,
    undo,
    wire,
)

NOW = datetime(2026, 2, 10, tzinfo=UTC)
POLICY = Policy(rules={"plan": RolloverRule(max=50, months=1), "pack": None})


class Store(dict[str, str]):
    """Balances as text, by customer."""

    def load(self, customer: str) -> Balance:
        """Read the balance of a customer."""
        held = wire.snake.structure(json.loads(self[customer], parse_float=Decimal), Balance)
        assert_type(held, Balance)
        return held

    def save(self, customer: str, held: Balance) -> None:
        """Write the balance of a customer."""
        document = wire.snake.unstructure(held)
        self[customer] = json.dumps(document)


def opened() -> Balance:
    plan = Breakdown(id="plan", included_grant=100, price=Price(billing_method="usage_based", amount=0.5))
    return combine([plan], feature_id="messages")


def use(store: Store, customer: str, amount: Decimal | int) -> Tracked | Limit | None:
    held = store.load(customer)
    decision = check(held, amount)
    assert_type(decision, Decision)
    if not decision:
        return decision.limit
    tracked = track(held, amount)
    store.save(customer, tracked.balance)
    assert_type(tracked.deductions, tuple[Deduction, ...])
    assert_type(tracked.untracked, Decimal)
    return tracked


def lapsed(advanced: Advanced) -> Iterator[tuple[datetime, Decimal]]:
    for event in advanced.events:
        yield event.at, event.lapsed


def test_a_service_uses_balances() -> None:
    store = Store()
    store.save("acme", opened())
    result = use(store, "acme", Decimal("2.5"))
    assert isinstance(result, Tracked)
    assert undo(result.balance, result.deductions).balance == opened()
    assert store.load("acme").remaining == Decimal("97.5")


def test_a_service_holds_and_confirms() -> None:
    held = hold(opened(), 30, id="order-5")
    assert_type(held, Held)
    assert_type(held.hold, Hold)
    assert confirm(held.balance, held.hold, used=20).balance.usage == 20


def test_a_service_with_controls_gets_them_back() -> None:
    tracked = track(opened(), 5, controls=BillingControls())
    assert_type(tracked.controls, BillingControls)
    assert tracked.controls == BillingControls()


def test_a_service_lives_through_time() -> None:
    advanced = advance(opened(), to=NOW, policy=POLICY)
    assert_type(advanced, Advanced)
    assert list(lapsed(advanced)) == []
    timeline = simulate(opened(), [Usage(at=NOW, amount=5)], until=NOW + timedelta(days=1))
    assert_type(timeline, Timeline)
    assert_type(timeline.lapsed, Decimal)
    assert_type(cycle_at(NOW, anchor=NOW, interval="month"), Cycle)
    assert_type(overage_allowance(opened()), Decimal | None)


def test_a_service_has_customers() -> None:
    account = Account(balances={"messages": opened()})
    assert_type(account.balances, Mapping[str, Balance])
    ruling = accounts.check(account, "messages", 5)
    assert_type(ruling, Ruling)
    tracked = accounts.track(account, "messages", 5)
    assert_type(tracked, AccountTracked)
    assert ruling
    assert tracked.tracked == 5


def test_a_service_catches_errors() -> None:
    document: Any = {"feature_id": 5}
    with pytest.raises(WireError) as caught:
        wire.camel.structure(document, Balance)
    assert_type([problem.path for problem in caught.value.problems], list[str])
    try:
        track(opened(), 10**9, overage_behavior="reject", controls=BillingControls())
    except InsufficientBalance as error:
        assert_type(error.limit, Limit)
    except BalancesError:
        raise AssertionError from None
