"""All that a customer holds at a later moment, and the events on the way."""

from collections.abc import Mapping
from datetime import datetime

from attrs import evolve, field, frozen

from balances.accounts.payers import Policies, policy_of, to_account, to_policies, with_balances, with_flags
from balances.base.fields import Value, argument, named
from balances.base.frozen import FrozenMap, map_with
from balances.base.home import public, public_in
from balances.base.instants import to_instant
from balances.timeline.advancing import advance as advance_balance
from balances.usage.windows import renewed
from balances.values.accounts import Account
from balances.values.balance import Flag
from balances.values.controls import BillingControls
from balances.values.events import AccountEvent, FlagExpired, to_account_events

__all__ = ["AccountAdvanced", "advance"]


def _to_events(events: Mapping[str, tuple[AccountEvent, ...]]) -> FrozenMap[tuple[AccountEvent, ...]]:
    return map_with(events, to_account_events)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class AccountAdvanced(Value):
    """An account at a later moment, and the events on the way there, by feature id.

    A feature without events has no entry.

    >>> AccountAdvanced(account=Account()).events
    {}
    """

    account: Account = field(converter=to_account)
    events: Mapping[str, tuple[AccountEvent, ...]] = field(converter=_to_events, default=FrozenMap({}))


@public_in("balances.accounts")
def advance(account: Account, /, *, since: datetime, to: datetime, policies: Policies = None) -> AccountAdvanced:
    """Bring an account forward to a moment: every balance by its policy, every flag and every usage limit.

    Each balance advances as `balances.advance` advances it. A flag that has expired is gone. A usage limit is renewed
    if one of its windows ended after `since`, and no later than `to`. `since` is the moment up to which the account was
    advanced before. Advancing in several steps gives the same account as advancing in one.

    >>> from datetime import UTC
    >>> from balances import combine
    >>> from balances.accounts import put
    >>> from balances.testing import item, monthly
    >>> january = datetime(2026, 1, 15, tzinfo=UTC)
    >>> february = datetime(2026, 2, 1, tzinfo=UTC)
    >>> plan = item(100, 28, id="pro", reset=monthly(resets_at=february))
    >>> account = put(Account(), combine([plan], feature_id="messages"))
    >>> later = advance(account, since=january, to=february)
    >>> later.account.balances["messages"].remaining, later.events["messages"][0].lapsed
    (Decimal('100'), Decimal('72'))
    """
    account, policies = argument("account", to_account, account), argument("policies", to_policies, policies)
    since, to = argument("since", to_instant, since), argument("to", to_instant, to)
    lived = {
        feature_id: advance_balance(balance, to=to, policy=policy_of(policies, feature_id))
        for feature_id, balance in account.balances.items()
    }
    gone = {feature_id: flag for feature_id, flag in account.flags.items() if _has_expired(flag, to)}
    events: dict[str, tuple[AccountEvent, ...]] = {
        feature_id: each.events for feature_id, each in lived.items() if each.events
    }
    for feature_id, flag in gone.items():
        events[feature_id] = (*events.get(feature_id, ()), FlagExpired(at=flag.expires_at or to, id=flag.id))
    balances = {feature_id: each.balance for feature_id, each in lived.items()}
    after = with_balances(account, balances, _renewed(account.controls, since, to, policies))
    return AccountAdvanced(account=_without_flags(after, gone), events=events)


def _has_expired(flag: Flag, at: datetime) -> bool:
    return flag.expires_at is not None and flag.expires_at <= at


def _renewed(
    controls: BillingControls | None, since: datetime, to: datetime, policies: Policies
) -> BillingControls | None:
    if controls is None or not controls.usage_limits:
        return controls
    limits = [renewed(limit, since, to, policy_of(policies, limit.feature_id)) for limit in controls.usage_limits]
    return evolve(controls, usage_limits=limits) if limits != list(controls.usage_limits) else controls


def _without_flags(account: Account, gone: Mapping[str, Flag]) -> Account:
    if not gone:
        return account
    return with_flags(account, {key: flag for key, flag in account.flags.items() if key not in gone})
