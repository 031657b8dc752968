"""Generated functions, each beside the plain one that means the same."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from attrs import evolve
from bench_wire import COUNT, DOCUMENTS, structure
from measuring import all_of, compare, report

from balances import Balance, Breakdown
from balances.base.unchecked import changer, maker
from balances.wire.dialects import Dialect
from balances.wire.reading import Reading

DIALECT = Dialect(case="snake")
ITEM = Breakdown(id="plan", included_grant=100, remaining=72, usage=28)
HUNDRED, LEFT, USED = Decimal(100), Decimal(70), Decimal(30)


def plainly(item: Breakdown, /, *, remaining: Decimal, usage: Decimal) -> Breakdown:
    """Say what the generated function does."""
    return evolve(item, remaining=remaining, usage=usage)


changed, made = changer(plainly), maker(Breakdown)


def repeated(action: Callable[[], object]) -> Callable[[], object]:
    return lambda: [action() for _ in range(COUNT)]


def with_care(document: dict[str, Any]) -> object:
    """Read every part by its table."""
    return Reading(DIALECT).read_object(Balance, document, "$")


def bench_reading() -> None:
    careful = all_of(with_care, DOCUMENTS)
    report("read a document", compare(all_of(structure, DOCUMENTS), careful, calls=COUNT), peer="with care")


def bench_changing() -> None:
    ours = repeated(lambda: changed(ITEM, remaining=LEFT, usage=USED))
    peers = repeated(lambda: plainly(ITEM, remaining=LEFT, usage=USED))
    report("change two slots of an item", compare(ours, peers, calls=COUNT), peer="`evolve`")


def bench_making() -> None:
    ours = repeated(lambda: made(included_grant=HUNDRED, remaining=LEFT, usage=USED))
    peers = repeated(lambda: Breakdown(included_grant=HUNDRED, remaining=LEFT, usage=USED))
    report("make an item", compare(ours, peers, calls=COUNT), peer="the constructor")
