"""Adding up a balance of three items and two rollovers, and one month of the calendar, beside the SDK's validation."""

from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from autumn_sdk.models import Balance as SdkBalance
from bench_wire import AGAIN, COUNT, PEER
from measuring import all_of, compare, report, seconds

from balances import Interval, combine, cycle_at
from balances.testing import item

ANCHOR = datetime(2026, 1, 31, tzinfo=UTC)
MOMENT = datetime(2026, 7, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def bench_a_month_of_the_calendar() -> None:
    peers = all_of(SdkBalance.model_validate, AGAIN)
    ours = all_of(lambda moment: cycle_at(moment, anchor=ANCHOR, interval=Interval.MONTH), [MOMENT] * COUNT)
    report("`cycle_at`, a month", compare(ours, peers, calls=COUNT), peer=f"{PEER} `model_validate`")


def bench_a_month_of_a_zone() -> None:
    moments = [MOMENT] * COUNT
    ours = all_of(lambda moment: cycle_at(moment, anchor=ANCHOR, interval=Interval.MONTH, zone=BERLIN), moments)
    peers = all_of(lambda moment: cycle_at(moment, anchor=ANCHOR, interval=Interval.MONTH), moments)
    report("`cycle_at`, a month of a zone", compare(ours, peers, calls=COUNT), peer="without a zone")


def bench_a_minute_a_century_away() -> None:
    near, far = [ANCHOR.replace(year=year) for year in (2026, 2126)]
    ours = all_of(lambda moment: cycle_at(moment, anchor=ANCHOR, interval=Interval.MINUTE), [far] * COUNT)
    peers = all_of(lambda moment: cycle_at(moment, anchor=ANCHOR, interval=Interval.MINUTE), [near] * COUNT)
    report("`cycle_at`, a minute a century away", compare(ours, peers, calls=COUNT), peer="the next minute")


def bench_combining_is_linear() -> None:
    for count in (1, 10, 100, 1_000, 10_000):
        items = [item(100, 28, id=str(number)) for number in range(count)]
        best = min(seconds(partial(combine, items, feature_id="messages")) for _ in range(15))
        print(f"| `combine` of {count:,} items | {best / count * 1e6:.2f} µs an item |")
