"""F1 and confusion, counted once more answer by answer."""

import numpy as np
import pytest

from rnn_cli.core.metrics.confusion import confused_pairs, confusion_matrix, per_class


def test_scores_of_each_class_counted_one_by_one() -> None:
    generator = np.random.default_rng(1)
    true, predicted = generator.integers(5, size=(2, 400))
    predicted[:150] = true[:150]
    found = per_class(true, predicted, 5)
    pairs = list(zip(true.tolist(), predicted.tolist(), strict=True))
    f1s = []
    for k in range(5):
        tp = sum(t == k and p == k for t, p in pairs)
        fp = sum(t != k and p == k for t, p in pairs)
        fn = sum(t == k and p != k for t, p in pairs)
        precision, recall = tp / (tp + fp), tp / (tp + fn)
        f1s.append(2 * precision * recall / (precision + recall))
        assert (found.precision[k], found.recall[k]) == pytest.approx((precision, recall))
        assert found.f1[k] == pytest.approx(f1s[-1])
        assert (found.true[k], found.predicted[k]) == (tp + fn, tp + fp)
    assert found.macro_f1 == pytest.approx(sum(f1s) / 5)
    matrix = confusion_matrix(true, predicted, 5)
    assert all(matrix[k, j] == pairs.count((k, j)) for k in range(5) for j in range(5))


def test_what_nothing_decides_has_no_score_and_does_not_count() -> None:
    found = per_class(np.array([0, 0, 1]), np.array([0, 0, 0]), 4)
    np.testing.assert_array_equal(np.isnan(found.precision), [False, True, True, True])
    np.testing.assert_array_equal(np.isnan(found.recall), [False, False, True, True])
    np.testing.assert_array_equal(np.isnan(found.f1), [False, False, True, True])
    assert found.f1[1] == 0
    assert found.macro_f1 == pytest.approx(0.4)  # (4/5 + 0) / 2
    empty = np.array([], dtype=int)
    assert np.isnan(per_class(empty, empty, 2).macro_f1)


def test_weights_are_repetitions() -> None:
    true, predicted, weights = np.array([0, 1, 2, 1]), np.array([0, 2, 2, 1]), np.array([3.0, 0.0, 1.0, 2.0])
    times = weights.astype(int)
    found, repeated = (
        per_class(true, predicted, 3, weights),
        per_class(np.repeat(true, times), np.repeat(predicted, times), 3),
    )
    np.testing.assert_array_equal(found.f1, repeated.f1)
    assert found.macro_f1 == repeated.macro_f1


def test_the_most_confused_come_first() -> None:
    matrix = np.array([[9, 2, 0], [5, 9, 1], [0, 0, 9]])
    assert confused_pairs(matrix) == [(1, 0, 5), (0, 1, 2), (1, 2, 1)]
    assert confused_pairs(np.eye(3, dtype=int)) == []
