"""Files of Keras that are damaged, hostile or of another kind: one line each, and nothing outside of the file is touched."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from struct import pack
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest

from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.foreign.keras.heaps import broken_heap
from rnn_cli.models.foreign.keras.reader import built_by_keras
from rnn_cli.models.load import load_model
from rnn_cli.models.writers.keras import write
from tests.oracle.test_frozen_keras import unpacked
from tests.support.keras_files import changed_archive, drawn
from tests.support.networks import architecture_of

h5py: Any = pytest.importorskip("h5py", reason="h5py is not installed")
KERNEL = "layers/lstm/cell/vars/0"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """The weights of a small LSTM with an embedding and a readout."""
    write(drawn(architecture_of("lstm", 3, 4, output_size=2, embedding_rows=7)), tmp_path / "m.weights.h5")
    return tmp_path / "m.weights.h5"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The same as a whole model."""
    write(drawn(architecture_of("lstm", 3, 4, output_size=2, embedding_rows=7)), tmp_path / "m.keras")
    return tmp_path / "m.keras"


def replaced(make: Callable[[Any], object]) -> Callable[[Any], object]:
    """A change of a file that begins without the kernel."""

    def change(file: Any) -> None:
        del file[KERNEL]
        make(file)

    return change


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((3, 16), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "kernel", (3, 16))
    file.create_virtual_dataset(KERNEL, layout)


def chosen(**settings: Any) -> Callable[[Any], object]:
    """The kernel as a dataset made in another way."""
    return lambda file: file.create_dataset(KERNEL, **settings)


def put(value: Any) -> Callable[[Any], object]:
    """Another value in place of the kernel."""

    def change(file: Any) -> None:
        file[KERNEL] = value

    return change


