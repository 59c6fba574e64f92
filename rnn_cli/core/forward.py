"""The forward pass of a whole network over a batch of sequences of different lengths.

Sequences stand one after the other in the middle axis, padded at the end with anything finite. Where a sequence has
ended its state is held at 0, so padding neither reaches a result nor can overflow. The backward direction runs over
each sequence turned round within its own length, with the same kernel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import Remark, Tape
from rnn_cli.core.fast import kernel_of
from rnn_cli.core.fast.inputs import Inputs, Rows, Vectors
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, Architecture, Network
from rnn_cli.core.reads import Reading
from rnn_cli.core.state import InitialStates, State


@dataclass(frozen=True)
class Dropout:
    """Dropout in training: each element is 0 with the probability of its rate, else divided by 1 - rate.

    rate        between layers, anew at every step
    embedding   of what the first layer reads of an embedding, the same at all steps of a sequence
    state       of h_{t-1} where a recurrent matrix reads it, the same at all steps of a sequence

    Sources: Zaremba, Sutskever and Vinyals, "Recurrent neural network regularization" (2014), between layers; Gal and
    Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks" (2016), the other two.
    """

    rate: float
    generator: "np.random.Generator"  # quoted wherever Generator stands: its name alone would load numpy.random
    embedding: float = 0.0
    state: float = 0.0

    def mask(self, output: Array) -> Array:
        """The factors that an output is multiplied by."""
        return self._factors(self.rate, output.shape, output.dtype)

    def of_embedding(self, batch: int, rows: Array) -> Array | None:
        """The factors of each sequence's vectors, (B, E), of rows (…, E); None where none is dropped."""
        return self._factors(self.embedding, (batch, rows.shape[-1]), rows.dtype) if self.embedding else None

    def of_state(self, h: Array) -> Array | None:
        """The factors of each sequence's h_{t-1}, (B, H); None where none is dropped."""
        return self._factors(self.state, h.shape, h.dtype) if self.state else None

    def _factors(self, rate: float, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> Array:
        keep = self.generator.random(shape, dtype=np.float32) >= rate
        factors: Array = keep.astype(dtype) / dtype.type(1 - rate)
        return factors


@dataclass(frozen=True, eq=False)
class DirectionRun:
    """One layer in one direction: its tape in the order in which the cell ran (for `backward`, from T to 1)."""

    layer: int
    direction: str
    tape: Tape


@dataclass(frozen=True, eq=False)
class ForwardRun:
    """A forward pass of a batch.

    runs       one per layer and direction
    output     (T, B, D*H), time order, 0 where a sequence has ended
    final      (layer, direction) -> the state after its last step, (B, H) each
    dropout    what each layer's output but the last's was multiplied by, () without dropout
    read       what the vectors of an embedding were multiplied by, (B, E); None without dropout
    reading    what a readout reads of all outputs; None where it reads the ends, every step, or nothing
    logits     (B, C) many-to-one, (T, B, C) many-to-many, None without a readout
    """

    runs: tuple[DirectionRun, ...]
    lengths: Array
    order: Array | None
    output: Array
    final: InitialStates
    logits: Array | None
    dropout: tuple[Array, ...] = ()
    read: Array | None = None
    reading: Reading | None = None

    def tape(self, layer: int, direction: str) -> Tape:
        """The tape of one layer and direction."""
        return next(one.tape for one in self.runs if (one.layer, one.direction) == (layer, direction))


def ends_of(final: InitialStates, architecture: Architecture) -> Array:
    """The last layer's h where each direction ends, side by side: what a readout at the end reads, (B, D*H)."""
    last = architecture.num_layers - 1
    ends = [final[last, direction].h for direction in architecture.directions]
    return ends[0] if len(ends) == 1 else np.concatenate(ends, axis=-1)


def what_is_read(architecture: Architecture, run: ForwardRun) -> Array:
    """What a readout reads of a run, or would read: (T, B, D*H) at every step, else (B, D*H)."""
    reading = reading_of(architecture, run)
    if reading is not None:
        return reading.read
    return run.output if architecture.task != MANY_TO_ONE else ends_of(run.final, architecture)


def reading_of(architecture: Architecture, run: ForwardRun) -> Reading | None:
    """What a readout reads, or would read, of all outputs; None where it reads every step, or the ends alone."""
    if architecture.task != MANY_TO_ONE or architecture.reads_ends:
        return None
    if run.reading is not None and run.reading.reads == architecture.reads:
        return run.reading
    return Reading(architecture.reads, architecture.forward_width, run.lengths).see(run.output)


def answers_of(network: Network, run: ForwardRun) -> Array:
    """What a loss is taken of: the logits, or without a readout what it would read."""
    return what_is_read(network.architecture, run) if run.logits is None else run.logits


def reversal(lengths: Array, steps: int) -> Array:
    """For each sequence the steps from its last to its first, then the padding where it is.

    lengths (B,) -> indices (T, B). Applying it twice gives the original order.
    """
    t = np.arange(steps)[:, None]
    return np.where(t < lengths, lengths - 1 - t, t)


def turn(sequence: Array, order: Array | None) -> Array:
    """Turn each sequence (T, B, …) round within its length; `order` is None where all fill the whole width."""
    if order is None:
        return sequence[::-1]
    turned: Array = sequence[order, np.arange(sequence.shape[1])]
    return turned


def run_forward(
    network: Network,
    x: Array | Rows,
    lengths: Array | None = None,
    initial: InitialStates | None = None,
    dropout: Dropout | None = None,
) -> ForwardRun:
    """Run a batch through all layers and the readout.

    x (T, B, I), or rows of an embedding; lengths (B,) with values in 1…T; `initial` maps (layer, direction) to
    a state (B, H), `Network.start` where it has no entry; `dropout` is for training.

    IndexError where a sequence reads a row that the embedding does not have.
    """
    architecture, cell = network.architecture, network.cell
    read, embedding = (x.ids, x.embedding) if isinstance(x, Rows) else (x, None)
    dtype = read.dtype if embedding is None else embedding.dtype
    steps, batch = read.shape[:2]
    padded = lengths is not None and bool((lengths != steps).any())
    lengths = np.full(batch, steps) if lengths is None else lengths
    mask = (np.arange(steps)[:, None] < lengths).astype(dtype)[..., None] if padded else None  # (T, B, 1)
    order = reversal(lengths, steps) if padded else None
    if mask is not None:
        inside = (mask > 0).reshape(steps, batch, *[1] * (read.ndim - 2))
        # The largest float in the padding would overflow in W x; where rows are read, a sequence reads its first again.
        read = np.where(inside, read, read.dtype.type(0) if embedding is None else read[:1])
    if embedding is not None and read.size and not 0 <= read.min() <= read.max() < len(embedding):
        raise IndexError(f"the embedding has rows 0 to {len(embedding) - 1}, not {read.min()} to {read.max()}")
    kernel = kernel_of(cell)
    runs: list[DirectionRun] = []
    last = np.arange(batch)
    final: InitialStates = {}
    kept: list[Array] = []
    output = read
    for layer in range(architecture.num_layers):
        outputs = []
        for direction in architecture.directions:
            first = network.start(layer, direction, initial, dtype, (batch,)).astype(dtype)
            turned = turn(output, order) if direction == BACKWARD else output
            inputs: Inputs = Vectors(turned) if layer or embedding is None else Rows(turned, embedding)
            left = None if dropout is None else dropout.of_state(first.h)
            tape = kernel.forward(network.packed(layer, direction), inputs, first, mask, left)
            runs.append(DirectionRun(layer, direction, tape))
            h = tape.h[1:]
            outputs.append(turn(h, order) if direction == BACKWARD else h)
            end = (lengths, last) if padded else -1
            # A copy: a view of the last step would keep the states of all steps in memory.
            final[layer, direction] = State(**{name: states[end].copy() for name, states in tape.states.items()})
        output = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=-1)
        if dropout is not None and dropout.rate and layer < architecture.num_layers - 1:
            kept.append(dropout.mask(output))
            output = output * kept[-1]
    run = ForwardRun(tuple(runs), lengths, order, output, final, None, tuple(kept))
    if not architecture.output_size:
        return run
    run = replace(run, reading=reading_of(architecture, run))
    return replace(run, logits=network.readout(what_is_read(architecture, run)))


