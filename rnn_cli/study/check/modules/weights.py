"""Which parameter of a module is which of a cell's: by its name, and where that leaves a choice by its shape.

    W_xi, weight_ih, x2h.weight, forget_gate.weight, Wf.weight, cells.1.U_o, weight_hh_l0_reverse, …

A parameter says a source (x, h, or both side by side), gates (one, or all of them one below the other), and a kind: a matrix or
a bias. A matrix stands as (out, in), as in torch.nn.Linear, or transposed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import BACKWARD, FORWARD
from rnn_cli.errors import InputError
from rnn_cli.reading import whole_number

X, H, BOTH = "x", "h", "both"
Place = tuple[int, str]

WORDS = {
    "i": ("input", "in", "inp"),
    "f": ("forget",),
    "g": ("cell", "candidate", "cand", "c", "ctilde", "chat", "cbar", "cellcandidate", "cellstate"),
    "o": ("output", "out"),
    "r": ("reset",),
    "z": ("update", "upd"),
    "n": ("new", "candidate", "cand", "h", "htilde", "hhat", "tilde", "hcandidate", "hidden", "memory"),
}
"""What gates are called beside their letters."""
OF_X = ("x2h", "i2h", "xh", "ih", "x2g", "i2g", "wx", "wi", "wxh", "wih", "input2hidden", "inputtohidden", "fcx", "linx",
        "linearx", "linearih", "linih", "inputlayer", "inputproj", "xproj", "weightih", "biasih", "bih", "bx", "kernel", "in",
        "inputlinear", "fcih", "lini", "lineari", "projx")  # fmt: skip
OF_H = ("h2h", "hh", "h2g", "wh", "whh", "hidden2hidden", "hiddentohidden", "fch", "linh", "linearh", "linearhh", "linhh",
        "recurrent", "recurrentlayer", "hproj", "weighthh", "biashh", "bhh", "u", "recurrentkernel", "hiddenlinear", "fchh",
        "recurrentlinear", "projh", "hiddenlayer")  # fmt: skip
OF_BOTH = (
    "gates",
    "linear",
    "lin",
    "fc",
    "w",
    "xh2h",
    "i2hh",
    "combined",
    "weight",
    "b",
    "bias",
    "bh",
    "xhtoh",
    "layer",
)
AROUND = re.compile(
    r"^(linear|lin|fc|dense|proj|gate)(?=[a-z0-9]{2,})|(?<=[a-z0-9])(linear|lin|layer|proj|weight|gate)$"
)
LAYER = re.compile(r"(?:^|[._])l(?:ayer)?_?(\d{1,2})(?=$|[._])|(?:cells|layers|rnns|lstms|grus)[._](\d{1,2})(?=[._])")
WAY = re.compile(r"reversed?|backwards?|bwd?(?=$|[._])")


@dataclass(frozen=True)
class Said:
    """What a parameter's name and shape say. `gates` in the order in which they stand below each other."""

    name: str
    place: Place
    source: str
    gates: tuple[str, ...]
    bias: bool
    transposed: bool = False
    given: str = ""


@dataclass(frozen=True)
class Piece:
    """A part of a parameter that is one of the cell's: rows and columns after a transposition, from 0."""

    name: str
    rows: slice
    columns: slice | None
    transposed: bool
    sign: int = 1

    def of(self, arrays: Mapping[str, Array]) -> Array:
        """That part of an array, or of its gradient."""
        array = arrays[self.name].T if self.transposed else arrays[self.name]
        part = array[self.rows] if self.columns is None else array[self.rows, self.columns]
        return self.sign * part


@dataclass(frozen=True)
class Weights:
    """The sizes of a module, and what its parameters say; `unknown` are those whose names say nothing."""

    input_size: int
    hidden_size: int
    said: tuple[Said, ...]
    places: tuple[Place, ...]
    left: tuple[str, ...] = field(default=())

    @property
    def packed(self) -> bool:
        """Whether gates stand below each other anywhere."""
        return any(len(one.gates) > 1 for one in self.said)

    @property
    def joined(self) -> bool:
        """Whether what reads x and what reads h stand side by side anywhere."""
        return any(one.source == BOTH and not one.bias for one in self.said)


