"""Answers that follow from a balance and change nothing: totals, limits, prices, resets, orders."""

__all__: list[str] = []
