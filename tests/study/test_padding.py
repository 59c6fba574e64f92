"""--explain-padding: right states are those of each sequence alone, wrong ones those of zeros read at its end."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.reads import READS
from rnn_cli.front.model import Model as Front
from rnn_cli.front.reading import read_one
from rnn_cli.front.result import Result
from rnn_cli.models.model import Model
from rnn_cli.study.padding import explain_padding
from tests.conftest import Command
from tests.support.networks import KINDS, architecture_of, random_network, random_sequence
from tests.support.schemas import validate

LENGTHS = (4, 1, 6)


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_in_every_cell(kind: str) -> None:
    network = random_network(architecture_of(kind, hidden_size=(3, 4), bidirectional=True, output_size=2))
    model = Model("test", network, "file", labels=("no", "yes"))
    arrays = [random_sequence(length, 3, length) for length in LENGTHS]
    sequences = [read_one(array, model, 0) for array in arrays]
    result = explain_padding(model, sequences)
    assert result.mask.sum(axis=0).tolist() == [*LENGTHS]
    assert (result.inputs[result.mask == 0] == 0).all()
    for b, (array, one) in enumerate(zip(arrays, result.sequences, strict=True)):
        assert (result.inputs[: len(array), b] == array).all()
        padded = np.concatenate([array, np.zeros((max(LENGTHS) - len(array), 3))])
        own, too_long = (Front(model, "test").forward(rows) for rows in (array, padded))
        for ending in one.endings:
            at = 0 if ending.direction == "backward" else -1
            place: dict[str, Any] = {"layer": ending.layer, "direction": ending.direction}
            for name in network.cell.states:
                assert np.allclose(ending.final[name], own.states(name, **place)[at], atol=1e-12)
                assert np.allclose(ending.read[name], too_long.states(name, **place)[at], atol=1e-12)
            assert ending.t == (1 if at == 0 else len(array))
            assert (ending.off_by > 0) == (len(array) < max(LENGTHS))
        packed = one.run.output[-1] if len(array) == max(LENGTHS) else np.zeros(8)
        assert (one.last_output == packed).all()


INSTEAD: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "final-state": ("take each sequence's state at its own last step.", lambda own: own[-1]),
    "last-output": ("take each sequence's output at its own last step.", lambda own: own[-1]),
    "mean": ("take the mean of each sequence's outputs over its own steps, divided by its own length.", lambda own: own.sum(0) / len(own)),
    "max": ("take the max of each sequence's outputs over its own steps: fill padded places with -inf.", lambda own: own.max(0)),
}  # fmt: skip


@pytest.mark.parametrize("reads", READS)
def test_what_is_advised_instead_of_packing_gives_the_same_answers(reads: str) -> None:
    """Of the padded batch that was read as data."""
    network = random_network(replace(architecture_of("lstm", output_size=2), reads=reads))
    model = Model("test", network, "file", labels=("no", "yes"))
    result = explain_padding(model, [read_one(random_sequence(n, 3, n), model, 0) for n in LENGTHS])
    words, taken = INSTEAD[reads]
    assert words in " ".join(str(Result(result)).split())
    for one in result.sequences:
        read = taken(one.read.output[: one.length])
        logits = network.parameters["readout.W_hy"] @ read + network.parameters["readout.b_y"]
        assert one.run.logits is not None
        np.testing.assert_allclose(logits, one.run.logits, rtol=1e-12)


def test_both_directions_are_not_saved_by_the_last_step(call: Command, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("a\nb c d\n")
    page = call(
        "forward", "--file", str(tmp_path / "t.txt"), "--explain-padding", "--cell", "gru", "--bidirectional"
    ).stdout
    said = " ".join(page.partition("Notice")[2].split())
    assert (
        "or run the backward direction from each sequence's own last step, and take each direction's state where it ends."
        in said
    )


def test_the_page_and_the_document(call: Command, tmp_path: object) -> None:
    path = f"{tmp_path}/two.txt"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("I love NLP\nI\nI hate NLP so much\n")
    asked = ("forward", "--file", path, "--explain-padding")
    for network in ((), ("--cell", "lstm", "--num-layers", "2", "--bidirectional"), ("--cell", "slstm", "--seed", "2")):
        document = validate(call(*asked, *network, "--json").document())
        page = call(*asked, *network).stdout
        padding = document["padding"]
        assert padding["mask"] == [[1, 1, 1], [1, 0, 1], [1, 0, 1], [0, 0, 1], [0, 0, 1]]
        every = [(end["off_by"], b, end) for b, one in enumerate(padding["sequences"], 1) for end in one["final"]]
        off_by, b, ending = max(every, key=lambda one: one[0])
        said = " ".join(page.partition("Notice")[2].split())
        assert f"of b={b} most" in said
        assert f"{off_by:.4g}" in said
        if len(padding["sequences"][0]["final"]) > 1:
            assert f"layer {ending['layer']}, {ending['direction']}," in said
        alone = call("forward", "--file", path, *network, "--json").document()["sequences"]
        for one, same in zip(document["sequences"], alone, strict=True):
            assert np.allclose(one["output"], same["output"], rtol=0, atol=1e-14)
            assert (one["tokens"], one["prediction"]) == (same["tokens"], same["prediction"])
    same = call(*asked, "--only", "notice")
    assert "Notice" in same.stdout


def test_what_is_refused(call: Command, tmp_path: object) -> None:
    path = f"{tmp_path}/two.txt"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("I love NLP\nI hate NLP\n")
    asked = ("forward", "--file", path, "--explain-padding")
    assert "nothing is padded" in call(*asked).stdout
    for other in (("--steps", "1"), ("--explain-shapes",), ("--json", "--lines"), ("--only", "1"), ("--unit", "1")):
        assert call(*asked, *other).code == 2, other
    assert "2 to" in call("forward", "I love NLP", "--explain-padding").stderr
