"""The helpers for downstream tests: they must fail when they should."""

import pytest

from balances import Balance, Breakdown, Feature, Rollover, audit, combine
from balances.testing import assert_conserved, balance, balance_of, item, monthly, prepaid, rollover, usage_based

BROKEN = Breakdown(included_grant=100, remaining=50, usage=20)


def test_builders_make_what_keeps_the_law() -> None:
    items = [item(100, 28), item(100, 130, prepaid_grant=10), item(0, -5), item(100, 200, unlimited=True)]
    assert_conserved(*items, balance(100, 130))
    assert items[1].remaining == 0
    assert items[1].granted == 110


def test_builders_pass_on_what_they_are_given() -> None:
    source = item(5, id="plan", reset=monthly(interval_count=3), price=usage_based(2, max_purchase=7))
    assert source.id == "plan"
    assert source.reset == monthly(interval_count=3)
    assert source.price is not None
    assert source.price.max_purchase == 7
    assert prepaid(3, billing_units=10).billing_units == 10
    assert rollover(10, 4) == Rollover(balance=6, granted=10)


def test_the_parts_of_a_balance_add_up() -> None:
    parts = item(100, 130, id="plan"), rollover(20, 5), item(50)
    seats = Feature(id="seats", name="Seats", type="metered", consumable=False)
    whole = balance_of(*parts, feature_id="seats", feature=seats)
    assert whole == combine([parts[0], parts[2]], [parts[1]], feature_id="seats", feature=seats)
    assert audit(whole) == ()
    assert balance_of() == balance(0)


def test_a_balance_is_no_part_of_one() -> None:
    message = "^parts: expected a Breakdown or a Rollover, got an object of type Balance$"
    with pytest.raises(TypeError, match=message):
        balance_of(item(), balance())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "value",
    [
        BROKEN,
        Breakdown(included_grant=100, remaining=-10, usage=110),
        Balance(feature_id="messages", granted=100, remaining=50, usage=20),
        balance(100, 0, breakdown=[BROKEN]),
        Balance(feature_id="messages", granted=90, remaining=72, usage=28, breakdown=[item(100, 28)]),
        Balance(feature_id="messages", granted=0, remaining=0, usage=0, unlimited=True, breakdown=[BROKEN]),
    ],
)
def test_what_does_not_add_up_is_told(value: Balance | Breakdown) -> None:
    with pytest.raises(AssertionError, match=r"not conserved: granted .* \+ overage .* != usage .* \+ remaining"):
        assert_conserved(value)


def test_an_item_in_overage_adds_up_in_its_balance() -> None:
    parts = [item(100, 130), item(50, 20), item(5, 9, unlimited=True)]
    assert_conserved(Balance(feature_id="messages", granted=150, remaining=30, usage=150, breakdown=parts[:2]))
    assert_conserved(Balance(feature_id="messages", granted=150, remaining=30, usage=150, breakdown=parts))
    assert_conserved(Balance(feature_id="messages", granted=0, remaining=0, usage=5, unlimited=True, breakdown=parts))
