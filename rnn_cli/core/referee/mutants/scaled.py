"""scaled: all gradients are the right ones times a constant that no count of steps, sequences or classes explains."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import GRADIENTS, Change, Numbers, Plan

ALIKE = 1e-4
"""How closely the factors of all arrays must agree before one is tried: the search holds it against the tolerance."""
NOTHING = 1e-9
"""An array that is so much smaller than the largest is 0 but for rounding, and has no factor."""
MANY = 8
"""So many numbers must have the factor: a few have one by chance, as where a network has one unit and one step."""


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """By the one factor that all gradients have: of those that are handed out, or of dL/dlogits and so of all errors."""
    by = factor(plan, seen)
    if by is not None:
        fix = "no factor belongs there: look for a division, a loss that is scaled, or gradients that are clipped"
        for change in ({"scale": by}, {"error_scale": by}):
            yield Mutant(f"hands out gradients that are all {said(by, plan)} the right ones", fix, Change(back=change))


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
        return f"1/{over} of"
    H = plan.network.architecture.sizes[0]
    known = {"1/ln 2": 1 / np.log(2), "ln 2": np.log(2), "1/ln 10": 1 / np.log(10), "ln 10": np.log(10)}
    known |= {f"1/√{H}, by the number of hidden units": H**-0.5, f"√{H}, by the number of hidden units": H**0.5}
    what = next((f" ({name})" for name, size in known.items() if abs(by / size - 1) < ALIKE), "")
    return f"{by:.4g}{what} times"
