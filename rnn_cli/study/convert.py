"""A model in the conventions of another program, proved before it is kept.

What was written is read back by the reader of its format, which shares no code with the writer, and computes random
sequences, one at a time. It must give what the source gives: every state of every layer and direction, and the logits.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.forward import layer_states, run_forward
from rnn_cli.core.network import Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.errors import InputError, NumberError
from rnn_cli.models.foreign.choices import NOTHING, Choices
from rnn_cli.models.formats import FORMATS, Format
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.models.origins import Origin
from rnn_cli.models.writers import Written

SEQUENCES, LONGEST = 8, 12
MOST_LABELS = 12
TOLERANCES = {"float64": 1e-12, "float32": 1e-5}
"""By the type of the numbers in the file: how far two computations may be apart, of what is larger, 1 or the number itself."""

ALWAYS = {"output", "logits"}
"""What is compared wherever the source has it."""

Outputs = Mapping[str, Array]
"""What one sequence gives, by name: output (T, D*H) of the last layer, logits, and where a reader sees inside, each state of
each layer and direction."""


@dataclass(frozen=True)
class Converted:
    """One array of the target: where it came from, by the names of the source's file, and what was done on the way."""

    name: str
    sources: tuple[str, ...]
    how: tuple[str, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Proof:
    """How far the target is from its source.

    method          what computed the target
    sequences       how many random sequences
    compared        how many numbers
    max_difference  the largest difference, of what is larger, 1 or the number itself
    """

    method: str
    sequences: int
    compared: int
    max_difference: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the target computes the same."""
        return self.max_difference <= self.tolerance


@dataclass(frozen=True, eq=False)
class ConvertResult:
    """A conversion: the bytes of the target, and what was done.

    left_behind   what the target's format cannot hold, a sentence each
    flags         the options that read the target again as the same network
    """

    model: Model
    source: str
    target: str
    format: Format
    dtype: str
    arrays: tuple[Converted, ...]
    proof: Proof
    left_behind: tuple[str, ...]
    flags: Mapping[str, str]
    data: bytes


def format_for(target: str, asked: str | None) -> Format:
    """The format to write: the one asked for, or the one that the target's suffix says. InputError where neither does."""
    writable = {name: one for name, one in FORMATS.items() if one.writer}
    fits = {name: one for name, one in writable.items() if target.endswith(one.suffixes)}
    if asked is not None and asked not in writable:
        raise InputError(f"--to {asked}: it can be {', '.join(writable)}")
    if not fits:
        ends = ", ".join(dict.fromkeys(end for one in writable.values() for end in one.suffixes))
        raise InputError(f"{target}: its name must end in {ends}")
    if asked is not None and asked not in fits:
        raise InputError(f"--to {asked}: such a file ends in {' or '.join(writable[asked].suffixes)}, not as {target}")
    if asked is None and len(fits) > 1:
        raise InputError(f"{target}: --to {' or --to '.join(fits)}? Both end in {Path(target).suffix}")
    return fits[asked] if asked is not None else next(iter(fits.values()))


def convert(model: Model, source: str, target: str, form: Format, dtype: str | None, seed: int) -> ConvertResult:
    """Write the model in that format, into bytes, and prove it. InputError where it has no equal there."""
    if model.has_decoder:
        has = "two networks" if model.kind == "encoder-decoder" else "a learnt first state for each of its conditions"
        one = "; --module NAME takes one of them" if model.foreign else ""
        raise InputError(f"{source} has {has}, and this format ({form.title}) holds one network{one}")
    if not form.task:
        model.refuse_parts(f"this format ({form.title})")
    if not form.starts:
        keeps = ", ".join(end for one in FORMATS.values() if one.starts for end in one.suffixes)
        model.refuse_starts(source, f"this format ({form.title}) has no such state: {keeps} keeps it")
    kept = dtype or form.dtype or ("float64" if model.stored_dtype == "float64" else "float32")
    rounded = replace(model, stored_dtype=kept, network=_rounded(model.network, kept))
    flags = flags_of(rounded, form, target)
    with TemporaryDirectory(prefix="rnn-convert-") as folder:
        path = Path(folder) / Path(target).name
        written = import_module(form.writer).write(rounded, path)
        proof = prove(model, path, form, flags, kept, seed)
        data = path.read_bytes()
    return ConvertResult(
        rounded,
        source,
        target,
        form,
        kept,
        tuple(_converted(model, one) for one in written),
        proof,
        tuple(left_behind(model, form, kept)),
        flags,
        data,
    )


def _rounded(network: Network, dtype: str) -> Network:
    """The network with the numbers that a type can hold, in float64."""
    parameters = Parameters(network.architecture.shapes())
    parameters.flat[...] = network.parameters.flat.astype(dtype)
    starts = {where: state.astype(dtype).astype(np.float64) for where, state in network.starts.items()}
    return replace(network, parameters=parameters, starts=starts)


def flags_of(model: Model, form: Format, target: str) -> dict[str, str]:
    """The options that the target needs to be read as this network, because it does not say that itself."""
    a = model.network.architecture
    if not target.endswith(form.unsaid):
        return {}
    flags = {}
    if a.output_size:
        flags["readout-reads"] = a.reads if a.task == "many-to-one" else "every-step"
    activation = getattr(model.network.cell, "activation", None)
    if activation not in (None, "tanh"):
        flags["activation"] = str(activation)
    return flags


def choices_of(flags: Mapping[str, str]) -> Choices:
    """The same options for models/load.py."""
    return replace(NOTHING, reads=flags.get("readout-reads"), activation=flags.get("activation"))


def prove(model: Model, path: Path, form: Format, flags: Mapping[str, str], dtype: str, seed: int) -> Proof:
    """Compute random sequences by the source and by the file, and compare every number that both have, and their parameters.

    Small numbers hide in sequences that a dead or saturated unit computes, or beside a 1: the parameters show them.
    NumberError where the source itself leaves the finite range on them.
    """
    sequences = _sequences(model, seed)
    again = load_model(str(path), choices_of(flags))
    if form.proof:
        module = import_module(form.proof)
        found: Sequence[Outputs] = module.outputs(path, sequences)
        method = str(module.METHOD)
    else:
        found = [outputs_of(again, _as_read(model, again, one)) for one in sequences]
        method = f"read back as {form.title} and computed step by step in float64"
    largest, compared = 0.0, 0
    for one, outputs in zip(sequences, found, strict=True):
        expected = outputs_of(model, one)
        if not all(np.isfinite(array).all() for array in expected.values()):
            raise NumberError("the source leaves the finite range on random sequences, so that nothing can be proved")
        if expected.keys() & ALWAYS != outputs.keys() & ALWAYS:
            return Proof(method, len(sequences), compared, float("inf"), TOLERANCES[dtype])
        for name in expected.keys() & outputs.keys():
            a, b = expected[name], np.asarray(outputs[name], dtype=np.float64)
            if a.shape != b.shape:
                return Proof(method, len(sequences), compared, float("inf"), TOLERANCES[dtype])
            compared += a.size
            off = np.abs(a - b) / np.maximum(np.abs(a), 1)
            largest = max(largest, float(off.max()) if np.isfinite(off).all() else float("inf"))
    apart = _parameters_apart(model, again)
    largest = max(largest, apart) if apart > TOLERANCES[dtype] else largest
    return Proof(method, len(sequences), compared, largest if compared else float("inf"), TOLERANCES[dtype])


def _parameters_apart(model: Model, again: Model) -> float:
    """How far a parameter is from the same one read back, of the largest of its array; one that only one of them has is 0."""
    rows = _as_read(model, again, np.arange(model.network.architecture.embedding_rows))
    largest = 0.0
    one, other = ({**one.network.parameters, **one.network.named_starts} for one in (model, again))
    for name in {*one, *other}:
        a, b = one[name] if name in one else np.zeros(1), other[name] if name in other else np.zeros(1)
        b = b[rows] if name == "embedding" and name in one and len(b) == len(a) else b
        if name in one and name in other and a.shape != b.shape:
            return float("inf")
        size = max(float(np.abs(a).max()), float(np.abs(b).max()))
        largest = max(largest, float(np.abs(a - b).max()) / size if size else 0.0)
    return largest


def _sequences(model: Model, seed: int) -> list[Array]:
    """Random sequences of 1 to 12 steps: ids (T,) where the network has an embedding, else vectors (T, I)."""
    a = model.network.architecture
    generator = np.random.default_rng([seed, 11])
    lengths = [1, 2, LONGEST, *generator.integers(1, LONGEST + 1, SEQUENCES - 3).tolist()]
    if a.embedding_rows:
        return [generator.integers(0, a.embedding_rows, length) for length in lengths]
    return [generator.standard_normal((length, a.input_size)) for length in lengths]


def _as_read(model: Model, again: Model, sequence: Array) -> Array:
    """The same sequence by the rows of the model that was read back: a file may order its words in another way."""
    if sequence.ndim > 1 or not model.rows or not again.rows:
        return sequence
    token_of = {row: token for token, row in model.rows.items()}
    return np.array([again.rows.get(token_of.get(int(row), ""), int(row)) for row in sequence])


def outputs_of(model: Model, sequence: Array) -> dict[str, Array]:
    """All that a network computes of a sequence of vectors (T, I) or of rows of its embedding (T,)."""
    network = model.network
    x = network.parameters["embedding"][sequence] if sequence.ndim == 1 else sequence
    run = run_forward(network, x[:, None])
    found = {"output": run.output[:, 0]}
    for one in layer_states(network, run, 0):
        found |= {f"{name}.{one.layer}.{one.direction}": array for name, array in one.states.items()}
    if run.logits is not None:
        found["logits"] = run.logits[..., 0, :]
    return found


def _converted(model: Model, one: Written) -> Converted:
    """What was done to an array from the source's file to the target's."""
    origins = [model.origins.get(name, Origin((name,))) for name in one.of]
    names = tuple(dict.fromkeys(name for origin in origins for name in origin.names))
    how = []
    if origins and origins[0].transposed != one.transposed:
        how.append("transposed")
    order = tuple(model.network.cell.gates)
    before = next((origin.gates for origin in origins if origin.gates), ()) or order
    if one.gates and before != one.gates and set(before) == set(one.gates):
        how.append(f"gates reordered {' '.join(before)} -> {' '.join(one.gates)}")
    how += [note for origin in origins for note in origin.notes]
    how += one.notes
    if not how:
        how = ["copied" if names == (one.name,) else "renamed"]
    return Converted(one.name, names, tuple(dict.fromkeys(how)), one.shape)


def left_behind(model: Model, form: Format, dtype: str) -> list[str]:
    """What the model is beside its network, and the target's format does not hold."""
    lost = []
    if not form.words:
        tokens = tuple(model.vocabulary or ())
        if tokens:
            lost.append(f"its vocabulary of {len(tokens):,} tokens (--vocab-out FILE keeps it for --vocab)")
        if model.labels and set(model.labels) != set(tokens) and not _numbered(model.labels):
            lost.append(f"the names of its {len(model.labels)} outputs{_listed(model.labels)}")
        if model.encoding is not None and model.encoding.forms:
            lost.append(
                f"that it reads and predicts its columns in the forms {', '.join(model.encoding.forms)} (rnn train --form)"
            )
        if model.encoding is not None and (model.encoding.rescales or model.encoding.rescales_outputs):
            lost.append("how its columns are scaled: it reads (value - mean) / scale, and predicts such numbers")
    if form.words and not form.task and model.trained_for:
        lost.append(
            f"that it was trained for {model.trained_for}: rnn evaluate and generate need the file of rnn train"
        )
    if model.tokenizer is not None:
        lost.append("the rules by which its tokenizer.json cuts a text: the words of a text are looked up as they are")
    if model.stored_dtype == "float64" and dtype == form.dtype == "float32":
        lost.append("digits beyond float32, in which such files are run (--dtype float64 keeps them)")
    return [*lost, *["the run that trained it, so that it cannot be resumed"] * bool(model.run)]


def _numbered(labels: Sequence[str]) -> bool:
    """Whether they are the names that outputs without a name have."""
    return list(labels) == [f"class {k}" for k in range(len(labels))]


def _listed(labels: Sequence[str]) -> str:
    """How to give them again, where that is short."""
    hard = any("," in label or label != label.strip() or not label.isprintable() for label in labels)
    plain = len(labels) <= MOST_LABELS and not hard
    return f" (--labels {shlex.quote(','.join(labels))})" if plain else " (--labels FILE names them again)"


def vocabulary_list(model: Model) -> list[str]:
    """The tokens by the row or unit that each one is. InputError where the model has none."""
    rows = model.rows or dict(model.vocabulary or {})
    if not rows:
        raise InputError(f"--vocab-out: {model.name} has no vocabulary")
    size = model.network.architecture.embedding_rows or model.network.architecture.input_size
    by_row = {row: token for token, row in rows.items()}
    return [by_row.get(k, f"<row {k}>") for k in range(size)]
