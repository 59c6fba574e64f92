"""Programs as people write them, tests/programs: what is planted in each is named first, and nothing in those that are right."""

import re
from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

from rnn_cli.core.network import MANY_TO_ONE, Architecture
from rnn_cli.models.model import Model
from rnn_cli.study.check.arrays import check_arrays
from tests.conftest import Command
from tests.support.networks import random_network, random_sequence

PROGRAMS = {path.stem: path for path in (Path(__file__).parents[2] / "programs").glob("*.py")}


def said_of(path: Path) -> dict[str, str]:
    """What a program's docstring says: cell, planted, and reset or saves."""
    return dict(re.findall(r"^(\w+): (.*)$", path.read_text(encoding="utf-8").split('"""')[1], re.M))


CALLED = sorted(name for name, path in PROGRAMS.items() if "saves" not in said_of(path))
SAVING = sorted(PROGRAMS.keys() - CALLED)


@pytest.mark.parametrize("name", CALLED)
def test_what_is_planted_is_named_first(name: str, call: Command) -> None:
    said = said_of(PROGRAMS[name])
    options = ["--reset", said["reset"]] if "reset" in said else []
    result = call("check", str(PROGRAMS[name]), "--cell", said["cell"], *options, "--json")
    document = result.document()
    named = [finding["mistake"] for finding in document["findings"]]
    if said["planted"] == "nothing":
        assert (result.code, named, document["passed"]) == (0, [], True)
    else:
        planted = said["planted"].split()
        assert result.code == 5
        assert named[0] == planted[0]
        assert set(planted) <= set(named)


@pytest.mark.parametrize("name", SAVING)
def test_what_is_planted_is_seen_in_saved_arrays(name: str, tmp_path: Path) -> None:
    said = said_of(PROGRAMS[name])
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
