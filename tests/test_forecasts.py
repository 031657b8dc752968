"""When a balance runs out, and what it is about to lose: by plain examples, and against every single use."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from helpers import TICK, combined, day, limited, limiting
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_time import START, anchors, balances, moments, rollovers, rules, stated

from balances import (
    Amount,
    Balance,
    BillingControls,
    Breakdown,
    Feature,
    InvalidAmount,
    InvalidDuration,
    InvalidInstant,
    OverageControl,
    Policy,
    Reset,
    Rollover,
    RolloverRule,
    SpendLimit,
    UnknownWord,
    Usage,
    UsageLimit,
    combine,
    expiring,
    runs_out_at,
    simulate,
)
from balances.testing import balance, item, monthly, rollover, usage_based

DAY = timedelta(days=1)


NEW_YEAR = day(1, 1)
PLAN = item(100, id="plan", reset=monthly(resets_at=day(2, 1)))


def daily(balance: Balance, amount: Amount, **given: Any) -> datetime | None:
    """Return when so much a day would first not be met."""
    usual: dict[str, Any] = {"every": DAY, "start": NEW_YEAR, "until": day(1, 1, year=2027)}
    return runs_out_at(balance, amount=amount, **(usual | given))


def test_it_is_the_first_use_that_is_not_met_in_full() -> None:
    assert daily(balance(100), 10) == day(1, 11)
    assert daily(balance(100), 11) == day(1, 10)
    assert daily(balance(100), 0.1) is None
    assert daily(balance(0), 1) == NEW_YEAR


def test_the_last_use_is_before_the_end() -> None:
    assert daily(balance(100), 10, until=day(1, 11)) is None
    assert daily(balance(100), 10, until=day(1, 11) + TICK) == day(1, 11)
    assert daily(balance(0), 1, until=NEW_YEAR) is None
    assert daily(balance(0), 1, until=NEW_YEAR - DAY) is None
    odd = combined(item(100, reset=Reset(interval=UnknownWord("fortnight"), resets_at=NEW_YEAR)))
    assert daily(odd, 1, until=NEW_YEAR) is None


def test_a_reset_fills_the_balance_up_again() -> None:
    assert daily(combined(PLAN), 3) is None
    assert daily(combined(PLAN), Decimal("3.3")) == day(1, 31)
    assert daily(combined(PLAN), Decimal("3.5"), start=day(1, 15)) == day(3, 1) + 28 * DAY


def test_what_is_due_at_the_start_happens_first() -> None:
    overdue = combined(item(100, 100, id="plan", reset=monthly(resets_at=NEW_YEAR)))
    assert daily(overdue, 5) == day(1, 21)


def test_a_use_at_the_moment_of_a_reset_is_met_by_the_new_grant() -> None:
    assert daily(combined(item(31, id="plan", reset=monthly(resets_at=day(2, 1)))), 1, until=day(2, 2)) is None


def test_rollovers_are_used_first_and_expire_on_the_way() -> None:
    carried = [rollover(50, expires_at=day(1, 4))]
    assert daily(combined(item(100, id="top-up"), carried=carried), 10) == day(1, 14)


def test_rules_carry_over_what_a_period_did_not_need() -> None:
    assert daily(combined(PLAN), Decimal("3.3"), start=day(1, 20)) == day(3, 1) + 30 * DAY
    assert daily(combined(PLAN), Decimal("3.3"), start=day(1, 20), policy=Policy(rules=RolloverRule(max=50))) is None


def test_an_anchor_gives_the_31st_back() -> None:
    plan = combined(item(30, id="plan", reset=monthly(resets_at=day(1, 31))))
    given: dict[str, Any] = {"start": day(1, 31), "until": day(4, 10)}
    assert daily(plan, 1, policy=Policy(anchor=day(1, 31)), **given) == day(3, 30)
    assert daily(plan, 1, **given) is None
    assert daily(plan, 1, **(given | {"until": day(5, 1)})) == day(4, 27)


def test_overage_that_may_be_used_counts_as_met() -> None:
    sold = combined(item(100, id="plan", price=usage_based(max_purchase=50)))
    assert daily(sold, 10) == day(1, 16)
    assert daily(combined(item(100, id="plan", price=usage_based())), 10) is None
    controls = BillingControls(overage_allowed=[OverageControl(feature_id="messages", enabled=False)])
    assert daily(sold, 10, controls=controls) == day(1, 11)
    spending = BillingControls(spend_limits=[SpendLimit(feature_id="messages", enabled=True, overage_limit=20)])
    assert daily(sold, 10, controls=spending) == day(1, 13)


def test_the_window_of_a_usage_limit_starts_over() -> None:
    assert daily(balance(10_000), 10, controls=limiting(limited(70, interval="week"))) is None
    assert daily(balance(10_000), 10, controls=limiting(limited(69, interval="week"))) == day(1, 11)
    assert daily(balance(10_000), 10, controls=limiting(limited(70, interval="week", usage=45))) == day(1, 3)


def test_a_window_goes_on_counting_where_something_resets_in_it() -> None:
    often = combined(item(100, id="plan", reset=Reset(interval="day", resets_at=NEW_YEAR)))
    assert daily(often, 10, controls=limiting(limited(35, interval="month"))) == day(1, 4)


def test_the_window_of_the_billing_cycle_is_the_anchors() -> None:
    controls = limiting(limited(300, interval="month", anchor="billing_cycle"))
    assert daily(balance(10_000), 10, controls=controls, start=day(1, 15), policy=Policy(anchor=day(1, 15))) == day(
        2, 14
    )
    assert daily(balance(10_000), 10, controls=controls, start=day(1, 15)) == day(3, 31)


def test_a_limit_that_is_off_ends_no_window() -> None:
    assert daily(balance(50), 10, controls=limiting(limited(5, interval="minute", enabled=False))) == day(1, 6)


def test_what_is_unlimited_never_runs_out_until_it_expires() -> None:
    trial = item(0, id="trial", unlimited=True, expires_at=day(3, 1))
    assert daily(combined(trial), 1, until=day(3, 1)) is None
    assert daily(combined(trial, item(100, id="top-up")), 10) == day(3, 11)
    assert daily(combined(trial), 1) == day(3, 1)


def test_a_boolean_feature_never_runs_out() -> None:
    feature = Feature(id="sso", name="SSO", type="boolean", consumable=False)
    assert daily(combine([], feature_id="sso", feature=feature), 1) is None


def test_a_century_of_microseconds_is_found_at_once() -> None:
    ends = day(1, 1, year=2126)
    assert daily(balance(100), Decimal("1e-9"), every=TICK, until=ends) == NEW_YEAR + TICK * 100 * 10**9
    assert daily(balance(100), Decimal("1e-30"), every=TICK, until=ends) is None


def test_the_end_of_the_calendar_is_not_stepped_over() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert daily(balance(100), 1, every=timedelta(days=400_000), until=last) is None
    assert daily(balance(100), 1, every=timedelta.max, until=last) is None


@pytest.mark.parametrize(("wrong", "came"), [(0, "0"), (-1, "-1"), (Decimal("-0.5"), "-0.5")])
def test_an_amount_of_nothing_or_less_is_a_clear_error(wrong: float, came: str) -> None:
    with pytest.raises(InvalidAmount, match=rf"^amount: expected a number above 0, got {came}$"):
        daily(balance(100), wrong)


@pytest.mark.parametrize(
    ("wrong", "came"),
    [(timedelta(0), "0:00:00"), (-DAY, "-1 day, 0:00:00"), (0, "0"), (60, "60"), ("1 day", "'1 day'")],
)
def test_a_step_of_nothing_or_less_is_a_clear_error(wrong: Any, came: str) -> None:
    with pytest.raises(InvalidDuration, match=rf"^every: expected a timedelta above zero, got {came}$"):
        daily(balance(100), 5, every=wrong)


@pytest.mark.parametrize("name", ["start", "until"])
def test_a_naive_moment_is_a_clear_error(name: str) -> None:
    given: dict[str, Any] = {name: datetime(2026, 1, 1)}
    with pytest.raises(InvalidInstant, match=rf"^{name}: expected an aware datetime, got the naive"):
        daily(balance(100), 5, **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"policy": 5}, r"^policy: expected a Policy, got 5$"),
        ({"controls": 5}, r"^controls: expected a BillingControls"),
    ],
)
def test_what_is_of_another_type_is_a_clear_error(given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        daily(balance(100), 5, **given)
    wrong: Any = 5
    with pytest.raises(TypeError, match=r"^balance: expected a Balance, got 5$"):
        daily(wrong, 5)


windows = st.sampled_from(["day", "week", "month", "year"])
usage_limits = st.builds(
    UsageLimit,
    feature_id=st.sampled_from(["messages", "messages", "seats"]),
    enabled=st.sampled_from([True, True, False]),
    limit=st.integers(0, 300),
    interval=windows,
    anchor=st.sampled_from([None, "billing_cycle"]),
    usage=st.none() | st.integers(0, 100),
)
spend_limits = st.builds(
    SpendLimit, feature_id=st.just("messages"), enabled=st.booleans(), overage_limit=st.integers(0, 200)
)
controls = st.none() | st.builds(
    BillingControls, usage_limits=st.lists(usage_limits, max_size=2), spend_limits=st.lists(spend_limits, max_size=1)
)


@given(
    holding=balances() | stated(),
    amount=st.integers(1, 12) | st.sampled_from(["0.1", "3.3", "0.75"]).map(Decimal),
    every=st.integers(5, 24 * 40).map(lambda hours: timedelta(hours=hours)),
    start=moments,
    uses=st.integers(0, 60),
    rules=rules,
    anchor=anchors,
    controls=controls,
)
def test_it_is_the_moment_that_simulating_every_use_finds(
    *,
    holding: Balance,
    amount: Decimal,
    every: timedelta,
    start: datetime,
    uses: int,
    rules: Any,
    anchor: datetime | None,
    controls: BillingControls | None,
) -> None:
    until = start + uses * every
    usages = [Usage(at=start + number * every, amount=amount) for number in range(uses)]
    timeline = simulate(holding, usages, until=until, policy=Policy(rules=rules, anchor=anchor), controls=controls)
    refused = (step.at for step in timeline.steps if isinstance(step.cause, Usage) and step.untracked)
    found = runs_out_at(
        holding,
        amount=amount,
        every=every,
        start=start,
        until=until,
        policy=Policy(rules=rules, anchor=anchor),
        controls=controls,
    )
    assert found == next(refused, None)


def test_what_will_be_gone_comes_soonest_first_and_rollovers_before_items() -> None:
    items = [item(1, id="b", expires_at=day(3, 1)), item(2, id="a", expires_at=day(3, 1)), item(3, id="plan")]
    carried = [rollover(4, expires_at=day(3, 1)), rollover(5, expires_at=day(2, 1)), rollover(6)]
    parts = expiring(combined(*items, carried=carried), before=day(4, 1))
    assert parts == (carried[1], carried[0], items[0], items[1])


def test_what_expires_at_the_moment_is_gone_by_it_and_a_hair_later_is_not() -> None:
    before = combined(item(1, expires_at=day(3, 1)), carried=[rollover(1, expires_at=day(3, 1))])
    assert len(expiring(before, before=day(3, 1))) == 2
    assert expiring(before, before=day(3, 1) - TICK) == ()


def test_what_only_starts_over_does_not_expire() -> None:
    assert expiring(combined(PLAN), before=day(1, 1, year=2030)) == ()
    assert expiring(balance(100, rollovers=[rollover(5)]), before=day(1, 1, year=2030)) == ()


@given(holding=balances() | stated(), before=moments)
def test_what_is_expiring_is_what_expires_when_nothing_resets(holding: Balance, before: datetime) -> None:
    parts = expiring(holding, before=before)
    assert all(part.expires_at is not None and part.expires_at <= before for part in parts)
    whole: list[Breakdown | Rollover] = [*holding.rollovers, *holding.breakdown]
    others = [part for part in whole if part not in parts]
    assert all(part.expires_at is None or part.expires_at > before for part in others)
    dates = [part.expires_at or START for part in parts]
    assert dates == sorted(dates)


@given(part=rollovers)
def test_a_rollover_is_expiring_by_its_own_date(part: Rollover) -> None:
    holding = combined(carried=[part])
    assert expiring(holding, before=part.expires_at or START) == ((part,) if part.expires_at else ())


def test_expiring_before_a_naive_moment_is_a_clear_error() -> None:
    with pytest.raises(InvalidInstant, match=r"^before: expected an aware datetime, got the naive"):
        expiring(combined(PLAN), before=datetime(2026, 1, 1))


@pytest.mark.parametrize("amount", [1e305, 1.7976931348623157e308])
def test_an_amount_of_which_several_are_beyond_any_double_is_not_met_at_the_start(amount: float) -> None:
    given: dict[str, Any] = {"amount": amount, "every": timedelta(microseconds=1)}
    assert runs_out_at(balance(100), **given, start=START, until=START + timedelta(days=365)) == START


def test_a_limit_of_another_feature_ends_no_window() -> None:
    other = BillingControls(usage_limits=[UsageLimit(feature_id="seats", limit=10, interval=UnknownWord("fortnight"))])
    assert runs_out_at(
        balance(10), amount=1, every=timedelta(days=1), start=START, until=START + timedelta(days=30), controls=other
    ) == START + timedelta(days=10)
