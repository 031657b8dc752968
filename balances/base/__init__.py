"""Numbers, moments, and how a value is declared. Nothing here knows what a balance is."""

__all__: list[str] = []
