"""Histories: random sequences of operations, each done by the package and by the second implementation.

`History(seed).live(n)` does n operations and raises `Disagreement` at the first whose outcome differs.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import living
import settling
import using
from attrs import evolve
from boundaries_by_hand import DAYS, EPOCH, HOUR, LENGTHS, MONTHS, milliseconds
from parts_by_hand import (
    NOTHING,
    Plain,
    copied,
    follow,
    fractions,
    is_list,
    is_plain,
    items_of,
    left,
    overage,
    owed,
    own_limit,
    sells,
    sums,
)
from prices_by_hand import cost as cost_by_hand
from worlds import DAY, START, Draw

import balances
from balances import (
    Account,
    Balance,
    BillingControls,
    Breakdown,
    BreakdownExpired,
    BurnOrder,
    Event,
    Feature,
    FlagExpired,
    InsufficientBalance,
    Interval,
    OverageBehavior,
    Policy,
    Price,
    Rollover,
    RolloverExpired,
    RolloverRule,
    Standing,
    accounts,
    wire,
)

EXACT = wire.make_converter("snake", exact=True)
HUGE = Fraction(10**9)
BEHAVIORS = ("cap", "cap", "reject", "overflow")
PROPERTIES = (None, {"region": "eu"}, {"region": "us"})


class Disagreement(AssertionError):
    """The package and the second implementation did not do the same."""


def moment(at: int) -> datetime:
    return EPOCH + timedelta(milliseconds=at)


def facts_of(facts: Plain) -> Plain:
    return {name: moment(fact) if name.endswith("_at") else fact for name, fact in facts.items()}


def policy_of(plain: Plain) -> Policy:
    """Return a policy of the package that says what a plain one says."""
    standings = {name: Standing(**facts_of(facts)) for name, facts in plain.get("standings", {}).items()}
    terms: dict[str, Any] = {"order": BurnOrder(standings=standings, rollovers=plain.get("rollovers", "first"))}
    if "keys" in plain:
        terms["order"] = evolve(terms["order"], keys=plain["keys"])
    rules = plain.get("rules")
    if rules is not None:
        of_all = {name: RolloverRule(**rule) for name, rule in rules.items()}
        terms["rules"] = of_all.get("pool", of_all)
    if "anchor" in plain:
        terms["anchor"] = moment(plain["anchor"])
    given = {key: plain[key] for key in ("zone", "month_end", "overage_at_reset") if key in plain}
    return Policy(**terms, **given)


class History:
    """One customer, as the package has it and as plain data, and all that was done to it."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.draw = Draw(Random(seed))
        self.counts: Counter[str] = Counter()
        self.told: list[str] = []
        self.at = START
        self.receipts: list[list[Plain]] = []
        self.holds: list[tuple[Any, Plain]] = []
        self._begin()

    def _begin(self) -> None:
        draw = self.draw
        features = draw.features()
        names = [feature["id"] for feature in features]
        held = [name for name in names if draw.chance(85)]
        parts = {name: draw.parts(name) for name in held}
        made = {name: self._combined(name, *parts[name], features) for name in held}
        controls = EXACT.structure(draw.controls(names), BillingControls) if draw.chance(70) else None
        catalog = EXACT.structure(features, tuple[Feature, ...])
        self.account = Account(features=catalog, balances=made, controls=controls)
        self.plain = fractions(EXACT.unstructure(self.account))
        self.plain.setdefault("billing_controls", {})
        plain = draw.policy([item["id"] for items, _ in parts.values() for item in items])
        self.policy, self.rules = policy_of(plain), fractions(plain)
        for balance in self.plain["balances"].values():
            self._added_up(balance)

    def _combined(self, name: str, items: list[Plain], rows: list[Plain], features: list[Plain]) -> Balance:
        read = EXACT.structure(items, tuple[Breakdown, ...]), EXACT.structure(rows, tuple[Rollover, ...])
        feature = next(feature for feature in features if feature["id"] == name)
        shown = EXACT.structure(feature, Feature) if self.draw.chance(50) else None
        made = balances.combine(*read, feature_id=name, feature=shown)
        return evolve(made, breakdown=()) if self.draw.chance(10) and not made.unlimited else made

    def _added_up(self, balance: Plain) -> None:
        if balance["breakdown"]:
            again = {**balance, "granted": NOTHING, "remaining": NOTHING, "usage": NOTHING}
            follow(again, (NOTHING, NOTHING, NOTHING))
            self.same("combine", balance, again)

    def live(self, operations: int) -> None:
        """Do so many operations."""
        for _ in range(operations):
            name = self.draw.random.choices(NAMES, WEIGHTS)[0]
            before = len(self.told)
            try:
                OPERATIONS[name](self)
                self._same_state()
            except Exception as error:
                told = "\n  ".join(self.told[-12:])
                raise Disagreement(f"history {self.seed!r}, in {name}: {error}\n  {told}") from error
            self.counts[name] += len(self.told) > before

    def _same_state(self) -> None:
        package = {name: EXACT.unstructure(balance) for name, balance in self.account.balances.items()}
        self.same("the balances", package, {name: trimmed(each) for name, each in self.plain["balances"].items()})
        controls = self.account.controls
        limits = [] if controls is None else [EXACT.unstructure(limit) for limit in controls.usage_limits]
        self.same("the usage limits", limits, self.plain["billing_controls"].get("usage_limits", []))

    @staticmethod
    def same(what: str, package: Any, by_hand: Any) -> None:
        if package != by_hand:
            raise Disagreement(f"{what}: {difference(package, by_hand)}")

    def tell(self, *what: object) -> None:
        self.told.append(" ".join(map(str, what)))

    # What is drawn for an operation.

    def _amount(self) -> Decimal:
        return self.draw.amount(self.draw.one((5, 40, 150)))

    def _of_account(self) -> tuple[str, Plain | None, str]:
        name = self.draw.one([feature["id"] for feature in self.plain["features"]])
        if self.draw.chance(50):
            name = "messages"
        return name, self.draw.one(PROPERTIES), self.draw.one(BEHAVIORS)

    def _one_balance(self) -> str | None:
        names = list(self.plain["balances"])
        return self.draw.one(names) if names else None

    def _owes_beside_a_rest(self) -> bool:
        items = [item for balance in self.plain["balances"].values() for item in items_of(balance)]
        return any(left(item) > 0 and overage(item) > 0 for item in items)

    # The operations.

    def track(self, sign: int = 1) -> None:
        (name, properties, behavior), amount = self._of_account(), self._amount() * sign
        self.tell("track", name, amount, properties, behavior)
        is_plain = not self._owes_beside_a_rest()
        terms: dict[str, Any] = {"properties": properties, "overage_behavior": behavior, "policies": self.policy}
        try:
            used = using.use(
                self.plain, name, Fraction(amount), properties=properties, behavior=behavior, policy=self.rules
            )
        except using.Refused:
            self._refused(lambda: accounts.track(self.account, name, amount, **terms))
            return
        tracked = accounts.track(self.account, name, amount, **terms)
        self.same("untracked", tracked.untracked, used.untracked)
        self.same("tracked", tracked.tracked, Fraction(amount) - used.untracked)
        self.same("the receipt", lines_of(tracked.deductions), used.lines)
        undone = accounts.undo(tracked.account, tracked.deductions, policies=self.policy)
        self.same("undone at once", undone.account.balances, self.account.balances)
        self.account, self.plain = tracked.account, used.account
        if amount > 0 and is_plain:
            self.receipts.append(used.lines)

    def refund(self) -> None:
        self.track(sign=-1)

    def _refused(self, action: Callable[[], object]) -> None:
        try:
            result = action()
        except InsufficientBalance:
            return
        raise Disagreement(f"refused by hand, but the package returned {result}")

    def track_one(self) -> None:
        """Use one balance alone, at a cost of its own."""
        name = self._one_balance()
        if name is None:
            return
        (_, properties, behavior), amount = self._of_account(), self._amount() * self.draw.one((1, 1, 1, -1))
        cost, of = Decimal(1), name
        if self.draw.chance(50):
            cost, of = self.draw.one((Decimal(1), Decimal(2), Decimal("0.5"))), "images"
        self.tell("track_one", name, amount, properties, behavior, cost, of)
        terms: dict[str, Any] = {"properties": properties, "overage_behavior": behavior, "feature_id": of}
        terms |= {"credit_cost": cost, "controls": self.account.controls, "policy": self.policy}
        alone = self._alone(name)
        event = using.Event(alone, of, Fraction(amount), properties, behavior, self.rules)
        try:
            used = using.use_in_place(event, [using.Payer(alone["balances"][name], Fraction(cost))])
        except using.Refused:
            self._refused(lambda: balances.track(self.account.balances[name], amount, **terms))
            return
        tracked = balances.track(self.account.balances[name], amount, **terms)
        self.same("untracked", tracked.untracked, used.untracked)
        self.same("tracked", tracked.tracked, Fraction(amount) - used.untracked)
        self.same("the receipt", lines_of(tracked.deductions), used.lines)
        self._put(name, tracked.balance, alone["balances"][name], tracked.controls)
        self.plain["billing_controls"] = alone["billing_controls"]

    def _alone(self, name: str) -> Plain:
        """Return the plain account with nothing but one balance, which says itself whether it is a credit system."""
        alone: Plain = copied(self.plain)
        feature = alone["balances"][name].get("feature")
        return {**alone, "features": [] if feature is None else [feature]}

    def _put(self, name: str, balance: Balance, plain: Plain, controls: Any = None) -> None:
        self.account = accounts.put(self.account, balance)
        if controls is not None:
            self.account = evolve(self.account, controls=controls)
        self.plain["balances"][name] = plain

    def set_usage(self) -> None:
        name, usage = self._one_balance(), self._amount()
        if name is None:
            return
        self.tell("set_usage", name, usage)
        corrected = balances.set_usage(
            self.account.balances[name], usage, controls=self.account.controls, policy=self.policy
        )
        alone = self._alone(name)
        difference = Fraction(usage) - alone["balances"][name]["usage"]
        event = using.Event(alone, name, difference, None, "overflow", self.rules, is_limited=False)
        used = using.use_in_place(event, [using.Payer(alone["balances"][name], Fraction(1))])
        self.same("untracked", corrected.untracked, used.untracked)
        self.same("the receipt", lines_of(corrected.deductions), used.lines)
        self._put(name, corrected.balance, alone["balances"][name])

    def check(self) -> None:
        """Ask the account: what is allowed is what could be tracked."""
        (name, properties, _), amount = self._of_account(), self._amount()
        ruling = accounts.check(self.account, name, amount, properties=properties)
        self.tell("check", name, amount, properties, ruling)
        if not using.payers(self.plain, name):
            assert not ruling.allowed
            return
        if self._owes_beyond_its_limit() or amount == 0:
            return
        try:
            using.use(self.plain, name, Fraction(amount), properties=properties, behavior="reject")
            fits = True
        except using.Refused:
            fits = False
        self.same("allowed", ruling.allowed, fits)
        most = using.use(self.plain, name, HUGE, properties=properties)
        self.same("headroom", ruling.headroom, None if most.untracked == 0 else HUGE - most.untracked)

    def _owes_beyond_its_limit(self) -> bool:
        controls = self.plain["billing_controls"]
        for balance in self.plain["balances"].values():
            for item in items_of(balance):
                most = own_limit(balance, item) if using.may_owe(controls, balance, item) else NOTHING
                if most is not None and overage(item) > most:
                    return True
        return False

    def check_one(self) -> None:
        name = self._one_balance()
        if name is None:
            return
        (_, properties, _), amount = self._of_account(), self._amount()
        decision = balances.check(
            self.account.balances[name], amount, controls=self.account.controls, properties=properties
        )
        self.tell("check_one", name, amount, properties, decision)
        room = settling.headroom(self.plain, self.plain["balances"][name], properties)
        self.same("headroom", decision.headroom, room)
        self.same("allowed", decision.allowed, room is None or amount <= room or amount == 0)

    def hold(self) -> None:
        (name, properties, _), amount = self._of_account(), self._amount()
        self.tell("hold", name, amount, properties)
        is_plain = not self._owes_beside_a_rest()
        plain = {**copied(self.plain), "billing_controls": copied(self.plain["billing_controls"])}
        try:
            used = using.use(plain, name, Fraction(amount), properties=properties, behavior="reject", policy=self.rules)
        except using.Refused:
            self._refused(
                lambda: accounts.hold(self.account, name, amount, id="", properties=properties, policies=self.policy)
            )
            return
        held = accounts.hold(self.account, name, amount, id="", properties=properties, policies=self.policy)
        self.same("the receipt", lines_of(held.hold.deductions), used.lines)
        released = accounts.release(held.account, held.hold, policies=self.policy)
        self.same("released at once", released.account.balances, self.account.balances)
        self.account = held.account
        self.plain["balances"] = used.account["balances"]
        taken = {"amount": Fraction(amount), "deductions": used.lines, "feature_id": name, "properties": properties}
        if is_plain:
            self.holds.append((held.hold, taken))

    def confirm(self) -> None:
        if not self.holds or self._owes_beside_a_rest():
            return
        held, plain = self.holds.pop(self.draw.random.randrange(len(self.holds)))
        used: Decimal = held.amount * self.draw.one((1, 1, Decimal("0.5"), 0, 2))
        behavior = OverageBehavior(self.draw.one(("cap", "overflow")))
        self.tell("confirm", used, behavior, plain)
        confirmed = accounts.confirm(self.account, held, used=used, overage_behavior=behavior, policies=self.policy)
        untracked, lines = settling.confirm(self.plain, plain, Fraction(used), behavior, self.rules)
        self.same("untracked", confirmed.untracked, untracked)
        self.same("tracked", confirmed.tracked, Fraction(used) - untracked)
        self.same("the receipt", by_part(lines_of(confirmed.deductions)), by_part(lines))
        self.account = confirmed.account
        # To undo what was given back to other parts is to take it again, which is not written a second time.
        if all(line["amount"] > 0 for line in lines):
            self.receipts.append(lines)

    def release(self) -> None:
        if not self.holds or self._owes_beside_a_rest():
            return
        held, plain = self.holds.pop(self.draw.random.randrange(len(self.holds)))
        self.tell("release", plain)
        released = accounts.release(self.account, held, policies=self.policy)
        untracked, lines = settling.undo(self.plain, plain["deductions"], plain["amount"], self.rules)
        self.same("untracked", released.untracked, untracked)
        self.same("the receipt", by_part(lines_of(released.deductions)), by_part(lines))
        self.account = released.account

    def undo(self) -> None:
        """Give back some of a receipt, after whatever has happened since."""
        if not self.receipts or self._owes_beside_a_rest():
            return
        lines = self.receipts.pop(self.draw.random.randrange(len(self.receipts)))
        units = sum((line["units"] for line in lines), NOTHING) * self.draw.one(
            (Fraction(1), Fraction(1), Fraction(1, 2))
        )
        self.tell("undo", units, lines)
        receipt = tuple(EXACT.structure(decimals(line), balances.Deduction) for line in lines)
        undone = accounts.undo(self.account, receipt, amount=decimal(units), policies=self.policy)
        untracked, back = settling.undo(self.plain, lines, units, self.rules)
        self.same("untracked", undone.untracked, untracked)
        self.same("the receipt", by_part(lines_of(undone.deductions)), by_part(back))
        self.account = undone.account

    def advance(self) -> None:
        to = self.at + self.draw.one((1, 1, 1, 3, 7, 7, 31, 31, 31, 80, 80, 400)) * self.draw.one((HOUR, DAY, DAY))
        if any(item["reset"] and item["reset"]["interval"] == "hour" for item in self._items()):
            to = min(to, self.at + 2 * DAY)
        self.tell("advance", self.at, to)
        advanced = accounts.advance(self.account, since=moment(self.at), to=moment(to), policies=self.policy)
        for name, balance in self.plain["balances"].items():
            events = living.advance(balance, to, self.rules)
            told = [plain_event(event) for event in advanced.events.get(name, ()) if not isinstance(event, FlagExpired)]
            self.same(f"the events of {name}", told, events)
        living.renew(self.plain["billing_controls"], self.at, to, self.rules)
        self.account, self.at = advanced.account, to

    def _items(self) -> list[Plain]:
        return [item for balance in self.plain["balances"].values() for item in balance["breakdown"]]

    def settle(self) -> None:
        name = self._one_balance()
        if name is None:
            return
        self.tell("settle", name)
        settled = balances.settle(self.account.balances[name], policy=self.policy)
        plain = copied(self.plain["balances"][name])
        self.same("settled", settled.settled, settling.settle(plain, self.rules))
        self._put(name, settled.balance, plain)

    def top_up(self) -> None:
        prepaid = [
            (name, item["id"])
            for name, balance in self.plain["balances"].items()
            for item in balance["breakdown"]
            if item["price"] and item["price"]["billing_method"] == "prepaid" and not balance["unlimited"]
        ]
        if not prepaid:
            return
        (name, item_id), quantity = self.draw.one(prepaid), self._amount() + 1
        self.tell("top_up", item_id, quantity)
        plain = copied(self.plain["balances"][name])
        settling.top_up(plain, item_id, Fraction(quantity), {})
        self._put(name, balances.top_up(self.account.balances[name], item_id, quantity), plain)

    def add_item(self) -> None:
        name = self._one_balance()
        if name is None or not self.plain["balances"][name]["breakdown"]:
            return
        item = self.draw.item(f"added_{len(self.told)}")
        reset = item["reset"]
        if reset and reset["interval"] == "hour" and reset["resets_at"]:
            # Else the model would live every hour since the first day, one by one.
            reset["resets_at"] = max(reset["resets_at"], self.at)
        self.tell("add_item", item)
        read = EXACT.structure(item, Breakdown)
        plain = copied(self.plain["balances"][name])
        before = sums(plain)
        plain["breakdown"].append(fractions(EXACT.unstructure(read)))
        follow(plain, before)
        self._put(name, balances.with_item(self.account.balances[name], read), plain)

    def remove_item(self) -> None:
        name = self._one_balance()
        if name is None or len(self.plain["balances"][name]["breakdown"]) < 2:
            return
        plain = copied(self.plain["balances"][name])
        item = self.draw.one(plain["breakdown"])
        self.tell("remove_item", item["id"])
        before = sums(plain)
        plain["breakdown"].remove(item)
        follow(plain, before)
        self._put(name, balances.without_item(self.account.balances[name], item["id"]), plain)

    def cost(self) -> None:
        price = {"billing_method": "usage_based", "billing_units": self.draw.one((1, 1, 10)), "max_purchase": None}
        price |= self.draw.rates()
        quantity, included = self._amount() * self.draw.one((1, 1, -1)), self._amount()
        self.tell("cost", price, quantity, included)
        read = EXACT.structure(price, Price)
        plain = cost_by_hand(fractions(price), Fraction(quantity), Fraction(included))
        self.same("the cost", balances.cost(read, quantity, included=included), plain)

    def overages(self) -> None:
        """Ask a balance all that it answers about its overage."""
        name = self._one_balance()
        if name is None or not self.plain["balances"][name]["breakdown"]:
            return
        balance, plain, controls = self.account.balances[name], self.plain["balances"][name], self.account.controls
        self.tell("overages", name)
        limit = settling.overage_limit(plain, self.plain["billing_controls"])
        self.same("the overage", balances.overage(balance), owed(plain))
        sold = [item for item in plain["breakdown"] if sells(item) and not plain["unlimited"]]
        whole = sum((cost_by_hand(item["price"], overage(item), item["included_grant"]) for item in sold), NOTHING)
        self.same("its cost", balances.overage_cost(balance), whole)
        if not plain["unlimited"]:
            self.same("its limit", balances.overage_limit(balance, controls=controls), limit)

    def cycle(self) -> None:
        interval, count = Interval(self.draw.one((*LENGTHS, *DAYS, *MONTHS))), self.draw.one((1, 1, 2, 5))
        anchor, at = self.draw.moment(900), self.draw.moment(2000)
        zone, month_end = self.rules.get("zone"), self.rules.get("month_end", "last_day")
        calendar = living.calendar_of(self.rules)
        self.tell("cycle", interval, count, anchor, at)
        cycle = balances.cycle_at(
            moment(at), anchor=moment(anchor), interval=interval, count=count, zone=zone, month_end=month_end
        )
        plain = calendar.last(at, anchor, interval, count), calendar.after(at, anchor, interval, count)
        self.same("the cycle", (cycle.start, cycle.end), tuple(map(moment, plain)))


