"""The store of the how-to page with faults: processes are killed at random moments, and nothing is lost.

Eight writers use, give back, hold, confirm and release amounts of the same few balances, and sweep expired holds. Each
writes down what it asks before it asks, and the answer once it has it. The writers are killed one after the other. Each
is replaced by one that first repeats, under the same id, what was asked and not answered. In the end all books must
agree: the notes of the writers, the operations stored, and the balances.

    python tests/databases.py python tests/store_faults.py
"""

import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from databases import NAMES, address

sys.path.append(str(Path(__file__).parent.parent / "docs" / "how-to"))

import store_a_balance as store

from balances import Balance, Breakdown, HoldExpired, InsufficientBalance, OverageBehavior, combine

WRITERS: Final = 8
KILLS: Final = int(os.environ.get("BALANCES_KILLS", "200"))
IDS: Final = ("ada", "bob", "eve")
GRANT: Final = 2000
FIRST: Final[tuple[dict[str, str], ...]] = (
    {"balance": "ada", "use": "5", "behavior": "cap"},
    {"balance": "ada", "undo": "first-0", "amount": "1"},
    {"balance": "ada", "hold": "5", "expires_at": "9000-01-01 00:00:00+00:00"},
    {"balance": "ada", "confirm": "first-2", "used": "6"},
)
REFUSALS: Final = (InsufficientBalance, HoldExpired, store.NotOpen)


def now() -> datetime:
    return datetime.now(UTC)


class Notes:
    """What one writer has asked, and what it was answered, on disk: a writer that is killed leaves them."""

    def __init__(self, path: Path) -> None:
        """Read the notes of an earlier writer."""
        self.name = path.stem
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        self.asked: dict[str, dict[str, str]] = {}
        self.answers: dict[str, tuple[str, str] | None] = {}
        self.repeated = 0
        for line in path.read_text("utf-8").splitlines():
            self._take(json.loads(line))

    def write(self, **note: Any) -> None:
        """Write a note in one piece, and keep it."""
        os.write(self._file, (json.dumps(note) + "\n").encode())
        self._take(note)

    def unanswered(self) -> list[str]:
        """Return the operations that may have happened or not."""
        return [operation_id for operation_id in self.asked if operation_id not in self.answers]

    def done(self, verb: str) -> list[str]:
        """Return the operations of one kind that have happened."""
        return [name for name, answer in self.answers.items() if answer and verb in self.asked[name]]

    def _take(self, note: dict[str, Any]) -> None:
        match note:
            case {"ask": operation_id, "request": request}:
                self.repeated += operation_id in self.asked
                self.asked[operation_id] = request
            case {"answer": operation_id, "units": units, "untracked": untracked}:
                self.answers[operation_id] = (units, untracked)
            case _:
                self.answers[note["refused"]] = None


def perform(engine: sa.Engine, notes: Notes, operation_id: str, request: dict[str, str]) -> None:
    """Ask for an operation, and note the answer. Repeat it under the same id while there is none."""
    notes.write(ask=operation_id, request=request)
    while operation_id in notes.unanswered():
        try:
            answer = ask(engine, operation_id, request)
        except store.Unanswered:
            continue
        except REFUSALS:
            notes.write(refused=operation_id)
        else:
            units = sum((line.units for line in answer.receipt), Decimal(0))
            notes.write(answer=operation_id, units=str(units), untracked=str(answer.untracked))


def ask(engine: sa.Engine, operation_id: str, request: dict[str, str]) -> store.Answer:
    match request:
        case {"balance": balance, "use": amount, "behavior": behavior}:
            return store.use(
                engine, operation_id, balance, Decimal(amount), at=now(), behavior=OverageBehavior(behavior)
            )
        case {"balance": balance, "undo": of, "amount": amount}:
            return store.give_back(engine, operation_id, balance, of, Decimal(amount), at=now())
        case {"balance": balance, "hold": amount, "expires_at": moment}:
            expires_at = datetime.fromisoformat(moment)
            return store.open_hold(engine, operation_id, balance, Decimal(amount), at=now(), expires_at=expires_at)
        case {"balance": balance, "confirm": hold, "used": used}:
            return store.confirm_hold(engine, operation_id, balance, hold, Decimal(used), at=now())
        case _:
            return store.release_hold(engine, operation_id, request["balance"], request["release"], at=now())


