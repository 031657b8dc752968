"""Using an amount of a balance, giving an amount back, and correcting the usage."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Generic, NamedTuple, TypeAlias

from attrs import field, frozen

from balances.base.amounts import ONE, ZERO, Amount, add, multiply, quotient, storable, subtract, to_amount, total
from balances.base.fields import Value, argument, named, one_of
from balances.base.home import public
from balances.base.unchecked import maker
from balances.derived.credits import cost_of
from balances.derived.ordering import expiry_order_of
from balances.derived.overages import is_allowed, is_usage_based, overage, spend_limit
from balances.errors import InsufficientBalance, Limit
from balances.usage.checking import binding_limit, to_optional_limit
from balances.usage.ledger import Ledger
from balances.usage.limits import (
    Controls,
    Controls_co,
    Matching,
    is_boolean,
    matching,
    room_in,
    to_same_controls,
    with_counted,
)
from balances.usage.receipts import Deduction, to_deductions, units_of
from balances.values.balance import Balance, Breakdown, to_balance

__all__ = ["OverageBehavior", "Tracked", "set_usage", "track"]


@public
class OverageBehavior(StrEnum):
    """What becomes of the usage that a balance does not meet.

    `CAP` leaves it untracked, `REJECT` refuses the whole amount, and `OVERFLOW` counts it as overage all the same.

    >>> [behavior.value for behavior in OverageBehavior]
    ['cap', 'reject', 'overflow']
    """

    CAP = "cap"
    REJECT = "reject"
    OVERFLOW = "overflow"


_REJECT: Final = OverageBehavior.REJECT
_OVERFLOW: Final = OverageBehavior.OVERFLOW


def to_behavior(word: str) -> OverageBehavior:
    """Return the behaviour of this name."""
    return word if isinstance(word, OverageBehavior) else one_of(OverageBehavior, word)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Tracked(Generic[Controls_co], Value):  # noqa: PYI059  (Value passes no subclass on to Generic)
    """The result of tracking an amount: the new balance, the receipt, and how much was tracked.

    `tracked` and `untracked` add up to the amount, in units of the tracked feature. `deductions` is the receipt.
    `limit` is the limit that stood in the way when something is untracked. `controls` are the controls given, after
    their usage limits have counted this usage; type checkers know that they are there where they were given.

    >>> from balances.testing import balance
    >>> tracked = track(balance(100, 98), 5)
    >>> tracked.balance, tracked.tracked, tracked.untracked, tracked.limit.value
    (Balance(feature_id='messages', granted=100, remaining=0, usage=100), Decimal('2'), Decimal('3'), 'included')
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
    overage_behavior: OverageBehavior = OverageBehavior.CAP,
    credit_cost: Amount | None = None,
    properties: Mapping[str, Any] | None = None,
    feature_id: str | None = None,
) -> Tracked[Controls]:
    """Use an amount of a balance: from its rollovers, then from its items, then as overage.

    `amount` is in units of the tracked feature: the balance's own, or `feature_id`, a member of its credit system. One
    unit of a member costs the balance `credit_cost`, which is looked up in `balance.feature` unless it is given.

    1. Usage limits whose filter matches `properties` clamp the amount.
    2. Rollovers pay first, the soonest to expire before the others.
    3. Then items pay in `deduction_order`, each down to zero.
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
    not refilled, and usage limits are neither asked nor changed. `undo` gives back exactly what was taken.

    >>> track(tracked.balance, -1).balance.remaining
    Decimal('4')

    `OVERFLOW` may put overage on an item that sells none. Later, `check` counts that overage against the limits of the
    items that do sell, but `track` asks each seller for its own limit only, and so may allow more:

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
    limits = matching(controls, balance, feature_id, properties)
    cost = cost_of(balance, credit_cost, feature_id)
    if amount > 0 and is_boolean(balance):
        return _make_tracked(balance=balance, tracked=amount, controls=controls)
    return _tracked(_Request(balance, amount, cost, limits, controls, behavior))


@public
def set_usage(
    balance: Balance,
    /,
    usage: Amount,
    *,
    controls: Controls = None,  # type: ignore[assignment]  # as for track
    overage_behavior: OverageBehavior = OverageBehavior.OVERFLOW,
) -> Tracked[Controls]:
    """Correct the usage that a balance states, by tracking the difference.

    As this is a correction, usage limits neither clamp it nor count it. Lowering the usage gives back as a refund does:
    rollovers are not refilled, and what cannot be given back is `untracked`.

    >>> from balances.testing import balance
    >>> set_usage(balance(100, 28), 40).balance
    Balance(feature_id='messages', granted=100, remaining=60, usage=40)
    """
    usage, balance = argument("usage", to_amount, usage), argument("balance", to_balance, balance)
    difference = argument("usage", storable, subtract(usage, balance.usage))
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    controls = argument("controls", to_same_controls, controls)
    return _tracked(_Request(balance, difference, ONE, (), controls, behavior))


class _Request(NamedTuple, Generic[Controls]):
    """An amount, and the terms on which it is asked for."""

    balance: Balance
    amount: Decimal
    cost: Decimal
    limits: Matching
    controls: Controls
    behavior: OverageBehavior


def _tracked(request: _Request[Controls]) -> Tracked[Controls]:
    asked = multiply(request.amount, request.cost)
    ledger = Ledger(request.balance)
    if not asked:
        return _closed(request, ledger, ZERO, ZERO, None)
    if ledger.is_unlimited:
        ledger.move_item(ledger.order()[0], asked)
        return _closed(request, ledger, asked, ZERO, None)
    if asked < 0:
        left = refund(ledger, asked.copy_negate()).copy_negate()
        return _closed(request._replace(limits=()), ledger, asked, left, None)
    return _used(request, ledger, asked)


def _used(request: _Request[Controls], ledger: Ledger, asked: Decimal) -> Tracked[Controls]:
    overflows = request.behavior is _OVERFLOW
    room = None if overflows else room_in(request.limits, request.balance, request.cost)
    payable = asked if room is None else min(asked, room)
    left = _take(_parts_in_order(ledger), payable)
    if left:
        left = _take_overage(request, ledger, left)
    clamped = subtract(asked, payable)
    limit = Limit.USAGE_LIMIT if clamped else _binding(request) if left else None
    return _closed(request, ledger, asked, add(left, clamped), limit)


Take: TypeAlias = Callable[[int, Decimal], Decimal]
"""A method of a ledger that takes from one part, and returns the rest."""


def _parts_in_order(ledger: Ledger) -> Iterator[tuple[Take, int]]:
    """Go through the parts in the order in which they pay. The items are not sorted where rollovers suffice."""
    for index in expiry_order_of(ledger.rollovers):
        yield ledger.take_from_rollover, index
    for index in ledger.order():
        yield ledger.take_from_item, index


def _take(parts: Iterator[tuple[Take, int]], amount: Decimal) -> Decimal:
    """Take an amount from parts, one after the other; return the rest."""
    for take, index in parts:
        if not amount:
            break
        amount = take(index, amount)
    return amount


def _take_overage(request: _Request[Controls], ledger: Ledger, amount: Decimal) -> Decimal:
    """Take an amount beyond zero from the items that may go there; return the rest."""
    takers = _takers_of_overage(request, ledger)
    spending = spend_limit(request.balance, request.controls) if takers else None
    shared = None if spending is None else max(ZERO, subtract(spending, total(map(overage, ledger.items))))
    payable = left = amount if shared is None else min(amount, shared)
    for index, room in takers:
        taken = left if shared is not None or room is None else min(left, room)
        if taken > 0:
            ledger.move_item(index, taken, is_overage=True)
            left = subtract(left, taken)
    return add(left, subtract(amount, payable))


def _takers_of_overage(request: _Request[Controls], ledger: Ledger) -> list[tuple[int, Decimal | None]]:
    """Return the items that may go into overage, in order, each with the room that its own limit leaves, if any."""
    order, items = ledger.order(), ledger.items
    if request.behavior is _OVERFLOW:
        return [(order[0], None)]
    if not is_allowed(request.balance, request.controls):
        return []
    sellers = [index for index in order if is_usage_based(items[index])]
    return [(index, _own_room(items[index])) for index in sellers] or [(order[0], None)]


def _own_room(item: Breakdown) -> Decimal | None:
    limit = item.price.max_purchase if item.price else None
    return None if limit is None else max(ZERO, subtract(limit, overage(item)))


def _binding(request: _Request[Controls]) -> Limit:
    overflows = request.behavior is _OVERFLOW
    return Limit.SPEND_LIMIT if overflows else binding_limit(request.balance, request.controls)


def _closed(
    request: _Request[Controls], ledger: Ledger, asked: Decimal, left: Decimal, limit: Limit | None
) -> Tracked[Controls]:
    """Close the ledger, and say in units how much was taken and how much was not."""
    tracked, untracked = _in_units(request, subtract(asked, left), left)
    if limit and request.behavior is _REJECT:
        raise InsufficientBalance(request.amount, tracked, limit)
    deductions = ledger.receipt(units_of(ledger.amounts(), request.cost, tracked))
    return _make_tracked(
        balance=ledger.close(),
        deductions=deductions,
        tracked=tracked,
        untracked=untracked,
        limit=limit,
        controls=with_counted(
            request.controls,
            request.limits,
            request.balance,
            deductions,
            tracked,
            is_beyond=request.behavior is _OVERFLOW,
        ),
    )


def _in_units(request: _Request[Controls], taken: Decimal, left: Decimal) -> tuple[Decimal, Decimal]:
    """Return the tracked and the untracked amount in units.

    The lesser one is divided, and the greater one is the rest of the whole. So neither can be more than the whole.
    """
    amount, cost = request.amount, request.cost
    if not left:
        return amount, ZERO
    if left.copy_abs() <= taken.copy_abs():
        untracked = storable(quotient(left, cost))
        return storable(subtract(amount, untracked)), untracked
    tracked = storable(quotient(taken, cost))
    return tracked, storable(subtract(amount, tracked))


def refund(ledger: Ledger, amount: Decimal) -> Decimal:
    """Give an amount back: pay overage first, then fill items up; return the rest."""
    order = ledger.order()
    if ledger.is_unlimited:
        order = order[:1]
    for give_back in (ledger.pay_back_overage, ledger.fill_item):
        for index in order:
            if amount:
                amount = give_back(index, amount)
    return amount
