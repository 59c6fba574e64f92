"""gate-unused: a gate is computed, or not even that, and multiplies nothing."""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Each gate with a sigmoid, taken as 1; it is handed out as it was computed, or as 1."""
    cell = plan.network.cell
    for gate, activation in cell.gates.items():
        if activation != "sigmoid":
            continue
        computed = partial(_of_sum, gate=gate, activation=activation)
        ways = (Change(), Change(back={"right_weights": True, "reads": {gate: computed}}))
        says = f"does not use {gate}_t: what it should multiply passes whole"
        readers = (line for line in cell.equations if f"{gate}_t *" in line or f"* {gate}_t" in line)
        number = next(readers, f"{gate}_t").split(" = ")[0].strip()
        fix, place = line_of(cell, number), {gate: np.ones_like}
        if any(key.name == gate for key in seen):
            shown = partial(_as_computed, gate=gate, activation=activation)
            yield Mutant(says, fix, Change(places=place, afterwards=shown), gate, ways)
        yield Mutant(says, fix, Change(places=place), gate, ways)


def _of_sum(numbers: Mapping[str, Array], gate: str, activation: str) -> Array:
    return ACTIVATIONS[activation].function(numbers[f"a_{gate}"])


def _as_computed(numbers: Numbers, gate: str, activation: str) -> Numbers:
    function = ACTIVATIONS[activation].function
    return {
        key: function(numbers[Key(f"a_{gate}", key.layer, key.direction)]) if key.name == gate else array
        for key, array in numbers.items()
    }
