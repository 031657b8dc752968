"""Pictures: that they are whole and well-formed, say what they should, and look as was approved.

The approved ones lie in `pictures/`: a picture that is meant to look otherwise is looked at, and then written there.
"""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, localcontext
from operator import methodcaller
from pathlib import Path
from typing import Any, Final, cast
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.test_ambient_state import HOSTILE
from strategies_of_balances import several_items, several_rollovers
from strategies_of_usage import few

from balances import (
    Account,
    AutoTopup,
    Balance,
    Breakdown,
    Feature,
    Flag,
    Interval,
    InvalidCount,
    Picture,
    Policy,
    PurchaseLimit,
    Reset,
    Rollover,
    RolloverRule,
    Timeline,
    ToppedUp,
    Tracked,
    Usage,
    check,
    combine,
    picture,
    simulate,
    track,
)
from balances.pictures.svg import breadth, date, number, share, shortened
from balances.testing import balance, item, monthly, prepaid, rollover, usage_based
from balances.testing.strategies import values

APPROVED: Final = Path(__file__).parent / "pictures"
SVG: Final = "{http://www.w3.org/2000/svg}"
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
FEBRUARY: Final = datetime(2026, 2, 1, tzinfo=UTC)
HOSTILE_NAME: Final = "</text><script>alert('1')</script>&\"\x00\ud800\ufffe"

CREDITS: Final = combine(
    [
        item(100, 130, id="pro", reset=monthly(resets_at=FEBRUARY), price=usage_based(0.5)),
        item(50, 20, id="top-up", expires_at=datetime(2026, 6, 16, 12, tzinfo=UTC)),
        item(0, 0, prepaid_grant=40, plan_id="a plan whose name does not fit", price=prepaid()),
    ],
    [rollover(25, 5, expires_at=datetime(2026, 4, 1, tzinfo=UTC)), rollover(60)],
    feature_id="credits",
)
UNLIMITED: Final = combine(
    [Breakdown(id="all you can eat", included_grant=0, remaining=0, usage=1234, unlimited=True), item(10, 3)],
    feature_id="calls",
)


def lived() -> Timeline:
    """Use more than there is, with a reset, an expiry, something that lapses, and something refused."""
    pro = item(100, id="pro", reset=monthly(resets_at=FEBRUARY), price=usage_based(0.5, max_purchase=20))
    trial = item(40, id="trial", expires_at=START + timedelta(days=10))
    usages = [Usage(at=START + timedelta(days=days), amount=9) for days in range(0, 60, 3)]
    usages.append(Usage(at=START + timedelta(days=58), amount=100))
    rules = {"pro": RolloverRule(max=15, months=1)}
    return simulate(
        combine([pro, trial], feature_id="credits"),
        usages,
        until=START + timedelta(days=90),
        policy=Policy(rules=rules),
    )


def topped_up() -> Timeline:
    """Use packs that are bought when few are left, twice a month at most, with a plan beside them that resets."""
    packs = item(0, 10, prepaid_grant=100, id="packs", price=prepaid(8, billing_units=40))
    plan = item(50, id="plan", reset=monthly(resets_at=FEBRUARY))
    limit = PurchaseLimit(interval="month", limit=2)
    topup = AutoTopup(feature_id="credits", enabled=True, threshold=20, quantity=80, purchase_limit=limit)
    usages = [Usage(at=START + timedelta(days=days), amount=9) for days in range(0, 59, 2)]
    return simulate(
        combine([plan, packs], feature_id="credits"), usages, until=START + timedelta(days=59), topups={"packs": topup}
    )


HUGE: Final = combine(
    [
        item(123_456_789, 0.8765, id="a plan with quite a long name that does not fit", price=usage_based(0.5)),
        item(5_555_555.5555, 999_999_999.1234, id="W" * 24, price=usage_based(1)),
    ],
    [rollover(123_456_789.1235)],
    feature_id="a feature whose name is so long that it does not fit into the head of any picture of any width at all",
)
CUSTOMER: Final = Account(
    balances={"credits": CREDITS, "messages": balance(100, 28)}, flags={"sso": Flag(id="sso", feature_id="sso")}
)

