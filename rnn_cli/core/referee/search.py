"""Which mistakes turn the right numbers into those that were found.

The first wrong array, in the order of computation, is explained first: a mistake is named where with it that array comes
out as it was found, in every number, and no array before it goes wrong. Then the mistake is part of the plan and the search
goes on, so that several mistakes of one program are found one after the other. Where no mistake explains the first wrong
array alone, two are tried together.

Chance does not agree: an explanation needs SURE numbers that are wrong without the mistake and right with it, to the
precision of what was found, or one number in double precision to MANY_DIGITS.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.mutants import BACK, FORWARD, LOSS, Mutant, all_mutants
from rnn_cli.core.referee.plan import Key, Numbers, Plan

SURE = 3
MOST_FINDINGS = 4
MOST_PAIRS = 4_000
RIGHT, WRONG, WAITS = "right", "wrong", "waits"


@dataclass(frozen=True, eq=False)
class Finding:
    """A mistake that explains a wrong array.

    key            the first array that was wrong
    before, after  its relative error without the mistake and with it
    others         forms of other mistakes that agree as well on all that was found
    """

    mistake: str
    mutant: Mutant
    key: Key
    before: float
    after: float
    others: tuple[tuple[str, Mutant], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What is to be said of one array: its state, its relative error, and where its first wrong number stands.

    at   (t, b, unit) of a state or gate, the index of another array, from 0; None where it is right
    """

    state: str
    error: float
    at: tuple[int, ...] | None


