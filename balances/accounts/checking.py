"""Whether an amount of a feature may be used now, from all balances that may pay for it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from balances.accounts.payers import (
    Paying,
    feature_of,
    is_switch,
    limits_on,
    paying_for,
    to_account,
)
from balances.base.amounts import ZERO, Amount, add, multiply, to_amount
from balances.base.fields import argument
from balances.base.home import public_in
from balances.base.unchecked import maker
from balances.derived.overages import is_unlimited
from balances.errors import Limit
from balances.usage.checking import Funds, Ruling, decided, funds_of, in_units, lesser, stopped_by
from balances.usage.checking import check as check_balance
from balances.usage.limits import Matching, room_of_whole
from balances.usage.paying import shares_of
from balances.values.accounts import Account
from balances.values.controls import BillingControls

__all__ = ["check"]

_rule = maker(Ruling)


@public_in("balances.accounts")
def check(
    account: Account, /, feature_id: str, required: Amount = 1, *, properties: Mapping[str, Any] | None = None
) -> Ruling:
    """Decide whether an amount of a feature may be used now, from all balances that may pay. A refusal is falsy.

    An amount above zero is allowed exactly when `balances.accounts.track` with `OverageBehavior.REJECT` would succeed,
    under the conditions of `balances.check`. Where the customer has neither a balance that pays nor a flag, nothing is
    allowed, not even zero, and `limit` is `Limit.NOT_HELD`, which is not the same as used up.

    The sender asks one balance alone, and so refuses a little more. `feature_id` of the ruling names the balance that
    the sender would show: the feature's own if it alone allows the amount, else the first credit system that does.

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
    if is_switch(account, feature_id):
        return _rule(allowed=True, required=needed, feature_id=feature_id, flag=account.flags.get(feature_id))
    paying = paying_for(account, feature_id)
    if not paying:
        return _rule(allowed=False, headroom=ZERO, limit=Limit.NOT_HELD, required=needed, feature_id=feature_id)
    limit, headroom = _decided(paying, limits, account.controls, needed)
    shown = paying[0][0].feature_id if len(paying) == 1 else _shown(paying, feature_id, account.controls, needed)
    return _rule(allowed=limit is None, headroom=headroom, limit=limit, required=needed, feature_id=shown)


def _decided(
    paying: Sequence[Paying], limits: Matching, controls: BillingControls | None, needed: Decimal
) -> tuple[Limit | None, Decimal | None]:
    """Return the limit that stands in the way, if one does, and the headroom."""
    for balance, _ in paying:
        if is_unlimited(balance):
            return None, None
    if len(paying) == 1:
        return decided(*paying[0], needed, limits, controls)
    weights, shares = shares_of([cost for _, cost in paying])
    whole = room_of_whole(limits, shares) if limits else None
    funds = [
        (funds_of(balance, limits, controls), weight) for (balance, _), weight in zip(paying, weights, strict=True)
    ]
    room = lesser(whole, _sum_of(funds))
    asked = multiply(needed, shares)
    is_met = needed <= 0 or room is None or asked <= room
    return None if is_met else stopped_by(asked, whole, funds), in_units(room, shares)


def _sum_of(funds: Sequence[tuple[Funds, Decimal]]) -> Decimal | None:
    """Return how many shares all may pay together, or None if one of them may pay any number."""
    whole = ZERO
    for each, weight in funds:
        room = each.room
        if room is None:
            return None
        if room > 0:
            whole = add(whole, multiply(room, weight))
    return whole


def _shown(paying: Sequence[Paying], feature_id: str, controls: BillingControls | None, needed: Decimal) -> str:
    """Return the feature of the balance that the sender would show, of several."""
    for balance, _ in paying:
        if check_balance(balance, needed, controls=controls):
            return balance.feature_id
    return next(balance.feature_id for balance, _ in paying if balance.feature_id != feature_id)