def requests(notes: Notes) -> Iterator[dict[str, str]]:
    """Draw requests: of uses and holds that were made, and of such that were settled or given back already."""
    while True:
        balance, amount = random.choice(IDS), str(Decimal(random.randint(1, 40)) / 8)
        held, used = notes.done("hold"), notes.done("use")
        match random.randint(0, 6):
            case 0 | 1:
                yield {"balance": balance, "use": amount, "behavior": random.choice(["cap", "reject"])}
            case 2 | 3:
                expires_at = now() + timedelta(seconds=random.uniform(0, 0.5))
                yield {"balance": balance, "hold": amount, "expires_at": str(expires_at)}
            case 4 if used:
                of = random.choice(used[-5:])
                yield {"balance": notes.asked[of]["balance"], "undo": of, "amount": amount}
            case 5 if held:
                hold = random.choice(held[-3:])
                yield {"balance": notes.asked[hold]["balance"], "confirm": hold, "used": amount}
            case 6 if held:
                hold = random.choice(held[-3:])
                yield {"balance": notes.asked[hold]["balance"], "release": hold}
            case _:
                pass


def write(name: str, folder: Path, number: int, life: int) -> None:
    """Ask for one operation after the other, until there is a file that says to stop."""
    random.seed(f"{number} {life}")
    url, options = address(name, folder)
    engine, notes = store.open_store(url, **options), Notes(folder / f"{number}.notes")
    for operation_id in notes.unanswered():
        perform(engine, notes, operation_id, notes.asked[operation_id])
    for turn, request in enumerate(requests(notes)):
        if (folder / "stop").exists():
            break
        perform(engine, notes, f"{number}-{life}-{turn}", request)
        if turn % 7 == number:
            store.release_expired(engine, at=now())
    engine.dispose()


class Outcome(NamedTuple):
    """The figures of one run, and the faults found."""

    seconds: float
    stored: int
    figures: Counter[str]
    faults: list[str]


def run(name: str, folder: Path) -> Outcome:
    """Let the writers work, and kill them."""
    url, options = address(name, folder)
    engine = store.open_store(url, **options)
    store.metadata.drop_all(engine)
    store.metadata.create_all(engine)
    for balance_id in IDS:
        items = [Breakdown(id="plan", included_grant=GRANT / 2), Breakdown(id="add-on", included_grant=GRANT / 2)]
        store.add(engine, balance_id, combine(items, feature_id="messages"))
    # What a process does for the first time takes long. So it is done here, before the writers are copies of this one.
    first = Notes(folder / "first.notes")
    for number, request in enumerate(FIRST):
        perform(engine, first, f"first-{number}", request)
    engine.dispose()
    began = time.monotonic()
    broken = kill(lambda number, life: write(name, folder, number, life), folder)
    seconds = time.monotonic() - began
    engine = store.open_store(url, **options)
    notes = [Notes(path) for path in sorted(folder.glob("*.notes"))]
    for each in notes:
        for operation_id in each.unanswered():
            perform(engine, each, operation_id, each.asked[operation_id])
    store.release_expired(engine, at=now() + timedelta(hours=1))
    with engine.connect() as connection:
        rows = connection.execute(sa.select(store.operations).order_by(store.operations.c.version)).all()
        is_held = connection.execute(sa.select(sa.func.count()).select_from(store.open_holds)).scalar_one()
    balances = {balance_id: store.load(engine, balance_id, at=now()) for balance_id in IDS}
    store.metadata.drop_all(engine)
    engine.dispose()
    faults = [
        *broken,
        *found_in(rows, notes),
        *(fault for each in IDS for fault in found_of(each, balances[each], rows)),
    ]
    faults += [f"{is_held} holds are left"] * bool(is_held)
    faults += [f"{each.name} was never answered" for each in notes if not each.answers]
    return Outcome(seconds, len(rows), figures_of(notes), faults)