@dataclass(eq=False)
class Judgement:
    """What was found out."""

    verdicts: dict[Key, Verdict]
    findings: list[Finding] = field(default_factory=list)
    explained: bool = True
    right: Numbers = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every array is right."""
        return all(one.state == RIGHT for one in self.verdicts.values())


def judge(plan: Plan, seen: Numbers, tolerance: float) -> Judgement:
    """Compare what was found with what is right, and explain the difference."""
    right = compute(plan)
    seen = {key: seen[key] for key in right if key in seen}
    wrong = [key for key in seen if not agrees(right[key], seen[key], tolerance)]
    verdicts = {key: _verdict(key, right[key], seen[key], tolerance) for key in seen}
    judgement = Judgement(verdicts, right=right)
    blamed: list[Key] = []
    now, numbers = plan, right
    while wrong and len(judgement.findings) < MOST_FINDINGS:
        first = _first(numbers, seen, wrong, tolerance)
        found = _explain(now, numbers, seen, first, tolerance)
        if not found:
            break
        for finding in found:
            judgement.findings.append(finding)
            now = finding.mutant.apply(now)
        blamed.append(first)
        numbers = compute(now)
        wrong = [key for key in seen if not agrees(numbers[key], seen[key], tolerance)]
    judgement.explained = not wrong
    if wrong:
        blamed.append(_first(numbers, seen, wrong, tolerance))
    for key, one in verdicts.items():
        if one.state == WRONG and key not in blamed:
            verdicts[key] = Verdict(WAITS, one.error, one.at)
    return judgement


def agrees(right: Array, found: Array, tolerance: float) -> bool:
    """Whether every number is right, of the largest one of the array."""
    return relative_error(right, found) <= tolerance


def relative_error(right: Array, found: Array) -> float:
    """The largest difference, of the largest number of the two arrays; inf where one is not finite or the shapes differ."""
    if right.shape != found.shape:
        return float("inf")
    if not right.size:
        return 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.abs(right - found)
        size = max(float(np.abs(right).max()), float(np.abs(found).max()))
    if not np.isfinite(off).all():
        return float("inf")
    return float(off.max()) / size if size else 0.0


def _verdict(key: Key, right: Array, found: Array, tolerance: float) -> Verdict:
    error = relative_error(right, found)
    if error <= tolerance:
        return Verdict(RIGHT, error, None)
    return Verdict(WRONG, error, first_wrong(right, found, tolerance, from_end(key) and found.ndim == 3))


def from_end(key: Key) -> bool:
    """Whether an array is computed from the last step to the first: errors, and what the backward direction gives."""
    return (key.direction == "backward") != (stage_of(key) == BACK)


def first_wrong(right: Array, found: Array, tolerance: float, reverse: bool = False) -> tuple[int, ...] | None:
    """The index of the first number that is wrong, along the first axis first; with `reverse` from its end."""
    if right.shape != found.shape:
        return None
    size = max(float(np.abs(right).max(initial=0)), float(np.abs(found[np.isfinite(found)]).max(initial=0)))
    off = ~(np.abs(right - found) <= tolerance * size)
    if not off.any():
        return None
    at = [int(k) for k in np.argwhere(off[::-1] if reverse else off)[0]]
    return tuple([len(off) - 1 - at[0], *at[1:]] if reverse else at)


def _first(right: Numbers, seen: Numbers, wrong: list[Key], tolerance: float) -> Key:
    """The first array that is wrong: of the forward pass by layer, step and order; then the loss; backwards likewise."""
    order = {key: k for k, key in enumerate(right)}

    def rank(key: Key) -> tuple[int, int, int, int]:
        array, found = right[key], seen[key]
        stage = stage_of(key)
        if array.ndim != 3 or array.shape != found.shape or key.layer < 0:
            return (_rank(stage), 10**6, 0, order[key])
        steps = np.array([not agrees(a, b, tolerance) for a, b in zip(array, found, strict=True)])
        first = int((steps[::-1] if from_end(key) else steps).argmax())
        return (_rank(stage), -key.layer if stage == BACK else key.layer, first, order[key])

    return min(wrong, key=rank)


def _rank(stage: str) -> int:
    return (FORWARD, LOSS, BACK).index(stage)


def stage_of(key: Key) -> str:
    """In which part of the computation an array stands."""
    if key.name.startswith(("loss", "dlogits")):
        return LOSS
    return BACK if key.name.startswith("d") else FORWARD


def _explain(plan: Plan, numbers: Numbers, seen: Numbers, first: Key, tolerance: float) -> list[Finding]:
    """The mistake that explains the first wrong array, or the two; [] where none does."""
    stage = stage_of(first)
    right = [key for key in seen if agrees(numbers[key], seen[key], tolerance)]
    goes_back = any(stage_of(key) == BACK for key in seen)
    fits: list[tuple[int, str, Mutant, Numbers]] = []
    for name, mutant in _offers(plan, seen, stage):
        changed = mutant.apply(plan)
        with np.errstate(all="ignore"):
            made = compute(changed, back=stage == BACK)
            if stage != BACK and goes_back and first in made and agrees(made[first], seen[first], tolerance):
                made = compute(changed)
        if _explains(numbers, made, seen, first, right, stage, tolerance):
            fits.append(
                (sum(key in made and agrees(made[key], seen[key], tolerance) for key in seen), name, mutant, made)
            )
    if not fits:
        return _two(plan, numbers, seen, first, right, stage, tolerance)
    most = max(count for count, *_ in fits)
    best = [(name, mutant, made) for count, name, mutant, made in fits if count == most]
    name, mutant, made = best[0]
    others = {other: form for other, form, _ in best[1:] if other != name}
    before, after = (relative_error(one[first], seen[first]) for one in (numbers, made))
    return [Finding(name, mutant, first, before, after, tuple(others.items()))]


def _offers(plan: Plan, seen: Numbers, stage: str) -> Iterator[tuple[str, Mutant]]:
    """Mistakes of the stage; of a gradient also those of the loss, where no loss was handed over."""
    yield from all_mutants(plan, seen, stage)
    if stage == BACK:
        yield from all_mutants(plan, seen, LOSS)


def _explains(
    numbers: Numbers, made: Numbers, seen: Numbers, first: Key, right: list[Key], stage: str, tolerance: float
) -> bool:
    """Whether the first wrong array comes out as found, by enough numbers, and nothing before it goes wrong."""
    if first not in made or not agrees(made[first], seen[first], tolerance):
        return False
    if any(not agrees(made[key], seen[key], tolerance) for key in right if _rank(stage_of(key)) <= _rank(stage)):
        return False
    return sure(numbers[first], seen[first], tolerance)


def sure(right: Array, found: Array, tolerance: float) -> bool:
    """Whether so many numbers were wrong that agreement with a mistake is no chance."""
    if right.shape != found.shape:
        return False
    if right.size < SURE:
        return relative_error(right, found) > 100 * tolerance
    size = max(float(np.abs(right).max()), float(np.abs(found).max()))
    return int((np.abs(right - found) > 10 * tolerance * size).sum()) >= min(SURE, right.size)


def _two(
    plan: Plan, numbers: Numbers, seen: Numbers, first: Key, right: list[Key], stage: str, tolerance: float
) -> list[Finding]:
    """Two mistakes of one stage that explain the first wrong array together."""
    if stage == LOSS:
        return []
    tried = 0
    for name, one in all_mutants(plan, seen, stage):
        with np.errstate(all="ignore"):
            half = one.apply(plan)
        for other_name, other in all_mutants(half, seen, stage):
            tried += 1
            if tried > MOST_PAIRS:
                return []
            if other_name == name:
                continue
            with np.errstate(all="ignore"):
                made = compute(other.apply(half), back=stage == BACK)
            if _explains(numbers, made, seen, first, right, stage, tolerance):
                errors = [relative_error(x[first], seen[first]) for x in (numbers, compute(half), made)]
                return [
                    Finding(name, one, first, errors[0], errors[1]),
                    Finding(other_name, other, first, errors[1], errors[2]),
                ]
    return []
