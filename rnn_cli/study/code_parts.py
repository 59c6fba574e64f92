"""What programs of all kinds have in common: how they begin, read the file and print what they computed."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from rnn_cli.core.cells.base import Module
from rnn_cli.core.forms import GROWTH, STEPWISE
from rnn_cli.core.network import MANY_TO_ONE, Architecture
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT, MAX, MEAN
from rnn_cli.errors import InputError
from rnn_cli.models.files import Held
from rnn_cli.models.model import Model
from rnn_cli.models.origins import Origin
from rnn_cli.models.sizes import said_sizes
from rnn_cli.study.code_sample import Sample, above_zero

READ = {
    FINAL_STATE: "output[-1]",
    LAST_OUTPUT: "output[-1]",
    MEAN: "output.mean({axis}=0)",
    MAX: "output.{max}({axis}=0)",
}
"""What a readout that reads once reads of the output (T, D*H)."""


Program = tuple[list[str], list[str]]
"""Imports, and lines."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What a program is of: a model, the file that it reads and what stands in that, a sample to run.

    side   how the file's names of its parameters begin where it is one of two networks: "encoder." or "decoder."
    """

    model: Model
    path: str
    held: Held
    sample: Sample
    side: str = ""

    @property
    def architecture(self) -> Architecture:
        """The model's."""
        return self.model.network.architecture

    @property
    def places(self) -> list[tuple[int, str]]:
        """All layers and directions in the order of the file."""
        a = self.architecture
        return [(layer, direction) for layer in range(a.num_layers) for direction in a.directions]

    def origin(self, layer: int, direction: str, key: str) -> Origin | None:
        """Where a packed parameter of one layer and direction stands; None where the file has none, so that it is 0."""
        return self.origins.get(f"layers.{layer}.{direction}.{key}")

    @property
    def origins(self) -> dict[str, Origin]:
        """Where the parameters of the network stand, by its own names."""
        origins = self.model.origins
        return {key.removeprefix(self.side): one for key, one in origins.items() if key.startswith(self.side)}

    def stored(self, name: str) -> str:
        """The name under which `file` has an array: its own, that of the one it is tied to, or that of both parts put together."""
        norms = self.held.norms(name)
        if norms is not None:
            return norms[0].removesuffix("_g").removesuffix(".original0").replace("parametrizations.", "")
        found = self.held.stored(name)
        assert found is not None  # it was read
        return found

    @property
    def normed(self) -> dict[str, tuple[str, str]]:
        """The matrices of weight_norm that the network reads: the name of each in `file`, and its two parts."""
        names = dict.fromkeys(name for origin in self.model.origins.values() for name in origin.names)
        found = {name: self.held.norms(name) for name in names}
        return {self.stored(name): pair for name, pair in found.items() if pair is not None}


WIDEST = 110
"""A longer call is written over several lines."""


def refuse(subject: Subject, why: str) -> InputError:
    """What to raise where there is no such program of a model."""
    return InputError(f"{subject.path}: {why}")


def head(subject: Subject, imports: Iterable[str]) -> list[str]:
    """The first lines: what this is, what it imports, which file it reads."""
    title = subject.model.network.cell.title
    said = f"{title[0].upper()}{title[1:]}: {said_network(subject.architecture)}."
    return begun(subject.path, [said], "rnn forward", imports)


def said_network(a: Architecture) -> str:
    """The sizes of a network in words."""
    sizes = f"{a.input_size} inputs, {said_sizes(a)} hidden units, {a.num_layers} layer{'s' * (a.num_layers > 1)}"
    return sizes + ", both directions" * a.bidirectional + ", backwards" * a.backward_only


def begun(path: str, said: list[str], command: str, imports: Iterable[str]) -> list[str]:
    """The first lines of a program that reads the file `path`: lines that say what it is, and what computes the same."""
    ordered = sorted(set(imports), key=lambda line: (line.startswith("from"), line))
    standard = [line for line in ordered if line.split()[1] in sys.stdlib_module_names]
    others = [line for line in ordered if line not in standard]
    return [
        f'"""{said[0]}',
        *said[1:],
        "",
        f"`rnn inspect --code` wrote this, and `{command}` computes the same numbers.",
        '"""',
        "",
        *([*standard, ""] if standard else []),
        *others,
        "",
        f"FILE = {quoted(path)}",
        "",
    ]


def sample_lines(subject: Subject) -> list[str]:
    """The sample, as `rows` or as numbers `x`."""
    model, sample = subject.model, subject.sample
    if sample.numbers is None:
        words = f"  # {', '.join(quoted(token) for token in sample.tokens)}" if sample.tokens else ""
        own = [f"parts_of = {[list(one) for one in sample.parts]}  # how each begins and ends"] if sample.parts else []
        return [f"rows = {list(sample.rows)}{words}", *own]
    T, size = sample.numbers.shape
    above = f"{level} + " if (level := above_zero(model)) else ""
    lines = [f"x = {above}np.sin(np.arange({T * size}.0)).reshape({T}, {size})  # {T} steps of numbers, to try it with"]
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
