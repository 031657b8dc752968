"""Keys that are drawn one by one, made such that one object can have them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from balances.values.balance import Price
from balances.values.plans import PlanPrice
from balances.wire.rules import WireAccount, WireRule

__all__: list[str] = []


def _without_two_prices(drawn: dict[str, Any]) -> dict[str, Any]:
    return drawn | {"amount": None} if drawn.get("tiers") else drawn


def _as_senders_say(drawn: dict[str, Any]) -> dict[str, Any]:
    capped = drawn.get("max") is not None
    left_out = {"share", "days", "resets", *(("max_percentage", "maxPercentage") if capped else ())}
    return {name: value for name, value in drawn.items() if name not in left_out}


def _at_their_features(drawn: dict[str, Any]) -> dict[str, Any]:
    """Put each balance and flag at its own feature, and each feature into the catalog once."""

    def by_feature(entries: Any) -> Any:
        return entries and {entry.get("feature_id", entry.get("featureId")): entry for entry in entries.values()}

    kept = {name: by_feature(value) if name in {"balances", "flags"} else value for name, value in drawn.items()}
    catalog = {feature["id"]: feature for feature in drawn.get("features") or ()}
    return kept | ({"features": list(catalog.values())} if "features" in drawn else {})


DISENTANGLED: Final[dict[type, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    PlanPrice: _without_two_prices,
    Price: _without_two_prices,
    WireAccount: _at_their_features,
    WireRule: _as_senders_say,
}
"""The keys that a class cannot hold together, drawn apart, and those that no sender sends, left out."""
