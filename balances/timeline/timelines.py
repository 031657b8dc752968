"""A balance over a stretch of time, as data: the steps of a simulation and the figures that follow from them.

`simulating` makes the steps.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import cast

from attrs import field, frozen

from balances.base.amounts import ZERO, normalised, subtract, to_amount, total
from balances.base.fields import Value, named, tuple_of
from balances.base.frozen import FrozenMap
from balances.base.home import public
from balances.base.instants import to_instant
from balances.derived.overages import overage
from balances.derived.pricing import cost, overage_cost
from balances.errors import Limit
from balances.usage.checking import to_optional_limit
from balances.usage.receipts import Deduction, to_deductions
from balances.values.balance import Balance, Breakdown, Price, to_balance, to_items
from balances.values.controls import AutoTopup, BillingControls, to_optional_controls, to_topups
from balances.values.events import Cause, Event, ResetHappened, ToppedUp, to_cause
from balances.values.policies import DEFAULT_POLICY, OverageAtReset, Policy, to_policy

__all__ = ["Step", "Timeline"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Step(Value):
    """One thing that happened to a balance: the moment, the cause, and the balance after it.

    A step of usage also has the receipt, the amount that is `untracked`, and the `limit` that stood in the way.

    Equal resets are one step, at the moment of the first of them. Its balance, and that of each step after it, is the
    balance after all resets that come before the next expiry or usage.

    >>> from balances import Usage, simulate
    >>> from datetime import UTC
    >>> from balances.testing import balance
    >>> usage = Usage(at=datetime(2026, 1, 10, tzinfo=UTC), amount=120)
    >>> simulate(balance(100), [usage], until=usage.at).steps[0].untracked
    Decimal('20')
    """

    at: datetime = field(converter=to_instant)
    cause: Cause = field(converter=to_cause)
    balance: Balance = field(converter=to_balance)
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    untracked: Decimal = field(converter=to_amount, default=ZERO)
    limit: Limit | None = field(converter=to_optional_limit, default=None)


def to_steps(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple_of(steps, Step)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Timeline(Value):
    """A balance over a stretch of time, step by step, from `start` on.

    `closed` are the items whose period ended in overage that was forgiven, as they were then. `controls` are those
    given, with all usage counted in their usage limits. `policy` is the one the balance lived by. `topups` are those
    of the items that are still there, with each top-up counted in its purchase limit.

    >>> from balances import Usage, simulate
    >>> from datetime import UTC
    >>> from balances.testing import balance
    >>> first, second = (
    ...     Usage(at=datetime(2026, 1, day, tzinfo=UTC), amount=60) for day in (10, 20)
    ... )
    >>> timeline = simulate(balance(100), [first, second], until=second.at)
    >>> timeline.balance.usage, timeline.refused
    (Decimal('100'), Decimal('20'))
    """

    start: Balance = field(converter=to_balance)
    until: datetime = field(converter=to_instant)
    steps: tuple[Step, ...] = field(converter=to_steps, default=())
    closed: tuple[Breakdown, ...] = field(converter=to_items, default=())
    controls: BillingControls | None = field(converter=to_optional_controls, default=None)
    policy: Policy = field(converter=to_policy, default=DEFAULT_POLICY)
    topups: Mapping[str, AutoTopup] = field(converter=to_topups, default=FrozenMap({}))

    @property
    def balance(self) -> Balance:
        """Return the balance as it is in the end.

        >>> from balances import simulate
        >>> from datetime import UTC
        >>> from balances.testing import balance
        >>> timeline = simulate(balance(100), [], until=datetime(2026, 2, 1, tzinfo=UTC))
        >>> timeline.balance == balance(100)
        True
        """
        return self.steps[-1].balance if self.steps else self.start

    @property
    def lapsed(self) -> Decimal:
        """Return the whole amount that was lost, unused.

        >>> from balances import simulate
        >>> from datetime import UTC
        >>> from balances.testing import balance, rollover
        >>> expiring = rollover(30, expires_at=datetime(2026, 1, 15, tzinfo=UTC))
        >>> start, until = balance(130, rollovers=[expiring]), datetime(2026, 2, 1, tzinfo=UTC)
        >>> simulate(start, [], until=until).lapsed
        Decimal('30')
        """
        return total(event.lapsed for event in events_in(self))

    @property
    def overage(self) -> Decimal:
        """Return the whole amount used beyond the grant, less the amount of overage that was paid back.

        A refund pays back, a top-up does, and so does a new grant under `REPAY` or `SETTLE`. Where overage from before
        the first step is paid back, the result may be below zero. So the overage of a stretch is that of its parts.

        >>> from balances import Usage, simulate
        >>> from datetime import UTC
        >>> from balances.testing import balance
        >>> usage = Usage(at=datetime(2026, 1, 10, tzinfo=UTC), amount=130)
        >>> simulate(balance(100, overage_allowed=True), [usage], until=usage.at).overage
        Decimal('30')
        """
        lines = (line for step in self.steps for line in step.deductions)
        return normalised(subtract(total(line.amount for line in lines if line.is_overage), total(_paid_back(self))))

    @property
    def refused(self) -> Decimal:
        """Return the whole amount that was asked for and not met.

        >>> from balances import Usage, simulate
        >>> from datetime import UTC
        >>> from balances.testing import balance
        >>> usage = Usage(at=datetime(2026, 1, 10, tzinfo=UTC), amount=130)
        >>> simulate(balance(100), [usage], until=usage.at).refused
        Decimal('30')
        """
        return total(step.untracked for step in self.steps if step.untracked > 0)

    @property
    def topped_up(self) -> Decimal:
        """Return the whole quantity that was bought by automatic top-ups.

        >>> from balances import AutoTopup, Usage, combine, simulate
        >>> from datetime import UTC
        >>> from balances.testing import item, prepaid
        >>> packs = item(
        ...     0, 80, prepaid_grant=100, id="packs", price=prepaid(8, billing_units=40)
        ... )
        >>> usage = Usage(at=datetime(2026, 1, 10, tzinfo=UTC), amount=15)
        >>> topup = AutoTopup(feature_id="messages", enabled=True, threshold=10, quantity=100)
        >>> balance = combine([packs], feature_id="messages")
        >>> timeline = simulate(balance, [usage], until=usage.at, topups={"packs": topup})
        >>> timeline.topped_up, timeline.cost
        (Decimal('120'), Decimal('24'))
        """
        return total(topped_up.quantity for topped_up, _ in _topups_in(self))

    @property
    def cost(self) -> Decimal:
        """Return the cost of the overage and of the automatic top-ups.

        The overage is that of every item closed, and that of the balance in the end. A period is priced as a whole,
        with its overage from before the first step. Each top-up is priced by itself, at the price of its item.

        >>> from datetime import UTC
        >>> from balances import Usage, combine, simulate
        >>> from balances.testing import item, monthly, usage_based
        >>> resets = monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC))
        >>> pro = item(100, id="pro", reset=resets, price=usage_based(0.5))
        >>> usages = [
        ...     Usage(at=datetime(2026, month, 10, tzinfo=UTC), amount=130) for month in (1, 2)
        ... ]
        >>> simulate(combine([pro], feature_id="messages"), usages, until=usages[-1].at).cost
        Decimal('30')
        """
        of_topups = [cost(price, topped_up.quantity) for topped_up, price in _topups_in(self)]
        return total((*map(overage_cost, self.closed), overage_cost(self.balance), *of_topups))


def events_in(timeline: Timeline) -> Iterator[Event]:
    """Yield the events of a timeline: everything but usages and top-ups."""
    for step in timeline.steps:
        if isinstance(step.cause, Event):
            yield step.cause


def _topups_in(timeline: Timeline) -> Iterator[tuple[ToppedUp, Price]]:
    """Yield the automatic top-ups, each with the price of its item."""
    for step in timeline.steps:
        if isinstance(step.cause, ToppedUp):
            yield step.cause, cast("Price", step.balance.item(step.cause.item_id).price)


def _paid_back(timeline: Timeline) -> Iterator[Decimal]:
    """Yield the overage that each top-up and each new grant paid back."""
    is_forgiven = timeline.policy.overage_at_reset is OverageAtReset.FORGIVE
    payments = ToppedUp if is_forgiven else (ToppedUp, ResetHappened)
    balance = timeline.start
    for step in timeline.steps:
        if isinstance(step.cause, payments):
            yield subtract(overage(balance), overage(step.balance))
        balance = step.balance
