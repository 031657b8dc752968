"""Random customers, as plain documents, and random amounts: small ones, so that limits are met and not only missed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from boundaries_by_hand import HOUR, milliseconds
from parts_by_hand import DEFAULT_KEYS, Plain

T = TypeVar("T")
START = milliseconds(datetime(2026, 1, 1, tzinfo=UTC))
DAY = 24 * HOUR
ZONES = (None, None, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"))
KEYS = (
    *DEFAULT_KEYS,
    *("lower_priority", "granted_before_paid", "lower_cost", "earlier_start", "earlier_created", "later_created"),
    *("larger_grant", "entity_first", "id"),
)
INTERVALS = ("day", "week", "month", "month", "month", "quarter", "year", "one_off", "hour")
COSTS = (1, 2, Decimal("0.5"), 4, Decimal("2.5"))


class Draw:
    """Everything that is drawn, from one source of luck."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def one(self, choices: Sequence[T]) -> T:
        return self.random.choice(choices)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def amount(self, most: int = 40) -> Decimal:
        """Draw an amount that a few halves and quarters make odd."""
        return Decimal(self.random.randrange(most + 1)) / self.one((1, 1, 1, 2, 4))

    def moment(self, days: int = 90) -> int:
        return START + self.random.randrange(days) * DAY + self.one((0, 0, 0, 5, 13, 23)) * HOUR

    def price(self) -> Plain | None:
        if self.chance(45):
            return None
        most = None if self.chance(50) else self.amount()
        method = self.one(("usage_based", "usage_based", "prepaid"))
        price = {"billing_method": method, "billing_units": self.one((1, 1, 10)), "max_purchase": most}
        return {**price, **self.rates()}

    def rates(self) -> Plain:
        if self.chance(60):
            return {"amount": self.amount()}
        bounds = sorted(self.random.sample(range(1, 60), self.one((1, 2, 3))))
        tiers: list[Plain] = [{"to": to, "amount": self.amount(5)} for to in bounds]
        for tier in tiers:
            if self.chance(30):
                tier["flat_amount"] = self.amount(9)
        tiers[-1]["to"] = "inf" if self.chance(70) else bounds[-1]
        return {"tiers": tiers, "tier_behavior": self.one(("graduated", "volume"))}

    def reset(self) -> Plain | None:
        if self.chance(25):
            return None
        reset: Plain = {"interval": self.one(INTERVALS), "resets_at": None if self.chance(5) else self.moment()}
        if self.chance(15):
            reset["interval_count"] = self.one((2, 3))
        return reset

    def item(self, name: str, *, unlimited: bool = False) -> Plain:
        included = Decimal(0) if unlimited else self.amount()
        prepaid = self.amount(20) if self.chance(25) and not unlimited else Decimal(0)
        usage = self.amount(60)
        item: Plain = {
            "id": name,
            "plan_id": self.one((None, "pro")),
            "included_grant": included,
            "prepaid_grant": prepaid,
            "remaining": 0 if unlimited else max(0, included + prepaid - usage),
            "usage": usage,
            "unlimited": unlimited,
            "reset": self.reset(),
            "price": self.price(),
            "expires_at": self.moment(200) if self.chance(25) else None,
        }
        return {**item, "source": "entity"} if self.chance(15) else item

    def rollover(self) -> Plain:
        granted = self.amount(20)
        return {
            "granted": granted,
            "balance": granted if self.chance(60) else granted / 2,
            "expires_at": 0 if self.chance(25) else self.moment(150),
        }

    def parts(self, feature_id: str) -> tuple[list[Plain], list[Plain]]:
        """Draw the items and the rollovers of a balance."""
        unlimited = self.chance(4)
        items = [
            self.item(f"{feature_id}_{index}", unlimited=unlimited and index == 1)
            for index in range(self.one((1, 1, 2, 3)))
        ]
        return items, [self.rollover() for _ in range(self.one((0, 0, 1, 2, 3)))]

    def features(self) -> list[Plain]:
        features: list[Plain] = [
            {"id": "messages", "name": "", "type": "metered", "consumable": True, "archived": False}
        ]
        for name in self.one(((), ("credits",), ("credits", "tokens"))):
            member = {"metered_feature_id": "messages", "credit_cost": self.one(COSTS)}
            features.insert(
                self.random.randrange(len(features) + 1),
                {**features[0], "id": name, "type": "credit_system", "credit_schema": [member]},
            )
        return features

    def controls(self, names: Sequence[str]) -> Plain:
        controls: Plain = {}
        if self.chance(40):
            controls["usage_limits"] = [self._usage_limit(self.one(names)) for _ in range(self.one((1, 2)))]
        if self.chance(25):
            controls["spend_limits"] = [self._spend_limit(self.one(names)) for _ in range(self.one((1, 2)))]
        if self.chance(25):
            controls["overage_allowed"] = [{"feature_id": self.one(names), "enabled": self.chance(60)}]
        return controls

    def _usage_limit(self, name: str) -> Plain:
        interval = self.one(("hour", "day", "week", "month", "quarter", "year"))
        limit: Plain = {"feature_id": name, "enabled": self.chance(85), "limit": self.amount(60), "interval": interval}
        if self.chance(50):
            limit["anchor"] = self.one(("utc", "billing_cycle"))
        if self.chance(25):
            limit["filter"] = {"properties": {"region": "eu"}}
        if self.chance(50):
            limit["usage"] = self.amount(20)
        return limit

    def _spend_limit(self, name: str) -> Plain:
        kind = self.one(("absolute", "usage_percentage"))
        return {"feature_id": name, "enabled": self.chance(75), "limit_type": kind, "overage_limit": self.amount(80)}

    def policy(self, ids: Sequence[str]) -> Plain:
        """Draw a policy; half of them are the default."""
        policy: Plain = {"overage_at_reset": "forgive"}
        if self.chance(40):
            return policy
        policy["overage_at_reset"] = self.one(("forgive", "repay", "keep", "settle"))
        policy["month_end"] = self.one(("last_day", "last_day", "overflow", "skip", "first_of_next", "end_of_month"))
        policy["zone"] = self.one(ZONES)
        if self.chance(50):
            policy["anchor"] = START + self.one((0, 14, 29, 30, 30)) * DAY + self.one((0, 0, 7)) * HOUR
        if self.chance(50):
            policy["keys"] = self.random.sample(KEYS, self.one((1, 2, 4)))
            policy["rollovers"] = self.one(("first", "last"))
            policy["standings"] = {name: self._standing() for name in ids if self.chance(60)}
        if self.chance(70):
            policy["rules"] = self._rules(ids)
        return policy

    def _standing(self) -> Plain:
        facts = {
            "priority": self.random.randrange(3),
            "is_paid": self.chance(50),
            "unit_cost": self.random.randrange(3),
            "starts_at": self.moment(3),
            "created_at": self.moment(3),
        }
        return {name: fact for name, fact in facts.items() if self.chance(60)}

    def _rules(self, ids: Sequence[str]) -> Plain:
        if self.chance(50):
            return {"pool": self._rule()}
        return {name: self._rule() for name in ids if self.chance(60)}

    def _rule(self) -> Plain:
        rule: Plain = {}
        if self.chance(60):
            rule[self.one(("max", "max_percentage"))] = self.amount(60)
        if self.chance(30):
            rule["share"] = self.one((50, 25, 100, 0))
        if self.chance(70):
            rule[self.one(("months", "days", "resets"))] = self.one((1, 2, 3))
        return rule
