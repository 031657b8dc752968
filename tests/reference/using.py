"""A second implementation of using what a customer holds, over plain dictionaries and fractions.

It is written from the rules alone and shares no code with the package. An account is a dictionary as the snake_case
wire has it (`features`, `balances`, `flags`, `billing_controls`) whose numbers are fractions. A use changes a copy.
"""

from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from typing import Any, NamedTuple, TypeGuard

Plain = dict[str, Any]

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
NEVER = float("inf")


class Refused(Exception):
    """The whole use was refused."""


class Payer(NamedTuple):
    """One balance that may pay for a use, and what one tracked unit costs there."""

    balance: Plain
    cost: Fraction


class Used(NamedTuple):
    """An account after a use, the units that were not tracked, and the lines of the receipt."""

    account: Plain
    untracked: Fraction
    lines: list[tuple[str, str, Fraction]]


def is_plain(value: object) -> TypeGuard[Plain]:
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def fractions(value: Any) -> Any:
    """Return plain data with every number as a fraction."""
    if is_plain(value):
        return {key: fractions(inner) for key, inner in value.items()}
    if is_list(value):
        return [fractions(inner) for inner in value]
    return value if isinstance(value, bool | str | None) else Fraction(value)


def contains(system: Plain, feature_id: str) -> Plain | None:
    if system["type"] != "credit_system":
        return None
    entries = [entry for entry in system.get("credit_schema", ()) if entry["metered_feature_id"] == feature_id]
    return entries[0] if entries else None


def payers(account: Plain, feature_id: str) -> list[Payer]:
    """List who pays: the own balance, then every credit system that contains the feature, in catalog order."""
    balances = account["balances"]
    found = [Payer(balances[feature_id], Fraction(1))] if feature_id in balances else []
    for system in account["features"]:
        entry = contains(system, feature_id)
        if entry is not None and system["id"] in balances:
            cost = Fraction(entry["credit_cost"]) / Fraction(entry.get("billing_units") or 1)
            found.append(Payer(balances[system["id"]], cost))
    return found


def rank(item: Plain) -> tuple[Any, ...]:
    """Return the place of an item in the default order, the smallest first."""
    reset: Plain | None = item["reset"]
    interval = None if reset is None else reset["interval"]
    if interval in (None, "one_off"):
        period: tuple[int, Fraction] = (2, Fraction(0))
    elif interval not in MINUTES:
        period = (1, Fraction(0))
    else:
        period = (0, MINUTES[interval] * Fraction(1 if reset is None else reset.get("interval_count") or 1))
    return (
        not item["unlimited"],
        reset is None or reset["resets_at"] is None,
        period,
        NEVER if item["expires_at"] is None else item["expires_at"],
        sells(item),
    )


def sells(item: Plain) -> bool:
    return item["price"] is not None and item["price"]["billing_method"] == "usage_based"


def granted(item: Plain) -> Fraction:
    return Fraction(item["included_grant"] + item["prepaid_grant"])


def overage(item: Plain) -> Fraction:
    if item["unlimited"]:
        return Fraction(0)
    return Fraction(max(Fraction(0), item["usage"] + max(Fraction(0), item["remaining"]) - granted(item)))


def in_order(who: list[Payer], feature_id: str) -> list[tuple[Payer, Plain]]:
    """List the items of all who pay: the own ones, then those of the systems, each in the default order."""
    own = [(payer, item) for payer in who for item in payer.balance["breakdown"] if is_own(payer, feature_id)]
    others = [(payer, item) for payer in who for item in payer.balance["breakdown"] if not is_own(payer, feature_id)]
    return [*sorted(own, key=lambda pair: rank(pair[1])), *sorted(others, key=lambda pair: rank(pair[1]))]


def is_own(payer: Payer, feature_id: str) -> bool:
    return bool(payer.balance["feature_id"] == feature_id)


def text_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None


def limits_of(account: Plain, feature_id: str, properties: Plain | None) -> Iterator[Plain]:
    """Give the usage limits of a feature that are enabled and match the properties."""
    for limit in account.get("billing_controls", {}).get("usage_limits", ()):
        chosen: Plain = limit.get("filter") or {}
        wanted: Plain | None = chosen.get("properties")
        matches = wanted is None or (
            bool(properties) and all(text_of((properties or {}).get(name)) == text for name, text in wanted.items())
        )
        if limit.get("enabled", True) and limit["feature_id"] == feature_id and matches:
            yield limit


def room_in(limits: Iterator[Plain]) -> Fraction | None:
    rooms = [max(Fraction(0), limit["limit"] - (limit.get("usage") or 0)) for limit in limits]
    return min(rooms) if rooms else None


def is_system(account: Plain, feature_id: str) -> bool:
    return any(feature["id"] == feature_id and feature["type"] == "credit_system" for feature in account["features"])


def use(
    account: Plain, feature_id: str, amount: Fraction, *, properties: Plain | None = None, behavior: str = "cap"
) -> Used:
    """Use an amount of a feature, or give it back."""
    account = deepcopy(account)
    who = payers(account, feature_id)
    if not who or amount == 0:
        if behavior == "reject" and amount > 0:
            raise Refused
        return Used(account, amount, [])
    items = in_order(who, feature_id)
    lines = _Lines()
    unlimited = [(payer, item) for payer, item in items if item["unlimited"]]
    if unlimited:
        payer, item = unlimited[0]
        item["usage"] += amount * payer.cost
        payer.balance["usage"] += amount * payer.cost
        lines.add(payer, item, amount * payer.cost)
        return Used(account, Fraction(0), lines.lines)
    if amount < 0:
        return _given_back(account, items, -amount, lines)
    return _used(_Event(account, feature_id, amount, properties, behavior), who, items, lines)