def compact(name: str) -> str:
    """Letters and digits in lower case."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def read_weights(source: str, arrays: Mapping[str, Array], cell: Cell, names: Mapping[str, str]) -> Weights:
    """What the parameters are. InputError where one that must be known is not: `names` says it, theirs -> ours or "none"."""
    said: list[Said] = []
    left: list[str] = []
    apart = _apart(arrays, cell)
    for name, array in arrays.items():
        if names.get(name) == "none" or array.ndim not in (1, 2):
            left.append(name)
            continue
        one = _mapped(source, name, names[name], cell) if name in names else _named(name, array, cell, apart)
        if one is None:
            left.append(name)
        else:
            said.append(one)
    if not any(one.source in (H, BOTH) for one in said if not one.bias):  # i2h over x and h side by side
        said = [replace(one, source=BOTH) for one in said]
    said, extra = _without_others(said)
    left += extra
    size = _hidden_size(source, said, arrays, cell, left)
    inputs = _input_size(source, said, arrays, size, cell, left)
    places = tuple(sorted({one.place for one in said}, key=lambda at: (at[0], at[1] == BACKWARD)))
    ways = len({way for _, way in places})
    found = [_sized(source, one, arrays[one.name], size, inputs if one.place[0] == 0 else ways * size) for one in said]
    weights = Weights(inputs, size, tuple(found), places, tuple(left))
    _check(source, weights, cell)
    return weights


def _without_others(said: list[Said]) -> tuple[list[Said], list[str]]:
    """What is left where matrices of x and of h are there without those that might be of both, as a readout called fc is."""
    sources = {one.source for one in said if not one.bias}
    stems = {_stem(one.name) for one in said if one.source == BOTH and not one.bias and not one.given}
    if not {X, H} <= sources:
        return said, []
    out = [one.name for one in said if not one.given and _stem(one.name) in stems]
    return [one for one in said if one.name not in out], out


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _mapped(source: str, name: str, ours: str, cell: Cell) -> Said:
    """A parameter that the person has named: W_xi, b_f, or W_x, W_h, b of all gates."""
    place = _place(name)
    if ours in cell.parameters:
        gate = next(gate for gate in sorted(cell.gates, key=len, reverse=True) if ours.endswith(gate))
        kind = {"W_x": X, "W_h": H}.get(ours[:3], H if ours == f"b_h{gate}" else BOTH)
        return Said(name, place, kind, (gate,), not ours.startswith("W_"), given=ours)
    kinds = {"W_x": X, "W_h": H, "W": BOTH, "b": BOTH, "b_ih": X, "b_hh": H}
    if ours not in kinds:
        raise InputError(f"{source}: {ours} is none of {', '.join((*cell.parameters, *kinds))}, or none")
    return Said(name, place, kinds[ours], usual_order(cell), ours.startswith("b"), given=ours)


def usual_order(cell: Cell) -> tuple[str, ...]:
    """The order in which PyTorch packs a cell's gates; that of the equations, where PyTorch has no such cell."""
    module = cell.frameworks.get("PyTorch")
    return module.gates if module is not None else tuple(cell.gates)


def _place(name: str) -> Place:
    found = LAYER.search(name)
    return (int(found[1] or found[2]) if found else 0, BACKWARD if WAY.search(name) else FORWARD)


def _named(name: str, array: Array, cell: Cell, apart: bool) -> Said | None:
    """What a name says; None where it says nothing."""
    place, core, bias = _place(name), _core(name), array.ndim == 1
    if len(cell.gates) == 1:
        gate = next(iter(cell.gates))
        source = _source(core, bias)
        return None if source is None else Said(name, place, source, (gate,), bias)
    of_gates, source = _of_gates(core, cell), _source(core, bias)
    if of_gates and (apart or source is None):
        return Said(name, place, of_gates[0][0], (of_gates[0][1],), bias)
    return None if source is None else Said(name, place, source, usual_order(cell), bias)