Holding = Balance | Account | Tracked | Timeline

PICTURES: Final[dict[str, Holding]] = {
    "balance": CREDITS,
    "unlimited": UNLIMITED,
    "totals": balance(100, 28),
    "timeline": lived(),
    "topups": topped_up(),
    "huge": HUGE,
    "account": CUSTOMER,
    "tracked": track(CREDITS, 200, overage_behavior="cap"),
}


def parsed(drawn: str) -> ET.Element:
    """Read a picture as a strict reader of XML does."""
    return ET.fromstring(drawn)  # noqa: S314  (it is our own)


def of_kind(root: ET.Element, kind: str) -> list[ET.Element]:
    return [element for element in root.iter() if kind in element.get("class", "").split()]


def texts(root: ET.Element) -> list[str]:
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_as_was_approved(name: str) -> None:
    assert picture(PICTURES[name]) == (APPROVED / f"{name}.svg").read_text("utf-8")


def test_every_approved_picture_is_compared() -> None:
    assert {path.stem for path in APPROVED.iterdir()} == set(PICTURES)


@pytest.mark.parametrize("holding", PICTURES.values(), ids=PICTURES)
def test_a_picture_stands_alone_and_can_be_read_without_being_seen(holding: Holding) -> None:
    root = parsed(picture(holding))
    assert (root.tag, root.get("role")) == (f"{SVG}svg", "img")
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert all((child.text or "").strip() for child in list(root)[:2])
    assert {"script", "image", "use", "foreignObject"}.isdisjoint(
        element.tag.removeprefix(SVG) for element in root.iter()
    )
    references = re.findall(r"(?:href|src)=|https?:[^\"]*|url\([^)]*\)|@import", picture(holding))
    assert set(references) <= {"http://www.w3.org/2000/svg", "url(#balances-stripes)"}
    assert "@media (prefers-color-scheme: dark)" in picture(holding)


@pytest.mark.parametrize("holding", PICTURES.values(), ids=PICTURES)
def test_a_value_shows_its_picture_in_a_notebook_and_prints_as_text(holding: Holding) -> None:
    assert methodcaller("_repr_svg_")(holding) == picture(holding)
    assert repr(holding).startswith(f"{type(holding).__name__}(")


def ends(root: ET.Element) -> list[float]:
    """Return where each text ends, as broad as it is thought to be or is squeezed to be."""
    found = list[float]()
    for element in root.iter(f"{SVG}text"):
        size = 15 if element.get("class") == "head" else 12
        length = float(element.get("textLength") or breadth("".join(element.itertext()), size))
        x = float(element.get("x", 0))
        found.append({"start": x + length, "middle": x + length / 2, "end": x}[element.get("text-anchor", "")])
    return found


@pytest.mark.parametrize("width", [480, 720, 1400])
@pytest.mark.parametrize(
    "holding", [*PICTURES.values(), simulate(HUGE, [Usage(at=START, amount=10**10)], until=FEBRUARY)]
)
def test_no_text_runs_out_of_the_frame_or_into_a_bar(holding: Holding, width: int) -> None:
    root = parsed(picture(holding, width=width))
    assert float(root.get("width", 0)) == width
    assert all(end <= width - 10 for end in ends(root))
    names = [text for text in root.iter(f"{SVG}text") if text.get("x") == "16.0" and not text.get("class")]
    assert all(breadth(name.text or "") <= 120 for name in names)
    # An account has bars and notes of several balances, each with columns of its own.
    if not isinstance(holding, (Account, Timeline)):
        bars = [bar for bar in root.iter(f"{SVG}rect") if bar.get("height") == "18.0"]
        notes = [text for text in root.iter(f"{SVG}text") if text.get("class") == "" and text.get("x") != "16.0"]
        end = max((float(bar.get("x", 0)) + float(bar.get("width", 0)) for bar in bars), default=0)
        assert end <= min(float(note.get("x", 0)) for note in notes)


def test_a_title_stands_in_place_of_the_name() -> None:
    for holding in PICTURES.values():
        root = parsed(picture(holding, title="Credits of ACME"))
        assert root.findtext(f"{SVG}title") == texts(root)[0] == "Credits of ACME"


