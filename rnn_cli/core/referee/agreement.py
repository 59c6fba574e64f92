"""Whether two numbers are the same: how closely they must agree, which of many is the first wrong one, and how many show it."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.compute import inside_of, weights_of
from rnn_cli.core.referee.mutants import BACK, FORWARD, LOSS
from rnn_cli.core.referee.plan import Key, Numbers, Plan

DLOGITS = Key("dlogits")
SURE, DOUBT = 3, 9
MUCH = 10
MANY_DIGITS = 1e-8
NOISE = 0.01
"""An error or gradient is measured by its array's largest number, or by so much of the largest of all: what is 0 but for rounding
is right."""
DIGITS = (
    (5e-2, 2.0**-8, 2.0**-133),
    (1e-2, 2.0**-10, 2.0**-24),
    (1e-5, 2.0**-23, 2.0**-149),
    (0.0, 2.0**-52, 2.0**-1074),
)
"""The types whose numbers are compared to a tolerance of at least so much: the spacing of their numbers at 1, and at 0."""
ROUNDINGS = 4
"""How many spacings a right number may be off whose size has been lost: p - 1 of a p near 1, a sum that is 0 in truth."""
RIGHT, WRONG, WAITS = "right", "wrong", "waits"


@dataclass(frozen=True)
class Verdict:
    """What is to be said of one array: its state, its relative error, and where its first wrong number stands.

    at   (t, b, unit) of a state or gate, the index of another array, from 0; None where it is right
    """

    state: str
    error: float
    at: tuple[int, ...] | None


@dataclass(frozen=True)
class Measure:
    """How closely numbers must agree: to the tolerance, of the largest of their array, or of a least size where rounding
    leaves no digits of what is smaller.

    least      of an error or gradient: a share of the largest of all of them
    rounding   of the loss and dlogits, which are differences of numbers near 1: a network that is sure of its answer has
               few digits of them
    lever      1 / the largest of dlogits: their rounding is in every error and gradient
    tiny       of every number: below it a type has fewer digits
    """

    tolerance: float
    least: float
    rounding: float
    lever: float
    tiny: float

    @classmethod
    def of(cls, plan: Plan, right: Numbers, seen: Numbers, tolerance: float) -> "Measure":
        """For what was found."""
        spacing, smallest = next((at_1, at_0) for coarse, at_1, at_0 in DIGITS if tolerance >= coarse)
        lost, limit = ROUNDINGS * spacing / max(tolerance, spacing), max(tolerance, spacing)
        back = {key: largest(array) for key, array in right.items() if stage_of(key) == BACK}
        shown = max((size for key, size in back.items() if key in seen), default=0.0)
        dlogits = largest(right[DLOGITS]) if DLOGITS in right else 0.0
        return cls(
            tolerance,
            max(NOISE * shown, lost * max([*back.values(), dlogits])),
            lost * largest(weights_of(plan)),
            1 / dlogits if dlogits else 1.0,
            ROUNDINGS * smallest / limit,
        )

    def floor(self, key: Key, right: Array) -> float:
        """The size by which an array is measured at the least."""
        stage = stage_of(key)
        if stage == FORWARD:
            return self.tiny
        if stage == LOSS:
            return max(self.tiny, self.rounding)
        return max(self.tiny, self.least, self.rounding * self.lever * largest(right))

    def error(self, key: Key, right: Array, found: Array) -> float:
        """See relative_error."""
        return relative_error(right, found, self.floor(key, right))

    def agrees(self, key: Key, numbers: Numbers, seen: Numbers) -> bool:
        """Whether every number of an array comes out as found."""
        return key in numbers and self.error(key, numbers[key], seen[key]) <= self.tolerance

    def wrong(self, numbers: Numbers, seen: Numbers) -> list[Key]:
        """The arrays that are not as they should be."""
        return [key for key in seen if not self.agrees(key, numbers, seen)]

    def steps(self, key: Key, right: Array, found: Array) -> Array | None:
        """(T,) which steps of an array are wrong, in the order of computation; None where it has no steps."""
        if right.ndim != 3 or right.shape != found.shape:
            return None
        steps = np.array([self.error(key, a, b) > self.tolerance for a, b in zip(right, found, strict=True)])
        return steps[::-1] if from_end(key) else steps

    def verdict(self, key: Key, right: Array, found: Array) -> Verdict:
        """What is to be said of one array."""
        error = self.error(key, right, found)
        if error <= self.tolerance:
            return Verdict(RIGHT, error, None)
        reverse = from_end(key) and found.ndim == 3
        return Verdict(WRONG, error, first_wrong(right, found, self.tolerance, reverse, self.floor(key, right)))


def largest(array: Array) -> float:
    """The size of the largest number that is finite."""
    return float(np.abs(array[np.isfinite(array)]).max(initial=0))


def within_sequences(plan: Plan, right: Array, found: Array) -> Array:
    """What was found, with 0 behind the end of each sequence, where anything may stand."""
    if found.ndim != 3 or found.shape != right.shape or found.shape[:2] != plan.x.shape[:2]:
        return found
    return np.where(inside_of(plan) > 0, found, 0)


def close(right: Array, found: Array, tolerance: float) -> int:
    """How many numbers are right to the tolerance, without those that are round: they say nothing of precision."""
    if right.shape != found.shape or not np.isfinite(found).all():
        return 0
    size = float(np.abs(right).max(initial=0))
    return int(((np.abs(right - found) <= tolerance * size) & (found * 256 != np.round(found * 256))).sum())


def agrees(right: Array, found: Array, tolerance: float) -> bool:
    """Whether every number is right, of the largest one of the array."""
    return relative_error(right, found) <= tolerance


def relative_error(right: Array, found: Array, least: float = 0.0) -> float:
    """The largest difference, of the largest number of the two arrays or `least`; inf where the shapes differ, or other
    numbers are not finite."""
    if right.shape != found.shape:
        return float("inf")
    if not right.size:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        off = float(np.abs(right - found).max())
    if not (isfinite(off) or (np.isfinite(right).all() and np.isfinite(found).all())):
        return _of_finite(right, found, least)
    size = max(float(np.abs(right).max()), float(np.abs(found).max()), least)
    return off / size if size else 0.0


def _of_finite(right: Array, found: Array, least: float) -> float:
    """The same of the numbers that are finite, where the others are not in both arrays alike; else inf."""
    finite = np.isfinite(right)
    same = np.array_equal(right[~finite], found[~finite], equal_nan=True) and bool(np.isfinite(found[finite]).all())
    return relative_error(right[finite], found[finite], least) if same else float("inf")


def from_end(key: Key) -> bool:
    """Whether an array is computed from the last step to the first: errors, and what the backward direction gives."""
    return (key.direction == "backward") != (stage_of(key) == BACK)


def first_wrong(
    right: Array, found: Array, tolerance: float, reverse: bool = False, least: float = 0.0
) -> tuple[int, ...] | None:
    """The index of the first number that is wrong, along the first axis first; with `reverse` from its end."""
    if right.shape != found.shape:
        return None
    size = max(float(np.abs(right).max(initial=0)), largest(found), least)
    off = ~(np.abs(right - found) <= tolerance * size)
    if not off.any():
        return None
    at = [int(k) for k in np.argwhere(off[::-1] if reverse else off)[0]]
    return tuple([len(off) - 1 - at[0], *at[1:]] if reverse else at)


def first_of_wrong(right: Numbers, seen: Numbers, wrong: list[Key], measure: Measure) -> Key:
    """The first array that is wrong: of the forward pass by layer, step and order; then the loss; backwards likewise."""
    order = {key: k for k, key in enumerate(right)}

    def rank(key: Key) -> tuple[int, int, int, int]:
        array, found = right[key], seen[key]
        stage = stage_of(key)
        steps = None if key.layer < 0 else measure.steps(key, array, found)
        if steps is None:
            return (rank_of(stage), 10**6, 0, order[key])
        first = int(steps.argmax())
        return (rank_of(stage), -key.layer if stage == BACK else key.layer, first, order[key])

    return min(wrong, key=rank)


def enough(tolerance: float) -> int:
    """How many numbers must come right: SURE, or more where each agrees by chance more easily."""
    return max(SURE, int(np.ceil(DOUBT / -np.log10(min(2 * tolerance, 0.5)))))


def no_chance(count: int, tolerance: float) -> bool:
    """Whether so many numbers came right that agreement is no chance; of one where it agrees in many digits."""
    return count >= enough(tolerance) or (count > 0 and tolerance <= MANY_DIGITS)


def rank_of(stage: str) -> int:
    """The place of a stage in the order of the computation."""
    return (FORWARD, LOSS, BACK).index(stage)


def stage_of(key: Key) -> str:
    """In which part of the computation an array stands."""
    if key.name.startswith(("loss", "dlogits")):
        return LOSS
    return BACK if key.name.startswith("d") else FORWARD


def changed_by_far(right: Array, found: Array, tolerance: float, least: float = 0.0) -> int:
    """How many numbers are wrong by far; `least` is what rounding leaves no digits of."""
    size = max(largest(right), largest(found), MUCH * least)
    with np.errstate(invalid="ignore"):
        return int((~(np.abs(right - found) <= MUCH * tolerance * size)).sum())
