"""Features: the thing that a balance is of, and the credit systems that price other features in credits."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from balances.base.amounts import to_amount, to_optional_amount
from balances.base.fields import (
    Bound,
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
from balances.base.words import OpenEnum, UnknownWord

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
    """The kind of a feature: on or off, counted, or a pool of credits that other features draw from.

    >>> FeatureType("credit_system")
    <FeatureType.CREDIT_SYSTEM: 'credit_system'>
    """

    BOOLEAN = "boolean"
    METERED = "metered"
    CREDIT_SYSTEM = "credit_system"
    AI_CREDIT_SYSTEM = "ai_credit_system"


AnyFeatureType: TypeAlias = (
    FeatureType | Literal["boolean", "metered", "credit_system", "ai_credit_system"] | UnknownWord
)


def to_feature_type(word: AnyFeatureType) -> FeatureType | UnknownWord:
    """Return the feature type of this name, or an unknown word."""
    return FeatureType.given(word)


@public
class CombineMode(OpenEnum):
    """How grants of one feature from several plans combine.

    >>> list(CombineMode)
    [<CombineMode.SUM: 'sum'>, <CombineMode.MAX: 'max'>, <CombineMode.MIN: 'min'>]
    """

    SUM = "sum"
    MAX = "max"
    MIN = "min"


AnyCombineMode: TypeAlias = CombineMode | Literal["sum", "max", "min"] | UnknownWord


def to_optional_combine_mode(word: AnyCombineMode | None) -> CombineMode | UnknownWord | None:
    """Return the combine mode of this name, an unknown word, or None."""
    return None if word is None else CombineMode.given(word)


@public
class TierBehavior(OpenEnum):
    """How tiers apply: each band at its own rate, or everything at the rate of the band it ends in.

    >>> TierBehavior.GRADUATED == "graduated", TierBehavior.VOLUME == "volume"
    (True, True)
    """

    GRADUATED = "graduated"
    VOLUME = "volume"


AnyTierBehavior: TypeAlias = TierBehavior | Literal["graduated", "volume"] | UnknownWord


def to_optional_tier_behavior(word: AnyTierBehavior | None) -> TierBehavior | UnknownWord | None:
    """Return the tier behaviour of this name, an unknown word, or None."""
    return None if word is None else TierBehavior.given(word)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class CreditTier(Value):
    """One band of a tiered credit cost. The last band may be unbounded, with `to=None`.

    >>> CreditTier(to=1000, credit_cost=0.5)
    CreditTier(to=1000, credit_cost=0.5)
    """

    to: Decimal | None = field(converter=to_optional_amount, validator=Bound(0))
    credit_cost: Decimal = field(converter=to_amount)


def to_credit_tiers(tiers: Iterable[CreditTier]) -> tuple[CreditTier, ...]:
    """Return the tiers of a credit cost as a tuple."""
    return tuple_of(tiers, CreditTier)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class CreditCost(Value):
    """The cost of using one metered feature, in the credits of a credit system.

    `credit_cost` is the cost of one unit. Newer systems may send `tiers` in its place. `dimensions` and
    `multipliers` are kept as they were sent.

    >>> CreditCost(metered_feature_id="gpt_tokens", credit_cost=0.25)
    CreditCost(metered_feature_id='gpt_tokens', credit_cost=0.25)
    """

    metered_feature_id: str = field(converter=to_text)
    credit_cost: Decimal | None = field(converter=to_optional_amount, default=None)
    tiers: tuple[CreditTier, ...] = field(converter=to_credit_tiers, default=())
    tier_behavior: TierBehavior | UnknownWord | None = field(converter=to_optional_tier_behavior, default=None)
    billing_units: Decimal | None = field(converter=to_optional_amount, validator=Bound(0, is_open=True), default=None)
    dimensions: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
    multipliers: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))


def to_credit_schema(costs: Iterable[CreditCost]) -> tuple[CreditCost, ...]:
    """Return the costs of a credit system's members as a tuple."""
    return tuple_of(costs, CreditCost)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class ModelMarkup(Value):
    """The price of one model in an AI credit system: a markup in percent, or costs of its own.

    >>> ModelMarkup(markup=20)
    ModelMarkup(markup=20)
    """

    markup: Decimal | None = field(converter=to_optional_amount, default=None)
    input_cost: Decimal | None = field(converter=to_optional_amount, default=None)
    output_cost: Decimal | None = field(converter=to_optional_amount, default=None)


def to_model_markups(markups: Mapping[str, ModelMarkup]) -> Mapping[str, ModelMarkup]:
    """Return the markups of models as a mapping that cannot change."""
    return map_of(markups, ModelMarkup)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class ProviderMarkup(Value):
    """The markup, in percent, on all models of one provider.

    >>> ProviderMarkup(markup=-100)
    ProviderMarkup(markup=-100)
    """

    markup: Decimal = field(converter=to_amount)


def to_provider_markups(markups: Mapping[str, ProviderMarkup]) -> Mapping[str, ProviderMarkup]:
    """Return the markups of providers as a mapping that cannot change."""
    return map_of(markups, ProviderMarkup)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Display(Value):
    """The words for one unit of a feature and for several.

    >>> Display(singular="message", plural="messages").plural
    'messages'
    """

    singular: str | None = field(converter=to_optional_text, default=None)
    plural: str | None = field(converter=to_optional_text, default=None)


def to_optional_display(display: Display | None) -> Display | None:
    """Return a display as it is, or None."""
    return None if display is None else instance_of(display, Display)


@public
@frozen(kw_only=True, repr=False, field_transformer=named)
class Feature(Value):
    """Something that a customer can hold: messages, credits, seats.

    A unit of a `consumable` feature is used up (a message). A unit of any other feature is occupied (a seat). The other
    attributes describe credit systems: `credit_schema` lists the costs of their members.

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
    type: FeatureType | UnknownWord = field(converter=to_feature_type)
    consumable: bool = field(converter=to_flag)
    archived: bool = field(converter=to_flag, default=False)
    event_names: tuple[str, ...] = field(converter=to_texts, default=())
    credit_schema: tuple[CreditCost, ...] = field(converter=to_credit_schema, default=())
    model_markups: Mapping[str, ModelMarkup] = field(converter=to_model_markups, default=FrozenMap({}))
    default_markup: Decimal | None = field(converter=to_optional_amount, default=None)
    provider_markups: Mapping[str, ProviderMarkup] = field(converter=to_provider_markups, default=FrozenMap({}))
    display: Display | None = field(converter=to_optional_display, default=None)
    combine: CombineMode | UnknownWord | None = field(converter=to_optional_combine_mode, default=None)
    processors: Mapping[str, Any] = field(converter=frozen_json, default=FrozenMap({}))
    invoice_credit: bool | None = field(converter=to_optional_flag, default=None)


def to_feature(feature: Feature) -> Feature:
    """Return a feature as it is."""
    return instance_of(feature, Feature)


def to_optional_feature(feature: Feature | None) -> Feature | None:
    """Return a feature as it is, or None."""
    return None if feature is None else to_feature(feature)
