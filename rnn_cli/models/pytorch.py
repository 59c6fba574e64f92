"""Plain state dicts of torch.nn.RNN, LSTM and GRU, read off their names and shapes.

    weight_ih_l0 (G*H, I)    weight_hh_l0 (G*H, H)    bias_ih_l0, bias_hh_l0 (G*H,)    …_reverse for the backward direction

PyTorch adds two biases per gate. They are summed here, but for the GRU's n gate, where the second stands inside the
reset: n = tanh(W_xn x + b_n + r * (W_hn h + b_hn)).
"""

import re
from collections.abc import Mapping

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, FORWARD, Architecture
from rnn_cli.errors import ModelFileError
from rnn_cli.models.checks import filled_network
from rnn_cli.models.model import PYTORCH, Model

NAME = re.compile(
    r"(?P<prefix>.*\.)?(?P<kind>weight_ih|weight_hh|bias_ih|bias_hh|weight_hr)_l(?P<layer>[0-9]{1,6})(?P<reverse>_reverse)?"
)
CELL_BY_GATES = {1: "rnn", 3: "gru", 4: "lstm"}


def looks_like_state_dict(arrays: Mapping[str, Array]) -> bool:
    """Whether any name is one of PyTorch's recurrent modules."""
    return any(NAME.fullmatch(name) for name in arrays)


def model_from_state_dict(source: str, name: str, arrays: Mapping[str, Array], activation: str) -> Model:
    """Build a model from a state dict. ModelFileError where a name, shape or number does not fit."""
    found: dict[tuple[int, str], dict[str, Array]] = {}
    prefixes = set()
    for key, array in arrays.items():
        match = NAME.fullmatch(key)
        if match is None:
            raise ModelFileError(
                f"{source}: {key} is not a parameter of torch.nn.RNN, LSTM or GRU; save that module alone"
            )
        if match["kind"] == "weight_hr":
            raise ModelFileError(f"{source}: LSTMs with proj_size are not supported ({key})")
        prefixes.add(match["prefix"])
        direction = BACKWARD if match["reverse"] else FORWARD
        found.setdefault((int(match["layer"]), direction), {})[match["kind"]] = array
    if len(prefixes) > 1:
        modules = ", ".join(sorted(str(prefix or "(none)").rstrip(".") for prefix in prefixes))
        raise ModelFileError(f"{source}: holds several modules ({modules}); save one of them alone")
    bidirectional = any(direction == BACKWARD for _, direction in found)
    directions = (FORWARD, BACKWARD) if bidirectional else (FORWARD,)
    layers = 1 + max(layer for layer, _ in found)
    biased = any(kind.startswith("bias") for kinds in found.values() for kind in kinds)
    for layer in range(layers):
        for direction in directions:
            kinds = found.get((layer, direction), {})
            if "weight_ih" not in kinds or "weight_hh" not in kinds:
                raise ModelFileError(f"{source}: layer {layer}, {direction}: a weight is missing")
            for kind in ("bias_ih", "bias_hh"):
                if biased and kind not in kinds:
                    suffix = "_reverse" if direction == BACKWARD else ""
                    raise ModelFileError(f"{source}: {kind}_l{layer}{suffix} is missing, and the others are there")
    first = found[0, FORWARD]
    if first["weight_hh"].ndim != 2 or first["weight_ih"].ndim != 2 or first["weight_hh"].size == 0:
        raise ModelFileError(f"{source}: the weights of layer 0 are not matrices")
    rows, hidden = first["weight_hh"].shape
    if rows % hidden or rows // hidden not in CELL_BY_GATES:
        raise ModelFileError(
            f"{source}: weight_hh_l0 is {rows}×{hidden}: rows must be 1 (RNN), 3 (GRU) or 4 (LSTM) times {hidden}"
        )
    cell = CELL_BY_GATES[rows // hidden]
    architecture = Architecture(cell, first["weight_ih"].shape[1], hidden, layers, bidirectional, activation, True)
    packed: dict[str, Array] = {}
    for (layer, direction), kinds in found.items():
        where = f"layers.{layer}.{direction}"
        zeros = np.zeros(rows)
        b_ih, b_hh = kinds.get("bias_ih", zeros).astype(np.float64), kinds.get("bias_hh", zeros).astype(np.float64)
        if b_ih.shape != (rows,) or b_hh.shape != (rows,):
            raise ModelFileError(f"{source}: layer {layer}, {direction}: a bias does not have {rows} numbers")
        packed[f"{where}.W_x"], packed[f"{where}.W_h"] = kinds["weight_ih"], kinds["weight_hh"]
        if cell == "gru":
            b_hh = b_hh.copy()
            packed[f"{where}.b_hn"] = b_hh[2 * hidden :].copy()
            b_hh[2 * hidden :] = 0
        packed[f"{where}.b"] = b_ih + b_hh
    network = filled_network(source, architecture, packed)
    return Model(name, network, "file", stored_dtype=str(first["weight_hh"].dtype), format=PYTORCH)
