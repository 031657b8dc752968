"""The effect of one use on a balance: asking, tracking, giving back, holding."""

__all__: list[str] = []
