"""--save FILE.npz: every number of the document stands in it once, under a name that says what it is."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.documents.arrays import arrays_of
from tests.conftest import Command
from tests.support.networks import each_value_once
from tests.support.trained import TrainedModels


def saved(call: Command, path: Path, *words: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The arrays, the rest and the JSON document of the same command."""
    result = call(*words, "--save", str(path), "--json")
    assert result.code == 0, result.stderr
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    return arrays, json.loads(str(arrays.pop("document"))), result.document()


def floats(value: Any) -> Iterator[float]:
    """Every finite number with a point."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from floats(one)
    elif isinstance(value, float) and np.isfinite(value):
        yield value


ASKED = {
    "trace": ("trace", "a b c", "--weights", "--why", "h[2][1]"),
    "forward": ("forward", "a b c", "--explain-shapes"),
    "bptt": ("bptt", "a b", "--target", "positive", "--truncate", "1", "--truncate-sweep", "--clip-norm", "0.1"),
    "gradients": ("gradients", "a b c"),
}


@pytest.mark.parametrize(("cell", "command"), each_value_once(product(CELLS, ASKED)))
def test_an_npz_has_every_number_once(call: Command, cell: str, command: str, tmp_path: Path) -> None:
    words = ASKED[command]
    shape = ["--num-layers", "2", "--hidden-size", "2"] + ["--bidirectional"] * (words[0] != "bptt")
    arrays, rest, document = saved(call, tmp_path / "a.npz", *words, "--cell", cell, *shape)
    held = [number for array in arrays.values() for number in floats(array.tolist())]
    assert Counter([*held, *floats(rest)]) == Counter(floats(document))
    assert all(array.size for array in arrays.values())
    assert rest["schema"] == document["schema"]
    assert rest["model"] == document["model"]
    assert rest.get("tokens", words[1].split()) == words[1].split()


def test_the_names_say_what_an_array_is(call: Command, tmp_path: Path) -> None:
    network = ["--cell", "lstm", "--bidirectional"]
    states, _, forward = saved(call, tmp_path / "f.npz", "forward", "a b", *network)
    steps, _, _ = saved(call, tmp_path / "t.npz", "trace", "a b", *network)
    back, rest, bptt = saved(call, tmp_path / "b.npz", "bptt", "I love", "--target", "positive")
    backward = next(one for one in forward["sequences"][0]["layers"] if one["direction"] == "backward")
    for name, values in (("c0", backward["c0"]), ("h", backward["h"]), ("gates.o", backward["gates"]["o"])):
        np.testing.assert_array_equal(states[f"{name}.layer0.backward"], values)
        if name != "c0":
            np.testing.assert_allclose(steps[f"{name}.layer0.backward"], values, rtol=1e-12)
    np.testing.assert_array_equal(states["output"], forward["sequences"][0]["output"])
    np.testing.assert_array_equal(back["dW_hh.layer0.forward"], bptt["gradients"]["layers"][0]["W_hh"])
    np.testing.assert_array_equal(back["dW_hy"], bptt["gradients"]["readout"]["W_hy"])
    np.testing.assert_array_equal(back["dinputs"], bptt["gradients"]["inputs"])
    np.testing.assert_array_equal(back["dL_dh.layer0.forward"][1], bptt["steps"][1]["dL_dh"])
    assert rest["gradients"]["embedding"] == list(bptt["gradients"]["embedding"]) == ["I", "love"]
    np.testing.assert_array_equal(back["dembedding"], list(bptt["gradients"]["embedding"].values()))


def test_several_sequences_and_series_are_numbered(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("a b\nc\n")
    arrays, rest, document = saved(call, tmp_path / "m.npz", "forward", "--file", str(path))
    for k, one in enumerate(document["sequences"]):
        np.testing.assert_array_equal(arrays[f"sequence{k}.h.layer0.forward"], one["layers"][0]["h"])
        assert rest["sequences"][k]["text"] == one["text"]
    padded, _, document = saved(call, tmp_path / "p.npz", "forward", "--file", str(path), "--explain-padding")
    final = document["padding"]["sequences"][1]["final"][0]
    np.testing.assert_array_equal(padded["padding.sequence1.final.states.h.layer0.forward"], final["states"]["h"])
    arrays, _, document = saved(call, tmp_path / "c.npz", "gradients", "a b", "--compare", "rnn,lstm")
    for k, one in enumerate(document["series"]):
        values = [step["singular_values"] for step in one["steps"]]
        np.testing.assert_array_equal(arrays[f"series{k}.steps.singular_values"], values)
    powers, _, _ = saved(call, tmp_path / "g.npz", "gradients", "--factor", "0.5", "--factor", "2", "--steps", "3")
    np.testing.assert_array_equal(powers["series1.steps.product"], [2, 4, 8])


def test_both_networks_of_a_model_that_writes(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    for command in ("forward", "bptt"):
        words = [command, "3 May 2001", "--model", str(trained.path("translate")), "--target", "2001"]
        arrays, rest, document = saved(call, tmp_path / "d.npz", *words)
        held = [number for array in arrays.values() for number in floats(array.tolist())]
        assert Counter([*held, *floats(rest)]) == Counter(floats(document))
        assert any(name.startswith("decoder.") for name in arrays)
        assert "context.h.layer0" in arrays


def test_what_is_not_finite_and_what_is_not_there(call: Command, tmp_path: Path) -> None:
    table = tmp_path / "x.csv"
    table.write_text(",".join(["1.7e308"] * 40) + "\n")
    path = tmp_path / "a.npz"
    network = ["--cell", "rnn", "--activation", "relu", "--hidden-size", "9"]
    assert call("trace", "--input", str(table), *network, "--save", str(path)).code == 3
    with np.load(path) as file:
        assert not np.isfinite(file["h.layer0.forward"]).all()
    short, long = {"t": 1, "v": np.ones(1), "w": 0.5}, {"t": 2, "v": np.ones(2), "w": None}
    columns = dict(arrays_of({"steps": [short, long]}))
    np.testing.assert_array_equal(columns["steps.v"], [[1, np.nan], [1, 1]])
    np.testing.assert_array_equal(columns["steps.w"], [0.5, np.nan])


def test_the_same_command_gives_the_same_bytes_and_only_where_there_are_arrays(call: Command, tmp_path: Path) -> None:
    one, two = tmp_path / "1.npz", tmp_path / "2.npz"
    assert call("forward", "I love NLP", "--save", str(one), "--save", str(two)).code == 0
    assert one.read_bytes() == two.read_bytes()
    refused = call("predict", "nlp", "I love", "--save", str(one))
    assert refused.code == 2
    assert ".npz: expected one of .svg, .html" in refused.stderr
