"""Models that Keras builds and saves: the numbers here are Keras's own to 1e-12, whatever file it wrote.

Keras runs on PyTorch (KERAS_BACKEND=torch) in double precision. Where it is missing, test_frozen_keras.py holds the reader to
files that it wrote.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.activations import softmax
from rnn_cli.core.forward import run_forward
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.errors import ModelFileError
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.load import load_model
from rnn_cli.models.writers.keras import write
from tests.support.keras_files import KERAS_HAS
from tests.support.keras_files import drawn as drawn_here
from tests.support.networks import architecture_of

os.environ.setdefault("KERAS_BACKEND", "torch")  # before Keras is imported, which then looks for TensorFlow otherwise
keras: Any = pytest.importorskip("keras", reason="Keras is not installed")
pytest.importorskip("h5py", reason="h5py is not installed")
L: Any = keras.layers
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # Keras's own code warns

V, E, H, C, T = 11, 3, 4, 5, 6
WORDS, NUMBERS = (None,), (None, E)


@pytest.fixture(autouse=True)
def in_double(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keras computes in float64, its products too, which it takes in float32 unless it runs on TensorFlow."""
    types = pytest.importorskip("keras.src.backend.common.dtypes")
    monkeypatch.setitem(types.BIT64_TO_BIT32_DTYPE, "float64", "float64")
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy("float32")
    keras.config.set_floatx("float32")


def chain(shape: tuple[int | None, ...], *layers: Any) -> Any:
    """A Sequential model."""
    return keras.Sequential([keras.Input(shape), *layers])


def functional(shape: tuple[int | None, ...], *layers: Any) -> Any:
    """The same layers as a functional model."""
    start = end = keras.Input(shape, name="words")
    for layer in layers:
        end = layer(end)
    return keras.Model(start, end)


