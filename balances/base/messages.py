"""Pieces of messages: descriptions of values, short however large the value is, and suggestions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sized
from decimal import Context, Decimal
from typing import Final

__all__: list[str] = []

AS_USUAL: Final = Context(capitals=1, clamp=0, traps=[])
"""The context in which a decimal is spelled: the caller's may ask for small letters."""
_LONGEST_TEXT = 60
_LONGEST_INTEGER_BITS = 128
_NEAR = 0.75
_LISTED = 5
_CONTAINERS: tuple[tuple[type[Sized], str, str], ...] = (
    (Mapping, "mapping", "key"),
    (list, "list", "item"),
    (tuple, "tuple", "item"),
)


def described(value: object) -> str:
    """Return a description of any value that is short enough for a message.

    >>> described(10**10_000), described([1, 2]), described({})
    ('an integer of about 10,001 digits', 'a list of 2 items', 'a mapping of 0 keys')
    """
    if value is None or isinstance(value, (bool, float)):
        return repr(value)
    if isinstance(value, int):
        return _described_integer(value)
    if isinstance(value, str):
        return shortened(value, repr)
    if isinstance(value, Decimal):
        return shortened(AS_USUAL.to_sci_string(value), str)
    for kind, name, noun in _CONTAINERS:
        if isinstance(value, kind):
            return f"a {name} of {counted(len(value), noun)}"
    return f"an object of type {type(value).__name__}"


def counted(number: int, noun: str) -> str:
    """Return the number with its noun, plural where it should be.

    >>> counted(1, "key"), counted(2000, "key")
    ('1 key', '2,000 keys')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def with_article(noun: str) -> str:
    """Return a noun with its article.

    >>> with_article("Balance"), with_article("Account"), with_article("UsageLimit")
    ('a Balance', 'an Account', 'a UsageLimit')
    """
    return f"{'an' if noun.startswith(('A', 'E', 'I', 'O', 'Un')) else 'a'} {noun}"


def listed(texts: Iterable[str]) -> str:
    """Return texts in quotes, separated by commas. Of many texts, the first are returned.

    >>> listed(["plan", "top-up"]), listed("abcdefg")
    ("'plan', 'top-up'", "'a', 'b', 'c', 'd', 'e' and 2 more")
    """
    shown = [described(text) for text in texts]
    first, more = ", ".join(shown[:_LISTED]), len(shown) - _LISTED
    return first if more <= 0 else f"{first} and {more:,} more"


def suggestion(word: object, known: Iterable[str]) -> str:
    """Return the end of a message about a wrong word: the known word that is nearest to it, if one is near.

    >>> known = ["prepaid", "usage_based"]
    >>> suggestion("usage-based", known), suggestion("barter", known)
    (": did you mean 'usage_based'?", '')
    """
    if not isinstance(word, str) or len(word) > _LONGEST_TEXT:
        return ""
    # Whoever makes no mistake does not load this module.
    from difflib import get_close_matches  # noqa: PLC0415

    near = get_close_matches(word.lower(), [str(each) for each in known], n=1, cutoff=_NEAR)
    return f": did you mean {near[0]!r}?" if near else ""


def _described_integer(value: int) -> str:
    if value.bit_length() <= _LONGEST_INTEGER_BITS:
        return int.__repr__(value)
    digits = value.bit_length() * 30_103 // 100_000 + 1
    return f"an integer of about {digits:,} digits"


def shortened(text: str, shown: Callable[[str], str], *, longest: int = _LONGEST_TEXT) -> str:
    """Return text as a function shows it; of very long text, the beginning and the length.

    >>> shortened("abcdef", repr, longest=3)
    "'abc'... (6 characters)"
    """
    head = shown(text[:longest])
    return head if len(text) <= longest else f"{head}... ({counted(len(text), 'character')})"
