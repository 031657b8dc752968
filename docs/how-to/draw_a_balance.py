"""Two pictures: a balance as it is, and four months of it."""

from datetime import UTC, datetime, timedelta

from balances import (
    Balance,
    Breakdown,
    Policy,
    Price,
    Reset,
    Rollover,
    RolloverRule,
    Timeline,
    Usage,
    combine,
    picture,
    simulate,
)


def credits_of_a_team() -> Balance:
    """Make up a balance of two items and two rollovers."""
    monthly = Reset(interval="month", resets_at=datetime(2026, 2, 1, tzinfo=UTC))
    overage = Price(billing_method="usage_based", amount=0.5, max_purchase=30)
    pro = Breakdown(id="pro", included_grant=100, remaining=0, usage=120, reset=monthly, price=overage)
    trial = Breakdown(
        id="trial", included_grant=40, remaining=15, usage=25, expires_at=datetime(2026, 2, 14, tzinfo=UTC)
    )
    carried = [Rollover(balance=20, granted=25, expires_at=datetime(2026, 4, 1, tzinfo=UTC)), Rollover(balance=10)]
    return combine([pro, trial], carried, feature_id="credits")


def four_months() -> Timeline:
    """Use 9 every second day, and follow the balance."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    usages = [Usage(at=start + timedelta(days=days), amount=9) for days in range(0, 110, 2)]
    until = datetime(2026, 4, 30, tzinfo=UTC)
    return simulate(
        credits_of_a_team(), usages, until=until, policy=Policy(rules={"pro": RolloverRule(max=50, months=1)})
    )


PICTURES = {"balance": picture(credits_of_a_team()), "timeline": picture(four_months())}
