"""What an installed `balances` is made of: its files, its rooms, and what importing it costs."""

import ast
import importlib
import importlib.util
import pickle
import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

import balances
from balances import Limit, Reset, accounts

# A file may import from those above it: from those of the folders above, and from those before it in its own folder.
ROOMS: dict[str, tuple[str, ...]] = {
    "errors": (),
    "base": ("home", "messages", "amounts", "instants", "shown", "frozen", "fields", "words", "unchecked"),
    "periods": ("month_ends", "zones", "stepping", "cycles", "boundaries"),
    "values": (
        "features",
        "balance",
        "controls",
        "orders",
        "policies",
        "plans",
        "accounts",
        "events",
        "responses",
        "pages",
        "webhooks",
    ),
    "derived": ("overages", "purchases", "resets", "totals", "audits", "pricing", "credits", "ordering", "rows"),
    "usage": (
        "receipts",
        "limits",
        "windows",
        "checking",
        "ledger",
        "paying",
        "tracking",
        "settling",
        "undoing",
        "holds",
        "granting",
        "items",
        "topups",
        "plan_changes",
        "alerts",
    ),
    "timeline": (
        "happenings",
        "pools",
        "carrying",
        "dues",
        "tallies",
        "schedule",
        "skipping",
        "advancing",
        "timelines",
        "wasting",
        "simulating",
        "repeating",
        "forecasting",
    ),
    "accounts": ("payers", "tracking", "checking", "undoing", "holds", "changing", "advancing", "alerts", "answering"),
    "pictures": ("svg", "bars", "burndowns", "picture"),
    "wire": (
        "dialects",
        "paths",
        "versions",
        "leaves",
        "inside",
        "rules",
        "shapes",
        "scalars",
        "tables.rows",
        "tables.balances",
        "tables.features",
        "tables.controls",
        "tables.plans",
        "tables.receipts",
        "tables.accounts",
        "tables.responses",
        "tables.webhooks",
        "tables",
        "older.balances_2_0",
        "older.responses_2_0",
        "older.balances_1_2",
        "older.responses_1_2",
        "older",
        "registry",
        "generated",
        "reading",
        "containers",
        "models",
        "converters",
    ),
    "testing": (
        "simple",
        "usual",
        "lawful",
        "rules",
        "accounts",
        "plain",
        "disentangled",
        "webhooks",
        "typed",
        "payloads",
        "values",
        "strategies",
    ),
}
FILES = tuple(
    f"balances.{'.'.join(filter(None, (room, file)))}" for room, files in ROOMS.items() for file in (*files, "")
)
NAMESPACES = ("balances.accounts", "balances.wire", "balances.testing")
LATE = (
    "json",
    "hypothesis",
    "cattrs",
    "pydantic",
    "pydantic_core",
    *NAMESPACES,
    *(f"balances.pictures.{file}" for file in ("svg", "bars", "burndowns")),
    *(f"balances.values.{file}" for file in ("responses", "pages", "webhooks")),
)

PACKAGE = Path(balances.__file__).parent
CHECKOUT = Path(__file__).parent.parent / "balances"
SOURCES = sorted(PACKAGE.rglob("*.py"))


def files(package: Path) -> set[str]:
    found = (path.relative_to(package) for path in package.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def modules() -> list[str]:
    return ["balances", *(info.name for info in pkgutil.walk_packages(balances.__path__, "balances."))]


def name_of(source: Path) -> str:
    """Name the module that a file holds."""
    parts = source.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def imported(module: str, source: str, *, is_package: bool) -> set[str]:
    """Name the modules of ours that a module imports, or imports names from."""
    package = module if is_package else module.rpartition(".")[0]
    names = {name for name in _names_imported(ast.parse(source), package) if name.split(".")[0] == "balances"}
    return {_module_in(name) for name in names} - {module}


def _names_imported(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                origin = importlib.util.resolve_name("." * level + (module or ""), package)
                yield from (f"{origin}.{alias.name}" for alias in names)
            case _:
                pass


def _module_in(name: str) -> str:
    """Return the longest beginning of a dotted name that is a module of ours."""
    while name not in FILES and "." in name:
        name = name.rpartition(".")[0]
    return name


def upward(module: str, modules: set[str]) -> set[str]:
    """Return those of the modules that do not stand above a module: of two that import each other, one does not."""
    return modules - set(FILES[: FILES.index(module)])


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
    assert {name for name in loaded if name.startswith("balances.")} <= {name for name in FILES if _is_base(name)}


def _is_base(module: str) -> bool:
    return module.startswith(("balances.base", "balances.errors"))


def test_a_use_loads_only_what_it_needs() -> None:
    code = "import sys; from balances import track; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True)
    rooms = {name.split(".")[1] for name in run.stdout.split() if name.startswith("balances.")}
    assert rooms == {"base", "errors", "periods", "values", "derived", "usage"}


def test_all_names_are_imported_where_all_are_asked_for() -> None:
    code = "from balances import *; import balances; print(all(globals()[name] for name in balances.__all__))"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True)
    assert run.stdout.split() == ["True"]
    assert set(balances.__all__) <= set(dir(balances))


def test_type_checkers_see_each_name_where_it_is_loaded_from() -> None:
    tree = ast.parse(Path(balances.__file__).read_text("utf-8"))
    seen = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("balances.")
        for alias in node.names
    }
    assert seen.pop("Value") == "balances.base.fields"
    assert seen == vars(balances)["_FILES"]


