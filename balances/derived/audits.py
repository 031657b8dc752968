"""The places where the totals, flags and dates of a balance contradict its parts, the law or the moment."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from attrs import field, frozen

from balances.base.amounts import ZERO, Amount, add, normalised, subtract, to_amount, total
from balances.base.fields import Bound, Value, argument, instance_of, named, to_text
from balances.base.home import public
from balances.base.instants import to_instant, to_optional_instant
from balances.base.messages import described
from balances.derived.overages import is_unlimited, overage
from balances.derived.resets import next_reset_of
from balances.derived.totals import flags_of, sums_of
from balances.periods.cycles import Interval
from balances.values.balance import Balance, Breakdown, Rollover, to_balance

__all__ = ["Finding", "audit"]

_TOLERANCE: Final = Decimal("1e-9")
_Found: TypeAlias = Decimal | datetime | bool | None
_OF_ROLLOVERS: Final = {"granted": "granted", "remaining": "balance", "usage": "usage"}


def _to_found(value: _Found) -> _Found:
    if isinstance(value, datetime):
        return to_instant(value)
    # A sum may be more than an amount can be, but it is a number.
    if isinstance(value, Decimal) and not value.is_finite():
        return to_amount(value)
    return None if value is None else instance_of(value, Decimal, datetime, bool)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Finding(Value):
    """One place where a balance contradicts itself, or is out of date.

    `path` names the place, and `stated` is the value there. `derived` is the value that follows from the parts, or, for
    a date that has passed, the moment of the audit. People read the `message`.

    >>> from balances.testing import balance, item
    >>> findings = audit(balance(150, 28, breakdown=[item(100, 28)]))
    >>> for finding in findings:
    ...     print(finding.path, finding.stated, finding.derived)
    $.granted 150 100
    $.remaining 122 72
    """

    path: str = field(converter=to_text)
    stated: _Found = field(converter=_to_found)
    derived: _Found = field(converter=_to_found)
    message: str = field(converter=to_text)


@public
def audit(balance: Balance, /, *, at: datetime | None = None, tolerance: Amount = _TOLERANCE) -> tuple[Finding, ...]:
    """Find every place where a balance contradicts itself. A balance that can be read can be audited.

    Findings are totals and flags that do not follow from the parts, and items that break the law of conservation. Given
    `at`, they are also parts that have expired by then, and resets that are due. Amounts may differ by `tolerance`,
    because senders round their totals.

    >>> from balances import combine
    >>> from balances.testing import item, rollover
    >>> combined = combine([item(100, 28)], [rollover(50)], feature_id="messages")
    >>> audit(combined)
    ()
    >>> from attrs import evolve
    >>> for finding in audit(evolve(combined, granted=100)):
    ...     print(finding.message)
    granted is 100, but the parts add up to 150: the 50 of the rollovers are missing
    """
    balance, at = argument("balance", to_balance, balance), argument("at", to_optional_instant, at)
    tolerance = argument("tolerance", _to_tolerance, tolerance)
    totals = _audit_totals(balance, tolerance) if balance.breakdown else ()
    laws = _audit_laws(balance, tolerance)
    return (*totals, *laws, *(_audit_dates(balance, at) if at else ()))


def _to_tolerance(value: Amount) -> Decimal:
    tolerance = to_amount(value)
    Bound(0).check(tolerance)
    return tolerance


def _audit_totals(balance: Balance, tolerance: Decimal) -> Iterator[Finding]:
    for name, derived in _totals_of(balance).items():
        stated = getattr(balance, name)
        if _differ(stated, derived, tolerance):
            message = f"{name} is {_spelled(stated)}, {_against_parts(name, stated, derived, balance, tolerance)}"
            yield Finding(path=f"$.{name}", stated=stated, derived=derived, message=message)


def _totals_of(balance: Balance) -> dict[str, Any]:
    """Return the totals and flags that `combine` would state, even where a sum is too large to be stated."""
    granted, remaining, usage = map(normalised, sums_of(balance.breakdown, balance.rollovers))
    flags = flags_of(balance.breakdown)
    next_reset_at = None if flags.unlimited else next_reset_of(balance.breakdown)
    sums = {"granted": granted, "remaining": remaining, "usage": usage}
    return {**sums, **flags._asdict(), "next_reset_at": next_reset_at}


def _against_parts(name: str, stated: Any, derived: Any, balance: Balance, tolerance: Decimal) -> str:
    if name not in _OF_ROLLOVERS or is_unlimited(balance):
        return f"but the items say {_spelled(derived)}"
    difference = normalised(subtract(stated, derived))
    rolled_over = total(getattr(rollover, _OF_ROLLOVERS[name]) for rollover in balance.rollovers)
    parts = f"but the parts add up to {_spelled(derived)}"
    if not _differ(rolled_over, difference.copy_negate(), tolerance):
        return f"{parts}: the {_spelled(rolled_over)} of the rollovers are missing"
    return f"{parts}: {_spelled(difference.copy_abs())} too {'much' if difference > 0 else 'little'}"


def _audit_laws(balance: Balance, tolerance: Decimal) -> Iterator[Finding]:
    for path, holding in _lawful(balance):
        beyond = overage(holding)
        derived = normalised(subtract(add(holding.granted, beyond), holding.usage))
        if _differ(holding.remaining, derived, tolerance):
            granted = f"granted {_spelled(holding.granted)} + overage {_spelled(beyond)}"
            used = f"usage {_spelled(holding.usage)} + remaining {_spelled(holding.remaining)}"
            message = f"{_left_is('remaining', holding.remaining)}: {granted} is not {used}"
            yield Finding(path=f"{path}.remaining", stated=holding.remaining, derived=derived, message=message)
    for path, name, left in _never_negative(balance):
        if left < 0:
            yield Finding(path=f"{path}.{name}", stated=left, derived=ZERO, message=_left_is(name, left))


def _lawful(balance: Balance) -> Iterator[tuple[str, Balance | Breakdown]]:
    """Name all that the law of conservation holds for: each item that is not unlimited, or a balance without items."""
    holdings = _items(balance) if balance.breakdown else iter([("$", balance)])
    yield from ((path, holding) for path, holding in holdings if not holding.unlimited)


def _never_negative(balance: Balance) -> Iterator[tuple[str, str, Decimal]]:
    """Name the amounts left that the law says nothing of, and that must not be negative either."""
    yield from ((path, "remaining", item.remaining) for path, item in _items(balance) if item.unlimited)
    yield from ((path, "balance", rollover.balance) for path, rollover in _rollovers(balance))


def _items(balance: Balance) -> Iterator[tuple[str, Breakdown]]:
    return ((f"$.breakdown[{index}]", item) for index, item in enumerate(balance.breakdown))


def _rollovers(balance: Balance) -> Iterator[tuple[str, Rollover]]:
    return ((f"$.rollovers[{index}]", rollover) for index, rollover in enumerate(balance.rollovers))


def _left_is(name: str, left: Decimal) -> str:
    return f"{name} is {_spelled(left)}{', below zero' if left < 0 else ''}"


def _audit_dates(balance: Balance, at: datetime) -> Iterator[Finding]:
    for path, verb, moment in _dates(balance):
        if moment is not None and moment <= at:
            message = f"{verb} at {moment.isoformat()}, and it is {at.isoformat()}"
            yield Finding(path=path, stated=moment, derived=at, message=message)


def _dates(balance: Balance) -> Iterator[tuple[str, str, datetime | None]]:
    for path, item in _items(balance):
        yield f"{path}.expires_at", "expired", item.expires_at
        if item.reset and item.reset.interval != Interval.ONE_OFF:
            yield f"{path}.reset.resets_at", "was due to reset", item.reset.resets_at
    for path, rollover in _rollovers(balance):
        yield f"{path}.expires_at", "expired", rollover.expires_at
    if not balance.breakdown:
        yield "$.next_reset_at", "was due to reset", balance.next_reset_at


def _differ(stated: Any, derived: Any, tolerance: Decimal) -> bool:
    if isinstance(stated, Decimal) and isinstance(derived, Decimal):
        return subtract(stated, derived).copy_abs() > tolerance
    return bool(stated != derived)


def _spelled(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else described(value)
