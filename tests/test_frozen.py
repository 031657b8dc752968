"""The maps of the wire: plain data, deep and large up to a bound, and as JSON would hold it."""

from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType
from typing import Any

import pytest

from balances import Feature, InvalidAmount, InvalidMapping
from balances.base.amounts import to_amount
from balances.base.fields import to_text
from balances.base.frozen import Tally, frozen_json, frozen_leaf, map_with


class Text(str):
    """Text of a class of its own."""

    __slots__ = ()


class Small(IntEnum):
    """A number of a class of its own."""

    TWO = 2


def nested(levels: int, *kinds: type) -> Any:
    """Return empty data in so many lists or mappings, the kinds in turn."""
    inner: Any = kinds[0]()
    for level in range(1, levels):
        inner = {"in": inner} if kinds[level % len(kinds)] is dict else [inner]
    return inner


@pytest.mark.parametrize("kinds", [(dict,), (list,), (dict, list), (dict, list, list)])
def test_data_may_be_fifty_levels_deep(kinds: tuple[type, ...]) -> None:
    assert repr(frozen_json({"in": nested(50, *kinds)}))
    with pytest.raises(InvalidMapping, match="expected at most 50 levels"):
        frozen_json({"in": nested(51, *kinds)})


def test_data_may_be_large() -> None:
    lists, values = Tally(), Tally()
    for _ in range(100_000):
        lists.add(())
    values.add(range(250_000))
    with pytest.raises(InvalidMapping, match="expected at most 100,000 lists"):
        frozen_json({}, lists)
    with pytest.raises(InvalidMapping, match="expected at most 250,000 values"):
        frozen_json({"in": 5}, values)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (Decimal(5), 5),
        (Decimal("0.5"), 0.5),
        (Decimal("0.1"), 0.1),
        (Decimal("0.10000000000000000001"), Decimal("0.10000000000000000001")),
        (Decimal("0.09999999999999999999"), Decimal("0.09999999999999999999")),
        (Decimal(2**53 + 1), Decimal(2**53 + 1)),  # The nearest double is below, and here above.
        (Decimal(2**53 + 3), Decimal(2**53 + 3)),
        (Small.TWO, 2),
        (2**64, 2**64),
        (-(2**64), -(2**64)),
        (1.0, 1.0),
        (Text("eu"), "eu"),
        (None, None),
        (True, True),
    ],
    ids=str,
)
def test_a_leaf_is_what_json_would_hold(given: Any, kept: Any) -> None:
    for leaf in (frozen_leaf(given), frozen_json({"in": given})["in"]):
        assert (type(leaf), leaf) == (type(kept), kept)


@pytest.mark.parametrize(
    "number", [10**400, -(10**400), float("nan"), Decimal("Infinity")], ids=["much", "less", "nan", "inf"]
)
def test_a_number_that_no_double_holds_is_no_leaf(number: Any) -> None:
    with pytest.raises(InvalidMapping, match="expected finite numbers"):
        frozen_json({"in": [number]})


def test_the_keys_of_any_mapping_are_kept_as_plain_text() -> None:
    given: Any = MappingProxyType({Text("a"): MappingProxyType({Text("b"): 5})})
    kept = Feature(id="images", name="", type="metered", consumable=True, processors=given).processors
    assert kept == {"a": {"b": 5}}
    assert {type(key) for mapping in (kept, kept["a"]) for key in mapping} == {str}


def test_an_error_about_a_value_names_its_key() -> None:
    texts: Any = {"a": "x"}
    with pytest.raises(InvalidAmount, match=r"^expected a number, got 'x' \(at 'a'\)$"):
        map_with(texts, to_amount)
    numbers: Any = {"a": 5}
    with pytest.raises(TypeError, match=r"^expected a string, got 5 \(at 'a'\)$"):
        map_with(numbers, to_text)
