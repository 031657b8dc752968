"""A second implementation of time: every expiry and every reset of a balance, lived one by one.

It is written from the rules alone and shares no code with the package.
"""

from fractions import Fraction
from math import floor
from typing import Any

from boundaries_by_hand import Calendar
from parts_by_hand import NOTHING, Plain, ended, follow, granted, left, overage, rank, starts_over, sums
from settling import settle


def calendar_of(policy: Plain) -> Calendar:
    return Calendar(policy.get("zone"), policy.get("month_end", "last_day"))


def advance(balance: Plain, to: int, policy: Plain) -> list[Plain]:
    """Live a balance up to a moment and through it, in place, and return the events."""
    balance.setdefault("rollovers", [])
    if not balance["breakdown"]:
        return _expire_rollovers(balance, to)
    events: list[Plain] = []
    while (at := min(_dates(balance), default=to + 1)) <= to:
        events += live_at(balance, int(at), policy)
    return merged(events)


def _dates(balance: Plain) -> list[float]:
    items = balance["breakdown"]
    dates = [ended(row) for row in balance["rollovers"]]
    dates += [item["expires_at"] for item in items if item["expires_at"] is not None]
    return dates + [item["reset"]["resets_at"] for item in items if starts_over(item)]


def live_at(balance: Plain, at: int, policy: Plain) -> list[Plain]:
    """Do all that is due at a moment: rollovers expire, then items, and then items start over."""
    events = _expire_rollovers(balance, at)
    before = sums(balance)
    gone = [item for item in balance["breakdown"] if item["expires_at"] is not None and item["expires_at"] <= at]
    balance["breakdown"] = [item for item in balance["breakdown"] if item not in gone]
    events += [{"at": at, "expired": item["id"], "lapsed": left(item), "forgiven": overage(item)} for item in gone]
    due = [item for item in balance["breakdown"] if starts_over(item) and item["reset"]["resets_at"] <= at]
    for item in sorted(due, key=lambda item: rank(item, policy)):
        events.append(start_over(balance, item, at, policy))
    follow(balance, before)
    if due and policy["overage_at_reset"] == "settle":
        settle(balance, policy)
    return events


def _expire_rollovers(balance: Plain, to: int) -> list[Plain]:
    gone = sorted([row for row in balance["rollovers"] if ended(row) <= to], key=ended)
    for row in gone:
        balance["rollovers"] = [each for each in balance["rollovers"] if each is not row]
        if not balance["unlimited"]:
            balance["granted"] -= row["granted"]
            balance["remaining"] -= row["balance"]
            balance["usage"] -= row["granted"] - row["balance"]
    return [{"at": row["expires_at"], "rollover": True, "lapsed": row["balance"]} for row in gone]


def start_over(balance: Plain, item: Plain, at: int, policy: Plain) -> Plain:
    """Let one item start over, and carry what is left of it."""
    rule, cap = rule_of(balance["breakdown"], item, policy.get("rules"))
    balance["rollovers"], carried, lapsed = carry(item, balance["rollovers"], at, policy, rule=rule, cap=cap)
    way, owed = policy["overage_at_reset"], overage(item)
    kept = NOTHING if way == "forgive" else owed
    item["usage"] = kept
    if not item["unlimited"]:
        item["remaining"] = max(NOTHING, granted(item) - (kept if way == "repay" else 0))
    item["reset"]["resets_at"] = next_reset(item["reset"], at, policy)
    forgiven = owed - kept
    numbers = {"granted": granted(item), "carried": carried, "lapsed": lapsed, "forgiven": forgiven}
    return {"at": at, "reset": item["id"], **numbers, "count": 1}


def next_reset(reset: Plain, at: int, policy: Plain) -> int:
    anchor = policy.get("anchor")
    start = reset["resets_at"] if anchor is None else anchor
    return calendar_of(policy).after(at, start, reset["interval"], int(reset.get("interval_count", 1)))


