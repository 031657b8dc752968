"""Giving back what was taken, across balances."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from attrs import field, frozen

from balances.accounts.payers import Policies, policy_of, to_account, to_policies, with_balances
from balances.base.amounts import ZERO, Amount, add, storable, subtract, to_amount, to_optional_amount, total
from balances.base.fields import Value, argument, named
from balances.base.home import public, public_in
from balances.usage.receipts import Deduction, to_deductions
from balances.usage.undoing import portions, undo as undo_in_balance
from balances.values.accounts import Account

__all__ = ["AccountUndone", "undo"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class AccountUndone(Value):
    """The result of giving back across balances: the new account, and a receipt with negative lines.

    `untracked` is the amount that fitted nowhere, in units. It is negative, so that the lines and it add up.

    >>> AccountUndone(account=Account()).untracked
    Decimal('0')
    """

    account: Account = field(converter=to_account)
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    untracked: Decimal = field(converter=to_amount, default=ZERO)


@public_in("balances.accounts")
def undo(
    account: Account,
    /,
    deductions: Sequence[Deduction],
    *,
    amount: Amount | None = None,
    policies: Policies = None,
) -> AccountUndone:
    """Give back what a receipt says was taken, in each balance where it was taken, the last line first.

    With `amount`, in units, only that much is given back. Each balance gives back as `balances.undo` does, in the order
    of its own policy. A balance that the account no longer holds takes nothing back: its share is `untracked`.
    """
    account = argument("account", to_account, account)
    lines = argument("deductions", to_deductions, deductions)
    wanted = argument("amount", to_optional_amount, amount)
    policies = argument("policies", to_policies, policies)
