"""The recurrent modules of a state dict: torch.nn.RNN, LSTM and GRU, and chains of RNNCell, LSTMCell and GRUCell.

    weight_ih_l0 (G*H, I)    weight_hh_l0 (G*H, H)    bias_ih_l0, bias_hh_l0 (G*H,)    …_reverse for the backward direction
    weight_ih, weight_hh, bias_ih, bias_hh            of a cell; cells.0, cells.1, … are the layers of one network
    weight_hr_l0 (P, H)                               an LSTM with proj_size: h = W_hr (o * tanh(c)), (P,)

PyTorch adds two biases per gate. They are summed here, except in the GRU's n gate, where the second stands inside the
reset: n = tanh(W_xn x + b_n + r * (W_hn h + b_hn)).

With a projection, the state here is m = o * tanh(c), and what reads h reads W_hr m: W_hh W_hr stands for W_hh, and so in
the layer above and in the readout. It is the same network, with the projection counted to the weights that follow it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import cell_class, cells_of
from rnn_cli.core.network import BACKWARD, FORWARD, Architecture
from rnn_cli.models.foreign.names import Tensors, shape_of
from rnn_cli.models.options import options_of
from rnn_cli.models.origins import SUMMED, Origin

PYTORCH_NAME = "PyTorch"
KIND = "weight_ih|weight_hh|bias_ih|bias_hh|weight_hr"
IN_MODULE = re.compile(rf"(?P<module>(?:.*\.)?)(?P<kind>{KIND})_l(?P<layer>[0-9]{{1,6}})(?P<reverse>_reverse)?")
IN_CELL = re.compile(rf"(?P<module>(?:.*\.)?)(?P<kind>{KIND})")
ALIKE = re.compile(r"(?:.*\.)?(?:weight|bias)_(?:ih|hh|hr)[^.]*")
"""What is a parameter of some recurrent module by its name, and must belong to one."""
NUMBERED = re.compile(r"(?P<stem>(?:.*\.)?)(?P<layer>[0-9]{1,6})\.")

Place = tuple[int, str]


def pytorch_modules() -> dict[int, str]:
    """The cells that PyTorch has, by the number of gates stacked in their matrices."""
    return {len(cell_class(name).frameworks[PYTORCH_NAME].gates): name for name in cells_of(PYTORCH_NAME)}


@dataclass(frozen=True, eq=False)
class Recurrent:
    """One recurrent module: its path ("" where names have none), and the plain names of its parameters by place and kind."""

    tensors: Tensors
    module: str
    of_cells: bool = False
    parts: dict[Place, dict[str, str]] = field(default_factory=dict)

    @property
    def layers(self) -> int:
        """How many layers there are, by the highest number."""
        return 1 + max(layer for layer, _ in self.parts)

    @property
    def directions(self) -> tuple[str, ...]:
        """FORWARD, and BACKWARD where any parameter is …_reverse."""
        return (FORWARD, BACKWARD) if any(direction == BACKWARD for _, direction in self.parts) else (FORWARD,)

    @property
    def names(self) -> set[str]:
        """The plain names of all its parameters."""
        return {name for kinds in self.parts.values() for name in kinds.values()}

    def array(self, place: Place, kind: str) -> Array:
        """A parameter. KeyError where there is none."""
        return self.tensors.arrays[self.parts[place][kind]]

    def _weight_hh(self, layer: int) -> Array:
        """A matrix of the sizes of a layer: those of cells may differ, those of a module are the first one's."""
        return self.array((layer if self.of_cells else 0, FORWARD), "weight_hh")

    def rows_of(self, layer: int) -> int:
        """The rows of a layer's matrices: G*H."""
        return int(self._weight_hh(layer).shape[0])

    def size_of(self, layer: int) -> int:
        """The size of a layer's h in one direction."""
        return int(self._weight_hh(layer).shape[1])

    @property
    def rows(self) -> int:
        """The rows of the last layer's matrices."""
        return self.rows_of(self.layers - 1)

    @property
    def output_size(self) -> int:
        """The size of the last layer's h in one direction."""
        return self.size_of(self.layers - 1)

    @property
    def hidden_size(self) -> int:
        """H of the last layer, the size of c where h is a projection of it."""
        return self.rows // 4 if self.projected else self.output_size

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """H of every layer."""
        return tuple(map(self.size_of, range(self.layers))) if self.of_cells else (self.hidden_size,) * self.layers

    @property
    def input_size(self) -> int:
        """The size of what layer 0 reads."""
        return int(self.array((0, FORWARD), "weight_ih").shape[1])

    @property
    def width(self) -> int:
        """The size of the output at each step."""
        return self.output_size * len(self.directions)

    @property
    def projected(self) -> bool:
        """Whether it has proj_size."""
        return any("weight_hr" in kinds for kinds in self.parts.values())

    @property
    def cell(self) -> str:
        """The cell that its matrices are those of."""
        return pytorch_modules()[self.rows // self.hidden_size]

    @property
    def title(self) -> str:
        """What it is and where it stands, for a person."""
        kind = cell_class(self.cell).frameworks[PYTORCH_NAME].name + ("Cell" if self.of_cells else "")
        return f"{kind} at {self.module}" if self.module else kind


def recurrent_modules(tensors: Tensors) -> list[Recurrent]:
    """All recurrent modules of a file, whole. ModelFileError where one lacks a parameter or has one that does not fit."""
    found: dict[str, Recurrent] = {}
    cells: dict[str, dict[str, str]] = {}
    for name in tensors.arrays:
        if match := IN_MODULE.fullmatch(name):
            module = match["module"].rstrip(".")
            place = int(match["layer"]), BACKWARD if match["reverse"] else FORWARD
            found.setdefault(module, Recurrent(tensors, module)).parts.setdefault(place, {})[match["kind"]] = name
        elif match := IN_CELL.fullmatch(name):
            cells.setdefault(match["module"], {})[match["kind"]] = name
        elif ALIKE.fullmatch(name):
            shown = tensors.name(name)[:60]
            raise tensors.fail(f"{shown} is no parameter of torch.nn.RNN, LSTM or GRU, nor of their cells")
    modules = [*found.values(), *_chained(tensors, cells)]
    for one in modules:
        _check(one)
    return modules


def _chained(tensors: Tensors, cells: Mapping[str, dict[str, str]]) -> list[Recurrent]:
    """Cells as modules of one layer, and numbered ones that fit on each other as the layers of one module."""
    stacks: dict[str, dict[int, dict[str, str]]] = {}
    single: dict[str, dict[str, str]] = {}
    for path, kinds in cells.items():
        match = NUMBERED.fullmatch(path)
        if match is None:
            single[path.rstrip(".")] = kinds
        else:
            stacks.setdefault(match["stem"].rstrip("."), {})[int(match["layer"])] = kinds
    modules = [Recurrent(tensors, path, of_cells=True, parts={(0, FORWARD): kinds}) for path, kinds in single.items()]
    for stem, layers in stacks.items():
        ordered = [layers[number] for number in sorted(layers)]
        if sorted(layers) == list(range(len(layers))) and _fit_on_each_other(tensors, ordered):
            parts = {(layer, FORWARD): kinds for layer, kinds in enumerate(ordered)}
            modules.append(Recurrent(tensors, stem, of_cells=True, parts=parts))
            continue
        for number, kinds in layers.items():
            path = f"{stem}.{number}" if stem else str(number)
            modules.append(Recurrent(tensors, path, of_cells=True, parts={(0, FORWARD): kinds}))
    return modules


def _fit_on_each_other(tensors: Tensors, layers: list[dict[str, str]]) -> bool:
    shapes = [[tensors.arrays[kinds[k]].shape for k in ("weight_ih", "weight_hh") if k in kinds] for kinds in layers]
    if not all(len(pair) == 2 and len(pair[0]) == len(pair[1]) == 2 for pair in shapes):
        return False
    (rows, size), sizes = shapes[0][1], [hh[1] for _, hh in shapes]
    alike = all(hh[0] * size == rows * hh[1] for _, hh in shapes)  # as many gates
    return alike and all(ih[1] == below for (ih, _), below in zip(shapes[1:], sizes, strict=False))


def _check(one: Recurrent) -> None:
    """ModelFileError where a parameter is missing, or its shape is not that of its place."""
    tensors, biased = one.tensors, {kind for kinds in one.parts.values() for kind in kinds if kind.startswith("bias")}
    wanted = ["weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if biased else ()), *["weight_hr"] * one.projected]
    example = next(iter(one.names))
    for layer in range(one.layers):
        for direction in one.directions:
            kinds = one.parts.get((layer, direction), {})
            for kind in wanted:
                if kind not in kinds:
                    suffix = "" if one.of_cells else f"_l{layer}" + "_reverse" * (direction == BACKWARD)
                    path = f"{one.module}." if one.module else ""
                    raise tensors.fail(
                        f"{path}{kind}{suffix} is missing, and {tensors.name(example)} is there: "
                        "the module is not whole in this file"
                    )
    hh = tensors.arrays[one.parts[0, FORWARD]["weight_hh"]]
    ih = tensors.arrays[one.parts[0, FORWARD]["weight_ih"]]
    name = tensors.name(one.parts[0, FORWARD]["weight_hh"])
    if hh.ndim != 2 or ih.ndim != 2 or hh.size == 0:
        raise tensors.fail(f"{name} and the weight_ih beside it must be matrices that are not empty")
    gates = sorted(pytorch_modules())
    if one.projected:
        if one.rows_of(0) % 4 or gates[-1] != 4:
            raise tensors.fail(f"{name} is {shape_of(hh)}: with weight_hr its rows must be 4 times the size of c")
    elif one.rows_of(0) % one.size_of(0) or one.rows_of(0) // one.size_of(0) not in gates:
        if hh.shape[1] % hh.shape[0] == 0 and hh.shape[1] // hh.shape[0] in gates:
            raise tensors.fail(
                f"{name} is {shape_of(hh)}, and PyTorch's is {hh.shape[1]}×{hh.shape[0]}: it looks transposed; "
                "save it with .T.contiguous()"
            )
        modules = pytorch_modules()
        known = [f"{n} ({cell_class(modules[n]).frameworks[PYTORCH_NAME].name})" for n in gates]
        raise tensors.fail(
            f"{name} is {shape_of(hh)}: rows must be {', '.join(known[:-1])} or {known[-1]} times {one.size_of(0)}"
        )
    for (layer, _), kinds in one.parts.items():
        for kind, plain in kinds.items():
            _check_shape(one, layer, kind, plain)


def _check_shape(one: Recurrent, layer: int, kind: str, plain: str) -> None:
    tensors, array, rows = one.tensors, one.tensors.arrays[plain], one.rows_of(layer)
    inputs = one.size_of(layer - 1) * len(one.directions) if layer else one.input_size
    expected = {
        "weight_ih": (rows, inputs),
        "weight_hh": (rows, one.size_of(layer)),
        "weight_hr": (one.output_size, one.hidden_size),
    }.get(kind, (rows,))
    if array.shape == expected:
        return
    if (layer, kind) == (0, "weight_ih") and array.ndim == 2 and array.shape[1] == rows:
        expected = array.shape[::-1]  # the size of the inputs is read off this array, from the side that does not fit
    hint = ""
    if array.shape == expected[::-1]:
        hint = ": it looks transposed; save it with .T.contiguous()"
    raise tensors.fail(f"{tensors.sized(plain)} should be {'×'.join(map(str, expected))}{hint}")


def as_packed(one: Recurrent, activation: str) -> tuple[Architecture, dict[str, Array]]:
    """The architecture of a module without a readout, and its parameters as the cells pack them."""
    known = cell_class(one.cell).options
    options = options_of(one.cell, {"activation": activation} if "activation" in known else {})
    architecture = Architecture(one.cell, one.input_size, 0, 0, len(one.directions) == 2, options=options).of_layers(
        one.hidden_sizes
    )
    module = architecture.make_cell().frameworks[PYTORCH_NAME]
    packed: dict[str, Array] = {}
    for (layer, direction), kinds in one.parts.items():
        where, H = f"layers.{layer}.{direction}", architecture.size_of(layer)
        zeros = np.zeros(one.rows_of(layer))
        b_ih, b_hh = (
            np.array(one.tensors.arrays[kinds[kind]] if kind in kinds else zeros, dtype=np.float64)
            for kind in ("bias_ih", "bias_hh")
        )
        packed[f"{where}.W_x"] = one.array((layer, direction), "weight_ih")
        packed[f"{where}.W_h"] = one.array((layer, direction), "weight_hh")
        if one.projected:
            if layer:
                packed[f"{where}.W_x"] = unprojected(packed[f"{where}.W_x"], one, layer - 1)
            packed[f"{where}.W_h"] = packed[f"{where}.W_h"].astype(np.float64) @ one.array(
                (layer, direction), "weight_hr"
            )
        for gate in module.apart:
            part = slice(module.gates.index(gate) * H, (module.gates.index(gate) + 1) * H)
            packed[f"{where}.b_h{gate}"] = b_hh[part].copy()
            b_hh[part] = 0
        packed[f"{where}.b"] = b_ih + b_hh
    return architecture, packed


def origins_of(one: Recurrent) -> dict[str, Origin]:
    """Where each packed parameter of a module stood in its file."""
    module = cell_class(one.cell).frameworks[PYTORCH_NAME]
    projected = ("multiplied by the projection",) if one.projected else ()
    origins: dict[str, Origin] = {}
    for (layer, direction), kinds in one.parts.items():
        where = f"layers.{layer}.{direction}"
        names = {kind: one.tensors.name(plain) for kind, plain in kinds.items()}
        hr = (names["weight_hr"],) if one.projected else ()
        origins[f"{where}.W_x"] = Origin((names["weight_ih"], *(hr if layer else ())), gates=module.gates)
        origins[f"{where}.W_h"] = Origin((names["weight_hh"], *hr), gates=module.gates, notes=projected)
        biases = tuple(names[kind] for kind in ("bias_ih", "bias_hh") if kind in names)
        summed = SUMMED + (f" but for gate {' '.join(module.apart)}" if module.apart else "")
        origins[f"{where}.b"] = Origin(biases, gates=module.gates, notes=(summed if biases else "no bias: 0",))
        for gate in module.apart:
            origins[f"{where}.b_h{gate}"] = Origin(biases[1:], notes=(f"gate {gate} of the second bias",))
    return origins


def unprojected(W: Array, one: Recurrent, layer: int) -> Array:
    """A matrix that reads the h of a layer, as one that reads the m that h is a projection of."""
    size = one.output_size
    columns = [
        W[:, k * size : (k + 1) * size].astype(np.float64) @ one.array((layer, direction), "weight_hr")
        for k, direction in enumerate(one.directions)
    ]
    return np.concatenate(columns, axis=1)
