"""The effect of time on a balance: expiries, resets, rollovers, and usage on the way."""

__all__: list[str] = []
