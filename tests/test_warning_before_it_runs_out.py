"""The how-to page about warnings: what is said, and that it is said once."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from warn_before_it_runs_out import DAY, after_a_request, every_night, opening, send

from balances import UsageAlert, combine, track
from balances.testing import balance, rollover

NOW = datetime(2026, 1, 10, tzinfo=UTC)
SOON = NOW + 7 * DAY


def test_what_expires_together_is_one_warning() -> None:
    carried = [rollover(30, 10, expires_at=SOON), rollover(5, expires_at=SOON), rollover(9, expires_at=SOON + DAY)]
    whole = combine((), carried, feature_id="messages")
    [(_, text)] = [each for each in every_night(whole, now=NOW, each_day=1) if each[0].startswith("lost")]
    assert text == "25 will be lost on 17 January"


def test_of_what_is_used_up_nothing_is_said() -> None:
    whole = combine((), [rollover(30, 30, expires_at=SOON)], feature_id="messages")
    assert [key for key, _ in every_night(whole, now=NOW, each_day=1) if key.startswith("lost")] == []


@pytest.mark.parametrize(("left", "expected"), [(6, ["they run out on 16 January"]), (7, [])])
def test_a_week_is_looked_ahead(left: int, expected: list[str]) -> None:
    texts = [text.removeprefix("with 1 a day, ") for _, text in every_night(balance(left), now=NOW, each_day=1)]
    assert texts == expected


def test_what_was_sent_is_not_sent_again_until_the_next_period(capsys: pytest.CaptureFixture[str]) -> None:
    alerts, sent = [UsageAlert(threshold=5, threshold_type="usage", name="five")], set[str]()
    before = balance(10, next_reset_at=SOON)
    after = track(before, 5).balance
    for start, end in [(before, after), (before, after), (after, before)]:
        send(after_a_request(start, end, alerts), sent, at=NOW)
    was, now = (evolve(each, next_reset_at=SOON + timedelta(days=31)) for each in (before, after))
    send(after_a_request(was, now, alerts), sent, at=SOON)
    assert capsys.readouterr().out.splitlines() == [
        "10 January  five: 5 of 10 are left",
        "17 January  five: 5 of 10 are left",
    ]


def test_the_customer_of_the_page_starts_with_what_it_says() -> None:
    whole = opening(NOW, SOON)
    assert [item.granted for item in whole.breakdown] == [300, 40]
    assert whole.granted == 370
