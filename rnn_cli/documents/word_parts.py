"""The parts of words in documents: what the vector of a step is the sum of, and the gradients of these."""

from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.embedding import embedding_gradient, side_by_side
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.part import Part


def parts_document(model: Model, sequence: Sequence, part: Part) -> dict[str, Any]:
    """The names of the parts of each word; no key where words have none."""
    if sequence.parts is None:
        return {}
    names = model.parts
    return {"parts": part.of_steps(tuple([names[row] for row in own] for own in sequence.parts))}


def input_terms_document(model: Model, sequence: Sequence, part: Part) -> dict[str, Any]:
    """The word's own row and those of its parts, which add up to the vector of each step; no key where words have no parts."""
    if sequence.parts is None:
        return {}
    terms = tuple(
        [{"name": name, "vector": vector} for name, vector in model.terms(row, parts)]
        for row, parts in zip(sequence.rows or (), sequence.parts, strict=True)
    )
    return {"input_terms": part.of_steps(terms)}


def gradients_of_parts(model: Model, sequence: Sequence, inputs: Array) -> dict[str, Any]:
    """The gradient of each part that was read, the sum over the steps whose word has it; inputs (T, I) are those of x_t.

    No key where words have no parts.
    """
    if sequence.parts is None:
        return {}
    rows = side_by_side(sequence.parts)
    summed = embedding_gradient(rows[:, None], inputs, model.network.architecture.part_rows)
    read = np.unique(rows[rows >= 0])
    return {"parts": {model.parts[row]: summed[row] for row in read.tolist()}}
