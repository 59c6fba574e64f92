"""The arrays of a network for .npz files: by the names of the equations, and in the order of Keras's get_weights()."""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.models.model import Model

GATES = {"rnn": "h", "lstm": "ifgo", "gru": "zrn"}
"""Keras's order."""


def keras_list(model: Model) -> list[Array]:
    """What Keras's get_weights() would give of a network."""
    a, parameters = model.network.architecture, model.network.parameters
    found = [parameters["embedding"]] if a.embedding_rows else []
    for layer in range(a.num_layers):
        for direction in a.directions:
            named = model.network.named(layer, direction)
            found += [np.hstack([named[f"W_{kind}{gate}"].T for gate in GATES[a.cell]]) for kind in "xh"]
            bias = np.hstack([named[f"b_{gate}"] for gate in GATES[a.cell]])
            second = [named.get(f"b_h{gate}", np.zeros(a.size_of(layer))) for gate in GATES[a.cell]]
            found.append(np.stack([bias, np.hstack(second)]) if "b_hn" in named else bias)
    return found + ([parameters["readout.W_hy"].T, parameters["readout.b_y"]] if a.output_size else [])


def equations(model: Model, lead: bool) -> dict[str, Array]:
    """A network's arrays under the names of the equations."""
    a = model.network.architecture
    found: dict[str, Array] = {}
    for layer in range(a.num_layers):
        for direction in a.directions:
            before = f"layers.{layer}.{direction}." if lead else ""
            found |= {before + name: array for name, array in model.network.named(layer, direction).items()}
    if a.output_size:
        found |= {"W_hy": model.network.parameters["readout.W_hy"], "b_y": model.network.parameters["readout.b_y"]}
    return found | ({"embedding": model.network.parameters["embedding"]} if a.embedding_rows else {})
