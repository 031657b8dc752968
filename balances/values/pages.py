"""The lists of the API: pages of customers, of entities, of balances row by row, and of events."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from balances.base.amounts import ZERO, to_amount
from balances.base.fields import named, to_flag, to_optional_text, to_text, tuple_of
from balances.base.frozen import FrozenMap, frozen_json
from balances.base.home import public
from balances.base.instants import to_instant, to_optional_instant
from balances.base.words import OpenEnum, UnknownWord
from balances.values.balance import (
    Allocation,
    Breakdown,
    BreakdownSource,
    NotTheEpoch,
    Price,
    Reset,
    Rollover,
    to_optional_allocation,
    to_optional_breakdown_source,
    to_optional_price,
    to_optional_reset,
    to_rollovers,
)
from balances.values.responses import Customer, Entity, Envelope, TrackDeduction, to_track_deductions

__all__ = [
    "BalancePage",
    "BalanceRow",
    "CustomerPage",
    "EntityPage",
    "RowStatus",
    "UsageEvent",
    "UsageEventPage",
]


@public
class RowStatus(OpenEnum):
    """Whether the item of a row can still be used.

    >>> RowStatus("expired")
    <RowStatus.EXPIRED: 'expired'>
    """

    ACTIVE = "active"
    EXPIRED = "expired"


AnyRowStatus: TypeAlias = RowStatus | Literal["active", "expired"] | UnknownWord


def to_row_status(word: AnyRowStatus) -> RowStatus | UnknownWord:
    """Return the status of this name, or an unknown word."""
    return RowStatus.given(word)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class BalanceRow(Envelope):
    """One item of a balance as a list of balances has it: with its customer, its feature and its rollovers.

    `balances_of` makes balances of rows.

    >>> from datetime import UTC, datetime
    >>> row = BalanceRow(
    ...     feature_id="messages",
    ...     customer_id="ada",
    ...     included_grant=100,
    ...     remaining=72,
    ...     usage=28,
    ...     created_at=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> row.item
    Breakdown(included_grant=100, usage=28)
    """

    id: str = field(converter=to_text, default="")
    plan_id: str | None = field(converter=to_optional_text, default=None)
    included_grant: Decimal = field(converter=to_amount)
    prepaid_grant: Decimal = field(converter=to_amount, default=ZERO)
    remaining: Decimal = field(converter=to_amount)
    usage: Decimal = field(converter=to_amount)
    unlimited: bool = field(converter=to_flag, default=False)
    reset: Reset | None = field(converter=to_optional_reset, default=None)
    price: Price | None = field(converter=to_optional_price, default=None)
    expires_at: datetime | None = field(converter=to_optional_instant, validator=NotTheEpoch(), default=None)
    source: BreakdownSource | UnknownWord | None = field(converter=to_optional_breakdown_source, default=None)
    allocation: Allocation | None = field(converter=to_optional_allocation, default=None)
    feature_id: str = field(converter=to_text)
    status: RowStatus | UnknownWord = field(converter=to_row_status, default=RowStatus.ACTIVE)
    rollovers: tuple[Rollover, ...] = field(converter=to_rollovers, default=())
    customer_id: str = field(converter=to_text)
    entity_id: str | None = field(converter=to_optional_text, default=None)
    created_at: datetime = field(converter=to_instant)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    @property
    def item(self) -> Breakdown:
        """Return the item alone."""
        return Breakdown(
            id=self.id,
            plan_id=self.plan_id,
            included_grant=self.included_grant,
            prepaid_grant=self.prepaid_grant,
            remaining=self.remaining,
            usage=self.usage,
            unlimited=self.unlimited,
            reset=self.reset,
            price=self.price,
            expires_at=self.expires_at,
            source=self.source,
            allocation=self.allocation,
        )


def to_balance_rows(rows: Iterable[BalanceRow]) -> tuple[BalanceRow, ...]:
    """Return rows as a tuple."""
    return tuple_of(rows, BalanceRow)


def _to_optional_deductions(deductions: Iterable[TrackDeduction] | None) -> tuple[TrackDeduction, ...] | None:
    return None if deductions is None else to_track_deductions(deductions)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class UsageEvent(Envelope):
    """A use of a feature as the API has recorded it. `deductions` is `None` where the API does not say.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> UsageEvent(
    ...     id="event_1", timestamp=at, feature_id="messages", customer_id="ada", value=5
    ... ).properties
    {}
    """

    id: str = field(converter=to_text)
    timestamp: datetime = field(converter=to_instant)
    feature_id: str = field(converter=to_text)
    customer_id: str = field(converter=to_text)
    value: Decimal = field(converter=to_amount)
    properties: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
    deductions: tuple[TrackDeduction, ...] | None = field(converter=_to_optional_deductions, default=None)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


def _to_usage_events(events: Iterable[UsageEvent]) -> tuple[UsageEvent, ...]:
    return tuple_of(events, UsageEvent)


def _to_customers(customers: Iterable[Customer]) -> tuple[Customer, ...]:
    return tuple_of(customers, Customer)


def _to_entities(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    return tuple_of(entities, Entity)


class Page(Envelope):
    """One page of a list. `other` has the cursor, and what else the API says about the list."""

    __slots__ = ()

    @property
    def next_cursor(self: Any) -> str | None:
        """Return the cursor that the next page starts at, or None on the last page."""
        cursor: str | None = self.other.get("next_cursor")
        return cursor


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class CustomerPage(Page):
    """A page of customers.

    >>> CustomerPage(list=[Customer(id="ada")], other={"next_cursor": "c2"}).next_cursor
    'c2'
    """

    list: tuple[Customer, ...] = field(converter=_to_customers)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class EntityPage(Page):
    """A page of entities.

    >>> EntityPage(list=[Entity(id="seat_1")]).next_cursor is None
    True
    """

    list: tuple[Entity, ...] = field(converter=_to_entities)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class BalancePage(Page):
    """A page of balances, row by row.

    >>> from balances import wire
    >>> wire.camel.structure(
    ...     {"list": [], "hasMore": False, "nextCursor": None}, BalancePage
    ... ).other["has_more"]
    False
    """

    list: tuple[BalanceRow, ...] = field(converter=to_balance_rows)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class UsageEventPage(Page):
    """A page of events.

    >>> UsageEventPage(list=[]).list
    ()
    """

    list: tuple[UsageEvent, ...] = field(converter=_to_usage_events)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
