"""The shapes without parts: words, text, flags, amounts, counts and moments, and the ways to write amounts exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from attrs import evolve, field, frozen

from balances.base.amounts import AMOUNT_OF_TYPE, ONE, to_amount
from balances.base.fields import to_count, to_flag, to_index, to_text
from balances.base.words import OpenEnum, UnknownWord
from balances.errors import BalancesError
from balances.wire.dialects import Dialect
from balances.wire.leaves import (
    SURELY_EXACT,
    count_or_text,
    count_to_json,
    exact_milliseconds,
    expiry_or_text,
    in_plain_digits,
    index_or_text,
    milliseconds,
    misfit,
    moment_or_text,
    portable_milliseconds,
    read_expiry,
    read_moment,
    read_tier_end,
    tier_end_or_text,
    to_amount_or_text,
)
from balances.wire.shapes import MISFIT, Describing, JsonSchema, Reading

__all__: list[str] = []


@frozen
class Scalar:
    """A value that has no parts. `convert` reads it, and its errors are the problems.

    `json` is its JSON Schema. `exactly` takes its place where amounts are written as decimals, and `as_text` where they
    are written as text.
    """

    expected: str
    convert: Callable[[Any], Any]
    loading: str
    dumping: str
    names: Mapping[str, Any]
    json: Mapping[str, Any]
    exactly: Scalar | None = None
    as_text: Scalar | None = None
    parts: tuple[type, ...] = field(default=(), init=False)

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Convert the value."""
        try:
            return self._in(reading.dialect).convert(raw)
        except (BalancesError, TypeError) as error:
            return reading.report(path, str(error))

    def load(self, raw: str, dialect: Dialect) -> str:
        """Fill in the expression."""
        return self._in(dialect).loading.format(raw=raw)

    def dump(self, value: str, dialect: Dialect) -> str:
        """Fill in the expression."""
        return self._in(dialect).dumping.format(value=value)

    def schema(self, describing: Describing) -> JsonSchema:
        """Return a copy of its schema."""
        return dict(self._in(describing.dialect).json)

    def _in(self, dialect: Dialect) -> Scalar:
        substitute = self.as_text if dialect.exact == "text" else self.exactly if dialect.exact else None
        return substitute or self


@frozen
class Word:
    """A word of an enum, or one that the enum does not know."""

    enum: type[OpenEnum]
    expected: str = field(default="a string", init=False)
    parts: tuple[type, ...] = field(default=(), init=False)

    @property
    def names(self) -> Mapping[str, Any]:
        """Return the lookup in the enum's words."""
        known = {f"known_{self.enum.__name__}": {word.value: word for word in self.enum}.get}
        return {**known, "UnknownWord": UnknownWord, "misfit": misfit}

    def read(self, raw: Any, path: str, reading: Reading) -> Any:
        """Look the word up."""
        text = TEXT.read(raw, path, reading)
        return text if text is MISFIT else self.enum.read(text)

    def load(self, raw: str, dialect: Dialect) -> str:  # noqa: ARG002  (words are words in any)
        """Look the word up in the enum's own table."""
        known = f"known_{self.enum.__name__}({raw}) or UnknownWord({raw})"
        return f"({known}) if {raw}.__class__ is str else misfit()"

    def dump(self, value: str, dialect: Dialect) -> str:  # noqa: ARG002  (words are words in any)
        """Write the plain string."""
        return f"str({value})"

    def schema(self, describing: Describing) -> JsonSchema:  # noqa: ARG002  (as above)
        """Name the words that are known, and allow any other."""
        return {"anyOf": [{"type": "string", "enum": [word.value for word in self.enum]}, {"type": "string"}]}


def _written_in_three_ways(
    plain: Scalar, *, exactly: str | None = None, as_text: str, convert: Callable[[Any], Any]
) -> Scalar:
    """Return a scalar with its two substitutes. `convert` reads text too, and numbers as the plain one does."""
    plain = evolve(plain, names={**plain.names, convert.__name__: convert})
    json = {"anyOf": [plain.json, {"type": "string"}]}
    text = evolve(plain, convert=convert, loading=f"{convert.__name__}({{raw}})", dumping=as_text, json=json)
    return evolve(plain, exactly=evolve(plain, dumping=exactly) if exactly else None, as_text=text)


def _or_for_none(literal: str, dumping: str) -> str:
    return f"{literal} if {{value}} is None else {dumping}"


