"""The balances that the rows of a list add up to."""

from collections.abc import Iterable
from typing import TypeAlias

from balances.base.fields import argument
from balances.base.home import public
from balances.derived.totals import combine
from balances.values.balance import Balance
from balances.values.pages import BalanceRow, RowStatus, to_balance_rows

__all__ = ["balances_of"]

Holder: TypeAlias = tuple[str, str | None, str]
"""Whose balance it is, and of what: a customer id, an entity id or None, and a feature id."""


@public
def balances_of(rows: Iterable[BalanceRow], /) -> dict[Holder, Balance]:
    """Return the balances that rows add up to, by customer id, entity id (None: the customer's own) and feature id.

    The items and rollovers of a balance are in the order of the rows. A row whose status is `expired` is left out, as
    its item can no longer be used.

    >>> from balances import BalancePage, wire
    >>> row = {
    ...     "id": "pro",
    ...     "customer_id": "ada",
    ...     "feature_id": "messages",
    ...     "included_grant": 100,
    ...     "prepaid_grant": 0,
    ...     "usage": 28,
    ...     "remaining": 72,
    ...     "rollovers": [{"granted": 40, "balance": 10, "expires_at": 0}],
    ...     "unlimited": False,
    ...     "status": "active",
    ...     "created_at": 1769904000000,
    ... }
    >>> page = wire.snake.structure({"list": [row], "has_more": False}, BalancePage)
    >>> balances_of(page.list)["ada", None, "messages"].remaining
    Decimal('82')
    """
    groups: dict[Holder, list[BalanceRow]] = {}
    for row in argument("rows", to_balance_rows, rows):
        if row.status != RowStatus.EXPIRED:
            groups.setdefault((row.customer_id, row.entity_id, row.feature_id), []).append(row)
    return {holder: _balance_of(group) for holder, group in groups.items()}


def _balance_of(rows: list[BalanceRow]) -> Balance:
    rollovers = tuple(rollover for row in rows for rollover in row.rollovers)
    return combine(tuple(row.item for row in rows), rollovers, feature_id=rows[0].feature_id)
