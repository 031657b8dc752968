"""A second implementation of using what a customer holds, over plain dictionaries and fractions.

It is written from the rules alone and shares no code with the package. An account is a dictionary as the snake_case
wire has it (`features`, `balances`, `flags`, `billing_controls`) whose amounts are fractions. A use changes a copy.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from parts_by_hand import (
    NOTHING,
    Plain,
    copied,
    ended,
    granted,
    items_of,
    left,
    overage,
    own_limit,
    rank,
    rows_of,
    sells,
)
from parts_by_hand import owed as owed_by


class Refused(Exception):
    """The whole use was refused."""


class Payer(NamedTuple):
    """One balance that may pay for a use, and what one tracked unit costs there."""

    balance: Plain
    cost: Fraction


class Part(NamedTuple):
    """A rollover or an item, and where it stands in which balance."""

    payer: Payer
    kind: str
    place: int
    part: Plain


class Used(NamedTuple):
    """An account after a use, the units that were not tracked, and the lines of the receipt."""

    account: Plain
    untracked: Fraction
    lines: list[Plain]


class Event(NamedTuple):
    """A use: of which feature, how much, under which limits and rules."""

    account: Plain
    feature_id: str
    amount: Fraction
    properties: Plain | None = None
    behavior: str = "cap"
    policy: Plain = {}  # noqa: RUF012
    is_limited: bool = True


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
        if entry is not None and system["id"] in balances and system["id"] != feature_id:
            cost = Fraction(entry["credit_cost"]) / Fraction(entry.get("billing_units") or 1)
            found.append(Payer(balances[system["id"]], cost))
    return found


def items_in_order(who: list[Payer], feature_id: str, policy: Plain) -> list[Part]:
    """List the items of all who pay: the own ones, then those of the systems, each in the order of the policy."""

    def place(part: Part) -> tuple[Any, ...]:
        return part.payer.balance["feature_id"] != feature_id, *rank(part.part, policy)

    parts = [Part(payer, "item", index, item) for payer in who for index, item in enumerate(items_of(payer.balance))]
    return sorted(parts, key=place)


def rows_in_order(who: list[Payer]) -> list[Part]:
    parts = [Part(payer, "rollover", index, row) for payer in who for index, row in enumerate(rows_of(payer.balance))]
    return sorted(parts, key=lambda part: ended(part.part))


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


def room_in(limits: list[Plain]) -> Fraction | None:
    rooms = [max(NOTHING, limit["limit"] - (limit.get("usage") or 0)) for limit in limits]
    return min(rooms) if rooms else None


def is_system(account: Plain, feature_id: str) -> bool:
    return any(feature["id"] == feature_id and feature["type"] == "credit_system" for feature in account["features"])


def use(
    account: Plain,
    feature_id: str,
    amount: Fraction,
    *,
    properties: Plain | None = None,
    behavior: str = "cap",
    policy: Plain | None = None,
) -> Used:
    """Use an amount of a feature, or give it back."""
    account = copied(account)
    event = Event(account, feature_id, amount, properties, behavior, policy or {})
    return use_in_place(event, payers(account, feature_id))


def use_in_place(event: Event, who: list[Payer]) -> Used:
    """Use an amount, paid by these, and change the account itself."""
    account, feature_id, amount, _, behavior, policy, _ = event
    if not who or amount == 0:
        if behavior == "reject" and amount > 0:
            raise Refused
        return Used(account, amount, [])
    items, lines = items_in_order(who, feature_id, policy), Receipt()
    unlimited = [part for part in items if part.part["unlimited"]]
    if unlimited:
        lines.move(unlimited[0], amount * unlimited[0].payer.cost, "unlimited")
        return Used(account, NOTHING, lines.lines)
    if amount < 0:
        return Used(account, give_back(items, -amount, lines), lines.lines)
    return _Use(event, who, items, lines).run()


class Receipt:
    """The lines of a receipt."""

    def __init__(self) -> None:
        """Begin without a line."""
        self.lines: list[Plain] = []

    def move(self, where: Part, taken: Fraction, kind: str) -> None:
        """Take an amount from a part, or give it back, and write the line."""
        payer, _, index, part = where
        if where.kind == "rollover":
            part["balance"] -= taken
        else:
            part["usage"] += taken
        if kind == "item":
            part["remaining"] -= taken
        payer.balance["usage"] += taken
        if kind in ("item", "rollover"):
            payer.balance["remaining"] -= taken
        reset = part.get("reset")
        self.lines.append(
            {
                "kind": where.kind,
                "id": part.get("id", ""),
                "index": index,
                "expires_at": (part["expires_at"] or None) if where.kind == "rollover" else None,
                "amount": taken,
                "units": taken / payer.cost,
                "is_overage": kind == "overage",
                "feature_id": payer.balance["feature_id"],
                "resets_at": reset["resets_at"] if reset else None,
            }
        )


class _Use:
    """One use of an amount that nobody has without limit."""

    def __init__(self, event: Event, who: list[Payer], items: list[Part], lines: Receipt) -> None:
        self.event, self.who, self.items, self.lines = event, who, items, lines
        self.overflows = event.behavior == "overflow"
        account, limited = event.account, event.is_limited
        ids = [payer.balance["feature_id"] for payer in who]
        self.systems = {
            name: list(limits_of(account, name, event.properties) if limited else ())
            for name in ids
            if is_system(account, name)
        }
        self.counted = dict.fromkeys(self.systems, NOTHING)
        self.whole: list[tuple[Plain, Fraction]] = []
        if limited and not is_system(account, event.feature_id):
            self.whole = [(limit, Fraction(1)) for limit in limits_of(account, event.feature_id, event.properties)]
        for payer in who if limited else ():
            name = payer.balance["feature_id"]
            if name not in self.systems and name != event.feature_id:
                self.whole += [(limit, payer.cost) for limit in limits_of(account, name, event.properties)]
        self.left = NOTHING

    def run(self) -> Used:
        account, _, amount, _, behavior, policy, _ = self.event
        rooms = [] if self.overflows else [(room_in([limit]) or NOTHING) / factor for limit, factor in self.whole]
        self.left = payable = min([amount, *rooms])
        places = [rows_in_order(self.who), self.items]
        for parts in reversed(places) if policy.get("rollovers") == "last" else places:
            for part in parts:
                row = part.part
                self.take(part, row["balance"] if part.kind == "rollover" else row["remaining"], part.kind)
        self._overdraw()
        untracked = self.left + amount - payable
        if behavior == "reject" and untracked:
            raise Refused
        self.count(amount - untracked, self.counted)
        return Used(account, untracked, self.lines.lines)

    def take(self, part: Part, most: Fraction | None, kind: str) -> Fraction:
        name = part.payer.balance["feature_id"]
        rooms = [self.left * part.payer.cost, most, None if kind == "rollover" else self._room_of(name)]
        taken = min(room for room in rooms if room is not None)
        if taken <= 0:
            return NOTHING
        self.left -= taken / part.payer.cost
        self.lines.move(part, taken, kind)
        if kind != "rollover" and name in self.counted:
            self.counted[name] += taken
        return taken

    def _room_of(self, name: str) -> Fraction | None:
        before = None if self.overflows else room_in(self.systems.get(name, []))
        return None if before is None else max(NOTHING, before - self.counted[name])

    def count(self, units: Fraction, of_systems: dict[str, Fraction]) -> None:
        for limit, factor in self.whole:
            _count(limit, units * factor, overflows=self.overflows)
        for name, limits in self.systems.items():
            for limit in limits:
                _count(limit, of_systems[name], overflows=self.overflows)

    def _overdraw(self) -> None:
        """Go beyond zero, by the items that may, each as its own feature lets it."""
        controls = self.event.account.get("billing_controls", {})
        shared: dict[str, Fraction] = {}
        for payer in self.who:
            spending = spend_limit(controls, payer.balance)
            if spending is not None:
                shared[payer.balance["feature_id"]] = max(NOTHING, spending - owed_by(payer.balance))
        takers = [(part, self._own_room(controls, part)) for part in self.items]
        for part, (may, own) in takers:
            name = part.payer.balance["feature_id"]
            if may:
                taken = self.take(part, shared.get(name, own), "overage")
                if name in shared:
                    shared[name] -= taken

    def _own_room(self, controls: Plain, part: Part) -> tuple[bool, Fraction | None]:
        if self.overflows:
            return True, None
        most = own_limit(part.payer.balance, part.part)
        room = None if most is None else max(NOTHING, most - overage(part.part))
        return may_owe(controls, part.payer.balance, part.part), room


def _count(limit: Plain, units: Fraction, *, overflows: bool) -> None:
    usage = limit.get("usage") or NOTHING
    if units and (overflows or usage <= limit["limit"]):
        limit["usage"] = usage + units


def may_owe(controls: Plain, balance: Plain, item: Plain) -> bool:
    """Tell whether an item may go beyond zero."""
    entries = [entry for entry in controls.get("overage_allowed", ()) if entry["feature_id"] == balance["feature_id"]]
    if entries:
        return bool(entries[0].get("enabled", False)) and (sells(item) or not any(map(sells, items_of(balance))))
    return sells(item) and (bool(balance["breakdown"]) or balance["overage_allowed"])


def spend_limit(controls: Plain, balance: Plain) -> Fraction | None:
    """Return how much overage the first spend limit that counts allows in all."""
    for entry in controls.get("spend_limits", ()):
        limit = entry.get("overage_limit")
        if not entry.get("enabled", False) or entry.get("feature_id") != balance["feature_id"] or limit is None:
            continue
        if entry.get("limit_type") in (None, "absolute"):
            return Fraction(limit)
        base = sum((item["included_grant"] for item in items_of(balance) if _recurs(item)), NOTHING)
        if base > 0:
            return Fraction(base * limit / 100)
    return None


def _recurs(item: Plain) -> bool:
    return item["plan_id"] is not None and item["reset"] is not None and item["reset"]["interval"] != "one_off"


def give_back(items: list[Part], units: Fraction, lines: Receipt) -> Fraction:
    """Pay overage back, then fill items up; return what fits nowhere, which is less than nothing."""
    for kind in ("overage", "item"):
        for part in items:
            item = part.part
            most = overage(item) if kind == "overage" else granted(item) - left(item)
            given = min(units * part.payer.cost, most)
            if given > 0:
                units -= given / part.payer.cost
                lines.move(part, -given, kind)
    return -units
