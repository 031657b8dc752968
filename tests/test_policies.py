"""What orders and policies take, and what they say of what they do not take."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

import balances
from balances import (
    DEFAULT_KEYS,
    EXPIRY_COST,
    NEWEST_FIRST,
    OLDEST_FIRST,
    PRIORITY_EXPIRY_AGE,
    PRIORITY_EXPIRY_FREE_AGE,
    PRIORITY_FREE_AGE,
    BurnKey,
    BurnOrder,
    InvalidAmount,
    InvalidChoice,
    InvalidInstant,
    InvalidZone,
    MonthEnd,
    OverageAtReset,
    Place,
    Policy,
    RolloverRule,
    Standing,
)
from balances.periods.month_ends import MonthEndWord
from balances.values.orders import AnyBurnKey, AnyPlace
from balances.values.policies import AnyOverageAtReset, to_policy


class LikePytz(tzinfo):
    """A zone whose rules are only known to its `localize`."""

    def localize(self, moment: datetime) -> datetime:
        """Return a moment with an offset."""
        return moment.replace(tzinfo=UTC)

    def utcoffset(self, _: datetime | None) -> None:
        """Return nothing: it is not known here."""

    def tzname(self, _: datetime | None) -> None:
        """Return nothing."""

    def dst(self, _: datetime | None) -> None:
        """Return nothing."""


REFUSED: list[tuple[Callable[..., object], dict[str, Any], type[Exception], str]] = [
    (BurnOrder, {"keys": ["sooner-expiry"]}, InvalidChoice, "keys: expected unlimited_first, dated_first, "),
    (BurnOrder, {"keys": ["LOWER_PRIORITY"]}, InvalidChoice, "keys: expected "),
    (BurnOrder, {"keys": "id"}, TypeError, "keys: expected a sequence of str, got 'id'"),
    (BurnOrder, {"keys": {"id"}}, TypeError, "keys: expected a sequence of str, got "),
    (BurnOrder, {"keys": ["id", 5]}, TypeError, "keys: expected a str at index 1, got 5"),
    (BurnOrder, {"rollovers": "middle"}, InvalidChoice, "rollovers: expected first or last, got 'middle'"),
    (BurnOrder, {"rollovers": None}, InvalidChoice, "rollovers: expected first or last, got None"),
    (BurnOrder, {"standings": [Standing()]}, TypeError, "standings: expected a mapping, got a list of 1 item"),
    (BurnOrder, {"standings": {"a": 1}}, TypeError, "standings: expected a Standing at 'a', got 1"),
    (BurnOrder, {"standings": {5: Standing()}}, TypeError, "standings: expected keys that are strings, got 5"),
    (Standing, {"priority": "high"}, InvalidAmount, "priority: expected a number, got 'high'"),
    (Standing, {"priority": True}, InvalidAmount, "priority: expected a number, got True"),
    (Standing, {"is_paid": 1}, TypeError, "is_paid: expected True or False, got 1"),
    (Standing, {"unit_cost": -0.5}, InvalidAmount, "unit_cost: expected a number of at least 0, got -0.5"),
    (Standing, {"starts_at": datetime(2026, 1, 1)}, InvalidInstant, "starts_at: expected an aware datetime, got the"),
    (Standing, {"created_at": 0}, InvalidInstant, "created_at: expected an aware datetime, got 0"),
    (Policy, {"order": ["id"]}, TypeError, "order: expected a BurnOrder, got a list of 1 item"),
    (Policy, {"order": None}, TypeError, "order: expected a BurnOrder, got None"),
    (Policy, {"anchor": datetime(2026, 1, 31)}, InvalidInstant, "anchor: expected an aware datetime, got the naive"),
    (Policy, {"zone": LikePytz()}, InvalidZone, "zone: expected "),
    (
        Policy,
        {"zone": "Europe/Berlin"},
        TypeError,
        "zone: expected a tzinfo, got",
    ),
    (Policy, {"zone": timedelta(hours=1)}, TypeError, "zone: expected a tzinfo, got "),
    (Policy, {"month_end": "last"}, InvalidChoice, "month_end: expected last_day, overflow, skip, first_of_next or"),
    (
        Policy,
        {"overage_at_reset": "forget"},
        InvalidChoice,
        "overage_at_reset: expected forgive, repay, keep or settle",
    ),
]


@pytest.mark.parametrize(("make", "attributes", "error", "message"), REFUSED)
def test_a_mistake_is_refused_by_the_name_of_the_attribute(
    make: Callable[..., object], attributes: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        make(**attributes)
    assert str(caught.value).startswith(message)


def test_what_is_not_said_is_what_was_always_done() -> None:
    assert BurnOrder() == BurnOrder(keys=DEFAULT_KEYS, rollovers=Place.FIRST, standings={})
    assert Policy() == Policy(
        order=BurnOrder(),
        rules=None,
        anchor=None,
        zone=None,
        month_end=MonthEnd.LAST_DAY,
        overage_at_reset=OverageAtReset.FORGIVE,
    )
    assert tuple(BurnKey)[: len(DEFAULT_KEYS)] == DEFAULT_KEYS


@pytest.mark.parametrize(
    ("preset", "keys"),
    [
        (PRIORITY_EXPIRY_AGE, "lower_priority sooner_expiry earlier_created id"),
        (
            PRIORITY_EXPIRY_FREE_AGE,
            "lower_priority sooner_expiry granted_before_paid earlier_start earlier_created",
        ),
        (PRIORITY_FREE_AGE, "lower_priority granted_before_paid earlier_created"),
        (EXPIRY_COST, "sooner_expiry lower_cost earlier_created"),
        (OLDEST_FIRST, "earlier_created"),
        (NEWEST_FIRST, "later_created"),
    ],
)
def test_a_preset_is_the_keys_it_is_named_after(preset: BurnOrder, keys: str) -> None:
    assert preset == BurnOrder(keys=[BurnKey(key) for key in keys.split()])


@pytest.mark.parametrize(
    ("words", "accepted"),
    [
        (BurnKey, AnyBurnKey),
        (Place, AnyPlace),
        (MonthEnd, MonthEnd | MonthEndWord),
        (OverageAtReset, AnyOverageAtReset),
    ],
)
def test_the_strings_that_type_checkers_accept_are_the_words(words: type[StrEnum], accepted: object) -> None:
    member, strings = get_args(accepted)
    assert member is words
    assert get_args(strings) == tuple(member.value for member in words)
    assert [member.value for member in words] == [member.name.lower() for member in words]


def test_a_standing_keeps_exact_amounts_and_moments_in_utc() -> None:
    berlin = datetime(2026, 1, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    standing = Standing(priority=2.0, unit_cost=0.1, starts_at=berlin, created_at=berlin)
    assert (standing.priority, standing.unit_cost) == (Decimal(2), Decimal("0.1"))
    assert repr(standing.starts_at) == repr(standing.created_at) == repr(datetime(2026, 1, 1, tzinfo=UTC))
    assert Standing(unit_cost=0).unit_cost == 0


def test_standings_are_added_to_a_preset_by_evolving_it() -> None:
    standings = {"top-up": Standing(priority=1)}
    assert evolve(OLDEST_FIRST, standings=standings).standings == standings
    assert OLDEST_FIRST.standings == {}
    assert evolve(OLDEST_FIRST, standings=MappingProxyType(standings)) == evolve(OLDEST_FIRST, standings=standings)


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Australia/Lord_Howe"), timezone(timedelta(hours=5, minutes=45))])
def test_any_zone_of_the_standard_library_is_taken_as_it_is(zone: tzinfo) -> None:
    assert Policy(zone=zone).zone is zone


def test_the_rules_of_a_policy_cannot_be_changed_through_what_was_given() -> None:
    rules: dict[str, RolloverRule | None] = {"pro": RolloverRule(max=50), "addon": None}
    policy = Policy(rules=rules)
    rules.clear()
    assert policy.rules == {"pro": RolloverRule(max=50), "addon": None}
    assert Policy(rules=RolloverRule(months=1)).rules == RolloverRule(months=1)


def test_no_policy_is_the_default_one() -> None:
    assert to_policy(None) == Policy()
    assert to_policy(Policy(zone=UTC)) == Policy(zone=UTC)


def test_every_preset_is_a_constant_of_the_package() -> None:
    presets = {name for name in balances.__all__ if isinstance(getattr(balances, name), BurnOrder)}
    assert {name for name in balances.__all__ if name.isupper()} == presets | {"DEFAULT_KEYS"}
