"""The parts of a balance in the second implementation: plain dictionaries as the wire has them, in fractions.

It is written from the rules alone and shares no code with the package.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeGuard

Plain = dict[str, Any]

NOTHING = Fraction(0)
NEVER = float("inf")
MINUTES = {
    "minute": 1,
    "hour": 60,
    "day": 1440,
    "week": 7 * 1440,
    "month": 30 * 1440,
    "quarter": 90 * 1440,
    "semi_annual": 180 * 1440,
    "year": 365 * 1440,
}
DEFAULT_KEYS = ("unlimited_first", "dated_first", "shorter_period", "sooner_expiry", "usage_based_last")
FORGIVING: Plain = {"overage_at_reset": "forgive", "month_end": "last_day"}


def is_plain(value: object) -> TypeGuard[Plain]:
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def fractions(value: Any) -> Any:
    """Return plain data with every amount as a fraction."""
    if is_plain(value):
        return {key: fractions(inner) for key, inner in value.items()}
    if is_list(value):
        return [fractions(inner) for inner in value]
    return Fraction(value) if isinstance(value, Decimal) else value


def copied(value: Any) -> Any:
    """Return plain data whose dictionaries and lists nobody else holds."""
    if is_plain(value):
        return {key: copied(inner) for key, inner in value.items()}
    return [copied(inner) for inner in value] if is_list(value) else value


def sells(item: Plain) -> bool:
    return item["price"] is not None and item["price"]["billing_method"] == "usage_based"


def granted(item: Plain) -> Fraction:
    return Fraction(item["included_grant"] + item["prepaid_grant"])


def left(item: Plain) -> Fraction:
    return NOTHING if item["unlimited"] else Fraction(max(NOTHING, item["remaining"]))


def overage(item: Plain) -> Fraction:
    """Return what an item owes."""
    return NOTHING if item["unlimited"] else Fraction(max(NOTHING, item["usage"] + left(item) - granted(item)))


def owed(balance: Plain) -> Fraction:
    """Return what a balance owes, item by item."""
    items = items_of(balance)
    return NOTHING if any(item["unlimited"] for item in items) else sum(map(overage, items), NOTHING)


def items_of(balance: Plain) -> list[Plain]:
    """Return the items of a balance; without any, the totals less the rollovers stand for one."""
    return balance["breakdown"] or [stand_in(balance)]


def own_limit(balance: Plain, item: Plain) -> Fraction | None:
    """Return how much an item may owe at most; without a breakdown, the stated limit is that of the one item."""
    if not balance["breakdown"]:
        most = balance["max_purchase"]
    else:
        most = item["price"]["max_purchase"] if sells(item) else None
    return None if most is None else Fraction(most)


def rows_of(balance: Plain) -> list[Plain]:
    rows: list[Plain] = balance.get("rollovers", [])
    return rows


def stand_in(balance: Plain) -> Plain:
    rows = rows_of(balance)
    beside = sum((row["granted"] for row in rows), NOTHING), sum((row["balance"] for row in rows), NOTHING)
    price = {"billing_method": "usage_based", "max_purchase": balance["max_purchase"]}
    return {
        "id": "",
        "plan_id": None,
        "included_grant": balance["granted"] - beside[0],
        "prepaid_grant": NOTHING,
        "remaining": balance["remaining"] - beside[1],
        "usage": balance["usage"] - (beside[0] - beside[1]),
        "unlimited": balance["unlimited"],
        "reset": None,
        "price": price if balance["overage_allowed"] or balance["max_purchase"] is not None else None,
        "expires_at": None,
    }


def sums(balance: Plain) -> tuple[Fraction, Fraction, Fraction]:
    """Add up what the parts grant, have left and have used."""
    items, rows = balance["breakdown"], rows_of(balance)
    if any(item["unlimited"] for item in items):
        return NOTHING, NOTHING, sum((item["usage"] for item in items if item["unlimited"]), NOTHING)
    of_rows = sum((row["granted"] for row in rows), NOTHING), sum((row["balance"] for row in rows), NOTHING)
    return (
        sum(map(granted, items), of_rows[0]),
        sum((item["remaining"] for item in items), of_rows[1]),
        sum((item["usage"] for item in items), of_rows[0] - of_rows[1]),
    )


def follow(balance: Plain, before: tuple[Fraction, Fraction, Fraction]) -> None:
    """Move the totals by what the parts were moved, and let the flags say what the items say."""
    for name, now, then in zip(("granted", "remaining", "usage"), sums(balance), before, strict=True):
        balance[name] += now - then
    items = balance["breakdown"]
    unlimited = any(item["unlimited"] for item in items)
    prices = [item["price"] for item in items if item["price"] is not None]
    most = [price["max_purchase"] for price in prices]
    stated = [item["reset"]["resets_at"] for item in items if item["reset"] is not None]
    dates = [date for date in stated if date is not None]
    balance["unlimited"] = unlimited
    balance["overage_allowed"] = any(map(sells, items)) and not unlimited
    balance["max_purchase"] = sum(most, NOTHING) if most and None not in most and not unlimited else None
    balance["next_reset_at"] = min(dates, default=None) if not unlimited else None


def starts_over(item: Plain) -> bool:
    reset = item["reset"]
    return reset is not None and reset["resets_at"] is not None and reset["interval"] != "one_off"


def ended(row: Plain) -> float:
    """Return when a rollover ends: the wire says 0 for never."""
    return float(row["expires_at"]) or NEVER


def rank(item: Plain, policy: Plain) -> tuple[Any, ...]:
    """Return the place of an item in an order, the smallest first."""
    standing = policy.get("standings", {}).get(item["id"], {})
    places = {
        "unlimited_first": not item["unlimited"],
        "dated_first": item["reset"] is None or item["reset"]["resets_at"] is None,
        "shorter_period": _period(item["reset"]),
        "sooner_expiry": NEVER if item["expires_at"] is None else item["expires_at"],
        "usage_based_last": sells(item),
        "larger_grant": -granted(item),
        "entity_first": item.get("source") != "entity",
        "id": item["id"],
        "lower_priority": standing.get("priority", NEVER),
        "granted_before_paid": standing.get("is_paid", False),
        "lower_cost": standing.get("unit_cost", 0),
        "earlier_start": standing.get("starts_at", NEVER),
        "earlier_created": standing.get("created_at", NEVER),
        "later_created": -standing.get("created_at", -NEVER),
    }
    return not item["unlimited"], *(places[key] for key in policy.get("keys", DEFAULT_KEYS))


def _period(reset: Plain | None) -> tuple[int, int]:
    interval = "one_off" if reset is None else reset["interval"]
    if reset is None or interval == "one_off":
        return 2, 0
    return (0, MINUTES[interval] * reset.get("interval_count", 1)) if interval in MINUTES else (1, 0)
