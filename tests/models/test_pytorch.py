"""State dicts of torch.nn.RNN, LSTM and GRU, good and damaged."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import cell_class, cells_of
from rnn_cli.errors import ModelFileError, Undecided
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.state_dict import model_from_state_dict
from rnn_cli.models.load import load_model

GATES = {cell: len(cell_class(cell).frameworks["PyTorch"].gates) for cell in cells_of("PyTorch")}


def state_dict(
    cell: str = "lstm", inputs: int = 2, hidden: int = 3, layers: int = 1, both: bool = False, prefix: str = ""
) -> dict[str, Array]:
    """Names and shapes as PyTorch has them, numbers drawn."""
    generator = np.random.default_rng(0)
    rows = GATES[cell] * hidden
    arrays: dict[str, Array] = {}
    for layer in range(layers):
        for suffix in ("", "_reverse") if both else ("",):
            size = inputs if layer == 0 else hidden * (2 if both else 1)
            arrays[f"{prefix}weight_ih_l{layer}{suffix}"] = generator.standard_normal((rows, size))
            arrays[f"{prefix}weight_hh_l{layer}{suffix}"] = generator.standard_normal((rows, hidden))
            arrays[f"{prefix}bias_ih_l{layer}{suffix}"] = generator.standard_normal(rows)
            arrays[f"{prefix}bias_hh_l{layer}{suffix}"] = generator.standard_normal(rows)
    return arrays


@pytest.mark.parametrize("cell", list(GATES))
@pytest.mark.parametrize("prefix", ["", "encoder.rnn."])
def test_kind_and_sizes_are_read_off_the_shapes(cell: str, prefix: str) -> None:
    a = model_from_state_dict(
        "s", "m", state_dict(cell, 2, 3, 2, True, prefix), Choices(activation="tanh")
    ).network.architecture
    assert (a.cell, a.input_size, a.hidden_size, a.num_layers, a.bidirectional) == (cell, 2, 3, 2, True)
    assert a.output_size == 0


@pytest.mark.parametrize("cell", list(GATES))
def test_the_two_biases_are_summed_but_for_the_grus_candidate(cell: str) -> None:
    arrays = state_dict(cell)
    p = model_from_state_dict("s", "m", arrays, Choices(activation="tanh")).network.packed(0, "forward")
    total = arrays["bias_ih_l0"] + arrays["bias_hh_l0"]
    if cell == "gru":
        total[6:] = arrays["bias_ih_l0"][6:]
        assert np.array_equal(p["b_hn"], arrays["bias_hh_l0"][6:])
    assert np.array_equal(p["b"], total)
    assert np.array_equal(p["W_x"], arrays["weight_ih_l0"])
    assert np.array_equal(p["W_h"], arrays["weight_hh_l0"])


@pytest.mark.parametrize("cell", list(GATES))
def test_modules_without_biases(cell: str) -> None:
    arrays = {name: array for name, array in state_dict(cell).items() if not name.startswith("bias")}
    p = model_from_state_dict("s", "m", arrays, Choices(activation="tanh")).network.packed(0, "forward")
    assert not p["b"].any()


def test_cells_of_two_sizes_are_the_layers_of_one_module() -> None:
    """A ModuleList of LSTMCells: each layer has the size of its own weights."""
    layers = {"0": state_dict("lstm", 2, 3), "1": state_dict("lstm", 3, 5)}
    arrays = {
        f"cells.{k}.{name.removesuffix('_l0')}": array for k, one in layers.items() for name, array in one.items()
    }
    network = model_from_state_dict("s", "m", arrays, Choices()).network
    assert (network.architecture.num_layers, network.architecture.sizes) == (2, (3, 5))
    for k, one in layers.items():
        assert np.array_equal(network.packed(int(k), "forward")["W_h"], one["weight_hh_l0"])


def test_each_parameter_says_where_it_stood() -> None:
    arrays = state_dict("gru") | {"fc.weight": np.ones((2, 3)), "fc.bias": np.zeros(2), "emb.weight": np.ones((7, 2))}
    places = {name: origin.names for name, origin in model_from_state_dict("s", "m", arrays, Choices()).origins.items()}
    assert (places["readout.W_hy"], places["readout.b_y"], places["embedding"]) == (
        ("fc.weight",), ("fc.bias",), ("emb.weight",),
    )  # fmt: skip
    bare = model_from_state_dict("s", "m", state_dict("gru"), Choices()).origins
    assert bare.keys() == places.keys() - {"readout.W_hy", "readout.b_y", "embedding"}


def test_reading_changes_no_array() -> None:
    arrays = state_dict("gru")
    before = {name: array.copy() for name, array in arrays.items()}
    model_from_state_dict("s", "m", arrays, Choices(activation="tanh"))
    assert all(np.array_equal(arrays[name], before[name]) for name in arrays)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_file_of_any_float(tmp_path: Path, dtype: Any) -> None:
    save_file({k: v.astype(dtype) for k, v in state_dict().items()}, tmp_path / "lstm.safetensors")
    model = load_model(str(tmp_path / "lstm.safetensors"))
    assert (model.name, model.stored_dtype) == ("lstm", np.dtype(dtype).name)
    assert model.network.parameters.flat.dtype == np.float64


def test_activation_of_an_rnn(tmp_path: Path) -> None:
    save_file(state_dict("rnn"), tmp_path / "m.safetensors")
    assert load_model(str(tmp_path / "m.safetensors")).network.cell.gates == {"h": "tanh"}
    assert load_model(str(tmp_path / "m.safetensors"), Choices(activation="relu")).network.cell.gates == {"h": "relu"}


def without(name: str, **options: Any) -> dict[str, Array]:
    """A state dict that lacks one array."""
    return {key: array for key, array in state_dict(**options).items() if key != name}


def plus(name: str, array: Array, **options: Any) -> dict[str, Array]:
    """A state dict with one array more, or another in its place."""
    return {**state_dict(**options), name: array}


WRONG: dict[str, tuple[dict[str, Array], str]] = {
    "no input weight": (without("weight_ih_l0"), "weight_ih_l0 is missing"),
    "no recurrent weight": (without("weight_hh_l1", layers=2), "weight_hh_l1 is missing"),
    "no backward weight": (without("weight_ih_l0_reverse", both=True), "weight_ih_l0_reverse is missing"),
    "one bias of two": (without("bias_hh_l0"), "bias_hh_l0"),
    "a bias in one layer only": (
        {k: v for k, v in state_dict(layers=2).items() if not k.startswith("bias") or "l0" in k},
        "l1",
    ),
    "a layer left out": (
        {k.replace("l1", "l2"): v for k, v in state_dict(layers=2).items()},
        "weight_ih_l1 is missing",
    ),
    "a layer with a number beyond all": (plus("weight_ih_l" + "9" * 5000, np.ones((12, 2))), "weight_ih_l999"),
    "a huge layer number": (plus("weight_ih_l999999999", np.ones((12, 2))), "is no parameter"),
    "a projection": (plus("weight_hr_l0", np.ones((1, 3))), "weight_hr_l0 (1×3) should be 3×3"),
    "two modules": (
        {**state_dict(prefix="encoder."), **state_dict(prefix="decoder.")},
        "an encoder and a decoder that are not run together here: encoder has no embedding; say which with --module NAME",
    ),
    "two modules that are no pair": (
        {**state_dict(prefix="words."), **state_dict(prefix="tags.")},
        "2 recurrent modules: LSTM at tags (2 to 3), LSTM at words (2 to 3); say which with --module NAME",
    ),
    "five gates": (
        {"weight_ih_l0": np.ones((15, 2)), "weight_hh_l0": np.ones((15, 3))},
        "weight_hh_l0 is 15×3",
    ),
    "two gates": ({"weight_ih_l0": np.ones((6, 2)), "weight_hh_l0": np.ones((6, 3))}, "rows must be"),
    "a bias of the wrong size": (plus("bias_ih_l0", np.ones(11)), "bias_ih_l0 (11) should be 12"),
    "a vector for a matrix": (plus("weight_hh_l0", np.ones(12)), "must be matrices"),
    "a scalar for a matrix": (plus("weight_ih_l0", np.array(1.0)), "must be matrices"),
    "an input weight of other rows": (plus("weight_ih_l0", np.ones((9, 2))), "weight_ih_l0 (9×2) should be 12×2"),
    "no inputs": (plus("weight_ih_l0", np.ones((12, 0))), "input_size"),
    "an empty matrix": (plus("weight_hh_l0", np.ones((0, 3))), "must be matrices"),
    "a second layer of another width": (
        plus("weight_ih_l1", np.ones((12, 4)), layers=2),
        "weight_ih_l1 (12×4) should be 12×3",
    ),
    "NaN": (plus("weight_ih_l0", np.full((12, 2), np.nan)), "not finite"),
    "an infinite bias": (plus("bias_ih_l0", np.full(12, np.inf)), "not finite"),
}


@pytest.mark.parametrize("how", list(WRONG))
def test_a_state_dict_that_does_not_fit_is_refused(tmp_path: Path, how: str) -> None:
    arrays, message = WRONG[how]
    path = tmp_path / "m.safetensors"
    save_file(arrays, path)
    with pytest.raises(Undecided if "--module NAME" in message else ModelFileError) as raised:
        load_model(str(path))
    assert message in str(raised.value)
    assert str(raised.value).startswith(str(path))
    assert len(str(raised.value).splitlines()) <= 2


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    save_file({"a": np.ones(1)}, tmp_path / "m.safetensors")
    with pytest.raises(ModelFileError, match=r"neither a model of this program nor one with a torch\.nn\.RNN"):
        load_model(str(tmp_path / "m.safetensors"))


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("weight_hh_l0", "weight_hh_l0 is 3×9, and PyTorch's is 9×3"),
        ("weight_ih_l0", "weight_ih_l0 (2×9) should be 9×2"),
        ("weight_ih_l1", "weight_ih_l1 (3×9) should be 9×3"),
    ],
)
def test_the_transpose_of_a_matrix_is_asked_for(name: str, asked: str, tmp_path: Path) -> None:
    arrays = state_dict("gru", layers=2)
    save_file({**arrays, name: arrays[name].T.copy()}, tmp_path / "m.safetensors")
    with pytest.raises(ModelFileError, match=re.escape(f"{asked}: it looks transposed; save it with .T.contiguous()")):
        load_model(str(tmp_path / "m.safetensors"))
