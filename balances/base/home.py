"""The home of a public name: the package or a namespace of it, whatever file declares the name.

So tracebacks, pickles and links say `balances.Balance`, and a file can move without breaking any of them.
"""

from collections.abc import Callable
from typing import Final, TypeVar

__all__: list[str] = []

T = TypeVar("T")


def public_in(namespace: str) -> Callable[[T], T]:
    """Return the decorator that makes a namespace the home of a class or a function.

    >>> @public_in("balances.wire")
    ... def read() -> None: ...
    >>> read.__module__
    'balances.wire'
    """

    def at_home(thing: T) -> T:
        thing.__module__ = namespace
        return thing

    return at_home


public: Final = public_in("balances")
