"""Hypothesis strategies for every value, for lawful balances and accounts, for payloads and for histories of usage.

Lawful values are those that a test of a service wants. They add up. They hold no unknown word, and no price without a
rate. Their ids are a few usual ones, so that a failing case is easy to read. `values`, and `lawful=False`, draw all
that can be read.

All that is drawn survives the wire, unless it is `exact`: a double holds every amount in its shortest repr, and the
milliseconds of every moment.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar, cast

from attrs import evolve
from hypothesis import strategies as st

from balances.base.amounts import Amount
from balances.base.instants import to_instant
from balances.testing.accounts import accounts_of
from balances.testing.lawful import LAWFUL_ITEMS, LAWFUL_ROLLOVERS, lawful_balances
from balances.testing.payloads import payloads_of
from balances.testing.rules import POLICIES, controls_of
from balances.testing.simple import amounts, exact_amounts, instants
from balances.testing.usual import FEATURE_IDS
from balances.testing.values import values_of
from balances.values.accounts import Account
from balances.values.balance import Balance, Breakdown, Rollover
from balances.values.controls import BillingControls
from balances.values.events import Usage
from balances.values.policies import Policy
from balances.wire.dialects import Case

__all__ = [
    "accounts",
    "amounts",
    "balances",
    "controls",
    "exact_amounts",
    "histories",
    "instants",
    "items",
    "payloads",
    "policies",
    "rollovers",
    "values",
]

T = TypeVar("T")


def values(cls: type[T], *, exact: bool = False) -> st.SearchStrategy[T]:
    """Return values of a class. If `exact`, some of their amounts can be written only by an exact converter.

    >>> from balances import Customer, wire
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(values(Customer))
    ... def test_a_customer_is_read_as_it_was_written(customer):
    ...     document = wire.snake.unstructure(customer)
    ...     assert wire.snake.structure(document, Customer) == customer
    >>> test_a_customer_is_read_as_it_was_written()
    """
    strategy: st.SearchStrategy[T] = values_of(cast("Hashable", cls), exact=exact)
    return strategy


def balances(*, lawful: bool = True, feature_id: str | None = None) -> st.SearchStrategy[Balance]:
    """Return balances in which `audit` finds nothing. Unless `lawful`, return all balances that can be read.

    Given a `feature_id`, all of them are balances of that feature.

    >>> from balances import audit
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(balances())
    ... def test_it_adds_up(balance):
    ...     assert audit(balance) == ()
    >>> test_it_adds_up()
    """
    drawn = lawful_balances(feature_id) if lawful else values(Balance)
    return drawn if lawful or feature_id is None else drawn.map(lambda each: evolve(each, feature_id=feature_id))


def items(*, lawful: bool = True) -> st.SearchStrategy[Breakdown]:
    """Return items that keep the law of conservation. Unless `lawful`, return all items that can be read.

    >>> from balances.testing import assert_conserved
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(items())
    ... def test_it_keeps_the_law(item):
    ...     assert_conserved(item)
    >>> test_it_keeps_the_law()
    """
    return LAWFUL_ITEMS if lawful else values(Breakdown)


def rollovers(*, lawful: bool = True) -> st.SearchStrategy[Rollover]:
    """Return rollovers with nothing used, or a part, or all. Unless `lawful`, return all that can be read.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(rollovers())
    ... def test_no_more_is_left_than_was_carried(rollover):
    ...     assert 0 <= rollover.balance <= rollover.granted
    >>> test_no_more_is_left_than_was_carried()
    """
    return LAWFUL_ROLLOVERS if lawful else values(Rollover)


def accounts(*, lawful: bool = True) -> st.SearchStrategy[Account]:
    """Return accounts of lawful balances, of features and of credit systems that contain them.

    Unless `lawful`, return accounts of any balances that can be read, of any features.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(accounts())
    ... def test_all_that_is_held_is_in_the_catalog(account):
    ...     assert {*account.balances} <= {feature.id for feature in account.features}
    >>> test_all_that_is_held_is_in_the_catalog()
    """
    return _ACCOUNTS if lawful else values(Account)


def controls(*, feature_id: str | None = None) -> st.SearchStrategy[BillingControls]:
    """Return billing controls that every function takes. Given a `feature_id`, they are about that feature.

    >>> from balances import check, track
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(balances(feature_id="messages"), controls(feature_id="messages"))
    ... def test_what_is_allowed_is_tracked(balance, controls):
    ...     if check(balance, 5, controls=controls):
    ...         assert track(balance, 5, controls=controls).untracked == 0
    >>> test_what_is_allowed_is_tracked()
    """
    return _CONTROLS if feature_id is None else controls_of(st.just(feature_id))


def policies() -> st.SearchStrategy[Policy]:
    """Return policies. Their zones are fixed offsets.

    >>> from balances import advance
    >>> from balances.testing import balance
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(policies())
    ... def test_without_items_nothing_happens(policy):
    ...     later = datetime(2027, 1, 1, tzinfo=UTC)
    ...     assert advance(balance(100), to=later, policy=policy).events == ()
    >>> test_without_items_nothing_happens()
    """
    return POLICIES


def payloads(cls: type, case: Case = "snake") -> st.SearchStrategy[dict[str, Any]]:
    """Return payloads that structure into a class: with keys missing that may be, and nulls where they may stand.

    To draw payloads that add up, write lawful values: `balances().map(wire.camel.unstructure)`.

    >>> from balances import Rollover, wire
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=10)
    ... @given(payloads(Rollover, "camel"))
    ... def test_it_can_be_read(payload):
    ...     assert isinstance(wire.camel.structure(payload, Rollover), Rollover)
    >>> test_it_can_be_read()
    """
    return payloads_of(cls, case)


def histories(
    *, start: datetime, until: datetime, amount: st.SearchStrategy[Amount] | None = None, max_size: int = 12
) -> st.SearchStrategy[list[Usage]]:
    """Return histories of usage as `simulate` takes them: in order of time, from `start` through `until`.

    Some of them happen at the same moment. An amount is whole, or so many hundredths, and never negative, unless the
    strategy of an `amount` is given.

    >>> from balances import simulate
    >>> from balances.testing import balance
    >>> from hypothesis import given, settings
    >>> start, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    >>> @settings(max_examples=10)
    ... @given(histories(start=start, until=until))
    ... def test_no_use_is_forgotten(history):
    ...     assert len(simulate(balance(100), history, until=until).steps) == len(history)
    >>> test_no_use_is_forgotten()
    """
    first, last = (to_instant(moment).replace(tzinfo=None) for moment in (start, until))
    moments = st.datetimes(first, last, timezones=st.just(UTC))
    of_each = _USED if amount is None else amount
    history = st.lists(st.builds(Usage, at=moments, amount=of_each), max_size=max_size)
    return history.map(lambda drawn: sorted(drawn, key=lambda usage: usage.at))


_USED: Final[st.SearchStrategy[Amount]] = st.integers(0, 200) | st.integers(0, 10**5).map(lambda number: number / 100)
_CONTROLS: Final = controls_of(FEATURE_IDS)
_ACCOUNTS: Final = accounts_of(lawful_balances(None), _CONTROLS)
