"""Which of its possible readings each array of a file has.

A file follows one convention of a kind. What the arrays that are right show of it holds for those that are not: a reading
must not make a mistake look right. So a matrix is read as transposed only where no other array of the file says otherwise.
"""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from rnn_cli.core.referee.agreement import agrees
from rnn_cli.core.referee.plan import Numbers
from rnn_cli.study.check.layouts import Reading

ALIKE = 0.5
"""How like the right ones the numbers must be, but for a factor, to be read otherwise than as usual: noise is like nothing."""
CLEARLY = 0.1
"""By how much the numbers must be more like the right ones than in the usual convention, where nothing else tells which it is."""

Right = Callable[[Reading], bool]


def chosen(
    every: Sequence[Sequence[Reading]], right: Numbers, tolerance: float, mistaken: Numbers | None = None
) -> list[Reading | str]:
    """For each array its reading, or why there is none. `mistaken` are numbers with the mistakes that are known already."""

    @cache
    def is_right(reading: Reading) -> bool:
        return reading.is_right(right, tolerance) or (mistaken is not None and reading.is_right(mistaken, tolerance))

    left = [list(readings) for readings in every]
    for kind in dict.fromkeys(kind for readings in left for one in readings for kind in one.tags):
        left = _of_one_convention(left, kind, is_right, right if mistaken is None else mistaken)
    return [_best(readings, is_right, right, tolerance) for readings in left]


def _of_one_convention(left: list[list[Reading]], kind: str, is_right: Right, right: Numbers) -> list[list[Reading]]:
    """The readings that follow the convention that the file shows."""
    votes = []
    for readings in left:
        good = [one for one in readings if is_right(one)]
        values = [one.tags.get(kind, "") for one in good or readings]
        if values and "" not in values and (good or len(set(values)) == 1):
            votes.append(dict.fromkeys(values))
    if not votes:
        return _closest(left, kind, right)
    common = [value for value in votes[0] if all(value in vote for vote in votes)]
    return [_following(readings, kind, common[:1]) for readings in left]


def _following(readings: list[Reading], kind: str, values: list[str]) -> list[Reading]:
    """Those that follow a convention; without one, those that are as usual."""
    usual = [one.tags[kind] for one in readings if kind in one.tags][:1]
    kept = [one for one in readings if kind not in one.tags or one.tags[kind] in (values or usual)]
    return kept if any(kind in one.tags for one in kept) else readings


def _closest(left: list[list[Reading]], kind: str, right: Numbers) -> list[list[Reading]]:
    """Where no array tells the convention: that in which the numbers come closest to the right ones."""
    scores: dict[str, list[float]] = {}
    for readings in left:
        best: dict[str, float] = {}
        for one in readings:
            if kind in one.tags and not one.weak:
                best[one.tags[kind]] = max(best.get(one.tags[kind], -1.0), _likeness(one, right))
        for value, score in best.items():
            scores.setdefault(value, []).append(score)
    if len(scores) < 2:
        return left
    means = {value: float(np.mean(score)) for value, score in scores.items()}
    usual, best_one = next(iter(means)), max(means, key=lambda value: means[value])
    taken = best_one if means[best_one] > max(means[usual] + CLEARLY, ALIKE) else usual
    return [_following(readings, kind, [taken]) for readings in left]


def _likeness(reading: Reading, right: Numbers) -> float:
    """The size of the cosine of what was found and what is right: a wrong sign says nothing of how an array is laid out."""
    pairs = [
        (part, right[key]) for key, part in reading.parts.items() if key in right and right[key].shape == part.shape
    ]
    if not pairs:
        return -1.0
    found, wanted = (np.concatenate([pair[k].ravel() for pair in pairs]) for k in (0, 1))
    found = np.nan_to_num(found.astype(np.float64), nan=0, posinf=0, neginf=0)
    size = float(np.linalg.norm(found) * np.linalg.norm(wanted))
    return abs(float(found @ wanted)) / size if size else 0.0


def _best(readings: list[Reading], is_right: Right, right: Numbers, tolerance: float) -> Reading | str:
    """The first reading that is right; else the usual one, if the array can belong to one place alone."""
    good = next((one for one in readings if is_right(one)), None)
    if good is not None:
        return good
    strong = [one for one in readings if not one.weak]
    if not strong:
        return "its name has another meaning too, and no number of the network is like it: --map says which it is"
    meaning = strong[0].meaning
    strong = [one for one in strong if one.meaning == meaning]
    places = dict.fromkeys(tuple((key.layer, key.direction) for key in one.parts) for one in strong)
    if len(places) > 1:
        where = " or ".join(sorted({f"{key.layer} {key.direction}" for one in strong for key in one.parts})[:4])
        return f"it may be of layer {where}: its name must say which, as in h.layer{strong[0].first.layer}.{strong[0].first.direction}"

    def right_parts(one: Reading) -> int:
        return sum(key in right and agrees(right[key], part, tolerance) for key, part in one.parts.items())

    return max(strong, key=right_parts)
