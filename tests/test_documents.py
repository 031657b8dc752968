"""Every example in the README, the docs and the docstrings runs, and prints what it says it prints.

In a document an example stands in a fence marked ``python``: either a script or a session of ``>>>``. The fences of one
document share one namespace, in order.
"""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import balances

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in path.parts),
]
WITHOUT_EXAMPLES = (
    "docs/changelog.md",
    "docs/glossary.md",
    "docs/how-this-is-tested.md",
    "docs/quickstart.md",
    "docs/scope.md",
    "docs/security.md",
    "docs/reference/",
    "docs/how-to/advance-with-spark.md",
)
EXAMPLES = [*DOCUMENTS, *sorted((ROOT / "docs" / "how-to").glob("*.py")), ROOT / "docs" / "quickstart.py"]
ABOUT_TESTS = ("README.md", "docs/how-to/test-your-code.md", "docs/how-to/test_sell_messages.py")
PROGRAMS = (
    "docs/quickstart.md",
    "docs/how-to/book-a-payment-once.md",
    "docs/how-to/keep-a-balance-in-django.md",
    "docs/how-to/keep-a-balance-in-sqlalchemy.md",
    "docs/how-to/store-a-balance-without-losing-updates.md",
    "docs/how-to/warn-before-it-runs-out.md",
    "docs/how-to/waste-less.md",
)

OPENING = re.compile(r"(?P<indent>\s*)(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)")
PROMPT = re.compile(r"\s*>>>(\s|$)")
DIRECTIVE = r"(code|code-block|code-cell|doctest|ipython|sourcecode|testcode)"
FENCE_OF_PYTHON = rf"(`{{3,}}|~{{3,}}|:{{3,}})\s*(py|ipython|doctest|\{{{DIRECTIVE}\}})"
STRAY = re.compile(rf"[\s>*+-]*({FENCE_OF_PYTHON}|\.\. {DIRECTIVE}::|>>>(\s|$))")


class Fence(NamedTuple):
    """A fenced block: what its first line says, which line that is, and what it holds."""

    info: str
    line: int
    body: str


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def fences(text: str) -> Iterator[Fence]:
    lines = enumerate(text.splitlines(), start=1)
    for number, line in lines:
        if opening := OPENING.fullmatch(line):
            yield Fence(opening["info"].strip(), number, _body(lines, opening, number))


def _body(lines: Iterator[tuple[int, str]], opening: re.Match[str], number: int) -> str:
    closing = re.compile(rf"\s*{opening['mark']}{opening['mark'][0]}*\s*")
    body: list[str] = []
    for _, line in lines:
        if closing.fullmatch(line):
            return "".join(f"{line}\n" for line in body)
        body.append(line.removeprefix(opening["indent"]))
    message = f"the fence of line {number} is never closed"
    raise ValueError(message)


def examples(text: str) -> list[Fence]:
    return [fence for fence in fences(text) if fence.info == "python"]


def strays(text: str) -> list[str]:
    """Find the Python that no test would run: examples anywhere but in a fence marked ``python``."""
    run = {n for fence in examples(text) for n in range(fence.line, fence.line + fence.body.count("\n") + 2)}
    lines = enumerate(text.splitlines(), start=1)
    return [f"line {n}: {line}" for n, line in lines if n not in run and STRAY.match(line)]


def run_session(source: str, namespace: dict[str, Any], *, name: str, file: str, line: int) -> None:
    test = doctest.DocTestParser().get_doctest(source, {}, name, file, line)
    # A session gets a copy of what it is given; the fences after it want what it defines.
    test.globs = namespace
    report: list[str] = []
    if doctest.DocTestRunner(verbose=False).run(test, out=report.append, clear_globs=False).failed:
        pytest.fail("".join(report), pytrace=False)


def run_script(source: str, namespace: dict[str, Any], *, file: str, line: int) -> None:
    assert not any(PROMPT.match(text) for text in source.splitlines()), f"{file}:{line} is neither script nor session"
    exec(compile("\n" * line + source, file, "exec", dont_inherit=True), namespace)


