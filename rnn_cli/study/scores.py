"""Scores with their intervals: what an evaluation is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.bleu import Bleu
from rnn_cli.core.metrics.bootstrap import interval, resampled
from rnn_cli.core.metrics.confusion import PerClass
from rnn_cli.study.given import Given


@dataclass(frozen=True)
class Score:
    """A number that says how good, and its 95% interval; None where it was not asked for."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Baseline:
    """Scores of one who has learnt nothing, or only the commonest answer: scores by name, and the method in words."""

    how: str
    scores: dict[str, float]


@dataclass(frozen=True, eq=False)
class Classes:
    """How each class fares. matrix (C, C): how often class k (row) was called j (column); f1 with its intervals.

    The model learnt the first `learnt` of them; the others are in the data alone.
    """

    labels: tuple[str, ...]
    learnt: int
    matrix: Array
    each: PerClass
    f1: tuple[Score, ...]


@dataclass(frozen=True, eq=False)
class Columns:
    """How well each target column is predicted, in its own unit, and how well the last known value does it.

    mae, rmse and theirs of the last value, by column; `steps` the mean absolute error of both by steps ahead (S, K),
    where there are several; None of the last value where it is not among the data.
    """

    names: tuple[str, ...]
    mae: tuple[Score, ...]
    rmse: tuple[Score, ...]
    last_mae: tuple[float, ...] | None
    last_rmse: tuple[float, ...] | None
    steps: Array
    last_steps: Array | None


@dataclass(frozen=True, eq=False)
class Mistake:
    """One translation that differs from its reference."""

    source: str
    written: str
    reference: str


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How good a model is on a set of examples.

    task        without its settings; `level` what a token is
    examples    how many; answers: how many numbers or labels were asked for; unknown: tokens that <unk> stands for
    with_loss   the answers that the loss is over: the others have labels that the model has no probability for
    scores      by name, loss first, the most telling second
    mistakes    some wrong translations, in the order of the data
    beam        hypotheses of a translation's search; 1: greedy
    words       of a text that was read on: those that were predicted, as white space separates them
    notes       what a person should know about the numbers
    given       every answer beside its truth
    """

    task: str
    level: str
    examples: int
    answers: int
    tokens: int
    unknown: int
    scores: dict[str, Score]
    baseline: Baseline | None = None
    classes: Classes | None = None
    columns: Columns | None = None
    bleu: Bleu | None = None
    mistakes: tuple[Mistake, ...] = ()
    beam: int = 1
    notes: tuple[str, ...] = field(default=())
    words: int = 0
    with_loss: int | None = None
    given: Given | None = None


@dataclass(frozen=True)
class Resampling:
    """How intervals are drawn. With 0 resamples there are no intervals."""

    resamples: int
    seed: int

    def scores(self, names: list[str], score: Callable[[Array], Array], units: int, block: int = 1) -> list[Score]:
        """The scores of all units by name, each with its interval. `score` takes how often each unit counts."""
        values = score(np.ones(units))
        if not self.resamples or units < 2:
            return [Score(float(value)) for value in values]
        generator = np.random.default_rng([self.seed, crc32(b"bootstrap"), crc32(" ".join(names).encode())])
        low, high = interval(resampled(score, units, self.resamples, generator, block))
        return [Score(float(value), _known(a), _known(b)) for value, a, b in zip(values, low, high, strict=True)]


def _known(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
