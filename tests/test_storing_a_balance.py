"""The store of the page about storing a balance loses nothing, whatever is done at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
import store_a_balance as store
from databases import NAMES, address
from helpers import day
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import NoResultFound, ProgrammingError

from balances import (
    Balance,
    HoldExpired,
    InsufficientBalance,
    OverageBehavior,
    Reset,
    advance,
    combine,
    hold,
    track,
)
from balances.testing import assert_conserved, item, rollover, usage_based

pytestmark = pytest.mark.heavy

THREADS = 6
USAGES = 12
ALL = THREADS * USAGES
NOW = day(1, 30, 12)
FEBRUARY = day(2, 3)
HUNDRED = Balance(feature_id="messages", granted=100, remaining=100, usage=0)

use = partial(store.use, at=NOW)
reject = partial(use, behavior=OverageBehavior.REJECT)
give_back = partial(store.give_back, at=NOW)
open_hold = partial(store.open_hold, at=NOW)
confirm = partial(store.confirm_hold, at=NOW)
release = partial(store.release_hold, at=NOW)


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url, options = address(request.param, tmp_path)
    engine = store.open_store(url, **options)
    yield engine
    store.metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture
def overtakable(tmp_path: Path) -> Iterator[Engine]:
    """Let others write between the reading and the writing of a transaction."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'balances.db'}")
    store.metadata.create_all(engine)
    store.add(engine, "ada", HUNDRED)
    yield engine
    engine.dispose()


def before_statement(engine: Engine, number: int, act: Callable[[], object]) -> None:
    """Do something before a statement, counted from 1. The statements of what is done are counted, too."""
    seen: list[str] = []

    def count(*arguments: Any) -> None:
        seen.append(arguments[2])
        if len(seen) == number:
            act()

    event.listen(engine, "before_cursor_execute", count)


def at_the_same_time(work: Callable[[int, int], object]) -> None:
    """Call it from several threads, which all start together, with the thread and the turn."""
    start = Barrier(THREADS)

    def turns(thread: int) -> None:
        start.wait(timeout=60)
        for turn in range(USAGES):
            work(thread, turn)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(turns, range(THREADS)))


def load(engine: Engine) -> Balance:
    return store.load(engine, "ada", at=NOW)


def count(engine: Engine, table: sa.Table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(sa.func.count()).select_from(table)).scalar_one()


def receipted(engine: Engine) -> Decimal:
    """Add up all receipts there are."""
    with engine.connect() as connection:
        receipts = connection.execute(select(store.operations.c.receipt)).scalars().all()
    return sum((line.amount for receipt in receipts for line in receipt), Decimal(0))


def test_no_usage_is_lost(engine: Engine) -> None:
    plan = item(50, id="plan", price=usage_based(0.1))
    store.add(engine, "ada", combine([plan], [rollover(10)], feature_id="messages"))
    at_the_same_time(lambda thread, turn: use(engine, f"{thread}/{turn}", "ada", 0.7))
    after = load(engine)
    assert after.usage == receipted(engine) == ALL * Decimal("0.7")
    assert count(engine, store.operations) == ALL
    assert_conserved(after)


def test_what_is_refused_beyond_the_grant_is_never_overdrawn(engine: Engine) -> None:
    granted = ALL // 2
    store.add(engine, "ada", Balance(feature_id="messages", granted=granted, remaining=granted, usage=0))
    refused: list[str] = []

    def attempt(thread: int, turn: int) -> None:
        try:
            reject(engine, f"{thread}/{turn}", "ada", 1)
        except InsufficientBalance:
            refused.append(f"{thread}/{turn}")

    at_the_same_time(attempt)
    assert load(engine).usage == granted
    assert load(engine).remaining == 0
    assert len(refused) == ALL - granted
    assert count(engine, store.operations) == receipted(engine) == granted


def test_a_request_that_several_send_counts_once(engine: Engine) -> None:
    store.add(engine, "ada", Balance(feature_id="messages", granted=USAGES - 1, remaining=USAGES - 1, usage=0))
    answers: list[store.Answer] = []
    at_the_same_time(lambda _, turn: answers.append(use(engine, f"{turn}", "ada", 1)))
    assert load(engine).usage == receipted(engine) == USAGES - 1
    assert (len(answers), len(set(answers))) == (ALL, 2)
    assert [answer.untracked for answer in answers].count(Decimal(1)) == THREADS


