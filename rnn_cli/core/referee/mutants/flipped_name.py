"""z is the name of 1 - z, in the weights as well, and is used so: another convention of the same cell."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.mutants.update_flipped import as_called
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a cell with an update gate."""
    cell = plan.network.cell
    if cell.keeps is not None and cell.keeps[0].endswith("z"):
        yield Mutant(
            "calls z_t what is 1 - z_t here",
            line_of(cell, f"{cell.keeps[1]}_t"),
            Change(afterwards=as_called),
            "z",
        )
