"""Usage and time together, step by step."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple

from balances.base.fields import argument, to_flag
from balances.base.home import public
from balances.base.instants import to_instant, to_optional_instant
from balances.base.unchecked import maker
from balances.derived.overages import overage
from balances.errors import InsufficientBalance, OutOfOrder
from balances.timeline.schedule import Happened, Life, joined_to
from balances.timeline.timelines import Step, Timeline
from balances.usage.limits import Windows
from balances.usage.tracking import AnyOverageBehavior, OverageBehavior, to_behavior, track
from balances.values.balance import Balance, Breakdown, to_balance
from balances.values.controls import BillingControls, to_optional_controls
from balances.values.events import BreakdownExpired, Usage, to_usages
from balances.values.policies import Rules, to_rules

__all__ = ["simulate"]

_make_step: Final = maker(Step)


@public
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
    overage_behavior: AnyOverageBehavior = OverageBehavior.CAP,
) -> Timeline:
    """Live a balance forward as `advance` does, with usage tracked on the way, and keep every step.

    Usages come in order of time. What happens at the same moment by itself comes before them. Usage that
    `OverageBehavior.REJECT` refuses is a step, too, with nothing deducted. A usage limit starts over at each boundary
    of its window: of the UTC calendar, or, anchored to the billing cycle, of the `anchor`'s. What it has counted before
    is taken to be of the window in which the first usage lies.

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
    in_order = argument("usages", to_usages, usages)
    _check_order(in_order, until)
    rules, keep_overage = argument("rules", to_rules, rules), argument("keep_overage", to_flag, keep_overage)
    controls = argument("controls", to_optional_controls, controls)
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    start = argument("balance", to_balance, balance)
    run = _Run(start, _Terms(rules, anchor, keep_overage, behavior), controls)
    for usage in in_order:
        run.live(usage.at)
        run.use(usage)
    run.live(until)
    run.renew(until)
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
        self._windows = Windows(balance.feature_id, terms.anchor)
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

    def renew(self, at: datetime) -> None:
        """Start over every usage limit whose window has ended."""
        self.controls = self._windows.renewed(self.controls, at)

    def use(self, usage: Usage) -> None:
        """Track a usage; where all of it is refused, that is the step."""
        self.renew(usage.at)
        try:
            tracked = track(self._balance, usage.amount, controls=self.controls, overage_behavior=self._terms.behavior)
        except InsufficientBalance as error:
            refused = _make_step(
                at=usage.at, cause=usage, balance=self._balance, untracked=usage.amount, limit=error.limit
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


def _check_order(usages: Sequence[Usage], until: datetime) -> None:
    """Refuse usages that are out of order, naming the first two that are, or after the end."""
    for index, (before, after) in enumerate(pairwise(usages), 1):
        if after.at < before.at:
            raise OutOfOrder(f"usages[{index}]: expected {before.at.isoformat()} or later, got {after.at.isoformat()}")
    if usages and usages[-1].at > until:
        last = f"usages[{len(usages) - 1}]"
        raise OutOfOrder(f"{last}: expected {until.isoformat()} or earlier, got {usages[-1].at.isoformat()}")
