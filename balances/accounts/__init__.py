"""The verbs of one balance over all that a customer holds.

A use of a feature may be paid by several balances: the feature's own, and that of every credit system that contains it.

>>> from balances import Account, Balance, CreditCost, Feature, accounts
>>> schema = [CreditCost(metered_feature_id="images", credit_cost=4)]
>>> account = Account(
...     features=[
...         Feature(id="images", name="Images", type="metered", consumable=True),
...         Feature(
...             id="credits",
...             name="Credits",
...             type="credit_system",
...             consumable=True,
...             credit_schema=schema,
...         ),
...     ],
...     balances={
...         "images": Balance(feature_id="images", granted=10, remaining=2, usage=8),
...         "credits": Balance(
...             feature_id="credits", granted=100, remaining=100, usage=0
...         ),
...     },
... )
>>> if accounts.check(account, "images", 5):
...     tracked = accounts.track(account, "images", 5)
>>> for line in tracked.deductions:
...     print(line.feature_id, line.units, line.amount)
images 2 2
credits 3 12
"""

from balances.accounts.advancing import advance
from balances.accounts.alerts import crossed, topup_due
from balances.accounts.answering import check_response, record_response, track_response
from balances.accounts.changing import change_plan, put, set_usage
from balances.accounts.checking import check
from balances.accounts.holds import confirm, hold, release
from balances.accounts.tracking import record, track
from balances.accounts.undoing import undo

__all__ = [
    "advance",
    "change_plan",
    "check",
    "check_response",
    "confirm",
    "crossed",
    "hold",
    "put",
    "record",
    "record_response",
    "release",
    "set_usage",
    "topup_due",
    "track",
    "track_response",
    "undo",
]
