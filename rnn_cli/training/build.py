"""From settings and a prepared data set to a system with its first weights."""

from collections.abc import Iterable, Iterator
from typing import Any
from zlib import crc32

import numpy as np

from rnn_cli.core.attention import NONE, SCORES
from rnn_cli.core.cells import CELLS, cell_class
from rnn_cli.core.forms import LEVEL
from rnn_cli.core.learning.decay import DECAYS
from rnn_cli.core.learning.initialize import SCHEMES
from rnn_cli.core.learning.optimizers import OPTIMIZERS
from rnn_cli.core.learning.schedules import SCHEDULES
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.core.reads import FINAL_STATE, READS
from rnn_cli.core.systems import initialize_system, make_system
from rnn_cli.core.systems.base import Blueprint, System
from rnn_cli.errors import InputError
from rnn_cli.models.checks import MAX_TRAINED, check_flag, check_weights
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.models.options import described, options_from_flags, options_of
from rnn_cli.tasks import task_class
from rnn_cli.tasks.affixes import AFFIXES, NO_PARTS
from rnn_cli.tasks.base import ENCODER_DECODER, ONE_TO_MANY, Needs, Prepared
from rnn_cli.tasks.options import flag_of
from rnn_cli.training.config import RANGES, RunConfig
from rnn_cli.training.keeping import KEEPS


def check_choices(config: RunConfig) -> None:
    """InputError where a setting is none of those there are, or out of range, or the network too large to be trained."""
    choices: dict[str, Iterable[str]] = {
        "cell": CELLS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES, "initialization": SCHEMES,
        "dtype": ("float32", "float64"), "attention": (NONE, *SCORES), "keep": KEEPS, "decays": DECAYS,
        "readout_reads": READS,
    }  # fmt: skip
    for name, allowed in choices.items():
        if getattr(config, name) not in allowed:
            raise InputError(f"{flag_of(name)} {getattr(config, name)}: it can be {', '.join(allowed)}")
    for name, (low, high) in RANGES.items():
        if getattr(config, name) is not None:
            check_flag(name, getattr(config, name), low, high)
    own = options_from_flags(config.cell, config.options_of_cell)
    at_least = Architecture(config.cell, 1, config.hidden_size, config.num_layers, config.bidirectional, options=own)
    check_weights(at_least.parameter_count, MAX_TRAINED)  # before the data are read, which can take long
    keeping = [f"--cell {name}" for name in CELLS if cell_class(name).keeps is not None]
    if config.forget_bias is not None and f"--cell {config.cell}" not in keeping:
        raise InputError(f"--forget-bias is for a cell with a gate that keeps the state: {', '.join(keeping)}")
    rates = [(name, 0.0, 1.0) for name in ("dropout", "dropout_embedding", "dropout_state")]
    for name, least, below in (*rates, ("teacher_forcing", 0.0, None), ("weight_decay", 0.0, None)):
        value = getattr(config, name)
        if value < least or (below is not None and value >= below) or (name == "teacher_forcing" and value > 1):
            raise InputError(f"{flag_of(name)} {value}: out of range")
    if not 0 <= config.momentum < 1:
        raise InputError(f"--momentum {config.momentum}: from 0 to below 1")
    for name in ("learning_rate", "clip_value", "embedding_scale"):
        value = getattr(config, name)
        if value is not None and value <= 0:
            raise InputError(f"{flag_of(name)} {value}: it must be greater than 0")
    if config.clip_norm is not None and config.clip_norm < 0:
        raise InputError(f"--clip-norm {config.clip_norm}: it must be greater than 0, or 0 for no clipping")


def blueprint_of(config: RunConfig, needs: Needs) -> Blueprint:
    """The networks that a task needs."""
    encoding = needs.encoding
    rows = len(encoding.vocabulary) if not needs.input_size else 0
    common: dict[str, Any] = {
        "num_layers": config.num_layers,
        "options": options_of(config.cell, config.options_of_cell),
    }
    size = needs.input_size or config.embedding_size
    if needs.shape != MANY_TO_ONE and config.readout_reads != FINAL_STATE:
        raise InputError(
            f"--readout-reads {config.readout_reads}: {needs.task} answers at every step, each from its own state; it is for "
            "tasks that answer once, such as classify"
        )
    if needs.shape in (ENCODER_DECODER, ONE_TO_MANY):
        labels = len(encoding.labels)
        width = config.hidden_size * (2 if config.bidirectional and needs.shape == ENCODER_DECODER else 1)
        writer = Architecture(
            config.cell,
            config.embedding_size,
            width,
            task=MANY_TO_MANY,
            output_size=labels,
            embedding_rows=labels,
            **common,
        )
        if needs.shape == ONE_TO_MANY:
            if config.bidirectional:
                raise InputError("--bidirectional: a network that writes cannot read what it has not written yet")
            _refuse_attention(config, needs)
            return Blueprint("one-to-many", needs.loss, None, writer, len(encoding.vocabulary))
        reader = Architecture(
            config.cell, size, config.hidden_size, bidirectional=config.bidirectional, embedding_rows=rows, **common
        )
        return Blueprint("encoder-decoder", needs.loss, reader, writer, attention=config.attention)
    _refuse_attention(config, needs)
    if task_class(needs.task).running and config.bidirectional:
        raise InputError("--bidirectional: a language model must not see the words that it predicts")
    reader = Architecture(
        config.cell,
        size,
        config.hidden_size,
        bidirectional=config.bidirectional,
        task=needs.shape,
        output_size=needs.output_size,
        reads=config.readout_reads,
        embedding_rows=rows,
        part_rows=len(encoding.parts),
        **common,
    )
    return Blueprint("single", needs.loss, reader)


