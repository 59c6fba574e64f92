"""Models of Keras at the commands: read, looked at, converted there and back, and refused in one line."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.models.load import load_model
from tests.conftest import Command
from tests.oracle.test_frozen_keras import unpacked
from tests.support.keras_files import KERAS_HAS
from tests.support.model_files import json_model
from tests.support.networks import architecture_of, each_value_once
from tests.support.schemas import validate

pytest.importorskip("h5py", reason="h5py is not installed")


def done(call: Command, *arguments: str) -> dict[str, Any]:
    """The document of a command that goes well."""
    found = call(*arguments, "--json")
    assert found.code == 0, found.stderr
    document: dict[str, Any] = validate(found.document())
    return document


def test_a_binary_classifier_of_keras_answers_with_its_sigmoid(tmp_path: Path, call: Command) -> None:
    path = str(unpacked("keras3.15-sentiment.keras", tmp_path))
    found = call("predict", path, "--ids", "3,1,4,1,5", "--labels", "bad,good", "--json")
    answer = found.document()["predictions"][0]
    assert answer["probabilities"][1] == pytest.approx(answered("keras3.15-sentiment.keras"), abs=2e-6)
    for words in ("the bidirectional LSTM at bidirectional and bidirectional_1: 2 layers", "its sigmoid", "mask_zero"):
        assert words in found.stderr
    trace = done(call, "trace", "--ids", "3,1,4", "--model", path)
    assert trace["read"][path]["layers"] == ["bidirectional", "bidirectional_1"]
    checked = done(
        call, "bptt", "--ids", "3,1,4", "--model", path, "--labels", "bad,good", "--target", "good", "--check"
    )
    assert checked["check"]["passed"]


def answered(name: str) -> float:
    """What Keras gave."""
    cases = json.loads((Path(__file__).parents[1] / "oracle/frozen/keras/keras.json").read_text(encoding="utf-8"))
    return float(next(case["output"][0][0] for case in cases if case["file"] == name))


@pytest.mark.parametrize(("kind", "ending"), each_value_once(product(KERAS_HAS, [".keras", ".weights.h5", ".h5"])))
def test_to_keras_and_back(kind: str, ending: str, call: Command, tmp_path: Path) -> None:
    layers, both, task = (2, True, MANY_TO_MANY) if ending != ".h5" else (3, False, MANY_TO_ONE)
    first = json_model(
        tmp_path / "first.json", architecture_of(kind, 3, 4, layers, both, task, output_size=2, embedding_rows=5)
    )
    there, back = str(tmp_path / f"there{ending}"), str(tmp_path / "back.json")
    document = done(call, "convert", first, there)
    flags = [word for name, value in document["flags"].items() for word in (f"--{name}", value)]
    assert bool(flags) == (ending == ".weights.h5")
    done(call, "convert", there, back, *flags)
    a, b = (load_model(name).network for name in (first, back))
    assert a.architecture == b.architecture
    for name, array in a.parameters.items():
        assert np.array_equal(array, b.parameters[name]), name
    for one in document["arrays"]:
        assert ("transposed" in one["how"]) == (one["from"][0].rpartition(".")[2].startswith("W_")), one


def test_a_damaged_file_exits_with_4(tmp_path: Path, call: Command) -> None:
    path = unpacked("keras2.15-news.h5", tmp_path)
    path.write_bytes(path.read_bytes()[:5000])
    found = call("inspect", str(path))
    assert (found.code, found.stdout, len(found.stderr.splitlines())) == (4, "", 1)
