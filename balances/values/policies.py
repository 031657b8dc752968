"""The rules by which a balance lives, as data.

This file has the values. Each function says which of them it obeys.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from attrs import field, frozen

from balances.base.amounts import to_optional_amount
from balances.base.fields import Bound, Value, instance_of, named, to_optional_count
from balances.base.frozen import FrozenMap
from balances.base.home import public
from balances.base.instants import to_optional_instant
from balances.base.messages import described
from balances.base.shown import is_mapping
from balances.base.words import Words, one_of
from balances.errors import InvalidRule
from balances.periods.month_ends import MonthEnd, to_month_end
from balances.periods.zones import to_optional_zone
from balances.values.orders import BurnOrder

__all__ = ["OverageAtReset", "Policy", "RolloverRule", "Rules"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class RolloverRule(Value):
    """How much of an unused amount is carried over a reset, and how long it lives.

    - `share`: the percentage of the amount left that may be carried over. Without one, all of it may be.
    - `max`, or `max_percentage` of the grant: the cap over all rollovers together. Without one, there is no cap.
    - `months`, `days`, or `resets` of the item: how long a rollover lives. Without one, it never expires.

    The wire has `max`, `max_percentage` and `months`. A rule with another attribute is written only with
    `internal=True`.

    >>> RolloverRule(max=500, months=3)
    RolloverRule(max=500, months=3)
    >>> RolloverRule(share=50, days=90)
    RolloverRule(share=50, days=90)
    >>> RolloverRule(months=0)
    Traceback (most recent call last):
    balances.InvalidCount: months: expected a whole number of at least 1, got 0
    >>> RolloverRule(months=3, days=90)
    Traceback (most recent call last):
    balances.InvalidRule: expected months, days or resets, got both: months 3 and days 90
    """

    max: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    max_percentage: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    months: int | None = field(converter=to_optional_count, default=None)
    share: Decimal | None = field(converter=to_optional_amount, validator=Bound(0, most=100), default=None)
    days: int | None = field(converter=to_optional_count, default=None)
    resets: int | None = field(converter=to_optional_count, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse two caps and two lives in one rule."""
        self._check_at_most_one("max", "max_percentage")
        self._check_at_most_one("months", "days", "resets")

    def _check_at_most_one(self, *names: str) -> None:
        given = [(name, getattr(self, name)) for name in names if getattr(self, name) is not None]
        if len(given) > 1:
            *others, last = names
            came = " and ".join(f"{name} {described(value)}" for name, value in given)
            number = "all" if len(given) > len(names[:2]) else "both"
            raise InvalidRule(f"expected {', '.join(others)} or {last}, got {number}: {came}")


def to_rule(rule: RolloverRule) -> RolloverRule:
    """Return a rule as it is."""
    return instance_of(rule, RolloverRule)


def to_optional_rule(rule: RolloverRule | None) -> RolloverRule | None:
    """Return a rule as it is, or None."""
    return None if rule is None else to_rule(rule)


Rules: TypeAlias = RolloverRule | Mapping[str, RolloverRule | None] | None
"""One rule for every item that resets, as one pool; or the rule of each item by its id; or none: all lapses then."""


def to_rules(rules: Rules) -> Rules:
    """Return rules that cannot change."""
    if rules is None or isinstance(rules, RolloverRule):
        return rules
    if not is_mapping(rules):
        raise TypeError(f"expected a RolloverRule, or a mapping of item ids to them, got {described(rules)}")
    for item_id, rule in rules.items():
        if not isinstance(item_id, str):
            raise InvalidRule(f"expected item ids that are strings, got {described(item_id)}")
        if rule is not None and not isinstance(rule, RolloverRule):
            raise InvalidRule(f"expected a RolloverRule or None at {described(item_id)}, got {described(rule)}")
    return FrozenMap(rules)


@public
class OverageAtReset(Words):
    """The fate of an item's overage when the item resets.

    An item of 100 has an overage of 30. After its reset it has:

    - `FORGIVE`: 100 remaining and no overage. The seller has billed the overage, or gives it away.
    - `REPAY`: 70 remaining and no overage. The new grant pays.
    - `KEEP`: 100 remaining and 30 of overage. The debt stands beside the whole new grant.
    - `SETTLE`: as `KEEP`, and then all that the balance holds pays the debt: rollovers first, then items.

    >>> [way.value for way in OverageAtReset]
    ['forgive', 'repay', 'keep', 'settle']
    """

    FORGIVE = "forgive"
    REPAY = "repay"
    KEEP = "keep"
    SETTLE = "settle"


AnyOverageAtReset: TypeAlias = OverageAtReset | Literal["forgive", "repay", "keep", "settle"]


def _to_overage_at_reset(word: AnyOverageAtReset) -> OverageAtReset:
    return one_of(OverageAtReset, word)


def _to_order(order: BurnOrder) -> BurnOrder:
    return instance_of(order, BurnOrder)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Policy(Value):
    """The rules that hold each time a balance is advanced or used.

    - `order`: which parts are used first.
    - `rules`: which unused amounts are carried over a reset. Without a rule, they lapse.
    - `anchor`: the moment from which all resets are counted. Without one, each is counted from the one before.
    - `zone`: the time zone whose days and months count. Without one, those of UTC do.
    - `month_end`: where a boundary falls in a month that is too short for the anchor's day.
    - `overage_at_reset`: the fate of an item's overage when the item resets.

    A policy is an argument of the functions that need one, and never part of a balance. For each of them, `None` is the
    policy whose fields are all left out.

    >>> Policy(rules={"pro": RolloverRule(max=50)}, overage_at_reset="repay")
    Policy(rules={'pro': RolloverRule(max=50)}, overage_at_reset=OverageAtReset.REPAY)
    >>> Policy(anchor=datetime(2026, 1, 31))
    Traceback (most recent call last):
    balances.InvalidInstant: anchor: expected an aware datetime, got the naive 2026-01-31T00:00:00
    """

    order: BurnOrder = field(converter=_to_order, default=BurnOrder())
    rules: Rules = field(converter=to_rules, default=None)
    anchor: datetime | None = field(converter=to_optional_instant, default=None)
    zone: tzinfo | None = field(converter=to_optional_zone, default=None)
    month_end: MonthEnd = field(converter=to_month_end, default=MonthEnd.LAST_DAY)
    overage_at_reset: OverageAtReset = field(converter=_to_overage_at_reset, default=OverageAtReset.FORGIVE)


DEFAULT_POLICY: Final = Policy()


def to_policy(policy: Policy | None) -> Policy:
    """Return a policy as it is, or the default one where there is none."""
    return DEFAULT_POLICY if policy is None else instance_of(policy, Policy)
