"""scaled: all gradients are the right ones times a constant that no count of steps, sequences or classes explains."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.back import group_of
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.mutants.mean_for_sum import counts
from rnn_cli.core.referee.plan import GRADIENTS, Change, Key, Numbers, Plan

ALIKE = 1e-4
"""How closely the factors of all arrays must agree before one is tried: the search holds it against the tolerance."""
NOTHING = 1e-9
"""An array that is so much smaller than the largest is 0 but for rounding, and has no factor."""
FEW = 4
"""So many numbers of one array must have a factor that no other has."""
MANY = 8
"""So many numbers must have the factor: a few have one by chance, as where a network has one unit and one step."""


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """By the one factor that all gradients have: of those that are handed out, or of dL/dlogits and so of all errors."""
    by = factor(plan, seen)
    if by is not None:
        fix = "no factor belongs there: look for a division, a loss that is scaled, or gradients that are clipped"
        for change in ({"scale": by}, {"error_scale": by}):
            yield Mutant(f"hands out gradients that are all {said(by, plan)} the right ones", fix, Change(back=change))
        return
    alone = one_alone(plan, seen)
    if alone is not None:
        keys, by = alone
        kinds = {group_of(key, packed=True).name for key in keys}
        name = keys[0].name if len(keys) == 1 else kinds.pop() if len(kinds) == 1 else "dW"
        what = "with the other sign" if abs(by + 1) < ALIKE else f"as {said(by, plan)} the right one"
        yield Mutant(
            f"hands out {name} {what}, where the gradients beside it have no such factor",
            "no factor belongs there: look for a mean, a division or a sign",
            Change(afterwards=partial(_scaled, keys=keys, by=by)),
            name[1:],
        )


def _scaled(numbers: Numbers, keys: list[Key], by: float) -> Numbers:
    return numbers | {key: numbers[key] * by for key in keys}


def one_alone(plan: Plan, seen: Numbers) -> tuple[list[Key], float] | None:
    """The gradient that alone is wrong, of one parameter, of all gates or of all matrices of the cell, and its factor; None
    where it has none."""
    right = compute(plan)
    keys = [key for key in seen if key.name.startswith(GRADIENTS) and right[key].shape == seen[key].shape]
    off = [key for key in keys if not _alike(right[key], seen[key], 1.0)]
    matrices = all(key.name.startswith("dW_") and key.layer >= 0 for key in off)
    if not off or len(off) == len(keys) or not (matrices or len({group_of(key, packed=True) for key in off}) == 1):
        return None
    ours, theirs = (np.concatenate([one[key].ravel() for key in off]) for one in (right, seen))
    if np.count_nonzero(ours) < FEW:
        return None
    by = float((ours * theirs).sum() / (ours * ours).sum())
    return (off, by) if by and _alike(ours, theirs, by) else None


def _alike(ours: Array, theirs: Array, by: float) -> bool:
    return bool(np.abs(theirs - by * ours).max(initial=0) <= ALIKE * np.abs(by * ours).max(initial=0))


def factor(plan: Plan, seen: Numbers) -> float | None:
    """The factor; None where the gradients have none, or none but 1."""
    keys = [key for key in seen if key.name.startswith(GRADIENTS)]
    if len(keys) < 2 or min(plan.network.architecture.sizes) < 2:
        return None
    right = compute(plan)
    pairs = [(right[key].ravel(), np.asarray(seen[key]).ravel()) for key in keys if right[key].shape == seen[key].shape]
    if len(pairs) < len(keys):
        return None
    ours, theirs = (np.concatenate(some) for some in zip(*pairs, strict=True))
    size = float(ours @ ours)
    if not np.isfinite(theirs).all() or np.count_nonzero(ours) < MANY or not size:
        return None
    by = float(ours @ theirs) / size
    least = NOTHING * np.abs(ours).max()
    alike = all(np.abs(b - by * a).max() <= ALIKE * max(np.abs(by * a).max(initial=0), least) for a, b in pairs)
    return by if alike and abs(by - 1) > ALIKE and abs(by) > ALIKE else None


def said(by: float, plan: Plan) -> str:
    """A factor in words, what it may be among them: 1/3 of, 1.443 (1/ln 2) times, 0.271 times."""
    over = round(1 / by)
    if over > 1 and abs(by * over - 1) < ALIKE:
        count = next((f" (the number of {what})" for what, many in counts(plan).items() if many == over), "")
        return f"1/{over}{count} of"
    H = plan.network.architecture.sizes[0]
    known = {"1/ln 2": 1 / np.log(2), "ln 2": np.log(2), "1/ln 10": 1 / np.log(10), "ln 10": np.log(10)}
    known |= {f"1/√{H}, by the number of hidden units": H**-0.5, f"√{H}, by the number of hidden units": H**0.5}
    what = next((f" ({name})" for name, size in known.items() if abs(by / size - 1) < ALIKE), "")
    return f"{by:.4g}{what} times"
