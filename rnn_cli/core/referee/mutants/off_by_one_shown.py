"""off-by-one, in the states that are handed out or read: the one before the step's own."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from rnn_cli.core.network import BACKWARD, MANY_TO_MANY
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """h_{t-1} is handed out as h_t, or the readout reads it: at t = 1 the initial state, or the last one of the list."""
    yield Mutant(
        "hands out h_{t-1} as h_t: the list of the states begins with the initial one and lacks the last",
        "keep h_t after step t",
        Change(afterwards=partial(_shifted, plan=plan)),
        "h",
    )
    if plan.network.architecture.task == MANY_TO_MANY and len(plan.x) > 1:
        for whole_round in (False, True):
            yield Mutant(
                "has the readout of step t read h_{t-1}"
                + (", and of the first step the last state" if whole_round else ""),
                "logits_t = W_hy h_t + b_y",
                Change(loop={"late": 1, "round": whole_round}),
                "y",
                (Change(), Change(back={"carried": False})),
            )


def _shifted(numbers: Numbers, plan: Plan) -> Numbers:
    made = dict(numbers)
    for key, h in numbers.items():
        if key.name == "h":
            initial = plan.initial.get((key.layer, key.direction))
            first = np.zeros_like(h[:1]) if initial is None else initial.h[None]
            if key.direction != BACKWARD:
                made[key] = np.concatenate([first, h[:-1]]) * (np.arange(len(h))[:, None] < plan.lengths)[..., None]
            elif (plan.lengths == len(h)).all():
                made[Key("h", key.layer, key.direction)] = np.concatenate([h[1:], first])
    return made
