"""z is the name of 1 - z, in the weights as well, and is used so: another convention of the same cell."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.mutants.update_flipped import as_called, update_gate
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a cell with an update gate."""
    cell = plan.network.cell
    gate = update_gate(cell)
    if gate is not None and cell.keeps is not None:
        yield Mutant(
            f"calls {gate}_t what is 1 - {gate}_t here",
            line_of(cell, f"{cell.keeps[1]}_t"),
            Change(afterwards=partial(as_called, gate=gate)),
            gate,
        )
