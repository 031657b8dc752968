"""Usage and time together, step by step.

The simulation brings a balance forward to each usage, tracks the usage, tops up, and keeps every step.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice, pairwise, takewhile
from typing import Final, NamedTuple

from attrs import evolve

from balances.base.fields import argument
from balances.base.home import public
from balances.base.instants import to_instant
from balances.base.unchecked import maker
from balances.errors import InsufficientBalance, OutOfOrder
from balances.timeline.dues import next_due_of
from balances.timeline.happenings import Happened, Merged, merged
from balances.timeline.schedule import Life
from balances.timeline.skipping import lived
from balances.timeline.timelines import Step, Timeline
from balances.usage.topups import top_up, topup_due, topup_price
from balances.usage.tracking import AnyOverageBehavior, OverageBehavior, to_behavior, track
from balances.usage.windows import Windows
from balances.values.balance import Balance, Breakdown, to_balance
from balances.values.controls import AutoTopup, BillingControls, to_optional_controls, to_topups
from balances.values.events import ResetHappened, RolloverExpired, ToppedUp, Usage, to_usages
from balances.values.policies import Policy, to_policy

__all__ = ["simulate"]

_make_step: Final = maker(Step)


@public
def simulate(
    balance: Balance,
    /,
    usages: Iterable[Usage],
    *,
    until: datetime,
    policy: Policy | None = None,
    controls: BillingControls | None = None,
    overage_behavior: AnyOverageBehavior = OverageBehavior.CAP,
    topups: Mapping[str, AutoTopup] | None = None,
) -> Timeline:
    """Bring a balance forward as `advance` does, track usage on the way, and keep every step.

    Usages come in order of time. An expiry or a reset at the same moment comes before them. Usage that
    `OverageBehavior.REJECT` refuses is a step, too, with nothing deducted. A usage limit is renewed at each boundary
    of its window. A limit of the billing cycle has the boundaries of the policy's `anchor`, any other limit those of
    the calendar. The usage that it has counted before belongs to the window in which the first usage lies.

    `topups` are automatic top-ups by item id, in order. After each usage, met or not, each of them that is due is
    bought once, as `topup_due` and `top_up` say, until its item expires. If the item resets, the quantity bought is
    granted again at each reset.

    A step costs as much as making one balance, and it keeps that balance with a tuple of its parts. A rule that leaves
    a rollover at each reset of a minute leaves half a million of them in a year: cap the rule, or let them expire.

    >>> from datetime import UTC
    >>> from balances import combine
    >>> from balances.testing import item, monthly
    >>> pro = item(100, id="pro", reset=monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC)))
    >>> usages = [
    ...     Usage(at=datetime(2026, month, 10, tzinfo=UTC), amount=80) for month in (1, 2)
    ... ]
    >>> timeline = simulate(
    ...     combine([pro], feature_id="messages"),
    ...     usages,
    ...     until=datetime(2026, 2, 28, tzinfo=UTC),
    ... )
    >>> for step in timeline.steps:
    ...     print(step.at.date(), type(step.cause).__name__, step.balance.remaining)
    2026-01-10 Usage 20
    2026-02-01 ResetHappened 100
    2026-02-10 Usage 20
    >>> timeline.lapsed
    Decimal('20')
    """
    until, policy = argument("until", to_instant, until), argument("policy", to_policy, policy)
    in_order = argument("usages", to_usages, usages)
    _check_order(in_order, until)
    controls = argument("controls", to_optional_controls, controls)
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    start = argument("balance", to_balance, balance)
    topups = argument("topups", to_topups, topups)
    for item_id, topup in topups.items():
        topup_price(start, topup, item_id, name="topups")
    run = _Run(start, _Terms(policy, behavior), controls, topups)
    for usage in in_order:
        run.live(usage.at)
        run.use(usage)
        run.top_up(usage.at)
    run.live(until)
    run.renew(until)
    return Timeline(
        start=start,
        until=until,
        steps=run.steps,
        closed=run.closed,
        controls=run.controls,
        policy=policy,
        topups=run.topups_left(),
    )


class _Terms(NamedTuple):
    """The terms that stay the same while a simulation runs."""

    policy: Policy
    behavior: OverageBehavior


class _Run:
    """A simulation while it runs: the balance, what is due, and the steps made so far."""

    def __init__(
        self, balance: Balance, terms: _Terms, controls: BillingControls | None, topups: Mapping[str, AutoTopup]
    ) -> None:
        self._terms = terms
        self._balance = balance
        self._due = next_due_of(balance)
        self._windows = Windows(balance.feature_id, terms.policy)
        self.controls, self._topups = controls, dict(topups)
        self.steps: list[Step] = []
        self.closed: list[Breakdown] = []

    def live(self, to: datetime) -> None:
        """Live up to and through a moment. Neither usage nor a top-up moves a date: the next due moment is the same."""
        if self._due is None or self._due > to:
            return
        life = self._life()
        happenings = list(lived(life, to, counts_forgiving=False))
        steps = merged(happenings)
        ends = _ends_of(steps)
        balances = self._balances_after(set(ends), len(happenings), to)
        self._balance, self._due = life.balance(), life.next_due()
        balances[len(happenings) - 1] = self._balance
        for (happened, _), end in zip(steps, ends, strict=True):
            self.steps.append(_make_step(at=happened.event.at, cause=happened.whole, balance=balances[end]))
        self.closed += [item for item in map(_closed_by, happenings) if item is not None]

    def renew(self, at: datetime) -> None:
        """Renew every usage limit whose window has ended."""
        self.controls = self._windows.renewed(self.controls, at)

    def use(self, usage: Usage) -> None:
        """Track a usage. If all of it is refused, the step says so."""
        self.renew(usage.at)
        try:
            tracked = track(
                self._balance,
                usage.amount,
                controls=self.controls,
                overage_behavior=self._terms.behavior,
                policy=self._terms.policy,
            )
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

    def top_up(self, at: datetime) -> None:
        """Buy each top-up that is due, and count it in its purchase limit."""
        for item_id, topup in self.topups_left().items():
            due = topup_due(self._balance, topup, item_id=item_id, at=at)
            if due is None:
                continue
            self._balance = top_up(self._balance, item_id, due.quantity)
            self._topups[item_id] = evolve(topup, purchase_limit=due.purchase_limit)
            bought = ToppedUp(at=at, item_id=item_id, quantity=due.quantity)
            self.steps.append(_make_step(at=at, cause=bought, balance=self._balance))

    def topups_left(self) -> dict[str, AutoTopup]:
        """Return the top-ups of the items that are still there."""
        if not self._topups:
            return {}
        held = {item.id for item in self._balance.breakdown}
        return {item_id: topup for item_id, topup in self._topups.items() if item_id in held}

    def _life(self) -> Life:
        return Life(self._balance, self._terms.policy)

    def _balances_after(self, ends: set[int], count: int, to: datetime) -> dict[int, Balance]:
        """Return the balance after each of these happenings but the last one, by living them again."""
        wanted = sorted(ends - {count - 1})
        if not wanted:
            return {}
        life = self._life()
        again = enumerate(lived(life, to, counts_forgiving=False))
        return {index: life.balance() for index, _ in islice(again, wanted[-1] + 1) if index in ends}


def _ends_of(steps: Sequence[Merged]) -> list[int]:
    """Return after which happening the balance of each step is taken.

    It is the step's own, up to the first step that counts several resets. From there on it is the last one before
    anything but a reset happens.
    """
    ends: list[int] = []
    for _, stretch in groupby(steps, _is_reset):
        together = list(stretch)
        single = [last for _, last in takewhile(_is_single, together)]
        ends += [*single, *[max(last for _, last in together)] * (len(together) - len(single))]
    return ends


def _is_reset(step: Merged) -> bool:
    happened, _ = step
    return isinstance(happened.event, ResetHappened)


def _is_single(step: Merged) -> bool:
    happened, _ = step
    return happened.times == 1


def _closed_by(happened: Happened) -> Breakdown | None:
    """Return the item whose period ended in overage that nobody owes any longer."""
    event = happened.event
    return None if isinstance(event, RolloverExpired) or not event.forgiven else happened.before


def _check_order(usages: Sequence[Usage], until: datetime) -> None:
    """Refuse usages that are out of order, naming the first two that are, or after the end."""
    for index, (before, after) in enumerate(pairwise(usages), 1):
        if after.at < before.at:
            raise OutOfOrder(f"usages[{index}]: expected {before.at.isoformat()} or later, got {after.at.isoformat()}")
    if usages and usages[-1].at > until:
        last = f"usages[{len(usages) - 1}]"
        raise OutOfOrder(f"{last}: expected {until.isoformat()} or earlier, got {usages[-1].at.isoformat()}")
