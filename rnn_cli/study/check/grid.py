"""What a numeric gradient says of how it was made: the step, the precision of the loss, and the size of its rounding.

A loss is a floating-point number, so that the difference of two losses is a multiple of the last bit of the loss, and
(f(w + e) - f(w - e)) / 2e is a multiple of that bit divided by 2e, in every entry. The grid on which all entries lie is
looked for with e = 10^-k times a power of two. Numbers that were made in another way lie on no such grid: that all entries of an
array do so by chance is improbable by a factor that is counted, and must be less than CHANCE.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array

CHANCE = -15.0
"""log10 of how likely it may be that a grid is none."""
MOST_STEPS = 16
MOST_ENTRIES = 400
BITS = np.arange(40, -110, -1)
SINGLE_FROM = 2.0**-37
"""A last bit of a loss that is larger is one of float32: of a double it would be that of a loss of 30,000 and more."""
ERRORS = 64
"""How many last bits a loss may be off: it is a sum of many rounded numbers."""


@dataclass(frozen=True)
class Spacing:
    """The grid of a numeric gradient.

    spacing    entries are multiples of it
    step       the step size, to a factor of two; None where it is not a power of ten times one of two
    single     whether the loss was computed in float32; None where that cannot be told
    """

    spacing: float
    step: float | None
    single: bool | None

    def rounding(self, size: float) -> float:
        """How far rounding takes an entry from the derivative, in a gradient whose largest entry is `size`."""
        if self.step is None:
            return ERRORS * self.spacing * max(1.0, size)
        unit = 2.0 ** (-24 if self.single else -53)
        return ERRORS * self.spacing + 8 * unit * size / self.step  # w + e is rounded, and so is the step


def spacing_of(arrays: Sequence[Array]) -> Spacing | None:
    """The grid on which all entries of all arrays lie; None where there is none."""
    values = np.concatenate([array.ravel() for array in arrays] or [np.zeros(0)]).astype(np.float64)
    values = values[np.isfinite(values) & (values != 0)]
    if not values.size:
        return None
    values = values[:: -(-len(values) // MOST_ENTRIES)]
    single = bool((values == values.astype(np.float32)).all())
    precision = 3 * float(np.finfo(np.float32 if single else np.float64).eps)
    found = [one for k in range(MOST_STEPS + 1) if (one := _with(values, k, precision)) is not None]
    return max(found, key=lambda one: one.spacing) if found else None


def _with(values: Array, k: int, precision: float) -> Spacing | None:
    """The grid of a step of 10^-k times a power of two; None where there is none."""
    scaled = values * 5.0**-k  # a power of two moves no bit
    sizes = np.abs(scaled)[None] * 2.0 ** -BITS[:, None].astype(float)
    off = np.abs(sizes - np.rint(sizes))
    fits = (off <= np.minimum(precision * sizes, 0.25)).all(axis=1) & (sizes.max(axis=1) < 2.0**52)
    if not fits.any():
        return None
    bit = int(fits.argmax())  # the coarsest
    chance = np.log10(np.minimum(1.0, 2 * precision * sizes[bit])).sum()
    if chance > CHANCE:
        return None
    spacing = 2.0 ** float(BITS[bit]) * 5.0**k
    last_bit = spacing * 2 * 10.0**-k
    if not k or not 2.0**-75 <= last_bit <= 2.0**-8:
        return Spacing(spacing, None, None)
    return Spacing(spacing, 10.0**-k, last_bit >= SINGLE_FROM)
