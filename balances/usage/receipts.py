"""Receipts: how much was taken from which part of a balance. Each line of a receipt is a `Deduction`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from attrs import evolve, field, frozen

from balances.base.amounts import (
    ONE,
    add,
    multiply,
    normalised,
    quotient,
    storable,
    subtract,
    to_amount,
    to_optional_amount,
    total,
)
from balances.base.fields import Value, named, to_flag, to_index, to_text, tuple_of
from balances.base.home import public
from balances.base.instants import to_optional_instant
from balances.base.unchecked import changer, maker
from balances.base.words import Words, one_of

__all__ = ["Deduction", "DeductionKind"]


@public
class DeductionKind(Words):
    """The kind of part that a line is about: an item of the breakdown, or a rollover.

    >>> DeductionKind("item")
    <DeductionKind.ITEM: 'item'>
    """

    ROLLOVER = "rollover"
    ITEM = "item"


# On each call, a name of this file is looked up ten times as fast as a member of an enum, in Python 3.11.
ROLLOVER: Final = DeductionKind.ROLLOVER
ITEM: Final = DeductionKind.ITEM


AnyDeductionKind: TypeAlias = DeductionKind | Literal["rollover", "item"]


def to_kind(word: AnyDeductionKind) -> DeductionKind:
    """Return the kind of this name."""
    return one_of(DeductionKind, word)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Deduction(Value):
    """One line of a receipt: an amount taken from one part of a balance. A negative amount was given back.

    The balance of `feature_id` paid `amount` in its own unit, which is `units` in units of the tracked feature. `kind`,
    `id` and `index` say which part paid. A rollover has no id, so `expires_at` tells it apart (`None`: it never
    expires). `is_overage` says that an item went beyond zero.

    `resets_at` is the moment at which the item would reset. It tells the period of the line, so that `undo` brings
    back no units that have lapsed with an earlier period.

    `least_usage` is there only for a part whose numbers do not fit together: the amount left is not the grant less the
    usage, or the usage is below zero. It is the lesser usage of the part before and after the line. `undo` needs it to
    restore the part exactly.

    >>> from balances import track
    >>> from balances.testing import balance
    >>> (line,) = track(balance(100), 2, credit_cost=5).deductions
    >>> line.kind, line.index, line.amount, line.units
    (<DeductionKind.ITEM: 'item'>, 0, Decimal('10'), Decimal('2'))
    """

    kind: DeductionKind = field(converter=to_kind)
    id: str = field(converter=to_text, default="")
    index: int = field(converter=to_index)
    expires_at: datetime | None = field(converter=to_optional_instant, default=None)
    amount: Decimal = field(converter=to_amount)
    units: Decimal = field(converter=to_amount)
    is_overage: bool = field(converter=to_flag, default=False)
    feature_id: str = field(converter=to_text, default="")
    resets_at: datetime | None = field(converter=to_optional_instant, default=None)
    least_usage: Decimal | None = field(converter=to_optional_amount, default=None)


make_deduction = maker(Deduction)


def to_deductions(deductions: Iterable[Deduction]) -> tuple[Deduction, ...]:
    """Return the lines of a receipt as a tuple."""
    return tuple_of(deductions, Deduction)


def units_in(lines: Sequence[Deduction]) -> Decimal:
    """Return how much the lines of a receipt took, in units of the tracked feature."""
    return lines[0].units if len(lines) == 1 else total([line.units for line in lines])


def units_of(amounts: list[Decimal], credit_cost: Decimal, units: Decimal) -> list[Decimal]:
    """Return each amount in units. They add up to `units`: the last absorbs the rounding of the divisions."""
    return amounts if credit_cost == ONE else adding_up([quotient(each, credit_cost) for each in amounts], units)


def shares_of(amounts: list[Decimal], units: Decimal) -> list[Decimal]:
    """Return units shared out in proportion to amounts. The last absorbs the rounding of the divisions."""
    if len(amounts) == 1:
        return [units]
    whole = total(amounts)
    return adding_up([quotient(multiply(units, amount), whole) for amount in amounts], units)


def folded(deductions: Sequence[Deduction]) -> list[Deduction]:
    """Return one line for each part and period, overage apart, without those that add up to nothing."""
    lines: Iterable[Deduction] = deductions
    if len(deductions) > 1:
        sums: dict[tuple[Any, ...], Deduction] = {}
        for line in deductions:
            part = _part_of(line, sums)
            before = sums.get(part)
            sums[part] = line if before is None else _summed(before, line)
        lines = sums.values()
    return [line for line in lines if line.amount or line.units]


def _part_of(line: Deduction, known: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return a key of the part that a line is about; an amount given back is of a known part of the same id."""
    part = line.kind, line.feature_id, line.id, line.expires_at, line.is_overage, line.resets_at, line.index
    if not line.id or line.amount > 0 or part in known:
        return part
    # An id tells an item, wherever it stands by now.
    return next((other for other in known if other[:-1] == part[:-1]), part)


def _summed(line: Deduction, other: Deduction) -> Deduction:
    """Return a line and the one that follows it as one, which begins at the usage at which the first one did."""
    least = line.least_usage
    if least is None and other.least_usage is not None:
        least = storable(subtract(other.least_usage, line.amount))
    amount, units = storable(add(line.amount, other.amount)), storable(add(line.units, other.units))
    return _line_with(line, amount=amount, units=units, least_usage=least)


@changer
def _line_with(line: Deduction, /, *, amount: Decimal, units: Decimal, least_usage: Decimal | None) -> Deduction:
    return evolve(line, amount=amount, units=units, least_usage=least_usage)


def adding_up(parts: list[Decimal], whole: Decimal) -> list[Decimal]:
    """Return parts that add up: the last absorbs the rounding of the others."""
    if parts:
        parts[-1] = normalised(subtract(whole, total(parts[:-1])))
    return parts
