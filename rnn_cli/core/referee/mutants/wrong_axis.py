"""wrong-axis: softmax over steps or sequences, where it is over classes."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Over each other axis, and over all numbers at once."""
    T, B = plan.x.shape[:2]
    many = plan.network.architecture.task != MANY_TO_ONE
    axes: dict[str, tuple[int, ...] | None] = {"the sequences": (-2,)} if B > 1 else {}
    if many and T > 1:
        axes |= {"the steps": (-3,), "all steps and classes": (-3, -1)}
    if B > 1:
        axes["all numbers together"] = None
    for over, axis in axes.items():
        yield Mutant(
            f"takes the softmax over {over}",
            "softmax over the classes: the last axis, for each step and sequence",
            Change(loop={"softmax": partial(_softmax, axis=axis)}),
            "probabilities",
        )


def _softmax(logits: Array, axis: tuple[int, ...] | None) -> Array:
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    shares: Array = powers / powers.sum(axis=axis, keepdims=True)
    return shares
