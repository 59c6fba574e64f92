"""Numbers that a plan has no name for, made of those that it has; and padding, which holds anything, as zeros.

They are made after every mistake has had its way, so that a mistake shows in them too.
"""

from dataclasses import replace

import numpy as np

from rnn_cli.core.network import BACKWARD
from rnn_cli.core.referee.plan import Key, Numbers, Plan
from rnn_cli.study.check.layouts import EACH_LOSS, END, Frame

AGAIN = " again"
"""The end of a key of what a file holds a second time, as the second of two biases."""


def with_derived(plan: Plan, frame: Frame, twice: frozenset[Key] = frozenset()) -> Plan:
    """The plan, computing also the states at the end, the loss of each answer, and a copy of what stands twice."""

    def more(numbers: Numbers) -> Numbers:
        found = {key: frame.without_padding(key, array) for key, array in numbers.items()}
        found |= _ends(found, plan) | _each_loss(found, plan, frame)
        again = {Key(key.name + AGAIN, key.layer, key.direction): array for key, array in found.items() if key in twice}
        return found | again

    return replace(plan, derived=(*plan.derived, more))


def _ends(numbers: Numbers, plan: Plan) -> Numbers:
    """Each state after the last step that its direction computes."""
    batch = np.arange(len(plan.lengths))
    return {
        Key(f"{key.name}{END}", key.layer, key.direction): array[
            0 if key.direction == BACKWARD else plan.lengths - 1, batch
        ]
        for key, array in numbers.items()
        if key.name in plan.network.cell.states
    }


def _each_loss(numbers: Numbers, plan: Plan, frame: Frame) -> Numbers:
    """The loss of every answer; their sum is the loss, however that is scaled."""
    shares, total = numbers.get(Key("probabilities")), numbers.get(Key("loss"))
    if shares is None or total is None or plan.targets is None:
        return {}
    with np.errstate(all="ignore"):
        each = -np.log(np.take_along_axis(shares, plan.targets[..., None], -1)[..., 0])
        each = frame.without_padding(Key(EACH_LOSS), each)
        return {Key(EACH_LOSS): each * (total / each.sum())}
