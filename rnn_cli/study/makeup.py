"""What a data set is made of, and how well one does on it who has learnt nothing: what a result is held against."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from math import exp, isfinite, log
from unicodedata import normalize

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import MSE
from rnn_cli.core.metrics.confusion import per_class
from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.models.model import BOS, EOS, UNKNOWN
from rnn_cli.study.judge_numbers import PERSISTENCE, last_value
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks import GENERATED, generated_task
from rnn_cli.tasks.base import ONE_TO_MANY, Examples, Prepared
from rnn_cli.tasks.forecast import Windows
from rnn_cli.tasks.lm import Text

BATCH = 256
PIECE = 1 << 20


@dataclass(frozen=True)
class ClassCount:
    """How often a label or a tag occurs in each part."""

    label: str
    train: int
    validation: int

    @property
    def count(self) -> int:
        """In both."""
        return self.train + self.validation


@dataclass(frozen=True)
class Lengths:
    """Of the training part, in tokens or steps."""

    shortest: int
    median: float
    longest: int


@dataclass(frozen=True, eq=False)
class MakeUp:
    """A data set as a network gets it.

    classes      labels or tags, the most frequent first; () where answers are no labels
    alike        labels that differ in capitals, white space or the way a number is written, in groups
    lengths      of what is read; `target_lengths` of what is written
    unknown      the share of the tokens that <unk> stands for, in the training and in the validation part; None without
                 tokens; `target_unknown` of those that are to be written
    baselines    the best first; computed on the validation part, or without one on the training part
    """

    task: str
    train: int
    validation: int | None
    classes: tuple[ClassCount, ...]
    alike: tuple[tuple[str, ...], ...]
    lengths: Lengths | None
    target_lengths: Lengths | None
    vocabulary: int
    target_vocabulary: int
    unknown: tuple[float | None, float | None]
    target_unknown: tuple[float | None, float | None]
    baselines: tuple[Baseline, ...]

    @property
    def baseline(self) -> Baseline | None:
        """The best one that has a score."""
        return self.baselines[0] if self.baselines else None


@lru_cache(maxsize=1)  # the page, the events and the log of a run all show it
def make_up(prepared: Prepared) -> MakeUp:
    """Count what is in both parts. A task that draws its examples is counted in its validation part alone."""
    generated = prepared.task.partition(":")[0] in GENERATED
    train = Tally(prepared, None if generated else prepared.train)
    held = Tally(prepared, prepared.validation)
    counted = held if generated else train
    classes = () if generated else _classes(prepared, train, held)
    encoding = prepared.encoding
    writes = prepared.has_decoder
    return MakeUp(
        prepared.task,
        len(prepared.train),
        None if prepared.validation is None else len(prepared.validation),
        classes,
        tuple(alike(one.label for one in classes)),
        counted.read_lengths(),
        counted.written_lengths(),
        0 if prepared.shape == ONE_TO_MANY else _named(encoding.vocabulary),
        _named(encoding.labels) if writes else 0,
        (train.unknown, held.unknown),
        (train.target_unknown, held.target_unknown),
        _baselines(prepared, train, held if prepared.validation is not None else train, generated),
    )


@dataclass(eq=False)
class Tally:
    """What is counted of one part; empty without one."""

    prepared: Prepared
    examples: Examples | None
    lengths: list[Array] = field(default_factory=list)
    target_lengths: list[Array] = field(default_factory=list)
    read: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    answers: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    tags_of_words: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.examples, Text):
            # A long text has millions of chunks: its tokens are counted as they lie in their file.
            tokens = self.examples.tokens
            for start in range(1, len(tokens), PIECE):
                self.answers = _added(self.answers, tokens.read(start, PIECE))
            self.read = self.answers
        elif self.examples is not None:
            for indices in self.examples.batches(0, 0, BATCH):
                self._count(self.examples.collate(indices))

    def _count(self, batch: Batch) -> None:
        self.lengths.append(batch.lengths)
        if self.prepared.loss == MSE:
            return
        asked = batch.weights > 0
        truths = batch.targets if batch.truths is None else batch.truths
        self.answers = _added(self.answers, truths[asked])
        if batch.decoder_lengths is not None:
            self.target_lengths.append(batch.decoder_lengths - 1)  # its end is no token of the text
        if batch.inputs.ndim != 2:
            return
        inside = np.arange(len(batch.inputs))[:, None] < batch.lengths
        self.read = _added(self.read, batch.inputs[inside])
        if self.prepared.shape == MANY_TO_MANY:
            pairs, counts = np.unique(
                np.stack([batch.inputs[asked], truths[asked]]).astype(np.int64), axis=1, return_counts=True
            )
            for word, tag, count in zip(*pairs.tolist(), counts.tolist(), strict=True):
                self.tags_of_words[word, tag] = self.tags_of_words.get((word, tag), 0) + count

    @property
    def unknown(self) -> float | None:
        """The share of the tokens that are read as <unk>."""
        return _share(self.read, self.prepared.encoding.vocabulary)

    @property
    def target_unknown(self) -> float | None:
        """The share of the tokens to be written that are <unk>; <eos> is none."""
        if not self.prepared.has_decoder:
            return None
        tokens = np.where(np.array(self.prepared.encoding.labels) == EOS, 0, _wide(self.answers, self.size))
        return _share(tokens, self.prepared.encoding.labels)

    @property
    def size(self) -> int:
        """How many labels the readout has, or how many more the data have."""
        return max(len(self.answers), len(self.prepared.encoding.labels))

    def read_lengths(self) -> Lengths | None:
        """See Lengths; None of a text that is read as one, and of a condition."""
        return None if self.prepared.shape == ONE_TO_MANY else _lengths(self.lengths)

    def written_lengths(self) -> Lengths | None:
        """Of the texts that are written."""
        return _lengths(self.target_lengths)


def _added(counts: Array, ids: Array) -> Array:
    more = np.bincount(ids)
    size = max(len(counts), len(more))
    return _wide(counts, size) + _wide(more, size)


def _wide(counts: Array, size: int) -> Array:
    return np.pad(counts, (0, max(0, size - len(counts))))


def _share(counts: Array, vocabulary: Sequence[str]) -> float | None:
    if UNKNOWN not in vocabulary or not counts.sum():
        return None
    return float(_wide(counts, len(vocabulary))[vocabulary.index(UNKNOWN)] / counts.sum())


def _named(tokens: Sequence[str]) -> int:
    return sum(token not in (UNKNOWN, BOS, EOS) for token in tokens)


def _lengths(parts: list[Array]) -> Lengths | None:
    if not parts:
        return None
    every = np.concatenate(parts)
    return Lengths(int(every.min()), float(np.median(every)), int(every.max()))


def _classes(prepared: Prepared, train: Tally, held: Tally) -> tuple[ClassCount, ...]:
    """The labels of texts, the tags of words, the conditions of a model that describes."""
    if prepared.loss == MSE or prepared.task == "lm" or (prepared.has_decoder and prepared.shape != ONE_TO_MANY):
        return ()
    if prepared.shape == ONE_TO_MANY:
        labels, counts = prepared.encoding.vocabulary, (train.read, held.read)
    else:
        unlearnt = getattr(prepared.validation, "unlearnt", ())
        labels, counts = (*prepared.encoding.labels, *unlearnt), (train.answers, held.answers)
    both = [_wide(one, len(labels)).tolist() for one in counts]
    found = [ClassCount(label, *pair) for label, *pair in zip(labels, *both, strict=True)]
    return tuple(sorted(found, key=lambda one: -one.count))


def alike(labels: Iterable[str]) -> list[tuple[str, ...]]:
    """The labels that are the same but for capitals, white space, or how a number is written: "0" and "0.0"."""
    keyed = sorted((_plain(label), label) for label in labels)
    groups = [tuple(label for _, label in group) for _, group in groupby(keyed, key=lambda pair: pair[0])]
    return [group for group in groups if len(group) > 1]


def _plain(label: str) -> str:
    text = " ".join(normalize("NFKC", label).split()).casefold()
    try:
        number = float(text)
    except ValueError:
        return text
    return repr(number) if isfinite(number) else text


def _baselines(prepared: Prepared, train: Tally, measured: Tally, generated: bool) -> tuple[Baseline, ...]:
    """What is learnt from counting the training part alone, scored on the measured part."""
    encoding = prepared.encoding
    if generated:
        task = generated_task(prepared.task)
        return (Baseline(task.guess(), task.guess_scores()),)
    if prepared.loss == MSE:
        windows = measured.examples
        assert isinstance(windows, Windows)
        errors = last_value(windows, np.array(encoding.target_scales))
        return (Baseline(PERSISTENCE, {"mae": float(errors[:, 0].mean())}),)
    size = len(encoding.labels)
    counts, there = _wide(train.answers, size), _wide(measured.answers, size)
    commonest = int(counts.argmax())
    right = float(there[commonest] / there.sum())
    if prepared.task == "lm" or prepared.has_decoder:
        # One is added to every count, so that no token is impossible.
        likely = (counts + 1) / (counts.sum() + size)
        loss = float(-(there * np.log(likely)).sum() / there.sum())
        known = Baseline(
            "how often each token comes in the training part, and nothing else",
            {"accuracy": right, "perplexity": exp(loss), "loss": loss},
        )
        return tuple(sorted((known, even_guess(size)), key=lambda one: one.scores["loss"]))
    label = encoding.labels[commonest]
    what = "tag" if train.tags_of_words else "label"
    always = Baseline(
        f"always {label if label.strip() else repr(label)}, the commonest {what} of the training part",
        {"accuracy": right, "macro_f1": f1_of_one(right, there)},
    )
    if not train.tags_of_words:
        return (always,)
    called = _called_by_word(train.tags_of_words, measured.tags_of_words, commonest)
    true, predicted, times = np.array([*zip(*called, strict=True)], dtype=np.int64)
    each = per_class(true, predicted, len(there), times)
    hit = float(times[true == predicted].sum() / there.sum())
    by_word = Baseline(
        "for each word its commonest tag in the training part", {"accuracy": hit, "macro_f1": float(each.macro_f1)}
    )
    return tuple(sorted((by_word, always), key=lambda one: -one.scores["accuracy"]))


def even_guess(size: int) -> Baseline:
    """Every token is as likely as every other."""
    return Baseline(
        f"a guess among all {size:,} tokens", {"accuracy": 1 / size, "perplexity": float(size), "loss": log(size)}
    )


def f1_of_one(share: float, there: Array) -> float:
    """The mean F1 of one who always answers the label of this share; it is 0 for every other that occurs."""
    return 2 * share / (1 + share) / int((there > 0).sum())


def _called_by_word(
    learnt: dict[tuple[int, int], int], there: dict[tuple[int, int], int], otherwise: int
) -> list[tuple[int, int, int]]:
    """(tag, the commonest tag of its word, how often); `otherwise` is that of a word without one."""
    best: dict[int, tuple[int, int]] = {}
    for (word, tag), count in learnt.items():
        best[word] = max(best.get(word, (0, 0)), (count, -tag))
    return [(tag, -best.get(word, (0, -otherwise))[1], count) for (word, tag), count in there.items()]
