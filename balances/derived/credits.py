"""The cost of one unit of a feature in the credits of a credit system."""

from decimal import Decimal
from typing import Final

from balances.base.amounts import ONE, ZERO, Amount, quotient, to_amount
from balances.base.fields import Bound, argument, to_text
from balances.base.home import public
from balances.base.messages import counted, described, listed
from balances.errors import NoCreditCost, NotInCreditSystem
from balances.values.balance import Balance
from balances.values.features import CreditCost, Feature, FeatureType, to_feature

__all__ = ["credit_cost"]

_ABOVE_ZERO: Final = Bound(0, is_open=True)
_CREDIT_SYSTEMS: Final = (FeatureType.CREDIT_SYSTEM, FeatureType.AI_CREDIT_SYSTEM)


@public
def credit_cost(feature: Feature, /, feature_id: str) -> Decimal:
    """Return the credits that one unit of a metered feature costs in a credit system.

    A cost that is stated for several units, `billing_units`, is divided by them. Where the cost depends on more than
    the feature, `NoCreditCost` is raised: `tiers` make it depend on the amount, `dimensions` and `multipliers` on the
    properties of the event. An AI credit system prices models instead of features, so it has no members.

    `check`, `track` and `hold` look the cost up in the same way when they are given the `feature_id` of a member.

    >>> from balances import CreditCost
    >>> schema = [
    ...     CreditCost(metered_feature_id="tokens", credit_cost=3, billing_units=1000)
    ... ]
    >>> credits = Feature(
    ...     id="credits",
    ...     name="Credits",
    ...     type="credit_system",
    ...     consumable=True,
    ...     credit_schema=schema,
    ... )
    >>> credit_cost(credits, "tokens")
    Decimal('0.003')
    """
    feature, feature_id = argument("feature", to_feature, feature), argument("feature_id", to_text, feature_id)
    members = () if feature.type == FeatureType.AI_CREDIT_SYSTEM else feature.credit_schema
    entry = next((entry for entry in members if entry.metered_feature_id == feature_id), None)
    if entry is None:
        expected = f"expected a member of the credit system {described(feature.id)}"
        raise NotInCreditSystem(f"{expected}, got {described(feature_id)}: {_listed(members)}")
    return cost_in(feature.id, entry)


def cost_in(system_id: str, entry: CreditCost) -> Decimal:
    """Return the cost that an entry of a credit system states for one unit of its member."""
    cost, units = entry.credit_cost, entry.billing_units
    if cost is None or cost <= ZERO or entry.tiers or entry.dimensions or entry.multipliers:
        member = described(entry.metered_feature_id)
        came = " and ".join(_others(entry)) or described(cost)
        raise NoCreditCost(f"expected one credit cost above 0 for {member} in {described(system_id)}, got {came}")
    return cost if units is None else quotient(cost, units)


def cost_of(balance: Balance, given: Amount | None, feature_id: str | None) -> Decimal:
    """Return the cost of one tracked unit: the one given, 1 for the balance's own feature, else the one looked up."""
    if given is not None:
        return argument("credit_cost", _to_credit_cost, given)
    if feature_id is None or feature_id == balance.feature_id:
        return ONE
    if balance.feature is None:
        expected = f"expected the feature of the balance, which states the cost of {described(feature_id)}"
        raise NoCreditCost(f"{expected} in {described(balance.feature_id)}, got None (pass credit_cost)")
    try:
        return credit_cost(balance.feature, feature_id)
    except (NotInCreditSystem, NoCreditCost) as error:
        raise type(error)(f"{error} (pass credit_cost)") from None


def is_credit_system(balance: Balance) -> bool:
    """Return whether the balance says that it is one of credits."""
    return balance.feature is not None and balance.feature.type in _CREDIT_SYSTEMS


def _to_credit_cost(value: Amount) -> Decimal:
    cost = to_amount(value)
    _ABOVE_ZERO.check(cost)
    return cost


def _others(entry: CreditCost) -> list[str]:
    """Return the parts of an entry that make its cost depend on more than the feature."""
    kinds = {"tier": entry.tiers, "dimension": entry.dimensions, "multiplier": entry.multipliers}
    return [counted(len(parts), kind) for kind, parts in kinds.items() if parts]


def _listed(members: tuple[CreditCost, ...]) -> str:
    names = [entry.metered_feature_id for entry in members]
    return f"its members are {listed(names)}" if names else "it has no members"
