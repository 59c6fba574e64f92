"""A network: what it is made of (Architecture) and what it has learnt (Parameters), in one readable place.

    layer 0      the input sequence x_1 … x_T runs through one cell, or two in opposite directions
    layer l      reads [h of the forward direction; h of the backward direction] of layer l-1, which may be of another size
    readout      logits = W_hy h + b_y: at every step (many-to-many: one answer for each of the many inputs), or once at
                 the end (many-to-one: one answer for all of the many inputs)

The readout at the end of a bidirectional network reads [forward h_T; backward h_1]: for each direction, the state
after it has seen the whole sequence (PyTorch's h_n). One that another program trained may read something else:
reads.py.

t counts the inputs in their own order, in both directions. The forward direction computes h_1, h_2, … h_T. The backward
direction computes h_T first, then h_{T-1}, and h_1 last. So where a cell's equations say h_{t-1}, they mean the state that
the same direction computed just before:

    forward      h_{t-1} is the state at t-1;  at t = 1 it is the initial state
    backward     h_{t-1} is the state at t+1;  at t = T it is the initial state

The errors go against the run. In the forward direction the error at h_t goes on to the state at t-1; in the backward
direction it goes on to the state at t+1.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import made_cell
from rnn_cli.core.cells.base import Cell, Place
from rnn_cli.core.fast.memory import aligned
from rnn_cli.core.fast.products import times
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT, MAX
from rnn_cli.core.state import InitialStates, State

FORWARD, BACKWARD = "forward", "backward"
MANY_TO_ONE, MANY_TO_MANY = "many-to-one", "many-to-many"


@dataclass(frozen=True)
class Architecture:
    """The sizes and choices that fix a network's shape.

    `output_size` 0 means that there is no readout, `embedding_rows` 0 that inputs arrive as vectors. `part_rows` counts the
    vectors of parts of words, which are added to that of the word (see embedding.py). `options` are the cell's
    own, as (name, value), where they are not the default. `reads` is what a many-to-one network's readout reads, of reads.py.
    `hidden_size` is that of every layer, or where layers differ of the last one, whose output is the network's: `layer_sizes`
    then has the size of each layer, first to last, and is () where all are alike (see `of_layers`). `backward_only` is of a
    network whose every layer runs from the last step to the first.
    """

    cell: str
    input_size: int
    hidden_size: int
    num_layers: int = 1
    bidirectional: bool = False
    task: str = MANY_TO_ONE
    output_size: int = 0
    embedding_rows: int = 0
    options: tuple[tuple[str, str], ...] = ()
    reads: str = FINAL_STATE
    layer_sizes: tuple[int, ...] = ()
    backward_only: bool = False
    part_rows: int = 0

    def of_layers(self, sizes: Iterable[int]) -> "Architecture":
        """The same with a layer of each of these sizes, first to last."""
        every = tuple(sizes)
        unequal = every if len(set(every)) > 1 else ()
        return replace(self, hidden_size=every[-1], num_layers=len(every), layer_sizes=unequal)

    def size_of(self, layer: int) -> int:
        """H, the hidden units of one direction of layer `layer` (from 0)."""
        return self.layer_sizes[layer] if self.layer_sizes else self.hidden_size

    @property
    def sizes(self) -> tuple[int, ...]:
        """The size of every layer, first to last."""
        return self.layer_sizes or (self.hidden_size,) * self.num_layers

    def part_of(self, layer: int, direction: str) -> slice:
        """Where the h of one direction stands in the output of a layer, (…, D*H)."""
        k, size = self.directions.index(direction), self.size_of(layer)
        return slice(k * size, (k + 1) * size)

    @property
    def reads_ends(self) -> bool:
        """Whether there is one answer, to what each direction ends with alone."""
        return all(self.reads_end_of(direction) for direction in self.directions)

    def reads_end_of(self, direction: str) -> bool:
        """Whether there is one answer, and of this direction it reads the last state that was computed."""
        last = self.reads == FINAL_STATE or (self.reads == LAST_OUTPUT and direction == FORWARD)
        return self.task == MANY_TO_ONE and last

    @property
    def reads_max(self) -> bool:
        """Whether there is one answer, to the largest outputs: it has a kink where two are equal."""
        return self.task == MANY_TO_ONE and self.reads == MAX

    def entries(self, steps: int) -> tuple[int, ...]:
        """The steps, from 1, at whose outputs an error enters: the last, or all of them.

        In the backward direction the error of a readout of the ends enters at step 1 in place of the last.
        """
        one = self.task == MANY_TO_ONE and self.reads in (FINAL_STATE, LAST_OUTPUT)
        return (steps,) if one else tuple(range(1, steps + 1))

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions of each layer, forward first."""
        return (FORWARD, BACKWARD) if self.bidirectional else (BACKWARD,) if self.backward_only else (FORWARD,)

    @property
    def forward_only(self) -> bool:
        """Whether every layer runs forward alone: a direction that all have needs no name."""
        return self.directions == (FORWARD,)

    @property
    def forward_width(self) -> int:
        """How many numbers of the output are of the forward direction; those of the backward one follow."""
        return 0 if self.backward_only else self.hidden_size

    def make_cell(self) -> Cell:
        """The cell, with this architecture's options. ValueError where the cell lacks one of them."""
        return made_cell(self.cell, self.options)

    def layer_input_size(self, layer: int) -> int:
        """The size of what layer `layer` (from 0) reads at each step."""
        return self.input_size if layer == 0 else self.width_of(layer - 1)

    def width_of(self, layer: int) -> int:
        """The size of the output of layer `layer` at each step: H for each direction."""
        return self.size_of(layer) * len(self.directions)

    @property
    def output_width(self) -> int:
        """The size of the last layer's output at each step."""
        return self.hidden_size * len(self.directions)

    @property
    def parameter_count(self) -> int:
        """How many numbers `shapes` lays out, by a formula that takes no memory; of layers of one size it costs the same for
        any number of them.
        """
        alike = self.num_layers - 2 if self.num_layers > 2 and not self.layer_sizes else 0
        counts = [self._count_of(layer) for layer in range(self.num_layers - alike)]
        layers = len(self.directions) * (sum(counts) + alike * counts[-1])
        return (
            (self.embedding_rows + self.part_rows) * self.input_size
            + layers
            + self.output_size * (self.output_width + 1)
        )

    def _count_of(self, layer: int) -> int:
        """The parameters of one direction of a layer."""
        shapes = self.make_cell().shapes(self.layer_input_size(layer), self.size_of(layer))
        return sum(prod(shape) for shape in shapes.values())

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The names and shapes of all parameters, in the order of the flat buffer."""
        shapes: dict[str, tuple[int, ...]] = {}
        if self.embedding_rows:
            shapes["embedding"] = (self.embedding_rows, self.input_size)
        if self.part_rows:
            shapes["parts"] = (self.part_rows, self.input_size)
        cell = self.make_cell()
        for layer in range(self.num_layers):
            for direction in self.directions:
                for name, shape in cell.shapes(self.layer_input_size(layer), self.size_of(layer)).items():
                    shapes[f"layers.{layer}.{direction}.{name}"] = shape
        if self.output_size:
            shapes["readout.W_hy"] = (self.output_size, self.output_width)
            shapes["readout.b_y"] = (self.output_size,)
        return shapes


def walk_back(architecture: Architecture, error: Array, through: Callable[[int, str, Array], Array]) -> Array:
    """Take an error back through all layers and directions, last layer first; -> the error of what layer 0 read.

    error (…, D*H) is that of the last layer's output, each direction's part beside the other's. `through` takes a layer,
    a direction and that direction's part (…, H) to the error of what the layer read; the directions' are added up.
    """
    for layer in reversed(range(architecture.num_layers)):
        below: Array | None = None
        for direction in architecture.directions:
            part = through(layer, direction, error[..., architecture.part_of(layer, direction)])
            below = part if below is None else below + part
        assert below is not None
        error = below
    return error


@dataclass(frozen=True, eq=False)
class Network:
    """An architecture with its parameters.

    `starts` are the states that a sequence begins with, (H,) for every layer and direction; {} of a network that begins
    with zeros, as most do.
    """

    architecture: Architecture
    parameters: Parameters
    places: Mapping[str, Place] = field(default_factory=dict)
    starts: InitialStates = field(default_factory=dict)

    @property
    def cell(self) -> Cell:
        """The cell that every layer and direction uses, with the places that were replaced in its steps."""
        cell = self.architecture.make_cell()
        return cell.replaced(self.places) if self.places else cell

    def start(
        self,
        layer: int,
        direction: str,
        given: Mapping[tuple[int, str], State] | None,
        dtype: Any,
        batch: tuple[int, ...] = (),
    ) -> State:
        """Where the memory of one layer and direction begins: as given, else as the network has it, else at zeros.

        (…, H), with `batch` in front; what is given has it already. Every run asks here, so that none can forget the
        network's own states.
        """
        where = layer, direction
        if given and where in given:
            return given[where]
        shape = (*batch, self.architecture.size_of(layer))
        if where in self.starts:
            return self.starts[where].map(lambda array: np.broadcast_to(array, shape).astype(dtype))
        return State.zeros(self.cell.states, shape, dtype)

    @property
    def named_starts(self) -> dict[str, Array]:
        """Its own starts under names like those of the parameters: layers.0.forward.h_0."""
        return {
            f"layers.{layer}.{direction}.{name}_0": array
            for (layer, direction), state in self.starts.items()
            for name, array in state.items()
        }

    def gradients_by_name(self, gradients: Parameters, layer: int, direction: str) -> dict[str, Array]:
        """The part of a gradient that belongs to one cell, under the names of the equations.

        The arrays are views of `gradients`: adding to them in place changes `gradients`.
        """
        return self.cell.named(gradients.group(f"layers.{layer}.{direction}"))

    def named(self, layer: int, direction: str) -> dict[str, Array]:
        """The parameters of one cell under the names of the equations: W_xi, W_hi, b_i, …"""
        return self.cell.named(self.packed(layer, direction))

    def packed(self, layer: int, direction: str) -> dict[str, Array]:
        """The packed parameters of one cell: W_x, W_h, b, …"""
        return self.parameters.group(f"layers.{layer}.{direction}")

    @property
    def parameter_count(self) -> int:
        """How many numbers are learnt, embedding and readout included."""
        return self.parameters.flat.size

    def readout(self, h: Array) -> Array:
        """logits = W_hy h + b_y.

        h (…, D*H) -> logits (…, C)
        """
        W_hy = self.parameters["readout.W_hy"]
        flat = h.reshape(-1, h.shape[-1])
        W_hyT = W_hy.T if len(flat) == 1 else np.ascontiguousarray(W_hy.T)  # a copy pays from a second row on
        logits = times(flat, W_hyT, aligned((len(flat), len(W_hy)), np.result_type(h, W_hy)))
        logits += self.parameters["readout.b_y"]
        return logits.reshape(*h.shape[:-1], len(W_hy))

    def answers(self, read: Array) -> Array:
        """What a loss is taken of: the logits, or where there is no readout what it would have read."""
        return self.readout(read) if self.architecture.output_size else read

    def without_readout(self) -> "Network":
        """The same network up to its states."""
        return replace(self, architecture=replace(self.architecture, output_size=0))

    def with_parameters(self, parameters: Parameters) -> "Network":
        """The same architecture with other numbers."""
        return replace(self, parameters=parameters)

    def with_embedding(self, rows: Array) -> "Network":
        """The same network behind an embedding, which it lacks: rows (V, I)."""
        whole = replace(self.architecture, embedding_rows=len(rows))
        parameters = Parameters(whole.shapes())
        for name, array in parameters.items():
            array[...] = rows if name == "embedding" else self.parameters[name]
        return replace(self, architecture=whole, parameters=parameters)
