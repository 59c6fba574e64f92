"""Why a cell breaks where it does: what a gradient meets on its way back through the networks that were trained there.

    reach         the first k at which the error is under a hundredth of what it is at the end, the whole way where it never is.
                  The loss reads h alone: of a joint state the end is k = 1, where all states have their part of it
    saturation    the mean of 1 - f'(a)/max f' over gates, units and steps
    kept          the product of the gate that keeps over the whole way, in the unit that keeps most
    lyapunov      ln of the largest singular value of the product of all Jacobians of the way, for each step

The way goes from the last state back to the first that an input has made, which is one step less than an example has.

Where a loss is read at the end alone, the error is followed that belongs to it, in the direction of its gradient whatever
its size: of a network that has learnt its task the loss itself is too small to be followed. Elsewhere the product is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.departure import LeftRange
from rnn_cli.core.forward import ForwardRun
from rnn_cli.core.gradients.flow import chain_of, flow, saturation
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.network import FORWARD, MANY_TO_ONE, Network
from rnn_cli.core.systems.base import run_network
from rnn_cli.models.load import load_model
from rnn_cli.models.typed import typed
from rnn_cli.race.result import Why
from rnn_cli.tasks import find_task
from rnn_cli.tasks.options import DataOptions

EXAMPLES = 2
"""Of each seed: what is measured varies little from one to the next, and one takes up to a second."""

LONGEST = 1000
"""Steps of an example that is followed back; a longer one would take minutes."""


@dataclass(frozen=True)
class _Found:
    """What was measured on one example: see Why."""

    reach: int
    steps: int
    whole: bool
    saturation: float
    log_kept: float | None
    lyapunov: float
    by_error: bool


def why_at(
    length: int | None, files: Sequence[tuple[Path, int]], task: str, data: Sequence[str], options: Mapping[str, Any]
) -> Why | None:
    """The means over the networks of some files, each with the seed that it was trained from; None where nothing of them can
    be followed back: they read and write, or read in both directions, their examples are too
    long, or a number of theirs leaves the finite range."""
    found = []
    for path, seed in files:
        model = load_model(str(path))
        network = model.network
        own = network.architecture
        held_out = find_task(task).prepare(list(data), typed(DataOptions, dict(options)), seed).validation
        if held_out is None or model.has_decoder or not own.forward_only:
            return None
        for k in range(min(EXAMPLES, len(held_out))):
            batch = held_out.collate(held_out.batches(0, 0, 1, shuffle=False)[k])
            if int(batch.lengths[0]) > LONGEST:
                continue
            try:
                found.append(_of_one(network, batch))
            except LeftRange:
                return None
    return _mean(length, found) if found else None


def _mean(length: int | None, found: Sequence[_Found]) -> Why:
    def mean(name: str) -> float:
        return fsum(float(getattr(one, name)) for one in found) / len(found)

    kept = None if found[0].log_kept is None else mean("log_kept")
    return Why(
        length,
        mean("reach"),
        mean("steps"),
        mean("whole"),
        mean("saturation"),
        kept,
        mean("lyapunov"),
        found[0].by_error,
    )


def _of_one(network: Network, batch: Batch) -> _Found:
    run = run_network(network, batch.inputs, batch.lengths, None, None)
    chain = chain_of(network, run, network.architecture.num_layers - 1, FORWARD)
    T = len(chain.x)
    steps = max(T - 1, 1)
    error = _error(network, run, batch)
    back = flow(chain, error, down_to=T - steps, first_k=steps)
    under = back.signal.carried_to
    flat = fsum(saturation(chain.step(m)) for m in range(1, T + 1)) / T
    reach = steps if under is None else under
    return _Found(
        reach, steps, under is None, flat, back.final.log_highway, float(back.exponents[0]), error is not None
    )


def _error(network: Network, run: ForwardRun, batch: Batch) -> Array | None:
    """The direction of ∂L/∂h_T, where L is read there; None where it is read at other steps too."""
    a = network.architecture
    if a.task != MANY_TO_ONE or not a.output_size or run.logits is None:
        return None
    answer = np.ones(a.output_size)
    if (
        batch.targets.ndim == 1
    ):  # a class: ∂L/∂logits is in the direction of softmax over the other classes, minus the true one
        logits = run.logits.reshape(-1).astype(np.float64)
        true = int(batch.targets[0])
        logits[true] = -np.inf
        answer = np.exp(logits - logits.max()) if a.output_size > 1 else answer
        answer /= answer.sum()
        answer[true] = -1.0
    error: Array = answer @ network.parameters["readout.W_hy"]
    return error
