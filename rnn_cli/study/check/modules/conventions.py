"""In which order a module's gates stand, and other choices of its author that are no mistakes: whichever gives its numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import made_cell
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import MANY_TO_MANY, Architecture, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.referee.agreement import agrees
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.mutants.update_flipped import update_gate
from rnn_cli.core.referee.plan import Key, Plan
from rnn_cli.core.state import InitialStates
from rnn_cli.study.check.modules.weights import Piece, Place, Weights, pieces, usual_order


@dataclass(frozen=True)
class Convention:
    """One way to read a module's parameters. `said` is what is to be said of it: "" of the usual one."""

    order: tuple[str, ...]
    h_first: bool
    flipped: str | None

    def said(self, cell: Cell, weights: Weights) -> list[str]:
        """What differs from the usual, a line each."""
        usual, lines = usual_order(cell), []
        if weights.packed and self.order != usual:
            lines.append(
                f"its gates stand in the order {' '.join(self.order)}: its state_dict is none of torch.nn's, which has "
                f"{' '.join(usual)}"
            )
        if weights.joined and self.h_first:
            lines.append("its weights read [h, x], h first")
        if self.flipped is not None:
            lines.append(f"its {self.flipped} is 1 minus the {self.flipped} here, used so throughout: a convention")
        return lines


def every_convention(cell: Cell, weights: Weights) -> Iterator[Convention]:
    """All that are possible, the usual first."""
    orders = permutations(usual_order(cell)) if weights.packed and len(cell.gates) > 1 else [usual_order(cell)]
    keep = update_gate(cell)
    for order in orders:
        for h_first in (False, True) if weights.joined else (False,):
            for flipped in (None, keep) if keep else (None,):
                yield Convention(tuple(order), h_first, flipped)


def network_of(
    weights: Weights,
    cell: Cell,
    parts: Mapping[Place, Mapping[str, list[Piece]]],
    state: Mapping[str, Array],
    readout: Mapping[str, Array],
) -> Network:
    """The network whose weights are the module's, behind it the readout that the loss is taken of."""
    layers, ways = 1 + max(layer for layer, _ in weights.places), len({way for _, way in weights.places})
    chosen = tuple(
        (name, getattr(cell, name)) for name, values in cell.options.items() if getattr(cell, name) != values[0]
    )
    a = Architecture(
        cell.name,
        weights.input_size,
        weights.hidden_size,
        layers,
        ways == 2,
        MANY_TO_MANY,
        len(readout["b_y"]),
        0,
        chosen,
    )
    network = Network(a, Parameters(a.shapes()))
    for place, own in parts.items():
        for name, array in network.named(*place).items():
            array[...] = sum((piece.of(state) for piece in own.get(name, ())), np.zeros(array.shape))
    for name, array in readout.items():
        network.parameters[f"readout.{name}"][...] = array
    return network


def convention_of(
    weights: Weights,
    cell: Cell,
    state: Mapping[str, Array],
    readout: Mapping[str, Array],
    x: Array,
    initial: InitialStates,
    found: Mapping[Key, Array],
    tolerance: float,
) -> Convention:
    """The first convention that gives the module's states, as the cell or as another form of it; else the usual one."""
    for form in (cell, *other_forms(cell)):
        for one in every_convention(cell, weights):
            parts = pieces(weights, form, one.order, one.h_first, one.flipped)
            plan = Plan(network_of(weights, form, parts, state, readout), x, np.full(x.shape[1], len(x)), dict(initial))
            right = compute(plan, back=False)
            if all(agrees(right[key], array, tolerance) for key, array in found.items()):
                return one
    return next(every_convention(cell, weights))


def other_forms(cell: Cell) -> Iterator[Cell]:
    """The cell with each other value of its options: a mistake, but one beside which the order of the gates is seen."""
    chosen = {name: getattr(cell, name) for name in cell.options}
    for name, values in cell.options.items():
        for value in values:
            if value != chosen[name]:
                yield made_cell(cell.name, tuple({**chosen, name: value}.items()))
