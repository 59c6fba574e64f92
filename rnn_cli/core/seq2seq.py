"""What one network hands to the next: its last states become the other's first, and the errors go the same way back.

context    s_0 = [h_T of the forward direction; h_1 of the backward], layer by layer; c likewise for the LSTM
"""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import FORWARD, Architecture
from rnn_cli.core.trace import Initial


def pass_on(ends: Initial, reader: Architecture) -> Initial:
    """The last states of a network that has read, as the first ones of the one that writes."""
    context: dict[tuple[int, str], tuple[Array, Array | None]] = {}
    for layer in range(reader.num_layers):
        states = [ends[layer, direction] for direction in reader.directions]
        cells = [c for _, c in states if c is not None]
        h = np.concatenate([h for h, _ in states], axis=-1)
        context[layer, FORWARD] = (h, np.concatenate(cells, axis=-1) if cells else None)
    return context


def taken_back(errors: Initial, reader: Architecture) -> dict[tuple[int, str], tuple[Array, Array | None]]:
    """The errors of the writer's first states as those of the reader's last ones; (…, D*H) each."""
    size = reader.hidden_size
    final: dict[tuple[int, str], tuple[Array, Array | None]] = {}
    for (layer, _), (dh, dc) in errors.items():
        for k, direction in enumerate(reader.directions):
            part = slice(k * size, (k + 1) * size)
            final[layer, direction] = (dh[..., part], None if dc is None else dc[..., part])
    return final
