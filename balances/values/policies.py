"""The rules by which a balance lives, as data."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from attrs import field, frozen

from balances.base.amounts import to_optional_amount
from balances.base.fields import Bound, Value, instance_of, named, to_optional_count
from balances.base.home import public
from balances.base.messages import described
from balances.base.shown import is_mapping
from balances.errors import InvalidRule

__all__ = ["RolloverRule", "Rules"]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class RolloverRule(Value):
    """How much may be carried over a reset, and for how long.

    The cap is `max`, or `max_percentage` of what is granted, or none; `months=None` means that what is carried over
    never expires.

    >>> RolloverRule(max=500, months=3)
    RolloverRule(max=500, months=3)
    >>> RolloverRule(months=0)
    Traceback (most recent call last):
    balances.InvalidCount: months: expected a whole number of at least 1, got 0
    """

    max: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    max_percentage: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    months: int | None = field(converter=to_optional_count, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse two caps in one rule."""
        if self.max is not None and self.max_percentage is not None:
            both = f"max {described(self.max)} and max_percentage {described(self.max_percentage)}"
            raise InvalidRule(f"expected max or max_percentage, got both: {both}")


def to_rule(rule: RolloverRule) -> RolloverRule:
    """Return a rule as it is."""
    return instance_of(rule, RolloverRule)


def to_optional_rule(rule: RolloverRule | None) -> RolloverRule | None:
    """Return a rule as it is, or None."""
    return None if rule is None else to_rule(rule)


Rules: TypeAlias = RolloverRule | Mapping[str, RolloverRule | None] | None
"""What carries over: one rule for every item that resets, or the rule of each item by its id; without one, nothing."""


def to_rules(rules: Rules) -> Rules:
    """Return rules as they are."""
    if rules is None or isinstance(rules, RolloverRule):
        return rules
    if not is_mapping(rules):
        raise TypeError(f"expected a RolloverRule, or a mapping of item ids to them, got {described(rules)}")
    for rule in rules.values():
        if rule is not None:
            instance_of(rule, RolloverRule)
    return rules
