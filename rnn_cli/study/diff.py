"""Two models held against each other: their arrays, the convention that explains a difference, and the first number that parts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import LEVEL
from rnn_cli.core.forward import LayerStates, layer_states, run_forward
from rnn_cli.core.network import BACKWARD, Architecture
from rnn_cli.models.model import Model
from rnn_cli.models.sizes import arrow
from rnn_cli.study.explain import Close, Explained, Found, explain, totals, unequal, weights_of
from rnn_cli.study.mistakes.whole import UNITS_PERMUTED, Place, Weights

TOLERANCES = {"float64": 1e-12, "float32": 1e-6, "float16": 1e-3, "bfloat16": 1e-2}
"""By the type of the numbers in a file: how far two may be apart, of the largest number of their array."""

OF_OPTIONS = {"reset": "reset-side", "activation": "wrong-activation"}
"""Which mistake it is where two networks of one cell differ in an option of it."""

SIZES = (
    "cell",
    "input_size",
    "hidden_size",
    "layer_sizes",
    "num_layers",
    "bidirectional",
    "backward_only",
    "output_size",
    "embedding_rows",
    "part_rows",
    "task",
    "reads",
)
STEPS = 8
FEW = 3


@dataclass(frozen=True)
class ArrayDiff:
    """One array of both. max_difference is None where only one of them has it, or their shapes differ."""

    name: str
    max_difference: float | None
    equal: bool
    explained_by: tuple[str, ...]


@dataclass(frozen=True)
class FirstDifference:
    """The first number that parts, in the order of computation; `unit` counts from 1. t, layer and direction are None of a
    number that is no step's."""

    t: int | None
    layer: int | None
    direction: str | None
    quantity: str
    unit: int
    a: float
    b: float


@dataclass(frozen=True, eq=False)
class DiffResult:
    """How two models differ.

    equal        as functions, at the tolerance
    settings     sizes and options that differ, and what stands beside the networks: name -> the two values
    explained    whether mistakes explain all that differs
    input        what the first difference was looked for on; "" where both cannot read the same
    """

    a: Model
    b: Model
    names: tuple[str, str]
    tolerance: float
    equal: bool
    settings: Mapping[str, tuple[object, object]]
    arrays: tuple[ArrayDiff, ...]
    found: tuple[Found, ...]
    explained: bool
    first: FirstDifference | None
    input: str

    @property
    def mistakes(self) -> list[str]:
        """The names of the mistakes, each once."""
        return list(dict.fromkeys(one.mistake for one in self.found))


def tolerance_of(a: Model, b: Model) -> float:
    """That of the coarser of both files."""
    return max(TOLERANCES.get(model.stored_dtype, TOLERANCES["float32"]) for model in (a, b))


def diff(
    a: Model, b: Model, names: tuple[str, str], tolerance: float, inputs: tuple[Array, Array] | None, described: str
) -> DiffResult:
    """Compare the arrays, explain what differs, and run both on `inputs` (T, I) each."""

    def close(one: Array, other: Array) -> bool:
        if not one.size:
            return True
        return bool(np.abs(one - other).max() <= tolerance * max(np.abs(one).max(), np.abs(other).max()))

    settings = _settings(a, b)
    first, second = _with_starts(a, b)
    architecture = a.network.architecture
    result = Explained()
    if settings.keys() <= OF_OPTIONS.keys():
        if settings:
            first, second = totals(first, a.network.cell), totals(second, b.network.cell)
        result = explain(first, second, architecture, close)
        result.found += [_of_option(name, values, result) for name, values in settings.items()]
        comparable = True
    else:
        comparable = False
        result.open = unequal(first, second, close)
    renumbered = [one.mistake for one in result.found] == [UNITS_PERMUTED] and architecture.output_size > 0
    differs = unequal(first, second, close)
    beside = _beside(a, b) if comparable else {}
    equal = comparable and not settings and not beside and (not differs or renumbered)
    parted = None if inputs is None or equal else first_difference(a, b, inputs, tolerance)
    return DiffResult(
        a,
        b,
        names,
        tolerance,
        equal=equal,
        settings=settings | beside,
        arrays=tuple(_arrays(first, second, close, result)),
        found=tuple(result.found),
        explained=comparable and not result.open,
        first=parted,
        input="" if inputs is None else described,
    )


