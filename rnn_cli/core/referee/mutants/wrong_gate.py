"""wrong-gate: a gate has the weight or the bias of another one, by copy and paste."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.referee.mutants import Arrays, Mutant, line_of, rewired
from rnn_cli.core.referee.plan import Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Each array of each gate, taken from each other gate."""
    cell = plan.network.cell
    for gate in cell.gates:
        for other in cell.gates:
            for kind in ("W_x", "W_h", "b_"):
                own, source = kind + gate, kind + other
                if gate == other or not {own, source} <= set(cell.parameters):
                    continue
                yield rewired(
                    f"uses {source} where {gate}_t needs {own}",
                    line_of(cell, f"{gate}_t"),
                    partial(copy, name=own, source=source),
                    gate,
                    partial(_gathered, name=own, source=source),
                )


def copy(arrays: Arrays, name: str, source: str) -> None:
    """Put one array in the place of another."""
    arrays[name][...] = arrays[source]


def _gathered(gradients: Arrays, name: str, source: str) -> Arrays:
    return {source: gradients[source] + gradients[name], name: 0 * gradients[name]}
