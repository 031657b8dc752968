"""The balances of an account that pay for a use of a feature, and the limits on them: all verbs ask here."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Final, TypeAlias, cast

from attrs import evolve, frozen

from balances.base.amounts import ONE, multiply
from balances.base.fields import argument, instance_of, to_text
from balances.base.frozen import FrozenMap, inside
from balances.base.messages import described, suggestion
from balances.base.shown import is_mapping
from balances.base.unchecked import changer
from balances.derived.credits import cost_in
from balances.derived.overages import is_unlimited
from balances.errors import NoCreditCost, UnknownFeature
from balances.usage.ledger import Ledger
from balances.usage.limits import BY_ITEMS, UNITS, Matching, Meter, matching_of, texts_of
from balances.usage.paying import Payer, Payers, opened, paid_from_what_is_left
from balances.usage.receipts import Deduction
from balances.values.accounts import Account
from balances.values.balance import Balance, Flag
from balances.values.controls import BillingControls
from balances.values.features import CreditCost, FeatureType
from balances.values.orders import BurnOrder
from balances.values.policies import DEFAULT_POLICY, Policy

__all__: list[str] = []

Policies: TypeAlias = Policy | Mapping[str, Policy] | None
"""One policy for every feature, or the policy of each by feature id. A feature without one has the default policy."""


# Where a member of an enum is looked up on each call, that takes a good part of it in Python 3.11.
_BOOLEAN: Final = FeatureType.BOOLEAN
_CREDIT_SYSTEMS: Final = (FeatureType.CREDIT_SYSTEM, FeatureType.AI_CREDIT_SYSTEM)


@frozen
class Listing:
    """What the catalog says of a feature: whether it is on or off, and which features may pay for it.

    `payers` are the feature itself and the credit systems that contain it, each with the cost of one tracked unit, and
    its weight. They pay together in shares, so that nothing is rounded. If a payer states so many credits for so many
    units, one tracked unit is as many `shares` as the product of all these credits. One unit of a payer is as many as
    its units times the product of the credits of the others: its weight. `costless` are the systems that do not state
    one cost above 0.
    """

    feature_id: str
    is_boolean: bool
    payers: Sequence[tuple[str, Decimal, Decimal]]
    costless: Sequence[tuple[str, CreditCost]]
    shares: Decimal


def listing_of(account: Account, feature_id: str) -> Listing:
    """Return what the catalog says of a feature. The index keeps it, so it is worked out once.

    A feature that is held, or that a credit system of the catalog names, is known even where the catalog lacks it.
    Without a catalog, an account knows every feature.
    """
    if feature_id.__class__ is not str:
        feature_id = argument("feature_id", to_text, feature_id)
    known: Listing | None = account.catalog.listings.get(feature_id)
    return _new_listing(account, feature_id) if known is None else known


def _new_listing(account: Account, feature_id: str) -> Listing:
    catalog = account.catalog
    feature, entries = catalog.features.get(feature_id), catalog.systems.get(feature_id, ())
    is_held = feature_id in account.balances or feature_id in account.flags
    if account.features and feature is None and not entries and not is_held:
        near = suggestion(feature_id, [*catalog.features, *catalog.systems])
        raise UnknownFeature(f"feature_id: expected a feature of the catalog, got {described(feature_id)}{near}")
    costs, stated, costless = [(feature_id, ONE)], [(ONE, ONE)], list[tuple[str, CreditCost]]()
    for system_id, entry in entries:
        try:
            costs.append((system_id, cost_in(system_id, entry)))
        except NoCreditCost:
            costless.append((system_id, entry))
        else:
            stated.append((entry.credit_cost or ONE, entry.billing_units or ONE))
    others, shares = _products_of([credits_ for credits_, _ in stated])
    payers = [(*each, _times(other, units)) for each, other, (_, units) in zip(costs, others, stated, strict=True)]
    listing = Listing(feature_id, feature is not None and feature.type is _BOOLEAN, payers, costless, shares)
    if feature is not None or entries or feature_id in account.balances:
        catalog.listings[feature_id] = listing
    return listing


def _products_of(costs: Sequence[Decimal]) -> tuple[list[Decimal], Decimal]:
    """Return for each cost the product of all others, and the product of all."""
    # What stands before a cost is multiplied by what stands after it: each product is made of the one beside it.
    before = accumulate(costs, _times, initial=ONE)
    *after, shares = accumulate(reversed(costs), _times, initial=ONE)
    return [_times(one, other) for one, other in zip(before, reversed(after), strict=False)], shares


def _times(one: Decimal, other: Decimal) -> Decimal:
    return one if other is ONE else multiply(one, other)


def to_account(account: Account) -> Account:
    """Return an account as it is."""
    return account if account.__class__ is Account else instance_of(account, Account)


def to_policies(policies: Policies) -> Policies:
    """Return policies as they are."""
    if policies is None or isinstance(policies, Policy):
        return policies
    if not is_mapping(policies):
        raise TypeError(f"expected a Policy, or a mapping of feature ids to them, got {described(policies)}")
    for policy in policies.values():
        instance_of(policy, Policy)
    return policies


def policy_of(policies: Policies, feature_id: str) -> Policy:
    """Return the policy of a feature."""
    if policies is None:
        return DEFAULT_POLICY
    return policies if isinstance(policies, Policy) else policies.get(feature_id, DEFAULT_POLICY)


def feature_of(account: Account, feature_id: str) -> str:
    """Return the id of a feature that the account knows."""
    return listing_of(account, feature_id).feature_id


def is_switch(account: Account, listing: Listing) -> bool:
    """Return whether a feature is held that is on or off: it has a flag, or its balance is one of a boolean feature."""
    if listing.feature_id in inside(account.flags):
        return True
    return listing.is_boolean and listing.feature_id in account.balances


def counts_nothing(account: Account, listing: Listing) -> bool:
    """Return whether no usage limit counts a use: the feature is on or off, or one who pays is unlimited."""
    balances = inside(account.balances)
    held = (balances[payer_id] for payer_id, _, _ in listing.payers if payer_id in balances)
    return is_switch(account, listing) or any(map(is_unlimited, held))


def systems_of(account: Account, feature_id: str) -> list[Balance]:
    """Return the balances of the credit systems that contain a feature, in catalog order, as far as they are held."""
    found = account.catalog.systems.get(feature_id, ())
    return [account.balances[system_id] for system_id, _ in found if system_id in account.balances]


def limits_on(account: Account, feature_id: str, properties: Mapping[str, object] | None) -> Matching:
    """Return the usage limits that count a use of a feature.

    A limit on the feature counts tracked units, whichever balance pays. A limit on a credit system that pays (which may
    be the feature itself) counts the amount that the items of the system pay.
    """
    controls = account.controls
    if controls is None and properties is None:
        return ()
    texts = argument("properties", texts_of, properties)
    if controls is None or not controls.usage_limits:
        return ()
    features = account.catalog.features
    systems: dict[str | None, Meter] = dict.fromkeys(
        (system.feature_id for system in systems_of(account, feature_id)), BY_ITEMS
    )
    own = features.get(feature_id)
    is_system = own is not None and own.type in _CREDIT_SYSTEMS
    meters: dict[str | None, Meter] = {feature_id: BY_ITEMS if is_system else UNITS, **systems}
    return matching_of(controls, texts, meters)


Paying: TypeAlias = tuple[Balance, Decimal, Decimal]
"""A balance that pays for a use of a feature, the cost of one unit there, and its weight among several."""


def refuse_costless(account: Account, listing: Listing) -> None:
    """Raise if the balance of a credit system is held that states no cost for the feature."""
    for system_id, entry in listing.costless:
        if system_id in account.balances:
            cost_in(system_id, entry)


def paying_for(account: Account, listing: Listing) -> tuple[list[Paying], Decimal]:
    """Return who pays for a use, the own balance first, and how many shares one tracked unit is.

    One that pays alone has nobody to share with, so its cost counts, as for one balance.
    """
    refuse_costless(account, listing)
    balances = inside(account.balances)
    paying = [(balances[payer_id], cost, weight) for payer_id, cost, weight in listing.payers if payer_id in balances]
    if len(paying) == 1:
        ((balance, cost, _),) = paying
        return [(balance, cost, ONE)], cost
    return paying, listing.shares


def paid_by_own(account: Account, listing: Listing, amount: Decimal, order: BurnOrder) -> Ledger | None:
    """Return the ledger of the own balance if it pays an amount above zero alone, from what is left, else None.

    A credit system would come before it with a rollover or an unlimited item, or is an error without a cost.
    """
    balances = inside(account.balances)
    own = balances.get(listing.feature_id)
    if own is None or listing.costless:
        return None
    for payer_id, _, _ in listing.payers:
        payer = balances.get(payer_id)
        if payer is not None and payer is not own and (payer.rollovers or is_unlimited(payer)):
            return None
    return paid_from_what_is_left(own, amount, order)


def payers_of(account: Account, listing: Listing, limits: Matching, policy: Policy) -> Payers:
    """Open the balances that pay for a use, on one list of lines."""
    lines: list[Deduction] = []
    payers: list[Payer] = []
    paying, shares = paying_for(account, listing)
    for balance, cost, weight in paying:
        payers.append(opened(balance, cost, limits, lines=lines, weight=weight))
    owns = 1 if paying and paying[0][0].feature_id == listing.feature_id else 0
    return Payers(payers[:owns], payers[owns:], policy.order, shares)


@changer
def _account_with(account: Account, /, *, balances: Mapping[str, Balance], controls: BillingControls | None) -> Account:
    return evolve(account, balances=balances, controls=controls)


def after(account: Account, ledgers: Iterable[Ledger], controls: BillingControls | None) -> Account:
    """Return the account after the moves in the ledgers of those who paid."""
    moved: dict[str, Balance] = {}
    for ledger in ledgers:
        balance = ledger.close()
        if balance is not ledger.balance:
            moved[balance.feature_id] = balance
    return _indexed_alike(account, moved, controls)


def with_balances(account: Account, changed: Mapping[str, Balance], controls: BillingControls | None) -> Account:
    """Return the account with some balances changed. It shares the index, unless a feature is new to it."""
    before = account.balances
    moved = {feature_id: balance for feature_id, balance in changed.items() if before.get(feature_id) is not balance}
    if all(feature_id in before and before[feature_id].feature is moved[feature_id].feature for feature_id in moved):
        return _indexed_alike(account, moved, controls)
    return _account_with(account, balances=_updated(before, moved), controls=controls)


def _indexed_alike(account: Account, moved: Mapping[str, Balance], controls: BillingControls | None) -> Account:
    """Return the account with some balances moved, and with the index it has."""
    if not moved and controls is account.controls:
        return account
    balances = _updated(account.balances, moved) if moved else account.balances
    result = _account_with(account, balances=balances, controls=controls)
    object.__setattr__(result, "catalog", account.catalog)
    return result


@changer
def _flagged(account: Account, /, *, flags: Mapping[str, Flag]) -> Account:
    return evolve(account, flags=flags)


def with_flags(account: Account, flags: Mapping[str, Flag]) -> Account:
    """Return the account with these flags, and with the index it has."""
    result = _flagged(account, flags=FrozenMap(flags))
    object.__setattr__(result, "catalog", account.catalog)
    return result


def _updated(balances: Mapping[str, Balance], moved: Mapping[str, Balance]) -> Mapping[str, Balance]:
    return cast("FrozenMap[Balance]", balances).updated(moved)
