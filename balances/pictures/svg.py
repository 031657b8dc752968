"""Pieces of SVG, as text: elements, escaping, and the colours of our pictures.

Colour-blind readers can tell the colours apart: they are those of Okabe and Ito. No colour says anything alone. A used
amount is an outline, overage is striped, and every number is written beside its bar. A picture brings its own paper,
light or dark as the reader prefers, so it can be read on any page.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from balances.base.amounts import ROUNDED, ZERO, normalised, quotient

__all__: list[str] = []

_ESCAPES: Final = {ord(character): f"&#{ord(character)};" for character in "&<>\"'"}
_TOO_LARGE: Final = Decimal(10**15)
_SMALLEST: Final = Decimal("0.0001")

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

_STRIPES: Final = (
    '<pattern id="balances-stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line class="stripe" x1="0" y1="0" x2="0" y2="6"/></pattern>'
)


def escaped(text: str) -> str:
    """Return text for an element or an attribute. A character that XML cannot hold becomes a replacement mark."""
    return "".join(map(_held, text)).translate(_ESCAPES)


def shortened(text: str, longest: int) -> str:
    """Return a text, or the beginning of one that is too long."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def number(amount: Decimal) -> str:
    """Return an amount for a picture, with separate thousands and at most four decimals.

    >>> number(Decimal("1234567.891")), number(Decimal("0.00001")), number(Decimal(10) ** 20)
    ('1,234,567.891', '1e-05', '1e+20')
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


def text(x: float, y: float, content: str, *, kind: str = "", anchor: str = "start") -> str:
    """Return a line of text."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escaped(content)}</text>'


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


def _held(character: str) -> str:
    """Return the character, or a replacement mark if XML cannot hold it."""
    is_control = character < " " and character not in "\t\n\r"
    is_none = "\ud800" <= character <= "\udfff" or character in "\ufffe\uffff"
    return "\ufffd" if is_control or is_none else character
