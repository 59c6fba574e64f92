"""BPTT in little memory: every N-th step's states are kept, and the backward pass computes the others again.

    forward    h_0 ─ N steps ─> h_N ─ N steps ─> h_2N … h_T     keep h_0, h_N, h_2N, …, forget the rest
    backward   for the last segment, then the one before it, …:
                   run the segment again from its first state, now with all that the backward pass reads
                   backpropagate it: its part of dL/dW is added up, its dL/dh_first goes on to the segment before

A segment is computed twice by the same kernel from the same numbers, so its states are the same to the last bit. The
gradient is that of full BPTT but for the order in which the steps' contributions are added up: rounding.

Memory, in numbers for a batch of B sequences (the inputs, their gradient and the logits' losses apart):

    one direction     T/N states of every layer + the tape of N steps: about √T where N is
    two directions    the same for one layer and direction at a time, + the outputs of every layer and one error of
                      that size: layer l reads the whole of layer l-1, in both directions

Each forward step is computed twice, except in the last segment: about 4/3 of the time of full BPTT where forward and
backward cost 1 and 2.

Source: Chen, Xu, Zhang and Guestrin, "Training deep nets with sublinear memory cost" (2016); Gruslys et al.,
"Memory-efficient backpropagation through time" (2016).
"""

from dataclasses import dataclass, replace
from math import isqrt

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import readout_backward, run_backward
from rnn_cli.core.cells.records import Tape
from rnn_cli.core.fast import kernel_of
from rnn_cli.core.fast.inputs import Vectors
from rnn_cli.core.forward import ForwardRun, reversal, run_forward
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.network import BACKWARD, MANY_TO_MANY, MANY_TO_ONE, Network, walk_back
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.reads import Reading
from rnn_cli.core.state import InitialStates, State


@dataclass(frozen=True, eq=False)
class Answers:
    """The targets of a batch, and the weight of each answer.

    targets   many-to-one (B,), many-to-many (T, B); values have one more axis
    weights   (B,) or (T, B): the loss is their weighted sum, 0 in the padding
    """

    kind: str
    targets: Array
    weights: Array


@dataclass(frozen=True, eq=False)
class Checkpointed:
    """The loss and its gradient.

    each         the unweighted loss of each answer, in the shape of the weights
    parameters   of everything that the network learns but the embedding
    inputs       (T, B, I)
    initial      (layer, direction) -> the errors of the initial state, (B, H) each
    every        N; segments: how many of them
    kept_bytes   what the kept states take, and outputs where the directions are two
    """

    total: float
    each: Array
    parameters: Parameters
    inputs: Array
    initial: InitialStates
    every: int
    segments: int
    kept_bytes: int


def automatic(steps: int) -> int:
    """N about 4 √T: the memory still grows with the root, and segments are long enough that their edges cost little."""
    return min(steps, 4 * (isqrt(max(steps - 1, 0)) + 1))


def checkpointed(
    network: Network,
    x: Array,
    answers: Answers,
    every: int | None = None,
    lengths: Array | None = None,
    initial: InitialStates | None = None,
) -> Checkpointed:
    """Loss and gradient of a batch, with the states kept at every N-th step.

    x (T, B, I), lengths (B,) in 1…T; `every` None: `automatic`; T or more: full BPTT, nothing computed twice.
    Without a readout the loss is that of the outputs themselves.
    """
    steps, batch, _ = x.shape
    every = automatic(steps) if every is None else min(every, steps)
    lengths = np.full(batch, steps) if lengths is None else lengths
    kind = _Forward if network.architecture.forward_only else _AnyDirection
    return kind(network, x, answers, every, lengths, initial or {}).run()


