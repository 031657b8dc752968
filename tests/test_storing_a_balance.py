"""What the page about storing a balance shows loses nothing, whatever is done at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
import store_a_balance as store
from sqlalchemy import Engine, event, select

from balances import Balance, InsufficientBalance, OverageBehavior, combine, track, undo
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
