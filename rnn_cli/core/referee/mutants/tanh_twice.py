"""tanh-twice: a tanh is applied to what is squashed already."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of each gate with a tanh, of h where it is no gate, and of c."""
    cell = plan.network.cell
    for gate, activation in cell.gates.items():
        if activation == "tanh":
            says, fix = f"applies tanh twice in {gate}_t", line_of(cell, f"{gate}_t")
            place = {gate: lambda a: np.tanh(np.tanh(a))}
            yield Mutant(says, fix, Change(places=place, back_places={f"slope_{gate}": _slope}), gate)
            yield Mutant(says, fix, Change(places=place), gate)
    for state in cell.states:
        if state not in cell.gates and state in ("h", "c"):
            says = f"applies tanh to {state}_t, where the equation has none"
            yield Mutant(says, line_of(cell, f"{state}_t"), Change(places={state: np.tanh}), state)


def _slope(y: Array) -> Array:
    """Of tanh(tanh(a)), by its value."""
    inner = np.arctanh(np.clip(y, -np.tanh(1), np.tanh(1)))
    slope: Array = (1 - y * y) * (1 - inner * inner)
    return slope
