"""How often classes occur: whether most of them are rare, and weights that make each of them count the same."""

from collections.abc import Collection

import numpy as np

from rnn_cli.core.arrays import Array


def class_weights(labels: Array, classes: int) -> Array:
    """N / (C * n_c) for each class, C the classes that occur; their weighted number is N, as without weights.

    labels (N,) -> (classes,), 0 for a class that does not occur. Source: King and Zeng (2001), Logistic regression in
    rare events data, as in scikit-learn's class_weight="balanced".
    """
    counts = np.bincount(labels, minlength=classes)
    present = int((counts > 0).sum())
    weights: Array = np.where(counts > 0, len(labels) / (present * np.maximum(counts, 1)), 0.0)
    return weights


def mostly_rare(counts: Collection[int]) -> bool:
    """Whether most classes occur less than half as often as if all were equally frequent."""
    equal = sum(counts) / len(counts)
    return sum(2 * count < equal for count in counts) * 2 > len(counts)
