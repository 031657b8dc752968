"""What a customer holds, as data: immutable values that are checked once, when they are made."""

__all__: list[str] = []
