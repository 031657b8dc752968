"""Forecasts: when a balance runs out under steady use, and which of its parts expire."""

from datetime import datetime, timedelta
from decimal import Decimal

from balances.base.amounts import EXACT, LARGEST, Amount, multiply, to_amount
from balances.base.fields import Bound, argument
from balances.base.home import public
from balances.base.instants import EPOCH, to_instant
from balances.base.messages import described
from balances.errors import InvalidDuration
from balances.timeline.dues import next_due_of
from balances.timeline.repeating import State, Turns
from balances.timeline.schedule import Life
from balances.timeline.skipping import lived
from balances.usage.tracking import track
from balances.usage.windows import Windows
from balances.values.balance import Balance, Breakdown, Rollover, to_balance
from balances.values.controls import BillingControls, to_optional_controls
from balances.values.policies import Policy, to_policy

__all__ = ["expiring", "runs_out_at"]


def has_expired(part: Breakdown | Rollover, at: datetime) -> bool:
    """Return whether an item or a rollover is gone at a moment. A part that expires at the moment is gone."""
    return part.expires_at is not None and part.expires_at <= at


@public
def runs_out_at(
    balance: Balance,
    /,
    *,
    amount: Amount,
    every: timedelta,
    start: datetime,
    until: datetime,
    policy: Policy | None = None,
    controls: BillingControls | None = None,
) -> datetime | None:
    """Find the first moment at which a steady use would not be met in full; None if there is none before `until`.

    The `amount` is used at `start`, and again after each `every`, as `simulate` tracks it: through expiries, resets,
    rollovers and the windows of usage limits. Overage that may be used counts as met. The running time grows with the
    number of resets, expiries and windows, and not with the number of uses. Minutes, hours, days and weeks are skipped
    once they bring back a balance that has been there before.

    >>> from datetime import UTC
    >>> from balances.testing import balance
    >>> start, until = (datetime(year, 1, 1, tzinfo=UTC) for year in (2026, 2027))
    >>> day = timedelta(days=1)
    >>> print(runs_out_at(balance(100, 28), amount=5, every=day, start=start, until=until))
    2026-01-15 00:00:00+00:00
    >>> runs_out_at(balance(100), amount=0.1, every=day, start=start, until=until) is None
    True
    """
    each, step = argument("amount", _to_each, amount), argument("every", _to_step, every)
    at, until = argument("start", to_instant, start), argument("until", to_instant, until)
    balance, policy = argument("balance", to_balance, balance), argument("policy", to_policy, policy)
    controls, windows = argument("controls", to_optional_controls, controls), Windows(balance.feature_id, policy)
    due: datetime | None = at
    most, turns = int(EXACT.divide_int(LARGEST, each)), Turns(policy)
    while at < until:
        controls = windows.renewed(controls, at)
        end = min(until, windows.next_end() or until)
        if due is not None and due <= at:
            balance = _lived(balance, policy, at)
            balance, controls, at = turns.skipped(State(balance, controls, at), end)
            due = next_due_of(balance)
        end = min(end, due or end)
        times = min(-((at - end) // step), most)
        tracked = track(balance, multiply(each, Decimal(times)), controls=controls, policy=policy)
        if tracked.untracked:
            return at + int(EXACT.divide_int(tracked.tracked, each)) * step
        if until - at <= times * step:
            break
        balance, controls, at = tracked.balance, tracked.controls, at + times * step
    return None


def _lived(balance: Balance, policy: Policy, to: datetime) -> Balance:
    """Return the balance as it is later."""
    due = next_due_of(balance)
    if due is None or due > to:
        return balance
    life = Life(balance, policy)
    for _ in lived(life, to):
        pass
    return life.balance()


@public
def expiring(balance: Balance, /, *, before: datetime) -> tuple[Breakdown | Rollover, ...]:
    """Return the items and rollovers that will be gone by a moment, the soonest first.

    Of those that expire together, rollovers come before items.

    >>> from datetime import UTC
    >>> from balances import combine
    >>> from balances.testing import item, rollover
    >>> trial = item(100, 28, id="trial", expires_at=datetime(2026, 1, 15, tzinfo=UTC))
    >>> carried = rollover(50, expires_at=datetime(2026, 1, 10, tzinfo=UTC))
    >>> balance = combine([trial, item(100, id="pro")], [carried], feature_id="messages")
    >>> february = datetime(2026, 2, 1, tzinfo=UTC)
    >>> [part.expires_at.day for part in expiring(balance, before=february)]
    [10, 15]
    """
    before, balance = argument("before", to_instant, before), argument("balance", to_balance, balance)
    parts: list[Breakdown | Rollover] = [*balance.rollovers, *balance.breakdown]
    return tuple(sorted((part for part in parts if has_expired(part, before)), key=_expiry))


def _expiry(part: Breakdown | Rollover) -> datetime:
    return part.expires_at or EPOCH


def _to_each(value: Amount) -> Decimal:
    each = to_amount(value)
    Bound(0, is_open=True).check(each)
    return each


def _to_step(value: object) -> timedelta:
    if isinstance(value, timedelta) and value > timedelta(0):
        return value
    came = str(value) if isinstance(value, timedelta) else described(value)
    raise InvalidDuration(f"expected a timedelta above zero, got {came}")
