"""tanh-twice: a tanh is applied to what is squashed already."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

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
            fits = Change(back_places={f"slope_{gate}": _slope})
            yield Mutant(says, fix, Change(places=place), gate, (fits, Change()))
    for state in cell.states:
        if state not in cell.gates and state in ("h", "c"):
            yield Mutant(
                f"applies tanh to {state}_t, where the equation has none",
                line_of(cell, f"{state}_t"),
                Change(places={state: np.tanh}),
                state,
                (Change(back=_through(state)), Change()),
            )


def _through(state: str) -> dict[str, dict[str, Callable[[SimpleNamespace, Array], Array]]]:
    """The way back through the further tanh: the error of what it is applied to."""

    def slope(numbers: SimpleNamespace, error: Array) -> Array:
        back: Array = error * (1 - getattr(numbers, state) ** 2)
        return back

    return {"errors": {state: slope}}


def _slope(y: Array) -> Array:
    """Of tanh(tanh(a)), by its value."""
    inner = np.arctanh(np.clip(y, -np.tanh(1), np.tanh(1)))
    slope: Array = (1 - y * y) * (1 - inner * inner)
    return slope
