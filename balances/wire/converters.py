"""The hooks that make a `cattrs` converter speak the wire."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from cattrs import Converter

from balances.base.fields import Value, argument, instance_of
from balances.base.frozen import FrozenMap, Tally
from balances.base.home import public_in
from balances.errors import WireError
from balances.wire.containers import Container, container_of
from balances.wire.dialects import Case, Dialect, Exact, Version
from balances.wire.generated import MISFITS, Generator
from balances.wire.paths import ROOT
from balances.wire.reading import Reading
from balances.wire.registry import table_of

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["configure_converter", "make_converter"]

AnyConverter = TypeVar("AnyConverter", bound=Converter)


class Format(Converter):
    """A converter that pydantic takes as the annotation of a field: `Annotated[Balance, wire.camel]`."""

    dialect: Dialect

    def copy(self, *args: Any, **kwargs: Any) -> Self:
        """Copy the dialect, too."""
        copied = super().copy(*args, **kwargs)
        copied.dialect = self.dialect
        return copied

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return how pydantic reads, writes and describes a class in this format."""
        from balances.wire.models import model_schema  # noqa: PLC0415  (it imports pydantic)

        if _has_shape(source):
            return model_schema(source, self, self.dialect, handler)
        raise TypeError(f"expected a class with a wire shape, got {source}")


@public_in("balances.wire")
def make_converter(
    case: Case, *, version: Version = None, strict: bool = False, exact: Exact = False, internal: bool = False
) -> Converter:
    """Return a converter for one of the two formats.

    `version` is the version of the API that is spoken: `None` for 2.1 and newer, or `"2.0"` or `"1.2"`. `strict` makes
    every unknown key a problem. Otherwise whole responses keep it in `other`, and it is ignored in all else, since the
    sender may be newer. `exact` keeps the digits that a double would lose: `True` writes amounts as `Decimal`, and
    `"text"` as decimal text, which any JSON library keeps. With `"text"`, such text is read too, beside numbers.
    `internal` writes the keys that only a store of your own needs.

    The converter is also an annotation for a field of a pydantic model: `Annotated[Balance, make_converter("camel")]`.

    >>> from balances import Rollover
    >>> make_converter("camel").structure({"balance": 60, "expiresAt": 0}, Rollover)
    Rollover(balance=60)
    >>> make_converter("camel", strict=True).structure(
    ...     {"balance": 60, "expires_at": 0}, Rollover
    ... )
    Traceback (most recent call last):
    balances.WireError: 1 problem
    $.expires_at: unknown key
    >>> from decimal import Decimal
    >>> make_converter("camel", exact="text").unstructure(
    ...     Rollover(balance=Decimal("0.12345678901234567890"))
    ... )
    {'granted': '0.1234567890123456789', 'balance': '0.1234567890123456789', 'expiresAt': 0}
    """
    converter = Format(unstruct_collection_overrides={tuple: list, AbstractSet: list})
    converter.dialect = Dialect(case=case, strict=strict, exact=exact, internal=internal, version=version)
    return configure_converter(converter, case, version=version, strict=strict, exact=exact, internal=internal)


@public_in("balances.wire")
def configure_converter(
    converter: AnyConverter,
    case: Case,
    *,
    version: Version = None,
    strict: bool = False,
    exact: Exact = False,
    internal: bool = False,
) -> AnyConverter:
    """Teach a converter of yours one of the two formats, and return it.

    It may be any `cattrs` converter, also one of `cattrs.preconf`. The values of this package can then stand inside
    classes of your own. The options are those of `make_converter`.

    >>> from cattrs.preconf.json import make_converter as make_json_converter
    >>> from balances import Rollover
    >>> converter = configure_converter(make_json_converter(), "camel")
    >>> converter.loads(
    ...     '{"messages": {"balance": 60, "expiresAt": 0}}', dict[str, Rollover]
    ... )
    {'messages': Rollover(balance=60)}
    """
    converter = argument("converter", _to_converter, converter)
    dialect = Dialect(case=case, strict=strict, exact=exact, internal=internal, version=version)
    generator = Generator(dialect)

    def structuring(of: Any) -> Callable[[Any, Any], Any]:
        container = container_of(of)
        assert container is not None  # noqa: S101  (the predicate has seen to it)
        return _structuring(container, generator, dialect)

    converter.register_structure_hook_factory(_has_no_shape, _refuse)
    converter.register_unstructure_hook_factory(_has_no_shape, _refuse)
    converter.register_structure_hook_factory(lambda of: container_of(of) is not None, structuring)
    converter.register_unstructure_hook_factory(_has_shape, generator.dumper)
    converter.register_unstructure_hook(
        FrozenMap, lambda items: {key: converter.unstructure(value) for key, value in items.items()}
    )
    return converter


def _has_shape(of: Any) -> bool:
    """Return whether a type is a class that both formats know."""
    return isinstance(of, type) and table_of(of) is not None


def _has_no_shape(of: Any) -> bool:
    """Return whether this is a class of ours that neither format knows: a `Decision`, say."""
    return isinstance(of, type) and issubclass(of, Value) and table_of(of) is None


def _refuse(of: type) -> NoReturn:
    raise TypeError(f"expected a class with a wire shape, got {of.__name__}")


def _to_converter(converter: AnyConverter) -> AnyConverter:
    return instance_of(converter, Converter)


def _structuring(container: Container, generator: Generator, dialect: Dialect) -> Callable[[Any, Any], Any]:
    load = container.loader(generator)

    def structure(raw: Any, _: Any) -> Any:
        try:
            return load(raw, Tally())
        except MISFITS:
            pass
        return _read_carefully(container, raw, Reading(dialect, generator.loader))

    return structure


def _read_carefully(container: Container, raw: Any, reading: Reading) -> Any:
    value = container.read(raw, ROOT, reading)
    if reading.problems:
        raise WireError(tuple(reading.problems))
    return value
