"""Graphs that begin with states of their own: read and written to the numbers of onnx.reference, and refused elsewhere."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.forward import run_forward
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.trace import trace
from rnn_cli.errors import InputError
from rnn_cli.models.foreign.choices import NOTHING
from rnn_cli.models.formats import FORMATS
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.models.proofs.onnx import outputs
from rnn_cli.models.writers.onnx import OPERATORS, write
from rnn_cli.study.convert import convert
from rnn_cli.study.diff import diff, random_inputs
from tests.support.networks import KINDS, architecture_of
from tests.support.onnx_graphs import Graph, computed
from tests.support.starts import started

onnx: Any = pytest.importorskip("onnx", reason="onnx is not installed")

IN_ONNX = [kind for kind, (cell, _) in KINDS.items() if cell in OPERATORS]
VECTORS = np.random.default_rng(1).standard_normal((2, 5, 3))  # (B, T, I)
close: Any = partial(np.testing.assert_allclose, atol=1e-12, rtol=0)


def for_all(g: Graph, name: str, x: str, directions: int = 1) -> str:
    """One state for every sequence of x (T, B, I), as an exporter writes h0.expand(-1, B, -1)."""
    batch = g.node("Gather", g.node("Shape", x), g.whole(1), axis=0)
    return g.node(
        "Expand", g.drawn(name, directions, 1, 4), g.node("Concat", g.whole(directions), batch, g.whole(4), axis=0)
    )


def a_learnt_row(g: Graph) -> list[str]:
    """One row for all sequences, in both directions of two layers; the second has no c of its own."""
    x = g.by_time()
    lower = g.beside(g.recurrent("LSTM", x, "", for_all(g, "h0", x, 2), for_all(g, "c0", x, 2), both=True), 8)
    return [g.beside(g.recurrent("LSTM", lower, "", for_all(g, "h1", x, 2), size=8, both=True), 8)]


def the_same_in_each_row(g: Graph) -> list[str]:
    """A constant of as many equal rows as there are sequences, and peepholes."""
    rows = g.constant("h0", np.repeat(g.generator.standard_normal((1, 1, 4)), 2, axis=1))
    Y = g.recurrent("LSTM", g.by_time(), "", rows, "", g.drawn("P", 1, 12))
    return [g.answer(g.node("Squeeze", f"{Y}_1", g.whole(0)))]


def two_nodes(g: Graph) -> list[str]:
    """A node for each direction, of which the backward one alone has a state of its own."""
    x = g.by_time()
    there = g.node("Squeeze", g.recurrent("GRU", x), g.whole(1))
    back = g.recurrent("GRU", x, "", for_all(g, "h0", x), direction="reverse")
    return [g.node("Concat", there, g.node("Squeeze", back, g.whole(1)), axis=2)]


def batches_first(g: Graph) -> list[str]:
    """layout 1: the sequences come first in the state too."""
    rows = g.constant("h0", np.repeat(g.generator.standard_normal((1, 1, 4)), 2, axis=0))
    return [g.node("Squeeze", g.recurrent("RNN", "given", "", rows, layout=1), g.whole(2))]


@pytest.mark.parametrize("make", [a_learnt_row, the_same_in_each_row, two_nodes, batches_first])
def test_a_graph_begins_where_its_file_says(make: Callable[[Graph], list[str]], tmp_path: Path) -> None:
    g = Graph(sizes=(2, "T"))
    path = g.save(tmp_path / "m.onnx", *make(g))
    wanted, model = computed(path, given=VECTORS)[0], load_model(path)
    run = run_forward(model.network, VECTORS.swapaxes(0, 1))
    found = run.output if run.logits is None else run.logits
    close(found.swapaxes(0, 1) if make is batches_first else found, wanted)
    without = run_forward(replace(model.network, starts={}), VECTORS.swapaxes(0, 1))
    assert np.abs(without.output - run.output).max() > 0.01
    node = next(node.name for node in g.nodes if len(node.input) > 5)
    assert model.read["starts"][0].startswith("initial_h of ")
    assert model.read["starts"][0].endswith(f" {node}")
    assert f"starts from {model.read['starts'][0]}, not from 0" in model.said


def test_a_state_of_zeros_is_none_of_its_own(tmp_path: Path) -> None:
    g = Graph()
    path = g.save(tmp_path / "m.onnx", g.recurrent("GRU", g.by_time(), "", g.constant("h0", np.zeros((1, 2, 4)))))
    model = load_model(path)
    assert (model.starts, "starts" in model.read) == ({}, False)


@pytest.mark.parametrize("kind", IN_ONNX)
@pytest.mark.parametrize(("sizes", "ways", "rows"), [((4,), "forward", 0), ((5, 4), "both", 7), ((4,), "backward", 0)])
def test_what_is_written_begins_there_too(
    kind: str, sizes: tuple[int, ...], ways: str, rows: int, tmp_path: Path
) -> None:
    path = tmp_path / "m.onnx"
    task = MANY_TO_MANY if ways == "both" else MANY_TO_ONE
    architecture = architecture_of(kind, 3, sizes, 0, ways == "both", task, 2, rows, ways == "backward")
    network = started(architecture)
    written = write(Model("m", network, "file"), path)
    assert {name for one in written for name in one.of} == {*architecture.shapes(), *network.named_starts}
    back = load_model(str(path))
    for name, array in network.named_starts.items():
        assert np.array_equal(back.network.named_starts[name], array)
    draw = np.random.default_rng(3)
    sequences = [draw.integers(0, rows, n) if rows else draw.standard_normal((n, 3)) for n in (1, 4)]
    for one, found in zip(sequences, outputs(path, sequences), strict=True):
        x = network.parameters["embedding"][one] if rows else one
        run, traced = run_forward(back.network, x[:, None]), trace(back.network, x)
        assert run.logits is not None
        close(run.output[:, 0], found["output"])
        close(run.logits[..., 0, :], found["logits"])
        close(traced.logits, found["logits"])


def test_formats_without_such_states_refuse_them(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    write(Model("m", started(architecture_of("lstm", 3, 4, output_size=2, embedding_rows=5)), "file"), path)
    model = load_model(str(path), NOTHING)
    for form in FORMATS.values():
        if not form.writer:
            continue
        target = str(tmp_path / f"to{form.suffixes[0]}")
        if form.starts:
            made = convert(model, str(path), target, form, "float64", 0)
            assert made.proof.passed
            assert {one.sources for one in made.arrays} >= {("layers.0.h_0",), ("layers.0.c_0",)}
            continue
        with pytest.raises(
            InputError, match=r"m\.onnx starts from initial_h of LSTM lstm_0 and .*, not from 0, and this format"
        ):
            convert(model, str(path), target, form, None, 0)


def test_a_start_that_got_lost_fails_the_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.onnx"
    network = started(architecture_of("gru reset after", 3, 4, output_size=2))
    tiny = {where: state.map(lambda array: 1e-14 * array) for where, state in network.starts.items()}
    write(Model("m", replace(network, starts=tiny), "file"), path)
    model = load_model(str(path), NOTHING)
    monkeypatch.setattr("rnn_cli.models.writers.onnx._starts", lambda *_: [])
    assert not convert(model, str(path), str(tmp_path / "to.onnx"), FORMATS["onnx"], "float64", 0).proof.passed


def test_models_that_begin_otherwise_are_not_equal() -> None:
    network = started(architecture_of("lstm", 3, 4, output_size=2))
    a, b = Model("a", network, "file"), Model("b", replace(network, starts={}), "file")

    def held(one: Model, other: Model) -> Any:
        return diff(one, other, ("a", "b"), 1e-12, random_inputs(one, other, 0), "random")

    assert held(a, a).equal
    found = held(a, b)
    assert not found.equal
    assert not found.explained
    assert [one.name for one in found.arrays if not one.equal] == ["layers.0.forward.h_0", "layers.0.forward.c_0"]
    assert found.first is not None
    assert found.first.t == 1


def test_units_in_another_order_begin_in_that_order() -> None:
    network, order = started(architecture_of("gru reset after", 3, 4, output_size=2)), [2, 0, 3, 1]
    turned = {where: state.map(lambda array: array[order]) for where, state in network.starts.items()}
    moved = replace(network, parameters=network.parameters.copy(), starts=turned)
    for name, array in moved.named(0, "forward").items():
        array[...] = array[order][:, order] if name.startswith("W_h") else array[order]
    moved.parameters["readout.W_hy"][...] = network.parameters["readout.W_hy"][:, order]
    a, b, c = (Model("m", one, "file") for one in (network, moved, replace(moved, starts=network.starts)))
    found = diff(a, b, ("a", "b"), 1e-12, random_inputs(a, b, 0), "random")
    assert (found.equal, found.mistakes) == (True, ["units-permuted"])
    assert not diff(a, c, ("a", "c"), 1e-12, random_inputs(a, c, 0), "random").equal
