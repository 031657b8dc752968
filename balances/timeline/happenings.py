"""One thing that happened to a balance, and the rule by which equal resets become one event."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias, cast

from attrs import define, evolve

from balances.base.amounts import multiply, storable
from balances.base.unchecked import changer
from balances.values.balance import Breakdown
from balances.values.events import Event, ResetHappened

__all__: list[str] = []


@changer
def _counted(event: ResetHappened, /, *, count: int, lapsed: Decimal, forgiven: Decimal) -> ResetHappened:
    return evolve(event, count=count, lapsed=lapsed, forgiven=forgiven)


@define(eq=False)
class Happened:
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
        lapsed, forgiven = _times(event.lapsed, self.times), _times(event.forgiven, self.times)
        return _counted(event, count=self.times, lapsed=lapsed, forgiven=forgiven)


def _numbers_of(happened: Happened) -> tuple[object, ...]:
    event = cast("ResetHappened", happened.event)
    return happened.place, event.granted, event.carried, event.lapsed, event.forgiven


def _times(amount: Decimal, times: int) -> Decimal:
    return storable(multiply(amount, Decimal(times))) if amount else amount


Merged: TypeAlias = tuple[Happened, int]
"""Equal happenings as one, and the place of the last of them in the order in which they happened."""


def merged(happenings: Iterable[Happened]) -> list[Merged]:
    """Return each thing that happened, with equal resets as one.

    Two resets of one item are equal if all their numbers are, and only resets, of any item, lie between them. The event
    has the place of the first of them.
    """
    whole: list[Merged] = []
    firsts: dict[int | None, int] = {}
    places: dict[tuple[object, ...], int] = {}
    for index, happened in enumerate(happenings):
        event = happened.event
        if not isinstance(event, ResetHappened):
            firsts.clear()
            places.clear()
            whole.append((happened, index))
            continue
        # Most items reset once, and then no numbers need be compared.
        place = firsts.setdefault(happened.place, len(whole))
        if place != len(whole):
            places.setdefault(_numbers_of(whole[place][0]), place)
            place = places.setdefault(_numbers_of(happened), len(whole))
        if place == len(whole):
            whole.append((happened, index))
        else:
            first, _ = whole[place]
            together = Happened(first.event, first.place, first.before, first.times + happened.times)
            whole[place] = together, index
    return whole
