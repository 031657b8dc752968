"""A second implementation of settling, of giving back, and of buying, over plain dictionaries and fractions.

It is written from the rules alone and shares no code with the package.
"""

from fractions import Fraction

from parts_by_hand import (
    NOTHING,
    Plain,
    follow,
    granted,
    items_of,
    left,
    overage,
    owed,
    own_limit,
    rows_of,
    sells,
    sums,
)
from using import (
    Event,
    Part,
    Payer,
    Receipt,
    give_back,
    is_system,
    items_in_order,
    limits_of,
    payers,
    room_in,
    rows_in_order,
    spend_limit,
    use_in_place,
)

OF_A_PART = ("kind", "feature_id", "id", "expires_at", "is_overage", "resets_at")


def settle(balance: Plain, policy: Plain) -> Fraction:
    """Let what is there pay what is owed, in place, and return how much was paid."""
    who = [Payer(balance, Fraction(1))]
    items, rows = items_in_order(who, balance["feature_id"], policy), rows_in_order(who)
    if any(part.part["unlimited"] for part in items):
        return NOTHING
    there = sum((part.part["balance"] for part in rows), NOTHING) + sum((left(part.part) for part in items), NOTHING)
    paid = min(owed(balance), there)
    owing, drawn, lines = paid, paid, Receipt()
    for part in items:
        pays = min(owing, overage(part.part))
        if pays:
            owing -= pays
            lines.move(part, -pays, "overage")
    places = [rows, items]
    for parts in reversed(places) if policy.get("rollovers") == "last" else places:
        for part in parts:
            taken = min(drawn, part.part["balance"] if part.kind == "rollover" else left(part.part))
            if taken:
                drawn -= taken
                lines.move(part, taken, part.kind)
    return paid


def undo(account: Plain, lines: list[Plain], units: Fraction, policy: Plain) -> tuple[Fraction, list[Plain]]:
    """Give units of a receipt back where they were taken, the last line first; return what fits nowhere."""
    receipt = Receipt()
    lost: list[tuple[Plain, Fraction]] = []
    untracked = NOTHING
    for line in reversed(lines):
        share = min(units, line["units"])
        units -= share
        if not share:
            continue
        balance = account["balances"].get(line["feature_id"])
        if balance is None:
            untracked -= share
            continue
        payer = Payer(balance, line["amount"] / line["units"])
        rest, gone = _give_line_back(payer, line, share * payer.cost, receipt)
        untracked -= gone / payer.cost
        if rest:
            lost.append((line, rest))
    for line, rest in lost:
        balance = account["balances"][line["feature_id"]]
        payer = Payer(balance, line["amount"] / line["units"])
        items = items_in_order([payer], line["feature_id"], policy)
        untracked += give_back(items, rest / payer.cost, receipt)
    return untracked, receipt.lines


def _give_line_back(payer: Payer, line: Plain, amount: Fraction, receipt: Receipt) -> tuple[Fraction, Fraction]:
    """Give one line back; return what did not fit there, and what has lapsed with its period."""
    part = find(payer, line)
    if part is None:
        return amount, NOTHING
    row = part.part
    if part.kind == "rollover":
        given = min(amount, row["granted"] - row["balance"])
        if given > 0:
            receipt.move(part, -given, "rollover")
        return amount - max(given, NOTHING), NOTHING
    reset = row["reset"]
    if reset and line["resets_at"] is not None and reset["resets_at"] > line["resets_at"]:
        return NOTHING, amount
    if row["unlimited"]:
        receipt.move(part, -amount, "unlimited")
        return NOTHING, NOTHING
    for kind in ("overage", "item"):
        most = overage(row) if kind == "overage" else granted(row) - left(row)
        given = min(amount, most, max(NOTHING, row["usage"]))
        if given > 0:
            amount -= given
            receipt.move(part, -given, kind)
    return amount, NOTHING


def find(payer: Payer, line: Plain) -> Part | None:
    """Find the part that a line is about."""
    if line["kind"] == "item":
        for index, item in enumerate(items_of(payer.balance)):
            if item["id"] == line["id"] if line["id"] else index == line["index"]:
                return Part(payer, "item", index, item)
        return None
    rows = list(enumerate(rows_of(payer.balance)))
    rows = [pair for pair in rows if (pair[1]["expires_at"] or None) == line["expires_at"]]
    rows.sort(key=lambda pair: pair[0] != line["index"])
    return Part(payer, "rollover", *rows[0]) if rows else None


