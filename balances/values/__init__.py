"""Values: all that a customer holds, is granted and is allowed, as immutable data that is checked when it is made.

A file holds values, the enums of the words in them, and the converters of their attributes, each below its class. A
rule that needs more than the attributes of one value is a function of a later folder.
"""

__all__: list[str] = []
