"""State dicts of torch.nn.RNN, LSTM and GRU, good and damaged."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import cell_class, cells_of
from rnn_cli.errors import ModelFileError
from rnn_cli.models.load import load_model
from rnn_cli.models.pytorch import model_from_state_dict

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
    a = model_from_state_dict("s", "m", state_dict(cell, 2, 3, 2, True, prefix), "tanh").network.architecture
    assert (a.cell, a.input_size, a.hidden_size, a.num_layers, a.bidirectional) == (cell, 2, 3, 2, True)
    assert a.output_size == 0


@pytest.mark.parametrize("cell", list(GATES))
def test_the_two_biases_are_summed_but_for_the_grus_candidate(cell: str) -> None:
    arrays = state_dict(cell)
    p = model_from_state_dict("s", "m", arrays, "tanh").network.packed(0, "forward")
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
    p = model_from_state_dict("s", "m", arrays, "tanh").network.packed(0, "forward")
    assert not p["b"].any()


def test_reading_changes_no_array() -> None:
    arrays = state_dict("gru")
    before = {name: array.copy() for name, array in arrays.items()}
    model_from_state_dict("s", "m", arrays, "tanh")
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
    assert load_model(str(tmp_path / "m.safetensors"), "relu").network.cell.gates == {"h": "relu"}


def without(name: str, **options: Any) -> dict[str, Array]:
    """A state dict that lacks one array."""
    return {key: array for key, array in state_dict(**options).items() if key != name}


def plus(name: str, array: Array, **options: Any) -> dict[str, Array]:
    """A state dict with one array more, or another in its place."""
    return {**state_dict(**options), name: array}


WRONG: dict[str, tuple[dict[str, Array], str]] = {
    "no input weight": (without("weight_ih_l0"), "layer 0, forward"),
    "no recurrent weight": (without("weight_hh_l1", layers=2), "layer 1, forward"),
    "no backward weight": (without("weight_ih_l0_reverse", both=True), "layer 0, backward"),
    "one bias of two": (without("bias_hh_l0"), "bias_hh_l0"),
    "a bias in one layer only": (
        {k: v for k, v in state_dict(layers=2).items() if not k.startswith("bias") or "l0" in k},
        "l1",
    ),
    "a layer left out": (
        {k.replace("l1", "l2"): v for k, v in state_dict(layers=2).items()},
        "layer 1, forward",
    ),
    "a layer with a number beyond all": (plus("weight_ih_l" + "9" * 5000, np.ones((12, 2))), "weight_ih_l999"),
    "a huge layer number": (plus("weight_ih_l999999999", np.ones((12, 2))), "is not a parameter"),
    "a projection": (plus("weight_hr_l0", np.ones((1, 3))), "proj_size"),
    "another module's weight": (plus("fc.weight", np.ones((2, 3))), "fc.weight is not a parameter"),
    "two modules": ({**state_dict(prefix="encoder."), **state_dict(prefix="decoder.")}, "decoder, encoder"),
    "five gates": (
        {"weight_ih_l0": np.ones((15, 2)), "weight_hh_l0": np.ones((15, 3))},
        "weight_hh_l0 is 15×3",
    ),
    "two gates": ({"weight_ih_l0": np.ones((6, 2)), "weight_hh_l0": np.ones((6, 3))}, "rows must be"),
    "a bias of the wrong size": (plus("bias_ih_l0", np.ones(11)), "a bias does not have 12 numbers"),
    "a vector for a matrix": (plus("weight_hh_l0", np.ones(12)), "not matrices"),
    "a scalar for a matrix": (plus("weight_ih_l0", np.array(1.0)), "not matrices"),
    "an input weight of other rows": (plus("weight_ih_l0", np.ones((9, 2))), "expected 12×2"),
    "no inputs": (plus("weight_ih_l0", np.ones((12, 0))), "input_size"),
    "an empty matrix": (plus("weight_hh_l0", np.ones((0, 3))), "not matrices"),
    "a second layer of another width": (plus("weight_ih_l1", np.ones((12, 4)), layers=2), "expected 12×3"),
    "NaN": (plus("weight_ih_l0", np.full((12, 2), np.nan)), "not finite"),
    "an infinite bias": (plus("bias_ih_l0", np.full(12, np.inf)), "not finite"),
}


@pytest.mark.parametrize("how", list(WRONG))
def test_a_state_dict_that_does_not_fit_is_refused(tmp_path: Path, how: str) -> None:
    arrays, message = WRONG[how]
    path = tmp_path / "m.safetensors"
    save_file(arrays, path)
    with pytest.raises(ModelFileError) as raised:
        load_model(str(path))
    assert message in str(raised.value)
    assert str(raised.value).startswith(str(path))
    assert len(str(raised.value).splitlines()) <= 2


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    save_file({"a": np.ones(1)}, tmp_path / "m.safetensors")
    with pytest.raises(ModelFileError, match="neither a model of this program nor a state dict"):
        load_model(str(tmp_path / "m.safetensors"))


def test_the_state_dict_of_a_single_cell_is_named_as_what_it_is(tmp_path: Path) -> None:
    arrays = {
        "weight_ih": np.ones((12, 2)),
        "weight_hh": np.ones((12, 4)),
        "bias_ih": np.ones(12),
        "bias_hh": np.ones(12),
    }
    save_file(arrays, tmp_path / "cell.safetensors")
    with pytest.raises(
        ModelFileError, match=r"cell\.safetensors: a state dict of torch\.nn\.RNNCell.*\n.*weight_ih_l0"
    ):
        load_model(str(tmp_path / "cell.safetensors"))
