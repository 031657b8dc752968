"""Law: every unit is accounted for over any stretch of time.

The amounts before, and all that was granted anew or forgiven on the way, are the amounts after, and all that lapsed or
was used on the way:

    remaining - overage + granted + forgiven == remaining' - overage' + lapsed + used

A simulation that tops up has bought on the way, too, which stands beside what was granted.

Each boundary is lived a second time here, one by one, by nothing but `carry_forward`, `reset_after` and `settle`.
"""

import copy
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from attrs import evolve
from helpers import events_of
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_balances import EXACT
from strategies_of_time import START, Sold, balances, beyond, exact, merged, policies, sold, stated, stretches
from strategies_of_usage import few

from balances import (
    Balance,
    Breakdown,
    BreakdownExpired,
    Event,
    Interval,
    OverageAtReset,
    OverageBehavior,
    Policy,
    ResetHappened,
    Rollover,
    RolloverExpired,
    RolloverRule,
    Rules,
    Timeline,
    Waste,
    WasteCause,
    advance,
    audit,
    carry_forward,
    combine,
    deduction_order,
    overage,
    reset_after,
    rollover_cap,
    settle,
    simulate,
    waste,
)
from balances.testing import assert_conserved
from balances.testing.strategies import histories

NOTHING = Decimal(0)
KINDS = [RolloverExpired, BreakdownExpired, ResetHappened]


def limited(items: Iterable[Breakdown]) -> list[Breakdown]:
    return [item for item in items if not item.unlimited]


def net(balance: Balance) -> Fraction:
    """Return what remains of all that is not unlimited, less what is owed."""
    if not balance.breakdown:
        return Fraction(balance.remaining) - Fraction(overage(balance))
    items = limited(balance.breakdown)
    left = exact(item.remaining for item in items) + exact(part.balance for part in balance.rollovers)
    return left - exact(map(overage, items))


def granted(balance: Balance, events: Iterable[Event]) -> Fraction:
    ids = {item.id for item in limited(balance.breakdown)}
    return sum((Fraction(event.granted) * event.count for event in resets_in(events) if event.id in ids), Fraction())


def resets_in(events: Iterable[Event]) -> list[ResetHappened]:
    return [event for event in events if isinstance(event, ResetHappened)]


def lapsed(events: Iterable[Event]) -> Fraction:
    return exact(event.lapsed for event in events)


def forgiven(events: Iterable[Event]) -> Fraction:
    return exact(event.forgiven for event in events if not isinstance(event, RolloverExpired))


def used(timeline: Timeline) -> Fraction:
    """Return what was drawn from all that is not unlimited."""
    ids = {item.id for item in timeline.start.breakdown if item.unlimited}
    return exact(line.amount for step in timeline.steps for line in step.deductions if line.id not in ids)


def has_date(item: Breakdown) -> bool:
    reset = item.reset
    return reset is not None and reset.resets_at is not None and reset.interval != Interval.ONE_OFF


def left_of(item: Breakdown) -> Decimal:
    return NOTHING if item.unlimited else max(NOTHING, item.remaining)


def pooled(rules: Rules, item: Breakdown, items: Sequence[Breakdown]) -> RolloverRule | None:
    """Return the rule of an item with the cap of all of them."""
    if isinstance(rules, RolloverRule):
        whole = sum((each.granted for each in items if has_date(each)), NOTHING)
        return evolve(rules, max=floored(rollover_cap(rules, whole)), max_percentage=None)
    mapping = rules or {}
    rule = mapping.get(item.id)
    if rule is None:
        return None
    mapped = [(each, mapping.get(each.id)) for each in items]
    caps = [rollover_cap(its_rule, each.granted) for each, its_rule in mapped if its_rule is not None]
    known = [cap for cap in caps if cap is not None]
    cap = floored(sum(known, NOTHING)) if len(known) == len(caps) else None
    return evolve(rule, max=cap, max_percentage=None)


