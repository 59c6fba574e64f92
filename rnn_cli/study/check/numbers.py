"""A gradient check explained from its two files alone: the gradients that were derived, and those taken by differences.

Two right gradients differ too. A diagnosis is made only where the numbers show it:

    agrees      no entry differs by more than AGREES of the largest one
    round-off   the numeric gradient lies on a grid, the last bit of the loss over 2e (grid.py), and no entry is further off
                than a few points of it
    step-size   the grid gives the step e, and the differences are of the size of e^2, or of e for a one-sided difference
    kink        few entries differ and all others agree: a relu or a maximum may have turned between w - e and w + e
    wrong       a pattern turns one into the other (patterns.py), or the difference is far beyond what the step e can give:
                e times a large second derivative, and where other arrays show central differences e^2 times a large third
    unsure      none of these; the numbers cannot tell, and the step to try is named

A right gradient that is called wrong costs more than a wrong one that is not: whatever is not sure is unsure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.agreement import RIGHT, WAITS, WRONG
from rnn_cli.errors import InputError
from rnn_cli.study.check.grid import Spacing, spacing_of
from rnn_cli.study.check.patterns import (
    ENOUGH,
    FLIPPED,
    LARGE,
    UNFILLED,
    WHOLE,
    Pattern,
    of_factor,
    one_factor,
    pattern_of,
)

AGREES, AGREES_IN_SINGLE = 1e-6, 3e-5
STEP, IN_SINGLE = "1e-5", "1e-2"
"""The steps to try: of central differences in float64, and where nothing but float32 can be had."""
SEEN = 1e-3
"""Rounding that is larger, of the largest entry, hides mistakes."""
SURE_CENTRAL, SURE_ONE_SIDED = 1e-2, 1e-4
"""The largest steps whose differences from the derivative are so small that a mistake would stand out."""
TIMES = 10
"""How many times the gradient its higher derivatives may be, for a difference to be the step's."""
BEYOND = 1e3
"""A difference of more than the step times this, of the largest entry, is not the step's; of central ones its square."""
ISOLATED = 0.15
SPREAD = 0.5

AGREE, ROUND_OFF, STEP_SIZE, KINK, MISTAKE, UNSURE = "agrees", "round-off", "step-size", "kink", "wrong", "unsure"


@dataclass(frozen=True)
class NumbersCompared:
    """One array of both files. The verdict WAITS where these numbers cannot tell.

    worst   the index of the entry that differs most, from 0, with the analytic and the numeric number
    """

    name: str
    shape: tuple[int, ...]
    verdict: str
    relative_error: float
    diagnosis: str
    says: str
    worst: tuple[int, ...]
    analytic: float
    numeric: float
    mistake: Pattern | None = None


@dataclass(frozen=True)
class NumbersReport:
    """What a gradient check shows.

    names      the two files, analytic first
    spacing    what the numeric gradient says of how it was made; None where it says nothing
    try_next   what to do where something cannot be told; "" where all can
    """

    names: tuple[str, str]
    compared: tuple[NumbersCompared, ...]
    not_compared: tuple[tuple[str, str], ...]
    spacing: Spacing | None
    said: tuple[str, ...]
    try_next: str

    @property
    def passed(self) -> bool:
        """Whether every array is right."""
        return all(one.verdict == RIGHT for one in self.compared)

    @property
    def first_wrong(self) -> NumbersCompared | None:
        """The first array that is wrong."""
        return next((one for one in self.compared if one.verdict == WRONG), None)


@dataclass(frozen=True)
class _Pair:
    """Two arrays of one shape in double precision.

    size      the largest number of both, or a hundredth of the largest of all arrays where that is more
    rounding  how far rounding may take the numeric one; 0 where that is not known
    allowed   the difference that needs no explanation
    """

    name: str
    analytic: Array
    numeric: Array
    size: float
    rounding: float
    allowed: float

    @property
    def off(self) -> Array:
        """How far apart they are."""
        apart: Array = np.abs(self.analytic - self.numeric)
        return apart

    @property
    def most(self) -> float:
        """The largest difference, of the largest number."""
        return float(self.off.max()) / self.size if self.size else 0.0


@dataclass(frozen=True)
class _Reach:
    """How far from the derivative differences with a step can be. `central`: that they are is shown by arrays that agree."""

    step: float
    central: bool

    def of(self, pair: _Pair) -> float:
        """That of an array, by derivatives that grow as the gradient's own size where it explodes."""
        if self.step > SURE_ONE_SIDED:
            return float("inf")
        steep = max(1.0, pair.size)
        error = TIMES * self.step**2 * steep**2 if self.central else self.step * steep
        return max(SEEN * pair.size, BEYOND * error * max(pair.size, 0.1), TIMES * pair.rounding)


