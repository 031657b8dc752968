"""Warn a customer while there is time: after each request, and every night."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from balances import (
    Balance,
    Breakdown,
    Reset,
    Rollover,
    UsageAlert,
    advance,
    combine,
    crossed,
    expiring,
    runs_out_at,
    track,
)

DAY, NOTICE = timedelta(days=1), timedelta(days=7)

Warnings = Iterator[tuple[str, str]]
"""Each warning is a key and a text. Of all warnings with one key, the first is sent."""


def after_a_request(
    before: Balance, after: Balance, alerts: Iterable[UsageAlert]
) -> Warnings:
    for alert in crossed(before, after, alerts):
        yield (
            f"{alert.name}, {after.next_reset_at}",
            f"{alert.name}: {after.remaining} of {after.granted} are left",
        )


def every_night(balance: Balance, *, now: datetime, each_day: int) -> Warnings:
    until = now + NOTICE
    end = runs_out_at(balance, amount=each_day, every=DAY, start=now, until=until)
    if end is not None:
        yield (
            f"runs out, {balance.next_reset_at}",
            f"with {each_day} a day, they run out on {end:%d %B}",
        )
    lost: dict[datetime | None, Decimal] = {}
    for part in expiring(balance, before=until):
        lost[part.expires_at] = lost.get(part.expires_at, Decimal()) + left_of(part)
    for moment, amount in lost.items():
        if amount > 0:
            yield f"lost, {moment}", f"{amount} will be lost on {moment:%d %B}"


def left_of(part: Breakdown | Rollover) -> Decimal:
    return part.balance if isinstance(part, Rollover) else part.remaining


def send(warnings: Warnings, sent: set[str], *, at: datetime) -> None:
    """Send the warnings that were not sent before.

    Store the keys that were sent beside the balance.
    """
    for key, text in warnings:
        if key not in sent:
            sent.add(key)
            print(f"{at:%d %B}  {text}")


def opening(start: datetime, end: datetime) -> Balance:
    """Return a plan of 300 a month, a trial of 40, and 30 that were carried over.

    The trial ends on the 20th, and the rollover on the 12th.
    """
    monthly = Reset(interval="month", resets_at=end)
    plan = Breakdown(id="plan", included_grant=300, reset=monthly)
    trial = Breakdown(id="trial", included_grant=40, expires_at=start + 19 * DAY)
    carried = Rollover(balance=30, expires_at=start + 11 * DAY)
    return combine([plan, trial], [carried], feature_id="messages")


def main() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    balance, sent = opening(start, end), set[str]()
    alerts = [
        UsageAlert(
            name="half is used", threshold=50, threshold_type="usage_percentage"
        ),
        UsageAlert(
            name="hardly any are left", threshold=20, threshold_type="remaining"
        ),
    ]
    now = start
    while now < end:
        balance = advance(balance, to=now).balance
        send(every_night(balance, now=now, each_day=12), sent, at=now)
        after = track(balance, 12).balance
        send(after_a_request(balance, after, alerts), sent, at=now)
        balance, now = after, now + DAY


if __name__ == "__main__":
    main()
