"""Reports on several networks as one: what all bear out stands, and what one alone names does not."""

from dataclasses import replace
from typing import Any

import numpy as np

from rnn_cli.core.referee.agreement import RIGHT, WRONG
from rnn_cli.core.referee.plan import Key, Plan
from rnn_cli.study.check.merge import merged
from rnn_cli.study.check.report import Compared, Finding, Report

TITLES = {0: "one size", 1: "another"}


def found(mistake: str, says: str = "does it", array: str = "dW_hh", *forms: Finding) -> Finding:
    """A finding that may be other mistakes too."""
    return Finding(mistake, array, says, "do not", 1.0, 0.0, tuple(one.mistake for one in forms), forms=forms)


def report(*findings: Finding, explained: bool = True, verdict: str = WRONG) -> Report:
    """A report on one array."""
    nothing: Any = None
    plan = Plan(nothing, np.zeros((1, 1, 1)), np.array([1]))
    compared = Compared("dW_hh", Key("dW_hh"), "dW_hh", "H×H", verdict, 1.0, None)
    return Report("mine.py", nothing, plan, {}, {}, 1e-9, (compared,), (), findings, explained=explained)


def names(*reports: Report) -> list[tuple[str, ...]]:
    """What is named of several reports as one."""
    whole = merged(dict(enumerate(reports)), TITLES)
    assert whole.explained == bool(whole.findings) and not whole.passed
    return [(one.mistake, *one.others) for one in whole.findings]


def test_other_networks_tell_mistakes_apart() -> None:
    both = found("clipped", "clips at 1.13", "dW_hh", found("mean-for-sum"))
    other = found("clipped", "clips at 0.97", "dW_hh", found("mean-for-sum"))
    assert names(report(both), report(other)) == [("mean-for-sum",)]
    assert names(report(both), report(replace(other, says="clips at 1.13"))) == [("clipped", "mean-for-sum")]
    assert names(report(both), report(found("mean-for-sum"))) == [("mean-for-sum",)]


def test_what_another_network_contradicts_is_not_named() -> None:
    assert names(report(found("transposed")), report(found("off-by-one"))) == []


def test_a_mistake_that_shows_on_one_network_alone_stands() -> None:
    clip = found("clipped", array="dW_xh")
    assert names(report(found("transposed")), report(found("transposed"), clip)) == [("transposed",), ("clipped",)]
    assert names(report(verdict=RIGHT), report(clip)) == [("clipped",)]


def test_networks_that_stay_unexplained_are_not_passed_over() -> None:
    whole = merged({0: report(found("transposed")), 1: report(explained=False)}, TITLES)
    assert [one.mistake for one in whole.findings] == ["transposed"] and not whole.explained
    assert not merged({0: report(explained=False)}, TITLES).explained


def test_a_network_that_the_mistakes_of_others_explain_is_explained() -> None:
    whole = merged({0: report(found("mean-for-sum")), 1: report()}, TITLES)
    assert whole.explained and not whole.unexplained
    assert merged({0: report(found("mean-for-sum")), 1: report(explained=False)}, TITLES).unexplained == 1


def test_a_network_of_several_steps_is_shown_before_one_of_one_step() -> None:
    def steps(one: Report, count: int) -> Report:
        return replace(one, plan=replace(one.plan, x=np.zeros((count, 1, 1))))

    found_so, unknown = report(found("transposed")), report(explained=False)
    whole = merged({0: steps(found_so, 1), 1: steps(found_so, 5)}, TITLES)
    assert "shown is the one of another" in whole.said[-1] and "single step" not in whole.said[-1]
    whole = merged({0: steps(unknown, 5), 1: steps(found_so, 1)}, TITLES)
    assert whole.said[-1].endswith("over several steps is something else as well")
