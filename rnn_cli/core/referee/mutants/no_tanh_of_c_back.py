"""no-tanh-of-c, on the way back: the error of o takes c_t for tanh(c_t)."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a cell that shows tanh(c_t)."""
    if any("da_o = dh_t * tanh(c_t)" in line for line in plan.network.cell.backward_equations):
        yield Mutant(
            "takes c_t for tanh(c_t) in the error of o_t",
            line_of(plan.network.cell, "da_o"),
            Change(back_places={"tanh_c": lambda c: c}),
            "o",
        )
