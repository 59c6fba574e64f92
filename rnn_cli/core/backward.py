"""The backward pass of a whole network over a batch: BPTT with the cells' kernels.

The error goes the way of the forward pass back: from the logits to the last layer's states, through time in the order
opposite to the one in which each direction ran, then to the layer below as its output's error, down to the inputs.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array, aligned
from rnn_cli.core.fast.inputs import Rows
from rnn_cli.core.fast.products import times
from rnn_cli.core.forward import ForwardRun, turn
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, Network
from rnn_cli.core.parameters import Parameters


@dataclass(frozen=True, eq=False)
class BackwardRun:
    """Gradients of a batch.

    parameters   of everything that the network learns but the embedding, whose rows the inputs' gradients belong to
    inputs       (T, B, I), 0 where a sequence has ended; the embedding's (V, I) where its rows were read
    initial      (layer, direction) -> dh0 and dc0, (B, H)
    dh           (layer, direction) -> (T, B, H), the whole error at each h_t in time order, where it was asked for
    """

    parameters: Parameters
    inputs: Array
    initial: dict[tuple[int, str], tuple[Array, Array | None]]
    dh: dict[tuple[int, str], Array]


def run_backward(
    network: Network,
    run: ForwardRun,
    dlogits: Array | None = None,
    *,
    final: dict[tuple[int, str], tuple[Array, Array | None]] | None = None,
    keep_dh: bool = False,
    gradients: Parameters | None = None,
) -> BackwardRun:
    """Backpropagate through time.

    dlogits has the shape of run.logits; `final` maps (layer, direction) to the errors of the final h and c (B, H),
    which an encoder gets from its decoder. Gradients are added to `gradients` where it is given.
    """
    architecture, cell = network.architecture, network.cell
    gradients = network.parameters.zeros() if gradients is None else gradients
    size, last = architecture.hidden_size, architecture.num_layers - 1
    batch = np.arange(run.output.shape[1])
    ends = run.lengths - 1
    dh_by_run: dict[tuple[int, str], Array] = {}
    if dlogits is None or architecture.task == MANY_TO_ONE:
        dh_by_run = {(last, one.direction): np.zeros_like(one.tape.h[1:]) for one in run.runs if one.layer == last}
    if dlogits is not None:
        _readout_backward(network, run, dlogits, gradients, dh_by_run)
    dh_kept: dict[tuple[int, str], Array] = {}
    initial: dict[tuple[int, str], tuple[Array, Array | None]] = {}
    dinput = run.output
    for layer in reversed(range(architecture.num_layers)):
        total: Array | None = None
        for direction in architecture.directions:
            one = next(r for r in run.runs if (r.layer, r.direction) == (layer, direction))
            dh = dh_by_run[layer, direction]
            dc = None
            if final is not None and (layer, direction) in final:
                dh_end, dc_end = final[layer, direction]
                dh[ends, batch] += dh_end
                if dc_end is not None:
                    dc = np.zeros_like(dh)
                    dc[ends, batch] = dc_end
            gradient = cell.backward(network.packed(layer, direction), one.tape, dh, dc, keep_dh)
            for name, value in gradient.packed.items():
                gradients[f"layers.{layer}.{direction}.{name}"][...] += value
            initial[layer, direction] = (gradient.dh0, gradient.dc0)
            back = direction == BACKWARD
            if gradient.dh is not None:
                dh_kept[layer, direction] = turn(gradient.dh, run.order) if back else gradient.dh
            dx = turn(gradient.dx, run.order) if back and not isinstance(one.tape.inputs, Rows) else gradient.dx
            total = dx if total is None else total + dx
        assert total is not None
        dinput = total
        if layer:
            if run.dropout:
                dinput = dinput * run.dropout[layer - 1]
            for k, direction in enumerate(architecture.directions):
                part = dinput[..., k * size : (k + 1) * size]
                below = turn(part, run.order) if direction == BACKWARD else part
                dh_by_run[layer - 1, direction] = np.array(below)
    return BackwardRun(gradients, dinput, initial, dh_kept)


def _readout_backward(
    network: Network, run: ForwardRun, dlogits: Array, gradients: Parameters, dh_by_run: dict[tuple[int, str], Array]
) -> None:
    """From dL/dlogits to dW_hy, db_y and the error at each state that was read, in the order of each run."""
    architecture = network.architecture
    size, last = architecture.hidden_size, architecture.num_layers - 1
    directions = architecture.directions
    if architecture.task == MANY_TO_ONE:
        read = np.concatenate(list(run.final_h[-len(directions) :]), axis=-1)
    else:
        read = run.output
    flat = dlogits.reshape(-1, dlogits.shape[-1])
    gradients["readout.W_hy"][...] += np.dot(flat.T, read.reshape(-1, read.shape[-1]))
    gradients["readout.b_y"][...] += flat.sum(axis=0)
    W_hy = network.parameters["readout.W_hy"]
    dread = times(flat, W_hy, aligned((len(flat), W_hy.shape[1]), np.result_type(flat, W_hy)))
    dread = dread.reshape(*dlogits.shape[:-1], -1)
    for k, direction in enumerate(directions):
        part = dread[..., k * size : (k + 1) * size]
        if architecture.task == MANY_TO_ONE:
            dh_by_run[last, direction][run.lengths - 1, np.arange(len(part))] += part
        else:
            dh_by_run[last, direction] = turn(part, run.order) if direction == BACKWARD else part


FEW_ROWS = 128
"""Up to so many rows the sums are fastest as one product with a matrix of ones and zeros."""


def embedding_gradient(ids: Array, dinputs: Array, rows: int) -> Array:
    """The gradient of the embedding: each row gets the sum of the errors of the steps that read it.

    ids (T, B), -1 where a step read no row; dinputs (T, B, E) -> (rows, E)
    """
    flat = ids.ravel()
    errors = dinputs.reshape(len(flat), -1)
    if rows <= FEW_ROWS:
        chosen = np.zeros((rows + 1, len(flat)), dtype=dinputs.dtype)  # the last row takes the -1
        chosen[flat, np.arange(len(flat))] = 1
        summed: Array = np.dot(chosen[:rows], errors)
        return summed
    order = np.argsort(flat, kind="stable")
    order = order[np.searchsorted(flat[order], 0) :]
    gradient = np.zeros((rows, errors.shape[1]), dtype=dinputs.dtype)
    if len(order):
        present, starts = np.unique(flat[order], return_index=True)
        gradient[present] = np.add.reduceat(errors[order], starts, axis=0)
    return gradient
