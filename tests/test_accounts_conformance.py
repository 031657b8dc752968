"""The answers of the sender's own engines over customers of several balances, line by line."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from helpers import try_each

from balances import (
    Account,
    AccountTracked,
    Balance,
    BillingControls,
    Feature,
    Flag,
    InsufficientBalance,
    Limit,
    UnknownFeature,
    accounts,
    wire,
)

Line = dict[str, Any]

VECTORS: Final = Path(__file__).parent / "vectors"
CLOSE: Final = Decimal("1e-9")


def lines_of(name: str) -> dict[str, Line]:
    lines = (VECTORS / f"{name}.jsonl").read_text("utf-8").splitlines()
    return {f"{name}.jsonl:{number}": json.loads(line, parse_float=Decimal) for number, line in enumerate(lines, 1)}


def account_of(line: Line) -> Account:
    return Account(
        features=wire.snake.structure(line["features"], list[Feature]),
        balances=wire.snake.structure(line["balances"], dict[str, Balance]),
        flags=wire.snake.structure(line["flags"], dict[str, Flag]),
        controls=wire.snake.structure(line["controls"], BillingControls),
    )


def of_catalog(account: Account, feature_id: str) -> list[str]:
    """Return who is held of those who may pay: the own balance, then the credit systems that contain the feature."""
    systems = [
        feature.id
        for feature in account.features
        if feature.type == "credit_system"
        and any(entry.metered_feature_id == feature_id for entry in feature.credit_schema)
    ]
    return [payer for payer in (feature_id, *systems) if payer in account.balances]


def has_limited_rollovers(account: Account, feature_id: str) -> bool:
    limits = account.controls.usage_limits if account.controls else ()
    return bool(account.balances[feature_id].rollovers) and any(limit.feature_id == feature_id for limit in limits)


def test_check() -> None:
    try_each(lines_of("account_check").items(), is_checked)


def is_checked(line: Line) -> None:
    account, expected = account_of(line), line["expected"]
    asked: dict[str, Any] = {"properties": line["properties"]}
    if "error" in expected:
        with pytest.raises(UnknownFeature):
            accounts.check(account, line["feature_id"], line["required_balance"], **asked)
        return
    ruling = accounts.check(account, line["feature_id"], line["required_balance"], **asked)
    assert ruling.allowed or not expected["allowed"]
    if expected["allowed"]:
        assert ruling.feature_id == expected["feature_id"]
    payers = of_catalog(account, line["feature_id"])
    alone = len(payers) == 1 and line["feature_id"] not in account.flags
    if alone and not has_limited_rollovers(account, payers[0]):
        assert (ruling.allowed, ruling.limit) == (expected["allowed"], expected["limit"])
    if ruling and line["required_balance"] > 0:
        tracked = accounts.track(
            account, line["feature_id"], line["required_balance"], overage_behavior="reject", **asked
        )
        assert tracked.untracked == 0


def test_the_answer_to_a_check() -> None:
    try_each(lines_of("account_check").items(), is_answered)


def is_answered(line: Line) -> None:
    account, expected = account_of(line), line["expected"]
    feature_id = line["feature_id"]
    if "error" in expected:
        return
    ruling = accounts.check(account, feature_id, line["required_balance"], properties=line["properties"])
    if ruling.feature_id != expected["feature_id"] or ruling.allowed != expected["allowed"]:
        return
    response = accounts.check_response(account, feature_id, ruling, customer_id="ada")
    shown = account.balances.get(expected["balance"]) if expected["balance"] else None
    flag = account.flags.get(expected["flag"]) if expected["flag"] else None
    assert (response.allowed, response.balance, response.flag) == (expected["allowed"], shown, flag)
    assert response.required_balance is not None
    assert close(response.required_balance, Decimal(str(expected["required_balance"])))


def tracked_by(account: Account, line: Line) -> dict[str, AccountTracked]:
    """Track an event feature by feature, as `record` does."""
    results: dict[str, AccountTracked] = {}
    for feature_id in line["expected"]["features"]:
        results[feature_id] = accounts.track(
            account,
            feature_id,
            line["value"],
            properties=line["properties"],
            overage_behavior=line["overage_behavior"],
        )
        account = results[feature_id].account
    return results


def is_knowingly_another(line: Line, account: Account) -> bool:
    """Refunds under overflow stop at the grant here, and a refusal of what nobody holds is an error."""
    nobody = [feature_id for feature_id in line["expected"]["features"] if not of_catalog(account, feature_id)]
    is_refund = line["value"] < 0 and line["overage_behavior"] == "overflow"
    return is_refund or (bool(nobody) and line["overage_behavior"] == "reject")


TRACKED: Final = lines_of("account_track")
REFUSED: Final = {name: line for name, line in TRACKED.items() if "error" in line["expected"]}
ANSWERED: Final = {
    name: line
    for name, line in TRACKED.items()
    if name not in REFUSED and not is_knowingly_another(line, account_of(line))
}


def test_what_is_refused() -> None:
    try_each(REFUSED.items(), is_refused)


def is_refused(line: Line) -> None:
    account = account_of(line)
    with pytest.raises(InsufficientBalance):
        accounts.track(
            account,
            line["feature_id"],
            line["value"],
            properties=line["properties"],
            overage_behavior=line["overage_behavior"],
        )


def close(amount: Decimal, other: Decimal | None) -> bool:
    return abs(amount - (other or 0)) <= CLOSE


def test_track() -> None:
    try_each(ANSWERED.items(), is_tracked)


def is_tracked(line: Line) -> None:
    account, expected = account_of(line), line["expected"]
    results = tracked_by(account, line)
    for feature_id, untracked in expected["untracked"].items():
        whole = line["value"] if untracked is None else untracked
        assert close(results[feature_id].untracked, whole)
        assert (results[feature_id].limit is Limit.NOT_HELD) == (untracked is None and bool(line["value"]))
    after = results[expected["features"][-1]].account
    for feature_id, balance in expected["balances"].items():
        items = {item.id: item for item in after.balances[feature_id].breakdown}
        for item in balance["breakdown"]:
            found = items[item["id"]]
            assert close(found.usage, item["usage"])
            assert found.unlimited or close(found.remaining, item["remaining"])
        left = [rollover.balance for rollover in after.balances[feature_id].rollovers]
        assert sorted(left) == pytest.approx(sorted(balance["rollovers"]), abs=CLOSE) or not balance["rollovers"]
    untouched = set(account.balances) - set(expected["balances"])
    assert all(after.balances[feature_id] == account.balances[feature_id] for feature_id in untouched)
    if expected["usage_limits"] is not None and after.controls is not None:
        counted = [limit.usage or Decimal(0) for limit in after.controls.usage_limits]
        assert all(map(close, counted, expected["usage_limits"]))


def test_record() -> None:
    try_each(((name, line) for name, line in ANSWERED.items() if line["event_name"]), is_recorded)


def is_recorded(line: Line) -> None:
    account = account_of(line)
    results = tracked_by(account, line)
    if line["overage_behavior"] == "reject":
        return
    recorded = accounts.record(
        account,
        line["event_name"],
        line["value"],
        properties=line["properties"],
        overage_behavior=line["overage_behavior"],
    )
    assert recorded.account == results[line["expected"]["features"][-1]].account
    assert recorded.untracked == sum(result.untracked for result in results.values())
