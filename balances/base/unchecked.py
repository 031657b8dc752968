"""Quick ways to make a value of parts that are checked already.

A constructor checks and converts all that it is given. A function of ours that makes a value of checked amounts,
moments and values would do that work twice. The functions that are made here only fill the slots, so their callers
vouch for every attribute. They take keywords, and type checkers check them.
"""

import linecache
from collections.abc import Callable
from functools import update_wrapper
from itertools import count
from typing import Any, ParamSpec, TypeVar, cast

from attrs import NOTHING, Attribute, fields

__all__: list[str] = []

P = ParamSpec("P")
T = TypeVar("T")

new = object.__new__

_NUMBERS = count(1)


def maker(cls: Callable[P, T]) -> Callable[P, T]:
    """Return a function that makes an instance of a class without converters, validators and post-init.

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
    names = {f"default_{name}": default for name, default in _defaults(attributes)} | setters(cast("type", cls))
    return compiled("make", cast("type", cls), "\n    ".join(lines), names | {"new": new, "cls": cls})


def changer(plain: Callable[P, T]) -> Callable[P, T]:
    """Return a quick function in place of a plain one that evolves a value: it copies all attributes but those given.

    The plain function states the meaning, and remains as `__wrapped__`. Its first parameter is the value, its keywords
    are the attributes to change, and its return annotation is the class.

    >>> from attrs import evolve
    >>> from balances import Tier
    >>> from decimal import Decimal
    >>> @changer
    ... def ending_at(tier: Tier, /, *, to: Decimal) -> Tier:
    ...     return evolve(tier, to=to)
    >>> ending_at(Tier(to=100, amount=5), to=Decimal(200))
    Tier(to=200, amount=5)
    """
    cls: type = plain.__annotations__["return"]
    code: Any = getattr(plain, "__code__")  # noqa: B009  (a callable need not have one)
    changed = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    copied = [attribute.name for attribute in fields(cast("Any", cls)) if attribute.name not in changed]
    lines = [
        f"def change(value, /, *, {', '.join(changed)}):",
        "self = new(cls)",
        *(f"set_{name}(self, {name})" for name in changed),
        *(f"set_{name}(self, value.{name})" for name in copied),
        "return self",
    ]
    change = compiled("change", cls, "\n    ".join(lines), setters(cls) | {"new": new, "cls": cls})
    return update_wrapper(change, plain)


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
    """Return the defaults by name. An attribute whose default depends on others must be given."""
    return [(a.name, NOTHING if hasattr(a.default, "takes_self") else a.default) for a in attributes]
