"""no-tanh-of-c: h_t = o_t * c_t."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.referee.mutants import Mutant, squashes_c
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """With a way back that fits, and with the one of the right equation."""
    if not squashes_c(plan.network.cell):
        return
    says, fix = "leaves out the tanh of c_t", "h_t = o_t * tanh(c_t)"
    place = {"tanh_c": lambda c: c}
    fits = Change(back_places={**place, "slope_tanh_c": np.ones_like})
    yield Mutant(says, fix, Change(places=place), "h", (fits, Change()))
