"""Using an amount of a feature, paid by all the balances that may pay for it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import field, frozen

from balances.accounts.payers import (
    Policies,
    after,
    is_switch,
    limits_on,
    listing_of,
    paid_by_own,
    payers_of,
    policy_of,
    to_account,
    to_policies,
)
from balances.base.amounts import ZERO, Amount, storable, to_amount, total
from balances.base.fields import Value, argument, named, to_text
from balances.base.home import public, public_in
from balances.base.messages import described, suggestion
from balances.base.unchecked import maker
from balances.errors import InsufficientBalance, InvalidChoice, Limit, UnknownEvent
from balances.usage.checking import to_optional_limit
from balances.usage.limits import are_roomy, with_counted
from balances.usage.receipts import Deduction, to_deductions
from balances.usage.tracking import AnyOverageBehavior, OverageBehavior, Use, pay, to_behavior
from balances.values.accounts import Account

__all__ = ["AccountTracked", "record", "track"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class AccountTracked(Value):
    """The result of tracking over an account: the new account, the receipt, and how much was tracked.

    Each receipt line names the balance that paid by its `feature_id`. `tracked` and `untracked` add up to the amount,
    in units of the tracked feature. `limit` is the limit that stood in the way when something is untracked.

    >>> AccountTracked(account=Account(), tracked=0).deductions
    ()
    """

    account: Account = field(converter=to_account)
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    tracked: Decimal = field(converter=to_amount)
    untracked: Decimal = field(converter=to_amount, default=ZERO)
    limit: Limit | None = field(converter=to_optional_limit, default=None)


_make_tracked = maker(AccountTracked)
# Where a member of an enum is looked up on each call, that takes a good part of it in Python 3.11.
_OVERFLOW: Final = OverageBehavior.OVERFLOW


@public_in("balances.accounts")
def track(
    account: Account,
    /,
    feature_id: str,
    amount: Amount = 1,
    *,
    properties: Mapping[str, Any] | None = None,
    overage_behavior: AnyOverageBehavior = OverageBehavior.CAP,
    policies: Policies = None,
) -> AccountTracked:
    """Use an amount of a feature, paid by its own balance and by every credit system that contains it.

    Rollovers of all of them pay first, the soonest to expire before the others. Then items pay down to zero, those of
    the own balance before those of the systems. Only then do items go into overage, in the same order, each as far as
    the limits and controls of its own feature allow. The order is that of the tracked feature's policy.

    A usage limit on the feature counts tracked units, whichever balance pays, and clamps the whole. A usage limit on a
    credit system counts the amount that its items pay, and an exhausted one skips only that system. An unlimited item
    of any payer takes the whole amount. A boolean feature that is held has nothing to count.

    Where no balance pays, nothing happens: all of the amount is `untracked`, and `limit` is `Limit.NOT_HELD`.
    `OverageBehavior.REJECT` raises `InsufficientBalance` then, as whenever the whole amount is not met.

    >>> from balances import Balance, CreditCost, Feature
    >>> schema = [CreditCost(metered_feature_id="images", credit_cost=4)]
    >>> system = Feature(
    ...     id="credits",
    ...     name="",
    ...     type="credit_system",
    ...     consumable=True,
    ...     credit_schema=schema,
    ... )
    >>> images = Balance(feature_id="images", granted=10, remaining=2, usage=8)
    >>> credits = Balance(feature_id="credits", granted=100, remaining=100, usage=0)
    >>> account = Account(
    ...     features=[system], balances={"images": images, "credits": credits}
    ... )
    >>> tracked = track(account, "images", 5)
    >>> for line in tracked.deductions:
    ...     print(line.feature_id, line.units, line.amount)
    images 2 2
    credits 3 12
    >>> tracked.account.balances["credits"].remaining
    Decimal('88')
    """
    account = account if account.__class__ is Account else argument("account", to_account, account)
    amount = argument("amount", to_amount, amount)
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    policies = None if policies is None else argument("policies", to_policies, policies)
    return _tracked(account, feature_id, amount, properties=properties, behavior=behavior, policies=policies)


def _tracked(
    account: Account,
    feature_id: str,
    amount: Decimal,
    *,
    properties: Mapping[str, Any] | None,
    behavior: OverageBehavior,
    policies: Policies,
) -> AccountTracked:
    listing, controls = listing_of(account, feature_id), account.controls
    feature_id = listing.feature_id
    limits = () if controls is None and properties is None else limits_on(account, feature_id, properties)
    if amount > ZERO and is_switch(account, listing):
        return _make_tracked(account=account, tracked=amount)
    overflows, policy = behavior is _OVERFLOW, policy_of(policies, feature_id)
    if amount > ZERO and (not limits or are_roomy(limits, amount)):
        ledger = paid_by_own(account, listing, amount, policy.order)
        if ledger is not None:
            counted = with_counted(controls, limits, ledger.lines, amount)
            deductions = tuple(ledger.lines)
            return _make_tracked(account=after(account, [ledger], counted), deductions=deductions, tracked=amount)
    payers = payers_of(account, listing, () if overflows else limits, policy)
    if not payers.all:
        return _not_held(account, feature_id, amount, behavior)
    paid = pay(Use(amount, payers, limits, controls, behavior))
    return _make_tracked(
        account=after(account, (payer.ledger for payer in payers.all), paid.controls),
        deductions=paid.deductions,
        tracked=paid.tracked,
        untracked=paid.untracked,
        limit=paid.limit,
    )


def _not_held(account: Account, feature_id: str, amount: Decimal, behavior: OverageBehavior) -> AccountTracked:
    if amount > 0 and behavior is OverageBehavior.REJECT:
        raise InsufficientBalance(amount, ZERO, Limit.NOT_HELD)
    limit = Limit.NOT_HELD if amount and feature_id not in account.flags else None
    return _make_tracked(account=account, tracked=ZERO, untracked=amount, limit=limit)


@public_in("balances.accounts")
def record(
    account: Account,
    /,
    event_name: str,
    amount: Amount = 1,
    *,
    properties: Mapping[str, Any] | None = None,
    overage_behavior: AnyOverageBehavior = OverageBehavior.CAP,
    policies: Policies = None,
) -> AccountTracked:
    """Track an event: every feature that has this event name gets the whole amount, in catalog order.

    The features are tracked one after another. `tracked` and `untracked` are sums over the features, and `limit` is
    that of the last feature that met a limit. An event is never all or nothing, so `OverageBehavior.REJECT` is refused.

    >>> from balances import Balance, Feature
    >>> names = ["message.sent"]
    >>> messages = Feature(
    ...     id="messages", name="", type="metered", consumable=True, event_names=names
    ... )
    >>> balance = Balance(feature_id="messages", granted=100, remaining=100, usage=0)
    >>> account = Account(features=[messages], balances={"messages": balance})
    >>> record(account, "message.sent").tracked
    Decimal('1')
    """
    account, amount = argument("account", to_account, account), argument("amount", to_amount, amount)
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    if behavior is OverageBehavior.REJECT:
        raise InvalidChoice("overage_behavior: expected cap or overflow, got 'reject'")
    policies = argument("policies", to_policies, policies)
    results: list[AccountTracked] = []
    for feature_id in features_of_event(account, event_name):
        results.append(
            _tracked(account, feature_id, amount, properties=properties, behavior=behavior, policies=policies)
        )
        account = results[-1].account
    return _make_tracked(
        account=account,
        deductions=tuple([line for result in results for line in result.deductions]),
        tracked=storable(total(result.tracked for result in results)),
        untracked=storable(total(result.untracked for result in results)),
        limit=next((result.limit for result in reversed(results) if result.limit), None),
    )


def features_of_event(account: Account, event_name: str) -> list[str]:
    """Return the ids of the features that an event name stands for, in the order of the catalog."""
    event_name = argument("event_name", to_text, event_name)
    events = account.catalog.events
    if event_name not in events:
        near = suggestion(event_name, events)
        raise UnknownEvent(f"event_name: expected the event name of a feature, got {described(event_name)}{near}")
    return events[event_name]
