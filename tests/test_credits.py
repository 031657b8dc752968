"""What a metered feature costs in the credits of a credit system."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from attrs import evolve

from balances import (
    BalancesError,
    CreditCost,
    CreditTier,
    Feature,
    InvalidAmount,
    NoCreditCost,
    NotInCreditSystem,
    UnknownWord,
    check,
    combine,
    credit_cost,
    hold,
    track,
)
from balances.testing import balance, item, usage_based
from balances.values.features import AnyFeatureType


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


@pytest.mark.parametrize("kind", ["metered", UnknownWord("a_type_of_tomorrow")])
def test_a_feature_of_another_type_may_state_costs_too(kind: AnyFeatureType) -> None:
    assert credit_cost(evolve(system(member("tokens", 3)), type=kind), "tokens") == 3


def test_an_ai_credit_system_has_no_members() -> None:
    of_models = evolve(system(member("tokens", 3)), type="ai_credit_system")
    with pytest.raises(NotInCreditSystem, match=r"got 'tokens': it has no members$"):
        credit_cost(of_models, "tokens")


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
        (member("tokens", 5, dimensions={"model": {"large": {"credit_cost": 9}}}), "1 dimension"),
        (member("tokens", 5, multipliers={"cached": {"factor": 0.5}, "batch": {"factor": 0.2}}), "2 multipliers"),
        (
            member("tokens", tiers=TIERS[:1], dimensions={"a": {}, "b": {}}, multipliers={"c": {}}),
            "1 tier and 2 dimensions and 1 multiplier",
        ),
    ],
)
def test_what_has_tiers_or_states_none_has_not_one_cost(entry: CreditCost, came: str) -> None:
    message = f"^expected one credit cost above 0 for 'tokens' in 'credits', got {came}$"
    with pytest.raises(NoCreditCost, match=message) as caught:
        credit_cost(system(member("images", 1), entry), "tokens")
    assert isinstance(caught.value, BalancesError)
    assert isinstance(caught.value, ValueError)


IN_CREDITS = balance(100, feature_id="credits", feature=system(member("tokens", 3, billing_units=2), member("images")))


@pytest.mark.parametrize("ask", [check, track, partial(hold, id="call_1")], ids=["check", "track", "hold"])
def test_check_track_and_hold_look_it_up_where_the_feature_is_another(ask: Callable[..., Any]) -> None:
    assert ask(IN_CREDITS, 4, feature_id="tokens") == ask(IN_CREDITS, 4, feature_id="tokens", credit_cost=1.5)
    assert ask(IN_CREDITS, 4, feature_id="tokens", credit_cost=2) != ask(IN_CREDITS, 4, feature_id="tokens")
    for own in (None, "credits"):
        assert ask(IN_CREDITS, 4, feature_id=own) == ask(IN_CREDITS, 4, feature_id=own, credit_cost=1)
    assert ask(balance(100), 4, feature_id="messages") == ask(balance(100), 4, feature_id="messages", credit_cost=1)
    with pytest.raises(
        NotInCreditSystem, match=r"got 'videos': its members are 'tokens', 'images' \(pass credit_cost\)$"
    ):
        ask(IN_CREDITS, 4, feature_id="videos")
    with pytest.raises(NoCreditCost, match=r"for 'images' in 'credits', got None \(pass credit_cost\)$"):
        ask(IN_CREDITS, 4, feature_id="images")
    for other in ("tokens", "calls"):
        unexpanded = f"^expected the feature of the balance, which states the cost of '{other}' in 'messages', got None"
        with pytest.raises(NoCreditCost, match=rf"{unexpanded} \(pass credit_cost\)$"):
            ask(balance(100), 4, feature_id=other)
    with pytest.raises(InvalidAmount, match=r"^credit_cost: expected a number, got True$"):
        ask(balance(100), 4, credit_cost=True)


@pytest.mark.parametrize("cost", [1, Decimal(1), 0.5])
def test_the_headroom_has_no_trailing_zeros_whatever_a_unit_costs(cost: Any) -> None:
    sold = combine([item(0.5, price=usage_based(1, max_purchase=0.5))], feature_id="messages")
    assert str(check(sold, credit_cost=cost).headroom) == str(1 / Decimal(cost))


@pytest.mark.parametrize("wrong", [None, "credits", balance(5)], ids=repr)
def test_a_feature_is_a_feature(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^feature: expected a Feature, got "):
        credit_cost(wrong, "tokens")


@pytest.mark.parametrize("name", [None, 5, ["tokens"]])
def test_a_feature_is_asked_for_by_its_id(name: Any) -> None:
    with pytest.raises(TypeError, match=r"^feature_id: expected a string, got "):
        credit_cost(system(member("tokens", 1)), name)
