"""Numbers, moments, words, and the pieces that values are declared with. Nothing here knows of balances."""

__all__: list[str] = []
