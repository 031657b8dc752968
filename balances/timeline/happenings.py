"""One thing that happened to a balance by itself, and which things are told as one.

Here live the steps of a life as they are handed on, and the rule by which alike resets become one event.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from attrs import evolve

from balances.base.amounts import multiply, storable
from balances.base.unchecked import changer
from balances.values.balance import Breakdown
from balances.values.events import Event, ResetHappened

__all__: list[str] = []


@changer
def _counted(event: ResetHappened, /, *, count: int, lapsed: Decimal, forgiven: Decimal) -> ResetHappened:
    return evolve(event, count=count, lapsed=lapsed, forgiven=forgiven)


class Happened(NamedTuple):
    """An event, of one reset even where it stands for several; the place of its item, and that item before it."""

    event: Event
    place: int | None = None
    before: Breakdown | None = None
    times: int = 1

    @property
    def whole(self) -> Event:
        """Return the event of all the resets together."""
        event = self.event
        if self.times == 1 or not isinstance(event, ResetHappened):
            return event
        times = Decimal(self.times)
        lapsed, forgiven = multiply(event.lapsed, times), multiply(event.forgiven, times)
        return _counted(event, count=self.times, lapsed=storable(lapsed), forgiven=storable(forgiven))


class Merged(NamedTuple):
    """Alike things as one, and where the last of them stood in the order in which they happened."""

    happened: Happened
    last: int


def merged(happenings: Iterable[Happened]) -> list[Merged]:
    """Return each thing that happened, with alike resets as one.

    Two resets of one item are alike if all their numbers are equal and nothing but resets, of whatever item, lies
    between them. They stand where the first of them stood.
    """
    whole: list[Merged] = []
    places: dict[tuple[object, ...], int] = {}
    for index, happened in enumerate(happenings):
        if not isinstance(happened.event, ResetHappened):
            places.clear()
            whole.append(Merged(happened, index))
            continue
        place = places.setdefault((happened.place, *_numbers(happened.event)), len(whole))
        if place == len(whole):
            whole.append(Merged(happened, index))
        else:
            first = whole[place].happened
            together = Happened(first.event, first.place, first.before, first.times + happened.times)
            whole[place] = Merged(together, index)
    return whole


def _numbers(event: ResetHappened) -> tuple[Decimal, ...]:
    return event.granted, event.carried, event.lapsed, event.forgiven
