"""Law: with `exact="text"`, any value goes through any JSON library and comes back as the same value."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_libraries import LIBRARIES
from payloads import full, same
from wire_classes import converter_for, each_case, each_class, few

from balances import (
    Breakdown,
    CreditCost,
    Deduction,
    InvalidChoice,
    PurchaseLimit,
    Reset,
    Rollover,
    Tier,
    track,
)
from balances.base.shown import is_list, is_mapping
from balances.testing import assert_conserved, balance, item
from balances.testing.strategies import exact_amounts, values
from balances.wire import WireError, configure_converter, make_converter, snake
from balances.wire.dialects import Case

pytestmark = pytest.mark.heavy

MOMENTS = st.datetimes(timezones=st.just(UTC))
LAST = datetime.max.replace(tzinfo=UTC)


def text(case: Case) -> Any:
    return converter_for(case, exact="text")


@cache
def configured(library: str, case: Case) -> Any:
    return configure_converter(LIBRARIES[library](), case, exact="text")


def assert_same_through_every_library(case: Case, value: Any) -> None:
    for library in LIBRARIES:
        own = configured(library, case)
        assert (library, own.loads(own.dumps(value), type(value))) == (library, value)


@each_class
@few
@given(data=st.data())
def test_any_value_survives_any_library(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls, exact=True).filter(has_portable_data))
    assert_same_through_every_library("camel", value)


def has_portable_data(value: Any) -> bool:
    """Return whether the numbers in plain data, which stay JSON numbers, are such that every library keeps them."""
    return all(is_portable(number) for number in numbers_in(json.loads(json.dumps(snake.unstructure(value)))))


def numbers_in(document: Any) -> list[Any]:
    if is_mapping(document):
        return [number for value in document.values() for number in numbers_in(value)]
    if is_list(document):
        return [number for value in document for number in numbers_in(value)]
    return [document] if isinstance(document, int) and not isinstance(document, bool) else []


def is_portable(number: int) -> bool:
    return abs(number) < 2**63 or float(number) == number


@given(amount=exact_amounts(), moment=MOMENTS)
def test_every_digit_and_every_microsecond_survives(amount: Decimal, moment: datetime) -> None:
    reset = Reset(interval="month", resets_at=moment)
    opened = Breakdown(included_grant=amount, remaining=amount, usage=0, reset=reset)
    assert_same_through_every_library("snake", opened)


@given(units=st.integers(1, 60))
def test_the_law_of_conservation_survives_a_cost_of_a_third(units: int) -> None:
    third = Decimal(1) / Decimal(3)
    tracked = track(balance(100), units, credit_cost=third)
    assert_conserved(tracked.balance)
    assert_same_through_every_library("snake", tracked.balance)


@each_case
@each_class
def test_text_and_numbers_mean_the_same(cls: type[Any], case: Case) -> None:
    value: Any = text(case).structure(full(cls, case), cls)
    plain: Any = converter_for(case).structure(full(cls, case), cls)
    assert same(value, plain)
    assert same(text(case).structure(text(case).unstructure(value), cls), value)


def test_amounts_are_text_without_exponent_and_times_are_numbers() -> None:
    small = Rollover(granted=Decimal("1e20"), balance=Decimal("1e-9"), expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    written = {"granted": "100000000000000000000", "balance": "0.000000001", "expires_at": 1767225600000}
    assert same(text("snake").unstructure(small), written)
    assert same(text("snake").unstructure(Tier(to=None, amount=-2)), {"to": "inf", "amount": "-2"})
    assert text("camel").unstructure(Tier(to=5, amount=1)) == {"to": "5", "amount": "1"}


def test_a_moment_is_text_only_where_no_double_tells_it() -> None:
    def written(moment: datetime) -> Any:
        return text("snake").unstructure(Reset(interval="month", resets_at=moment))["resets_at"]

    assert same(written(datetime(2026, 1, 1, 0, 0, 0, 1500, tzinfo=UTC)), 1767225600001.5)
    assert same(written(LAST), "253402300799999.999")
    assert same(written(LAST - timedelta(microseconds=999)), 253402300799999)


def test_a_count_is_text_only_where_a_library_might_not_keep_it() -> None:
    assert same(text("snake").unstructure(Reset(interval="month", interval_count=2**53))["interval_count"], 2**53)
    large = PurchaseLimit(interval_count=10**300)
    assert text("snake").unstructure(large)["interval_count"] == "1" + "0" * 300
    assert text("snake").structure(text("snake").unstructure(large), PurchaseLimit) == large


def test_numbers_in_plain_data_stay_numbers() -> None:
    data = {"night": {"factor": Decimal("0.12345678901234567890"), "add": 10**20, "priority": 2**63 - 1}}
    written = text("snake").unstructure(CreditCost(metered_feature_id="chat", multipliers=data))["multipliers"]
    assert same(written, {"night": {"factor": 0.12345678901234568, "add": 1e20, "priority": 2**63 - 1}})


def test_the_hidden_overage_is_text_too() -> None:
    written = make_converter("snake", exact="text", internal=True).unstructure(item(10, 12.5))
    assert (written["overage"], written["object"]) == ("2.5", "balance_breakdown")


def test_no_hidden_overage_is_a_plain_zero() -> None:
    used_in_part = item(100, 0.5)
    assert make_converter("snake", exact="text", internal=True).unstructure(used_in_part)["overage"] == "0"
    assert same(make_converter("snake", internal=True).unstructure(used_in_part)["overage"], 0)


NO_AMOUNTS = ["", " 5", "5 ", "+5", "5.", ".5", "1e3", "1_000", "٣", "NaN", "Infinity", "0x5", "5\n", "--5"]


@each_case
@pytest.mark.parametrize("wrong", NO_AMOUNTS)
def test_only_plain_digits_are_an_amount(wrong: str, case: Case) -> None:
    with pytest.raises(WireError) as caught:
        text(case).structure({"balance": wrong, "granted": wrong}, Rollover)
    assert {problem.message.partition(", got ")[0] for problem in caught.value.problems} == {
        "expected a number, or its decimal digits as text"
    }


@each_case
@pytest.mark.parametrize("digits", ["1" + "0" * 400, "0." + "0" * 400 + "1"])
def test_text_of_a_number_no_double_can_hold_is_refused(digits: str, case: Case) -> None:
    with pytest.raises(WireError, match="of a magnitude that a double can hold"):
        text(case).structure({"balance": digits}, Rollover)


@pytest.mark.parametrize(
    ("key", "came"),
    [("interval_count", "0"), ("interval_count", "1.5"), ("resets_at", "soon"), ("resets_at", "1e3")],
)
def test_a_count_and_a_moment_in_text_have_their_bounds_too(key: str, came: str) -> None:
    with pytest.raises(WireError) as caught:
        text("snake").structure({"interval": "month", key: came}, Reset)
    assert [problem.path for problem in caught.value.problems] == [f"$.{key}"]


def test_text_that_means_never_or_nowhere_is_read_as_the_numbers_are() -> None:
    assert text("snake").structure({"balance": "5", "expires_at": "0"}, Rollover).expires_at is None
    assert text("snake").structure({"to": "-1", "amount": "5"}, Tier).to is None
    line = {"kind": "item", "index": "3", "amount": "1", "units": "1", "is_overage": False}
    assert text("snake").structure(line, Deduction).index == 3


@pytest.mark.parametrize("exact", [False, True])
def test_no_other_converter_takes_text_for_a_number(*, exact: bool) -> None:
    with pytest.raises(WireError, match=r"\$\.balance: expected a number, got '5'"):
        make_converter("snake", exact=exact).structure({"balance": "5"}, Rollover)


def test_another_way_to_write_amounts_is_refused() -> None:
    other: Any = "decimal"
    with pytest.raises(InvalidChoice, match=r'^exact: expected True, False or "text", got \'decimal\'$'):
        make_converter("snake", exact=other)
