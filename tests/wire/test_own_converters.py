"""The classes inside the caller's own, with the caller's own converter; and the options of every converter."""

import json
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any

import attrs
import pytest
from cattrs import Converter
from helpers import try_each
from json_libraries import LIBRARIES, each_library
from payloads import converter, full, read, replaced, same, written
from wire_classes import BY_NAME, each_case, each_class

from balances import (
    Balance,
    BillingControls,
    Breakdown,
    Flag,
    Interval,
    Reset,
    Rollover,
    RolloverRule,
    Tier,
)
from balances.wire import WireError, configure_converter, make_converter
from balances.wire.dialects import Case

pytestmark = pytest.mark.heavy


@cache
def configured(library: str, case: Case) -> Any:
    return configure_converter(LIBRARIES[library](), case)


def plain(library: str, dumped: Any) -> Any:
    """Return what a library makes of its own bytes."""
    return LIBRARIES[library]().loads(dumped, Any)


@attrs.frozen
class Account:
    """A class of the caller's."""

    owner_name: str
    balance: Balance
    spare: Balance | None
    missing: Balance | None
    history: list[Balance]
    by_feature: dict[str, Balance]
    controls: BillingControls
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class AccountData:
    """The same, as a dataclass."""

    owner_name: str
    balance: Balance
    spare: Balance | None
    missing: Balance | None
    history: list[Balance]
    by_feature: dict[str, Balance]
    controls: BillingControls
    flags: tuple[Flag, ...] = ()


ACCOUNTS: tuple[Any, ...] = (Account, AccountData)

each_account = pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.__name__)


@cache
def value_of(cls: type) -> Any:
    return read(full(cls), cls, "snake")


def an_account(account: Any) -> Any:
    balance = value_of(Balance)
    return account(
        owner_name="Ada",
        balance=balance,
        spare=attrs.evolve(balance, feature=None),
        missing=None,
        history=[balance, attrs.evolve(balance, breakdown=())],
        by_feature={"some_credits": balance, "gpt-4.1": balance},
        controls=value_of(BillingControls),
        flags=(value_of(Flag),),
    )


@each_library
@each_account
@each_case
def test_our_classes_stand_in_the_callers_own(library: str, account: Any, case: Case) -> None:
    own = configured(library, case)
    dumped = own.dumps(an_account(account))
    assert own.loads(dumped, account) == an_account(account)


@each_library
@each_account
@each_case
def test_in_the_callers_own_they_look_as_always(library: str, account: Any, case: Case) -> None:
    shown = plain(library, configured(library, case).dumps(an_account(account)))
    assert shown["owner_name"] == "Ada"
    assert shown["balance"] == full(Balance, case)
    assert shown["missing"] is None
    assert shown["history"][1] == {**full(Balance, case), "breakdown": []}
    assert shown["by_feature"] == {"some_credits": full(Balance, case), "gpt-4.1": full(Balance, case)}
    assert shown["controls"] == full(BillingControls, case)
    assert shown["flags"] == [full(Flag, case)]


@each_library
@each_case
def test_every_class_goes_there_and_back(library: str, case: Case) -> None:
    own = configured(library, case)

    def test(cls: type) -> None:
        dumped = own.dumps(value_of(cls))
        assert plain(library, dumped) == full(cls, case)
        assert own.loads(dumped, cls) == value_of(cls)

    try_each(BY_NAME.items(), test)


@each_library
@each_case
def test_containers_go_there_and_back(library: str, case: Case) -> None:
    own, value = configured(library, case), value_of(Balance)
    containers: list[tuple[Any, Any]] = [
        (list[Balance], [value, value]),
        (dict[str, Balance], {"some_key": value}),
        (dict[str, list[Balance | None]], {"some_key": [value, None]}),
    ]
    for of, values in containers:
        assert own.loads(own.dumps(values, unstructure_as=of), of) == values
        assert own.loads(own.dumps(values), of) == values


def spoiled_account(case: Case) -> Any:
    shown = converter(case).unstructure(an_account(Account))
    usage = replaced(shown, ("balance", "usage"), "5")
    second = replaced(usage, ("history", 1, "breakdown"), 5)
    return replaced(second, ("by_feature", "gpt-4.1", "granted"), None)


def wire_errors(error: Any) -> Iterator[WireError]:
    """Find our errors in a group, however deep."""
    if isinstance(error, WireError):
        yield error
    else:
        for inner in error.exceptions:
            yield from wire_errors(inner)


