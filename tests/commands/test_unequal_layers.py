"""Networks whose layers differ in size: every command takes them, and says each layer's size where it says one."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core import verification
from rnn_cli.core.forward import run_forward
from rnn_cli.models.load import load_model
from rnn_cli.models.writers.onnx import OPERATORS
from tests.conftest import Command
from tests.support.model_files import json_model
from tests.support.networks import KINDS, architecture_of, slow_if
from tests.support.schemas import validate

SIZES = (4, 2, 3)


@pytest.fixture(autouse=True)
def _a_quick_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """What bptt checks is held by its own tests."""
    monkeypatch.setattr(verification, "MOST_RUNS", 1)


@pytest.fixture
def stack(tmp_path: Path) -> str:
    """Three layers of both directions in a file, with words w0 … w4."""
    return json_model(tmp_path / "m.json", architecture_of("lstm", 3, SIZES, 0, True, output_size=2, embedding_rows=5))


def document(call: Command, *arguments: str) -> Any:
    found = call(*arguments, "--json")
    assert found.code == 0, found.stderr
    return validate(found.document())


def test_every_document_has_the_sizes_and_the_states_of_each_layer(call: Command, stack: str) -> None:
    text = "w0 w2 w1"
    for arguments in (
        ["trace", text], ["forward", text], ["bptt", text, "--target", "class 1", "--check"], ["gradients", text]
    ):  # fmt: skip
        found = document(call, *arguments, "--model", stack)
        assert (found["model"]["hidden_size"], found["model"]["layer_sizes"]) == (3, list(SIZES))
    for reads in (["inspect", stack], ["predict", stack, text]):
        assert document(call, *reads)["model"]["layer_sizes"] == list(SIZES)
    places = [(layer, way) for layer in range(3) for way in ("forward", "backward")]
    read = document(call, "forward", "w0 w2 w1", "--model", stack)["sequences"][0]
    assert [(one["layer"], one["direction"]) for one in read["layers"]] == places
    assert [np.shape(one["h"]) for one in read["layers"]] == [(3, SIZES[layer]) for layer, _ in places]
    network = load_model(stack).network
    run = run_forward(network, network.parameters["embedding"][[0, 2, 1]][:, None])
    np.testing.assert_allclose(read["output"], run.output[:, 0], atol=1e-14, rtol=0)


def test_pages_say_the_sizes(call: Command, stack: str) -> None:
    for arguments in (
        ["trace", "w0 w2 w1"], ["trace", "w0 w2 w1", "--arithmetic"], ["trace", "w0 w2 w1", "--answers"],
        ["forward", "w0 w2 w1", "--explain-shapes"], ["bptt", "w0 w2 w1", "--target", "class 1", "--arithmetic"], ["gradients", "w0 w2 w1"],
    ):  # fmt: skip
        found = call(*arguments, "--model", stack)
        assert found.code == 0, found.stderr
        assert "4 -> 2 -> 3 hidden units, 3 layers, both directions" in " ".join(found.stdout.split())
    shapes = call("forward", "w0 w2 w1", "--model", stack, "--explain-shapes").stdout
    assert "6×(4 -> 2 -> 3)" in shapes
    assert "PyTorch has no such module" in shapes
    assert (
        "hidden units in the last layer in each direction; the layers have 4 -> 2 -> 3" in call("inspect", stack).stdout
    )


def test_a_network_of_one_size_says_it_once(call: Command) -> None:
    made = ["--cell", "lstm", "--num-layers", "2"]
    assert "layer_sizes" not in document(call, "trace", "I", *made)["model"]
    assert "3 hidden units, 2 layers" in call("trace", "I", *made).stdout


@pytest.mark.parametrize("command", [pytest.param("trace", marks=pytest.mark.slow), "forward", "bptt"])
def test_a_unit_is_one_of_the_layers_that_have_it(command: str, call: Command, stack: str) -> None:
    of = [command, "w0 w2 w1", "--model", stack, *(["--target", "class 1"] if command == "bptt" else [])]
    for chosen, layers in (
        (range(4, 5), [0]),
        (range(3, 5), [0, 2]),
        (range(1, 4), [0, 1, 2]),
    ):
        unit = f"{chosen[0]}:{chosen[-1]}"
        shown = document(call, *of, "--unit", unit)["shown"]
        assert shown["layers"] == (None if layers == [0, 1, 2] else layers)
        assert shown["units"] == [
            {"layer": layer, "direction": way, "units": [k for k in chosen if k <= SIZES[layer]]}
            for layer in layers
            for way in ("forward", "backward")
        ]
        assert layers != [0, 2] or call(*of, "--unit", unit).code == 0
    assert "shown" not in document(call, *of, "--unit", "1:4")
    refused = call(*of, "--layer", "1", "--unit", "3")
    assert (refused.code, refused.stderr) == (2, "rnn: --unit 3: there are 1 to 2\n")
    for every in (["--unit", "all"], ["--unit", "moved:4"], ["--unit", "all", "--layer", "all"]):
        assert call(*of, *every).code == 0


def test_one_number_is_unfolded_through_the_layers(call: Command, stack: str) -> None:
    states = document(call, "forward", "w0 w2 w1", "--model", stack)["sequences"][0]["layers"]
    found = document(call, "trace", "w0 w2 w1", "--model", stack, "--why", "h[2][4]@0.backward")
    assert "h[2][4]@0.backward" in json.dumps(found)
    assert str(states[1]["h"][1][3])[:12] in json.dumps(found)
    for place, most in (("0.forward", 4), ("1.backward", 2), ("2.forward", 3)):
        refused = call("trace", "w0", "--model", stack, "--why", f"h[1][{most + 1}]@{place}")
        assert (refused.code, f"units run from 1 to {most}" in refused.stderr) == (2, True)


def test_states_begin_where_a_file_says_one_layer_after_the_other(call: Command, stack: str, tmp_path: Path) -> None:
    numbers = [k / 100 for k in range(2 * sum(SIZES))]
    start = tmp_path / "h.json"
    start.write_text(json.dumps(numbers))
    found = document(call, "forward", "w0", "--model", stack, "--h0", str(start))["sequences"][0]["layers"]
    assert [value for one in found for value in one["h0"]] == numbers
    assert not any(value for one in found for value in one["c0"])
    start.write_text(json.dumps(numbers[:-1]))
    refused = call("forward", "w0", "--model", stack, "--h0", str(start))
    assert refused.code == 2
    assert (
        "17 numbers, and an initial state here is a list of 18: the 4 -> 2 -> 3 numbers of its layers" in refused.stderr
    )


@pytest.mark.parametrize("kind", slow_if(sorted(KINDS), "rnn relu", "gru reset before", "mingru"))
def test_every_format_holds_it_but_pytorchs(kind: str, call: Command, tmp_path: Path) -> None:
    pytest.importorskip("h5py", reason="h5py is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    a = architecture_of(kind, 3, (2, 4), 0, True, output_size=2, embedding_rows=5)
    source, cell = json_model(tmp_path / "m.json", a), a.make_cell()
    has = {
        "a.json": True,
        "a.keras": "Keras" in cell.frameworks,
        "a.h5": "Keras" in cell.frameworks,
        "a.onnx": a.cell in OPERATORS,
    }
    for name, holds in has.items():
        done = call("convert", source, str(tmp_path / name))
        assert (done.code == 0) == holds, done.stderr
        if holds:
            assert load_model(str(tmp_path / name)).network.architecture == a
            assert name == "a.onnx" or call("diff", source, str(tmp_path / name)).code == 0
    refused = call("convert", source, str(tmp_path / "p.safetensors"), "--to", "pytorch")
    assert (refused.code, list(tmp_path.glob("*.safetensors"))) == (2, [])
    if "PyTorch" in cell.frameworks:
        assert "a module of PyTorch has layers of one size, and this network's have 2 -> 4 units" in refused.stderr


def test_diff_says_the_sizes(call: Command, tmp_path: Path) -> None:
    first, second = (
        json_model(tmp_path / f"{sizes[0]}.json", architecture_of("gru reset after", 3, sizes))
        for sizes in ((4, 2), (3, 2))
    )
    found = call("diff", first, second, "--json")
    assert found.code == 5
    assert validate(found.document())["settings"] == [{"name": "layer_sizes", "a": "4 -> 2", "b": "3 -> 2"}]
    assert "they differ in layer sizes" in " ".join(call("diff", first, second).stdout.split())
