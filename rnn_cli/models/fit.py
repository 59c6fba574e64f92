"""What must hold between the fields of a trained model: its networks against each other, and its encoding against them."""

from collections.abc import Iterator
from reprlib import repr as shortened

from rnn_cli.core.attention import NONE
from rnn_cli.core.forms import FORMS
from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE
from rnn_cli.core.network import MANY_TO_MANY, Architecture
from rnn_cli.core.systems import SYSTEMS
from rnn_cli.core.systems.base import Blueprint
from rnn_cli.models.encoding import TEXT_LEVELS, Encoding
from rnn_cli.models.model import BOS, EOS, UNKNOWN

TOKEN, NUMBER = "token", "number"
LEVELS = (*TEXT_LEVELS, TOKEN, NUMBER)
WRITTEN = (UNKNOWN, BOS, EOS)
"""The first labels of a network that writes: an unknown token, the begin and the end of what is written."""

Finding = tuple[str, bool]
"""A sentence that names a field and says what is wrong with it, and whether all is well."""


def check_fit(blueprint: Blueprint, encoding: Encoding) -> None:
    """ValueError where two fields contradict each other; it names one of them."""
    parts = SYSTEMS[blueprint.kind].parts
    for name in ("reader", "writer", "conditions"):
        if bool(getattr(blueprint, name)) != (name in parts):
            there = "is missing" if name in parts else "stands there"
            raise ValueError(f"blueprint.{name} {there}, and the kind is {blueprint.kind}")
    if blueprint.attention != NONE and "attention" not in SYSTEMS[blueprint.kind].may_have:
        raise ValueError(f"blueprint.attention is {blueprint.attention}, and the kind is {blueprint.kind}")
    hold(_networks(blueprint))
    hold(_names(blueprint, encoding))


def hold(findings: Iterator[Finding]) -> None:
    """ValueError with the sentence of the first one that does not hold."""
    for says, holds in findings:
        if not holds:
            raise ValueError(says)


def _networks(blueprint: Blueprint) -> Iterator[Finding]:
    """The networks against each other."""
    reader, writer = blueprint.reader, blueprint.writer
    if writer is None:
        yield "blueprint.reader.output_size is 0: nothing is answered", reader is not None and reader.output_size > 0
        return
    yield f"blueprint.loss is {blueprint.loss} of a network that writes", blueprint.loss == CROSS_ENTROPY
    for name in ("bidirectional", "backward_only"):
        yield f"blueprint.writer.{name} is true: it would read what is not written", not getattr(writer, name)
    yield f"blueprint.writer.task is {writer.task}", writer.task == MANY_TO_MANY
    yield "blueprint.writer.embedding_rows is not its output_size", writer.embedding_rows == writer.output_size
    if reader is None:
        yield "blueprint.writer has layer_sizes, and a state of each condition is of one size", not writer.layer_sizes
    else:
        alike = not reader.layer_sizes and not writer.layer_sizes
        yield "blueprint has layer_sizes, and the layers of two networks together are of one size", alike
        yield "blueprint.reader.output_size is not 0, and the writer answers", not reader.output_size
        yield "blueprint.reader and writer differ in their cell", _cell(reader) == _cell(writer)
        yield "blueprint.reader and writer differ in num_layers", reader.num_layers == writer.num_layers
        width = reader.output_width
        yield f"blueprint.writer.hidden_size is not {width}, the reader's width", writer.hidden_size == width


def _cell(architecture: Architecture) -> object:
    return architecture.cell, architecture.options


def _names(blueprint: Blueprint, encoding: Encoding) -> Iterator[Finding]:
    """The encoding against them: one name or scale for each of the networks' inputs and outputs."""
    reader = blueprint.reader
    last = blueprint.networks[-1]
    yield f"encoding.level is {shortened(encoding.level)}, not {' or '.join(LEVELS)}", encoding.level in LEVELS
    numbers = reader is not None and not reader.embedding_rows
    yield f"encoding.level is {encoding.level}", numbers == (encoding.level == NUMBER)
    tokens = 0 if numbers else blueprint.conditions if reader is None else reader.embedding_rows
    columns = reader.input_size if reader is not None and numbers else 0
    sizes = {"vocabulary": tokens, "columns": columns, "means": columns, "scales": columns}
    targets = len(encoding.target_columns) if blueprint.loss == MSE else 0
    sizes |= {"target_columns": targets, "target_means": targets, "target_scales": targets}
    sizes["labels"] = 0 if targets else last.output_size
    sizes |= {"forms": columns if encoding.forms else 0, "last": 0}
    parts = 0 if reader is None else reader.part_rows
    yield f"encoding has {len(encoding.parts)} parts of words, and the network {parts}", len(encoding.parts) == parts
    yield "blueprint.reader has part_rows, and no row for each word", not parts or bool(tokens)
    yield (
        f"blueprint has part_rows, and the kind is {blueprint.kind}",
        blueprint.kind == "single" or not any(one.part_rows for one in blueprint.networks),
    )
    for name, size in sizes.items():
        found = len(getattr(encoding, name))
        yield f"encoding.{name} has {found}, and the network {size}", found == size
    if blueprint.loss == MSE:
        fits = targets > 0 and last.output_size % targets == 0
        yield f"encoding.target_columns has {targets}, and the network {last.output_size} outputs", fits
    for name in ("vocabulary", "labels", "prefixes", "suffixes"):
        names = getattr(encoding, name)
        yield f"encoding.{name} holds a name twice", len(set(names)) == len(names)
    strange = [form for form in encoding.forms if form not in FORMS]
    yield f"encoding.forms holds {shortened(strange)}, not {' or '.join(FORMS)}", not strange
    for name in ("scales", "target_scales"):
        yield f"encoding.{name} holds one that is not greater than 0", min(getattr(encoding, name), default=1) > 0
    if blueprint.writer is not None:
        yield f"encoding.labels does not begin with {', '.join(WRITTEN)}", encoding.labels[:3] == WRITTEN
    if encoding.level in TEXT_LEVELS and reader is not None:
        yield f"encoding.vocabulary lacks {UNKNOWN}", UNKNOWN in encoding.vocabulary
