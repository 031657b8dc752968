"""What survives a reset."""

from __future__ import annotations

from decimal import Decimal

from attrs import field, frozen

from balances.amounts import to_optional_amount
from balances.errors import InvalidRule, described
from balances.fields import Bound, Value, named, to_optional_count

__all__ = ["RolloverRule"]


@frozen(kw_only=True, repr=False, field_transformer=named)
class RolloverRule(Value):
    """How much may be carried over a reset, and for how long.

    The cap is `max`, or `max_percentage` of what is granted, or none; `months=None` means that what is carried over
    never expires.

    >>> RolloverRule(max=500, months=3)
    RolloverRule(max=500, months=3)
    >>> RolloverRule(months=0)
    Traceback (most recent call last):
    balances.errors.InvalidCount: months: expected a whole number of at least 1, got 0
    """

    max: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    max_percentage: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    months: int | None = field(converter=to_optional_count, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse two caps in one rule."""
        if self.max is not None and self.max_percentage is not None:
            both = f"max {described(self.max)} and max_percentage {described(self.max_percentage)}"
            raise InvalidRule(f"expected max or max_percentage, got both: {both}")
