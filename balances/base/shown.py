"""The expressions in the `repr` of a value: short, and such that they read back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeGuard

from balances.base.amounts import is_whole
from balances.base.messages import AS_USUAL

__all__: list[str] = []


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Return whether a value is a mapping, whatever its keys and values are."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Return whether a value is a list or a tuple: JSON writes either as a list."""
    return isinstance(value, (list, tuple))


def shown(value: Any) -> str:
    """Return the expression for a value, given `Decimal`, `datetime` and `UTC`.

    >>> from balances import Interval
    >>> print(shown((Decimal("2.5"), Interval.MONTH, {"tenth": Decimal("0.1")})))
    (2.5, Interval.MONTH, {'tenth': 0.1})
    """
    if is_mapping(value):
        return f"{{{', '.join(f'{key!r}: {shown(inner)}' for key, inner in value.items())}}}"
    if is_list(value):
        return _shown_tuple(value)
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, Decimal):
        return _shown_amount(value)
    if isinstance(value, datetime):
        return repr(value).replace("datetime.datetime", "datetime").replace("datetime.timezone.utc", "UTC")
    return repr(value)


def _shown_tuple(values: Sequence[Any]) -> str:
    inner = ", ".join(map(shown, values))
    return f"({inner},)" if len(values) == 1 else f"({inner})"


def _shown_amount(value: Decimal) -> str:
    text = AS_USUAL.to_sci_string(value)
    if is_whole(value):
        return text
    nearest = float(value)
    return repr(nearest) if Decimal(repr(nearest)) == value else f"Decimal('{text}')"
