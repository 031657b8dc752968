"""The how-to page about tests: its tests pass as a file of their own, and fail when the service is wrong."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOW_TO = Path(__file__).parent.parent / "docs" / "how-to"
RUN = (
    "-m",
    "pytest",
    "-q",
    "--color=no",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    # Pytest would rewrite all of Hypothesis first, which takes longer than the tests do.
    "--assert=plain",
    "-W",
    "error",
    "test_sell_messages.py",
)
PROFILE = """
from hypothesis import Phase, settings
from hypothesis import HealthCheck as Health

few = {"max_examples": 25, "derandomize": True, "deadline": None, "phases": [Phase.generate, Phase.shrink]}
settings.register_profile("quick", suppress_health_check=[Health.too_slow], **few)
settings.load_profile("quick")
"""
RIGHT = "        if not decision:\n"

pytestmark = pytest.mark.heavy


def run_tests(folder: Path, *, gate: str = RIGHT) -> subprocess.CompletedProcess[str]:
    """Run the tests of the page on the service, whose gate may be another."""
    shutil.copy(HOW_TO / "test_sell_messages.py", folder)
    service = (HOW_TO / "sell_messages.py").read_text("utf-8")
    assert service.count(RIGHT) == 1
    (folder / "sell_messages.py").write_text(service.replace(RIGHT, gate), "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    (folder / "conftest.py").write_text(PROFILE, "utf-8")
    return subprocess.run([sys.executable, *RUN], cwd=folder, capture_output=True, check=False, encoding="utf-8")


def test_the_tests_of_the_page_pass(tmp_path: Path) -> None:
    run = run_tests(tmp_path)
    assert run.returncode == 0, run.stdout
    assert "10 passed" in run.stdout


def test_a_gate_that_asks_for_what_remains_is_found_out(tmp_path: Path) -> None:
    gate = "        if self.balances[customer].remaining <= 0:\n"
    assert gate.strip().rstrip(":") in (HOW_TO / "test-your-code.md").read_text("utf-8")
    run = run_tests(tmp_path, gate=gate)
    assert "1 failed, 9 passed" in run.stdout, run.stdout
    assert "balance=Balance(feature_id='messages', granted=0, remaining=0, " in run.stdout


def test_a_gate_that_is_open_is_found_out(tmp_path: Path) -> None:
    assert "test_a_message_too_many_is_not_sent" in run_tests(tmp_path, gate="        if False:\n").stdout
