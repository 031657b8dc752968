"""Pieces of SVG, as text: elements, escaping, and the colours of our pictures.

Colour-blind readers can tell the colours apart: they are those of Okabe and Ito. No colour says anything alone. A used
amount is an outline, overage is striped, and every number is written beside its bar. A picture brings its own paper,
light or dark as the reader prefers, so it can be read on any page.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import accumulate, takewhile
from typing import Final
from unicodedata import east_asian_width

from balances.base.amounts import ROUNDED, ZERO, normalised, quotient

__all__: list[str] = []

_ESCAPES: Final = {ord(character): f"&#{ord(character)};" for character in "&<>\"'"}
_TOO_LARGE: Final = Decimal(10**15)
_SMALLEST: Final = Decimal("0.0001")
_TEXT_SIZE: Final = 12
_HEAD_SIZE: Final = 15
_NARROW: Final = frozenset(" !'(),-./:;I[]fijlrt|·")
_WIDE: Final = frozenset("%@MWmw…")
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

STYLE: Final = """
.balances-picture { font: 12px system-ui, sans-serif; }
.balances-picture .paper { fill: #fff; }
.balances-picture text { fill: #1f2328; }
.balances-picture .soft { fill: #57606a; }
.balances-picture .head { font-size: 15px; font-weight: 600; }
.balances-picture .left { fill: #0072b2; }
.balances-picture .carried { fill: #56b4e9; }
.balances-picture .used { fill: none; stroke: #57606a; }
.balances-picture .over { fill: url(#balances-stripes); stroke: #d55e00; }
.balances-picture .flat { stroke: none; }
.balances-picture .stripe { stroke: #d55e00; stroke-width: 3; }
.balances-picture .line { fill: none; stroke: #0072b2; stroke-width: 2; }
.balances-picture .axis { fill: none; stroke: #8c959f; }
.balances-picture .reset { fill: #009e73; }
.balances-picture .expiry { fill: #cc79a7; }
.balances-picture .lapse { fill: #e69f00; }
.balances-picture .topup { fill: #0072b2; }
.balances-picture .refusal { fill: none; stroke: #d55e00; stroke-width: 2.5; }
@media (prefers-color-scheme: dark) {
.balances-picture .paper { fill: #0d1117; }
.balances-picture text { fill: #e6edf3; }
.balances-picture .soft { fill: #9da7b3; }
.balances-picture .left { fill: #3d9be0; }
.balances-picture .carried { fill: #a6dcff; }
.balances-picture .line { stroke: #3d9be0; }
.balances-picture .topup { fill: #3d9be0; }
.balances-picture .used { stroke: #9da7b3; }
.balances-picture .axis { stroke: #6e7681; }
}
"""

_SQUEEZED: Final = 'lengthAdjust="spacingAndGlyphs"'
_STRIPES: Final = (
    '<pattern id="balances-stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line class="stripe" x1="0" y1="0" x2="0" y2="6"/></pattern>'
)


def escaped(text: str) -> str:
    """Return text for an element or an attribute, on one line.

    A character that XML cannot hold, or that turns the direction of the text around it, becomes a replacement mark.
    """
    return "".join(map(_held, text)).translate(_ESCAPES)


def breadth(text: str, size: float = _TEXT_SIZE) -> float:
    """Return about how broad a text is in pixels: rather too broad than too narrow, whatever the font of the reader.

    >>> round(breadth("28 of 100 left")), round(breadth("WWW")), round(breadth("残高"))
    (89, 36, 24)
    """
    return size * sum(map(_ems, text))


def head_of(text: str, room: float) -> str:
    """Return a headline, or the beginning of one that is broader than its room."""
    return shortened(text, room, _HEAD_SIZE)


def shortened(text: str, room: float, size: float = _TEXT_SIZE) -> str:
    """Return a text, or the beginning of one that is broader than its room.

    >>> shortened("messages", 80), shortened("messages", 50)
    ('messages', 'mess…')
    """
    if breadth(text, size) <= room:
        return text
    ends = accumulate(size * _ems(character) for character in text)
    kept = sum(1 for _ in takewhile(lambda end: end <= room - breadth("…", size), ends))
    return f"{text[:kept]}…"


def number(amount: Decimal) -> str:
    """Return an amount for a picture, with separate thousands and at most four decimals.

    >>> [number(Decimal(text)) for text in ("1234567.891", "0.00001", "1e20")]
    ['1,234,567.891', '1e-05', '1e+20']
    """
    if amount and not _SMALLEST <= amount.copy_abs() < _TOO_LARGE:
        return f"{float(amount):g}"
    return f"{normalised(amount.quantize(_SMALLEST, ROUND_HALF_EVEN, ROUNDED)):,f}"


def date(moment: datetime) -> str:
    """Return a moment for a picture: the day, and the time of day unless it is midnight."""
    day, time = moment.isoformat()[:10], moment.isoformat()[11:16]
    return day if time == "00:00" else f"{day} {time}"


def share(part: Decimal, whole: Decimal) -> float:
    """Return the share that a part is of a whole, from 0 to 1.

    >>> share(Decimal(1), Decimal(4)), share(Decimal(5), Decimal(0))
    (0.25, 0.0)
    """
    return float(quotient(min(max(part, ZERO), whole), whole)) if whole > 0 else 0.0


def rect(x: float, y: float, width: float, height: float, *, kind: str) -> str:
    """Return a rectangle, or an empty text if it has no area."""
    if width <= 0 or height <= 0:
        return ""
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def path(data: str, *, kind: str, title: str = "") -> str:
    """Return a path. A pointer on it shows the title."""
    return f'<path class="{kind}" d="{data}">{f"<title>{escaped(title)}</title>" if title else ""}</path>'


def text(x: float, y: float, content: str, *, kind: str = "", anchor: str = "start", room: float | None = None) -> str:
    """Return a line of text. One that is broader than its room is squeezed into it."""
    squeezed = "" if room is None or breadth(content) <= room else f' textLength="{room:.1f}" {_SQUEEZED}'
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{squeezed}>{escaped(content)}</text>'


def moved(y: float, body: Iterable[str]) -> str:
    """Return pieces of a picture, moved down."""
    return f'<g transform="translate(0 {y:g})">{"".join(body)}</g>'


def drawing(width: int, height: int, *, title: str, description: str, body: Iterable[str]) -> str:
    """Return a whole picture, which needs no other file."""
    size = f'width="{width}" height="{height}"'
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="balances-picture" role="img" {size} ',
            f'viewBox="0 0 {width} {height}"><title>{escaped(title)}</title><desc>{escaped(description)}</desc>',
            f"<style>{STYLE}</style><defs>{_STRIPES}</defs>",
            f'<rect class="paper" {size} rx="6"/>',
            *body,
            "</svg>",
        )
    )


def _ems(character: str) -> float:
    """Return about how broad a character is, as a share of the size of the text."""
    if character in _NARROW:
        return 0.42
    if character in _WIDE or east_asian_width(character) in {"F", "W"}:
        return 1.0
    return 0.72 if character.isupper() else 0.64


def _held(character: str) -> str:
    """Return the character, or a replacement mark if a picture cannot hold it."""
    is_control = character < " " or "\x7f" <= character <= "\x9f" or character in "\u2028\u2029"
    is_none = "\ud800" <= character <= "\udfff" or character in "\ufffe\uffff"
    return "\ufffd" if is_control or is_none or character in _TURNING else character
