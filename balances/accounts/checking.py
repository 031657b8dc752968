"""Whether an amount may be used now, of all that a customer holds."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from balances.accounts.payers import Held, check_known, has_flag, own_of, systems_of, to_account
from balances.base.amounts import Amount, to_amount
from balances.base.fields import argument, to_text
from balances.base.home import public_in
from balances.errors import Limit
from balances.usage.checking import Ruling, check as check_balance
from balances.values.accounts import Account

__all__ = ["check"]


@public_in("balances.accounts")
def check(
    account: Account, /, feature_id: str, required: Amount = 1, *, properties: Mapping[str, Any] | None = None
) -> Ruling:
    """Decide whether an amount of a feature may be used now, by all who may pay for it; a refusal is falsy."""
    account, feature_id = argument("account", to_account, account), argument("feature_id", to_text, feature_id)
    needed = argument("required", to_amount, required)
    check_known(account, feature_id)
