"""Backpropagation through time of one sequence, one readable step at a time: what each loss gives through each step is kept apart.

Every loss step k sends its own error back. The errors of all loss steps travel side by side, as the leading axis of
the arrays, so each pair (k, t) shows what the loss at k gives to the weights through step t. One loss whose readout reads
every step, as the mean or the max of the outputs, enters at every step: there k counts the steps where it enters.

    dL/dW = sum_k sum_t (dL_k/dh_t) (∂⁺h_t/∂W)

where ∂⁺ is the immediate derivative, with h_{t-1} held fixed (Pascanu, Mikolov and Bengio 2013, equations 3 to 5). The
sum runs over t because every step uses the same W: W changes the loss through each of them, and these changes add up. The
term of the step where an error enters is that loss step's immediate part: t = k, or t = 1 in the backward direction of a
network with one loss at the end.

The whole error at h_t has two parts, which are added up here and not in the cell:

    dh_t = the error of its own output + what the step after it (in the order of the run) passes back

A cell's step_backward takes this dh_t and returns the second part of dh_{t-1}.

Truncation (k1, k2): a backward pass starts at every k1-th step s, and at T. It takes the losses since the previous start
and covers the steps s - k2 + 1 … s alone (Williams and Peng 1990; k1 = h', k2 = h). With `--truncate K` every loss step k
has the window k - K + 1 … k of its own. Every layer is cut at the same step; in the backward direction time runs the other
way, so the cut lies as many steps to the right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention.look import LookErrors
from rnn_cli.core.cells.records import StepGradient
from rnn_cli.core.departure import (
    COMPONENT,
    OUTPUT,
    Departure,
    Numbers,
    all_safe,
    first_departure,
    numbers_of_rows,
    numbers_of_update,
)
from rnn_cli.core.learning.losses import Loss, loss_of
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, Architecture, walk_back
from rnn_cli.core.norms import norm, norms
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import InitialStates, State
from rnn_cli.core.trace import Trace


@dataclass(frozen=True)
class Truncation:
    """Truncated BPTT. k1 None: every loss step goes back k2 steps of its own."""

    k1: int | None
    k2: int


@dataclass(frozen=True, eq=False)
class Target:
    """What the network should have said: a loss and its targets, (1,) or (T,) class numbers or (…, C) values.

    weights (1,) or (T,) are 0 for steps that are not scored. `mean` says that they add up to 1.
    """

    kind: str
    targets: Array
    weights: Array
    mean: bool = False

    @property
    def reduction(self) -> str:
        """How the losses become one."""
        return "mean" if self.mean else "sum"


@dataclass(frozen=True, eq=False)
class BackStep:
    """One step of one layer and direction in the backward pass.

    from_output   (K, H), what arrives at h from the output, for each loss step
    from_future   (K, H) each, what arrives at each state (h, c, …) from the next step of the run
    gradient      the cell's own backward record for the sum over the loss steps

    K is the number of loss steps. A sequence that is too long to be itemised (see can_itemise) carries one error, the sum
    over its loss steps: there K is 1. A many-to-one network has one loss, so its K is 1 too.
    """

    t: int
    layer: int
    direction: str
    from_output: Array
    from_future: State
    gradient: StepGradient


@dataclass(frozen=True, eq=False)
class Items:
    """What each of the K loss steps gives to the weights.

    norms       (K, T), the norm of what loss step k gives to the recurrent weights through step t, or to all weights of
                a cell that has no recurrent ones
    cell_norms  (K, T), the same for all parameters of the cells
    directions  direction -> (K, T), cell_norms of the cells of one direction
    totals      (K,), the norm of its whole gradient of the recurrent weights (of the sum over t, not the sum of the norms)
    immediate   (K,), the norm of its part at the step where it enters: t = k, or for one loss at the end t = 1 in the
                backward direction. In a lower layer of a bidirectional stack this step's error may have come through
                the memory of the layer above
    """

    norms: Array
    cell_norms: Array
    directions: dict[str, Array]
    totals: Array
    immediate: Array


@dataclass(frozen=True, eq=False)
class Looked:
    """What went back through the attention of a decoder.

    errors      of the steps of the decoder, as a batch of one
    gradients   of the attention's weights
    remembered  (K, T, D), what each loss step gives to the states that the encoder read; K is 1 without items
    """

    errors: LookErrors
    gradients: Parameters
    remembered: Array

    @cached_property
    def norms(self) -> Array | None:
        """The norm of what each loss step gives to each state that the encoder read, (K, T); None where K is 1."""
        apart = len(self.remembered) == len(self.errors.dread)
        return norms(self.remembered) if apart else None


@dataclass(frozen=True, eq=False)
class Bptt:
    """The whole backward pass of a sequence.

    loss_steps   the time t of each loss (1…T)
    entries      the time t at which each of the K errors enters: that of its loss, or 1…T where the readout of the one
                 loss reads every step
    steps        back steps in the order of Trace.steps
    gradients    of all parameters but the embedding, in the layout of the network's
    inputs       (T, I), dL/dx_t for the x_t that layer 0 reads
    initial      (layer, direction) -> the errors of the initial state; initial_each the same for each loss step, (K, H),
                 where K is 1 without items
    looked       of a decoder with attention: what went back through it
    items        what each loss step gave to the recurrent weights through each step; None for a long sequence
    allowed      direction -> (number of loss steps, T), where an error may go; all True without truncation
    """

    trace: Trace
    target: Target
    loss: Loss
    loss_steps: tuple[int, ...]
    entries: tuple[int, ...]
    steps: tuple[BackStep, ...]
    gradients: Parameters
    inputs: Array
    initial: InitialStates
    items: Items | None
    truncation: Truncation | None
    allowed: dict[str, Array]
    initial_each: InitialStates
    looked: "Looked | None" = None

    @cached_property
    def departure(self) -> Departure | None:
        """The first number that left the finite range, in the order of computation: forward, the loss, backwards."""
        if self.trace.departure is not None:
            return self.trace.departure
        return None if all_safe(self._numbers(norms_too=False)) else first_departure(self._numbers(norms_too=True))

    def _numbers(self, norms_too: bool) -> Numbers:
        for k, t in enumerate(self.loss_steps):
            yield ("the loss", t), self.loss.each[k]
            yield ("dL/dlogits", t, None, None, OUTPUT), self.loss.dlogits[k]
        yield ("the loss",), self.loss.total
        if self.looked is not None:
            for u, t in enumerate(self.loss_steps):
                for name, row in self.looked.errors.numbers_at(u):
                    yield (name, t, None, None, COMPONENT), row
            for name, gradient in self.looked.gradients.items():
                yield (f"the gradient of {name}",), gradient
        for step in self._as_computed():
            yield from _numbers_of_back_step(step, norms_too)
        for name, gradient in self.gradients.items():
            yield (f"the gradient of {name}",), gradient
            if norms_too:
                yield (f"the norm of the gradient of {name}",), norm(gradient)
        yield from numbers_of_rows("dx", self.inputs, COMPONENT)
        if self.items is not None:
            for array in (self.items.norms, self.items.cell_norms, self.items.totals, self.items.immediate):
                yield ("the norm of what one step's loss gives to the weights",), array.ravel()[None]

    def _as_computed(self) -> Iterator[BackStep]:
        T = len(self.trace.inputs)
        runs = [self.steps[k : k + T] for k in range(0, len(self.steps), T)]
        for run in sorted(runs, key=lambda run: (-run[0].layer, run[0].direction == BACKWARD)):
            yield from run if run[0].direction == BACKWARD else reversed(run)

    def at(self, layer: int, direction: str, t: int) -> BackStep:
        """The back step at time t (from 1) of a layer and direction."""
        directions = self.trace.network.architecture.directions
        T = len(self.trace.inputs)
        return self.steps[(layer * len(directions) + directions.index(direction)) * T + t - 1]

    def error_size(self, layer: int, direction: str, t: int) -> float:
        """The norm of the error of all that the cell carries, h, c, … together: what can still reach the steps before.

        The error of h alone may vanish where the cell keeps everything in c. States whose numbers depend on an arbitrary scale
        are taken in coordinates that do not (Cell.in_coordinates).
        """
        error, state = self.at(layer, direction, t).gradient.error, self.trace.at(layer, direction, t).state
        return norm(np.concatenate(self.trace.network.cell.in_coordinates(state, error)))


def _numbers_of_back_step(step: BackStep, norms_too: bool) -> Numbers:
    where, gradient = (step.t, step.layer, step.direction), step.gradient
    yield ("the error of h from the output", *where), step.from_output.sum(axis=0)
    for name, array in step.from_future.items():
        yield (f"the error of {name} from the future", *where), array.sum(axis=0)
    for name, array in gradient.error.items():
        yield (f"d{name}", *where), array
        if norms_too:
            yield (f"the norm of d{name}", *where), norm(array)
    for update in gradient.updates:
        yield from numbers_of_update(update, where)
        yield (update.symbol, *where), update.value
    for one in gradient.contributions:
        yield (f"what the step gives to d{one.name}", *where), one.left
        if norms_too and one.right is not None:
            yield (f"what the step gives to d{one.name}", *where), norm(one.left) * norm(one.right)
    for name, array in gradient.before.items():
        yield (f"the error passed on to {name}", *where), array


MOST_ITEMS = 30_000_000
"""How many numbers may be kept. Up to here a sequence is itemised: every loss step has errors of its own, in a row of the
arrays. A longer one has one row for the sum of its loss steps. Both give the same gradient."""


def can_itemise(trace: Trace) -> bool:
    """Whether a sequence is short enough to keep what each loss step sends to each step."""
    a, T = trace.network.architecture, len(trace.inputs)
    return len(a.entries(T)) * _numbers_of_an_item(a, T) <= MOST_ITEMS


def _numbers_of_an_item(architecture: Architecture, T: int) -> int:
    """How many numbers are kept of one loss step in the largest layer: its errors, or the sums of its contributions."""
    size = max(architecture.sizes)
    return max(T * size * len(architecture.directions), 4 * size * size)


def bptt(trace: Trace, target: Target, truncation: Truncation | None = None) -> Bptt:
    """Backpropagate the loss of a traced sequence: of its logits, or without a readout of the outputs themselves.

    ValueError where a truncated sequence is too long to be itemised.
    """
    architecture = trace.network.architecture
    T = len(trace.inputs)
    one = architecture.task == MANY_TO_ONE  # one loss, after the last step
    loss = loss_of(target.kind, trace.answers[None] if one else trace.answers, target.targets, target.weights)
    entries = architecture.entries(T)
    ends = architecture.reads_ends
    allowed = {d: allowed_steps(entries, T, truncation, d, ends) for d in architecture.directions}
    itemise = can_itemise(trace)
    if truncation is not None and not itemise:
        raise ValueError(
            f"{T} steps of {architecture.output_width} units are too many to keep each loss step's error apart"
        )
    walk = _Walk(trace, loss.dlogits, entries, allowed, itemise)
    inputs = walk.back(walk.readout())
    steps = sorted(walk.steps, key=lambda s: (s.layer, s.direction == BACKWARD, s.t))
    return Bptt(
        trace, target, loss, (T,) if one else entries, entries, tuple(steps), walk.gradients, inputs.sum(axis=0), walk.initial,
        walk.items(), truncation, allowed, walk.initial_each, walk.looked,
    )  # fmt: skip


def bptt_from_end(trace: Trace, decoder: Bptt, final: InitialStates) -> Bptt:
    """Backpropagate through an encoder; `decoder` is the backward pass of its decoder.

    `final` maps (layer, direction) to the errors (K, H) that each loss step of the decoder sends to the last state.
    What a decoder with attention sends to every output is added.
    """
    architecture, T, K = trace.network.architecture, len(trace.inputs), len(decoder.loss_steps)
    itemise = decoder.items is not None and K * _numbers_of_an_item(architecture, T) <= MOST_ITEMS
    if not itemise:
        final = {where: error.map(lambda array: array.sum(axis=0, keepdims=True)) for where, error in final.items()}
    allowed = {d: np.ones((K, T), dtype=bool) for d in architecture.directions}
    walk = _Walk(trace, decoder.loss.dlogits, decoder.entries, allowed, itemise, final)
    outputs = np.zeros((max(walk.row) + 1, T, architecture.output_width))
    if decoder.looked is not None:
        outputs += decoder.looked.remembered if itemise else decoder.looked.remembered.sum(axis=0)
    inputs = walk.back(outputs)
    steps = sorted(walk.steps, key=lambda s: (s.layer, s.direction == BACKWARD, s.t))
    return Bptt(
        trace, decoder.target, decoder.loss, decoder.loss_steps, decoder.entries, tuple(steps), walk.gradients,
        inputs.sum(axis=0), walk.initial, walk.items(), None, allowed, walk.initial_each,
    )  # fmt: skip


def allowed_steps(
    entries: tuple[int, ...], T: int, truncation: Truncation | None, direction: str, at_ends: bool
) -> Array:
    """Where the error of each loss step may go, (K, T) booleans.

    A direction's error enters at its loss step, or where the one loss reads the outputs. One loss that reads each
    direction's last state enters the forward direction at T, the backward direction at 1.
    """
    t = np.arange(1, T + 1)
    if truncation is None:
        return np.ones((len(entries), T), dtype=bool)
    k1, k2 = None if truncation.k1 is None else min(truncation.k1, T), min(truncation.k2, T)
    back = direction == BACKWARD
    enters = np.array([1 if at_ends and back else k for k in entries])
    run_at, run_t = (T + 1 - enters, T + 1 - t) if back else (enters, t)  # in the order in which the direction runs
    if k1 is not None:
        run_at = np.minimum(-(-run_at // k1) * k1, T)
    return np.asarray(run_t[None, :] > run_at[:, None] - k2)


def enters_at(architecture: Architecture, direction: str, entry: int) -> int:
    """The step of a direction at which the error of an entry enters."""
    return 1 if direction == BACKWARD and architecture.reads_ends else entry


def readout_gradients(trace: Trace, dlogits: Array) -> tuple[Array, Array]:
    """What the losses (K, C) give to W_hy and b_y."""
    read = trace.readout_inputs[None] if trace.network.architecture.task == MANY_TO_ONE else trace.readout_inputs
    return dlogits.T @ read, dlogits.sum(axis=0)


def errors_at_readout(trace: Trace, dlogits: Array) -> Array:
    """The error of what the readout read, a row for each loss, itemised or not: (losses, D*H)."""
    if not trace.network.architecture.output_size:
        return dlogits
    back: Array = dlogits @ trace.network.parameters["readout.W_hy"]
    return back


def errors_at_outputs(trace: Trace, back: Array, entries: tuple[int, ...], rows: Sequence[int]) -> Array:
    """The errors at the states that a readout read, each entry's in its row: (number of rows, T, D*H)."""
    architecture, T = trace.network.architecture, len(trace.inputs)
    if trace.shares is not None:  # one loss, whose error goes to the steps that were read: (T, D*H)
        back = trace.shares * back
    errors = np.zeros((max(rows) + 1, T, back.shape[1]))
    for direction in architecture.directions:
        part = architecture.part_of(architecture.num_layers - 1, direction)
        for k, at in enumerate(entries):
            t = enters_at(architecture, direction, at)
            errors[rows[k], t - 1, part] += back[t - 1, part]
    return errors


