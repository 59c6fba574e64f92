"""Programs as people write them, tests/programs: what is planted in each is named first, and nothing in those that are right."""

import re
from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

from rnn_cli.core.network import FORWARD, MANY_TO_ONE, Architecture
from rnn_cli.core.state import InitialStates
from rnn_cli.models.model import Model
from rnn_cli.study.check.arrays import check_arrays
from rnn_cli.study.check.program import check_program
from rnn_cli.study.check.report import Report
from rnn_cli.study.check.trials import trials
from tests.support.networks import random_network, random_sequence, slow_if

PROGRAMS = {path.stem: path for path in (Path(__file__).parents[2] / "programs").glob("*.py")}


def said_of(path: Path) -> dict[str, str]:
    """What a program's docstring says: cell, planted, and reset, calls or saves."""
    return dict(re.findall(r"^(\w+): (.*)$", path.read_text(encoding="utf-8").split('"""')[1], re.M))


SAID = {name: said_of(path) for name, path in PROGRAMS.items()}
CALLED = sorted(name for name, said in SAID.items() if "saves" not in said)
SAVING = sorted(SAID.keys() - CALLED)
ON_ONE = [name for name in CALLED if "calls" not in SAID[name]]
"""Those whose mistake shows in one call; the others need the whole check."""
AGAIN = ("dh_next_never_updated", "trains_while_checked", "six_at_once")
"""Slow ones, of a kind that another program shows too."""


def hold(name: str, report: Report) -> None:
    """What is planted, first and in whole; nothing where nothing is."""
    planted = SAID[name]["planted"].replace("nothing", "").split()
    named = [finding.mistake for finding in (*report.findings, *report.behaviour)]
    assert report.compared
    if not planted:
        assert {left for left, _ in report.not_compared} <= {"log_probs"}, (
            "what is not compared is not known to be right"
        )
    assert named[:1] == planted[:1]
    assert set(planted) <= set(named)
    assert report.passed == (not planted)


def options_of(name: str) -> dict[str, str]:
    """The options of the cell that a program is of."""
    return {key: value for key, value in SAID[name].items() if key == "reset"}


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # a program's own business: one uses np.asmatrix
@pytest.mark.parametrize("name", slow_if(ON_ONE, *AGAIN))
def test_what_is_planted_is_named_first_of_one_network(name: str) -> None:
    trial = trials(SAID[name]["cell"], options_of(name), 0)[0]
    program = run_path(str(PROGRAMS[name]))
    few = slice(None) if program.get("BATCHED") else slice(1)
    given = [trial.x[:, few], trial.targets[:, few], *(trial.initial[state][few] for state in trial.initial)]
    if not program.get("BATCHED"):
        given = [given[0][:, 0], given[1][:, 0], *(array[0] for array in given[2:])]
    x, target, *states = given
    arrays = dict(program["forward"](trial.parameters, x, *states))
    if "backward" in program:
        arrays |= program["backward"](trial.parameters, x, target, *states)
    arrays = {key: np.array(array) for key, array in arrays.items()}
    batch = range(trial.x[:, few].shape[1])
    sequences, targets = ([array[:, b] for b in batch] for array in (trial.x, trial.targets))
    initial: list[InitialStates] = [{(0, FORWARD): trial.initial.sequence(b)} for b in batch]
    hold(name, check_arrays(name, arrays, trial.model, sequences, targets, initial=initial))


@pytest.mark.parametrize("name", slow_if(CALLED, *ON_ONE, *AGAIN))
def test_what_is_planted_is_named_first(name: str) -> None:
    hold(name, check_program(str(PROGRAMS[name]), SAID[name]["cell"], options_of(name)))


@pytest.mark.parametrize("name", SAVING)
def test_what_is_planted_is_seen_in_saved_arrays(name: str, tmp_path: Path) -> None:
    said = SAID[name]
    both = "--bidirectional" in said["cell"]
    network = random_network(
        Architecture(said["cell"].split()[0], 3, 4, bidirectional=both, task=MANY_TO_ONE, output_size=2)
    )
    weights = {**network.named(0, "forward"), **network.parameters.group("readout")}
    if both:
        weights |= {f"{key}_reverse": array for key, array in network.named(0, "backward").items()}
    sentences = [random_sequence(steps, 3, steps) for steps in (3, 5, 4, 2)]
    run_path(str(PROGRAMS[name]))["main"](weights, sentences, tmp_path / "mine.npz")
    arrays = dict(np.load(tmp_path / "mine.npz"))
    report = check_arrays("mine.npz", arrays, Model("mine", network, "file", labels=("a", "b")), sentences)
    assert [finding.mistake for finding in report.findings] == [said["planted"]]
