"""Older versions of the API: the shapes of their objects, and how a value becomes one and is made of one."""

__all__: list[str] = []