OPERATIONS: Mapping[str, Callable[[History], None]] = {
    "track": History.track,
    "refund": History.refund,
    "track one balance": History.track_one,
    "set usage": History.set_usage,
    "check": History.check,
    "check one balance": History.check_one,
    "hold": History.hold,
    "confirm": History.confirm,
    "release": History.release,
    "undo": History.undo,
    "advance": History.advance,
    "settle": History.settle,
    "top up": History.top_up,
    "add an item": History.add_item,
    "remove an item": History.remove_item,
    "cost": History.cost,
    "overages": History.overages,
    "cycle": History.cycle,
}
NAMES = list(OPERATIONS)
WEIGHTS = [8, 4, 6, 1, 5, 4, 4, 3, 1, 4, 8, 2, 2, 1, 1, 2, 2, 1]


def trimmed(balance: Plain) -> Plain:
    """Return a balance without rollovers as the wire has it."""
    return balance if balance.get("rollovers") else {key: each for key, each in balance.items() if key != "rollovers"}


def lines_of(deductions: Iterable[balances.Deduction]) -> list[Plain]:
    """Return the lines of a receipt without the one key that only `undo` reads."""
    lines: list[Plain] = EXACT.unstructure(list(deductions))
    return [{key: each for key, each in line.items() if key != "least_usage"} for line in lines]


