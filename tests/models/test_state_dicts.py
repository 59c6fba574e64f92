"""State dicts by their names and shapes alone, as every format of arrays gives them; PyTorch's own are in oracle/."""

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.foreign.choices import NOTHING
from rnn_cli.models.foreign.state_dict import model_from_state_dict
from rnn_cli.models.model import Model

X, H, V = 3, 4, 7


def drawn(*shape: int) -> Array:
    return np.random.default_rng([*shape]).normal(size=shape)


def module(path: str, size: int = X, hidden: int = H, layers: int = 1, gates: int = 4) -> dict[str, Array]:
    """The arrays of torch.nn.LSTM (gates=4), GRU (3) or RNN (1)."""
    arrays = {}
    for k in range(layers):
        arrays[f"{path}.weight_ih_l{k}"] = drawn(gates * hidden, hidden if k else size)
        arrays[f"{path}.weight_hh_l{k}"] = drawn(gates * hidden, hidden) + k
        arrays[f"{path}.bias_ih_l{k}"], arrays[f"{path}.bias_hh_l{k}"] = (
            drawn(gates * hidden),
            drawn(gates * hidden, 1)[:, 0],
        )
    return arrays


def read(arrays: dict[str, Array]) -> Model:
    return model_from_state_dict("m.safetensors", "m", arrays, NOTHING)


def renamed(arrays: dict[str, Array], names: dict[str, str]) -> dict[str, Array]:
    for old, new in names.items():
        arrays = {key.replace(old, new): array for key, array in arrays.items()}
    return arrays


@pytest.mark.parametrize(
    "names",
    [
        {"rnn.": "reader.cell.", "_l0": ""},
        {"rnn.": "", "_l0": ""},
        {"rnn.": "_orig_mod.module.rnn."},
        {"weight_hh_l0": "weight_hh_l0_raw"},
    ],
)
def test_one_network_under_other_names(names: dict[str, str]) -> None:
    arrays = module("rnn")
    assert np.array_equal(read(renamed(arrays, names)).network.parameters.flat, read(arrays).network.parameters.flat)


def test_cells_that_are_numbered_and_fit_on_each_other_are_layers() -> None:
    stack = module("rnn", layers=3)
    cells = {f"cells.{key[-1]}.{key[4:-3]}": array for key, array in stack.items()}
    assert np.array_equal(read(cells).network.parameters.flat, read(stack).network.parameters.flat)


@pytest.mark.parametrize("second", [module("rnn", size=X), module("rnn", size=H, gates=3)], ids=["width", "kind"])
def test_cells_that_do_not_fit_on_each_other_are_networks_of_their_own(second: dict[str, Array]) -> None:
    pair = renamed(module("rnn"), {"rnn.": "cells.0.", "_l0": ""}) | renamed(second, {"rnn.": "cells.1.", "_l0": ""})
    with pytest.raises(InputError, match=r"cells\.0.*cells\.1"):
        read(pair)


def test_a_raw_weight_is_the_one_that_is_read() -> None:
    """AWD-LSTM keeps beside it what the last dropout left."""
    arrays = module("rnn")
    dropped = {"rnn.weight_hh_l0_raw": arrays["rnn.weight_hh_l0"], "rnn.weight_hh_l0": np.zeros((4 * H, H))}
    assert np.array_equal(read(arrays | dropped).network.parameters.flat, read(arrays).network.parameters.flat)


PAIR = {
    **module("encoder.rnn"), **module("decoder.rnn"), "encoder.embedding.weight": drawn(V, X),
    "decoder.embedding.weight": drawn(V + 1, X), "decoder.out.weight": drawn(V + 1, H),
}  # fmt: skip
REFUSED: dict[str, tuple[tuple[str, ...], dict[str, Array], str]] = {
    "two kinds": (("decoder.rnn",), module("decoder.rnn", gates=3), "are of two kinds"),
    "more layers": (("decoder.rnn",), module("decoder.rnn", layers=2), "encoder.rnn has 1 layer and decoder.rnn 2"),
    "a wider decoder": (
        ("decoder.rnn", "decoder.out"),
        module("decoder.rnn", hidden=H + 2) | {"decoder.out.weight": drawn(V + 1, H + 2)},
        "ends with 4 numbers a layer, and decoder.rnn starts from 6",
    ),
    "both directions": (
        (),
        {f"{key}_reverse": array for key, array in module("decoder.rnn").items()},
        "it would read what is not written yet",
    ),
    "a context": (("decoder.rnn",), module("decoder.rnn", size=X + H), "reads 7 numbers at each step"),
    "a bridge": ((), {"bridge.weight": drawn(5, 5)}, "bridge.weight (5×5) may stand between them"),
    "no readout": (("decoder.out",), {}, "decoder.rnn has no readout"),
    "other tokens": (
        ("decoder.out",),
        {"decoder.out.weight": drawn(V + 2, H)},
        "decoder.out.weight (9×4) does not write the tokens of decoder.embedding.weight (8×3)",
    ),
}  # fmt: skip


def test_an_encoder_and_a_decoder_are_one_model() -> None:
    assert read(PAIR).system is not None


@pytest.mark.parametrize("how", REFUSED)
def test_what_keeps_two_networks_from_being_one_model_is_named(how: str) -> None:
    without, more, words = REFUSED[how]
    kept = {key: array for key, array in PAIR.items() if not key.startswith(tuple(f"{one}." for one in without))}
    with pytest.raises(InputError, match="--module NAME") as raised:
        read(kept | more)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"module.rnn.weight_hh_l0": drawn(4 * H, H)}, "are the same parameter once wrappers are dropped"),
        ({"out.weight_orig": drawn(2, H)}, "out.weight_orig is a weight before a parametrization"),
        ({"out.weight_g": drawn(3, 1), "out.weight_v": drawn(2, H)}, "is no length for the rows of"),
        ({"out.weight_g": drawn(2, 1), "out.weight_v": np.zeros((2, H))}, "is no length for the rows of"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(more: dict[str, Array], words: str) -> None:
    with pytest.raises(ModelFileError) as raised:
        read(module("rnn") | more)
    assert words in str(raised.value)
