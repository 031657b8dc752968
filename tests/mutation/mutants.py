"""The mutants of a session of `cosmic-ray`, and those that are known to change no answer.

`equivalents.*.toml` lists them, each under the reason. A mutant is known by its file, its function and its
changed line.
"""

import ast
import difflib
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

MUTATING: Final[Any] = import_module("cosmic_ray.mutating")
PLUGINS: Final[Any] = import_module("cosmic_ray.plugins")
WORK: Final[Any] = import_module("cosmic_ray.work_item")
WORK_DB: Final[Any] = import_module("cosmic_ray.work_db")

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PACKAGE: Final = str(ROOT / "balances")


class Mutant(NamedTuple):
    """One change: the job of it in the session, and the file before and after."""

    job: str
    path: Path
    lines: range
    before: str
    after: str

    def places(self) -> Iterator[tuple[str, int]]:
        """Go through the lines that it changes."""
        return ((str(self.path), line) for line in self.lines)

    @property
    def file(self) -> str:
        """Return the path within the package."""
        return self.path.relative_to(PACKAGE).as_posix()

    def text(self, sign: str = "+") -> str:
        """Return the changed lines as one, after the change; or before it, with a minus."""
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), n=0, lineterm="")
        return " ".join(line[1:].strip() for line in list(lines)[2:] if line[0] == sign)

    @property
    def key(self) -> tuple[str, str]:
        """Return what `equivalents.*.toml` knows it by: `file.py:function`, and the line."""
        inside = [name for name, lines in _scopes(self.before) if self.lines.start in lines]
        return ":".join([self.file, *inside[-1:]]), self.text()


@cache
def _scopes(text: str) -> list[tuple[str, range]]:
    """Return the functions and classes of a module with their lines, the outer before the inner."""

    def inside(node: ast.AST, names: tuple[str, ...] = ()) -> Iterator[tuple[str, range]]:
        for child in ast.iter_child_nodes(node):
            below = names
            if isinstance(child, (ast.ClassDef, ast.FunctionDef)):
                below = (*names, child.name)
                yield ".".join(below), range(child.lineno, (child.end_lineno or child.lineno) + 1)
            yield from inside(child, below)

    return list(inside(ast.parse(text)))


def mutant_of(item: Any) -> Mutant:
    """Make the change of an item of work."""
    (mutation,) = item.mutations
    path = ROOT / mutation.module_path
    before = path.read_text()
    operator = PLUGINS.get_operator(mutation.operator_name)(**mutation.operator_args)
    after = MUTATING.mutate_code(before, operator, mutation.occurrence)
    lines = range(mutation.start_pos[0], mutation.end_pos[0] + 1)
    return Mutant(item.job_id, path, lines, before, before if after is None else after)


def pending(session: str) -> list[Any]:
    """Return the work that is left, in the order of the text, so that what one mutant has taught serves the next."""
    with WORK_DB.use_db(session) as database:
        items: list[Any] = list(database.pending_work_items)
    return sorted(items, key=lambda item: (item.mutations[0].module_path, item.mutations[0].start_pos))


def survivors(session: str) -> list[Mutant]:
    """Return the mutants that live."""
    with WORK_DB.use_db(session) as database:
        living = [item for item, result in database.completed_work_items if not result.is_killed]
    return sorted(map(mutant_of, living), key=lambda mutant: (mutant.path, mutant.lines.start))


def equivalents() -> dict[tuple[str, str], str]:
    """Return the reason why no test can fail, for each mutant that changes no answer."""
    found: dict[tuple[str, str], str] = {}
    for path in sorted(HERE.glob("equivalents.*.toml")):
        for group in tomllib.loads(path.read_text())["equivalent"]:
            found |= {(place, line): group["why"] for place, lines in group["lines"].items() for line in lines}
    return found
