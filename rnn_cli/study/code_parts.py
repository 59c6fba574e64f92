"""What programs of all kinds have in common: how they begin, read the file and print what they computed."""

from collections.abc import Iterable
from dataclasses import dataclass

from rnn_cli.core.cells.base import Module
from rnn_cli.core.forms import GROWTH, STEPWISE
from rnn_cli.core.network import MANY_TO_ONE, Architecture
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT, MAX, MEAN
from rnn_cli.errors import InputError
from rnn_cli.models.files import Held
from rnn_cli.models.handwritten import FORMAT as HANDWRITTEN
from rnn_cli.models.model import PYTORCH, Model
from rnn_cli.models.shards import INDEX
from rnn_cli.models.sizes import said_sizes
from rnn_cli.models.trained import FORMAT as TRAINED
from rnn_cli.study.code_sample import Sample

READ = {
    FINAL_STATE: "output[-1]",
    LAST_OUTPUT: "output[-1]",
    MEAN: "output.mean({axis}=0)",
    MAX: "output.{max}({axis}=0)",
}
"""What a readout that reads once reads of the output (T, D*H)."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What a program is of: a model, the file that it reads and what stands in that, a sample to run."""

    model: Model
    path: str
    held: Held
    sample: Sample

    @property
    def architecture(self) -> Architecture:
        """The model's."""
        return self.model.network.architecture

    @property
    def places(self) -> list[tuple[int, str]]:
        """All layers and directions in the order of the file."""
        a = self.architecture
        return [(layer, direction) for layer in range(a.num_layers) for direction in a.directions]

    def stored(self, name: str) -> str:
        """An array's name as a program finds it. InputError where the file has it in parts alone."""
        found = self.held.stored(name)
        if found is None:
            raise InputError(
                f"{self.path}: {name} is put together (weight_norm), which a short program does not do: save the model "
                "without it, or write it anew with rnn convert"
            )
        return found


WIDEST = 110
"""A longer call is written over several lines."""

STANDARD = ("json", "pathlib", "types")
"""Modules of Python itself that programs import."""


def refuse(subject: Subject, why: str) -> InputError:
    """What to raise where there is no such program of a model."""
    return InputError(f"{subject.path}: {why}")


def head(subject: Subject, imports: Iterable[str]) -> list[str]:
    """The first lines: what this is, what it imports, which file it reads."""
    a, cell = subject.architecture, subject.model.network.cell
    sizes = f"{a.input_size} inputs, {said_sizes(a)} hidden units, {a.num_layers} layer{'s' * (a.num_layers > 1)}"
    both = ", both directions" * a.bidirectional + ", backwards" * a.backward_only
    ordered = sorted(set(imports), key=lambda line: (line.startswith("from"), line))
    standard = [line for line in ordered if line.split()[1] in STANDARD]
    others = [line for line in ordered if line not in standard]
    return [
        f'"""{cell.title[0].upper()}{cell.title[1:]}: {sizes}{both}.',
        "",
        "`rnn inspect --code` wrote this, and `rnn forward` computes the same numbers.",
        '"""',
        "",
        *([*standard, ""] if standard else []),
        *others,
        "",
        f"FILE = {quoted(subject.path)}",
        "",
    ]


def file_lines(subject: Subject) -> list[str]:
    """Read a .safetensors file, or all files of an index."""
    if not subject.path.endswith(INDEX):
        return ["file = load_file(FILE)"]
    return [
        'with open(FILE, encoding="utf-8") as index:',
        '    parts = sorted(set(json.load(index)["weight_map"].values()))',
        "file = {}",
        "for part in parts:",
        "    file |= load_file(Path(FILE).parent / part)",
    ]


def file_imports(subject: Subject) -> list[str]:
    """What `file_lines` needs of Python itself."""
    return ["import json", "from pathlib import Path"] if subject.path.endswith(INDEX) else []


