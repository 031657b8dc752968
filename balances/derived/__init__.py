"""What follows from a balance and changes nothing: totals, limits, prices, resets, orders."""

__all__: list[str] = []
