"""A timeline as a burn-down: the amount left, step by step, and the events on the way.

Only the layout of burn-downs lives here. Elements and colours are in `svg`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from balances.base.amounts import ZERO, add
from balances.base.messages import counted
from balances.derived.overages import overage
from balances.pictures.svg import breadth, date, drawing, head_of, number, path, share, shortened, text
from balances.timeline.timelines import Step, Timeline
from balances.values.events import BreakdownExpired, Event, ResetHappened, ToppedUp, Usage

__all__: list[str] = []

_MARGIN: Final = 16
_LABELS: Final = 102
_MOST_LABELS: Final = 200
_GAP: Final = 8
_RIGHT_MARGIN: Final = 20
_TOP: Final = 66
_BOTTOM: Final = 236
_LANE: Final = 20
_TICKS: Final = 4
_TICK: Final = 110
_LINE: Final = 12

_SHAPES: Final = {
    "reset": "M{x:.1f},{y:.1f}m0,-6l6,10h-12z",
    "expiry": "M{x:.1f},{y:.1f}m0,-6l6,6l-6,6l-6,-6z",
    "lapse": "M{x:.1f},{y:.1f}m0,6l6,-10h-12z",
    "topup": "M{x:.1f},{y:.1f}m-5,0a5,5,0,1,0,10,0a5,5,0,1,0,-10,0z",
    "refusal": "M{x:.1f},{y:.1f}m-5,-5l10,10m0,-10l-10,10",
}
"""The mark of each kind. The shapes differ as well as the colours."""


_LANES: Final = (
    ("resets", "reset"),
    ("expiries", "expiry"),
    ("topped up", "topup"),
    ("lapsed", "lapse"),
    ("refused", "refusal"),
)


class _Frame:
    """The place of a moment and of an amount in the picture."""

    def __init__(self, timeline: Timeline, width: int) -> None:
        balances = [timeline.start, *(step.balance for step in timeline.steps)]
        self.start = timeline.steps[0].at if timeline.steps else timeline.until
        self.end = timeline.until
        self.most = max(ZERO, *(balance.remaining for balance in balances))
        self.over = max(map(overage, balances))
        below = [(self.over.copy_negate(), f"{number(self.over)} over")] if self.over else []
        self.labels = [(self.most, number(self.most)), *below, (ZERO, "0")]
        self.room = min(max(_LABELS, *(breadth(label) + _MARGIN for _, label in self.labels)), _MOST_LABELS)
        self.left = self.room + _GAP
        self.right = width - _RIGHT_MARGIN

    def x(self, moment: datetime) -> float:
        """Return the place of a moment from left to right."""
        span = self.end - self.start
        return self.left + (self.right - self.left) * ((moment - self.start) / span if span else 0.0)

    def y(self, amount: Decimal) -> float:
        """Return the place of an amount from top to bottom. Overage is below zero."""
        return _BOTTOM - (_BOTTOM - _TOP) * share(add(amount, self.over), add(self.most, self.over))


def burndown(timeline: Timeline, *, title: str | None, width: int) -> str:
    """Draw a timeline: the amount left as a line, overage below zero, and a lane for each kind of event."""
    frame, lanes, summary = _Frame(timeline, width), _lanes_of(timeline), _summary(timeline)
    bottom = _BOTTOM + 28 + len(lanes) * _LANE
    marks = [mark for place, lane in enumerate(lanes) for mark in _lane(lane, frame, _BOTTOM + 40 + place * _LANE)]
    room = width - 2 * _MARGIN
    head = text(_MARGIN, 26, head_of(title or timeline.start.feature_id, room), kind="head")
    below = text(_MARGIN, 45, shortened(summary, room), kind="soft")
    return drawing(
        width,
        bottom + 20,
        title=title or f"Timeline of {timeline.start.feature_id}",
        description=". ".join((summary, *(f"{name}: {len(found)}" for name, _, found in lanes))),
        body=[head, below, *_axes(frame), *_curves(timeline, frame), *marks],
    )


def _summary(timeline: Timeline) -> str:
    amounts = (timeline.balance.remaining, timeline.lapsed, timeline.overage, timeline.refused)
    left, lapsed, beyond, refused = map(number, amounts)
    end = date(timeline.until)
    bought = f"{number(timeline.topped_up)} topped up, " if timeline.topped_up else ""
    return f"{left} left on {end}, {bought}{lapsed} lapsed, {beyond} used beyond the grant, {refused} refused"


def _axes(frame: _Frame) -> Iterator[str]:
    zero = frame.y(ZERO)
    yield path(f"M{frame.left:g},{_TOP}V{_BOTTOM}M{frame.left:g},{zero:.1f}H{frame.right:g}", kind="axis")
    yield from _labels(frame)
    ticks = min(_TICKS, int((frame.right - frame.left) // _TICK))
    for tick in range(ticks + 1) if frame.start < frame.end else (0,):
        moment = frame.start + (frame.end - frame.start) * tick / ticks
        anchor = "start" if tick == 0 else "end" if tick == ticks else "middle"
        yield text(frame.x(moment), _BOTTOM + 18, date(moment)[:10], kind="soft", anchor=anchor)


def _labels(frame: _Frame) -> Iterator[str]:
    """Label the greatest amount left, the greatest overage, and zero where it is not too near to either."""
    taken = list[float]()
    for amount, label in frame.labels:
        y = frame.y(amount)
        if all(abs(y - other) >= _LINE for other in taken):
            taken.append(y)
            yield text(frame.room, y + 4, label, kind="soft", anchor="end", room=frame.room - _MARGIN)


def _curves(timeline: Timeline, frame: _Frame) -> Iterator[str]:
    """Draw the amount left as steps, and overage as an area below."""
    start, zero = timeline.start, frame.y(ZERO)
    steps = _thinned(timeline.steps, frame)
    line = [f"M{frame.left:g},{frame.y(start.remaining):.1f}"]
    area = [f"M{frame.left:g},{zero:.1f}V{frame.y(overage(start).copy_negate()):.1f}"]
    for step in steps:
        line.append(f"H{frame.x(step.at):.1f}V{frame.y(step.balance.remaining):.1f}")
        area.append(f"H{frame.x(step.at):.1f}V{frame.y(overage(step.balance).copy_negate()):.1f}")
    if frame.over:
        yield path(f"{''.join(area)}H{frame.right:g}V{zero:.1f}z", kind="over flat", title="used beyond the grant")
    yield path(f"{''.join(line)}H{frame.right:g}", kind="line", title="left")


def _thinned(steps: Sequence[Step], frame: _Frame) -> list[Step]:
    """Return the steps that can be seen: in each column of pixels the highest, the lowest and the last."""
    columns: dict[int, list[Step]] = {}
    for step in steps:
        columns.setdefault(round(frame.x(step.at)), []).append(step)
    return [step for column in columns.values() for step in _seen(column)]


def _seen(column: list[Step]) -> list[Step]:
    extremes = (max(column, key=_level), min(column, key=_level), max(column, key=_over))
    shown = {id(step) for step in (*extremes, column[-1])}
    return [step for step in column if id(step) in shown]


def _level(step: Step) -> Decimal:
    return step.balance.remaining


def _over(step: Step) -> Decimal:
    return overage(step.balance)


_Mark = tuple[datetime, str]
"""A moment, and the words that a pointer shows there."""


_Lane = tuple[str, str, list[_Mark]]
"""The name of a lane, the kind of its marks, and the marks."""


def _lanes_of(timeline: Timeline) -> list[_Lane]:
    """Return the lanes that have marks."""
    found = [(kind, (step.at, words)) for step in timeline.steps for kind, words in _marks_of(step)]
    lanes = [(name, kind, [mark for of, mark in found if of == kind]) for name, kind in _LANES]
    return [lane for lane in lanes if lane[2]]


def _marks_of(step: Step) -> Iterator[tuple[str, str]]:
    """Yield the marks of a step: the kind of each, and its words."""
    cause = step.cause
    if isinstance(cause, Usage):
        if step.untracked > 0:
            yield "refusal", f"{number(step.untracked)} of {number(cause.amount)} refused"
    elif isinstance(cause, ToppedUp):
        yield "topup", f"{number(cause.quantity)} of {cause.item_id}"
    else:
        yield from _marks_of_event(cause)


def _marks_of_event(cause: Event) -> Iterator[tuple[str, str]]:
    if isinstance(cause, ResetHappened):
        times = f", {counted(cause.count, 'time')}" if cause.count > 1 else ""
        yield "reset", f"{cause.id or 'item'} granted {number(cause.granted)}{times}"
    else:
        yield "expiry", (cause.id or "item") if isinstance(cause, BreakdownExpired) else "carried over"
    if cause.lapsed:
        yield "lapse", f"{number(cause.lapsed)} lapsed"


def _lane(lane: _Lane, frame: _Frame, y: float) -> Iterator[str]:
    """Mark each moment of a lane. Of several marks in one column, the first says how many there are."""
    name, kind, found = lane
    yield text(frame.room, y + 4, name, kind="soft", anchor="end")
    columns: dict[int, list[_Mark]] = {}
    for moment, words in found:
        columns.setdefault(round(frame.x(moment)), []).append((moment, words))
    for column in columns.values():
        moment, words = column[0]
        more = f", and {len(column) - 1:,} more" if len(column) > 1 else ""
        yield path(_SHAPES[kind].format(x=frame.x(moment), y=y), kind=kind, title=f"{date(moment)}: {words}{more}")
