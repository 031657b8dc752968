"""The way from a plan to a balance: opening an item from a plan item, and collecting the rollover rules.

The plan itself is data, in `values`.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import evolve

from balances.base.amounts import ONE, ZERO, Amount, add, multiply, storable, to_amount
from balances.base.fields import Bound, argument, to_flag
from balances.base.home import public
from balances.base.instants import to_instant
from balances.base.messages import described
from balances.base.shown import is_mapping
from balances.derived.pricing import Rounding, RoundingWord, prorated, to_places, to_rounding
from balances.periods.cycles import Cycle, Interval, cycle_at
from balances.values.balance import Breakdown, Reset
from balances.values.plans import PlanItem, to_plan_item
from balances.values.policies import Policy, RolloverRule, to_policy

__all__ = ["grant", "rules_of"]


def _to_quantity(value: Amount) -> Decimal:
    quantity = to_amount(value)
    Bound(0).check(quantity)
    return quantity


@public
def grant(
    item: PlanItem,
    /,
    *,
    at: datetime,
    id: str = "",  # noqa: A002  (what it is called on the wire)
    plan_id: str | None = None,
    quantity: Amount = 1,
    prepaid: Amount = 0,
    policy: Policy | None = None,
    is_prorated: bool = False,
    places: int | None = None,
    rounding: Rounding | RoundingWord = Rounding.HALF_UP,
    expires_at: datetime | None = None,
) -> Breakdown:
    """Open an item of a balance from an item of a plan.

    The item grants the included amount times the quantity (of seats, say), and the prepaid quantity times the billing
    units of its price. An unlimited item grants no number.

    The item first resets one interval after `at`. If the policy has an `anchor`, it resets at the end of the
    cycle that holds `at`, counted from the anchor. The zone and the month end of the policy count.

    With `is_prorated=True`, that first, short period grants only its share of the included amount, rounded to a number
    of decimal `places` if given: see `prorated`. Without an anchor the first period is whole. The prepaid amount is
    never prorated, because it has been paid for. Later resets grant that share again, unless the item is replaced by a
    whole one: "Upgrade in mid-month" shows how.

    >>> from datetime import UTC
    >>> pro = PlanItem(feature_id="messages", included=100, reset=Reset(interval="month"))
    >>> item = grant(pro, at=datetime(2026, 1, 31, tzinfo=UTC), id="pro", quantity=3)
    >>> item.included_grant, item.remaining
    (Decimal('300'), Decimal('300'))
    >>> print(item.reset.resets_at)
    2026-02-28 00:00:00+00:00
    >>> calendar = Policy(anchor=datetime(2026, 1, 1, tzinfo=UTC))
    >>> item = grant(
    ...     pro,
    ...     at=datetime(2026, 1, 20, tzinfo=UTC),
    ...     policy=calendar,
    ...     quantity=3.1,
    ...     is_prorated=True,
    ... )
    >>> item.included_grant
    Decimal('120')
    >>> later = datetime(2026, 1, 21, tzinfo=UTC)
    >>> grant(
    ...     pro, at=later, policy=calendar, is_prorated=True, places=0, rounding="down"
    ... ).included_grant
    Decimal('35')
    """
    item = argument("item", to_plan_item, item)
    at, policy = argument("at", to_instant, at), argument("policy", to_policy, policy)
    quantity, bought = argument("quantity", _to_quantity, quantity), argument("prepaid", _to_quantity, prepaid)
    is_prorated, cycle = argument("is_prorated", to_flag, is_prorated), _first_cycle(item.reset, at, policy)
    places, rounding = argument("places", to_places, places), argument("rounding", to_rounding, rounding)
    included = ZERO if item.unlimited else storable(multiply(item.included, quantity))
    if is_prorated and cycle:
        included = prorated(included, at=at, cycle=cycle, places=places, rounding=rounding)
    paid = ZERO if item.unlimited else multiply(bought, item.price.billing_units if item.price else ONE)
    return Breakdown(
        id=id,
        plan_id=plan_id,
        included_grant=included,
        prepaid_grant=paid,
        remaining=storable(add(included, paid)),
        usage=ZERO,
        unlimited=item.unlimited,
        reset=evolve(item.reset, resets_at=cycle.end) if item.reset and cycle else item.reset,
        price=item.price.price if item.price else None,
        expires_at=expires_at,
    )


def _first_cycle(reset: Reset | None, at: datetime, policy: Policy) -> Cycle | None:
    if reset is None or reset.interval == Interval.ONE_OFF:
        return None
    return cycle_at(
        at,
        anchor=policy.anchor or at,
        interval=reset.interval,
        count=reset.interval_count,
        zone=policy.zone,
        month_end=policy.month_end,
    )


@public
def rules_of(plan_items: Mapping[str, PlanItem], /) -> dict[str, RolloverRule]:
    """Return the rollover rules of the items that were granted, for the `rules` of a `Policy`.

    The plan items are given by the ids of the items that were opened from them. A plan item without a rollover has no
    rule.

    >>> pro = PlanItem(feature_id="messages", included=100, rollover=RolloverRule(max=50))
    >>> rules_of({"pro": pro, "top-up": PlanItem(feature_id="messages", included=20)})
    {'pro': RolloverRule(max=50)}
    """
    if not is_mapping(plan_items):
        raise TypeError(f"plan_items: expected a mapping of item ids to PlanItem, got {described(plan_items)}")
    items = {id: argument("plan_items", to_plan_item, item) for id, item in plan_items.items()}  # noqa: A001
    return {id: item.rollover for id, item in items.items() if item.rollover is not None}  # noqa: A001
