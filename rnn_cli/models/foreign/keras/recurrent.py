"""SimpleRNN, LSTM and GRU as Keras has them, and how their arrays become packed parameters.

    kernel (I, G*H)    recurrent_kernel (H, G*H)    bias (G*H,), of a GRU with reset_after (2, G*H)

The matrices stand transposed, as x W and not W x, and the gates beside each other: of an LSTM i f c o, of a GRU z r h, where
c and h are the candidates, g and n here. A GRU with reset_after has two biases, as PyTorch has them: those of z and r are
summed, and h's second one stands inside the reset.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import cell_class, make_cell
from rnn_cli.core.network import BACKWARD, FORWARD
from rnn_cli.models.foreign.keras.config import Config, Layer, class_of, is_own
from rnn_cli.models.foreign.keras.weights import Owned
from rnn_cli.models.foreign.names import Tensors, shape_of
from rnn_cli.models.options import options_of
from rnn_cli.models.origins import Origin

CELLS = {"SimpleRNN": "rnn", "LSTM": "lstm", "GRU": "gru"}
GATES = {"rnn": ("h",), "lstm": ("i", "f", "g", "o"), "gru": ("z", "r", "n")}
"""The gates in Keras's order, under the letters of this program."""

ROLES = ("kernel", "recurrent_kernel", "bias")
WRAPPERS = ("Bidirectional", "RNN")
CONCAT, SIGMOID, TANH, LINEAR = "concat", "sigmoid", "tanh", "linear"


@dataclass(frozen=True)
class Recurrent:
    """A recurrent layer.

    layer     as it stands in the model; kind: the class of what recurs in it
    cell      the cell that it is here, with its options
    sequences whether it gives every step's output, and not the last alone
    idle      settings that make no difference here, in words
    backwards whether it reads what it is given from the end: Keras then gives its outputs in that order too
    """

    layer: Layer
    kind: str
    cell: str
    units: int
    options: tuple[tuple[str, str], ...]
    bidirectional: bool
    sequences: bool
    biased: bool
    idle: tuple[str, ...] = ()
    backwards: bool = False

    @property
    def width(self) -> int:
        """The size of its output at each step."""
        return self.units * (2 if self.bidirectional else 1)

    def like(self, other: "Recurrent") -> bool:
        """Whether both can be layers of one network."""
        return (self.cell, self.options, self.bidirectional) == (other.cell, other.options, other.bidirectional)

    @property
    def title(self) -> str:
        """What it is and where it stands, for a person."""
        return f"{'bidirectional ' if self.bidirectional else ''}{self.kind} at {self.layer.name}"


def is_recurrent(layer: Layer) -> bool:
    """Whether a layer is one of those that this program knows, by itself, as a cell, or in both directions."""
    return _inner(layer)[0] in CELLS


def _inner(layer: Layer) -> tuple[str, Config]:
    """The class and the settings of what recurs in a layer: its own, those of its cell, or of the layer that it wraps."""
    kind, config = layer.kind, layer.config
    outer: Config = {}
    for _ in WRAPPERS:
        part = config.get({"Bidirectional": "layer", "RNN": "cell"}.get(kind, ""))
        if not isinstance(part, dict) or not isinstance(part.get("config"), dict):
            break
        outer = {
            **outer,
            **{name: config[name] for name in ("return_sequences", "go_backwards", "stateful") if name in config},
        }
        kind, config = class_of(part), {**part["config"], **outer}
    return kind.removesuffix("Cell"), config


def recurrent_of(tensors: Tensors, layer: Layer) -> Recurrent:
    """What a layer says of itself. ModelFileError where it computes what no cell here does."""
    kind, config = _inner(layer)
    cell = CELLS[kind]

    def refuse(what: str) -> Exception:
        return tensors.fail(f"{layer.name} ({kind}): {what}")

    units = config.get("units")
    if not isinstance(units, int) or isinstance(units, bool) or units < 1:
        raise refuse(f"units is {units!r}, not a number of hidden units")
    both = layer.kind == "Bidirectional"
    if both:
        merge = layer.config.get("merge_mode", CONCAT)
        if merge != CONCAT:
            raise refuse(
                f"merge_mode is {merge}, and a network here puts the outputs of both directions side by side (concat)"
            )
        _check_pair(refuse, layer, kind, config)
    if both and bool(config.get("go_backwards")):
        raise refuse("go_backwards: its forward layer reads from the end, which only the backward direction does here")
    chosen: dict[str, str] = {}
    activation = activation_of(config.get("activation", TANH))
    known = cell_class(cell).options
    if "activation" in known and activation in known["activation"]:
        chosen["activation"] = activation
    elif activation != TANH:
        possible = " or ".join(known.get("activation", (TANH,)))
        raise refuse(f"activation is {activation}, and the cell here has {possible}: every state would differ")
    if len(GATES[cell]) > 1:
        gate = activation_of(config.get("recurrent_activation", SIGMOID))
        if gate != SIGMOID:
            raise refuse(f"recurrent_activation is {gate}, and the gates here have a sigmoid: every state would differ")
    if "reset" in known:
        chosen["reset"] = "after" if config.get("reset_after") else "before"
    idle = [name for name in ("dropout", "recurrent_dropout") if config.get(name)]
    said = [f"{' and '.join(idle)}: no effect once trained"] if idle else []
    said += ["stateful: here every sequence begins with zeros"] if config.get("stateful") else []
    return Recurrent(
        layer,
        kind,
        cell,
        units,
        options_of(cell, chosen),
        both,
        bool(config.get("return_sequences")),
        config.get("use_bias", True) is not False,
        tuple(said),
        not both and bool(config.get("go_backwards")),
    )


