"""Giving the amounts of a receipt back, each to the balance that paid it."""

from collections.abc import Sequence
from decimal import Decimal

from attrs import field, frozen

from balances.accounts.payers import Policies, policy_of, to_account, to_policies, with_balances
from balances.base.amounts import ZERO, Amount, storable, subtract, to_amount, to_optional_amount, total
from balances.base.fields import Value, argument, named
from balances.base.home import public, public_in
from balances.base.unchecked import maker
from balances.usage.receipts import Deduction, to_deductions, units_in
from balances.usage.undoing import Portion, Undone, given_back, portions_of
from balances.values.accounts import Account

__all__ = ["AccountUndone", "undo"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class AccountUndone(Value):
    """The result of giving back across balances: the new account, and a receipt of negative lines.

    `untracked` is the amount that fitted nowhere, in units. It is negative, like the lines. Both add up to the whole.

    >>> AccountUndone(account=Account()).untracked
    Decimal('0')
    """

    account: Account = field(converter=to_account)
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    untracked: Decimal = field(converter=to_amount, default=ZERO)


_make_undone = maker(AccountUndone)


@public_in("balances.accounts")
def undo(
    account: Account,
    /,
    deductions: Sequence[Deduction],
    *,
    amount: Amount | None = None,
    policies: Policies = None,
) -> AccountUndone:
    """Give the amounts of a receipt back, each to the balance that paid it, the last line first.

    With `amount`, in units, only that much is given back. Each balance gives back as `balances.undo` does, in the order
    of its own policy. A balance that the account no longer has takes nothing back: its share is `untracked`.

    >>> from balances import Balance
    >>> from balances.accounts import track
    >>> holds = {"images": Balance(feature_id="images", granted=10, remaining=2, usage=8)}
    >>> account = Account(balances=holds)
    >>> tracked = track(account, "images", 2)
    >>> undo(tracked.account, tracked.deductions).account == account
    True
    """
    account = argument("account", to_account, account)
    lines = argument("deductions", to_deductions, deductions)
    wanted = argument("amount", to_optional_amount, amount)
    policies = argument("policies", to_policies, policies)
    portions = list(portions_of(lines, wanted))
    asked = total(units for _, _, units in portions)
    by_feature: dict[str, list[Portion]] = {}
    for portion in portions:
        by_feature.setdefault(portion[0].feature_id, []).append(portion)
    undone = {
        feature_id: given_back(account.balances[feature_id], own, policy_of(policies, feature_id).order)
        for feature_id, own in by_feature.items()
        if feature_id in account.balances
    }
    return _undone(account, undone, asked if wanted is None else wanted)


def _undone(account: Account, undone: dict[str, Undone], wanted: Decimal) -> AccountUndone:
    deductions = tuple([line for each in undone.values() for line in each.deductions])
    given = units_in(deductions)
    changed = {feature_id: each.balance for feature_id, each in undone.items()}
    return _make_undone(
        account=with_balances(account, changed, account.controls),
        deductions=deductions,
        untracked=storable(subtract(wanted.copy_negate(), given)),
    )
