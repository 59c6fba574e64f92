"""A model that another program saved, as one that was trained here: the task that its shape is of, and how its data are read.

What the person has to give with it, by the task that rnn_cli/models/answers.py finds:

classify, tag                --vocab and --labels
lm                           --vocab
an encoder and a decoder     --vocab, and --target-vocab where it writes other tokens
"""

from dataclasses import replace
from typing import Any

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.systems.base import Blueprint
from rnn_cli.core.systems.single import Single
from rnn_cli.errors import InputError
from rnn_cli.models.answers import TAG, task_of
from rnn_cli.models.encoding import GivenEncoding
from rnn_cli.models.model import Model
from rnn_cli.study.roles import encoding_of


def as_trained(name: str, model: Model) -> Model:
    """The model with its task, its system and its encoding; any other model as it is.

    InputError where what the person gave with the file does not say them: it names the option that does.
    """
    if not model.foreign or model.trained_for:
        return model
    if model.has_decoder:
        encoding = encoding_of(model)
        if not encoding.vocabulary:
            raise InputError(f"{name}: --vocab FILE names the tokens that its encoder reads")
        return replace(model, trained_for="translate", data_options=_options(encoding.level, encoding.lowercase))
    a = model.network.architecture
    if not a.output_size:
        raise InputError(f"{name}: has no readout, so there is nothing that it answers: --readout NAME names it")
    if model.vocabulary is None:
        raise InputError(f"{name}: comes without a vocabulary, so it reads no text: --vocab FILE gives it one")
    task = task_of(model)
    require_labels(name, model)
    # One-hot vectors are the rows of the unit matrix.
    network = model.network if a.embedding_rows else model.network.with_embedding(np.eye(a.input_size))
    a = network.architecture
    of_words = task == TAG
    encoding = GivenEncoding(
        "token" if of_words else model.level,
        model.lowercase,
        _names(model, a.embedding_rows),
        model.labels,
        known=model.vocabulary,
        rules=None if of_words else model.tokenizer,
        stands_for=model.unknown,
    )
    return replace(
        model,
        network=network,
        rows=dict(model.vocabulary),
        one_hot=False,
        system=Single(Blueprint("single", CROSS_ENTROPY, a), network.parameters, network.starts),
        encoding=encoding,
        trained_for=task,
        data_options=_options(None if of_words else model.level, model.lowercase),
    )


def require_labels(name: str, model: Model) -> None:
    """InputError where nothing names the answers of a readout."""
    if not model.labels:
        answers = _answers(model.network.architecture.output_size)
        raise InputError(
            f"{name}: nothing names {answers}: --labels A,B or a file of them, in the order of the readout"
        )


def _answers(units: int) -> str:
    return f"its {units} answers" if units > 1 else "the two classes that its one unit tells apart"


def _options(level: str | None, lowercase: bool) -> dict[str, Any]:
    """How its data are read, as a trained model keeps it."""
    return {"level": level, "lowercase": lowercase}


def _names(model: Model, rows: int) -> tuple[str, ...]:
    """The name of each row of the embedding; of one that the vocabulary leaves out, signs that no text holds."""
    names = [f"\x00{k}\x00" for k in range(rows)]
    for token, k in (model.vocabulary or {}).items():
        names[k] = token
    return tuple(names)
