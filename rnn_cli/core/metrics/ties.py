"""Numbers that are equal but for rounding: two equal words side by side give the same, and one of them comes out larger.

Each of two that are next to each other in size counts as the smaller one where they differ by less than a billionth of
themselves, or by what rounding leaves of the largest.
"""

import numpy as np

from rnn_cli.core.arrays import Array

RELATIVE, OF_LARGEST = 1e-9, 1e-14


def settled(values: Array) -> Array:
    """The values (N,) with those made equal that are so but for rounding. A value that is not finite stays as it is."""
    made = np.array(values, dtype=np.float64)
    finite = np.flatnonzero(np.isfinite(made))
    if not len(finite):
        return made
    order = finite[np.argsort(made[finite], kind="stable")]
    ordered = made[order]
    sizes = np.abs(ordered)
    near = np.diff(ordered) <= RELATIVE * np.maximum(sizes[1:], sizes[:-1]) + OF_LARGEST * sizes.max()
    first = np.concatenate([[True], ~near])
    made[order] = ordered[first][np.cumsum(first) - 1]
    return made
