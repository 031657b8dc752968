"""The two wire formats: `snake` (REST, the Python SDK) and `camel` (the TypeScript SDK), as `cattrs` converters.

>>> from balances import Rollover, wire
>>> rollover = wire.snake.structure(
...     {"granted": 200, "balance": 60, "expires_at": 0}, Rollover
... )
>>> wire.camel.unstructure(rollover)
{'granted': 200, 'balance': 60, 'expiresAt': 0}
"""

from __future__ import annotations

from balances.errors import Problem, WireError
from balances.wire.converters import configure_converter, make_converter
from balances.wire.versions import version_of

__all__ = ["Problem", "WireError", "camel", "configure_converter", "make_converter", "snake", "version_of"]

snake = make_converter("snake")
"""The snake_case format, as REST and the Python SDK speak it."""

camel = make_converter("camel")
"""The camelCase format, as the TypeScript SDK speaks it."""
