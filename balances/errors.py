"""Errors: every class of them, and the two values that errors carry, `Limit` and `Problem`.

A message is in lower case, says what was expected and what came, and carries the numbers. The functions that describe a
value in a message are in `base/messages.py`. This file imports nothing of ours, so every other file can raise.
"""

from __future__ import annotations

from decimal import Context, Decimal
from enum import StrEnum
from itertools import accumulate
from typing import Final

from attrs import Attribute, field, frozen

__all__ = [
    "BalancesError",
    "BeyondCalendar",
    "DuplicateFeature",
    "DuplicateItem",
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
    "InvalidZone",
    "Limit",
    "MisplacedBalance",
    "NoCreditCost",
    "NoCycle",
    "NoSuchItem",
    "NoSuchPlan",
    "NotInCreditSystem",
    "NotPrepaid",
    "OutOfOrder",
    "Problem",
    "UnknownAlert",
    "UnknownEvent",
    "UnknownFeature",
    "UnknownInterval",
    "UnknownLimitType",
    "UnknownTierBehavior",
    "UnknownWindowAnchor",
    "WireError",
    "WrongFeature",
]

_HOME: Final = "balances"
_PROBLEMS_SHOWN: Final = 20
_LONGEST_AMOUNT: Final = 60
_LONGEST_LIST: Final = 1800
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
    """The root of the errors of this package. Each is also the built-in that fits, so either can be caught.

    Where the class of a value can be as wrong as the value itself (`InvalidChoice`, `InvalidCount`, `InvalidDuration`),
    two built-ins fit: `ValueError` and `TypeError`. A value of any other wrong class is Python's own `TypeError`. The
    message names the argument.

    >>> issubclass(InvalidAmount, BalancesError), issubclass(InvalidAmount, ValueError)
    (True, True)
    >>> from balances import overage
    >>> overage(5)
    Traceback (most recent call last):
    TypeError: balance: expected a Balance or a Breakdown, got 5
    """

    __module__ = _HOME

    def __init_subclass__(cls) -> None:
        """Give each error of this file its home."""
        if cls.__module__ == __name__:
            cls.__module__ = _HOME


