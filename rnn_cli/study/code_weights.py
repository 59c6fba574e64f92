"""The lines of a program that make the weights of a network of what its file holds, by the conventions of that file."""

from collections.abc import Callable
from dataclasses import dataclass

from rnn_cli.core.symbols import Symbol, written_activation
from rnn_cli.models.foreign.choices import BEHIND_EMBEDDING
from rnn_cli.models.foreign.keras.model import KERAS
from rnn_cli.models.foreign.npz import NUMPY
from rnn_cli.models.foreign.onnx.cells import PEEPHOLES
from rnn_cli.models.formats import FORMATS
from rnn_cli.models.handwritten import FORMAT as HANDWRITTEN
from rnn_cli.models.model import PYTORCH
from rnn_cli.models.origins import ZEROS_BEFORE, applied
from rnn_cli.models.trained import FORMAT as TRAINED
from rnn_cli.study.code_files import arrays_lines
from rnn_cli.study.code_onnx import graph_lines, start_lines
from rnn_cli.study.code_parts import WIDEST, Program, Subject, quoted, tuple_of

ONNX = FORMATS["onnx"].title


def weights_lines(subject: Subject) -> Program:
    """Imports and lines that read the weights into `layers`, `embedding`, `W_hy` and `b_y`, as NumPy arrays of doubles.

    `layers` holds a dict for each layer and direction, under the names of the equations.
    """
    return READERS[subject.model.format](subject)


def _handwritten(subject: Subject) -> Program:
    a = subject.architecture
    lines = [
        'with open(FILE, encoding="utf-8") as file:',
        "    model = json.load(file)",
        "layers = [",
        '    {name: np.array(value, float) for name, value in layer.items() if name != "direction"}',
        '    for layer in model["parameters"]["layers"]',
        "]",
    ]
    if a.embedding_rows:
        lines.append('embedding = np.array(list(model["embedding"].values()), float)')
    if a.output_size:
        lines.append('W_hy, b_y = (np.array(model["parameters"]["readout"][name], float) for name in ("W_hy", "b_y"))')
    return ["import json"], lines


def _trained(subject: Subject) -> Program:
    a = subject.architecture
    ways = ", ".join(f'"{way}"' for way in a.directions) + "," * (len(a.directions) == 1)
    imports, opened = arrays_lines(subject)
    lines = [
        *opened,
        "file = {name: array.astype(float) for name, array in file.items()}",
        "PACKED = {  # which parameters lie one below the other in an array",
        *(
            f'    "{key}": {list(names)},'.replace("'", '"')
            for key, names in subject.model.network.cell.packing.items()
        ),
        "}",
        "layers = []",
        f'for place in [f"{subject.side}layers.{{k}}.{{way}}" for k in range({a.num_layers}) for way in ({ways})]:',
        '    arrays = {key: np.split(file[f"{place}.{key}"], len(names)) for key, names in PACKED.items()}',
        "    layers.append({name: part for key, names in PACKED.items() for name, part in zip(names, arrays[key])})",
    ]
    lines += [f'embedding = file["{subject.side}embedding"]'] if a.embedding_rows else []
    lines += ['parts = file["parts"]'] if a.part_rows else []
    if a.output_size:
        names = (f'file["{subject.side}readout.{name}"]' for name in ("W_hy", "b_y"))
        lines.append(f"W_hy, b_y = {', '.join(names)}")
    return imports, lines


def _equations(subject: Subject) -> Program:
    """An .npz file whose arrays have the names of the equations."""
    imports, lines = arrays_lines(subject)
    lines = [*lines, "layers = ["]
    for layer, way in subject.places:
        lines.append("    {")
        for key, names in subject.model.network.cell.packing.items():
            origin = subject.origin(layer, way, key)
            assert origin is not None
            lines += [
                f"        {quoted(name)}: np.array(file[{quoted(one)}], float),"
                for name, one in zip(names, origin.names, strict=True)
            ]
        lines.append("    },")
    return imports, [*lines, "]", *head_lines(subject)]


@dataclass(frozen=True)
class Convention:
    """How a format keeps the arrays of one layer and direction.

    how         how the gates stand in them, for the comment behind their order
    arguments   what stands for one layer and direction
    parts       of these, what is taken apart: W_x, W_h and one bias or two
    turned      whether its matrices multiply a row
    """

    how: str
    arguments: tuple[str, ...]
    parts: tuple[str, ...]
    turned: bool = False


