"""Alerts and automatic top-ups of an account: each balance by itself, never a sum."""

from datetime import datetime

from balances.accounts.payers import to_account
from balances.base.fields import argument, instance_of
from balances.base.home import public_in
from balances.base.messages import described
from balances.errors import UnknownFeature
from balances.usage.alerts import crossed as crossed_by_balance
from balances.usage.topups import TopUp
from balances.usage.topups import topup_due as topup_due_of_balance
from balances.values.accounts import Account
from balances.values.controls import AutoTopup, UsageAlert

__all__ = ["crossed", "topup_due"]


@public_in("balances.accounts")
def crossed(before: Account, /, after: Account) -> dict[str, tuple[UsageAlert, ...]]:
    """Return the alerts that a change fires, by feature id, balance by balance.

    The alerts are those of the controls of `after`. A balance fires nothing if it did not change, or if only one of the
    two accounts has it.

    >>> from balances import BillingControls
    >>> from balances.accounts import put, track
    >>> from balances.testing import balance
    >>> alert = UsageAlert(
    ...     feature_id="messages",
    ...     threshold=80,
    ...     threshold_type="usage_percentage",
    ...     name="80 %",
    ... )
    >>> controls = BillingControls(usage_alerts=[alert])
    >>> account = put(Account(controls=controls), balance(100, 75))
    >>> after = track(account, "messages", 10).account
    >>> [alert.name for alert in crossed(account, after)["messages"]]
    ['80 %']
    """
    before, after = argument("before", to_account, before), argument("after", to_account, after)
    alerts = after.controls.usage_alerts if after.controls else ()
    fired = {
        feature_id: crossed_by_balance(before.balances[feature_id], balance, alerts)
        for feature_id, balance in after.balances.items()
        if feature_id in before.balances and before.balances[feature_id] != balance
    }
    return {feature_id: alerts for feature_id, alerts in fired.items() if alerts}


@public_in("balances.accounts")
def topup_due(account: Account, /, topup: AutoTopup, *, item_id: str, at: datetime) -> TopUp | None:
    """Return the top-up that is due for the balance of its feature, or `None`.

    >>> from datetime import UTC
    >>> from balances import top_up
    >>> from balances.accounts import put
    >>> from balances.testing import balance, item, prepaid
    >>> packs = item(0, 95, prepaid_grant=100, id="packs", price=prepaid(8))
    >>> from balances import combine
    >>> account = put(Account(), combine([packs], feature_id="messages"))
    >>> topup = AutoTopup(feature_id="messages", enabled=True, threshold=10, quantity=100)
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> due = topup_due(account, topup, item_id="packs", at=now)
    >>> after = top_up(account.balances["messages"], "packs", due.quantity)
    >>> put(account, after).balances["messages"].remaining
    Decimal('105')
    """
    account, topup = argument("account", to_account, account), argument("topup", _to_topup, topup)
    if topup.feature_id not in account.balances:
        raise UnknownFeature(f"topup: expected a feature with a balance, got {described(topup.feature_id)}")
    return topup_due_of_balance(account.balances[topup.feature_id], topup, item_id=item_id, at=at)


def _to_topup(topup: AutoTopup) -> AutoTopup:
    return instance_of(topup, AutoTopup)
