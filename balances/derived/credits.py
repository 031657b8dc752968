"""What the use of a metered feature costs in the credits of a credit system."""

from decimal import Decimal

from balances.base.amounts import ONE, quotient
from balances.base.fields import argument, to_text
from balances.base.home import public
from balances.base.messages import counted, described, listed
from balances.errors import NoCreditCost, NotInCreditSystem
from balances.values.features import Feature, to_feature

__all__ = ["credit_cost"]


@public
def credit_cost(feature: Feature, /, feature_id: str) -> Decimal:
    """Return the credits that one unit of a metered feature costs in a credit system.

    It is what `check`, `track` and `hold` take as `credit_cost`, together with the `feature_id`. A cost that is stated
    for several units, `billing_units`, is divided by them; what `dimensions` and `multipliers` say is the caller's.

    >>> from balances import CreditCost
    >>> schema = [CreditCost(metered_feature_id="tokens", credit_cost=3, billing_units=1000)]
    >>> credits = Feature(id="credits", name="Credits", type="credit_system", consumable=True, credit_schema=schema)
    >>> credit_cost(credits, "tokens")
    Decimal('0.003')
    """
    feature, feature_id = argument("feature", to_feature, feature), argument("feature_id", to_text, feature_id)
    entry = next((entry for entry in feature.credit_schema if entry.metered_feature_id == feature_id), None)
    if entry is None:
        expected = f"expected a member of the credit system {described(feature.id)}"
        raise NotInCreditSystem(f"{expected}, got {described(feature_id)}: {_members_of(feature)}")
    if entry.credit_cost is None or entry.credit_cost <= 0 or entry.tiers:
        came = counted(len(entry.tiers), "tier") if entry.tiers else described(entry.credit_cost)
        expected = f"expected one credit cost above 0 for {described(feature_id)} in {described(feature.id)}"
        raise NoCreditCost(f"{expected}, got {came}")
    return quotient(entry.credit_cost, entry.billing_units or ONE)


def _members_of(feature: Feature) -> str:
    names = [entry.metered_feature_id for entry in feature.credit_schema]
    return f"its members are {listed(names)}" if names else "it has no members"
