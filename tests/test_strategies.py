"""The Hypothesis strategies for downstream tests: what they draw, and that they draw what is rare, too."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from helpers import tried
from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st
from wire_classes import CASES

import balances
from balances import (
    Account,
    Balance,
    BillingControls,
    Breakdown,
    Feature,
    Interval,
    Policy,
    Reset,
    Rollover,
    RolloverRule,
    UnknownWord,
    Usage,
    accounts,
    advance,
    audit,
    check,
    crossed,
    explain,
    overage,
    overage_allowance,
    overage_cost,
    purchase_allowance,
    simulate,
    track,
    undo,
    wire,
)
from balances.base.fields import Value
from balances.testing import assert_conserved, balance
from balances.testing.disentangled import DISENTANGLED
from balances.testing.strategies import accounts as accounts_drawn
from balances.testing.strategies import balances as balances_drawn
from balances.testing.strategies import controls, histories, items, payloads, policies, rollovers, values
from balances.wire.rules import WireAccount

pytestmark = pytest.mark.heavy

NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)

VALUES: list[Any] = [
    thing
    for thing in (getattr(balances, name) for name in balances.__all__)
    if isinstance(thing, type) and issubclass(thing, Value)
]


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
@tried(4)
@given(data=st.data())
def test_every_value_can_be_drawn(cls: type[Any], data: st.DataObject) -> None:
    value = data.draw(values(cls))
    assert type(value) is cls
    assert cls(**attrs.asdict(value, recurse=False)) == value


@given(drawn=balances_drawn())
def test_a_balance_is_lawful_by_default(drawn: Balance) -> None:
    assert audit(drawn, tolerance=0) == ()
    assert_conserved(drawn)
    assert wire.snake.structure(wire.snake.unstructure(drawn), Balance) == drawn
    assert "UnknownWord" not in repr(drawn)
    assert len({item.id for item in drawn.breakdown}) == len(drawn.breakdown)


@given(item=items())
def test_an_item_keeps_the_law_by_default(item: Breakdown) -> None:
    assert_conserved(item)
    assert item.remaining >= 0


@given(rollover=rollovers())
def test_a_rollover_has_been_used_no_further_than_it_goes(rollover: Rollover) -> None:
    assert 0 <= rollover.balance <= rollover.granted


@given(
    drawn=balances_drawn(feature_id="messages"),
    controls=controls(feature_id="messages"),
    policy=policies(),
    history=histories(start=NEXT_YEAR, until=NEXT_YEAR + timedelta(days=90), max_size=3),
)
def test_functions_take_what_is_lawful(
    drawn: Balance, controls: BillingControls, policy: Policy, history: list[Usage]
) -> None:
    # Under some rules each reset leaves a row, and a year has half a million minutes.
    assume(all(item.reset is None or item.reset.interval not in OFTEN for item in drawn.breakdown))
    assert explain(check(drawn, 5, controls=controls))
    assert all((room or 0) >= 0 for room in (overage_allowance(drawn, controls=controls), purchase_allowance(drawn)))
    tracked = track(drawn, 5, controls=controls, policy=policy)
    assert audit(undo(tracked.balance, tracked.deductions, policy=policy).balance) == ()
    assert set(crossed(drawn, tracked.balance, controls.usage_alerts)) <= set(controls.usage_alerts)
    assert not drawn.breakdown or overage_cost(drawn) >= 0
    today = advance(drawn, to=NEXT_YEAR, policy=policy).balance
    assert audit(today) == ()
    timeline = simulate(today, history, until=NEXT_YEAR + timedelta(days=90), policy=policy, controls=controls)
    assert audit(timeline.balance) == ()


OFTEN = (Interval.MINUTE, Interval.HOUR)
AS_FOUND = settings(phases=[Phase.generate], max_examples=2000)
"""A search that ends with the first find: making it simple is not what is tested."""

SIMPLEST = settings(derandomize=True, phases=[Phase.generate, Phase.shrink], max_examples=2000, database=None)
SIMPLE: dict[str, Callable[[Balance], object]] = {
    "anything": lambda _: True,
    "little left": lambda balance: balance.remaining < 10,
    "something left": lambda balance: balance.remaining > 10,
    "used up": lambda balance: not check(balance, 5),
    "overage": overage,
    "unlimited": lambda balance: balance.unlimited,
    "a rollover": lambda balance: balance.rollovers,
    "a price": lambda balance: balance.overage_allowed,
    "a reset": lambda balance: balance.next_reset_at,
    "no breakdown": lambda balance: balance.granted and not balance.breakdown,
}


@pytest.mark.parametrize("name", SIMPLE)
def test_a_failing_case_is_made_simple(name: str) -> None:
    found = find(balances_drawn(), lambda balance: bool(SIMPLE[name](balance)), settings=SIMPLEST)
    assert found.feature_id == "messages"
    assert [item.id for item in found.breakdown] in ([], ["plan"])
    assert len(found.rollovers) <= 1
    assert {found.granted, found.remaining, found.usage} <= {-1, 0, 1, 11}
    assert len(repr(found)) < 280


def test_a_failing_case_is_shown_in_a_line() -> None:
    @settings(SIMPLEST)
    @given(drawn=balances_drawn())
    def it_is_limited(drawn: Balance) -> None:
        assert not drawn.unlimited

    with pytest.raises(AssertionError) as caught:
        it_is_limited()
    lines = [line.strip() for note in caught.value.__notes__ for line in note.splitlines()]
    shown = [line for line in lines if line.startswith("drawn=Balance(feature_id='messages', ")]
    assert len(shown) == 1
    assert "unlimited=True" in shown[0]
    assert shown[0].endswith("),")


@pytest.mark.parametrize("lawful", [True, False])
def test_balances_of_one_feature_can_be_drawn(lawful: bool) -> None:  # noqa: FBT001  (pytest passes it by its name)
    found = find(balances_drawn(lawful=lawful, feature_id="seats"), lambda _: True, settings=AS_FOUND)
    assert found.feature_id == "seats"


def test_parts_that_can_be_read_can_be_drawn() -> None:
    assert find(items(lawful=False), lambda item: item.remaining < 0, settings=AS_FOUND).remaining < 0
    assert find(rollovers(lawful=False), lambda each: each.balance < 0, settings=AS_FOUND).balance < 0


def test_controls_hold_what_is_rare() -> None:
    limited = find(controls(), lambda each: bool(each.usage_limits and each.usage_limits[0].usage), settings=AS_FOUND)
    assert limited.usage_limits[0].feature_id in {"messages", "images", "credits", "tokens"}
    bought = find(controls(feature_id="seats"), lambda each: bool(each.auto_topups), settings=AS_FOUND)
    assert bought.auto_topups[0].feature_id == "seats"


@pytest.mark.parametrize("attribute", ["max", "max_percentage", "months", "days", "resets", "share"])
def test_policies_hold_every_kind_of_rule(attribute: str) -> None:
    def has_it(policy: Policy) -> bool:
        return isinstance(policy.rules, RolloverRule) and getattr(policy.rules, attribute) is not None

    assert find(policies(), has_it, settings=AS_FOUND).rules


def test_histories_take_amounts_of_ones_own() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    drawn = histories(start=start, until=start, amount=st.just(-1), max_size=2)
    assert find(drawn, lambda history: len(history) == 2, settings=AS_FOUND) == [Usage(at=start, amount=-1)] * 2


def test_payloads_are_of_the_first_format_unless_it_is_said() -> None:
    assert find(payloads(Reset), lambda payload: "interval_count" in payload, settings=AS_FOUND)
    assert find(payloads(Reset, "camel"), lambda payload: "intervalCount" in payload, settings=AS_FOUND)


RARE: dict[str, Callable[[Balance], object]] = {
    "many items": lambda balance: len(balance.breakdown) == 3,
    "no breakdown": lambda balance: not balance.breakdown and balance.granted,
    "unlimited": lambda balance: balance.unlimited and balance.usage,
    "overage": lambda balance: overage(balance) and balance.remaining,
    "less than nothing": lambda balance: any(item.granted < 0 for item in balance.breakdown),
    "more than granted": lambda balance: any(item.remaining > item.granted for item in balance.breakdown),
    "for sale": lambda balance: balance.overage_allowed and balance.max_purchase,
    "rollovers": lambda balance: len(balance.rollovers) == 2 and balance.rollovers[0].usage,
    "a reset": lambda balance: balance.next_reset_at,
    "an expiry": lambda balance: any(item.expires_at for item in balance.breakdown),
    "tiers": lambda balance: any(item.price and len(item.price.tiers) == 3 for item in balance.breakdown),
    "a share": lambda balance: any(item.source and item.allocation for item in balance.breakdown),
    "a refund beyond the grant": lambda balance: any(item.usage < 0 for item in balance.breakdown),
    "overage beside a rest": lambda balance: any(overage(item) and item.remaining for item in balance.breakdown),
    "parts of a unit": lambda balance: balance.remaining % 1,
    "a feature": lambda balance: balance.feature and balance.feature.credit_schema,
}


@pytest.mark.parametrize("name", RARE)
def test_lawful_balances_hold_what_is_rare(name: str) -> None:
    found = find(balances_drawn(), lambda balance: bool(RARE[name](balance)), settings=AS_FOUND)
    assert audit(found, tolerance=0) == ()


@given(account=accounts_drawn())
def test_an_account_holds_lawful_balances_by_default(account: Account) -> None:
    assert [audit(held, tolerance=0) for held in account.balances.values()] == [()] * len(account.balances)
    assert {*account.balances, *account.flags} <= {feature.id for feature in account.features}


def test_accounts_hold_what_is_rare() -> None:
    paid = find(
        accounts_drawn(), lambda account: accounts.track(account, "images", 5).deductions != (), settings=AS_FOUND
    )
    assert paid.balances.keys() & {"images", "credits", "tokens"}
    lawless = find(
        accounts_drawn(lawful=False), lambda account: any(map(audit, account.balances.values())), settings=AS_FOUND
    )
    assert lawless.balances


@given(policy=policies())
def test_a_policy_can_be_lived_by(policy: Policy) -> None:
    lived = advance(balance(100), to=datetime(2026, 3, 1, tzinfo=UTC), policy=policy)
    assert lived.balance == balance(100)


def test_other_balances_can_be_drawn_where_they_are_wanted() -> None:
    assert audit(find(balances_drawn(lawful=False), lambda balance: bool(audit(balance)), settings=AS_FOUND)) != ()


def test_words_are_drawn_that_nobody_knows() -> None:
    assert find(values(Reset), lambda reset: type(reset.interval) is UnknownWord).interval == ""
    assert find(values(Reset), lambda reset: reset.interval is Interval.MONTH).interval_count == 1
    assert find(payloads(Reset, "snake"), lambda payload: payload["interval"] not in list(Interval))["interval"] == ""


def test_plain_data_is_drawn_in_both_formats() -> None:
    for case in CASES:
        found = find(payloads(Feature, case), lambda payload: bool(payload.get("processors")), settings=AS_FOUND)
        assert wire.make_converter(case).structure(found, Feature).processors


@pytest.mark.parametrize("key", ["feature_id", "featureId"])
def test_what_an_account_holds_is_drawn_at_its_own_feature(key: str) -> None:
    entry = {key: "sso"}
    drawn = {"features": [{"id": "a"}, {"id": "a", "name": "A"}], "balances": {"x": entry, "y": entry}, "flags": None}
    kept = DISENTANGLED[WireAccount](drawn)
    assert kept == {"features": [{"id": "a", "name": "A"}], "balances": {"sso": entry}, "flags": None}
    assert DISENTANGLED[WireAccount]({}) == {}
