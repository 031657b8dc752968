"""A balance as bars: the amounts used, left and over, of the whole and of each part.

The parts are drawn in the order of use. Only the layout of bars lives here. Elements and colours are in `svg`.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from balances.base.amounts import ZERO, add, subtract, total
from balances.derived.ordering import deduction_order, expiry_order
from balances.derived.overages import has_unlimited, items_of, overage
from balances.pictures.svg import date, drawing, number, rect, share, shortened, text
from balances.values.balance import Balance, Breakdown, Rollover

__all__: list[str] = []

_WIDTH: Final = 720
_BAR_AT: Final = 140
_BAR: Final = 330
_NOTES_AT: Final = _BAR_AT + _BAR + 14
_TOP: Final = 62
_ROW: Final = 36
_THICK: Final = 18
_LONGEST_NAME: Final = 19
_LEGEND: Final = (("left", "left"), ("carried", "carried over"), ("used", "used"), ("over", "over"))


class Row(NamedTuple):
    """One bar: the amounts used, left and over, with a name and the notes beside it."""

    name: str
    notes: tuple[str, str]
    used: Decimal
    left: Decimal
    over: Decimal
    kind: str = "left"

    @property
    def whole(self) -> Decimal:
        """Return the length of the bar, as an amount."""
        return total((self.used, self.left, self.over))


def bars(balance: Balance) -> str:
    """Draw a balance: one bar for the whole, and one for each part at its place in the whole."""
    parts = list(_parts(balance))
    whole = _whole(balance)
    rows = [(whole, ZERO)]
    start = ZERO
    for part in parts:
        rows.append((part, start))
        start = add(start, part.whole)
    scale = max(whole.whole, start)
    drawn = [piece for place, (row, at) in enumerate(rows) for piece in _drawn(row, at, scale, _TOP + place * _ROW)]
    bottom = _TOP + len(rows) * _ROW
    return drawing(
        _WIDTH,
        bottom + 34,
        title=f"Balance of {balance.feature_id}",
        description=". ".join(f"{row.name}: {', '.join(filter(None, row.notes))}" for row, _ in rows),
        body=[*_head(balance), *drawn, *legend(_LEGEND, bottom + 12)],
    )


def legend(entries: tuple[tuple[str, str], ...], y: float) -> Iterator[str]:
    """Draw the legend: each kind of area, and its name."""
    for place, (kind, name) in enumerate(entries):
        x = _BAR_AT + place * 110
        yield rect(x, y, 12, 10, kind=kind)
        yield text(x + 18, y + 9, name, kind="soft")


def _head(balance: Balance) -> Iterator[str]:
    feature = balance.feature
    name = balance.feature_id if feature is None or feature.name == balance.feature_id else feature.name
    yield text(16, 26, shortened(name, 60), kind="head")
    yield text(16, 45, "used, left and over, in the order of use", kind="soft")


def _whole(balance: Balance) -> Row:
    if has_unlimited(items_of(balance)):
        return Row("all", ("unlimited", f"{number(balance.usage)} used"), ZERO, ZERO, ZERO)
    left, over = max(ZERO, balance.remaining), overage(balance)
    reset = f"next reset {date(balance.next_reset_at)}" if balance.next_reset_at else ""
    used = max(ZERO, subtract(balance.granted, left))
    return Row("all", (_numbers(left, balance.granted, over), reset), used, left, over)


def _parts(balance: Balance) -> Iterator[Row]:
    """Return a row for each part, in the order of use."""
    for rollover in sorted(balance.rollovers, key=expiry_order):
        left = max(ZERO, rollover.balance)
        notes = _numbers(left, rollover.granted, ZERO), _dates(rollover)
        yield Row("carried over", notes, max(ZERO, rollover.usage), left, ZERO, "carried")
    for item in deduction_order(balance.breakdown):
        yield _item(item)


def _item(item: Breakdown) -> Row:
    name = item.id or item.plan_id or "item"
    if item.unlimited:
        return Row(name, (f"unlimited, {number(item.usage)} used", _dates(item)), ZERO, ZERO, ZERO)
    left, over = max(ZERO, item.remaining), overage(item)
    used = max(ZERO, subtract(item.granted, left))
    return Row(name, (_numbers(left, item.granted, over), _dates(item)), used, left, over)


def _numbers(left: Decimal, granted: Decimal, over: Decimal) -> str:
    beyond = f", {number(over)} over" if over else ""
    return f"{number(left)} of {number(granted)} left{beyond}"


def _dates(part: Breakdown | Rollover) -> str:
    reset = part.reset if isinstance(part, Breakdown) else None
    dates = [f"resets {date(reset.resets_at)}"] if reset and reset.resets_at else []
    return " · ".join([*dates, f"expires {date(part.expires_at)}"] if part.expires_at else dates)


def _drawn(row: Row, start: Decimal, scale: Decimal, y: float) -> Iterator[str]:
    """Draw one bar from its place in the whole: used, then left, then over."""
    yield text(16, y + 13, shortened(row.name, _LONGEST_NAME))
    at = start
    for amount, kind in ((row.used, "used"), (row.left, row.kind), (row.over, "over")):
        x = _BAR_AT + _BAR * share(at, scale)
        yield rect(x, y, _BAR * share(amount, scale), _THICK, kind=kind)
        at = add(at, amount)
    if not row.whole:
        yield rect(_BAR_AT, y + _THICK / 2, _BAR, 0.5, kind="used")
    first, second = row.notes
    yield text(_NOTES_AT, y + (9 if second else 13), first)
    yield text(_NOTES_AT, y + 23, second, kind="soft") if second else ""
