"""Whether an error is 0 because it became smaller than the numbers of float64, and not because nothing comes through."""

from typing import TYPE_CHECKING

import numpy as np

from rnn_cli.core.network import FORWARD
from rnn_cli.core.state import State

if TYPE_CHECKING:
    from rnn_cli.explore.world import World


def is_too_small(world: "World", layer: int, direction: str, t: int) -> bool:
    """Of an error at h that is 0 at step t: whether it would not be, if errors kept their size. It is kept once it is known."""
    return world.once(("too small", layer, direction, t), lambda: _arrives(world, layer, direction, t))


def _arrives(world: "World", layer: int, direction: str, t: int) -> bool:
    """Send the nearest error that is there back to step t, made as large as 1 before each step: what is sent on is linear."""
    cell, run = world.model.network.cell, (world.trace.runs or {})[layer, direction]
    later = range(t + 1, world.length + 1) if direction == FORWARD else range(t - 1, 0, -1)
    there = next((k for k, s in enumerate(later) if _size(world.back.error(layer, direction, s))), None)
    if there is None:
        return False
    w = cell.weights(run.p, errors_alone=True)
    error = world.back.errors(layer, direction, range(later[there], later[there] + 1))
    for s in reversed(later[: there + 1]):
        size = _size(error)
        if not size:
            return False
        error = cell.step_backward(w, run.numbers_at(s), error.map(lambda one, size=size: one / size)).before  # type: ignore[misc]
    return bool(error.h.any())


def _size(error: State) -> float:
    return max(float(np.abs(one).max()) for _, one in error.items())