def _apart(names: Iterable[str], cell: Cell) -> bool:
    """Whether the gates have parameters of their own: two of them are named where no name of all gates fits."""
    gates = {
        found[0][1] for name in names if (found := _of_gates(_core(name), cell)) and _source(_core(name), False) is None
    }
    return len(gates) > 1


def _core(name: str) -> str:
    """The part of a name that says what a parameter is, in letters and digits."""
    plain = LAYER.sub(".", WAY.sub("", name))
    parts = [part for part in plain.split(".") if part.strip("_") and whole_number(part) is None]
    if len(parts) > 1 and parts[-1] in ("weight", "bias"):
        parts = parts[:-1]
    core = compact(parts[-1]) if parts else ""
    return AROUND.sub("", core)


def _source(core: str, bias: bool) -> str | None:
    for source, known in ((X, OF_X), (H, OF_H), (BOTH, OF_BOTH)):
        if core in known:
            return BOTH if core == "bh" and bias else source
    return None


def _of_gates(core: str, cell: Cell) -> list[tuple[str, str]]:
    """(source, gate) that a name may say, the likelier first."""
    found: list[tuple[str, str]] = []
    for gate in cell.gates:
        letter_words = (gate, *WORDS.get(gate, ()))
        for word in letter_words:
            forms = {
                X: [f"wx{word}", f"w{word}x", f"x2{word}", f"i2{word}", f"x{word}", f"wi{word}", f"{word}x", f"i{word}", f"bi{word}", f"bx{word}", f"ih{word}", f"weightih{word}", f"biasih{word}", f"{word}i", f"{word}input"],
                H: [f"wh{word}", f"w{word}h", f"h2{word}", f"h{word}", f"u{word}", f"{word}h", f"bh{word}", f"hh{word}", f"weighthh{word}", f"biashh{word}", f"{word}hidden", f"{word}recurrent"],
                BOTH: [f"w{word}", f"b{word}", f"bias{word}", f"{word}gate", word, f"gate{word}", f"weight{word}"],
            }  # fmt: skip
            for source in (BOTH, X, H):
                if core in forms[source]:
                    found.append((source, gate))
    plain = [
        one
        for one in found
        if len(one[1])
        and core in (f"w{one[1]}", f"b{one[1]}", f"u{one[1]}", f"wx{one[1]}", f"wh{one[1]}", f"wi{one[1]}")
    ]
    return plain or found


def _hidden_size(
    source: str, said: Sequence[Said], arrays: Mapping[str, Array], cell: Cell, left: Sequence[str]
) -> int:
    """H, of the matrices that read h; where there are none of the biases, or of the rows of all."""
    matrices = [one for one in said if not one.bias]
    of_h = {max(arrays[one.name].shape) / len(one.gates) for one in matrices if one.source == H}
    of_biases = {len(arrays[one.name]) / len(one.gates) for one in said if one.bias}
    sizes = of_h or of_biases or {arrays[one.name].shape[0] / len(one.gates) for one in matrices}
    if len(sizes) != 1 or next(iter(sizes)) % 1:
        raise _unclear(source, left, cell, "the size of its state cannot be read off its parameters")
    return int(next(iter(sizes)))


def _input_size(
    source: str, said: Sequence[Said], arrays: Mapping[str, Array], size: int, cell: Cell, left: Sequence[str]
) -> int:
    for one in said:
        if one.bias or one.place[0] or one.source == H:
            continue
        rows = size * len(one.gates)
        shape = arrays[one.name].shape
        other = shape[1] if shape[0] == rows else shape[0]
        if one.source == X or other == size:
            return int(other)
        if other > size:
            return int(other - size)
        return int(other)
    name = next(name for name in cell.parameters if name.startswith("W_x"))
    raise _unclear(source, left, cell, f"no parameter is {name}")


