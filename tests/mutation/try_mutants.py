"""Try the mutants of a session of `cosmic-ray`, each in a process of its own, with the tests that run its lines.

`python tests/mutation/try_mutants.py SESSION` needs Python 3.12, which tells cheaply which lines a test runs. It writes
the results where `cr-rate` and `cr-report` find them. A run that was stopped goes on where it was. With a number of
seconds behind the session, a mutant that lives so long is given up: that soon makes a list of those that may live.
`tell_survivors.py --forget` lets them be tried again. Mutants that are listed as equivalent are left out, but with
`--listed` they are tried, too: then `tell_survivors.py` names those that are listed and do not live.

All tests are collected once. A mutant is a copy of this process in which the changed functions have new code, so most
mutants take a fraction of a second. Where a change is not within a function, or a test has run the line before the copy
was made, a new Python imports a changed copy of the package. No file of the checkout changes.
"""

import contextlib
import gc
import multiprocessing
import os
import pkgutil
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from inspect import CO_OPTIMIZED
from itertools import accumulate
from math import inf
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple, TypeVar

import pytest
from mutants import PACKAGE, ROOT, WORK, WORK_DB, Mutant, equivalents, mutant_of, pending

LINES: Final[Any] = getattr(sys, "monitoring")  # noqa: B009  (Python 3.11 has none)

OPTIONS: Final = ["-q", "-n0", "-s", "-p", "no:cacheprovider", "--hypothesis-profile=quick"]
TESTS: Final = [*(str(path) for path in sorted(ROOT.glob("tests/test_*.py"))), str(ROOT / "tests/laws")]
NOT_THESE: Final = {"test_packaging.py", "test_contributing.py", "test_reference.py"}
SOME: Final = 6
FEW: Final = 20
MOST_MEMORY: Final = 6 << 30

T = TypeVar("T")
Line = tuple[str, int]
Costs = dict[int, float]


class Known(NamedTuple):
    """What a run without a change has told: how long each test takes, and which tests run a line."""

    costs: Costs
    runs: dict[Line, list[int]]
    imported: set[Line]


class Watch:
    """The lines of the package that have run since the last look."""

    def __init__(self) -> None:
        """Begin to watch."""
        self.seen: set[Line] = set()
        LINES.use_tool_id(LINES.COVERAGE_ID, "mutants")
        LINES.register_callback(LINES.COVERAGE_ID, LINES.events.LINE, self._see)
        LINES.set_events(LINES.COVERAGE_ID, LINES.events.LINE)

    def _see(self, code: CodeType, line: int) -> object:
        if code.co_filename.startswith(PACKAGE):
            self.seen.add((code.co_filename, line))
        return LINES.DISABLE

    def look(self) -> set[Line]:
        """Return the lines, and forget them."""
        seen, self.seen = self.seen, set()
        LINES.restart_events()
        return seen

    def end(self) -> None:
        """Watch no more."""
        LINES.set_events(LINES.COVERAGE_ID, 0)
        LINES.free_tool_id(LINES.COVERAGE_ID)


