"""The bodies of webhooks: a type, and the data of that type."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from attrs import field, frozen

from balances.base.amounts import to_amount
from balances.base.fields import named, to_optional_text, to_text
from balances.base.frozen import FrozenMap, frozen_json
from balances.base.home import public
from balances.base.messages import described, with_article
from balances.values.responses import Customer, Entity, Envelope, to_customer, to_optional_entity

__all__ = [
    "AutoTopupFailed",
    "AutoTopupSucceeded",
    "BillingUpdated",
    "LimitReached",
    "ProductsUpdated",
    "ThresholdReached",
    "UsageAlertTriggered",
    "Webhook",
]


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class ProductsUpdated(Envelope):
    """The products of a customer changed. The customer is sent in the API version of the organisation.

    >>> ProductsUpdated(scenario="upgrade", customer=Customer(id="ada")).customer.id
    'ada'
    """

    scenario: str = field(converter=to_text)
    customer: Customer = field(converter=to_customer)
    entity: Entity | None = field(converter=to_optional_entity, default=None)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class ThresholdReached(Envelope):
    """A customer has used up an allowance, or reached a limit. Only versions before 2.1 send it.

    >>> ThresholdReached(
    ...     threshold_type="allowance_used", customer=Customer(id="ada")
    ... ).threshold_type
    'allowance_used'
    """

    threshold_type: str = field(converter=to_text)
    customer: Customer = field(converter=to_customer)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class LimitReached(Envelope):
    """A customer has reached a limit. `limit_type` is the text of a `Limit`, unless the sender is newer.

    >>> from balances import Limit
    >>> reached = LimitReached(
    ...     customer_id="ada", feature_id="messages", limit_type="usage_limit"
    ... )
    >>> reached.limit_type == Limit.USAGE_LIMIT
    True
    """

    customer_id: str = field(converter=to_text)
    entity_id: str | None = field(converter=to_optional_text, default=None)
    feature_id: str = field(converter=to_text)
    limit_type: str = field(converter=to_text)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class UsageAlertTriggered(Envelope):
    """A usage alert fired. `usage_alert` is kept as it is sent.

    >>> alert = {"threshold": 80, "threshold_type": "usage_percentage"}
    >>> UsageAlertTriggered(
    ...     customer_id="ada", feature_id="messages", usage_alert=alert
    ... ).usage_alert["threshold"]
    80
    """

    customer_id: str = field(converter=to_text)
    feature_id: str = field(converter=to_text)
    entity_id: str | None = field(converter=to_optional_text, default=None)
    usage_alert: Mapping[str, Any] = field(converter=frozen_json)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class AutoTopupSucceeded(Envelope):
    """An automatic top-up was paid.

    >>> AutoTopupSucceeded(
    ...     customer_id="ada",
    ...     feature_id="credits",
    ...     quantity_granted=200,
    ...     threshold=50,
    ...     balance_after=240,
    ... ).balance_after
    Decimal('240')
    """

    customer_id: str = field(converter=to_text)
    feature_id: str = field(converter=to_text)
    quantity_granted: Decimal = field(converter=to_amount)
    threshold: Decimal = field(converter=to_amount)
    balance_after: Decimal = field(converter=to_amount)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class AutoTopupFailed(Envelope):
    """An automatic top-up was not paid.

    >>> AutoTopupFailed(
    ...     customer_id="ada",
    ...     feature_id="credits",
    ...     reason="payment_failed",
    ...     quantity=200,
    ...     threshold=50,
    ...     balance=40,
    ... ).reason
    'payment_failed'
    """

    customer_id: str = field(converter=to_text)
    feature_id: str = field(converter=to_text)
    reason: str = field(converter=to_text)
    quantity: Decimal = field(converter=to_amount)
    threshold: Decimal = field(converter=to_amount)
    balance: Decimal = field(converter=to_amount)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class BillingUpdated(Envelope):
    """The plans of a customer changed. It has no balances: read the customer again.

    >>> BillingUpdated(customer_id="ada", other={"plan_changes": []}).customer_id
    'ada'
    """

    customer_id: str = field(converter=to_text)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


DATA_OF: Final[Mapping[str, type[Any]]] = {
    "customer.products.updated": ProductsUpdated,
    "customer.threshold_reached": ThresholdReached,
    "balances.limit_reached": LimitReached,
    "balances.usage_alert_triggered": UsageAlertTriggered,
    "billing.auto_topup_succeeded": AutoTopupSucceeded,
    "billing.auto_topup_failed": AutoTopupFailed,
    "billing.updated": BillingUpdated,
}
"""The class of the data of each type."""

WebhookData: TypeAlias = (
    ProductsUpdated
    | ThresholdReached
    | LimitReached
    | UsageAlertTriggered
    | AutoTopupSucceeded
    | AutoTopupFailed
    | BillingUpdated
    | Mapping[str, Any]
)


def _to_data(data: WebhookData) -> WebhookData:
    return data if isinstance(data, tuple(DATA_OF.values())) else frozen_json(data)  # type: ignore[arg-type]  # a map


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Webhook(Envelope):
    """The body of a webhook. `type` says which class `data` has. The data of a type that is not known is a mapping.

    >>> from balances import wire
    >>> data = {"customer_id": "ada", "feature_id": "messages", "limit_type": "included"}
    >>> webhook = wire.snake.structure(
    ...     {"type": "balances.limit_reached", "data": data}, Webhook
    ... )
    >>> match webhook.data:
    ...     case LimitReached(customer_id=customer_id, feature_id=feature_id):
    ...         print(customer_id, "has used up", feature_id)
    ada has used up messages
    >>> wire.snake.structure(
    ...     {"type": "balances.renamed", "data": {"to": "credits"}}, Webhook
    ... ).data
    {'to': 'credits'}
    """

    type: str = field(converter=to_text)
    data: WebhookData = field(converter=_to_data)
    other: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))

    def __attrs_post_init__(self) -> None:
        """Refuse data of another type."""
        expected: type[Any] = DATA_OF.get(self.type, Mapping)
        if not isinstance(self.data, expected):
            came = f"{described(self.data)} for {described(self.type)}"
            raise TypeError(f"data: expected {with_article(expected.__name__)}, got {came}")
        Envelope.__attrs_post_init__(self)