@pytest.mark.parametrize("other", [partial(use, amount=6), partial(release, hold_id="call_1")])
def test_another_request_under_the_same_id_is_an_error(engine: Engine, other: Callable[..., object]) -> None:
    store.add(engine, "ada", HUNDRED)
    use(engine, "req_1", "ada", 5)
    with pytest.raises(store.OtherRequest, match=r"^req_1: expected {.*'use': '5'.*}, got {"):
        other(engine, "req_1", "ada")
    assert load(engine).usage == 5


def test_the_same_request_about_another_balance_is_an_error(engine: Engine) -> None:
    store.add(engine, "ada", HUNDRED)
    store.add(engine, "bob", HUNDRED)
    use(engine, "req_1", "ada", 5)
    with pytest.raises(store.OtherRequest):
        use(engine, "req_1", "bob", 5)
    assert store.load(engine, "bob", at=NOW) == HUNDRED


def test_partial_undos_never_give_back_more_than_was_taken(engine: Engine) -> None:
    store.add(engine, "ada", combine([item(100, id="plan")], [rollover(10)], feature_id="messages"))
    use(engine, "before", "ada", 7)
    use(engine, "req_1", "ada", 30)
    answers: list[store.Answer] = []
    at_the_same_time(lambda thread, turn: answers.append(give_back(engine, f"{thread}/{turn}", "ada", "req_1", 1)))
    assert load(engine).usage == receipted(engine) == 7
    assert -sum(answer.untracked for answer in answers) == ALL - 30
    assert_conserved(load(engine))


def test_an_operation_of_another_balance_is_not_undone(engine: Engine) -> None:
    store.add(engine, "ada", HUNDRED)
    store.add(engine, "bob", HUNDRED)
    use(engine, "req_1", "ada", 5)
    use(engine, "req_2", "bob", 5)
    with pytest.raises(store.NotDone, match="req_1 is no operation of bob"):
        give_back(engine, "req_3", "bob", "req_1", 5)
    open_hold(engine, "call_1", "ada", 5)
    with pytest.raises(store.NotOpen, match="the hold call_1 of bob is not open"):
        release(engine, "call_1/release", "bob", "call_1")
    assert store.load(engine, "bob", at=NOW).usage == 5
    assert count(engine, store.open_holds) == 1


def test_a_hold_is_a_row_until_it_is_settled(engine: Engine) -> None:
    store.add(engine, "ada", HUNDRED)
    open_hold(engine, "call_1", "ada", 30)
    open_hold(engine, "call_2", "ada", 40)
    assert load(engine).remaining == 30
    assert count(engine, store.open_holds) == 2
    confirm(engine, "call_1/confirm", "ada", "call_1", 10)
    release(engine, "call_2/release", "ada", "call_2")
    assert count(engine, store.open_holds) == 0
    assert load(engine).usage == receipted(engine) == 10


def test_a_hold_that_is_settled_cannot_be_settled_again(engine: Engine) -> None:
    store.add(engine, "ada", HUNDRED)
    open_hold(engine, "call_1", "ada", 30)
    first = [confirm(engine, "call_1/confirm", "ada", "call_1", 10) for _ in range(3)]
    with pytest.raises(store.NotOpen, match="the hold call_1 of ada is not open"):
        release(engine, "call_1/release", "ada", "call_1")
    assert first[0] == first[1] == first[2]
    assert load(engine).usage == receipted(engine) == 10
    assert count(engine, store.operations) == 2


def test_of_those_who_settle_a_hold_at_the_same_time_one_does(engine: Engine) -> None:
    store.add(engine, "ada", Balance(feature_id="messages", granted=1000, remaining=1000, usage=0))
    for turn in range(USAGES):
        open_hold(engine, f"call_{turn}", "ada", 4, expires_at=NOW + timedelta(minutes=1))
    lost: list[str] = []

    def settle(thread: int, turn: int) -> None:
        name = f"call_{turn}"
        try:
            if thread == 0:
                store.release_expired(engine, at=NOW + timedelta(minutes=2))
            elif thread % 2:
                release(engine, f"{name}/{thread}", "ada", name)
            else:
                confirm(engine, f"{name}/{thread}", "ada", name, 3)
        except store.NotOpen:
            lost.append(name)

    at_the_same_time(settle)
    after = load(engine)
    assert count(engine, store.open_holds) == 0
    assert count(engine, store.operations) == 2 * USAGES
    assert len(lost) >= ALL - USAGES - USAGES
    assert after.usage == receipted(engine)
    assert after.usage % 3 == 0
    assert_conserved(after)