def _reach(pairs: list[_Pair], step: float) -> _Reach:
    """One-sided differences are off by the step, so that an array which is far closer shows central ones."""
    return _Reach(
        step, any(one.numeric.size >= ENOUGH and one.numeric.any() and one.most < step / 100 for one in pairs)
    )


def check_numbers(
    analytic: Mapping[str, Array], numeric: Mapping[str, Array], names: tuple[str, str] = ("analytic", "numeric")
) -> NumbersReport:
    """Compare the arrays that both have. InputError where there are none."""
    both, left_out, said = _both(analytic, numeric, names)
    spacing = spacing_of([one for _, _, one in both])
    pairs = [_pair(name, a, n, both, spacing) for name, a, n in both]
    reach = None if spacing is None or spacing.step is None else _reach(pairs, spacing.step)
    if spacing is not None:
        said.append(_said(spacing))
    compared = [_diagnosed(pair, pairs, spacing, reach) for pair in pairs]
    factor = one_factor((pair.analytic, pair.numeric) for pair in pairs)
    if factor is not None and any(one.mistake is None and one.verdict != RIGHT for one in compared):
        compared = [_of_factor(one, factor) if one.mistake is None else one for one in compared]
    unsure = [one for one in compared if one.verdict == WAITS]
    return NumbersReport(
        names, tuple(compared), tuple(left_out), spacing, tuple(said), _try(unsure, spacing, reach) if unsure else ""
    )


def _both(
    analytic: Mapping[str, Array], numeric: Mapping[str, Array], names: tuple[str, str]
) -> tuple[list[tuple[str, Array, Array]], list[tuple[str, str]], list[str]]:
    """Arrays of the same name, those that are in one file alone, and what was decided."""
    both, left_out, transposed = [], [], []
    for name, array in analytic.items():
        other = numeric.get(name)
        if other is None and len(analytic) == len(numeric) == 1:
            other = next(iter(numeric.values()))  # a file of one array: np.save, or savez without a name
        if other is None:
            left_out.append((name, f"{names[1]} has no such array"))
        elif not array.size or array.dtype.kind not in "fiu" or other.dtype.kind not in "fiu":
            left_out.append((name, "no real numbers"))
        elif _plain(array.shape) == _plain(other.shape):
            both.append((name, array, other.reshape(array.shape)))
        elif array.ndim == 2 and array.shape == other.shape[::-1]:
            transposed.append(name)
            both.append((name, array, other.T))
        else:
            shapes = " and ".join("×".join(map(str, one.shape)) or "one number" for one in (array, other))
            left_out.append((name, f"shapes {shapes}"))
    if len(analytic) > 1 or len(numeric) > 1:
        left_out += [(name, f"{names[0]} has no such array") for name in numeric if name not in analytic]
    if not both:
        raise InputError(
            f"{names[0]} and {names[1]} hold no array of the same name and shape: {', '.join(list(analytic)[:6])} and "
            f"{', '.join(list(numeric)[:6])}"
        )
    said = [f"compared with the transpose, by shape: {', '.join(transposed)}"] if transposed else []
    return both, left_out, said