def floored(cap: Decimal | None) -> Decimal | None:
    """Return a cap as it is, but never below zero: so is one that is a percentage of less than nothing."""
    return None if cap is None else max(NOTHING, cap)


class Naive:
    """A balance that is lived forward one boundary at a time."""

    def __init__(self, balance: Balance, policy: Policy) -> None:
        """Begin with a balance as it is."""
        self.items: list[Breakdown] = list(balance.breakdown)
        self.rollovers: list[Rollover] = list(balance.rollovers)
        self.events: list[Event] = []
        self._policy = policy

    def live(self, to: datetime) -> None:
        """Live up to a moment and through it."""
        while (at := self._next()) is not None and at <= to:
            self._expire_rollovers(at)
            self._expire_items(at)
            resetting = [
                item for item in self._in_order() if has_date(item) and item.reset and item.reset.resets_at == at
            ]
            for item in resetting:
                self._reset(item, at)
            if resetting and self._policy.overage_at_reset is OverageAtReset.SETTLE:
                self._settle()

    def _in_order(self) -> Sequence[Breakdown]:
        return deduction_order(self.items, order=self._policy.order)

    def _settle(self) -> None:
        settled = settle(combine(self.items, self.rollovers, feature_id="messages"), policy=self._policy).balance
        self.items, self.rollovers = list(settled.breakdown), list(settled.rollovers)

    def _next(self) -> datetime | None:
        parts: list[Breakdown | Rollover] = [*self.items, *self.rollovers]
        dates = [part.expires_at for part in parts]
        dates += [item.reset.resets_at for item in self.items if item.reset and has_date(item)]
        return min((date for date in dates if date is not None), default=None)

    def _expire_rollovers(self, at: datetime) -> None:
        gone = [part for part in self.rollovers if part.expires_at == at]
        self.events += [RolloverExpired(at=at, lapsed=part.balance) for part in gone]
        self.rollovers = [part for part in self.rollovers if part.expires_at != at]

    def _expire_items(self, at: datetime) -> None:
        gone = [item for item in self.items if item.expires_at == at]
        self.events += [
            BreakdownExpired(at=at, id=item.id, lapsed=left_of(item), forgiven=overage(item)) for item in gone
        ]
        self.items = [item for item in self.items if item.expires_at != at]

    def _reset(self, item: Breakdown, at: datetime) -> None:
        assert item.reset is not None
        left = evolve(item, remaining=NOTHING) if item.unlimited else item
        rule, policy = pooled(self._policy.rules, item, self.items), self._policy
        carry = carry_forward(left, rule, at=at, rollovers=self.rollovers, policy=policy)
        owed, way = overage(item), policy.overage_at_reset
        forgiven = owed if way is OverageAtReset.FORGIVE else NOTHING
        owed = EXACT.subtract(owed, forgiven)
        granted = EXACT.subtract(item.granted, owed if way is OverageAtReset.REPAY else NOTHING)
        fresh = evolve(
            item,
            usage=owed,
            remaining=item.remaining if item.unlimited else max(NOTHING, granted),
            reset=evolve(item.reset, resets_at=reset_after(item.reset, after=at, policy=policy)),
        )
        self.items = [fresh if each is item else each for each in self.items]
        self.rollovers = list(carry.rollovers)
        numbers = {"granted": item.granted, "carried": carry.carried, "lapsed": carry.lapsed, "forgiven": forgiven}
        self.events.append(ResetHappened(at=at, id=item.id, **numbers))


@given(balance=balances(), to=stretches, policy=policies)
def test_advancing_is_living_one_boundary_at_a_time(balance: Balance, to: datetime, policy: Policy) -> None:
    naive = Naive(balance, policy)
    naive.live(to)
    later = advance(balance, to=to, policy=policy)
    assert list(later.events) == merged(naive.events)
    assert later.balance == combine(naive.items, naive.rollovers, feature_id="messages")


