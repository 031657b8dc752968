"""The table of accounts."""

from __future__ import annotations

from typing import Final

from balances.values.accounts import Account
from balances.values.balance import Balance, Flag
from balances.values.controls import BillingControls
from balances.values.features import Feature
from balances.wire.rules import WireAccount, to_wire_account
from balances.wire.shapes import Many, MapOf, Part
from balances.wire.tables.rows import Table, defaulted, optional

__all__: list[str] = []

TABLES: Final = (
    Table(
        Account,
        (
            optional("features", Many(Part(Feature))),
            defaulted("balances", MapOf(Part(Balance))),
            defaulted("flags", MapOf(Part(Flag))),
            optional("billing_controls", Part(BillingControls)),
        ),
        form=WireAccount,
        enter=WireAccount.to_account,
        leave=to_wire_account,
    ),
)
