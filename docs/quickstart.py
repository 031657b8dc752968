"""A first look."""

import balances

print(balances.__name__)
