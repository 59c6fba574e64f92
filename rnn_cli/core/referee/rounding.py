"""Arrays of which nothing but rounding is left: no digit of them is right or wrong.

The error of sLSTM's stabiliser is 0, whatever the loss: two right programs give 1e-17 and -3e-18, and differ by all of it.
"""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.plan import Numbers
from rnn_cli.core.referee.search import stage_of

OF_TOLERANCE = 1e-3
"""What is smaller than this part of the tolerance, of the largest number of its pass, is rounding."""


def settled(right: Numbers, seen: Numbers, tolerance: float) -> Numbers:
    """What was found, with the right numbers where both are rounding."""
    scale: dict[str, float] = {}
    for key, array in right.items():
        scale[stage_of(key)] = max(scale.get(stage_of(key), 0.0), _size(array))

    def is_rounding(array: Array, stage: str) -> bool:
        return _size(array) <= OF_TOLERANCE * tolerance * scale[stage]

    return {
        key: right[key]
        if key in right
        and right[key].shape == array.shape
        and is_rounding(right[key], stage_of(key))
        and is_rounding(array, stage_of(key))
        else array
        for key, array in seen.items()
    }


def _size(array: Array) -> float:
    """The largest number; inf where one is not finite."""
    return float(np.abs(array).max(initial=0)) if np.isfinite(array).all() else float("inf")
