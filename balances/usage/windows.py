"""The windows of usage limits, at whose boundaries the limits are renewed.

This file finds the window that a usage limit is in at a moment, and renews limits whose window has ended.
"""

from datetime import datetime

from attrs import evolve

from balances.base.amounts import ZERO
from balances.base.fields import argument, instance_of
from balances.base.home import public
from balances.base.instants import to_instant
from balances.base.messages import described
from balances.base.words import UnknownWord
from balances.errors import UnknownWindowAnchor
from balances.periods.cycles import Cycle, Interval, calendar_anchor, cycle_at
from balances.values.controls import BillingControls, UsageLimit, WindowAnchor
from balances.values.policies import DEFAULT_POLICY, Policy, to_policy

__all__ = ["renew_limits"]


def window_of(limit: UsageLimit, at: datetime, policy: Policy) -> Cycle:
    """Return the window of a usage limit that holds a moment.

    A limit of the billing cycle follows the anchor of the policy. One that says `utc` follows the calendar of UTC. One
    without an anchor, and one of the billing cycle where the policy has no anchor, follows the calendar of the policy's
    zone.
    """
    interval = limit.interval
    if isinstance(limit.anchor, UnknownWord):
        raise UnknownWindowAnchor(f"expected an anchor of billing_cycle or utc, or none, got {described(limit.anchor)}")
    if limit.anchor == WindowAnchor.UTC:
        return cycle_at(at, anchor=calendar_anchor(interval), interval=interval)
    is_of_cycle = limit.anchor == WindowAnchor.BILLING_CYCLE
    anchor = (policy.anchor if is_of_cycle else None) or calendar_anchor(interval, zone=policy.zone)
    return cycle_at(at, anchor=anchor, interval=interval, zone=policy.zone, month_end=policy.month_end)


def _to_controls(controls: BillingControls) -> BillingControls:
    return instance_of(controls, BillingControls)


@public
def renew_limits(
    controls: BillingControls, /, *, since: datetime, to: datetime, policy: Policy | None = None
) -> BillingControls:
    """Set to zero the count of every usage limit whose window has ended after `since`, and no later than `to`.

    `since` is the moment up to which the controls were renewed before: store it beside the controls. A limit anchored
    to the billing cycle follows the `anchor` of the policy. A limit anchored to `utc` follows the calendar of UTC. A
    limit without an anchor follows the calendar of the policy's zone. An anchor that this version does not know is an
    `UnknownWindowAnchor`.

    >>> from datetime import UTC
    >>> from balances import UsageLimit
    >>> limit = UsageLimit(
    ...     feature_id="messages", enabled=True, limit=100, usage=80, interval="month"
    ... )
    >>> controls = BillingControls(usage_limits=[limit])
    >>> january = datetime(2026, 1, 20, tzinfo=UTC)
    >>> february = datetime(2026, 2, 1, tzinfo=UTC)
    >>> renew_limits(controls, since=january, to=february).usage_limits[0].usage
    Decimal('0')
    >>> renew_limits(controls, since=february, to=february) == controls
    True
    """
    since, to = argument("since", to_instant, since), argument("to", to_instant, to)
    controls, policy = argument("controls", _to_controls, controls), argument("policy", to_policy, policy)
    limits = [renewed(limit, since, to, policy) for limit in controls.usage_limits]
    return evolve(controls, usage_limits=limits)


def renewed(limit: UsageLimit, since: datetime, to: datetime, policy: Policy) -> UsageLimit:
    """Return a usage limit, renewed if a window of it ended in the time between."""
    if limit.interval == Interval.ONE_OFF or window_of(limit, since, policy).end > to:
        return limit
    return evolve(limit, usage=ZERO)


class Windows:
    """The windows of the usage limits of a feature while time goes by."""

    def __init__(self, feature_id: str, policy: Policy = DEFAULT_POLICY) -> None:
        """Start in the windows that hold the first moment asked for."""
        self._feature_id, self._policy = feature_id, policy
        self._ends: dict[int, datetime] = {}

    def renewed(self, controls: BillingControls | None, at: datetime) -> BillingControls | None:
        """Return the controls with every usage limit renewed whose window has ended by a moment."""
        if controls is None or not controls.usage_limits:
            return controls
        limits = [self._renewed(place, limit, at) for place, limit in enumerate(controls.usage_limits)]
        has_changed = any(limit is not was for limit, was in zip(limits, controls.usage_limits, strict=True))
        return evolve(controls, usage_limits=limits) if has_changed else controls

    def next_end(self) -> datetime | None:
        """Return when a window ends next."""
        return min(self._ends.values(), default=None)

    def _renewed(self, place: int, limit: UsageLimit, at: datetime) -> UsageLimit:
        end = self._ends.get(place)
        is_asked = limit.enabled and limit.feature_id == self._feature_id and limit.interval != Interval.ONE_OFF
        if not is_asked or (end is not None and at < end):
            return limit
        self._ends[place] = window_of(limit, at, self._policy).end
        return limit if end is None else evolve(limit, usage=ZERO)
