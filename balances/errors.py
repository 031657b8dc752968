"""Every error that this package raises on purpose, and the two values that errors carry.

A message is lower case, says what was expected and what came, and carries the numbers. This file imports nothing of
ours, so every other file can raise. How a message describes what came is in `base/messages.py`.
"""

from __future__ import annotations

from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

from attrs import frozen

__all__ = [
    "BalancesError",
    "BeyondCalendar",
    "HoldExpired",
    "InsufficientBalance",
    "InvalidAmount",
    "InvalidChoice",
    "InvalidCount",
    "InvalidDuration",
    "InvalidInstant",
    "InvalidMapping",
    "InvalidPlan",
    "InvalidPrice",
    "InvalidRule",
    "Limit",
    "NoCreditCost",
    "NoCycle",
    "NotInCreditSystem",
    "OutOfOrder",
    "Problem",
    "UnknownInterval",
    "UnknownLimitType",
    "UnknownTierBehavior",
    "WireError",
]

_HOME: Final = "balances"
_PROBLEMS_SHOWN: Final = 20
_LONGEST_AMOUNT: Final = 60
_AS_USUAL: Final = Context(capitals=1, clamp=0, traps=[])


class Limit(StrEnum):
    """The limit that stood in the way.

    `USAGE_LIMIT` and `SPEND_LIMIT` are controls that the customer or the plan has set. `INCLUDED` says that the rest of
    the grant does not suffice and that overage is not allowed, `MAX_PURCHASE` that no more is for sale. `NOT_HELD` says
    that the customer has nothing of the feature at all.

    >>> Limit("included")
    <Limit.INCLUDED: 'included'>
    """

    __module__ = _HOME

    USAGE_LIMIT = "usage_limit"
    INCLUDED = "included"
    SPEND_LIMIT = "spend_limit"
    MAX_PURCHASE = "max_purchase"
    NOT_HELD = "not_held"


class BalancesError(Exception):
    """The root of every error this package raises on purpose.

    Each error is also the built-in that fits, so either can be caught.

    >>> issubclass(InvalidAmount, BalancesError), issubclass(InvalidAmount, ValueError)
    (True, True)
    """

    __module__ = _HOME

    def __init_subclass__(cls) -> None:
        """Give each error of this file its home."""
        if cls.__module__ == __name__:
            cls.__module__ = _HOME


class InvalidAmount(BalancesError, ValueError):
    """Not an amount: no number, not finite, beyond what a double can hold, or out of the field's bounds.

    >>> from balances import Tier
    >>> Tier(to=100, amount="0.5")
    Traceback (most recent call last):
    balances.InvalidAmount: amount: expected a number, got '0.5'
    """


class InvalidInstant(BalancesError, ValueError):
    """Not a moment: no `datetime`, a naive one, or one whose UTC form no `datetime` can hold.

    >>> from datetime import datetime
    >>> from balances import Rollover
    >>> Rollover(balance=5, expires_at=datetime(2026, 2, 1))
    Traceback (most recent call last):
    balances.InvalidInstant: expires_at: expected an aware datetime, got the naive 2026-02-01T00:00:00
    """


class InvalidCount(BalancesError, ValueError):
    """Not a count: no whole number, or one below 1.

    >>> from balances import Interval, Reset
    >>> Reset(interval=Interval.MONTH, interval_count=0)
    Traceback (most recent call last):
    balances.InvalidCount: interval_count: expected a whole number of at least 1, got 0
    """


class UnknownInterval(BalancesError, ValueError):
    """An interval this version does not know, where its length is needed.

    >>> from datetime import UTC, datetime
    >>> from balances import cycle_at
    >>> cycle_at(datetime(2026, 1, 1, tzinfo=UTC), anchor=datetime(2026, 1, 1, tzinfo=UTC), interval="fortnight")
    Traceback (most recent call last):
    balances.UnknownInterval: expected an interval with a length, got 'fortnight'
    """


class NoCycle(BalancesError, ValueError):
    """A cycle of something that never comes again.

    >>> from datetime import UTC, datetime
    >>> from balances import cycle_at
    >>> cycle_at(datetime(2026, 1, 1, tzinfo=UTC), anchor=datetime(2026, 1, 1, tzinfo=UTC), interval="one_off")
    Traceback (most recent call last):
    balances.NoCycle: expected an interval that comes again, got 'one_off'
    """