class _Lines:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str, Fraction]] = []

    def add(self, payer: Payer, part: Plain, amount: Fraction) -> None:
        self.lines.append((payer.balance["feature_id"], part.get("id", ""), amount))


class _Event(NamedTuple):
    account: Plain
    feature_id: str
    amount: Fraction
    properties: Plain | None
    behavior: str


def _used(event: _Event, who: list[Payer], items: list[tuple[Payer, Plain]], lines: _Lines) -> Used:
    account, feature_id, amount, properties, behavior = event
    overflows = behavior == "overflow"
    whole = [] if is_system(account, feature_id) else list(limits_of(account, feature_id, properties))
    room = None if overflows else room_in(iter(whole))
    left = payable = amount if room is None else min(amount, room)
    of_system = {
        payer.balance["feature_id"]: list(limits_of(account, payer.balance["feature_id"], properties))
        for payer in who
        if is_system(account, payer.balance["feature_id"])
    }
    counted = {system: Fraction(0) for system in of_system}

    def room_of(payer: Payer) -> Fraction | None:
        system = payer.balance["feature_id"]
        if overflows or system not in of_system:
            return None
        before = room_in(iter(of_system[system]))
        return None if before is None else max(Fraction(0), before - counted[system])

    def take(payer: Payer, part: Plain, most: Fraction | None, kind: str) -> Fraction:
        nonlocal left
        rooms = [left * payer.cost, most, None if kind == "rollover" else room_of(payer)]
        taken = min(room for room in rooms if room is not None)
        if taken <= 0:
            return Fraction(0)
        left -= taken / payer.cost
        _move(payer, part, taken, kind)
        lines.add(payer, part, taken)
        if kind != "rollover" and payer.balance["feature_id"] in counted:
            counted[payer.balance["feature_id"]] += taken
        return taken

    carried = [(payer, row) for payer in who for row in payer.balance.get("rollovers", ())]
    for payer, row in sorted(carried, key=lambda pair: pair[1]["expires_at"] or NEVER):
        take(payer, row, row["balance"], "rollover")
    for payer, item in items:
        take(payer, item, item["remaining"], "item")
    _overdraw(account, who, items, behavior, take)
    untracked = left + amount - payable
    if behavior == "reject" and untracked:
        raise Refused
    _count(whole, amount - untracked, overflows=overflows)
    for system, limits in of_system.items():
        _count(limits, counted[system], overflows=overflows)
    return Used(account, untracked, lines.lines)


def _move(payer: Payer, part: Plain, taken: Fraction, kind: str) -> None:
    if kind == "rollover":
        part["balance"] -= taken
    else:
        part["usage"] += taken
    if kind == "item":
        part["remaining"] -= taken
    payer.balance["usage"] += taken
    if kind != "overage":
        payer.balance["remaining"] -= taken


def _count(limits: list[Plain], units: Fraction, *, overflows: bool) -> None:
    for limit in limits:
        usage = limit.get("usage") or Fraction(0)
        if units and (overflows or usage <= limit["limit"]):
            limit["usage"] = usage + units


def _overdraw(account: Plain, who: list[Payer], items: list[tuple[Payer, Plain]], behavior: str, take: Any) -> None:
    """Go beyond zero, by the items that may, each as its own feature lets it."""
    controls = account.get("billing_controls", {})
    shared: dict[str, Fraction] = {}
    takers: list[tuple[Payer, Plain, Fraction | None]] = []
    for payer in who:
        balance = payer.balance
        spending = _spend_limit(controls, balance)
        if spending is not None:
            owed = sum(map(overage, balance["breakdown"]), Fraction(0))
            shared[balance["feature_id"]] = max(Fraction(0), spending - owed)
    for payer, item in items:
        if behavior == "overflow":
            takers.append((payer, item, None))
        elif _may(controls, payer.balance, item):
            own = item["price"]["max_purchase"] if sells(item) else None
            takers.append((payer, item, None if own is None else max(Fraction(0), own - overage(item))))
    for payer, item, own in takers:
        feature_id = payer.balance["feature_id"]
        most = shared.get(feature_id, own)
        taken = take(payer, item, most, "overage")
        if feature_id in shared:
            shared[feature_id] -= taken


def _may(controls: Plain, balance: Plain, item: Plain) -> bool:
    entries = [entry for entry in controls.get("overage_allowed", ()) if entry["feature_id"] == balance["feature_id"]]
    seller = any(map(sells, balance["breakdown"]))
    if entries:
        return bool(entries[0].get("enabled", False)) and (sells(item) or not seller)
    return sells(item)


def _spend_limit(controls: Plain, balance: Plain) -> Fraction | None:
    for entry in controls.get("spend_limits", ()):
        limit = entry.get("overage_limit")
        if not entry.get("enabled", False) or entry.get("feature_id") != balance["feature_id"] or limit is None:
            continue
        if entry.get("limit_type") in (None, "absolute"):
            return Fraction(limit)
        base = sum((item["included_grant"] for item in balance["breakdown"] if _recurs(item)), Fraction(0))
        if base > 0:
            return Fraction(base * limit / 100)
    return None


def _recurs(item: Plain) -> bool:
    return item["plan_id"] is not None and item["reset"] is not None and item["reset"]["interval"] != "one_off"


def _given_back(account: Plain, items: list[tuple[Payer, Plain]], left: Fraction, lines: _Lines) -> Used:
    for kind in ("overage", "item"):
        for payer, item in items:
            most = overage(item) if kind == "overage" else granted(item) - max(Fraction(0), item["remaining"])
            given = min(left * payer.cost, most)
            if given > 0:
                left -= given / payer.cost
                _move(payer, item, -given, kind)
                lines.add(payer, item, -given)
    return Used(account, -left, lines.lines)
