"""Wrong gradients that show what is wrong with them: a factor, a sign, a transposition, blocks in another order, a limit.

Each pattern must bring the two arrays together in every entry, to a hundredth of the difference that it explains, in at least
ENOUGH entries that differ: neither rounding nor a step size does that.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from rnn_cli.core.arrays import Array

ENOUGH = 4
CLOSE = 0.01
WHOLE = 2e-3
"""How far a factor may be from a whole number."""
LARGE = 0.05
"""A smaller difference, of the largest entry, is looked at for no pattern."""
SMALL = 1e-3
"""A smaller entry, of the largest one, counts for no row that was left out."""
MOST_FACTOR = 4096
OPPOSITE = 0.1
"""How far the numeric gradients may be from the opposite of all analytic ones: a large step and rounding stay below it."""


@dataclass(frozen=True)
class Pattern:
    """What turns the analytic gradient into the numeric one."""

    mistake: str
    says: str
    fix: str


FLIPPED = Pattern("sign-flipped", "has the opposite sign in every entry", "change the sign")
UNFILLED = Pattern("not-filled", "leaves the whole gradient at 0", "add up every step's share of it")
Finder = Callable[[Array, Array, Callable[[Array], bool]], Pattern | None]


def pattern_of(analytic: Array, numeric: Array, rounding: float, rows: bool) -> Pattern | None:
    """The first pattern that explains the difference; None where none does.

    rounding   how far off the numeric gradient may be
    rows       whether rows of 0 may be taken for forgotten ones: a large step wakes units of relu that are 0
    """
    size = max(np.abs(analytic).max(), np.abs(numeric).max())
    off = np.abs(analytic - numeric)
    if off.max() < max(LARGE * size, 10 * rounding):
        return None
    allowed = max(CLOSE * off.max(), rounding)
    clear = int((off > 10 * allowed).sum()) >= ENOUGH

    def close(one: Array) -> bool:
        return bool(np.abs(one - numeric).max() <= allowed)

    finders: list[Finder] = [_scaled, _transposed, _reordered, _limited] if clear else []
    for find in [_unfilled, _missing, *finders] if rows else finders:
        found = find(analytic, numeric, close)
        if found is not None:
            return found
    return None


def _unfilled(analytic: Array, numeric: Array, close: Callable[[Array], bool]) -> Pattern | None:
    if analytic.any() or (np.abs(numeric) > LARGE * np.abs(numeric).max()).sum() < ENOUGH:
        return None
    return UNFILLED


def _missing(analytic: Array, numeric: Array, close: Callable[[Array], bool]) -> Pattern | None:
    """Rows or columns that are 0, in an array that else is right."""
    if analytic.ndim != 2:
        return None
    for axis, what in ((1, "row"), (0, "column")):
        empty = ~analytic.any(axis=axis, keepdims=True)
        left = np.abs(np.where(empty, numeric, 0))
        if empty.all() or (left > SMALL * np.abs(numeric).max()).sum() < ENOUGH:
            continue
        if not close(np.where(empty, numeric, analytic)):
            continue
        places = ", ".join(str(k + 1) for k in np.flatnonzero(empty & numeric.any(axis=axis, keepdims=True))[:6])
        return Pattern(
            f"{what}s-missing", f"is 0 in {what} {places}", f"fill every {what}: look at the range of the loop"
        )
    return None


def _scaled(analytic: Array, numeric: Array, close: Callable[[Array], bool]) -> Pattern | None:
    factor = float((analytic * numeric).sum() / ((analytic * analytic).sum() or 1))
    if close(-analytic):
        return FLIPPED
    found = of_factor(factor)
    return found if found is not None and close(analytic * factor) else None


def of_factor(factor: float) -> Pattern | None:
    """What a gradient is whose numeric one is so many times as large, where the factor or one over it is whole."""
    for times, mistake, says, do in (
        (factor, "mean-for-sum", "is divided by {0}, and the loss that was differenced is not", "multiply"),
        (
            1 / factor if factor else 0.0,
            "sum-for-mean",
            "is {0} times the gradient of the loss that was differenced",
            "divide",
        ),
    ):
        m = round(times)
        if 2 <= m <= MOST_FACTOR and abs(times - m) <= WHOLE * min(1.0, 20 / m):
            return Pattern(mistake, says.format(m), f"{do} by {m}, or take the same loss in both")
    return None


def _transposed(analytic: Array, numeric: Array, close: Callable[[Array], bool]) -> Pattern | None:
    square = analytic.ndim == 2 and len(set(analytic.shape)) == 1 and len(analytic) > 1
    if not square or not close(analytic.T):
        return None
    return Pattern(
        "transposed", "is the transpose of the gradient", "transpose it: the outer product the other way round"
    )


def _reordered(analytic: Array, numeric: Array, close: Callable[[Array], bool]) -> Pattern | None:
    """Blocks of gates one below the other, in another order."""
    for gates in (2, 3, 4):
        if len(analytic) % gates or len(analytic) == gates:
            continue
        blocks = np.split(analytic, gates)
        for order in permutations(range(gates)):
            if order != tuple(range(gates)) and close(np.concatenate([blocks[k] for k in order])):
                words = " ".join(str(k + 1) for k in order)
                says = f"has the blocks of its {gates} gates in another order: {words} of it are 1 … {gates} of the right one"
                return Pattern("gate-order", says, "stack the gates' gradients in the order of the weights")
    return None


def _limited(analytic: Array, numeric: Array, close: Callable[[Array], bool]) -> Pattern | None:
    limit = np.abs(analytic).max()
    at = np.abs(analytic) == limit
    clipped = np.clip(numeric, -limit, limit)
    near = np.abs(clipped - analytic).max() <= CLOSE * np.abs(numeric - analytic).max()
    if not limit or at.sum() < ENOUGH or not near or (np.abs(numeric[at]) <= limit).any():
        return None
    return Pattern(
        "clipped", f"is cut off at {limit:.4g}", "compare before clipping: clipping is no part of the gradient"
    )


def one_factor(every: Iterable[tuple[Array, Array]]) -> float | None:
    """The factor between numeric and analytic that all arrays have in common, to a thousandth; None where there is none.

    Opposite signs need no such precision: no step and no rounding turns the sign of every array.
    """
    factors, pairs = [], list(every)
    matrices = sum(a.ndim > 1 and a.size >= ENOUGH and a.any() for a, _ in pairs)
    if matrices > 1 and all(np.abs(n + a).max() <= OPPOSITE * np.abs(a).max() for a, n in pairs):
        return -1.0
    for analytic, numeric in pairs:
        if analytic.size < ENOUGH or not analytic.any():
            continue
        factor = float((analytic * numeric).sum() / (analytic * analytic).sum())
        apart = np.abs(numeric - factor * analytic).max()
        if apart > CLOSE * abs(1 - factor) * np.abs(analytic).max():
            return None
        factors.append(factor)
    if len(factors) < 2 or not factors[0] or max(abs(one / factors[0] - 1) for one in factors) > CLOSE / 10:
        return None
    return float(np.median(factors)) if abs(factors[0] - 1) > LARGE else None
