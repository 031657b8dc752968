"""Totals and access of 50,000 balances with Polars, in columns and from JSON, beside the same row by row."""

import json
import time
from collections.abc import Callable

import polars as pl
from bench_wire import DOCUMENTS
from data_frames import may_use, parts_of, to_frame, totals

from balances import Balance, check, combine, overage, wire

COUNT = 50_000
TEXTS = [json.dumps(document) for document in DOCUMENTS]
MANY = (TEXTS * (COUNT // len(TEXTS) + 1))[:COUNT]


def decided(balance: Balance) -> bool:
    combined = combine(balance.breakdown, balance.rollovers, feature_id=balance.feature_id)
    overage(combined)
    return bool(check(combined, 5))


def rows_a_second(action: Callable[[], object]) -> int:
    """Return the rows for each second of CPU time, on all cores together: the best of five."""
    spent = list[float]()
    for _ in range(5):
        start = time.process_time()
        action()
        spent.append(time.process_time() - start)
    return int(round(COUNT / min(spent), -2))


def bench_frames() -> None:
    documents = pl.Series(MANY)
    parts = parts_of(documents)
    held = [wire.snake.structure(json.loads(text), Balance) for text in MANY]
    for what, action in {
        "Polars, from JSON": lambda: totals(*parts_of(documents)).select(may_use(5)),
        "Polars, on columns": lambda: totals(*parts).select(may_use(5)),
        "row by row, from JSON": lambda: [decided(wire.snake.structure(json.loads(text), Balance)) for text in MANY],
        "row by row, on values": lambda: list(map(decided, held)),
        "`to_frame`, on values": lambda: to_frame(held),
    }.items():
        print(f"| {what} | {rows_a_second(action):,} rows a second |")
