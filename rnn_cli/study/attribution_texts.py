"""What a written text rests on: of a translation the words that were read, of a description its condition.

    left out     ln p of each written token, less the same where a word that was read is left out
    replaced     the same with <unk> in its place
    slopes       gradient times input and integrated gradients of ln p: core/alignment.py
    looked       where a decoder with attention looked while it wrote the token: a share, and no change of ln p
    condition    ln p of each written token, less ln of its mean p under all other conditions

The tokens before each written one are those that were written, whatever was left out: what changes is what was read.
"""

from collections.abc import Sequence as Series
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from rnn_cli.core.activations import softmax
from rnn_cli.core.alignment import Slopes, parts_within, slopes_of
from rnn_cli.core.arrays import Array
from rnn_cli.core.attribution import PARTS
from rnn_cli.core.decode import beam
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.metrics.spearman import spearman
from rnn_cli.core.metrics.ties import settled
from rnn_cli.core.systems.base import System
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.errors import InputError
from rnn_cli.inputs.cut import joined
from rnn_cli.models.encoding import Encoding
from rnn_cli.study.attribution import (
    GRADIENT,
    INTEGRATED,
    LEFT_OUT,
    MOST_BESIDE,
    MOST_STEPS,
    REPLACED,
    UNKNOWN_WORD,
    ZEROS,
)
from rnn_cli.study.seq2seq import at_most
from rnn_cli.tasks.base import ENCODER_DECODER

AT_ONCE = 64
LOOKED = "looked"
"""The shares of attention, as a method beside those of study/attribution.py."""


@dataclass(frozen=True)
class RowsAgree:
    """Of two methods: the mean over the written tokens of their rank correlation, and for how many both name the same first."""

    methods: tuple[str, str]
    spearman: float
    same_top: int


@dataclass(frozen=True)
class Tried:
    """What became of written token `u` without read token `t`, both from 0: the claim of the methods `top_of`.

    p before, without t and with the stand-in in its place; `writes`: what the network itself writes without it
    """

    u: int
    t: int
    top_of: tuple[str, ...]
    p: float
    without: float
    replaced: float
    writes: str


@dataclass(frozen=True, eq=False)
class Aligned:
    """Of a translation: read (T) and written (U) tokens, the end of the text included where it was written.

    log_p       (U,), ln p of each written token
    left_out    (U, T), what each read token gave to it; replaced: the same with `stand_in` in its place
    slopes      what their slopes say of it; None of texts too long for it
    look        (U, T), the shares of a decoder that looks back; None of one that does not
    tried       the strongest claim of each method, put to the test
    """

    read: tuple[str, ...]
    written: tuple[str, ...]
    log_p: Array
    left_out: Array
    replaced: Array
    stand_in: str
    slopes: Slopes | None = None
    look: Array | None = None
    tried: tuple[Tried, ...] = ()

    @cached_property
    def methods(self) -> dict[str, Array]:
        """What each method gives to the read tokens, (U, T) each."""
        found = {LEFT_OUT: self.left_out, REPLACED: self.replaced}
        if self.slopes is not None:
            found |= {GRADIENT: self.slopes.gradient, INTEGRATED: self.slopes.integrated}
        return found if self.look is None else {**found, LOOKED: self.look}

    @cached_property
    def tops(self) -> dict[str, Array]:
        """For each method the read token that gave most to each written one, (U,), the first of equal ones; -1 where none
        speaks for it."""
        return {
            name: np.array([settled(row).argmax() if row.max() > 0 else -1 for row in values])
            for name, values in self.methods.items()
        }

    @cached_property
    def agreements(self) -> tuple[RowsAgree, ...]:
        """Every two methods."""
        found = []
        for one, other in combinations(self.methods, 2):
            pairs = zip(self.methods[one], self.methods[other], strict=True)
            each = np.array([spearman(a, b) for a, b in pairs])
            known = each[np.isfinite(each)]
            mean = float(known.mean()) if len(known) else float("nan")
            tops = self.tops[one], self.tops[other]
            found.append(RowsAgree((one, other), mean, int(((tops[0] == tops[1]) & (tops[0] >= 0)).sum())))
        return tuple(found)

    @property
    def claims(self) -> dict[tuple[int, int], tuple[str, ...]]:
        """The largest number of each method: written token, read token -> the methods that claim it most."""
        cells: dict[tuple[int, int], tuple[str, ...]] = {}
        for name, values in self.methods.items():
            u, t = divmod(int(settled(values.ravel()).argmax()), values.shape[1])
            if values[u, t] > 0:
                cells[u, t] = (*cells.get((u, t), ()), name)
        return cells

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
    assert isinstance(system, EncoderDecoder)
    every = np.array(ids)
    x = system.encoder.parameters["embedding"][every]
    stand_in, baseline = _stand_in(system, encoding)
    kept = [np.delete(every, t) for t in range(T)]
    others = [np.where(np.arange(T)[:, None] == t, baseline, x) for t in range(T)]
    log_p = _log_p(system, encoding, [every, *kept], written)
    without = _log_p(system, encoding, others, written)
    tokens, before = np.array(written), np.array([encoding.begin, *written[:-1]])
    short = parts_within(T, len(written)) >= PARTS
    found = Aligned(
        tuple(read),
        _tokens(encoding, written),
        log_p[0],
        (log_p[0] - log_p[1:]).T,
        (log_p[0] - without).T,
        stand_in,
        slopes_of(system, x, baseline, before, tokens) if short else None,
        _looked(system, every, tokens, before),
    )
    tried = (_tried(system, encoding, found, every, u, t, names) for (u, t), names in found.claims.items())
    return replace(found, tried=tuple(tried))


