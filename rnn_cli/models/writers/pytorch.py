"""PyTorch's state dict in a safetensors file, under the names of torch.nn.RNN, LSTM and GRU.

    weight_ih_l0 (G*H, I)    weight_hh_l0 (G*H, H)    bias_ih_l0, bias_hh_l0 (G*H,)    …_reverse for the backward direction

A network without an embedding and a readout has these names alone, as the module's own state_dict() has them. With one of
them they stand under rnn., beside embedding.weight (V, I), and fc.weight (C, D*H) with fc.bias (C,).

PyTorch adds two biases per gate: the first holds the whole bias and the second is 0, except in the GRU's n gate, where the
second stands inside the reset.
"""

from pathlib import Path

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.models.model import Model
from rnn_cli.models.sizes import said_sizes
from rnn_cli.models.writers import Written, number_type

GATES = {"rnn": ("h",), "lstm": ("i", "f", "g", "o"), "gru": ("r", "z", "n")}
"""The cells that PyTorch has, each with its gates from top to bottom."""


def write(model: Model, path: Path) -> list[Written]:
    """See rnn_cli.models.writers."""
    from safetensors.numpy import save

    a, cell = model.network.architecture, model.network.cell
    if a.cell not in GATES:
        raise InputError(f"PyTorch has no {cell.title}: it has {', '.join(GATES)}")
    if getattr(cell, "reset", "after") != "after":
        raise InputError("PyTorch's GRU resets after the product; this one resets before it, and has no equal there")
    if a.backward_only:
        raise InputError("a module of PyTorch runs forward or in both directions, and this network backward alone")
    if a.layer_sizes:
        raise InputError(
            f"a module of PyTorch has layers of one size, and this network's have {said_sizes(a)} units: --to keras, onnx and json "
            "hold them"
        )
    kept = number_type(model)
    order = GATES[a.cell]
    arrays: dict[str, Array] = {}
    written: list[Written] = []

    def put(name: str, array: Array, *of: str, gates: tuple[str, ...] = (), notes: tuple[str, ...] = ()) -> None:
        arrays[name] = np.ascontiguousarray(array, dtype=kept)
        written.append(Written(name, array.shape, of, gates=gates, notes=notes))

    whole = bool(a.embedding_rows or a.output_size)
    if a.embedding_rows:
        put("embedding.weight", model.network.parameters["embedding"], "embedding")
    for layer in range(a.num_layers):
        for direction in a.directions:
            where = f"layers.{layer}.{direction}"
            named = model.network.named(layer, direction)
            own = ("rnn." if whole else "") + "{}_l" + str(layer) + "_reverse" * (direction == "backward")
            for kind, letter in (("weight_ih", "x"), ("weight_hh", "h")):
                stacked = np.concatenate([named[f"W_{letter}{gate}"] for gate in order])
                put(own.format(kind), stacked, f"{where}.W_{letter}", gates=order)
            put(
                own.format("bias_ih"), np.concatenate([named[f"b_{gate}"] for gate in order]), f"{where}.b", gates=order
            )
            second = [named.get(f"b_h{gate}", np.zeros(a.hidden_size)) for gate in order]
            apart = [f"b_h{gate}" for gate in order if f"b_h{gate}" in named]
            zeros = ("0 but for gate n",) if apart else ("0: the first bias holds all",)
            put(own.format("bias_hh"), np.concatenate(second), *(f"{where}.{one}" for one in apart), notes=zeros)
    if a.output_size:
        put("fc.weight", model.network.parameters["readout.W_hy"], "readout.W_hy")
        put("fc.bias", model.network.parameters["readout.b_y"], "readout.b_y")
    path.write_bytes(save(arrays, {"format": "pt"}))
    return written
