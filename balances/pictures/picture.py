"""Pictures of balances, accounts, uses and timelines."""

from typing import Final

from balances.base.amounts import Amount
from balances.base.fields import argument, to_count, to_optional_text
from balances.base.home import public
from balances.base.messages import described
from balances.errors import InvalidCount
from balances.timeline.timelines import Timeline
from balances.usage.tracking import Tracked
from balances.values.accounts import Account
from balances.values.balance import Balance

__all__ = ["Picture", "picture"]

_NARROWEST: Final = 480


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
def picture(
    holding: Balance | Account | Tracked | Timeline, /, *, title: str | None = None, width: Amount = 720
) -> Picture:
    """Draw a balance as bars, an account as the bars of its balances, or a timeline as a burn-down.

    Of a `Tracked`, the balance after the use is drawn. A balance, an account, a `Tracked` and a timeline show their
    picture themselves in a notebook.

    `title` stands in place of the name of the feature. `width` is in pixels, and at least 480. A page may scale the
    picture to any size.

    The picture needs no other file, and is legible in light and in dark. Shapes and words tell its colours apart too.
    It has a title and a description for readers who do not see it, and every name in it is escaped.

    >>> from balances.testing import balance
    >>> drawn = picture(balance(100, 28, feature_id="R&D"))
    >>> drawn.startswith("<svg "), "<title>Balance of R&#38;D</title>" in drawn
    (True, True)
    """
    title, width = argument("title", to_optional_text, title), argument("width", _to_width, width)
    # Most programs draw nothing, so the drawing files are imported with the first picture.
    if isinstance(holding, Timeline):
        from balances.pictures.burndowns import burndown  # noqa: PLC0415

        return Picture(burndown(holding, title=title, width=width))
    from balances.pictures import bars  # noqa: PLC0415

    if isinstance(holding, Balance):
        return Picture(bars.bars(holding, title=title, width=width))
    if isinstance(holding, Tracked):
        return Picture(bars.bars_after(holding, title=title, width=width))
    if isinstance(holding, Account):
        return Picture(bars.bars_of_all(holding, title=title, width=width))
    raise TypeError(f"holding: expected a Balance, an Account, a Tracked or a Timeline, got {described(holding)}")


def _to_width(value: Amount) -> int:
    width = to_count(value)
    if width < _NARROWEST:
        raise InvalidCount(f"expected a whole number of at least {_NARROWEST}, got {described(width)}")
    return width


def shown_in_a_notebook(holding: Balance | Account | Tracked | Timeline) -> str:
    """Return the picture of a value, as a notebook asks the value for it."""
    return str.__str__(picture(holding))
