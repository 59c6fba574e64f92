"""wrong-gate: a gate has the weight or the bias of another one, by copy and paste."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, changed, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Each array of each gate, taken from each other gate."""
    cell = plan.network.cell
    for gate in cell.gates:
        for other in cell.gates:
            for kind in ("W_x", "W_h", "b_"):
                own, source = kind + gate, kind + other
                if gate == other or not {own, source} <= set(cell.parameters):
                    continue
                network = changed(plan.network, partial(_copy, name=own, source=source))
                says = f"uses {source} where {gate}_t needs {own}"
                yield Mutant(says, line_of(cell, f"{gate}_t"), Change(network=network), gate)


def _copy(arrays: dict[str, Array], name: str, source: str) -> None:
    arrays[name][...] = arrays[source]
