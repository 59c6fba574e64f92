"""What the layers of a Keras model say: what is taken, what is only said, and what is refused because other numbers would come."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.errors import ModelFileError, Undecided
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.load import load_model
from rnn_cli.models.writers.keras import write
from tests.support.keras_files import changed_archive, changed_layers, drawn
from tests.support.networks import architecture_of

h5py: Any = pytest.importorskip("h5py", reason="h5py is not installed")
Layers = list[dict[str, Any]]


def saved(folder: Path, kind: str = "lstm", layers: int = 2, both: bool = False, alike: bool = True) -> Path:
    """A model: input_layer, embedding, two recurrent layers, dense."""
    path = folder / "m.keras"
    sizes = (4,) * layers if alike else range(3 + layers, 3, -1)
    write(drawn(architecture_of(kind, 3, sizes, bidirectional=both, output_size=2, embedding_rows=7)), path)
    return path


def layer(kind: str, name: str, **settings: Any) -> dict[str, Any]:
    """A layer of a configuration."""
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name, **settings}}


def within(k: int, **settings: Any) -> Callable[[Layers], object]:
    """Other settings of layer k, and of what it wraps."""

    def change(layers: Layers) -> None:
        config = layers[k]["config"]
        for one in (config, *(config[part]["config"] for part in ("layer", "backward_layer") if part in config)):
            one.update({name: value for name, value in settings.items() if name in one or one is config})

    return change


def put(k: int, *new: dict[str, Any], instead: int = 0) -> Callable[[Layers], object]:
    """Layers before the k-th, or in place of some from there."""
    return lambda layers: layers.__setitem__(slice(k, k + instead), new)


REFUSED: dict[str, tuple[str, bool, Callable[[Layers], object], str]] = {
    "gates of another kind": ("lstm", False, within(2, recurrent_activation="hard_sigmoid"), "lstm (LSTM): recurrent_activation is hard_sigmoid"),
    "an activation that no LSTM here has": ("lstm", False, within(2, activation="relu"), "activation is relu, and the cell here has tanh"),
    "an activation that no RNN here has": ("rnn tanh", False, within(2, activation="selu"), "activation is selu, and the cell here has tanh or relu"),
    "two directions of time": ("lstm", False, within(3, go_backwards=True), "lstm and lstm_1 run in opposite directions of time: look at one of them"),
    "there and back again": ("lstm", False, lambda layers: [within(k, go_backwards=True)(layers) for k in (2, 3)], "lstm and lstm_1 run in opposite directions"),
    "steps from the end": (
        "lstm", False, lambda layers: [within(2, go_backwards=True)(layers), within(3, return_sequences=True)(layers)],
        "lstm_1 gives its steps from the last to the first (go_backwards), and here they stand in their order: --readout none"
    ),
    "a forward layer from the end": (
        "gru reset after", True, lambda layers: [layers[2]["config"][part]["config"].update(go_backwards=part == "layer") for part in ("layer", "backward_layer")],
        "go_backwards: its forward layer reads from the end"
    ),
    "directions that are added": ("gru reset after", True, within(2, merge_mode="sum"), "bidirectional (GRU): merge_mode is sum"),
    "directions that are apart": ("gru reset after", True, within(2, merge_mode=None), "merge_mode is None"),
    "directions that are no pair": (
        "lstm", True, lambda layers: layers[2]["config"]["backward_layer"]["config"].update(go_backwards=False), "its two directions are no pair"
    ),
    "no number of units": ("lstm", False, within(2, units="many"), "units is 'many'"),
    "layers of two kinds": ("lstm", False, put(3, layer("GRU", "gru", units=4, reset_after=True), instead=1), "LSTM at lstm and GRU at gru differ, and the layers of a network here are alike in cell, settings and directions"),
    "a layer above the last output": ("lstm", False, within(2, return_sequences=False), "lstm gives its last output alone to lstm_1"),
    "something between the layers": ("lstm", False, put(3, layer("BatchNormalization", "norm")), "lstm_1 does not read lstm alone: look at one of them with --module NAME (lstm and lstm_1)"),
    "something before the layers": ("lstm", False, put(2, layer("Conv1D", "conv")), "conv (Conv1D) stands before lstm"),
    "code before the layers": ("lstm", False, put(2, layer("Lambda", "mine", function="4wEA")), "mine (Lambda) stands before lstm"),
    "a class of one's own": ("lstm", False, lambda layers: layers[2].update(module="mine", registered_name="mine>LSTM"), "lstm_1"),
    "a function of one's own": (
        "lstm", False, within(2, activation={"module": "builtins", "config": "tanh", "registered_name": "mine>tanh"}), "activation is mine>tanh"
    ),
    "a layer twice": ("lstm", False, put(3, layer("LSTM", "lstm", units=4)), "two layers have the name lstm"),
    "no bias where there is one": ("lstm", False, within(2, use_bias=False), "lstm has kernel, recurrent_kernel; the file holds layers/lstm/cell/vars/0 (3×16)"),
    "another reset": ("gru reset after", False, lambda layers: [within(k, reset_after=False)(layers) for k in (2, 3)], "bias, layers/gru/cell/vars/2, is 2×12 and should be 12"),
    "an embedding that is not there": ("lstm", False, put(1, layer("Embedding", "other"), layer("Dropout", "drop")), "embedding (Embedding) has embeddings; the file holds nothing"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(REFUSED))
def test_what_would_compute_other_numbers_is_refused(how: str, tmp_path: Path) -> None:
    kind, both, change, words = REFUSED[how]
    path = changed_layers(saved(tmp_path, kind, both=both), change)
    with pytest.raises(ModelFileError) as raised:
        load_model(str(path))
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


HEADS: dict[str, tuple[Callable[[Layers], object], str | None, str]] = {
    "a softmax": (within(4, activation="softmax"), "dense", "of the final state, with its softmax"),
    "an Activation after it": (put(5, layer("Activation", "act", activation="softmax")), "dense", "with its softmax"),
    "an Activation as Keras 3 writes functions": (
        within(4, activation={"class_name": "function", "config": "softmax"}), "dense", "with its softmax"
    ),
    "layers that are idle": (
        put(4, layer("Dropout", "d"), layer("GaussianNoise", "n")), "dense", "readout dense (4×2), of the final state"
    ),
    "each step": (within(3, return_sequences=True), "dense", "of every step"),
    "a sigmoid for each unit": (within(4, activation="sigmoid"), None, "no readout: dense ends in a sigmoid for each"),
    "a relu": (within(4, activation="relu"), None, "no readout: dense ends in relu"),
    "a head of two layers": (
        put(5, layer("Dense", "dense_1", units=1)), None, "no readout: dense and dense_1 (Dense) are a head of several layers"
    ),
    "a Dense of one's own": (
        lambda layers: layers[4].update(module="__main__", registered_name="Dense"), None, "no readout: dense (__main__>Dense) reads lstm_1"
    ),
    "a pool of one output": (put(4, layer("GlobalMaxPooling1D", "pool")), None, "no readout: pool (GlobalMaxPooling1D) reads lstm_1"),
    "attention": (put(4, layer("Attention", "look")), None, "no readout: look (Attention) reads lstm_1"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(HEADS))
def test_what_follows_the_states_is_said(how: str, tmp_path: Path) -> None:
    change, readout, words = HEADS[how]
    model = load_model(str(changed_layers(saved(tmp_path), change)))
    assert model.read["readout"] == readout
    assert bool(model.network.architecture.output_size) == (readout is not None)
    assert any(words in said for said in model.said), model.said


def test_nothing_is_said_of_layers_that_begin_with_zeros(tmp_path: Path) -> None:
    assert not any("begins with the states" in said for said in load_model(str(saved(tmp_path))).said)


def test_a_layer_may_stand_first_without_an_input_layer(tmp_path: Path) -> None:
    whole = load_model(str(saved(tmp_path)))
    first = load_model(str(changed_layers(tmp_path / "m.keras", put(0, instead=2))))
    assert (first.read["layers"], first.read["embedding"]) == (["lstm", "lstm_1"], None)
    assert set(first.network.parameters) == set(whole.network.parameters) - {"embedding"}
    for name, array in first.network.parameters.items():
        np.testing.assert_array_equal(array, whole.network.parameters[name])


@pytest.mark.parametrize(
    ("call", "begins"),
    [
        (["lstm", 0, 0], False),
        (["lstm", 0, 0, {"mask": None, "axes": [1, 2], "shape": [4, 0, 0], "words": ["lstm", "lstm_1"]}], False),
        (["lstm", 0, 1, {}], True),
        (["lstm", 0, 0, {"initial_state": ["lstm", 0, 1]}], True),
    ],
    ids=["short", "other settings", "another output", "a state among the settings"],
)
def test_the_calls_of_keras_2_say_which_output_is_read(call: list[Any], begins: bool, tmp_path: Path) -> None:
    def called(members: dict[str, bytes]) -> None:
        config = json.loads(members["config.json"])
        layers = config["config"]["layers"]
        for below, one in pairwise(layers):
            one["inbound_nodes"] = [[[below["config"]["name"], 0, 0, {}]]]
        layers[3]["inbound_nodes"] = [[call]]
        members["config.json"] = json.dumps({**config, "class_name": "Functional"}).encode()

    whole = load_model(str(saved(tmp_path)))
    path = changed_archive(tmp_path / "m.keras", called)
    if begins:
        with pytest.raises(ModelFileError, match=r"lstm_1 begins with the states of another layer \(lstm\)"):
            load_model(str(path))
        return
    np.testing.assert_array_equal(load_model(str(path)).network.parameters.flat, whole.network.parameters.flat)


def test_settings_without_an_effect_are_said(tmp_path: Path) -> None:
    path = changed_layers(saved(tmp_path), within(2, dropout=0.2, stateful=True))
    changed_layers(path, within(1, mask_zero=True))
    changed_layers(path, put(2, layer("Masking", "mask", mask_value=-1.0)))
    said = " ".join(load_model(str(changed_layers(path, put(1, layer("TextVectorization", "words"))))).said)
    assert "embedding reads the ids that words (TextVectorization) makes" in said
    assert "mask: Keras leaves out steps whose numbers are all -1.0" in said
    assert "lstm: dropout: no effect once trained" in said
    assert "lstm: stateful: here every sequence begins with zeros" in said
    assert "embedding has mask_zero: Keras leaves out steps with the id 0, here they are read" in said


def test_one_layer_of_unequal_ones_is_looked_at_alone(tmp_path: Path) -> None:
    """Of layers of two sizes: the first reads the embedding, the last gives the readout."""
    path = saved(tmp_path, alike=False)
    first, last = (load_model(str(path), Choices(module=name)) for name in ("lstm", "lstm_1"))
    whole = load_model(str(path)).network.parameters
    assert first.network.architecture.hidden_size > last.network.architecture.hidden_size
    assert (first.read["layers"], first.read["embedding"], first.read["readout"]) == (["lstm"], "embedding", None)
    assert any("no readout: lstm_1 (LSTM) reads lstm" in said for said in first.said)
    assert last.read["embedding"] is None
    assert any("lstm_1 reads lstm (LSTM) in the file, and vectors as they are here" in said for said in last.said)
    for name in ("W_x", "W_h", "b"):
        np.testing.assert_array_equal(
            last.network.parameters[f"layers.0.forward.{name}"], whole[f"layers.1.forward.{name}"]
        )


ASKED: dict[str, tuple[Choices, str]] = {
    "module": (Choices(module="gru"), "--module gru: there is no such recurrent layer; there are lstm and lstm_1"),
    "activation": (Choices(activation="relu"), "--activation relu: lstm has tanh"),
    "reads": (Choices(reads="mean"), "--readout-reads mean: dense reads the final state in this file"),
    "embedding": (Choices(embedding="other"), "--embedding other: lstm reads embedding"),
    "readout": (Choices(readout="other"), "--readout other: there is no such Dense layer; lstm_1 is read by dense"),
}  # fmt: skip


@pytest.mark.parametrize("which", list(ASKED))
def test_choices_that_the_file_does_not_have(which: str, tmp_path: Path) -> None:
    choices, words = ASKED[which]
    with pytest.raises(Undecided) as raised:
        load_model(str(saved(tmp_path)), choices)
    assert words in str(raised.value)


def test_parts_are_left_out_where_the_person_says_so(tmp_path: Path) -> None:
    model = load_model(str(saved(tmp_path)), Choices(embedding="none", readout="none"))
    assert (model.network.architecture.embedding_rows, model.network.architecture.output_size) == (0, 0)
    assert model.read["not_used"] == ["embedding", "dense"]
    head = changed_layers(saved(tmp_path), put(5, layer("Dense", "dense_1", units=1)))
    assert load_model(str(head), Choices(readout="dense")).read["readout"] == "dense"
    with pytest.raises(Undecided, match="--readout-reads every-step: dense reads the final state in this file"):
        load_model(str(head), Choices(readout="dense", reads="every-step"))


def test_a_readout_that_was_asked_for_is_the_one_that_is_found(tmp_path: Path) -> None:
    """Its sigmoid counts as much, and what of its head is left out is said."""
    one = drawn(architecture_of("lstm", 3, 4, output_size=1, embedding_rows=7))
    path = tmp_path / "one.keras"
    write(one, path)
    changed_layers(path, within(3, activation="sigmoid"))
    found, asked = (load_model(str(path), Choices(readout=name)) for name in (None, "dense"))
    np.testing.assert_array_equal(found.network.parameters.flat, asked.network.parameters.flat)
    cut = load_model(str(changed_layers(saved(tmp_path), within(4, activation="relu"))), Choices(readout="dense"))
    assert any("its logits are those of dense alone: dense ends in relu" in said for said in cut.said)


def test_what_stands_behind_the_embedding_is_applied_or_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    rows = load_model(str(path)).network.parameters["embedding"]
    model = load_model(str(path), Choices(embedding_activation="relu"))
    np.testing.assert_array_equal(model.network.parameters["embedding"], np.maximum(rows, 0))
    assert any("and relu behind it" in said for said in model.said)
    with pytest.raises(Undecided, match="--embedding-activation: lstm reads no embedding"):
        load_model(str(path), Choices(embedding="none", embedding_activation="relu"))


def test_a_sigmoid_is_the_second_share_of_a_softmax(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    model = drawn(architecture_of("gru reset after", 3, 4, output_size=1))
    write(model, path)
    read = load_model(str(changed_layers(path, within(2, activation="sigmoid"))))
    W, b = read.network.parameters["readout.W_hy"], read.network.parameters["readout.b_y"]
    np.testing.assert_array_equal(W, [np.zeros(4), model.network.parameters["readout.W_hy"][0]])
    np.testing.assert_array_equal(b, [0, model.network.parameters["readout.b_y"][0]])
    assert "sigmoid(a)" in read.origins["readout.W_hy"].notes[0]


UNSAID: dict[str, tuple[Callable[[Any], object], Choices, str]] = {
    "a norm of unknown place": (
        lambda file: file.__setitem__("layers/norm/vars/0", np.ones(4)), Choices(), "save the whole model (.keras), or take one layer with --module layers/gru"
    ),
    "one direction of two": (
        lambda file: file.move("layers/gru/cell", "layers/gru/backward_layer/cell"), Choices(), "layers/gru has a backward_layer alone: the other direction is missing"
    ),
    "a GRU without biases": (
        lambda file: file.__delitem__("layers/gru/cell/vars/2"), Choices(), "do not say whether it resets before or after the product: save the whole model (.keras)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", list(UNSAID))
def test_weights_alone_that_do_not_say_what_they_are(how: str, tmp_path: Path) -> None:
    change, choices, words = UNSAID[how]
    path = tmp_path / "m.weights.h5"
    write(drawn(architecture_of("gru reset after", 3, 4, output_size=2, embedding_rows=7)), path)
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(Undecided if "--module" in words else ModelFileError) as raised:
        load_model(str(path), choices)
    assert words in str(raised.value)


def test_weights_alone_say_what_was_taken_for_granted(tmp_path: Path) -> None:
    path = tmp_path / "m.weights.h5"
    write(drawn(architecture_of("rnn tanh", 3, 4, 11, output_size=2, embedding_rows=7)), path)
    model = load_model(str(path))
    said = " ".join(model.said)
    for words in ("taken as tanh", "(--activation)", "(--readout-reads)", "layers/simple_rnn_9, layers/simple_rnn_10"):
        assert words in said
    whole = load_model(str(path), Choices(reads="final-state", activation="relu"))
    assert dict(whole.network.architecture.options) == {"activation": "relu"}
    assert "(--readout-reads)" not in " ".join(whole.said)
