"""The reference says a sentence about each attribute, and a name in it leads to the thing that it means."""

import runpy
from pathlib import Path

import pytest

from balances import Balance, Breakdown, UsageEvent, UsageLimit

DOCS = Path(__file__).parent.parent / "docs"
ATTRIBUTES = runpy.run_path(str(DOCS / "attributes.py"))
NAMES = runpy.run_path(str(DOCS / "names.py"))


def names_of_attributes() -> set[str]:
    return {f"{cls.__name__}.{name}" for cls, name in ATTRIBUTES["public_attributes"]()}


def test_every_public_attribute_has_a_sentence() -> None:
    said = {
        f"{cls.__name__}.{name}": ATTRIBUTES["sentences_of"](cls, name)
        for cls, name in ATTRIBUTES["public_attributes"]()
    }
    assert [name for name, sentences in said.items() if not sentences] == []
    assert "Balance.granted" in said


def test_every_sentence_is_about_an_attribute() -> None:
    assert set(ATTRIBUTES["OF_A_CLASS"]) <= names_of_attributes()
    assert set(ATTRIBUTES["COMMON"]) <= {name.partition(".")[2] for name in names_of_attributes()}


@pytest.mark.parametrize(
    ("cls", "attribute", "sentences"),
    [
        (Balance, "granted", ["All that was given: included, prepaid and carried over."]),
        (Breakdown, "usage", ["The amount used since its last reset."]),
        (UsageEvent, "customer_id", ["The id of the customer."]),
        (Breakdown, "no_such_attribute", []),
    ],
)
def test_a_sentence_is_of_the_class_or_common(cls: type, attribute: str, sentences: list[str]) -> None:
    assert ATTRIBUTES["sentences_of"](cls, attribute) == sentences


def test_the_docstring_of_a_class_comes_before_what_is_common() -> None:
    class Purse:
        """Money. `left` is the rest. `usage=0` is new.

        >>> `left`
        """

    assert ATTRIBUTES["sentences_of"](Purse, "left") == ["`left` is the rest."]
    assert ATTRIBUTES["sentences_of"](Purse, "usage") == ["`usage=0` is new."]


@pytest.mark.parametrize(
    ("text", "within", "target"),
    [
        ("max_purchase", "", "balances.max_purchase"),
        ("max_purchase", "balances.Breakdown", "balances.max_purchase"),
        ("max_purchase", "balances.Price", "balances.Price.max_purchase"),
        ("max_purchase", "balances.Price.amount", "balances.Price.max_purchase"),
        ("balances.max_purchase", "balances.Price", "balances.max_purchase"),
        ("Price.max_purchase", "balances.Balance", "balances.Price.max_purchase"),
        ("overage", "balances.Timeline", "balances.Timeline.overage"),
        ("overage", "balances.Balance", "balances.overage"),
        ("hold", "balances.confirm", None),
        ("hold", "balances.release_all", "balances.hold"),
        ("check", "balances.accounts.track", "balances.accounts.check"),
        ("balances.check", "balances.accounts.track", "balances.check"),
        ("combine", "balances.accounts.track", "balances.combine"),
        ("accounts.track", "balances.track", "balances.accounts.track"),
        ("accounts", "", None),
        ("wire.snake.structure", "", "balances.wire.snake"),
        ("balances.accounts.track", "", "balances.accounts.track"),
        ("usage", "balances.UsageLimit", "balances.UsageLimit.usage"),
        ("usage", "", None),
        ("None", "balances.check", None),
        ("check(balance)", "", None),
        ("__init__", "balances.Balance", None),
        ("check.py", "", None),
    ],
)
def test_a_name_leads_to_the_nearest_thing_of_that_name(text: str, within: str, target: str | None) -> None:
    assert NAMES["target_of"](text, within) == target


def test_a_member_of_a_base_class_is_documented_there() -> None:
    """Sphinx documents it once, so a link to the heir would lead nowhere."""
    assert "other" not in vars(UsageLimit)
    assert NAMES["target_of"]("other", "balances.UsageLimit") is None
