"""Advancing 100,000 balances in a night: with Spark on one core, and in a plain loop over the same batches."""

import json
import tempfile
import time
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from balances import wire

pa: Any = pytest.importorskip("pyarrow")
parquet: Any = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("pyspark")
program: Any = import_module("advance_with_spark")  # of our own: if it is broken, that is a failure
tests: Any = import_module("test_advancing_with_spark")

COUNT, BATCH = 100_000, 10_000
END = datetime(2026, 2, 1, tzinfo=UTC)


def batches() -> list[Any]:
    exact = wire.make_converter("snake", exact="text")
    texts = [json.dumps(exact.unstructure(tests.held(number))) for number in range(1_000)]
    rows = [{"customer_id": f"c{number}", "balance": texts[number % 1_000]} for number in range(COUNT)]
    return [pa.RecordBatch.from_pylist(rows[start : start + BATCH]) for start in range(0, COUNT, BATCH)]


def bench_a_night() -> None:
    made = batches()
    start = time.process_time()
    for _ in program.over_night(made, to=END):
        pass
    loop = time.process_time() - start
    session = tests.session_on(1)
    with tempfile.TemporaryDirectory() as folder:
        for name, some in (("few", made[:1]), ("all", made)):
            parquet.write_table(pa.Table.from_batches(some), f"{folder}/{name}.parquet")
            start = time.perf_counter()
            (sums,) = program.night(session, f"{folder}/{name}.parquet", f"{folder}/{name}", to=END).collect()
            spark = time.perf_counter() - start
    assert program.is_whole(sums.asDict())
    session.stop()
    print(f"\n| plain loop over Arrow batches | {COUNT / loop:,.0f} rows a second of CPU time |")
    print(f"| Spark, one core, Parquet to Parquet | {COUNT / spark:,.0f} rows a second |")
    print(f"| a hundred million balances on 64 such cores | {1e8 * spark / COUNT / 64 / 60:,.0f} minutes |")
