"""rnn inspect --code numpy of what other programs saved: each format, and what a person says of a file."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.models.files import held_in
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.formats import FORMATS
from rnn_cli.models.writers.keras import write
from rnn_cli.models.writers.onnx import OPERATORS
from rnn_cli.study.code_weights import READERS
from tests.models.test_onnx import GRAPHS
from tests.models.test_onnx_starts import a_learnt_row, batches_first, the_same_in_each_row, two_nodes
from tests.support.keras_files import KERAS_HAS, drawn
from tests.support.networks import KINDS, architecture_of, each_value_once, slow_if
from tests.support.npz_files import equations
from tests.support.onnx_graphs import Graph
from tests.support.program_files import files_of, half, save_some_as_halves, started_files
from tests.support.programs import hold_program

STARTS = (a_learnt_row, the_same_in_each_row, two_nodes, batches_first)
onnx: Any = pytest.importorskip("onnx", reason="onnx is not installed")
h5py: Any = pytest.importorskip("h5py", reason="h5py is not installed")


@pytest.mark.parametrize("kind", slow_if(KINDS, "rnn relu", "gru reset before", "mingru"))
def test_a_program_reads_every_format(kind: str, tmp_path: Path) -> None:
    seen = {
        path.name for path, choices in files_of(kind, tmp_path, every=False) if hold_program(path, "numpy", choices)
    }
    kept = {"npz"} | ({"keras"} if kind in KERAS_HAS else set()) | ({"onnx"} if KINDS[kind][0] in OPERATORS else set())
    assert seen == {f"m{ending}" for name in kept for ending in FORMATS[name].suffixes}


def test_every_format_has_a_program() -> None:
    assert {one.title for one in FORMATS.values() if one.reader} <= set(READERS)


@pytest.mark.parametrize("how", list(GRAPHS))
def test_a_program_finds_what_nodes_make(how: str, tmp_path: Path) -> None:
    make, ids, *_ = GRAPHS[how]
    g = Graph(ids)
    program, _ = hold_program(Path(g.save(tmp_path / "m.onnx", *make(g))), "numpy")
    assert ("ReferenceEvaluator" in program) == (how == "weights cut out of an array")


def state_dict(folder: Path, **more: Array) -> Path:
    """An LSTM with an embedding and a readout of one unit."""
    draw = np.random.default_rng(3)
    shapes = {"emb.weight": (5, 2), "fc.weight": (1, 3), "fc.bias": (1,), "rnn.weight_ih_l0": (12, 2)}
    arrays = {name: draw.normal(size=shape).astype("<f4") for name, shape in shapes.items()}
    arrays |= {"rnn.weight_hh_l0": draw.normal(size=(12, 3)).astype("<f4"), **more}
    save_file({name: array for name, array in arrays.items() if array.size}, folder / "m.safetensors")
    return folder / "m.safetensors"


def arrays_of_keras(folder: Path, ending: str) -> Path:
    """The same network as Keras saves it."""
    write(drawn(architecture_of("lstm", 2, 3, output_size=1, embedding_rows=5), 3), folder / f"m{ending}")
    return folder / f"m{ending}"


def arrays_of_equations(folder: Path) -> Path:
    """The same in an .npz file."""
    model = drawn(architecture_of("lstm", 2, 3, output_size=1, embedding_rows=5), 3)
    np.savez(folder / "m.npz", **equations(model, False))  # type: ignore[arg-type]  # names of arrays
    return folder / "m.npz"


MADE: dict[str, Callable[[Path], Path]] = {
    "state dict": state_dict,
    "keras": lambda folder: arrays_of_keras(folder, ".keras"),
    "weights": lambda folder: arrays_of_keras(folder, ".weights.h5"),
    "equations": arrays_of_equations,
}
SAID = {
    "relu behind the embedding": Choices(embedding_activation="relu"),
    "tanh behind the embedding": Choices(embedding_activation="tanh"),
    "one unit as two classes": Choices(labels=("no", "yes")),
    "neither embedding nor readout": Choices(embedding="none", readout="none"),
}


@pytest.mark.parametrize(("made", "said"), each_value_once(product(MADE, SAID)))
def test_a_program_does_what_a_person_says_of_a_file(made: str, said: str, tmp_path: Path) -> None:
    path = MADE[made](tmp_path)
    _, found = hold_program(path, "numpy", SAID[said])
    assert ("logits" in found) == ("neither" not in said)
    assert "classes" not in said or found["logits"].shape == (2,)


def test_a_program_puts_weight_norm_together(tmp_path: Path) -> None:
    draw = np.random.default_rng(4)
    v = draw.normal(size=(12, 3))
    for k, g in enumerate((draw.normal(size=(12, 1)), draw.normal(size=(1, 3)), draw.normal(size=(1, 1)))):
        none = np.zeros(0)
        stored = {"rnn.weight_hh_l0_g": g, "rnn.weight_hh_l0_v": v, "rnn.weight_hh_l0": none}
        program, _ = hold_program(state_dict(tmp_path, **stored), "numpy")
        assert f"axis={(1, 0, (0, 1))[k]}," in program
    path = "net.parametrizations.weight_hh_l0.original"
    stored = {f"{path}0": draw.normal(size=(12, 1)), f"{path}1": v, "net.weight_ih_l0": draw.normal(size=(12, 2))}
    np.savez(tmp_path / "m.npz", **stored)  # type: ignore[arg-type]  # names of arrays
    hold_program(tmp_path / "m.npz", "numpy")


@pytest.mark.parametrize("both", [False, True])
def test_a_program_counts_a_projection_to_what_reads_it(both: bool, tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    arrays: dict[str, Array] = {}
    for layer in range(3):
        for end in ("", "_reverse")[: 1 + both]:
            shapes = {"weight_ih": (12, (2 + 2 * both) if layer else 2), "weight_hh": (12, 2), "weight_hr": (2, 3)}
            arrays |= {f"{kind}_l{layer}{end}": draw.normal(size=shape) for kind, shape in shapes.items()}
    for more in ({}, {"fc.weight": draw.normal(size=(4, 2 + 2 * both))}):
        save_file(arrays | more, tmp_path / "m.safetensors")
        _, found = hold_program(tmp_path / "m.safetensors", "numpy")
        assert found["logits"].shape == ((4,) if more else (3, 2 + 2 * both))


def test_a_program_widens_bfloat16(tmp_path: Path) -> None:
    path = state_dict(tmp_path)
    save_some_as_halves(path, {**load_file(path), "steps": np.array([3])}, "rnn.")
    program, found = hold_program(path, "numpy")
    assert "upper half of a float32" in program
    index = {"weight_map": dict.fromkeys(held_in(str(path)).arrays, path.name)}
    (tmp_path / "m.safetensors.index.json").write_text(json.dumps(index))
    _, again = hold_program(tmp_path / "m.safetensors.index.json", "numpy")
    np.testing.assert_array_equal(found["output"], again["output"])
    weights = arrays_of_keras(tmp_path, ".weights.h5")
    with h5py.File(weights, "r+") as file:
        name = "layers/lstm/cell/vars/0"
        (data, _), shape = half(file[name][()]), file[name].shape
        del file[name]
        file.create_dataset(name, data=np.frombuffer(data, "V2").reshape(shape))
    assert "upper half of a float32" in hold_program(weights, "numpy")[0]


@pytest.mark.parametrize("kind", [kind for kind, (cell, _) in KINDS.items() if cell in OPERATORS])
def test_a_program_begins_where_a_graph_does(kind: str, tmp_path: Path) -> None:
    for path in started_files(kind, tmp_path):
        assert "starts = [" in hold_program(path, "numpy")[0]


@pytest.mark.parametrize("make", STARTS)
def test_a_program_finds_the_states_that_nodes_make(make: Callable[[Graph], list[str]], tmp_path: Path) -> None:
    g = Graph(sizes=(2, "T"))
    program, _ = hold_program(Path(g.save(tmp_path / "m.onnx", *make(g))), "numpy")
    assert ('file["given"] = np.zeros((2, 1, 3), "float64")' in program) == (
        "Shape" in {one.op_type for one in g.nodes}
    )


def test_weights_that_are_made_by_the_sizes_of_what_is_given(tmp_path: Path) -> None:
    g = Graph()
    by_time = g.by_time()
    size = g.node("Slice", g.node("Shape", by_time), g.whole(2), g.whole(3))
    W = g.node("Reshape", g.drawn("flat", 48), g.node("Concat", g.whole(1, 16), size, axis=0))
    g.node("LSTM", by_time, W, g.drawn("R", 1, 16, 4), results=1, hidden_size=4)
    program, _ = hold_program(Path(g.save(tmp_path / "m.onnx", g.nodes[-1].output[0])), "numpy")
    assert 'file["given"] = np.zeros((1, 1, 3), "float64")  # nodes read its sizes alone' in program


def test_an_input_of_unknown_axes_has_no_sizes(tmp_path: Path) -> None:
    g = Graph()
    path = Path(g.save(tmp_path / "m.onnx", *a_learnt_row(g)))
    graph = onnx.load(path)
    graph.graph.input[0].type.tensor_type.ClearField("shape")
    onnx.save(graph, path)
    with pytest.raises(
        InputError, match=r"sizes of given, and the file does not say .*: rnn convert .*m\.onnx FILE\.onnx"
    ):
        hold_program(path, "numpy")


def test_an_archive_is_one_by_what_it_holds(tmp_path: Path) -> None:
    """A .keras file may be HDF5, and an .h5 file an archive."""
    archive = arrays_of_keras(tmp_path, ".keras").rename(tmp_path / "a.h5")
    whole = arrays_of_keras(tmp_path, ".h5").rename(tmp_path / "b.keras")
    for path, opened in ((archive, "ZipFile(FILE)"), (whole, "h5py.File(FILE)")):
        assert opened in hold_program(path, "numpy")[0]
