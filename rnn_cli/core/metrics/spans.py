"""Spans of words that tags mark, such as names: which are found, as conlleval counts.

A tag is O, outside, or a prefix with a type, B-PER: B begins a span, I goes on with it, E ends it, S is a span of one word.

    a span begins   at B and S; at I and E where the word before is O, E or S, or of another type, or there is none
    it ends         before the word at which another begins, before O, and with the sentence
    it is found     where both tag sequences have a span of the same first word, last word and type

    precision = found / called        recall = found / there        F1 = 2 found / (called + there)

Source: the rules of the program conlleval of the shared task of CoNLL-2000 (Tjong Kim Sang and Buchholz, "Introduction to the
CoNLL-2000 shared task: chunking"), with the prefix S, which its later versions know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from re import DOTALL, fullmatch

import numpy as np

from rnn_cli.core.arrays import Array

PREFIXES = "OBIES"
OUTSIDE, BEGIN, INSIDE, END, SINGLE = range(len(PREFIXES))


@dataclass(frozen=True)
class SpanTags:
    """Tags that mark spans, by their ids."""

    labels: tuple[str, ...]

    @cached_property
    def prefixes(self) -> Array:
        """The place of each tag's prefix in PREFIXES, (C,)."""
        return np.array([PREFIXES.index(label[0]) for label in self.labels])

    @cached_property
    def types(self) -> Array:
        """The place of each tag's type in `kinds`, (C,); of O any."""
        index = {name: k for k, name in enumerate(self.kinds)}
        return np.array([index.get(_kind(label), 0) for label in self.labels])

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The types that spans can have: PER of B-PER, and "" of a bare B."""
        return tuple(sorted({_kind(label) for label in self.labels if label != "O"}))

    def spans(self, tags: Array, first: Array) -> Array:
        """First word, last word and type of each span. tags (N,), first (N,): where a sentence begins -> (S, 3)"""
        prefix, kind = self.prefixes[tags], self.types[tags]
        before = np.where(first, OUTSIDE, np.roll(prefix, 1))
        inside = prefix != OUTSIDE
        begins = inside & (
            np.isin(prefix, (BEGIN, SINGLE)) | np.isin(before, (OUTSIDE, END, SINGLE)) | (kind != np.roll(kind, 1))
        )
        # A span goes on until something other than its own next word comes.
        stops = np.flatnonzero(np.append(begins | ~inside, True))
        starts = np.flatnonzero(begins)
        last = stops[np.searchsorted(stops, starts, side="right")] - 1
        return np.stack([starts, last, kind[starts]], axis=1)

    def counts(self, true: Array, called: Array, sentence: Array) -> Array:
        """How many spans of each type a sentence has, is said to have, and how many of these are so.

        true and called (N,) are tags, sentence (N,) the number of the sentence, in order
        -> (sentences, kinds, 3): found, called, there
        """
        kinds = len(self.kinds)
        if not len(true):
            return np.zeros((0, kinds, 3), dtype=np.int64)
        first = np.append(True, np.diff(sentence) != 0)
        there, said = self.spans(true, first), self.spans(called, first)
        found = there[np.isin(_keys(there, len(true)), _keys(said, len(true)))]
        size = int(sentence[-1]) + 1
        cells = (sentence[some[:, 0]] * kinds + some[:, 2] for some in (found, said, there))
        counts = [np.bincount(cell, minlength=size * kinds).reshape(size, kinds) for cell in cells]
        return np.stack(counts, axis=2)


def _kind(label: str) -> str:
    return label.partition("-")[2]


def _keys(spans: Array, length: int) -> Array:
    """One number for each span."""
    keys: Array = (spans[:, 2] * length + spans[:, 0]) * length + spans[:, 1]
    return keys


def span_tags(labels: Sequence[str]) -> SpanTags | None:
    """The tags where all of them mark spans, and one is inside or at the beginning of one; else None."""
    marks = all(fullmatch(r"O|[BIES](-.+)?", label, flags=DOTALL) for label in labels)
    within = any(label[0] in "BI" for label in labels if label)
    untyped = any(label in tuple("BIES") for label in labels)
    return SpanTags(tuple(labels)) if marks and within and ("O" in labels or not untyped) else None


NAMES = ("span_precision", "span_recall", "span_f1")


def span_scores(counts: Array) -> Array:
    """NAMES of found, called and there, (…, 3): 0 where nothing is called or there, as conlleval has it. -> (…, 3)"""
    found, called, there = np.moveaxis(counts, -1, 0)
    whole = np.stack([called, there, called + there], axis=-1).astype(np.float64)
    right = np.stack([found, found, 2 * found], axis=-1)
    shares: Array = np.divide(right, whole, out=np.zeros(whole.shape), where=whole > 0)
    return shares
