"""Which version of the API a document is of, by the keys that tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias, cast

from balances.base.fields import argument
from balances.base.frozen import DEEPEST
from balances.base.home import public_in
from balances.base.messages import described
from balances.base.shown import is_list, is_mapping
from balances.errors import Problem, WireError
from balances.wire.dialects import Version, in_camel_case
from balances.wire.paths import ROOT, at_index, at_key

__all__ = ["version_of"]

Sign: TypeAlias = Literal["2.1", "2.0", "1.2", "1.1", "0.2"]
"""The version that an object looks like. "2.1" is that and every newer one, and "0.2" is that and every older one."""

_TOO_OLD: Final[Mapping[Sign, str]] = {"1.1": "API 1.1", "0.2": "API 0.2 or older"}
_CODES: Final = ("feature_found", "event_received")


@public_in("balances.wire")
def version_of(document: Mapping[str, Any] | list[Any], /) -> Version:
    """Return the version of the API that a document is of, as `make_converter` takes it.

    It is `None` for 2.1 and newer, and for a document that does not tell. A document of a version before 1.2 cannot be
    read, and is a `WireError`. The document may be a balance, any response, or the body of a webhook, in either format.

    >>> messages = {"feature_id": "messages", "granted_balance": 100}
    >>> version_of({"id": "ada", "balances": {"messages": messages}})
    '2.0'
    >>> data = {"customer": {"id": "ada", "flags": {}}}
    >>> version_of({"type": "customer.products.updated", "data": data}) is None
    True
    >>> version_of({"customer": {"id": "ada"}, "entitlements": []})
    Traceback (most recent call last):
    balances.WireError: 1 problem
    $: this looks like API 0.2 or older (`entitlements`), which is too old to be read: the oldest is 1.2
    """
    document = argument("document", _to_document, document)
    path, sign, key = next(_signs_in(document, ROOT), (ROOT, "2.1", ""))
    if sign in _TOO_OLD:
        raise WireError((Problem(path, too_old_message(sign, key)),))
    return None if sign == "2.1" else cast("Version", sign)


def _to_document(document: Mapping[str, Any] | list[Any]) -> Mapping[str, Any] | list[Any]:
    if isinstance(document, Mapping | list):
        return document
    raise TypeError(f"expected a mapping or a list, as json.loads returns them, got {described(document)}")


def too_old_message(sign: Sign, key: str) -> str:
    """Return the message about a document of a version that cannot be read."""
    return f"this looks like {_TOO_OLD[sign]} (`{key}`), which is too old to be read: the oldest is 1.2"


def too_old_sign_of(document: Mapping[Any, Any]) -> tuple[Sign, str] | None:
    """Return the version before 1.2 that an object looks like, and the key that tells, or None."""
    found = sign_of(document)
    return found if found and found[0] in _TOO_OLD else None


def version_hint(document: Mapping[Any, Any], version: Version) -> str:
    """Return a message about a document that looks like one of another version, or an empty one."""
    _, sign, _ = next(_signs_in(document, ROOT), (ROOT, version or "2.1", ""))
    if sign in _TOO_OLD or sign == (version or "2.1"):
        return ""
    looks, asked = ("2.1 or newer", None) if sign == "2.1" else (sign, sign)
    return f"this looks like API {looks}: make_converter(version={asked!r})"


def sign_of(document: Mapping[Any, Any]) -> tuple[Sign, str] | None:
    """Return the version that an object itself looks like, and the key that tells, or None where no key does."""
    for sign, key, tells in _SIGNS:
        spelled = in_camel_case(key)
        for name in (key, spelled) if key != spelled else (key,):
            if name in document and tells(document, document[name]):
                return sign, name
    return None


def _has(document: Mapping[Any, Any], *names: str) -> bool:
    return any(name in document or in_camel_case(name) in document for name in names)


def _always(_: Mapping[Any, Any], __: Any) -> bool:
    return True


def _is_new_check(document: Mapping[Any, Any], _: Any) -> bool:
    return _has(document, "allowed")


def _is_flag(document: Mapping[Any, Any], _: Any) -> bool:
    return _has(document, "id") and _has(document, "feature_id") and not _has(document, "usage")


def _is_check_of_2_0(document: Mapping[Any, Any], balance: Any) -> bool:
    return balance is None and _has(document, "allowed") and not _has(document, "flag", "code")


def _is_list_of_entitlements(document: Mapping[Any, Any], value: Any) -> bool:
    return is_list(value) and not _has(document, "balances", "features")


def _is_list_of_features(document: Mapping[Any, Any], value: Any) -> bool:
    if not is_list(value) or _has(document, "balances"):
        return False
    return _has(document, "products") or any(is_mapping(each) and _has(each, "feature_id") for each in value[:1])


def _is_map_of_features(document: Mapping[Any, Any], value: Any) -> bool:
    return is_mapping(value) and not _has(document, "balances")


def _is_list_in_a_check(document: Mapping[Any, Any], value: Any) -> bool:
    return is_list(value) and _has(document, "allowed")


def _is_merged_feature(document: Mapping[Any, Any], _: Any) -> bool:
    return _has(document, "feature_id") and not _has(document, "id", "allowed")


def _is_code(_: Mapping[Any, Any], value: Any) -> bool:
    return value in _CODES


_SIGNS: Final[tuple[tuple[Sign, str, Callable[[Mapping[Any, Any], Any], bool]], ...]] = (
    ("2.1", "granted", _always),
    ("2.1", "included_grant", _always),
    ("2.1", "flags", _always),
    ("2.1", "flag", _is_new_check),
    ("2.1", "deductions", _always),
    ("2.1", "expires_at", _is_flag),
    ("2.0", "granted_balance", _always),
    ("2.0", "current_balance", _always),
    ("2.0", "scheduled_subscriptions", _always),
    ("2.0", "balance", _is_check_of_2_0),
    ("1.1", "features", _is_list_of_features),
    ("1.1", "included_usage", _is_merged_feature),
    ("1.2", "included_usage", _always),
    ("1.2", "features", _is_map_of_features),
    ("1.2", "code", _is_code),
    ("0.2", "entitlements", _is_list_of_entitlements),
    ("0.2", "balances", _is_list_in_a_check),
    ("0.2", "allowance", _is_merged_feature),
    ("0.2", "used", _is_merged_feature),
)
"""The keys that tell, the surest first: a version, a key, and what else must be so."""

_INSIDE: Final = ("data", "customer", "entity", "balance", "list")
_INSIDE_MAPS: Final = ("balances",)


def _signs_in(
    document: Any, path: str, depth: int = 0, searched: dict[int, tuple[int, object]] | None = None
) -> Iterator[tuple[str, Sign, str]]:
    """Go through the signs of a document, and where each stands: those of the outer objects first."""
    searched = {} if searched is None else searched
    # A document may share its parts. Each is searched once, and again only where it stands less deep. It is kept, so
    # that no other part has its `id`.
    if depth > DEEPEST or (id(document) in searched and searched[id(document)][0] <= depth):
        return
    searched[id(document)] = depth, document
    if is_list(document):
        for index, each in enumerate(document):
            yield from _signs_in(each, at_index(path, index), depth + 1, searched)
    if not is_mapping(document):
        return
    if found := sign_of(document):
        yield path, *found
    for key in _INSIDE:
        yield from _signs_in(document.get(key), at_key(path, key), depth + 1, searched)
    for key in _INSIDE_MAPS:
        inner = document.get(key)
        for name, each in inner.items() if is_mapping(inner) else ():
            yield from _signs_in(each, at_key(at_key(path, key), name), depth + 1, searched)
