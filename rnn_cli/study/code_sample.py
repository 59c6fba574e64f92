"""The sample that a program runs: what its model can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import GROWTH
from rnn_cli.inputs.sequence import encode_text, parts_of
from rnn_cli.models.decoder import conditions_of
from rnn_cli.models.model import Model
from rnn_cli.study.example_text import example_for

FEW = 3
"""So many tokens or vectors make a sample where no text does."""


@dataclass(frozen=True, eq=False)
class Sample:
    """What a program reads: rows of the embedding or places of one-hot vectors, or else numbers (T, I); or one condition.

    tokens   the words of the rows; () where they have none
    parts    the rows of the parts of each word; () where words have none
    """

    rows: tuple[int, ...] = ()
    tokens: tuple[str, ...] = ()
    numbers: Array | None = None
    parts: tuple[tuple[int, ...], ...] = ()


def above_zero(model: Model) -> float:
    """What is added to a wave between -1 and 1 where the model reads growths, which only positive numbers have."""
    return 2.0 if model.encoding is not None and GROWTH in model.encoding.forms else 0.0


def sample_of(model: Model) -> Sample:
    """A text of words that the model knows, or its first tokens, or numbers where it reads numbers."""
    a = model.network.architecture
    if conditions := conditions_of(model):
        return Sample((0,), conditions[:1])
    if model.columns or not (a.embedding_rows or model.one_hot):
        waves = np.sin(np.arange(FEW * a.input_size, dtype=float)).reshape(FEW, a.input_size)
        return Sample(numbers=above_zero(model) + waves)
    places: Mapping[Any, int] = model.rows or model.vocabulary or {}
    text = example_for(model) if model.vocabulary else None
    tokens = encode_text(text, model, 0).tokens if text is not None else None
    tokens = tokens or tuple(places)[:FEW]
    if not tokens:
        return Sample(tuple(range(min(FEW, a.embedding_rows))))
    return Sample(tuple(places[token] for token in tokens), tuple(tokens), parts=parts_of(tokens, model) or ())
