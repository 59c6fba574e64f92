"""The logarithm of the loss is kept from 0: -log(p + 1e-8), or of p no less than 1e-8. The gradient is that of -log p."""

from collections.abc import Callable, Iterator

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.compute import compute, right_ones, weights_of
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.mutants.mean_for_sum import counts
from rnn_cli.core.referee.plan import SUM, Change, Key, Numbers, Plan

LEAST = (*(10.0**-k for k in range(16, 4, -1)), 2.0**-52, 2.0**-23)
"""What people keep the probability from 0 with: a power of ten, or the spacing of a type at 1."""
LIKE = 1e-4
"""How close the loss must come, of its size, for all numbers to be computed."""


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Those whose loss is near the one that was found, a sum or divided by a count."""
    found = seen.get(Key("loss"))
    if plan.targets is None or found is None:
        return
    with np.errstate(all="ignore"):
        p = right_ones(compute(plan, back=False)[Key("probabilities")], plan.targets)
    weights = weights_of(plan)
    divided = counts(plan) if plan.reduction == SUM else {}
    for least in LEAST:
        for what, guarded in _guards(least).items():
            with np.errstate(all="ignore"):
                whole = -(np.log(np.where(weights > 0, guarded(p), 1)) * weights).sum()
            for by, count in {"": 1, **divided}.items():
                loss = whole / count
                if abs(loss - found) <= LIKE * abs(loss):
                    mean = f", and divides the loss and its gradient by the number of {by}" if by else ""
                    change = Change(loop={"likelihood": guarded, "loss_scale": 1 / count})
                    yield Mutant(f"takes the logarithm of {what}{mean}", "loss = -log p of the target", change, "loss")


def _guards(least: float) -> dict[str, Callable[[Array], Array]]:
    def added(p: Array) -> Array:
        return p + least

    def floored(p: Array) -> Array:
        return np.maximum(p, least)

    def clipped(p: Array) -> Array:
        return np.clip(p, least, 1 - least)

    size = f"{least:.3g}"
    return {
        f"p + {size}": added,
        f"p or {size}, whichever is larger": floored,
        f"p clipped to between {size} and 1 - {size}": clipped,
    }