def _state_dict(subject: Subject) -> Program:
    imports, lines = arrays_lines(subject)
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    stands = Convention("one below the other in each array", kinds, kinds)
    rows = len(gates_of(subject))

    def given(layer: int, way: str) -> list[str]:
        found = arrays_of(subject, layer, way)
        none = f"np.zeros({rows * subject.architecture.size_of(layer)})"
        return [f"file[{quoted(found[kind])}]" if kind in found else none for kind in kinds]

    made = [*lines, *_taken_apart(subject, stands, given)]
    return imports, [*made, *head_lines(subject), *_without_projection(subject)]


def projections_of(subject: Subject) -> list[str]:
    """What projects h (proj_size), by layers and directions, under the names of the file; [] where nothing does."""
    if not subject.model.read.get("projected"):
        return []
    found = [subject.origin(*place, "W_h") for place in subject.places]
    return [subject.stored(one.names[-1]) for one in found if one is not None]


def _without_projection(subject: Subject) -> list[str]:
    """The lines that count a projection of h to the weights that read it, as the equations have none."""
    names, D = projections_of(subject), len(subject.architecture.directions)
    if not names:
        return []
    below = f"*PROJECTIONS[k - {D} - k % {D} : k - k % {D}]" if D > 1 else "PROJECTIONS[k - 1]"
    lines = [
        "PROJECTIONS = [  # proj_size: h is W_hr (o * tanh(c)), and what reads it can read o * tanh(c) by a product with W_hr",
        *(f"    np.array(file[{quoted(name)}], float)," for name in names),
        "]",
        "",
        "",
        "def unprojected(W, *projections):",
        "    parts = np.split(W, len(projections), axis=1)",
        "    return np.concatenate([part @ W_hr for part, W_hr in zip(parts, projections)], axis=1)",
        "",
        "",
        "for k, p in enumerate(layers):",
        "    for gate in GATES:",
        '        p["W_h" + gate] = unprojected(p["W_h" + gate], PROJECTIONS[k])',
        f"        if k >= {D}:",
        f'            p["W_x" + gate] = unprojected(p["W_x" + gate], {below})',
    ]
    if "readout.W_hy" in subject.model.origins:
        return [*lines, f"W_hy = unprojected(W_hy, *PROJECTIONS[-{D}:])"]
    size = subject.architecture.output_size
    return [*lines, f"W_hy = unprojected(np.eye({size}), *PROJECTIONS[-{D}:])  # h itself", f"b_y = np.zeros({size})"]


def _keras(subject: Subject) -> Program:
    imports, lines = arrays_lines(subject)
    names = ("kernel", "recurrent_kernel", "bias")
    two = bool(_apart(subject))
    parts = ("kernel", "recurrent_kernel", "*bias" if two else "bias")
    how = "beside each other in each array, and x W for W x: .T turns both"
    stands = Convention(how, names, parts, turned=True)
    rows = len(gates_of(subject))

    def given(layer: int, way: str) -> list[str]:
        size = rows * subject.architecture.size_of(layer)
        none = f"np.zeros({(2, size) if two else size})"
        found = [subject.origin(layer, way, key) for key in ("W_x", "W_h", "b")]
        return [none if one is None else f"file[{quoted(subject.stored(one.names[0]))}]" for one in found]

    return imports, [*lines, *_taken_apart(subject, stands, given), *head_lines(subject)]


def _onnx(subject: Subject) -> Program:
    imports, lines = graph_lines(subject)
    peepholes = any(name.startswith("p_") for name in subject.model.network.cell.parameters)
    kept = ("W", "R", "B", "P") if peepholes else ("W", "R", "B")
    how = "one below the other in W and R, and twice in B; k is the direction of the node"
    stands = Convention(how, ("k", *kept), ("W[k]", "R[k]", "*np.split(B[k], 2)"))
    gates, keys = len(gates_of(subject)), {"W": "W_x", "R": "W_h", "B": "b", "P": "p_i"}

    def given(layer: int, way: str) -> list[str]:
        found = {name: subject.origin(layer, way, keys[name]) for name in kept}
        row = next(one.row for one in found.values() if one is not None)
        H = subject.architecture.size_of(layer)
        none = {"B": f"np.zeros(({row + 1}, {2 * gates * H}))", "P": f"np.zeros(({row + 1}, {3 * H}))"}
        arrays = [none[name] if one is None else f"file[{quoted(one.at)}]" for name, one in found.items()]
        return [str(row), *arrays]

    made = [*lines, *_taken_apart(subject, stands, given)]
    return imports, [*made, *start_lines(subject), *head_lines(subject)]


READERS: dict[str, Callable[[Subject], Program]] = {
    HANDWRITTEN: _handwritten,
    TRAINED: _trained,
    PYTORCH: _state_dict,
    NUMPY: _equations,
    KERAS: _keras,
    ONNX: _onnx,
}
"""For each format that a model may have come from, what reads its weights."""


