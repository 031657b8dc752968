"""What a quantity costs: each kind of price by its plainest example, and against another arithmetic."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, getcontext, localcontext
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balances import (
    Breakdown,
    Cycle,
    InvalidAmount,
    InvalidChoice,
    InvalidCount,
    InvalidInstant,
    InvalidPrice,
    PlanPrice,
    Price,
    Tier,
    TierBehavior,
    UnknownTierBehavior,
    UnknownWord,
    combine,
    cost,
    overage_cost,
    prorated,
)
from balances.testing import balance, item, prepaid, usage_based
from balances.values.features import AnyTierBehavior

TIERS = [Tier(to=100, amount=1), Tier(to=200, amount=0.5, flat_amount=5), Tier(to=None, amount=0.1, flat_amount=20)]
BOUNDED = [Tier(to=100, amount=1), Tier(to=200, amount=0.5)]


def tiered(behavior: AnyTierBehavior | None, tiers: list[Tier] | None = None, **attributes: Any) -> Price:
    return Price(billing_method="usage_based", tiers=tiers or TIERS, tier_behavior=behavior, **attributes)


@pytest.mark.parametrize(
    ("quantity", "expected"), [(0, 0), (1, 2), (1000, 2), (1000.5, 4), (1001, 4), (2000, 4), (0.1, 2)]
)
def test_a_flat_rate_is_for_whole_billing_units(quantity: float, expected: int) -> None:
    assert cost(usage_based(2, billing_units=1000), quantity) == expected


def test_what_is_included_does_not_change_a_flat_rate() -> None:
    assert cost(usage_based(2), 10, included=1000) == 20


def test_billing_units_may_be_a_fraction() -> None:
    assert cost(usage_based(2, billing_units=0.25), 0.6) == 6


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (0, "0"),
        (50, "50"),
        (100, "100"),
        (101, "105.5"),
        (200, "155"),
        (201, "175.1"),
        (1000, "255"),
    ],
)
def test_graduated_tiers_charge_each_band_at_its_own_rate_and_its_flat_amount(quantity: int, expected: str) -> None:
    assert cost(tiered("graduated"), quantity) == Decimal(expected)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(20, "20"), (80, "80"), (81, "85.5"), (180, "135"), (181, "155.1")],
)
def test_graduated_tiers_are_bounded_in_total_usage(quantity: int, expected: str) -> None:
    assert cost(tiered("graduated"), quantity, included=20) == Decimal(expected)


def test_a_band_within_what_is_included_is_not_reached_and_costs_no_flat_amount() -> None:
    flat = [Tier(to=10, amount=1, flat_amount=100), Tier(to=20, amount=1, flat_amount=10), Tier(to=None, amount=1)]
    assert cost(tiered("graduated", flat), 5, included=10) == 10 + 5
    assert cost(tiered("graduated", flat), 5, included=15) == 10 + 5
    assert cost(tiered("graduated", flat), 5, included=20) == 5
    assert cost(tiered("graduated", flat), 5, included=500) == 5


def test_tiers_that_do_not_say_how_are_graduated() -> None:
    assert cost(tiered(None), 150) == cost(tiered("graduated"), 150) == Decimal(130)


def test_a_graduated_quantity_rounds_up_to_whole_billing_units_before_it_is_shared_out() -> None:
    assert cost(tiered("graduated", billing_units=30), 91) == Decimal("8.6666666667")


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(0, "0"), (100, "100"), (101, "55.5"), (200, "105"), (201, "40.1"), (1000, "120")],
)
def test_volume_tiers_charge_all_at_the_rate_of_one(quantity: int, expected: str) -> None:
    assert cost(tiered("volume"), quantity) == Decimal(expected)


def test_volume_charges_what_is_included_too() -> None:
    assert cost(tiered("volume"), 70, included=30) == 100
    assert cost(tiered("volume"), 71, included=30) == Decimal("55.5")
    assert cost(tiered("volume"), 0, included=30) == 0


def test_of_volume_the_total_rounds_up_once() -> None:
    assert cost(tiered("volume", billing_units=10), 65, included=29) == 10
    assert cost(tiered("volume", billing_units=10), 75, included=29) == Decimal("5.5") + 5


def test_of_volume_a_total_below_nothing_rounds_up_too() -> None:
    assert cost(tiered("volume"), 5, included=-7) == -2
    assert cost(tiered("volume"), 5, included=-6.5) == -1


@pytest.mark.parametrize("behavior", TierBehavior)
def test_the_rate_of_a_bounded_last_tier_goes_on(behavior: TierBehavior) -> None:
    bounded, unbounded = tiered(behavior, BOUNDED), tiered(behavior, [BOUNDED[0], Tier(to=None, amount=0.5)])
    for quantity in (150, 200, 201, 5000):
        assert cost(bounded, quantity) == cost(unbounded, quantity)


@pytest.mark.parametrize("price", [usage_based(2, billing_units=7), tiered("graduated"), tiered("volume")])
def test_a_negative_quantity_is_a_credit(price: Price) -> None:
    for quantity in (1, 99.5, 150, 777):
        assert cost(price, -quantity, included=20) == -cost(price, quantity, included=20)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("1.00000000005", "1.0000000001"),
        ("1.000000000049", "1"),
        ("-1.00000000005", "-1.0000000001"),
        ("0.00000000004", "0"),
    ],
)
def test_the_cost_is_rounded_to_ten_places_half_up(amount: str, expected: str) -> None:
    assert str(cost(usage_based(Decimal(amount)), 1)) == expected


def test_a_division_without_an_end_is_rounded_to_ten_places() -> None:
    assert cost(usage_based(1, billing_units=3), 3) == 1
    assert cost(tiered("graduated", [Tier(to=10, amount=2), Tier(to=None, amount=1)], billing_units=3), 12) == Decimal(
        "7.3333333333"
    )


def test_a_cost_of_nothing_has_no_sign() -> None:
    assert str(cost(usage_based(0), -5)) == str(cost(usage_based(2), 0)) == "0"


@pytest.mark.parametrize("quantity", [0, 5, -5])
def test_a_price_with_neither_an_amount_nor_tiers_is_an_error(quantity: int) -> None:
    with pytest.raises(InvalidPrice, match=r"^expected a price with an amount or tiers, got neither$"):
        cost(Price(billing_method="usage_based"), quantity)


def test_an_amount_of_nothing_is_a_price() -> None:
    assert cost(usage_based(0), 5) == 0


def test_tiers_of_an_unknown_behaviour_are_an_error() -> None:
    with pytest.raises(UnknownTierBehavior, match=r"^expected graduated or volume tiers, got 'stairs'$"):
        cost(tiered(UnknownWord("stairs")), 5)


@pytest.mark.parametrize("name", ["quantity", "included"])
def test_what_is_no_amount_is_a_clear_error(name: str) -> None:
    given: dict[str, Any] = {"quantity": 5, "included": 5} | {name: True}
    with pytest.raises(InvalidAmount, match=rf"^{name}: expected a number, got True$"):
        cost(usage_based(), **given)


def test_overage_costs_at_the_price_of_each_item_that_sells_it() -> None:
    items = [
        item(100, 130, price=usage_based(0.5)),
        item(10, 14, price=usage_based(2)),
        item(5, 2, price=usage_based()),
    ]
    assert overage_cost(items[0]) == 15
    assert overage_cost(combine(items, feature_id="messages")) == 15 + 8


def test_overage_that_is_not_for_sale_costs_nothing() -> None:
    for price in (None, prepaid(5), Price(billing_method=UnknownWord("barter"), amount=5)):
        assert overage_cost(item(100, 130, price=price)) == 0


def test_what_is_included_counts_in_the_tiers_of_overage_and_what_was_bought_does_not() -> None:
    bought = item(60, 130, prepaid_grant=20, price=tiered("graduated"))
    assert overage_cost(bought) == cost(tiered("graduated"), 50, included=60) == 40 + 5 + 5


def test_overage_that_a_balance_without_a_breakdown_does_not_sell_costs_nothing() -> None:
    assert overage_cost(balance(10, 15, max_purchase=5)) == 0
    assert overage_cost(balance(10, 15)) == 0
    with pytest.raises(InvalidPrice, match=r"^expected a price with an amount or tiers, got neither$"):
        overage_cost(balance(10, 15, overage_allowed=True))


def test_no_overage_costs_nothing_whatever_the_price() -> None:
    assert overage_cost(item(100, 100, price=Price(billing_method="usage_based"))) == 0
    assert overage_cost(item(100, 150, unlimited=True, price=usage_based())) == 0


def test_overage_at_a_price_that_does_not_say_what_it_costs_is_an_error() -> None:
    with pytest.raises(InvalidPrice):
        overage_cost(item(100, 130, price=Price(billing_method="usage_based")))


def test_a_balance_without_a_breakdown_costs_only_where_it_has_a_price() -> None:
    assert overage_cost(balance(100, 130)) == 0


amounts = st.one_of(st.integers(0, 300), st.integers(0, 30_000).map(lambda cents: cents / 100)).map(
    lambda number: Decimal(str(number))
)
rates = st.integers(-(10**12), 10**12).map(lambda number: Decimal(number).scaleb(-11)) | amounts
units = st.sampled_from(["1", "1", "7", "100", "0.3", "13"]).map(Decimal)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    if draw(st.booleans()):
        return Price(billing_method="usage_based", billing_units=draw(units), amount=draw(rates))
    ends: list[Decimal | None] = [*sorted(draw(st.lists(amounts, max_size=4, unique=True)))]
    if not ends or draw(st.booleans()):
        ends.append(None)
    tiers = [Tier(to=end, amount=draw(rates), flat_amount=draw(rates)) for end in ends]
    behavior = draw(st.sampled_from([None, *TierBehavior]))
    return Price(billing_method="usage_based", billing_units=draw(units), tiers=tiers, tier_behavior=behavior)


def in_fractions(price: Price, quantity: Fraction, included: Fraction) -> Fraction:
    """Return what a quantity above nothing costs, before it is rounded: another implementation."""
    units = Fraction(price.billing_units)
    if price.amount is not None:
        return ceil(quantity / units) * Fraction(price.amount)
    ends = [Fraction(tier.to) if tier.to is not None else None for tier in price.tiers]
    ends[-1] = None
    if price.tier_behavior == "volume":
        whole = ceil((included + quantity) / units)
        at = next(place for place, end in enumerate(ends) if end is None or whole * units <= end)
        return whole * Fraction(price.tiers[at].amount) + Fraction(price.tiers[at].flat_amount)
    whole, begins, charge = ceil(quantity / units), Fraction(0), Fraction(0)
    for tier, end in zip(price.tiers, ends, strict=True):
        stops = whole * units if end is None else max(begins, min(whole * units, end - included))
        if stops > begins:
            charge += (stops - begins) / units * Fraction(tier.amount) + Fraction(tier.flat_amount)
            begins = stops
    return charge


def half_up(exact: Fraction) -> Fraction:
    places = floor(abs(exact) * 10**10 + Fraction(1, 2))
    return Fraction(places if exact >= 0 else -places, 10**10)


@given(price=prices(), quantity=amounts, included=amounts, negative=st.booleans())
def test_the_cost_is_that_of_another_arithmetic(
    *, price: Price, quantity: Decimal, included: Decimal, negative: bool
) -> None:
    expected = half_up(in_fractions(price, Fraction(quantity), Fraction(included))) if quantity else Fraction(0)
    charged = cost(price, -quantity if negative else quantity, included=included)
    assert Fraction(charged) == (-expected if negative else expected)


@given(price=prices(), quantity=amounts)
def test_the_cost_does_not_depend_on_the_callers_context(price: Price, quantity: Decimal) -> None:
    with localcontext(getcontext().copy()) as context:
        context.prec = 2
        rough = cost(price, quantity)
    assert rough == cost(price, quantity)


@given(used=amounts, included=amounts, price=prices())
def test_overage_costs_what_the_quantity_beyond_costs(used: Decimal, included: Decimal, price: Price) -> None:
    holding: Breakdown = item(included, used, price=price)
    beyond = max(Fraction(0), Fraction(used) - Fraction(included))
    expected = half_up(in_fractions(price, beyond, Fraction(included))) if beyond else 0
    assert Fraction(overage_cost(holding)) == expected


def test_beside_what_is_unlimited_there_is_no_overage_to_pay_for() -> None:
    beside = combine([item(10, 30, price=usage_based(2)), item(0, 5, unlimited=True)], feature_id="messages")
    assert overage_cost(beside) == 0


JANUARY = Cycle(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 2, 1, tzinfo=UTC))
JANUARY_20 = datetime(2026, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("places", "rounding", "expected"),
    [
        (8, "half_up", "38.70967742"),
        (8, "down", "38.70967741"),
        (8, "up", "38.70967742"),
        (2, "half_up", "38.71"),
        (2, "down", "38.7"),
        (0, "half_up", "39"),
        (0, "down", "38"),
        (40, "down", "38.7096774193548387096774193548387"),
        (40, "up", "38.70967741935483870967741935483871"),
        (10**9, "half_up", "38.70967741935483870967741935483871"),
        (None, "down", "38.70967741935483870967741935483871"),
    ],
)
def test_a_share_is_rounded_to_the_places_asked_for(places: int | None, rounding: Any, expected: str) -> None:
    assert str(prorated(100, at=JANUARY_20, cycle=JANUARY, places=places, rounding=rounding)) == expected
    assert str(prorated(-100, at=JANUARY_20, cycle=JANUARY, places=places, rounding=rounding)) == f"-{expected}"


def test_a_share_that_does_not_terminate_has_34_digits_before_the_point_too() -> None:
    cycle = Cycle(start=JANUARY.start, end=JANUARY.start + timedelta(days=3))
    share = prorated(Decimal("1e40"), at=JANUARY.start + timedelta(days=1), cycle=cycle, places=2)
    assert share == prorated(Decimal("1e40"), at=JANUARY.start + timedelta(days=1), cycle=cycle)
    assert str(share) == f"{'6' * 33}7{'0' * 6}"


@pytest.mark.parametrize(
    ("amount", "rounding", "expected"),
    [("0.5", "half_up", 1), ("0.5", "down", 0), ("-0.5", "half_up", -1), ("-0.5", "down", 0), ("-0.1", "up", -1)],
)
def test_half_goes_away_from_zero_down_toward_it_and_up_away(amount: str, rounding: Any, expected: int) -> None:
    share = prorated(Decimal(amount), at=JANUARY.start, cycle=JANUARY, places=0, rounding=rounding)
    assert str(share) == str(expected)


def test_the_share_is_the_whole_up_to_the_start_and_nothing_from_the_end_on() -> None:
    moments = [JANUARY.start - timedelta(days=400), JANUARY.start, JANUARY.end, JANUARY.end + timedelta(days=400)]
    shares = [prorated(100.25, at=at, cycle=JANUARY) for at in moments]
    assert [str(share) for share in shares] == ["100.25", "100.25", "0", "0"]
    hair = timedelta(microseconds=1)
    assert prorated(31 * 24 * 3600 * 10**6, at=JANUARY.end - hair, cycle=JANUARY) == 1
    instant = Cycle(start=JANUARY.start, end=JANUARY.start + hair)
    assert [str(prorated(0.5, at=at, cycle=instant)) for at in (instant.start, instant.end)] == ["0.5", "0"]


def test_a_share_of_the_longest_cycle_is_exact_to_the_microsecond() -> None:
    ever = Cycle(start=datetime.min.replace(tzinfo=UTC), end=datetime.max.replace(tzinfo=UTC))
    hair = timedelta(microseconds=1)
    whole = (ever.end - ever.start) // hair
    shares = [prorated(Decimal(whole), at=at, cycle=ever) for at in (ever.start, ever.start + hair, ever.end - hair)]
    assert shares == [whole, whole - 1, 1]


def test_the_last_of_the_34_digits_of_a_share_may_be_a_zero() -> None:
    cycle = Cycle(start=JANUARY.start, end=JANUARY.start + timedelta(days=33))
    last_day = cycle.end - timedelta(days=1)
    assert str(prorated(10, at=last_day, cycle=cycle, places=50)) == f"0.{'30' * 16}3"
    assert str(prorated(10, at=last_day, cycle=cycle, places=50, rounding="up")) == f"0.{'30' * 16}31"


def test_a_share_that_terminates_is_exact_however_many_digits_it_has() -> None:
    amount, half = Decimal("1.0000000000000000000000000000000000000000000000001"), datetime(2026, 1, 16, 12, tzinfo=UTC)
    assert prorated(amount, at=half, cycle=JANUARY) == Decimal("0.50000000000000000000000000000000000000000000000005")
    assert prorated(amount, at=half, cycle=JANUARY, places=40, rounding="up") == Decimal(
        "0.5000000000000000000000000000000000000001"
    )


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"at": datetime(2026, 1, 20)}, InvalidInstant, r"^at: expected an aware datetime, got the naive"),
        ({"cycle": "month"}, TypeError, r"^cycle: expected a Cycle, got 'month'$"),
        ({"places": -1}, InvalidCount, r"^places: expected a whole number of at least 0, got -1$"),
        ({"places": 1.5}, InvalidCount, r"^places: expected a whole number of at least 0, got 1.5$"),
        ({"rounding": "half_even"}, InvalidChoice, r"^rounding: expected half_up, down or up, got 'half_even'"),
    ],
)
def test_what_makes_no_share_is_a_clear_error(wrong: dict[str, Any], error: type[Exception], message: str) -> None:
    given: dict[str, Any] = {"at": JANUARY_20, "cycle": JANUARY} | wrong
    with pytest.raises(error, match=message):
        prorated(100, **given)


def test_an_amount_to_prorate_is_a_number() -> None:
    with pytest.raises(InvalidAmount, match=r"^amount: expected a number, got True$"):
        prorated(True, at=JANUARY_20, cycle=JANUARY)  # noqa: FBT003


def test_the_price_of_a_plan_costs_what_the_price_it_has_in_a_balance_costs() -> None:
    tiers = [Tier(to=10, amount=2, flat_amount=1), Tier(to=None, amount=1)]
    flat = PlanPrice(billing_method="prepaid", amount=10, billing_units=100, interval="month")
    steps = PlanPrice(billing_method="usage_based", tiers=tiers, tier_behavior="volume", interval="year")
    for price in (flat, steps):
        for quantity in (0, 5, 250, -250):
            assert cost(price, quantity, included=3) == cost(price.price, quantity, included=3)
    assert cost(flat, 250) == 30
    assert cost(steps, 5) == 11


@pytest.mark.parametrize("wrong", [5, None, "usage_based", item(5)])
def test_what_is_no_price_is_a_clear_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^price: expected a Price, got "):
        cost(wrong, 5)


@pytest.mark.parametrize("wrong", [5, None, "usage_based", usage_based()])
def test_what_is_neither_a_balance_nor_an_item_has_no_overage_to_pay_for(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^holding: expected a Balance or a Breakdown, got "):
        overage_cost(wrong)
