"""Advance every balance of a partitioned set to a moment, and prove that no unit is lost on the way. With Spark."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import partial
from json import dumps, loads

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from balances import Advanced, Balance, ResetHappened, advance, overage, wire

AMOUNTS = ("granted", "overage", "usage", "remaining", "before", "anew", "lapsed", "forgiven")
COLUMNS = f"customer_id string, balance string, {', '.join(f'{name} decimal(28, 12)' for name in AMOUNTS)}"

_TEXT = wire.make_converter("snake", exact="text")
_EXACT = Context(prec=28, traps=[Inexact, InvalidOperation])
_STEP = Decimal("1e-12")
_ROWS = pa.schema(
    [("customer_id", pa.string()), ("balance", pa.string()), *((name, pa.decimal128(28, 12)) for name in AMOUNTS)]
)


def over_night(batches: Iterable[pa.RecordBatch], *, to: datetime) -> Iterator[pa.RecordBatch]:
    """Advance the balances of each batch. Spark calls this in its workers; a plain loop, Dask and Ray can, too."""
    for batch in batches:
        pairs = zip(batch["customer_id"].to_pylist(), batch["balance"].to_pylist(), strict=True)
        yield pa.RecordBatch.from_pylist([_row(customer, text, to) for customer, text in pairs], schema=_ROWS)


def _row(customer: str, text: str, to: datetime) -> dict[str, object]:
    before = _TEXT.structure(loads(text), Balance)
    advanced = advance(before, to=to)
    document = text if advanced.balance is before else dumps(_TEXT.unstructure(advanced.balance))
    amounts = (each.quantize(_STEP, context=_EXACT) for each in _amounts(before, advanced))
    return {"customer_id": customer, "balance": document, **dict(zip(AMOUNTS, amounts, strict=True))}


def _amounts(before: Balance, advanced: Advanced) -> tuple[Decimal, ...]:
    after, events = advanced.balance, advanced.events
    return (
        after.granted,
        overage(after),
        after.usage,
        after.remaining,
        before.remaining - overage(before),
        sum((event.granted * event.count for event in events if isinstance(event, ResetHappened)), Decimal()),
        sum((event.lapsed for event in events), Decimal()),
        sum((getattr(event, "forgiven", Decimal()) for event in events), Decimal()),
    )


def night(spark: SparkSession, source: str, target: str, *, to: datetime) -> DataFrame:
    """Read all balances, advance them, write them with their totals, and return the sums that prove it."""
    spark.sparkContext.addPyFile(__file__)  # so that workers can import this file
    spark.read.parquet(source).mapInArrow(partial(over_night, to=to), COLUMNS).write.parquet(target)
    return spark.read.parquet(target).selectExpr("count(*) rows", *(f"sum({name}) {name}" for name in AMOUNTS))


def is_whole(sums: dict[str, Decimal]) -> bool:
    """Return whether both laws hold over the whole set: that of a balance, and that of time."""
    adds_up = sums["granted"] + sums["overage"] == sums["usage"] + sums["remaining"]
    left = sums["remaining"] - sums["overage"]
    return adds_up and sums["before"] + sums["anew"] + sums["forgiven"] == left + sums["lapsed"]