class _Segments:
    """What runs in one direction and in any share: the segments, the losses and the gradients as they grow."""

    def __init__(
        self, network: Network, x: Array, answers: Answers, every: int, lengths: Array, initial: InitialStates
    ) -> None:
        self.network, self.x, self.answers, self.every, self.lengths = network, x, answers, every, lengths
        self.given = initial
        self.bounds = [(start, min(start + every, len(x))) for start in range(0, len(x), every)]
        self.gradients = network.parameters.zeros()
        self.total = 0.0
        self.each = np.zeros(answers.weights.shape, dtype=x.dtype)
        self.initial: InitialStates = {}
        self.one = network.architecture.task == MANY_TO_ONE
        self.reading = Reading(network.architecture.reads, network.architecture.forward_width, lengths)

    def first_states(self, layer: int, direction: str) -> State:
        """The initial state."""
        return self.network.start(layer, direction, self.given, self.x.dtype, (self.x.shape[1],))

    def error_of_logits(self, logits: Array, rows: slice) -> Array:
        """dL/dlogits of some answers, whose losses are counted."""
        kind, weights = self.answers.kind, self.answers.weights[rows].astype(logits.dtype, copy=False)
        loss = loss_of(kind, logits, self.answers.targets[rows], weights)
        self.total += loss.total
        self.each[rows] = loss.each
        return loss.dlogits

    def readout(self, read: Array, rows: slice) -> Array:
        """The error of the readout's input, (…, D*H); adds the gradients of W_hy and b_y."""
        dlogits = self.error_of_logits(self.network.answers(read), rows)
        return readout_backward(self.network, read, dlogits, self.gradients)

    def done(self, inputs: Array, kept: int) -> Checkpointed:
        """The result."""
        return Checkpointed(
            self.total, self.each, self.gradients, inputs, self.initial, self.every, len(self.bounds), kept
        )


class _Forward(_Segments):
    """All layers run forward: a segment of time goes through the whole network."""

    def run(self) -> Checkpointed:
        """See `checkpointed`."""
        # The cells alone: what their outputs are read for is the business of `error_of_output`.
        self.cells = replace(
            self.network, architecture=replace(self.network.architecture, output_size=0, task=MANY_TO_MANY)
        )
        layers = range(self.network.architecture.num_layers)
        kept: list[InitialStates] = [{(layer, "forward"): self.first_states(layer, "forward") for layer in layers}]
        run: ForwardRun | None = None
        for start, stop in self.bounds:
            # The last segment's tape stays: it is the first that the backward pass needs.
            run = self.segment(start, stop, kept[-1])
            if self.one:
                self.reading.see(run.output, start)
            if stop < len(self.x):
                kept.append(run.final)
        error = self.readout(self.reading.read, slice(None)) if self.one else None
        errors: InitialStates = {}
        kept_bytes = sum(state.nbytes for states in kept for state in states.values())
        dinputs = np.empty_like(self.x)
        for (start, stop), states in zip(reversed(self.bounds), reversed(kept), strict=True):
            if run is None:
                run = self.segment(start, stop, states)
            outputs = slice(start, stop)
            of_output = self.readout(run.output, outputs) if error is None else self.reading.shares(start, stop) * error
            errors = self.back(run, outputs, of_output, errors, dinputs)
            run = None
            kept.pop()
        self.initial = errors
        return self.done(dinputs, kept_bytes)

    def segment(self, start: int, stop: int, states: InitialStates) -> ForwardRun:
        """A segment through all layers. A sequence that ended before the segment has no steps in it."""
        lengths = np.clip(self.lengths - start, 0, stop - start)
        return run_forward(self.cells, self.x[start:stop], lengths, states)

    def back(
        self, run: ForwardRun, steps: slice, of_output: Array, errors: InitialStates, dinputs: Array
    ) -> InitialStates:
        """Backpropagate a segment from the error of its outputs; -> the errors of its first states."""
        over = (run.lengths == 0)[:, None]
        running = {where: error.map(lambda array: np.where(over, 0, array)) for where, error in errors.items()}
        back = run_backward(self.cells, run, of_output, final=running, gradients=self.gradients)
        dinputs[steps] = back.inputs
        before: InitialStates = {}
        for where, error in back.initial.items():
            later = errors.get(where)
            if later is not None and over.any():  # the error of a sequence that ended earlier skips this segment
                error = error.merge(later, lambda own, waiting: np.where(over, waiting, own))
            before[where] = error
        return before


