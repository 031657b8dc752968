"""Law: policies, too, are immutable, hashable, picklable and equal by value, and their `repr` reads back."""

import copy
import pickle
import zoneinfo
from typing import Any

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from laws.test_values_are_values import NAMES, attributes, parts, thawed
from strategies_of_policies import policies

from balances import Policy


@given(policy=policies)
def test_a_policy_equals_its_copies_and_hashes_like_them(policy: Policy) -> None:
    again = Policy(**attributes(policy))
    for other in (pickle.loads(pickle.dumps(policy)), copy.deepcopy(policy), attrs.evolve(policy), again):
        assert other == policy
        assert hash(other) == hash(policy)


@given(policy=policies)
def test_a_policy_cannot_be_changed_anywhere(policy: Policy) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(policy, attrs.fields(Policy)[0].name, None)
    with pytest.raises((AttributeError, TypeError)):
        setattr(policy, "another", 1)  # noqa: B010  (a type checker would refuse it)
    assert {type(part) for part in parts(policy)}.isdisjoint({list, dict, set})


@given(policy=policies)
def test_the_repr_of_a_policy_reads_back(policy: Policy) -> None:
    assert eval(repr(policy), NAMES | {"zoneinfo": zoneinfo}) == policy


@given(policy=policies)
def test_what_is_given_to_a_policy_is_not_changed_and_not_kept(policy: Policy) -> None:
    for value in (policy, policy.order):
        lent: dict[str, Any] = {name: thawed(part) for name, part in attributes(value).items()}
        before = copy.deepcopy(lent)
        made = type(value)(**lent)
        assert lent == before
        for part in lent.values():
            empty(part)
        assert made == value


def empty(part: object) -> None:
    """Take everything out of whatever can be changed."""
    if isinstance(part, (list, dict)):
        part.clear()


@given(policy=policies)
def test_each_word_of_a_policy_may_be_its_string(policy: Policy) -> None:
    keys: Any = [str.__str__(key) for key in policy.order.keys]
    order = attrs.evolve(policy.order, keys=keys, rollovers=policy.order.rollovers.value)
    words: dict[str, Any] = {"month_end": policy.month_end.value, "overage_at_reset": policy.overage_at_reset.value}
    assert attrs.evolve(policy, order=order, **words) == policy