class Loop:
    """A plugin of pytest that tries the mutants in place of running the tests."""

    def __init__(self, session: str, most: float = inf, *, tries_listed: bool = False) -> None:
        """Keep the session of `cosmic-ray`, and the seconds that a mutant may take; import the package."""
        self.session, self.most, self.tries_listed = session, most, tries_listed
        self.watch, self.has_failed = Watch(), False
        for module in pkgutil.walk_packages([PACKAGE], "balances."):
            if not module.name.startswith("balances.testing"):  # It imports Hypothesis, which pytest does itself.
                import_module(module.name)
        self.imported = self.watch.look()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn what the tests run, and then try each mutant."""
        items = [item for item in session.items if item.path.name not in NOT_THESE]
        costs, runs = _in_a_copy(self._learn, items)
        self.watch.end()
        functions = _functions()
        gc.freeze()
        self._try_all(items, Known(costs, runs, self.imported), functions)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notice a failure."""
        self.has_failed = self.has_failed or report.failed

    def _learn(self, items: Sequence[pytest.Item]) -> tuple[Costs, dict[Line, list[int]]]:
        _be_silent()
        costs: Costs = {}
        runs: dict[Line, list[int]] = defaultdict(list)
        self.watch.look()
        for place, item in enumerate(items):
            start = time.perf_counter()
            self.run(item, items[place + 1] if place + 1 < len(items) else None)
            costs[place] = time.perf_counter() - start
            if self.has_failed:
                raise pytest.UsageError(f"a test fails without any mutant: {item.nodeid}")
            for line in self.watch.look():
                runs[line].append(place)
        return costs, dict(runs)

    def run(self, item: pytest.Item, following: pytest.Item | None) -> None:
        """Run a test, and keep what the next one needs too."""
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)

    def _try_all(
        self, items: Sequence[pytest.Item], known: Known, functions: dict[CodeType, list[FunctionType]]
    ) -> None:
        work = pending(self.session)
        context = multiprocessing.get_context("fork")
        results, place = context.SimpleQueue(), context.Value("i", 0)

        def try_some() -> None:
            trial = Trial(self, items, known, functions)
            while True:
                with place:
                    mine, place.value = place.value, place.value + 1
                if mine >= len(work):
                    return
                mutant = mutant_of(work[mine])
                results.put((mutant.job, *trial.of(mutant)))

        workers = [context.Process(target=try_some) for _ in range(os.cpu_count() or 1)]
        for worker in workers:
            worker.start()
        with WORK_DB.use_db(self.session) as database:
            for done in range(1, len(work) + 1):
                job, lives, output = results.get()
                outcome = WORK.TestOutcome.SURVIVED if lives else WORK.TestOutcome.KILLED
                result = WORK.WorkResult(worker_outcome=WORK.WorkerOutcome.NORMAL, test_outcome=outcome, output=output)
                database.set_result(job, result)
                if lives or not done % 100:
                    print(f"{done} of {len(work)} {output if lives else ''}", flush=True)
        for worker in workers:
            worker.join()


