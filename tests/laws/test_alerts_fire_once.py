"""Law: an alert fires when its threshold is crossed, and only then."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_balances import EXACT
from strategies_of_items import any_balance, recombined, signed
from strategies_of_usage import amounts, balances_of, few, fraction, lawful_items

from balances import Balance, OverageBehavior, ThresholdType, UsageAlert, crossed, track

FINITE = balances_of(lawful_items, least=1, unlimited=False)


alerts_anywhere = st.builds(
    UsageAlert,
    feature_id=st.sampled_from([None, "messages", "messages", "seats"]),
    enabled=st.sampled_from([True, True, True, False]),
    threshold=st.integers(0, 120).map(Decimal) | signed,
    threshold_type=st.sampled_from(list(ThresholdType)),
)
several_alerts = st.lists(st.tuples(alerts_anywhere, st.none() | st.integers(0, 9)), max_size=5)


@st.composite
def alerts_near(draw: st.DrawFn, *balances: Balance) -> list[UsageAlert]:
    """Draw alerts whose thresholds often are just what one of the balances says."""
    said = [number for whole in map(counted, balances) for number in (whole.remaining, whole.usage)]
    return [
        alert if place is None else evolve(alert, threshold=said[place % len(said)])
        for alert, place in draw(several_alerts)
    ]


def counted(balance: Balance) -> Balance:
    """Return a balance with the totals that are compared: those of its parts, if it has a breakdown."""
    return recombined(balance) if balance.breakdown else balance


def is_unlimited(balance: Balance) -> bool:
    return balance.unlimited or counted(balance).unlimited


def is_reached(alert: UsageAlert, balance: Balance) -> bool:
    whole = counted(balance)
    base = fraction(whole.granted) / 100 if "percentage" in alert.threshold_type else Fraction(1)
    if "remaining" in alert.threshold_type:
        return fraction(whole.remaining) / base <= fraction(alert.threshold)
    return fraction(whole.usage) / base >= fraction(alert.threshold)


def can_fire(alert: UsageAlert, *balances: Balance) -> bool:
    has_base = all(counted(balance).granted > 0 for balance in balances) or "percentage" not in alert.threshold_type
    return alert.enabled and alert.feature_id != "seats" and has_base and not any(map(is_unlimited, balances))


@few
@given(before=any_balance, after=any_balance, data=st.data())
def test_an_alert_fires_where_the_rule_says_so(before: Balance, after: Balance, data: st.DataObject) -> None:
    alerts = data.draw(alerts_near(before, after))
    expected = [
        alert
        for alert in alerts
        if can_fire(alert, before, after) and is_reached(alert, after) and not is_reached(alert, before)
    ]
    assert list(crossed(before, after, alerts)) == expected


@few
@given(balance=FINITE, uses=st.lists(amounts, min_size=2, max_size=4), data=st.data())
def test_while_usage_grows_an_alert_fires_once_however_it_is_split(
    balance: Balance, uses: list[Decimal], data: st.DataObject
) -> None:
    states = [balance]
    for amount in uses:
        states.append(track(states[-1], amount, overage_behavior=OverageBehavior.OVERFLOW).balance)
    alerts = [evolve(alert, name=str(index)) for index, alert in enumerate(data.draw(alerts_near(*states)))]
    stepwise = [alert for before, after in pairwise(states) for alert in crossed(before, after, alerts)]
    whole = crossed(states[0], states[-1], alerts)
    assert sorted(stepwise, key=alerts.index) == list(whole)


@few
@given(balance=any_balance, data=st.data())
def test_what_does_not_change_fires_nothing(balance: Balance, data: st.DataObject) -> None:
    assert crossed(balance, balance, data.draw(alerts_near(balance))) == ()


@few
@given(balance=FINITE, more=amounts, data=st.data())
def test_what_is_stated_beyond_the_parts_is_not_compared(balance: Balance, more: Decimal, data: st.DataObject) -> None:
    after = track(balance, 10, overage_behavior=OverageBehavior.OVERFLOW).balance
    alerts = data.draw(alerts_near(balance, after))
    beyond = [evolve(each, granted=EXACT.add(each.granted, more)) for each in (balance, after)]
    assert crossed(beyond[0], beyond[1], alerts) == crossed(balance, after, alerts)
