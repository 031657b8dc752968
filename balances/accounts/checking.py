"""Asking whether an amount of a feature may be used now, by all who may pay for it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from balances.accounts.payers import (
    feature_of,
    is_switch,
    limits_on,
    payers_of,
    systems_of,
    to_account,
)
from balances.base.amounts import ZERO, Amount, add, multiply, to_amount
from balances.base.fields import argument
from balances.base.home import public_in
from balances.base.unchecked import maker
from balances.errors import Limit
from balances.usage.checking import Ruling, funds_of, in_units, lesser, stopped_by
from balances.usage.checking import check as check_balance
from balances.usage.limits import Matching, room_of_whole
from balances.usage.paying import Payers
from balances.values.accounts import Account
from balances.values.policies import DEFAULT_POLICY

__all__ = ["check"]

_rule = maker(Ruling)


@public_in("balances.accounts")
def check(
    account: Account, /, feature_id: str, required: Amount = 1, *, properties: Mapping[str, Any] | None = None
) -> Ruling:
    """Decide whether an amount of a feature may be used now, by all who may pay for it. A ruling that refuses is falsy.

    An amount above zero is allowed exactly when `balances.accounts.track` with `OverageBehavior.REJECT` would succeed,
    under the conditions of `balances.check`. Where the customer has neither a balance that pays nor a flag, nothing is
    allowed, not even zero, and `limit` is `Limit.NOT_HELD`: that is not the same as used up.

    The sender asks one balance alone, and so refuses a little more. `feature_id` of the ruling is the balance that the
    sender would show: the own one if it alone allows the amount, else the first credit system that does.

    >>> from balances import Balance, CreditCost, Feature
    >>> schema = [CreditCost(metered_feature_id="images", credit_cost=4)]
    >>> account = Account(
    ...     features=[Feature(id="credits", name="", type="credit_system", consumable=True, credit_schema=schema)],
    ...     balances={
    ...         "images": Balance(feature_id="images", granted=10, remaining=2, usage=8),
    ...         "credits": Balance(feature_id="credits", granted=100, remaining=100, usage=0),
    ...     },
    ... )
    >>> if check(account, "images", 5):
    ...     print("go on")
    go on
    >>> ruling = check(account, "images", 30)
    >>> ruling.headroom, ruling.limit, ruling.feature_id
    (Decimal('27'), <Limit.INCLUDED: 'included'>, 'credits')
    >>> print(check(Account(), "images"))
    1 cannot be used now: the customer does not have this feature.
    """
    account, needed = argument("account", to_account, account), argument("required", to_amount, required)
    feature_id = feature_of(account, feature_id)
    limits = limits_on(account, feature_id, properties)
    flag = account.flags.get(feature_id)
    if is_switch(account, feature_id):
        return _rule(allowed=True, headroom=None, limit=None, required=needed, feature_id=feature_id, flag=flag)
    payers = payers_of(account, feature_id, limits, DEFAULT_POLICY)
    if not payers.all:
        return _rule(
            allowed=False, headroom=ZERO, limit=Limit.NOT_HELD, required=needed, feature_id=feature_id, flag=None
        )
    limit, headroom = _decided(account, payers, limits, needed)
    shown = _shown(account, feature_id, needed)
    return _rule(allowed=limit is None, headroom=headroom, limit=limit, required=needed, feature_id=shown, flag=None)


def _decided(
    account: Account, payers: Payers, limits: Matching, needed: Decimal
) -> tuple[Limit | None, Decimal | None]:
    """Return the limit that stands in the way, if one does, and the headroom."""
    if any(payer.ledger.balance.unlimited or payer.ledger.is_unlimited for payer in payers.all):
        return None, None
    shares = payers.shares_per_unit
    whole = room_of_whole(limits, shares) if limits else None
    funds = [(funds_of(payer.ledger.balance, limits, account.controls), payer.weight) for payer in payers.all]
    limit = stopped_by(multiply(needed, shares), whole, funds) if needed > 0 else None
    room: Decimal | None = ZERO
    for each, weight in funds:
        paid = each.room
        room = None if room is None or paid is None else add(room, multiply(max(ZERO, paid), weight))
    return limit, in_units(lesser(whole, room), shares)


def _shown(account: Account, feature_id: str, needed: Decimal) -> str:
    """Return the feature of the balance that the sender would show."""
    own, systems = account.balances.get(feature_id), systems_of(account, feature_id)
    candidates = [*([own] if own else []), *systems]
    allowing = [balance for balance in candidates if check_balance(balance, needed, controls=account.controls)]
    return next(iter([*allowing, *systems]), candidates[0]).feature_id