@given(balance=balances(), to=stretches, policy=policies)
def test_what_remained_and_what_is_granted_remains_or_has_lapsed(
    balance: Balance, to: datetime, policy: Policy
) -> None:
    later = advance(balance, to=to, policy=policy)
    before = net(balance) + granted(balance, later.events) + forgiven(later.events)
    assert before == net(later.balance) + lapsed(later.events)


@few
@given(balance=balances(), to=stretches, policy=policies)
def test_what_is_forgiven_is_the_overage_of_the_items_closed(balance: Balance, to: datetime, policy: Policy) -> None:
    timeline = simulate(balance, [], until=to, policy=policy)
    assert exact(map(overage, timeline.closed)) == forgiven(events_of(timeline))


@given(balance=balances(), to=stretches, policy=policies)
def test_where_nothing_is_kept_that_is_owed_only_what_remains_counts(
    balance: Balance, to: datetime, policy: Policy
) -> None:
    forgiving = evolve(policy, overage_at_reset="forgive")
    later = advance(balance, to=to, policy=forgiving)
    owed, owes = (exact(map(overage, limited(part.breakdown))) for part in (balance, later.balance))
    before, after = net(balance) + owed, net(later.balance) + owes
    # A grant below zero takes nothing away from what remains: it is overage, and forgiven next time.
    positive = [evolve(event, granted=max(NOTHING, event.granted)) for event in resets_in(later.events)]
    assert before + granted(balance, positive) == after + lapsed(later.events)


@given(balance=balances(), to=stretches, policy=policies)
def test_what_is_kept_of_overage_is_paid_by_grants_alone(balance: Balance, to: datetime, policy: Policy) -> None:
    lasting = evolve(balance, breakdown=[evolve(item, expires_at=None) for item in balance.breakdown])
    repaying = evolve(policy, overage_at_reset="repay")
    later = advance(lasting, to=to, policy=repaying)
    before = {item.id: item for item in limited(lasting.breakdown)}
    for item in limited(later.balance.breakdown):
        new = granted(lasting, [event for event in resets_in(later.events) if event.id == item.id])
        assert overage(item) == max(Fraction(), Fraction(overage(before[item.id])) - new)
    assert net(lasting) + granted(lasting, later.events) == net(later.balance) + lapsed(later.events)


@given(
    balance=balances(),
    to=stretches,
    policy=policies,
    behavior=st.sampled_from(OverageBehavior),
    data=st.data(),
)
def test_and_with_usage_on_the_way_it_has_been_used(
    balance: Balance, to: datetime, policy: Policy, behavior: OverageBehavior, data: st.DataObject
) -> None:
    history = data.draw(histories(start=START, until=max(START, to)))
    timeline = simulate(balance, history, until=max(START, to), overage_behavior=behavior, policy=policy)
    events = events_of(timeline)
    assert timeline.lapsed == lapsed(events)
    after = net(timeline.balance) + lapsed(events) + used(timeline)
    assert net(balance) + granted(balance, events) + forgiven(events) == after


@given(sale=sold(), to=stretches, policy=policies, behavior=st.sampled_from(OverageBehavior), data=st.data())
def test_and_with_top_ups_on_the_way_it_has_been_bought(
    sale: Sold, to: datetime, policy: Policy, behavior: OverageBehavior, data: st.DataObject
) -> None:
    balance, until = sale.balance, max(START, to)
    history = data.draw(histories(start=START, until=until))
    timeline = simulate(balance, history, until=until, overage_behavior=behavior, policy=policy, topups=sale.topups)
    events = events_of(timeline)
    after = net(timeline.balance) + exact(each.amount for each in waste(timeline)) + used(timeline)
    assert net(balance) + granted(balance, events) + forgiven(events) + Fraction(timeline.topped_up) == after
    assert_conserved(timeline.balance)


