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
    refuse_costless,
    to_account,
)
from balances.base.amounts import ONE, ZERO, Amount, multiply, multiply_add, to_amount
from balances.base.fields import argument
from balances.base.frozen import inside
from balances.base.home import public_in
from balances.base.unchecked import maker
from balances.derived.overages import is_allowed, is_unlimited
from balances.errors import Limit
from balances.usage.checking import Funds, Ruling, binding_in, decided, funds_of, in_units, lesser, room_in, stopped_by
from balances.usage.checking import check as check_balance
from balances.usage.limits import Matching, is_boolean, room_of_whole, texts_of
from balances.values.accounts import Account

__all__ = ["check"]

_rule = maker(Ruling)


@public_in("balances.accounts")
def check(
    account: Account, /, feature_id: str, required: Amount = 1, *, properties: Mapping[str, Any] | None = None
) -> Ruling:
    """Decide whether an amount of a feature may be used now, from all balances that may pay. A refusal is falsy.

    An amount above zero is allowed exactly when `accounts.track` with `OverageBehavior.REJECT` would succeed, under the
    conditions of `balances.check`. Where the customer has neither a balance that pays nor a flag, nothing is allowed,
    not even zero, and `limit` is `Limit.NOT_HELD`, which is not the same as used up.

    The sender asks one balance alone, and so refuses a little more. `feature_id` of the ruling names the balance that
    the sender would show: the feature's own if it alone allows the amount, else the first credit system that does.

    >>> from balances import Balance, CreditCost, Feature
    >>> schema = [CreditCost(metered_feature_id="images", credit_cost=4)]
    >>> system = Feature(
    ...     id="credits",
    ...     name="",
    ...     type="credit_system",
    ...     consumable=True,
    ...     credit_schema=schema,
    ... )
    >>> images = Balance(feature_id="images", granted=10, remaining=2, usage=8)
    >>> credits = Balance(feature_id="credits", granted=100, remaining=100, usage=0)
    >>> account = Account(
    ...     features=[system], balances={"images": images, "credits": credits}
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
    if properties is not None:
        argument("properties", texts_of, properties)
    if is_switch(account, listing):
        feature_id = listing.feature_id
        return _rule(allowed=True, required=needed, feature_id=feature_id, flag=account.flags.get(feature_id))
    if listing.costless:
        refuse_costless(account, listing)
    if controls is None or not controls.usage_limits:
        return _ruled_together(account, listing, needed)
    limits = limits_on(account, listing.feature_id, properties)
    if len(listing.payers) == 1:
        return _ruled_alone(account, listing.feature_id, needed, limits)
    return _ruled_under_limits(account, listing, needed, limits)


def _ruled_alone(account: Account, feature_id: str, needed: Decimal, limits: Matching) -> Ruling:
    """Decide under usage limits for a feature that no credit system contains."""
    balance = inside(account.balances).get(feature_id)
    if balance is None:
        return _not_held(feature_id, needed)
    limit, headroom = decided(balance, ONE, needed, limits, account.controls)
    return _rule(allowed=limit is None, headroom=headroom, limit=limit, required=needed, feature_id=feature_id)


def _ruled_together(account: Account, listing: Listing, needed: Decimal) -> Ruling:
    """Decide for all who pay, where there are no usage limits."""
    balances, controls, is_use = inside(account.balances), account.controls, needed > ZERO
    alone = last = shown = limit = is_for_sale = None
    whole, shares = ZERO, listing.shares
    for payer_id, cost, weight in listing.payers:
        balance = balances.get(payer_id)
        if balance is None:
            continue
        is_for_sale = is_allowed(balance, controls)
        room = balance.remaining if is_for_sale is False else room_in(balance, controls, is_for_sale=is_for_sale)
        if room is None:
            return _rule(allowed=True, required=needed, feature_id=payer_id if shown is None else shown)
        if shown is None and (not is_use or needed <= room or is_boolean(balance)):
            shown = payer_id
        if room > ZERO:
            whole = multiply_add(room, weight, whole)
        alone = (cost, room) if last is None else None
        last = balance
    if last is None:
        return _not_held(listing.feature_id, needed)
    if alone is not None:
        # It has nobody to share with, so its cost counts, as for one balance.
        shares, whole = alone
    if is_use and multiply(needed, shares) > whole:
        limit = binding_in(last, controls, is_for_sale=bool(is_for_sale))
    headroom = in_units(whole, shares)
    if shown is None:
        shown = _first_system(account, listing)
    return _rule(allowed=limit is None, headroom=headroom, limit=limit, required=needed, feature_id=shown)


def _ruled_under_limits(account: Account, listing: Listing, needed: Decimal, limits: Matching) -> Ruling:
    """Decide for all who pay together under usage limits."""
    paying, shares = paying_for(account, listing)
    controls, limit, headroom = account.controls, None, None
    if not paying:
        return _not_held(listing.feature_id, needed)
    if not any(is_unlimited(balance) for balance, _, _ in paying):
        funds = [funds_of(balance, limits, controls) for balance, _, _ in paying]
        whole, others = room_of_whole(limits, shares), _sum_of(funds[:-1], paying)
        headroom = in_units(lesser(whole, _sum_of(funds, paying)), shares)
        limit = stopped_by(multiply(needed, shares), whole, others, funds[-1], paying[-1][2])
    allowing = (balance.feature_id for balance, _, _ in paying if check_balance(balance, needed, controls=controls))
    shown = next(allowing, None)
    if shown is None:
        shown = _first_system(account, listing)
    return _rule(allowed=limit is None, headroom=headroom, limit=limit, required=needed, feature_id=shown)


def _sum_of(funds: Sequence[Funds], paying: Sequence[Paying]) -> Decimal | None:
    """Return how many shares the first of these may pay together, or None if one of them may pay any number."""
    whole = ZERO
    for (_, _, weight), fund in zip(paying, funds, strict=False):
        room = fund.room
        if room is None:
            return None
        if room > ZERO:
            whole = multiply_add(room, weight, whole)
    return whole


def _not_held(feature_id: str, needed: Decimal) -> Ruling:
    return _rule(allowed=False, headroom=ZERO, limit=Limit.NOT_HELD, required=needed, feature_id=feature_id)


def _first_system(account: Account, listing: Listing) -> str:
    """Return the feature of the balance that the sender shows where none alone allows the use."""
    balances = inside(account.balances)
    for payer_id, _, _ in listing.payers[1:]:
        if payer_id in balances:
            return payer_id
    return listing.feature_id
