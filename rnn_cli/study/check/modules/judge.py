"""What is to be said of a module that was run: its states and gradients against those of the cell with the same weights."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import made_cell
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import BACKWARD, FORWARD
from rnn_cli.core.referee.plan import Key
from rnn_cli.core.state import State
from rnn_cli.models.model import Model
from rnn_cli.models.options import options_of
from rnn_cli.study.check.arrays import TOLERANCES, check_arrays
from rnn_cli.study.check.modules.conventions import convention_of, network_of
from rnn_cli.study.check.modules.observe import CELL, Observed, Task
from rnn_cli.study.check.modules.weights import Piece, Place, Weights, pieces, read_weights
from rnn_cli.study.check.report import Finding, Report

STEPS, BATCH, CLASSES = 5, 3, 4
TOLERANCE = 1e-6
"""In double precision: autograd takes 1 - z of a gate that has rounded to almost 1, which loses digits and is no mistake."""


def cell_of(name: str, options: Mapping[str, str]) -> Cell:
    """A cell by its name and options."""
    return made_cell(name, options_of(name, dict(options)))


def task_for(weights: Weights, cell: Cell, seed: int, x: Array | None = None) -> Task:
    """Random sequences that show what a module computes, or those that are given (T, B, I); the states begin at random."""
    rng = np.random.default_rng(seed)
    ways = len({way for _, way in weights.places})
    x = rng.standard_normal((STEPS, BATCH, weights.input_size)) if x is None else x
    initial = {name: 0.5 * rng.standard_normal((x.shape[1], weights.hidden_size)) for name in cell.states}
    readout = {"W_hy": rng.standard_normal((CLASSES, ways * weights.hidden_size)), "b_y": rng.standard_normal(CLASSES)}
    return Task(x, initial, readout, rng.integers(0, CLASSES, x.shape[:2]))


def judged(
    source: str,
    observed: Observed,
    task: Task,
    weights: Weights,
    cell: Cell,
    tolerance: float | None,
) -> Report:
    """The report. The names are those of the module's parameters; what it returns is h, c, output, h_n."""
    limit = tolerance or (TOLERANCES["float32"] if observed.single else TOLERANCE)
    states = _states(observed, weights)
    initial = _initial(observed, task, weights)
    convention = convention_of(weights, cell, observed.state, task.readout, task.x, initial, states, limit)
    parts = pieces(weights, cell, convention.order, convention.h_first, convention.flipped)
    network = network_of(weights, cell, parts, observed.state, task.readout)
    model = Model(f"the weights of {source}", network, "file", labels=tuple(f"class {k}" for k in range(CLASSES)))
    arrays, names = _arrays(observed, parts)
    B = task.x.shape[1]
    each = [{place: _row(one, b) for place, one in initial.items()} for b in range(B)] if initial else []
    report = check_arrays(
        source,
        arrays,
        model,
        [task.x[:, b] for b in range(B)],
        [task.targets[:, b] for b in range(B)],
        names,
        limit,
        each,
    )
    return replace(report, said=(*observed.said, *convention.said(cell, weights), *_unread(weights, observed), *report.said),
                   behaviour=(*report.behaviour, *_behaviour(observed)))  # fmt: skip


def _row(one: State, b: int) -> State:
    return one.map(lambda array: array[b])


def _initial(observed: Observed, task: Task, weights: Weights) -> dict[Place, State]:
    """Where each layer and direction began: a cell where it was told to, a module of sequences that was not given it at 0."""
    if not observed.started:
        return {}
    return {place: State(**task.initial) for place in weights.places}


def _states(observed: Observed, weights: Weights) -> dict[Key, Array]:
    """What a convention must give: h of a cell, or the last layer's output."""
    if observed.kind == CELL:
        return {Key("h", 0, FORWARD): observed.results["h"]}
    last, size = max(layer for layer, _ in weights.places), weights.hidden_size
    ways = [way for way in (FORWARD, BACKWARD) if (last, way) in weights.places]
    output = observed.results["output"]
    return {Key("h", last, way): output[..., k * size : (k + 1) * size] for k, way in enumerate(ways)}


def _arrays(
    observed: Observed, parts: Mapping[Place, Mapping[str, list[Piece]]]
) -> tuple[dict[str, Array], dict[str, str]]:
    """Results and gradients under the person's names, and what each name is here."""
    arrays, names = dict(observed.results), {}
    several = len(parts) > 1
    uses: dict[str, int] = {}
    for own in parts.values():
        for those in own.values():
            for piece in those:
                uses[piece.name] = uses.get(piece.name, 0) + 1
    for (layer, way), own in {} if observed.detached else parts.items():
        where = f"layers.{layer}.{way}." if several else ""
        for ours, those in own.items():
            piece = those[0]
            name = f"{piece.name}.grad" + (f" ({ours})" if uses[piece.name] > 1 else "")
            arrays[name], names[name] = piece.of(observed.gradients), f"{where}d{ours}"
    if not observed.detached:
        arrays["dx"] = observed.dx
    return arrays, names


def _unread(weights: Weights, observed: Observed) -> list[str]:
    return [f"not read: {', '.join(weights.left[:6])}"] if weights.left else []


def _behaviour(observed: Observed) -> list[Finding]:
    found = []
    if observed.again:
        says = f"gives other {', '.join(observed.again)} when it is called again with the same"
        found.append(
            Finding("state-kept", "", says, "begin every sequence from the state that is given, or from zeros")
        )
    if observed.detached:
        says = "returns states that are detached from its parameters, so that no gradient reaches them"
        found.append(
            Finding("detached", "", says, "return h itself: no .detach(), .data, .item() or torch.tensor(h) on the way")
        )
    return found


def check_observed(
    source: str, observed: Observed, task: Task, cell: Cell, names: Mapping[str, str], tolerance: float | None
) -> Report:
    """The report on a module, its parameters read once more off their names and shapes."""
    return judged(source, observed, task, read_weights(source, observed.state, cell, names), cell, tolerance)
