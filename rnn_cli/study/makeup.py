"""What a data set is made of, and how well one does on it who has learnt nothing: what a result is held against."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import isfinite
from unicodedata import normalize

from rnn_cli.core.learning.losses import MSE
from rnn_cli.models.model import BOS, EOS, UNKNOWN
from rnn_cli.study.baselines import baselines_of
from rnn_cli.study.scores import Baseline
from rnn_cli.study.tally import Lengths, Tally, wide
from rnn_cli.tasks import GENERATED, task_class
from rnn_cli.tasks.base import ONE_TO_MANY, Prepared


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


@dataclass(frozen=True, eq=False)
class MakeUp:
    """A data set as a network gets it.

    classes      labels or tags, the most frequent first; () where answers are no labels
    alike        labels that differ in capitals, white space or the way a number is written, in groups
    lengths      of what is read; `target_lengths` of what is written
    unknown      the share of the tokens that <unk> stands for, in the training and in the validation part; None without
                 tokens; `target_unknown` of those that are to be written
    parts        the names of the parts of words
    unheld       why there is no validation part though one was asked for; "" otherwise
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
    parts: tuple[str, ...]
    baselines: tuple[Baseline, ...]
    unheld: str

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
        encoding.parts,
        baselines_of(prepared, train, held if prepared.validation is not None else train),
        prepared.unheld,
    )


def _named(tokens: Sequence[str]) -> int:
    return sum(token not in (UNKNOWN, BOS, EOS) for token in tokens)


def _classes(prepared: Prepared, train: Tally, held: Tally) -> tuple[ClassCount, ...]:
    """The labels of texts, the tags of words, the conditions of a model that describes."""
    if (
        prepared.loss == MSE
        or task_class(prepared.task).running
        or (prepared.has_decoder and prepared.shape != ONE_TO_MANY)
    ):
        return ()
    if prepared.shape == ONE_TO_MANY:
        labels, counts = prepared.encoding.vocabulary, (train.read, held.read)
    else:
        unlearnt = getattr(prepared.validation, "unlearnt", ())
        labels, counts = (*prepared.encoding.labels, *unlearnt), (train.answers, held.answers)
    both = [wide(one, len(labels)).tolist() for one in counts]
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
