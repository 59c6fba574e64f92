"""Fast kernels that compute the cells' steps. You can understand recurrent networks without them.

A cell runs on its own steps (Cell.forward, Cell.backward, Cell.jacobian). Where a file of this folder has the name of the
cell's own file, it holds a tuned kernel that registers itself; the property tests tie it to the steps.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import CellGradient, Step, Tape
from rnn_cli.core.fast.inputs import Inputs, Rows, Vectors
from rnn_cli.core.state import State


class Kernel(Protocol):
    """What computes a cell's layer over a whole batch. The cell itself is one: its derived loops have these forms."""

    def forward(
        self, p: Packed, inputs: Inputs, initial: State, mask: Array | None = None, dropped: Array | None = None
    ) -> Tape:
        """All steps of a batch. Where mask (T, B, 1) is 0, a sequence has ended and its state is 0. `dropped`: see Tape."""

    def backward(self, p: Packed, tape: Tape, errors: Mapping[str, Array], keep_dh: bool = False) -> CellGradient:
        """All steps of a batch, backwards. errors (T, B, H) arrive from the outputs, one array for each state."""

    def jacobian(self, p: Packed, step: Step) -> Array:
        """The derivative of the states after a step by those before, (S*H, S*H)."""


REGISTERED: dict[type[Cell], Callable[[Cell], Kernel]] = {}
"""The tuned kernels, by the class of their cell."""


def register(cell: type[Cell]) -> Callable[[Callable[[Cell], Kernel]], Callable[[Cell], Kernel]]:
    """Make a class the tuned kernel of a cell."""

    def keep(kernel: Callable[[Cell], Kernel]) -> Callable[[Cell], Kernel]:
        REGISTERED[cell] = kernel
        return kernel

    return keep


class Derived:
    """The cell's own loops, fed with vectors."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    def forward(
        self, p: Packed, inputs: Inputs, initial: State, mask: Array | None = None, dropped: Array | None = None
    ) -> Tape:
        """See Kernel. Rows of an embedding are looked up: the steps read vectors."""
        read = Vectors(inputs.x) if isinstance(inputs, Rows) else inputs
        return self.cell.forward(p, read, initial, mask, dropped)

    def backward(self, p: Packed, tape: Tape, errors: Mapping[str, Array], keep_dh: bool = False) -> CellGradient:
        """See Kernel."""
        return self.cell.backward(p, tape, errors, keep_dh)

    def jacobian(self, p: Packed, step: Step) -> Array:
        """See Kernel."""
        return self.cell.jacobian(p, step)


def kernel_of(cell: Cell) -> Kernel:
    """The tuned kernel of a cell, or its own loops: only these loops know places that were replaced."""
    tuned = None if cell.places else _tuned(type(cell))
    return Derived(cell) if tuned is None else tuned(cell)


def _tuned(kind: type[Cell]) -> Callable[[Cell], Kernel] | None:
    _load(kind.__module__)
    return REGISTERED.get(kind)


@cache
def _load(cell_module: str) -> None:
    """Load the file of this folder that has the name of a cell's own file, if there is one."""
    room, _, name = cell_module.rpartition(".")
    if room == "rnn_cli.core.cells" and find_spec(f"{__name__}.{name}") is not None:
        import_module(f"{__name__}.{name}")
