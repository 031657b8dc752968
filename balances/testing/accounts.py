"""The strategies of accounts. Those of the usual features have a catalog, balances, flags and controls that agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import evolve
from hypothesis import strategies as st

from balances.testing.usual import COSTS, MEMBERS, SYSTEMS, feature_of
from balances.values.accounts import Account
from balances.values.balance import Balance, Flag
from balances.values.controls import BillingControls
from balances.values.features import Feature

__all__: list[str] = []

_HELD: Final = st.lists(st.sampled_from([*MEMBERS, *SYSTEMS]), unique=True)
_SWITCH: Final = Feature(id="sso", name="SSO", type="boolean", consumable=False)
_SWITCHED_ON: Final = Flag(id="flag", feature_id="sso")


@st.composite
def accounts_of(
    draw: st.DrawFn, balances: st.SearchStrategy[Balance], controls: st.SearchStrategy[BillingControls]
) -> Account:
    """Return accounts that hold such balances: of members, of the credit systems that contain them, or of both."""
    catalog = draw(st.permutations([*(feature_of(id_, draw(COSTS)) for id_ in (*MEMBERS, *SYSTEMS)), _SWITCH]))
    held = {id_: evolve(draw(balances), feature_id=id_, feature=None) for id_ in draw(_HELD)}
    flags = {"sso": _SWITCHED_ON} if draw(st.booleans()) else {}
    return Account(features=catalog, balances=held, flags=flags, controls=draw(st.none() | controls))


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
