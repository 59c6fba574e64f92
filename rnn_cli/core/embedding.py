"""What a step reads of a word: the word's row of the embedding, and where words have parts the rows of its parts too.

    x_t = e_k + sum over the parts p of the word of u_p

Backwards, with dx_t the error of x_t, over all steps t that read the row:

    de_k = sum_t dx_t        du_p = sum_t dx_t, once for each time that the word of step t has the part p

A word that the vocabulary lacks shares the row of <unk> with all others, and its parts tell it from them.

Source: Bojanowski, Grave, Joulin and Mikolov, "Enriching word vectors with subword information" (2017), section 3.2, where the
parts are runs of characters from anywhere in the word.
"""

from collections.abc import Sequence

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.parameters import Parameters

NO_PART = -1
"""Stands behind the parts of a word that has fewer than others."""


def side_by_side(parts: Sequence[Sequence[int]]) -> Array:
    """The parts of several words as rows (N, P) of one length, NO_PART behind those of a word that has fewer."""
    rows = np.full((len(parts), max(map(len, parts), default=0)), NO_PART, dtype=np.int32)
    for k, own in enumerate(parts):
        rows[k, : len(own)] = own
    return rows


def vectors_of(parameters: Parameters, ids: Array, parts: Array | None = None) -> Array:
    """The vector of each word: ids (…), parts (…, P) or None -> (…, I)."""
    vectors: Array = parameters["embedding"][ids]
    if parts is None:
        return vectors
    rows = parameters["parts"]
    # One part of all words at a time: the rows of all of them at once would not stay in cache.
    for k in range(parts.shape[-1]):
        there = parts[..., k] != NO_PART
        vectors[there] += rows[parts[..., k][there]]
    return vectors


FEW_ROWS = 128
"""Up to so many rows the sums are fastest as one product with a matrix of ones and zeros."""


def embedding_gradient(ids: Array, dinputs: Array, rows: int) -> Array:
    """The gradient of the embedding: each row gets the sum of the errors of the steps that read it.

    ids (T, B), -1 where a step read no row, or (T, B, P) where it read several, none of them twice; dinputs (T, B, E)
    -> (rows, E)
    """
    flat = ids.ravel()
    errors = dinputs.reshape(-1, dinputs.shape[-1])
    step = np.repeat(np.arange(len(errors)), len(flat) // max(len(errors), 1))  # whose error each row gets
    if rows <= FEW_ROWS:
        chosen = np.zeros((rows + 1, len(errors)), dtype=dinputs.dtype)  # the last row takes the -1
        chosen[flat, step] = 1
        summed: Array = np.dot(chosen[:rows], errors)
        return summed
    order = np.argsort(flat, kind="stable")
    order = order[np.searchsorted(flat[order], 0) :]
    gradient = np.zeros((rows, errors.shape[1]), dtype=dinputs.dtype)
    if len(order):
        present, starts = np.unique(flat[order], return_index=True)
        gradient[present] = np.add.reduceat(errors[step[order]], starts, axis=0)
    return gradient