def _with_starts(a: Model, b: Model) -> tuple[Weights, Weights]:
    """The arrays of both, and the states that they begin with where those of one of them are not 0."""
    both = weights_of(a.network), weights_of(b.network)
    if a.starts or b.starts:
        for weights, model in zip(both, (a, b), strict=True):
            for place in filter(None, weights):
                start = model.network.start(*place, None, np.float64)
                weights[place] |= {f"{name}_0": array for name, array in start.items()}
    return both


def _settings(a: Model, b: Model) -> dict[str, tuple[object, object]]:
    """The sizes and options that differ, those of the same cell by the options' own names."""
    one, other = a.network.architecture, b.network.architecture
    found = {name: (_size(one, name), _size(other, name)) for name in SIZES if _counts(name, one, other)}
    if "cell" not in found:
        cells = a.network.cell, b.network.cell
        options = {name: tuple(str(getattr(cell, name)) for cell in cells) for name in cells[0].options}
        found |= {name: (values[0], values[1]) for name, values in options.items() if values[0] != values[1]}
    return found


def _size(architecture: Architecture, name: str) -> object:
    """A size as it is said."""
    return arrow(architecture.sizes) if name == "layer_sizes" else getattr(architecture, name)


def _beside(a: Model, b: Model) -> dict[str, tuple[object, object]]:
    """What makes other answers of the same numbers: where words stand, the order of the labels, the scales of the columns."""
    found: dict[str, tuple[object, object]] = {}
    one, other = (model.rows or model.vocabulary or {} for model in (a, b))
    moved = [token for token in one if token in other and one[token] != other[token]]
    if moved:
        more = f", and {len(moved) - 1} more" if len(moved) > 1 else ""
        found["vocabulary"] = f"{moved[0]!r} is {one[moved[0]]}{more}", f"{moved[0]!r} is {other[moved[0]]}"
    if a.labels != b.labels and set(a.labels) == set(b.labels):
        k = next(k for k, (x, y) in enumerate(zip(a.labels, b.labels, strict=False)) if x != y)
        found["labels"] = f"{k} is {a.labels[k]!r}", f"{k} is {b.labels[k]!r}"
    if a.encoding is not None and b.encoding is not None:
        for name in ("means", "scales", "target_means", "target_scales"):
            x, y = getattr(a.encoding, name), getattr(b.encoding, name)
            if x != y:
                found[name.replace("_", " ")] = _listed(x), _listed(y)
        here, there = (", ".join(one.forms) or LEVEL for one in (a.encoding, b.encoding))
        if here != there:
            found["forms"] = here, there
    return found


def _listed(numbers: Sequence[float]) -> str:
    return ", ".join(f"{value:.6g}" for value in numbers[:FEW]) + (", …" if len(numbers) > FEW else "")


def _counts(name: str, one: Architecture, other: Architecture) -> bool:
    """Whether a size differs and means something: the task says when a readout reads, and `reads` what."""
    differs = bool(getattr(one, name) != getattr(other, name))
    if name == "reads" and one.reads_ends and other.reads_ends:
        return False  # in one direction the last output is the last state
    return differs and (name not in ("task", "reads") or bool(one.output_size and other.output_size))


def _of_option(name: str, values: tuple[object, object], result: Explained) -> Found:
    words = {"reset": "a resets {} the product, b {}", "activation": "a's activation is {}, b's {}"}
    return Found(OF_OPTIONS[name], words[name].format(*values), ())


