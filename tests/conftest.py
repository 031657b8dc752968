"""What every test shares: how hard Hypothesis tries, in how many processes, and which `balances` is tested."""

import os
import re
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

import balances

LAWS: Final = Path(__file__).parent / "laws"
MOST_PROCESSES: Final = 8

# A gate must not fail by luck, so it tries the same cases in every run. New ones are tried in every other run.
# How long a draw takes depends on what else the machine does, and says nothing of the law.
UNTIMED: Final = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=75)
settings.register_profile("local", UNTIMED)
settings.register_profile("ci", UNTIMED, derandomize=True, print_blob=True)
settings.register_profile("quick", settings.get_profile("ci"), max_examples=10)
settings.register_profile("thorough", UNTIMED, print_blob=True, max_examples=1000)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--installed", action="store_true", help="refuse to test any but an installed balances")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--installed") and not _package().is_relative_to(sysconfig.get_path("purelib")):
        message = f"balances must come from site-packages, but came from {_package()}"
        raise pytest.UsageError(message)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run folders on all cores. A file that is named runs in this process, which starts at once and can be debugged."""
    in_parallel = all(Path(argument.partition("::")[0]).is_dir() for argument in config.args)
    return min(_cores(), MOST_PROCESSES) if in_parallel else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the laws by where they stand, and refuse names that differ from one process to the next."""
    for item in items:
        if item.path.is_relative_to(LAWS):
            item.add_marker(pytest.mark.laws)
        if re.search(r"\bat 0x[0-9a-f]+", item.name):
            message = f"a test must have the same name in every process, but one is {item.nodeid}"
            raise pytest.UsageError(message)


@pytest.fixture(scope="session", autouse=True)
def _no_coverage_in_the_interpreters_that_tests_start() -> None:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


def pytest_report_header() -> list[str]:
    tested = ", ".join(f"{name} {version(name)}" for name in ("attrs", "cattrs", "hypothesis"))
    return [f"balances: {_package()}", f"with: {tested}"]


def _cores() -> int:
    """Count the cores that this process may use, where the system can say so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _package() -> Path:
    return Path(balances.__file__).parent
