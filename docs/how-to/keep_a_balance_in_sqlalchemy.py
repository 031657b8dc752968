"""A balance as a column of an SQLAlchemy model: exact, and replaced as it was read."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from balances import Balance, BillingControls, Breakdown, combine, track, wire

exact = wire.make_converter("snake", exact="text")


class Stored(sa.types.TypeDecorator[Any]):
    """A column of values of one class, as JSON.

    Amounts are text there, so no database and no driver rounds them.
    """

    impl = sa.JSON(none_as_null=True)
    impl = impl.with_variant(JSONB(none_as_null=True), "postgresql")
    cache_ok = True

    def __init__(self, of: type[Any]) -> None:
        """Keep the class."""
        super().__init__()
        self.of = of

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        if value is not None and not isinstance(value, self.of):
            raise TypeError(f"expected a {self.of.__name__}, got {value!r}")
        return exact.unstructure(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return None if value is None else exact.structure(value, self.of)


class Base(DeclarativeBase):
    """The base of the models."""


class Wallet(Base):
    """A balance of a customer.

    SQLAlchemy counts the version, and compares it whenever it writes the row.
    """

    __tablename__ = "wallets"

    id: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[Balance] = mapped_column(Stored(Balance))
    controls: Mapped[BillingControls | None] = mapped_column(Stored(BillingControls))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


def main() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        balance = combine([Breakdown(included_grant=100)], feature_id="messages")
        session.add(Wallet(id="ada", balance=balance))
        session.commit()

    with Session(engine) as session:
        wallet = session.get_one(Wallet, "ada")
        # A value cannot change. Assign the new one.
        wallet.balance = track(wallet.balance, 0.1).balance
        session.commit()
        print(f"used: {wallet.balance.usage}, version {wallet.version}")

    with Session(engine) as slow, Session(engine) as fast:
        late, early = slow.get_one(Wallet, "ada"), fast.get_one(Wallet, "ada")
        early.balance = track(early.balance, 30).balance
        fast.commit()
        late.balance = track(late.balance, 5).balance
        try:
            slow.commit()
        except StaleDataError:
            print("overtaken: read it again, and compute again")

    with Session(engine) as session:
        print(f"used: {session.get_one(Wallet, 'ada').balance.usage}")
        number = sa.Numeric(38, 20, asdecimal=False)
        used = sa.cast(Wallet.balance["usage"].as_string(), number)
        print(f"used by all: {session.scalar(sa.select(sa.func.sum(used)))}")
    engine.dispose()


if __name__ == "__main__":
    main()