def confirm(account: Plain, held: Plain, used: Fraction, behavior: str, policy: Plain) -> tuple[Fraction, list[Plain]]:
    """End a hold of an account, in place: keep what was used; return what could not be tracked, and the receipt."""
    amount, lines = held["amount"], held["deductions"]
    feature_id, properties = held["feature_id"], held["properties"] or None
    kept: dict[str, Fraction] = {}
    back: list[Plain] = []
    untracked = NOTHING
    if used < amount:
        untracked, back = undo(account, lines, amount - used, policy)
    for line in [*lines, *back]:
        if line["kind"] == "item":
            kept[line["feature_id"]] = kept.get(line["feature_id"], NOTHING) + line["amount"]
    _count_held(account, feature_id, properties, min(used, amount) - untracked, kept, overflows=behavior == "overflow")
    if used <= amount:
        return untracked, folded([*lines, *back])
    event = Event(account, feature_id, used - amount, properties, behavior, policy)
    more = use_in_place(event, payers(account, feature_id))
    return more.untracked, folded([*lines, *more.lines])


def folded(lines: list[Plain]) -> list[Plain]:
    """Add up the lines of one part and period, overage apart; leave out what adds up to nothing."""
    whole: list[Plain] = []
    for line in lines:
        alike = [other for other in whole if all(other.get(key) == line.get(key) for key in OF_A_PART)]
        # What is given back to an item is found by its id, wherever it stands by then.
        is_found = line["id"] and line["amount"] < 0
        found = [other for other in alike if other["index"] == line["index"]] or (alike if is_found else [])
        if found:
            found[0]["amount"] += line["amount"]
            found[0]["units"] += line["units"]
        else:
            whole.append(dict(line))
    return [line for line in whole if line["amount"] or line["units"]]


def _count_held(
    account: Plain,
    feature_id: str,
    properties: Plain | None,
    units: Fraction,
    kept: dict[str, Fraction],
    *,
    overflows: bool,
) -> None:
    who = payers(account, feature_id)
    if any(part["unlimited"] for payer in who for part in items_of(payer.balance)):
        return
    names = {payer.balance["feature_id"] for payer in who} | {feature_id}
    for name in names:
        counts = kept.get(name, NOTHING) if is_system(account, name) else units if name == feature_id else NOTHING
        for limit in limits_of(account, name, properties):
            usage = limit.get("usage") or NOTHING
            if counts and (overflows or usage <= limit["limit"]):
                limit["usage"] = usage + counts


def overage_limit(balance: Plain, controls: Plain) -> Fraction | None:
    """Return how much overage there may be."""
    entries = [entry for entry in controls.get("overage_allowed", ()) if entry["feature_id"] == balance["feature_id"]]
    items = items_of(balance)
    stated = bool(balance["breakdown"]) or balance["overage_allowed"]
    allowed = bool(entries[0].get("enabled", False)) if entries else any(map(sells, items)) and stated
    if not allowed:
        return NOTHING
    spending = spend_limit(controls, balance)
    if spending is not None:
        return spending
    most = [own_limit(balance, item) for item in items if sells(item)]
    known = [each for each in most if each is not None]
    return sum(known, NOTHING) if known and len(known) == len(most) else None


def headroom(account: Plain, balance: Plain, properties: Plain | None) -> Fraction | None:
    """Return the largest requirement of one balance that a check allows, in its own unit."""
    name, controls = balance["feature_id"], account.get("billing_controls", {})
    if balance["unlimited"]:
        return None
    limit, room = overage_limit(balance, controls), room_in(list(limits_of(account, name, properties)))
    feature = balance.get("feature")
    if room is not None and feature is not None and feature["type"] == "credit_system":
        room += sum((row["balance"] for row in rows_of(balance)), NOTHING)
    fits = None if limit is None else balance["remaining"] + max(NOTHING, limit - owed(balance))
    return min((each for each in (room, fits) if each is not None), default=None)


def top_up(balance: Plain, item_id: str, quantity: Fraction, policy: Plain) -> None:
    """Add a bought quantity to an item, in place: it first pays what the item owes, and then what others owe."""
    before = sums(balance)
    (item,) = (each for each in balance["breakdown"] if each["id"] == item_id)
    own = min(quantity, overage(item))
    item["prepaid_grant"] += quantity
    quantity -= own
    who = [Payer(balance, Fraction(1))]
    for part in items_in_order(who, balance["feature_id"], policy):
        if part.part is not item:
            pays = min(quantity, overage(part.part))
            part.part["usage"] -= pays
            item["usage"] += pays
            quantity -= pays
    item["remaining"] += quantity
    follow(balance, before)
