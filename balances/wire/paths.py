"""The sender's own key path: the place of a value in a payload."""

from __future__ import annotations

import re
from typing import Final

from balances.base.messages import described

__all__: list[str] = []

ROOT: Final = "$"

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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


def _quoted(key: str) -> str:
    """Quote a key, always with single quotes (which `repr` would do only where there is none inside)."""
    shown = repr(key)
    if shown.startswith("'"):
        return shown
    return "'" + shown[1:-1].replace("'", r"\'") + "'"