def test_the_wire_loads_no_pydantic() -> None:
    code = "import balances.wire, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True)
    assert not {"pydantic", "pydantic_core"}.intersection(run.stdout.split())


def test_a_namespace_is_loaded_on_first_use() -> None:
    code = "import balances, sys; print('balances.wire' in sys.modules, balances.wire is sys.modules['balances.wire'])"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True)
    assert run.stdout.split() == ["False", "True"]
    assert "wire" in dir(balances)
    assert vars(balances)["__getattr__"]("wire") is importlib.import_module("balances.wire")
    with pytest.raises(AttributeError, match=r"^module 'balances' has no attribute 'chek'$"):
        vars(balances)["__getattr__"]("chek")


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((CHECKOUT.parent / "pyproject.toml").read_text("utf-8"))["project"]
    assert balances.__version__ == project["version"]


@pytest.mark.parametrize("name", modules())
def test_a_module_says_what_it_exports(name: str) -> None:
    module = importlib.import_module(name)
    assert [export for export in module.__all__ if not hasattr(module, export)] == []


def test_every_file_has_its_place() -> None:
    assert sorted(FILES) == sorted(set(modules()) - {"balances"})


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_file_imports_only_from_files_above(source: Path) -> None:
    module = name_of(source)
    found = imported(module, source.read_text("utf-8"), is_package=source.name == "__init__.py")
    if module == "balances":
        assert found.intersection(NAMESPACES) == {"balances.accounts", "balances.wire"}, (
            "only type checkers see this import"
        )
    else:
        assert upward(module, found) == set()


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("balances.base.amounts", "from balances.values.balance import Balance", {"balances.values.balance"}),
        ("balances.base.amounts", "from ..values import balance", {"balances.values.balance"}),
        ("balances.base.amounts", "import balances", {"balances"}),
        ("balances.wire.shapes", "def read() -> None:\n    from balances.wire import tables", {"balances.wire.tables"}),
        (
            "balances.wire.shapes",
            "if TYPE_CHECKING:\n    from balances.wire.reading import Reading",
            {"balances.wire.reading"},
        ),
    ],
)
def test_an_import_upward_is_found(module: str, source: str, found: set[str]) -> None:
    assert upward(module, imported(module, source, is_package=False)) == found


def public() -> Iterator[tuple[str, str, object]]:
    """Name everything public, with the namespace it belongs to."""
    yield from (("balances", name, getattr(balances, name)) for name in balances.__all__)
    for namespace in NAMESPACES:
        module = importlib.import_module(namespace)
        yield from ((namespace, name, getattr(module, name)) for name in module.__all__)


def test_the_package_exports_what_its_files_export() -> None:
    exported = {name for module in FILES if not module.startswith(NAMESPACES) for name in _exports_of(module)}
    of_accounts = {name for module in FILES if module.startswith("balances.accounts.") for name in _exports_of(module)}
    assert balances.__all__ == sorted(exported | of_accounts.difference(accounts.__all__))


def _exports_of(module: str) -> list[str]:
    names: list[str] = importlib.import_module(module).__all__
    return names


@pytest.mark.parametrize(("namespace", "name", "thing"), [pytest.param(*row, id=".".join(row[:2])) for row in public()])
def test_a_public_class_or_function_lives_at_its_namespace(namespace: str, name: str, thing: object) -> None:
    homes = {"balances", namespace} if isinstance(thing, type | FunctionType) else {getattr(thing, "__module__", None)}
    assert getattr(thing, "__module__", None) in homes
    assert not isinstance(thing, type | FunctionType) or thing.__name__ == name


def test_a_public_value_pickles_by_its_public_name() -> None:
    assert b"balances.errors" not in pickle.dumps(Limit.INCLUDED)
    assert b"balances.values" not in pickle.dumps(Reset(interval="month"))


def test_no_folder_bears_the_name_of_an_export() -> None:
    assert not set(ROOMS).intersection(balances.__all__)
