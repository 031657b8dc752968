"""Changing one balance of an account, or the plan behind all of them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from balances.accounts.payers import Policies, feature_of, policy_of, to_account, to_policies, with_balances
from balances.accounts.tracking import AccountTracked
from balances.base.amounts import Amount, to_amount
from balances.base.fields import Value, argument, named, to_flag, to_text
from balances.base.frozen import FrozenMap, map_with
from balances.base.home import public, public_in
from balances.base.messages import described
from balances.base.shown import is_mapping
from balances.derived.totals import combine
from balances.errors import NoSuchPlan, UnknownFeature
from balances.usage.plan_changes import PlanChange, Terms, changed, to_expiry
from balances.usage.tracking import AnyOverageBehavior, OverageBehavior
from balances.usage.tracking import set_usage as set_usage_of_balance
from balances.values.accounts import Account
from balances.values.balance import Balance, Breakdown, to_balance, to_items

__all__ = ["AccountPlanChange", "change_plan", "put", "set_usage"]


@public_in("balances.accounts")
def put(account: Account, balance: Balance, /) -> Account:
    """Return the account with a balance in place of the balance of the same feature, if there is one.

    Put the balance that a function of one balance returns: `with_item`, `top_up`, `set_quantity`, `change_plan`,
    `settle`.

    >>> from balances import top_up
    >>> from balances.testing import balance
    >>> account = put(Account(), balance(100, 28))
    >>> put(account, balance(100, 30)).balances["messages"].remaining
    Decimal('70')
    """
    account, balance = argument("account", to_account, account), argument("balance", to_balance, balance)
    return with_balances(account, {balance.feature_id: balance}, account.controls)


@public_in("balances.accounts")
def set_usage(
    account: Account,
    /,
    feature_id: str,
    usage: Amount,
    *,
    overage_behavior: AnyOverageBehavior = OverageBehavior.OVERFLOW,
    policies: Policies = None,
) -> AccountTracked:
    """Correct the usage of a feature's own balance. The difference is tracked in that balance alone.

    As this is a correction, usage limits neither clamp it nor count it.

    >>> from balances.testing import balance
    >>> account = put(Account(), balance(100, 28))
    >>> corrected = set_usage(account, "messages", 40)
    >>> corrected.account.balances["messages"].remaining
    Decimal('60')
    """
    account, feature_id = argument("account", to_account, account), feature_of(account, feature_id)
    policies = argument("policies", to_policies, policies)
    if feature_id not in account.balances:
        raise UnknownFeature(f"feature_id: expected a feature with a balance, got {described(feature_id)}")
    tracked = set_usage_of_balance(
        account.balances[feature_id],
        usage,
        controls=account.controls,
        overage_behavior=overage_behavior,
        policy=policy_of(policies, feature_id),
    )
    return AccountTracked(
        account=with_balances(account, {feature_id: tracked.balance}, account.controls),
        deductions=tracked.deductions,
        tracked=tracked.tracked,
        untracked=tracked.untracked,
        limit=tracked.limit,
    )


def _to_closed(closed: Mapping[str, tuple[Breakdown, ...]]) -> FrozenMap[tuple[Breakdown, ...]]:
    return map_with(closed, to_items)


def _to_lapsed(lapsed: Mapping[str, Amount]) -> FrozenMap[Decimal]:
    return map_with(lapsed, to_amount)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class AccountPlanChange(Value):
    """The result of a change of plan over an account: the account, and the old items and lapsed amounts by feature id.

    `closed` are the old items as they were, so that their overage can be billed. `lapsed` is the amount lost with them.
    Both name every feature that the change is about.

    >>> AccountPlanChange(account=Account(), lapsed={"messages": 60}).lapsed["messages"]
    Decimal('60')
    """

    account: Account = field(converter=to_account)
    closed: Mapping[str, tuple[Breakdown, ...]] = field(converter=_to_closed, default=FrozenMap({}))
    lapsed: Mapping[str, Decimal] = field(converter=_to_lapsed, default=FrozenMap({}))


@public_in("balances.accounts")
def change_plan(
    account: Account,
    /,
    fresh: Mapping[str, Iterable[Breakdown]],
    *,
    old_plan_id: str,
    expires_at: datetime | None = None,
    carry_usage: bool = False,
    carry_balance: bool = False,
) -> AccountPlanChange:
    """Replace the items of the old plan, in every balance, by the fresh items of the new plan, given by feature id.

    Each balance changes as `balances.change_plan` changes it. A balance whose feature has no fresh items loses the old
    ones. A feature that was not held gets a balance of the fresh items. If no item is of the old plan, `NoSuchPlan` is
    raised. Flags stay as they are: set the flags of the new plan with `evolve(account, flags=...)`.

    >>> from balances.testing import balance, item
    >>> free = item(100, 40, id="free", plan_id="free")
    >>> pro = item(500, id="pro", plan_id="pro")
    >>> account = put(Account(), balance(breakdown=[free]))
    >>> change = change_plan(account, {"messages": [pro]}, old_plan_id="free")
    >>> messages = change.account.balances["messages"]
    >>> [part.id for part in messages.breakdown], change.lapsed["messages"]
    (['pro'], Decimal('60'))
    """
    account, items = argument("account", to_account, account), argument("fresh", _to_fresh, fresh)
    old_plan_id = argument("old_plan_id", to_text, old_plan_id)
    terms = Terms(
        old_plan_id,
        argument("expires_at", to_expiry, expires_at),
        argument("carry_usage", to_flag, carry_usage),
        argument("carry_balance", to_flag, carry_balance),
    )
    left = [feature_id for feature_id, balance in account.balances.items() if _is_on(balance, old_plan_id)]
    if not left:
        raise NoSuchPlan(f"old_plan_id: expected the plan of an item of the account, got {described(old_plan_id)}")
    features = dict.fromkeys([*left, *(feature_id for feature_id, own in items.items() if own)])
    changes = {feature_id: _changed(account, feature_id, items.get(feature_id, ()), terms) for feature_id in features}
    balances = {feature_id: change.balance for feature_id, change in changes.items()}
    return AccountPlanChange(
        account=with_balances(account, balances, account.controls),
        closed={feature_id: change.closed for feature_id, change in changes.items()},
        lapsed={feature_id: change.lapsed for feature_id, change in changes.items()},
    )


def _to_fresh(fresh: Mapping[str, Iterable[Breakdown]]) -> dict[str, tuple[Breakdown, ...]]:
    if not is_mapping(fresh):
        raise TypeError(f"expected a mapping of feature ids to items, got {described(fresh)}")
    return {to_text(feature_id): to_items(items) for feature_id, items in fresh.items()}


def _is_on(balance: Balance, plan_id: str) -> bool:
    return any(item.plan_id == plan_id for item in balance.breakdown)


def _changed(account: Account, feature_id: str, fresh: tuple[Breakdown, ...], terms: Terms) -> PlanChange:
    balance = account.balances.get(feature_id)
    if balance is None:
        return PlanChange(balance=combine(fresh, feature_id=feature_of(account, feature_id)))
    return changed(balance, fresh, terms)
