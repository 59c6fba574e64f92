"""hard-sigmoid: a piecewise linear function stands for the sigmoid."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan

FORMS = {"max(0, min(1, a / 5 + 1/2))": 0.2, "max(0, min(1, a / 6 + 1/2))": 1 / 6}


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates with a sigmoid: in the form of Keras 2 and Theano, and in that of PyTorch and Keras 3."""
    gates = [gate for gate, activation in plan.network.cell.gates.items() if activation == "sigmoid"]
    if not gates:
        return
    where = gates[0] if len(gates) == 1 else ""
    for form, slope in FORMS.items():
        says, fix = f"computes the sigmoid as {form}", "sigmoid(a) = 1 / (1 + e^-a)"
        places = {gate: (lambda a, s=slope: np.clip(s * a + 0.5, 0, 1)) for gate in gates}
        back = {f"slope_{gate}": (lambda y, s=slope: _inside(y, s)) for gate in gates}
        yield Mutant(says, fix, Change(places=places), where, (Change(back_places=back), Change()))


def _inside(y: Array, slope: float) -> Array:
    return np.where((y > 0) & (y < 1), slope, 0.0)
