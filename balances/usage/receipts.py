"""What an operation moved: a receipt is a sequence of lines, and a line is a `Deduction`."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from attrs import evolve, field, frozen

from balances.base.amounts import ONE, add, multiply, normalised, quotient, storable, subtract, to_amount, total
from balances.base.fields import Value, named, to_flag, to_index, to_text, tuple_of
from balances.base.home import public
from balances.base.instants import to_optional_instant
from balances.base.unchecked import maker
from balances.base.words import Words, one_of

__all__ = ["Deduction", "DeductionKind"]


@public
class DeductionKind(Words):
    """What was drawn from: an item of the breakdown, or a rollover.

    >>> DeductionKind("item")
    <DeductionKind.ITEM: 'item'>
    """

    ROLLOVER = "rollover"
    ITEM = "item"


AnyDeductionKind: TypeAlias = DeductionKind | Literal["rollover", "item"]


def to_kind(word: AnyDeductionKind) -> DeductionKind:
    """Return the kind of this name."""
    return one_of(DeductionKind, word)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Deduction(Value):
    """One line of a receipt: what was drawn from which part of a balance. What was given back is negative.

    `amount` is what the balance paid, `units` what that was in the tracked feature. `id` and `index` say which part it
    was; a rollover has no id, and `expires_at` tells it apart (`None`: it never expires). `is_overage` says that it was
    drawn beyond the grant.

    >>> from balances import track
    >>> from balances.testing import balance
    >>> track(balance(100), 2, credit_cost=5).deductions
    (Deduction(kind=DeductionKind.ITEM, index=0, amount=10, units=2),)
    """

    kind: DeductionKind = field(converter=to_kind)
    id: str = field(converter=to_text, default="")
    index: int = field(converter=to_index)
    expires_at: datetime | None = field(converter=to_optional_instant, default=None)
    amount: Decimal = field(converter=to_amount)
    units: Decimal = field(converter=to_amount)
    is_overage: bool = field(converter=to_flag, default=False)


make_deduction = maker(Deduction)


def to_deductions(deductions: Iterable[Deduction]) -> tuple[Deduction, ...]:
    """Return the lines of a receipt as a tuple."""
    return tuple_of(deductions, Deduction)


def units_of(amounts: list[Decimal], credit_cost: Decimal, units: Decimal) -> list[Decimal]:
    """Return what each amount is in units; the last absorbs what the divisions rounded, so that they add up."""
    return amounts if credit_cost == ONE else _adding_up([quotient(each, credit_cost) for each in amounts], units)


def shares_of(amounts: list[Decimal], units: Decimal) -> list[Decimal]:
    """Return units shared out in proportion to amounts; the last absorbs what the divisions rounded."""
    if len(amounts) == 1:
        return [units]
    whole = total(amounts)
    return _adding_up([quotient(multiply(units, amount), whole) for amount in amounts], units)


def folded(deductions: Iterable[Deduction]) -> list[Deduction]:
    """Return one line for each part, overage apart, in the order of the first; what adds up to nothing is left out."""
    sums: dict[tuple[Any, ...], Deduction] = {}
    for line in deductions:
        # An id tells an item, wherever it stands by now.
        part = (line.kind, line.id or line.index, line.expires_at, line.is_overage)
        before = sums.get(part)
        sums[part] = line if before is None else _summed(before, line)
    return [line for line in sums.values() if line.amount or line.units]


def _summed(line: Deduction, other: Deduction) -> Deduction:
    return evolve(line, amount=storable(add(line.amount, other.amount)), units=storable(add(line.units, other.units)))


def _adding_up(parts: list[Decimal], whole: Decimal) -> list[Decimal]:
    if parts:
        parts[-1] = normalised(subtract(whole, total(parts[:-1])))
    return parts