def _stand_in(system: EncoderDecoder, encoding: Encoding) -> tuple[str, Array]:
    """What says nothing where a token stood, and its vector (I,)."""
    embedding = system.encoder.parameters["embedding"]
    if encoding.unknown is None:
        return ZEROS, np.zeros(embedding.shape[1])
    return UNKNOWN_WORD, embedding[encoding.vocabulary.index(encoding.unknown)]


def _looked(system: EncoderDecoder, ids: Array, written: Array, before: Array) -> Array | None:
    """Where the decoder looked at each token that it wrote, (U, T); None of one that does not look back."""
    done = system.forward(_batch([ids], written, before))
    return None if done.look is None else done.look.alpha[0]


def _tried(
    system: EncoderDecoder, encoding: Encoding, found: Aligned, ids: Array, u: int, t: int, names: tuple[str, ...]
) -> Tried:
    """Take the read token away: how likely the written one is then, and what the network writes by itself."""
    left = np.delete(ids, t)
    state, memory = system.begin(left[:, None], np.array([len(left)]))
    (best,) = beam(system.decoder, state, encoding.begin, encoding.end, 1, at_most(len(left)), memory)
    text = joined(_tokens(encoding, best.tokens), encoding.target)
    given = found.left_out[u, t], found.replaced[u, t]
    p, without, replaced = (float(np.exp(found.log_p[u] - less)) for less in (0.0, *given))
    return Tried(u, t, names, p, without, replaced, text)


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
    """ln p of each token of one text (U,) after each of several inputs, ids (T,) or vectors (T, I): (N, U)."""
    tokens = np.array(written)
    before = np.array([encoding.begin, *written[:-1]])
    found = []
    for start in range(0, len(read), AT_ONCE):
        batch = _batch(read[start : start + AT_ONCE], tokens, before)
        p = softmax(system.forward(batch).logits)[np.arange(len(tokens)), :, tokens]  # (U, B)
        found.append(np.log(np.maximum(p, np.finfo(p.dtype).tiny)).T)
    return np.concatenate(found)


def _batch(read: Series[Array], written: Array, before: Array) -> Batch:
    """One text after several inputs."""
    lengths = np.array([len(one) for one in read])
    inputs = np.zeros((lengths.max(), len(read), *read[0].shape[1:]), dtype=read[0].dtype)
    for k, one in enumerate(read):
        inputs[: len(one), k] = one
    targets, into = (np.repeat(ids[:, None], len(read), axis=1) for ids in (written, before))
    return Batch(inputs, lengths, targets, np.ones(targets.shape), into, np.full(len(read), len(written)))