def sample_lines(subject: Subject) -> list[str]:
    """The sample, as `rows` or as numbers `x`."""
    model, sample = subject.model, subject.sample
    if sample.numbers is None:
        words = f"  # {', '.join(quoted(token) for token in sample.tokens)}" if sample.tokens else ""
        return [f"rows = {list(sample.rows)}{words}"]
    T, size = sample.numbers.shape
    lines = [f"x = np.sin(np.arange({T * size}.0)).reshape({T}, {size})  # {T} steps of numbers, to try it with"]
    if model.encoding is not None and model.columns and model.encoding.rescales:
        lines.append(f"means, scales = {list(model.encoding.means)}, {list(model.encoding.scales)}")
        lines += _stepwise(model.encoding.forms)
        lines.append("x = (x - np.array(means)) / np.array(scales)  # as the data were in training")
    return lines


def _stepwise(forms: tuple[str, ...]) -> list[str]:
    """Columns that are read as they change; before the first row there is none, and they change as on average."""
    lines = [
        f"x[1:, {k}], x[0, {k}] = np.diff(x[:, {k}]){f' / x[:-1, {k}]' * (form == GROWTH)}, means[{k}]"
        for k, form in enumerate(forms)
        if form in STEPWISE
    ]
    return [f"{one}  # as it changes" for one in lines]


def answer_lines(subject: Subject) -> list[str]:
    """Print `logits`, an array of NumPy, and where they are of classes their softmax."""
    lines = ['print("logits", logits.tolist())']
    if subject.model.numeric:
        return lines
    return [
        *lines,
        "e = np.exp(logits - logits.max(axis=-1, keepdims=True))",
        'print("probabilities", (e / e.sum(axis=-1, keepdims=True)).tolist())',
    ]


def weights_lines(subject: Subject) -> tuple[list[str], list[str]]:
    """Imports and lines that read the weights into `layers`, `embedding`, `W_hy` and `b_y`, as NumPy arrays of doubles.

    `layers` holds a dict for each layer and direction, under the names of the equations.
    """
    readers = {HANDWRITTEN: _handwritten, TRAINED: _trained, PYTORCH: _state_dict}
    reader = readers.get(subject.model.format)
    if reader is None:
        raise refuse(
            subject, f"a program reads .json and .safetensors: rnn convert {subject.path} FILE.json writes one"
        )
    return reader(subject)


def _handwritten(subject: Subject) -> tuple[list[str], list[str]]:
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


def _trained(subject: Subject) -> tuple[list[str], list[str]]:
    a = subject.architecture
    ways = ", ".join(f'"{way}"' for way in a.directions) + "," * (len(a.directions) == 1)
    lines = [
        *file_lines(subject),
        "file = {name: array.astype(float) for name, array in file.items()}",
        "PACKED = {  # which parameters lie one below the other in an array",
        *(
            f'    "{key}": {list(names)},'.replace("'", '"')
            for key, names in subject.model.network.cell.packing.items()
        ),
        "}",
        "layers = []",
        f'for place in [f"layers.{{k}}.{{way}}" for k in range({a.num_layers}) for way in ({ways})]:',
        '    arrays = {key: np.split(file[f"{place}.{key}"], len(names)) for key, names in PACKED.items()}',
        "    layers.append({name: part for key, names in PACKED.items() for name, part in zip(names, arrays[key])})",
    ]
    lines += ['embedding = file["embedding"]'] if a.embedding_rows else []
    lines += ['W_hy, b_y = file["readout.W_hy"], file["readout.b_y"]'] if a.output_size else []
    return [*file_imports(subject), "from safetensors.numpy import load_file"], lines