def _plain(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without axes of length 1: a bias may be (H,), (H, 1) or (1, H)."""
    return tuple(size for size in shape if size != 1)


def _pair(name: str, a: Array, n: Array, both: list[tuple[str, Array, Array]], spacing: Spacing | None) -> _Pair:
    a64, n64 = a.astype(np.float64), n.astype(np.float64)
    largest = max((float(np.abs(one[np.isfinite(one)]).max(initial=0)) for _, *two in both for one in two), default=0.0)
    own = max(float(np.abs(one[np.isfinite(one)]).max(initial=0)) for one in (a64, n64))
    size = max(own, largest / 100)
    single = any(bool((one == one.astype(np.float32)).all()) for one in (a64, n64) if one.any())
    return _Pair(
        name,
        a64,
        n64,
        size,
        spacing.rounding(size) if spacing else 0.0,
        (AGREES_IN_SINGLE if single else AGREES) * size,
    )


def _said(spacing: Spacing) -> str:
    where = "" if spacing.single is None else " computed in float32" if spacing.single else " computed in float64"
    step = "" if spacing.step is None else f", by differences with a step of about {spacing.step:.0e}"
    return (
        f"every numeric entry is a multiple of {spacing.spacing:.2g}: that of a loss{where}{step}"
        if where or step
        else f"every numeric entry is a multiple of {spacing.spacing:.2g}, the last bit of the loss over the step"
    )


def _diagnosed(pair: _Pair, pairs: list[_Pair], spacing: Spacing | None, reach: _Reach | None) -> NumbersCompared:
    """One array, by the first test that holds."""
    if not np.isfinite(pair.analytic).all():
        return _made(pair, WRONG, MISTAKE, "holds numbers that are not finite")
    if not np.isfinite(pair.numeric).all():
        return _made(pair, WAITS, UNSURE, "the numeric gradient is not finite: the loss is not, near these weights")
    if pair.most * pair.size <= pair.allowed:
        return _made(pair, RIGHT, AGREE, "no entry differs by more than the numbers' own precision")
    if spacing is not None and pair.off.max() <= pair.rounding:
        blind = pair.rounding > SEEN * pair.size
        words = "the loss's rounding divided by the step explains every difference"
        return _made(
            pair,
            WAITS if blind else RIGHT,
            ROUND_OFF,
            f"{words}, and hides whatever else is there: the step is too small" + _for(spacing) if blind else words,
        )
    if not pair.numeric.any():
        return _without_change(pair, pairs)
    if (pattern := _pattern(pair, pairs, spacing)) is not None:
        return replace(_made(pair, WRONG, MISTAKE, pattern.says), mistake=pattern)
    step = None if spacing is None else spacing.step
    if step is not None and (said := _of_step(pair, step)):
        return _made(pair, RIGHT, STEP_SIZE, said)
    if few := _isolated(pair, step):
        return _made(pair, WAITS, KINK, few)
    far = reach is not None and pair.off.max() > reach.of(pair)
    if _left_at_zero(pair, pairs) and far:
        return replace(_made(pair, WRONG, MISTAKE, UNFILLED.says), mistake=UNFILLED)
    if reach is not None and _out_of_reach(pair, pairs, reach):
        return _made(pair, WRONG, MISTAKE, f"differs by far more than {_cause(step)}, and in most entries")
    if _beyond(pair, pairs, step):
        return _made(pair, WRONG, MISTAKE, f"differs by far more than {_cause(step)}, and in most entries")
    return _made(pair, WAITS, KINK, _TURNED.format(step)) if far else _made(pair, WAITS, UNSURE, _cannot(pair, step))


_TURNED = (
    "differs by more than a step of {:.0e} gives: a relu or a maximum that turns within the step does that, and at an input of "
    "0 to the biases alone; so does a mistake, and that stays at other weights"
)


def _made(pair: _Pair, verdict: str, diagnosis: str, says: str) -> NumbersCompared:
    off = np.where(np.isfinite(pair.off), pair.off, np.inf)
    at = np.unravel_index(int(off.argmax()), off.shape)
    worst = tuple(int(k) for k in at)
    return NumbersCompared(
        pair.name,
        pair.analytic.shape,
        verdict,
        float(off.max() / pair.size) if pair.size else 0.0,
        diagnosis,
        says,
        worst,
        float(pair.analytic[worst]),
        float(pair.numeric[worst]),
    )


def _for(spacing: Spacing) -> str:
    return " for float32" if spacing.single else ""


def _without_change(pair: _Pair, pairs: list[_Pair]) -> NumbersCompared:
    if not any(one.numeric.any() for one in pairs):
        return _made(pair, WAITS, ROUND_OFF, "the loss never changed: the step is lost in the rounding of the weights")
    return _made(
        pair,
        WAITS,
        UNSURE,
        "the loss does not change with it: either it does not depend on it, or the check changed a copy",
    )


def _pattern(pair: _Pair, pairs: list[_Pair], spacing: Spacing | None) -> Pattern | None:
    """A pattern. That of a bias alone counts only beside a matrix that is not 0: at inputs of 0 every relu is at its kink."""
    vector = len(_plain(pair.analytic.shape)) < 2
    if vector and not any(len(_plain(one.analytic.shape)) > 1 and one.analytic.any() for one in pairs):
        return None
    small = spacing is not None and spacing.step is not None and spacing.step <= SURE_ONE_SIDED
    return pattern_of(pair.analytic, pair.numeric, pair.rounding, rows=small)


def _of_step(pair: _Pair, step: float) -> str:
    """What the step explains; "" where it explains too little."""
    for sure, error, words in (
        (SURE_CENTRAL, step**2, "a central difference is off by the step's square"),
        (SURE_ONE_SIDED, step, "a one-sided difference is off by the step"),
    ):
        if step <= sure and pair.most * pair.size <= TIMES * error * pair.size + pair.rounding:
            return f"{words}, {error:.0e}, times higher derivatives: all differences are of that size"
    return ""


def _isolated(pair: _Pair, step: float | None) -> str:
    """What is to be said of few entries that differ where all others agree; "" where they are not few."""
    allowed = max(pair.allowed, pair.rounding, TIMES * (step or 0.0) ** 2 * pair.size)
    off = pair.off > allowed
    if not 0 < off.sum() <= max(1, ISOLATED * off.size) or off.size - off.sum() < ENOUGH:
        return ""
    entries = "1 entry differs" if off.sum() == 1 else f"{int(off.sum())} entries differ"
    return (
        f"{entries} and the other {int(off.size - off.sum())} agree: a relu or a maximum that turns within the step does "
        "that; so does a mistake with an index, and that stays at other weights"
    )


def _beyond(pair: _Pair, pairs: list[_Pair], step: float | None) -> bool:
    """Whether most entries differ by more than any step gives: the step that is known, or the one by which others agree."""
    if int((pair.off > LARGE * pair.size).sum()) < ENOUGH or (pair.off > pair.allowed).mean() < SPREAD:
        return False
    if len(_plain(pair.analytic.shape)) < 2 and not any(
        len(_plain(one.analytic.shape)) > 1 and one.most > LARGE for one in pairs
    ):
        return False  # at an input of 0 the biases alone are at a kink of relu
    most = float(pair.off.max())
    if step is not None:
        return most > max(LARGE * pair.size, BEYOND * step * max(pair.size, 0.1), 10 * pair.rounding)
    others = [one for one in pairs if one is not pair and one.most * one.size <= one.allowed / 10]
    return any(one.size > LARGE * pair.size for one in others) and most > 4 * LARGE * pair.size + 10 * pair.rounding


def _out_of_reach(pair: _Pair, pairs: list[_Pair], reach: _Reach) -> bool:
    """Whether most entries differ by more than the step gives; of a bias, beside a matrix of which that is so."""
    off = pair.off > reach.of(pair)
    if len(_plain(pair.analytic.shape)) < 2:
        matrices = [one for one in pairs if len(_plain(one.analytic.shape)) > 1]
        return off.mean() >= SPREAD and any(_out_of_reach(one, pairs, reach) for one in matrices)
    return int(off.sum()) >= ENOUGH and off.mean() >= SPREAD


def _left_at_zero(pair: _Pair, pairs: list[_Pair]) -> bool:
    """Whether a bias alone is 0 of a layer: its matrices have gradients, each of errors whose sum is the bias's."""
    matrices = [one for one in pairs if one.analytic.ndim == 2 and len(one.analytic) == pair.analytic.size]
    return not pair.analytic.any() and bool(matrices) and all(one.analytic.any() for one in matrices)


def _cause(step: float | None) -> str:
    return "a step with which other arrays agree can give" if step is None else f"a step of {step:.0e} can give"


def _cannot(pair: _Pair, step: float | None) -> str:
    if step is None:
        return "cannot be told from these numbers: a large step, rounding and a mistake can all give such differences"
    return f"cannot be told from these numbers: a step of {step:.0e} can give such differences, and so can a mistake"


def _of_factor(one: NumbersCompared, factor: float) -> NumbersCompared:
    """An array that has with the numeric one the factor that all arrays have."""
    scaled = Pattern(
        "clipped",
        f"is {1 / factor:.4g} times the numeric one, as every array is",
        "compare before the gradients are clipped or scaled, and take the same loss in both",
    )
    pattern = FLIPPED if abs(factor + 1) < WHOLE else of_factor(factor) or scaled
    return replace(one, verdict=WRONG, diagnosis=MISTAKE, says=pattern.says, mistake=pattern)


def _try(unsure: list[NumbersCompared], spacing: Spacing | None, reach: _Reach | None) -> str:
    tried = spacing is not None and not spacing.single and spacing.step == float(STEP)
    if all(one.diagnosis == KINK for one in unsure) or (tried and reach is not None and reach.central):
        return "try other weights (another seed) with the same step: a kink goes away, a mistake stays"
    if tried:
        return "if the differences are one-sided, take central ones, (f(w + e) - f(w - e)) / 2e, with the same step"
    single = spacing is not None and spacing.single
    first = "compute the loss in float64; then " if single else ""
    return f"{first}try central differences, (f(w + e) - f(w - e)) / 2e, with e = {STEP} in float64" + (
        f" (in float32 nothing is better than e = {IN_SINGLE})" if single else ""
    )