class Trial:
    """How one process tries mutants. It remembers which tests have killed others."""

    def __init__(
        self, loop: Loop, items: Sequence[pytest.Item], known: Known, functions: dict[CodeType, list[FunctionType]]
    ) -> None:
        """Begin without memories."""
        self.loop, self.items, self.known, self.functions = loop, items, known, functions
        self.kills: Counter[str] = Counter()
        self.killers: dict[Path, Counter[int]] = defaultdict(Counter)
        self.listed = {} if loop.tries_listed else equivalents()

    def of(self, mutant: Mutant) -> tuple[bool, str]:
        """Return whether a mutant lives, and what there is to say of it. One that is listed as equivalent does."""
        if mutant.key in self.listed:
            return True, "listed"
        try:
            before, after = (compile(text, str(mutant.path), "exec") for text in (mutant.before, mutant.after))
        except (SyntaxError, ValueError) as error:
            return False, f"no Python: {error}"
        if before == after and _parts(before) == _parts(after):
            return True, f"no change: {mutant.path.name}:{mutant.lines.start}"
        places = self._first(self._order(mutant))
        changed = [(old, new) for old, new in zip(_parts(before), _parts(after), strict=False) if old != new]
        is_within = len(_parts(before)) == len(_parts(after)) and _shape(before) == _shape(after)
        if is_within and all(old in self.functions for old, _ in changed):
            killer, count = self._try(changed, places), len(places)
            if killer is not None:
                self.kills[_function(self.items[killer])] += 1
                self.killers[mutant.path][killer] += 1
                return False, self.items[killer].nodeid
            if self.known.imported.isdisjoint(mutant.places()):
                return True, f"{mutant.path.name}:{mutant.lines.start} after {count} tests"
        return self._try_anew(mutant, places)

    def _order(self, mutant: Mutant) -> list[int]:
        """Return the tests to run: those that killed others of the file, some of each function, and then all."""
        runs = self.known.runs
        found = {place for line in mutant.places() for place in runs.get(line, ())}
        if not found:
            # It runs when the package is imported, and whatever is made of it may be seen anywhere.
            found = set(self.known.costs)
        killers = [place for place, _ in self.killers[mutant.path].most_common() if place in found]
        ranked = sorted(found.difference(killers[:40]), key=self._rank)
        met: Counter[str] = Counter()
        some, others = list[int](), list[int]()
        for place in ranked:
            name = _function(self.items[place])
            met[name] += 1
            (some if met[name] <= SOME else others).append(place)
        return [*killers[:40], *some, *others]

    def _first(self, places: list[int]) -> list[int]:
        """Return the first tests that together take as long as they may."""
        whole = accumulate(self.known.costs[place] for place in places)
        return [place for place, so_far in zip(places, whole, strict=True) if so_far <= self.loop.most] or places[:1]

    def _rank(self, place: int) -> float:
        return (self.known.costs[place] + 0.005) / (1 + self.kills[_function(self.items[place])])

    def _try(self, changed: Iterable[tuple[CodeType, CodeType]], places: Sequence[int]) -> int | None:
        """Return the first test that fails in a copy of this process with other functions, if one does."""
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            self._be(changed, places, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as told:
            last = told.read()
        _, status = os.waitpid(child, 0)
        _end_group(child)
        if os.waitstatus_to_exitcode(status) == 0:
            return None
        return places[len(last) - 1 if last else 0]

    def _be(self, changed: Iterable[tuple[CodeType, CodeType]], places: Sequence[int], writing: int) -> None:
        """Be a mutant, until a test fails; a test that never ends fails too."""
        code = 1
        try:
            os.setsid()
            _be_silent()
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            for old, new in changed:
                for function in self.functions[old]:
                    function.__code__ = new
            for each, following in zip(places, [*places[1:], None], strict=True):
                signal.setitimer(signal.ITIMER_REAL, 10 + 10 * self.known.costs[each])
                os.write(writing, b".")
                self.loop.run(self.items[each], None if following is None else self.items[following])
                if self.loop.has_failed:
                    os._exit(1)
            code = 0
        finally:
            os._exit(code)

    def _try_anew(self, mutant: Mutant, places: Sequence[int]) -> tuple[bool, str]:
        """Let a new Python import a changed copy of the package, and run the tests."""
        names = list(dict.fromkeys(_address(self.items[place]) for place in places))
        limit = 60 + 5 * sum(self.known.costs[place] for place in places)
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(PACKAGE, Path(folder, "balances"))
            Path(folder, mutant.path.relative_to(ROOT)).write_text(mutant.after)
            code = 0
            # To collect a few takes a fifth of collecting all, and most mutants do not live longer.
            for some in filter(None, (names[:FEW], names[FEW:])):
                code = _code_of_tests(some, folder, limit)
                if code:
                    break
        return code == 0, f"{mutant.path.name}:{mutant.lines.start} anew, after {len(names)} functions, {code}"


def _code_of_tests(names: Sequence[str], folder: str, limit: float) -> int:
    """Run tests in a new Python, with the package in a folder; return its code, which is not 0 after a failure."""
    tests = subprocess.Popen(
        [sys.executable, "-P", "-m", "pytest", "-x", *OPTIONS, *names],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": folder},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = tests.wait(limit)
    except subprocess.TimeoutExpired:
        code = 1
    _end_group(tests.pid)
    tests.wait()
    return code


def _in_a_copy(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function in a copy of this process, so that nothing of it remains here."""
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()

    def call() -> None:
        try:
            results.put(function(*arguments))
        except pytest.UsageError as error:
            results.put(error)

    process = context.Process(target=call)
    process.start()
    while results.empty():
        if not process.is_alive() and results.empty():
            raise pytest.UsageError("the tests could not be run without a mutant")
        time.sleep(0.1)
    result: T | pytest.UsageError = results.get()
    process.join()
    if isinstance(result, pytest.UsageError):
        raise result
    return result


def _be_silent() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def _end_group(process: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(process, signal.SIGKILL)


def _functions() -> dict[CodeType, list[FunctionType]]:
    """Return the functions of the package by their code."""
    found: dict[CodeType, list[FunctionType]] = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(PACKAGE):
            found[thing.__code__].append(thing)
    return dict(found)


def _parts(module: CodeType) -> list[CodeType]:
    """Return the functions of a module, those of its classes too, in the order of the text."""
    parts = [part for part in module.co_consts if isinstance(part, CodeType)]
    return [each for part in parts for each in ([part] if part.co_flags & CO_OPTIMIZED else _parts(part))]


def _shape(module: CodeType) -> object:
    """Return all that a module is beside its functions."""
    constants = [
        _shape_of(each) if isinstance(each, CodeType) else (type(each).__name__, repr(each))
        for each in module.co_consts
    ]
    return module.co_code, module.co_names, constants


def _shape_of(part: CodeType) -> object:
    return "a function" if part.co_flags & CO_OPTIMIZED else _shape(part)


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _address(item: pytest.Item) -> str:
    return str(ROOT / _function(item))


if __name__ == "__main__":
    session, *numbers = [argument for argument in sys.argv[1:] if argument != "--listed"]
    loop = Loop(session, *map(float, numbers), tries_listed="--listed" in sys.argv)
    sys.exit(pytest.main([*OPTIONS, *TESTS], plugins=[loop]))
