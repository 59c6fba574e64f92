"""What a written text rests on: of a translation the words that were read, of a description its condition.

    left out     ln p of each written token, less the same where a word that was read is left out
    condition    ln p of each written token, less ln of its mean p under all other conditions

The tokens before each written one are those that were written, whatever was left out: what changes is what was read.
"""

from collections.abc import Sequence as Series
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.activations import softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.systems.base import System
from rnn_cli.errors import InputError
from rnn_cli.models.encoding import Encoding
from rnn_cli.study.attribution import MOST_BESIDE, MOST_STEPS
from rnn_cli.tasks.base import ENCODER_DECODER

AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class Aligned:
    """Of a translation: read (T) and written (U) tokens, the end of the text included where it was written.

    log_p       (U,), ln p of each written token
    left_out    (U, T), what each read token gave to it
    """

    read: tuple[str, ...]
    written: tuple[str, ...]
    log_p: Array
    left_out: Array

    @property
    def whole(self) -> Array:
        """What each read token gave to the whole text, (T,)."""
        found: Array = self.left_out.sum(axis=0)
        return found


@dataclass(frozen=True, eq=False)
class FromCondition:
    """Of a description: what its condition gave.

    log_p      (U,), ln p of each written token under the condition; others (N, U), under each other one
    """

    condition: str
    conditions: tuple[str, ...]
    written: tuple[str, ...]
    log_p: Array
    others: Array

    @property
    def gain(self) -> Array:
        """ln p of each written token, less ln of its mean p under the other conditions, (U,)."""
        most = self.others.max(axis=0)
        mean: Array = most + np.log(np.exp(self.others - most).mean(axis=0))
        return self.log_p - mean


def align(system: System, encoding: Encoding, ids: Series[int], read: Series[str], written: Series[int]) -> Aligned:
    """What each read token gave to each written one. InputError where nothing would be left, or the text is too long."""
    T = len(ids)
    if T == 1 or T > MOST_STEPS:
        why = "nothing is left without its one word" if T == 1 else f"it takes up to {MOST_STEPS} words"
        raise InputError(f"--explain: the text is read again without each of its words, and {why}")
    kept = [np.delete(np.array(ids), t) for t in range(T)]
    log_p = _log_p(system, encoding, [np.array(ids), *kept], written)
    return Aligned(tuple(read), _tokens(encoding, written), log_p[0], (log_p[0] - log_p[1:]).T)


def beside_others(system: System, encoding: Encoding, condition: int, written: Series[int]) -> FromCondition:
    """What a condition gave to each written token. InputError where there is no other condition, or far too many."""
    every = encoding.vocabulary
    if not 1 < len(every) <= MOST_STEPS:
        raise InputError(
            f"--explain holds the condition against all others: of {len(every):,} it cannot (from 2 to {MOST_STEPS})"
        )
    log_p = _log_p(system, encoding, [np.array([k]) for k in range(len(every))], written)
    rest = [k for k in range(len(every)) if k != condition]
    names = tuple(every[k] for k in rest)
    return FromCondition(every[condition], names, _tokens(encoding, written), log_p[condition], log_p[rest])


def rests_on(
    system: System, encoding: Encoding, ids: Series[int], read: Series[str], written: Series[int]
) -> Aligned | FromCondition | None:
    """The one or the other, for a page that is about something else; None of a long text, and where nothing tells it."""
    try:
        if len(ids) > MOST_BESIDE:
            return None
        if system.blueprint.kind == ENCODER_DECODER:
            return align(system, encoding, ids, read, written)
        return beside_others(system, encoding, ids[0], written)
    except InputError:  # one word alone, or one condition
        return None


def _tokens(encoding: Encoding, ids: Series[int]) -> tuple[str, ...]:
    return tuple(encoding.labels[k] for k in ids)


def _log_p(system: System, encoding: Encoding, read: Series[Array], written: Series[int]) -> Array:
    """ln p of each token of one text (U,) after each of several inputs, (N, U)."""
    tokens = np.array(written)
    before = np.array([encoding.begin, *written[:-1]])
    found = []
    for start in range(0, len(read), AT_ONCE):
        some = read[start : start + AT_ONCE]
        lengths = np.array([len(one) for one in some])
        inputs = np.zeros((lengths.max(), len(some)), dtype=np.int64)
        for k, one in enumerate(some):
            inputs[: len(one), k] = one
        targets, into = (np.repeat(ids[:, None], len(some), axis=1) for ids in (tokens, before))
        batch = Batch(inputs, lengths, targets, np.ones(targets.shape), into, np.full(len(some), len(tokens)))
        p = softmax(system.forward(batch).logits)[np.arange(len(tokens)), :, tokens]  # (U, B)
        found.append(np.log(np.maximum(p, np.finfo(p.dtype).tiny)).T)
    return np.concatenate(found)
