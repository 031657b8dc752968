"""A balance as a field of a Django model, and operations that happen once."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.models.fields.json import KeyTransform

from balances import (
    Balance,
    Breakdown,
    Deduction,
    Tracked,
    Undone,
    WireError,
    advance,
    combine,
    track,
    undo,
    wire,
)

# Your project has settings of its own. Keep the transaction mode, if it runs on SQLite.
if not settings.configured:
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {"transaction_mode": "IMMEDIATE"},
    }
    settings.configure(DATABASES={"default": database}, USE_TZ=True)
    django.setup()

ATTEMPTS = 100
exact = wire.make_converter("snake", exact="text")


class ValueField(models.JSONField):
    """A field of values of one class, or of tuples of them, as JSON.

    Amounts are text there, so no digit is lost.
    """

    def __init__(self, of: type, *, many: bool = False, **options: Any) -> None:
        """Keep the class."""
        self.of, self.many = of, many
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, {**options, "of": self.of, "many": self.many}

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        value = super().from_db_value(value, expression, connection)
        # A key inside the document is no whole value.
        is_part = value is None or isinstance(expression, KeyTransform)
        return value if is_part else self._read(value)

    def get_prep_value(self, value: Any) -> Any:
        for each in value if self.many else [value]:
            if not isinstance(each, (self.of, NoneType)):
                raise TypeError(f"expected a {self.of.__name__}, got {each!r}")
        return super().get_prep_value(exact.unstructure(value))

    def value_to_string(self, obj: Any) -> Any:
        return exact.unstructure(self.value_from_object(obj))

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(exact.unstructure(value), model_instance)

    def to_python(self, value: Any) -> Any:
        """Read what a fixture or a form has, and keep a value as it is."""
        is_value = value is None or isinstance(value, (self.of, tuple))
        try:
            return value if is_value else self._read(value)
        except WireError as error:
            raise ValidationError(str(error)) from error

    def _read(self, value: Any) -> Any:
        return exact.structure(value, tuple[self.of, ...] if self.many else self.of)


class Wallet(models.Model):
    """A balance of a customer, and how often it has been changed."""

    id = models.CharField(primary_key=True, max_length=100)
    version = models.PositiveBigIntegerField(default=1)
    balance = ValueField(of=Balance)

    class Meta:
        """The app is yours."""

        app_label = "billing"

    def __str__(self) -> str:
        """Return the id."""
        return self.id


class Operation(models.Model):
    """An operation that has happened, with its answer."""

    id = models.CharField(primary_key=True, max_length=100)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT)
    version = models.PositiveBigIntegerField()
    request = models.JSONField()
    undoes = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    receipt = ValueField(of=Deduction, many=True)
    untracked = models.CharField(max_length=400)

    class Meta:
        """The app is yours."""

        app_label = "billing"

    def __str__(self) -> str:
        """Return the id."""
        return self.id


class Overtaken(Exception):
    """Another operation changed the wallet first."""


class OtherRequest(Exception):
    """The id has been used for another request."""


class Unanswered(Exception):
    """Nobody knows whether the operation has happened. Repeat it with the same id."""


def once(
    operation_id: str,
    request: dict[str, str],
    compute: Callable[[Balance], Tracked | Undone],
    *,
    at: datetime,
) -> Operation:
    """Do an operation once, however often it is asked for.

    Every error but `Unanswered` means that nothing happened.
    """
    last = None
    for attempt in range(ATTEMPTS):
        try:
            # In a transaction of somebody else, an answer could be rolled back later.
            with transaction.atomic(durable=True):
                return _operation(operation_id, request, compute, at)
        except (Overtaken, OperationalError, IntegrityError) as error:
            last = error
        time.sleep(random.uniform(0, min(0.001 * 2**attempt, 0.1)))
    raise Unanswered(f"{operation_id}: repeat it with the same id") from last


def _operation(
    operation_id: str,
    request: dict[str, str],
    compute: Callable[[Balance], Tracked | Undone],
    at: datetime,
) -> Operation:
    wallet = Wallet.objects.get(pk=request["wallet"])
    known = Operation.objects.filter(pk=operation_id).first()
    if known and known.request != request:
        raise OtherRequest(f"{operation_id}: expected {known.request}, got {request}")
    if known:
        return known
    outcome = compute(advance(wallet.balance, to=at).balance)
    as_read = Wallet.objects.filter(pk=wallet.pk, version=wallet.version)
    if as_read.update(version=wallet.version + 1, balance=outcome.balance) != 1:
        raise Overtaken
    return Operation.objects.create(
        pk=operation_id,
        wallet=wallet,
        version=wallet.version,
        request=request,
        undoes_id=request.get("undo"),
        receipt=outcome.deductions,
        untracked=str(outcome.untracked),
    )


def use(
    operation_id: str, wallet_id: str, amount: Decimal | int, *, at: datetime
) -> Operation:
    """Use an amount."""
    request = {"wallet": wallet_id, "use": str(amount)}
    return once(operation_id, request, lambda balance: track(balance, amount), at=at)


def give_back(
    operation_id: str, wallet_id: str, of: str, amount: Decimal | int, *, at: datetime
) -> Operation:
    """Give back a part of the amount that another operation has used."""

    def compute(balance: Balance) -> Undone:
        is_about = models.Q(pk=of) | models.Q(undoes=of)
        about = Operation.objects.filter(is_about, wallet=wallet_id)
        receipts = (operation.receipt for operation in about.order_by("version"))
        lines = [line for receipt in receipts for line in receipt]
        return undo(balance, lines, amount=amount)

    request = {"wallet": wallet_id, "undo": of, "amount": str(amount)}
    return once(operation_id, request, compute, at=at)


def main() -> None:
    # Your project has migrations for this.
    with connection.schema_editor() as editor:
        for model in (Wallet, Operation):
            editor.create_model(model)
    balance = combine([Breakdown(included_grant=100)], feature_id="messages")
    Wallet.objects.create(id="ada", balance=balance)
    at = datetime(2026, 1, 30, tzinfo=UTC)

    answers = [use("req_1", "ada", 130, at=at) for _ in range(2)]
    print(f"sent twice, counted once: {Wallet.objects.get(pk='ada').balance.usage}")
    print(f"and answered alike: {[answer.untracked for answer in answers]}")
    ids = ("req_1/undo/1", "req_1/undo/2")
    too_much = [give_back(id, "ada", "req_1", 60, at=at).untracked for id in ids]
    print(f"given back twice 60 of 100: {too_much} is too much")
    try:
        use("req_1", "ada", 5, at=at)
    except OtherRequest as error:
        print(f"another request under this id: {error}")


if __name__ == "__main__":
    main()
