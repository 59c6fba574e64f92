"""Files of arrays: what they hold, in the precision in which it was saved; and what is refused."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from rnn_cli.errors import InputError
from rnn_cli.study.check.files import read_arrays, read_map


def test_three_kinds_of_files_hold_the_same(tmp_path: Path) -> None:
    h = np.random.default_rng(0).standard_normal((3, 4))
    arrays: dict[str, Any] = {"h": h, "loss": np.array(0.5), "g": h.astype(np.float32)}
    np.savez(tmp_path / "a.npz", **arrays)
    np.savez_compressed(tmp_path / "b.npz", **arrays)
    save_file(arrays, tmp_path / "a.safetensors")
    for name in ("a.npz", "b.npz", "a.safetensors"):
        found = read_arrays(str(tmp_path / name))
        assert {key: array.dtype for key, array in found.items()} == {k: v.dtype for k, v in arrays.items()}
        assert all(np.array_equal(found[key], arrays[key]) for key in arrays)
    nested = {
        "loss": 0.5,
        "grads": {"W_hh": h.tolist()},
        "layers": [{"b": [1, 2]}],
        "about": "text",
        "h": [[[1.0]], [[1], [2]]],
    }
    (tmp_path / "a.json").write_text(json.dumps(nested))
    found = read_arrays(str(tmp_path / "a.json"))
    assert list(found) == ["loss", "grads.W_hh", "layers.0.b", "h"]
    assert found["h"].shape == (2, 2, 1)
    assert np.isnan(found["h"][0, 1])


def test_what_could_run_code_or_is_no_array_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "o.npz", h=np.array([[1], [1, 2]], dtype=object))
    with pytest.raises(InputError, match=r"o\.npz: h is an array of Python objects"):
        read_arrays(str(tmp_path / "o.npz"))
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("h.npy", bytes(1 << 25))
    with pytest.raises(InputError, match="would grow"):
        read_arrays(str(tmp_path / "bomb.npz"))
    for name, text, said in (
        ("a.json", "[1, 2]", "an object with a name for each array"),
        ("b.json", '{"h": [1, "x"]}', "h is no array"),
        ("c.json", '{"h": ', r"c\.json:1:7: not JSON"),
        ("d.npz", "text", "not a .npz file"),
        ("e.safetensors", "text", "not a safetensors file"),
        ("f.csv", "1,2", "arrays are read from .npz"),
        ("g.json", "{}", "holds no array"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match=said):
            read_arrays(str(tmp_path / name))


def test_a_map_is_json_or_lines(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"foo": "h", "bar": null}')
    (tmp_path / "m.txt").write_text("# mine\nfoo = h\n\nbar=none  # not compared\n")
    assert read_map(str(tmp_path / "m.json")) == read_map(str(tmp_path / "m.txt")) == {"foo": "h", "bar": "none"}
    for text, said in (
        ("foo", "m.txt:1: write their name"),
        ("a = h\na = c", "m.txt:2: a is named twice"),
        ('{"a": 1}', "a name stands"),
    ):
        (tmp_path / "m.txt").write_text(text)
        with pytest.raises(InputError, match=said):
            read_map(str(tmp_path / "m.txt"))
