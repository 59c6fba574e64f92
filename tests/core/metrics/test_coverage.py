"""Intervals cover what they say: how often the truth lies inside, over samples whose truth is known."""

from math import comb

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.blocks import autocovariance, block_length
from rnn_cli.core.metrics.confusion import per_class
from rnn_cli.core.metrics.mover import mean_interval
from rnn_cli.core.metrics.wilson import independent, wilson
from rnn_cli.study.scores import Resampling, Score, Share


def inside(score: Score, truth: float) -> bool:
    """Whether an interval holds the truth."""
    assert score.low is not None
    assert score.high is not None
    return score.low <= truth <= score.high


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9, 0.97, 0.99])
@pytest.mark.parametrize("answers", [10, 30, 60, 300])
def test_the_interval_of_a_share_covers_it_whatever_the_sample(answers: int, share: float) -> None:
    """The exact sum over all outcomes. Percentiles of resampled shares have 0.58 at n = 30, p = 0.97."""
    covered = 0.0
    for right in range(answers + 1):
        low, high = wilson(right / answers, answers)
        assert 0 <= low <= right / answers <= high <= 1
        assert low < high
        covered += comb(answers, right) * share**right * (1 - share) ** (answers - right) * (low <= share <= high)
    assert covered > 0.90


def test_the_ends_of_a_share_are_where_the_normal_test_just_doubts_it() -> None:
    for right, answers in ((0, 7), (3, 7), (29, 30), (2399, 2400), (5, 5)):
        for end in wilson(right / answers, answers):
            if 0 < end < 1:
                z = (right / answers - end) / np.sqrt(end * (1 - end) / answers)
                assert abs(z) == pytest.approx(1.959963984540054)


def test_answers_that_hang_together_count_as_fewer() -> None:
    generator = np.random.default_rng(0)
    right = generator.random(4000) < 0.7
    for size in (1, 4):  # each answer is given `size` times over
        table = np.stack([size * right, np.full(len(right), size)], axis=1).astype(np.float64)
        drawn = np.array(
            [(lambda s: s[0] / s[1])(table[generator.integers(4000, size=4000)].sum(axis=0)) for _ in range(400)]
        )
        assert independent(float(right.mean()), drawn, 4000, 4000 * size) == pytest.approx(4000, rel=0.2)
    assert independent(0.5, np.array([0.4, 0.6]), 30, 240) == pytest.approx(0.5 * 0.5 / (0.1**2 * 30 / 29))
    assert independent(1.0, np.ones(9), 30, 240) == 30
    assert independent(0.5, np.full(9, np.nan), 30, 20) == 20


def test_the_interval_of_a_mean_is_that_of_its_parts_where_they_move_together() -> None:
    values, low, high = np.array([0.5, 0.7]), np.array([0.4, 0.5]), np.array([0.6, 0.8])
    still = np.tile(values, (5, 1))
    assert mean_interval(values, low, high, still) == pytest.approx((0.45, 0.7))
    apart = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert mean_interval(values, low, high, apart) == pytest.approx(
        (0.6 - np.hypot(0.1, 0.2) / 2, 0.6 + np.hypot(0.1, 0.1) / 2)
    )


def wandering(count: int, memory: float, generator: np.random.Generator) -> Array:
    """A series in which each value keeps a share of the one before: its mean is 0."""
    noise, values = generator.standard_normal(count + 100), np.zeros(count + 100)
    for t in range(1, len(values)):
        values[t] = memory * values[t - 1] + noise[t]
    return values[100:]


def test_blocks_are_as_long_as_a_series_remembers() -> None:
    generator = np.random.default_rng(1)
    lengths = [np.median([block_length(wandering(500, m, generator)) for _ in range(9)]) for m in (0, 0.5, 0.9)]
    assert lengths[0] <= 3 < lengths[1] < lengths[2] <= 3 * np.sqrt(500) + 1
    longer = np.median([block_length(wandering(4000, 0.5, generator)) for _ in range(9)])
    assert longer == pytest.approx(2 * lengths[1], rel=0.5)  # as the cube root of the length
    assert [block_length(np.ones(n)) for n in (1, 5, 100)] == [1, 1, 1]
    series = generator.standard_normal(50)
    slow = [((series - series.mean())[: 50 - k] * (series - series.mean())[k:]).sum() / 50 for k in range(9)]
    assert autocovariance(series, 8) == pytest.approx(slow)


def of_texts(generator: np.random.Generator) -> list[bool]:
    """30 texts of two classes, 97% of them right: accuracy, F1, macro F1."""
    true = generator.integers(2, size=30)
    called = np.where(generator.random(30) < 0.97, true, 1 - true)
    counts = [float(((true == k) | (called == k)).sum()) for k in (0, 1)]
    shares = {"accuracy": Share(30, 30)} | {f"f1 {k}": Share(n, n, f1=True) for k, n in enumerate(counts)}

    def score(weights: Array) -> Array:
        each = per_class(true, called, 2, weights)
        return np.array([(true == called) @ weights / weights.sum(), each.macro_f1, *each.f1])

    names = ["accuracy", "macro_f1", "f1 0", "f1 1"]
    found = Resampling(200, 0).scores(names, score, 30, shares=shares, mean="macro_f1")
    return [inside(found[name], 0.97) for name in ("accuracy", "f1 0", "macro_f1")]


def of_sentences(generator: np.random.Generator) -> list[bool]:
    """40 sentences of some 8 words whose tags are right or wrong together: accuracy of 97%."""
    words = 1 + generator.poisson(7, 40)
    right = generator.binomial(words, generator.beta(0.97 * 9, 0.03 * 9, 40))
    table = np.stack([right, words], axis=1).astype(np.float64)
    shares = {"accuracy": Share(float(words.sum()), 40)}
    found = Resampling(200, 0).scores(
        ["accuracy"], lambda w: np.array([(w @ table)[0] / (w @ table)[1]]), 40, shares=shares
    )
    return [inside(found["accuracy"], 0.97)]


def of_a_series(generator: np.random.Generator) -> list[bool]:
    """400 values that remember 80% of the one before."""
    values = wandering(400, 0.8, generator)
    block = block_length(values)
    found = Resampling(200, 0).scores(["mean"], lambda w: np.array([w @ values / w.sum()]), 400, block)
    return [inside(found["mean"], 0.0)]


@pytest.mark.parametrize(
    ("sample", "least"), [(of_texts, [0.92, 0.92, 0.92]), (of_sentences, [0.88]), (of_a_series, [0.80])]
)
@pytest.mark.slow
def test_intervals_cover_what_they_say(sample: object, least: list[float]) -> None:
    generator = np.random.default_rng(5)
    assert callable(sample)
    covered = np.mean([sample(generator) for _ in range(500)], axis=0)
    assert (covered >= least).all()
