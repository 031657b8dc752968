"""A balance as the sum of its parts: making one, and telling where a stated one is not."""

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
from balances.derived.totals import combine
from balances.periods.cycles import Interval
from balances.values.balance import Balance, Breakdown, Rollover, to_balance

__all__ = ["Finding", "audit"]

_TOLERANCE: Final = Decimal("1e-9")
_OF_ROLLOVERS: Final = {"granted": "granted", "remaining": "balance", "usage": "usage"}
_Found: TypeAlias = Decimal | datetime | bool | None
_TOTALS: Final = (*_OF_ROLLOVERS, "unlimited", "overage_allowed", "max_purchase", "next_reset_at")


def _to_found(value: _Found) -> _Found:
    if isinstance(value, datetime):
        return to_instant(value)
    return None if value is None else instance_of(value, Decimal, datetime, bool)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Finding(Value):
    """One place where what is stated differs from what it should be.

    `path` says where, `stated` is what stands there, `derived` what the parts (or, of a date, the moment) say;
    `message` is for a person.

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
    """Find every place where what a balance states differs from what its parts say.

    That is: totals and flags that the parts do not add up to, and items that break the law of conservation. Given `at`,
    also parts that have expired by then, and resets that are due. Amounts may differ by the tolerance, for senders that
    round their totals.

    >>> from balances.testing import item, rollover
    >>> combined = combine([item(100, 28)], [rollover(50)], feature_id="messages")
    >>> audit(combined)
    ()
    >>> from attrs import evolve
    >>> for finding in audit(evolve(combined, granted=100)):
    ...     print(finding.message)
    granted is 100, without the rollovers' 50: all parts add up to 150
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
    derived = combine(balance.breakdown, balance.rollovers, feature_id=balance.feature_id)
    for name in _TOTALS:
        stated, summed = getattr(balance, name), getattr(derived, name)
        if _differ(stated, summed, tolerance):
            message = f"{name} is {_as_text(stated)}, {_against_parts(name, stated, summed, balance, tolerance)}"
            yield Finding(path=f"$.{name}", stated=stated, derived=summed, message=message)


def _against_parts(name: str, stated: Any, derived: Any, balance: Balance, tolerance: Decimal) -> str:
    if name not in _OF_ROLLOVERS or is_unlimited(balance):
        return f"its parts say {_as_text(derived)}"
    difference = normalised(subtract(stated, derived))
    rolled_over = total(getattr(rollover, _OF_ROLLOVERS[name]) for rollover in balance.rollovers)
    if not _differ(rolled_over, difference.copy_negate(), tolerance):
        return f"without the rollovers' {_as_text(rolled_over)}: all parts add up to {_as_text(derived)}"
    comparison = "more" if difference > 0 else "less"
    return f"{_as_text(difference.copy_abs())} {comparison} than its parts add up to, {_as_text(derived)}"


def _audit_laws(balance: Balance, tolerance: Decimal) -> Iterator[Finding]:
    for path, holding in _holdings(balance):
        beyond = overage(holding)
        derived = normalised(subtract(add(holding.granted, beyond), holding.usage))
        if _differ(holding.remaining, derived, tolerance):
            given = f"granted {_as_text(holding.granted)} + overage {_as_text(beyond)}"
            gone = f"usage {_as_text(holding.usage)} + remaining {_as_text(holding.remaining)}"
            message = f"{_of_what_is_left('remaining', holding.remaining)}: {given} is not {gone}"
            yield Finding(path=f"{path}.remaining", stated=holding.remaining, derived=derived, message=message)
    for path, name, left in _left(balance):
        if left < 0:
            message = _of_what_is_left(name, left)
            yield Finding(path=f"{path}.{name}", stated=left, derived=ZERO, message=message)


def _holdings(balance: Balance) -> Iterator[tuple[str, Balance | Breakdown]]:
    """Name what the law is about: every item that is not unlimited, or the balance that has none."""
    holdings = _items(balance) if balance.breakdown else iter([("$", balance)])
    yield from ((path, holding) for path, holding in holdings if not holding.unlimited)


def _left(balance: Balance) -> Iterator[tuple[str, str, Decimal]]:
    """Name what must not be below nothing, and is outside the law."""
    yield from ((path, "remaining", item.remaining) for path, item in _items(balance) if item.unlimited)
    yield from ((path, "balance", rollover.balance) for path, rollover in _rollovers(balance))


def _items(balance: Balance) -> Iterator[tuple[str, Breakdown]]:
    return ((f"$.breakdown[{index}]", item) for index, item in enumerate(balance.breakdown))


def _rollovers(balance: Balance) -> Iterator[tuple[str, Rollover]]:
    return ((f"$.rollovers[{index}]", rollover) for index, rollover in enumerate(balance.rollovers))


def _of_what_is_left(name: str, left: Decimal) -> str:
    return f"{name} is {_as_text(left)}{', below nothing' if left < 0 else ''}"


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


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else described(value)
