"""The backward pass of a whole network over a batch: BPTT with the cells' kernels.

The error flows against the forward pass: from the logits to the last layer's states, through time in the order
opposite to the one in which each direction ran, then to the layer below as its output's error, down to the inputs.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast import kernel_of
from rnn_cli.core.fast.inputs import Rows
from rnn_cli.core.fast.memory import aligned
from rnn_cli.core.fast.products import times
from rnn_cli.core.forward import ForwardRun, reading_of, turn, what_is_read
from rnn_cli.core.network import BACKWARD, Network, walk_back
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import InitialStates


@dataclass(frozen=True, eq=False)
class BackwardRun:
    """Gradients of a batch.

    parameters   of everything that the network learns but the embedding, whose rows the inputs' gradients belong to
    inputs       (T, B, I), 0 where a sequence has ended; the embedding's (V, I) where its rows were read
    initial      (layer, direction) -> the errors of the initial state, (B, H) each
    errors       (layer, direction) -> of each state, (T, B, H): the whole error at each h_t, c_t, … in time order, where it
                 was asked for
    """

    parameters: Parameters
    inputs: Array
    initial: InitialStates
    errors: InitialStates

    @property
    def dh(self) -> dict[tuple[int, str], Array]:
        """The errors of h alone."""
        return {where: error.h for where, error in self.errors.items()}


def run_backward(
    network: Network,
    run: ForwardRun,
    dlogits: Array | None = None,
    *,
    final: InitialStates | None = None,
    outputs: Array | None = None,
    keep_dh: bool = False,
    gradients: Parameters | None = None,
) -> BackwardRun:
    """Backpropagate through time.

    dlogits has the shape of run.logits, or without a readout that of what it would read; `final` maps (layer, direction) to the errors of the final state (B, H),
    which an encoder gets from its decoder; `outputs` (T, B, D*H) are those of every output, from a decoder that looks back at
    them. Gradients are added to `gradients` where it is given.
    """
    architecture, kernel = network.architecture, kernel_of(network.cell)
    gradients = network.parameters.zeros() if gradients is None else gradients
    batch, ends, last = np.arange(run.output.shape[1]), run.lengths - 1, architecture.num_layers - 1
    at_end = architecture.reads_ends
    errors_kept: InitialStates = {}
    initial: InitialStates = {}
    dread = None
    if dlogits is not None:
        dread = readout_backward(network, what_is_read(architecture, run), dlogits, gradients)

    def through(layer: int, direction: str, error: Array) -> Array:
        """One layer in one direction; error (T, B, H) in time order -> that of what it read."""
        tape, back = run.tape(layer, direction), direction == BACKWARD
        if layer < last and run.dropout:
            error = error * run.dropout[layer][..., architecture.part_of(layer, direction)]
        errors = {"h": turn(error, run.order) if back else error}
        if layer == last and at_end and dread is not None:
            errors["h"][ends, batch] += dread[:, architecture.part_of(layer, direction)]
        for name, one in (final or {}).get((layer, direction), {}).items():
            if name not in errors:
                errors[name] = np.zeros_like(errors["h"])
            errors[name][ends, batch] += one
        gradient = kernel.backward(network.packed(layer, direction), tape, errors, keep_dh)
        for name, value in gradient.packed.items():
            gradients[f"layers.{layer}.{direction}.{name}"][...] += value
        initial[layer, direction] = gradient.initial
        if gradient.errors is not None:
            kept = gradient.errors
            errors_kept[layer, direction] = kept.map(lambda array: turn(array, run.order)) if back else kept
        return turn(gradient.dx, run.order) if back and not isinstance(tape.inputs, Rows) else gradient.dx

    if outputs is not None:
        error = outputs.copy()  # what arrives at the last state is added in place
    elif dread is None or at_end:
        error = np.zeros_like(run.output)
    else:
        reading = reading_of(architecture, run)
        error = dread if reading is None else reading.shares(0, len(run.output)) * dread
    inputs = walk_back(architecture, error, through)
    return BackwardRun(gradients, inputs if run.read is None else inputs * run.read, initial, errors_kept)


def readout_backward(network: Network, read: Array, dlogits: Array, gradients: Parameters) -> Array:
    """From dL/dlogits to dW_hy, db_y and the error of what was read, (B, D*H) or (T, B, D*H): dlogits itself without a readout."""
    if not network.architecture.output_size:
        return dlogits
    flat = dlogits.reshape(-1, dlogits.shape[-1])
    gradients["readout.W_hy"][...] += np.dot(flat.T, read.reshape(-1, read.shape[-1]))
    gradients["readout.b_y"][...] += flat.sum(axis=0)
    W_hy = network.parameters["readout.W_hy"]
    dread = times(flat, W_hy, aligned((len(flat), W_hy.shape[1]), np.result_type(flat, W_hy)))
    return dread.reshape(*dlogits.shape[:-1], -1)
