"""The spelling of one format: the case of its keys (`next_reset_at` or `nextResetAt`), and the form of its amounts."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal, TypeAlias, get_args

from attrs import frozen

from balances.base.fields import argument, to_flag
from balances.base.messages import described
from balances.errors import InvalidChoice

__all__: list[str] = []

Case: TypeAlias = Literal["snake", "camel"]
Exact: TypeAlias = bool | Literal["text"]
Version: TypeAlias = Literal["2.0", "1.2"] | None

CASE_NAMES: Final[dict[Case, str]] = {"snake": "snake_case", "camel": "camelCase"}


@frozen(kw_only=True)
class Dialect:
    """The options of a converter: see `make_converter`."""

    case: Case
    strict: bool = False
    exact: Exact = False
    internal: bool = False
    version: Version = None

    def __attrs_post_init__(self) -> None:
        """Refuse any other case, version, or way to write amounts."""
        if self.case not in get_args(Case):
            raise InvalidChoice(f'case: expected "snake" or "camel", got {described(self.case)}')
        if not (isinstance(self.exact, bool) or self.exact == "text"):
            raise InvalidChoice(f'exact: expected True, False or "text", got {described(self.exact)}')
        if self.version not in (None, "2.0", "1.2"):
            raise InvalidChoice(f'version: expected None, "2.0" or "1.2", got {described(self.version)}')
        for name in ("strict", "internal"):
            argument(name, to_flag, getattr(self, name))

    def key(self, name: str) -> str:
        """Return the key that an attribute has on the wire.

        >>> [Dialect(case=case).key("next_reset_at") for case in ("camel", "snake")]
        ['nextResetAt', 'next_reset_at']
        """
        return name if self.case == "snake" else in_camel_case(name)

    @property
    def other(self) -> Dialect:
        """Return the same dialect in the other case."""
        return Dialect(case="camel" if self.case == "snake" else "snake")


@cache
def in_camel_case(name: str) -> str:
    """Return a snake_case name in camelCase.

    >>> in_camel_case("next_reset_at")
    'nextResetAt'
    """
    return re.sub("_([a-z])", lambda found: found[1].upper(), name)