def gates_of(subject: Subject) -> tuple[str, ...]:
    """The gates in the order of the file."""
    origin = subject.origin(*subject.places[0], "W_x")
    assert origin is not None
    return origin.gates or tuple(subject.model.network.cell.gates)


def _apart(subject: Subject) -> list[str]:
    """The gates whose second bias stays a parameter of its own."""
    cell = subject.model.network.cell
    return [gate for gate in cell.gates if f"b_h{gate}" in cell.parameters]


def _taken_apart(subject: Subject, stands: Convention, given: Callable[[int, str], list[str]]) -> list[str]:
    """A function that takes one layer and direction apart, and what it makes of each; `given` writes its arguments."""
    gates, apart = gates_of(subject), _apart(subject)
    two, turned = len(stands.parts) > 3 or stands.parts[-1].startswith("*"), ".T" * stands.turned
    biases, summed = ("b_x, b_h", "b_x + b_h") if two else ("b", "b")
    lines = [
        "",
        f"GATES = {tuple_of(gates)}  # {stands.how}",
        "",
        "",
        f"def gates_of({', '.join(stands.arguments)}):",
        '    """The arrays of one layer and direction taken apart, under the names of the equations."""',
        f"    parts = [np.split(np.array(one, float){turned}, len(GATES)) for one in ({', '.join(stands.parts)})]",
        "    named = {}",
        f"    for gate, W_x, W_h, {biases} in zip(GATES, *parts):",
        f'        named |= {{"W_x" + gate: W_x, "W_h" + gate: W_h, "b_" + gate: {summed}}}'
        + "  # two biases, added up" * two,
    ]
    for gate in apart:
        k = gates.index(gate)
        lines.append(
            f'    named["b_{gate}"], named["b_h{gate}"] = parts[2][{k}], parts[3][{k}]  # here they stay apart'
        )
    if "P" in stands.arguments:
        lines += [
            f"    for gate, p in zip({tuple_of(PEEPHOLES)}, np.split(np.array(P[k], float), {len(PEEPHOLES)})):",
            '        named["p_" + gate] = p',
        ]
    lines += ["    return named", "", "", "layers = ["]
    for layer, way in subject.places:
        arguments = given(layer, way)
        line = f"    gates_of({', '.join(arguments)}),"
        lines += (
            [line] if len(line) <= WIDEST else ["    gates_of(", *(f"        {one}," for one in arguments), "    ),"]
        )
    return [*lines, "]"]


def head_lines(subject: Subject) -> list[str]:
    """`embedding`, `W_hy` and `b_y`, as far as the network has them."""
    a, origins, lines = subject.architecture, subject.origins, []

    def array(key: str) -> str:
        origin = origins[key]
        return (
            f"np.array(file[{quoted(origin.at or subject.stored(origin.names[0]))}], float)" + ".T" * origin.transposed
        )

    if a.embedding_rows:
        lines.append(f"embedding = {array('embedding')}")
        if behind := behind_embedding(subject):
            written = written_activation(behind, Symbol("embedding")).text
            lines.append(f"embedding = {written}  # {behind} stands behind it")
    if "readout.W_hy" not in origins:
        return lines
    lines.append(f"W_hy = {array('readout.W_hy')}")
    flat = ".ravel()" * bool(origins["readout.W_hy"].at)  # a graph may add (1, C)
    lines.append(f"b_y = {array('readout.b_y')}{flat}" if "readout.b_y" in origins else "b_y = np.zeros(len(W_hy))")
    if before_one_unit(subject):
        lines.append(f"W_hy, b_y = (np.concatenate([0 * one, one]) for one in (W_hy, b_y))  # {BEFORE}")
    return lines


BEFORE = "sigmoid(a) is the second share of softmax(0, a)"
"""Why a readout of one unit has zeros before it."""


def behind_embedding(subject: Subject) -> str:
    """The function that stands behind the embedding, "" where none does."""
    notes = subject.origins["embedding"].notes
    return next((name for name in BEHIND_EMBEDDING if applied(name) in notes), "")


def before_one_unit(subject: Subject) -> bool:
    """Whether the readout is one unit of the file, read as two classes."""
    return ZEROS_BEFORE in subject.origins["readout.W_hy"].notes


def arrays_of(subject: Subject, layer: int, direction: str) -> dict[str, str]:
    """PyTorch's arrays of one layer and direction, by their kind: weight_ih -> its name in the file."""
    W_x, W_h, b = (subject.origin(layer, direction, key) for key in ("W_x", "W_h", "b"))
    assert W_x is not None
    assert W_h is not None
    assert b is not None
    names = [W_x.names[0], W_h.names[0], *b.names]
    return {
        kind: subject.stored(name)
        for kind, name in zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), names, strict=False)
    }
