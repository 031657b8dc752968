"""The strategies of webhooks: the data is of the class that the type says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from balances.testing.plain import others, plain_data
from balances.testing.simple import TEXTS
from balances.values.webhooks import DATA_OF, Webhook
from balances.wire.dialects import Case
from balances.wire.registry import known_table_of

__all__: list[str] = []

OfClass = Callable[[Any], st.SearchStrategy[Any]]


def webhooks(values: OfClass) -> st.SearchStrategy[Webhook]:
    """Return webhooks whose data the strategy of a class draws."""
    return _bodies(values, "snake").map(lambda body: Webhook(**body))


def payloads_of_webhooks(payloads: OfClass, case: Case) -> st.SearchStrategy[dict[str, Any]]:
    """Return payloads of webhooks whose data the strategy of a class draws."""
    return _bodies(payloads, case).map(lambda body: body["other"] | {key: body[key] for key in ("type", "data")})


def _bodies(of_class: OfClass, case: Case) -> st.SearchStrategy[dict[str, Any]]:
    rest = others(known_table_of(Webhook), case)
    known = [
        st.fixed_dictionaries({"type": st.just(name), "data": of_class(cls), "other": rest})
        for name, cls in DATA_OF.items()
    ]
    unknown = TEXTS.filter(lambda name: name not in DATA_OF)
    plain = st.fixed_dictionaries({"type": unknown, "data": plain_data(None, case), "other": rest})
    return st.one_of(*known, plain)
