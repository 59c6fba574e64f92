"""Which wrong arrays wait: those that were computed from what is wrong already, and may be right when that is mended.

A number of a step is computed from the states of the step before it, from the layer below, and from those numbers of its
own step that its equation has; an error likewise, from the step after it and the layer above. A parameter's gradient is
computed from the errors of its own layer and direction, and nothing is computed from it. Nothing is computed from the
number of the loss either: its gradients begin at the probabilities.
"""

from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import Network
from rnn_cli.core.referee.mutants import BACK, FORWARD, LOSS
from rnn_cli.core.referee.plan import Key, Plan
from rnn_cli.core.state import State

STAGES = (FORWARD, LOSS, BACK)
READOUT = ("dW_hy", "db_y")
WITHOUT_LAYER = (("logits", "probabilities"), ("dx", "dE"))
"""(number, what is computed from it), of no layer."""
BEFORE = "the state before"
NUDGE = 0.125


def waiting(plan: Plan, wrong: Mapping[Key, Array | None], stages: Mapping[Key, str]) -> set[Key]:
    """Those of the wrong arrays whose first wrong number was computed from a wrong one.

    wrong    (T,) which steps are wrong, in the order of computation; None of an array without steps
    stages   the stage of each
    """
    reads = _reads(plan.network)

    def computed_from(key: Key, other: Key) -> bool:
        if other.name.startswith("loss"):
            return False
        stage, before = STAGES.index(stages[key]), STAGES.index(stages[other])
        if stage != before:
            return before < stage
        if key.name in READOUT or stages[key] == LOSS:
            return False
        if key.layer < 0 or other.layer < 0:
            return key.layer < other.layer or (other.name, key.name) in WITHOUT_LAYER
        mine, theirs = wrong[key], wrong[other]
        if theirs is None:
            return False
        same = (key.layer, key.direction) == (other.layer, other.direction)
        if mine is None:
            return same or key.layer < other.layer
        first = int(mine.argmax())
        if not same:
            turned = theirs if key.direction == other.direction else theirs[::-1]
            nearer = key.layer < other.layer if stages[key] == BACK else key.layer > other.layer
            return nearer and bool(turned[: first + 1].any())
        if theirs[:first].any() and BEFORE in reads.get(key.name, ()):
            return True
        return bool(theirs[first]) and other.name in reads.get(key.name, ())

    return {key for key in wrong if any(computed_from(key, other) for other in wrong if other != key)}


def _reads(network: Network) -> dict[str, set[str]]:
    """Which numbers of a step are computed from which others of it, forward and backward: found by a nudge of each."""
    cell, a = network.cell, network.architecture
    w, rng = network.packed(0, a.directions[0]), np.random.default_rng(0)
    x, size = rng.uniform(0.2, 0.8, a.input_size), a.size_of(0)
    state = State(**{name: rng.uniform(0.2, 0.8, size) for name in cell.states})

    def forward(cell: Cell, before: State = state) -> dict[str, Array]:
        step = cell.step(cell.weights(w), x, before)
        return {name: step.value(name) for name in step.numbers}

    numbers = forward(cell)
    now = SimpleNamespace(x=x, **{f"{name}_prev": array for name, array in state.items()}, **numbers)

    def backward(cell: Cell) -> dict[str, Array]:
        each = cell.step_backward(cell.weights(w), now, state)
        return {f"d{name}": array for name, array in each.error.items()} | {f"da_{k}": v for k, v in each.da.items()}

    found: dict[str, set[str]] = {}
    other = State(**{name: array + NUDGE for name, array in state.items()})
    _note(found, BEFORE, numbers, forward(cell, other))
    for gate, activation in cell.gates.items():
        function = ACTIVATIONS[activation].function
        _note(found, gate, numbers, forward(cell.replaced({gate: lambda a, f=function: f(a) + NUDGE})))
    for name in set(numbers) - set(cell.gates):
        _note(found, name, numbers, forward(cell.replaced({name: _nudged})))
    errors = backward(cell)
    for name in errors:
        _note(found, name, errors, backward(cell.replaced({name: _nudged})))
        found.setdefault(name, set()).update({BEFORE, "dh"} - {name})
    return found


def _nudged(value: Array) -> Array:
    return value + NUDGE


def _note(found: dict[str, set[str]], name: str, before: Mapping[str, Array], after: Mapping[str, Array]) -> None:
    """Note of all numbers that moved that they read this one."""
    for one in before:
        if one != name and not np.array_equal(before[one], after[one]):
            found.setdefault(one, set()).add(name)