class InvalidAmount(BalancesError, ValueError):
    """Not an amount: no number, not finite, of a magnitude no double can hold, or out of the attribute's bounds.

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


class InvalidCount(BalancesError, ValueError, TypeError):
    """Not a count: no whole number, or one below 1.

    >>> from balances import Interval, Reset
    >>> Reset(interval=Interval.MONTH, interval_count=0)
    Traceback (most recent call last):
    balances.InvalidCount: interval_count: expected a whole number of at least 1, got 0
    """


class UnknownInterval(BalancesError, ValueError):
    """An interval that this version does not know, where its length is needed.

    >>> from datetime import UTC, datetime
    >>> from balances import UnknownWord, cycle_at
    >>> fortnight = UnknownWord("fortnight")
    >>> cycle_at(
    ...     datetime(2026, 1, 1, tzinfo=UTC),
    ...     anchor=datetime(2026, 1, 1, tzinfo=UTC),
    ...     interval=fortnight,
    ... )
    Traceback (most recent call last):
    balances.UnknownInterval: expected an interval with a length, got 'fortnight'
    """


class NoCycle(BalancesError, ValueError):
    """An interval that never comes again, where a cycle is asked for.

    >>> from datetime import UTC, datetime
    >>> from balances import cycle_at
    >>> cycle_at(
    ...     datetime(2026, 1, 1, tzinfo=UTC),
    ...     anchor=datetime(2026, 1, 1, tzinfo=UTC),
    ...     interval="one_off",
    ... )
    Traceback (most recent call last):
    balances.NoCycle: expected an interval that comes again, got 'one_off'
    """


class BeyondCalendar(BalancesError, OverflowError):
    """A boundary before the year 1 or after 9999, which no `datetime` can hold.

    >>> from datetime import UTC, datetime
    >>> from balances import cycle_at
    >>> cycle_at(
    ...     datetime(9999, 12, 31, tzinfo=UTC),
    ...     anchor=datetime(2026, 1, 1, tzinfo=UTC),
    ...     interval="month",
    ... )
    Traceback (most recent call last):
    balances.BeyondCalendar: expected a boundary in the years 1 to 9999, got none after 9999-12-31T00:00:00+00:00
    """


class UnknownLimitType(BalancesError, ValueError):
    """A type of spend limit that this version does not know, where its meaning is needed.

    >>> from balances import Balance, BillingControls, SpendLimit, UnknownWord
    >>> from balances import overage_limit
    >>> per_seat = UnknownWord("per_seat")
    >>> limit = SpendLimit(
    ...     feature_id="messages", enabled=True, overage_limit=5, limit_type=per_seat
    ... )
    >>> balance = Balance(
    ...     feature_id="messages", granted=1, remaining=0, usage=1, overage_allowed=True
    ... )
    >>> overage_limit(balance, controls=BillingControls(spend_limits=[limit]))
    Traceback (most recent call last):
    balances.UnknownLimitType: expected an absolute or a usage_percentage limit, got 'per_seat'
    """


class UnknownWindowAnchor(BalancesError, ValueError):
    """The anchor of a usage limit that this version does not know, where the window of the limit is needed.

    >>> from datetime import UTC, datetime
    >>> from balances import BillingControls, UnknownWord, UsageLimit, renew_limits
    >>> limit = UsageLimit(
    ...     feature_id="messages", limit=100, interval="day", anchor=UnknownWord("moon")
    ... )
    >>> day = datetime(2026, 1, 1, tzinfo=UTC)
    >>> renew_limits(BillingControls(usage_limits=[limit]), since=day, to=day)
    Traceback (most recent call last):
    balances.UnknownWindowAnchor: expected an anchor of billing_cycle or utc, or none, got 'moon'
    """


class UnknownTierBehavior(BalancesError, ValueError):
    """A way to apply tiers that this version does not know, where it is needed.

    >>> from balances import Price, Tier, UnknownWord, cost
    >>> stairs = UnknownWord("stairs")
    >>> price = Price(
    ...     billing_method="usage_based",
    ...     tiers=[Tier(to=None, amount=1)],
    ...     tier_behavior=stairs,
    ... )
    >>> cost(price, 5)
    Traceback (most recent call last):
    balances.UnknownTierBehavior: expected graduated or volume tiers, got 'stairs'
    """


class InvalidMapping(BalancesError, ValueError):
    """Not a mapping that a value can keep: too large, too deep, or with a number in it that is not finite.

    >>> from balances import Feature
    >>> Feature(
    ...     id="seats",
    ...     name="Seats",
    ...     type="metered",
    ...     consumable=False,
    ...     processors={"rate": float("nan")},
    ... )
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
    """A plan item with a date. Only an item of a balance has one.

    >>> from datetime import UTC, datetime
    >>> from balances import PlanItem, Reset
    >>> PlanItem(
    ...     feature_id="messages",
    ...     reset=Reset(interval="month", resets_at=datetime(2026, 2, 1, tzinfo=UTC)),
    ... )
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


class InvalidChoice(BalancesError, ValueError, TypeError):
    """Not one of the words that may be given there. The message lists them, and asks about the nearest.

    >>> from balances import track
    >>> from balances.testing import balance
    >>> track(balance(100), 5, overage_behavior="ignore")
    Traceback (most recent call last):
    balances.InvalidChoice: overage_behavior: expected cap, reject or overflow, got 'ignore'
    >>> track(balance(100), 5, overage_behavior="rejected")
    Traceback (most recent call last):
    balances.InvalidChoice: overage_behavior: expected cap, reject or overflow, got 'rejected': did you mean 'reject'?
    """


class InsufficientBalance(BalancesError, ValueError):
    """A use that the balance does not meet, where all or nothing was asked for.

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
    """A hold that is confirmed at its expiry or later.

    >>> from datetime import UTC, datetime
    >>> from balances import confirm, hold
    >>> from balances.testing import balance
    >>> held = hold(
    ...     balance(100), 5, id="hold_1", expires_at=datetime(2026, 1, 1, 12, tzinfo=UTC)
    ... )
    >>> confirm(held.balance, held.hold, at=datetime(2026, 1, 1, 13, tzinfo=UTC))
    Traceback (most recent call last):
    balances.HoldExpired: expected a moment before 2026-01-01T12:00:00+00:00, got 2026-01-01T13:00:00+00:00
    """


