"""Which alerts a change fires, rule by rule."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from balances import (
    Account,
    Balance,
    BillingControls,
    InvalidAmount,
    PropertyFilter,
    UnknownAlert,
    UnknownWord,
    UsageAlert,
    WrongFeature,
    accounts,
    combine,
    crossed,
)
from balances.testing import balance, item, rollover


def alert(threshold: Any, threshold_type: Any = "usage", **attributes: Any) -> UsageAlert:
    return UsageAlert(threshold=threshold, threshold_type=threshold_type, **attributes)


def fired(before: Balance, after: Balance, *alerts: UsageAlert) -> list[Decimal]:
    return [each.threshold for each in crossed(before, after, alerts)]


@pytest.mark.parametrize(
    ("threshold_type", "thresholds", "expected"),
    [
        ("usage", [140, 141, 179, 180, 181], [141, 179, 180]),
        ("usage_percentage", [70, 70.5, 89, 90, 90.5], [70.5, 89, 90]),
        ("remaining", [60, 59.5, 21, 20, 19.5], [59.5, 21, 20]),
        ("remaining_percentage", [30, 29.5, 11, 10, 9.5], [29.5, 11, 10]),
    ],
)
def test_an_alert_fires_when_its_threshold_is_reached(
    threshold_type: str, thresholds: list[float], expected: list[float]
) -> None:
    alerts = [alert(threshold, threshold_type) for threshold in thresholds]
    assert fired(balance(200, 140), balance(200, 180), *alerts) == expected


def test_a_share_is_compared_without_rounding() -> None:
    below, above = Decimal(f"33.{'3' * 40}"), Decimal(f"33.{'3' * 39}4")
    alerts = [alert(below, "usage_percentage"), alert(above, "usage_percentage")]
    assert fired(balance(3, 0), balance(3, 1), *alerts) == [below]


@pytest.mark.parametrize("threshold_type", ["usage_percentage", "remaining_percentage"])
@pytest.mark.parametrize(("before", "after"), [(0, 100), (100, 0), (-5, 100), (100, -5)])
def test_there_is_no_share_of_nothing(threshold_type: str, before: int, after: int) -> None:
    was = Balance(feature_id="messages", granted=before, remaining=50, usage=0)
    now = Balance(feature_id="messages", granted=after, remaining=0, usage=60)
    assert fired(was, now, alert(10, threshold_type)) == []


def test_a_percentage_is_of_each_grant() -> None:
    assert fired(balance(0.5, 0.1), balance(0.5, 0.3), alert(50, "usage_percentage")) == [50]
    assert fired(balance(200, 90), balance(100, 90), alert(50, "usage_percentage")) == [50]
    assert fired(balance(100, 90), balance(200, 90), alert(50, "remaining_percentage")) == []


def test_what_comes_back_fires_nothing_and_the_next_crossing_fires_again() -> None:
    low, high, threshold = balance(100, 70), balance(100, 90), alert(80)
    assert fired(low, high, threshold) == [80]
    assert fired(high, low, threshold) == []
    assert fired(low, high, threshold) == [80]


def test_only_enabled_alerts_of_this_feature_or_of_none_fire() -> None:
    alerts = [
        alert(1, feature_id="messages"),
        alert(2, feature_id="seats"),
        alert(3),
        alert(4, enabled=False),
        alert(5, feature_id=""),
    ]
    assert fired(balance(10), balance(10, 9), *alerts) == [1, 3]


def test_the_order_is_the_one_given() -> None:
    assert fired(balance(10), balance(10, 9), alert(3), alert(1), alert(2)) == [3, 1, 2]


def test_the_parts_are_compared_where_there_are_any() -> None:
    parts = [item(10, 4)], [rollover(10, 5)]
    whole = combine(*parts, feature_id="messages")
    before = evolve(balance(100, 0), breakdown=[item(10)], rollovers=[rollover(10)])
    stated = evolve(balance(100, 0), breakdown=whole.breakdown, rollovers=whole.rollovers)
    assert fired(before, stated, alert(9), alert(45, "usage_percentage"), alert(11, "remaining")) == [9, 45, 11]


@pytest.mark.parametrize("unlimited", [balance(0, unlimited=True), balance(10, breakdown=[item(10, unlimited=True)])])
def test_an_unlimited_balance_fires_nothing(unlimited: Balance) -> None:
    used = evolve(unlimited, usage=50)
    for before, after in [(unlimited, used), (balance(10), used), (unlimited, balance(10, 9))]:
        assert fired(before, after, alert(5), alert(8, "remaining")) == []


@pytest.mark.parametrize(
    ("unknown", "message"),
    [
        (alert(5, basis="balance"), "expected an alert without a basis, got 'balance'"),
        (alert(5, basis=UnknownWord("moon")), "expected an alert without a basis, got 'moon'"),
        (alert(5, filter=PropertyFilter()), r"expected an alert without a filter, got PropertyFilter\(\)"),
        (
            alert(5, UnknownWord("fraction")),
            "expected a threshold of type usage, usage_percentage, remaining or remaining_percentage, got 'fraction'",
        ),
    ],
)
def test_an_alert_that_cannot_be_evaluated_is_refused(unknown: UsageAlert, message: str) -> None:
    skipped = [evolve(unknown, enabled=False), evolve(unknown, feature_id="seats")]
    assert fired(balance(10), balance(10), *skipped) == []
    for balances in [(balance(10), balance(10)), (balance(10, unlimited=True), balance(10))]:
        with pytest.raises(UnknownAlert, match=rf"^alerts\[2\]: {message}$"):
            crossed(*balances, [*skipped, unknown])


def test_two_features_are_refused() -> None:
    with pytest.raises(WrongFeature, match=r"^after: expected the feature 'messages', got 'seats'$"):
        crossed(balance(10), balance(10, feature_id="seats"), [])
    with pytest.raises(WrongFeature, match=r"^after: expected the feature 'seats', got 'messages'$"):
        crossed(balance(10, feature_id="seats"), balance(10), [])


def test_a_threshold_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidAmount, match=r"^threshold: expected a number, got '80%'$"):
        alert("80%")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, balance(), ()), "before: expected a Balance, got 5$"),
        ((balance(), None, ()), "after: expected a Balance, got None$"),
        ((balance(), balance(), (5,)), "alerts: expected a UsageAlert at index 0, got 5$"),
        ((balance(), balance(), BillingControls()), "alerts: expected a sequence of UsageAlert, got an object"),
    ],
)
def test_a_wrong_class_is_named(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}"):
        crossed(*arguments)


def test_a_balance_that_an_account_did_not_have_has_crossed_nothing() -> None:
    before = Account(controls=BillingControls(usage_alerts=[alert(10, feature_id="messages", enabled=True)]))
    assert accounts.crossed(before, accounts.put(before, balance(100, 75))) == {}
