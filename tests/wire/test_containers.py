"""Containers of wire classes, under the names that typed code gives them, and keys whose null is not their absence."""

from collections.abc import Collection, Iterable, MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Annotated, Any, NewType

import pytest
from wire_classes import each_case

from balances import CreditCost, Flag, Price, PurchaseLimit, Rollover, wire
from balances.base.instants import EPOCH
from balances.wire.dialects import Case

FeatureId = NewType("FeatureId", str)
Named = Annotated[Rollover, "carried over"]
ONE = Rollover(balance=5)

CONTAINERS: list[tuple[Any, object, object]] = [
    (list[Named], [{"balance": 5}], [ONE]),
    (tuple[Rollover, ...], [{"balance": 5}], (ONE,)),
    (Sequence[Rollover], [{"balance": 5}], (ONE,)),
    (Collection[Rollover], [{"balance": 5}], (ONE,)),
    (Iterable[Rollover], [{"balance": 5}], (ONE,)),
    (set[Rollover], [{"balance": 5}], {ONE}),
    (frozenset[Rollover], [{"balance": 5}], frozenset({ONE})),
    (AbstractSet[Rollover], [{"balance": 5}], frozenset({ONE})),
    (dict[FeatureId, Rollover | None], {"a": {"balance": 5}, "b": None}, {"a": ONE, "b": None}),
    (MutableMapping[str, list[Rollover]], {"a": [{"balance": 5}], "b": []}, {"a": [ONE], "b": []}),
]


@each_case
@pytest.mark.parametrize(("container", "payload", "expected"), CONTAINERS, ids=str)
def test_a_container_is_made_of_what_its_items_are(case: Case, container: Any, payload: Any, expected: object) -> None:
    made = wire.make_converter(case).structure(payload, container)
    assert made == expected
    assert type(made) is type(expected)


@each_case
@pytest.mark.parametrize("container", [container for container, *_ in CONTAINERS], ids=str)
def test_what_is_no_container_is_one_problem(case: Case, container: Any) -> None:
    with pytest.raises(wire.WireError) as caught:
        wire.make_converter(case).structure(5, container)
    assert [problem.path for problem in caught.value.problems] == ["$"]


@each_case
def test_a_key_of_a_container_is_a_string(case: Case) -> None:
    with pytest.raises(wire.WireError, match="expected keys that are strings, got 5"):
        wire.make_converter(case).structure({5: {"balance": 5}}, dict[FeatureId, Rollover])


def test_a_null_count_of_a_purchase_limit_is_not_a_missing_one() -> None:
    nothing = {"interval": None, "limit": None}
    limit = wire.snake.structure({**nothing, "interval_count": None}, PurchaseLimit)
    assert limit.interval_count is None
    assert wire.snake.structure(nothing, PurchaseLimit).interval_count == 1
    assert wire.snake.unstructure(limit) == {**nothing, "interval_count": None}


def test_a_flag_that_expires_at_zero_expires_at_the_epoch() -> None:
    flag = wire.snake.structure({"id": "a", "feature_id": "sso", "plan_id": None, "expires_at": 0}, Flag)
    assert flag.expires_at == EPOCH
    assert wire.snake.unstructure(flag)["expires_at"] == 0


def test_the_old_spelling_counts_where_the_new_one_is_null() -> None:
    price = {"billing_units": 1, "billing_method": "prepaid", "tier_behavior": None, "tier_behaviour": "volume"}
    assert wire.snake.structure(price, Price).tier_behavior == "volume"
    assert wire.snake.structure({**price, "billing_units": Unusual(1)}, Price).tier_behavior == "volume"


class Unusual(int):
    """A number of no usual type, which is read with care."""


def test_another_case_is_refused() -> None:
    case: Any = "kebab"
    with pytest.raises(ValueError, match='case: expected "snake" or "camel", got'):
        wire.make_converter(case)


def test_plain_data_of_many_digits_survives_the_exact_wire() -> None:
    rate = Decimal("0.12345678901234567890123")
    cost = CreditCost(metered_feature_id="tokens", multipliers={"night": {"factor": rate, "whole": Decimal("2.0")}})
    exact = wire.make_converter("camel", exact=True)
    assert exact.unstructure(cost)["multipliers"] == {"night": {"factor": rate, "whole": 2}}
    assert exact.structure(exact.unstructure(cost), CreditCost) == cost
    assert wire.camel.unstructure(cost)["multipliers"]["night"]["factor"] == float(rate)