class _Walk:
    """The backward pass: keeps the gradients and what each loss step gave to each weight."""

    def __init__(
        self,
        trace: Trace,
        dlogits: Array,
        entries: tuple[int, ...],
        allowed: dict[str, Array],
        itemise: bool,
        final: InitialStates | None = None,
    ) -> None:
        self.itemise, self.final = itemise, final or {}
        self.trace, self.dlogits, self.entries, self.allowed = trace, dlogits, entries, allowed
        self.network = trace.network
        self.counted = trace.network.cell.recurrent  # () where there are none: then all weights count
        self.gradients = trace.network.parameters.zeros()
        self.steps: list[BackStep] = []
        self.looked: Looked | None = None
        self.initial: InitialStates = {}
        self.initial_each: InitialStates = {}
        # The row of each entry in the arrays with K rows: a row of its own, or the same row for all (then K is 1).
        self.row = list(range(len(entries))) if itemise else [0] * len(entries)
        K, T = max(self.row) + 1, len(trace.inputs)
        # Norms of what loss step k gives through step t; Items names them.
        self.norms = np.zeros((K, T))
        self.cell_norms = {direction: np.zeros((K, T)) for direction in self.network.architecture.directions}
        self.sums: list[Array] = []
        # The immediate norms: of each loss step's row in `norms`, the entry at the step where its error enters. That is
        # the diagonal of the table where every step has a loss.
        self.diagonal = np.zeros(K)

    def readout(self) -> Array:
        """From dL_k/dlogits to the readout's gradients and the errors at the states that were read, (K, T, D*H)."""
        if self.network.architecture.output_size:
            W, b = readout_gradients(self.trace, self.dlogits)
            self.gradients["readout.W_hy"][...] = W
            self.gradients["readout.b_y"][...] = b
        back, look = errors_at_readout(self.trace, self.dlogits), self.trace.look
        if look is not None:
            gradients = look.memory.attention.parameters.zeros()
            errors = look.backward(back[:, None], gradients)
            remembered = errors.dh.swapaxes(0, 1)
            if self.itemise:
                remembered = look.apart().backward(back[None], gradients.zeros()).dh.swapaxes(0, 1)
            self.looked, back = Looked(errors, gradients, remembered), errors.ds[:, 0]
        return errors_at_outputs(self.trace, back, self.entries, self.row)

    def back(self, errors: Array) -> Array:
        """From the errors of the last layer's output to those of the inputs: (K, T, D*H) -> (K, T, I)."""
        return walk_back(self.network.architecture, errors, self._through)

    def _through(self, layer: int, direction: str, from_output: Array) -> Array:
        """One layer in one direction, in the order opposite to its run: (K, T, H) -> (K, T, size of its input)."""
        cell, T, p = self.network.cell, len(self.trace.inputs), self.network.packed(layer, direction)
        # Views of self.gradients: what is added to them below is added there.
        gradients = self.network.gradients_by_name(self.gradients, layer, direction)
        allowed = self.allowed[direction]
        if self.itemise:
            from_output = from_output * allowed[..., None]
        future = State.zeros(cell.states, from_output[:, 0].shape)
        future = self.final.get((layer, direction), future)
        below = np.zeros((len(from_output), T, self.network.architecture.layer_input_size(layer)))
        sums: dict[str, Array] = {}
        for t in range(1, T + 1) if direction == BACKWARD else range(T, 0, -1):
            if self.itemise:
                future = future.map(lambda array, t=t: array * allowed[:, t - 1, None])  # type: ignore[misc]
            # Only h is read by the output, so only h gets an error from there beside the one from the future.
            error = State(**{**future, "h": from_output[:, t - 1] + future.h})
            each = cell.trace_step_backward(p, self.trace.at(layer, direction, t), error)
            summed = each.summed()
            self.steps.append(BackStep(t, layer, direction, from_output[:, t - 1], future, summed))
            for contribution in summed.contributions:
                gradients[contribution.name][...] += contribution.value
            if self.itemise:
                self._itemise(each, t, direction, sums)
            below[:, t - 1] = each.dx
            future = each.before
        self.sums += list(sums.values())
        self.initial_each[layer, direction] = future
        self.initial[layer, direction] = future.map(lambda array: array.sum(axis=0))
        return below

    def _itemise(self, each: StepGradient, t: int, direction: str, sums: dict[str, Array]) -> None:
        """Add the norm of each loss step's contribution to the weights that count, and sum up the matrices.

        A contribution left ⊗ right has the entries left_i right_j, so its norm is

            ‖left ⊗ right‖ = sqrt(sum over i and j of (left_i right_j)^2) = ‖left‖ ‖right‖

        and the matrix is not needed for it; norms of several are added as sqrt(a^2 + b^2). The norm of a sum of such matrices does not follow from their norms: for
        Items.totals the matrices are added up.
        """
        # The errors of an encoder come from the decoder through its states: none of them is immediate.
        entered = [enters_at(self.trace.network.architecture, direction, at) for at in self.entries]
        at = np.array([0] if self.final else entered) == t
        for one in each.contributions:
            size = norms(one.left) * (1.0 if one.right is None else norm(one.right))
            own = self.cell_norms[direction]
            own[:, t - 1] = np.hypot(own[:, t - 1], size)
            if self.counted and one.name not in self.counted:
                continue
            self.norms[:, t - 1] = np.hypot(self.norms[:, t - 1], size)
            self.diagonal = np.hypot(self.diagonal, np.where(at, size, 0))
            outer = one.left if one.right is None else one.left[:, :, None] * one.right
            if one.name in sums:
                sums[one.name] += outer
            else:
                sums[one.name] = outer.copy()

    def items(self) -> Items | None:
        """The norms of what each loss step gave."""
        if not self.itemise:
            return None
        each = [norms(total.reshape(len(total), -1)) for total in self.sums]
        both = np.hypot.reduce(list(self.cell_norms.values()))
        return Items(self.norms, both, self.cell_norms, norms(np.stack(each, axis=-1)), self.diagonal)
