"""A balance as bars: the amounts used, left and over, of the whole and of each part.

The parts are drawn in the order of use. Only the layout of bars lives here. Elements and colours are in `svg`.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from balances.base.amounts import ZERO, add, subtract, total
from balances.derived.ordering import deduction_order, expiry_order
from balances.derived.overages import has_unlimited, items_of, overage
from balances.pictures.svg import breadth, date, drawing, head_of, moved, number, rect, share, shortened, text
from balances.usage.tracking import Tracked
from balances.values.accounts import Account
from balances.values.balance import Balance, Breakdown, Rollover

__all__: list[str] = []

_MARGIN: Final = 16
_BAR_AT: Final = 140
_NAME: Final = _BAR_AT - _MARGIN - 6
_SHORTEST_BAR: Final = 120
_NOTES: Final = 220
_GAP: Final = 14
_TOP: Final = 62
_ROW: Final = 36
_THICK: Final = 18
_FOOT: Final = 34
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

    @property
    def areas(self) -> tuple[tuple[Decimal, str], ...]:
        """Return the amounts of the bar from left to right, each with its kind."""
        return (self.used, "used"), (self.left, self.kind), (self.over, "over")


class _Panel(NamedTuple):
    """The drawing of one balance, from its own top."""

    height: int
    description: str
    body: list[str]


def bars(
    balance: Balance, *, title: str | None, width: int, below: str = "used, left and over, in the order of use"
) -> str:
    """Draw a balance: one bar for the whole, and one for each part at its place in the whole."""
    panel = _panel(balance, title or _name(balance), below, width)
    return _drawing(title or f"Balance of {balance.feature_id}", [panel], width)


def bars_after(tracked: Tracked, *, title: str | None, width: int) -> str:
    """Draw the balance after a use, and say how much was used."""
    refused = f", {number(tracked.untracked)} refused" if tracked.untracked else ""
    return bars(tracked.balance, title=title, width=width, below=f"{number(tracked.tracked)} tracked{refused}")


def bars_of_all(account: Account, *, title: str | None, width: int) -> str:
    """Draw the balances of an account, one under another, and name its flags."""
    held = f"{len(account.balances):,} held"
    flags = f"flags: {', '.join(account.flags)}" if account.flags else "no flags"
    head = title or "Account"
    first = _Panel(_TOP - 8, f"{held}, {flags}", list(_head(head, f"{held}, {flags}", width)))
    panels = [_panel(each, _name(each), "", width) for each in account.balances.values()]
    return _drawing(head, [first, *panels], width)


def _drawing(title: str, panels: Iterable[_Panel], width: int) -> str:
    """Return the picture of panels, one under another."""
    height, body, described = 0, list[str](), list[str]()
    for panel in panels:
        body.extend([moved(height, panel.body)] if height else panel.body)
        described.append(panel.description)
        height += panel.height
    return drawing(width, height, title=title, description=". ".join(described), body=body)


def _panel(balance: Balance, head: str, below: str, width: int) -> _Panel:
    parts = list(_parts(balance))
    whole = _whole(balance)
    placed = [(whole, ZERO)]
    start = ZERO
    for part in parts:
        placed.append((part, start))
        start = add(start, part.whole)
    rows, scale = [row for row, _ in placed], max(whole.whole, start)
    columns = _columns(rows, width)
    drawn = [
        piece
        for place, (row, at) in enumerate(placed)
        for piece in _drawn(row, (at, scale), columns, _TOP + place * _ROW)
    ]
    bottom = _TOP + len(rows) * _ROW
    description = ". ".join(f"{row.name}: {', '.join(filter(None, row.notes))}" for row in rows)
    return _Panel(bottom + _FOOT, description, [*_head(head, below, width), *drawn, *_legend(rows, bottom + 12)])


class _Columns(NamedTuple):
    """The breadth of the bars, and of the notes beside them."""

    bar: float
    notes: float


def _columns(rows: Iterable[Row], width: int) -> _Columns:
    """Give the notes as much room as they need and the shortest bar leaves them."""
    room = width - _BAR_AT - _GAP - _MARGIN
    needed = max(breadth(note) for row in rows for note in row.notes)
    notes = min(max(needed, _NOTES), room - _SHORTEST_BAR)
    return _Columns(room - notes, notes)


def _legend(rows: Iterable[Row], y: float) -> Iterator[str]:
    """Draw the legend of the areas that are there: each kind, and its name."""
    kinds = {kind for row in rows for amount, kind in row.areas if amount > 0}
    x = float(_BAR_AT)
    for kind, name in _LEGEND:
        if kind in kinds:
            yield rect(x, y, 12, 10, kind=kind)
            yield text(x + 18, y + 9, name, kind="soft")
            x += breadth(name) + 44


def _name(balance: Balance) -> str:
    return balance.feature_id if balance.feature is None else balance.feature.name


def _head(head: str, below: str, width: int) -> Iterator[str]:
    room = width - 2 * _MARGIN
    yield text(_MARGIN, 26, head_of(head, room), kind="head")
    yield text(_MARGIN, 45, shortened(below, room), kind="soft") if below else ""


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


def _drawn(row: Row, place: tuple[Decimal, Decimal], columns: _Columns, y: float) -> Iterator[str]:
    """Draw one bar from its place in the whole: used, then left, then over."""
    yield text(_MARGIN, y + 13, shortened(row.name, _NAME))
    at, scale = place
    for amount, kind in row.areas:
        x = _BAR_AT + columns.bar * share(at, scale)
        yield rect(x, y, columns.bar * share(amount, scale), _THICK, kind=kind)
        at = add(at, amount)
    if not row.whole:
        yield rect(_BAR_AT, y + _THICK / 2, columns.bar, 0.5, kind="used")
    first, second = row.notes
    x = _BAR_AT + columns.bar + _GAP
    yield text(x, y + (9 if second else 13), first, room=columns.notes)
    yield text(x, y + 23, second, kind="soft", room=columns.notes) if second else ""
