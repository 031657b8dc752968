"""Advance every balance of a set with Spark, and prove that no unit is lost."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import partial
from json import dumps, loads

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from balances import Advanced, Balance, ResetHappened, advance, overage, wire

TOTALS = ("granted", "overage", "usage", "remaining")
AMOUNTS = (*TOTALS, "before", "anew", "lapsed", "forgiven")
_DECIMALS = ", ".join(f"{name} decimal(28, 12)" for name in AMOUNTS)
COLUMNS = f"customer_id string, balance string, {_DECIMALS}"

_TEXT = wire.make_converter("snake", exact="text")
_EXACT = Context(prec=28, traps=[Inexact, InvalidOperation])
_STEP = Decimal("1e-12")
_ROWS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("balance", pa.string()),
        *((name, pa.decimal128(28, 12)) for name in AMOUNTS),
    ]
)


def over_night(
    batches: Iterable[pa.RecordBatch], *, to: datetime
) -> Iterator[pa.RecordBatch]:
    """Advance the balances of each batch.

    Spark calls this in its workers; a plain loop, Dask and Ray can, too.
    """
    for batch in batches:
        columns = (batch[name].to_pylist() for name in ("customer_id", "balance"))
        pairs = zip(*columns, strict=True)
        rows = [_row(customer, text, to) for customer, text in pairs]
        yield pa.RecordBatch.from_pylist(rows, schema=_ROWS)


def _row(customer: str, text: str, to: datetime) -> dict[str, object]:
    before = _TEXT.structure(loads(text), Balance)
    advanced = advance(before, to=to)
    if advanced.balance is not before:
        text = dumps(_TEXT.unstructure(advanced.balance))
    moved = _amounts(before, advanced)
    exact = (amount.quantize(_STEP, context=_EXACT) for amount in moved)
    amounts = dict(zip(AMOUNTS, exact, strict=True))
    return {"customer_id": customer, "balance": text, **amounts}


def _amounts(before: Balance, advanced: Advanced) -> tuple[Decimal, ...]:
    after, events = advanced.balance, advanced.events
    resets = [event for event in events if isinstance(event, ResetHappened)]
    return (
        after.granted,
        overage(after),
        after.usage,
        after.remaining,
        before.remaining - overage(before),
        sum((event.granted * event.count for event in resets), Decimal()),
        sum((event.lapsed for event in events), Decimal()),
        sum((getattr(event, "forgiven", Decimal()) for event in events), Decimal()),
    )


def night(spark: SparkSession, source: str, target: str, *, to: datetime) -> DataFrame:
    """Read all balances, advance and write them, and return the sums that prove it."""
    spark.sparkContext.addPyFile(__file__)  # so that workers can import this file
    advanced = spark.read.parquet(source).mapInArrow(
        partial(over_night, to=to), COLUMNS
    )
    advanced.write.parquet(target)
    sums = (f"sum({name}) {name}" for name in AMOUNTS)
    return spark.read.parquet(target).selectExpr("count(*) rows", *sums)


def is_whole(sums: dict[str, Decimal]) -> bool:
    """Return whether both laws hold over the whole set: of a balance, and of time."""
    adds_up = sums["granted"] + sums["overage"] == sums["usage"] + sums["remaining"]
    came = sums["before"] + sums["anew"] + sums["forgiven"]
    left = sums["remaining"] - sums["overage"]
    return adds_up and came == left + sums["lapsed"]
