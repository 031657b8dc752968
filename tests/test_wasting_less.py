"""The how-to page about waste: each policy lives the same history, and the best one is found."""

import pytest
from waste_less import HISTORY, POLICIES, least_wasteful, opening, report, under

from balances import Policy, RolloverRule, simulate


def test_each_policy_lives_the_same_history() -> None:
    timelines = under(POLICIES)
    assert list(timelines) == list(POLICIES)
    for name, timeline in timelines.items():
        assert timeline == simulate(opening(), HISTORY, until=timeline.until, policy=POLICIES[name])


def test_of_policies_that_waste_alike_the_one_that_refuses_less_is_better() -> None:
    timelines = under({"nothing": Policy(), "everything": Policy(rules=RolloverRule()), "the same": Policy()})
    assert least_wasteful(timelines) == "everything"
    assert least_wasteful({name: timelines[name] for name in ("the same", "nothing")}) == "the same"


def test_what_was_carried_over_and_expired_is_told_without_an_item(capsys: pytest.CaptureFixture[str]) -> None:
    report(under({"a day": Policy(rules={"plan": RolloverRule(days=1)})}))
    assert "    carried over, expired: 120" in capsys.readouterr().out.splitlines()
