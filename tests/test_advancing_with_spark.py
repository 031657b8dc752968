"""The how-to page about Spark: every balance is advanced once, as one by one, and no unit is lost.

Spark is heavy, so these tests run only where it is installed: `tox -e spark` installs it.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from balances import Balance, advance, combine, wire
from balances.testing import item, monthly, rollover, usage_based

pa: Any = pytest.importorskip("pyarrow")
parquet: Any = pytest.importorskip("pyarrow.parquet")
sql: Any = pytest.importorskip("pyspark.sql")
program: Any = import_module("advance_with_spark")  # of our own: if it is broken, that is a failure

EXACT = wire.make_converter("snake", exact="text")
START, END = datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
COUNT = 2_000


def held(number: int) -> Balance:
    """Make the balance of a customer: some in overage, some with what expires, some with nothing due."""
    due = END if number % 3 else datetime(2026, 3, 1, tzinfo=UTC)
    used = Decimal(number % 151) + Decimal(number % 7) / 8
    plan = item(100, used, id="plan", reset=monthly(resets_at=due), price=usage_based(0.5))
    pack = item(40, number % 40, id="pack", expires_at=END if number % 2 else None)
    return combine([plan, pack], [rollover(25, number % 25, expires_at=END)], feature_id="messages")


def session_on(cores: int) -> Any:
    """Start Spark here, with workers that run this Python."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    return sql.SparkSession.builder.master(f"local[{cores}]").config("spark.ui.enabled", "false").getOrCreate()


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = session_on(2)
    yield session
    session.stop()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write all balances as eight files of text."""
    folder = tmp_path_factory.mktemp("balances")
    customers = [{"customer_id": f"c{n}", "balance": json.dumps(EXACT.unstructure(held(n)))} for n in range(COUNT)]
    for part in range(8):
        parquet.write_table(pa.Table.from_pylist(customers[part::8]), folder / f"{part}.parquet")
    return folder


def test_every_balance_is_advanced_once_and_no_unit_is_lost(spark: Any, stored: Path, tmp_path: Path) -> None:
    (sums,) = program.night(spark, str(stored), str(tmp_path / "after"), to=END).collect()
    found = sums.asDict()
    assert found["rows"] == COUNT
    assert program.is_whole(found)
    assert min(found["anew"], found["lapsed"], found["forgiven"]) > 0
    rows = spark.read.parquet(str(tmp_path / "after")).collect()
    expected = {f"c{number}": advance(held(number), to=END).balance for number in range(COUNT)}
    after = {row["customer_id"]: EXACT.structure(json.loads(row["balance"]), Balance) for row in rows}
    assert after == expected
    assert found["remaining"] == sum(balance.remaining for balance in expected.values())


def test_a_unit_that_is_lost_is_noticed() -> None:
    sums = dict.fromkeys(program.AMOUNTS, Decimal(0)) | {"granted": Decimal(5), "remaining": Decimal(5)}
    assert not program.is_whole(sums)
    assert program.is_whole(sums | {"before": Decimal(5)})
    assert not program.is_whole(sums | {"before": Decimal(5), "usage": Decimal("1e-12")})


def test_a_plain_loop_does_the_same() -> None:
    texts = [json.dumps(EXACT.unstructure(held(number))) for number in range(50)]
    batch = pa.RecordBatch.from_pydict({"customer_id": list(map(str, range(50))), "balance": texts})
    (result,) = program.over_night([batch], to=END)
    assert result["balance"].to_pylist() == [
        json.dumps(EXACT.unstructure(advance(held(number), to=END).balance)) for number in range(50)
    ]
