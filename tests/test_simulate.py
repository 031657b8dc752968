"""Usage and time together: each rule by its plainest example."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from helpers import TICK, combined, day, limited, limiting

from balances import (
    Account,
    BillingControls,
    Breakdown,
    BreakdownExpired,
    InvalidAmount,
    InvalidChoice,
    InvalidInstant,
    Limit,
    OutOfOrder,
    OverageBehavior,
    Policy,
    PropertyFilter,
    Reset,
    ResetHappened,
    RolloverExpired,
    RolloverRule,
    SpendLimit,
    Step,
    Timeline,
    UnknownWindowAnchor,
    UnknownWord,
    Usage,
    UsageLimit,
    accounts,
    advance,
    overage,
    renew_limits,
    simulate,
    track,
)
from balances.periods.cycles import AnyInterval
from balances.testing import balance, item, monthly, rollover, usage_based

REJECT, OVERFLOW = OverageBehavior.REJECT, OverageBehavior.OVERFLOW


FIRST = day(2, 1)
END = day(4, 1)
PLAN = item(100, id="plan", reset=monthly(resets_at=FIRST))


def used(*amounts: tuple[datetime, float]) -> list[Usage]:
    return [Usage(at=at, amount=amount) for at, amount in amounts]


def untracked(timeline: Timeline) -> list[int]:
    return [int(step.untracked) for step in timeline.steps if isinstance(step.cause, Usage)]


def remaining(timeline: Timeline) -> list[int]:
    return [int(step.balance.remaining) for step in timeline.steps]


def counted(timeline: Timeline) -> list[Decimal | None]:
    assert timeline.controls is not None
    return [limit.usage for limit in timeline.controls.usage_limits]


def test_without_usage_nothing_but_time_goes_by() -> None:
    timeline = simulate(combined(PLAN), [], until=day(1, 31))
    assert timeline == Timeline(start=combined(PLAN), until=day(1, 31))
    assert timeline.balance is timeline.start
    assert timeline.lapsed == 0
    assert timeline.overage == 0
    assert timeline.cost == 0
    assert timeline.refused == 0


def test_every_step_has_its_moment_its_cause_its_balance_and_its_receipt() -> None:
    usages = used((day(1, 10), 30), (day(2, 10), 120))
    start = combined(PLAN, carried=[rollover(5, expires_at=day(1, 20))])
    timeline = simulate(start, usages, until=day(2, 28))
    first = track(start, 30)
    later = [advance(first.balance, to=to) for to in (day(1, 20), FIRST)]
    second = track(later[1].balance, 120)
    assert timeline.steps == (
        Step(at=day(1, 10), cause=usages[0], balance=first.balance, deductions=first.deductions),
        Step(at=day(1, 20), cause=RolloverExpired(at=day(1, 20), lapsed=0), balance=later[0].balance),
        Step(at=FIRST, cause=later[1].events[-1], balance=later[1].balance),
        Step(
            at=day(2, 10),
            cause=usages[1],
            balance=second.balance,
            deductions=second.deductions,
            untracked=20,
            limit=Limit.INCLUDED,
        ),
    )
    assert timeline.balance == second.balance
    assert (timeline.start, timeline.until) == (start, day(2, 28))


def test_several_things_that_happen_between_two_usages_are_a_step_each() -> None:
    trial = item(50, id="trial", expires_at=FIRST)
    timeline = simulate(combined(PLAN, trial, carried=[rollover(5, expires_at=FIRST)]), [], until=FIRST)
    assert [type(step.cause) for step in timeline.steps] == [RolloverExpired, BreakdownExpired, ResetHappened]
    assert remaining(timeline) == [150, 100, 100]
    assert [step.at for step in timeline.steps] == [FIRST] * 3


def test_what_happens_by_itself_at_the_same_moment_comes_before_the_usage() -> None:
    timeline = simulate(combined(PLAN), used((FIRST, 40), (FIRST, 10)), until=FIRST)
    assert remaining(timeline) == [100, 60, 50]
    assert timeline.lapsed == 100


def test_resets_that_do_the_same_are_one_step() -> None:
    timeline = simulate(combined(PLAN), [], until=day(12, 31))
    assert [step.cause for step in timeline.steps] == [
        ResetHappened(at=FIRST, id="plan", count=11, granted=100, lapsed=1100)
    ]
    assert timeline.lapsed == 1100
    assert timeline.balance.next_reset_at == day(1, 1, year=2027)
    assert timeline.steps[0].balance == timeline.balance


def test_usage_at_the_very_end_still_counts() -> None:
    assert simulate(combined(PLAN), used((END, 5)), until=END).balance.usage == 5


def test_time_goes_on_after_the_last_usage() -> None:
    timeline = simulate(combined(PLAN), used((day(1, 10), 5)), until=END)
    assert timeline.balance.usage == 0
    assert timeline.balance.next_reset_at == day(5, 1)
    assert timeline.lapsed == 95 + 200


def test_usages_may_come_from_an_iterator() -> None:
    usages: Any = iter(used((day(1, 10), 5)))
    assert simulate(combined(PLAN), usages, until=day(1, 10)).balance.usage == 5


def test_usages_out_of_order_are_an_error_that_names_the_first() -> None:
    usages = used((day(1, 10), 1), (day(1, 10), 1), (day(1, 9), 1), (day(1, 8), 1))
    message = r"^usages\[2\]: expected 2026-01-10T00:00:00\+00:00 or later, got 2026-01-09T00:00:00\+00:00$"
    with pytest.raises(OutOfOrder, match=message):
        simulate(combined(PLAN), usages, until=END)


def test_usage_after_the_end_is_an_error_that_names_it() -> None:
    usages = used(*((day(1, number), 1) for number in (10, 11, 12)), (END + timedelta(microseconds=1), 1))
    message = r"^usages\[3\]: expected 2026-04-01T00:00:00\+00:00 or earlier, got 2026-04-01T00:00:00.000001\+00:00$"
    with pytest.raises(OutOfOrder, match=message):
        simulate(combined(PLAN), usages, until=END)


def test_what_is_capped_is_refused_in_part() -> None:
    timeline = simulate(combined(PLAN), used((day(1, 10), 130), (day(1, 11), 5)), until=day(1, 31))
    assert untracked(timeline) == [30, 5]
    assert timeline.refused == 35
    assert timeline.overage == timeline.cost == 0


def test_what_is_rejected_is_a_step_with_nothing_deducted() -> None:
    usages = used((day(1, 10), 90), (day(1, 11), 20), (day(1, 12), 10))
    timeline = simulate(combined(PLAN), usages, until=day(1, 31), overage_behavior=REJECT)
    assert untracked(timeline) == [0, 20, 0]
    assert remaining(timeline) == [10, 10, 0]
    assert timeline.steps[1] == Step(
        at=day(1, 11), cause=usages[1], balance=timeline.steps[0].balance, untracked=20, limit=Limit.INCLUDED
    )
    assert timeline.refused == 20


def test_what_a_usage_limit_rejects_says_so_and_counts_nothing() -> None:
    usages = used((day(1, 10), 8), (day(1, 10), 5), (day(1, 10), 2))
    timeline = simulate(
        combined(PLAN), usages, until=day(1, 10), controls=limiting(limited(10)), overage_behavior=REJECT
    )
    assert untracked(timeline) == [0, 5, 0]
    assert timeline.steps[1].limit is Limit.USAGE_LIMIT
    assert counted(timeline) == [10]


def test_what_overflows_is_overage() -> None:
    timeline = simulate(combined(PLAN), used((day(1, 10), 130)), until=END, overage_behavior=OVERFLOW)
    assert timeline.overage == 30
    assert timeline.refused == 0
    assert timeline.cost == 0
    assert timeline.closed[0].usage == 130


def test_overage_costs_at_the_end_of_each_period_and_of_the_one_that_has_not_ended() -> None:
    sold = item(100, id="plan", price=usage_based(0.5), reset=monthly(resets_at=FIRST))
    usages = used((day(1, 10), 130), (day(2, 10), 90), (day(3, 10), 104), (day(4, 1), 110))
    timeline = simulate(combined(sold), usages, until=END)
    assert [part.usage for part in timeline.closed] == [130, 104]
    assert timeline.overage == 30 + 4 + 10
    assert timeline.cost == Decimal(22)


def test_what_is_kept_is_not_closed_until_it_expires() -> None:
    sold = item(100, id="plan", price=usage_based(2), reset=monthly(resets_at=FIRST), expires_at=day(3, 15))
    timeline = simulate(combined(sold), used((day(1, 10), 330)), until=END, policy=Policy(overage_at_reset="repay"))
    assert [part.usage for part in timeline.closed] == [330 - 100 - 100]
    assert timeline.cost == 30 * 2
    assert (
        simulate(
            combined(sold), used((day(1, 10), 330)), until=day(3, 14), policy=Policy(overage_at_reset="repay")
        ).closed
        == ()
    )


def test_overage_that_expires_unpaid_is_closed_and_costs() -> None:
    sold = item(100, id="plan", price=usage_based(2), reset=monthly(resets_at=FIRST), expires_at=day(2, 15))
    timeline = simulate(combined(sold), used((day(1, 10), 330)), until=END, policy=Policy(overage_at_reset="repay"))
    assert [part.usage for part in timeline.closed] == [230]
    assert timeline.cost == 260


def test_each_period_of_a_grant_below_nothing_is_closed() -> None:
    taking = Breakdown(id="taking", included_grant=-5, remaining=0, usage=0, reset=monthly(resets_at=FIRST))
    timeline = simulate(combined(taking, carried=[rollover(7, expires_at=day(4, 15))]), [], until=day(5, 1))
    assert [overage(combined(part)) for part in timeline.closed] == [5, 5, 5, 5]
    assert [len(step.balance.rollovers) for step in timeline.steps] == [1, 0, 0]


def test_paying_overage_from_before_counts_below_zero() -> None:
    sold = combined(item(100, 130, id="plan", price=usage_based(0.5)))
    assert simulate(sold, used((day(1, 10), -30)), until=day(1, 31)).overage == -30
    assert str(simulate(sold, used((day(1, 10), -30), (day(1, 11), 30)), until=day(1, 31)).overage) == "0"


@pytest.mark.parametrize(("way", "left"), [("forgive", 30), ("keep", 30), ("repay", 0), ("settle", 0)])
def test_overage_that_a_new_grant_pays_is_paid_back(way: Any, left: int) -> None:
    sold = combined(item(100, id="plan", price=usage_based(0.5), reset=monthly(resets_at=FIRST)))
    policy = Policy(overage_at_reset=way)
    assert simulate(sold, used((day(1, 10), 130)), until=FIRST, policy=policy).overage == left
    assert simulate(sold, used((day(1, 10), 130), (FIRST, 110)), until=FIRST, policy=policy).overage == 40


def test_a_usage_limit_of_one_window_is_asked_and_never_starts_over() -> None:
    controls = limiting(limited(5, interval="one_off"))
    timeline = simulate(combined(PLAN), used((day(1, 10), 3), (day(3, 10), 9)), until=END, controls=controls)
    assert [untracked(timeline), counted(timeline)] == [[0, 7], [5]]


def test_overage_paid_back_is_no_overage() -> None:
    sold = combined(item(100, id="plan", price=usage_based(0.5)))
    timeline = simulate(sold, used((day(1, 10), 130), (day(1, 11), -20)), until=day(1, 31))
    assert timeline.overage == 10
    assert timeline.cost == 5


def test_what_is_given_back_and_fits_nowhere_is_not_refused() -> None:
    usages = used((day(1, 10), -20), (day(1, 11), -0.5), (day(1, 12), 100.5))
    timeline = simulate(combined(PLAN), usages, until=day(1, 31))
    assert [step.untracked for step in timeline.steps] == [-20, -0.5, 0.5]
    assert timeline.refused == 0.5


def test_lapsed_is_all_that_was_lost_whichever_way() -> None:
    trial = item(50, id="trial", expires_at=day(2, 15))
    start = combined(PLAN, trial, carried=[rollover(7, expires_at=day(1, 20))])
    assert simulate(start, [], until=day(2, 28)).lapsed == 7 + 100 + 50


def test_rules_and_the_anchor_count_as_in_advance() -> None:
    start = combined(item(100, 28, id="plan", reset=monthly(resets_at=day(1, 31))))
    policy = Policy(rules={"plan": RolloverRule(max=50, months=2)}, anchor=day(1, 31))
    timeline, later = simulate(start, [], until=END, policy=policy), advance(start, to=END, policy=policy)
    assert timeline.policy == policy
    assert timeline.balance == later.balance
    assert timeline.balance.next_reset_at == day(4, 30)
    assert tuple(step.cause for step in timeline.steps) == later.events


def test_two_rules_can_be_compared() -> None:
    usages = used((day(1, 10), 60), (day(2, 10), 120))
    without, with_rollover = (
        simulate(combined(PLAN), usages, until=day(2, 28), policy=Policy(rules=rule))
        for rule in (None, RolloverRule(max=30))
    )
    assert without.lapsed == 40
    assert without.refused == 20
    assert with_rollover.lapsed == 10
    assert with_rollover.refused == 0


def test_a_balance_without_a_breakdown_can_be_simulated() -> None:
    start = balance(130, rollovers=[rollover(30, expires_at=day(1, 20))])
    timeline = simulate(start, used((day(1, 10), 10), (day(1, 21), 110)), until=day(1, 31))
    assert untracked(timeline) == [0, 10]
    assert timeline.lapsed == 20


def test_a_spend_limit_counts_in_each_period_anew() -> None:
    sold = combined(item(100, id="plan", price=usage_based(), reset=monthly(resets_at=FIRST)))
    controls = BillingControls(spend_limits=[SpendLimit(feature_id="messages", enabled=True, overage_limit=10)])
    timeline = simulate(sold, used((day(1, 10), 120), (day(2, 10), 120)), until=END, controls=controls)
    assert untracked(timeline) == [10, 10]
    assert timeline.steps[0].limit is Limit.SPEND_LIMIT
    assert timeline.controls == controls


@pytest.mark.parametrize(
    ("interval", "inside", "boundary"),
    [
        ("minute", datetime(2026, 1, 7, 9, 30, 59, tzinfo=UTC), datetime(2026, 1, 7, 9, 31, tzinfo=UTC)),
        ("hour", datetime(2026, 1, 7, 9, 59, tzinfo=UTC), day(1, 7, 10)),
        ("day", day(1, 7, 23), day(1, 8)),
        ("week", day(1, 11, 23), day(1, 12)),
        ("month", day(1, 31, 23), day(2, 1)),
        ("quarter", day(3, 31, 23), day(4, 1)),
        ("semi_annual", day(6, 30, 23), day(7, 1)),
        ("year", day(12, 31, 23), day(1, 1, year=2027)),
    ],
)
def test_a_usage_limit_starts_over_at_each_boundary_of_the_calendar(
    interval: AnyInterval, inside: datetime, boundary: datetime
) -> None:
    wednesday = datetime(2026, 1, 7, 9, 30, tzinfo=UTC)
    usages = used((wednesday, 8), (inside, 8), (boundary - timedelta(microseconds=1), 1), (boundary, 7), (boundary, 7))
    timeline = simulate(balance(1000), usages, until=boundary, controls=limiting(limited(10, interval=interval)))
    assert untracked(timeline) == [0, 6, 1, 0, 4]
    assert counted(timeline) == [10]
    assert timeline.steps[1].limit is Limit.USAGE_LIMIT


def test_what_a_window_has_counted_before_counts_until_it_ends() -> None:
    usages = used((day(1, 7, 9), 5), (day(1, 8), 5))
    timeline = simulate(balance(1000), usages, until=day(1, 8), controls=limiting(limited(10, 8)))
    assert untracked(timeline) == [3, 0]
    assert counted(timeline) == [5]


def test_windows_that_nothing_was_used_in_are_passed_over() -> None:
    usages = used((day(1, 7), 10), (day(5, 8), 10), (day(5, 8, 1), 1))
    timeline = simulate(balance(1000), usages, until=day(5, 9), controls=limiting(limited(10)))
    assert untracked(timeline) == [0, 0, 1]


def test_a_window_of_the_billing_cycle_starts_over_at_the_anchor() -> None:
    controls = limiting(limited(10, interval="month", anchor="billing_cycle"))
    usages = used((day(1, 20), 10), (day(2, 14, 23), 1), (day(2, 15), 10), (day(3, 1), 1))
    timeline = simulate(
        balance(1000), usages, until=END, controls=controls, policy=Policy(anchor=day(12, 15, year=2025))
    )
    assert untracked(timeline) == [0, 1, 0, 1]


def test_without_an_anchor_the_window_of_the_billing_cycle_is_the_calendars() -> None:
    controls = limiting(limited(10, interval="month", anchor="billing_cycle"))
    usages = used((day(1, 20), 10), (day(1, 31), 1), (FIRST, 10))
    assert untracked(simulate(balance(1000), usages, until=END, controls=controls)) == [0, 1, 0]


def test_a_window_that_says_no_anchor_ignores_that_of_the_policy() -> None:
    usages = used((day(1, 20), 10), (day(1, 31), 1), (FIRST, 10))
    controls = limiting(limited(10, interval="month"))
    timeline = simulate(balance(1000), usages, until=END, controls=controls, policy=Policy(anchor=day(1, 15)))
    assert untracked(timeline) == [0, 1, 0]


def test_a_window_of_an_anchor_that_nobody_knows_is_not_guessed() -> None:
    limits = BillingControls(usage_limits=[limited(10, interval="month", anchor=UnknownWord("calendar"))])
    message = r"^expected an anchor of billing_cycle or utc, or none, got 'calendar'$"
    with pytest.raises(UnknownWindowAnchor, match=message):
        simulate(balance(1000), used((day(1, 20), 10)), until=END, controls=limits)
    with pytest.raises(UnknownWindowAnchor, match=message):
        renew_limits(limits, since=day(1, 20), to=END)
    with pytest.raises(UnknownWindowAnchor, match=message):
        accounts.advance(Account(controls=limits), since=day(1, 20), to=END)


def test_each_of_several_limits_has_its_own_window() -> None:
    daily, monthly_ = limited(10), limited(25, interval="month")
    controls = BillingControls(usage_limits=[daily, monthly_])
    usages = used(*((day(1, number), 12) for number in (10, 11, 12)), (FIRST, 12))
    timeline = simulate(balance(1000), usages, until=FIRST, controls=controls)
    assert untracked(timeline) == [2, 2, 7, 2]
    assert counted(timeline) == [10, 10]


def test_a_window_that_has_ended_by_the_end_has_started_over() -> None:
    controls = limiting(limited(10, interval="month"))
    usages = used((day(1, 10), 10))
    assert counted(simulate(balance(1000), usages, until=FIRST - TICK, controls=controls)) == [10]
    timeline = simulate(balance(1000), usages, until=FIRST, controls=controls)
    assert counted(timeline) == [0]
    again = simulate(timeline.balance, used((FIRST, 10)), until=FIRST, controls=timeline.controls)
    assert untracked(again) == [0]


def test_a_limit_of_another_feature_is_not_asked_for_its_window() -> None:
    other = UsageLimit(feature_id="seats", limit=10, interval=UnknownWord("fortnight"), usage=4)
    controls = BillingControls(usage_limits=[other])
    timeline = simulate(balance(1000), used((day(1, 10), 30), (FIRST, 30)), until=END, controls=controls)
    assert untracked(timeline) == [0, 0]
    assert timeline.controls is controls


@pytest.mark.parametrize("name", ["images", "seats"])
def test_a_limit_of_another_feature_does_not_start_over(name: str) -> None:
    usages, controls = used((day(1, 8), 5), (day(1, 10), 5)), limiting(limited(10, 7, feature_id=name))
    assert simulate(balance(1000), usages, until=day(1, 10), controls=controls).controls == controls


def test_a_limit_that_is_off_or_of_other_events_stays_as_it_is() -> None:
    off = limited(10, 7, enabled=False)
    filtered = limited(10, 7, filter=PropertyFilter(properties={"region": "eu"}))
    controls = BillingControls(usage_limits=[off, filtered])
    timeline = simulate(balance(1000), used((day(1, 7), 30), (day(1, 7, 1), 30)), until=day(1, 7, 1), controls=controls)
    assert untracked(timeline) == [0, 0]
    assert timeline.controls == controls


def test_a_limit_that_is_off_does_not_start_over() -> None:
    controls = limiting(limited(10, 7, enabled=False))
    timeline = simulate(balance(1000), used((day(1, 7), 30), (day(1, 9), 30)), until=END, controls=controls)
    assert timeline.controls == controls


def test_controls_without_usage_limits_come_back_as_they_are() -> None:
    controls = BillingControls()
    assert simulate(balance(100), used((day(1, 7), 30)), until=END, controls=controls).controls is controls


def test_a_year_of_minute_resets_is_as_many_steps_as_things_that_changed() -> None:
    minutely = item(10, 10, id="plan", reset=Reset(interval="minute", resets_at=day(1, 1)))
    timeline = simulate(combined(minutely), used((day(6, 1), 4)), until=day(1, 1, year=2027))
    assert [type(step.cause) for step in timeline.steps] == [ResetHappened, ResetHappened, Usage, *[ResetHappened] * 2]
    assert timeline.lapsed == 365 * 24 * 60 * 10 - 4


def test_a_naive_moment_is_a_clear_error() -> None:
    with pytest.raises(InvalidInstant, match=r"^until: expected an aware datetime, got the naive"):
        simulate(combined(PLAN), [], until=datetime(2026, 2, 1))


def test_a_usage_is_checked_when_it_is_made() -> None:
    wrong: Any = "5"
    with pytest.raises(InvalidInstant, match=r"^at: expected an aware datetime, got the naive"):
        Usage(at=datetime(2026, 2, 1), amount=5)
    with pytest.raises(InvalidAmount, match=r"^amount: expected a number, got '5'$"):
        Usage(at=FIRST, amount=wrong)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"usages": [5]}, r"^usages: expected a Usage at index 0, got 5$"),
        ({"usages": 5}, r"^usages: expected a sequence of Usage, got 5$"),
        ({"balance": 5}, r"^balance: expected a Balance, got 5$"),
        ({"policy": 5}, r"^policy: expected a Policy, got 5$"),
        ({"controls": 5}, r"^controls: expected a BillingControls, got 5$"),
    ],
)
def test_what_is_of_another_type_is_a_clear_error(given: dict[str, Any], message: str) -> None:
    usual: dict[str, Any] = {"balance": combined(PLAN), "usages": (), "until": END}
    arguments = usual | given
    with pytest.raises(TypeError, match=message):
        simulate(arguments.pop("balance"), arguments.pop("usages"), **arguments)


def test_a_behaviour_of_another_name_is_a_clear_error() -> None:
    wrong: Any = "ignore"
    with pytest.raises(InvalidChoice, match=r"^overage_behavior: expected cap, reject or overflow, got 'ignore'$"):
        simulate(combined(PLAN), [], until=END, overage_behavior=wrong)
