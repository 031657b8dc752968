"""What survives a reset."""

from bisect import bisect_right, insort_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

from attrs import field, frozen

from balances.amounts import (
    EXACT,
    ZERO,
    Amount,
    add,
    floor,
    kept,
    multiply,
    subtract,
    to_amount,
    to_optional_amount,
    total,
)
from balances.errors import InvalidRule, described
from balances.fields import Bound, Value, argument, instance_of, named, to_optional_count, tuple_of
from balances.grids import Grid
from balances.instants import EPOCH, to_instant
from balances.intervals import add_months
from balances.making import changer, maker
from balances.reprs import is_mapping
from balances.values import Breakdown, Rollover

__all__ = ["Carry", "RolloverRule", "Rules", "carry_forward", "rollover_cap"]


@frozen(kw_only=True, repr=False, field_transformer=named)
class RolloverRule(Value):
    """How much may be carried over a reset, and for how long.

    The cap is `max`, or `max_percentage` of what is granted, or none; `months=None` means that what is carried over
    never expires.

    >>> RolloverRule(max=500, months=3)
    RolloverRule(max=500, months=3)
    >>> RolloverRule(months=0)
    Traceback (most recent call last):
    balances.errors.InvalidCount: months: expected a whole number of at least 1, got 0
    """

    max: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    max_percentage: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    months: int | None = field(converter=to_optional_count, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse two caps in one rule."""
        if self.max is not None and self.max_percentage is not None:
            both = f"max {described(self.max)} and max_percentage {described(self.max_percentage)}"
            raise InvalidRule(f"expected max or max_percentage, got both: {both}")


_make_rollover: Final = maker(Rollover)
_rollover_of: Final = changer(Rollover, "balance", "granted")
_rollover_until: Final = changer(Rollover, "expires_at")

Rules: TypeAlias = RolloverRule | Mapping[str, RolloverRule | None] | None
"""What carries over: one rule for every item that resets, or the rule of each item by its id; without one, nothing."""


def to_rules(rules: Rules) -> Rules:
    """Return rules as they are."""
    if rules is None or isinstance(rules, RolloverRule):
        return rules
    if not is_mapping(rules):
        raise TypeError(f"expected a RolloverRule, or a mapping of item ids to them, got {described(rules)}")
    for rule in rules.values():
        if rule is not None:
            instance_of(rule, RolloverRule)
    return rules


def _rollovers(rollovers: Iterable[Rollover]) -> tuple[Rollover, ...]:
    return tuple_of(rollovers, Rollover)


@frozen(kw_only=True, repr=False, field_transformer=named)
class Carry(Value):
    """What a reset carries over, and what it does not.

    `rollovers` is all there is after it, the soonest to expire first; `carried` is how much of that is new, `lapsed`
    all that is gone.

    >>> Carry(carried=0, lapsed=28).rollovers
    ()
    """

    rollovers: tuple[Rollover, ...] = field(converter=_rollovers, default=())
    carried: Decimal = field(converter=to_amount)
    lapsed: Decimal = field(converter=to_amount)


def rollover_cap(rule: RolloverRule, /, granted: Amount) -> Decimal | None:
    """Return how much a rule lets a grant carry over in all, or None without a cap. A percentage is rounded down.

    >>> rollover_cap(RolloverRule(max_percentage=33), 100.9)
    Decimal('33')
    >>> rollover_cap(RolloverRule(months=3), 100) is None
    True
    """
    granted = argument("granted", to_amount, granted)
    if rule.max_percentage is None:
        return rule.max
    return floor(multiply(granted, rule.max_percentage).scaleb(-2, EXACT))


def carry_forward(
    item: Breakdown, /, rule: RolloverRule | None, *, at: datetime, rollovers: Sequence[Rollover] = ()
) -> Carry:
    """Split what is left at a reset into what is carried over and what lapses.

    Nothing disappears: what remained, and what had been carried over before, is carried over now or has lapsed.
    Rollovers expired by then go; what remains of the item becomes a new one. If something was added, the whole is
    trimmed to the cap, the soonest to expire first, and what is empty goes. Without a rule the remainder lapses, and
    the rollovers stay.

    >>> from datetime import UTC
    >>> item = Breakdown(included_grant=100, remaining=72, usage=28)
    >>> carry = carry_forward(item, RolloverRule(max=50), at=datetime(2026, 2, 1, tzinfo=UTC))
    >>> carry.carried, carry.lapsed
    (Decimal('50'), Decimal('22'))
    >>> carry_forward(item, None, at=datetime(2026, 2, 1, tzinfo=UTC)).lapsed
    Decimal('72')
    """
    at = argument("at", to_instant, at)
    pool = Pool(argument("rollovers", _rollovers, rollovers))
    lapsed = total(rollover.balance for rollover in pool.expire(at))
    cap = None if rule is None else rollover_cap(rule, item.granted)
    carried, more = pool.carry(max(ZERO, item.remaining), rule, cap, at)
    return Carry(rollovers=pool.rollovers, carried=carried, lapsed=add(lapsed, more))


def expiry_order(rollover: Rollover) -> tuple[bool, datetime]:
    """Return the key by which rollovers are in order: the soonest to expire first, never last."""
    return rollover.expires_at is None, rollover.expires_at or EPOCH


def expiry_order_of(rollovers: Sequence[Rollover]) -> Sequence[int]:
    """Return the indices of rollovers in that order."""
    if len(rollovers) < 2:  # noqa: PLR2004  (one alone is in order)
        return range(len(rollovers))
    keys = [expiry_order(rollover) for rollover in rollovers]
    return sorted(range(len(keys)), key=keys.__getitem__)


def has_expired(part: Breakdown | Rollover, at: datetime) -> bool:
    """Return whether a part is gone by then: what expires at a moment is gone at it."""
    return part.expires_at is not None and part.expires_at <= at


class Pool:
    """Rollovers while time goes by: what expires leaves, and what resets leave over comes in."""

    def __init__(self, rollovers: Iterable[Rollover]) -> None:
        """Fill it; the order stays as it is until something resets."""
        self._given = tuple(rollovers)
        self._rows = sorted(self._given, key=expiry_order)
        self._is_ordered = len(self._rows) <= 1
        self._has_empty = True
        self._total: Decimal | None = None
        self._before: list[Rollover] | None = None

    @property
    def rollovers(self) -> tuple[Rollover, ...]:
        """Return what there is: as it was given, or, after a reset, the soonest to expire first."""
        if self._is_ordered:
            return tuple(self._rows)
        left = {id(rollover) for rollover in self._rows}
        return tuple([rollover for rollover in self._given if id(rollover) in left])

    def next_expiry(self) -> datetime | None:
        """Return when the first one expires."""
        return self._rows[0].expires_at if self._rows else None

    def expire(self, at: datetime) -> list[Rollover]:
        """Drop what has expired by then, and return it in the order it did."""
        gone = bisect_right(self._rows, (False, at), key=expiry_order)
        expired = self._rows[:gone]
        del self._rows[:gone]
        if self._total is not None:
            self._total = subtract(self._total, total(rollover.balance for rollover in expired))
        return expired

    def carry(
        self, remaining: Decimal, rule: RolloverRule | None, cap: Decimal | None, at: datetime
    ) -> tuple[Decimal, Decimal]:
        """Take in what a reset leaves over, and trim all to the cap; return what is new, and what lapsed."""
        self._is_ordered = True
        if rule is None or not remaining:
            return ZERO, remaining
        if self._total is None:
            self._total = total(rollover.balance for rollover in self._rows)
        new = _carried(remaining, at, rule)
        # Without a cap a row is added every time: nothing is steady, and a copy would cost as much as all rows.
        self._before = None if cap is None else self._rows[:]
        insort_right(self._rows, new, key=expiry_order)
        whole = add(self._total, remaining)
        carried, lapsed = self._trim(new, ZERO if cap is None else max(ZERO, subtract(whole, cap)))
        self._total = subtract(whole, lapsed)
        if self._has_empty:
            self._rows = [rollover for rollover in self._rows if rollover.balance]
            self._has_empty = False
        return kept(carried), kept(lapsed)

    def is_steady(self, rule: RolloverRule | None, grid: Grid, at: datetime) -> bool:
        """Return whether each further reset on a grid leaves all as the one at this moment did, but for its dates."""
        if rule is None:
            return True
        if self._before is None or len(self._before) != len(self._rows):
            return False
        if rule.months is None:
            return self._before == self._rows
        were = [(row.balance, row.granted) for row in self._before]
        are = [(row.balance, row.granted) for row in self._rows]
        return grid.is_even and were == are and self._expiries() == self._made_by(rule.months, grid, at)

    def postpone(self, rule: RolloverRule | None, grid: Grid, at: datetime) -> None:
        """Let what is steady be as the reset at another moment leaves it."""
        if rule is not None and rule.months is not None:
            expiries = self._made_by(rule.months, grid, at)
            self._rows = [_rollover_until(row, expiry) for row, expiry in zip(self._rows, expiries, strict=True)]

    def _made_by(self, months: int, grid: Grid, at: datetime) -> list[datetime | None]:
        """Return when the rows would expire if the last resets, up to one moment, had made one each."""
        return [add_months(grid.nth(at, number), months) for number in range(1 - len(self._rows), 1)]

    def _expiries(self) -> list[datetime | None]:
        return [row.expires_at for row in self._rows]

    def _trim(self, new: Rollover, excess: Decimal) -> tuple[Decimal, Decimal]:
        """Take an excess from the first ones, as far as they go; return what stays of the new one, and what went."""
        carried, before = new.balance, excess
        stays: list[Rollover] = []
        for place, rollover in enumerate(self._rows):
            if excess <= 0:
                self._rows[:place] = stays
                return carried, before
            taken = min(max(ZERO, rollover.balance), excess)
            excess = subtract(excess, taken)
            if rollover is new:
                carried = subtract(carried, taken)
            if taken != rollover.balance:
                stays.append(_lowered(rollover, taken))
        self._rows = stays
        return carried, subtract(before, excess)


def _carried(amount: Decimal, at: datetime, rule: RolloverRule) -> Rollover:
    """Return a new rollover, checked only for what is not sure: an expiry before the epoch."""
    if rule.months is None:
        return _make_rollover(balance=amount, granted=amount, expires_at=None)
    expiry = add_months(at, rule.months)
    if expiry <= EPOCH:
        return Rollover(balance=amount, expires_at=expiry)
    return _make_rollover(balance=amount, granted=amount, expires_at=expiry)


def _lowered(rollover: Rollover, taken: Decimal) -> Rollover:
    if not taken:
        return rollover
    balance, granted = subtract(rollover.balance, taken), subtract(rollover.granted, taken)
    return _rollover_of(rollover, kept(balance), kept(granted))
