"""safetensors files: our own round trip, and damaged or hostile ones."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from safetensors.numpy import save

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Architecture
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.formats import FORMATS
from rnn_cli.models.load import load_model
from rnn_cli.models.tensors import read_tensors, write_tensors
from rnn_cli.models.trained import save_trained, trained_from
from tests.support.models import random_trained
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
    trained = random_trained()
    save_trained(tmp_path / "m.safetensors", trained)
    back = load_model(str(tmp_path / "m.safetensors"))
    assert back.network.architecture == trained.system.blueprint.reader
    assert np.array_equal(back.network.parameters.flat, trained.system.parameters.flat)
    assert (back.encoding, back.trained_for) == (trained.encoding, "classify")
    assert back.vocabulary == back.rows == {"<unk>": 0, "été": 1, "\u202e[/x]": 2}
    assert (back.labels, back.name) == (("label 0", "label 1"), "m")
    assert (back.stored_dtype, back.origin) == ("float64", "file")


@settings(max_examples=15)
@given(architecture=architectures(readout=True))
def test_every_architecture_comes_back(tmp_path_factory: pytest.TempPathFactory, architecture: Architecture) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    trained = random_trained(architecture)
    save_trained(path, trained)
    back = load_model(str(path))
    assert back.network.architecture == architecture
    assert np.array_equal(back.network.parameters.flat, trained.system.parameters.flat)


def test_two_saves_are_byte_equal(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_trained(tmp_path / f"{name}.safetensors", random_trained())
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    again = trained_from("a", *read_tensors(tmp_path / "a.safetensors"))
    save_trained(tmp_path / "c.safetensors", again)
    assert (tmp_path / "c.safetensors").read_bytes() == (tmp_path / "a.safetensors").read_bytes()


def test_float32_is_stored_as_float32_and_computed_in_float64(tmp_path: Path) -> None:
    trained = random_trained(dtype=np.float32)
    save_trained(tmp_path / "m.safetensors", trained)
    arrays, _ = read_tensors(tmp_path / "m.safetensors")
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}
    back = load_model(str(tmp_path / "m.safetensors"))
    assert back.network.parameters.flat.dtype == np.float64
    assert np.array_equal(back.network.parameters.flat, trained.system.parameters.flat)


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
    save_trained(tmp_path / "good.safetensors", random_trained())
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


@pytest.mark.parametrize(("dtype", "size"), [("F8_E4M3", 1), ("F8_E5M2", 1)])
def test_types_that_numpy_lacks_are_named(tmp_path: Path, dtype: str, size: int) -> None:
    header = json.dumps({"weight_ih_l0": {"dtype": dtype, "shape": [1, 1], "data_offsets": [0, size]}}).encode()
    path = tmp_path / "half.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * size)
    assert "save it as float32" in refused(path)


def test_bfloat16_is_read_as_the_float32_that_it_is_a_half_of(tmp_path: Path) -> None:
    numbers = {"weight_ih_l0": [[1.0], [-2.5]], "weight_hh_l0": [[0.15625, 3.0], [-1e-3, 2.0**100]]}
    header, body = {}, b""
    for name, values in numbers.items():
        data = (np.array(values, dtype="<f4").view("<u4") >> 16).astype("<u2").tobytes()
        header[name] = {"dtype": "BF16", "shape": np.shape(values), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    path = tmp_path / "half.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    found = load_model(str(path)).network.packed(0, "forward")
    assert found["W_x"].tolist() == [[1.0], [-2.5]]
    assert found["W_h"][0].tolist() == [0.15625, 3.0]
    assert found["W_h"][1] == pytest.approx([-1e-3, 2.0**100], rel=2**-7)


def index(folder: Path, files: dict[str, dict[str, Array]]) -> Path:
    """A model in several files, with its index."""
    for name, arrays in files.items():
        (folder / name).write_bytes(save(arrays))
    weights = {array: name for name, arrays in files.items() for array in arrays}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weights}))
    return folder / "model.safetensors.index.json"


def shards() -> dict[str, dict[str, Array]]:
    """Two files that hold one RNN."""
    first = {"weight_ih_l0": np.ones((2, 3)), "weight_hh_l0": np.eye(2)}
    second = {"bias_ih_l0": np.ones(2), "bias_hh_l0": np.full(2, 0.5)}
    return {"model-00001-of-00002.safetensors": first, "model-00002-of-00002.safetensors": second}


def test_an_index_brings_all_its_files(tmp_path: Path) -> None:
    model = load_model(str(index(tmp_path, shards())))
    assert model.network.packed(0, "forward")["b"].tolist() == [1.5, 1.5]
    assert model.name == "model"


def test_a_part_alone_names_its_index(tmp_path: Path) -> None:
    index(tmp_path, shards())
    assert "one part of a model in 2 files: give " in refused(tmp_path / "model-00001-of-00002.safetensors")


@pytest.mark.parametrize("how", ["no file", "long name", "no array", "another folder", "no map"])
def test_an_index_that_is_not_whole_is_refused(tmp_path: Path, how: str) -> None:
    path = index(tmp_path, shards())
    told = json.loads(path.read_text())
    if how == "no file":
        (tmp_path / "model-00002-of-00002.safetensors").unlink()
    elif how == "long name":  # than any name of a file
        told["weight_map"]["bias_ih_l0"] = "n" * 400
    elif how == "no array":
        told["weight_map"]["bias_ih_l1"] = "model-00002-of-00002.safetensors"
    elif how == "another folder":
        told["weight_map"]["bias_ih_l0"] = "../secret.safetensors"
    else:
        told = {"weight_map": []}
    path.write_text(json.dumps(told))
    words = {
        "no file": "is missing",
        "long name": "… (400 characters) is missing",
        "no array": "bias_ih_l1 is missing in",
        "another folder": "beside its index",
    }
    assert words.get(how, "weight_map") in refused(path)


@pytest.mark.parametrize(
    "start", [b"PK\x03\x04more", b"\x80\x02}q\x00.", b"version https://git-lfs.github.com/spec/v1\n"]
)
def test_other_files_under_this_name_are_told_apart(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(start)
    assert ("git lfs pull" if start.startswith(b"version") else "torch.save") in refused(path)


@pytest.mark.parametrize("metadata", ["oops", "[" * 100_000, "[]", "5", '{"format": "x"}'], ids=lambda text: text[:20])
def test_metadata_of_no_format_of_ours_are_refused(tmp_path: Path, metadata: str) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(save({"weight_ih_l0": np.ones((1, 1)), "weight_hh_l0": np.ones((1, 1))}, {"rnn": metadata}))
    assert "metadata" in refused(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.txt"
    path.write_text("hello")
    assert all(end in refused(path) for one in FORMATS.values() for end in one.suffixes)
    with pytest.raises(InputError, match="folder"):
        load_model(str(tmp_path))
    with pytest.raises(InputError, match="no bundled model"):
        load_model("nothing-of-that-name")


@pytest.mark.parametrize("length", [0x280, 0x380, 0x480, 0x580])
def test_a_header_as_long_as_a_pickle_begins_is_no_pickle(length: int, tmp_path: Path) -> None:
    """A safetensors file begins with the length of its header: 80 04 for 1152 bytes, as a pickle of protocol 4."""
    path, array = tmp_path / "m.safetensors", np.ones(2, np.float32)
    path.write_bytes(save({"a": array}))
    (shortest,) = np.frombuffer(path.read_bytes()[:8], "<u8")
    name = "a" * (length - int(shortest))
    path.write_bytes(save({name: array}))
    assert path.read_bytes()[:2] == length.to_bytes(2, "little")
    assert list(read_tensors(path)[0]) == [name]
