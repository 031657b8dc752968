"""Who pays for a use of a feature, and on which terms: the facts that the verbs of an account share."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from attrs import evolve

from balances.base.amounts import ONE
from balances.base.fields import instance_of
from balances.base.frozen import FrozenMap
from balances.base.messages import described
from balances.base.shown import is_mapping
from balances.base.unchecked import changer
from balances.derived.credits import cost_in
from balances.errors import UnknownFeature
from balances.values.accounts import Account
from balances.values.balance import Balance, Flag
from balances.values.controls import BillingControls
from balances.values.features import Feature, FeatureType
from balances.values.policies import DEFAULT_POLICY, Policy

__all__: list[str] = []

Policies: TypeAlias = Policy | Mapping[str, Policy] | None
"""One policy for all features, or the policy of each by feature id; a feature that is not there has the default one."""


class Held(NamedTuple):
    """A balance that pays for a use, and the cost of one tracked unit in it."""

    balance: Balance
    cost: Decimal


def to_account(account: Account) -> Account:
    """Return an account as it is."""
    return instance_of(account, Account)


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
    if isinstance(policies, Policy):
        return policies
    return policies.get(feature_id, DEFAULT_POLICY) if policies else DEFAULT_POLICY


def check_known(account: Account, feature_id: str) -> None:
    """Raise where the account has a catalog, and the catalog lacks the feature."""
    if account.features and feature_id not in account.catalog.features and feature_id not in account.balances:
        raise UnknownFeature(f"expected a feature of the catalog, got {described(feature_id)}")


def own_of(account: Account, feature_id: str) -> Held | None:
    """Return the own balance of a feature, if it is held."""
    balance = account.balances.get(feature_id)
    return None if balance is None else Held(balance, ONE)


def systems_of(account: Account, feature_id: str) -> list[Held]:
    """Return the balances of the credit systems that contain a feature, in catalog order, as far as they are held."""
    return [
        Held(account.balances[system_id], cost_in(account.catalog.features[system_id], entry))
        for system_id, entry in account.catalog.systems.get(feature_id, ())
        if system_id in account.balances
    ]
