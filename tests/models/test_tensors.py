"""safetensors files: our own round trip, and damaged or hostile ones."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from safetensors.numpy import save

from rnn_cli.core.network import Architecture
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.load import load_model
from rnn_cli.models.native import save_model
from rnn_cli.models.tensors import read_tensors, write_tensors
from tests.support.models import random_model_of
from tests.support.networks import architectures


def refused(path: Path) -> str:
    """The message of a file that is refused: one or two lines with the file's name."""
    with pytest.raises(ModelFileError) as raised:
        load_model(str(path))
    message = str(raised.value)
    assert str(path) in message
    assert len(message.splitlines()) <= 2
    assert len(message) < len(str(path)) + 600
    return message


def test_a_model_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    model = random_model_of()
    save_model(tmp_path / "m.safetensors", model)
    back = load_model(str(tmp_path / "m.safetensors"))
    assert back.network.architecture == model.network.architecture
    assert np.array_equal(back.network.parameters.flat, model.network.parameters.flat)
    assert back.vocabulary == model.vocabulary
    assert back.rows == model.rows
    assert (back.labels, back.name, back.one_hot) == (model.labels, model.name, model.one_hot)
    assert (back.stored_dtype, back.origin) == ("float64", "file")


@settings(max_examples=15)
@given(architecture=architectures())
def test_every_architecture_comes_back(tmp_path_factory: pytest.TempPathFactory, architecture: Architecture) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    labels = tuple(map(str, range(architecture.output_size)))
    model = random_model_of(architecture, vocabulary=None, rows={}, labels=labels)
    save_model(path, model)
    back = load_model(str(path))
    assert back.network.architecture == architecture
    assert np.array_equal(back.network.parameters.flat, model.network.parameters.flat)


def test_two_saves_are_byte_equal(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_model(tmp_path / f"{name}.safetensors", random_model_of())
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    again = load_model(str(tmp_path / "a.safetensors"))
    save_model(tmp_path / "c.safetensors", again)
    assert (tmp_path / "c.safetensors").read_bytes() == (tmp_path / "a.safetensors").read_bytes()


def test_float32_is_stored_as_float32_and_computed_in_float64(tmp_path: Path) -> None:
    model = random_model_of(stored_dtype="float32")
    save_model(tmp_path / "m.safetensors", model)
    arrays, _ = read_tensors(tmp_path / "m.safetensors")
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}
    back = load_model(str(tmp_path / "m.safetensors"))
    assert back.network.parameters.flat.dtype == np.float64
    assert np.array_equal(back.network.parameters.flat, model.network.parameters.flat.astype(np.float32))


@pytest.mark.parametrize("order", ["transposed", "sliced", "reversed", "fortran"])
def test_arrays_that_are_not_contiguous_are_saved_right(tmp_path: Path, order: str) -> None:
    base = np.arange(24.0).reshape(4, 6)
    array = {
        "transposed": base.T,
        "sliced": base[::2, 1::2],
        "reversed": base[::-1, ::-1],
        "fortran": np.asfortranarray(base),
    }[order]
    write_tensors(tmp_path / "w.safetensors", {"w": array}, {})
    assert np.array_equal(read_tensors(tmp_path / "w.safetensors")[0]["w"], array)