_JSON_NUMBER: Final = "int({value}) if {value}.same_quantum(ONE) else float({value})"
_MILLISECONDS: Final = "milliseconds({value})"
_EXACT_MILLISECONDS: Final = "exact_milliseconds({value})"
_PORTABLE_MILLISECONDS: Final = "portable_milliseconds({value})"
_DIGITS: Final = "in_plain_digits({value})"
_READ_MILLISECONDS: Final = (
    "fromtimestamp({raw} / 1000, UTC) if {raw}.__class__ is int and 0 < {raw} < SURELY_EXACT else "
)
_OF_MOMENTS: Final[Mapping[str, Any]] = {
    "SURELY_EXACT": SURELY_EXACT,
    "UTC": UTC,
    "fromtimestamp": datetime.fromtimestamp,
    "exact_milliseconds": exact_milliseconds,
    "milliseconds": milliseconds,
    "portable_milliseconds": portable_milliseconds,
    "read_expiry": read_expiry,
    "read_moment": read_moment,
}
_OF_AMOUNTS: Final[Mapping[str, Any]] = {
    "ONE": ONE,
    "amount_of_type": AMOUNT_OF_TYPE,
    "in_plain_digits": in_plain_digits,
    "read_tier_end": read_tier_end,
}
_OF_COUNTS: Final[Mapping[str, Any]] = {"count_to_json": count_to_json, "to_count": to_count, "to_index": to_index}

TEXT: Final = Scalar(
    "a string",
    to_text,
    loading="{raw} if {raw}.__class__ is str else misfit()",
    dumping="{value}",
    names={"misfit": misfit},
    json={"type": "string"},
)
FLAG: Final = Scalar(
    "True or False",
    to_flag,
    loading="{raw} if {raw}.__class__ is bool else misfit()",
    dumping="{value}",
    names={"misfit": misfit},
    json={"type": "boolean"},
)
AMOUNT: Final = _written_in_three_ways(
    Scalar(
        "a number",
        to_amount,
        loading="amount_of_type[{raw}.__class__]({raw})",
        dumping=_JSON_NUMBER,
        names=_OF_AMOUNTS,
        json={"type": "number"},
    ),
    exactly="{value}",
    as_text=_DIGITS,
    convert=to_amount_or_text,
)
COUNT: Final = _written_in_three_ways(
    Scalar(
        "a whole number of at least 1",
        to_count,
        loading="to_count({raw})",
        dumping="{value}",
        names=_OF_COUNTS,
        json={"type": "integer", "minimum": 1},
    ),
    as_text="count_to_json({value})",
    convert=count_or_text,
)
INDEX: Final = _written_in_three_ways(
    Scalar(
        "a whole number of at least 0",
        to_index,
        loading="to_index({raw})",
        dumping="{value}",
        names=_OF_COUNTS,
        json={"type": "integer", "minimum": 0},
    ),
    as_text="count_to_json({value})",
    convert=index_or_text,
)
MOMENT: Final = _written_in_three_ways(
    Scalar(
        "a time in epoch milliseconds",
        read_moment,
        loading=_READ_MILLISECONDS + "read_moment({raw})",
        dumping=_MILLISECONDS,
        names=_OF_MOMENTS,
        json={"type": "number", "description": "epoch milliseconds"},
    ),
    exactly=_EXACT_MILLISECONDS,
    as_text=_PORTABLE_MILLISECONDS,
    convert=moment_or_text,
)
_NEVER_OR_MOMENT: Final = Scalar(
    "a time in epoch milliseconds, or 0 for never",
    read_expiry,
    loading=_READ_MILLISECONDS + "read_expiry({raw})",
    dumping=_MILLISECONDS,
    names=_OF_MOMENTS,
    json={"type": "number", "description": "epoch milliseconds, or 0 for never"},
)
EXPIRY: Final = _written_in_three_ways(
    _NEVER_OR_MOMENT, exactly=_EXACT_MILLISECONDS, as_text=_PORTABLE_MILLISECONDS, convert=expiry_or_text
)
ZERO_EXPIRY: Final = _written_in_three_ways(
    evolve(_NEVER_OR_MOMENT, dumping=_or_for_none("0", _MILLISECONDS)),
    exactly=_or_for_none("0", _EXACT_MILLISECONDS),
    as_text=_or_for_none("0", _PORTABLE_MILLISECONDS),
    convert=expiry_or_text,
)
TIER_END: Final = _written_in_three_ways(
    Scalar(
        'a number or "inf"',
        read_tier_end,
        loading="read_tier_end({raw})",
        dumping=_or_for_none('"inf"', _JSON_NUMBER),
        names=_OF_AMOUNTS,
        json={"anyOf": [{"type": "number"}, {"type": "string", "enum": ["inf"]}]},
    ),
    exactly=_or_for_none('"inf"', "{value}"),
    as_text=_or_for_none('"inf"', _DIGITS),
    convert=tier_end_or_text,
)
