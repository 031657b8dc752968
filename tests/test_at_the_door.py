"""The values that a constructor takes, and its message about a value that it does not take."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

import attrs
import pytest

import balances
from balances import (
    Allocation,
    AutoTopup,
    Balance,
    BalancesError,
    Breakdown,
    CreditTier,
    EntityAllocation,
    Feature,
    Interval,
    InvalidAmount,
    InvalidCount,
    InvalidInstant,
    InvalidMapping,
    InvalidPrice,
    InvalidRule,
    PropertyFilter,
    Reset,
    Rollover,
    RolloverRule,
    SpendLimit,
    Tier,
    UsageLimit,
    wire,
)
from balances.base.instants import EPOCH
from balances.testing import balance, item, prepaid

ITEM: dict[str, Any] = {"included_grant": 100, "remaining": 100, "usage": 0}
FEATURE: dict[str, Any] = {"id": "seats", "name": "Seats", "type": "metered", "consumable": False}
LARGEST = int(sys.float_info.max)
AT_THE_END = datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))


class Lost(tzinfo):
    """A zone that does not know its offset."""

    def utcoffset(self, _: datetime | None) -> None:
        """Return nothing."""

    def tzname(self, _: datetime | None) -> None:
        """Return nothing."""

    def dst(self, _: datetime | None) -> None:
        """Return nothing."""


class Small(IntEnum):
    """A subclass of int."""

    TWO = 2


class Exactly(Decimal):
    """A subclass of Decimal."""


class Word(StrEnum):
    """A subclass of str."""

    MONTH = "month"
    YEARS = "years"


class Ratio(float):
    """A subclass of float that looks like nothing of the kind."""

    def __repr__(self) -> str:
        """Return no number."""
        return "Ratio()"


class Noon(datetime):
    """A subclass of datetime."""


TAKEN = [
    (5, "5"),
    (0.1, "0.1"),
    (100.0, "100"),
    (-0.0, "0"),
    (1e23, "100000000000000000000000"),
    (-1e23, "-100000000000000000000000"),
    (0.00001, "0.00001"),
    (0.00006, "0.00006"),
    (700000000000.003, "700000000000.003"),  # The nearest ten thousandth is another: 700000000000.0031.
    (5e-324, "5E-324"),
    (Decimal("2.50"), "2.5"),
    (Decimal("1E+3"), "1000"),
    (Decimal("-0.0"), "0"),
    (Decimal("0.1000000000000000000000000000000000001"), "0.1000000000000000000000000000000000001"),
    (2**64, "18446744073709551616"),
    (-1, "-1"),
    (1024, "1024"),
    (LARGEST, str(LARGEST)),
    (-LARGEST, str(-LARGEST)),
    (Small.TWO, "2"),
    (Ratio(0.5), "0.5"),
]

REFUSED_AMOUNTS = [
    ("5", "expected a number, got '5'"),
    (True, "expected a number, got True"),
    (None, "expected a number, got None"),
    (Fraction(1, 2), "expected a number, got an object of type Fraction"),
    ([5], "expected a number, got a list of 1 item"),
    (float("nan"), "expected a finite number, got nan"),
    (float("-inf"), "expected a finite number, got -inf"),
    (float("inf"), "expected a finite number, got inf"),
    (Decimal("NaN"), "expected a finite number, got NaN"),
    (Decimal("sNaN"), "expected a finite number, got sNaN"),
    (Decimal("Infinity"), "expected a finite number, got Infinity"),
    (Decimal("1e400"), "a magnitude that a double can hold, got 1E+400"),
    (Decimal("1e-400"), "a magnitude that a double can hold, got 1E-400"),
    (10**400, "a magnitude that a double can hold, got an integer of about 401 digits"),
    (-(10**10_000), "a magnitude that a double can hold, got an integer of about 10,001 digits"),
    (10**100_000, "a magnitude that a double can hold, got an integer of about 100,001 digits"),
    (-(10**400), "a magnitude that a double can hold, got an integer of about 401 digits"),
    (2 * 10**308, "a magnitude that a double can hold, got 2000000000"),
    (Decimal("1.8e308"), "a magnitude that a double can hold, got 1.8E+308"),
    (LARGEST + 1, "a magnitude that a double can hold, got 17976931348623157"),
    (-LARGEST - 1, "a magnitude that a double can hold, got -17976931348623157"),
    (2**1232 - 1, "a magnitude that a double can hold, got 73952806152"),
    (2**1232, "a magnitude that a double can hold, got an integer of about 372 digits"),
]

REFUSED: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: made(Tier, to=-5, amount=1), InvalidAmount, "to: expected a number of at least 0, got -5"),
    (lambda: made(CreditTier, to=-1, credit_cost=1), InvalidAmount, "to: expected a number of at least 0, got -1"),
    (lambda: prepaid(5, billing_units=0), InvalidAmount, "billing_units: expected a number above 0, got 0"),
    (lambda: prepaid(5, tiers=[Tier(to=None, amount=1)]), InvalidPrice, "got both: amount 5 and 1 tier"),
    (
        lambda: made(SpendLimit, overage_limit=-1),
        InvalidAmount,
        "overage_limit: expected a number of at least 0, got -1",
    ),
    (
        lambda: made(AutoTopup, feature_id="seats", threshold=1, quantity=0.5),
        InvalidAmount,
        "quantity: expected a number of at least 1, got 0.5",
    ),
    (lambda: made(RolloverRule, max=1, max_percentage=2), InvalidRule, "got both: max 1 and max_percentage 2"),
    (lambda: made(RolloverRule, months=1.5), InvalidCount, "months: expected a whole number of at least 1, got 1.5"),
    (
        lambda: made(Reset, interval="day", interval_count="2"),
        InvalidCount,
        "interval_count: expected a number, got '2'",
    ),
    (lambda: made(Reset, interval=1), TypeError, "interval: expected a string, got 1"),
    (
        lambda: made(Rollover, balance=1, expires_at=EPOCH),
        InvalidInstant,
        "expires_at: expected a moment after the epoch",
    ),
    (lambda: made(Breakdown, **ITEM, expires_at=EPOCH), InvalidInstant, "expected a moment other than the epoch"),
    (lambda: made(Breakdown, **ITEM, expires_at=5), InvalidInstant, "expires_at: expected an aware datetime, got 5"),
    (
        lambda: made(Breakdown, **ITEM, expires_at=datetime(2026, 1, 1)),
        InvalidInstant,
        "got the naive 2026-01-01T00:00:00",
    ),
    (
        lambda: made(Breakdown, **ITEM, expires_at=datetime(2026, 1, 1, tzinfo=Lost())),
        InvalidInstant,
        "expires_at: expected an aware datetime, got an object of type datetime without an offset",
    ),
    (lambda: made(Breakdown, **ITEM, expires_at=AT_THE_END), InvalidInstant, "expected a moment that UTC can hold"),
    (lambda: made(Breakdown, **ITEM, unlimited=1), TypeError, "unlimited: expected True or False, got 1"),
    (lambda: made(Breakdown, **ITEM, id=None), TypeError, "id: expected a string, got None"),
    (lambda: made(Breakdown, **ITEM, price=5), TypeError, "price: expected a Price, got 5"),
    (lambda: balance(breakdown=[{}]), TypeError, "breakdown: expected a Breakdown at index 0, got a mapping of 0 keys"),
    (lambda: balance(breakdown={}), TypeError, "breakdown: expected a sequence of Breakdown, got a mapping of 0 keys"),
    (lambda: balance(breakdown=5), TypeError, "breakdown: expected a sequence of Breakdown, got 5"),
    (
        lambda: made(Feature, **FEATURE, event_names="seat"),
        TypeError,
        "event_names: expected a sequence of str, got 'seat'",
    ),
    (
        lambda: made(Feature, **FEATURE, processors=[]),
        TypeError,
        "processors: expected a mapping, got a list of 0 items",
    ),
    (
        lambda: made(Feature, **FEATURE, processors={1: 2}),
        TypeError,
        "processors: expected keys that are strings, got 1",
    ),
    (
        lambda: made(Feature, **FEATURE, processors={"x": {1}}),
        TypeError,
        "expected plain data, got an object of type set",
    ),
    (
        lambda: made(Feature, **FEATURE, processors={"x": float("inf")}),
        InvalidMapping,
        "expected finite numbers, got inf",
    ),
    (lambda: made(Feature, **FEATURE, processors=deep(60)), InvalidMapping, "expected at most 50 levels, got more"),
    (lambda: made(Feature, **FEATURE, model_markups={"gpt": 5}), TypeError, "expected a ModelMarkup at 'gpt', got 5"),
    (
        lambda: made(PropertyFilter, properties={"plan": 5}),
        TypeError,
        "properties: expected a str at 'plan', got 5",
    ),
]


def made(cls: Any, **attributes: Any) -> object:
    """Call a constructor with what its types would not let pass."""
    return cls(**attributes)


def deep(levels: int) -> dict[str, Any]:
    """Return a dict in a dict in a dict."""
    nested: dict[str, Any] = {}
    for _ in range(levels):
        nested = {"in": nested}
    return nested


@pytest.mark.parametrize(("given", "kept"), TAKEN, ids=str)
def test_an_amount_is_kept_exactly_in_one_form(given: float | Decimal, kept: str) -> None:
    assert str(Allocation(amount=given).amount) == kept


@pytest.mark.parametrize(("given", "message"), REFUSED_AMOUNTS, ids=[message for _, message in REFUSED_AMOUNTS])
def test_what_is_no_amount_is_refused(given: Any, message: str) -> None:
    with pytest.raises(InvalidAmount) as caught:
        Allocation(amount=given)
    assert str(caught.value).startswith("amount: expected ")
    assert message in str(caught.value)


@pytest.mark.parametrize(("make", "error", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_a_value_that_will_not_do_is_refused(make: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)
    assert caught.value.__cause__ is None
    assert isinstance(caught.value, (BalancesError, TypeError))


def test_a_moment_of_any_zone_is_kept_as_utc() -> None:
    in_new_york = datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York"))
    kept = Reset(interval="day", resets_at=in_new_york).resets_at
    assert repr(kept) == "datetime.datetime(2026, 11, 1, 6, 30, tzinfo=datetime.timezone.utc)"


def test_a_moment_in_a_zone_that_is_utc_by_another_name_is_kept_as_utc() -> None:
    kept = Reset(interval="day", resets_at=datetime(2026, 1, 1, tzinfo=timezone(timedelta(0), "Zulu"))).resets_at
    assert kept is not None
    assert kept.tzinfo is UTC


@pytest.mark.parametrize("error", [NotImplementedError, TypeError, ValueError])
def test_a_zone_that_fails_to_tell_its_offset_knows_none(error: type[Exception]) -> None:
    class Failing(Lost):
        """A zone that raises."""

        def utcoffset(self, _: datetime | None) -> None:
            raise error

    with pytest.raises(InvalidInstant, match=r"got an object of type datetime without an offset$"):
        Reset(interval="day", resets_at=datetime(2026, 1, 1, tzinfo=Failing()))


@pytest.mark.parametrize("offset", [None, float("nan"), "raises", timedelta(0)])
@pytest.mark.parametrize("zone", [None, UTC])
def test_the_not_a_time_of_pandas_is_no_moment(offset: Any, zone: tzinfo | None) -> None:
    class NaT(Noon):
        """As in pandas: a `datetime` that equals nothing and can do no arithmetic."""

        def __eq__(self, _: object) -> bool:
            return False

        def __hash__(self) -> int:
            return 0

        def __sub__(self, _: Any) -> Any:
            return self

        def utcoffset(self) -> Any:
            if offset == "raises":
                raise ValueError("NaT has no offset")
            return offset

    with pytest.raises(InvalidInstant, match=r"^resets_at: .* got an object of type NaT without an offset$"):
        Reset(interval="day", resets_at=NaT(1, 1, 1, tzinfo=zone))


@pytest.mark.parametrize("own", [UTC, None])
def test_a_moment_and_its_class_agree_on_the_offset(own: tzinfo | None) -> None:
    class Odd(Noon):
        """One that says another thing of itself than its zone."""

        def utcoffset(self) -> timedelta | None:
            return None if own else timedelta(0)

    with pytest.raises(InvalidInstant, match=r"got an object of type Odd without an offset$"):
        Reset(interval="day", resets_at=Odd(2026, 1, 1, tzinfo=own))


def test_a_moment_is_a_plain_datetime() -> None:
    noon = Reset(interval="day", resets_at=Noon(2026, 1, 1, 12, fold=1, tzinfo=UTC)).resets_at
    assert type(noon) is datetime
    assert repr(noon) == "datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.timezone.utc)"


def test_values_work_with_the_habits_of_attrs() -> None:
    source = item(100, 28, id="plan", reset=Reset(interval="month"))
    assert attrs.evolve(source, usage=30).usage == 30
    assert source.usage == 28
    assert attrs.asdict(source)["reset"]["interval"] == "month"
    match source:
        case Breakdown(reset=Reset(interval=Interval.MONTH), remaining=remaining):
            assert remaining == 72
        case _:
            pytest.fail("a value can be matched by its attributes")


def test_values_take_keywords_only() -> None:
    with pytest.raises(TypeError, match="positional"):
        Allocation(*[5])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_values_of_different_classes_are_not_equal() -> None:
    values: list[object] = [Allocation(amount=5), EntityAllocation(entity_id="", amount=5), Rollover(balance=5), 5]
    assert len(set(values)) == len(values)


def test_an_amount_may_have_any_number_of_digits() -> None:
    many = Decimal(f"0.{'123456789' * 1000}")
    assert Allocation(amount=many).amount == many


def test_a_mapping_of_a_value_cannot_change() -> None:
    properties: Any = PropertyFilter(properties={"plan": "pro"}).properties
    with pytest.raises(AttributeError, match="cannot change"):
        properties.anything = 1
    with pytest.raises(AttributeError, match="cannot change"):
        del properties.anything
    with pytest.raises(AttributeError, match="cannot change"):
        properties.__init__({"plan": "team"})
    with pytest.raises(TypeError):
        properties["plan"] = "team"
    assert properties == {"plan": "pro"}


def test_an_error_of_the_caller_passes_as_it_is() -> None:
    payloads: list[dict[str, Any]] = [{"balance": "5"}]
    with pytest.raises(wire.WireError) as caught:
        balance(rollovers=(wire.snake.structure(payload, Rollover) for payload in payloads))
    assert [problem.path for problem in caught.value.problems] == ["$.balance"]


def test_a_value_is_final() -> None:
    with pytest.raises(TypeError, match="Rollover is final: hold one in a class of your own instead"):
        type("Mine", (Rollover,), {})


def test_what_a_subclass_adds_to_a_number_or_a_text_is_not_kept() -> None:
    kept: list[object] = [
        Allocation(amount=Exactly(5)).amount,
        Feature(**FEATURE, event_names=[Word.YEARS]).event_names[0],
        PropertyFilter(properties={Word.YEARS: Word.YEARS}).properties["years"],
        *PropertyFilter(properties={Word.YEARS: ""}).properties,
        Feature(**FEATURE, processors={"x": [Word.YEARS, Small.TWO, Ratio(0.5)]}).processors["x"],
    ]
    assert [type(value) for value in kept] == [Decimal, str, str, str, tuple]
    assert [type(value) for value in kept[-1]] == [str, int, float]  # type: ignore[attr-defined]


def test_what_has_no_order_is_no_sequence() -> None:
    with pytest.raises(TypeError, match="rollovers: expected a sequence of Rollover, got an object of type set"):
        balance(rollovers={Rollover(balance=5)})


@pytest.mark.parametrize("cls", [Allocation, Balance, Feature, Reset, UsageLimit])
def test_the_annotations_of_a_constructor_can_be_resolved(cls: type[Any]) -> None:
    hints = get_type_hints(cls.__init__)
    assert set(hints) == {attribute.name for attribute in attrs.fields(cls)} | {"return"}
    assert not any(isinstance(hint, str) for hint in hints.values())


def test_plain_data_that_shares_its_parts_is_not_walked_forever() -> None:
    shared: list[Any] = []
    for _ in range(40):
        shared = [shared, shared]
    with pytest.raises(InvalidMapping, match="expected at most 100,000 lists and mappings, got more"):
        Feature(**FEATURE, processors={"x": shared})
    with pytest.raises(wire.WireError, match=r"\$.processors: expected at most 100,000 lists and mappings, got more"):
        wire.snake.structure({**FEATURE, "archived": False, "processors": {"x": shared}}, Feature)


def test_a_moment_is_told_once() -> None:
    again = datetime(2026, 1, 1, fold=1, tzinfo=UTC)
    kept = Reset(interval="day", resets_at=again).resets_at
    assert repr(kept) == "datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)"


def test_what_comes_is_told_shortly() -> None:
    with pytest.raises(InvalidAmount, match=rf"got '{'x' * 60}'\.\.\. \(61 characters\)$"):
        made(Allocation, amount="x" * 61)
    with pytest.raises(InvalidAmount, match=rf"got '{'x' * 60}'$"):
        made(Allocation, amount="x" * 60)


@pytest.mark.parametrize("error", [NotImplementedError, TypeError, ValueError])
def test_a_zone_that_cannot_tell_its_offset_is_no_zone(error: type[Exception]) -> None:
    class Broken(tzinfo):
        """One that knows nothing."""

        def utcoffset(self, _: datetime | None) -> timedelta | None:
            raise error

        def dst(self, _: datetime | None) -> timedelta | None:
            raise error

        def tzname(self, _: datetime | None) -> str | None:
            raise error

    with pytest.raises(InvalidInstant, match=r"^resets_at: "):
        Reset(interval="day", resets_at=datetime(2026, 1, 1, tzinfo=Broken()))


def test_an_error_of_a_users_own_keeps_its_own_home() -> None:
    class OutOfSeats(BalancesError):
        """One of a user."""

    assert OutOfSeats.__module__ == __name__


OF_EACH = [thing for name in balances.__all__ if isinstance(thing := getattr(balances, name), type)]
ERRORS = [thing for thing in OF_EACH if issubclass(thing, Exception) and thing is not BalancesError]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_one_of_the_package_and_a_built_in(error: type[Exception]) -> None:
    assert error.__bases__[0] is BalancesError
    assert all(issubclass(base, Exception) and base.__module__ == "builtins" for base in error.__bases__[1:])
    assert len(error.__bases__) > 1