def run_document(path: Path, namespace: dict[str, Any]) -> None:
    for fence in examples(path.read_text("utf-8")):
        if PROMPT.match(fence.body):
            run_session(fence.body, namespace, name=path.name, file=str(path), line=fence.line)
        else:
            run_script(fence.body, namespace, file=str(path), line=fence.line)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_examples_of_a_document_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", reader)
    run_document(path, vars(reader))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_no_example_of_a_document_is_passed_over(path: Path) -> None:
    assert strays(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_a_document_has_examples_unless_it_needs_none(path: Path) -> None:
    assert examples(path.read_text("utf-8")) or name_of(path).startswith((*WITHOUT_EXAMPLES, *PROGRAMS))


@pytest.mark.parametrize("path", [path for path in EXAMPLES if name_of(path) not in ABOUT_TESTS], ids=name_of)
def test_no_page_about_production_builds_with_the_helpers_for_tests(path: Path) -> None:
    text = path.read_text("utf-8")
    shown = text if path.suffix == ".py" else "".join(fence.body for fence in examples(text))
    assert "balances.testing" not in shown


@pytest.mark.parametrize("page", PROGRAMS)
def test_a_program_prints_what_its_page_shows(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    (program,) = {fence.info.split()[-1] for fence in fences(text) if fence.info.startswith("{literalinclude}")}
    command = [sys.executable, "-I", "-X", "utf8", "-W", "error", str((ROOT / page).parent / program)]
    printed = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    assert [fence.body for fence in fences(text) if fence.info == "text"] == [printed]


class Docstring(NamedTuple):
    """A docstring with examples, and where it stands."""

    name: str
    module: ModuleType
    line: int
    text: str


def docstrings() -> Iterator[Docstring]:
    """Find the examples in the source, because `doctest.DocTestFinder` overlooks what a decorator has wrapped."""
    for name in ("balances", *(info.name for info in pkgutil.walk_packages(balances.__path__, "balances."))):
        module = importlib.import_module(name)
        tree = ast.parse(inspect.getsource(module))
        yield from (Docstring(at, module, line, text) for at, line, text in _strings(tree, name) if ">>> " in text)


def _strings(node: ast.AST, name: str) -> Iterator[tuple[str, int, str]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Expr(value=ast.Constant(value=str() as text), lineno=line):
                yield name, line - 1, text
            case ast.ClassDef() | ast.FunctionDef():
                yield from _strings(child, f"{name}.{child.name}")
            case _:
                pass


@pytest.mark.parametrize("docstring", list(docstrings()), ids=lambda docstring: docstring.name)
def test_examples_of_a_docstring_run(docstring: Docstring) -> None:
    namespace = vars(docstring.module).copy()
    file = str(docstring.module.__file__)
    run_session(docstring.text, namespace, name=docstring.name, file=file, line=docstring.line)


def wide(text: str, *, columns: int = 88) -> list[str]:
    """Find the lines that a page cuts off."""
    return [line for line in text.splitlines() if len(line) > columns]


def wide_in_session(session: str) -> list[str]:
    parts = doctest.DocTestParser().get_examples(session)
    inputs = [line for part in parts for line in wide(part.source, columns=84)]
    return inputs + [line for part in parts if not part.exc_msg for line in wide_in_output(part.want)]


def wide_in_output(output: str) -> list[str]:
    """Pass over the message of an error, which is one line however long it is."""
    return [line for line in wide(output) if ": expected " not in line]


def wide_in_fence(fence: Fence) -> list[str]:
    if PROMPT.match(fence.body):
        return wide_in_session(fence.body)
    return wide_in_output(fence.body) if fence.info == "text" else wide(fence.body)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_no_line_of_code_in_a_document_is_cut_off(path: Path) -> None:
    shown = [fence for fence in fences(path.read_text("utf-8")) if not fence.info.startswith("{")]
    assert [line for fence in shown for line in wide_in_fence(fence)] == []


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.suffix == ".py"], ids=name_of)
def test_no_line_of_a_program_is_cut_off(path: Path) -> None:
    assert wide(path.read_text("utf-8")) == []


def test_no_line_of_an_example_in_a_docstring_is_cut_off() -> None:
    found = {docstring.name: wide_in_session(docstring.text) for docstring in docstrings()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("info", "body", "found"),
    [
        ("python", f"x = {'1' * 84}", []),
        ("python", f"x = {'1' * 85}", [f"x = {'1' * 85}"]),
        ("python", f"raise ValueError('x: expected {'1' * 85}')", [f"raise ValueError('x: expected {'1' * 85}')"]),
        ("python", f">>> {'1' * 84}\n{'1' * 88}", []),
        ("python", f">>> {'1' * 85}\n1", ["1" * 85]),
        ("python", f">>> if x:\n...     {'1' * 81}", [f"    {'1' * 81}"]),
        ("python", f">>> 1\n{'1' * 89}", ["1" * 89]),
        ("python", f">>> 1\nTraceback (most recent call last):\nValueError: {'1' * 89}", []),
        ("python", f">>> 1\n$.granted: expected a number, got {'1' * 89}", []),
        ("text", "1" * 89, ["1" * 89]),
        ("text", f"granted: expected a number, got {'1' * 89}", []),
        ("sh", "1" * 89, ["1" * 89]),
    ],
)
def test_a_line_is_cut_off_after_88_columns_unless_it_is_a_message(info: str, body: str, found: list[str]) -> None:
    assert wide_in_fence(Fence(info, 1, f"{body}\n")) == found


@pytest.mark.parametrize(
    "stray",
    [
        ">>> 1",
        "    >>> 1",
        "> >>> 1",
        "```py\n1\n```",
        "```pycon\n>>> 1\n1\n```",
        "```python3\n1\n```",
        "```python title\n1\n```",
        "```\n>>> 1\n1\n```",
        "~~~ python\n~~~\n~~~py\n~~~",
        "> ```python\n> 1\n> ```",
        "- ```python\n  1\n  ```",
        "````{tab}\n```python\n1\n```\n````",
        "```{doctest}\n1\n```",
        "```{code-block} python\n1\n```",
        "```{eval-rst}\n.. doctest::\n```",
        ":::{code} python\n:::",
    ],
)
def test_python_anywhere_else_is_refused(stray: str) -> None:
    assert strays(f"Text.\n\n{stray}\n\n```python\n>>> 1\n1\n```\n")


@pytest.mark.parametrize("text", ["A `>>>` prompt.", "```sh\npython3\n```", "```{literalinclude} quick.py\n```"])
def test_what_is_no_example_is_left_alone(text: str) -> None:
    assert not strays(text)
    assert not examples(text)


def test_a_fence_left_open_is_refused() -> None:
    with pytest.raises(ValueError, match="the fence of line 3 is never closed"):
        examples("Text.\n\n```python\n>>> 1\n")


def test_a_wrong_session_names_its_line(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("Text.\n\n```python\none = 1\n```\n\n```python\n>>> one\n1\n>>> one + 1\n3\n```\n", "utf-8")
    with pytest.raises(pytest.fail.Exception, match=r'page\.md", line 10, in page\.md(.|\n)*Got:\n    2'):
        run_document(document, {})


def test_a_wrong_script_names_its_line(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("Text.\n\n```python\none = 1\nassert one == 2\n```\n", "utf-8")
    with pytest.raises(AssertionError) as caught:
        run_document(document, {})
    assert str(caught.traceback[-1].path) == str(document)
    assert caught.traceback[-1].lineno + 1 == 5


def test_a_script_with_prompts_is_refused(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("```python\none = 1\n>>> one\n1\n```\n", "utf-8")
    with pytest.raises(AssertionError, match="neither script nor session"):
        run_document(document, {})
