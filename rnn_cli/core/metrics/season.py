"""The season of a series: the lag at which the changes from step to step repeat themselves most.

    r_k = sum_t (z_t - z̄)(z_{t+k} - z̄) / sum_t (z_t - z̄)^2,     z_t = y_t - y_{t-1}

It is the highest peak of r_k, the mean over the columns, after r_k has fallen to 0 for the first time and up to a third of
the longest stretch. The largest of n such values of noise is about sqrt(2 ln n / n); a peak below sqrt(4 ln n / n) is none.

Source: Box, Jenkins and Reinsel, "Time series analysis", section 2.1, for r_k.
"""

from math import log, sqrt

import numpy as np

from rnn_cli.core.arrays import Array

SEASONS = 3
"""How many seasons there must be."""


def season_of(runs: list[Array]) -> int | None:
    """The season of a series in stretches (N, K) each; None where none stands out of chance."""
    most = max(map(len, runs)) // SEASONS
    changes = [np.diff(run, axis=0) for run in runs if len(run) > 1]
    count = sum(map(len, changes))
    if most < 3 or not count:
        return None
    mean = np.concatenate(changes).mean(axis=0)
    products = np.sum([_products(one - mean, most + 1) for one in changes], axis=0)  # (K, most + 2)
    varies = products[:, 0] > 0
    if not varies.any():
        return None
    r = (products[varies] / products[varies, :1]).mean(axis=0)
    fallen = np.flatnonzero(r[1:] <= 0)
    lags = np.arange(2, most + 1)
    peaks = lags[(r[lags] > r[lags - 1]) & (r[lags] >= r[lags + 1]) & (r[lags] > sqrt(4 * log(count) / count))]
    peaks = peaks[peaks > fallen[0] + 1] if len(fallen) else peaks[:0]
    return int(peaks[r[peaks].argmax()]) if len(peaks) else None


def _products(z: Array, most: int) -> Array:
    """sum_t z_t z_{t+k} for k = 0 … most, by the Fourier transform. z (N, K) -> (K, most + 1)"""
    size = 1 << (len(z) + most).bit_length()
    powers = np.abs(np.fft.rfft(z.T, size)) ** 2
    found: Array = np.fft.irfft(powers, size)[:, : most + 1]
    return found