SEGMENT = 1 << 14


def run_states(network: Network, x: Array, initial: InitialStates | None = None) -> ForwardRun:
    """The same for whole sequences through a network of one direction, in segments that do not keep their gates.

    The result has inputs and states for every step and nothing to backpropagate: its tapes' gates are empty, and so is
    the output; logits are None but where a readout reads the ends.

    x (T, B, I)
    """
    architecture, steps = network.architecture, len(x)
    silent = network.without_readout()
    states = dict(initial or {})
    whole: list[tuple[Array, dict[str, Array]]] = []
    run: ForwardRun | None = None
    for start in range(0, steps, SEGMENT):
        run = run_forward(silent, x[start : start + SEGMENT], initial=states)
        for k, one in enumerate(run.runs):
            if not start:
                read = np.empty((steps, *one.tape.x.shape[1:]), x.dtype)
                shape = (steps + 1, *one.tape.h.shape[1:])
                whole.append((read, {name: np.empty(shape, x.dtype) for name in one.tape.states}))
            inputs, kept = whole[k]
            inputs[start : start + SEGMENT] = one.tape.x
            for name, array in one.tape.states.items():
                kept[name][start : start + SEGMENT + 1] = array
        states = run.final
    assert run is not None
    runs = tuple(
        DirectionRun(one.layer, one.direction, Tape(Vectors(inputs), kept, one.tape.gates[:0]))
        for one, (inputs, kept) in zip(run.runs, whole, strict=True)
    )
    at_end = architecture.output_size and architecture.reads_ends
    logits = network.readout(ends_of(run.final, architecture)) if at_end else None
    return replace(run, runs=runs, lengths=np.full(x.shape[1], steps), output=run.output[:0], logits=logits)


