"""Scores with their intervals: what an evaluation is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from zlib import crc32

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.bleu import Bleu
from rnn_cli.core.metrics.bootstrap import interval, resampled
from rnn_cli.core.metrics.confusion import PerClass
from rnn_cli.core.metrics.mover import mean_interval
from rnn_cli.core.metrics.wilson import independent, wilson
from rnn_cli.study.closer import Outcomes
from rnn_cli.study.given import Given

WILSON, RESAMPLED_WILSON, PERCENTILE, MOVER = "wilson", "wilson-resampled", "percentile", "mover"


@dataclass(frozen=True)
class Score:
    """A number that says how good, and its 95% interval; None where it was not asked for, or nothing tells it.

    how          how the interval was made: WILSON, RESAMPLED_WILSON, PERCENTILE or MOVER; None without one
    independent  of a RESAMPLED_WILSON, how many independent answers would vary as much
    """

    value: float
    low: float | None = None
    high: float | None = None
    how: str | None = None
    independent: float | None = None


@dataclass(frozen=True)
class Baseline:
    """A simple answer to a task: its scores by name, the method in words, and a name for scripts.

    errors   of a forecast: the means of |error| and error^2 in the units of the data, by steps ahead and column, (2, S, K)
    """

    how: str
    scores: dict[str, float]
    name: str = ""
    errors: Array | None = field(default=None, compare=False)


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
class Spans:
    """How the spans of each type fare: counts (K, 3) of found, called and there; f1 with its intervals."""

    kinds: tuple[str, ...]
    counts: Array
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
    choices     among how many labels or tokens the network chooses; 0: its answers are numbers
    units       how many are resampled, each as a whole; `unit`: what one is; `block`: how many neighbours together
    outcomes    how well each of them was answered
    baselines   every simple answer that is at hand, the best first; `baseline` is the one that stands beside the scores
    parts       whether the network reads the beginnings and ends of words too
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
    spans: Spans | None = None
    bleu: Bleu | None = None
    mistakes: tuple[Mistake, ...] = ()
    beam: int = 1
    notes: tuple[str, ...] = field(default=())
    words: int = 0
    with_loss: int | None = None
    given: Given | None = None
    choices: int = 0
    units: int = 0
    unit: str = "example"
    block: int = 1
    outcomes: Outcomes | None = None
    baselines: tuple[Baseline, ...] = ()
    parts: bool = False


@dataclass(frozen=True)
class Share:
    """What a score that is a share is a share of.

    answers   how many
    units     how many of the resampled units have one of them
    f1        whether the score is the F1 of a class: then the share is TP / (TP + FP + FN) = F1 / (2 - F1), of the answers
              that are of the class or were called so (Hand, Christen and Kirielle, "F*", 2021)
    """

    answers: float
    units: float
    f1: bool = False

    def of(self, score: Array) -> Array:
        """The shares, from scores."""
        shares: Array = score / (2 - score) if self.f1 else score
        return shares

    def score(self, share: float) -> float:
        """The score, from the share."""
        return 2 * share / (1 + share) if self.f1 else share


@dataclass(frozen=True)
class Resampling:
    """How intervals are drawn. With 0 resamples there are no intervals."""

    resamples: int
    seed: int

    def scores(
        self,
        names: Sequence[str],
        score: Callable[[Array], Array],
        units: int,
        block: int = 1,
        shares: Mapping[str, Share] | None = None,
        mean: str | None = None,
    ) -> dict[str, Score]:
        """The scores of all units by name, each with its interval. `score` takes how often each unit counts.

        shares    the scores that are shares; the interval of any other is that of the resampled scores
        mean      the score that is the mean of those that are an F1
        """
        shares = {} if shares is None else shares
        values = score(np.ones(units))
        if not self.resamples or units < 2:
            return {name: Score(float(value)) for name, value in zip(names, values, strict=True)}
        generator = np.random.default_rng([self.seed, crc32(b"bootstrap"), crc32(" ".join(names).encode())])
        drawn = resampled(score, units, self.resamples, generator, block)
        found = {}
        for k, (name, low, high) in enumerate(zip(names, *interval(drawn), strict=True)):
            if name in shares:
                found[name] = _of_share(float(values[k]), shares[name], drawn[:, k], block)
            elif low < high and np.isfinite([low, high]).all():
                found[name] = Score(float(values[k]), float(low), float(high), PERCENTILE)
            else:  # no resample differs: that is no reason to be sure
                found[name] = Score(float(values[k]))
        parts = [
            k for k, name in enumerate(names) if name in shares and shares[name].f1 and found[name].low is not None
        ]
        if mean is not None and parts:
            ends = np.array([[found[names[k]].low, found[names[k]].high] for k in parts], dtype=np.float64)
            low, high = mean_interval(values[parts], ends[:, 0], ends[:, 1], drawn[:, parts])
            found[mean] = Score(found[mean].value, low, high, MOVER)
        return found


def _of_share(value: float, share: Share, drawn: Array, block: int) -> Score:
    if not share.answers or not isfinite(value):
        return Score(value)
    part = float(share.of(np.array(value)))
    if share.answers == share.units and block == 1:  # a unit has one answer at most
        how, count = WILSON, share.answers
    else:
        how, count = RESAMPLED_WILSON, independent(part, share.of(drawn), share.units / block, share.answers)
    low, high = map(share.score, wilson(part, count))
    return Score(value, low, high, how, count if how == RESAMPLED_WILSON else None)
