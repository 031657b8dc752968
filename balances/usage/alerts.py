"""The usage alerts that a change of a balance fires."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from balances.base.amounts import multiply
from balances.base.fields import argument
from balances.base.home import public
from balances.base.messages import described
from balances.derived.overages import is_unlimited
from balances.derived.totals import sums_of
from balances.errors import UnknownAlert, WrongFeature
from balances.values.balance import Balance, to_balance
from balances.values.controls import ThresholdType, UsageAlert, to_usage_alerts

__all__ = ["crossed"]

_HUNDRED: Final = Decimal(100)


@public
def crossed(before: Balance, /, after: Balance, alerts: Iterable[UsageAlert]) -> tuple[UsageAlert, ...]:
    """Return the alerts that a change of a balance fires, in the order given.

    An alert on usage fires when usage rises from below its threshold to the threshold or above. An alert on `remaining`
    fires when the amount left falls from above its threshold to the threshold or below. A percentage is of the grant,
    before and after, and both grants must be above zero. Only enabled alerts count, of this feature or of no feature.
    Where a balance is unlimited, no alert fires. Nothing is remembered: after a refund, the same alert may fire again.

    An alert that counts, but has a `basis`, a `filter` or a threshold of an unknown type, is an `UnknownAlert`.

    >>> from balances import track
    >>> from balances.testing import balance
    >>> alerts = [
    ...     UsageAlert(threshold=80, threshold_type="usage_percentage", name="80 % used"),
    ...     UsageAlert(threshold=10, threshold_type="remaining", name="10 left"),
    ... ]
    >>> before = balance(100, 70)
    >>> [alert.name for alert in crossed(before, track(before, 15).balance, alerts)]
    ['80 % used']
    >>> [alert.name for alert in crossed(before, track(before, 20).balance, alerts)]
    ['80 % used', '10 left']
    """
    before, after = argument("before", to_balance, before), argument("after", to_balance, after)
    if before.feature_id != after.feature_id:
        expected = f"expected the feature {described(before.feature_id)}"
        raise WrongFeature(f"after: {expected}, got {described(after.feature_id)}")
    asked = _asked(argument("alerts", to_usage_alerts, alerts), before.feature_id)
    if not asked or is_unlimited(before) or is_unlimited(after):
        return ()
    was, now = _standing(before), _standing(after)
    return tuple(alert for alert in asked if _fires(alert, was, now))


class _Standing(NamedTuple):
    """The numbers that a threshold is compared with."""

    granted: Decimal
    remaining: Decimal
    usage: Decimal


def _asked(alerts: tuple[UsageAlert, ...], feature_id: str) -> list[UsageAlert]:
    """Return the alerts that count."""
    asked: list[UsageAlert] = []
    for index, alert in enumerate(alerts):
        if alert.enabled and alert.feature_id in (None, feature_id):
            _refuse_unknown(index, alert)
            asked.append(alert)
    return asked


def _refuse_unknown(index: int, alert: UsageAlert) -> None:
    """Raise for an alert that cannot be evaluated."""
    if alert.basis is not None:
        raise UnknownAlert(f"alerts[{index}]: expected an alert without a basis, got {described(alert.basis)}")
    if alert.filter is not None:
        raise UnknownAlert(f"alerts[{index}]: expected an alert without a filter, got {alert.filter}")
    if alert.threshold_type not in _IS_REACHED:
        *others, last = _IS_REACHED
        expected = f"expected a threshold of type {', '.join(others)} or {last}"
        raise UnknownAlert(f"alerts[{index}]: {expected}, got {described(alert.threshold_type)}")


def _standing(balance: Balance) -> _Standing:
    """Return the sums of the parts, or, without a breakdown, the stated totals."""
    if not balance.breakdown:
        return _Standing(balance.granted, balance.remaining, balance.usage)
    return _Standing(*sums_of(balance.breakdown, balance.rollovers))


_IS_REACHED: Final[dict[str, Callable[[_Standing, Decimal], bool]]] = {
    ThresholdType.USAGE: lambda standing, threshold: standing.usage >= threshold,
    ThresholdType.USAGE_PERCENTAGE: lambda standing, threshold: (
        multiply(standing.usage, _HUNDRED) >= multiply(threshold, standing.granted)
    ),
    ThresholdType.REMAINING: lambda standing, threshold: standing.remaining <= threshold,
    ThresholdType.REMAINING_PERCENTAGE: lambda standing, threshold: (
        multiply(standing.remaining, _HUNDRED) <= multiply(threshold, standing.granted)
    ),
}
"""Whether a balance is at a threshold or past it; shares are compared without a division, so they are exact."""

_PERCENTAGES: Final = (ThresholdType.USAGE_PERCENTAGE, ThresholdType.REMAINING_PERCENTAGE)


def _fires(alert: UsageAlert, was: _Standing, now: _Standing) -> bool:
    if alert.threshold_type in _PERCENTAGES and not (was.granted > 0 and now.granted > 0):
        return False
    is_reached = _IS_REACHED[alert.threshold_type]
    return is_reached(now, alert.threshold) and not is_reached(was, alert.threshold)
