"""The how-to page about payments: each tops up once, and an error books nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from sqlite3 import Connection, IntegrityError
from typing import Any

import book_a_payment as program
import pytest

from balances import NoSuchItem, combine, with_item
from balances.testing import item, prepaid

PLAN = combine([item(10, 4, id="plan")], feature_id="messages")
PACKS = item(0, id="packs", price=prepaid(5, billing_units=50))


def reported(payment_id: str = "pay_1", quantity: int | str = 100, **event: Any) -> dict[str, Any]:
    payment = {"id": payment_id, "balance_id": "ada", "quantity": quantity}
    return {"id": "evt_1", "type": "payment.succeeded", "payment": payment, **event}


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "balances.db")
    with closing(program.open_store(path)) as store:
        for table in program.TABLES:
            store.execute(table)
        store.execute("INSERT INTO balances VALUES ('ada', ?)", (program.written(with_item(PLAN, PACKS)),))
    return path


@pytest.fixture
def store(path: str) -> Iterator[Connection]:
    with closing(program.open_store(path)) as store:
        yield store


def test_a_payment_that_is_reported_twice_tops_up_once(store: Connection) -> None:
    assert [program.paid(store, reported()) for _ in range(3)] == [True, False, False]
    assert program.load(store, "ada").remaining == 106


def test_two_events_about_one_payment_top_up_once(store: Connection) -> None:
    assert [program.paid(store, reported(id=each)) for each in ("evt_1", "evt_2")] == [True, False]
    assert program.load(store, "ada").remaining == 106


def test_two_payments_top_up_twice(store: Connection) -> None:
    assert [program.paid(store, reported(each)) for each in ("pay_1", "pay_2")] == [True, True]
    assert program.load(store, "ada").remaining == 206


def test_a_payment_reported_by_many_at_once_tops_up_once(path: str) -> None:
    def report(_: int) -> bool:
        with closing(program.open_store(path)) as store:
            return program.paid(store, reported())

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(report, range(16))) == [False] * 15 + [True]
    with closing(program.open_store(path)) as store:
        assert program.load(store, "ada").remaining == 106


def test_an_event_of_another_type_books_nothing(store: Connection) -> None:
    assert not program.paid(store, {"id": "evt_1", "type": "payment.failed"})
    assert program.load(store, "ada").remaining == 6


def test_another_quantity_under_the_same_id_is_refused(store: Connection) -> None:
    program.paid(store, reported())
    with pytest.raises(program.OtherPayment, match=r"^pay_1: expected \('ada', '100'\), got \('ada', '500'\)$"):
        program.paid(store, reported(quantity=500))
    assert program.load(store, "ada").remaining == 106


def test_a_payment_that_could_not_be_booked_is_booked_when_it_is_reported_again(store: Connection) -> None:
    store.execute("UPDATE balances SET document = ?", (program.written(PLAN),))
    with pytest.raises(NoSuchItem):
        program.paid(store, reported())
    assert program.load(store, "ada") == PLAN
    store.execute("UPDATE balances SET document = ?", (program.written(with_item(PLAN, PACKS)),))
    assert program.paid(store, reported())
    assert program.load(store, "ada").remaining == 106


def test_a_payment_without_an_id_is_refused(store: Connection) -> None:
    """An id that is NULL would differ from itself, and the payment would be booked again each time."""
    with pytest.raises(IntegrityError, match=r"payments\.id"):
        program.paid(store, {"type": "payment.succeeded", "payment": {**reported()["payment"], "id": None}})
    assert program.load(store, "ada").remaining == 6


def test_no_digit_is_lost(store: Connection) -> None:
    quantity = "0.1234567890123456789012345"
    assert program.paid(store, reported(quantity=quantity))
    assert program.load(store, "ada").remaining == 6 + Decimal(quantity)
