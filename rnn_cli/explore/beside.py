"""The gradient's path through all cells side by side: the person's model, and random networks of its sizes on the same vectors."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rnn_cli.core.cells import CELLS
from rnn_cli.errors import RnnError
from rnn_cli.explore.edits import model_with_cell
from rnn_cli.explore.world import World
from rnn_cli.study.gradient_path import GradientPath
from rnn_cli.study.gradients import gradients_along


@dataclass(frozen=True, eq=False)
class Column:
    """One cell: the world of its network, and whether that is the one the person looks at.

    path    None where a number on the way left the finite range
    """

    world: World
    own: bool
    layer: int
    direction: str
    path: GradientPath | None

    @cached_property
    def cell(self) -> str:
        """Its short name."""
        return self.world.model.network.architecture.cell

    @cached_property
    def norms(self) -> dict[int, float]:
        """t -> log10 of ‖∂s_T/∂s_t‖, the last step of the run being T."""
        path = self.path
        return {} if path is None else {path.to_t(row.k): row.log_norm / np.log(10) for row in path.flow.rows}

    @cached_property
    def saturations(self) -> dict[int, float]:
        """t -> how flat the activations of the step are: from 0, all at their steepest, to 1."""
        return {} if self.path is None else {self.path.time(one.m): one.saturation for one in self.path.flow.jacobians}

    def kept(self, t: int) -> float | None:
        """What the cell's own gate keeps of the state before, the mean over its units; None where it has no such gate."""
        kept = self.world.model.network.cell.kept(self.world.trace.at(self.layer, self.direction, t))
        return None if kept is None else float(kept.mean())


def columns(world: World, layer: int, direction: str, own: GradientPath) -> list[Column]:
    """One for each cell of the table, kept once they are known. InputError where no such random network can be built."""
    return world.once(
        ("beside", layer, direction), lambda: [_column(world, cell, layer, direction, own) for cell in CELLS]
    )


def _column(world: World, cell: str, layer: int, direction: str, own: GradientPath) -> Column:
    if cell == world.model.network.architecture.cell:
        return Column(world, True, layer, direction, own)
    other = World(model_with_cell(world, cell), replace(world.sequence, initial={}), world.seed)
    return Column(other, False, layer, direction, _path(other, layer, direction))


def _path(world: World, layer: int, direction: str) -> GradientPath | None:
    try:
        return gradients_along(world.model, world.sequence, layer=str(layer), direction=direction)
    except RnnError:
        return None
