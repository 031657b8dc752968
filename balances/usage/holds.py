"""Setting an amount aside before it is known how much of it will be used."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from balances.base.amounts import ONE, Amount, add, subtract, to_amount, total
from balances.base.fields import Bound, Value, argument, instance_of, named, to_text
from balances.base.home import public
from balances.base.instants import to_optional_instant
from balances.errors import HoldExpired, InsufficientBalance
from balances.usage.limits import Matching, matching, with_counted
from balances.usage.receipts import Deduction, folded, to_deductions, units_of
from balances.usage.tracking import AnyOverageBehavior, OverageBehavior, Tracked, to_behavior, track
from balances.usage.undoing import Undone, undo
from balances.values.balance import Balance, to_balance
from balances.values.controls import BillingControls

__all__ = ["Held", "Hold", "confirm", "hold", "release"]


def _to_least_zero(value: Amount) -> Decimal:
    amount = to_amount(value)
    Bound(0).check(amount)
    return amount


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Hold(Value):
    """An amount set aside, in units, and the receipt of what it took; `expires_at=None` means never.

    It outlives the request that made it: both wire formats have a shape for it, to be stored and read again.

    >>> from balances import wire
    >>> held = hold(Balance(feature_id="tokens", granted=100, remaining=100, usage=0), 40, id="call_1")
    >>> wire.snake.structure(wire.snake.unstructure(held.hold), Hold) == held.hold
    True
    """

    id: str = field(converter=to_text)
    amount: Decimal = field(converter=to_amount, validator=Bound(0))
    deductions: tuple[Deduction, ...] = field(converter=to_deductions, default=())
    expires_at: datetime | None = field(converter=to_optional_instant, default=None)
    credit_cost: Decimal = field(converter=to_amount, validator=Bound(0, is_open=True), default=ONE)


def to_hold(hold: Hold) -> Hold:
    """Return a hold as it is."""
    return instance_of(hold, Hold)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Held(Value):
    """A balance without what a hold set aside, and the hold.

    >>> hold(Balance(feature_id="tokens", granted=100, remaining=100, usage=0), 40, id="call_1").balance.remaining
    Decimal('60')
    """

    balance: Balance = field(converter=to_balance)
    hold: Hold = field(converter=to_hold)


@public
def hold(
    balance: Balance,
    /,
    amount: Amount,
    *,
    id: str,  # noqa: A002  (what it is called on the wire)
    expires_at: datetime | None = None,
    controls: BillingControls | None = None,
    credit_cost: Amount = 1,
    properties: Mapping[str, Any] | None = None,
    feature_id: str | None = None,
) -> Held:
    """Set an amount aside, all of it or nothing.

    It is taken as `track` takes it, so that nobody else can use it; where it is not met, `InsufficientBalance` is
    raised. Usage limits are asked, and count it once it is confirmed: several holds together may exceed one.

    >>> from balances.testing import balance
    >>> held = hold(balance(100, 28), 50, id="call_1")
    >>> held.balance.remaining, confirm(held.balance, held.hold, used=20).balance.remaining
    (Decimal('22'), Decimal('52'))
    """
    amount = argument("amount", _to_least_zero, amount)
    tracked = track(
        balance,
        amount,
        controls=controls,
        overage_behavior=OverageBehavior.REJECT,
        credit_cost=credit_cost,
        properties=properties,
        feature_id=feature_id,
    )
    made = Hold(id=id, amount=amount, deductions=tracked.deductions, expires_at=expires_at, credit_cost=credit_cost)
    return Held(balance=tracked.balance, hold=made)


@public
def confirm(
    balance: Balance,
    /,
    hold: Hold,
    *,
    used: Amount | None = None,
    at: datetime | None = None,
    controls: BillingControls | None = None,
    overage_behavior: AnyOverageBehavior = OverageBehavior.CAP,
    properties: Mapping[str, Any] | None = None,
    feature_id: str | None = None,
) -> Tracked:
    """Make of what was held what was used.

    Without `used`, all that was held stays taken. Of less, the difference is given back as by `undo`; of more, it is
    tracked in addition. The receipt and the usage limits of the result are about all that was used, what was held
    included; give the `properties` and the `feature_id` again, which a hold does not keep. Given `at`, a hold that has
    expired by then is refused: release it.

    >>> from balances.testing import balance
    >>> held = hold(balance(100, 28), 50, id="call_1")
    >>> for used in (None, 20, 60):
    ...     print(confirm(held.balance, held.hold, used=used).balance.usage)
    78
    48
    88
    """
    at, hold = argument("at", to_optional_instant, at), argument("hold", to_hold, hold)
    if at is not None and hold.expires_at is not None and at >= hold.expires_at:
        raise HoldExpired(f"expected a moment before {hold.expires_at.isoformat()}, got {at.isoformat()}")
    wanted = hold.amount if used is None else argument("used", _to_least_zero, used)
    behavior = argument("overage_behavior", to_behavior, overage_behavior)
    limits = matching(controls, argument("balance", to_balance, balance), feature_id, properties)
    if wanted <= hold.amount:
        return _with_no_more(balance, hold, wanted, controls, limits)
    lines = _lines_of(hold)
    try:
        more = track(
            balance,
            subtract(wanted, hold.amount),
            controls=with_counted(controls, limits, _paid(lines), hold.amount),
            overage_behavior=behavior,
            credit_cost=hold.credit_cost,
            properties=properties,
            feature_id=feature_id,
        )
    except InsufficientBalance as error:
        raise InsufficientBalance(wanted, add(hold.amount, error.available), error.limit) from None
    return evolve(more, deductions=folded([*lines, *more.deductions]), tracked=add(hold.amount, more.tracked))


def _with_no_more(
    balance: Balance, hold: Hold, wanted: Decimal, controls: BillingControls | None, limits: Matching
) -> Tracked:
    """Give back what was held and was not used; no more than was taken."""
    lines = _lines_of(hold)
    surplus = min(subtract(hold.amount, wanted), total(line.units for line in lines))
    undone = undo(balance, lines, amount=surplus)
    deductions, tracked = folded([*lines, *undone.deductions]), subtract(wanted, undone.untracked)
    return Tracked(
        balance=undone.balance,
        deductions=deductions,
        tracked=tracked,
        untracked=undone.untracked,
        controls=with_counted(controls, limits, _paid(deductions), tracked),
    )


def _lines_of(hold: Hold) -> Sequence[Deduction]:
    """Return the receipt of a hold with units that add up to it, whatever a store has rounded."""
    lines = hold.deductions
    if not lines or total(line.units for line in lines) == hold.amount:
        return lines
    units = units_of([line.amount for line in lines], hold.credit_cost, hold.amount)
    return [evolve(line, units=each) for line, each in zip(lines, units, strict=True)]


def _paid(lines: Iterable[Deduction]) -> Decimal:
    return total(line.amount for line in lines)


@public
def release(balance: Balance, /, hold: Hold) -> Undone:
    """Give back all that was held, as if it had never been.

    >>> from balances.testing import balance
    >>> held = hold(balance(100, 28), 50, id="call_1")
    >>> release(held.balance, held.hold).balance == balance(100, 28)
    True
    """
    return undo(balance, argument("hold", to_hold, hold).deductions)
