"""Usage and time together."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from attrs import field, frozen

from balances.access import Limit, to_optional_limit
from balances.amounts import ZERO, to_amount, total
from balances.controls import BillingControls, to_optional_controls
from balances.errors import InsufficientBalance, OutOfOrder
from balances.events import BreakdownExpired, Event
from balances.fields import Value, argument, named, tuple_of
from balances.instants import to_instant, to_optional_instant
from balances.lives import Happened, Life, joined_to
from balances.making import maker
from balances.overages import overage
from balances.pricing import overage_cost
from balances.receipts import Deduction, to_deductions
from balances.rollovers import Rules, to_rules
from balances.usage import OverageBehavior, to_behavior, track
from balances.values import Balance, Breakdown, to_balance
from balances.windows import Windows

__all__ = ["Step", "Timeline", "Usage", "simulate"]


@frozen(kw_only=True, repr=False, field_transformer=named)
class Usage(Value):
    """An amount that is used at a moment; a negative one is given back.

    >>> from datetime import UTC
    >>> Usage(at=datetime(2026, 1, 10, tzinfo=UTC), amount=40).amount
    Decimal('40')
    """

    at: datetime = field(converter=to_instant)
    amount: Decimal = field(converter=to_amount)


Cause: TypeAlias = Event | Usage


def _cause(cause: Cause) -> Cause:
    return cause


@frozen(kw_only=True, repr=False, field_transformer=named)
class Step(Value):
    """One thing that happened to a balance: the moment, the cause, and the balance as it was then.

    Of usage there is also the receipt, what is `untracked` of it, and the `limit` that stood in the way.

    >>> from datetime import UTC
    >>> from balances.testing import balance
    >>> usage = Usage(at=datetime(2026, 1, 10, tzinfo=UTC), amount=120)
    >>> simulate(balance(100), [usage], until=usage.at).steps[0].untracked
    Decimal('20')
    """

    at: datetime = field(converter=to_instant)
    cause: Cause = field(converter=_cause)
    balance: Balance = field(converter=to_balance)
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    untracked: Decimal = field(converter=to_amount, default=ZERO)
    limit: Limit | None = field(converter=to_optional_limit, default=None)


_make_step: Final = maker(Step)


def _steps(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple_of(steps, Step)


def _closed(items: Iterable[Breakdown]) -> tuple[Breakdown, ...]:
    return tuple_of(items, Breakdown)


@frozen(kw_only=True, repr=False, field_transformer=named)
class Timeline(Value):
    """What became of a balance, step by step, from `start` on.

    `closed` are the items whose period ended in overage, as they were then; `controls` the ones given, with all usage
    counted in their usage limits.

    >>> from datetime import UTC
    >>> from balances.testing import balance
    >>> first, second = (Usage(at=datetime(2026, 1, day, tzinfo=UTC), amount=60) for day in (10, 20))
    >>> timeline = simulate(balance(100), [first, second], until=second.at)
    >>> timeline.balance.usage, timeline.refused
    (Decimal('100'), Decimal('20'))
    """

    start: Balance = field(converter=to_balance)
    until: datetime = field(converter=to_instant)
    steps: tuple[Step, ...] = field(converter=_steps, default=())
    closed: tuple[Breakdown, ...] = field(converter=_closed, default=())
    controls: BillingControls | None = field(converter=to_optional_controls, default=None)

    @property
    def balance(self) -> Balance:
        """Return the balance as it is in the end.

        >>> from datetime import UTC
        >>> from balances.testing import balance
        >>> simulate(balance(100), [], until=datetime(2026, 2, 1, tzinfo=UTC)).balance == balance(100)
        True
        """
        return self.steps[-1].balance if self.steps else self.start

    @property
    def lapsed(self) -> Decimal:
        """Return all that was lost, unused.

        >>> from datetime import UTC
        >>> from balances.testing import balance, rollover
        >>> expiring = rollover(30, expires_at=datetime(2026, 1, 15, tzinfo=UTC))
        >>> simulate(balance(130, rollovers=[expiring]), [], until=datetime(2026, 2, 1, tzinfo=UTC)).lapsed
        Decimal('30')
        """
        return total(step.cause.lapsed for step in self.steps if not isinstance(step.cause, Usage))

    @property
    def overage(self) -> Decimal:
        """Return all that was used beyond the grant, less what was paid back of it.

        >>> from datetime import UTC
        >>> from balances.testing import balance
        >>> usage = Usage(at=datetime(2026, 1, 10, tzinfo=UTC), amount=130)
        >>> simulate(balance(100, overage_allowed=True), [usage], until=usage.at).overage
        Decimal('30')
        """
        lines = (line for step in self.steps for line in step.deductions)
        return total(line.amount for line in lines if line.is_overage)

    @property
    def refused(self) -> Decimal:
        """Return all that was asked for and not met.

        >>> from datetime import UTC
        >>> from balances.testing import balance
        >>> usage = Usage(at=datetime(2026, 1, 10, tzinfo=UTC), amount=130)
        >>> simulate(balance(100), [usage], until=usage.at).refused
        Decimal('30')
        """
        return total(step.untracked for step in self.steps if step.untracked > 0)

    @property
    def cost(self) -> Decimal:
        """Return what the overage costs: that of every period that ended, and of the one that has not.

        >>> from datetime import UTC
        >>> from balances import combine
        >>> from balances.testing import item, monthly, usage_based
        >>> resets = monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC))
        >>> pro = item(100, id="pro", reset=resets, price=usage_based(0.5))
        >>> usages = [Usage(at=datetime(2026, month, 10, tzinfo=UTC), amount=130) for month in (1, 2)]
        >>> simulate(combine([pro], feature_id="messages"), usages, until=usages[-1].at).cost
        Decimal('30')
        """
        return total((*map(overage_cost, self.closed), overage_cost(self.balance)))


def simulate(
    balance: Balance,
    /,
    usages: Iterable[Usage],
    *,
    until: datetime,
    rules: Rules = None,
    anchor: datetime | None = None,
    keep_overage: bool = False,
    controls: BillingControls | None = None,
    overage_behavior: OverageBehavior = OverageBehavior.CAP,
) -> Timeline:
    """Live a balance forward as `advance` does, with usage tracked on the way, and keep every step.

    Usages come in order of time. What happens at the same moment by itself comes before them. Usage that
    `OverageBehavior.REJECT` refuses is a step, too, with nothing deducted. A usage limit starts over at each boundary
    of its window: of the UTC calendar, or, anchored to the billing cycle, of the `anchor`'s.

    >>> from datetime import UTC
    >>> from balances import combine
    >>> from balances.testing import item, monthly
    >>> pro = item(100, id="pro", reset=monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC)))
    >>> usages = [Usage(at=datetime(2026, month, 10, tzinfo=UTC), amount=80) for month in (1, 2)]
    >>> timeline = simulate(combine([pro], feature_id="messages"), usages, until=datetime(2026, 2, 28, tzinfo=UTC))
    >>> for step in timeline.steps:
    ...     print(step.at.date(), type(step.cause).__name__, step.balance.remaining)
    2026-01-10 Usage 20
    2026-02-01 ResetHappened 100
    2026-02-10 Usage 20
    >>> timeline.lapsed
    Decimal('20')
    """
    until, anchor = argument("until", to_instant, until), argument("anchor", to_optional_instant, anchor)
    in_order = argument("usages", _usages, usages)
    _check_order(in_order, until)
    rules = argument("rules", to_rules, rules)
    controls = argument("controls", to_optional_controls, controls)
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    start = argument("balance", to_balance, balance)
    run = _Run(start, _Terms(rules, anchor, keep_overage, behavior), controls)
    for usage in in_order:
        run.live(usage.at)
        run.use(usage)
    run.live(until)
    return Timeline(start=start, until=until, steps=run.steps, closed=run.closed, controls=run.controls)


class _Terms(NamedTuple):
    """What does not change while a simulation runs."""

    rules: Rules
    anchor: datetime | None
    keep_overage: bool
    behavior: OverageBehavior


class _Run:
    """A simulation while it runs: the balance, what is due, and the steps made so far."""

    def __init__(self, balance: Balance, terms: _Terms, controls: BillingControls | None) -> None:
        self._terms = terms
        self._balance = balance
        self._due = self._life().next_due()
        self._windows = Windows(terms.anchor)
        self.controls = controls
        self.steps: list[Step] = []
        self.closed: list[Breakdown] = []

    def live(self, to: datetime) -> None:
        """Live through a moment: usage moves no date, so nothing is asked before something is due."""
        if self._due is None or self._due > to:
            return
        life = self._life()
        lived: list[tuple[Happened, Balance]] = []
        for happened in life.until(to):
            joined = joined_to(lived[-1][0], happened) if lived else None
            if joined is not None:
                lived.pop()
            lived.append((joined or happened, life.balance()))
            self._close(happened)
        self.steps += [_make_step(at=done.event.at, cause=done.event, balance=balance) for done, balance in lived]
        self._balance, self._due = life.balance(), life.next_due()

    def use(self, usage: Usage) -> None:
        """Track a usage; where all of it is refused, that is the step."""
        self.controls = self._windows.renewed(self.controls, usage.at)
        try:
            tracked = track(self._balance, usage.amount, controls=self.controls, overage_behavior=self._terms.behavior)
        except InsufficientBalance as error:
            refused = _make_step(
                at=usage.at, cause=usage, balance=self._balance, untracked=usage.amount, limit=Limit(error.limit)
            )
            self.steps.append(refused)
            return
        self._balance, self.controls = tracked.balance, tracked.controls
        step = _make_step(
            at=usage.at,
            cause=usage,
            balance=tracked.balance,
            deductions=tracked.deductions,
            untracked=tracked.untracked,
            limit=tracked.limit,
        )
        self.steps.append(step)

    def _life(self) -> Life:
        rules, anchor, keep_overage, _ = self._terms
        return Life(self._balance, rules, anchor, keep_overage=keep_overage)

    def _close(self, happened: Happened) -> None:
        """Keep an item whose period has ended in overage, which the next one does not owe."""
        item, is_kept = happened.before, self._terms.keep_overage and not isinstance(happened.event, BreakdownExpired)
        if item is not None and not is_kept and overage(item):
            self.closed.append(item)


def _usages(usages: Iterable[Usage]) -> tuple[Usage, ...]:
    return tuple_of(usages, Usage)


def _check_order(usages: Sequence[Usage], until: datetime) -> None:
    """Refuse usages that are out of order, naming the first two that are, or after the end."""
    for index, (before, after) in enumerate(pairwise(usages), 1):
        if after.at < before.at:
            raise OutOfOrder(f"usages[{index}]: expected {before.at.isoformat()} or later, got {after.at.isoformat()}")
    if usages and usages[-1].at > until:
        last = f"usages[{len(usages) - 1}]"
        raise OutOfOrder(f"{last}: expected {until.isoformat()} or earlier, got {usages[-1].at.isoformat()}")
