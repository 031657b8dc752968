"""What a metered feature costs in the credits of a credit system."""

from decimal import Decimal
from typing import Any

import pytest

from balances import BalancesError, CreditCost, CreditTier, Feature, NoCreditCost, NotInCreditSystem, credit_cost, track
from balances.testing import balance


def system(*schema: CreditCost) -> Feature:
    return Feature(id="credits", name="Credits", type="credit_system", consumable=True, credit_schema=schema)


def member(name: str, cost: float | None = None, **attributes: Any) -> CreditCost:
    return CreditCost(metered_feature_id=name, credit_cost=cost, **attributes)


def test_it_is_the_cost_that_the_schema_states() -> None:
    credits_ = system(member("images", 4), member("tokens", 0.25))
    assert credit_cost(credits_, "images") == 4
    assert credit_cost(credits_, "tokens") == Decimal("0.25")


def test_a_cost_of_several_units_is_divided_by_them() -> None:
    assert credit_cost(system(member("tokens", 3, billing_units=1000)), "tokens") == Decimal("0.003")
    assert credit_cost(system(member("tokens", 2, billing_units=3)), "tokens") == Decimal("0." + "6" * 33 + "7")


def test_the_first_of_several_entries_counts() -> None:
    assert credit_cost(system(member("tokens", 3), member("tokens", 5)), "tokens") == 3


def test_it_is_what_track_takes() -> None:
    cost = credit_cost(system(member("tokens", 3, billing_units=1000)), "tokens")
    assert track(balance(100), 2000, credit_cost=cost, feature_id="tokens").balance.usage == 6


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([], "it has no members"),
        (["images"], "its members are 'images'"),
        (["a", "b", "c", "d", "e"], "its members are 'a', 'b', 'c', 'd', 'e'"),
        (["a", "b", "c", "d", "e", "f", "g"], "its members are 'a', 'b', 'c', 'd', 'e' and 2 more"),
    ],
)
def test_what_is_no_member_has_no_cost(members: list[str], told: str) -> None:
    message = f"^expected a member of the credit system 'credits', got 'tokens': {told}$"
    with pytest.raises(NotInCreditSystem, match=message) as caught:
        credit_cost(system(*[member(name, 1) for name in members]), "tokens")
    assert isinstance(caught.value, BalancesError)
    assert isinstance(caught.value, LookupError)


TIERS = [CreditTier(to=1000, credit_cost=0.5), CreditTier(to=None, credit_cost=0.25)]


@pytest.mark.parametrize(
    ("entry", "came"),
    [
        (member("tokens"), "None"),
        (member("tokens", 0), "0"),
        (member("tokens", -0.5), "-0.5"),
        (member("tokens", tiers=TIERS), "2 tiers"),
        (member("tokens", tiers=TIERS[:1]), "1 tier"),
        (member("tokens", 5, tiers=TIERS), "2 tiers"),
    ],
)
def test_what_has_tiers_or_states_none_has_not_one_cost(entry: CreditCost, came: str) -> None:
    message = f"^expected one credit cost above 0 for 'tokens' in 'credits', got {came}$"
    with pytest.raises(NoCreditCost, match=message) as caught:
        credit_cost(system(member("images", 1), entry), "tokens")
    assert isinstance(caught.value, BalancesError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("name", [None, 5, ["tokens"]])
def test_a_feature_is_asked_for_by_its_id(name: Any) -> None:
    with pytest.raises(TypeError, match=r"^feature_id: expected a string, got "):
        credit_cost(system(member("tokens", 1)), name)