class BeyondCalendar(BalancesError, OverflowError):
    """A boundary before the year 1 or after 9999, which no `datetime` can hold.

    >>> from datetime import UTC, datetime
    >>> from balances import cycle_at
    >>> cycle_at(datetime(9999, 12, 31, tzinfo=UTC), anchor=datetime(2026, 1, 1, tzinfo=UTC), interval="month")
    Traceback (most recent call last):
    balances.BeyondCalendar: expected a moment in the years 1 to 9999, got month 1 of the year 10000
    """


class UnknownLimitType(BalancesError, ValueError):
    """A kind of spend limit this version does not know, where its meaning is needed.

    >>> from balances import Balance, BillingControls, SpendLimit, overage_limit
    >>> limit = SpendLimit(feature_id="messages", enabled=True, overage_limit=5, limit_type="per_seat")
    >>> overage_limit(
    ...     Balance(feature_id="messages", granted=1, remaining=0, usage=1, overage_allowed=True),
    ...     controls=BillingControls(spend_limits=[limit]),
    ... )
    Traceback (most recent call last):
    balances.UnknownLimitType: expected an absolute or a usage_percentage limit, got 'per_seat'
    """


class UnknownTierBehavior(BalancesError, ValueError):
    """A way to apply tiers that this version does not know, where it is needed.

    >>> from balances import Price, Tier, cost
    >>> cost(Price(billing_method="usage_based", tiers=[Tier(to=None, amount=1)], tier_behavior="stairs"), 5)
    Traceback (most recent call last):
    balances.UnknownTierBehavior: expected graduated or volume tiers, got 'stairs'
    """


class InvalidMapping(BalancesError, ValueError):
    """Not a mapping that can be kept: nested too deep, or holding a number that is none.

    >>> from balances import Feature
    >>> Feature(id="seats", name="Seats", type="metered", consumable=False, processors={"rate": float("nan")})
    Traceback (most recent call last):
    balances.InvalidMapping: processors: expected finite numbers, got nan
    """


class InvalidPrice(BalancesError, ValueError):
    """A price that contradicts itself.

    >>> from balances import Price, Tier
    >>> Price(billing_method="prepaid", amount=5, tiers=[Tier(to=None, amount=3)])
    Traceback (most recent call last):
    balances.InvalidPrice: expected an amount or tiers, got both: amount 5 and 1 tier
    """


class InvalidPlan(BalancesError, ValueError):
    """What a plan cannot promise.

    >>> from datetime import UTC, datetime
    >>> from balances import PlanItem, Reset
    >>> PlanItem(feature_id="messages", reset=Reset(interval="month", resets_at=datetime(2026, 2, 1, tzinfo=UTC)))
    Traceback (most recent call last):
    balances.InvalidPlan: reset: expected no resets_at before the item is granted, got 2026-02-01T00:00:00+00:00
    """


class InvalidRule(BalancesError, ValueError):
    """A rollover rule that contradicts itself.

    >>> from balances import RolloverRule
    >>> RolloverRule(max=50, max_percentage=10)
    Traceback (most recent call last):
    balances.InvalidRule: expected max or max_percentage, got both: max 50 and max_percentage 10
    """


class InvalidChoice(BalancesError, ValueError):
    """Not one of the words that may stand there.

    >>> from balances import track
    >>> from balances.testing import balance
    >>> track(balance(100), 5, overage_behavior="ignore")
    Traceback (most recent call last):
    balances.InvalidChoice: overage_behavior: expected cap, reject or overflow, got 'ignore'
    """


class InsufficientBalance(BalancesError, ValueError):
    """More than may be used, where all or nothing was asked for.

    `required` is the amount asked for, `available` the amount that would have been met, and `limit` the `Limit` that
    stood in the way.

    >>> from balances import OverageBehavior, track
    >>> from balances.testing import balance
    >>> track(balance(100, 98), 5, overage_behavior=OverageBehavior.REJECT)
    Traceback (most recent call last):
    balances.InsufficientBalance: expected at most 2 (limit: included), got 5
    """

    def __init__(self, required: Decimal, available: Decimal, limit: Limit) -> None:
        """Keep the numbers and the limit."""
        super().__init__(required, available, limit)
        self.required, self.available, self.limit = required, available, Limit(limit)

    def __str__(self) -> str:
        """Tell the amount that would have been met, and the amount asked for."""
        return f"expected at most {_spelled(self.available)} (limit: {self.limit}), got {_spelled(self.required)}"


