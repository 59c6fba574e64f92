"""ONNX files at the commands: tokens, labels, what is said, conversions, and what is said where onnx is missing."""

import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from rnn_cli.models.load import load_model
from rnn_cli.models.writers.onnx import OPERATORS
from tests.conftest import Command
from tests.models.test_pytorch import state_dict
from tests.support.cells import cells_that_torch_has
from tests.support.schemas import validate

pytest.importorskip("onnx", reason="onnx is not installed")


@pytest.fixture
def model(call: Command, tmp_path: Path) -> str:
    """The bundled model as a graph."""
    path = tmp_path / "m.onnx"
    found = call("convert", "nlp", str(path), "--vocab-out", str(tmp_path / "words.json"), "--json")
    assert found.code == 0, found.stderr
    document = validate(found.document())
    assert document["proof"]["passed"]
    assert document["proof"]["method"].startswith("computed by onnx.reference")
    assert {one["name"]: one["how"] for one in document["arrays"]}["readout.W"] == ["transposed"]
    return str(path)


def test_a_graph_predicts_what_its_source_does(model: str, call: Command) -> None:
    words = ["--vocab", str(Path(model).with_name("words.json")), "--labels", "negative,positive", "--json"]
    found = call("predict", model, "I love NLP", *words)
    document = validate(found.document())
    source = json.loads(call("predict", "nlp", "I love NLP", "--json").stdout)["predictions"][0]
    assert document["predictions"][0]["prediction"] == source["prediction"]
    found_p, source_p = document["predictions"][0]["probabilities"], source["probabilities"]
    np.testing.assert_allclose(found_p, source_p, atol=1e-6)
    assert document["read"][model]["readout_reads"] == "final-state"
    assert document["read"][model]["nodes"] == ["rnn_0"]
    for part in ("RNN rnn_0", "embedding embedding (10×2)", "readout readout.W (3×2), of the final state"):
        assert part in found.stderr
    checked = call("bptt", "I love NLP", "--model", model, *words[:-1], "--target", "positive", "--check")
    assert checked.code == 0


def test_numbers_are_float32_for_onnxruntime(model: str, call: Command, tmp_path: Path) -> None:
    assert load_model(model).stored_dtype == "float32"
    page = call("convert", "nlp", str(tmp_path / "other.onnx"))
    assert "digits beyond float32" in " ".join(page.stdout.split())
    call("convert", "nlp", str(tmp_path / "double.onnx"), "--dtype", "float64")
    kept, source = load_model(str(tmp_path / "double.onnx")), load_model("nlp")
    assert np.array_equal(kept.network.parameters.flat, source.network.parameters.flat)


def test_its_two_biases_are_said(model: str, call: Command) -> None:
    assert "two biases per gate; they were summed" in " ".join(call("inspect", model).stdout.split())
    assert call("inspect", model, "--json").document()["conventions"]["biases_summed_on_import"]


@pytest.mark.parametrize("cell", [name for name in OPERATORS if name in cells_that_torch_has()])
@pytest.mark.parametrize(("layers", "both"), [(1, True), (3, False)])
def test_the_bytes_of_weights_survive(cell: str, layers: int, both: bool, call: Command, tmp_path: Path) -> None:
    """float32, from PyTorch through ONNX to PyTorch: the weights byte for byte, the two biases once summed."""
    first = {name: array.astype(np.float32) for name, array in state_dict(cell, layers=layers, both=both).items()}
    save_file(first, tmp_path / "first.safetensors")
    steps = ("first.safetensors", "there.onnx", "back.safetensors")
    for source, target in pairwise(str(tmp_path / name) for name in steps):
        assert call("convert", source, target, *["--to", "pytorch"] * target.endswith("back.safetensors")).code == 0
    back = load_file(tmp_path / "back.safetensors")
    assert back.keys() == first.keys()
    for name, array in first.items():
        if name.startswith("weight"):
            assert back[name].tobytes() == array.tobytes(), name
    for ih in [name for name in first if name.startswith("bias_ih")]:
        hh = ih.replace("ih", "hh")
        np.testing.assert_allclose(back[ih] + back[hh], first[ih] + first[hh], rtol=1e-6)


def test_a_cell_that_onnx_lacks_is_no_file(call: Command, tmp_path: Path) -> None:
    call("trace", "a", "--cell", "mingru", "--hidden-size", "2", "--save-model", str(tmp_path / "m.json"))
    found = call("convert", str(tmp_path / "m.json"), str(tmp_path / "m.onnx"))
    assert (found.code, found.stdout) == (2, "")
    assert "ONNX has no minGRU" in found.stderr
    assert not (tmp_path / "m.onnx").exists()


def test_a_damaged_graph_ends_with_4(model: str, call: Command) -> None:
    path = Path(model)
    path.write_bytes(path.read_bytes()[:-40])
    found = call("inspect", model)
    assert (found.code, found.stdout) == (4, "")
    assert len(found.stderr.splitlines()) == 1


def test_an_evaluator_that_lacks_something_proves_nothing(
    call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object) -> None:
        raise RuntimeError("Unsupported value 2 for num_directions")

    monkeypatch.setattr("onnx.reference.ReferenceEvaluator.run", refuse)
    found = call("convert", "nlp", str(tmp_path / "m.onnx"))
    assert found.code == 2
    assert "does not compute what was written (Unsupported value 2 for num_directions)" in found.stderr
    assert not (tmp_path / "m.onnx").exists()


def test_without_onnx_the_extra_is_named(model: str, call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    for arguments in (["inspect", model], ["convert", "nlp", f"{model}.onnx"]):
        found = call(*arguments)
        assert found.code == 2
        assert "pip install 'rnn-cli[onnx]'" in found.stderr
