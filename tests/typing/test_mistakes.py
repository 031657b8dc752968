"""Mistakes of a user. Each line that type checkers must refuse says so, and mypy, pyright and ty hold it to that.

All of them report an `ignore` that is not needed, so a line that passes where it should not is an error, too.
The same lines are run here: what the checkers refuse is refused at run time.
"""
# pyright: reportUnnecessaryTypeIgnoreComment=true

from decimal import Decimal
from typing import Any, assert_type, cast

import pytest

import balances
from balances import (
    Balance,
    BillingMethod,
    Breakdown,
    Interval,
    InvalidAmount,
    InvalidChoice,
    InvalidInstant,
    InvalidRule,
    OverageBehavior,
    Policy,
    Price,
    Reset,
    SpendLimit,
    UnknownWord,
    Usage,
    UsageAlert,
    UsageLimit,
    accounts,
    check,
    cycle_at,
    simulate,
    track,
    wire,
)
from balances.base.instants import EPOCH
from balances.base.unchecked import maker
from balances.testing import balance

HELD = balance(100, 28)
PAYLOAD: dict[str, Any] = wire.snake.unstructure(balance(100))


def test_a_word_is_a_member_its_string_or_an_unknown_word() -> None:
    assert_type(Reset(interval="month").interval, Interval | UnknownWord)
    assert_type(Price(billing_method="prepaid").billing_method, BillingMethod | UnknownWord)
    assert Reset(interval="month") == Reset(interval=Interval.MONTH) == Reset(interval=UnknownWord("month"))
    assert SpendLimit(limit_type="absolute", source="plan").limit_type == "absolute"
    assert UsageLimit(feature_id="seats", limit=5, interval="day", anchor="utc", source=None).anchor == "utc"
    assert Breakdown(included_grant=100, source="entity").source == "entity"
    assert cycle_at(EPOCH, anchor=EPOCH, interval="day").start == EPOCH


def test_an_overage_behavior_is_a_member_or_its_string() -> None:
    assert_type(track(balance(100), 5, overage_behavior="reject").balance, Balance)
    assert track(balance(100), 5, overage_behavior="overflow").untracked == 0
    assert track(balance(100), 5, overage_behavior=OverageBehavior.CAP).untracked == 0
    assert simulate(balance(100), [], until=EPOCH, overage_behavior="cap").steps == ()


def test_a_misspelt_word_is_refused_by_type_checkers_too() -> None:
    with pytest.raises(InvalidChoice):
        Price(billing_method="usage-based")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(InvalidChoice):
        Reset(interval="monthly")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(InvalidChoice):
        UsageAlert(threshold=80, threshold_type="percent")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(InvalidChoice):
        SpendLimit(limit_type="relative")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(InvalidChoice):
        cycle_at(EPOCH, anchor=EPOCH, interval="daily")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(InvalidChoice):
        track(balance(100), 5, overage_behavior="refuse")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def test_a_plain_string_is_made_a_member_first() -> None:
    word = str(Interval.MONTH)
    with pytest.raises(InvalidChoice):
        Reset(interval=word + "ly")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    assert Reset(interval=Interval(word)).interval is Interval.MONTH


def test_a_wrong_class_is_refused_by_type_checkers_too() -> None:
    with pytest.raises(TypeError, match=r"^balance: expected a Balance, got an object of type Tracked \(give its"):
        balances.check(track(balance(100), 5), 5)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(TypeError, match=r"^deductions: .* of Deduction, got .* \(give its .deductions\)$"):
        balances.undo(balance(100), track(balance(100), 5))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(TypeError, match=r"^breakdown: .* of Breakdown, got .* \(give its .breakdown\)$"):
        balances.combine(balance(100), feature_id="messages")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(TypeError, match=r"^price: expected a Price, got 'free'$"):
        Breakdown(included_grant=100, price="free")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(TypeError, match=r"^id: expected a string, got None$"):
        Breakdown(included_grant=100, id=None)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def test_a_misspelt_name_of_the_package_is_no_module() -> None:
    with pytest.raises(AttributeError):
        balances.chek  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]  # noqa: B018
    assert_type(balances.wire.snake.structure(PAYLOAD, Balance), Balance)


def test_a_maker_takes_what_its_class_takes() -> None:
    with pytest.raises(TypeError):
        maker(Reset)(interval=Interval.MONTH, interval_counts=3)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]


def test_a_misspelt_attribute_or_argument_is_refused() -> None:
    with pytest.raises(AttributeError):
        HELD.remaning  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]  # noqa: B018
    with pytest.raises(TypeError):
        track(HELD, 5, contorls=None)  # type: ignore[call-arg]  # ty: ignore[unknown-argument]
    with pytest.raises(TypeError):
        Balance(feature_id="messages", granted=100)  # type: ignore[call-arg]  # ty: ignore[missing-argument]


def test_a_value_does_not_change() -> None:
    with pytest.raises(AttributeError):
        HELD.granted = Decimal(5)  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    with pytest.raises(AttributeError):
        HELD.breakdown.append(HELD.breakdown)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def test_an_argument_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidAmount):
        track(HELD, "5")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(TypeError):
        accounts.track(HELD, "messages", 5)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    with pytest.raises(InvalidRule):
        Policy(rules={"pro": {"max": 5}})  # type: ignore[dict-item]  # ty: ignore[invalid-argument-type]
    with pytest.raises(InvalidInstant):
        Usage(at="2026-01-01", amount=5)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def test_a_result_that_may_be_missing_is_looked_at_first() -> None:
    with pytest.raises(AttributeError):
        HELD.feature.name  # type: ignore[union-attr]  # ty: ignore[missing-union-attribute]  # noqa: B018
    with pytest.raises(TypeError):
        check(balance(unlimited=True)).headroom + 1  # type: ignore[operator]  # ty: ignore[unsupported-operator]


def test_a_payload_that_may_be_null_is_read_in_two_ways() -> None:
    maybe = cast("type[Balance | None]", Balance | None)
    assert_type(wire.snake.structure(PAYLOAD, maybe), Balance | None)
    assert wire.snake.structure(None, maybe) is None
    for payload in (PAYLOAD, None):
        assert_type(None if payload is None else wire.snake.structure(payload, Balance), Balance | None)
