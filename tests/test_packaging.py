"""What an installed `balances` is made of: its files, its rooms, and what importing it costs."""

import ast
import importlib
import importlib.util
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import balances

# A room may import from those above it.
ROOMS = (
    "errors",
    "amounts",
    "instants",
    "reprs",
    "maps",
    "fields",
    "making",
    "intervals",
    "grids",
    "features",
    "values",
    "controls",
    "overages",
    "purchases",
    "resets",
    "rollovers",
    "totals",
    "windows",
    "access",
    "receipts",
    "ordering",
    "ledgers",
    "credits",
    "usage",
    "undoing",
    "holds",
    "pricing",
    "plans",
    "events",
    "lives",
    "timeline",
    "simulations",
    "forecasts",
    "svg",
    "bars",
    "burndowns",
    "pictures",
    "wire",
    "testing",
)
APART = ("wire", "testing")
DRAWING = ("svg", "bars", "burndowns")
LATE = ("json", "hypothesis", "cattrs", *(f"balances.{room}" for room in (*APART, *DRAWING)))

PACKAGE = Path(balances.__file__).parent
CHECKOUT = Path(__file__).parent.parent / "balances"
SOURCES = sorted(PACKAGE.rglob("*.py"))


def files(package: Path) -> set[str]:
    found = (path.relative_to(package) for path in package.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def modules() -> list[str]:
    return ["balances", *(info.name for info in pkgutil.walk_packages(balances.__path__, "balances."))]


def public_rooms() -> list[ModuleType]:
    present = {info.name for info in pkgutil.iter_modules(balances.__path__)}
    return [importlib.import_module(f"balances.{room}") for room in ROOMS if room in present.difference(APART)]


def room_of(source: Path) -> str:
    """Name the room a file belongs to; that of the package's own `__init__` has no name."""
    return source.relative_to(PACKAGE).with_suffix("").parts[0].removeprefix("__init__")


def rooms_imported(source: Path) -> set[str]:
    """Name the rooms a file imports from; the package itself, and names taken from it, count as rooms."""
    package = ".".join(source.relative_to(PACKAGE.parent).parent.parts)
    imports = (f"{name}." for name in _imports(ast.parse(source.read_text("utf-8")), package))
    return {name.split(".")[1] for name in imports if name.startswith("balances.")}


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                origin = importlib.util.resolve_name("." * level + (module or ""), package)
                yield from (f"{origin}.{alias.name}" for alias in names)
            case _:
                pass


def test_every_file_of_the_checkout_is_in_the_package() -> None:
    assert files(PACKAGE) == files(CHECKOUT)


def test_the_package_is_typed() -> None:
    assert "py.typed" in files(PACKAGE)


def test_importing_loads_only_what_it_needs() -> None:
    code = "import sys; before = set(sys.modules); import balances; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True)
    loaded = set(run.stdout.split())
    assert "balances" in loaded
    assert not loaded.intersection(LATE)


@pytest.mark.parametrize("name", modules())
def test_a_module_says_what_it_exports(name: str) -> None:
    module = importlib.import_module(name)
    assert [export for export in module.__all__ if not hasattr(module, export)] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.relative_to(PACKAGE).as_posix())
def test_a_room_imports_only_from_rooms_above(source: Path) -> None:
    room = room_of(source)
    above = set(ROOMS[: ROOMS.index(room)]) | {room} if room else set(ROOMS).difference(APART)
    assert rooms_imported(source) <= above


def test_the_package_exports_what_its_rooms_export() -> None:
    exported = [name for room in public_rooms() for name in room.__all__]
    assert balances.__all__ == sorted(exported)


def test_an_export_is_what_its_room_exports() -> None:
    assert all(getattr(balances, name) is getattr(room, name) for room in public_rooms() for name in room.__all__)


def test_no_room_bears_the_name_of_an_export() -> None:
    assert not set(ROOMS).intersection(balances.__all__)
