"""How long the blocks must be in which a series is resampled: as long as its values remember each other.

    m    the first lag after which no autocorrelation stands out of chance: |rho(k)| < 2 sqrt(log10 N / N)
    G    sum of lambda(k / 2m) |k| R(k)        g0   sum of lambda(k / 2m) R(k)      over |k| <= 2m
    b    (2 G^2 / (4/3 g0^2))^(1/3) N^(1/3)

R(k) is the autocovariance at lag k, rho(k) = R(k) / R(0), and lambda is 1 up to 1/2 and falls to 0 at 1.

Source: Politis and White, "Automatic block-length selection for the dependent bootstrap" (2004), with the correction of
Patton, Politis and White (2009), for circular blocks.
"""

from math import ceil, log10, sqrt

import numpy as np

from rnn_cli.core.arrays import Array


def autocovariance(values: Array, most: int) -> Array:
    """R(0) … R(most) of a series (N,), all at once by its spectrum; zeros behind it keep its ends apart."""
    spectrum = np.fft.rfft(values - values.mean(), 2 * len(values))
    found: Array = np.fft.irfft(np.abs(spectrum) ** 2)[: most + 1] / len(values)
    return found


def block_length(values: Array, least: int = 1) -> int:
    """The length of the blocks for the mean of a series (N,), from `least` to a third of the series."""
    count = len(values)
    most = max(1, min(ceil(3 * sqrt(count)), count // 3))
    least = min(max(least, 1), most)
    scale = float(np.abs(values).max()) if count else 0.0
    if count < 8 or not np.isfinite(scale) or not scale:
        return least
    wanted = max(5, ceil(sqrt(log10(count))))
    found = autocovariance(values / scale, min(most + wanted, count - 1))
    if found[0] <= 1e-24:
        return least
    quiet = np.abs(found[1:] / found[0]) < 2 * sqrt(log10(count) / count)
    lag = next((k for k in range(len(quiet) - wanted + 1) if quiet[k : k + wanted].all()), len(quiet))
    width = min(2 * max(lag, 1), len(found) - 1)
    k = np.arange(1, width + 1)
    weight = np.minimum(1, 2 * (1 - k / width)) if width > 1 else np.ones(1)
    spectrum = float(found[0] + 2 * (weight * found[1 : width + 1]).sum())
    slope = float(2 * (weight * k * found[1 : width + 1]).sum())
    if spectrum <= 0:
        return most if slope > 0 else least
    return int(min(most, max(least, ceil((1.5 * (slope / spectrum) ** 2 * count) ** (1 / 3)))))