class HoldExpired(BalancesError, ValueError):
    """A hold that is confirmed too late.

    >>> from datetime import UTC, datetime
    >>> from balances import confirm, hold
    >>> from balances.testing import balance
    >>> held = hold(balance(100), 5, id="hold_1", expires_at=datetime(2026, 1, 1, 12, tzinfo=UTC))
    >>> confirm(held.balance, held.hold, at=datetime(2026, 1, 1, 13, tzinfo=UTC))
    Traceback (most recent call last):
    balances.HoldExpired: expected a moment before 2026-01-01T12:00:00+00:00, got 2026-01-01T13:00:00+00:00
    """


class OutOfOrder(BalancesError, ValueError):
    """Usages that are not in order of time, or go on after the end.

    >>> from datetime import UTC, datetime
    >>> from balances import Usage, simulate
    >>> from balances.testing import balance
    >>> usages = [Usage(at=datetime(2026, 1, day, tzinfo=UTC), amount=5) for day in (9, 8)]
    >>> simulate(balance(100), usages, until=datetime(2026, 2, 1, tzinfo=UTC))
    Traceback (most recent call last):
    balances.OutOfOrder: usages[1]: expected 2026-01-09T00:00:00+00:00 or later, got 2026-01-08T00:00:00+00:00
    """


class InvalidDuration(BalancesError, ValueError):
    """Not a length of time between one usage and the next.

    >>> from datetime import UTC, datetime, timedelta
    >>> from balances import runs_out_at
    >>> from balances.testing import balance
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> runs_out_at(balance(100), amount=5, every=timedelta(0), start=now, until=now)
    Traceback (most recent call last):
    balances.InvalidDuration: every: expected a timedelta above zero, got 0:00:00
    """


class NotInCreditSystem(BalancesError, LookupError):
    """A feature that is not a member of the credit system that was asked for its cost.

    >>> from balances import Feature, credit_cost
    >>> credits = Feature(id="credits", name="Credits", type="credit_system", consumable=True)
    >>> credit_cost(credits, "tokens")
    Traceback (most recent call last):
    balances.NotInCreditSystem: expected a member of the credit system 'credits', got 'tokens': it has no members
    """


class NoCreditCost(BalancesError, ValueError):
    """A feature whose units do not have one known cost in credits.

    The credit system may state no cost, or price the feature by tiers, dimensions or multipliers. Or the balance came
    without its own feature, which would state the cost.

    >>> from balances import CreditCost, Feature, credit_cost
    >>> schema = [CreditCost(metered_feature_id="tokens")]
    >>> credits = Feature(id="credits", name="Credits", type="credit_system", consumable=True, credit_schema=schema)
    >>> credit_cost(credits, "tokens")
    Traceback (most recent call last):
    balances.NoCreditCost: expected one credit cost above 0 for 'tokens' in 'credits', got None
    """


@frozen
class Problem:
    """One thing that is wrong with a payload, and where.

    `path` is the sender's own key path, `message` says what was expected there and what came.

    >>> print(Problem("$.breakdown[0].includedGrant", "expected a number, got '5'"))
    $.breakdown[0].includedGrant: expected a number, got '5'
    """

    __module__ = _HOME

    path: str
    message: str

    def __str__(self) -> str:
        """Say where and what, in one line."""
        return f"{self.path}: {self.message}"


class WireError(BalancesError, ValueError):
    """A payload that does not fit, with every problem it has in `problems`.

    >>> from balances import Rollover, wire
    >>> try:
    ...     wire.camel.structure({"balance": "5", "expiresAt": True}, Rollover)
    ... except wire.WireError as error:
    ...     print(error)
    2 problems
    $.balance: expected a number, got '5'
    $.expiresAt: expected a time in epoch milliseconds, got True
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems, in the order of the payload."""
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """List the problems, a line each; of very many, the first ones."""
        number = len(self.problems)
        title = "1 problem" if number == 1 else f"{number:,} problems"
        lines = [title, *map(str, self.problems[:_PROBLEMS_SHOWN])]
        unseen = number - _PROBLEMS_SHOWN
        return "\n".join(lines if unseen <= 0 else [*lines, f"and {unseen:,} more"])


def _spelled(amount: Decimal) -> str:
    """Return an amount as text; of a very long one, its beginning."""
    text = _AS_USUAL.to_sci_string(amount)
    return text if len(text) <= _LONGEST_AMOUNT else f"{text[:_LONGEST_AMOUNT]}..."
