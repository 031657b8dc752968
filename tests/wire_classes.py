"""What the tests are about again and again: every class of the wire, and both cases."""

from functools import cache
from typing import Any, Final, get_args

import pytest
from helpers import tried

import balances
from balances.wire import make_converter
from balances.wire.dialects import Case
from balances.wire.registry import responses
from balances.wire.tables import TABLES

CLASSES: Final[tuple[type[Any], ...]] = tuple(
    cls for cls in (*TABLES, *responses()) if cls.__name__ in balances.__all__
)
BY_NAME: Final = {cls.__name__: cls for cls in CLASSES}
CASES: Final[tuple[Case, ...]] = get_args(Case)

each_class = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
each_case = pytest.mark.parametrize("case", CASES)
converter_for = cache(make_converter)
"""Return a converter. It is made once for the same options, since to make one takes longer than most documents do."""

few = tried(8)
"""A law that is tried for every class needs fewer examples of each."""