def test_a_width_is_a_whole_number_of_at_least_480() -> None:
    for width in (479, 0, -1, 720.5):
        with pytest.raises(InvalidCount, match=r"^width: expected a whole number of at least "):
            picture(CREDITS, width=width)
    with pytest.raises(TypeError, match=r"^title: expected a string, got 5"):
        picture(CREDITS, title=cast("Any", 5))


def test_a_legend_names_only_the_areas_that_are_there() -> None:
    assert {"left", "used"} <= set(texts(parsed(picture(balance(100, 28)))))
    assert {"carried over", "over"}.isdisjoint(texts(parsed(picture(balance(100, 28)))))
    nothing = parsed(picture(balance(0)))
    assert {"left", "used", "carried over", "over"}.isdisjoint(texts(nothing))


def test_an_account_is_drawn_as_its_balances_and_names_its_flags() -> None:
    said = texts(parsed(picture(CUSTOMER)))
    assert [words for words in said if words in {"Account", "2 held, flags: sso", "credits", "messages"}] == [
        "Account",
        "2 held, flags: sso",
        "credits",
        "messages",
    ]
    assert texts(parsed(picture(Account()))) == ["Account", "0 held, no flags"]


def test_a_use_says_how_much_was_tracked_and_refused() -> None:
    assert texts(parsed(picture(track(balance(100, 28), 30))))[1] == "30 tracked"
    assert texts(parsed(picture(track(balance(100, 28), 80))))[1] == "72 tracked, 8 refused"


def test_labels_that_would_lie_on_each_other_are_left_out() -> None:
    much = simulate(balance(1, overage_allowed=True), [Usage(at=START, amount=10_000)], until=FEBRUARY)
    assert {"1", "9,999 over"} <= set(texts(parsed(picture(much))))
    assert "0" not in texts(parsed(picture(much)))


def test_a_picture_is_text_that_a_notebook_shows() -> None:
    drawn = picture(CREDITS)
    assert isinstance(drawn, Picture)
    shown = methodcaller("_repr_svg_")(drawn)
    assert shown == str(drawn) == drawn
    assert type(shown) is str


@pytest.mark.parametrize("wrong", [None, "credits", CREDITS.breakdown[0], 5])
def test_what_is_no_balance_and_no_timeline_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^holding: expected a Balance, an Account, a Tracked or a Timeline, got "):
        picture(wrong)


def test_there_is_a_bar_for_the_whole_and_for_each_part_with_its_numbers() -> None:
    root = parsed(picture(CREDITS))
    kinds = Counter(kind for kind in ("left", "carried", "used", "over") for _ in of_kind(root, kind))
    legend = 1
    assert kinds == {"left": 3 + legend, "carried": 2 + legend, "used": 4 + legend, "over": 2 + legend}
    said = texts(root)
    for words in (
        "credits",
        "150 of 275 left, 30 over",
        "next reset 2026-02-01",
        "20 of 25 left",
        "expires 2026-04-01",
        "60 of 60 left",
        "0 of 100 left, 30 over",
        "resets 2026-02-01",
        "30 of 50 left",
        "expires 2026-06-16 12:00",
        "40 of 40 left",
        "a plan whose n…",
    ):
        assert words in said
    description = root.findtext(f"{SVG}desc") or ""
    assert "pro: 0 of 100 left, 30 over, resets 2026-02-01" in description


def test_parts_lie_side_by_side_in_the_whole() -> None:
    bars = [element for element in parsed(picture(CREDITS)).iter(f"{SVG}rect") if element.get("class") != "paper"]
    spans = [(float(bar.get("x", 0)), float(bar.get("width", 0))) for bar in bars if bar.get("height") == "18.0"]
    whole, parts = spans[:3], spans[3:]
    assert sum(width for _, width in whole) == pytest.approx(330, abs=0.3)
    assert sum(width for _, width in parts) == pytest.approx(330, abs=0.7)
    ends = [x + width for x, width in parts]
    assert [x for x, _ in parts[1:]] == pytest.approx(ends[:-1], abs=0.15)


