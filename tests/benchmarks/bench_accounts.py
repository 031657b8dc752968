"""Accounts beside one balance, and what adds to a balance or replaces its items beside tracking as many lines."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

from attrs import evolve
from bench_wire import COUNT
from measuring import compare, report

from balances import (
    Account,
    AutoTopup,
    Balance,
    Breakdown,
    CreditCost,
    Feature,
    PurchaseLimit,
    UsageAlert,
    accounts,
    change_plan,
    check,
    combine,
    crossed,
    set_quantity,
    top_up,
    topup_due,
    track,
)
from balances.testing import item, monthly, prepaid, usage_based

NOW: Final = datetime(2026, 1, 10, tzinfo=UTC)
RESET: Final = monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC))
FEATURES: Final = 1_000


def repeated(action: Callable[[], object]) -> Callable[[], object]:
    return lambda: [action() for _ in range(COUNT)]


def beside(what: str, ours: Callable[[], object], peers: Callable[[], object], *, peer: str) -> None:
    report(what, compare(repeated(ours), repeated(peers), calls=COUNT), peer=peer)


def three(feature_id: str, each: int) -> Balance:
    """Return a balance of three items of so much each."""
    items = [item(each, id="a", reset=RESET), item(each, id="b"), item(each, id="c", price=usage_based(0.5))]
    return combine(items, feature_id=feature_id)


def without_price(balance: Balance) -> Balance:
    """Return a balance of the same items, none of which sells overage."""
    items = [evolve(each, price=None) for each in balance.breakdown]
    return combine(items, feature_id=balance.feature_id)


def system(feature_id: str, cost: int) -> Feature:
    schema = [CreditCost(metered_feature_id="messages", credit_cost=cost)]
    return Feature(id=feature_id, name=feature_id, type="credit_system", consumable=True, credit_schema=schema)


def metered(feature_id: str) -> Feature:
    return Feature(id=feature_id, name=feature_id, type="metered", consumable=True)


def lines_of(balance: Balance, amount: int) -> int:
    return len(track(balance, amount).deductions)


def bench_one_balance_of_an_account() -> None:
    balance = three("messages", 10)
    for what, features in (("", 1), (f", a catalog of {FEATURES:,}", FEATURES)):
        catalog = [metered("messages"), *(metered(f"f{number}") for number in range(1, features))]
        account = Account(features=catalog, balances={"messages": balance})
        for amount in (5, 30):
            peer = f"`track`, lines: {lines_of(balance, amount)}"
            ours = partial(accounts.track, account, "messages", amount)
            beside(f"`accounts.track`, one pays{what}", ours, partial(track, balance, amount), peer=peer)
        asks = partial(accounts.check, account, "messages", 5)
        beside(f"`accounts.check`, one pays{what}", asks, partial(check, balance, 5), peer="`check`")


def bench_three_balances_of_an_account() -> None:
    balance, nine = three("messages", 10), combine([item(10, id=str(n)) for n in range(9)], feature_id="messages")
    account = Account(
        features=[metered("messages"), system("silver", 4), system("gold", 2)],
        balances={"messages": balance, "silver": three("silver", 40), "gold": three("gold", 40)},
    )
    for amount, peer in ((5, partial(track, balance, 5)), (120, partial(track, nine, 90))):
        lines = len(accounts.track(account, "messages", amount).deductions)
        assert lines == len(peer().deductions)
        ours = partial(accounts.track, account, "messages", amount)
        beside(f"`accounts.track`, three may pay, lines: {lines}", ours, peer, peer="`track` of as many lines")
    included = Account(
        features=account.features,
        balances={name: without_price(held) for name, held in account.balances.items()},
    )
    for what, holder, needed in (("", account, 5), (", none sells", included, 5), (", refused", included, 500)):
        own = holder.balances["messages"]
        asks, alone = partial(accounts.check, holder, "messages", needed), partial(check, own, needed)
        beside(f"`accounts.check`, three may pay{what}", asks, alone, peer="`check`")


def bench_topping_up() -> None:
    packs = item(0, 80, prepaid_grant=100, id="packs", price=prepaid(8, billing_units=40))
    plan = item(100, 28, id="plan", reset=RESET, price=usage_based(0.5))
    balance = combine([plan, packs], feature_id="messages")
    owing = combine([item(100, 130, id="plan", price=usage_based(0.5)), packs], feature_id="messages")
    one, two = partial(track, balance, 5), partial(track, balance, 90)
    beside("`top_up`", partial(top_up, balance, "packs", 50), one, peer="`track`, lines: 1")
    beside("`top_up`, pays another item", partial(top_up, owing, "packs", 50), two, peer="`track`, lines: 2")
    beside("`set_quantity`", partial(set_quantity, balance, "packs", 2, current=1), one, peer="`track`, lines: 1")
    limit = PurchaseLimit(interval="month", limit=3)
    for what, threshold in (("not due", 10), ("due", 1000)):
        topup = AutoTopup(feature_id="messages", enabled=True, threshold=threshold, quantity=100, purchase_limit=limit)
        ours = partial(topup_due, balance, topup, item_id="packs", at=NOW)
        beside(f"`topup_due`, {what}", ours, one, peer="`track`, lines: 1")


def bench_alerts() -> None:
    before = three("messages", 100)
    after = track(before, 5).balance
    alerts = [UsageAlert(threshold=n, threshold_type="usage_percentage") for n in (50, 80, 100)]
    beside(
        "`crossed`, three alerts", partial(crossed, before, after, alerts), partial(track, before, 5), peer="`track`"
    )


def bench_changing_plans() -> None:
    """Each item that leaves or comes is a line."""
    for count in (1, 2):
        old = [item(100, 28, id=f"old_{n}", plan_id="free", reset=RESET) for n in range(count)]
        fresh: list[Breakdown] = [item(500, id=f"new_{n}", plan_id="pro", reset=RESET) for n in range(count)]
        balance = combine(old, feature_id="messages")
        peer_of = combine([item(10, id=str(n)) for n in range(2 * count)], feature_id="messages")
        amount = 20 * count
        assert lines_of(peer_of, amount) == 2 * count
        for what, carry_usage in (("", False), (", usage carried", True)):
            beside(
                f"`change_plan`, {count} for {count}{what}",
                partial(change_plan, balance, fresh, old_plan_id="free", carry_usage=carry_usage),
                partial(track, peer_of, amount),
                peer=f"`track`, lines: {2 * count}",
            )
