"""The answers that the API would give to a check and to a track, made of an account."""

from collections.abc import Iterable
from decimal import Decimal

from attrs import evolve

from balances.accounts.payers import feature_of, to_account
from balances.accounts.tracking import AccountTracked, features_of_event
from balances.base.amounts import add, multiply, normalised, quotient
from balances.base.fields import argument, instance_of
from balances.base.frozen import FrozenMap
from balances.base.home import public_in
from balances.derived.credits import cost_in
from balances.usage.checking import Ruling
from balances.usage.receipts import Deduction, DeductionKind
from balances.usage.undoing import index_among
from balances.values.accounts import Account
from balances.values.balance import Balance, Breakdown
from balances.values.responses import CheckResponse, TrackDeduction, TrackResponse

__all__ = ["check_response", "record_response", "track_response"]


def _to_ruling(ruling: Ruling) -> Ruling:
    return instance_of(ruling, Ruling)


def _to_tracked(tracked: AccountTracked) -> AccountTracked:
    return instance_of(tracked, AccountTracked)


@public_in("balances.accounts")
def check_response(
    account: Account, /, feature_id: str, ruling: Ruling, *, customer_id: str, entity_id: str | None = None
) -> CheckResponse:
    """Return the answer of the API to a check of a feature, on which `accounts.check` ruled.

    `balance` is the balance that the API would show, and `required_balance` the requirement in its units. `balances`
    has those of the feature and of every credit system that contains it, `None` where one is not held. It is left out
    where the feature is in no credit system.

    >>> from balances import Balance, accounts
    >>> balance = Balance(feature_id="messages", granted=100, remaining=72, usage=28)
    >>> account = accounts.put(Account(), balance)
    >>> ruling = accounts.check(account, "messages", 5)
    >>> response = check_response(account, "messages", ruling, customer_id="ada")
    >>> response.allowed, response.balance.remaining, response.required_balance
    (True, Decimal('72'), Decimal('5'))
    """
    account, ruling = argument("account", to_account, account), argument("ruling", _to_ruling, ruling)
    feature_id = feature_of(account, feature_id)
    return CheckResponse(
        allowed=ruling.allowed,
        customer_id=customer_id,
        entity_id=entity_id,
        required_balance=_converted(account, feature_id, ruling),
        balance=None if ruling.flag else account.balances.get(ruling.feature_id),
        flag=ruling.flag,
        balances=_balances_of(account, [feature_id]),
    )


def _converted(account: Account, feature_id: str, ruling: Ruling) -> Decimal:
    """Return the requirement in the units of the balance that is shown."""
    for system_id, entry in account.catalog.systems.get(feature_id, ()):
        if system_id == ruling.feature_id:
            return normalised(multiply(ruling.required, cost_in(system_id, entry)))
    return ruling.required


def _balances_of(account: Account, feature_ids: Iterable[str]) -> FrozenMap[Balance | None]:
    """Return the balances of features and of the credit systems that contain them, unless that is only one."""
    systems = account.catalog.systems
    payers = dict.fromkeys(
        payer
        for feature_id in feature_ids
        for payer in (feature_id, *(system_id for system_id, _ in systems.get(feature_id, ())))
    )
    return FrozenMap({payer: account.balances.get(payer) for payer in payers} if len(payers) > 1 else {})


@public_in("balances.accounts")
def track_response(
    tracked: AccountTracked, /, feature_id: str, *, customer_id: str, entity_id: str | None = None
) -> TrackResponse:
    """Return the answer of the API to a use of a feature, which `accounts.track` tracked.

    `balance` is the one that moved, and `None` where several did. `balances` is as in `check_response`.

    `deductions` are left out where a rollover paid whose item nobody can tell: a rollover does not say which item of
    its balance it comes from, unless there is only one.

    >>> from balances import Balance, Breakdown, accounts, combine
    >>> items = [Breakdown(id="pro", included_grant=100)]
    >>> account = Account(balances={"messages": combine(items, feature_id="messages")})
    >>> tracked = accounts.track(account, "messages", 5)
    >>> response = track_response(tracked, "messages", customer_id="ada")
    >>> response.value, response.balance.remaining
    (Decimal('5'), Decimal('95'))
    >>> response.deductions
    (TrackDeduction(balance_id='pro', feature_id='messages', value=5),)
    """
    tracked = argument("tracked", _to_tracked, tracked)
    response = _response(tracked, [feature_of(tracked.account, feature_id)], customer_id)
    return evolve(response, entity_id=entity_id)


@public_in("balances.accounts")
def record_response(
    recorded: AccountTracked, /, event_name: str, *, customer_id: str, entity_id: str | None = None
) -> TrackResponse:
    """Return the answer of the API to an event, which `accounts.record` recorded.

    It is as of `track_response`. `value` is the amount of the event, which every feature got.

    >>> from balances import Breakdown, Feature, accounts, combine
    >>> messages = Feature(
    ...     id="messages",
    ...     name="",
    ...     type="metered",
    ...     consumable=True,
    ...     event_names=["message.sent"],
    ... )
    >>> balance = combine([Breakdown(included_grant=100)], feature_id="messages")
    >>> account = accounts.put(Account(features=[messages]), balance)
    >>> recorded = accounts.record(account, "message.sent")
    >>> record_response(recorded, "message.sent", customer_id="ada").balance.remaining
    Decimal('99')
    """
    recorded = argument("recorded", _to_tracked, recorded)
    response = _response(recorded, features_of_event(recorded.account, event_name), customer_id)
    return evolve(response, event_name=event_name, entity_id=entity_id)


def _response(tracked: AccountTracked, features: list[str], customer_id: str) -> TrackResponse:
    balances = _balances_of(tracked.account, features)
    return TrackResponse(
        customer_id=customer_id,
        value=quotient(add(tracked.tracked, tracked.untracked), Decimal(len(features))),
        balance=_moved(tracked, [*(balances or features)]),
        balances=balances,
        deductions=_deductions(tracked) or (),
    )


def _moved(tracked: AccountTracked, payers: list[str]) -> Balance | None:
    """Return the balance that moved. Where none did, it is the first that is held, and where several did, none."""
    balances = tracked.account.balances
    moved = list(dict.fromkeys(line.feature_id for line in tracked.deductions))
    if len(moved) > 1:
        return None
    return next((balances[payer] for payer in moved or payers if payer in balances), None)


def _deductions(tracked: AccountTracked) -> tuple[TrackDeduction, ...] | None:
    """Return the amount that each item paid, or None where an item cannot be told."""
    paid: dict[tuple[str, int], tuple[Breakdown, Decimal]] = {}
    for line in tracked.deductions:
        balance = tracked.account.balances.get(line.feature_id)
        items = () if balance is None else balance.breakdown
        index = _index_of(items, line)
        if index is None:
            return None
        _, before = paid.get((line.feature_id, index), (None, Decimal(0)))
        paid[line.feature_id, index] = items[index], add(before, line.amount)
    return tuple(
        TrackDeduction(balance_id=item.id, feature_id=feature_id, plan_id=item.plan_id, reset=item.reset, value=value)
        for (feature_id, _), (item, value) in paid.items()
    )


def _index_of(items: tuple[Breakdown, ...], line: Deduction) -> int | None:
    """Return the place of the item that a receipt line is about. Of a rollover, it is known if there is one item."""
    if line.kind is DeductionKind.ROLLOVER:
        return 0 if len(items) == 1 else None
    return index_among(items, line)