class _AnyDirection(_Segments):
    """Layers run backward too, or alone: layer by layer, one direction at a time, in segments of its own order."""

    def run(self) -> Checkpointed:
        """See `checkpointed`."""
        architecture = self.network.architecture
        steps = len(self.x)
        t = np.arange(steps)[:, None]
        inside = t < self.lengths
        self.mask = None if inside.all() else inside.astype(self.x.dtype)[..., None]
        self.order = {"forward": np.broadcast_to(t, inside.shape), BACKWARD: reversal(self.lengths, steps)}
        self.columns = np.arange(len(self.lengths))
        outputs = [self.x if self.mask is None else np.where(self.mask > 0, self.x, self.x.dtype.type(0))]
        kept: dict[tuple[int, str], list[State]] = {}
        for layer in range(architecture.num_layers):
            output = np.empty((*self.x.shape[:2], architecture.width_of(layer)), dtype=self.x.dtype)
            for direction in architecture.directions:
                part = output[..., architecture.part_of(layer, direction)]
                kept[layer, direction] = self.through(layer, direction, outputs[-1], part)
            outputs.append(output)
        kept_bytes = sum(state.nbytes for states in kept.values() for state in states)
        kept_bytes += sum(output.nbytes for output in outputs[1:])
        error = self.error_of_output(outputs.pop())

        def through(layer: int, direction: str, part: Array) -> Array:
            below = np.zeros_like(outputs[layer])
            self.back(layer, direction, outputs[layer], part, kept.pop((layer, direction)), below)
            if direction == architecture.directions[-1] and layer:
                outputs.pop()
            return below

        return self.done(walk_back(architecture, error, through), kept_bytes)

    def rows(self, direction: str, start: int, stop: int) -> tuple[Array, Array]:
        """The places in time of the steps start … stop of a run."""
        return self.order[direction][start:stop], self.columns

    def tape(self, layer: int, direction: str, inputs: Array, bounds: tuple[int, int], state: State) -> Tape:
        """A segment of one layer and direction."""
        start, stop = bounds
        mask = None if self.mask is None else self.mask[start:stop]
        x = Vectors(inputs[self.rows(direction, start, stop)])
        return kernel_of(self.network.cell).forward(self.network.packed(layer, direction), x, state, mask)

    def through(self, layer: int, direction: str, inputs: Array, output: Array) -> list[State]:
        """Run one layer and direction, fill its part of the output, and return the states before each segment."""
        state = self.first_states(layer, direction)
        kept = []
        for start, stop in self.bounds:
            kept.append(state)
            tape = self.tape(layer, direction, inputs, (start, stop), state)
            output[self.rows(direction, start, stop)] = tape.h[1:]
            state = tape.state(-1).map(np.copy)
        return kept

    def error_of_output(self, output: Array) -> Array:
        """The error of the last layer's output, from the loss: in place of the output where each step answers."""
        if not self.one:
            for start, stop in self.bounds:
                output[start:stop] = self.readout(output[start:stop], slice(start, stop))
            return output
        error = self.readout(self.reading.see(output).read, slice(None))
        for start, stop in self.bounds:
            np.multiply(self.reading.shares(start, stop), error, out=output[start:stop])
        return output

    def back(
        self,
        layer: int,
        direction: str,
        inputs: Array,
        error: Array,
        kept: list[State],
        below: Array,
    ) -> None:
        """Backpropagate one layer and direction, and add the error of its inputs to `below`."""
        packed = self.network.packed(layer, direction)
        future, kernel = kept[0].zeros_like(), kernel_of(self.network.cell)
        for (start, stop), state in zip(reversed(self.bounds), reversed(kept), strict=True):
            tape = self.tape(layer, direction, inputs, (start, stop), state)
            where = self.rows(direction, start, stop)
            errors = {name: error[where] if name == "h" else np.zeros_like(error[where]) for name in future}
            for name, array in future.items():
                errors[name][-1] += array
            gradient = kernel.backward(packed, tape, errors)
            for name, value in gradient.packed.items():
                self.gradients[f"layers.{layer}.{direction}.{name}"][...] += value
            below[where] += gradient.dx
            future = gradient.initial
        self.initial[layer, direction] = future
