"""What survives a reset."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from attrs import evolve, field, frozen

from balances.amounts import EXACT, ZERO, Amount, floor, multiply, subtract, to_amount, to_optional_amount, total
from balances.errors import InvalidRule, described
from balances.fields import Bound, Value, argument, named, to_optional_count, tuple_of
from balances.instants import EPOCH, to_instant
from balances.intervals import add_months
from balances.values import Breakdown, Rollover

__all__ = ["Carry", "RolloverRule", "carry_forward", "rollover_cap"]


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
    rollovers = argument("rollovers", _rollovers, rollovers)
    kept = [rollover for rollover in rollovers if rollover.expires_at is None or rollover.expires_at > at]
    remaining = max(ZERO, item.remaining)
    before = total([remaining, *(rollover.balance for rollover in rollovers)])
    if rule is None or not remaining:
        return _carry(sorted(kept, key=expiry_order), ZERO, before)
    new = Rollover(balance=remaining, expires_at=add_months(at, rule.months) if rule.months else None)
    ordered = sorted([*kept, new], key=expiry_order)
    trimmed = _trimmed(ordered, rollover_cap(rule, item.granted))
    place = next(index for index, rollover in enumerate(ordered) if rollover is new)
    return _carry([rollover for rollover in trimmed if rollover.balance], trimmed[place].balance, before)


def expiry_order(rollover: Rollover) -> tuple[bool, datetime]:
    """Return the key by which rollovers are in order: the soonest to expire first, never last."""
    return rollover.expires_at is None, rollover.expires_at or EPOCH


def expiry_order_of(rollovers: Sequence[Rollover]) -> Sequence[int]:
    """Return the indices of rollovers in that order."""
    if len(rollovers) < 2:  # noqa: PLR2004  (one alone is in order)
        return range(len(rollovers))
    keys = [expiry_order(rollover) for rollover in rollovers]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _carry(rollovers: Sequence[Rollover], carried: Decimal, before: Decimal) -> Carry:
    after = total(rollover.balance for rollover in rollovers)
    return Carry(rollovers=rollovers, carried=carried, lapsed=subtract(before, after))


def _trimmed(rollovers: Sequence[Rollover], cap: Decimal | None) -> Sequence[Rollover]:
    """Take what is above the cap from the first ones, as far as they go."""
    if cap is None:
        return rollovers
    excess = max(ZERO, subtract(total(rollover.balance for rollover in rollovers), cap))
    trimmed: list[Rollover] = []
    for rollover in rollovers:
        taken = min(max(ZERO, rollover.balance), excess)
        excess = subtract(excess, taken)
        trimmed.append(_lowered(rollover, taken) if taken else rollover)
    return trimmed


def _lowered(rollover: Rollover, taken: Decimal) -> Rollover:
    return evolve(rollover, balance=subtract(rollover.balance, taken), granted=subtract(rollover.granted, taken))
