"""Law: a quick way to make a value makes the value that the plain way makes.

A `maker` is the constructor without its checks, a `changer` is `evolve` without them. Both are found in every file, so
a new one is held to this as well.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import attrs
import pytest
from attrs import NOTHING, evolve
from hypothesis import given
from hypothesis import strategies as st
from wire_classes import few

import balances
from balances.testing.strategies import values

Function = Callable[..., Any]


def compiled(kind: str) -> dict[str, Function]:
    """Find the functions of a kind that were compiled for our files, each under its name."""
    modules = [importlib.import_module(info.name) for info in pkgutil.walk_packages(balances.__path__, "balances.")]
    found = {f"{module.__name__}.{name}": thing for module in modules for name, thing in vars(module).items()}
    return {name: thing for name, thing in found.items() if file_of(thing).startswith(f"<balances: {kind} ")}


def file_of(thing: object) -> str:
    return thing.__code__.co_filename if inspect.isfunction(thing) else ""


def class_made_by(make: Function) -> type[Any]:
    """Return the class whose slots a maker fills."""
    cls: type[Any] = make.__globals__["cls"]
    return cls


MAKERS = compiled("make")
CHANGERS = compiled("change")


def attributes(value: Any) -> dict[str, Any]:
    return attrs.asdict(value, recurse=False)


def optional(cls: type[Any]) -> Iterator[str]:
    """Name the attributes that a maker gives their defaults; a default made of the value itself must be given."""
    for attribute in attrs.fields(cls):
        if attribute.default is not NOTHING and not hasattr(attribute.default, "takes_self"):
            yield attribute.name


def test_all_of_them_are_found() -> None:
    assert {"balances.usage.receipts.make_deduction", "balances.derived.totals._make_balance"} <= MAKERS.keys()
    assert {"balances.usage.ledger.item_left_with", "balances.derived.totals.restated"} <= CHANGERS.keys()


@pytest.mark.parametrize("name", MAKERS)
@few
@given(data=st.data())
def test_a_maker_makes_what_the_constructor_makes(name: str, data: st.DataObject) -> None:
    make, cls = MAKERS[name], class_made_by(MAKERS[name])
    value = data.draw(values(cls))
    assert make(**attributes(value)) == value
    left_out = data.draw(st.sets(st.sampled_from([*optional(cls), "none of them"])))
    given_ones = {key: part for key, part in attributes(value).items() if key not in left_out}
    made = make(**given_ones)
    assert attributes(made) == given_ones | {
        key: getattr(attrs.fields(cls), key).default for key in left_out - {"none of them"}
    }


@pytest.mark.parametrize("name", CHANGERS)
@few
@given(data=st.data())
def test_a_changer_changes_what_evolve_changes(name: str, data: st.DataObject) -> None:
    change = CHANGERS[name]
    plain: Function = inspect.unwrap(change)
    cls = get_type_hints(plain)["return"]
    value, other = data.draw(values(cls)), data.draw(values(cls))
    names = [parameter.name for parameter in inspect.signature(plain).parameters.values()][1:]
    changed = {key: part for key, part in attributes(other).items() if key in names}
    assert set(changed) == set(names)
    assert change(value, **changed) == plain(value, **changed) == evolve(value, **changed)
    assert {
        key for key in attributes(value) if getattr(change(value, **changed), key) is not attributes(value)[key]
    } <= set(names)
