"""The field of the page about Django loses no digit, and its operations happen once."""

import importlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from helpers import day

from balances import Balance, Flag, InsufficientBalance, Reset, advance, combine, track
from balances.testing import item, rollover

# Django and its models have no types.
page: Any = importlib.import_module("keep_a_balance_in_django")
db: Any = importlib.import_module("django.db")
exceptions: Any = importlib.import_module("django.core.exceptions")
serializers: Any = importlib.import_module("django.core.serializers")
json_fields: Any = importlib.import_module("django.db.models.fields.json")
writer: Any = importlib.import_module("django.db.migrations.writer")

NOW = day(1, 30)
THIRD = Decimal(1) / 3
PLAN = item(100, id="plan", reset=Reset(interval="month", resets_at=day(2, 1)))
BALANCE = track(combine([PLAN], [rollover(Decimal("1e-20"))], feature_id="messages"), THIRD).balance


@pytest.fixture(autouse=True)
def _wallet() -> Iterator[None]:
    with db.connection.schema_editor() as editor:
        editor.create_model(page.Wallet)
        editor.create_model(page.Operation)
    page.Wallet.objects.create(id="ada", balance=BALANCE)
    yield
    with db.connection.schema_editor() as editor:
        editor.delete_model(page.Operation)
        editor.delete_model(page.Wallet)


def load() -> Balance:
    balance: Balance = page.Wallet.objects.get(pk="ada").balance
    return balance


def test_every_digit_comes_back() -> None:
    assert load() == BALANCE
    usages = page.Wallet.objects.values_list(json_fields.KT("balance__usage"), flat=True)
    assert list(usages) == [str(BALANCE.usage)]
    answer = page.use("req_1", "ada", THIRD, at=NOW)
    assert load() == track(BALANCE, THIRD).balance
    assert page.Operation.objects.get(pk="req_1").receipt == answer.receipt == track(BALANCE, THIRD).deductions


def test_a_request_counts_once_and_is_answered_alike() -> None:
    answers = [page.use("req_1", "ada", 130, at=NOW) for _ in range(3)]
    assert {(answer.untracked, answer.receipt) for answer in answers} == {
        (str(track(BALANCE, 130).untracked), track(BALANCE, 130).deductions)
    }
    assert load() == track(BALANCE, 130).balance
    with pytest.raises(page.OtherRequest):
        page.use("req_1", "ada", 5, at=NOW)


def test_partial_undos_give_back_no_more_than_was_taken() -> None:
    page.use("req_1", "ada", 30, at=NOW)
    answers = [page.give_back(f"undo_{n}", "ada", "req_1", 20, at=NOW) for n in range(3)]
    assert [answer.untracked for answer in answers] == ["0", "-10", "-20"]
    assert load() == BALANCE


def test_time_goes_by_inside() -> None:
    page.use("req_1", "ada", 5, at=day(2, 3))
    assert load() == track(advance(BALANCE, to=day(2, 3)).balance, 5).balance


def test_who_is_overtaken_computes_again() -> None:
    seen: list[Balance] = []

    def compute(balance: Balance) -> Any:
        seen.append(balance)
        if len(seen) == 1:
            page.Wallet.objects.update(version=99, balance=track(BALANCE, 1).balance)
        return track(balance, 5)

    page.once("req_1", {"wallet": "ada"}, compute, at=NOW)
    assert seen == [BALANCE, BALANCE]
    assert load() == track(BALANCE, 5).balance
    assert page.Wallet.objects.get(pk="ada").version == 2


def test_who_is_always_overtaken_is_told_and_nothing_has_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    def compute(balance: Balance) -> Any:
        page.Wallet.objects.update(version=99)
        return track(balance, 5)

    monkeypatch.setattr(page, "ATTEMPTS", 3)
    with pytest.raises(page.Unanswered):
        page.once("req_1", {"wallet": "ada"}, compute, at=NOW)
    assert load() == BALANCE
    assert page.Operation.objects.count() == 0


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_lost_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch, *, is_committed: bool) -> None:
    connection = db.connections["default"]
    commit, failures = connection.commit, iter([True, True])

    def losing() -> None:
        is_failing = next(failures, False)
        if is_committed or not is_failing:
            commit()
        if is_failing:
            raise db.OperationalError("the connection was closed")

    monkeypatch.setattr(connection, "commit", losing)
    assert page.use("req_1", "ada", 130, at=NOW).receipt == track(BALANCE, 130).deductions
    assert load() == track(BALANCE, 130).balance
    assert page.Operation.objects.count() == 1


def test_a_refusal_leaves_nothing_behind() -> None:
    def refuse(balance: Balance) -> Any:
        return track(balance, 1000, overage_behavior="reject")

    with pytest.raises(InsufficientBalance):
        page.once("req_1", {"wallet": "ada"}, refuse, at=NOW)
    assert page.Operation.objects.count() == 0


def test_inside_another_transaction_nothing_is_promised() -> None:
    with db.transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        page.use("req_1", "ada", 5, at=NOW)


def test_the_field_is_known_to_fixtures_forms_and_migrations() -> None:
    page.use("req_1", "ada", 5, at=NOW)
    fixture = serializers.serialize("json", [*page.Wallet.objects.all(), *page.Operation.objects.all()])
    assert json.loads(fixture)[0]["fields"]["balance"]["usage"] == str(load().usage)
    wallet, operation = page.Wallet.objects.get(), page.Operation.objects.get()
    balances, receipts = wallet._meta.get_field("balance"), operation._meta.get_field("receipt")  # noqa: SLF001  (so Django)
    written = [each["fields"] for each in json.loads(fixture)]
    assert balances.to_python(written[0]["balance"]) == load()
    assert receipts.to_python(written[1]["receipt"]) == operation.receipt
    wallet.clean_fields()
    with pytest.raises(exceptions.ValidationError, match="expected a string, got 5"):
        balances.clean({"feature_id": 5}, wallet)
    assert "of=balances.Balance" in writer.MigrationWriter.serialize(balances)[0]


def test_a_value_of_another_class_is_an_error() -> None:
    with pytest.raises(TypeError, match="expected a Balance, got Flag"):
        page.Wallet.objects.update(balance=Flag(id="flag_1", feature_id="sso"))
