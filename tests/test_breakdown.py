"""An item that says little is full, and a balance finds its items by id."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from strategies_of_balances import quantities

from balances import Breakdown, InvalidAmount, NoSuchItem, audit, combine, wire
from balances.base.unchecked import maker
from balances.testing import balance, item

HELD = combine([item(5, id="pro"), item(6), item(7, id="top-up"), item(8, id="pro")], feature_id="messages")


@pytest.mark.parametrize(
    ("said", "remaining", "usage"),
    [
        ({"included_grant": 100}, 100, 0),
        ({"included_grant": 100, "prepaid_grant": 0.5}, Decimal("100.5"), 0),
        ({"included_grant": 100, "usage": 28}, 72, 28),
        ({"included_grant": 100, "usage": 130}, 0, 130),
        ({"included_grant": 100, "usage": -5}, 105, -5),
        ({"included_grant": -5}, 0, 0),
        ({"included_grant": 100, "remaining": 50}, 50, 0),
        ({"included_grant": 100, "unlimited": True}, 0, 0),
        ({"included_grant": 0, "usage": 7, "unlimited": True}, 0, 7),
    ],
    ids=str,
)
def test_an_item_that_says_little_is_full(said: dict[str, Any], remaining: Decimal, usage: Decimal) -> None:
    made = Breakdown(**said)
    assert (made.remaining, made.usage) == (remaining, usage)
    shown = ", ".join(f"{name}={value}" for name, value in said.items())
    assert repr(made) == f"Breakdown({shown})"


@given(included=quantities, prepaid=quantities, usage=quantities)
def test_an_item_keeps_the_law_if_it_does_not_state_the_rest(
    included: Decimal, prepaid: Decimal, usage: Decimal
) -> None:
    made = Breakdown(included_grant=included, prepaid_grant=prepaid, usage=usage)
    assert audit(combine([made], feature_id="messages"), tolerance=0) == ()


def test_the_default_is_not_followed_later() -> None:
    assert evolve(Breakdown(included_grant=100), usage=28).remaining == 100


def test_a_grant_beyond_any_double_needs_a_remaining_amount() -> None:
    with pytest.raises(InvalidAmount, match=r"^remaining: expected a number of a magnitude that a double can hold"):
        Breakdown(included_grant=1e308, prepaid_grant=1e308)


def test_the_wire_and_a_maker_want_the_rest_stated() -> None:
    document = wire.snake.unstructure(item(100, 28))
    for missing in ("remaining", "usage"):
        partial = {key: value for key, value in document.items() if key != missing}
        with pytest.raises(
            wire.WireError, match=rf"^1 problem\n\$\.{missing}: expected a number, but the key is missing$"
        ):
            wire.snake.structure(partial, Breakdown)
    with pytest.raises(TypeError, match="remaining"):
        maker(Breakdown)(included_grant=Decimal(100))


def test_an_item_is_found_by_its_id() -> None:
    assert HELD.item("top-up") is HELD.breakdown[2]
    assert HELD.item("pro") is HELD.breakdown[0]


@pytest.mark.parametrize(
    ("held", "id_", "message"),
    [
        (HELD, "free", "id: expected the id of an item ('pro', 'top-up', 'pro'), got 'free'"),
        (HELD, "", "id: expected the id of an item ('pro', 'top-up', 'pro'), got ''"),
        (balance(), "pro", "id: expected an item with an id, got 'pro'"),
        (combine([item()], feature_id="messages"), "", "id: expected an item with an id, got ''"),
        (
            combine([item(id=letter) for letter in "abcdefg"], feature_id="messages"),
            "h",
            "id: expected the id of an item ('a', 'b', 'c', 'd', 'e' and 2 more), got 'h'",
        ),
    ],
    ids=["unknown", "empty", "no breakdown", "no ids", "many ids"],
)
def test_an_id_that_no_item_has_is_an_error(held: Any, id_: str, message: str) -> None:
    with pytest.raises(NoSuchItem) as caught:
        held.item(id_)
    assert str(caught.value) == message
    assert isinstance(caught.value, LookupError)


@pytest.mark.parametrize("wrong", [None, 0, HELD.breakdown[0]])
def test_an_id_is_a_string(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^id: expected a string, got "):
        HELD.item(wrong)
