"""What a use does to a balance: asking, tracking, giving back, holding."""

__all__: list[str] = []
