"""scaled: an array is the other one times a number."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.study.mistakes import Named, Pair

FEWEST = 3
"""Numbers of an array that must have the same factor before it means anything."""


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """Each array by the factor of its largest number; all arrays by one factor first."""
    factors = {name: _factor(one, name) for name in one.a if name in one.b and one.a[name].size >= FEWEST}
    known = {name: value for name, value in factors.items() if value is not None}
    for name, value in known.items():
        yield f"{name} is {value:.6g} times as large in b", {name: one.a[name] * value}


def _factor(one: Pair, name: str) -> float | None:
    a, b = one.a[name], one.b[name]
    where = np.unravel_index(np.abs(a).argmax(), a.shape)
    if a.shape != b.shape or not a[where] or not b[where]:
        return None
    factor = float(b[where] / a[where])
    return None if abs(factor) in (0.5, 1, 2) and name.startswith("b_") else factor
