"""Law: a second implementation does the same, over any sequence of operations.

`tests/reference` is written from the rules alone, over plain dictionaries and fractions, and lives every boundary one
by one. `tests/reference/proof.py` tries millions of operations.
"""

from fractions import Fraction

import pytest
import using
from helpers import tried
from histories import OPERATIONS, Disagreement, History
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(tried(50))
@given(seed=st.integers(0, 10**9))
def test_a_history_is_the_same_in_both(seed: int) -> None:
    History(f"law:{seed}").live(30)


def test_every_operation_is_tried() -> None:
    histories = [History(f"kinds:{seed}") for seed in range(12)]
    for history in histories:
        history.live(40)
    assert {name for history in histories for name in history.counts if history.counts[name]} == set(OPERATIONS)


def test_a_disagreement_is_found_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = using.Receipt.move

    def move_too_much(receipt: using.Receipt, where: using.Part, taken: Fraction, kind: str) -> None:
        moved(receipt, where, taken * 2, kind)

    monkeypatch.setattr(using.Receipt, "move", move_too_much)
    with pytest.raises(Disagreement, match=r"history 'wrong', in .*the package says"):
        History("wrong").live(40)