def test_an_expired_hold_is_released_and_cannot_be_confirmed(engine: Engine) -> None:
    store.add(engine, "ada", HUNDRED)
    open_hold(engine, "call_1", "ada", 30, expires_at=NOW + timedelta(minutes=1))
    open_hold(engine, "call_2", "ada", 30)
    store.release_expired(engine, at=NOW)
    late = NOW + timedelta(minutes=1)
    with pytest.raises(HoldExpired):
        store.confirm_hold(engine, "call_1/confirm", "ada", "call_1", 10, at=late)
    assert load(engine).usage == 60
    assert count(engine, store.open_holds) == 2
    store.release_expired(engine, at=late)
    store.release_expired(engine, at=late)
    assert load(engine).usage == 30
    assert count(engine, store.open_holds) == 1


def monthly_with_overage() -> Balance:
    reset = Reset(interval="month", resets_at=day(2, 1))
    plan = item(100, 120, id="plan", price=usage_based(0.05), reset=reset)
    free = item(10, 15, id="free", reset=reset)
    return combine([plan, free], feature_id="messages")


def billed(engine: Engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(select(store.bills)).all()
    return [(row.item_id, row.overage, row.cost) for row in rows]


def test_a_reset_is_billed_once_whoever_comes_first(engine: Engine) -> None:
    store.add(engine, "ada", monthly_with_overage())

    def come(thread: int, turn: int) -> None:
        store.use(engine, f"{thread}/{turn}", "ada", 1, at=FEBRUARY)
        store.bring_forward(engine, "ada", at=FEBRUARY)

    at_the_same_time(come)
    assert billed(engine) == [("plan", "20", "1")]
    assert store.load(engine, "ada", at=FEBRUARY).usage == receipted(engine) == ALL


def test_to_read_or_to_bring_forward_writes_nothing_where_nothing_is_due(engine: Engine) -> None:
    before = monthly_with_overage()
    store.add(engine, "ada", before)
    store.bring_forward(engine, "ada", at=NOW)
    assert store.load(engine, "ada", at=FEBRUARY) == advance(before, to=FEBRUARY).balance
    assert load(engine) == before
    assert (count(engine, store.operations), billed(engine)) == (0, [])
    store.bring_forward(engine, "ada", at=FEBRUARY)
    store.bring_forward(engine, "ada", at=FEBRUARY)
    assert (count(engine, store.operations), len(billed(engine))) == (1, 1)


def test_a_refusal_leaves_nothing_behind(engine: Engine) -> None:
    store.add(engine, "ada", HUNDRED)
    with pytest.raises(InsufficientBalance):
        reject(engine, "req_1", "ada", 101)
    with pytest.raises(InsufficientBalance):
        open_hold(engine, "call_1", "ada", 101)
    assert load(engine) == HUNDRED
    assert (count(engine, store.operations), count(engine, store.open_holds)) == (0, 0)
    assert reject(engine, "req_1", "ada", 100).untracked == 0


def test_every_digit_comes_back(engine: Engine) -> None:
    before = combine([item(100, id="plan")], [rollover(Decimal("1e-20"))], feature_id="credits")
    store.add(engine, "ada", before)
    amount = Decimal(2) / 3
    answer = use(engine, "req_1", "ada", amount)
    assert load(engine) == track(before, amount).balance
    assert answer.receipt == use(engine, "req_1", "ada", amount).receipt == track(before, amount).deductions
    open_hold(engine, "call_1", "ada", amount)
    with engine.connect() as connection:
        stored = connection.execute(select(store.open_holds.c.hold)).scalar_one()
    assert stored == hold(track(before, amount).balance, amount, id="call_1").hold


def losing_the_answer(engine: Engine, monkeypatch: pytest.MonkeyPatch, *, times: int, is_committed: bool) -> None:
    """Let the next commits fail, before or after they have happened."""
    commit, failures = engine.dialect.do_commit, iter(range(times))

    def failing(connection: Any) -> None:
        is_failing = next(failures, None) is not None
        if is_committed or not is_failing:
            commit(connection)
        if is_failing:
            raise engine.dialect.loaded_dbapi.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(engine.dialect, "do_commit", failing)


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_lost_answer_is_asked_for_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool
) -> None:
    store.add(engine, "ada", HUNDRED)
    losing_the_answer(engine, monkeypatch, times=2, is_committed=is_committed)
    assert use(engine, "req_1", "ada", 130).untracked == 30
    assert load(engine).usage == receipted(engine) == 100
    assert count(engine, store.operations) == 1


