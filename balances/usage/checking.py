"""Whether this much may be used now."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal
from typing import Any, Final, Literal, TypeAlias

from attrs import field, frozen

from balances.base.amounts import (
    EXACT,
    LARGEST,
    ONE,
    ZERO,
    Amount,
    add,
    multiply,
    normalised,
    quotient,
    to_amount,
    to_optional_amount,
)
from balances.base.fields import Bound, Value, argument, instance_of, named, to_flag
from balances.base.home import public
from balances.base.messages import described
from balances.base.unchecked import maker
from balances.base.words import one_of
from balances.derived.overages import is_allowed, plan_limit, room_for_overage, spend_limit
from balances.errors import Limit
from balances.usage.limits import is_boolean, matching, room_in
from balances.values.balance import Balance, to_balance
from balances.values.controls import BillingControls

__all__ = ["Decision", "check", "explain"]

_BILLION = Decimal(10**9)
_ABOVE_ZERO = Bound(0, is_open=True)

_REASONS: Final[dict[Limit | None, str]] = {
    Limit.USAGE_LIMIT: "that would exceed the usage limit",
    Limit.INCLUDED: "that is more than is left of what is included",
    Limit.SPEND_LIMIT: "that would exceed the spend limit",
    Limit.MAX_PURCHASE: "that is more than can be purchased",
}


AnyLimit: TypeAlias = Limit | Literal["usage_limit", "included", "spend_limit", "max_purchase"]


def to_optional_limit(word: AnyLimit | None) -> Limit | None:
    """Return the limit of this name, or None."""
    return None if word is None else one_of(Limit, word)


def to_credit_cost(value: Amount) -> Decimal:
    """Return what one unit costs; more than nothing."""
    cost = to_amount(value)
    _ABOVE_ZERO.check(cost)
    return cost


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Decision(Value):
    """Whether this much may be used now, and why.

    `limit` is what stood in the way; `None` when it is allowed. `headroom` is the most that would have been allowed;
    `None` means no limit. As text, it is the sentence of `explain`.

    >>> from balances.testing import balance
    >>> print(check(balance(100, 98), 5))
    5 cannot be used now: that is more than is left of what is included; up to 2 can.
    """

    allowed: bool = field(converter=to_flag)
    limit: Limit | None = field(converter=to_optional_limit, default=None)
    headroom: Decimal | None = field(converter=to_optional_amount, default=None)
    required: Decimal = field(converter=to_amount)

    def __str__(self) -> str:
        """Explain it."""
        return explain(self)


_decide = maker(Decision)


def _to_decision(decision: Decision) -> Decision:
    return instance_of(decision, Decision)


@public
def check(
    balance: Balance,
    /,
    required: Amount = 1,
    *,
    controls: BillingControls | None = None,
    properties: Mapping[str, Any] | None = None,
    credit_cost: Amount = 1,
    feature_id: str | None = None,
) -> Decision:
    """Decide whether this much may be used now.

    `required` is in units of the tracked feature, `feature_id` (the balance's own, unless given), each of which costs
    the balance `credit_cost`. Asked are, in this order: the usage limits whose filter matches `properties`; then what
    remains and, where overage is allowed, how much more of that there may be. It is allowed exactly when `track` with
    `OverageBehavior.REJECT` and the same arguments would succeed, as long as the totals are those of the parts and no
    item has more overage than it may have. Nothing is changed, and nothing reserved: for that, see `hold`.

    Nothing stands in the way of a boolean feature, of an unlimited balance, or of a requirement of zero or less.

    >>> from balances.testing import balance
    >>> decision = check(balance(100, 28), 80)
    >>> decision.allowed, decision.limit, decision.headroom
    (False, <Limit.INCLUDED: 'included'>, Decimal('72'))
    >>> check(balance(100, 28), 8, credit_cost=10).headroom
    Decimal('7.2')
    """
    needed = argument("required", to_amount, required)
    cost = (
        ONE if type(credit_cost) is int and credit_cost == 1 else argument("credit_cost", to_credit_cost, credit_cost)
    )
    balance = argument("balance", to_balance, balance)
    limits = matching(controls, balance, feature_id, properties)
    if balance.unlimited or is_boolean(balance):
        return _decide(allowed=True, headroom=None, limit=None, required=needed)
    in_windows = room_in(limits, cost) if limits else None
    in_balance, binding = _room(balance, controls)
    asked = multiply(needed, cost)
    limit = None
    if in_windows is not None and ZERO < asked > in_windows:
        limit = Limit.USAGE_LIMIT
    elif in_balance is not None and ZERO < asked > in_balance:
        limit = binding
    headroom = _in_units(_lesser(in_windows, in_balance), cost)
    return _decide(allowed=limit is None, limit=limit, headroom=headroom, required=needed)


@public
def explain(decision: Decision, /) -> str:
    """Return a decision as a sentence that can be sent to a customer.

    >>> from balances import SpendLimit
    >>> from balances.testing import balance
    >>> limits = [SpendLimit(feature_id="messages", enabled=True, overage_limit=20)]
    >>> used_up = balance(100, 115, overage_allowed=True)
    >>> explain(check(used_up, 10, controls=BillingControls(spend_limits=limits)))
    '10 cannot be used now: that would exceed the spend limit; up to 5 can.'
    >>> explain(check(used_up, 10))
    '10 can be used now: there is no limit.'
    """
    decision = argument("decision", _to_decision, decision)
    amount, most = _legible(decision.required), decision.headroom
    if decision.required <= 0:
        return f"{amount} can be used now: that takes nothing."
    if decision.allowed:
        return f"{amount} can be used now: {'there is no limit' if most is None else f'up to {_legible(most)} can'}."
    reason = _REASONS.get(decision.limit, "that is too much")
    return f"{amount} cannot be used now: {reason}; {f'up to {_legible(most)} can' if most else 'nothing can'}."


def _legible(amount: Decimal) -> str:
    """Return a number for a person: of a long fraction, what it begins with."""
    billionths = multiply(amount, _BILLION).to_integral_value(ROUND_DOWN, EXACT)
    return described(normalised(billionths.scaleb(-9, EXACT)) if billionths else amount)


def binding_limit(balance: Balance, controls: BillingControls | None) -> Limit:
    """Return what stands in the way when a balance does not suffice."""
    return _room(balance, controls)[1]


def _room(balance: Balance, controls: BillingControls | None) -> tuple[Decimal | None, Limit]:
    """Return how much the balance may still pay, None without limit, and what would stand in the way beyond that."""
    if not is_allowed(balance, controls):
        return balance.remaining, Limit.INCLUDED
    spending = spend_limit(balance, controls)
    binding = Limit.MAX_PURCHASE if spending is None else Limit.SPEND_LIMIT
    limit = plan_limit(balance) if spending is None else spending
    if limit is None:
        return None, binding
    return add(balance.remaining, room_for_overage(balance, limit)), binding


def _lesser(room: Decimal | None, other: Decimal | None) -> Decimal | None:
    if room is None or other is None:
        return other if room is None else room
    return min(room, other)


def _in_units(room: Decimal | None, cost: Decimal) -> Decimal | None:
    """Return the largest amount of units that fits: one that a value may keep, so that it can be asked for."""
    if room is None:
        return None
    if room <= 0:
        return ZERO
    units = normalised(min(LARGEST, quotient(room, cost, ROUND_FLOOR)))
    return units if float(units) else ZERO