class OutOfOrder(BalancesError, ValueError):
    """Usages that are not in order of time, or that go on after the end.

    >>> from datetime import UTC, datetime
    >>> from balances import Usage, simulate
    >>> from balances.testing import balance
    >>> usages = [Usage(at=datetime(2026, 1, day, tzinfo=UTC), amount=5) for day in (9, 8)]
    >>> simulate(balance(100), usages, until=datetime(2026, 2, 1, tzinfo=UTC))
    Traceback (most recent call last):
    balances.OutOfOrder: usages[1]: expected 2026-01-09T00:00:00+00:00 or later, got 2026-01-08T00:00:00+00:00
    """


class InvalidZone(BalancesError, ValueError):
    """A time zone that does not tell its offset from UTC: it fails when asked, or is a pytz zone (one with `localize`).

    >>> from datetime import UTC, datetime, tzinfo
    >>> from balances import cycle_at
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> cycle_at(now, anchor=now, interval="day", zone=tzinfo())
    Traceback (most recent call last):
    balances.InvalidZone: zone: expected an offset from UTC for every moment, got NotImplementedError
    """


class InvalidDuration(BalancesError, ValueError, TypeError):
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
    >>> credits = Feature(
    ...     id="credits", name="Credits", type="credit_system", consumable=True
    ... )
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
    >>> credits = Feature(
    ...     id="credits",
    ...     name="Credits",
    ...     type="credit_system",
    ...     consumable=True,
    ...     credit_schema=schema,
    ... )
    >>> credit_cost(credits, "tokens")
    Traceback (most recent call last):
    balances.NoCreditCost: expected one credit cost above 0 for 'tokens' in 'credits', got None
    """


class DuplicateItem(BalancesError, ValueError):
    """An item whose id another item of the balance has.

    >>> from balances import combine, with_item
    >>> from balances.testing import item
    >>> balance = combine([item(100, id="pro")], feature_id="messages")
    >>> with_item(balance, item(50, id="pro"))
    Traceback (most recent call last):
    balances.DuplicateItem: item: expected an id that no other item has, got 'pro'
    """


class NoSuchItem(BalancesError, LookupError):
    """An id that no item of the balance has.

    >>> from balances import combine, without_item
    >>> from balances.testing import item
    >>> balance = combine([item(100, id="pro")], feature_id="messages")
    >>> without_item(balance, "free")
    Traceback (most recent call last):
    balances.NoSuchItem: id: expected the id of an item ('pro'), got 'free'
    """


class NoSuchPlan(BalancesError, LookupError):
    """A plan that no item of the balance comes from.

    >>> from balances import change_plan, combine
    >>> from balances.testing import item
    >>> balance = combine([item(100, id="messages", plan_id="free")], feature_id="messages")
    >>> pro = item(500, id="more_messages", plan_id="pro")
    >>> change_plan(balance, [pro], old_plan_id="trial")
    Traceback (most recent call last):
    balances.NoSuchPlan: old_plan_id: expected the plan of an item ('free'), got 'trial'
    """


class NotPrepaid(BalancesError, ValueError):
    """An item of which no quantity is bought beforehand: its price is not prepaid, or it is unlimited.

    >>> from balances import combine, top_up
    >>> from balances.testing import item
    >>> balance = combine([item(100, id="pro")], feature_id="messages")
    >>> top_up(balance, "pro", 50)
    Traceback (most recent call last):
    balances.NotPrepaid: item_id: expected an item with a prepaid price, got 'pro', which has no price
    """


class UnknownAlert(BalancesError, ValueError):
    """An alert that this version cannot evaluate: it has a basis, a filter, or a threshold of an unknown type.

    >>> from balances import UsageAlert, crossed
    >>> from balances.testing import balance
    >>> alert = UsageAlert(
    ...     threshold=80, threshold_type="usage_percentage", basis="included"
    ... )
    >>> crossed(balance(100, 70), balance(100, 90), [alert])
    Traceback (most recent call last):
    balances.UnknownAlert: alerts[0]: expected an alert without a basis, got 'included'
    """


class WrongFeature(BalancesError, ValueError):
    """Two arguments that must be about one feature, and are about two.

    >>> from balances import crossed
    >>> from balances.testing import balance
    >>> crossed(balance(100), balance(100, feature_id="seats"), [])
    Traceback (most recent call last):
    balances.WrongFeature: after: expected the feature 'messages', got 'seats'
    """


class DuplicateFeature(BalancesError, ValueError):
    """A catalog that names a feature twice.

    >>> from balances import Account, Feature
    >>> seats = Feature(id="seats", name="Seats", type="metered", consumable=False)
    >>> Account(features=[seats, seats])
    Traceback (most recent call last):
    balances.DuplicateFeature: features: expected each feature once, got 'seats' again at index 1
    """


class MisplacedBalance(BalancesError, ValueError):
    """A balance or a flag that an account has at another key than its own feature id.

    >>> from balances import Account, Flag
    >>> Account(flags={"sso": Flag(id="flag_1", feature_id="audit_log")})
    Traceback (most recent call last):
    balances.MisplacedBalance: flags: expected each at its own feature id, got the one of 'audit_log' at 'sso'
    """


class UnknownFeature(BalancesError, LookupError):
    """A feature that the catalog of an account does not know.

    >>> from balances import Account, Feature, accounts
    >>> seats = Feature(id="seats", name="Seats", type="metered", consumable=False)
    >>> accounts.check(Account(features=[seats]), "seat")
    Traceback (most recent call last):
    balances.UnknownFeature: feature_id: expected a feature of the catalog, got 'seat': did you mean 'seats'?
    """


class UnknownEvent(BalancesError, LookupError):
    """An event name that stands for no feature of an account.

    >>> from balances import Account, accounts
    >>> accounts.record(Account(), "message.sent")
    Traceback (most recent call last):
    balances.UnknownEvent: event_name: expected the event name of a feature, got 'message.sent'
    """


def _is_text(_: object, attribute: Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name}: expected a string, got an object of type {type(value).__name__}")


@frozen
class Problem:
    """One mistake in a payload, and its place.

    `path` is the sender's own key path. `message` says what was expected there and what came.

    >>> print(Problem("$.breakdown[0].includedGrant", "expected a number, got '5'"))
    $.breakdown[0].includedGrant: expected a number, got '5'
    """

    __module__ = _HOME

    path: str = field(validator=_is_text)
    message: str = field(validator=_is_text)

    def __str__(self) -> str:
        """Say the place and the message, in one line."""
        return f"{self.path}: {self.message}"


class WireError(BalancesError, ValueError):
    """A payload that does not fit. All its problems are in `problems`.

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
        """List the problems, a line each; of very many or very long ones, the first."""
        number = len(self.problems)
        title = "1 problem" if number == 1 else f"{number:,} problems"
        lines = [str(problem) for problem in self.problems[:_PROBLEMS_SHOWN]]
        lengths = accumulate(map(len, lines))
        shown = [line for line, length in zip(lines, lengths, strict=True) if length <= _LONGEST_LIST] or lines[:1]
        unseen = number - len(shown)
        return "\n".join([title, *shown] if unseen == 0 else [title, *shown, f"and {unseen:,} more"])


def _spelled(amount: Decimal) -> str:
    """Return an amount as text; of a very long one, its beginning."""
    text = _AS_USUAL.to_sci_string(amount)
    return text if len(text) <= _LONGEST_AMOUNT else f"{text[:_LONGEST_AMOUNT]}..."
