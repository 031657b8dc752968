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
    pro = Breakdown(
        id="pro", included_grant=100, usage=120, reset=monthly, price=overage
    )
    february, april = (datetime(2026, *day, tzinfo=UTC) for day in [(2, 14), (4, 1)])
    trial = Breakdown(id="trial", included_grant=40, usage=25, expires_at=february)
    carried = [Rollover(balance=20, granted=25, expires_at=april), Rollover(balance=10)]
    return combine([pro, trial], carried, feature_id="credits")


def four_months() -> Timeline:
    """Use 9 every second day, and follow the balance."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = [timedelta(days=days) for days in range(0, 110, 2)]
    usages = [Usage(at=start + later, amount=9) for later in days]
    until = datetime(2026, 4, 30, tzinfo=UTC)
    policy = Policy(rules={"pro": RolloverRule(max=50, months=1)})
    return simulate(credits_of_a_team(), usages, until=until, policy=policy)


PICTURES = {"balance": picture(credits_of_a_team()), "timeline": picture(four_months())}
