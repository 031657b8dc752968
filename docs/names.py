"""The meaning of a name in backticks: which public thing it leads to."""

import inspect
import re
from collections.abc import Iterator

import balances
import balances.accounts
import balances.wire

NAMESPACES = ("accounts", "wire")


def target_of(text: str, within: str = "") -> str | None:
    """Return the full name of the public thing that a text means, or None.

    `check`, `Balance.granted` and `accounts.track` mean such things. In the docstring
    of `within`, the members of its class and the names of its namespace come first.
    An argument of its function leads nowhere.
    """
    if not re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", text) or text.endswith(".py"):
        return None
    if text.startswith("balances."):
        return _in_the_package(text.removeprefix("balances."))
    first = text.partition(".")[0]
    for path, thing in reversed(list(_around(within))):
        if inspect.isroutine(thing) and first in inspect.signature(thing).parameters:
            return None
        if _is_home_of(thing, first, path):
            return f"{path}.{text}"
    return _in_the_package(text)


def _in_the_package(name: str) -> str | None:
    first, _, rest = name.partition(".")
    if first in NAMESPACES:
        # The methods of a converter are on its own page.
        member = rest.partition(".")[0]
        return f"balances.{first}.{member}" if member else None
    return f"balances.{name}" if first in balances.__all__ else None


def _around(within: str) -> Iterator[tuple[str, object]]:
    """Name what a thing is in, from the namespace or the class down to itself."""
    path, thing = "balances", balances
    for name in within.split(".")[1:]:
        path, thing = f"{path}.{name}", getattr(thing, name, None)
        yield path, thing


def _is_home_of(thing: object, name: str, path: str) -> bool:
    if inspect.isclass(thing):
        return name in vars(thing)
    if path.removeprefix("balances.") not in NAMESPACES:
        return False
    # A namespace also shows names of others.
    return getattr(getattr(thing, name, None), "__module__", None) == path