HOSTILE: dict[str, tuple[Callable[[Any], object], str]] = {
    "a soft link": (replaced(put(h5py.SoftLink("/layers/dense/vars/0"))), f"{KERNEL} is a link to another place or file"),
    "an external link": (replaced(put(h5py.ExternalLink("other.h5", "/kernel"))), f"{KERNEL} is a link to another place or file"),
    "a virtual dataset": (replaced(virtual), f"{KERNEL} is made of other files"),
    "an external dataset": (
        replaced(chosen(shape=(3, 16), dtype="f4", external=[("other.bin", 0, 192)])), f"{KERNEL} is made of other files"
    ),
    "a filter of another library": (
        replaced(chosen(data=np.zeros((3, 16)), compression="lzf")), f"{KERNEL} needs the filter 32000 of HDF5"
    ),
    "more numbers than any model": (
        replaced(chosen(shape=(10**6, 10**6), dtype="f4", chunks=(64, 64))), "to 1,000,000,000,0"
    ),
    "a chunk that is larger than its array": (
        replaced(chosen(shape=(3, 16), maxshape=(None, None), dtype="f8", chunks=(1 << 16, 1 << 12))), "brings the file to 268,"
    ),
    "numbers that were never written": (
        replaced(chosen(shape=(3, 16), dtype="f4", chunks=(3, 16))), f"{KERNEL} holds no numbers"
    ),
    "references to objects": (
        replaced(chosen(shape=(3, 16), dtype=h5py.ref_dtype)),
        "holds no SimpleRNN, LSTM or GRU",
    ),
    "a group within itself": (lambda file: file.__setitem__("layers/lstm/again", file["layers"]), "is a group within itself"),
    "a number that is not finite": (replaced(put(np.full((3, 16), np.nan, "f4"))), f"{KERNEL} holds a number that is not finite"),
    "quantized weights": (replaced(put(np.zeros((3, 16), "i1"))), f"{KERNEL} holds int8 values"),
    "a kernel of another size": (replaced(put(np.zeros((5, 16), "f4"))), "is 5×16 and should be 3×16"),
    "a readout of another size": (
        lambda file: (file.__delitem__("layers/dense/vars/0"), file.__setitem__("layers/dense/vars/0", np.zeros((5, 2), "f4"))),
        "needs 4 rows to read layers/lstm",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", list(HOSTILE))
def test_a_hostile_file_is_refused(how: str, weights: Path) -> None:
    change, words = HOSTILE[how]
    with h5py.File(weights, "a", track_order=False) as file:
        change(file)
    with pytest.raises(ModelFileError) as raised:
        load_model(str(weights))
    assert words in str(raised.value)
    assert str(raised.value).startswith(f"{weights}: ")
    assert str(raised.value).count("\n") < 2


def bomb(path: Path) -> None:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(1 << 25))


def twice(path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"), ZipFile(path, "a") as archive:
        archive.writestr("config.json", "{}")


def member(name: str, data: bytes | None) -> Callable[[Path], object]:
    """A change of one member; None takes it out."""

    def change(members: dict[str, bytes]) -> None:
        members.pop(name)
        if data is not None:
            members[name] = data

    return lambda path: changed_archive(path, change)


LAMBDA = {
    "class_name": "Lambda",
    "config": {"name": "mine", "function": {"class_name": "__lambda__", "config": {"code": "4wEA"}}},
}
CIRCLE = {
    "class_name": "Functional",
    "config": {
        "layers": [
            {"class_name": kind, "name": name, "config": settings, "inbound_nodes": [[[reads, 0, 0, {}]]]}
            for kind, name, reads, settings in (
                ("Dropout", "one", "two", {}), ("Dropout", "two", "one", {}), ("LSTM", "lstm", "one", {"units": 5})
            )
        ]
    },
}  # fmt: skip
ARCHIVES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bomb": (bomb, "would grow from 32,"),
    "a member twice": (twice, "config.json stands twice"),
    "no weights": (member("model.weights.h5", None), "model.weights.h5 is missing"),
    "no configuration": (member("config.json", None), "config.json is missing"),
    "no JSON": (member("config.json", b"{"), ", its config.json:1:2: not JSON"),
    "JSON that is nested deeply": (member("config.json", b"[" * 10**5), "nested too deeply"),
    "no model": (member("config.json", b"[1]"), "its configuration is no model's"),
    "no layers of ours": (
        member("config.json", json.dumps({"class_name": "Sequential", "config": {"layers": [LAMBDA]}}).encode()),
        "holds no SimpleRNN, LSTM or GRU; it holds Lambda",
    ),
    "layers that read each other in a circle": (
        member("config.json", json.dumps(CIRCLE).encode()), "should be 3×20"
    ),
    "more layers than any model": (
        member("config.json", json.dumps({"class_name": "Sequential", "config": {"layers": [{"class_name": "Dropout", "config": {"name": f"d{k}"}} for k in range(5001)]}}).encode()),
        "holds more than 5,000 layers",
    ),
    "weights that are no HDF5": (member("model.weights.h5", b"no"), "a damaged HDF5 file"),
    "a cut archive": (lambda path: path.write_bytes(path.read_bytes()[:-30]), "not a .keras archive, or a damaged one"),
    "a pickle": (lambda path: path.write_bytes(pickle.dumps({})), "neither a .keras archive nor a file of HDF5"),
    "a pointer": (lambda path: path.write_bytes(b"version https://git-lfs.github.com/spec/v1"), "git lfs pull"),
    "nothing": (lambda path: path.write_bytes(b""), "neither a .keras archive nor a file of HDF5"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(ARCHIVES))
def test_an_archive_that_is_none_is_refused(how: str, archive: Path) -> None:
    change, words = ARCHIVES[how]
    change(archive)
    with pytest.raises(ModelFileError) as raised:
        load_model(str(archive))
    assert words in str(raised.value)
    assert str(raised.value).startswith(str(archive))


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (b"{", r"its metadata\.json:1:2: not JSON"),
        (bytes(17 << 20), r"metadata\.json would grow from [\d,]+ to 17,825,792 bytes"),
    ],
    ids=["no JSON", "a bomb"],
)
def test_who_saved_an_archive_is_asked_within_the_same_limits(metadata: bytes, words: str, archive: Path) -> None:
    changed_archive(archive, lambda members: members.pop("metadata.json", None))
    with ZipFile(archive, "a", ZIP_DEFLATED) as members:
        members.writestr("metadata.json", metadata)
    with pytest.raises(ModelFileError, match=words):
        built_by_keras(archive)


