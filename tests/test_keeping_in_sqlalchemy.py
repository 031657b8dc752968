"""The column type of the page about SQLAlchemy loses no digit, and its model no update."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import keep_a_balance_in_sqlalchemy as page
import pytest
import sqlalchemy as sa
from databases import NAMES, address
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from balances import BillingControls, Flag, WireError, combine, track
from balances.testing import item, rollover

THIRD = Decimal(1) / 3
BALANCE = track(combine([item(100, id="plan")], [rollover(Decimal("1e-20"))], feature_id="messages"), THIRD).balance


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    url, options = address(request.param, tmp_path)
    engine = sa.create_engine(url, **options)
    page.Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(page.Wallet(id="ada", balance=BALANCE, controls=None))
        session.commit()
    yield engine
    page.Base.metadata.drop_all(engine)
    engine.dispose()


def load(engine: sa.Engine) -> page.Wallet:
    with Session(engine) as session:
        return session.get_one(page.Wallet, "ada")


def test_every_digit_comes_back(engine: sa.Engine) -> None:
    assert load(engine).balance == BALANCE
    assert load(engine).controls is None
    with Session(engine) as session:
        usage = session.scalar(sa.select(page.Wallet.balance["usage"].as_string()))
    assert usage == str(BALANCE.usage)


def test_an_equal_value_writes_nothing_and_another_one_counts_the_version(engine: sa.Engine) -> None:
    with Session(engine) as session:
        wallet = session.get_one(page.Wallet, "ada")
        wallet.balance = combine(BALANCE.breakdown, BALANCE.rollovers, feature_id="messages")
        session.commit()
        assert wallet.version == 1
        wallet.controls = BillingControls()
        session.commit()
        assert wallet.version == 2
    assert load(engine).controls == BillingControls()


def test_who_is_overtaken_is_told(engine: sa.Engine) -> None:
    with Session(engine) as slow:
        late = slow.get_one(page.Wallet, "ada")
        slow.expunge(late)
    with Session(engine) as fast:
        wallet = fast.get_one(page.Wallet, "ada")
        wallet.balance = track(wallet.balance, 30).balance
        fast.commit()
    with Session(engine) as slow:
        slow.add(late)
        late.balance = track(late.balance, 5).balance
        with pytest.raises(StaleDataError):
            slow.commit()
    assert load(engine).balance == track(BALANCE, 30).balance


def test_a_document_that_cannot_be_read_is_an_error(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE wallets SET balance = '{\"feature_id\": 5}'"))
    with pytest.raises(WireError, match=r"\$.feature_id: expected a string, got 5"):
        load(engine)


def test_a_value_of_another_class_is_an_error(engine: sa.Engine) -> None:
    flag: Any = Flag(id="flag_1", feature_id="sso")
    with Session(engine) as session:
        session.get_one(page.Wallet, "ada").balance = flag
        with pytest.raises(StatementError, match="expected a Balance, got Flag"):
            session.commit()
