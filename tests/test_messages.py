"""The pieces of messages and of a `repr`: all of what is short, and the beginning or the size of what is long."""

from decimal import Decimal
from typing import Any

import pytest

from balances.base.messages import counted, described, listed, suggestion
from balances.base.shown import shown


@pytest.mark.parametrize(
    ("value", "description"),
    [
        (2**128 - 1, "340282366920938463463374607431768211455"),
        (2**128, "an integer of about 39 digits"),
        (-(2**1232), "an integer of about 372 digits"),
        (2**999_999, "an integer of about 301,031 digits"),
        ("x" * 60, repr("x" * 60)),
        ("x" * 61, f"{'x' * 60!r}... (61 characters)"),
    ],
    ids=["short", "long", "even", "very long", "short text", "long text"],
)
def test_what_is_long_is_cut_off_or_counted(value: Any, description: str) -> None:
    assert described(value) == description


@pytest.mark.parametrize(
    ("count", "end"), [(4, "3"), (5, "4"), (6, "4 and 1 more"), (7, "4 and 2 more"), (10, "4 and 5 more")]
)
def test_five_of_many_are_listed(count: int, end: str) -> None:
    told = listed(map(str, range(count)))
    assert told.replace("'", "").split(", ")[-1] == end


def test_only_one_is_singular() -> None:
    assert [counted(number, "key") for number in range(3)] == ["0 keys", "1 key", "2 keys"]


@pytest.mark.parametrize(("length", "is_told"), [(59, True), (60, True), (61, False)])
def test_a_word_that_is_too_long_for_a_slip_has_no_suggestion(length: int, is_told: bool) -> None:  # noqa: FBT001
    known = "x" * length
    assert bool(suggestion(f"{known[1:]}y", [known])) is is_told


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        ((), "()"),
        ((5,), "(5,)"),
        ((5, 0.5), "(5, 0.5)"),
        (Decimal("0.1"), "0.1"),
        (Decimal("0.10000000000000000001"), "Decimal('0.10000000000000000001')"),
        (Decimal("0.09999999999999999999"), "Decimal('0.09999999999999999999')"),
    ],
    ids=str,
)
def test_a_repr_shows_the_shortest_expression_that_reads_back(value: Any, expression: str) -> None:
    assert shown(value) == expression