def kill(work: Callable[[int, int], None], folder: Path) -> list[str]:
    """Start the writers, kill one at a time, and replace it; return which ended in any other way.

    Only processes started here are killed.
    """
    fork = multiprocessing.get_context("fork")

    def start(number: int, life: int) -> Any:
        process = fork.Process(target=work, args=(number, life))
        process.start()
        return process

    def end(number: int, expected: int) -> None:
        writers[number].join()
        if writers[number].exitcode != expected:
            broken.append(f"writer {number} ended with {writers[number].exitcode}, not {expected}")

    broken: list[str] = []
    writers = [start(number, 0) for number in range(WRITERS)]
    for life in range(1, KILLS + 1):
        time.sleep(random.uniform(0.05, 0.25))
        number = random.randrange(WRITERS)
        writers[number].kill()
        end(number, -signal.SIGKILL)
        writers[number] = start(number, life)
    (folder / "stop").touch()
    for number in range(WRITERS):
        end(number, 0)
    return broken


def found_in(rows: Sequence[Any], notes: list[Notes]) -> Iterator[str]:
    """Compare the operations stored with the notes of the writers."""
    stored = {row.id: row for row in rows}
    asked = {name: request for each in notes for name, request in each.asked.items()}
    for name, answer in ((name, answer) for each in notes for name, answer in each.answers.items()):
        if answer is None and name in stored:
            yield f"{name} was refused, and is stored"
        if answer and name not in stored:
            yield f"{name} was answered, and is not stored"
        if answer and name in stored:
            row = stored[name]
            units = sum((line.units for line in row.receipt), Decimal(0))
            if (str(units), row.untracked) != answer or row.request != asked[name]:
                yield f"{name} is stored as {row.request}, {units}, {row.untracked}, but was answered {answer}"
    swept = {f"{name}/expired" for name in asked}
    yield from (f"{name} is stored, and nobody asked for it" for name in stored if name not in asked.keys() | swept)


def found_of(balance_id: str, balance: Balance, rows: Sequence[Any]) -> Iterator[str]:
    """Add up the operations of a balance, without their receipts, and compare the sum with the balance."""
    own = [row for row in rows if row.balance_id == balance_id]
    if [row.version for row in own] != list(range(1, len(own) + 1)):
        yield f"{balance_id}: the versions are not one after the other"
    used, by_use, settled = Decimal(0), defaultdict[str, Decimal](Decimal), Counter[str]()
    for row in own:
        amount, untracked = row.request.get("use") or row.request.get("used") or "0", Decimal(row.untracked)
        used += Decimal(amount) - (untracked if amount != "0" else 0)
        if "undo" in row.request:
            given = Decimal(row.request["amount"]) + untracked
            used -= given
            by_use[row.undoes] += given
        if "use" in row.request:
            by_use[row.id] -= Decimal(amount) - untracked
        for verb in ("confirm", "release"):
            settled[row.request.get(verb, "")] += 1
    held = [row.id for row in own if "hold" in row.request]
    yield from (f"{name}: settled {settled[name]} times" for name in held if settled[name] != 1)
    yield from (f"{name}: {over} given back too much" for name, over in by_use.items() if over > 0)
    if balance.usage != used:
        yield f"{balance_id}: used {balance.usage}, but the operations add up to {used}"
    if balance.usage + balance.remaining != balance.granted or balance.remaining < 0:
        yield f"{balance_id}: {balance.granted} granted, {balance.usage} used, {balance.remaining} left"


def figures_of(notes: list[Notes]) -> Counter[str]:
    figures = Counter[str]()
    for each in notes:
        answered = Counter(answer is not None for answer in each.answers.values())
        figures += Counter(answered=answered[True], refused=answered[False], repeated=each.repeated)
    return figures


def main() -> int:
    faults = 0
    print(f"{WRITERS} writers, {KILLS} kills on each database")
    for name in NAMES:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            outcome = run(name, Path(folder))
        figures = ", ".join(f"{number:,} {word}" for word, number in outcome.figures.items())
        print(f"{name}: {outcome.seconds:.0f} s, {outcome.stored:,} operations stored, {figures}: ", end="")
        print(f"{len(outcome.faults)} faults", *outcome.faults[:10], sep="\n  ", flush=True)
        faults += len(outcome.faults)
    return int(faults > 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
