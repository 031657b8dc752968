"""The documents that every later version reads: what `tests/golden` holds, as values, and how it is written.

`python tests/golden_documents.py 0.3.0` writes the documents of a version. It refuses where that version has some. A
value that is here never changes, as files of older versions hold it. For a new attribute, add a value.
"""

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_args

from attrs import evolve
from cattrs import Converter

from balances import (
    Account,
    Allocation,
    AutoTopup,
    Balance,
    BalanceAllocation,
    BillingControls,
    Breakdown,
    CreditCost,
    CreditTier,
    Deduction,
    Display,
    EntityAllocation,
    Feature,
    Flag,
    Hold,
    ModelMarkup,
    OverageControl,
    Price,
    PropertyFilter,
    ProviderMarkup,
    PurchaseLimit,
    Reset,
    Rollover,
    SpendLimit,
    Tier,
    UnknownWord,
    UsageAlert,
    UsageLimit,
    combine,
    wire,
)
from balances.wire.dialects import Case

GOLDEN: Final = Path(__file__).parent / "golden"
SPRING: Final = datetime(2026, 4, 1, tzinfo=UTC)
SUMMER: Final = datetime(2026, 7, 1, 12, 30, 15, 437000, tzinfo=UTC)

_CREDITS: Final = Feature(
    id="credits",
    name="Credits",
    type="credit_system",
    consumable=True,
    archived=True,
    event_names=["image.made", "chat"],
    credit_schema=[
        CreditCost(
            metered_feature_id="images",
            tiers=[CreditTier(to=100, credit_cost=4), CreditTier(to=None, credit_cost=2.5)],
            tier_behavior="graduated",
            billing_units=10,
            dimensions={"hd": {"match": {"size_px": "2048"}, "credit_cost": 8, "priority": 1}},
            multipliers={"night": {"match": {"shift": "night"}, "factor": 0.5, "add": 2}},
        ),
        CreditCost(metered_feature_id="chat", credit_cost=0.25),
    ],
    model_markups={"gpt-4.1": ModelMarkup(markup=20, input_cost=2, output_cost=8.5)},
    default_markup=10,
    provider_markups={"some_provider": ProviderMarkup(markup=15)},
    display=Display(singular="credit", plural="credits"),
    combine="max",
    processors={"stripe": {"product_id": "prod_1", "meter_id": "m", "levels": [1, 2.5, None]}},
    invoice_credit=False,
)
_CHAT: Final = Feature(id="chat", name="Chat", type="metered", consumable=True)
_SSO: Final = Feature(id="sso", name="SSO", type="boolean", consumable=False)
_PLAN: Final = Breakdown(
    id="plan",
    plan_id="pro",
    included_grant=300,
    prepaid_grant=50,
    usage=420.5,
    reset=Reset(interval="month", interval_count=3, resets_at=SPRING),
    price=Price(
        billing_method="usage_based",
        billing_units=100,
        tiers=[
            Tier(to=1000, amount=0.25, flat_amount=5, additional_currencies=[{"currency": "eur", "amount": 0.2}]),
            Tier(to=None, amount=0.1),
        ],
        tier_behavior="volume",
        max_purchase=750,
    ),
    source="customer",
)
_PACK: Final = Breakdown(
    id="pack",
    included_grant=0,
    prepaid_grant=100,
    usage=87.5,
    remaining=20,
    price=Price(billing_method="prepaid", billing_units=50, amount=8, max_purchase=500),
    expires_at=SUMMER,
    source="entity",
    allocation=Allocation(amount=20),
)
_ROLLOVERS: Final = [Rollover(balance=12.5, granted=40, expires_at=SUMMER), Rollover(balance=0, granted=9)]
_BALANCE: Final = evolve(
    combine([_PLAN, _PACK], _ROLLOVERS, feature_id="credits", feature=_CREDITS), allocated=20, unallocated=5
)
_WITHOUT_PARTS: Final = Balance(feature_id="chat", granted=100, remaining=0, usage=130, overage_allowed=True)
_UNLIMITED: Final = combine([Breakdown(id="team", included_grant=0, usage=7, unlimited=True)], feature_id="chat")
_FLAG: Final = Flag(id="flag_1", feature_id="sso", plan_id="pro", expires_at=SUMMER, feature=_SSO)
_UNKNOWN_WORD: Final = combine(
    [Breakdown(id="plan", included_grant=5, reset=Reset(interval=UnknownWord("fortnight"), resets_at=SPRING))],
    feature_id="chat",
)
_LINES: Final = [
    Deduction(kind="rollover", index=0, expires_at=SUMMER, amount=2, units=8, feature_id="credits", least_usage=-2.5),
    Deduction(
        kind="item", id="plan", index=0, amount=0.5, units=2, is_overage=True, feature_id="credits", resets_at=SPRING
    ),
]
_HOLD: Final = Hold(
    id="call_1",
    amount=10,
    deductions=_LINES,
    expires_at=SUMMER,
    credit_cost=0.25,
    feature_id="chat",
    properties={"model_id": "large", "tags": ["a", None]},
)
_FILTER: Final = PropertyFilter(properties={"region": "eu"})
_CONTROLS: Final = BillingControls(
    spend_limits=[
        SpendLimit(
            feature_id="credits",
            enabled=True,
            limit_type="usage_percentage",
            overage_limit=120,
            skip_overage_billing=False,
            source="plan",
        )
    ],
    usage_limits=[
        UsageLimit(
            feature_id="chat",
            enabled=False,
            limit=1000,
            interval="day",
            anchor="utc",
            filter=_FILTER,
            usage=40,
            source="customer",
        )
    ],
    overage_allowed=[OverageControl(feature_id="chat", enabled=True, source="plan")],
    usage_alerts=[
        UsageAlert(
            feature_id="chat",
            enabled=False,
            threshold=80,
            threshold_type="usage_percentage",
            name="nearly there",
            basis="usage_limit",
            filter=_FILTER,
            source="customer",
        )
    ],
    auto_topups=[
        AutoTopup(
            feature_id="credits",
            enabled=True,
            threshold=-50,
            quantity=200,
            purchase_limit=PurchaseLimit(interval="week", interval_count=2, limit=5, count=1, next_reset_at=SPRING),
            invoice_mode=True,
            source="customer",
        )
    ],
    balance_allocations=[
        BalanceAllocation(
            feature_id="credits",
            interval="quarter",
            allocations=[EntityAllocation(entity_id="workspace_1", amount=250)],
            source="plan",
        )
    ],
)
_ACCOUNT: Final = Account(
    features=[_CHAT, _CREDITS, _SSO],
    balances={"credits": evolve(_BALANCE, feature=None), "chat": _WITHOUT_PARTS},
    flags={"sso": _FLAG},
    controls=_CONTROLS,
)
_THIRD: Final = Decimal("0.6666666666666666666666666667")
_EVERY_DIGIT: Final = combine(
    [Breakdown(id="plan", included_grant=1, usage=Decimal(1) - _THIRD)],
    [Rollover(balance=_THIRD, granted=1, expires_at=datetime(2200, 1, 1, 0, 0, 0, 123457, tzinfo=UTC))],
    feature_id="credits",
)

