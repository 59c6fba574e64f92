"""rnn train --readout-reads: a classifier's one answer from its last state, or from the mean or the largest of all states."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.reads import FINAL_STATE, READS
from rnn_cli.models.tensors import read_tensors, write_tensors
from rnn_cli.models.trained import digest_of
from tests.conftest import Command
from tests.support.runs import OUT, SMALL

TRAIN = ("train", "classify.tsv", "--task", "classify", *SMALL, "--max-steps", "3", "--keep", "last", "--overwrite")
TEXT = "good tree not bad"

READ: dict[str, Any] = {
    "final-state": lambda forward, backward: np.concatenate([forward[-1], backward[0]]),
    "last-output": lambda forward, backward: np.concatenate([forward[-1], backward[-1]]),
    "mean": lambda forward, backward: np.concatenate([forward, backward], axis=1).mean(axis=0),
    "max": lambda forward, backward: np.concatenate([forward, backward], axis=1).max(axis=0),
}
"""What each name says, of the states (T, H) of both directions."""


@pytest.mark.parametrize("reads", READS)
def test_the_answer_is_of_what_is_read(reads: str, call: Command, here: Path) -> None:
    """The probabilities that predict prints are those of the states that forward prints; bptt's checks hold."""
    asked = ("--bidirectional", "--readout-reads", reads, "--learning-rate", "0.1", "--out", OUT)
    said = call(*TRAIN, *asked)
    assert said.code == 0
    assert (f"; the readout reads the {reads}" in said.stdout) == (reads != FINAL_STATE)
    states = call("forward", TEXT, "--model", OUT, "--json").document()["sequences"][0]
    forward, backward = (np.array(one["h"]) for one in states["layers"])
    weights, _ = read_tensors(Path(OUT))
    logits = weights["readout.W_hy"] @ READ[reads](forward, backward) + weights["readout.b_y"]
    shares = np.exp(logits) / np.exp(logits).sum()
    (answer,) = call("predict", OUT, TEXT, "--json").document()["predictions"]
    np.testing.assert_allclose(answer["probabilities"], shares, atol=1e-6)
    assert call("bptt", TEXT, "--model", OUT, "--target", "up", "--check").code == 0
    model = call("inspect", OUT, "--json").document()["model"]
    assert model.get("readout_reads", FINAL_STATE) == reads


def test_runs_of_files_that_do_not_say_it_read_the_last_state(call: Command, here: Path) -> None:
    """As earlier versions wrote them: they go on as they began, whatever the default is now."""
    assert call(*TRAIN, "--readout-reads", FINAL_STATE, "--out", OUT).code == 0
    arrays, metadata = read_tensors(Path(OUT))
    del metadata["run"]["config"]["readout_reads"]
    write_tensors(Path(OUT), arrays, metadata | {"digest": digest_of(arrays, metadata)})
    assert call("train", "--resume", OUT, "--max-steps", "5").code == 0
    gone_on, said = read_tensors(Path(OUT))
    assert "reads" not in said["blueprint"]["reader"]
    assert call(*TRAIN, "--readout-reads", FINAL_STATE, "--max-steps", "5", "--out", OUT).code == 0
    at_once, _ = read_tensors(Path(OUT))
    assert {name: array.tobytes() for name, array in gone_on.items()} == {
        name: array.tobytes() for name, array in at_once.items()
    }


def test_where_nothing_is_read_once(call: Command, here: Path) -> None:
    for data, task in (("words.tsv", "tag"), ("text.txt", "lm"), ("translate.tsv", "translate")):
        refused = call("train", data, "--task", task, "--readout-reads", "max", "--max-steps", "1")
        assert (refused.code, refused.stdout) == (2, "")
        assert f"--readout-reads max: {task} answers at every step" in refused.stderr
    assert call(*TRAIN, "--readout-reads", "every-step").stderr.endswith(
        "it can be final-state, last-output, mean, max\n"
    )


def test_first_weights_must_be_read_in_the_same_way(call: Command, here: Path) -> None:
    assert call(*TRAIN, "--readout-reads", "mean", "--out", OUT).code == 0
    said = call(*TRAIN, "--readout-reads", "max", "--init", OUT)
    assert said.code == 2
    assert f"--init {OUT}: its readout reads the mean, the run's the max; --readout-reads mean begins" in said.stderr
    begun = call(*TRAIN, "--init", OUT, "--json")
    assert json.loads(begun.stdout.splitlines()[0])["model"]["readout_reads"] == "mean"
    said = call(*TRAIN, "--init", OUT, "--explain-defaults", "--json").document()["settings"]
    (found,) = (one for one in said if one["option"] == "--readout-reads")
    assert (found["value"], found["reason"], found["idle"]) == ("mean", "With --init it is what its model has.", False)
