"""The how-to page about data frames: no decimal is lost, and columns answer as the package does."""

import json
from decimal import Decimal, Inexact, InvalidOperation

import polars as pl
import pytest
from data_frames import AMOUNT, may_use, parts_of, to_frame, totals
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_usage import few

from balances import Balance, check, combine, overage, wire
from balances.testing import balance, item, rollover, usage_based
from balances.testing.strategies import balances

EXACT = wire.make_converter("snake", exact="text")
AMOUNTS = ("granted", "overage", "usage", "remaining")
REQUIRED = (-1, 0, 1, 5, 100, 10**6)

CREDITS = combine(
    [item(100, 130.25, price=usage_based(0.5, max_purchase=40)), item(50, 20)], [rollover(25, 5)], feature_id="credits"
)


def written(held: list[Balance]) -> pl.Series:
    return pl.Series([json.dumps(EXACT.unstructure(each)) for each in held], dtype=pl.String)


def added_up(held: list[Balance]) -> list[Balance]:
    """Add up the parts again: a document may state other totals."""
    return [combine(each.breakdown, each.rollovers, feature_id=each.feature_id) for each in held]


@few
@given(held=st.lists(balances().filter(lambda each: each.breakdown), min_size=1, max_size=5))
def test_columns_answer_as_combine_overage_and_check_do(held: list[Balance]) -> None:
    found, expected = totals(*parts_of(written(held))), added_up(held)
    assert found["row"].to_list() == list(range(len(held)))
    for name in ("granted", "usage", "remaining", "unlimited"):
        assert found[name].to_list() == [getattr(each, name) for each in expected]
    assert found["overage"].to_list() == list(map(overage, expected))
    for required in REQUIRED:
        assert found.select(may_use(required)).to_series().to_list() == [bool(check(it, required)) for it in expected]


def test_overage_for_sale_is_allowed_as_far_as_its_limit() -> None:
    found = totals(*parts_of(written([CREDITS])))
    assert found["allowance"].to_list() == [Decimal("9.75")]
    assert [found.select(may_use(required)).item() for required in (59, 60)] == [True, False]
    assert [bool(check(CREDITS, required)) for required in (59, 60)] == [True, False]


def test_a_frame_has_one_row_for_each_balance_and_one_scale() -> None:
    frame = to_frame([balance(15_000), CREDITS, balance(0.25)])
    assert frame["feature_id"].to_list() == ["messages", "credits", "messages"]
    assert {frame.schema[name] for name in AMOUNTS} == {AMOUNT}
    assert frame["granted"].sum() == Decimal("15175.25")
    assert (frame["granted"] + frame["overage"]).to_list() == (frame["usage"] + frame["remaining"]).to_list()


def test_frames_of_several_batches_can_be_put_together() -> None:
    batches = [to_frame([balance(15_000)]), to_frame([]), to_frame([balance(299.25)])]
    assert pl.concat(batches)["granted"].sum() == Decimal("15299.25")


@pytest.mark.parametrize(("amount", "error"), [(Decimal("1e-13"), Inexact), (Decimal("1e26"), InvalidOperation)])
def test_an_amount_that_the_scale_cannot_hold_is_an_error(amount: Decimal, error: type[Exception]) -> None:
    with pytest.raises(error):
        to_frame([balance(amount)])


def test_numbers_may_be_numbers_too() -> None:
    documents = pl.Series([json.dumps(wire.snake.unstructure(CREDITS))])
    assert totals(*parts_of(documents)).equals(totals(*parts_of(written([CREDITS]))))
