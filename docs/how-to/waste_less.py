"""Replay a history under several policies, and compare how much each lets lapse."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from balances import (
    DEFAULT_KEYS,
    Balance,
    Breakdown,
    BurnOrder,
    Policy,
    Reset,
    RolloverRule,
    Timeline,
    Usage,
    combine,
    simulate,
    waste,
)


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


HALF = RolloverRule(share=50, months=2)
GIFTS_FIRST = BurnOrder(keys=["sooner_expiry", *DEFAULT_KEYS])

POLICIES: Mapping[str, Policy] = {
    "in the order bought": Policy(order=BurnOrder(keys=[])),
    "plan first": Policy(),
    "gifts first": Policy(order=GIFTS_FIRST),
    "plan first, half is carried": Policy(rules={"plan": HALF}),
    "gifts first, half is carried": Policy(order=GIFTS_FIRST, rules={"plan": HALF}),
}


def opening() -> Balance:
    """Return a top-up of 60, a gift of 60 until 15 February, and 100 a month."""
    topup = Breakdown(id="top-up", included_grant=60)
    gift = Breakdown(id="gift", included_grant=60, expires_at=day(2, 15))
    monthly = Reset(interval="month", resets_at=day(2, 1))
    plan = Breakdown(id="plan", included_grant=100, reset=monthly)
    return combine([topup, gift, plan], feature_id="credits")


HISTORY: Sequence[Usage] = [
    Usage(at=day(1, 10), amount=40),
    Usage(at=day(2, 10), amount=40),
    Usage(at=day(3, 10), amount=170),
]


def under(policies: Mapping[str, Policy]) -> dict[str, Timeline]:
    """Replay the history once for each policy."""
    return {
        name: simulate(opening(), HISTORY, until=day(3, 31), policy=policy)
        for name, policy in policies.items()
    }


def report(timelines: Mapping[str, Timeline]) -> None:
    for name, timeline in timelines.items():
        left = timeline.balance.remaining
        print(
            f"{name}: {timeline.lapsed} lapsed, {timeline.refused} refused, {left} left"
        )
        for each in waste(timeline):
            print(f"    {each.item_id or 'carried over'}, {each.cause}: {each.amount}")


def least_wasteful(timelines: Mapping[str, Timeline]) -> str:
    """Return the policy that let the least lapse.

    Of several, it is the first that refused the least.
    """
    return min(
        timelines, key=lambda name: (timelines[name].lapsed, timelines[name].refused)
    )


def main() -> None:
    timelines = under(POLICIES)
    report(timelines)
    print(f"The least is wasted here: {least_wasteful(timelines)}")


if __name__ == "__main__":
    main()