@few
@given(balance=balances(), to=stretches, policy=policies)
def test_what_lapsed_is_told_by_item_and_by_cause(balance: Balance, to: datetime, policy: Policy) -> None:
    timeline = simulate(balance, [], until=to, policy=policy)
    told = waste(timeline)
    assert exact(each.amount for each in told) == lapsed(events_of(timeline)) == Fraction(timeline.lapsed)
    assert len({(each.item_id, each.cause) for each in told}) == len(told)
    for each in told:
        assert Fraction(each.amount) == lapsed(event for event in events_of(timeline) if is_of(event, each, policy))


def is_of(event: Event, told: Waste, policy: Policy) -> bool:
    """Return whether an event is by the cause that is told, and of the item."""
    match event:
        case RolloverExpired():
            return (told.item_id, told.cause) == (None, WasteCause.EXPIRED)
        case BreakdownExpired():
            return (told.item_id, told.cause) == (event.id, WasteCause.EXPIRED)
        case ResetHappened():
            rules = policy.rules or {}
            is_ruled = isinstance(rules, RolloverRule) or rules.get(event.id) is not None
            return (told.item_id, told.cause) == (event.id, WasteCause.TRIMMED if is_ruled else WasteCause.NO_RULE)


@given(balance=balances(), to=stretches, policy=policies)
def test_the_result_keeps_the_law_and_nothing_is_due_in_it(balance: Balance, to: datetime, policy: Policy) -> None:
    later = advance(balance, to=to, policy=policy).balance
    assert_conserved(later)
    assert audit(later, tolerance=0, at=to) == ()
    assert later == combine(later.breakdown, later.rollovers, feature_id="messages")


@few
@given(balance=balances(), to=stretches, policy=policies, data=st.data())
def test_what_totals_hold_beyond_their_parts_is_neither_lost_nor_invented(
    balance: Balance, to: datetime, policy: Policy, data: st.DataObject
) -> None:
    holds_more = data.draw(beyond(balance))
    later, more = advance(balance, to=to, policy=policy), advance(holds_more, to=to, policy=policy)
    assert more.events == later.events
    for name in ("granted", "remaining", "usage"):
        excess = Fraction(getattr(holds_more, name)) - Fraction(getattr(balance, name))
        assert Fraction(getattr(more.balance, name)) - Fraction(getattr(later.balance, name)) == excess
    assert (more.balance.breakdown, more.balance.rollovers) == (later.balance.breakdown, later.balance.rollovers)


@given(balance=balances(), to=stretches, policy=policies)
def test_events_are_in_order_of_time_and_none_is_late(balance: Balance, to: datetime, policy: Policy) -> None:
    events = advance(balance, to=to, policy=policy).events
    order = [(event.at, KINDS.index(type(event))) for event in events]
    assert all(before <= after for before, after in pairwise(order))
    assert all(event.at <= to for event in events)
    assert list(events) == merged(events)


@few
@given(balance=stated(), to=stretches, policy=policies)
def test_without_a_breakdown_only_rollovers_expire(balance: Balance, to: datetime, policy: Policy) -> None:
    later = advance(balance, to=to, policy=policy)
    gone = [part for part in balance.rollovers if part.expires_at is not None and part.expires_at <= to]
    assert lapsed(later.events) == exact(part.balance for part in gone)
    assert len(later.events) == len(gone)
    counts = not balance.unlimited
    for name, part in (("granted", "granted"), ("remaining", "balance"), ("usage", "usage")):
        moved = exact(getattr(each, part) for each in gone) * counts
        assert Fraction(getattr(balance, name)) - moved == Fraction(getattr(later.balance, name))
    assert later.balance.next_reset_at == balance.next_reset_at
    assert later.balance.breakdown == ()


@few
@given(balance=balances(), to=stretches, policy=policies)
def test_what_is_given_stays_as_it_is(balance: Balance, to: datetime, policy: Policy) -> None:
    copied = copy.deepcopy((balance, policy))
    advance(balance, to=to, policy=policy)
    assert (balance, policy) == copied
