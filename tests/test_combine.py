"""What `combine` refuses: whatever is no part of a balance, unlimited or not."""

from typing import Any

import pytest
from attrs import evolve

from balances import Breakdown, InvalidAmount, combine
from balances.testing import balance, item, prepaid, rollover

UNLIMITED = item(unlimited=True)


@pytest.mark.parametrize("items", [[item()], [UNLIMITED], [item(), UNLIMITED]], ids=["limited", "unlimited", "both"])
@pytest.mark.parametrize("stranger", [None, 5, "x", {}, item(), balance()], ids=lambda it: type(it).__name__)
def test_what_is_no_rollover_is_refused(items: list[Any], stranger: Any) -> None:
    with pytest.raises(TypeError, match=r"expected a Rollover at index 1, got "):
        combine(items, [rollover(), stranger], feature_id="messages")


@pytest.mark.parametrize("items", [[item()], [UNLIMITED]], ids=["limited", "unlimited"])
@pytest.mark.parametrize(
    "stranger",
    [None, 5, "x", {}, rollover(), balance(), evolve(balance(), unlimited=True)],
    ids=["None", "int", "str", "dict", "Rollover", "Balance", "unlimited Balance"],
)
def test_what_is_no_item_is_refused(items: list[Any], stranger: Any) -> None:
    with pytest.raises(TypeError, match=r"expected a Breakdown at index 1, got "):
        combine([*items, stranger], feature_id="messages")


@pytest.mark.parametrize("strangers", ["items", {}, {"a": item()}, None, 5], ids=repr)
def test_what_is_no_sequence_of_items_is_refused(strangers: Any) -> None:
    with pytest.raises(TypeError, match=r"expected a (sequence of )?Breakdown"):
        combine(strangers, feature_id="messages")


def test_a_feature_id_that_is_no_text_is_refused() -> None:
    number: Any = 5
    with pytest.raises(TypeError, match=r"^feature_id: expected a string, got 5$"):
        combine([], feature_id=number)


@pytest.mark.parametrize("unlimited", [False, True])
def test_a_sum_that_no_amount_can_be_is_refused(unlimited: bool) -> None:  # noqa: FBT001  (a parameter of the test)
    with pytest.raises(InvalidAmount, match=r"of a magnitude that a double can hold"):
        combine(2 * [item(0, 1.7e308, unlimited=unlimited)], feature_id="messages")


def test_a_tuple_of_strangers_is_refused_by_name() -> None:
    stranger: Any = None
    with pytest.raises(TypeError, match=r"^breakdown: expected a Breakdown at index 1, got None$"):
        combine((item(), stranger), feature_id="messages")
    with pytest.raises(TypeError, match=r"^rollovers: expected a Rollover at index 0, got None$"):
        combine((item(),), (stranger,), feature_id="messages")


def test_an_item_that_was_never_made_is_an_error_of_python() -> None:
    unmade = Breakdown.__new__(Breakdown)
    with pytest.raises(AttributeError):
        combine((unmade,), feature_id="messages")


def test_a_limit_that_no_amount_can_be_is_refused() -> None:
    with pytest.raises(InvalidAmount, match=r"of a magnitude that a double can hold"):
        combine(2 * [item(1, price=prepaid(max_purchase=1.7e308))], feature_id="messages")
