"""Hand-written models: what is read, and each way in which one can be wrong."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.reads import FINAL_STATE, READS
from rnn_cli.errors import ModelFileError
from rnn_cli.models.bundled import bundled_models
from rnn_cli.models.handwritten import load_handwritten
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.models.writers.json_model import write
from rnn_cli.models.written import as_text, handwritten
from tests.support.models import VANILLA, changed, gated
from tests.support.networks import KINDS, architecture_of, random_network

LONGEST = 500
LAYER = VANILLA["parameters"]["layers"][0]


def load(folder: Path, content: Any) -> Model:
    """Load a model from this JSON value, text or bytes."""
    path = folder / "m.json"
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
    path.write_bytes(content)
    return load_handwritten(path, "m", "file")


def refused(folder: Path, content: Any) -> str:
    """The message of a model that is refused: one or two lines that begin with the file's name."""
    with pytest.raises(ModelFileError) as raised:
        load(folder, content)
    message = str(raised.value)
    assert message.startswith(str(folder / "m.json") + ":")
    assert len(message.splitlines()) <= 2
    assert len(message) < len(str(folder)) + LONGEST
    return message


def test_everything_arrives_in_its_place(tmp_path: Path) -> None:
    model = load(tmp_path, {**VANILLA, "name": "mine", "about": "a test"})
    network, a = model.network, model.network.architecture
    assert (model.name, model.labels, a.cell, a.input_size, a.hidden_size) == ("mine", ("no", "yes"), "rnn", 2, 3)
    assert network.packed(0, "forward")["W_x"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert network.parameters["readout.W_hy"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert network.parameters["embedding"][model.rows["b"]].tolist() == [3, 4]
    assert network.parameters.flat.dtype == np.float64


def test_gates_are_packed_in_pytorchs_order(tmp_path: Path) -> None:
    data = gated("lstm")
    for k, gate in enumerate("ogfi"):  # written in another order than they are packed in
        data["parameters"]["layers"][0][f"W_x{gate}"] = [[4 - k]]
    assert load(tmp_path, data).network.packed(0, "forward")["W_x"].tolist() == [[1], [2], [3], [4]]


@pytest.mark.parametrize("reset_after", [True, False])
def test_grus_of_both_kinds(tmp_path: Path, reset_after: bool) -> None:
    network = load(tmp_path, gated("gru", reset_after=reset_after)).network
    assert network.architecture.options == (() if reset_after else (("reset", "before"),))
    assert ("b_hn" in network.packed(0, "forward")) is reset_after


def test_a_bidirectional_stack(tmp_path: Path) -> None:
    def layer(direction: str, inputs: int, weight: float) -> dict[str, Any]:
        return {"direction": direction, "W_xh": [[weight] * inputs], "W_hh": [[weight]], "b_h": [weight]}

    layers = [layer("forward", 2, 1), layer("backward", 2, 2), layer("forward", 2, 3), layer("backward", 2, 4)]
    network = load(tmp_path, {"format": "rnn.model/1", "parameters": {"layers": layers}}).network
    assert (network.architecture.num_layers, network.architecture.bidirectional) == (2, True)
    weights = [network.packed(k, direction)["b"].item() for k in (0, 1) for direction in ("forward", "backward")]
    assert weights == [1, 2, 3, 4]


@pytest.mark.parametrize("both", [True, False], ids=["both ways", "backward alone"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_layers_of_unequal_sizes(kind: str, both: bool, tmp_path: Path) -> None:
    """A stack is what it was when it is written down; the shapes alone say its sizes."""
    a = architecture_of(kind, 2, (4, 1, 3), bidirectional=both, output_size=2, backward_only=not both)
    model = Model("m", random_network(a), "file", labels=("no", "yes"))
    read = load(tmp_path, as_text(handwritten(model, {"a": np.ones(2)}))).network
    assert read.architecture.of_layers((4, 1, 3)) == read.architecture
    assert read.architecture.shapes() == {**a.shapes(), "embedding": (1, 2)}
    assert all((read.parameters[name] == array).all() for name, array in model.network.parameters.items())


@pytest.mark.parametrize("reads", READS)
def test_what_a_readout_reads_is_written_down(reads: str, tmp_path: Path) -> None:
    a = replace(architecture_of("lstm", 2, 3, output_size=2), reads=reads)
    written = handwritten(Model("m", random_network(a), "file", labels=("no", "yes")), {})
    assert written.get("reads", FINAL_STATE) == reads
    assert load(tmp_path, as_text(written)).network.architecture == a


@pytest.mark.parametrize("named", [{}, {"b": 2}, {"0": 1}, {"a": 0, "b": 2, "c": 1}])
def test_rows_without_a_word_are_called_by_their_ids(named: dict[str, int], tmp_path: Path) -> None:
    network = random_network(architecture_of("lstm", 2, 3, embedding_rows=3))
    write(Model("m", network, "file", named or None, named), tmp_path / "m.json")
    found = load_handwritten(tmp_path / "m.json", "m", "file")
    assert found.rows.keys() >= named.keys()
    names = {str(k) for k in range(3) if k not in named.values()}
    assert found.rows.keys() - named.keys() == ({"<row 0>", "2"} if "0" in named else names)
    for name, row in named.items():
        assert (found.network.parameters["embedding"][found.rows[name]] == network.parameters["embedding"][row]).all()
    assert sorted(found.network.parameters["embedding"].tolist()) == sorted(network.parameters["embedding"].tolist())


def test_one_hot_inputs(tmp_path: Path) -> None:
    data = changed("embedding", ...)
    model = load(tmp_path, {**data, "vocabulary": ["x", "y"]})
    assert model.one_hot
    assert model.vocabulary == {"x": 0, "y": 1}
    assert "one-hot" in refused(tmp_path, {**data, "vocabulary": ["x", "y", "z"]})


WRONG: dict[str, tuple[Any, str]] = {
    "not an object": ([1], "not a model"),
    "no format": (changed("format", ...), "not a model"),
    "another format": (changed("format", "rnn.model/2"), "not a model"),
    "a format that is no text": (changed("format", ["rnn.model/1"]), "not a model"),
    "an unknown key": (changed("weights", 1), "unknown key 'weights'"),
    "a key with an escape": (changed("\x1b[31m", 1), "unknown key"),
    "a very long key": (changed("k" * 10**6, 1), "unknown key"),
    "a name that is no text": (changed("name", 5), "name"),
    "an about that is no text": (changed("about", {}), "about"),
    "an unknown cell": (changed("cell", "transformer"), "rnn, lstm, gru"),
    "a cell that is no text": (changed("cell", {"rnn": 1}), '"cell"'),
    "an unknown activation": (changed("activation", "sigmoid"), '"activation" must be tanh or relu'),
    "an unknown task": (changed("task", "many"), "many-to-one"),
    "a reset_after that is no truth value": (changed("reset_after", 1), "reset_after"),
    "no parameters": (changed("parameters", ...), '"parameters" is missing'),
    "parameters as a list": (changed("parameters", []), '"parameters"'),
    "an unknown part of the parameters": (changed("parameters.readuot", {}), "readuot"),
    "no layers": (changed("parameters.layers", ...), '"layers"'),
    "layers as an object": (changed("parameters.layers", {}), '"layers"'),
    "an empty list of layers": (changed("parameters.layers", []), '"layers"'),
    "a layer that is no object": (changed("parameters.layers", [5]), '"layers"'),
    "a missing weight": (changed("parameters.layers.0.W_hh", ...), "layers.0.forward: W_hh is missing"),
    "an unknown weight": (changed("parameters.layers.0.W_xx", [[1]]), "layers.0.forward: unexpected 'W_xx'"),
    "an lstm's weight in an rnn": (changed("parameters.layers.0.W_xi", [[1]]), "unexpected 'W_xi'"),
    "a scalar for a matrix": (changed("parameters.layers.0.W_xh", 1), "layers.0.forward: W_xh"),
    "a list for a matrix": (changed("parameters.layers.0.W_xh", [1, 2]), "layers.0.forward: W_xh"),
    "a matrix for a list": (changed("parameters.layers.0.b_h", [[0, 0, 0]]), "layers.0.forward: b_h"),
    "rows of different length": (changed("parameters.layers.0.W_xh", [[1, 2], [3]]), "W_xh is not a matrix of numbers"),
    "an empty matrix": (changed("parameters.layers.0.W_xh", []), "W_xh"),
    "a matrix of empty rows": (changed("parameters.layers.0.W_xh", [[], []]), "W_xh"),
    "text for a number": (changed("parameters.layers.0.b_h", [0, 0, "x"]), "b_h is not a list of numbers"),
    "a number in quotes": (changed("parameters.layers.0.b_h", [0, 0, "1"]), "b_h"),
    "a truth value for a number": (changed("parameters.layers.0.b_h", [0, 0, True]), "b_h"),
    "null for a number": (changed("parameters.layers.0.b_h", [0, 0, None]), "b_h"),
    "an object for a number": (changed("parameters.layers.0.b_h", [0, 0, {}]), "b_h"),
    "too few rows": (changed("parameters.layers.0.W_xh", [[1, 2]]), "layers.0.forward.W_x has shape 1×2"),
    "a recurrent matrix that is not square": (changed("parameters.layers.0.W_hh", [[1, 2]] * 3), "layers.0.forward"),
    "too long a bias": (changed("parameters.layers.0.b_h", [0] * 4), "layers.0.forward.b has shape 4"),
    "a layer that does not fit the one below": (
        changed("parameters.layers", [LAYER, {"W_xh": [[1, 2]] * 2, "W_hh": [[1, 0], [0, 1]], "b_h": [0, 0]}]),
        "layers.1.forward.W_x has shape 2×2, expected 2×3",
    ),
    "an unknown direction": (changed("parameters.layers.0.direction", "up"), "direction"),
    "a direction that is no text": (changed("parameters.layers.0.direction", []), "direction"),
    "directions in turn": (
        changed("parameters.layers", [LAYER | {"direction": way} for way in ("backward", "forward")]),
        'a layer has one entry, "direction": "forward" or "backward" in all of them',
    ),
    "a readout that is no object": (changed("parameters.readout", 5), "readout"),
    "an empty readout": (changed("parameters.readout", {}), "readout: W_hy is missing"),
    "a readout without a bias": (changed("parameters.readout.b_y", ...), "readout: b_y is missing"),
    "an unknown part of the readout": (changed("parameters.readout.W_yh", [[1]]), "W_yh"),
    "a readout of the wrong width": (changed("parameters.readout.W_hy", [[1, 2]] * 2), "readout.W_hy has shape 2×2"),
    "a readout bias of the wrong length": (changed("parameters.readout.b_y", [1]), "1"),
    "too few labels": (changed("labels", ["one"]), "1 labels for a readout of 2"),
    "a label twice": (changed("labels", ["x", "x"]), "labels"),
    "labels that are no texts": (changed("labels", [1, 2]), '"labels"'),
    "labels as a text": (changed("labels", "ab"), '"labels"'),
    "labels without a readout": (changed("parameters.readout", ...), "labels"),
    "an embedding as a list": (changed("embedding", [[1, 2]]), '"embedding"'),
    "an empty embedding": (changed("embedding", {}), '"embedding"'),
    "vectors of different length": (changed("embedding.a", [1]), "differ in length"),
    "vectors of another size": (changed("embedding", {"a": [1, 2, 3]}), "embedding has shape 1×3, expected 1×2"),
    "an empty vector": (changed("embedding", {"a": []}), "embedding: a"),
    "a vector of text": (changed("embedding.a", ["1", "2"]), "embedding: a"),
    "a vector of truth values": (changed("embedding.a", [True, False]), "embedding: a"),
    "a vocabulary that is a number": (changed("vocabulary", 5), '"vocabulary"'),
    "an empty vocabulary": (changed("vocabulary", {}), '"vocabulary"'),
    "an empty list of words": (changed("vocabulary", []), '"vocabulary"'),
    "a word twice": (changed("vocabulary", ["a", "b", "a"]), '"vocabulary"'),
    "an id twice": (changed("vocabulary", {"a": 1, "b": 1, "<unk>": 0}), '"vocabulary"'),
    "a negative id": (changed("vocabulary", {"a": -1, "b": 1, "<unk>": 0}), '"vocabulary"'),
    "a fractional id": (changed("vocabulary", {"a": 0.5, "b": 1, "<unk>": 0}), '"vocabulary"'),
    "a truth value as id": (changed("vocabulary", {"a": True, "b": 2, "<unk>": 0}), '"vocabulary"'),
    "words that are no texts": (changed("vocabulary", [1, 2]), '"vocabulary"'),
    "a word that the vocabulary lacks": (changed("vocabulary", ["a", "<unk>"]), "'b'"),
    "a gate missing": (gated("lstm") | {"cell": "gru"}, "unexpected"),
    "gates of different shapes": (
        {**gated("gru"), "parameters": {"layers": [{**gated("gru")["parameters"]["layers"][0], "b_n": [1, 2]}]}},
        "differ in shape",
    ),
    "a second bias where the reset comes before": (
        {**gated("gru"), "reset_after": False},
        "unexpected 'b_hn'",
    ),
    "no second bias where the reset comes after": (
        gated("gru", reset_after=False) | {"reset_after": True},
        "b_hn is missing",
    ),
}


@pytest.mark.parametrize("how", list(WRONG))
def test_a_wrong_model_is_refused_with_its_place(tmp_path: Path, how: str) -> None:
    content, message = WRONG[how]
    assert message in refused(tmp_path, content)


GOOD_TEXT = json.dumps(VANILLA)

HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "an empty file": ("", "m.json:1:1: not JSON"),
    "cut off": (GOOD_TEXT[:100], "m.json:1:"),
    "a comma too many, on line 2": ('{"format": "rnn.model/1",\n "cell": ,}', "m.json:2:10: not JSON"),
    "NaN": (GOOD_TEXT.replace('"b_h": [0', '"b_h": [NaN'), "NaN"),
    "Infinity": (GOOD_TEXT.replace('"b_h": [0', '"b_h": [-Infinity'), "-Infinity"),
    "a number beyond floats": (GOOD_TEXT.replace('"b_h": [0', '"b_h": [1e999'), "layers.0.forward.b holds"),
    "a whole number beyond floats": (GOOD_TEXT.replace('"b_h": [0', f'"b_h": [{"9" * 400}'), "b_h"),
    "a number of 5000 digits": (GOOD_TEXT.replace('"b_h": [0', f'"b_h": [{"9" * 5000}'), "m.json"),
    "nested lists without end": ("[" * 200_000, "m.json"),
    "nested objects without end": ('{"a":' * 200_000, "m.json"),
    "a matrix nested deeply": (GOOD_TEXT.replace("[[1, 2]", "[[" + "[" * 500 + "]" * 500 + "]"), "m.json"),
    "a key twice": (GOOD_TEXT.replace('"cell": "rnn"', '"cell": "lstm", "cell": "rnn"'), "'cell' stands twice"),
    "a word twice": (GOOD_TEXT.replace('"b": [3, 4]', '"b": [3, 4], "b": [5, 6]'), "'b' stands twice"),
    "not UTF-8": (GOOD_TEXT.encode().replace(b'"a"', b'"\xff"'), "not UTF-8"),
    "zero bytes": (b"\0" * 1000, "m.json"),
    "a binary file": (bytes(range(256)) * 10, "m.json"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(HOSTILE))
def test_hostile_files_are_refused(tmp_path: Path, how: str) -> None:
    content, message = HOSTILE[how]
    assert message in refused(tmp_path, content)


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    assert load(tmp_path, b"\xef\xbb\xbf" + GOOD_TEXT.encode()).name == "m"


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def places(data: Any, prefix: str = "") -> list[str]:
    """Every place in a JSON value, as paths."""
    items = list(data.items()) if isinstance(data, dict) else list(enumerate(data)) if isinstance(data, list) else []
    found = []
    for key, value in items:
        found += [f"{prefix}{key}", *places(value, f"{prefix}{key}.")]
    return found


@given(place=st.sampled_from(places(VANILLA)), value=json_values)
def test_any_value_in_any_place_gives_a_model_or_a_message(
    tmp_path_factory: pytest.TempPathFactory, place: str, value: Any
) -> None:
    folder = tmp_path_factory.getbasetemp()
    try:
        model = load(folder, changed(place, value))
    except ModelFileError as error:
        assert len(str(error).splitlines()) <= 2
    else:
        assert np.isfinite(model.network.parameters.flat).all()


@pytest.mark.parametrize("name", list(bundled_models()))
def test_bundled_models_load(name: str) -> None:
    model = load_model(name)
    assert (model.name, model.origin) == (name, "bundled")
