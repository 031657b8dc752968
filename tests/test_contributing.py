"""The pages for contributors name what there is: every file, every law, every word of the code."""

import ast
import re
import tomllib
from operator import attrgetter
from pathlib import Path
from typing import Final

import pytest
from test_packaging import ROOMS

import balances

ROOT: Final = Path(__file__).parent.parent
LAWS: Final = ROOT / "tests" / "laws"
DOCS: Final = ROOT / "docs"
CONTRIBUTING: Final = (DOCS / "contributing.md").read_text("utf-8")
GLOSSARY: Final = (DOCS / "glossary.md").read_text("utf-8")
ENTRIES: Final = re.findall(r"^- \*\*(.+?)\*\*(?: \((.+?)\))?: ", GLOSSARY, re.MULTILINE)


def rows(text: str) -> list[list[str]]:
    """Return the cells of every row of every table."""
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:1] == "|"]


def section(text: str, title: str) -> str:
    """Return the text under a heading of the second level."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def mapped() -> dict[str, tuple[str, ...]]:
    """Return the files that the map names, room by room, in its order."""
    parts = re.split(r"^### `(\w+)(?:/|\.py)`$", section(CONTRIBUTING, "The map"), flags=re.MULTILINE)[1:]
    rooms = zip(parts[::2], parts[1::2], strict=True)
    return {
        room: tuple(map(module_of, re.findall(r"^\| `([\w/]+)\.py` \|", text, re.MULTILINE))) for room, text in rooms
    }


def module_of(file: str) -> str:
    """Return the module that a file of a room holds."""
    return file.replace("/", ".").removesuffix(".__init__")


def law_of(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(docstring.partition("\n\n")[0].split())


def test_the_map_names_every_room_and_file_in_order() -> None:
    assert list(mapped().items()) == list(ROOMS.items())


def test_the_drawing_names_every_room_and_stands_on_the_first() -> None:
    drawing = section(CONTRIBUTING, "The map").partition("```text")[2].partition("```")[0]
    assert list(reversed(re.findall(r"^ (\w+) ", drawing, re.MULTILINE))) == list(ROOMS)


def test_the_table_of_laws_quotes_every_law() -> None:
    quoted = {file.strip("`"): f"Law: {law}" for file, law in rows(section(CONTRIBUTING, "The laws"))[2:]}
    assert quoted == {path.name: law_of(path) for path in LAWS.glob("test_*.py")}


@pytest.mark.parametrize("name", [name for _, names in ENTRIES for name in re.findall("`([^`]*)`", names)])
def test_a_name_of_the_glossary_exists(name: str) -> None:
    attrgetter(name)(balances)


def test_the_index_links_to_every_page() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if "_build" not in path.parts}
    index = (DOCS / "index.md").read_text("utf-8")
    linked = set(re.findall(r"\]\(([^):#]*\.md)(?:#[^)]*)?\)", index))
    assert {page for page in pages if not page.startswith("reference/")} - {"index.md"} == linked - {
        "reference/index.md"
    }


def test_every_word_of_the_glossary_stands_there_once() -> None:
    words = [word for word, _ in ENTRIES]
    assert len(words) == len(set(words)) == len(re.findall("^- ", GLOSSARY, re.MULTILINE)) > 50


def test_the_page_on_compatibility_has_the_versions_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pythons = [name.rpartition(" ")[2] for name in project["classifiers"] if re.search(r":: 3\.\d+$", name)]
    needed = [*project["dependencies"], *project["optional-dependencies"]["testing"]]
    table = rows(section((DOCS / "compatibility.md").read_text("utf-8"), "Pythons and dependencies"))[2:]
    stated = {needs.partition(",")[0].strip("`"): versions for needs, versions in table}
    assert stated.pop("Python") == ", ".join(pythons)
    assert stated == {name: f"{least} or later" for name, least in (each.split(">=") for each in needed)}