def _sized(source: str, one: Said, array: Array, size: int, inputs: int) -> Said:
    """The parameter with its source and its storage, which its shape decides."""
    rows = size * len(one.gates)
    if one.bias:
        if len(array) != rows:
            raise InputError(
                f"{source}: {one.name} has {len(array)} numbers, and a bias of {' '.join(one.gates)} has {rows}"
            )
        return one
    widths = {X: inputs, H: size, BOTH: inputs + size}
    order = [one.source, *(other for other in (X, H) if one.source == BOTH)]
    for kind in order:
        for transposed in (False, True):
            if array.shape == ((widths[kind], rows) if transposed else (rows, widths[kind])):
                return Said(one.name, one.place, kind, one.gates, False, transposed, one.given)
    shape = "×".join(map(str, array.shape))
    raise InputError(
        f"{source}: {one.name} is {shape}, and what reads {'x and h' if one.source == BOTH else one.source} is {rows}×{widths[one.source]}; "
        f"--map says what it is, as in: {one.name} = W_x"
    )


def _check(source: str, weights: Weights, cell: Cell) -> None:
    """InputError where a matrix of the cell has no parameter, or two."""
    for place in weights.places:
        for name in (one for one in cell.parameters if one.startswith("W_")):
            kind, gate = (X if name.startswith("W_x") else H), name[3:]
            if name == "W_hh":
                gate = next(iter(cell.gates))
            those = [
                one.name
                for one in weights.said
                if one.place == place and not one.bias and gate in one.gates and one.source in (kind, BOTH)
            ]
            if not those:
                raise _unclear(source, weights.left, cell, f"no parameter is {name}")
            if len(those) > 1:
                raise InputError(
                    f"{source}: {those[0]} and {those[1]} both read as {name}: --map says what each is, as in: {those[1]} = none"
                )


def _unclear(source: str, left: Sequence[str], cell: Cell, what: str) -> InputError:
    names = ", ".join(left[:6]) or "none"
    return InputError(
        f"{source}: {what}; parameters that are not understood: {names}\n"
        f"--map FILE says what they are, a line each: their name = {cell.parameters[0]}, W_x of all gates, or none"
    )


def pieces(
    weights: Weights, cell: Cell, order: Sequence[str], h_first: bool, flipped: str | None
) -> dict[Place, dict[str, list[Piece]]]:
    """For each of the cell's parameters its parts, with the gates in an order, h before x where they stand side by side.

    `flipped` is a gate that the module takes 1 minus of: sigmoid(-a) = 1 - sigmoid(a).
    """
    found: dict[Place, dict[str, list[Piece]]] = {place: {} for place in weights.places}
    size, ways = weights.hidden_size, len({way for _, way in weights.places})
    for one in weights.said:
        inputs = weights.input_size if one.place[0] == 0 else ways * size
        gates = tuple(order) if len(one.gates) > 1 else one.gates
        for k, gate in enumerate(gates):
            rows, sign = slice(k * size, (k + 1) * size), -1 if gate == flipped else 1
            own = found[one.place]
            if one.bias:
                second = f"b_h{gate}"
                name = (
                    second if one.source == H and second in cell.parameters and second != f"b_{gate}" else f"b_{gate}"
                )
                own.setdefault(name, []).append(Piece(one.name, rows, None, False, sign))
                continue
            x_from, h_from = (size, 0) if h_first else (0, inputs)
            columns = (
                {X: slice(x_from, x_from + inputs), H: slice(h_from, h_from + size)}
                if one.source == BOTH
                else {one.source: slice(None)}
            )
            for kind, part in columns.items():
                own.setdefault(f"W_{kind}{gate}", []).append(Piece(one.name, rows, part, one.transposed, sign))
    return found