def whole(tmp_path: Path) -> bytes:
    """The bytes of a good file."""
    save_model(tmp_path / "good.safetensors", random_model_of())
    return (tmp_path / "good.safetensors").read_bytes()


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    data = whole(tmp_path)
    path = tmp_path / "cut.safetensors"
    for size in [0, 1, 7, 8, 9, 100, len(data) // 2, len(data) - 8, len(data) - 1]:
        path.write_bytes(data[:size])
        refused(path)


def test_a_file_with_something_behind_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "more.safetensors"
    path.write_bytes(whole(tmp_path) + b"x")
    refused(path)


HEADERS: dict[str, bytes] = {
    "no header": b"",
    "a header longer than the file": struct.pack("<Q", 10**6) + b"{}",
    "an endless header": struct.pack("<Q", 2**63) + b"{}",
    "a header that is no JSON": struct.pack("<Q", 4) + b"oops",
    "a header that is a list": struct.pack("<Q", 2) + b"[]",
    "an empty header": struct.pack("<Q", 2) + b"{}",
    "offsets beyond the file": b'{"a":{"dtype":"F64","shape":[9],"data_offsets":[0,72]}}',
    "offsets that overlap": b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    "a shape of terabytes": b'{"a":{"dtype":"F64","shape":[1099511627776,1099511627776],"data_offsets":[0,8]}}',
    "an unknown type": b'{"a":{"dtype":"F128","shape":[1],"data_offsets":[0,4]}}',
}


@pytest.mark.parametrize("how", list(HEADERS))
def test_damaged_headers_are_refused(tmp_path: Path, how: str) -> None:
    data = HEADERS[how]
    if data.startswith(b"{"):
        data = struct.pack("<Q", len(data)) + data + b"\0" * 8
    path = tmp_path / "bad.safetensors"
    path.write_bytes(data)
    refused(path)


@pytest.mark.parametrize(("dtype", "size"), [("BF16", 2), ("F8_E4M3", 1), ("F8_E5M2", 1)])
def test_types_that_numpy_lacks_are_named(tmp_path: Path, dtype: str, size: int) -> None:
    header = json.dumps({"weight_ih_l0": {"dtype": dtype, "shape": [1, 1], "data_offsets": [0, size]}}).encode()
    path = tmp_path / "half.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * size)
    assert "save it as float32" in refused(path)


ARCHITECTURE: dict[str, Any] = {
    "cell": "rnn", "input_size": 1, "hidden_size": 1, "num_layers": 1, "bidirectional": False, "activation": "tanh",
    "reset_after": True, "task": "many-to-one", "output_size": 0, "embedding_rows": 1,
}  # fmt: skip
METADATA: dict[str, Any] = {
    "format": "rnn.safetensors/1", "name": "m", "architecture": ARCHITECTURE, "vocabulary": [["a", 0]],
    "rows": [["a", 0]], "one_hot": False, "labels": [],
}  # fmt: skip
ARRAYS = {
    "embedding": np.ones((1, 1)),
    "layers.0.forward.W_x": np.ones((1, 1)),
    "layers.0.forward.W_h": np.ones((1, 1)),
    "layers.0.forward.b": np.ones(1),
}


def native(tmp_path: Path, metadata: Any, arrays: dict[str, Any] | None = None) -> Path:
    """A file of our own kind with this metadata (a text stands as it is)."""
    text = metadata if isinstance(metadata, str) else json.dumps(metadata)
    path = tmp_path / "n.safetensors"
    path.write_bytes(save(ARRAYS if arrays is None else arrays, {"rnn": text}))
    return path


def test_the_metadata_of_these_tests_are_good(tmp_path: Path) -> None:
    assert load_model(str(native(tmp_path, METADATA))).rows == {"a": 0}


def with_architecture(**changes: Any) -> dict[str, Any]:
    """METADATA with another architecture."""
    return {**METADATA, "architecture": {**ARCHITECTURE, **changes}}


BAD_METADATA: dict[str, Any] = {
    "no JSON": "oops",
    "nested without end": "[" * 100_000,
    "a list": [],
    "another format": {**METADATA, "format": "x"},
    "no architecture": {key: value for key, value in METADATA.items() if key != "architecture"},
    "an architecture that is a list": {**METADATA, "architecture": list(ARCHITECTURE)},
    "an architecture with a key too many": with_architecture(more=1),
    "an unknown cell": with_architecture(cell="x"),
    "a cell that is a list": with_architecture(cell=[]),
    "an unknown activation": with_architecture(activation="x"),
    "an activation that is a number": with_architecture(activation=5),
    "an activation of no cell": with_architecture(activation="sigmoid"),
    "an unknown task": with_architecture(task="x"),
    "a size that is text": with_architecture(hidden_size="1"),
    "a size of zero": with_architecture(hidden_size=0),
    "a size that is true": with_architecture(hidden_size=True),
    "a size of a fraction": with_architecture(hidden_size=1.5),
    "a hostile size": with_architecture(hidden_size=10**18),
    "a hostile number of layers": with_architecture(num_layers=10**18),
    "many layers": with_architecture(num_layers=10**5),
    "a hostile readout": with_architecture(output_size=10**18),
    "a negative readout": with_architecture(output_size=-1),
    "a readout that is text": with_architecture(output_size="2"),
    "a hostile embedding": with_architecture(embedding_rows=10**18),
    "directions that are text": with_architecture(bidirectional="no"),
    "a reset that is a number": with_architecture(reset_after=2),
    "a vocabulary that is a number": {**METADATA, "vocabulary": 5},
    "a vocabulary with a triple": {**METADATA, "vocabulary": [["a", 0, 1]]},
    "a negative id": {**METADATA, "vocabulary": [["a", -1]]},
    "an id twice": {**METADATA, "vocabulary": [["a", 0], ["b", 0]]},
    "an id that is text": {**METADATA, "vocabulary": [["a", "x"]]},
    "an infinite id": json.dumps({**METADATA, "vocabulary": [["a", 1e308]]}).replace("1e+308", "Infinity"),
    "a row beyond the embedding": {**METADATA, "rows": [["a", 1]]},
    "a negative row": {**METADATA, "rows": [["a", -1]]},
    "no rows": {key: value for key, value in METADATA.items() if key != "rows"},
    "one-hot beyond the inputs": {**METADATA, "one_hot": True, "vocabulary": [["a", 7]], "rows": []},
    "labels without a readout": {**METADATA, "labels": ["a"]},
    "labels that are a number": {**METADATA, "labels": 5},
}


@pytest.mark.parametrize("how", list(BAD_METADATA))
def test_bad_metadata_are_refused(tmp_path: Path, how: str) -> None:
    refused(native(tmp_path, BAD_METADATA[how]))


@pytest.mark.parametrize(
    "change",
    [
        {"embedding": np.ones((2, 1))},
        {"layers.0.forward.b": np.array([np.nan])},
        {"layers.0.forward.b": np.array([np.inf])},
        {"layers.0.forward.extra": np.ones(1)},
        {"layers.0.forward.W_x": np.ones((1, 1, 1))},
        {"layers.0.forward.W_x": None},
        {"layers.0.forward.W_x": np.ones((1, 1), dtype=bool)},
    ],
    ids=str,
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    arrays = {name: array for name, array in {**ARRAYS, **change}.items() if array is not None}
    refused(native(tmp_path, METADATA, arrays))


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".pkl", ".ckpt"])
def test_pickles_are_refused_unread(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"m{suffix}"
    path.write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    assert "safetensors.torch.save_file" in refused(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.txt"
    path.write_text("hello")
    assert "expected .json or .safetensors" in refused(path)
    with pytest.raises(InputError, match="folder"):
        load_model(str(tmp_path))
    with pytest.raises(InputError, match="no bundled model"):
        load_model("nothing-of-that-name")
