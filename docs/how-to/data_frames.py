"""Balances as a data frame, and the totals and the access of many documents at once.

Both with Polars.
"""

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation

import polars as pl

from balances import Balance, overage

AMOUNT = pl.Decimal(38, 12)
"""One scale for every amount: 12 decimals, and 26 digits before them."""

_COLUMNS = {
    "feature_id": pl.String(),
    **dict.fromkeys(("granted", "overage", "usage", "remaining"), AMOUNT),
    "unlimited": pl.Boolean(),
    "next_reset_at": pl.Datetime("us", "UTC"),
}
_EXACT = Context(prec=38, traps=[Inexact, InvalidOperation])
_STEP = Decimal("1e-12")


def to_frame(balances: Iterable[Balance]) -> pl.DataFrame:
    """Return a frame with one row for each balance.

    An amount that the scale cannot hold is an error.
    """
    return pl.DataFrame(map(_row, balances), schema=_COLUMNS, orient="row")


def _row(balance: Balance) -> tuple[object, ...]:
    totals = (balance.granted, overage(balance), balance.usage, balance.remaining)
    amounts = map(_scaled, totals)
    return balance.feature_id, *amounts, balance.unlimited, balance.next_reset_at


def _scaled(amount: Decimal) -> Decimal:
    return amount.quantize(_STEP, context=_EXACT)


_PRICE = pl.Struct({"billing_method": pl.String, "max_purchase": pl.String})
_AMOUNTS = ("included_grant", "prepaid_grant", "remaining", "usage")
_ITEM = pl.Struct(
    {**dict.fromkeys(_AMOUNTS, pl.String), "unlimited": pl.Boolean, "price": _PRICE}
)
_ROLLOVER = pl.Struct({"balance": pl.String, "granted": pl.String})
_DOCUMENT = pl.Struct({"breakdown": pl.List(_ITEM), "rollovers": pl.List(_ROLLOVER)})


def parts_of(documents: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the items and the rollovers of many balances, with the row of each.

    Amounts are read as text and then as decimals. Read as decimals at once, they would
    pass through doubles.
    """
    read = documents.str.json_decode(_DOCUMENT).struct.unnest().with_row_index("row")
    items = read.select("row", "breakdown").explode("breakdown").drop_nulls()
    items = items.unnest("breakdown").unnest("price")
    carried = read.select("row", "rollovers").explode("rollovers").drop_nulls()
    carried = carried.unnest("rollovers")
    return (
        items.with_columns(pl.col(*_AMOUNTS, "max_purchase").cast(AMOUNT)),
        carried.with_columns(pl.col("balance", "granted").cast(AMOUNT)),
    )


def totals(items: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return the totals of each balance, and the other columns that access needs.

    They are those of `combine` and `overage`.
    """
    granted = pl.col("included_grant") + pl.col("prepaid_grant")
    left, zero = pl.col("remaining"), pl.lit(0, AMOUNT)
    beyond = pl.col("usage") + pl.max_horizontal(left, zero) - granted
    sells = (pl.col("billing_method") == "usage_based").fill_null(value=False)
    sums = items.group_by("row").agg(
        unlimited=pl.col("unlimited").any(),
        granted=granted.sum(),
        overage=pl.max_horizontal(beyond, zero).sum(),
        usage=pl.col("usage").sum(),
        remaining=left.sum(),
        unlimited_usage=pl.col("usage").filter(pl.col("unlimited")).sum(),
        may_exceed=sells.any(),
        has_limit=pl.col("max_purchase").filter(sells).is_not_null().all(),
        limit=pl.col("max_purchase").filter(sells).sum(),
    )
    more, left = pl.col("granted").sum(), pl.col("balance").sum()
    rolled = carried.group_by("row").agg(more=more, left=left)
    both = sums.join(rolled, on="row", how="left")
    both = both.with_columns(pl.col("more", "left").fill_null(0))
    finite, used = pl.when(~pl.col("unlimited")), pl.col("more") - pl.col("left")
    allowance = pl.max_horizontal(pl.col("limit") - pl.col("overage"), zero)
    return both.select(
        "row",
        "unlimited",
        granted=finite.then(pl.col("granted") + pl.col("more")).otherwise(zero),
        overage=finite.then("overage").otherwise(zero),
        usage=finite.then(pl.col("usage") + used).otherwise("unlimited_usage"),
        remaining=finite.then(pl.col("remaining") + pl.col("left")).otherwise(zero),
        may_exceed="may_exceed",
        allowance=pl.when("has_limit").then(allowance),
    ).sort("row")


def may_use(required: int) -> pl.Expr:
    """Return whether so much may be used, as `check` without controls says."""
    remaining, allowance = pl.col("remaining"), pl.col("allowance")
    enough = allowance.is_null() | (remaining + allowance >= required)
    beyond = pl.col("may_exceed") & enough
    always = (pl.lit(required) <= 0) | pl.col("unlimited")
    return always | (remaining >= required) | beyond