@pytest.mark.parametrize("is_committed", [True, False])
def test_who_gets_no_answer_repeats_the_request(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool
) -> None:
    monkeypatch.setattr(store, "ATTEMPTS", 1)
    store.add(engine, "ada", HUNDRED)
    losing_the_answer(engine, monkeypatch, times=1, is_committed=is_committed)
    with pytest.raises(store.Unanswered, match="req_1: repeat it with the same id"):
        use(engine, "req_1", "ada", 130)
    assert load(engine).usage == (100 if is_committed else 0)
    assert use(engine, "req_1", "ada", 130).untracked == 30
    assert load(engine).usage == receipted(engine) == 100


def test_a_mistake_in_a_statement_is_not_tried_again(engine: Engine) -> None:
    seen: list[Balance] = []

    def wrong(tx: sa.Connection, balance: Balance) -> store.Outcome:
        seen.append(balance)
        tx.execute(sa.insert(store.bills).values(number="one", operation_id={}))
        return store.Outcome(balance)

    store.add(engine, "ada", HUNDRED)
    with pytest.raises(ProgrammingError):
        store.once(engine, "req_1", {"balance": "ada"}, wrong, at=NOW)
    assert (load(engine), len(seen)) == (HUNDRED, 1)


def test_a_balance_that_is_not_there_is_an_error(engine: Engine) -> None:
    with pytest.raises(NoResultFound):
        use(engine, "req_1", "nobody", 1)


@pytest.mark.parametrize("statement", [2, 3])
def test_a_request_that_overtakes_itself_counts_once(overtakable: Engine, statement: int) -> None:
    before_statement(overtakable, statement, lambda: use(overtakable, "req_1", "ada", 5))
    assert use(overtakable, "req_1", "ada", 5).untracked == 0
    assert load(overtakable).usage == receipted(overtakable) == 5


@pytest.mark.parametrize("statement", [2, 3])
def test_who_was_overtaken_computes_again(overtakable: Engine, statement: int) -> None:
    before_statement(overtakable, statement, lambda: use(overtakable, "faster", "ada", 98))
    assert use(overtakable, "slower", "ada", 5).untracked == 3
    assert load(overtakable).usage == receipted(overtakable) == 100


@pytest.mark.parametrize("statement", [2, 3])
def test_a_confirmation_that_overtakes_itself_gets_its_answer(overtakable: Engine, statement: int) -> None:
    open_hold(overtakable, "call_1", "ada", 30)
    before_statement(overtakable, statement, lambda: confirm(overtakable, "call_1/confirm", "ada", "call_1", 10))
    answer = confirm(overtakable, "call_1/confirm", "ada", "call_1", 10)
    assert [line.amount for line in answer.receipt] == [10]
    assert load(overtakable).usage == receipted(overtakable) == 10


@pytest.mark.parametrize("statement", [2, 3])
def test_whoever_deletes_no_row_has_lost(overtakable: Engine, statement: int) -> None:
    open_hold(overtakable, "call_1", "ada", 30)
    before_statement(overtakable, statement, lambda: confirm(overtakable, "faster", "ada", "call_1", 10))
    with pytest.raises(store.NotOpen):
        release(overtakable, "slower", "ada", "call_1")
    assert load(overtakable).usage == receipted(overtakable) == 10


def test_who_is_always_overtaken_is_told_and_nothing_has_happened(
    overtakable: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "ATTEMPTS", 3)
    times: list[Balance] = []

    def always_overtaken(_: sa.Connection, balance: Balance) -> store.Outcome:
        times.append(balance)
        use(overtakable, f"faster {len(times)}", "ada", 1)
        return store.Outcome(balance)

    with pytest.raises(store.Unanswered) as caught:
        store.once(overtakable, "slower", {"balance": "ada"}, always_overtaken, at=NOW)
    assert isinstance(caught.value.__cause__, store.Overtaken)
    assert load(overtakable).usage == receipted(overtakable) == 3
    assert count(overtakable, store.operations) == 3
