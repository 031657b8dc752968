"""What a plan promises, and opening a source of a balance from it: each rule by its plainest example."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from balances import (
    Breakdown,
    Interval,
    InvalidAmount,
    InvalidInstant,
    InvalidPlan,
    InvalidPrice,
    PlanItem,
    PlanPrice,
    Policy,
    Price,
    Reset,
    RolloverRule,
    Tier,
    UnknownInterval,
    UnknownWord,
    advance,
    calendar_anchor,
    combine,
    grant,
)
from balances.derived.pricing import RoundingWord
from balances.testing import assert_conserved, item, monthly, usage_based

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
PRO = PlanItem(feature_id="messages", included=100, reset=monthly())
PACK = PlanPrice(billing_method="prepaid", amount=10, billing_units=1000, interval="month")


def test_a_source_has_all_of_its_grant_left() -> None:
    opened = grant(PRO, at=NOW, id="pro_1", plan_id="pro")
    resets_at = datetime(2026, 2, 28, 9, 30, tzinfo=UTC)
    assert opened == item(100, id="pro_1", plan_id="pro", reset=monthly(resets_at=resets_at))
    assert_conserved(opened)


def test_what_is_included_is_granted_for_each_of_a_quantity() -> None:
    assert grant(PRO, at=NOW, quantity=3).included_grant == 300
    assert grant(PRO, at=NOW, quantity=0.5).remaining == 50
    assert grant(PRO, at=NOW, quantity=0).granted == 0


def test_what_was_bought_beforehand_comes_in_billing_units() -> None:
    opened = grant(PlanItem(feature_id="messages", included=5, price=PACK), at=NOW, quantity=2, prepaid=3)
    assert opened.included_grant == 10
    assert opened.prepaid_grant == 3000
    assert opened.remaining == 3010
    assert_conserved(opened)


def test_without_a_price_what_was_bought_comes_in_ones() -> None:
    assert grant(PRO, at=NOW, prepaid=3).prepaid_grant == 3


def test_amounts_are_exact_and_in_their_one_form() -> None:
    thirds = PlanItem(feature_id="messages", included=0.1, price=PlanPrice(billing_method="prepaid", billing_units=0.9))
    opened = grant(thirds, at=NOW, quantity=1, prepaid=1)
    assert str(opened.remaining) == "1"


def test_what_is_unlimited_grants_no_number() -> None:
    opened = grant(PlanItem(feature_id="messages", included=5, unlimited=True, price=PACK), at=NOW, prepaid=3)
    assert opened == Breakdown(included_grant=0, remaining=0, usage=0, unlimited=True, price=PACK.price)


def test_it_starts_over_one_interval_later() -> None:
    for count, expected in ((1, (2, 28)), (2, (3, 31))):
        opened = grant(PlanItem(feature_id="messages", reset=monthly(interval_count=count)), at=NOW)
        month, day = expected
        assert opened.reset == monthly(interval_count=count, resets_at=NOW.replace(month=month, day=day))


def test_given_an_anchor_it_starts_over_at_the_end_of_the_cycle() -> None:
    anchor = datetime(2025, 12, 15, tzinfo=UTC)
    opened = grant(PRO, at=NOW, policy=Policy(anchor=anchor))
    assert opened.reset == monthly(resets_at=datetime(2026, 2, 15, tzinfo=UTC))
    at_a_boundary = grant(PRO, at=anchor.replace(year=2026), policy=Policy(anchor=anchor))
    assert at_a_boundary.reset == monthly(resets_at=datetime(2027, 1, 15, tzinfo=UTC))


JANUARY_1 = datetime(2026, 1, 1, tzinfo=UTC)
JANUARY_20 = datetime(2026, 1, 20, tzinfo=UTC)
CALENDAR = Policy(anchor=JANUARY_1)


def test_a_first_short_period_grants_its_share_of_what_is_included() -> None:
    seats = PlanItem(feature_id="messages", included=62, reset=monthly(), price=PACK)
    opened = grant(seats, at=JANUARY_20, quantity=2, prepaid=3, policy=CALENDAR, is_prorated=True)
    assert opened.included_grant == 48
    assert opened.prepaid_grant == 3000
    assert opened.remaining == 3048
    assert opened.reset == monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert_conserved(opened)
    whole = grant(seats, at=JANUARY_20, quantity=2, prepaid=3, policy=CALENDAR)
    assert whole.included_grant == 124
    assert whole.reset == opened.reset


def test_a_share_that_does_not_terminate_has_34_digits() -> None:
    opened = grant(PRO, at=JANUARY_20, policy=CALENDAR, is_prorated=True)
    assert str(opened.included_grant) == "38.70967741935483870967741935483871"
    assert_conserved(opened)


@pytest.mark.parametrize(("rounding", "granted"), [("half_up", "38.71"), ("down", "38.7"), ("up", "38.71")])
def test_a_share_may_be_rounded(rounding: RoundingWord, granted: str) -> None:
    opened = grant(PRO, at=JANUARY_20, policy=CALENDAR, is_prorated=True, places=2, rounding=rounding)
    assert opened.included_grant == opened.remaining == Decimal(granted)
    whole = grant(PRO, at=JANUARY_20, policy=CALENDAR)
    assert grant(PRO, at=JANUARY_20, policy=CALENDAR, places=0, rounding=rounding) == whole


@pytest.mark.parametrize(
    "policy", [None, Policy(), Policy(anchor=JANUARY_20), Policy(anchor=JANUARY_20.replace(month=3))]
)
def test_a_first_period_that_is_whole_grants_all(policy: Policy | None) -> None:
    assert grant(PRO, at=JANUARY_20, policy=policy, is_prorated=True) == grant(PRO, at=JANUARY_20, policy=policy)


@pytest.mark.parametrize(
    "interval", [each for each in Interval if each not in (Interval.ONE_OFF, Interval.MINUTE, Interval.HOUR)]
)
def test_whatever_starts_over_is_prorated(interval: Interval) -> None:
    policy = Policy(anchor=JANUARY_20 - timedelta(hours=1))
    item = PlanItem(feature_id="messages", included=100, reset=Reset(interval=interval))
    assert 0 < grant(item, at=JANUARY_20, policy=policy, is_prorated=True).included_grant < 100


@pytest.mark.parametrize("reset", [None, Reset(interval="one_off")])
def test_what_never_starts_over_is_never_prorated(reset: Reset | None) -> None:
    lasting = PlanItem(feature_id="messages", included=100, reset=reset)
    assert grant(lasting, at=JANUARY_20, policy=CALENDAR, is_prorated=True).included_grant == 100


def test_what_is_unlimited_is_prorated_to_no_number() -> None:
    endless = PlanItem(feature_id="messages", unlimited=True, included=5, reset=monthly())
    opened = grant(endless, at=JANUARY_20, policy=CALENDAR, is_prorated=True)
    assert opened.unlimited
    assert opened.granted == opened.remaining == 0


def test_the_first_period_is_the_one_of_the_zone_and_the_month_end_of_the_policy() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    at = datetime(2026, 3, 28, 11, tzinfo=UTC)
    daily = PlanItem(feature_id="messages", included=23, reset=Reset(interval="day"))
    opened = grant(daily, at=at, policy=Policy(zone=berlin))
    assert opened.reset == Reset(interval="day", resets_at=at + timedelta(hours=23))
    midnight = calendar_anchor("day", zone=berlin)
    short = grant(daily, at=at + timedelta(hours=12), policy=Policy(anchor=midnight, zone=berlin), is_prorated=True)
    assert short.included_grant == 23
    late = grant(daily, at=at + timedelta(hours=18), policy=Policy(anchor=midnight, zone=berlin), is_prorated=True)
    assert late.included_grant == 17
    skipping = grant(PRO, at=NOW, policy=Policy(month_end="skip"))
    assert skipping.reset == monthly(resets_at=NOW.replace(month=3))


def test_whether_it_is_prorated_is_said_by_true_or_false() -> None:
    wrong: Any = 1
    with pytest.raises(TypeError, match=r"^is_prorated: expected True or False, got 1$"):
        grant(PRO, at=NOW, is_prorated=wrong)


def test_what_comes_once_has_no_date() -> None:
    once = Reset(interval="one_off")
    assert grant(PlanItem(feature_id="messages", reset=once), at=NOW).reset == once
    assert grant(PlanItem(feature_id="messages"), at=NOW).reset is None


def test_it_may_expire() -> None:
    assert grant(PRO, at=NOW, expires_at=NOW.replace(year=2027)).expires_at == NOW.replace(year=2027)


def test_its_price_is_as_a_balance_has_it() -> None:
    tiers = [Tier(to=None, amount=1, flat_amount=2)]
    sold = PlanPrice(
        billing_method="usage_based",
        billing_units=10,
        tiers=tiers,
        tier_behavior="volume",
        max_purchase=70,
        interval="month",
        interval_count=3,
    )
    expected = Price(
        billing_method="usage_based", billing_units=10, tiers=tiers, tier_behavior="volume", max_purchase=70
    )
    assert sold.price == expected
    assert grant(PlanItem(feature_id="messages", price=sold), at=NOW).price == expected
    assert PlanPrice(billing_method="usage_based", amount=2).price == usage_based(2)


def test_what_a_plan_does_not_say_is_as_usual() -> None:
    plain = PlanItem(feature_id="messages")
    assert plain.included == 0
    assert not plain.unlimited
    assert plain.reset is None
    assert plain.price is None
    assert plain.rollover is None
    assert (PACK.interval, PACK.interval_count, PACK.billing_units) == ("month", 1, Decimal(1000))


def test_a_plan_is_lived_by_its_own_rule() -> None:
    pro = PlanItem(feature_id="messages", included=100, reset=monthly(), rollover=RolloverRule(max=50, months=1))
    opened = combine([grant(pro, at=NOW, id="pro")], feature_id="messages")
    later = advance(opened, to=datetime(2026, 3, 1, tzinfo=UTC), policy=Policy(rules={"pro": pro.rollover}, anchor=NOW))
    assert later.balance.remaining == 150
    assert later.balance.next_reset_at == datetime(2026, 3, 31, 9, 30, tzinfo=UTC)


def test_a_plan_has_no_date() -> None:
    with pytest.raises(
        InvalidPlan,
        match=r"^reset: expected no resets_at before the item is granted, got 2026-01-31T09:30:00\+00:00$",
    ):
        PlanItem(feature_id="messages", reset=monthly(resets_at=NOW))


def test_a_price_is_an_amount_or_tiers() -> None:
    with pytest.raises(InvalidPrice, match=r"^expected an amount or tiers, got both: amount 5 and 1 tier$"):
        PlanPrice(billing_method="prepaid", amount=5, tiers=[Tier(to=None, amount=1)])


def test_billing_units_are_above_nothing() -> None:
    with pytest.raises(InvalidAmount, match=r"^billing_units: expected a number above 0, got 0$"):
        PlanPrice(billing_method="prepaid", billing_units=0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"price": usage_based()}, r"^price: expected a PlanPrice, got an object of type Price$"),
        ({"rollover": 5}, r"^rollover: expected a RolloverRule, got 5$"),
        ({"reset": "month"}, r"^reset: expected a Reset, got 'month'$"),
        ({"feature_id": 5}, r"^feature_id: expected"),
    ],
)
def test_a_part_of_another_type_is_a_clear_error(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        PlanItem(**(dict[str, Any](feature_id="messages") | wrong))


@pytest.mark.parametrize("name", ["at", "expires_at"])
def test_a_naive_moment_is_a_clear_error(name: str) -> None:
    given: dict[str, Any] = {"at": NOW} | {name: datetime(2026, 1, 31)}
    with pytest.raises(InvalidInstant, match=rf"^{name}: expected an aware datetime, got the naive"):
        grant(PRO, **given)


@pytest.mark.parametrize("name", ["quantity", "prepaid"])
def test_a_quantity_below_nothing_is_a_clear_error(name: str) -> None:
    given: dict[str, Any] = {name: -1}
    with pytest.raises(InvalidAmount, match=rf"^{name}: expected a number of at least 0, got -1$"):
        grant(PRO, at=NOW, **given)
    with pytest.raises(InvalidAmount, match=rf"^{name}: expected a number, got True$"):
        grant(PRO, at=NOW, **dict[str, Any]({name: True}))


def test_an_unknown_interval_is_an_error_where_its_length_is_needed() -> None:
    odd = PlanItem(feature_id="messages", reset=Reset(interval=UnknownWord("fortnight")))
    with pytest.raises(UnknownInterval, match=r"^expected an interval with a length, got 'fortnight'$"):
        grant(odd, at=NOW)
