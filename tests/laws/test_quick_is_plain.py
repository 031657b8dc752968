"""Law: a quick way to make a value makes the value that the plain way makes.

A `maker` is the constructor without its checks, a `changer` is `evolve` without them. Both are found in every file, so
a new one is held to this as well. The other shortcuts stand at the end, each beside its plain twin.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Literal, get_type_hints
from unittest.mock import patch

import attrs
import pytest
from attrs import NOTHING, evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_accounts import SYSTEMS, uses
from strategies_of_accounts import accounts as held
from strategies_of_policies import orders
from strategies_of_time import balances as time_goes_by
from strategies_of_time import quantities, rollovers, stated, strange_balances, strange_items
from strategies_of_usage import behaviors
from wire_classes import few

import balances
from balances import (
    Account,
    AccountTracked,
    Balance,
    BillingControls,
    Breakdown,
    BurnOrder,
    Deduction,
    Feature,
    InsufficientBalance,
    Limit,
    OverageBehavior,
    Policy,
    Rollover,
    UsageLimit,
    track,
)
from balances import accounts as verbs
from balances.accounts import tracking as tracking_over_accounts
from balances.base.amounts import normalised, to_amount
from balances.derived.ordering import expiry_order, expiry_order_of
from balances.testing.strategies import values
from balances.usage import tracking
from balances.usage.undoing import of_remaining

Function = Callable[..., Any]
FEATURES = st.sampled_from(["messages", *SYSTEMS])


def compiled(kind: str) -> dict[str, Function]:
    """Find the functions of a kind that were compiled for our files, each under its name."""
    modules = [importlib.import_module(info.name) for info in pkgutil.walk_packages(balances.__path__, "balances.")]
    found = {f"{module.__name__}.{name}": thing for module in modules for name, thing in vars(module).items()}
    return {name: thing for name, thing in found.items() if file_of(thing).startswith(f"<balances: {kind} ")}


def file_of(thing: object) -> str:
    return thing.__code__.co_filename if inspect.isfunction(thing) else ""


def class_made_by(make: Function) -> type[Any]:
    """Return the class whose slots a maker fills."""
    cls: type[Any] = make.__globals__["cls"]
    return cls


MAKERS = compiled("make")
CHANGERS = compiled("change")


def attributes(value: Any) -> dict[str, Any]:
    return attrs.asdict(value, recurse=False)


def optional(cls: type[Any]) -> Iterator[str]:
    """Name the attributes that a maker gives their defaults; a default made of the value itself must be given."""
    for attribute in attrs.fields(cls):
        if attribute.default is not NOTHING and not hasattr(attribute.default, "takes_self"):
            yield attribute.name


def test_all_of_them_are_found() -> None:
    assert {"balances.usage.receipts.make_deduction", "balances.derived.totals._make_balance"} <= MAKERS.keys()
    assert {"balances.usage.ledger.item_left_with", "balances.derived.totals.restated"} <= CHANGERS.keys()


@pytest.mark.parametrize("name", MAKERS)
@few
@given(data=st.data())
def test_a_maker_makes_what_the_constructor_makes(name: str, data: st.DataObject) -> None:
    make, cls = MAKERS[name], class_made_by(MAKERS[name])
    value = data.draw(values(cls))
    assert make(**attributes(value)) == value
    left_out = data.draw(st.sets(st.sampled_from([*optional(cls), "none of them"])))
    given_ones = {key: part for key, part in attributes(value).items() if key not in left_out}
    made = make(**given_ones)
    assert attributes(made) == given_ones | {
        key: getattr(attrs.fields(cls), key).default for key in left_out - {"none of them"}
    }


@pytest.mark.parametrize("name", CHANGERS)
@few
@given(data=st.data())
def test_a_changer_changes_what_evolve_changes(name: str, data: st.DataObject) -> None:
    change = CHANGERS[name]
    plain: Function = inspect.unwrap(change)
    cls = get_type_hints(plain)["return"]
    value, other = data.draw(values(cls)), data.draw(values(cls))
    names = [parameter.name for parameter in inspect.signature(plain).parameters.values()][1:]
    changed = {key: part for key, part in attributes(other).items() if key in names}
    assert set(changed) == set(names)
    assert change(value, **changed) == plain(value, **changed) == evolve(value, **changed)
    assert {
        key for key in attributes(value) if getattr(change(value, **changed), key) is not attributes(value)[key]
    } <= set(names)


def fraction(digits: int, power: int) -> float:
    return float(digits / 10**power)


@given(
    value=st.floats(allow_nan=False, allow_infinity=False)
    | st.builds(fraction, st.integers(-(10**16), 10**16), st.integers(0, 9))
)
def test_the_amount_of_a_float_is_its_shortest_repr(value: float) -> None:
    assert to_amount(value).as_tuple() == normalised(Decimal(repr(value))).as_tuple()


def test_the_amount_of_a_float_is_its_shortest_repr_where_the_ways_part() -> None:
    for value in (1e11 - 0.0001, 1e11, 1e11 + 0.1, 99999999999.9999, 0.00005, 0.0001, 0.1 + 0.2, 1e-5, 5e-324, 1.7e308):
        for signed in (value, -value):
            assert to_amount(signed).as_tuple() == normalised(Decimal(repr(signed))).as_tuple()


@given(parts=st.lists(rollovers, max_size=6))
def test_rollovers_that_are_in_order_are_ordered_as_all_others_are(parts: list[Rollover]) -> None:
    ranks = [expiry_order(part) for part in parts]
    assert list(expiry_order_of(parts)) == sorted(range(len(parts)), key=ranks.__getitem__)
    in_order = sorted(parts, key=expiry_order)
    assert list(expiry_order_of(in_order)) == list(range(len(parts)))


limits = st.builds(
    UsageLimit,
    feature_id=st.sampled_from(["messages", "messages", "seats"]),
    limit=st.integers(0, 90),
    usage=st.none() | st.integers(0, 60),
    interval=st.just("month"),
)


@given(
    balance=time_goes_by() | strange_balances | stated(),
    amount=quantities | quantities.map(Decimal.copy_negate),
    order=st.just(BurnOrder()) | orders,
    behavior=st.sampled_from([OverageBehavior.CAP, OverageBehavior.OVERFLOW]),
    limits=st.lists(limits, max_size=2),
    kind=st.sampled_from(["metered", "credit_system"]),
)
def test_an_amount_paid_from_what_is_left_is_paid_as_any_other(
    *,
    balance: Balance,
    amount: Decimal,
    order: BurnOrder,
    behavior: OverageBehavior,
    limits: list[UsageLimit],
    kind: Literal["metered", "credit_system"],
) -> None:
    feature = Feature(id="messages", name="Messages", type=kind, consumable=True)
    balance = attrs.evolve(balance, feature=feature)
    given: dict[str, Any] = {"controls": BillingControls(usage_limits=limits), "policy": Policy(order=order)}
    quick = track(balance, amount, overage_behavior=behavior, **given)
    with patch.object(tracking, "paid_from_what_is_left", return_value=None):
        assert quick == track(balance, amount, overage_behavior=behavior, **given)


@few
@given(
    account=held(), feature_id=st.sampled_from(["messages", *SYSTEMS]), amount=uses, order=orders, behavior=behaviors
)
def test_a_use_that_the_own_balance_pays_is_paid_as_any_other(
    account: Account, feature_id: str, amount: Decimal, order: BurnOrder, behavior: OverageBehavior
) -> None:
    def used() -> AccountTracked | Limit:
        try:
            return verbs.track(account, feature_id, amount, overage_behavior=behavior, policies=Policy(order=order))
        except InsufficientBalance as refused:
            return refused.limit

    quick = used()
    with patch.object(tracking_over_accounts, "paid_by_own", return_value=None):
        assert quick == used()


@given(account=held(), feature_id=FEATURES, needed=uses, payer=st.sampled_from([None, "messages", *SYSTEMS]))
def test_a_usage_limit_on_another_feature_changes_no_ruling(
    account: Account, feature_id: str, needed: Decimal, payer: str | None
) -> None:
    """Without usage limits, all who pay are asked in one quick loop. Often all that one of them has left is needed."""
    needed = account.balances[payer].remaining if payer and payer in account.balances else needed
    controls = evolve(account.controls or BillingControls(), usage_limits=[])
    other = evolve(controls, usage_limits=[UsageLimit(feature_id="images", limit=1, interval="day")])
    quick, plain = (evolve(account, controls=each) for each in (controls, other))
    assert verbs.check(quick, feature_id, needed) == verbs.check(plain, feature_id, needed)


@given(item=strange_items, amount=quantities)
def test_usage_within_the_grant_is_given_back_to_what_is_left(item: Breakdown, amount: Decimal) -> None:
    within = attrs.evolve(item, usage=min(item.usage, item.granted))
    low = normalised(within.usage - amount)
    line = Deduction(kind="item", index=0, amount=amount, units=amount)
    assert of_remaining(within, line, amount, low, None) == amount
