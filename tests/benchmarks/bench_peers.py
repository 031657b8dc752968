"""Reading documents of three sizes, beside other libraries that make the same types of them, and beside JSON alone.

The classes here have the keys of the documents and no more. None of them knows "never", unknown words or how to refuse
a value with the sender's own key path.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from types import GenericAlias
from typing import Any, Literal, TypeAlias

import attrs
import cattrs
import msgspec
import orjson
from autumn_sdk.models import Balance as SdkBalance
from bench_wire import DOCUMENTS
from measuring import ROUNDS, all_of, seconds
from operations import COUNT, sized, structure
from pydantic import ConfigDict, create_model

SIZES = ((1, 0), (3, 2), (20, 2))


Make: TypeAlias = Callable[[str, dict[str, Any], dict[str, Any]], Any]


def balance_class(make: Make, moment: Any = datetime, tier_end: Any = Decimal | Literal["inf"]) -> Any:
    """Return a class of balances, made of its parts: each has keys that must be there, and keys with a default."""
    reset = make("Reset", {"interval": str, "resets_at": moment | None}, {"interval_count": (int, 1)})
    tier = make("Tier", {"to": tier_end, "amount": Decimal}, {})
    sold = {"billing_units": Decimal, "billing_method": str, "max_purchase": Decimal | None}
    rate = {"amount": (Decimal | None, None), "tiers": (many(tier), ()), "tier_behavior": (str | None, None)}
    amounts = dict.fromkeys(("included_grant", "prepaid_grant", "remaining", "usage"), Decimal)
    item = {"id": str, "plan_id": str | None, **amounts, "unlimited": bool, "reset": reset | None}
    item |= {"price": make("Price", sold, rate) | None, "expires_at": moment | None}
    rollover = {"granted": Decimal, "balance": Decimal, "expires_at": moment | None}
    totals = {"feature_id": str, **dict.fromkeys(("granted", "remaining", "usage"), Decimal)}
    flags = {"unlimited": bool, "overage_allowed": bool, "max_purchase": Decimal | None, "next_reset_at": moment | None}
    parts = {"breakdown": many(make("Item", item, {})), "rollovers": many(make("Rollover", rollover, {}))}
    return make("Balance", totals | flags | parts, {})


def many(part: Any) -> Any:
    return GenericAlias(tuple, (part, ...))


def of_pydantic(name: str, required: dict[str, Any], optional: dict[str, Any]) -> Any:
    create: Any = create_model
    needed = {key: (kind, ...) for key, kind in required.items()}
    return create(name, __config__=ConfigDict(frozen=True), **needed, **optional)


def of_attrs(name: str, required: dict[str, Any], optional: dict[str, Any]) -> Any:
    needed = {key: attrs.field(type=kind) for key, kind in required.items()}
    given = {key: attrs.field(type=kind, default=default) for key, (kind, default) in optional.items()}
    return attrs.make_class(name, needed | given, frozen=True, slots=True)


def of_msgspec(name: str, required: dict[str, Any], optional: dict[str, Any]) -> Any:
    given = [(key, *kind_and_default) for key, kind_and_default in optional.items()]
    return msgspec.defstruct(name, [*required.items(), *given], frozen=True)


def decimal_of(value: Any, _: object) -> Decimal:
    return Decimal(repr(value)) if value.__class__ is float else Decimal(value)


PLAIN = cattrs.Converter()
PLAIN.register_structure_hook(Decimal, decimal_of)
PLAIN.register_structure_hook(datetime, lambda value, _: datetime.fromtimestamp(value / 1000, UTC))
PLAIN.register_structure_hook(Decimal | Literal["inf"], lambda it, _: it if it == "inf" else decimal_of(it, _))

OF_PYDANTIC = balance_class(of_pydantic)
OF_ATTRS = balance_class(of_attrs)
OF_MSGSPEC = balance_class(of_msgspec, moment=int, tier_end=Any)


def readings(documents: list[dict[str, Any]]) -> Iterator[tuple[str, Callable[[Any], object], list[Any]]]:
    """Yield each way to read, and what it reads."""
    texts = [json.dumps(document) for document in documents]
    yield "`balances`", structure, documents
    yield "the SDK's models", SdkBalance.model_validate, documents
    yield "pydantic, the same types", OF_PYDANTIC.model_validate, documents
    yield "plain cattrs, the same types", lambda document: PLAIN.structure(document, OF_ATTRS), documents
    yield "msgspec, moments as numbers", lambda document: msgspec.convert(document, OF_MSGSPEC), documents
    yield "`json.loads`, from text", json.loads, texts
    yield "`orjson.loads`, from text", orjson.loads, texts
    yield "`msgspec.json.decode`, from text", msgspec.json.decode, texts


def bench_peers() -> None:
    columns = [list(readings([sized(each, *size) for each in DOCUMENTS[:COUNT]])) for size in SIZES]
    for ways in zip(*columns, strict=True):
        calls = [all_of(action, arguments) for _, action, arguments in ways]
        rounds = [[seconds(call) for call in calls] for _ in range(ROUNDS)]
        best = (min(column) / COUNT * 1e6 for column in zip(*rounds, strict=True))
        print(f"| {ways[0][0]} | {' | '.join(f'{microseconds:.1f} µs' for microseconds in best)} |")
