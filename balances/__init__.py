"""Balances of customers as immutable values, and pure functions for their totals, limits, use, resets and rollovers.

This file is the list of all public names. Each name, and each namespace, is loaded when it is first used: to import the
package takes no longer than to import `attrs`, and a program loads no more than it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from balances.base.fields import Value

if TYPE_CHECKING:
    from balances import accounts as accounts
    from balances import wire as wire
    from balances.accounts.advancing import AccountAdvanced
    from balances.accounts.changing import AccountPlanChange
    from balances.accounts.holds import AccountHeld
    from balances.accounts.tracking import AccountTracked
    from balances.accounts.undoing import AccountUndone
    from balances.base.amounts import Amount
    from balances.base.words import UnknownWord
    from balances.derived.audits import Finding, audit
    from balances.derived.credits import credit_cost
    from balances.derived.ordering import deduction_order
    from balances.derived.overages import net_overage, overage, overage_allowance, overage_limit
    from balances.derived.pricing import Rounding, cost, overage_cost, prorated
    from balances.derived.purchases import max_purchase, purchase_allowance, purchased
    from balances.derived.resets import next_reset, reset_after
    from balances.derived.rows import balances_of
    from balances.derived.totals import combine
    from balances.errors import (
        BalancesError,
        BeyondCalendar,
        DuplicateFeature,
        DuplicateItem,
        HoldExpired,
        InsufficientBalance,
        InvalidAmount,
        InvalidChoice,
        InvalidCount,
        InvalidDuration,
        InvalidInstant,
        InvalidMapping,
        InvalidPlan,
        InvalidPrice,
        InvalidRule,
        InvalidZone,
        Limit,
        MisplacedBalance,
        NoCreditCost,
        NoCycle,
        NoSuchItem,
        NoSuchPlan,
        NotInCreditSystem,
        NotPrepaid,
        OutOfOrder,
        Problem,
        UnknownAlert,
        UnknownEvent,
        UnknownFeature,
        UnknownInterval,
        UnknownLimitType,
        UnknownTierBehavior,
        UnknownWindowAnchor,
        WireError,
        WrongFeature,
    )
    from balances.periods.cycles import Cycle, Interval, calendar_anchor, cycle_at
    from balances.periods.month_ends import MonthEnd
    from balances.pictures.picture import Picture, picture
    from balances.timeline.advancing import Advanced, advance
    from balances.timeline.carrying import Carry, carry_forward, rollover_cap
    from balances.timeline.forecasting import expiring, runs_out_at
    from balances.timeline.simulating import simulate
    from balances.timeline.timelines import Step, Timeline
    from balances.timeline.wasting import Waste, WasteCause, waste
    from balances.usage.alerts import crossed
    from balances.usage.checking import Decision, Ruling, check, explain
    from balances.usage.granting import grant, rules_of
    from balances.usage.holds import Held, Hold, confirm, hold, release
    from balances.usage.items import replace_item, with_item, without_item
    from balances.usage.plan_changes import PlanChange, change_plan
    from balances.usage.receipts import Deduction, DeductionKind
    from balances.usage.settling import Settled, settle
    from balances.usage.topups import TopUp, set_quantity, top_up, topup_due
    from balances.usage.tracking import OverageBehavior, Tracked, set_usage, track
    from balances.usage.undoing import Undone, undo
    from balances.usage.windows import renew_limits
    from balances.values.accounts import Account
    from balances.values.balance import (
        Allocation,
        Balance,
        BillingMethod,
        Breakdown,
        BreakdownSource,
        Flag,
        Price,
        Reset,
        Rollover,
        Tier,
    )
    from balances.values.controls import (
        AlertBasis,
        AutoTopup,
        BalanceAllocation,
        BillingControls,
        ControlSource,
        EntityAllocation,
        LimitType,
        OverageControl,
        PropertyFilter,
        PurchaseLimit,
        SpendLimit,
        ThresholdType,
        UsageAlert,
        UsageLimit,
        WindowAnchor,
    )
    from balances.values.events import (
        BreakdownExpired,
        Event,
        FlagExpired,
        ResetHappened,
        RolloverExpired,
        ToppedUp,
        Usage,
    )
    from balances.values.features import (
        CombineMode,
        CreditCost,
        CreditTier,
        Display,
        Feature,
        FeatureType,
        ModelMarkup,
        ProviderMarkup,
        TierBehavior,
    )
    from balances.values.orders import (
        DEFAULT_KEYS,
        EXPIRY_COST,
        NEWEST_FIRST,
        OLDEST_FIRST,
        PRIORITY_EXPIRY_AGE,
        PRIORITY_EXPIRY_FREE_AGE,
        PRIORITY_FREE_AGE,
        BurnKey,
        BurnOrder,
        Place,
        Standing,
    )
    from balances.values.pages import (
        BalancePage,
        BalanceRow,
        CustomerPage,
        EntityPage,
        RowStatus,
        UsageEvent,
        UsageEventPage,
    )
    from balances.values.plans import PlanItem, PlanPrice
    from balances.values.policies import OverageAtReset, Policy, RolloverRule, Rules
    from balances.values.responses import CheckResponse, Customer, Entity, TrackDeduction, TrackResponse
    from balances.values.webhooks import (
        AutoTopupFailed,
        AutoTopupSucceeded,
        BillingUpdated,
        LimitReached,
        ProductsUpdated,
        ThresholdReached,
        UsageAlertTriggered,
        Webhook,
    )

__all__ = [
    "Account",
    "AccountAdvanced",
    "AccountHeld",
    "AccountPlanChange",
    "AccountTracked",
    "AccountUndone",
    "Advanced",
    "AlertBasis",
    "Allocation",
    "Amount",
    "AutoTopup",
    "AutoTopupFailed",
    "AutoTopupSucceeded",
    "Balance",
    "BalanceAllocation",
    "BalancePage",
    "BalanceRow",
    "BalancesError",
    "BeyondCalendar",
    "BillingControls",
    "BillingMethod",
    "BillingUpdated",
    "Breakdown",
    "BreakdownExpired",
    "BreakdownSource",
    "BurnKey",
    "BurnOrder",
    "Carry",
    "CheckResponse",
    "CombineMode",
    "ControlSource",
    "CreditCost",
    "CreditTier",
    "Customer",
    "CustomerPage",
    "Cycle",
    "DEFAULT_KEYS",
    "Decision",
    "Deduction",
    "DeductionKind",
    "Display",
    "DuplicateFeature",
    "DuplicateItem",
    "EXPIRY_COST",
    "Entity",
    "EntityAllocation",
    "EntityPage",
    "Event",
    "Feature",
    "FeatureType",
    "Finding",
    "Flag",
    "FlagExpired",
    "Held",
    "Hold",
    "HoldExpired",
    "InsufficientBalance",
    "Interval",
    "InvalidAmount",
    "InvalidChoice",
    "InvalidCount",
    "InvalidDuration",
    "InvalidInstant",
    "InvalidMapping",
    "InvalidPlan",
    "InvalidPrice",
    "InvalidRule",
    "InvalidZone",
    "Limit",
    "LimitReached",
    "LimitType",
    "MisplacedBalance",
    "ModelMarkup",
    "MonthEnd",
    "NEWEST_FIRST",
    "NoCreditCost",
    "NoCycle",
    "NoSuchItem",
    "NoSuchPlan",
    "NotInCreditSystem",
    "NotPrepaid",
    "OLDEST_FIRST",
    "OutOfOrder",
    "OverageAtReset",
    "OverageBehavior",
    "OverageControl",
    "PRIORITY_EXPIRY_AGE",
    "PRIORITY_EXPIRY_FREE_AGE",
    "PRIORITY_FREE_AGE",
    "Picture",
    "Place",
    "PlanChange",
    "PlanItem",
    "PlanPrice",
    "Policy",
    "Price",
    "Problem",
    "ProductsUpdated",
    "PropertyFilter",
    "ProviderMarkup",
    "PurchaseLimit",
    "Reset",
    "ResetHappened",
    "Rollover",
    "RolloverExpired",
    "RolloverRule",
    "Rounding",
    "RowStatus",
    "Rules",
    "Ruling",
    "Settled",
    "SpendLimit",
    "Standing",
    "Step",
    "ThresholdReached",
    "ThresholdType",
    "Tier",
    "TierBehavior",
    "Timeline",
    "TopUp",
    "ToppedUp",
    "TrackDeduction",
    "TrackResponse",
    "Tracked",
    "Undone",
    "UnknownAlert",
    "UnknownEvent",
    "UnknownFeature",
    "UnknownInterval",
    "UnknownLimitType",
    "UnknownTierBehavior",
    "UnknownWindowAnchor",
    "UnknownWord",
    "Usage",
    "UsageAlert",
    "UsageAlertTriggered",
    "UsageEvent",
    "UsageEventPage",
    "UsageLimit",
    "Waste",
    "WasteCause",
    "Webhook",
    "WindowAnchor",
    "WireError",
    "WrongFeature",
    "advance",
    "audit",
    "balances_of",
    "calendar_anchor",
    "carry_forward",
    "change_plan",
    "check",
    "combine",
    "confirm",
    "cost",
    "credit_cost",
    "crossed",
    "cycle_at",
    "deduction_order",
    "expiring",
    "explain",
    "grant",
    "hold",
    "max_purchase",
    "net_overage",
    "next_reset",
    "overage",
    "overage_allowance",
    "overage_cost",
    "overage_limit",
    "picture",
    "prorated",
    "purchase_allowance",
    "purchased",
    "release",
    "renew_limits",
    "replace_item",
    "reset_after",
    "rollover_cap",
    "rules_of",
    "runs_out_at",
    "set_quantity",
    "set_usage",
    "settle",
    "simulate",
    "top_up",
    "topup_due",
    "track",
    "undo",
    "waste",
    "with_item",
    "without_item",
]

__version__: str = "0.2.0"

_NAMESPACES: Final = ("accounts", "wire")
_NAMES: Final = {
    "balances.accounts.advancing": ("AccountAdvanced",),
    "balances.accounts.changing": ("AccountPlanChange",),
    "balances.accounts.holds": ("AccountHeld",),
    "balances.accounts.tracking": ("AccountTracked",),
    "balances.accounts.undoing": ("AccountUndone",),
    "balances.base.amounts": ("Amount",),
    "balances.base.words": ("UnknownWord",),
    "balances.derived.audits": ("Finding", "audit"),
    "balances.derived.credits": ("credit_cost",),
    "balances.derived.ordering": ("deduction_order",),
    "balances.derived.overages": ("net_overage", "overage", "overage_allowance", "overage_limit"),
    "balances.derived.pricing": ("Rounding", "cost", "overage_cost", "prorated"),
    "balances.derived.purchases": ("max_purchase", "purchase_allowance", "purchased"),
    "balances.derived.resets": ("next_reset", "reset_after"),
    "balances.derived.rows": ("balances_of",),
    "balances.derived.totals": ("combine",),
    "balances.errors": (
        "BalancesError",
        "BeyondCalendar",
        "DuplicateFeature",
        "DuplicateItem",
        "HoldExpired",
        "InsufficientBalance",
        "InvalidAmount",
        "InvalidChoice",
        "InvalidCount",
        "InvalidDuration",
        "InvalidInstant",
        "InvalidMapping",
        "InvalidPlan",
        "InvalidPrice",
        "InvalidRule",
        "InvalidZone",
        "Limit",
        "MisplacedBalance",
        "NoCreditCost",
        "NoCycle",
        "NoSuchItem",
        "NoSuchPlan",
        "NotInCreditSystem",
        "NotPrepaid",
        "OutOfOrder",
        "Problem",
        "UnknownAlert",
        "UnknownEvent",
        "UnknownFeature",
        "UnknownInterval",
        "UnknownLimitType",
        "UnknownTierBehavior",
        "UnknownWindowAnchor",
        "WireError",
        "WrongFeature",
    ),
    "balances.periods.cycles": ("Cycle", "Interval", "calendar_anchor", "cycle_at"),
    "balances.periods.month_ends": ("MonthEnd",),
    "balances.pictures.picture": ("Picture", "picture"),
    "balances.timeline.advancing": ("Advanced", "advance"),
    "balances.timeline.carrying": ("Carry", "carry_forward", "rollover_cap"),
    "balances.timeline.forecasting": ("expiring", "runs_out_at"),
    "balances.timeline.simulating": ("simulate",),
    "balances.timeline.timelines": ("Step", "Timeline"),
    "balances.timeline.wasting": ("Waste", "WasteCause", "waste"),
    "balances.usage.alerts": ("crossed",),
    "balances.usage.checking": ("Decision", "Ruling", "check", "explain"),
    "balances.usage.granting": ("grant", "rules_of"),
    "balances.usage.holds": ("Held", "Hold", "confirm", "hold", "release"),
    "balances.usage.items": ("replace_item", "with_item", "without_item"),
    "balances.usage.plan_changes": ("PlanChange", "change_plan"),
    "balances.usage.receipts": ("Deduction", "DeductionKind"),
    "balances.usage.settling": ("Settled", "settle"),
    "balances.usage.topups": ("TopUp", "set_quantity", "top_up", "topup_due"),
    "balances.usage.tracking": ("OverageBehavior", "Tracked", "set_usage", "track"),
    "balances.usage.undoing": ("Undone", "undo"),
    "balances.usage.windows": ("renew_limits",),
    "balances.values.accounts": ("Account",),
    "balances.values.balance": (
        "Allocation",
        "Balance",
        "BillingMethod",
        "Breakdown",
        "BreakdownSource",
        "Flag",
        "Price",
        "Reset",
        "Rollover",
        "Tier",
    ),
    "balances.values.controls": (
        "AlertBasis",
        "AutoTopup",
        "BalanceAllocation",
        "BillingControls",
        "ControlSource",
        "EntityAllocation",
        "LimitType",
        "OverageControl",
        "PropertyFilter",
        "PurchaseLimit",
        "SpendLimit",
        "ThresholdType",
        "UsageAlert",
        "UsageLimit",
        "WindowAnchor",
    ),
    "balances.values.events": (
        "BreakdownExpired",
        "Event",
        "FlagExpired",
        "ResetHappened",
        "RolloverExpired",
        "ToppedUp",
        "Usage",
    ),
    "balances.values.features": (
        "CombineMode",
        "CreditCost",
        "CreditTier",
        "Display",
        "Feature",
        "FeatureType",
        "ModelMarkup",
        "ProviderMarkup",
        "TierBehavior",
    ),
    "balances.values.orders": (
        "BurnKey",
        "BurnOrder",
        "DEFAULT_KEYS",
        "EXPIRY_COST",
        "NEWEST_FIRST",
        "OLDEST_FIRST",
        "PRIORITY_EXPIRY_AGE",
        "PRIORITY_EXPIRY_FREE_AGE",
        "PRIORITY_FREE_AGE",
        "Place",
        "Standing",
    ),
    "balances.values.pages": (
        "BalancePage",
        "BalanceRow",
        "CustomerPage",
        "EntityPage",
        "RowStatus",
        "UsageEvent",
        "UsageEventPage",
    ),
    "balances.values.plans": ("PlanItem", "PlanPrice"),
    "balances.values.policies": ("OverageAtReset", "Policy", "RolloverRule", "Rules"),
    "balances.values.responses": ("CheckResponse", "Customer", "Entity", "TrackDeduction", "TrackResponse"),
    "balances.values.webhooks": (
        "AutoTopupFailed",
        "AutoTopupSucceeded",
        "BillingUpdated",
        "LimitReached",
        "ProductsUpdated",
        "ThresholdReached",
        "UsageAlertTriggered",
        "Webhook",
    ),
}
"""The public names by the file that holds them, as type checkers see them above."""
_FILES: Final = {name: file for file, names in _NAMES.items() for name in names}
_DRAWABLE: Final = ("Account", "Balance", "Timeline", "Tracked")


class _Drawing:
    """The method by which a value shows itself in a notebook, if it is one that has a picture."""

    def __get__(self, value: Any, cls: type) -> Any:
        """Load the drawing, for a value that has one."""
        if cls.__name__ not in _DRAWABLE:
            raise AttributeError(f"type object {cls.__name__!r} has no attribute '_repr_svg_'")
        return import_module("balances.pictures.picture").shown_in_a_notebook.__get__(value, cls)


def _pydantic_schema(cls: type, source: Any, handler: Any) -> Any:
    """Return the schema that pydantic asks a class for: that of `wire.snake`, if the class has a wire shape."""
    table_of = import_module("balances.wire.registry").table_of
    snake = import_module("balances.wire").snake
    return snake.__get_pydantic_core_schema__(cls, handler) if table_of(cls) else handler(source)


# A value stands below the rooms that draw and write it, so it learns here to do what needs them.
setattr(Value, "_repr_svg_", _Drawing())  # noqa: B010  (type checkers see no such method)
setattr(Value, "__get_pydantic_core_schema__", classmethod(_pydantic_schema))  # noqa: B010  (likewise)

if not TYPE_CHECKING:  # Type checkers would take any misspelt name for one of these.

    def __getattr__(name: str) -> Any:
        """Load a namespace, or a public name, when it is first used."""
        if name in _NAMESPACES:
            return import_module(f"balances.{name}")
        if name not in _FILES:
            raise AttributeError(f"module 'balances' has no attribute {name!r}")
        globals()[name] = value = getattr(import_module(_FILES[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMESPACES, *_FILES})