def _arrays(first: Weights, second: Weights, close: Close, result: Explained) -> Iterator[ArrayDiff]:
    for place in dict.fromkeys([*first, *second]):
        for name in dict.fromkeys([*first.get(place, {}), *second.get(place, {})]):
            one, other = first.get(place, {}).get(name), second.get(place, {}).get(name)
            largest, equal = None, False
            if one is not None and other is not None and one.shape == other.shape:
                largest, equal = float(np.abs(one - other).max()), close(one, other)
            by = tuple(dict.fromkeys(found.mistake for found in result.found if (place, name) in found.arrays))
            yield ArrayDiff(full_name(place, name), largest, equal, by)


def full_name(place: Place, name: str) -> str:
    """layers.0.forward.W_xi, embedding, readout.W_hy."""
    if place is None:
        return name if name in ("embedding", "parts") else f"readout.{name}"
    return f"layers.{place[0]}.{place[1]}.{name}"


def random_inputs(a: Model, b: Model, seed: int) -> tuple[Array, Array] | None:
    """A random sequence of 8 steps for both: the same rows of their embeddings, or the same vectors. None where they cannot
    read the same.
    """
    generator = np.random.default_rng([seed, 12])
    one, other = a.network.architecture, b.network.architecture
    if one.input_size != other.input_size:
        return None
    if one.embedding_rows and other.embedding_rows:
        ids = generator.integers(0, min(one.embedding_rows, other.embedding_rows), STEPS)
        return a.network.parameters["embedding"][ids], b.network.parameters["embedding"][ids]
    x = generator.standard_normal((STEPS, one.input_size))
    return x, x


def first_difference(a: Model, b: Model, inputs: tuple[Array, Array], tolerance: float) -> FirstDifference | None:
    """The first number that differs: inputs, then layer by layer, step by step as each direction ran, then logits."""
    for t, (x, y) in enumerate(zip(*inputs, strict=False)):
        if (unit := _parts(x, y, tolerance)) is not None:
            return FirstDifference(t + 1, None, None, "x", unit + 1, float(x[unit]), float(y[unit]))
        if x.shape != y.shape:
            return None
    runs = [run_forward(model.network, x[:, None]) for model, x in zip((a, b), inputs, strict=True)]
    layers = [layer_states(model.network, run, 0) for model, run in zip((a, b), runs, strict=True)]
    for one, other in zip(*layers, strict=False):
        if (found := _in_layer(one, other, tolerance)) is not None:
            return found
    logits = [None if run.logits is None else run.logits[..., 0, :] for run in runs]
    if logits[0] is None or logits[1] is None or logits[0].shape != logits[1].shape:
        return None
    for t, (x, y) in enumerate(zip(np.atleast_2d(logits[0]), np.atleast_2d(logits[1]), strict=True)):
        if (unit := _parts(x, y, tolerance)) is not None:
            at = t + 1 if logits[0].ndim > 1 else None
            return FirstDifference(at, None, None, "logits", unit + 1, float(x[unit]), float(y[unit]))
    return None


def _in_layer(one: LayerStates, other: LayerStates, tolerance: float) -> FirstDifference | None:
    numbers = [{**states.gates, **states.states} for states in (one, other)]
    order = [name for name in (*one.gates, *reversed(one.states)) if name in numbers[0] and name in numbers[1]]
    steps = range(len(one.h))
    for t in reversed(steps) if one.direction == BACKWARD else steps:
        for name in order:
            x, y = numbers[0][name][t], numbers[1][name][t]
            if (unit := _parts(x, y, tolerance)) is not None:
                return FirstDifference(t + 1, one.layer, one.direction, name, unit + 1, float(x[unit]), float(y[unit]))
    return None


def _parts(x: Array, y: Array, tolerance: float) -> int | None:
    """The first place at which two vectors differ; None where there is none, or they have no places in common."""
    if x.shape != y.shape:
        return None
    off = np.abs(x - y) > tolerance * np.maximum(1, np.maximum(np.abs(x), np.abs(y)))
    return int(off.argmax()) if off.any() else None
