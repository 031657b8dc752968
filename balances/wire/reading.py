"""The careful reading: every problem of a payload, each at the sender's own key path.

It runs only after the generated reading has failed, or has met something unusual such as a mapping that is no dict or
a subclass of int. So it may take its time. It calls the public constructors, and checks each field as they do. An item
of a list that the generated reading accepts is taken as that one reads it: where both accept a payload, they agree.
So a long list with one problem in it takes the time of reading it three times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from attrs import fields_dict, frozen

from balances.base.fields import converter_of
from balances.base.frozen import FrozenMap, Tally
from balances.base.messages import described, shortened
from balances.base.shown import is_list, is_mapping
from balances.errors import BalancesError, Problem
from balances.wire.dialects import CASE_NAMES, Dialect
from balances.wire.generated import MISFITS
from balances.wire.inside import respelled
from balances.wire.paths import ROOT, at_index, at_key
from balances.wire.registry import known_table_of
from balances.wire.shapes import MISFIT, PlainData
from balances.wire.tables.rows import Key, Table, own_spellings, spellings
from balances.wire.versions import too_old_message, too_old_sign_of, version_hint

__all__: list[str] = []

Read = Callable[[Any, str], Any]
Quick = Callable[[type], Callable[[Any, Tally], Any]]

_MISSING: Final = object()
_LONGEST_PATH: Final = 300


@frozen
class Spelled:
    """One key as a dialect spells it, the step it adds to a path, and the checks of its attribute.

    `convert` is None where the shape converts by the same function already.
    """

    key: Key
    name: str
    step: str
    convert: Callable[[Any], Any] | None
    check: Callable[[Any], None] | None


@cache
def spelled_keys(table: Table, dialect: Dialect) -> tuple[tuple[Spelled, Spelled | None], ...]:
    """Return every key of a table, each with its alias (None: it has none)."""

    def spelled(key: Key, name: str) -> Spelled:
        attribute: Any = fields_dict(table.form)[key.name]
        check = attribute.validator.check if attribute.validator else None
        convert = converter_of(attribute)
        has_converted = getattr(key.shape, "convert", None) is convert
        name = dialect.key(name)
        return Spelled(key, name, at_key("", name), None if has_converted else convert, check)

    return tuple((spelled(key, key.name), spelled(key, key.alias) if key.alias else None) for key in table.keys)


class Reading:
    """One reading of one payload, and the problems found on the way."""

    def __init__(self, dialect: Dialect, quick: Quick | None = None) -> None:
        """Start with no problems. `quick` gives the generated reading of a class, for the items of lists."""
        self.dialect, self._quick = dialect, quick
        self.problems: list[Problem] = []
        self.tally = Tally()
        self.beside: Mapping[str, Any] = {}

    def report(self, path: str, message: str) -> object:
        """Note a problem, and return the placeholder that stands for the value."""
        self.problems.append(Problem(shortened(path, str, longest=_LONGEST_PATH), message))
        return MISFIT

    def read_list(self, raw: Any, path: str, read: Read) -> Any:
        """Read a list, item by item."""
        if not is_list(raw):
            return self._report_kind("a list", raw, path)
        items = [read(item, at_index(path, index)) for index, item in enumerate(raw)]
        return MISFIT if any(item is MISFIT for item in items) else tuple(items)

    def read_map(self, raw: Any, path: str, read: Read) -> Any:
        """Read a map whose keys are data."""
        if not is_mapping(raw):
            return self._report_kind("an object", raw, path)
        values = {key: self._read_entry(key, value, path, read) for key, value in raw.items()}
        return MISFIT if any(value is MISFIT for value in values.values()) else FrozenMap(values)

    def read_object(self, cls: type, raw: Any, path: str) -> Any:
        """Read an object by the table of its class."""
        if not is_mapping(raw):
            return self._report_kind("an object", raw, path)
        value = self._read_quickly(cls, raw)
        return self._read_table(cls, raw, path) if value is MISFIT else value

    def _read_quickly(self, cls: type, raw: Mapping[str, Any]) -> Any:
        """Read a part as if nothing were wrong with it, or return `MISFIT`."""
        if self._quick is None:
            return MISFIT
        tally = self.tally.copy()
        try:
            value = self._quick(cls)(raw, tally)
        except MISFITS:
            return MISFIT
        self.tally = tally
        return value

    def _read_table(self, cls: type, raw: Mapping[str, Any], path: str) -> Any:
        table, before = known_table_of(cls, self.dialect.version), len(self.problems)
        values = self._read_keys(table, raw, path)
        if self.dialect.strict:
            self._report_unknown(table, raw, path)
        if table.other:
            values["other"] = self._read_other(table, raw, path)
        is_misfit = any(value is MISFIT for value in values.values())
        value = MISFIT if is_misfit else self._build(table, values, path)
        if value is MISFIT:
            self._report_version(raw, path, before)
        return value

    def _read_keys(self, table: Table, raw: Mapping[str, Any], path: str) -> dict[str, Any]:
        """Read the keys that are there, by the name of the attribute."""
        values: dict[str, Any] = {}
        for key, alias in spelled_keys(table, self.dialect):
            there = alias if alias and raw.get(key.name) is None and raw.get(alias.name) is not None else key
            if there.name in raw or there.key.is_required:
                values[key.key.name] = self._read_key(there, raw, path, values)
        return {name: value for name, value in values.items() if value is not _MISSING}

    def _report_version(self, raw: Mapping[str, Any], path: str, before: int) -> None:
        """Report that an object looks like one of another version, unless a problem in it says so.

        Where it looks too old to be read, that is its only problem.
        """
        hint = version_hint(raw, self.dialect.version)
        if found := too_old_sign_of(raw):
            del self.problems[before:]
            self.report(path, too_old_message(*found))
        elif hint and not any(problem.message.endswith(f"({hint})") for problem in self.problems[before:]):
            self.report(path, hint)

    def _report_kind(self, expected: str, raw: Any, path: str) -> object:
        advice = "; parse it first (json.loads)" if _is_unparsed(raw, path) else ""
        return self.report(path, f"expected {expected}, got {described(raw)}{advice}")

    def _read_entry(self, key: object, value: Any, path: str, read: Read) -> Any:
        if isinstance(key, str):
            return read(value, at_key(path, key))
        return self.report(path, f"expected keys that are strings, got {described(key)}")

    def _read_key(self, spelled: Spelled, raw: Mapping[str, Any], path: str, before: Mapping[str, Any]) -> Any:
        key, found = spelled.key, raw.get(spelled.name, _MISSING)
        if found is None and key.is_nullable:
            return None
        if found is _MISSING or (found is None and not key.is_required):
            return self._read_missing(spelled, raw, path)
        if key.is_moot and key.is_moot(before):
            return _MISSING
        path += spelled.step
        self.beside = before
        value = key.shape.read(found, path, self)
        return value if value is MISFIT else self._checked(spelled, value, path)

    def _read_other(self, table: Table, raw: Mapping[str, Any], path: str) -> Any:
        """Keep the keys that have no row."""
        own, known = own_spellings(table, self.dialect), spellings(table, self.dialect)
        kept = {
            key: value for key, value in raw.items() if key not in own and (key in known or not self.dialect.strict)
        }
        others = PlainData().read(kept, path, self)
        is_renamed = others is not MISFIT and self.dialect.case == "camel"
        return respelled(others, table.other, to="snake") if is_renamed else others

    def _read_missing(self, spelled: Spelled, raw: Mapping[str, Any], path: str) -> object:
        key = spelled.key
        if not (key.is_required and key.is_missed(raw)):
            return _MISSING
        hint = self._other_case_hint(key, raw) or version_hint(raw, self.dialect.version)
        message = f"expected {key.shape.expected}, but the key is missing"
        return self.report(path + spelled.step, f"{message} ({hint})" if hint else message)

    def _other_case_hint(self, key: Key, raw: Mapping[str, Any]) -> str:
        other = self.dialect.other
        spelled = other.key(key.name)
        return f"`{spelled}` is there: is this {CASE_NAMES[other.case]}?" if spelled in raw else ""

    def _checked(self, spelled: Spelled, value: Any, path: str) -> Any:
        """Check one field as the constructor would, so that the error has the path of its own key."""
        try:
            checked = spelled.convert(value) if spelled.convert else value
            if spelled.check:
                spelled.check(checked)
        except BalancesError as error:
            return self.report(path, str(error))
        return checked

    def _build(self, table: Table, values: Mapping[str, Any], path: str) -> Any:
        """Call the constructor, which also checks several fields together."""
        try:
            form = table.form(**values)
            return table.enter(form) if table.enter else form
        except BalancesError as error:
            return self.report(path, str(error))

    def _report_unknown(self, table: Table, raw: Mapping[str, Any], path: str) -> None:
        known = spellings(table, self.dialect)
        for name in raw:
            if name not in known:
                self.report(at_key(path, name), "unknown key")


def _is_unparsed(raw: Any, path: str) -> bool:
    """Return whether a payload, or a part of one, is JSON text that nobody has parsed."""
    if isinstance(raw, (bytes, bytearray)):
        return path == ROOT or raw.lstrip().startswith((b"{", b"["))
    return isinstance(raw, str) and (path == ROOT or raw.lstrip().startswith(("{", "[")))
