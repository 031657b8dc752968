"""Words: the members of an enum, and the words that no member has.

A caller writes words in code. There, a word that is misspelt is a mistake, and raises where it stands. A sender writes
words in documents, and may be newer than this version. There, a word that is not known is kept as an `UnknownWord`, and
raises only where its meaning is needed.

An enum is an `OpenEnum` if senders may know more of its words. Any other is closed: `one_of` takes its words only.
"""

from enum import StrEnum
from typing import NoReturn, Self, TypeVar

from balances.base.fields import to_text
from balances.base.home import public
from balances.base.messages import described, suggestion
from balances.errors import InvalidChoice

__all__ = ["UnknownWord"]

E = TypeVar("E", bound=StrEnum)


@public
class UnknownWord(str):
    """A word of a sender that this version does not know: an interval, say, that came up later.

    It is a string, equal to the plain one. Give it to a constructor to say that the word is no slip. A word that is
    known becomes the member it names.

    >>> from balances import Reset
    >>> Reset(interval=UnknownWord("fortnight")).interval
    UnknownWord('fortnight')
    >>> Reset(interval=UnknownWord("month")).interval
    <Interval.MONTH: 'month'>
    >>> Reset(interval="monthly")
    Traceback (most recent call last):
    balances.InvalidChoice: interval: expected one_off, minute, hour, day, week, month, quarter, semi_annual or year, \
got 'monthly': did you mean 'month'?
    """

    __slots__ = ()

    def __new__(cls, word: str) -> Self:
        """Take a string, and nothing that would have to be made one."""
        if not isinstance(word, str):
            raise TypeError(f"word: expected a string, got {described(word)}")
        return super().__new__(cls, word)

    def __repr__(self) -> str:
        """Show the expression for it."""
        return f"UnknownWord({super().__repr__()})"


class Words(StrEnum):
    """An enum that says which words it has when it is asked for another."""

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        """Refuse a word that no member has."""
        _refuse(cls, value)


class OpenEnum(Words):
    """An enum of which senders may know more words than are here."""

    @classmethod
    def given(cls, word: str) -> "Self | UnknownWord":
        """Return the member that a caller names, or a word that the caller says is unknown."""
        if isinstance(word, cls):
            return word
        member = cls._value2member_map_.get(to_text(word))
        if member is not None:
            return member  # type: ignore[return-value]  # the map's members are of this class
        return UnknownWord(word) if isinstance(word, UnknownWord) else _refuse(cls, word)

    @classmethod
    def read(cls, word: str) -> "Self | UnknownWord":
        """Return the member that a sender names, or the word as one that is unknown."""
        return cls._value2member_map_.get(word) or UnknownWord(word)  # type: ignore[return-value]  # as above


def one_of(choices: type[E], word: object) -> E:
    """Return the member that a caller names, of an enum of which all words are known.

    >>> from balances import DeductionKind
    >>> one_of(DeductionKind, "item")
    <DeductionKind.ITEM: 'item'>
    >>> one_of(DeductionKind, "items")
    Traceback (most recent call last):
    balances.InvalidChoice: expected rollover or item, got 'items': did you mean 'item'?
    """
    if isinstance(word, choices):
        return word
    member = choices._value2member_map_.get(to_text(word)) if isinstance(word, str) else None
    return _refuse(choices, word) if member is None else member  # type: ignore[return-value]  # as above


def _refuse(choices: type[StrEnum], word: object) -> NoReturn:
    *others, last = choices
    expected = f"expected {', '.join(others)} or {last}"
    raise InvalidChoice(f"{expected}, got {described(word)}{suggestion(word, choices)}")
