"""Law: the caller's decimal context, time zone and locale change nothing. Nor do threads, processes and options."""

import decimal
import json
import locale
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Context, localcontext
from pathlib import Path
from typing import Any

import ambient
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_classes import each_class, few

from balances import wire
from balances.testing.strategies import payloads, values

SIGNALS = [
    decimal.Clamped,
    decimal.DivisionByZero,
    decimal.FloatOperation,
    decimal.Inexact,
    decimal.InvalidOperation,
    decimal.Overflow,
    decimal.Rounded,
    decimal.Subnormal,
    decimal.Underflow,
]
EXACTLY = wire.make_converter("camel", exact=True)
HOSTILE = {
    "traps everything": Context(prec=1, Emin=0, Emax=0, clamp=1, traps=SIGNALS),
    "rounds everything up": Context(prec=1, rounding=decimal.ROUND_UP, Emin=-1, Emax=1, traps=[]),
    "has no precision to speak of": Context(prec=2, rounding=decimal.ROUND_05UP, capitals=0, traps=[]),
}


@pytest.fixture(scope="session")
def german(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a locale that writes 0,5 for a half. It is made here, because few machines have one."""
    folder = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef"):
        command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")]
        subprocess.run(command, capture_output=True, check=False)
    if not [*folder.iterdir()]:
        pytest.skip("there is no locale to live in, and localedef cannot make one")
    return {"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8"}


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch, german: dict[str, str]) -> Iterator[None]:
    """Allow a test to live in several time zones and locales."""
    monkeypatch.setitem(os.environ, "TZ", "UTC")
    monkeypatch.setenv("LOCPATH", german["LOCPATH"])
    before = locale.setlocale(locale.LC_ALL)
    yield
    locale.setlocale(locale.LC_ALL, before)
    monkeypatch.undo()
    time.tzset()


def live_in(zone: str, place: str) -> None:
    os.environ["TZ"] = zone
    time.tzset()
    locale.setlocale(locale.LC_ALL, place)


def everything(cls: type[Any], payload: dict[str, Any], value: Any) -> tuple[Any, ...]:
    """Do all that can be done to a value without asking it anything."""
    read = wire.snake.structure(payload, cls)
    derived = [getattr(value, name) for name in ("granted", "usage") if hasattr(value, name)]
    return read, wire.camel.unstructure(value), EXACTLY.unstructure(value), repr(value), repr(read), derived


@each_class
@few
@given(data=st.data())
def test_no_decimal_context_changes_anything(cls: type[Any], data: st.DataObject) -> None:
    payload, value = data.draw(payloads(cls, "snake")), data.draw(values(cls, exact=True))
    with localcontext(decimal.DefaultContext):
        expected = everything(cls, payload, value)
    for name, context in HOSTILE.items():
        with localcontext(context):
            assert (name, everything(cls, payload, value)) == (name, expected)


@pytest.mark.usefixtures("moving")
@each_class
def test_no_time_zone_or_locale_changes_anything(cls: type[Any], german: dict[str, str]) -> None:
    @few
    @given(payload=payloads(cls, "snake"), value=values(cls))
    def law(payload: dict[str, Any], value: Any) -> None:
        live_in("UTC", "C")
        expected = everything(cls, payload, value)
        for zone, place in (("Pacific/Kiritimati", "C"), ("America/St_Johns", german["LC_ALL"])):
            live_in(zone, place)
            assert f"{0.5:n}" == ("0.5" if place == "C" else "0,5")
            assert everything(cls, payload, value) == expected

    law()


CHANGED_TEMPLATE = """
import decimal
decimal.DefaultContext.capitals = 0
decimal.DefaultContext.rounding = decimal.ROUND_UP
for signal in decimal.DefaultContext.traps:
    decimal.DefaultContext.traps[signal] = True
from balances import Allocation
from balances.base.amounts import percent_of
third = percent_of(decimal.Decimal("0.1"), decimal.Decimal("33." + "3" * 60))
print(third, Allocation(amount=decimal.Decimal("1.00000000000000000001e-30")))
"""


def test_a_changed_template_of_contexts_changes_nothing() -> None:
    run = subprocess.run([sys.executable, "-c", CHANGED_TEMPLATE], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert run.stdout.split(maxsplit=1) == [
        f"0.0{'3' * 34}",
        "Allocation(amount=Decimal('1.00000000000000000001E-30'))\n",
    ]


SURROUNDINGS = [
    (["-O"], {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"}),
    (["-OO"], {"PYTHONHASHSEED": "random", "TZ": "America/St_Johns"}),
]


@pytest.mark.heavy
@pytest.mark.parametrize(("options", "surroundings"), SURROUNDINGS, ids=["-O", "-OO"])
def test_threads_and_a_spawned_process_answer_alike_in_any_surroundings(
    options: list[str], surroundings: dict[str, str], german: dict[str, str]
) -> None:
    command = [sys.executable, "-W", "error", *options, str(Path(ambient.__file__))]
    path = os.pathsep.join([str(Path(ambient.__file__).parent), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, **german, **surroundings, "PYTHONPATH": path}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert run.stderr == ""
    assert json.loads(run.stdout) == json.loads(ambient.told(ambient.answers()))
