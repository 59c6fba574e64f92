"""A network from elsewhere as the file that `rnn train` writes, so that evaluate, predict and --init take it."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.systems import make_system
from rnn_cli.core.systems.base import Blueprint
from rnn_cli.errors import InputError
from rnn_cli.models.answers import FORECAST, LANGUAGE_MODEL, TAG, task_of
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.fit import NUMBER, TOKEN
from rnn_cli.models.model import UNKNOWN, Model
from rnn_cli.models.trained import Trained, save_trained
from rnn_cli.models.writers import Written, number_type
from rnn_cli.tasks.options import DataOptions


def write(model: Model, path: Path) -> list[Written]:
    """See rnn_cli.models.writers."""
    task, encoding, options = _meaning(model)
    network = model.network
    a = network.architecture
    loss = MSE if encoding.level == NUMBER else CROSS_ENTROPY
    parameters = Parameters(a.shapes(), dtype=number_type(model))
    for name in parameters:
        parameters[name][...] = network.parameters[name]
    system = make_system(Blueprint("single", loss, a), parameters.flat)
    save_trained(path, Trained(task, system, encoding, options))
    return [Written(name, array.shape, (name,)) for name, array in parameters.items()]


def _meaning(model: Model) -> tuple[str, Encoding, dict[str, object]]:
    """The task that a network is one of, and what its numbers stand for. InputError where it is of none."""
    if model.encoding is not None:
        return model.trained_for, model.encoding, dict(model.data_options)
    a = model.network.architecture
    if not a.output_size:
        raise InputError("a model of rnn train answers something, and this one has no readout; --to json keeps it")
    task = task_of(model)
    if task == FORECAST:
        if not model.foreign:
            raise InputError("no task of rnn train reads vectors and names classes; --to json keeps it")
        return task, _numbers(a.input_size, a.output_size), _options(every_step=a.task != MANY_TO_ONE)
    if model.one_hot:
        raise InputError(
            "a model of rnn train has an embedding, and this one reads one-hot vectors; --to json keeps it"
        )
    words = _words(model)
    labels = words if task == LANGUAGE_MODEL else tuple(model.label(k) for k in range(a.output_size))
    if task == TAG:
        return task, Encoding(TOKEN, model.lowercase, words, labels), _options(lowercase=model.lowercase)
    return task, Encoding(model.level, model.lowercase, words, labels), _options(model)


def _options(model: Model | None = None, **chosen: object) -> dict[str, object]:
    """How the data of a task are read, as a run keeps it."""
    read = {} if model is None else {"level": model.level, "lowercase": model.lowercase}
    return {name: value for name, value in asdict(DataOptions(**read, **chosen)).items() if value is not None}  # type: ignore[arg-type]


def _numbers(inputs: int, outputs: int) -> Encoding:
    """Columns that nothing names or scales: x1, x2, …, and y1, y2, … which are predicted."""

    def ones(size: int, value: float) -> tuple[float, ...]:
        return tuple(np.full(size, value).tolist())

    return Encoding(
        NUMBER,
        columns=_numbered("x", inputs),
        means=ones(inputs, 0),
        scales=ones(inputs, 1),
        target_columns=_numbered("y", outputs),
        target_means=ones(outputs, 0),
        target_scales=ones(outputs, 1),
    )


def _numbered(letter: str, size: int) -> tuple[str, ...]:
    return tuple(f"{letter}{k + 1}" for k in range(size))


def _words(model: Model) -> tuple[str, ...]:
    """A name for each row of the embedding. InputError where one has none, or no row stands for unknown words."""
    rows = model.network.architecture.embedding_rows
    by_row = {row: token for token, row in model.rows.items()}
    missing: Sequence[int] = [k for k in range(rows) if k not in by_row]
    if missing:
        named = "--vocab FILE names them" if model.foreign else "its vocabulary names the others"
        raise InputError(
            f"a model of rnn train knows a word for each row of its embedding, and {len(missing)} of {rows} have none: {named}"
        )
    words = tuple(by_row[k] for k in range(rows))
    if UNKNOWN not in words and model.unknown in words:
        return tuple(UNKNOWN if word == model.unknown else word for word in words)
    if UNKNOWN not in words:
        raise InputError(f"a model of rnn train reads {UNKNOWN} for a word that it lacks, and this vocabulary has none")
    return words
