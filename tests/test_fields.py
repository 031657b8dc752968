"""Counts, and whose errors get the name of an argument."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from balances import Account, InvalidAmount, InvalidCount, RolloverRule, check, combine, track
from balances.base.fields import to_count, to_index
from balances.testing import balance, item


@pytest.mark.parametrize("count", [1, 2, 1.0, 2.0, Decimal(3), 10**16])
def test_a_whole_number_is_a_count(count: Any) -> None:
    assert (type(to_count(count)), to_count(count)) == (int, count)
    assert (type(to_index(count - 1)), to_index(count - 1)) == (int, count - 1)


@pytest.mark.parametrize(
    "wrong", [0, -1, -5, 0.0, -1.0, 1.5, True, 10**400, -(10**400)], ids=lambda number: f"{number}"[:5]
)
def test_any_other_number_is_none(wrong: Any) -> None:
    with pytest.raises(InvalidCount):
        to_count(wrong)
    if wrong:
        with pytest.raises(InvalidCount):
            to_index(wrong)


@pytest.mark.parametrize("wrong", [-0.5, 100.5, 101])
def test_a_share_is_from_nothing_to_all(wrong: float) -> None:
    assert [RolloverRule(share=share).share for share in (0, 100)] == [0, 100]
    with pytest.raises(InvalidAmount, match=r"^share: expected a number of at (least 0|most 100), got "):
        RolloverRule(share=wrong)


@pytest.mark.parametrize("arguments", [(), (5,), ("told", 5)], ids=str)
def test_an_error_that_is_no_message_gets_no_name(arguments: tuple[Any, ...]) -> None:
    def items() -> Iterator[Any]:
        yield item()
        raise TypeError(*arguments)

    with pytest.raises(TypeError) as caught:
        combine(items(), feature_id="messages")
    assert caught.value.args == arguments


def test_advice_is_given_only_where_it_helps() -> None:
    class Result:
        balance = balance()

    for other in (Account(), Result()):
        wrong: Any = other
        with pytest.raises(TypeError, match=r"^balance: expected a Balance, got an object of type \w+$"):
            check(wrong)
    result: Any = track(balance(), 5)
    with pytest.raises(TypeError, match=r"^balance: expected a Balance, got .* \(give its \.balance\)$"):
        check(result)


def test_what_equals_the_default_is_not_shown() -> None:
    assert repr(Account(balances={})) == "Account()"
