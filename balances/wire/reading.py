"""The careful reading: every problem of a payload, each at the sender's own key path.

It is walked only when the generated reading has failed, or met something unusual (a mapping that is no dict, a
subclass of int), so it may take its time. It builds through the public constructors, and checks each field as they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import fields

from balances.base.fields import converter_of
from balances.base.frozen import FrozenMap
from balances.base.messages import described, shortened
from balances.base.shown import is_list, is_mapping
from balances.errors import BalancesError, Problem
from balances.wire.dialects import Dialect
from balances.wire.paths import at_index, at_key
from balances.wire.shapes import MISFIT
from balances.wire.tables import TABLES, Key, Table, spellings

__all__: list[str] = []

Read = Callable[[Any, str], Any]

_MISSING: Final = object()
_LONGEST_PATH: Final = 300


class Reading:
    """One reading of one payload, and the problems found on the way."""

    def __init__(self, dialect: Dialect) -> None:
        """Start with no problems."""
        self.dialect = dialect
        self.problems: list[Problem] = []

    def report(self, path: str, message: str) -> object:
        """Note a problem; what is returned stands where the value would."""
        self.problems.append(Problem(shortened(path, str, longest=_LONGEST_PATH), message))
        return MISFIT

    def read_list(self, raw: Any, path: str, read: Read) -> Any:
        """Read a list, item by item."""
        if not is_list(raw):
            return self.report(path, f"expected a list, got {described(raw)}")
        items = [read(item, at_index(path, index)) for index, item in enumerate(raw)]
        return MISFIT if any(item is MISFIT for item in items) else tuple(items)

    def read_map(self, raw: Any, path: str, read: Read) -> Any:
        """Read a map whose keys are data."""
        if not is_mapping(raw):
            return self.report(path, f"expected an object, got {described(raw)}")
        values = {key: self._read_entry(key, value, path, read) for key, value in raw.items()}
        return MISFIT if any(value is MISFIT for value in values.values()) else FrozenMap(values)

    def read_object(self, cls: type, raw: Any, path: str) -> Any:
        """Read an object by the table of its class."""
        if not is_mapping(raw):
            return self.report(path, f"expected an object, got {described(raw)}")
        table = TABLES[cls]
        values = {key.name: self._read_key(key, table, raw, path) for key in table.keys}
        if self.dialect.strict:
            self._report_unknown(table, raw, path)
        if any(value is MISFIT for value in values.values()):
            return MISFIT
        return self._build(table, {name: value for name, value in values.items() if value is not _MISSING}, path)

    def _read_entry(self, key: object, value: Any, path: str, read: Read) -> Any:
        if isinstance(key, str):
            return read(value, at_key(path, key))
        return self.report(path, f"expected keys that are strings, got {described(key)}")

    def _read_key(self, key: Key, table: Table, raw: Mapping[str, Any], path: str) -> Any:
        spelled = self._spelled(key, raw)
        found = raw.get(spelled, _MISSING)
        path = at_key(path, spelled)
        if found is None and key.is_nullable:
            return None
        if found is _MISSING or (found is None and not key.is_required):
            return self._read_missing(key, path)
        value = key.shape.read(found, path, self)
        return value if value is MISFIT else self._checked(table, key, value, path)

    def _read_missing(self, key: Key, path: str) -> object:
        if key.is_required:
            return self.report(path, f"expected {key.shape.expected}, but the key is missing")
        return _MISSING

    def _checked(self, table: Table, key: Key, value: Any, path: str) -> Any:
        """Check one field as the constructor would, so that the error has the path of its own key."""
        attribute: Any = getattr(fields(table.form), key.name)
        try:
            checked = converter_of(attribute)(value)
            if attribute.validator:
                attribute.validator.check(checked)
        except BalancesError as error:
            return self.report(path, str(error))
        return checked

    def _build(self, table: Table, values: Mapping[str, Any], path: str) -> Any:
        """Call the constructor, for what only the values together can tell."""
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

    def _spelled(self, key: Key, raw: Mapping[str, Any]) -> str:
        """Return the name that a key goes by here: its alias, where only that holds anything."""
        usual, alias = self.dialect.key(key.name), self.dialect.key(key.alias or key.name)
        return alias if raw.get(usual) is None and raw.get(alias) is not None else usual