PATHS = ["$.usage", "$[1].breakdown", "$['gpt-4.1'].granted"]


@each_library
@each_account
@each_case
def test_an_error_inside_is_ours_in_a_group_of_cattrs(library: str, account: Any, case: Case) -> None:
    own = configured(library, case)
    dumped = own.dumps(spoiled_account(case))
    with pytest.raises(ExceptionGroup) as caught:
        own.loads(dumped, account)
    assert [problem.path for error in wire_errors(caught.value) for problem in error.problems] == PATHS


@each_account
@each_case
def test_an_error_inside_comes_alone_where_the_caller_asks_for_that(account: Any, case: Case) -> None:
    own = configure_converter(Converter(detailed_validation=False), case)
    with pytest.raises(WireError) as caught:
        own.structure(spoiled_account(case), account)
    assert [problem.path for problem in caught.value.problems] == PATHS[:1]


@attrs.frozen
class Invoice:
    """A class with amounts and moments of its own, beside ours."""

    total: Decimal
    due: datetime
    rollover: Rollover


def with_own_hooks(own: Converter) -> Converter:
    own.register_unstructure_hook(Decimal, lambda amount: f"EUR {amount}")
    own.register_structure_hook(Decimal, lambda text, _: Decimal(text.removeprefix("EUR ")))
    own.register_unstructure_hook(datetime, lambda moment: moment.date().isoformat())
    own.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(f"{text}T00:00:00+00:00"))
    return own


INVOICE = Invoice(
    total=Decimal("12.50"),
    due=datetime(2026, 6, 1, tzinfo=UTC),
    rollover=Rollover(balance=2.5, expires_at=datetime(2026, 6, 1, tzinfo=UTC)),
)


@each_case
@pytest.mark.parametrize("first", [True, False], ids=["before ours", "after ours"])
def test_the_callers_own_hooks_stay_the_callers_own(case: Case, *, first: bool) -> None:
    if first:
        own = configure_converter(with_own_hooks(Converter()), case)
    else:
        own = with_own_hooks(configure_converter(Converter(), case))
    rollover = converter(case).unstructure(INVOICE.rollover)
    shown = own.unstructure(INVOICE)
    assert shown == {"total": "EUR 12.50", "due": "2026-06-01", "rollover": rollover}
    assert own.structure(shown, Invoice) == INVOICE


@each_library
@each_case
def test_what_the_library_does_with_moments_is_as_before(library: str, case: Case) -> None:
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    assert configured(library, case).unstructure(moment) == LIBRARIES[library]().unstructure(moment)
    assert configured(library, case).unstructure(date(2026, 6, 1)) == LIBRARIES[library]().unstructure(date(2026, 6, 1))


@each_case
def test_two_formats_may_live_beside_one_another(case: Case) -> None:
    here, there = configure_converter(Converter(), case), make_converter("camel" if case == "snake" else "snake")
    assert here.structure(full(Balance, case), Balance) == value_of(Balance)
    assert there.unstructure(value_of(Balance)) != here.unstructure(value_of(Balance)) == full(Balance, case)


@each_case
def test_one_more_converter_of_the_same_options_needs_no_more_source(case: Case) -> None:
    assert read_with_a_new_converter(case) == value_of(Balance)
    sources = set(linecache.cache)
    assert read_with_a_new_converter(case) == value_of(Balance)
    assert set(linecache.cache) == sources


def read_with_a_new_converter(case: Case) -> Balance:
    return make_converter(case).structure(full(Balance, case), Balance)


def test_a_converter_comes_back_as_what_it_was() -> None:
    own = Converter()
    assert configure_converter(own, "snake") is own


OPTIONS: list[dict[str, Any]] = [
    {"strict": strict, "exact": exact, "internal": internal}
    for strict, exact, internal in product((False, True), (False, True, "text"), (False, True))
]

each_options = pytest.mark.parametrize(
    "options",
    OPTIONS,
    ids=lambda options: "".join(f"{key[0]}{value}" for key, value in options.items() if value) or "none",
)


@cache
def optioned(case: Case, **options: Any) -> Any:
    return make_converter(case, **options)


def both_ways(case: Case, options: dict[str, Any]) -> list[Any]:
    return [optioned(case, **options), configure_converter(Converter(), case, **options)]


