"""The short builders that many tests share, so that a case reads like the domain.

Everything here is about the feature "messages". A builder that one file alone needs stands in that file.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from attrs import evolve
from hypothesis import settings

from balances import (
    Amount,
    Balance,
    BillingControls,
    Breakdown,
    Deduction,
    Event,
    Feature,
    OverageControl,
    Rollover,
    Timeline,
    ToppedUp,
    Usage,
    UsageLimit,
    combine,
)

T = TypeVar("T")

TICK: Final = timedelta(microseconds=1)
"""The shortest time there is."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

SWITCH: Final = Feature(id="messages", name="Messages", type="boolean", consumable=False)
ON: Final = OverageControl(feature_id="messages", enabled=True)
OFF: Final = OverageControl(feature_id="messages", enabled=False)


def tried(percent: int) -> settings:
    """Return the settings of a law that is tried more or less often than most, in percent of what the profile says."""
    return settings(max_examples=max(1, settings().max_examples * percent // 100))


def combined(*items: Breakdown, carried: Iterable[Rollover] = (), **stated: Any) -> Balance:
    """Combine items and rollovers, and then state some totals otherwise."""
    return evolve(combine(items, carried, feature_id="messages"), **stated)


def numbered(items: Iterable[Breakdown]) -> list[Breakdown]:
    """Give every item an id of its own: `item_0`, `item_1`, and so on."""
    return [evolve(item, id=f"item_{index}") for index, item in enumerate(items)]


def limited(limit: Amount, usage: Amount | None = None, **attributes: Any) -> UsageLimit:
    """Return a usage limit, a day's if nothing else is said."""
    usual: dict[str, Any] = {"feature_id": "messages", "interval": "day"}
    return UsageLimit(limit=limit, usage=usage, **(usual | attributes))


def limiting(*limits: UsageLimit) -> BillingControls:
    """Return controls that have usage limits and nothing else."""
    return BillingControls(usage_limits=limits)


def line(amount: Amount, **attributes: Any) -> Deduction:
    """Return a receipt line, of the first item if nothing else is said."""
    usual: dict[str, Any] = {"kind": "item", "id": "plan", "index": 0, "units": amount}
    return Deduction(amount=amount, **(usual | attributes))


def day(month: int, number: int, hour: int = 0, *, year: int = 2026) -> datetime:
    """Return a full hour of a day, in UTC."""
    return datetime(year, month, number, hour, tzinfo=UTC)


def moment(milliseconds: float) -> datetime:
    """Return the moment so many milliseconds after the epoch."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def events_of(timeline: Timeline) -> list[Event]:
    """Return what happened by itself in a timeline: the causes of its steps that are neither a usage nor a top-up."""
    return [step.cause for step in timeline.steps if not isinstance(step.cause, Usage | ToppedUp)]


def try_each(cases: Iterable[tuple[str, T]], test: Callable[[T], object]) -> None:
    """Test every case, and name all that fail. Thousands of cases are so one test, which costs far less to run."""
    failed: dict[str, Exception] = {}
    for name, case in cases:
        try:
            test(case)
        except Exception as error:  # noqa: BLE001  (whatever it is, the group tells it)
            failed[name] = error
    if failed:
        raise ExceptionGroup(f"failed: {', '.join(failed)}", list(failed.values())[:3])


def together(*values: Any) -> tuple[Any, ...]:
    """Return a tuple, so that a case of several values can be spelled as a call."""
    return values