@dataclass(frozen=True, eq=False)
class LayerStates:
    """What one layer holds in one direction for one sequence, in time order 1…T whatever the direction.

    initial (H,); states by name (T, H); gates by name (T, H). In the backward direction `initial` is the state before
    step T and h[0], the last one computed, has seen the whole sequence.
    """

    layer: int
    direction: str
    initial: State
    states: dict[str, Array]
    gates: dict[str, Array]

    @property
    def h(self) -> Array:
        """The hidden states, (T, H)."""
        return self.states["h"]

    def in_run_order(self) -> tuple[dict[str, Array], dict[str, Array]]:
        """The gates (T, H) and the states with the initial one before them (T+1, H), as the direction ran."""
        flip = slice(None, None, -1 if self.direction == BACKWARD else 1)
        gates = {name: array[flip] for name, array in self.gates.items()}
        return gates, {name: np.vstack([self.initial[name], array[flip]]) for name, array in self.states.items()}

    def remarks(self, cell: Cell, units: Sequence[int] | None = None) -> tuple[Remark, ...]:
        """What the cell has to say of this run, or of some of its units; nothing where a number is not finite."""
        units = units or range(1, self.h.shape[1] + 1)
        columns = [unit - 1 for unit in units]
        gates, states = ({name: array[:, columns] for name, array in part.items()} for part in self.in_run_order())
        if not all(np.isfinite(array).all() for array in (*gates.values(), *states.values())):
            return ()
        return cell.remarks(gates, states, units)


def layer_states(network: Network, run: ForwardRun, index: int) -> tuple[LayerStates, ...]:
    """Sequence `index` of a batch, cut out of the padding and put into time order."""
    length = int(run.lengths[index])
    states = []
    for one in run.runs:
        flip = slice(None, None, -1 if one.direction == BACKWARD else 1)
        tape = one.tape
        gates = tape.gates[:length, :, index][flip].transpose(1, 0, 2)
        states.append(
            LayerStates(
                one.layer,
                one.direction,
                tape.state(0).sequence(index),
                {name: array[1 : length + 1, index][flip] for name, array in tape.states.items()},
                dict(zip(network.cell.gates, gates, strict=True)),
            )
        )
    return tuple(states)
