"""The classes that the wire cuts up in another way than the values do.

The months of a rollover rule are two keys there, a unit and a length. The reset of a plan has no date. The controls of
an account are `billing_controls`.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import field, frozen

from balances.base.amounts import to_optional_amount
from balances.base.fields import Bound, named, to_count, to_optional_count
from balances.base.frozen import FrozenMap
from balances.base.messages import described, suggestion
from balances.base.words import UnknownWord
from balances.errors import InvalidRule
from balances.periods.cycles import Interval, to_interval
from balances.values.accounts import Account, to_balances, to_features, to_flags
from balances.values.balance import Balance, Flag, Reset
from balances.values.controls import BillingControls, to_optional_controls
from balances.values.features import Feature
from balances.values.policies import RolloverRule

__all__: list[str] = []


_FOREVER: Final = "forever"
_DURATION_TYPES: Final = ("month", _FOREVER)


def to_duration_type(word: Any) -> str:
    """Return the word as it is, if it is one of the two from which the months follow."""
    if isinstance(word, str) and word in _DURATION_TYPES:
        return word
    raise InvalidRule(f'expected "month" or "forever", got {described(word)}{suggestion(word, _DURATION_TYPES)}')


def has_no_length(raw: Mapping[str, Any]) -> bool:
    """Return whether a rollover rule comes as plans have it. In requests it has a `length`, and months are usual."""
    return "length" not in raw


def lasts_forever(keys: Mapping[str, Any]) -> bool:
    """Return whether these keys of a rollover rule make its length meaningless."""
    return keys.get("expiry_duration_type") == _FOREVER


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class WireRule:
    """The keys of a rollover rule. A length of months that is missing is 1.

    `share`, `days` and `resets` are ours: only stores of our own have them.
    """

    max: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    max_percentage: Decimal | None = field(converter=to_optional_amount, validator=Bound(0), default=None)
    expiry_duration_type: str = field(converter=to_duration_type, default="month")
    expiry_duration_length: int | None = field(converter=to_optional_count, default=None)
    share: Decimal | None = field(converter=to_optional_amount, validator=Bound(0, most=100), default=None)
    days: int | None = field(converter=to_optional_count, default=None)
    resets: int | None = field(converter=to_optional_count, default=None)

    def to_rule(self) -> RolloverRule:
        """Return the rule that these keys mean."""
        months = None if self.expiry_duration_type == _FOREVER else self.expiry_duration_length or 1
        return RolloverRule(
            max=self.max,
            max_percentage=self.max_percentage,
            months=months,
            share=self.share,
            days=self.days,
            resets=self.resets,
        )


def to_wire_rule(rule: RolloverRule) -> WireRule:
    """Return the keys of a rule."""
    return WireRule(
        max=rule.max,
        max_percentage=rule.max_percentage,
        expiry_duration_type=_FOREVER if rule.months is None else "month",
        expiry_duration_length=rule.months,
        share=rule.share,
        days=rule.days,
        resets=rule.resets,
    )


def sendable(rule: RolloverRule) -> RolloverRule:
    """Return a rule as it is, if others than ourselves can read it."""
    for name in ("share", "days", "resets"):
        value = getattr(rule, name)
        if value is not None:
            raise InvalidRule(
                f"{name}: expected none in a rule for the wire, got {described(value)} (internal=True writes it)"
            )
    return rule


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class PlanReset:
    """The keys of a plan's reset."""

    interval: Interval | UnknownWord = field(converter=to_interval)
    interval_count: int = field(converter=to_count, default=1)

    def to_reset(self) -> Reset:
        """Return the reset that these keys mean."""
        return Reset(interval=self.interval, interval_count=self.interval_count)


def to_plan_reset(reset: Reset) -> PlanReset:
    """Return the keys of a reset."""
    return PlanReset(interval=reset.interval, interval_count=reset.interval_count)


@frozen(kw_only=True, weakref_slot=False, field_transformer=named)
class WireAccount:
    """The keys of an account."""

    features: tuple[Feature, ...] = field(converter=to_features, default=())
    balances: Mapping[str, Balance] = field(converter=to_balances, default=FrozenMap({}))
    flags: Mapping[str, Flag] = field(converter=to_flags, default=FrozenMap({}))
    billing_controls: BillingControls | None = field(converter=to_optional_controls, default=None)

    def to_account(self) -> Account:
        """Return the account that these keys mean."""
        return Account(features=self.features, balances=self.balances, flags=self.flags, controls=self.billing_controls)


def to_wire_account(account: Account) -> WireAccount:
    """Return the keys of an account."""
    return WireAccount(
        features=account.features, balances=account.balances, flags=account.flags, billing_controls=account.controls
    )
