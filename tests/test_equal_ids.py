"""An equal id is the same id, and an equal moment is the same moment, whatever objects they are.

Python makes one object of equal strings in a source file, but not of those that were read, stored or put together.
"""

from datetime import timedelta
from functools import partial
from io import BytesIO
from pickle import Pickler, loads
from typing import Any, Final

from attrs import evolve
from helpers import combined, day, limited, line, try_each

from balances import (
    Account,
    AutoTopup,
    Balance,
    BillingControls,
    BurnOrder,
    CreditCost,
    Feature,
    Flag,
    OverageControl,
    Policy,
    PropertyFilter,
    Reset,
    RolloverRule,
    SpendLimit,
    Standing,
    Usage,
    UsageAlert,
    accounts,
    advance,
    change_plan,
    check,
    combine,
    confirm,
    credit_cost,
    crossed,
    cycle_at,
    deduction_order,
    hold,
    next_reset,
    overage_allowance,
    release,
    replace_item,
    runs_out_at,
    set_quantity,
    simulate,
    top_up,
    topup_due,
    track,
    undo,
    with_item,
    without_item,
)
from balances.testing import item, monthly, prepaid, rollover, usage_based

JANUARY, FEBRUARY, MARCH = day(1, 15), day(2, 1), day(3, 1)
MESSAGES: Final = Feature(id="messages", name="Messages", type="metered", consumable=True, event_names=["message_sent"])
SWITCH: Final = Feature(id="sign_on", name="Single sign-on", type="boolean", consumable=False)
CREDITS: Final = Feature(
    id="credits",
    name="Credits",
    type="credit_system",
    consumable=True,
    credit_schema=[CreditCost(metered_feature_id=name, credit_cost=2) for name in ("messages", "credits")],
)
PLAN: Final = item(
    100, 28, id="plan", plan_id="free", reset=monthly(resets_at=FEBRUARY), price=usage_based(max_purchase=500)
)
PACKS: Final = item(0, prepaid_grant=20, id="packs", price=prepaid(billing_units=10), expires_at=MARCH)
TRIAL: Final = item(10, id="trial", reset=monthly(resets_at=FEBRUARY), expires_at=MARCH)
FRESH: Final = item(500, id="fresh", plan_id="pro")
OWN: Final = combined(PLAN, PACKS, TRIAL, carried=[rollover(5, expires_at=FEBRUARY), rollover(3, expires_at=MARCH)])
POOL: Final = item(1000, id="pool", reset=Reset(interval="week", resets_at=FEBRUARY))
PAID_IN_CREDITS: Final = combine([POOL], feature_id="credits", feature=CREDITS)
EUROPE: Final = PropertyFilter(properties={"region": "europe"})
CONTROLS: Final = BillingControls(
    usage_limits=[limited(60, 20), limited(70, filter=EUROPE), limited(50, feature_id="credits")],
    spend_limits=[SpendLimit(feature_id="messages", enabled=True, overage_limit=40)],
    overage_allowed=[OverageControl(feature_id="messages", enabled=False)],
    usage_alerts=[UsageAlert(feature_id="messages", threshold=30, threshold_type="usage")],
)
TOPUP: Final = AutoTopup(feature_id="messages", enabled=True, threshold=500, quantity=20)
ACCOUNT: Final = Account(
    features=[MESSAGES, SWITCH, CREDITS],
    balances={"messages": OWN, "credits": PAID_IN_CREDITS},
    flags={"sign_on": Flag(id="flag", feature_id="sign_on", plan_id="free")},
    controls=evolve(CONTROLS, overage_allowed=()),
)
TRACKED: Final = track(OWN, 50)
TRACKED_THERE: Final = accounts.track(ACCOUNT, "messages", 25)
HELD: Final = hold(OWN, 50, id="call", expires_at=MARCH)
HELD_THERE: Final = accounts.hold(ACCOUNT, "messages", 25, id="call")
LATE_FIRST: Final = BurnOrder(keys=["lower_priority"], standings={"packs": Standing(priority=1)})
RULED: Final = Policy(rules={"plan": RolloverRule(months=1)}, anchor=FEBRUARY)
USAGES: Final = [Usage(at=FEBRUARY, amount=30), Usage(at=MARCH, amount=40)]