def by_part(lines: list[Plain]) -> list[Plain]:
    """Return the lines of what was given back, one for each part: in which order it was is left open."""
    return sorted(settling.folded(lines), key=lambda line: str([line[key] for key in settling.OF_A_PART]))


def decimal(fraction: Fraction) -> Decimal:
    return Decimal(fraction.numerator) / fraction.denominator


def decimals(line: Plain) -> Plain:
    return {key: decimal(each) if isinstance(each, Fraction) else each for key, each in line.items()}


def plain_event(event: Event) -> Plain:
    """Return an event as the second implementation tells it."""
    told: Plain = {"at": milliseconds(event.at)}
    match event:
        case RolloverExpired():
            return {**told, "rollover": True, "lapsed": event.lapsed}
        case BreakdownExpired():
            return {**told, "expired": event.id, "lapsed": event.lapsed, "forgiven": event.forgiven}
        case _:
            kept = ("granted", "carried", "lapsed", "forgiven", "count")
            return {**told, "reset": event.id, **{name: getattr(event, name) for name in kept}}


def difference(package: Any, by_hand: Any, path: str = "") -> str:
    """Name the first place at which two things differ."""
    if is_plain(package) and is_plain(by_hand):
        for key in {**package, **by_hand}:
            if package.get(key, "nothing") != by_hand.get(key, "nothing"):
                return difference(package.get(key, "nothing"), by_hand.get(key, "nothing"), f"{path}.{key}")
    if is_list(package) and is_list(by_hand) and len(package) == len(by_hand):
        for index, pair in enumerate(zip(package, by_hand, strict=True)):
            if pair[0] != pair[1]:
                return difference(*pair, f"{path}[{index}]")
    return f"{path}: the package says {package}, by hand it is {by_hand}"