def _refuse_attention(config: RunConfig, needs: Needs) -> None:
    """InputError where attention is asked for in a task without an encoder and a decoder."""
    if config.attention != NONE:
        raise InputError(
            f"--attention {config.attention}: {needs.task} has no decoder that could look back at an encoder; "
            "--task translate has"
        )


def build(config: RunConfig, prepared: Prepared) -> System:
    """The system with its first weights: drawn from the seed, or those of --init."""
    blueprint = blueprint_of(config, prepared)
    check_weights(blueprint.parameter_count, MAX_TRAINED)
    system = make_system(blueprint, dtype=np.dtype(config.dtype))
    generator = np.random.default_rng([config.seed, crc32(b"weights")])
    initialize_system(system, generator, config.initialization, config.forget_bias, config.embedding_scale)
    if config.init is not None:
        _start_from(system, prepared.encoding, config.init)
    return system


def _start_from(system: System, encoding: Encoding, name: str) -> None:
    """Take the weights of a model of the same shape, equations and names.

    InputError where they differ: a row of weights that stood for another word would be wrong without a sign of it.
    """
    model = load_model(name)
    model.refuse_starts(
        f"--init {name}: it", "a run of rnn train starts every sequence from 0 and learns no other state"
    )
    given = model.network.parameters if model.system is None else model.system.parameters
    looks = NONE if model.system is None else model.system.blueprint.attention
    if looks != system.blueprint.attention:
        raise InputError(
            f"--init {name}: its attention is {looks}, the run's {system.blueprint.attention}; --attention {looks} takes its"
        )
    reads, own = model.network.architecture.reads, system.blueprint.networks[0].reads
    if reads != own:
        raise InputError(
            f"--init {name}: its readout reads the {reads}, the run's the {own}; --readout-reads {reads} begins a run as it is"
        )
    if bool(model.parts) != bool(encoding.parts):
        adds, other = ("adds", AFFIXES) if model.parts else ("has no", NO_PARTS)
        raise InputError(
            f"--init {name}: it {adds} vectors of the parts of words; --word-parts {other} begins a run as it is"
        )
    for key, array in system.parameters.items():
        if key not in given:
            raise InputError(f"--init {name}: it has no {key}; its cell, layers and sizes must be those of the run")
        if given[key].shape != array.shape:
            shapes = " and ".join("×".join(map(str, a.shape)) for a in (given[key], array))
            raise InputError(f"--init {name}: {key} differs in shape ({shapes}): sizes and vocabulary must be the same")
    here, there = _equations(system.blueprint.reader or system.blueprint.writer), _equations(model.network.architecture)
    if here != there:
        raise InputError(f"--init {name}: it is a {there}, the run a {here}")
    for what, known, wanted in _names(model, encoding):
        if known and wanted and known != wanted:
            k = next((k for k, pair in enumerate(zip(known, wanted, strict=False)) if len(set(pair)) > 1), 0)
            raise InputError(
                f"--init {name}: its {what} are others than the data's: number {k} is {known[k]!r}, here {wanted[k]!r}"
            )
    for key, array in system.parameters.items():
        array[...] = given[key]


def _equations(architecture: Architecture | None) -> str:
    """What the cell computes, as far as the shapes of its weights do not tell."""
    assert architecture is not None
    return described(architecture.cell, dict(architecture.options))


def _names(model: Model, encoding: Encoding) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """What the rows of the weights stand for in a model and in the data; () where nobody says."""
    own = model.encoding
    rows = tuple(sorted(model.rows, key=model.rows.__getitem__))
    yield "vocabulary's tokens", rows if own is None else own.vocabulary, encoding.vocabulary
    yield "parts of words", () if own is None else own.parts, encoding.parts
    yield "labels", model.labels if own is None else own.labels, encoding.labels
    if own is not None:
        yield "columns", own.columns, encoding.columns
        yield "target columns", own.target_columns, encoding.target_columns
        here, there = (one.forms or (LEVEL,) * len(one.columns) for one in (own, encoding))
        yield "forms", here, there
