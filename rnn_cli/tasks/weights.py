"""Weights that make every class count the same."""

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