def test_a_balance_without_a_breakdown_is_one_bar_and_its_rollovers() -> None:
    assert len(of_kind(parsed(picture(balance(100, 28))), "left")) == 2
    carried = [Rollover(balance=5)]
    assert len(of_kind(parsed(picture(balance(100, 28, rollovers=carried))), "carried")) == 2


def test_what_is_unlimited_says_so_and_has_no_length() -> None:
    said = texts(parsed(picture(UNLIMITED)))
    assert "unlimited, 1,234 used" in said
    assert "7 of 10 left" in said


def test_the_feature_is_called_by_its_name() -> None:
    feature = Feature(id="messages", name="Chat & Mail", type="metered", consumable=True)
    assert texts(parsed(picture(balance(feature=feature))))[0] == "Chat & Mail"


@pytest.mark.parametrize(
    "holding",
    [
        balance(feature_id=HOSTILE_NAME),
        combine([item(id=HOSTILE_NAME, plan_id=HOSTILE_NAME)], feature_id=HOSTILE_NAME),
        simulate(
            combine([item(id=HOSTILE_NAME, reset=monthly(resets_at=START))], feature_id=HOSTILE_NAME),
            [],
            until=FEBRUARY,
        ),
    ],
    ids=["balance", "item", "timeline"],
)
def test_names_are_escaped_whatever_they_hold(holding: Holding) -> None:
    drawn = picture(holding)
    assert "<script" not in drawn
    root = parsed(drawn)
    assert any("<script>alert('1')</script>" in (element.text or "") for element in root.iter())
    assert drawn.encode("utf-8")


def test_a_name_stays_on_its_line_and_turns_nothing_around() -> None:
    drawn = picture(balance(feature_id="a\nb\u202ec\u2028d\x85e"))
    assert texts(parsed(drawn))[0] == "a\ufffdb\ufffdc\ufffdd\ufffde"


def test_a_timeline_marks_resets_expiries_lapses_and_refusals() -> None:
    timeline = lived()
    root = parsed(picture(timeline))
    marks = {
        kind: [mark.findtext(f"{SVG}title") for mark in of_kind(root, kind)]
        for kind in ("reset", "expiry", "lapse", "refusal")
    }
    assert marks["reset"] == [
        "2026-02-01: pro granted 100",
        "2026-03-01: pro granted 100",
        "2026-04-01: pro granted 100",
    ]
    assert marks["expiry"] == ["2026-01-11: trial", "2026-03-01: carried over"]
    assert all(marks["lapse"])
    assert marks["refusal"]
    assert {"resets", "expiries", "lapsed", "refused"} <= set(texts(root))
    assert {"2026-01-01", "2026-04-01", "140"} <= set(texts(root))
    assert number(timeline.refused) in (root.findtext(f"{SVG}desc") or "")


def test_a_timeline_marks_what_was_topped_up() -> None:
    timeline = topped_up()
    root = parsed(picture(timeline))
    bought = [step for step in timeline.steps if isinstance(step.cause, ToppedUp)]
    titles = [mark.findtext(f"{SVG}title") for mark in of_kind(root, "topup")]
    assert titles == [f"{date(step.at)}: 80 of packs" for step in bought]
    assert len(titles) > 1
    assert "topped up" in texts(root)
    assert f"{80 * len(bought)} topped up" in (root.findtext(f"{SVG}desc") or "")


def test_a_lane_is_there_only_where_something_happened() -> None:
    drawn = parsed(picture(simulate(balance(100), [Usage(at=START, amount=5)], until=FEBRUARY)))
    assert {"resets", "expiries", "topped up", "lapsed", "refused"}.isdisjoint(texts(drawn))


def test_the_line_goes_through_every_level() -> None:
    usages = [Usage(at=START + timedelta(days=days), amount=25) for days in (0, 10, 20)]
    root = parsed(picture(simulate(balance(100), usages, until=START + timedelta(days=20))))
    (line,) = of_kind(root, "line")
    assert line.get("d") == "M110,66.0H110.0V108.5H405.0V151.0H700.0V193.5H700"


