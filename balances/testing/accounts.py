"""The strategy for accounts whose catalog, balances, flags and controls are about the same few features."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from attrs import evolve
from hypothesis import strategies as st

from balances.values.accounts import Account
from balances.values.balance import Balance, Flag
from balances.values.controls import BillingControls, OverageControl, SpendLimit, UsageLimit
from balances.values.features import CreditCost, Feature

__all__: list[str] = []

_MEMBERS: Final = ("messages", "images")
_SYSTEMS: Final = ("credits", "tokens")
_HELD: Final = st.lists(st.sampled_from([*_MEMBERS, *_SYSTEMS]), unique=True)
_NAMES: Final = st.sampled_from([*_MEMBERS, *_SYSTEMS])
_LIMITS: Final = st.integers(0, 200)
_COSTS: Final = st.lists(
    st.builds(
        CreditCost,
        metered_feature_id=st.sampled_from(_MEMBERS),
        credit_cost=st.sampled_from(["0.25", "1", "3", "10"]).map(Decimal),
    ),
    max_size=2,
)
_CONTROLS: Final = st.builds(
    BillingControls,
    spend_limits=st.lists(
        st.builds(SpendLimit, feature_id=_NAMES, enabled=st.booleans(), overage_limit=st.none() | _LIMITS), max_size=2
    ),
    usage_limits=st.lists(
        st.builds(UsageLimit, feature_id=_NAMES, limit=_LIMITS, interval=st.just("day"), usage=st.none() | _LIMITS),
        max_size=2,
    ),
    overage_allowed=st.lists(st.builds(OverageControl, feature_id=_NAMES, enabled=st.booleans()), max_size=2),
)
_PERHAPS_CONTROLS: Final = st.none() | _CONTROLS
_SWITCH: Final = Feature(id="sso", name="SSO", type="boolean", consumable=False)
_SWITCHED_ON: Final = Flag(id="flag", feature_id="sso")


@st.composite
def accounts_of(draw: st.DrawFn, balances: st.SearchStrategy[Balance]) -> Account:
    """Return accounts that hold such balances: of members, of the credit systems that contain them, or of both."""
    systems = [_system(id_, draw(_COSTS)) for id_ in _SYSTEMS]
    catalog = draw(st.permutations([*map(_member, _MEMBERS), *systems, _SWITCH]))
    held = {id_: evolve(draw(balances), feature_id=id_, feature=None) for id_ in draw(_HELD)}
    flags = {"sso": _SWITCHED_ON} if draw(st.booleans()) else {}
    return Account(features=catalog, balances=held, flags=flags, controls=draw(_PERHAPS_CONTROLS))


def _member(id_: str) -> Feature:
    return Feature(id=id_, name=id_, type="metered", consumable=True, event_names=["used", id_])


def _system(id_: str, costs: list[CreditCost]) -> Feature:
    return Feature(id=id_, name=id_, type="credit_system", consumable=True, credit_schema=costs)


def any_accounts(values: Callable[[Any], st.SearchStrategy[Any]]) -> st.SearchStrategy[Account]:
    """Return accounts of any parts: each feature once, and each balance and flag at its own feature id."""
    return st.builds(
        Account,
        features=st.lists(values(Feature), max_size=3, unique_by=lambda feature: feature.id),
        balances=st.lists(values(Balance), max_size=2).map(_by_feature),
        flags=st.lists(values(Flag), max_size=2).map(_by_feature),
        controls=st.none() | values(BillingControls),
    )


def _by_feature(entries: list[Any]) -> dict[str, Any]:
    return {entry.feature_id: entry for entry in entries}