@each_case
@each_options
def test_strict_refuses_what_is_unknown_whatever_else_is_asked_for(case: Case, options: dict[str, Any]) -> None:
    for made in both_ways(case, options):
        document = {"balance": 5, "tomorrow": 1}
        if options["strict"]:
            with pytest.raises(WireError, match=r"^1 problem\n\$\.tomorrow: unknown key$"):
                made.structure(document, Rollover)
        else:
            assert made.structure(document, Rollover) == Rollover(balance=5)


@each_case
@each_options
def test_exact_writes_every_digit_whatever_else_is_asked_for(case: Case, options: dict[str, Any]) -> None:
    tier = Tier(to=None, amount=Decimal("0.12345678901234567890123"), flat_amount=2)
    expected: dict[Any, list[Any]] = {
        False: [0.12345678901234568, 2],
        True: [tier.amount, tier.flat_amount],
        "text": ["0.12345678901234567890123", "2"],
    }
    for made in both_ways(case, options):
        shown = made.unstructure(tier)
        assert same(list(shown.values())[1:], expected[options["exact"]])
        assert (made.structure(shown, Tier) == tier) is bool(options["exact"])


LAST = datetime.max.replace(tzinfo=UTC)


@each_case
@each_options
def test_a_fraction_of_a_millisecond_is_written(case: Case, options: dict[str, Any]) -> None:
    reset = Reset(interval=Interval.YEAR, resets_at=datetime(2100, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
    for made in both_ways(case, options):
        shown = made.unstructure(reset)
        assert type(list(shown.values())[1]) is (Decimal if options["exact"] is True else float)
        assert made.structure(shown, Reset) == reset


@each_case
def test_exact_keeps_microseconds_where_a_double_does_not(case: Case) -> None:
    reset = Reset(interval=Interval.YEAR, resets_at=LAST)
    exactly = make_converter(case, exact=True)
    assert exactly.structure(exactly.unstructure(reset), Reset) == reset


@each_case
def test_the_last_moment_there_is_can_be_read_as_it_is_written(case: Case) -> None:
    shown = written(Reset(interval=Interval.YEAR, resets_at=LAST), case)
    assert LAST - read(shown, Reset, case).resets_at < timedelta(milliseconds=1)


@each_case
@each_options
def test_internal_writes_what_is_hidden_whatever_else_is_asked_for(case: Case, options: dict[str, Any]) -> None:
    item = Breakdown(included_grant=10, remaining=0, usage=Decimal("12.5"))
    overages: dict[Any, Any] = {False: 2.5, True: Decimal("2.5"), "text": "2.5"}
    hidden = {"object": "balance_breakdown", "overage": overages[options["exact"]]}
    for made in both_ways(case, options):
        shown = made.unstructure(item)
        assert {key: shown[key] for key in hidden if key in shown} == (hidden if options["internal"] else {})
        assert made.structure(shown, Breakdown) == item


@each_case
@each_options
def test_every_class_goes_there_and_back_with_any_options(case: Case, options: dict[str, Any]) -> None:
    made = optioned(case, **options)

    def test(cls: type) -> None:
        assert same(made.structure(made.unstructure(value_of(cls)), cls), value_of(cls))

    try_each(BY_NAME.items(), test)


@pytest.mark.parametrize("case", ["kebab", "", "Snake", None, 5])
def test_a_case_that_does_not_exist_is_refused(case: Any) -> None:
    with pytest.raises(ValueError, match="case"):
        make_converter(case)
    with pytest.raises(ValueError, match="case"):
        configure_converter(Converter(), case)


RULE = RolloverRule(max=Decimal("2.5"), months=3)
RESET = Reset(interval=Interval.MONTH)

VALUES: dict[str, Any] = {
    "a list": [RULE, RESET],
    "a tuple": (RULE, RESET),
    "a dict": {"some_key": RULE, "gpt-4.1": RESET},
    "a set": {RULE},
    "a frozenset": frozenset({RULE}),
    "a mixture": {"a": [(RULE, None)], "b": {"c": frozenset({RESET})}},
    "nothing": [],
}


@each_case
@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_containers_of_values_are_written_as_json_has_them(case: Case, values: Any) -> None:
    shown = converter(case).unstructure(values)
    assert same(json.loads(json.dumps(shown)), shown)


@each_case
@each_class
def test_every_value_is_written_as_json_has_it(case: Case, cls: type) -> None:
    shown = converter(case).unstructure([value_of(cls)])
    assert same(json.loads(json.dumps(shown, allow_nan=False)), shown)
