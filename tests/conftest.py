"""What every test shares: how hard Hypothesis tries, and which `balances` is tested."""

import os
import sysconfig
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import settings

import balances

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--installed", action="store_true", help="refuse to test any but an installed balances")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--installed") and not _package().is_relative_to(sysconfig.get_path("purelib")):
        message = f"balances must come from site-packages, but came from {_package()}"
        raise pytest.UsageError(message)


def pytest_report_header() -> list[str]:
    tested = ", ".join(f"{name} {version(name)}" for name in ("attrs", "cattrs", "hypothesis"))
    return [f"balances: {_package()}", f"with: {tested}"]


def _package() -> Path:
    return Path(balances.__file__).parent
