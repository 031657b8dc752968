"""Law: a changer is the plain `evolve` that it stands for, only quicker."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_classes import few

import balances
from balances import ResetHappened
from balances.testing.strategies import amounts, instants, values

Changer = Callable[..., Any]

NOT_SENT: dict[type, st.SearchStrategy[Any]] = {
    ResetHappened: st.builds(
        ResetHappened,
        at=instants(),
        id=st.text(max_size=3),
        count=st.integers(1, 9),
        granted=amounts(),
        lapsed=amounts(),
    )
}
"""Values of the classes that have no wire shape."""


def changers() -> Iterator[Any]:
    for info in pkgutil.walk_packages(balances.__path__, "balances."):
        module = importlib.import_module(info.name)
        for name, thing in vars(module).items():
            # A changer is compiled, and bears the file name that it is compiled under.
            made_in = getattr(getattr(thing, "__code__", None), "co_filename", "")
            if made_in.startswith("<balances: change ") and thing.__module__ == info.name:
                yield pytest.param(thing, id=f"{info.name}.{name}")


@pytest.mark.parametrize("change", list(changers()))
@few
@given(data=st.data())
def test_a_changer_does_what_its_plain_function_says(change: Changer, data: st.DataObject) -> None:
    plain = inspect.unwrap(change)
    parameters = inspect.signature(plain).parameters.values()
    names = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    cls = plain.__annotations__["return"]
    drawn = NOT_SENT[cls] if cls in NOT_SENT else values(cls, exact=True)
    value, other = data.draw(drawn), data.draw(drawn)
    attributes = {name: getattr(other, name) for name in names}
    assert change(value, **attributes) == plain(value, **attributes)
    assert names
