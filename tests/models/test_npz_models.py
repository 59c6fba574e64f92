"""Models in .npz files: by the names of their arrays, or by the order of Keras's get_weights()."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Architecture
from rnn_cli.errors import ModelFileError, Undecided
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from tests.support.keras_files import KERAS_HAS, drawn
from tests.support.networks import KINDS, architecture_of
from tests.support.npz_files import equations, keras_list


def saved(folder: Path, *arrays: Array, **named: Any) -> str:
    np.savez(folder / "m.npz", *arrays, **named)
    return str(folder / "m.npz")


def same(path: str, model: Model, choices: Choices) -> None:
    read = load_model(path, choices)
    assert read.network.architecture == model.network.architecture
    np.testing.assert_array_equal(read.network.parameters.flat, model.network.parameters.flat)


@pytest.mark.parametrize("kind", KERAS_HAS)
@pytest.mark.parametrize(("layers", "both"), [(1, False), (1, True), (3, True), (3, False)])
def test_the_order_of_keras_and_shapes_say_what_it_is(kind: str, layers: int, both: bool, tmp_path: Path) -> None:
    model = drawn(architecture_of(kind, 3, 4, layers, both, output_size=2, embedding_rows=7))
    said = Choices(activation=dict(model.network.architecture.options).get("activation"))
    same(saved(tmp_path, *keras_list(model)), model, said)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_names_of_the_equations_say_the_cell(kind: str, tmp_path: Path) -> None:
    said = Choices(activation=dict(architecture_of(kind).options).get("activation"))
    for layers, both, rows in ((1, False, 0), (2, True, 6)):
        model = drawn(architecture_of(kind, 3, 4, layers, both, output_size=2, embedding_rows=rows))
        same(saved(tmp_path, **equations(model, layers > 1)), model, said)


def test_the_names_of_pytorch_are_read_as_a_state_dict(tmp_path: Path) -> None:
    arrays = {"weight_ih_l0": np.ones((8, 3)), "weight_hh_l0": np.ones((8, 2))}
    assert load_model(saved(tmp_path, **arrays)).network.architecture == Architecture("lstm", 3, 2)


def test_the_names_of_keras_settle_what_shapes_do_not(tmp_path: Path) -> None:
    """An embedding as wide as a SimpleRNN without biases: in a bare list it could be a kernel."""
    table, kernel, recurrent = np.ones((5, 4)), np.full((4, 4), 2.0), np.full((4, 4), 3.0)
    with pytest.raises(ModelFileError, match=r"arr_0 \(5×4\) could be an embedding or a kernel"):
        load_model(saved(tmp_path, table, kernel, recurrent))
    names = {"s/embedding/embeddings": table, "s/rnn/cell/kernel": kernel, "s/rnn/cell/recurrent_kernel": recurrent}
    network = load_model(saved(tmp_path, **names)).network
    assert network.architecture == Architecture("rnn", 4, 4, embedding_rows=5)
    np.testing.assert_array_equal(network.parameters["layers.0.forward.W_h"], recurrent)


K, R, B = np.ones((3, 16)), np.ones((4, 16)), np.ones(16)
REFUSED: dict[str, tuple[list[Array] | dict[str, Array], str]] = {
    "PyTorch's order without names": ([K.T, R.T, B, B], "arr_0 (16×3) and arr_1 (16×4) could be PyTorch's"),
    "square, without a bias": ([np.ones((4, 4)), np.ones((4, 4))], "could be PyTorch's"),
    "square, with two biases": ([np.ones((4, 4)), np.ones((4, 4)), np.ones(4), np.ones(4)], "could be PyTorch's"),
    "two layers or two directions": ([np.ones((4, 16)), R, B] * 2, "could be two layers or two directions of one"),
    "an LSTM with something before it": ([np.ones((5, 3)), np.ones(3), K, R, B], "arr_0 (5×3, 3) stands in it too"),
    "names of nobody": ({"a": K, "b": R}, "it holds a (3×16), b (4×16);\nname the arrays as the equations do"),
    "a missing part": ({"W_xh": np.ones((4, 3)), "W_hh": np.ones((4, 4))}, "no cell has the parameters W_hh, W_xh"),
    "a part too many": ({"W_xh": K, "W_hh": R, "b_h": B, "bias": B}, "bias is no parameter of a network here"),
    "a layer that is not whole": (
        {f"layers.{k}.{name}": one for k in (0, 1) for name, one in (("W_xh", np.ones((4, 4))), ("W_hh", np.ones((4, 4))), ("b_h", np.ones(4))) if (k, name) != (1, "b_h")},
        "layer 1, forward: b_h is missing",
    ),
    "gates of other sizes": (
        {f"{name}{gate}": np.ones(((2 if gate == "i" else 4 if gate == "f" else 3) if name == "W_x" else 3, *(() if name == "b_" else (3,)))) for gate in "ifgo" for name in ("W_x", "W_h", "b_")},
        "W_xi (2×3) and W_xf (4×3) should be of one shape",
    ),
    "a part twice": ({"W_xh": np.ones((4, 3)), "layers.0.W_xh": K, "W_hh": np.ones((4, 4)), "b_h": np.ones(4)}, "W_xh and layers.0.W_xh are the same parameter"),
    "a number for a vector": ({"W_xh": np.ones((4, 3)), "W_hh": np.ones((4, 4)), "b_h": np.array(1.0)}, "b_h is one number"),
    "nothing": ([], "it holds nothing"),
    "objects": ([np.array([None, {}], dtype=object)], "arr_0 holds object values"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(REFUSED))
def test_what_is_not_sure_is_asked_for(how: str, tmp_path: Path) -> None:
    arrays, words = REFUSED[how]
    path = saved(tmp_path, **arrays) if isinstance(arrays, dict) else saved(tmp_path, *arrays)
    with pytest.raises(Undecided if "stands in it too" in words else ModelFileError) as raised:
        load_model(path)
    assert words in str(raised.value)


def declared(shape: tuple[int, ...]) -> bytes:
    """The header of an array without its numbers."""
    text = str({"descr": "<f8", "fortran_order": False, "shape": shape}).encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


HOSTILE: dict[str, tuple[Callable[[ZipFile], Any], str]] = {
    "more numbers than any model": (lambda zip: zip.writestr("arr_0.npy", declared((10**9, 10**9))), "or too many: no weights"),
    "fewer numbers than it says": (lambda zip: zip.writestr("arr_0.npy", declared((10, 10))), "not a .npz file, or a damaged one"),
    "no array": (lambda zip: zip.writestr("arr_0.npy", b"no"), "not a .npz file, or a damaged one"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(HOSTILE))
def test_a_hostile_file_is_refused(how: str, tmp_path: Path) -> None:
    make, words = HOSTILE[how]
    with ZipFile(tmp_path / "m.npz", "w") as archive:
        make(archive)
    with pytest.raises(ModelFileError) as raised:
        load_model(str(tmp_path / "m.npz"))
    assert words in str(raised.value)
