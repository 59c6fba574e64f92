"""The order of the settings of a sweep, and who goes on at a rung."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnn_cli.jobs.job import DONE, FAILED, INTERRUPTED, PAUSED, Outcome
from rnn_cli.sweep.plan import Plan
from rnn_cli.sweep.results import Results, best_of, scores_of
from rnn_cli.training.measure import ACCURACY, PERPLEXITY

OUTCOME = Outcome("", "", None, DONE, 10, ACCURACY, 0.5, 1.0, seconds=1.0, machine={"kernel": "K"})


def results_of(metric: str, *rows: tuple[Any, ...]) -> Results:
    """A sweep whose settings have these scores by seed: a number, a message of a failure, or None for a run that is left;
    (score, step) for one that was paused there."""
    settings = tuple({"said": {"x": k}, "given": {}, "options": {}} for k in range(len(rows)))
    results = Results(Plan("lm", (), ("x",), tuple(range(len(rows[0]))), 3, settings))
    for k, row in enumerate(rows):
        for seed, score in enumerate(row):
            if isinstance(score, str):
                results.add(k, seed, replace(OUTCOME, state=FAILED, metric=None, value=None, message=score))
            elif isinstance(score, tuple):
                results.add(k, seed, replace(OUTCOME, state=PAUSED, metric=metric, value=score[0], step=score[1]))
            elif score is not None:
                results.add(k, seed, replace(OUTCOME, metric=metric, value=score))
    return results


@pytest.mark.parametrize(("metric", "order"), [(ACCURACY, [1, 2, 0]), (PERPLEXITY, [0, 2, 1])])
def test_the_better_mean_comes_first(metric: str, order: list[int]) -> None:
    rows = results_of(metric, (0.1, 0.2), (0.9, 0.7), (0.5, 0.4)).rows()
    assert [row.k for row in rows] == order


def test_equal_ones_stand_as_in_the_plan_and_without_a_score_last() -> None:
    rows = results_of(ACCURACY, ("broken", "broken"), (None, None), (0.5, 0.5), (0.4, 0.6)).rows()
    assert [row.k for row in rows] == [2, 3, 1, 0]
    assert rows[2].mean is None
    assert rows[3].mean is None


def test_what_was_halved_away_stands_behind_what_went_to_its_end() -> None:
    rows = results_of(ACCURACY, ((0.9, 3),), ((0.8, 9),), (0.2,), ((0.7, 9),)).rows()
    assert [row.k for row in rows] == [2, 1, 3, 0]


def test_a_setting_that_failed_with_one_seed_is_not_the_best() -> None:
    results = results_of(ACCURACY, (0.99, "diverged"), (0.5, 0.6))
    best = best_of(results.rows())
    assert best is not None
    assert best.k == 1


def test_mean_and_interval_are_students() -> None:
    values = np.array([0.3, 0.5, 0.7])
    (row,) = results_of(ACCURACY, tuple(map(float, values))).rows()
    assert row.mean == pytest.approx(values.mean())
    half = 4.302652729911275 * values.std(ddof=1) / np.sqrt(3)
    assert row.interval == pytest.approx((values.mean() - half, values.mean() + half))


def test_failures_are_grouped_by_their_message() -> None:
    results = results_of(ACCURACY, ("a", "b"), ("b", 0.5))
    assert results.failures() == [("b", [(0, 1), (1, 0)]), ("a", [(0, 0)])]


def test_who_failed_does_not_go_on() -> None:
    results = results_of(ACCURACY, ((0.9, 3), "x"), ((0.5, 3), (0.6, 3)), (0.4, (0.4, 3)))
    assert scores_of(results, (0, 1, 2)) == {0: None, 1: pytest.approx(0.55), 2: pytest.approx(0.4)}


def test_an_interrupted_run_is_left() -> None:
    results = results_of(ACCURACY, (None,))
    results.add(0, 0, replace(OUTCOME, state=INTERRUPTED, value=None))
    assert results.count(DONE, PAUSED, FAILED) == 0
    assert results.row(0).runs == (None,)
