"""Making values of what has been checked already, without checking it again.

A constructor checks and converts whatever it is given. Where a function of ours makes a value of parts that are values
themselves, that is work done twice; a maker only fills the slots. Who calls one vouches for every attribute.
"""

import linecache
from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar, cast

from attrs import NOTHING, Attribute, fields

__all__: list[str] = []


T = TypeVar("T")


new = object.__new__


_NUMBERS = count(1)


def maker(cls: type[T]) -> type[T]:
    """Return what is called like a class, and makes an instance without its converters, validators and post-init.

    >>> from balances import Allocation
    >>> from decimal import Decimal
    >>> maker(Allocation)(amount=Decimal(5))
    Allocation(amount=5)
    """
    attributes: tuple[Attribute[Any], ...] = fields(cast("Any", cls))
    parameters = [name if default is NOTHING else f"{name}=default_{name}" for name, default in _defaults(attributes)]
    lines = [
        f"def make(*, {', '.join(parameters)}):",
        "self = new(cls)",
        *(f"set_{attribute.name}(self, {attribute.name})" for attribute in attributes),
        "return self",
    ]
    names = {f"default_{name}": default for name, default in _defaults(attributes)} | setters(cls)
    return cast("type[T]", compiled("make", cls, "\n    ".join(lines), names | {"new": new, "cls": cls}))


def changer(cls: type[T], *names: str) -> Callable[..., T]:
    """Return a function that copies an instance but for these attributes, which come after it, in this order.

    >>> from balances import Tier
    >>> from decimal import Decimal
    >>> changer(Tier, "to")(Tier(to=100, amount=5), Decimal(200))
    Tier(to=200, amount=5)
    """
    kept = [attribute.name for attribute in fields(cast("Any", cls)) if attribute.name not in names]
    lines = [
        f"def change(value, {', '.join(names)}):",
        "self = new(cls)",
        *(f"set_{name}(self, {name})" for name in names),
        *(f"set_{name}(self, value.{name})" for name in kept),
        "return self",
    ]
    return compiled("change", cls, "\n    ".join(lines), setters(cls) | {"new": new, "cls": cls})


def setters(cls: type) -> dict[str, Any]:
    """Return, by name, the functions that fill the slots of a class."""
    return {f"set_{attribute.name}": getattr(cls, attribute.name).__set__ for attribute in fields(cls)}


def compiled(name: str, cls: type, source: str, names: dict[str, Any]) -> Callable[..., Any]:
    """Compile a function, and leave its source where tracebacks and debuggers look for it."""
    filename = f"<balances: {name} {cls.__name__} {next(_NUMBERS)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), names)  # noqa: S102  (the source is made of our own attributes only)
    function: Callable[..., Any] = names[name]
    return function


def _defaults(attributes: "tuple[Attribute[Any], ...]") -> list[tuple[str, Any]]:
    """Return the defaults by name; one that depends on other attributes must be given."""
    return [(a.name, NOTHING if hasattr(a.default, "takes_self") else a.default) for a in attributes]
