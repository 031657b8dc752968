"""Automatic top-ups on the way of a simulation: each rule by its plainest example."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from helpers import combined, day, limited, limiting

from balances import (
    AutoTopup,
    Balance,
    Breakdown,
    InvalidPrice,
    NoSuchItem,
    NotPrepaid,
    OverageBehavior,
    Price,
    PurchaseLimit,
    Reset,
    Step,
    Tier,
    Timeline,
    ToppedUp,
    Usage,
    WrongFeature,
    overage,
    simulate,
    top_up,
    track,
)
from balances.testing import item, monthly, prepaid, usage_based

END = day(4, 1)
PACKS = item(0, 80, prepaid_grant=100, id="packs", price=prepaid(8, billing_units=40))
AT_TEN = AutoTopup(feature_id="messages", enabled=True, threshold=10, quantity=100)


def used(*amounts: float) -> list[Usage]:
    """Return usages at noon, from the first of January on, one a day."""
    return [Usage(at=day(1, 1, 12) + timedelta(days=place), amount=amount) for place, amount in enumerate(amounts)]


def simulated(balance: Balance, *amounts: float, topup: AutoTopup = AT_TEN, **terms: Any) -> Timeline:
    return simulate(balance, used(*amounts), until=END, topups={"packs": topup}, **terms)


def bought(timeline: Timeline) -> list[tuple[int, int]]:
    """Return the day of each top-up, and its quantity."""
    return [(step.at.day, int(step.cause.quantity)) for step in timeline.steps if isinstance(step.cause, ToppedUp)]


def test_after_a_usage_a_step_of_its_own_tells_what_was_bought() -> None:
    start = combined(PACKS)
    timeline = simulated(start, 9, 1)
    tracked = track(track(start, 9).balance, 1)
    assert timeline.steps[1:] == (
        Step(at=day(1, 2, 12), cause=used(9, 1)[1], balance=tracked.balance, deductions=tracked.deductions),
        Step(
            at=day(1, 2, 12),
            cause=ToppedUp(at=day(1, 2, 12), item_id="packs", quantity=120),
            balance=top_up(tracked.balance, "packs", 120),
        ),
    )
    assert timeline.balance.remaining == 130


def test_what_was_bought_is_priced_pack_by_pack_beside_the_overage() -> None:
    plan = item(10, 0, id="plan", price=usage_based(0.5, max_purchase=15))
    timeline = simulated(combined(PACKS, plan), 40, 0, 150, topup=evolve(AT_TEN, threshold=-5))
    # Of 30, 40 leave 10 of overage, below -5: three packs for 24 pay it, and leave 110. Of 150, 40 are beyond those, of
    # which the plan sells 15. Three packs pay them again.
    assert bought(timeline) == [(1, 120), (3, 120)]
    assert [timeline.topped_up, timeline.refused] == [240, 25]
    assert [overage(timeline.balance), timeline.overage] == [0, 0]
    assert timeline.cost == 48


def test_overage_that_no_top_up_pays_is_billed_beside_the_top_ups() -> None:
    plan = item(0, 0, id="plan", price=usage_based(0.5), reset=monthly(resets_at=day(1, 2)))
    timeline = simulated(combined(PACKS, plan), 26, 5, topup=evolve(AT_TEN, threshold=-10))
    # On the first, 6 of overage are not low enough. At the reset they are closed, and cost 3. On the second, 5 of
    # overage are not low enough either, and cost 2.5.
    assert bought(timeline) == []
    assert [timeline.cost, timeline.topped_up] == [Decimal("5.5"), 0]
    lower = simulated(combined(PACKS, plan), 26, 5, topup=evolve(AT_TEN, threshold=-6))
    assert bought(lower) == [(1, 120)]
    assert lower.cost == 24


def test_each_top_up_is_priced_by_itself() -> None:
    tiers = [Tier(to=100, amount=1), Tier(to=None, amount=Decimal("0.5"))]
    price = Price(billing_method="prepaid", tiers=tiers, tier_behavior="graduated")
    timeline = simulated(combined(evolve(PACKS, price=price)), 10, 110, topup=evolve(AT_TEN, quantity=110))
    assert bought(timeline) == [(1, 110), (2, 110)]
    assert timeline.cost == 2 * 105


def test_a_top_up_without_a_known_price_can_be_lived_but_not_priced() -> None:
    timeline = simulated(combined(evolve(PACKS, price=Price(billing_method="prepaid"))), 10)
    assert timeline.topped_up == 100
    with pytest.raises(InvalidPrice, match=r"^expected a price with an amount or tiers, got neither$"):
        assert timeline.cost


def test_one_usage_buys_once_however_much_is_missing() -> None:
    timeline = simulated(combined(PACKS), 500, 0, 0, 0, 0, overage_behavior=OverageBehavior.OVERFLOW)
    assert bought(timeline) == [(number, 120) for number in (1, 2, 3, 4, 5)]
    assert timeline.balance.granted - timeline.balance.usage == 20 - 500 + 5 * 120


def test_a_usage_that_is_refused_or_gives_back_is_followed_by_what_is_due() -> None:
    timeline = simulated(combined(PACKS), 10, -5, topup=evolve(AT_TEN, enabled=False))
    assert bought(timeline) == []
    rejecting = simulated(combined(PACKS), 500, 10, overage_behavior=OverageBehavior.REJECT)
    assert bought(rejecting) == [(2, 120)]
    low = combined(evolve(PACKS, usage=95, remaining=5))
    assert bought(simulated(low, 500, 120, overage_behavior=OverageBehavior.REJECT)) == [(1, 120), (2, 120)]
    assert bought(simulated(low, -1)) == [(1, 120)]


def test_a_purchase_limit_counts_on_the_way_and_starts_over() -> None:
    limit = PurchaseLimit(interval="day", interval_count=2, limit=1)
    timeline = simulated(combined(PACKS), 15, 120, 1, 1, 130, topup=evolve(AT_TEN, purchase_limit=limit))
    # The first is bought on the 1st, so its window ends on the 3rd at noon: then there is room again.
    assert bought(timeline) == [(1, 120), (3, 120), (5, 120)]
    [(item_id, topup)] = timeline.topups.items()
    assert (item_id, topup.purchase_limit) == ("packs", evolve(limit, count=1, next_reset_at=day(1, 7, 12)))


def test_a_purchase_limit_that_was_counted_before_is_taken_as_it_is() -> None:
    limit = PurchaseLimit(interval="month", limit=3, count=3, next_reset_at=day(1, 2, 12))
    topup = evolve(AT_TEN, purchase_limit=limit)
    assert bought(simulated(combined(PACKS), 15, topup=topup)) == []
    assert simulated(combined(PACKS), 15, topup=topup).topups == {"packs": topup}
    assert bought(simulated(combined(PACKS), 15, 1, topup=topup)) == [(2, 120)]


def test_several_are_asked_in_the_order_in_which_they_are_given() -> None:
    more = item(0, 0, id="more", price=prepaid(1))
    topups = {"more": evolve(AT_TEN, quantity=3), "packs": AT_TEN}
    timeline = simulate(combined(PACKS, more), used(15, 1), until=END, topups=topups)
    steps = [step.cause for step in timeline.steps if isinstance(step.cause, ToppedUp)]
    assert [(step.at.day, step.item_id) for step in steps] == [(1, "more"), (1, "packs")]
    assert timeline.cost == 3 + 24
    enough = topups | {"more": evolve(AT_TEN, quantity=50)}
    assert simulate(combined(PACKS, more), used(15, 1), until=END, topups=enough).topped_up == 50


def test_an_item_that_has_expired_is_not_topped_up_any_more() -> None:
    timeline = simulated(combined(evolve(PACKS, expires_at=day(1, 2)), item(5, 0, id="plan")), 19, 4)
    assert bought(timeline) == [(1, 120)]
    assert timeline.topups == {}
    assert timeline.lapsed == 126 - 5


def test_what_was_bought_of_an_item_that_resets_is_granted_again() -> None:
    timeline = simulated(combined(evolve(PACKS, reset=monthly(resets_at=day(2, 1)))), 15)
    assert [int(step.balance.granted) for step in timeline.steps] == [100, 220, 220, 220]


def test_an_unlimited_balance_needs_none() -> None:
    assert bought(simulated(combined(PACKS, item(0, 0, id="all", unlimited=True)), 500)) == []


def test_a_usage_limit_has_no_part_in_it() -> None:
    timeline = simulated(combined(PACKS), 15, controls=limiting(limited(12)))
    assert bought(timeline) == [(1, 120)]
    assert timeline.controls == limiting(limited(12, 0))


def test_without_usage_nothing_is_bought() -> None:
    resetting = evolve(PACKS, usage=100, remaining=0, reset=Reset(interval="month", resets_at=day(2, 1)))
    timeline = simulated(combined(resetting))
    assert bought(timeline) == []
    assert timeline.topups == {"packs": AT_TEN}


def test_a_timeline_without_top_ups_has_none() -> None:
    assert simulate(combined(PACKS), used(15), until=END).topups == {}
    assert simulate(combined(PACKS), used(15), until=END).topped_up == 0


PLAN: Breakdown = item(100, id="plan")


@pytest.mark.parametrize(
    ("topups", "error", "message"),
    [
        ({"pack": AT_TEN}, NoSuchItem, r"^topups: expected the id of an item \('packs', 'plan'\), got 'pack'$"),
        ({"": AT_TEN}, NoSuchItem, r"^topups: expected the id of an item \('packs', 'plan'\), got ''$"),
        (
            {"plan": AT_TEN},
            NotPrepaid,
            r"^topups: expected an item with a prepaid price, got 'plan', which has no price$",
        ),
        (
            {"packs": evolve(AT_TEN, feature_id="seats")},
            WrongFeature,
            r"^topups: expected the feature 'messages', got 'seats'$",
        ),
        ({"packs": 5}, TypeError, r"^topups: expected an AutoTopup at 'packs', got 5$"),
        ([AT_TEN], TypeError, r"^topups: expected a mapping"),
    ],
)
def test_what_cannot_be_topped_up_is_told_before_anything_is_lived(
    topups: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        simulate(combined(PACKS, PLAN), [], until=END, topups=topups)


def test_what_was_bought_is_checked_when_it_is_told() -> None:
    wrong: Any = "5"
    with pytest.raises(TypeError, match=r"^item_id: expected a string, got 5$"):
        ToppedUp(at=END, item_id=5, quantity=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"^quantity: expected a number, got '5'$"):
        ToppedUp(at=END, item_id="packs", quantity=wrong)
