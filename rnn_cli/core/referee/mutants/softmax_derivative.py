"""softmax-derivative: dL/dlogits is not softmax(logits) - onehot."""

from collections.abc import Callable, Iterator

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan

FORMS: dict[str, Callable[[Array, Array], Array]] = {
    "does not subtract 1 at the target in dL/dlogits": lambda p, onehot: p,
    "multiplies softmax(logits) - onehot with p (1 - p) once more, though it is the slope of loss and softmax together": (
        lambda p, onehot: (p - onehot) * p * (1 - p)
    ),
    "takes dL/dp = -onehot / p for dL/dlogits: the slope of the softmax is missing": lambda p, onehot: -onehot / p,
    "multiplies dL/dp with the diagonal p (1 - p) alone: the softmax mixes all classes": (
        lambda p, onehot: -onehot * (1 - p)
    ),
}


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Each usual form."""
    for says, dlogits in FORMS.items():
        yield Mutant(says, "dL/dlogits = softmax(logits) - onehot", Change(loop={"dlogits": dlogits}), "dlogits")


def negated(p: Array, onehot: Array) -> Array:
    """With the other sign."""
    return np.subtract(onehot, p)
