"""Plain state dicts of torch.nn.RNN, LSTM and GRU, read off their names and shapes.

    weight_ih_l0 (G*H, I)    weight_hh_l0 (G*H, H)    bias_ih_l0, bias_hh_l0 (G*H,)    …_reverse for the backward direction

PyTorch adds two biases per gate. They are summed here, except in the GRU's n gate, where the second stands inside the
reset: n = tanh(W_xn x + b_n + r * (W_hn h + b_hn)).
"""

import re
from collections.abc import Mapping

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import cell_class, cells_of
from rnn_cli.core.network import BACKWARD, FORWARD, Architecture
from rnn_cli.errors import ModelFileError
from rnn_cli.models.checks import filled_network
from rnn_cli.models.model import PYTORCH, Model
from rnn_cli.models.options import options_of

PYTORCH_NAME = "PyTorch"
NAME = re.compile(
    r"(?P<prefix>.*\.)?(?P<kind>weight_ih|weight_hh|bias_ih|bias_hh|weight_hr)_l(?P<layer>[0-9]{1,6})(?P<reverse>_reverse)?"
)


def pytorch_modules() -> dict[int, str]:
    """The cells that PyTorch has, by the number of gates stacked in their matrices."""
    return {len(cell_class(name).frameworks[PYTORCH_NAME].gates): name for name in cells_of(PYTORCH_NAME)}


def looks_like_state_dict(arrays: Mapping[str, Array]) -> bool:
    """Whether any name is a parameter name of PyTorch's recurrent modules."""
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
    by_gates = pytorch_modules()
    if rows % hidden or rows // hidden not in by_gates:
        counts = sorted((gates, cell_class(name).frameworks[PYTORCH_NAME].name) for gates, name in by_gates.items())
        known = [f"{gates} ({module})" for gates, module in counts]
        raise ModelFileError(
            f"{source}: weight_hh_l0 is {rows}×{hidden}: rows must be {', '.join(known[:-1])} or {known[-1]} times {hidden}"
        )
    name_of_cell = by_gates[rows // hidden]
    known_options = cell_class(name_of_cell).options
    options = options_of(name_of_cell, {"activation": activation} if "activation" in known_options else {})
    architecture = Architecture(
        name_of_cell, first["weight_ih"].shape[1], hidden, layers, bidirectional, options=options
    )
    module = architecture.make_cell().frameworks[PYTORCH_NAME]
    packed: dict[str, Array] = {}
    for (layer, direction), kinds in found.items():
        where = f"layers.{layer}.{direction}"
        zeros = np.zeros(rows)
        b_ih, b_hh = (np.array(kinds.get(kind, zeros), dtype=np.float64) for kind in ("bias_ih", "bias_hh"))
        if b_ih.shape != (rows,) or b_hh.shape != (rows,):
            raise ModelFileError(f"{source}: layer {layer}, {direction}: a bias does not have {rows} numbers")
        packed[f"{where}.W_x"], packed[f"{where}.W_h"] = kinds["weight_ih"], kinds["weight_hh"]
        for gate in module.apart:
            part = slice(module.gates.index(gate) * hidden, (module.gates.index(gate) + 1) * hidden)
            packed[f"{where}.b_h{gate}"] = b_hh[part].copy()
            b_hh[part] = 0
        packed[f"{where}.b"] = b_ih + b_hh
    network = filled_network(source, architecture, packed)
    return Model(name, network, "file", stored_dtype=str(first["weight_hh"].dtype), format=PYTORCH)
