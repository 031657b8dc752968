"""The classes of the wire as fields of pydantic models: how pydantic reads, writes and describes them.

pydantic is no dependency of this package. Only pydantic causes this file to be imported, when it asks a class or a
converter for its schema.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import getdoc
from typing import Annotated, Any

from attrs import astuple, evolve, frozen
from cattrs import Converter
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from balances.errors import Problem, WireError
from balances.wire.dialects import Dialect
from balances.wire.generated import Generator
from balances.wire.paths import steps_of
from balances.wire.registry import known_table_of
from balances.wire.shapes import JsonSchema, or_null
from balances.wire.tables.rows import Key

__all__: list[str] = []


def model_schema(cls: type[Any], converter: Converter, dialect: Dialect, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Return how pydantic reads, writes and describes a class in the dialect of a converter."""
    return handler.generate_schema(Annotated[cls, _Field(cls, converter, dialect)])


@frozen
class _Field:
    """The annotation of a field whose type is a class of the wire."""

    cls: type[Any]
    converter: Converter
    dialect: Dialect

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        """Read and write by functions of ours, in strict mode, too: a reading never guesses."""
        dump_exactly = Generator(evolve(self.dialect, exact=self.dialect.exact or True)).dumper(self.cls)

        def dump(value: Any, info: core_schema.SerializationInfo) -> Any:
            return dump_exactly(value) if info.mode == "python" else self.converter.unstructure(value)

        writing = core_schema.plain_serializer_function_ser_schema(dump, info_arg=True)
        return core_schema.no_info_plain_validator_function(self._reading(), serialization=writing)

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        """Describe the keys of the table."""
        return _Describing(self.dialect, handler).describe_object(self.cls)

    def _reading(self) -> Callable[[Any], Any]:
        """Return the function that reads a payload, and keeps an instance as it is."""

        def read(raw: Any) -> Any:
            if isinstance(raw, self.cls):
                return raw
            try:
                return self.converter.structure(raw, self.cls)
            except WireError as error:
                problems = [_details(problem, raw) for problem in error.problems]
                raise ValidationError.from_exception_data(self.cls.__name__, problems) from None

        # The title of an error names this function.
        read.__name__ = self.cls.__name__
        return read


def _details(problem: Problem, raw: Any) -> InitErrorDetails:
    """Return a problem as pydantic wants it, with the value that it is about."""
    steps = steps_of(problem.path)
    # Annotated, because pydantic wants a literal. It fills in a context, and without one it keeps the text as it is.
    message: Any = problem.message
    kind = PydanticCustomError("wire_error", message)
    return InitErrorDetails(type=kind, loc=steps, input=_found(raw, steps))


def _found(raw: Any, steps: tuple[int | str, ...]) -> Any:
    """Return the value at a path, or the innermost object of the path that is there."""
    for step in steps:
        try:
            raw = raw[step]
        except (LookupError, TypeError):
            break
    return raw


@frozen
class _Describing:
    """One description of a class and its parts as JSON Schema."""

    dialect: Dialect
    handler: GetJsonSchemaHandler

    def describe_object(self, cls: type) -> JsonSchema:
        """Define a class by its table, and return the reference to it."""
        dialect = "_".join(map(str, astuple(self.dialect)))
        placeholder = core_schema.typed_dict_schema({}, ref=f"balances.{cls.__name__}:{dialect}")
        # pydantic makes a definition of a schema that has a name only where it stands inside another.
        reference: JsonSchema = self.handler(core_schema.list_schema(placeholder))["items"]
        definition = self.handler.resolve_ref_schema(reference)
        if "title" not in definition:
            definition |= self._object(cls)
        return reference

    def _object(self, cls: type) -> JsonSchema:
        table = known_table_of(cls, self.dialect.version)
        schema: JsonSchema = {
            "type": "object",
            "title": cls.__name__,
            "description": (getdoc(cls) or "").partition("\n")[0],
            "properties": {self.dialect.key(key.name): self._key(key) for key in table.keys},
            "required": [self.dialect.key(key.name) for key in table.keys if self._is_required(key)],
        }
        return schema | ({"additionalProperties": False} if self.dialect.strict and not table.other else {})

    def _key(self, key: Key) -> JsonSchema:
        schema = key.shape.schema(self)
        is_optional = self.handler.mode == "validation" and not key.is_required
        return or_null(schema) if key.is_nullable or is_optional else schema

    def _is_required(self, key: Key) -> bool:
        return key.is_always_missed if self.handler.mode == "validation" else key.is_always and not key.only_with