MODELS: dict[str, Callable[[], Any]] = {
    "SimpleRNN": lambda: chain(NUMBERS, L.SimpleRNN(H)),
    "SimpleRNN, relu, every step": lambda: chain(NUMBERS, L.SimpleRNN(H, activation="relu", return_sequences=True)),
    "LSTM without biases": lambda: chain(NUMBERS, L.LSTM(H, use_bias=False, return_sequences=True)),
    "GRU, reset after": lambda: chain(NUMBERS, L.GRU(H, return_sequences=True)),
    "GRU, reset before": lambda: chain(NUMBERS, L.GRU(H, reset_after=False, return_sequences=True)),
    "GRU without biases": lambda: chain(NUMBERS, L.GRU(H, use_bias=False)),
    "a cell in an RNN": lambda: chain(NUMBERS, L.RNN(L.LSTMCell(H), return_sequences=True), L.Dense(C)),
    "sentiment": lambda: chain(WORDS, L.Embedding(V, E, mask_zero=True), L.LSTM(H, dropout=0.2), L.Dense(1, activation="sigmoid")),
    "sentiment, both directions": lambda: chain(
        WORDS, L.Embedding(V, E), L.Bidirectional(L.LSTM(H, return_sequences=True)), L.Dropout(0.5), L.Bidirectional(L.LSTM(H)), L.Dense(1, activation="sigmoid")
    ),
    "news": lambda: functional(WORDS, L.Embedding(V, E), L.SpatialDropout1D(0.1), L.GRU(H), L.Dense(C, activation="softmax")),
    "logits and an Activation": lambda: functional(WORDS, L.Embedding(V, E), L.GRU(H), L.Dense(C), L.Activation("softmax")),
    "a tagger": lambda: functional(
        WORDS, L.Embedding(V, E), L.Bidirectional(L.GRU(H, return_sequences=True)), L.TimeDistributed(L.Dense(C, activation="softmax"))
    ),
    "a language model": lambda: chain(
        WORDS, L.Embedding(V, E), L.LSTM(H, return_sequences=True), L.LSTM(H, return_sequences=True), L.Dense(V, use_bias=False)
    ),
    "a forecaster of three layers": lambda: chain(
        NUMBERS, L.GRU(H, return_sequences=True), L.GRU(H, return_sequences=True), L.GRU(H), L.Dense(1)
    ),
    "layers of two sizes": lambda: chain(
        WORDS, L.Embedding(V, E), L.LSTM(6, return_sequences=True), L.Dropout(0.2), L.LSTM(2), L.Dense(C, activation="softmax")
    ),
    "layers of three sizes": lambda: chain(
        NUMBERS, L.GRU(2, return_sequences=True), L.GRU(5, return_sequences=True), L.GRU(3, return_sequences=True), L.Dense(C)
    ),
    "layers of two sizes in both directions": lambda: functional(
        WORDS, L.Embedding(V, E), L.Bidirectional(L.LSTM(5, return_sequences=True)), L.Bidirectional(L.LSTM(2)), L.Dense(C)
    ),
    "layers of two sizes without biases": lambda: chain(
        NUMBERS, L.SimpleRNN(2, use_bias=False, return_sequences=True), L.SimpleRNN(4, use_bias=False, return_sequences=True)
    ),
    "from the end": lambda: chain(NUMBERS, L.GRU(H, go_backwards=True), L.Dense(C)),
    "two layers from the end": lambda: chain(
        WORDS, L.Embedding(V, E), L.LSTM(5, go_backwards=True, return_sequences=True), L.LSTM(2), L.Dense(C, activation="softmax")
    ),
    "the mean from the end": lambda: functional(
        NUMBERS, L.SimpleRNN(H, go_backwards=True, return_sequences=True), L.GlobalAveragePooling1D(), L.Dense(C)
    ),
    "a model in a model": lambda: chain(
        WORDS, L.Embedding(V, E), keras.Sequential([keras.Input((None, E)), L.LSTM(H), L.Dropout(0.1)]), L.Dense(C)
    ),
    "the mean of all outputs": lambda: functional(
        WORDS, L.Embedding(V, E), L.Bidirectional(L.LSTM(H, return_sequences=True)), L.GlobalAveragePooling1D(), L.Dropout(0.1), L.Dense(C)
    ),
    "the largest of all outputs": lambda: chain(NUMBERS, L.GRU(H, return_sequences=True), L.GlobalMaxPooling1D(), L.Dense(C)),
    "masked numbers": lambda: chain(NUMBERS, L.Masking(-1.0), L.Bidirectional(L.SimpleRNN(H)), L.Dense(C, activation="softmax")),
}  # fmt: skip
UNSAID = {"SimpleRNN, relu, every step": Choices(activation="relu")}
"""What a file of weights alone does not say."""


def drawn(model: Any) -> Any:
    """The model with weights of which none is zero, as Keras's biases are at first."""
    generator = np.random.default_rng(1)
    model.set_weights([generator.normal(size=array.shape) for array in model.get_weights()])
    return model


def computed(path: Path, x: Any, choices: Choices, settings: dict[str, Any] | None) -> Any:
    """What Keras's last layer gives, computed here; `settings` are that layer's."""
    model = load_model(str(path), choices)
    inputs = model.network.parameters["embedding"][x] if x.ndim == 1 else x
    run = run_forward(model.network, inputs[:, None])
    if run.logits is None:
        every = run.output[:, 0]
        ends = np.concatenate(
            [state.h[0] for state in list(run.final.values())[-len(model.network.architecture.directions) :]]
        )
        return every, ends
    logits = run.logits[:, 0] if run.logits.ndim == 3 else run.logits[0]
    activation = (settings or {}).get("activation", "linear")
    return softmax(logits) if activation == "softmax" else softmax(logits)[1:] if activation == "sigmoid" else logits


