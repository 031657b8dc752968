"""Law: values are immutable, hashable, picklable and equal by value. Inputs are never changed.

The `repr` of a value reads back.
"""

import copy
import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st
from wire_classes import each_class, few

import balances
from balances.base.fields import Value
from balances.base.shown import is_list, is_mapping
from balances.testing.strategies import values

NAMES = {name: getattr(balances, name) for name in balances.__all__} | {
    "Decimal": Decimal,
    "UTC": UTC,
    "datetime": datetime,
}
VALUES = [cls for cls in NAMES.values() if isinstance(cls, type) and issubclass(cls, Value)]


def attributes(value: Any) -> dict[str, Any]:
    """Return the attributes of a value, as they are."""
    return attrs.asdict(value, recurse=False)


def inside(value: Any) -> list[Any]:
    """Return what a value is made of."""
    if is_mapping(value):
        return list(value.values())
    if is_list(value):
        return list(value)
    return list(attributes(value).values()) if isinstance(value, Value) else []


def parts(value: Any) -> list[Any]:
    """Return a value and all that it is made of, at any depth."""
    return [value, *(part for inner in inside(value) for part in parts(inner))]


def thawed(value: Any) -> Any:
    """Return what a caller may give in place of an attribute."""
    if is_mapping(value):
        return dict(value)
    return list(value) if is_list(value) else value


def copies_of(value: Any) -> list[Any]:
    """Return all copies that Python makes of a value."""
    pickled = [pickle.dumps(value, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    again = type(value)(**attributes(value))
    return [*map(pickle.loads, pickled), copy.copy(value), copy.deepcopy(value), attrs.evolve(value), again]


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
@few
@given(data=st.data())
def test_a_value_equals_its_copies_and_hashes_like_them(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls, exact=True))
    for other in copies_of(value):
        assert type(other) is cls
        assert other == value
        assert hash(other) == hash(value)
        assert repr(other) == repr(value)


@each_class
@few
@given(data=st.data())
def test_a_value_cannot_be_changed_anywhere(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls))
    with pytest.raises(FrozenInstanceError):
        setattr(value, attrs.fields(cls)[0].name, None)
    with pytest.raises((AttributeError, TypeError)):
        value.another = 1
    assert {type(part) for part in parts(value)}.isdisjoint({list, dict, set})


@each_class
@few
@given(data=st.data())
def test_the_repr_reads_back(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls, exact=True))
    assert eval(repr(value), dict(NAMES)) == value


def test_the_repr_leaves_defaults_out() -> None:
    balance = balances.Balance(feature_id="messages", granted=10, remaining=10, usage=0, breakdown=())
    assert repr(balance) == "Balance(feature_id='messages', granted=10, remaining=10, usage=0)"


@each_class
@few
@given(data=st.data())
def test_what_is_given_is_not_changed_and_not_kept(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls))
    lent = {name: thawed(part) for name, part in attributes(value).items()}
    before = copy.deepcopy(lent)
    made = cls(**lent)
    assert lent == before
    for part in lent.values():
        if isinstance(part, (list, dict)):
            part.clear()
    assert made == value
