"""rnn inspect: the table's numbers are those of the file, under the names of the equations."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from rnn_cli.models.bundled import samples_directory
from rnn_cli.models.trained import save_trained
from tests.conftest import Command
from tests.support.models import random_trained
from tests.support.schemas import validate

GATES = {"rnn": "h", "gru": "rzn", "lstm": "ifgo"}


def state_dict(cell: str, inputs: int, hidden: int, layers: int, both: bool) -> dict[str, Any]:
    """A PyTorch state dict of that module, every number different."""
    generator = np.random.default_rng(7)
    rows = len(GATES[cell]) * hidden
    arrays: dict[str, Any] = {}
    for layer in range(layers):
        for end in ("", "_reverse")[: 1 + both]:
            width = hidden * (1 + both) if layer else inputs
            arrays[f"weight_ih_l{layer}{end}"] = generator.standard_normal((rows, width)).astype(np.float32)
            arrays[f"weight_hh_l{layer}{end}"] = generator.standard_normal((rows, hidden)).astype(np.float32)
            arrays[f"bias_ih_l{layer}{end}"] = generator.standard_normal(rows).astype(np.float32)
            arrays[f"bias_hh_l{layer}{end}"] = generator.standard_normal(rows).astype(np.float32)
    return arrays


def inspected(call: Command, *arguments: str) -> Any:
    """The valid document of a run that went well."""
    result = call("inspect", *arguments, "--json")
    assert result.code == 0
    assert not result.stderr or "(--activation)" in result.stderr
    return validate(result.document())


def holds(entry: Any, array: Any) -> None:
    """The entry describes that array."""
    values = np.asarray(array, dtype=np.float64)
    assert entry["shape"] == list(values.shape)
    assert entry["count"] == values.size
    assert (entry["min"], entry["max"]) == (values.min(), values.max())
    assert entry["norm"] == pytest.approx(np.sqrt((values**2).sum()), rel=1e-12)


def test_a_bundled_model_is_described_number_by_number(call: Command) -> None:
    document = inspected(call, "nlp")
    file = json.loads((samples_directory() / "models" / "nlp.json").read_text())
    layer, readout = file["parameters"]["layers"][0], file["parameters"]["readout"]
    entries = {entry["name"]: entry for entry in document["parameters"]}
    assert list(entries) == ["embedding", "W_xh", "W_hh", "b_h", "W_hy", "b_y"]
    for name, array in {"embedding": list(file["embedding"].values()), **layer, **readout}.items():
        holds(entries[name], array)
    eigenvalues = np.linalg.eigvals(np.array(layer["W_hh"]))
    assert entries["W_hh"]["spectral_radius"] == pytest.approx(np.abs(eigenvalues).max(), rel=1e-12)
    assert entries["W_hh"]["spectral_norm"] == pytest.approx(np.linalg.svd(layer["W_hh"])[1][0], rel=1e-12)
    assert [name for name, entry in entries.items() if "spectral_radius" in entry] == ["W_hh"]
    assert sum(entry["count"] for entry in entries.values()) == document["model"]["parameter_count"]
    assert (document["about"], document["format"]) == (file["about"], "rnn.model/1")
    assert (document["vocabulary_size"], document["output_size"]) == (len(file["embedding"]), 2)
    assert document["conventions"]["inputs"] == "embedding"
    assert not document["conventions"]["lowercase"]


@pytest.mark.parametrize(("cell", "layers", "both"), [("lstm", 2, True), ("gru", 1, False), ("rnn", 1, True)])
def test_a_bare_state_dict_is_cut_into_gates_and_its_biases_are_summed(
    call: Command, tmp_path: Path, cell: str, layers: int, both: bool
) -> None:
    arrays = state_dict(cell, 5, 7, layers, both)
    path = tmp_path / "torch.safetensors"
    save_file(arrays, path)
    document = inspected(call, str(path))
    assert document["format"] == "PyTorch state dict"
    conventions = document["conventions"]
    assert conventions["gate_order"] == list(GATES[cell])
    assert conventions["biases_summed_on_import"]
    assert conventions["stored_dtype"] == "float32"
    assert conventions["reset_after"] == (True if cell == "gru" else None)
    seen = 0
    for entry in document["parameters"]:
        end = f"l{entry['layer']}" + "_reverse" * (entry["direction"] == "backward")
        name, gate = entry["name"], entry["name"][-1]
        rows = slice(7 * GATES[cell].index(gate), 7 * GATES[cell].index(gate) + 7)
        first, second = (arrays[f"bias_{kind}_{end}"][rows].astype(np.float64) for kind in ("ih", "hh"))
        if name == "b_hn":
            holds(entry, second)
        elif name.startswith("b_"):
            holds(entry, first if cell == "gru" and gate == "n" else first + second)
        else:
            holds(entry, arrays[f"weight_{'hh' if name.startswith('W_h') else 'ih'}_{end}"][rows])
        seen += entry["count"]
    extra = 7 if cell == "gru" else 0
    biases = sum(array.size for name, array in arrays.items() if name.startswith("bias_ih"))
    weights = sum(array.size for name, array in arrays.items() if name.startswith("weight"))
    assert seen == weights + biases + extra


def test_the_page_names_the_conventions(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "torch.safetensors"
    save_file(state_dict("gru", 5, 7, 1, False), path)
    page = call("inspect", str(path))
    assert (page.code, page.stderr) == (0, "")
    text = " ".join(page.stdout.split())
    for part in (
        "r z n, in PyTorch's order: its weight_ih_l0 is W_xr, W_xz, W_xn",
        "summed into one on import. The n gate keeps both, b_n and b_hn",
        "after the product",
        "stored as float32, computed in float64",
        "rnn trace -h how to give it ids or vectors",
    ):
        assert part in text
    nlp = call("inspect", "nlp").stdout
    document = inspected(call, "nlp")
    for entry in document["parameters"]:
        (row,) = [line.split() for line in nlp.splitlines() if line.split()[:1] == [entry["name"]]]
        assert row[1:6] == [
            "×".join(map(str, entry["shape"])),
            str(entry["count"]),
            f"{entry['min']:+.4f}",
            f"{entry['max']:+.4f}",
            f"{entry['norm']:.4f}",
        ]


@pytest.mark.parametrize(
    ("matrix", "says"),
    [
        ([[0.5, 0.0], [0.0, 0.3]], "each step through it shrinks every difference"),
        ([[0.5, 3.0], [0.0, 0.3]], "for some steps it can make it grow first"),
        ([[1.5, 0.0], [0.0, 0.3]], "it makes at least one direction grow in the long run"),
        ([[1.0, 0.0], [0.0, 1.0]], "keeps at least one direction from shrinking"),
        ([[0.0, 1.0], [0.0, 0.0]], "but not at every step"),
    ],
)
def test_the_notice_tells_a_short_growth_from_a_lasting_one(
    call: Command, tmp_path: Path, matrix: list[list[float]], says: str
) -> None:
    path = tmp_path / "m.json"
    layer = {"W_xh": [[1.0], [1.0]], "W_hh": matrix, "b_h": [0.0, 0.0]}
    path.write_text(json.dumps({"format": "rnn.model/1", "parameters": {"layers": [layer]}}))
    assert says in " ".join(call("inspect", str(path)).stdout.split())


@pytest.mark.parametrize(
    ("biases", "says"), [([0.0, 0.0], "set f to 0.50:"), ([0.0, 1.0], "set f between 0.50 and 0.73:")]
)
def test_the_notice_says_one_share_where_all_units_keep_the_same(
    call: Command, tmp_path: Path, biases: list[float], says: str
) -> None:
    path = tmp_path / "m.json"
    layer: dict[str, Any] = {f"W_x{gate}": [[1.0], [1.0]] for gate in "ifgo"}
    layer |= {f"W_h{gate}": [[0.0, 0.0], [0.0, 0.0]] for gate in "ifgo"} | {f"b_{gate}": biases for gate in "ifgo"}
    path.write_text(json.dumps({"format": "rnn.model/1", "cell": "lstm", "parameters": {"layers": [layer]}}))
    assert says in " ".join(call("inspect", str(path)).stdout.split())


def test_a_trained_model(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    save_trained(path, random_trained())
    document = inspected(call, str(path))
    assert (document["format"], document["vocabulary_size"]) == ("rnn.checkpoint/1", 3)
    assert document["conventions"]["reset_after"] is False
    assert document["conventions"]["unknown_words"] == "the vector of <unk>"
    assert "before the product" in call("inspect", str(path)).stdout


def test_what_is_no_model_is_refused_with_the_right_code(call: Command, tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"not tensors")
    missing = call("inspect", "nope")
    assert (missing.code, missing.stdout) == (2, "")
    assert "imdb, nlp" in missing.stderr
    assert call("inspect", str(broken)).code == 4
    assert call("inspect").code == 2
    assert call("inspect", "nlp", "--activation", "sine").code == 2