def _state_dict(subject: Subject) -> tuple[list[str], list[str]]:
    model, a = subject.model, subject.architecture
    if model.read.get("projected"):
        raise refuse(
            subject, "its h is a projection (proj_size), which the cell's equations lack: --code pytorch has it"
        )
    module = model.network.cell.frameworks["PyTorch"]
    names = {place: arrays_of(subject, *place) for place in subject.places}
    used = [name for found in names.values() for name in found.values()]
    used += [subject.stored(one.names[0]) for key, one in model.origins.items() if not key.startswith("layers")]
    halves = [name for name in used if subject.held.arrays[name][0] == "BF16"]
    if halves:
        raise refuse(subject, f"{halves[0]} holds bfloat16, which NumPy lacks: --code pytorch reads it")
    biased = "bias_ih" in names[0, "forward"]
    kinds = ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if biased else [])]
    lines = [
        *file_lines(subject),
        "file = {name: array.astype(float) for name, array in file.items()}",
        f"GATES = {tuple_of(module.gates)}  # in this order one below the other in each array",
        "",
        "",
        f"def gates_of({', '.join(kinds)}):",
        '    """The arrays of one layer and direction taken apart, under the names of the equations."""',
        f"    parts = [np.split(file[name], len(GATES)) for name in ({', '.join(kinds)})]",
        "    named = {}",
    ]
    if biased:
        lines += [
            "    for gate, W_x, W_h, b_x, b_h in zip(GATES, *parts):",
            '        named |= {"W_x" + gate: W_x, "W_h" + gate: W_h, "b_" + gate: b_x + b_h}  # two biases, added up',
        ]
        for gate in module.apart:
            k = module.gates.index(gate)
            lines.append(
                f'    named["b_{gate}"], named["b_h{gate}"] = parts[2][{k}], parts[3][{k}]  # here they stay apart'
            )
    else:
        lines += [
            "    for gate, W_x, W_h in zip(GATES, *parts):",
            '        named |= {"W_x" + gate: W_x, "W_h" + gate: W_h, "b_" + gate: np.zeros(len(W_x))}',
            *(f'    named["b_h{gate}"] = np.zeros(len(W_h))' for gate in module.apart),
        ]
    lines += ["    return named", "", "", "layers = ["]
    for found in names.values():
        given = [quoted(found[kind]) for kind in kinds]
        line = f"    gates_of({', '.join(given)}),"
        lines += [line] if len(line) <= WIDEST else ["    gates_of(", *(f"        {one}," for one in given), "    ),"]
    lines.append("]")
    if a.embedding_rows:
        lines.append(f"embedding = file[{quoted(subject.stored(model.origins['embedding'].names[0]))}]")
    if a.output_size:
        bias = model.origins.get("readout.b_y")
        lines.append(f"W_hy = file[{quoted(subject.stored(model.origins['readout.W_hy'].names[0]))}]")
        lines.append(
            "b_y = np.zeros(len(W_hy))" if bias is None else f"b_y = file[{quoted(subject.stored(bias.names[0]))}]"
        )
    return [*file_imports(subject), "from safetensors.numpy import load_file"], lines


def arrays_of(subject: Subject, layer: int, direction: str) -> dict[str, str]:
    """PyTorch's arrays of one layer and direction, by their kind: weight_ih -> its name in the file."""
    origins, where = subject.model.origins, f"layers.{layer}.{direction}"
    names = [origins[f"{where}.W_x"].names[0], origins[f"{where}.W_h"].names[0], *origins[f"{where}.b"].names]
    return {
        kind: subject.stored(name)
        for kind, name in zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), names, strict=False)
    }


def quoted(text: str) -> str:
    """A text as Python reads it, in double quotes where these need no escape; ASCII alone, whatever it holds."""
    plain = ascii(text)
    return plain if '"' in plain or "\\'" in plain else f'"{plain[1:-1]}"'


def tuple_of(names: Iterable[str]) -> str:
    """Names as a tuple of Python."""
    names = list(names)
    return "(" + ", ".join(f'"{name}"' for name in names) + ("," if len(names) == 1 else "") + ")"


def framework_of(subject: Subject, name: str) -> Module:
    """How a framework has the model's cell. InputError where it has no such cell."""
    cell = subject.model.network.cell
    if name not in cell.frameworks:
        raise refuse(subject, f"{name} has no {cell.title}; --code numpy writes its steps out")
    return cell.frameworks[name]


def read_of(subject: Subject, joined: str, axis: str = "axis", largest: str = "max", width: str | None = None) -> str:
    """What the readout reads of `output` (T, D*H). `joined` writes [forward h_T; backward h_1] of two slices.

    `width` is that of one direction where it is not H.
    """
    a = subject.architecture
    if a.task != MANY_TO_ONE:
        return "output"
    if a.reads == FINAL_STATE and a.bidirectional:
        H = width or a.hidden_size
        return joined.format(f"output[-1, :{H}]", f"output[0, {H}:]")
    if a.reads == FINAL_STATE and a.backward_only:
        return "output[0]"
    return READ[a.reads].format(axis=axis, max=largest)
