"""What the page about storing a balance shows loses nothing, whatever is done at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
import store_a_balance as store
from sqlalchemy import Engine, delete, event, select

from balances import Balance, Hold, InsufficientBalance, OverageBehavior, combine, confirm, hold, release, track, undo
from balances.testing import assert_conserved, item, rollover, usage_based

pytestmark = pytest.mark.heavy

THREADS = 8
USAGES = 25
ALL = THREADS * USAGES

reject = partial(track, overage_behavior=OverageBehavior.REJECT)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = store.open_store(f"sqlite:///{tmp_path / 'balances.db'}")
    yield engine
    engine.dispose()


def at_the_same_time(work: Callable[[int, int], object]) -> None:
    """Call it from several threads, which all start together, with the thread and the turn."""
    start = Barrier(THREADS)

    def turns(thread: int) -> None:
        start.wait(timeout=60)
        for turn in range(USAGES):
            work(thread, turn)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(turns, range(THREADS)))


def receipted(engine: Engine) -> Decimal:
    """Add up all receipts there are."""
    with engine.connect() as connection:
        documents = connection.execute(select(store.receipts.c.document)).scalars().all()
    return sum((line.amount for document in documents for line in store.read_receipt(document)), Decimal(0))


def test_no_usage_is_lost(engine: Engine) -> None:
    plan = item(50, id="plan", price=usage_based(0.1))
    before = combine([plan], [rollover(10)], feature_id="messages")
    store.add(engine, "ada", before)
    amount = Decimal("0.7")

    def use(thread: int, turn: int) -> None:
        store.change(engine, "ada", f"{thread}/{turn}", lambda balance: track(balance, amount))

    at_the_same_time(use)
    after = store.load(engine, "ada")
    assert after.usage == receipted(engine) == ALL * amount
    assert after.remaining == 0
    assert_conserved(after)


def test_what_is_capped_is_never_overdrawn(engine: Engine) -> None:
    granted = ALL // 2
    store.add(engine, "ada", Balance(feature_id="messages", granted=granted, remaining=granted, usage=0))
    refused: list[str] = []

    def use(thread: int, turn: int) -> None:
        try:
            store.change(engine, "ada", f"{thread}/{turn}", lambda balance: reject(balance, 1))
        except InsufficientBalance:
            refused.append(f"{thread}/{turn}")

    at_the_same_time(use)
    after = store.load(engine, "ada")
    assert after.usage == granted
    assert after.remaining == 0
    assert len(refused) == ALL - granted
    assert receipted(engine) == granted
    assert all(store.receipt(engine, "ada", request_id) is None for request_id in refused)


def test_what_is_given_back_at_the_same_time_is_not_lost_either(engine: Engine) -> None:
    before = Balance(feature_id="messages", granted=ALL, remaining=ALL, usage=0)
    store.add(engine, "ada", before)

    def use_and_give_back(thread: int, turn: int) -> None:
        taken = store.change(engine, "ada", f"{thread}/{turn}", lambda balance: reject(balance, 1))
        store.change(engine, "ada", f"{thread}/{turn}/undo", lambda balance: undo(balance, taken))

    at_the_same_time(use_and_give_back)
    assert store.load(engine, "ada") == before
    assert receipted(engine) == 0


def test_a_request_that_several_send_counts_once(engine: Engine) -> None:
    store.add(engine, "ada", Balance(feature_id="messages", granted=ALL, remaining=ALL, usage=0))
    answers: list[object] = []

    def use(_: int, turn: int) -> None:
        answers.append(store.change(engine, "ada", f"{turn}", lambda balance: track(balance, 1)))

    at_the_same_time(use)
    assert store.load(engine, "ada").usage == receipted(engine) == USAGES
    assert (len(answers), len(set(answers))) == (ALL, 1)


@pytest.mark.parametrize("statement", [2, 3])
def test_a_request_that_overtakes_itself_counts_once(engine: Engine, statement: int) -> None:
    store.add(engine, "ada", Balance(feature_id="messages", granted=100, remaining=100, usage=0))
    seen: list[str] = []

    def overtake(*arguments: object) -> None:
        seen.append(str(arguments[2]))
        if len(seen) == statement:
            store.change(engine, "ada", "req_1", lambda balance: track(balance, 5))

    event.listen(engine, "before_cursor_execute", overtake)
    store.change(engine, "ada", "req_1", lambda balance: track(balance, 5))
    assert store.load(engine, "ada").usage == receipted(engine) == 5


def held(engine: Engine, hold_id: str, amount: int) -> None:
    store.open_hold(engine, "ada", hold_id, lambda balance: hold(balance, amount, id=hold_id))


def open_holds(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(store.open_holds.c.hold_id)).scalars().all())


def using(amount: int) -> store.Settlement:
    return lambda balance, held: confirm(balance, held, used=amount)


def test_a_hold_is_a_row_until_it_is_settled(engine: Engine) -> None:
    store.add(engine, "ada", Balance(feature_id="messages", granted=100, remaining=100, usage=0))
    held(engine, "call_1", 30)
    held(engine, "call_2", 40)
    assert open_holds(engine) == ["call_1", "call_2"]
    assert store.load(engine, "ada").remaining == 30
    store.settle(engine, "ada", "call_1/confirm", "call_1", using(10))
    store.settle(engine, "ada", "call_2/release", "call_2", release)
    assert open_holds(engine) == []
    assert store.load(engine, "ada").usage == receipted(engine) == 10


@pytest.mark.parametrize(("first", "second"), [(using(10), release), (release, using(10)), (release, release)])
def test_a_hold_that_is_settled_cannot_be_settled_again(
    engine: Engine, first: store.Settlement, second: store.Settlement
) -> None:
    store.add(engine, "ada", Balance(feature_id="messages", granted=100, remaining=100, usage=0))
    held(engine, "call_1", 30)
    store.settle(engine, "ada", "first", "call_1", first)
    settled = store.load(engine, "ada")
    with pytest.raises(store.NotOpen, match="the hold call_1 is not open"):
        store.settle(engine, "ada", "second", "call_1", second)
    assert store.load(engine, "ada") == settled
    assert store.receipt(engine, "ada", "second") is None


def test_the_same_confirmation_sent_again_gets_the_same_receipt(engine: Engine) -> None:
    store.add(engine, "ada", Balance(feature_id="messages", granted=100, remaining=100, usage=0))
    held(engine, "call_1", 30)
    held(engine, "call_1", 30)
    answers = {store.settle(engine, "ada", "call_1/confirm", "call_1", using(10)) for _ in range(3)}
    assert len(answers) == 1
    assert store.load(engine, "ada").usage == receipted(engine) == 10


def test_of_those_who_settle_a_hold_at_the_same_time_one_does(engine: Engine) -> None:
    store.add(engine, "ada", Balance(feature_id="messages", granted=ALL, remaining=ALL, usage=0))
    for turn in range(USAGES):
        held(engine, f"call_{turn}", 4)
    lost: list[str] = []

    def settle(thread: int, turn: int) -> None:
        name = f"call_{turn}"
        try:
            store.settle(engine, "ada", f"{name}/{thread}", name, release if thread % 2 else using(3))
        except store.NotOpen:
            lost.append(name)

    at_the_same_time(settle)
    assert (len(lost), open_holds(engine)) == (ALL - USAGES, [])
    after = store.load(engine, "ada")
    assert after.usage == receipted(engine)
    assert after.usage % 3 == 0
    assert_conserved(after)


@pytest.mark.parametrize("statement", [2, 3, 4])
def test_whoever_deletes_no_row_has_lost(engine: Engine, statement: int) -> None:
    store.add(engine, "ada", Balance(feature_id="messages", granted=100, remaining=100, usage=0))
    held(engine, "call_1", 30)
    seen: list[str] = []

    def overtake(*arguments: object) -> None:
        seen.append(str(arguments[2]))
        if len(seen) == statement:
            store.settle(engine, "ada", "faster", "call_1", using(10))

    event.listen(engine, "before_cursor_execute", overtake)
    with pytest.raises(store.NotOpen):
        store.settle(engine, "ada", "slower", "call_1", release)
    assert store.load(engine, "ada").usage == receipted(engine) == 10


def test_a_row_that_somebody_deleted_by_hand_stops_the_settlement(engine: Engine) -> None:
    before = Balance(feature_id="messages", granted=100, remaining=100, usage=0)
    store.add(engine, "ada", before)
    held(engine, "call_1", 30)

    def deleting(balance: Balance, held: Hold) -> store.Outcome:
        with engine.begin() as connection:
            connection.execute(delete(store.open_holds))
        return release(balance, held)

    with pytest.raises(store.NotOpen, match="expected to change one row, changed 0"):
        store.settle(engine, "ada", "call_1/release", "call_1", deleting)
    assert store.load(engine, "ada").remaining == 70


def test_who_was_overtaken_computes_again(engine: Engine) -> None:
    store.add(engine, "ada", Balance(feature_id="messages", granted=100, remaining=100, usage=0))
    seen: list[Decimal] = []

    def overtaken_once(balance: Balance) -> store.Outcome:
        seen.append(balance.usage)
        if len(seen) == 1:
            store.change(engine, "ada", "faster", lambda balance: track(balance, 30))
        return track(balance, 5)

    store.change(engine, "ada", "slower", overtaken_once)
    assert seen == [0, 30]
    assert store.load(engine, "ada").usage == receipted(engine) == 35


def test_who_is_always_overtaken_is_told_and_nothing_has_happened(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "ATTEMPTS", 3)
    store.add(engine, "ada", Balance(feature_id="messages", granted=100, remaining=100, usage=0))
    times: list[Balance] = []

    def always_overtaken(balance: Balance) -> store.Outcome:
        times.append(balance)
        store.change(engine, "ada", f"faster {len(times)}", lambda balance: track(balance, 1))
        return track(balance, 5)

    with pytest.raises(store.Conflict, match="ada was changed by others 3 times"):
        store.change(engine, "ada", "slower", always_overtaken)
    assert store.load(engine, "ada").usage == receipted(engine) == 3
    assert store.receipt(engine, "ada", "slower") is None


def test_a_change_that_raises_leaves_nothing_behind(engine: Engine) -> None:
    before = Balance(feature_id="messages", granted=3, remaining=3, usage=0)
    store.add(engine, "ada", before)
    with pytest.raises(InsufficientBalance):
        store.change(engine, "ada", "req_1", lambda balance: reject(balance, 4))
    assert store.load(engine, "ada") == before
    assert store.receipt(engine, "ada", "req_1") is None


def test_every_digit_comes_back(engine: Engine) -> None:
    before = combine([item(100, id="plan")], [rollover(Decimal("1e-20"))], feature_id="credits")
    store.add(engine, "ada", before)
    tracked = track(before, 2, credit_cost=Decimal(1) / 3)
    store.change(engine, "ada", "req_1", lambda balance: track(balance, 2, credit_cost=Decimal(1) / 3))
    assert store.load(engine, "ada") == tracked.balance
    assert store.receipt(engine, "ada", "req_1") == tracked.deductions