def _check_pair(refuse: Any, layer: Layer, kind: str, config: Config) -> None:
    """Refuse a Bidirectional whose backward layer is not the forward layer turned round."""
    other = layer.config.get("backward_layer")
    if not isinstance(other, dict):
        return
    back_kind, back = _inner(Layer(layer.name, "Bidirectional", {"layer": other}))
    names = ("units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences")
    differs = [name for name in names if back.get(name) != config.get(name)]
    if back_kind != kind or differs or bool(back.get("go_backwards")) == bool(config.get("go_backwards")):
        what = "the class" if back_kind != kind else differs[0] if differs else "go_backwards"
        raise refuse(f"its two directions are no pair: {what} does not fit")


def activation_of(value: Any) -> str:
    """An activation's name, as a text or as Keras 3 writes functions."""
    if isinstance(value, dict):
        value = class_of(value) if is_own(value) else value.get("config")
    return LINEAR if value is None else str(value)


def packed_layer(tensors: Tensors, one: Recurrent, owned: Owned, k: int, inputs: int) -> tuple[dict[str, Array], dict[str, Origin]]:  # fmt: skip
    """The packed parameters of layer k of a network, and where they stood. ModelFileError where an array does not fit."""
    packed: dict[str, Array] = {}
    origins: dict[str, Origin] = {}
    parts = (
        {FORWARD: owned.forward, BACKWARD: owned.backward}
        if one.bidirectional
        else {BACKWARD if one.backwards else FORWARD: owned.every}
    )
    for direction, names in parts.items():
        found, where = _direction(tensors, one, names, inputs, direction)
        packed |= {f"layers.{k}.{direction}.{name}": array for name, array in found.items()}
        origins |= {f"layers.{k}.{direction}.{name}": origin for name, origin in where.items()}
    return packed, origins


def _direction(
    tensors: Tensors, one: Recurrent, names: tuple[str, ...], inputs: int, direction: str
) -> tuple[dict[str, Array], dict[str, Origin]]:
    cell = make_cell(one.cell, dict(one.options))
    order, H = GATES[one.cell], one.units
    rows, apart = len(order) * H, "b_hn" in cell.parameters
    wanted: dict[str, tuple[int, ...]] = {"kernel": (inputs, rows), "recurrent_kernel": (H, rows)}
    wanted |= {"bias": (2, rows) if apart else (rows,)} if one.biased else {}
    way = f", {direction}" if one.bidirectional else ""
    if len(names) != len(wanted):
        listed = ", ".join(tensors.sized(name) for name in names) or "nothing"
        raise tensors.fail(f"{one.layer.name}{way} has {', '.join(wanted)}; the file holds {listed}")
    arrays = dict(zip(wanted, names, strict=True))
    for role, shape in wanted.items():
        array = tensors.arrays[arrays[role]]
        if array.shape != shape:
            hint = ": it looks transposed" if array.shape == shape[::-1] and array.ndim == 2 else ""
            raise tensors.fail(
                f"{one.layer.name}{way}: {role}, {tensors.name(arrays[role])}, is {shape_of(array)} and should be "
                f"{'×'.join(map(str, shape))}{hint}"
            )
    gates = tuple(cell.gates)

    def in_our_order(array: Array) -> Array:  # (…, G*H) -> the same gates in the cell's order
        blocks = [array[..., order.index(gate) * H : (order.index(gate) + 1) * H] for gate in gates]
        return np.concatenate(blocks, axis=-1)

    packed = {
        name: np.ascontiguousarray(in_our_order(tensors.arrays[arrays[role]]).T)
        for name, role in (("W_x", "kernel"), ("W_h", "recurrent_kernel"))
    }
    shown = order if len(order) > 1 else ()
    origins = {
        "W_x": Origin((arrays["kernel"],), True, shown),
        "W_h": Origin((arrays["recurrent_kernel"],), True, shown),
    }
    if not one.biased:
        packed["b"] = np.zeros(rows)
        return packed | ({"b_hn": np.zeros(H)} if apart else {}), origins
    bias = in_our_order(tensors.arrays[arrays["bias"]])
    if not apart:
        packed["b"] = bias
        return packed, origins | {"b": Origin((arrays["bias"],), gates=shown)}
    n = slice(gates.index("n") * H, (gates.index("n") + 1) * H)
    second = bias[1].astype(np.float64)
    packed["b_hn"] = bias[1][n]
    second[n] = 0
    packed["b"] = bias[0].astype(np.float64) + second
    origins["b"] = Origin((arrays["bias"],), gates=shown, notes=("biases summed",))
    origins["b_hn"] = Origin((arrays["bias"],), gates=("n",), notes=("its second row",))
    return packed, origins
