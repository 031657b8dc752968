"""Using what a balance holds, giving it back, and correcting what was counted."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

from attrs import field, frozen

from balances.base.amounts import ONE, ZERO, Amount, add, multiply, quotient, storable, subtract, to_amount, total
from balances.base.fields import Value, argument, named
from balances.base.home import public
from balances.base.unchecked import maker
from balances.base.words import Words, one_of
from balances.derived.ordering import expiry_order_of, order_of
from balances.derived.overages import is_allowed, is_usage_based, overage, spend_limit
from balances.errors import InsufficientBalance, Limit
from balances.usage.checking import binding_limit, to_credit_cost, to_optional_limit
from balances.usage.ledger import Ledger
from balances.usage.limits import Matching, is_boolean, matching, room_in, with_counted
from balances.usage.receipts import Deduction, to_deductions, units_of
from balances.values.balance import Balance, Breakdown, to_balance
from balances.values.controls import BillingControls, to_optional_controls

__all__ = ["OverageBehavior", "Tracked", "set_usage", "track"]


@public
class OverageBehavior(Words):
    """What becomes of usage that a balance does not meet.

    `CAP` leaves it untracked, `REJECT` refuses the whole, and `OVERFLOW` counts it as overage all the same.

    >>> [behavior.value for behavior in OverageBehavior]
    ['cap', 'reject', 'overflow']
    """

    CAP = "cap"
    REJECT = "reject"
    OVERFLOW = "overflow"


AnyOverageBehavior: TypeAlias = OverageBehavior | Literal["cap", "reject", "overflow"]


def to_behavior(word: AnyOverageBehavior) -> OverageBehavior:
    """Return the behaviour of this name."""
    return one_of(OverageBehavior, word)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Tracked(Value):
    """What came of tracking an amount: `tracked` and `untracked` are the whole of it, in units.

    `deductions` is the receipt, `limit` what stood in the way when something is untracked, and `controls` the ones
    given, with this usage counted in their usage limits.

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
    controls: BillingControls | None = field(converter=to_optional_controls, default=None)


_make_tracked = maker(Tracked)


@public
def track(
    balance: Balance,
    /,
    amount: Amount,
    *,
    controls: BillingControls | None = None,
    overage_behavior: AnyOverageBehavior = OverageBehavior.CAP,
    credit_cost: Amount = 1,
    properties: Mapping[str, Any] | None = None,
    feature_id: str | None = None,
) -> Tracked:
    """Use an amount of a balance: from its rollovers, then from its items, then as overage.

    `amount` is in units of the tracked feature, `feature_id` (the balance's own, unless given), each of which costs
    the balance `credit_cost`. Usage limits whose filter matches `properties` clamp it first. Then rollovers are drawn
    from, the soonest to expire first; then items in `deduction_order`, each down to zero; then, in the same order, the
    items that may go into overage, each up to its own `max_purchase`, or all of them up to a spend limit. What a
    balance does not meet is left to `overage_behavior`. An unlimited item takes everything; a boolean feature has
    nothing to count, and any usage of it is as good as tracked.

    A negative amount is a refund. It pays overage back first, and then fills items up to their grants; rollovers are
    not refilled, usage limits neither asked nor changed. To give back exactly what was taken, see `undo`.

    >>> from balances.testing import balance, item, rollover
    >>> from balances import combine
    >>> before = combine([item(100, 95, id="plan")], [rollover(10)], feature_id="messages")
    >>> tracked = track(before, 12)
    >>> for line in tracked.deductions:
    ...     print(line.kind, line.id, line.amount)
    rollover  10
    item plan 2
    >>> track(tracked.balance, -1).balance.remaining
    Decimal('4')
    """
    amount = argument("amount", to_amount, amount)
    cost = argument("credit_cost", to_credit_cost, credit_cost)
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    balance = argument("balance", to_balance, balance)
    limits = matching(controls, balance, feature_id, properties)
    request = _Request(balance, amount, cost, limits, controls, behavior)
    return _nothing_to_count(request) if amount > 0 and is_boolean(balance) else _tracked(request)


@public
def set_usage(
    balance: Balance,
    /,
    usage: Amount,
    *,
    controls: BillingControls | None = None,
    overage_behavior: AnyOverageBehavior = OverageBehavior.OVERFLOW,
) -> Tracked:
    """Correct the usage that a balance states, by tracking the difference.

    As it is a correction, usage limits neither clamp it nor count it. Lowering it gives back as a refund does: what
    was used of rollovers stays used, and what cannot be given back is `untracked`.

    >>> from balances.testing import balance
    >>> set_usage(balance(100, 28), 40).balance
    Balance(feature_id='messages', granted=100, remaining=60, usage=40)
    """
    usage, balance = argument("usage", to_amount, usage), argument("balance", to_balance, balance)
    difference = argument("usage", storable, subtract(usage, balance.usage))
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    controls = argument("controls", to_optional_controls, controls)
    return _tracked(_Request(balance, difference, ONE, (), controls, behavior))


