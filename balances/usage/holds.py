"""Setting an amount aside before it is known how much of it will be used."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Generic, NamedTuple

from attrs import evolve, field, frozen

from balances.base.amounts import ONE, Amount, add, quotient, subtract, to_amount, to_optional_amount, total
from balances.base.fields import Bound, Value, argument, instance_of, named, to_text
from balances.base.frozen import FrozenMap, frozen_json
from balances.base.home import public
from balances.base.instants import to_optional_instant
from balances.base.unchecked import maker
from balances.derived.credits import cost_of
from balances.errors import HoldExpired, InsufficientBalance
from balances.usage.limits import Controls, Matching, matching, with_counted
from balances.usage.receipts import Deduction, folded, to_deductions, units_in, units_of
from balances.usage.tracking import AnyOverageBehavior, OverageBehavior, Tracked, to_behavior, track
from balances.usage.undoing import Undone, given_back, lines_of, portions_of, undo
from balances.values.balance import Balance, to_balance
from balances.values.controls import BillingControls
from balances.values.policies import Policy, to_policy

__all__ = ["Held", "Hold", "confirm", "hold", "release"]


_NO_PROPERTIES: Final = FrozenMap[Any]({})
_LEAST_ZERO: Final = Bound(0)


def to_least_zero(value: Amount) -> Decimal:
    """Return an amount of zero or more."""
    amount = to_amount(value)
    _LEAST_ZERO.check(amount)
    return amount


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Hold(Value):
    """An amount set aside, in units of the tracked feature, and the receipt of it.

    It remembers the terms on which it was made: `expires_at` (`None`: it never expires), the `credit_cost` of one unit
    (`None` for a hold of an account, where each line has units of its own), the `feature_id` (empty: the balance's own
    feature) and the `properties` of the event.

    A hold outlives the request that made it: both wire formats can write and read it.

    >>> from balances import wire
    >>> balance = Balance(feature_id="tokens", granted=100, remaining=100, usage=0)
    >>> held = hold(balance, 40, id="call_1")
    >>> wire.snake.structure(wire.snake.unstructure(held.hold), Hold) == held.hold
    True
    """

    id: str = field(converter=to_text)
    amount: Decimal = field(converter=to_amount, validator=Bound(0))
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    expires_at: datetime | None = field(converter=to_optional_instant, default=None)
    credit_cost: Decimal | None = field(converter=to_optional_amount, validator=Bound(0, is_open=True), default=ONE)
    feature_id: str = field(converter=to_text, default="")
    properties: Mapping[str, Any] = field(converter=frozen_json, default=_NO_PROPERTIES)


def to_hold(hold: Hold) -> Hold:
    """Return a hold as it is."""
    return instance_of(hold, Hold)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Held(Value):
    """A balance without the amount that a hold has set aside, and the hold.

    >>> balance = Balance(feature_id="tokens", granted=100, remaining=100, usage=0)
    >>> hold(balance, 40, id="call_1").balance.remaining
    Decimal('60')
    """

    balance: Balance = field(converter=to_balance)
    hold: Hold = field(converter=to_hold)


_make_hold = maker(Hold)
_make_held = maker(Held)
_make_tracked = maker(Tracked)


@public
def hold(
    balance: Balance,
    /,
    amount: Amount,
    *,
    id: str,  # noqa: A002  (what it is called on the wire)
    expires_at: datetime | None = None,
    controls: BillingControls | None = None,
    credit_cost: Amount | None = None,
    properties: Mapping[str, Any] | None = None,
    feature_id: str | None = None,
    policy: Policy | None = None,
) -> Held:
    """Set an amount aside, all of it or nothing.

    The amount is taken as `track` takes it, so that nobody else can use it. If it is not met, `InsufficientBalance` is
    raised. Usage limits are asked now, and count the amount once it is confirmed, so several holds together may exceed
    a limit. The hold remembers `credit_cost`, `properties` and `feature_id` for `confirm`. The properties must be plain
    data, so that the hold can be stored.

    >>> from balances.testing import balance
    >>> held = hold(balance(100, 28), 50, id="call_1")
    >>> held.balance.remaining, confirm(held.balance, held.hold, used=20).balance.remaining
    (Decimal('22'), Decimal('52'))
    """
    amount, balance = argument("amount", to_least_zero, amount), argument("balance", to_balance, balance)
    tracked = track(
        balance,
        amount,
        controls=controls,
        overage_behavior=OverageBehavior.REJECT,
        credit_cost=credit_cost,
        properties=properties,
        feature_id=feature_id,
        policy=policy,
    )
    made = _make_hold(
        id=argument("id", to_text, id),
        amount=amount,
        deductions=tracked.deductions,
        expires_at=argument("expires_at", to_optional_instant, expires_at),
        credit_cost=cost_of(balance, credit_cost, feature_id),
        feature_id=to_text(feature_id or ""),
        properties=argument("properties", frozen_json, properties) if properties else _NO_PROPERTIES,
    )
    return _make_held(balance=tracked.balance, hold=made)


@public
def confirm(
    balance: Balance,
    /,
    hold: Hold,
    *,
    used: Amount | None = None,
    at: datetime | None = None,
    controls: Controls = None,  # type: ignore[assignment]  # as for track
    overage_behavior: AnyOverageBehavior = OverageBehavior.CAP,
    policy: Policy | None = None,
) -> Tracked[Controls]:
    """Turn an amount held into usage.

    Without `used`, all of it stays taken. If less was used, the difference is given back as by `undo`. If more was
    used, the difference is tracked in addition, on the terms that the hold remembers. The receipt and the usage limits
    of the result cover all that was used, the amount held included. Given `at`, a hold that has expired by then is
    refused: release it.

    A pure function cannot see that a hold was confirmed or released before. Store open holds, and delete the hold in
    the transaction that confirms or releases it.

    >>> from balances.testing import balance
    >>> held = hold(balance(100, 28), 50, id="call_1")
    >>> for used in (None, 20, 60):
    ...     print(confirm(held.balance, held.hold, used=used).balance.usage)
    78
    48
    88
    """
    at, hold = argument("at", to_optional_instant, at), argument("hold", to_hold, hold)
    wanted = hold.amount if used is None else argument("used", to_least_zero, used)
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    balance = argument("balance", to_balance, balance)
    policy = argument("policy", to_policy, policy)
    limits = matching(controls, balance, hold.feature_id or None, hold.properties or None)
    check_expiry(hold, at)
    confirmation = _Confirmation(balance, hold, wanted, limits, controls, behavior, policy)
    return _with_more(confirmation) if wanted > hold.amount else _with_no_more(confirmation)


def check_expiry(hold: Hold, at: datetime | None) -> None:
    """Raise where a hold has expired by a moment."""
    if at is not None and hold.expires_at is not None and at >= hold.expires_at:
        raise HoldExpired(f"expected a moment before {hold.expires_at.isoformat()}, got {at.isoformat()}")


class _Confirmation(NamedTuple, Generic[Controls]):
    """A hold, and how much was used of it, on the terms of the confirmation."""

    balance: Balance
    hold: Hold
    wanted: Decimal
    limits: Matching
    controls: Controls
    behavior: OverageBehavior
    policy: Policy

    def counted(self, lines: Sequence[Deduction], units: Decimal) -> Controls:
        """Return the controls after their usage limits have counted a receipt."""
        is_beyond = self.behavior is OverageBehavior.OVERFLOW
        return with_counted(self.controls, self.limits, lines, units, is_beyond=is_beyond)


def _with_more(confirmation: _Confirmation[Controls]) -> Tracked[Controls]:
    """Track the difference, after the usage limits have counted the amount held."""
    balance, hold, wanted, *_ = confirmation
    lines = lines_of(balance, _lines_of(hold))
    try:
        more = track(
            balance,
            subtract(wanted, hold.amount),
            controls=confirmation.counted(lines, hold.amount),
            overage_behavior=confirmation.behavior,
            credit_cost=_cost_of(hold),
            properties=hold.properties or None,
            feature_id=hold.feature_id or None,
            policy=confirmation.policy,
        )
    except InsufficientBalance as error:
        raise InsufficientBalance(wanted, add(hold.amount, error.available), error.limit) from None
    return evolve(more, deductions=folded([*lines, *more.deductions]), tracked=add(hold.amount, more.tracked))


def _with_no_more(confirmation: _Confirmation[Controls]) -> Tracked[Controls]:
    """Give back the amount that was held and not used, no more than was taken."""
    balance, hold, wanted, *_ = confirmation
    lines = lines_of(balance, _lines_of(hold))
    surplus = min(subtract(hold.amount, wanted), units_in(lines))
    undone = given_back(balance, portions_of(lines, surplus), confirmation.policy.order)
    deductions, tracked = tuple(folded([*lines, *undone.deductions])), subtract(wanted, undone.untracked)
    return _make_tracked(
        balance=undone.balance,
        deductions=deductions,
        tracked=tracked,
        untracked=undone.untracked,
        controls=confirmation.counted(deductions, tracked),
    )


def _lines_of(hold: Hold) -> Sequence[Deduction]:
    """Return the receipt of a hold with units that add up to its amount, whatever a store has rounded."""
    lines = hold.deductions
    if not lines or hold.credit_cost is None or units_in(lines) == hold.amount:
        return lines
    units = units_of([line.amount for line in lines], hold.credit_cost, hold.amount)
    return [evolve(line, units=each) for line, each in zip(lines, units, strict=True)]


def _cost_of(hold: Hold) -> Decimal | None:
    """Return the cost of one unit: as remembered, or as the lines paid for theirs; None where it is to be looked up."""
    units = units_in(hold.deductions)
    if hold.credit_cost is not None or not units:
        return hold.credit_cost
    return quotient(total(line.amount for line in hold.deductions), units)


@public
def release(balance: Balance, /, hold: Hold, *, policy: Policy | None = None) -> Undone:
    """Give back all that was held, as if it had never been held.

    Units that have lapsed do not come back: an item that has reset since takes nothing back.

    >>> from balances.testing import balance
    >>> held = hold(balance(100, 28), 50, id="call_1")
    >>> release(held.balance, held.hold).balance == balance(100, 28)
    True
    """
    return undo(balance, argument("hold", to_hold, hold).deductions, policy=policy)
