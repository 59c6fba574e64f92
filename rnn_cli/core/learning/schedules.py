"""Learning-rate schedules: the factor of the learning rate at a step, counted from 1.

    constant   1
    cosine     (1 + cos(pi p)) / 2, p the share of the steps after the warm-up that are done
    step       0.1 to the number of thirds of the run that are done
    warm-up    the first w steps rise linearly, step / w, and multiply any of them

Source of the cosine: Loshchilov and Hutter, "SGDR" (2017), equation 5 with one cycle.
"""

from collections.abc import Callable
from math import cos, pi


def learning_rate(kind: str, lr: float, step: int, total: int, warmup: int) -> float:
    """The learning rate of a step (from 1) of `total`. KeyError where the schedule is unknown."""
    if step <= warmup:
        return lr * step / warmup
    done = (step - 1 - warmup) / max(total - warmup, 1)
    return lr * SCHEDULES[kind](min(done, 1.0))


CONSTANT = "constant"
"""The schedule that does not ask how many steps there are."""

SCHEDULES: dict[str, Callable[[float], float]] = {
    CONSTANT: lambda done: 1.0,
    "cosine": lambda done: (1 + cos(pi * done)) / 2,
    "step": lambda done: 0.1 ** int(3 * done),
}