def test_an_archive_that_does_not_say_who_saved_it_is_not_built_by_keras(archive: Path) -> None:
    changed_archive(archive, lambda members: members.update({"metadata.json": b"[]"}))
    assert built_by_keras(archive) is None


@pytest.mark.parametrize("size", [0, 8, 1 << 40])
def test_a_heap_that_leads_round_in_a_circle_is_refused(size: int, tmp_path: Path) -> None:
    """The library would step on an object of size 0 for ever, and no signal would stop it."""
    path = unpacked("keras3.15-news.h5", tmp_path)
    data = bytearray(path.read_bytes())
    at = data.index(b"GCOL")
    here = at + 16
    while int.from_bytes(data[here : here + 2], "little"):  # up to what is free
        here += 16 + (int.from_bytes(data[here + 8 : here + 16], "little") + 7) // 8 * 8
    data[here + 8 : here + 16] = size.to_bytes(8, "little")
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=rf"its heap of texts at byte {at:,} is broken"):
        load_model(str(path))


def test_a_heap_is_whole_where_its_objects_fill_it() -> None:
    def heap(*objects: tuple[int, int], size: int, rest: int = 0) -> bytes:
        body = b"".join(
            pack("<H6xQ", index, length) + bytes(-(-length // 8) * 8 * bool(index)) for index, length in objects
        )
        return b"before" + b"GCOL\x01\x00\x00\x00" + pack("<Q", size) + body + bytes(rest)

    assert broken_heap(b"") is None
    for whole in (
        heap(size=16),
        heap((1, 8), size=16 + 24),
        heap((1, 9), (2, 0), size=16 + 32 + 16),
        heap((1, 1), (0, 40), size=16 + 24 + 40, rest=24),
        heap((1, 8), size=16 + 24 + 15, rest=15),  # no room for another header
    ):
        assert broken_heap(whole) is None
    for broken in (
        heap(size=16)[:-1],
        heap((1, 8), size=16 + 25),  # it ends behind the file
        heap((1, 8), size=16 + 23),  # its object ends behind it
        heap((0, 15), size=16 + 16),  # less than a header: the next is where this one is
        heap((1, 8), (0, 17), size=16 + 24 + 16),
    ):
        assert broken_heap(broken) == len(b"before")
    assert broken_heap(heap(size=16) + heap((0, 0), size=32)) == 16 + 2 * len(b"before")


def test_whatever_is_cut_or_changed_is_said_in_one_line(weights: Path) -> None:
    """Every cut, and a byte changed here and there: a model, or an error of ours; HDF5 itself must not fall over."""
    whole = weights.read_bytes()
    generator = np.random.default_rng(0)
    refused = 0
    for k in range(60):
        damaged = bytearray(whole)
        if k % 2:
            damaged[int(generator.integers(len(whole)))] ^= 1 << int(generator.integers(8))
        else:
            damaged = damaged[: int(generator.integers(len(whole)))]
        weights.write_bytes(damaged)
        try:
            load_model(str(weights))
        except ModelFileError as error:
            refused += 1
            assert str(error).startswith(f"{weights}: ")
    assert refused >= 30


def test_what_is_missing_is_named(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(InputError, match=r"needs h5py: pip install 'rnn-cli\[keras\]'"):
        load_model(str(weights))
    with pytest.raises(InputError, match=r"needs h5py: pip install 'rnn-cli\[keras\]'"):
        write(drawn(architecture_of("lstm")), weights.with_name("new.keras"))
