"""Pictures of balances and timelines."""

from balances.base.home import public
from balances.base.messages import described
from balances.timeline.timelines import Timeline
from balances.values.balance import Balance

__all__ = ["Picture", "picture"]


@public
class Picture(str):
    """A picture as SVG text. Write it to a file or put it into a page. A notebook shows it.

    >>> from balances.testing import balance
    >>> drawn = picture(balance(100, 28))
    >>> isinstance(drawn, str), drawn._repr_svg_() == drawn
    (True, True)
    """

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str.__str__(self)


@public
def picture(holding: Balance | Timeline, /) -> Picture:
    """Draw a balance as bars, or a timeline as a burn-down.

    The picture needs no other file, and is legible in light and in dark. Shapes and words tell its colours apart too.
    It has a title and a description for readers who do not see it, and every name in it is escaped.

    >>> from balances.testing import balance
    >>> drawn = picture(balance(100, 28, feature_id="R&D"))
    >>> drawn.startswith("<svg "), "<title>Balance of R&#38;D</title>" in drawn
    (True, True)
    """
    # Most programs draw nothing, so the drawing files are imported with the first picture.
    if isinstance(holding, Balance):
        from balances.pictures.bars import bars  # noqa: PLC0415

        return Picture(bars(holding))
    if isinstance(holding, Timeline):
        from balances.pictures.burndowns import burndown  # noqa: PLC0415

        return Picture(burndown(holding))
    raise TypeError(f"holding: expected a Balance or a Timeline, got {described(holding)}")