@pytest.mark.parametrize("ending", [".keras", ".h5", ".weights.h5"])
@pytest.mark.parametrize("how", list(MODELS))
def test_a_model_computes_what_keras_does(how: str, ending: str, tmp_path: Path) -> None:
    model, path = drawn(MODELS[how]()), tmp_path / f"m{ending}"
    x = np.array([3, 1, 4, 1, 5, 9]) if len(model.input_shape) == 2 else np.random.default_rng(2).normal(size=(T, E))
    wanted = keras.ops.convert_to_numpy(model(x[None]))[0]
    (model.save_weights if ending == ".weights.h5" else model.save)(path)
    choices, settings = Choices(), model.layers[-1].get_config()
    if (how, ending) == ("GRU without biases", ".weights.h5"):
        with pytest.raises(ModelFileError, match="do not say whether it resets before or after"):
            load_model(str(path))
        return
    settings = settings.get("layer", {}).get("config", settings)
    if ending == ".weights.h5":
        if "from the end" in how:
            pytest.skip("weights alone do not say in which direction a layer runs")
        choices = UNSAID.get(how, choices)
        pools = [layer for layer in model.layers if "Pooling" in type(layer).__name__]
        if pools:
            choices = replace(choices, reads="mean" if "Average" in type(pools[0]).__name__ else "max")
        answers = any(type(layer).__name__ in ("Dense", "TimeDistributed") for layer in model.layers)
        if wanted.ndim == 2 and answers:
            choices = replace(choices, reads="every-step")
        if settings.get("activation") == "sigmoid":
            settings = {"activation": "logit"}
            wanted = np.log(wanted / (1 - wanted))
    found = computed(path, x, choices, settings)
    if isinstance(found, tuple):
        found = found[0] if wanted.ndim == 2 else found[1]
    np.testing.assert_allclose(found, wanted, atol=1e-12, rtol=0)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("kind", KERAS_HAS)
def test_keras_computes_what_was_written_for_it(kind: str, ending: str, tmp_path: Path) -> None:
    for sizes, both, task, classes, rows, back in (
        ((H,), True, MANY_TO_ONE, C, V, False),
        ((5, 2), False, MANY_TO_MANY, C, 0, False),
        ((H, H, H), True, MANY_TO_ONE, 0, 0, False),
        ((2, 5, 3, 4), False, MANY_TO_ONE, C, 0, True),
    ):
        a = architecture_of(kind, E, sizes, 0, both, task, classes, rows, back)
        model, path = drawn_here(a, len(sizes), "float64"), tmp_path / f"{len(sizes)}{ending}"
        write(model, path)
        x = np.array([3, 1, 4, 1, 5, 9]) if rows else np.random.default_rng(2).normal(size=(T, E))
        found = keras.ops.convert_to_numpy(keras.saving.load_model(path, safe_mode=True)(x[None]))[0]
        run = run_forward(model.network, (model.network.parameters["embedding"][x] if rows else x)[:, None])
        wanted = run.output[:, 0] if run.logits is None else run.logits[:, 0] if task == MANY_TO_MANY else run.logits[0]
        np.testing.assert_allclose(found, wanted, atol=1e-12, rtol=0)


@pytest.mark.parametrize("reads", ["mean", "max"])
def test_keras_pools_what_the_readout_reads(reads: str, tmp_path: Path) -> None:
    model = drawn_here(replace(architecture_of("lstm", E, H, 2, True, output_size=C), reads=reads), 0, "float64")
    write(model, tmp_path / "m.keras")
    x = np.random.default_rng(2).normal(size=(T, E))
    run = run_forward(model.network, x[:, None])
    assert run.logits is not None
    found = keras.ops.convert_to_numpy(keras.saving.load_model(tmp_path / "m.keras")(x[None]))[0]
    np.testing.assert_allclose(found, run.logits[0], atol=1e-12, rtol=0)


def test_keras_reads_the_weights_alone_that_were_written_for_it(tmp_path: Path) -> None:
    built = chain(WORDS, L.Embedding(V, E), L.Bidirectional(L.GRU(H)), L.Dense(C))
    model = drawn_here(architecture_of("gru reset after", E, H, 1, True, MANY_TO_ONE, C, V), 0, "float64")
    write(model, tmp_path / "m.weights.h5")
    built.load_weights(tmp_path / "m.weights.h5")
    ids = np.array([3, 1, 4])
    run = run_forward(model.network, model.network.parameters["embedding"][ids][:, None])
    assert run.logits is not None
    np.testing.assert_allclose(keras.ops.convert_to_numpy(built(ids[None]))[0], run.logits[0], atol=1e-12, rtol=0)