def rule_of(items: list[Plain], item: Plain, rules: Any) -> tuple[Plain | None, Fraction | None]:
    """Return the rule of an item, and the cap over all rollovers."""
    if rules is None:
        return None, None
    if "pool" in rules:
        whole = sum((granted(each) for each in items if starts_over(each)), NOTHING)
        return rules["pool"], cap_of(rules["pool"], whole)
    caps = [cap_of(rules[each["id"]], granted(each)) for each in items if each["id"] in rules]
    known = [cap for cap in caps if cap is not None]
    return rules.get(item["id"]), sum(known, NOTHING) if len(known) == len(caps) else None


def cap_of(rule: Plain, whole: Fraction) -> Fraction | None:
    if rule.get("max_percentage") is not None:
        share: Fraction = whole * rule["max_percentage"] / 100
        return Fraction(floor(share))
    most: Fraction | None = rule.get("max")
    return most


def carry(
    item: Plain, rows: list[Plain], at: int, policy: Plain, *, rule: Plain | None, cap: Fraction | None
) -> tuple[list[Plain], Fraction, Fraction]:
    """Split what is left at a reset; return the rollovers, what was carried and what lapsed."""
    rows = sorted([dict(row) for row in rows if ended(row) > at], key=ended)
    share = NOTHING if rule is None else left(item) * Fraction(rule.get("share", 100)) / 100
    if rule is None or share == 0:
        return rows, NOTHING, left(item)
    new: Plain = {"granted": share, "balance": share, "expires_at": expiry(item, rule, at, policy)}
    rows = sorted([*rows, new], key=ended)
    lapsed = left(item) - share
    excess = NOTHING if cap is None else sum((row["balance"] for row in rows), NOTHING) - max(NOTHING, cap)
    for row in rows:
        trimmed = Fraction(max(NOTHING, min(excess, row["balance"])))
        row["balance"] -= trimmed
        row["granted"] -= trimmed
        excess -= trimmed
        lapsed += trimmed
    return [row for row in rows if row["balance"]], Fraction(new["balance"]), lapsed


def expiry(item: Plain, rule: Plain, at: int, policy: Plain) -> int:
    """Return when a rollover that is made now ends; 0 is never."""
    calendar = Calendar(policy.get("zone"))
    if rule.get("months"):
        return calendar.boundary(1, at, "month", rule["months"]) or 0
    if rule.get("days"):
        return calendar.boundary(1, at, "day", rule["days"]) or 0
    reset = dict(item["reset"], resets_at=at)
    for _ in range(rule.get("resets", 0)):
        reset["resets_at"] = next_reset(reset, reset["resets_at"], policy)
    return int(reset["resets_at"]) if rule.get("resets") else 0


def merged(events: list[Plain]) -> list[Plain]:
    """Count resets of one item at once whose numbers are equal, with nothing between but resets."""
    told: list[Plain] = []
    alike: dict[tuple[Any, ...], Plain] = {}
    for event in events:
        if "reset" not in event:
            alike = {}
            told.append(event)
            continue
        numbers = tuple(event[name] for name in ("reset", "granted", "carried", "lapsed", "forgiven"))
        if numbers not in alike:
            alike[numbers] = {**event, "lapsed": NOTHING, "forgiven": NOTHING, "count": 0}
            told.append(alike[numbers])
        for name in ("lapsed", "forgiven", "count"):
            alike[numbers][name] += event[name]
    return told


def renew(controls: Plain, since: int, to: int, policy: Plain) -> None:
    """Start over every usage limit with a boundary of its window since a moment, and no later than another."""
    for limit in controls.get("usage_limits", ()):
        anchor, interval = limit.get("anchor"), limit["interval"]
        own = anchor == "billing_cycle" and policy.get("anchor") is not None
        calendar = calendar_of(policy) if own else Calendar(None if anchor == "utc" else policy.get("zone"))
        start = policy["anchor"] if own else calendar.of_the_calendar()
        if since < to and calendar.after(since, start, interval, 1) <= to:
            limit["usage"] = NOTHING
