"""The sender's own key path: the place of a value in a payload."""

from __future__ import annotations

import re
from ast import literal_eval
from typing import Final

from balances.base.messages import described

__all__: list[str] = []

ROOT: Final = "$"

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP: Final = re.compile(rf"\.(?P<plain>{_PLAIN_KEY.pattern})|\[(?:(?P<index>\d+)|(?P<quoted>'(?:[^'\\]|\\.)*'))\]")


def at_index(path: str, index: int) -> str:
    """Return the path of an item of a list.

    >>> at_index("$.breakdown", 0)
    '$.breakdown[0]'
    """
    return f"{path}[{index}]"


def at_key(path: str, key: object) -> str:
    r"""Return the path of a key, quoted where a dot alone would be ambiguous.

    >>> print(at_key("$", "includedGrant"), at_key("$", "gpt-4.1"), at_key("$", "it's"))
    $.includedGrant $['gpt-4.1'] $['it\'s']
    """
    if not isinstance(key, str):
        return f"{path}[{described(key)}]"
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}"
    return f"{path}[{_quoted(key)}]"


def steps_of(path: str) -> tuple[int | str, ...]:
    r"""Return the keys and indexes on the way to a place, the outermost first.

    The end of a path that cannot be told apart into steps is one step.

    >>> steps_of(r"$.breakdown[0]['it\'s'].price")
    ('breakdown', 0, "it's", 'price')
    """
    steps: list[int | str] = []
    end = len(ROOT)
    while step := _STEP.match(path, end):
        steps.append(_step_of(step))
        end = step.end()
    return (*steps, path[end:]) if path[end:] else tuple(steps)


def _step_of(step: re.Match[str]) -> int | str:
    if step["quoted"]:
        return str(literal_eval(step["quoted"]))
    return step["plain"] or int(step["index"])


def _quoted(key: str) -> str:
    """Quote a key, always with single quotes (which `repr` would do only where there is none inside)."""
    shown = repr(key)
    if shown.startswith("'"):
        return shown
    return "'" + shown[1:-1].replace("'", r"\'") + "'"
