"""How the numbers of a column follow each other: whether they rise, by even steps, or count."""

import numpy as np

from rnn_cli.core.arrays import Array

REGULAR = 0.9
"""The share of steps that must be the usual one where numbers count."""


def is_monotone(values: Array) -> bool:
    """Whether the numbers that are there only rise, or only fall, and are more than one."""
    steps = np.diff(values[~np.isnan(values)])
    return len(steps) > 0 and bool((steps > 0).all() or (steps < 0).all())


def is_even(values: Array) -> bool:
    """Whether all steps are about the same, as those of days or of months are."""
    steps = np.diff(np.unique(values[~np.isnan(values)]))
    return len(steps) > 1 and bool((np.abs(steps - np.median(steps)) < 0.5 * np.median(steps)).all())


def unique_whole(values: Array) -> bool:
    """Whether the values that are known are whole numbers, each there once."""
    known = values[~np.isnan(values)]
    return len(known) == len(np.unique(known)) and bool((known % 1 == 0).all())


def counts_on(values: Array) -> bool:
    """Whether the numbers go on by the same step, but for a few gaps, or begin again where another series begins."""
    if np.isnan(values).any():
        return False
    steps = np.diff(values)
    usual = float(np.median(steps))
    if usual == 0 or (np.abs(steps - usual) <= 1e-6 * abs(usual)).mean() < REGULAR:
        return False
    again = steps * np.sign(usual) < 0
    return bool((steps != 0).all() and (values[1:][again] == values[0]).all())
