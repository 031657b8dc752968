"""Setting an amount of a feature aside, across all the balances that may pay for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from balances.accounts.payers import (
    Policies,
    counts_nothing,
    feature_of,
    limits_on,
    listing_of,
    to_account,
    to_policies,
    with_balances,
)
from balances.accounts.tracking import AccountTracked, track
from balances.accounts.undoing import AccountUndone, undo
from balances.base.amounts import Amount, add, subtract, to_amount
from balances.base.fields import Value, argument, named
from balances.base.home import public, public_in
from balances.base.instants import to_optional_instant
from balances.errors import InsufficientBalance
from balances.usage.holds import Hold, check_expiry, to_hold, to_least_zero
from balances.usage.limits import with_counted
from balances.usage.receipts import folded, units_in
from balances.usage.tracking import AnyOverageBehavior, OverageBehavior, to_behavior
from balances.values.accounts import Account

__all__ = ["AccountHeld", "confirm", "hold", "release"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class AccountHeld(Value):
    """An account without the amount that a hold has set aside, and the hold.

    >>> AccountHeld(account=Account(), hold=Hold(id="call_1", amount=0)).hold.amount
    Decimal('0')
    """

    account: Account = field(converter=to_account)
    hold: Hold = field(converter=to_hold)


@public_in("balances.accounts")
def hold(
    account: Account,
    /,
    feature_id: str,
    amount: Amount,
    *,
    id: str,  # noqa: A002  (what it is called on the wire)
    expires_at: datetime | None = None,
    properties: Mapping[str, Any] | None = None,
    policies: Policies = None,
) -> AccountHeld:
    """Set an amount of a feature aside, all of it or nothing.

    The amount is taken as `accounts.track` takes it. If it is not met, `InsufficientBalance` is raised. Usage
    limits are asked now, and count the amount once it is confirmed. The hold remembers the feature and the properties.
    Its `credit_cost` is None, as each line has its own cost.

    >>> from balances import Balance
    >>> balance = Balance(feature_id="tokens", granted=100, remaining=100, usage=0)
    >>> account = Account(balances={"tokens": balance})
    >>> held = hold(account, "tokens", 40, id="call_1")
    >>> held.account.balances["tokens"].remaining
    Decimal('60')
    >>> confirm(held.account, held.hold, used=25).account.balances["tokens"].remaining
    Decimal('75')
    """
    account, amount = argument("account", to_account, account), argument("amount", to_least_zero, amount)
    tracked = track(
        account,
        feature_id,
        amount,
        properties=properties,
        overage_behavior=OverageBehavior.REJECT,
        policies=policies,
    )
    made = Hold(
        id=id,
        amount=amount,
        deductions=tracked.deductions,
        expires_at=expires_at,
        credit_cost=None,
        feature_id=feature_id,
        properties=properties or {},
    )
    held = with_balances(account, tracked.account.balances, account.controls)
    return AccountHeld(account=held, hold=made)


@public_in("balances.accounts")
def confirm(
    account: Account,
    /,
    hold: Hold,
    *,
    used: Amount | None = None,
    at: datetime | None = None,
    overage_behavior: AnyOverageBehavior = OverageBehavior.CAP,
    policies: Policies = None,
) -> AccountTracked:
    """Turn an amount held into usage.

    Without `used`, all of it stays taken. If less was used, the difference is given back as by
    `accounts.undo`. If more was used, the difference is tracked in addition. The receipt and the usage limits
    of the result cover all that was used. Given `at`, a hold that has expired by then is refused: release it.

    >>> from balances import Balance
    >>> from balances.accounts import hold
    >>> balance = Balance(feature_id="tokens", granted=100, remaining=100, usage=0)
    >>> account = Account(balances={"tokens": balance})
    >>> held = hold(account, "tokens", 40, id="call_1")
    >>> [confirm(held.account, held.hold, used=used).tracked for used in (None, 25, 60)]
    [Decimal('40'), Decimal('25'), Decimal('60')]
    """
    account, hold = argument("account", to_account, account), argument("hold", to_hold, hold)
    at = argument("at", to_optional_instant, at)
    wanted = hold.amount if used is None else argument("used", to_least_zero, used)
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    policies = argument("policies", to_policies, policies)
    # A hold of one balance names that balance only in its lines.
    own = next((line.feature_id for line in hold.deductions), "")
    feature_id = feature_of(account, hold.feature_id or own)
    check_expiry(hold, at)
    if wanted > hold.amount:
        return _with_more(account, evolve(hold, feature_id=feature_id), wanted, behavior, policies)
    return _with_no_more(account, evolve(hold, feature_id=feature_id), wanted, behavior, policies)


def _counted(account: Account, hold: Hold, lines: Any, units: Any, behavior: OverageBehavior) -> Account:
    """Return the account after its usage limits have counted a receipt."""
    if counts_nothing(account, listing_of(account, hold.feature_id)):
        return account
    limits = limits_on(account, hold.feature_id, hold.properties or None)
    is_beyond = behavior is OverageBehavior.OVERFLOW
    return with_balances(account, {}, with_counted(account.controls, limits, lines, units, is_beyond=is_beyond))


def _with_more(
    account: Account, hold: Hold, wanted: Any, behavior: OverageBehavior, policies: Policies
) -> AccountTracked:
    """Track the difference, after the usage limits have counted the amount held."""
    try:
        more = track(
            _counted(account, hold, hold.deductions, hold.amount, behavior),
            hold.feature_id,
            subtract(wanted, hold.amount),
            properties=hold.properties or None,
            overage_behavior=behavior,
            policies=policies,
        )
    except InsufficientBalance as error:
        raise InsufficientBalance(wanted, add(hold.amount, error.available), error.limit) from None
    return evolve(more, deductions=folded([*hold.deductions, *more.deductions]), tracked=add(hold.amount, more.tracked))


def _with_no_more(
    account: Account, hold: Hold, wanted: Any, behavior: OverageBehavior, policies: Policies
) -> AccountTracked:
    """Give back the amount that was held and not used, no more than was taken."""
    surplus = min(subtract(hold.amount, wanted), units_in(hold.deductions))
    undone = undo(account, hold.deductions, amount=surplus, policies=policies)
    deductions = folded([*hold.deductions, *undone.deductions])
    tracked = to_amount(subtract(wanted, undone.untracked))
    return AccountTracked(
        account=_counted(undone.account, hold, deductions, tracked, behavior),
        deductions=deductions,
        tracked=tracked,
        untracked=undone.untracked,
    )


@public_in("balances.accounts")
def release(account: Account, /, hold: Hold, *, policies: Policies = None) -> AccountUndone:
    """Give back all that was held, as if it had never been held. Units that have lapsed do not come back.

    >>> from balances import Balance
    >>> from balances.accounts import hold
    >>> balance = Balance(feature_id="tokens", granted=100, remaining=100, usage=0)
    >>> account = Account(balances={"tokens": balance})
    >>> held = hold(account, "tokens", 40, id="call_1")
    >>> release(held.account, held.hold).account == account
    True
    """
    return undo(account, argument("hold", to_hold, hold).deductions, policies=policies)
