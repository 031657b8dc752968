"""The feature a balance is of, as the wire shows it when it is expanded."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from balances.base.amounts import to_amount, to_optional_amount
from balances.base.fields import (
    Bound,
    OpenEnum,
    Value,
    instance_of,
    named,
    to_flag,
    to_optional_flag,
    to_optional_text,
    to_text,
    to_texts,
    tuple_of,
)
from balances.base.frozen import FrozenMap, frozen_json, map_of
from balances.base.home import public

__all__ = [
    "CombineMode",
    "CreditCost",
    "CreditTier",
    "Display",
    "Feature",
    "FeatureType",
    "ModelMarkup",
    "ProviderMarkup",
    "TierBehavior",
]


@public
class FeatureType(OpenEnum):
    """What a feature is: on or off, counted, or a pool of credits that other features draw from.

    >>> FeatureType("credit_system")
    <FeatureType.CREDIT_SYSTEM: 'credit_system'>
    """

    BOOLEAN = "boolean"
    METERED = "metered"
    CREDIT_SYSTEM = "credit_system"
    AI_CREDIT_SYSTEM = "ai_credit_system"


@public
class CombineMode(OpenEnum):
    """How grants of one feature from several plans combine.

    >>> list(CombineMode)
    [<CombineMode.SUM: 'sum'>, <CombineMode.MAX: 'max'>, <CombineMode.MIN: 'min'>]
    """

    SUM = "sum"
    MAX = "max"
    MIN = "min"


@public
class TierBehavior(OpenEnum):
    """How tiers apply: each band at its own rate, or everything at the rate of the band it ends in.

    >>> TierBehavior.GRADUATED == "graduated", TierBehavior.VOLUME == "volume"
    (True, True)
    """

    GRADUATED = "graduated"
    VOLUME = "volume"


def to_feature_type(word: str) -> FeatureType | str:
    """Return the feature type of this name, or the word as it came."""
    return FeatureType.known(word)


def to_optional_tier_behavior(word: str | None) -> TierBehavior | str | None:
    """Return the tier behaviour of this name, the word as it came, or None."""
    return None if word is None else TierBehavior.known(word)


def _optional_combine_mode(word: str | None) -> CombineMode | str | None:
    return None if word is None else CombineMode.known(word)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class CreditTier(Value):
    """One band of a tiered credit cost; `to=None` is the last, unbounded one.

    >>> CreditTier(to=1000, credit_cost=0.5)
    CreditTier(to=1000, credit_cost=0.5)
    """

    to: Decimal | None = field(converter=to_optional_amount, validator=Bound(0))
    credit_cost: Decimal = field(converter=to_amount)


def _credit_tiers(tiers: Iterable[CreditTier]) -> tuple[CreditTier, ...]:
    return tuple_of(tiers, CreditTier)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class CreditCost(Value):
    """What using one metered feature costs in the credits of a credit system.

    `credit_cost` is the cost of one unit; newer systems may send `tiers` in its place. `dimensions` and
    `multipliers` are kept as they were sent.

    >>> CreditCost(metered_feature_id="gpt_tokens", credit_cost=0.25)
    CreditCost(metered_feature_id='gpt_tokens', credit_cost=0.25)
    """

    metered_feature_id: str = field(converter=to_text)
    credit_cost: Decimal | None = field(converter=to_optional_amount, default=None)
    tiers: tuple[CreditTier, ...] = field(converter=_credit_tiers, default=())
    tier_behavior: TierBehavior | str | None = field(converter=to_optional_tier_behavior, default=None)
    billing_units: Decimal | None = field(converter=to_optional_amount, validator=Bound(0, is_open=True), default=None)
    dimensions: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
    multipliers: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class ModelMarkup(Value):
    """What one model costs in an AI credit system: a markup in percent, or costs of its own.

    >>> ModelMarkup(markup=20)
    ModelMarkup(markup=20)
    """

    markup: Decimal | None = field(converter=to_optional_amount, default=None)
    input_cost: Decimal | None = field(converter=to_optional_amount, default=None)
    output_cost: Decimal | None = field(converter=to_optional_amount, default=None)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class ProviderMarkup(Value):
    """The markup, in percent, on all models of one provider.

    >>> ProviderMarkup(markup=-100)
    ProviderMarkup(markup=-100)
    """

    markup: Decimal = field(converter=to_amount)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Display(Value):
    """What a person calls the units of a feature.

    >>> Display(singular="message", plural="messages").plural
    'messages'
    """

    singular: str | None = field(converter=to_optional_text, default=None)
    plural: str | None = field(converter=to_optional_text, default=None)


def _credit_costs(costs: Iterable[CreditCost]) -> tuple[CreditCost, ...]:
    return tuple_of(costs, CreditCost)


def _model_markups(markups: Mapping[str, ModelMarkup]) -> Mapping[str, ModelMarkup]:
    return map_of(markups, ModelMarkup)


def _provider_markups(markups: Mapping[str, ProviderMarkup]) -> Mapping[str, ProviderMarkup]:
    return map_of(markups, ProviderMarkup)


def _optional_display(display: Display | None) -> Display | None:
    return None if display is None else instance_of(display, Display)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Feature(Value):
    """What is being held: messages, credits, seats.

    `consumable` tells what is used up (messages) from what is occupied (seats). The rest describes credit systems:
    `credit_schema` lists what their members cost.

    >>> credits = Feature(
    ...     id="credits",
    ...     name="Credits",
    ...     type="credit_system",
    ...     consumable=True,
    ...     credit_schema=[CreditCost(metered_feature_id="images", credit_cost=4)],
    ... )
    >>> credits.type, credits.credit_schema[0].credit_cost
    (<FeatureType.CREDIT_SYSTEM: 'credit_system'>, Decimal('4'))
    """

    id: str = field(converter=to_text)
    name: str = field(converter=to_text)
    type: FeatureType | str = field(converter=to_feature_type)
    consumable: bool = field(converter=to_flag)
    archived: bool = field(converter=to_flag, default=False)
    event_names: tuple[str, ...] = field(converter=to_texts, default=())
    credit_schema: tuple[CreditCost, ...] = field(converter=_credit_costs, default=())
    model_markups: Mapping[str, ModelMarkup] = field(converter=_model_markups, default=FrozenMap({}))
    default_markup: Decimal | None = field(converter=to_optional_amount, default=None)
    provider_markups: Mapping[str, ProviderMarkup] = field(converter=_provider_markups, default=FrozenMap({}))
    display: Display | None = field(converter=_optional_display, default=None)
    combine: CombineMode | str | None = field(converter=_optional_combine_mode, default=None)
    processors: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
    invoice_credit: bool | None = field(converter=to_optional_flag, default=None)
