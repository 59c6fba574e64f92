"""How a classifier errs: which class it takes for which.

    precision   of what was called k, the share that is k            TP / (TP + FP)
    recall      of what is k, the share that was called k            TP / (TP + FN)
    F1          their harmonic mean                              2 TP / (2 TP + FP + FN)
    macro F1    the mean of F1 over the classes that occur or were predicted, each counting the same

Source: van Rijsbergen, "Information retrieval" (1979), chapter 7.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array


@dataclass(frozen=True, eq=False)
class PerClass:
    """precision, recall, f1 (C,), nan where nothing decides them; predicted and true (C,) are counts."""

    precision: Array
    recall: Array
    f1: Array
    predicted: Array
    true: Array

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes that have one."""
        return float(np.nanmean(self.f1)) if np.isfinite(self.f1).any() else float("nan")


def confusion_matrix(true: Array, predicted: Array, classes: int) -> Array:
    """How often class k (row) was called j (column). true and predicted (N,) -> (C, C)"""
    flat = np.bincount(true.astype(np.int64) * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes)


def per_class(true: Array, predicted: Array, classes: int, weights: Array | None = None) -> PerClass:
    """The scores of each class; weights (N,) say how often each answer counts."""
    weights = np.ones(len(true)) if weights is None else weights
    hit = true == predicted
    right = np.bincount(true[hit], weights=weights[hit], minlength=classes)
    called = np.bincount(predicted, weights=weights, minlength=classes)
    there = np.bincount(true, weights=weights, minlength=classes)
    return PerClass(ratio(right, called), ratio(right, there), ratio(2 * right, called + there), called, there)


def ratio(part: Array | float, whole: Array | float) -> Array:
    """part / whole, nan where whole is 0."""
    result: Array = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=result, where=np.greater(whole, 0))
    return result


def confused_pairs(matrix: Array) -> list[tuple[int, int, int]]:
    """(true class, what it was called, how often), the most frequent mistakes first."""
    wrong = matrix - np.diag(np.diag(matrix))
    order = np.argsort(-wrong, axis=None, kind="stable")[: int((wrong > 0).sum())]
    return [(int(k) // len(wrong), int(k) % len(wrong), int(wrong.flat[k])) for k in order]