CASES: Final[dict[str, partial[Any]]] = {
    "check": partial(check, OWN, 45, controls=CONTROLS, feature_id="messages", properties={"region": "europe"}),
    "check in credits": partial(check, PAID_IN_CREDITS, 45, controls=CONTROLS, feature_id="messages"),
    "track": partial(track, OWN, 45, controls=CONTROLS, feature_id="messages", policy=RULED),
    "track under a filter": partial(track, OWN, 45, controls=CONTROLS, properties={"region": "europe"}),
    "track in credits": partial(track, PAID_IN_CREDITS, 20, controls=CONTROLS, feature_id="messages"),
    "undo": partial(undo, TRACKED.balance, TRACKED.deductions),
    "undo where the items have moved": partial(
        undo, evolve(TRACKED.balance, breakdown=TRACKED.balance.breakdown[::-1]), TRACKED.deductions
    ),
    "undo of a rollover": partial(undo, track(OWN, 5).balance, [line(5, kind="rollover", id="", expires_at=FEBRUARY)]),
    "confirm": partial(confirm, HELD.balance, HELD.hold, used=30, at=FEBRUARY),
    "release": partial(release, HELD.balance, HELD.hold),
    "the overage allowed": partial(overage_allowance, OWN, controls=CONTROLS),
    "the cost in credits": partial(credit_cost, CREDITS, "messages"),
    "alerts": partial(crossed, OWN, TRACKED.balance, CONTROLS.usage_alerts),
    "top_up": partial(top_up, OWN, "packs", 20),
    "set_quantity": partial(set_quantity, OWN, "packs", 5, current=2),
    "topup_due": partial(topup_due, OWN, TOPUP, item_id="packs", at=JANUARY),
    "with_item": partial(with_item, OWN, FRESH),
    "without_item": partial(without_item, OWN, "packs"),
    "replace_item": partial(replace_item, OWN, "plan", evolve(PLAN, price=None)),
    "change_plan": partial(change_plan, OWN, [FRESH], old_plan_id="free", carry_usage=True),
    "the item of an id": partial(Balance.item, OWN, "packs"),
    "an order": partial(deduction_order, OWN, order=LATE_FIRST),
    "a reset": partial(next_reset, OWN, after=FEBRUARY),
    "a cycle": partial(cycle_at, FEBRUARY, anchor=FEBRUARY, interval="month"),
    "advance": partial(advance, OWN, to=FEBRUARY, policy=RULED),
    "advance over several": partial(advance, OWN, to=MARCH, policy=RULED),
    "simulate": partial(simulate, OWN, USAGES, until=MARCH, policy=RULED, controls=CONTROLS, topups={"packs": TOPUP}),
    "a forecast": partial(runs_out_at, OWN, amount=30, every=timedelta(days=1), start=FEBRUARY, until=MARCH),
    "the overage allowed by a spend limit": partial(overage_allowance, OWN, controls=ACCOUNT.controls),
    "an account": partial(evolve, ACCOUNT),
    "check of an account": partial(accounts.check, ACCOUNT, "messages", 25, properties={"region": "europe"}),
    "check of a switch": partial(accounts.check, ACCOUNT, "sign_on"),
    "track of an account": partial(accounts.track, ACCOUNT, "messages", 75, properties={"region": "europe"}),
    "record": partial(accounts.record, ACCOUNT, "message_sent", 25),
    "undo of an account": partial(accounts.undo, TRACKED_THERE.account, TRACKED_THERE.deductions),
    "confirm of an account": partial(accounts.confirm, HELD_THERE.account, HELD_THERE.hold, used=5),
    "release of an account": partial(accounts.release, HELD_THERE.account, HELD_THERE.hold),
    "set_usage of an account": partial(accounts.set_usage, ACCOUNT, "messages", 40),
    "change_plan of an account": partial(accounts.change_plan, ACCOUNT, {"messages": [FRESH]}, old_plan_id="free"),
    "topup_due of an account": partial(accounts.topup_due, ACCOUNT, TOPUP, item_id="packs", at=JANUARY),
    "the response to a check": partial(
        accounts.check_response,
        ACCOUNT,
        "messages",
        evolve(accounts.check(ACCOUNT, "messages", 25), feature_id="credits"),
        customer_id="ada",
    ),
    "the response to a check of credits": partial(
        accounts.check_response, ACCOUNT, "credits", accounts.check(ACCOUNT, "credits", 25), customer_id="ada"
    ),
    "alerts of an account": partial(accounts.crossed, ACCOUNT, TRACKED_THERE.account),
    "advance of an account": partial(
        accounts.advance, ACCOUNT, since=JANUARY, to=FEBRUARY, policies={"messages": RULED}
    ),
}


def apart(value: Any) -> Any:
    """Return an equal value of which no two parts are the same object, not even two equal strings."""
    written = BytesIO()
    pickler = Pickler(written)
    pickler.fast = True  # It keeps no memory of what it has written.
    pickler.dump(value)
    return loads(written.getvalue())  # noqa: S301  (our own)


def test_no_answer_depends_on_which_of_equal_objects_is_given() -> None:
    def test(case: partial[Any]) -> None:
        assert case.func(*apart(case.args), **apart(case.keywords)) == case()

    try_each(CASES.items(), test)
