"""Whether an amount of a feature may be used now, from all balances that may pay for it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from balances.accounts.payers import (
    Listing,
    Paying,
    is_switch,
    limits_on,
    listing_of,
    paying_for,
    to_account,
)
from balances.base.amounts import ZERO, Amount, add, multiply, to_amount
from balances.base.fields import argument
from balances.base.home import public_in
from balances.base.unchecked import maker
from balances.derived.overages import is_allowed
from balances.errors import Limit
from balances.usage.checking import Ruling, binding_in, decided, funds_of, in_units, lesser, room_in, stopped_by
from balances.usage.checking import check as check_balance
from balances.usage.limits import Matching, is_boolean, room_by_items, room_of_whole
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
    account = account if account.__class__ is Account else argument("account", to_account, account)
    needed = argument("required", to_amount, required)
    listing, controls = listing_of(account, feature_id), account.controls
    feature_id = listing.feature_id
    limits = () if controls is None and properties is None else limits_on(account, feature_id, properties)
    if is_switch(account, listing):
        return _rule(allowed=True, required=needed, feature_id=feature_id, flag=account.flags.get(feature_id))
    paying = paying_for(account, listing)
    if not paying:
        return _rule(allowed=False, headroom=ZERO, limit=Limit.NOT_HELD, required=needed, feature_id=feature_id)
    if len(paying) > 1:
        return _ruled_together(paying, listing, needed, limits, controls)
    ((balance, cost, _),) = paying
    limit, headroom = decided(balance, cost, needed, limits, controls)
    return _rule(allowed=limit is None, headroom=headroom, limit=limit, required=needed, feature_id=balance.feature_id)


def _ruled_together(
    paying: Sequence[Paying], listing: Listing, needed: Decimal, limits: Matching, controls: BillingControls | None
) -> Ruling:
    """Decide for several who pay together."""
    rooms = _rooms_in(paying, limits, controls)
    room = None if rooms is None else _sum_of(rooms, paying)
    limit = whole = headroom = None
    if limits and rooms is not None:
        whole = room_of_whole(limits, listing.shares)
        room = lesser(whole, room)
    if rooms is not None and room is not None:
        asked, headroom = multiply(needed, listing.shares), in_units(room, listing.shares)
        if needed > ZERO and asked > room:
            *others, (last, _, weight) = paying
            limit = (
                stopped_by(asked, whole, _sum_of(rooms, others), funds_of(last, limits, controls), weight)
                if limits
                else binding_in(last, controls, is_for_sale=bool(is_allowed(last, controls)))
            )
    shown = _shown(rooms, paying, needed, listing.feature_id, controls)
    return _rule(allowed=limit is None, headroom=headroom, limit=limit, required=needed, feature_id=shown)


def _rooms_in(
    paying: Sequence[Paying], limits: Matching, controls: BillingControls | None
) -> list[Decimal | None] | None:
    """Return how much each may pay, up to the first that may pay any number; or None where anything is unlimited.

    Where usage limits may stop that one, the others count as well.
    """
    rooms: list[Decimal | None] = []
    for balance, _, _ in paying:
        is_for_sale = is_allowed(balance, controls)
        if is_for_sale is None:
            return None
        room = room_in(balance, controls, is_for_sale=True) if is_for_sale else balance.remaining
        rooms.append(lesser(room_by_items(limits, balance), room) if limits else room)
        if room is None and not limits:
            break
    return rooms


def _sum_of(rooms: Sequence[Decimal | None], paying: Sequence[Paying]) -> Decimal | None:
    """Return how many shares these may pay together, or None if one of them may pay any number."""
    whole = ZERO
    for place, (_, _, weight) in enumerate(paying):
        room = rooms[place]
        if room is None:
            return None
        if room > ZERO:
            whole = add(whole, multiply(room, weight))
    return whole


def _shown(
    rooms: Sequence[Decimal | None] | None,
    paying: Sequence[Paying],
    needed: Decimal,
    feature_id: str,
    controls: BillingControls | None,
) -> str:
    """Return the feature of the balance that the sender would show, of several: the first that alone allows it."""
    for place, (balance, _, _) in enumerate(paying):
        if rooms is None or (controls is not None and controls.usage_limits):
            is_enough = bool(check_balance(balance, needed, controls=controls))
        else:
            room = rooms[place]
            is_enough = room is None or needed <= room or needed <= ZERO or is_boolean(balance)
        if is_enough:
            return balance.feature_id
    return next(balance.feature_id for balance, _, _ in paying if balance.feature_id != feature_id)
