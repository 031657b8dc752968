"""Settling: letting the amounts that a balance holds pay the overage it has.

This is the one rule by which the amounts left pay overage. Its callers decide when it applies.
"""

from decimal import Decimal

from attrs import field, frozen

from balances.base.amounts import ONE, ZERO, storable, subtract, to_amount
from balances.base.fields import Value, argument, named
from balances.base.home import public
from balances.base.unchecked import maker
from balances.derived.overages import is_unlimited, summed
from balances.usage.ledger import Ledger, receipt_of
from balances.usage.paying import Payer, Payers
from balances.usage.receipts import Deduction, to_deductions
from balances.values.balance import Balance, to_balance
from balances.values.policies import Policy, to_policy

__all__ = ["Settled", "settle"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Settled(Value):
    """A balance after the amounts in it have paid its overage, the amount `settled`, and the receipt.

    The receipt has the amounts drawn, and then, as negative lines with `is_overage`, the overage paid. They sum to
    zero, and `undo` takes all of them back.

    >>> from balances.testing import balance
    >>> settle(balance(100, 28)).settled
    Decimal('0')
    """

    balance: Balance = field(converter=to_balance)
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    settled: Decimal = field(converter=to_amount, default=ZERO)


_make_settled = maker(Settled)


@public
def settle(balance: Balance, /, *, policy: Policy | None = None) -> Settled:
    """Let the amounts that a balance holds pay the overage it has, so that a top-up repays a debt.

    Rollovers pay first, then items, in the order of the policy. The overage falls in that order, too. The usage of the
    balance stays the same. Afterwards nothing remains, or no overage is left. Settling again changes nothing.

    The order does not matter: to track more than there is, add an item and settle leaves the same totals as to add the
    item first and track. (This needs a balance without overage before, and without unlimited items and negative
    grants.) An unlimited balance has no overage to pay.

    >>> from balances import combine
    >>> from balances.testing import item
    >>> owing = combine(
    ...     [item(100, 130, id="pro"), item(50, id="top-up")], feature_id="messages"
    ... )
    >>> settled = settle(owing)
    >>> settled.settled, settled.balance.remaining, settled.balance.usage
    (Decimal('30'), Decimal('20'), Decimal('130'))
    >>> for line in settled.deductions:
    ...     print(line.id, line.amount, line.is_overage)
    top-up 30 False
    pro -30 True
    """
    balance, policy = argument("balance", to_balance, balance), argument("policy", to_policy, policy)
    ledger = Ledger(balance)
    payers = Payers([Payer(ledger, ONE)], (), policy.order)
    owed = ZERO if is_unlimited(balance) else summed(ledger.items)
    if not owed:
        return _make_settled(balance=balance)
    settled = subtract(owed, payers.use(owed))
    payers.pay_back_overage(settled)
    deductions = receipt_of(ledger.lines)
    return _make_settled(balance=ledger.close(), deductions=deductions, settled=storable(settled))
