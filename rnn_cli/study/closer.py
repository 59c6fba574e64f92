"""A closer look at an evaluation: how sure the model is where it is right, on which examples it is worse, and against which other."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.metrics.bootstrap import interval, resampled
from rnn_cli.core.metrics.calibration import Calibration
from rnn_cli.core.metrics.paired import mcnemar, swapped
from rnn_cli.core.metrics.wilson import wilson
from rnn_cli.errors import InputError
from rnn_cli.study.examples import Subject

LENGTH, UNKNOWN = "length", "unknown"
"""What examples are sorted by: how many tokens they have, and the share of these that the vocabulary lacks."""

QUARTERS = (0.25, 0.5, 0.75)
SHARES = (0.0, 0.1, 0.25)
"""Up to which unknown share examples are together; the last have more."""

MCNEMAR, SWAPPED = "mcnemar", "swapped"
"""The tests of pairs."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """How well each of the U examples was answered, or each piece of a text.

    metric       the name of the score that is the mean of what follows; `more`: whether more of it is better
    sums         (U,), of right answers, losses or errors; answers (U,), how many there are
    lengths      (U,), how many tokens were read, and of these unknown (U,); None where that tells nothing
    calibration  None where answers have no probability, or were not counted
    """

    metric: str
    more: bool
    sums: Array
    answers: Array
    lengths: Array | None = None
    unknown: Array | None = None
    calibration: Calibration | None = None

    @property
    def mean(self) -> float:
        """The score."""
        return float(self.sums.sum() / self.answers.sum())

    @property
    def single(self) -> bool:
        """Whether each example has one answer, which is right or wrong."""
        return self.more and bool((self.answers == 1).all())


@dataclass(frozen=True)
class Slice:
    """The examples whose length, or unknown share, is from `low` to `high`: how many, and how well they were answered.

    ends   the 95% interval of the value (Wilson's) where each example has one answer; else None
    """

    by: str
    low: float
    high: float
    examples: int
    answers: int
    value: float
    ends: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Compared:
    """Two models on the same examples.

    values       the score of each; difference: the first less the second, with its 95% interval, where resamples were drawn
    only         how many examples each alone answers right, where each example has one answer; None elsewhere
    test, p      the test of pairs; `units` examples in blocks of `block`
    """

    other: str
    metric: str
    more: bool
    values: tuple[float, float]
    ends: tuple[float, float] | None
    only: tuple[int, int] | None
    test: str
    p: float
    draws: int
    units: int
    block: int

    @property
    def difference(self) -> float:
        """The first less the second."""
        return self.values[0] - self.values[1]


def sizes_of(subject: Subject, batch: Batch) -> Array:
    """How many tokens each sequence of a batch has, and how many of them the vocabulary lacks, (2, B)."""
    inside = np.arange(len(batch.inputs))[:, None] < batch.lengths
    strange = np.zeros(batch.size)
    stands_for = subject.encoding.unknown
    if batch.inputs.ndim == 2 and stands_for is not None:
        strange = ((batch.inputs == subject.encoding.vocabulary.index(stands_for)) & inside).sum(axis=0)
    return np.stack([batch.lengths, strange])


def slices(of: Outcomes, intervals: bool = True) -> tuple[Slice, ...]:
    """The examples by length and by unknown share, where there are several kinds of them; with `intervals` where these hold."""
    found: list[Slice] = []
    if of.lengths is not None:
        edges = np.unique(np.quantile(of.lengths, QUARTERS, method="lower"))
        found += _by(LENGTH, of, of.lengths, edges, intervals)
        if of.unknown is not None and of.unknown.any():
            found += _by(UNKNOWN, of, of.unknown / of.lengths, np.array(SHARES), intervals)
    return tuple(found)


def _by(what: str, of: Outcomes, values: Array, edges: Array, intervals: bool) -> list[Slice]:
    """A slice for each range up to an edge; none where all examples are in one."""
    which = np.searchsorted(edges, values)
    found = []
    for k in np.unique(which):
        here = which == k
        answers = float(of.answers[here].sum())
        if not answers:
            continue
        value = float(of.sums[here].sum()) / answers
        ends = wilson(value, answers) if of.single and intervals else None
        low, high = float(values[here].min()), float(values[here].max())
        found.append(Slice(what, low, high, int(here.sum()), int(answers), value, ends))
    return found if len(found) > 1 else []


def compare(
    other: str,
    places: Sequence[tuple[Sequence[object], int]],
    both: tuple[Outcomes, Outcomes],
    block: int,
    draws: int,
    seed: int,
) -> Compared:
    """The test of two models whose examples stand at these places. InputError where they are not the same."""
    a, b = both
    if list(places[0][0]) != list(places[1][0]) or places[0][1] != places[1][1]:
        raise InputError(
            f"--against {other}: it was not measured on the same examples: give DATA that neither was trained on, or of which "
            "both hold out the same part"
        )
    if a.metric != b.metric or len(a.sums) != len(b.sums) or not np.array_equal(a.answers, b.answers):
        raise InputError(
            f"--against {other}: its answers are others ({_answers(b)}; here {_answers(a)}): only answers of one kind and cut can be paired"
        )
    differences, units = a.sums - b.sums, len(a.sums)
    only = (int((differences > 0).sum()), int((differences < 0).sum())) if a.single else None
    generator = np.random.default_rng([seed, crc32(b"against")])
    ends = None
    if draws and units > 1:
        drawn = resampled(
            lambda counts: np.array([counts @ differences / (counts @ a.answers)]), units, draws, generator, block
        )
        (low,), (high,) = interval(drawn)
        ends = (float(low), float(high)) if low < high else None  # no draw differs: that is no reason to be sure
    p = mcnemar(*only) if only is not None else swapped(differences, max(draws, 999), generator, block)
    test = MCNEMAR if only is not None else SWAPPED
    return Compared(
        other,
        a.metric,
        a.more,
        (a.mean, b.mean),
        ends,
        only,
        test,
        p,
        0 if only is not None else max(draws, 999),
        units,
        block,
    )


def _answers(of: Outcomes) -> str:
    return f"{of.metric.replace('_', ' ')} of {of.answers.sum():,.0f} in {len(of.sums):,}"
