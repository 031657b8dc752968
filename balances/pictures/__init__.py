"""Balances and timelines as SVG that needs nothing beside it."""

__all__: list[str] = []
