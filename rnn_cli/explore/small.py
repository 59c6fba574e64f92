"""Whether an error is 0 because it became smaller than the numbers of float64, and not because nothing comes through."""

from typing import TYPE_CHECKING

import numpy as np

from rnn_cli.core.network import FORWARD
from rnn_cli.core.state import State

if TYPE_CHECKING:
    from rnn_cli.explore.world import World


def is_too_small(world: "World", layer: int, direction: str, t: int) -> bool:
    """Of an error at h that is 0 at step t: whether it would not be, if errors kept their size. All are kept once one is known."""
    if world.window is not None:  # it was cut off
        return False
    return t in world.once(("too small", layer, direction), lambda: _arrivals(world, layer, direction))


def _arrivals(world: "World", layer: int, direction: str) -> set[int]:
    """Send the last error that is there on, made as large as 1 before each step, as what is sent on is linear: where it arrives."""
    cell, run = world.model.network.cell, (world.trace.runs or {})[layer, direction]
    w, found = cell.weights(run.p, errors_alone=True), set()
    sent: tuple[int, State] | None = None
    for t in range(world.length, 0, -1) if direction == FORWARD else range(1, world.length + 1):
        own, arrived = world.back.errors(layer, direction, range(t, t + 1)), None
        if sent is not None and not own.h.any():
            later, error = sent
            size = _size(error)
            arrived = cell.step_backward(w, run.numbers_at(later), error.map(lambda one, size=size: one / size)).before  # type: ignore[misc]
            if arrived.h.any():
                found.add(t)
        error = own if _size(own) or arrived is None else arrived
        sent = (t, error) if _size(error) else None
    return found


def _size(error: State) -> float:
    return max(float(np.abs(one).max()) for _, one in error.items())
