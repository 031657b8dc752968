"""Waste: the amounts that a timeline let lapse, by item and by cause."""

from decimal import Decimal
from typing import Literal, TypeAlias

from attrs import field, frozen

from balances.base.amounts import ZERO, add, storable, to_amount
from balances.base.fields import Value, argument, instance_of, named, to_optional_text
from balances.base.home import public
from balances.base.words import Words, one_of
from balances.timeline.timelines import Timeline, events_in
from balances.values.events import Event, ResetHappened, RolloverExpired
from balances.values.policies import Policy, RolloverRule

__all__ = ["Waste", "WasteCause", "waste"]


@public
class WasteCause(Words):
    """The cause why an amount lapsed.

    - `EXPIRED`: an item or a rollover expired with an amount left.
    - `NO_RULE`: an item reset, and no rollover rule carried over the amount left.
    - `TRIMMED`: an item reset under a rollover rule, which did not carry over all of it: by its share or by its cap.

    >>> [cause.value for cause in WasteCause]
    ['expired', 'no_rule', 'trimmed']
    """

    EXPIRED = "expired"
    NO_RULE = "no_rule"
    TRIMMED = "trimmed"


AnyWasteCause: TypeAlias = WasteCause | Literal["expired", "no_rule", "trimmed"]


def _to_cause(word: AnyWasteCause) -> WasteCause:
    return one_of(WasteCause, word)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Waste(Value):
    """The whole amount that lapsed by one cause. `item_id` is the item at whose reset or expiry it lapsed.

    `item_id` is None for rollovers that expired. They do not say which item they came from.

    >>> Waste(item_id="plan", cause="no_rule", amount=72).cause
    <WasteCause.NO_RULE: 'no_rule'>
    """

    item_id: str | None = field(converter=to_optional_text, default=None)
    cause: WasteCause = field(converter=_to_cause)
    amount: Decimal = field(converter=to_amount)


@public
def waste(timeline: Timeline, /) -> tuple[Waste, ...]:
    """Return all that lapsed in a timeline, by item and by cause, in the order in which each was first met.

    The amounts sum to `timeline.lapsed`. An amount that a cap trims off rollovers counts for the item whose reset added
    to them. Overage that was forgiven is no waste: it was used.

    >>> from datetime import UTC, datetime
    >>> from balances import Policy, Usage, combine, simulate
    >>> from balances.testing import item, monthly
    >>> plan = item(
    ...     100, id="plan", reset=monthly(resets_at=datetime(2026, 2, 1, tzinfo=UTC))
    ... )
    >>> trial = item(40, id="trial", expires_at=datetime(2026, 1, 20, tzinfo=UTC))
    >>> usage = Usage(at=datetime(2026, 1, 10, tzinfo=UTC), amount=28)
    >>> policy = Policy(rules={"plan": RolloverRule(max=50, months=1)})
    >>> balance = combine([plan, trial], feature_id="credits")
    >>> until = datetime(2026, 2, 10, tzinfo=UTC)
    >>> for each in waste(simulate(balance, [usage], until=until, policy=policy)):
    ...     print(each.item_id, each.cause, each.amount)
    trial expired 40
    plan trimmed 22
    """
    timeline = argument("timeline", _to_timeline, timeline)
    amounts: dict[tuple[str | None, WasteCause], Decimal] = {}
    for event in events_in(timeline):
        key = None if isinstance(event, RolloverExpired) else event.id, _cause_of(event, timeline.policy)
        amounts[key] = add(amounts.get(key, ZERO), event.lapsed)
    return tuple(
        Waste(item_id=item_id, cause=cause, amount=storable(amount))
        for (item_id, cause), amount in amounts.items()
        if amount
    )


def _to_timeline(timeline: Timeline) -> Timeline:
    return instance_of(timeline, Timeline)


def _cause_of(event: Event, policy: Policy) -> WasteCause:
    if not isinstance(event, ResetHappened):
        return WasteCause.EXPIRED
    rules = policy.rules
    rule = rules if rules is None or isinstance(rules, RolloverRule) else rules.get(event.id)
    return WasteCause.NO_RULE if rule is None else WasteCause.TRIMMED
