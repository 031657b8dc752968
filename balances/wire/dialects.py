"""How one side of the wire spells things: which case its keys are in, and what it wants written."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, get_args

from attrs import frozen

from balances.base.fields import argument, to_flag
from balances.base.messages import described
from balances.errors import InvalidChoice

__all__: list[str] = []

Case: TypeAlias = Literal["snake", "camel"]


@frozen(kw_only=True)
class Dialect:
    """The options of a converter: see `make_converter`."""

    case: Case
    strict: bool = False
    exact: bool = False
    internal: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse any other case, and what is no flag."""
        if self.case not in get_args(Case):
            raise InvalidChoice(f'case: expected "snake" or "camel", got {described(self.case)}')
        for name in ("strict", "exact", "internal"):
            argument(name, to_flag, getattr(self, name))

    def key(self, name: str) -> str:
        """Return the key that an attribute has on the wire.

        >>> Dialect(case="camel").key("next_reset_at"), Dialect(case="snake").key("next_reset_at")
        ('nextResetAt', 'next_reset_at')
        """
        return name if self.case == "snake" else re.sub("_([a-z])", lambda found: found[1].upper(), name)