class _Request(NamedTuple):
    """What is asked for, and on which terms."""

    balance: Balance
    amount: Decimal
    cost: Decimal
    limits: Matching
    controls: BillingControls | None
    behavior: OverageBehavior


def _tracked(request: _Request) -> Tracked:
    asked = multiply(request.amount, request.cost)
    if not asked:
        return _nothing_to_count(request)
    ledger = Ledger(request.balance)
    if ledger.is_unlimited:
        ledger.draw(order_of(ledger.items)[0], asked)
        return _settled(request, ledger, asked, ZERO, None)
    if asked < 0:
        left = refund(ledger, asked.copy_negate()).copy_negate()
        return _settled(request._replace(limits=()), ledger, asked, left, None)
    return _used(request, ledger, asked)


def _nothing_to_count(request: _Request) -> Tracked:
    return _make_tracked(balance=request.balance, tracked=request.amount, controls=request.controls)


def _used(request: _Request, ledger: Ledger, asked: Decimal) -> Tracked:
    room = None if request.behavior is OverageBehavior.OVERFLOW else room_in(request.limits, request.cost)
    payable = asked if room is None else min(asked, room)
    order = order_of(ledger.items)
    left = _draw(ledger, order, payable)
    if left:
        left = _overdraw(request, ledger, order, left)
    clamped = subtract(asked, payable)
    limit = Limit.USAGE_LIMIT if clamped else _binding(request) if left else None
    return _settled(request, ledger, asked, add(left, clamped), limit)


def _draw(ledger: Ledger, order: list[int], amount: Decimal) -> Decimal:
    """Draw from the rollovers and then from what remains of the items; return what they do not meet."""
    for take, places in ((ledger.empty, expiry_order_of(ledger.rollovers)), (ledger.use, order)):
        for place in places:
            if not amount:
                return amount
            amount = take(place, amount)
    return amount


def _overdraw(request: _Request, ledger: Ledger, order: list[int], amount: Decimal) -> Decimal:
    """Draw beyond what was granted, from the items that may; return what that does not meet."""
    takers = _takers(request, ledger.items, order)
    spending = spend_limit(request.balance, request.controls) if takers else None
    shared = None if spending is None else max(ZERO, subtract(spending, total(map(overage, ledger.items))))
    payable = left = amount if shared is None else min(amount, shared)
    for index, room in takers:
        taken = left if shared is not None or room is None else min(left, room)
        if taken > 0:
            ledger.draw_overage(index, taken)
            left = subtract(left, taken)
    return add(left, subtract(amount, payable))


def _takers(request: _Request, items: Sequence[Breakdown], order: list[int]) -> list[tuple[int, Decimal | None]]:
    """Return who may go into overage, in order, each with the room its own limit leaves (None: it has none)."""
    if request.behavior is OverageBehavior.OVERFLOW:
        return [(order[0], None)]
    if not is_allowed(request.balance, request.controls):
        return []
    sellers = [index for index in order if is_usage_based(items[index])]
    return [(index, _own_room(items[index])) for index in sellers] or [(order[0], None)]


def _own_room(item: Breakdown) -> Decimal | None:
    limit = item.price.max_purchase if item.price else None
    return None if limit is None else max(ZERO, subtract(limit, overage(item)))


def _binding(request: _Request) -> Limit:
    overflows = request.behavior is OverageBehavior.OVERFLOW
    return Limit.SPEND_LIMIT if overflows else binding_limit(request.balance, request.controls)


def _settled(request: _Request, ledger: Ledger, asked: Decimal, left: Decimal, limit: Limit | None) -> Tracked:
    """Close the ledger, and say in units what was drawn and what was not."""
    amount, cost, drawn = request.amount, request.cost, subtract(asked, left)
    # The lesser is divided, and the greater is what is left of the whole: so neither can come out beyond it.
    if left.copy_abs() <= drawn.copy_abs():
        untracked = storable(quotient(left, cost))
        tracked = storable(subtract(amount, untracked)) if left else amount
    else:
        tracked = storable(quotient(drawn, cost))
        untracked = storable(subtract(amount, tracked))
    if limit and request.behavior is OverageBehavior.REJECT:
        raise InsufficientBalance(amount, tracked, limit)
    return _make_tracked(
        balance=ledger.close(),
        deductions=ledger.receipt(units_of(ledger.amounts(), cost, tracked)),
        tracked=tracked,
        untracked=untracked,
        limit=limit,
        controls=with_counted(request.controls, request.limits, drawn, tracked),
    )


def refund(ledger: Ledger, amount: Decimal) -> Decimal:
    """Give an amount back: pay overage first, then fill items up; return what fits nowhere."""
    order = order_of(ledger.items)
    if ledger.is_unlimited:
        order = order[:1]
    for give in (ledger.pay_back, ledger.fill):
        for index in order:
            if amount:
                amount = give(index, amount)
    return amount
