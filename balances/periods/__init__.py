"""The calendar: cycles, and the boundaries between them."""

__all__: list[str] = []
