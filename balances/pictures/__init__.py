"""Pictures of balances and timelines, as SVG that needs no other file."""

__all__: list[str] = []
