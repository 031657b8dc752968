"""Using an amount of a balance, giving an amount back, and correcting the usage."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Generic, Literal, NamedTuple, TypeAlias

from attrs import field, frozen

from balances.base.amounts import ONE, ZERO, Amount, add, multiply, quotient, storable, subtract, to_amount
from balances.base.fields import Value, argument, named
from balances.base.home import public
from balances.base.unchecked import maker
from balances.base.words import Words, one_of
from balances.derived.credits import cost_of
from balances.derived.overages import is_allowed
from balances.errors import InsufficientBalance, Limit
from balances.usage.checking import binding_in, funds_of, stopped_by, to_optional_limit
from balances.usage.limits import (
    Controls,
    Controls_co,
    Matching,
    are_roomy,
    is_boolean,
    matching,
    room_of_whole,
    to_same_controls,
    with_counted,
)
from balances.usage.paying import Payer, Payers, opened, paid_from_what_is_left
from balances.usage.receipts import Deduction, to_deductions
from balances.values.balance import Balance, to_balance
from balances.values.policies import Policy, to_policy

__all__ = ["OverageBehavior", "Tracked", "set_usage", "track"]


@public
class OverageBehavior(Words):
    """The treatment of usage that a balance does not meet.

    `CAP` leaves it untracked, `REJECT` refuses the whole amount, and `OVERFLOW` counts it as overage all the same.

    >>> [behavior.value for behavior in OverageBehavior]
    ['cap', 'reject', 'overflow']
    """

    CAP = "cap"
    REJECT = "reject"
    OVERFLOW = "overflow"


_REJECT: Final = OverageBehavior.REJECT
_OVERFLOW: Final = OverageBehavior.OVERFLOW


AnyOverageBehavior: TypeAlias = OverageBehavior | Literal["cap", "reject", "overflow"]


def to_behavior(word: AnyOverageBehavior) -> OverageBehavior:
    """Return the behaviour of this name."""
    return word if isinstance(word, OverageBehavior) else one_of(OverageBehavior, word)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Tracked(Value, Generic[Controls_co]):
    """The result of tracking an amount: the new balance, the receipt, and how much was tracked.

    `tracked` and `untracked` add up to the amount, in units of the tracked feature. `deductions` is the receipt.
    `limit` is the limit that stood in the way when something is untracked. `controls` are the controls given, after
    their usage limits have counted this usage. For type checkers, they are optional only where none were given.

    >>> from balances.testing import balance
    >>> tracked = track(balance(100, 98), 5)
    >>> tracked.tracked, tracked.untracked, tracked.limit.value
    (Decimal('2'), Decimal('3'), 'included')
    >>> tracked.balance
    Balance(feature_id='messages', granted=100, remaining=0, usage=100)
    """

    balance: Balance = field(converter=to_balance)
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    tracked: Decimal = field(converter=to_amount)
    untracked: Decimal = field(converter=to_amount, default=ZERO)
    limit: Limit | None = field(converter=to_optional_limit, default=None)
    controls: Controls_co = field(converter=to_same_controls, default=None)


_make_tracked = maker(Tracked)


@public
def track(
    balance: Balance,
    /,
    amount: Amount,
    *,
    controls: Controls = None,  # type: ignore[assignment]  # None is what the type variable stands for, then
    overage_behavior: AnyOverageBehavior = OverageBehavior.CAP,
    credit_cost: Amount | None = None,
    properties: Mapping[str, Any] | None = None,
    feature_id: str | None = None,
    policy: Policy | None = None,
) -> Tracked[Controls]:
    """Use an amount of a balance: from its rollovers, then from its items, then as overage.

    `amount` is in units of the tracked feature: the balance's own, or `feature_id`, a member of its credit system. One
    unit of a member costs the balance `credit_cost`, which is looked up in `balance.feature` unless it is given.

    1. Usage limits whose filter matches `properties` clamp the amount.
    2. Rollovers pay first, the soonest to expire before the others.
    3. Then items pay in `deduction_order`, each down to zero. The burn order of the `policy` may rank the items in
       another way, and let rollovers pay after them.
    4. Then, in the same order, items go into overage as far as they may: each up to its own `max_purchase`, or all of
       them together up to a spend limit.
    5. `overage_behavior` decides about the rest.

    An unlimited item takes the whole amount, and nothing else is asked or changed. A boolean feature has nothing to
    count, so any amount of it is tracked.

    >>> from balances.testing import balance, item, rollover
    >>> from balances import combine
    >>> before = combine([item(100, 95, id="plan")], [rollover(10)], feature_id="messages")
    >>> tracked = track(before, 12)
    >>> for line in tracked.deductions:
    ...     print(line.kind, line.id, line.amount)
    rollover  10
    item plan 2

    A negative amount is a refund. It pays overage back first, and then fills items up to their grants. Rollovers are
    not refilled, and usage limits are neither asked nor changed. `undo` gives back exactly the amounts of a receipt.

    >>> track(tracked.balance, -1).balance.remaining
    Decimal('4')

    `OVERFLOW` may put overage on an item that sells none. Later, `check` counts that overage against the limits of the
    items that do sell. `track` asks each seller for its own limit only, so it may allow more:

    >>> from balances import check
    >>> from balances.testing import usage_based
    >>> seller = item(0, 0, id="seller", price=usage_based(max_purchase=10))
    >>> both = combine([item(5, 0, id="free"), seller], feature_id="messages")
    >>> overflown = track(both, 8, overage_behavior=OverageBehavior.OVERFLOW).balance
    >>> check(overflown, 10).headroom, track(overflown, 10).tracked
    (Decimal('7'), Decimal('10'))
    """
    amount, balance = argument("amount", to_amount, amount), argument("balance", to_balance, balance)
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    policy = argument("policy", to_policy, policy)
    limits = matching(controls, balance, feature_id, properties)
    cost = cost_of(balance, credit_cost, feature_id)
    if amount > 0 and is_boolean(balance):
        return _make_tracked(balance=balance, tracked=amount, controls=controls)
    if amount > 0 and cost is ONE and (not limits or are_roomy(limits, amount)):
        ledger = paid_from_what_is_left(balance, amount, policy.order)
        if ledger is not None:
            counted = with_counted(controls, limits, ledger.lines, amount)
            deductions = tuple(ledger.lines)
            return _make_tracked(balance=ledger.close(), deductions=deductions, tracked=amount, controls=counted)
    payer = opened(balance, cost, () if behavior is _OVERFLOW else limits)
    return _tracked(payer, Use(amount, Payers((payer,), (), policy.order, payer.cost), limits, controls, behavior))


@public
def set_usage(
    balance: Balance,
    /,
    usage: Amount,
    *,
    controls: Controls = None,  # type: ignore[assignment]  # as for track
    overage_behavior: AnyOverageBehavior = OverageBehavior.OVERFLOW,
    policy: Policy | None = None,
) -> Tracked[Controls]:
    """Correct the usage that a balance states, by tracking the difference.

    As this is a correction, usage limits neither clamp it nor count it. Lowering the usage gives back as a refund does:
    rollovers are not refilled, and an amount that cannot be given back is `untracked`.

    >>> from balances.testing import balance
    >>> set_usage(balance(100, 28), 40).balance
    Balance(feature_id='messages', granted=100, remaining=60, usage=40)
    """
    usage, balance = argument("usage", to_amount, usage), argument("balance", to_balance, balance)
    difference = argument("usage", storable, subtract(usage, balance.usage))
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    controls = argument("controls", to_same_controls, controls)
    policy = argument("policy", to_policy, policy)
    payer = opened(balance, ONE, ())
    return _tracked(payer, Use(difference, Payers((payer,), (), policy.order), (), controls, behavior))


class Use(NamedTuple, Generic[Controls]):
    """An amount of a feature, who may pay for it, and the terms on which it is asked for."""

    amount: Decimal
    payers: Payers
    limits: Matching
    controls: Controls
    behavior: OverageBehavior

    @property
    def overflows(self) -> bool:
        """Return whether usage beyond all limits is counted all the same."""
        return self.behavior is _OVERFLOW


class Paid(NamedTuple, Generic[Controls]):
    """The result of a use, beside the balances: the receipt, and the amounts in units of the tracked feature."""

    deductions: tuple[Deduction, ...]
    tracked: Decimal
    untracked: Decimal
    limit: Limit | None
    controls: Controls


def _tracked(payer: Payer, use: Use[Controls]) -> Tracked[Controls]:
    paid = pay(use)
    return _make_tracked(
        balance=payer.ledger.close(),
        deductions=paid.deductions,
        tracked=paid.tracked,
        untracked=paid.untracked,
        limit=paid.limit,
        controls=paid.controls,
    )


def pay(use: Use[Controls]) -> Paid[Controls]:
    """Let the payers pay for a use, or give it back to them."""
    asked = multiply(use.amount, use.payers.shares_per_unit)
    if not asked:
        return _paid(use, asked, ZERO)
    unlimited = use.payers.unlimited()
    if unlimited:
        payer, index = unlimited
        payer.ledger.move_item(index, multiply(use.amount, payer.cost))
        return _paid(use._replace(limits=()), asked, ZERO)
    if asked < 0:
        left = use.payers.give_back(asked.copy_negate()).copy_negate()
        return _paid(use._replace(limits=()), asked, left)
    payable = _payable(use, asked) if use.limits else asked
    left = use.payers.use(payable)
    if left:
        left = use.payers.use_beyond(left, use.controls, overflows=use.overflows)
    return _paid(use, asked, left if payable is asked else add(left, subtract(asked, payable)))


def _payable(use: Use[Controls], asked: Decimal) -> Decimal:
    """Return the shares that the limits on the whole use let through."""
    room = None if use.overflows else room_of_whole(use.limits, use.payers.shares_per_unit)
    return asked if room is None else min(asked, room)


def _paid(use: Use[Controls], asked: Decimal, left: Decimal) -> Paid[Controls]:
    """Say in units how much was paid and how much was not; raise where that is refused."""
    tracked, untracked, limit = use.amount, ZERO, None
    if left:
        tracked, untracked = _in_units(use, subtract(asked, left), left)
        limit = _limit_on(use, asked) if left > 0 else None
    if limit and use.behavior is _REJECT:
        raise InsufficientBalance(use.amount, tracked, limit)
    deductions = use.payers.receipt(tracked)
    controls = with_counted(use.controls, use.limits, deductions, tracked, is_beyond=use.overflows)
    return Paid(deductions, tracked, untracked, limit, controls)


def _limit_on(use: Use[Controls], asked: Decimal) -> Limit:
    """Return the limit that stood in the way of a use: the one that `check` names."""
    if use.overflows:
        return Limit.SPEND_LIMIT
    *others, last = use.payers.all
    balance = last.ledger.balance
    if not use.limits:
        return binding_in(balance, use.controls, is_for_sale=bool(is_allowed(balance, use.controls)))
    funds = funds_of(balance, use.limits, use.controls)
    whole = room_of_whole(use.limits, use.payers.shares_per_unit)
    return stopped_by(asked, whole, _room_of(others, use), funds, last.weight) or funds.binding


def _room_of(payers: Iterable[Payer], use: Use[Controls]) -> Decimal | None:
    """Return how many shares some payers may pay, or None if one of them may pay any number."""
    whole = ZERO
    for payer in payers:
        room = funds_of(payer.ledger.balance, use.limits, use.controls).room
        if room is None:
            return None
        whole = add(whole, multiply(max(ZERO, room), payer.weight))
    return whole


def _in_units(use: Use[Controls], paid: Decimal, left: Decimal) -> tuple[Decimal, Decimal]:
    """Return the tracked and the untracked amount in units.

    The lesser one is divided, and the greater one is the rest of the whole. So neither can be more than the whole.
    """
    amount, shares = use.amount, use.payers.shares_per_unit
    if left.copy_abs() <= paid.copy_abs():
        untracked = storable(quotient(left, shares))
        return storable(subtract(amount, untracked)), untracked
    tracked = storable(quotient(paid, shares))
    return tracked, storable(subtract(amount, tracked))
