"""Quick ways to make a value of parts that are checked already.

A constructor checks and converts all that it is given. A function of ours that makes a value of checked amounts,
moments and values would do that work twice. The functions that are made here only fill the slots, so their callers
vouch for every attribute. They take keywords, and type checkers check them.

A frozen class lets nobody set an attribute. So each function fills an instance of an open class, and then makes it
an instance of the class itself. To call the descriptor of each slot would take twice as long.
"""

import linecache
from collections.abc import Callable
from functools import cache, update_wrapper
from itertools import count
from types import CodeType
from typing import Any, ParamSpec, TypeVar, cast

from attrs import NOTHING, Attribute, fields

__all__: list[str] = []

P = ParamSpec("P")
T = TypeVar("T")

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
        "self = new(opened)",
        *(f"self.{attribute.name} = {attribute.name}" for attribute in attributes),
        "self.__class__ = cls",
        "return self",
    ]
    names = {f"default_{name}": default for name, default in _defaults(attributes)}
    return compiled("make", cast("type", cls), "\n    ".join(lines), names | opening(cast("type", cls)))


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
        "self = new(opened)",
        *(f"self.{name} = {name}" for name in changed),
        *(f"self.{name} = value.{name}" for name in copied),
        "self.__class__ = cls",
        "return self",
    ]
    change = compiled("change", cls, "\n    ".join(lines), dict(opening(cls)))
    return update_wrapper(change, plain)


@cache
def opening(cls: type) -> dict[str, Any]:
    """Return the names by which a function opens an instance of a class: `new(opened)`, and at last `cls`.

    `opened` is a class of the same layout that lets its slots be set. So Python lets an instance of it become one of
    `cls`: `self.__class__ = cls`.
    """
    named = {name: vars(cls)[name] for name in ("__slots__", "__orig_bases__") if name in vars(cls)}
    opened = type(cls.__name__, cls.__bases__, {**named, "__setattr__": object.__setattr__})
    trial: Any = object.__new__(opened)
    trial.__class__ = cls  # Where the layouts differ, this raises here and now.
    return {"new": object.__new__, "opened": opened, "cls": cls}


def compiled(name: str, cls: type, source: str, names: dict[str, Any]) -> Callable[..., Any]:
    """Compile a function, and leave its source where tracebacks and debuggers look for it."""
    exec(_code(name, cls.__name__, source), names)  # noqa: S102  (the source is made of our own attributes only)
    function: Any = names[name]
    # Python speeds up code for the names that it finds there, so functions of different names must not share it.
    function.__code__ = function.__code__.replace()
    return cast("Callable[..., Any]", function)


# Converters of like options need the same source, and to compile it takes longest of all that is done for a class.
@cache
def _code(name: str, of: str, source: str) -> CodeType:
    filename = f"<balances: {name} {of} {next(_NUMBERS)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return compile(source, filename, "exec")


def _defaults(attributes: "tuple[Attribute[Any], ...]") -> list[tuple[str, Any]]:
    """Return the defaults by name. An attribute whose default depends on others must be given."""
    return [(a.name, NOTHING if hasattr(a.default, "takes_self") else a.default) for a in attributes]
