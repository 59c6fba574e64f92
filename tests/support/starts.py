"""Networks that begin with states of their own, and the ONNX files that hold them."""

from dataclasses import replace

import numpy as np

from rnn_cli.core.network import Architecture, Network
from rnn_cli.core.state import State
from tests.support.networks import random_network


def started(architecture: Architecture, seed: int = 0) -> Network:
    """A random network that begins with random states."""
    draw, network = np.random.default_rng([seed, 5]), random_network(architecture, seed)
    starts = {
        (layer, direction): State(
            **{name: 0.9 * draw.standard_normal(architecture.size_of(layer)) for name in network.cell.states}
        )
        for layer in range(architecture.num_layers)
        for direction in architecture.directions
    }
    return replace(network, starts=starts)