_CURRENT: Final[Mapping[str, Any]] = {
    "balance": _BALANCE,
    "balance_without_parts": _WITHOUT_PARTS,
    "balance_unlimited": _UNLIMITED,
    "balance_of_an_unknown_word": _UNKNOWN_WORD,
    "flag": _FLAG,
    "receipt": _LINES,
    "hold": _HOLD,
    "account": _ACCOUNT,
}
_EXACT: Final = {**_CURRENT, "balance_of_every_digit": _EVERY_DIGIT}

# An older version of the API says less. These are the values as they are read in it.
_SOLD: Final = Price(billing_method="usage_based", max_purchase=750)
_2_0: Final[Mapping[str, Any]] = {
    "balance": combine(
        [
            evolve(_PLAN, price=_SOLD, source=None),
            evolve(_PACK, price=Price(billing_method="prepaid", max_purchase=500), source=None, allocation=None),
        ],
        _ROLLOVERS,
        feature_id="credits",
        feature=_CREDITS,
    ),
    "balance_without_parts": _WITHOUT_PARTS,
    "balance_unlimited": _UNLIMITED,
    "flag": evolve(_FLAG, id="", expires_at=None),
}
_1_2: Final[Mapping[str, Any]] = {
    "balance": combine(
        [
            Breakdown(included_grant=350, usage=420.5, reset=_PLAN.reset, price=Price(billing_method="usage_based")),
            Breakdown(included_grant=100, usage=87.5, expires_at=SUMMER),
        ],
        [Rollover(balance=12.5, expires_at=SUMMER)],
        feature_id="chat",
        feature=_CHAT,
    ),
    "balance_without_parts": evolve(_WITHOUT_PARTS, feature=_CHAT),
    "flag": evolve(_FLAG, id="", plan_id=None, expires_at=None),
}

_OPTIONS: Final[Mapping[str, tuple[dict[str, Any], Mapping[str, Any]]]] = {
    "": ({}, _CURRENT),
    ".exact-text": ({"exact": "text"}, _EXACT),
    ".exact-numbers": ({"exact": True}, _EXACT),
    ".api-2.0": ({"version": "2.0"}, _2_0),
    ".api-1.2": ({"version": "1.2"}, _1_2),
}
CONVERTERS: Final[dict[str, Converter]] = {
    f"{case}{name}": wire.make_converter(case, **options)
    for case in get_args(Case)
    for name, (options, _) in _OPTIONS.items()
}
"""The converter of each form that a document is written in."""
VALUES: Final[dict[str, Mapping[str, Any]]] = {
    f"{case}{name}": values for case in get_args(Case) for name, (_, values) in _OPTIONS.items()
}
"""The values that are written in each form."""


def text_of(form: str, values: Mapping[str, Any]) -> str:
    """Return the text of a file. A `Decimal` stands in it as a number, with all its digits."""
    written = CONVERTERS[form].unstructure(values)
    text = json.dumps(written, default=lambda amount: f"<{amount}>", ensure_ascii=False, indent=2)
    return re.sub('"<([0-9.-]+)>"', r"\1", text) + "\n"


def write(version: str, folder: Path = GOLDEN) -> list[Path]:
    """Write all documents of a version."""
    if found := sorted(folder.glob(f"{version}.*.json")):
        raise FileExistsError(f"expected no documents of {version}, got {found[0].name}: what was written stays")
    paths = {form: folder / f"{version}.{form}.json" for form in VALUES}
    for form, path in paths.items():
        path.write_text(text_of(form, VALUES[form]), "utf-8")
    return list(paths.values())


if __name__ == "__main__":
    print(*write(sys.argv[1]), sep="\n")