def test_overage_lies_below_nothing() -> None:
    usages = [Usage(at=START, amount=150)]
    root = parsed(picture(simulate(balance(100, overage_allowed=True), usages, until=FEBRUARY)))
    (area,) = of_kind(root, "flat")
    assert area.get("d") == "M110,179.3V179.3H110.0V236.0H700V179.3z"
    assert "50 over" in texts(root)


def test_nothing_happening_is_a_line_and_a_date() -> None:
    root = parsed(picture(simulate(balance(100), [], until=FEBRUARY)))
    assert [line.get("d") for line in of_kind(root, "line")] == ["M110,66.0H700"]
    assert texts(root).count("2026-02-01") == 1


def test_a_long_timeline_is_drawn_in_as_much_as_can_be_seen() -> None:
    hourly = item(100, id="hourly", reset=Reset(interval=Interval.HOUR, resets_at=START))
    usages = [Usage(at=START + timedelta(minutes=minutes), amount=1 + minutes % 7) for minutes in range(8_000)]
    timeline = simulate(combine([hourly], feature_id="calls"), usages, until=usages[-1].at)
    drawn = picture(timeline)
    assert len(drawn) < 150_000
    (line,) = of_kind(parsed(drawn), "line")
    levels = set(map(float, re.findall(r"V([\d.]+)", line.get("d", ""))))
    assert min(levels) == 66.0
    lowest = min(step.balance.remaining for step in timeline.steps)
    assert max(levels) == pytest.approx(236 - 170 * float(lowest) / 100, abs=0.06)
    assert any(" more" in (mark.findtext(f"{SVG}title") or "") for mark in of_kind(parsed(drawn), "refusal"))


@few
@given(items=several_items, carried=several_rollovers)
def test_any_balance_can_be_drawn(items: list[Breakdown], carried: list[Rollover]) -> None:
    root = parsed(picture(combine(items, carried, feature_id="credits")))
    for bar in root.iter(f"{SVG}rect"):
        assert 0 <= float(bar.get("x", 0)) <= 720
        assert float(bar.get("x", 0)) + float(bar.get("width", 0)) <= 720.2


@few
@given(value=values(Balance))
def test_any_balance_that_can_be_read_can_be_drawn(value: Balance) -> None:
    assert parsed(picture(value)).tag == f"{SVG}svg"


@pytest.mark.parametrize("context", HOSTILE.values(), ids=HOSTILE)
def test_no_decimal_context_changes_a_picture(context: Context) -> None:
    expected = [picture(holding) for holding in PICTURES.values()]
    with localcontext(context):
        assert [picture(holding) for holding in PICTURES.values()] == expected


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("0", "0"),
        ("0.5", "0.5"),
        ("1234.5", "1,234.5"),
        ("0.00005", "5e-05"),
        ("-1234567", "-1,234,567"),
        ("3.14159265", "3.1416"),
        ("1e15", "1e+15"),
        ("1e400", "inf"),
    ],
)
def test_numbers_are_told_as_a_person_reads_them(amount: str, told: str) -> None:
    assert number(Decimal(amount)) == told


def test_moments_shares_and_long_names_are_told_in_short() -> None:
    assert (date(START), date(START.replace(hour=9, minute=5))) == ("2026-01-01", "2026-01-01 09:05")
    assert (share(Decimal(5), Decimal(2)), share(Decimal(-1), Decimal(2)), share(Decimal(1), Decimal(-2))) == (1, 0, 0)
    assert (shortened("messages", 80), shortened("messages", 50), shortened("W", 2)) == ("messages", "mess…", "…")


@given(st.decimals(0, 10**30), st.decimals(0, 10**30))
def test_a_share_is_between_nothing_and_all(part: Decimal, whole: Decimal) -> None:
    assert 0 <= share(part, whole) <= 1


def test_a_value_without_a_picture_says_that_it_has_none() -> None:
    decision = check(balance(100), 5)
    assert not hasattr(decision, "_repr_svg_")
    with pytest.raises(AttributeError, match=r"^type object 'Decision' has no attribute '_repr_svg_'$"):
        methodcaller("_repr_svg_")(decision)
