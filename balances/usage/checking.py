"""Whether an amount may be used now."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal
from typing import Any, Final, Literal, NamedTuple, TypeAlias

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
    subtract,
    to_amount,
    to_optional_amount,
)
from balances.base.fields import Value, argument, instance_of, named, to_flag, to_text
from balances.base.home import public
from balances.base.messages import described
from balances.base.unchecked import maker
from balances.base.words import one_of
from balances.derived.credits import cost_of
from balances.derived.overages import is_allowed, plan_limit, room_for_overage, spend_limit
from balances.errors import Limit
from balances.usage.limits import Matching, is_boolean, matching, room_by_items, room_of_whole
from balances.values.balance import Balance, Flag, to_balance
from balances.values.controls import BillingControls

__all__ = ["Decision", "Ruling", "check", "explain"]

_BILLION = Decimal(10**9)

# Where a member of an enum is looked up on each call, that takes a good part of it in Python 3.11.
_USAGE_LIMIT: Final = Limit.USAGE_LIMIT
_INCLUDED: Final = Limit.INCLUDED
_SPEND_LIMIT: Final = Limit.SPEND_LIMIT
_MAX_PURCHASE: Final = Limit.MAX_PURCHASE
_NOT_HELD: Final = Limit.NOT_HELD

_REASONS: Final[dict[Limit | None, str]] = {
    _USAGE_LIMIT: "that would exceed the usage limit",
    _INCLUDED: "that is more than remains",
    _SPEND_LIMIT: "that would exceed the spend limit",
    _MAX_PURCHASE: "that is more than can be purchased",
    _NOT_HELD: "the customer does not have this feature",
    None: "that is too much",
}


AnyLimit: TypeAlias = Limit | Literal["usage_limit", "included", "spend_limit", "max_purchase", "not_held"]


def to_optional_limit(word: AnyLimit | None) -> Limit | None:
    """Return the limit of this name, or None."""
    return None if word is None else one_of(Limit, word)


def _to_optional_flag_value(flag: Flag | None) -> Flag | None:
    return None if flag is None else instance_of(flag, Flag)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Decision(Value):
    """The answer of `check`: truthy when the amount may be used, falsy when it may not.

    `limit` is the limit that stood in the way, `None` when the amount is allowed. `headroom` is the largest amount that
    would have been allowed, `None` when there is no limit. As text, a decision is the sentence of `explain`.

    >>> from balances.testing import balance
    >>> decision = check(balance(100, 98), 5)
    >>> bool(decision), decision.allowed, decision.headroom
    (False, False, Decimal('2'))
    >>> print(decision)
    5 cannot be used now: that is more than remains; up to 2 can.
    """

    allowed: bool = field(converter=to_flag)
    limit: Limit | None = field(converter=to_optional_limit, default=None)
    headroom: Decimal | None = field(converter=to_optional_amount, default=None)
    required: Decimal = field(converter=to_amount)

    def __bool__(self) -> bool:
        """Return whether the amount is allowed."""
        return self.allowed

    def __str__(self) -> str:
        """Explain the decision."""
        return explain(self)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Ruling(Value):
    """The answer of `accounts.check`, over all that a customer holds. A refusal is falsy.

    `allowed`, `limit`, `headroom` and `required` are as in a `Decision`. `feature_id` names the balance that the sender
    would show, and `flag` is the flag of a boolean feature that is held.

    >>> from balances import Account, accounts
    >>> if not accounts.check(Account(), "messages"):
    ...     print("not held")
    not held
    """

    allowed: bool = field(converter=to_flag)
    limit: Limit | None = field(converter=to_optional_limit, default=None)
    headroom: Decimal | None = field(converter=to_optional_amount, default=None)
    required: Decimal = field(converter=to_amount)
    feature_id: str = field(converter=to_text)
    flag: Flag | None = field(converter=_to_optional_flag_value, default=None)

    def __bool__(self) -> bool:
        """Return whether the amount is allowed."""
        return self.allowed

    def __str__(self) -> str:
        """Explain the ruling."""
        return explain(self)


_decide = maker(Decision)


def _to_decision(decision: Decision | Ruling) -> Decision | Ruling:
    return instance_of(decision, Decision, Ruling)


@public
def check(
    balance: Balance,
    /,
    required: Amount = 1,
    *,
    controls: BillingControls | None = None,
    properties: Mapping[str, Any] | None = None,
    credit_cost: Amount | None = None,
    feature_id: str | None = None,
) -> Decision:
    """Decide whether an amount may be used now. A refusal is falsy.

    `required` is in units of the tracked feature: the balance's own, or `feature_id`, a member of its credit system.
    One unit of a member costs the balance `credit_cost`, which is looked up in `balance.feature` unless it is given.

    The usage limits whose filter matches `properties` are asked first. Then the amount must fit into the amount left
    and, where overage is allowed, the overage that is still allowed. A boolean feature, an unlimited balance, and a
    requirement of zero or less are always allowed. Nothing is changed or reserved: `hold` reserves.

    >>> from balances.testing import balance
    >>> if check(balance(100, 28), 50):
    ...     print("go on")
    go on
    >>> decision = check(balance(100, 28), 80)
    >>> decision.allowed, decision.limit, decision.headroom
    (False, <Limit.INCLUDED: 'included'>, Decimal('72'))
    >>> check(balance(100, 28), 8, credit_cost=10).headroom
    Decimal('7.2')

    An amount is allowed exactly when `track` with `OverageBehavior.REJECT` and the same arguments would succeed, except
    where the totals are not the sum of the parts, or an item has more overage than it may sell. `OVERFLOW` can lead to
    such an item: it may put overage on an item that sells none. `check` counts that overage against the limits of the
    items that do sell, while `track` asks each seller for its own limit. Here an item that sells none has 3 of overage,
    and another may sell up to 10:

    >>> from balances import OverageBehavior, combine, track
    >>> from balances.testing import item, usage_based
    >>> seller = item(0, 0, id="seller", price=usage_based(max_purchase=10))
    >>> overflown = combine([item(5, 8, id="free"), seller], feature_id="messages")
    >>> check(overflown, 10).headroom
    Decimal('7')
    >>> track(overflown, 10, overage_behavior=OverageBehavior.REJECT).tracked
    Decimal('10')
    """
    needed = argument("required", to_amount, required)
    balance = balance if balance.__class__ is Balance else argument("balance", to_balance, balance)
    limits = matching(controls, balance, feature_id, properties)
    cost = cost_of(balance, credit_cost, feature_id)
    if balance.unlimited or (balance.feature is not None and is_boolean(balance)):
        return _decide(allowed=True, headroom=None, limit=None, required=needed)
    limit, headroom = decided(balance, cost, needed, limits, controls)
    return _decide(allowed=limit is None, limit=limit, headroom=headroom, required=needed)


def decided(
    balance: Balance, cost: Decimal, needed: Decimal, limits: Matching, controls: BillingControls | None
) -> tuple[Limit | None, Decimal | None]:
    """Return the limit that stands in the way where one balance pays alone, if one does, and the headroom."""
    is_for_sale = is_allowed(balance, controls)
    if is_for_sale is None:
        return None, None
    asked = needed if cost is ONE else multiply(needed, cost)
    if limits:
        funds, whole = funds_of(balance, limits, controls), room_of_whole(limits, cost)
        room = lesser(whole, funds.room)
        is_met = needed <= ZERO or room is None or asked <= room
        return None if is_met else stopped_by(asked, whole, ZERO, funds, ONE), in_units(room, cost)
    # Without usage limits, the balance alone decides: this is what nearly every use asks.
    room = room_in(balance, controls, is_for_sale=True) if is_for_sale else balance.remaining
    is_met = needed <= ZERO or room is None or asked <= room
    return None if is_met else binding_in(balance, controls, is_for_sale=is_for_sale), in_units(room, cost)


class Funds(NamedTuple):
    """How much one balance may pay: under the usage limits on its items, and by itself. None means no limit.

    `binding` is the limit that stands in the way where the balance itself does not suffice.
    """

    under_limits: Decimal | None
    in_balance: Decimal | None
    binding: Limit

    @property
    def room(self) -> Decimal | None:
        """Return how much it may pay in all."""
        return lesser(self.under_limits, self.in_balance)


def funds_of(balance: Balance, limits: Matching, controls: BillingControls | None) -> Funds:
    """Return how much a balance may pay."""
    under_limits = room_by_items(limits, balance) if limits else None
    is_for_sale = bool(is_allowed(balance, controls))
    binding = binding_in(balance, controls, is_for_sale=is_for_sale)
    return Funds(under_limits, room_in(balance, controls, is_for_sale=is_for_sale), binding)


def room_in(balance: Balance, controls: BillingControls | None, *, is_for_sale: bool | None) -> Decimal | None:
    """Return how much a balance may pay by itself, given whether there may be overage; None means no limit."""
    if not is_for_sale:
        return None if is_for_sale is None else balance.remaining
    spending = spend_limit(balance, controls) if controls else None
    limit = plan_limit(balance) if spending is None else spending
    return None if limit is None else add(balance.remaining, room_for_overage(balance, limit))


def binding_in(balance: Balance, controls: BillingControls | None, *, is_for_sale: bool) -> Limit:
    """Return the limit that stands in the way where the balance itself does not suffice."""
    if not is_for_sale:
        return _INCLUDED
    return _MAX_PURCHASE if spend_limit(balance, controls) is None else _SPEND_LIMIT


def stopped_by(
    asked: Decimal, whole: Decimal | None, others: Decimal | None, last: Funds, weight: Decimal
) -> Limit | None:
    """Return the limit that stops a use, or None: a limit on the whole use, or the limit of the last payer.

    `asked`, `whole` and `others`, the room of the payers before the last, are in shares. One unit of the last payer is
    so many shares as its weight.
    """
    if whole is not None and asked > whole:
        return _USAGE_LIMIT
    if others is None or asked <= others:
        return None
    asked = subtract(asked, others)
    if last.under_limits is not None and asked > multiply(last.under_limits, weight):
        return _USAGE_LIMIT
    return last.binding if last.in_balance is not None and asked > multiply(last.in_balance, weight) else None


@public
def explain(decision: Decision | Ruling, /) -> str:
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
    amount, most = _told(decision.required), decision.headroom
    if decision.limit is _NOT_HELD:
        return f"{amount} cannot be used now: {_REASONS[_NOT_HELD]}."
    if not decision.allowed:
        others = f"up to {_told(most)} can" if most else "nothing can"
        return f"{amount} cannot be used now: {_REASONS[decision.limit]}; {others}."
    if decision.required <= 0:
        return f"{amount} can be used now: that takes nothing."
    return f"{amount} can be used now: {'there is no limit' if most is None else f'up to {_told(most)} can'}."


def _told(amount: Decimal) -> str:
    """Return a number for a person, with at most nine digits of a fraction."""
    billionths = multiply(amount, _BILLION).to_integral_value(ROUND_DOWN, EXACT)
    return described(normalised(billionths.scaleb(-9, EXACT)) if billionths else amount)


def lesser(room: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return the lesser of two rooms, where None is no limit."""
    if room is None or other is None:
        return other if room is None else room
    return room if room < other else other


def in_units(room: Decimal | None, cost: Decimal) -> Decimal | None:
    """Return the largest number of units that fits. A value can keep it, so that it can be asked for."""
    if room is None:
        return None
    if room <= ZERO:
        return ZERO
    units = normalised(room if cost is ONE else quotient(room, cost, ROUND_FLOOR))
    if units >= LARGEST:
        return LARGEST
    return units if units >= ONE or float(units) else ZERO
