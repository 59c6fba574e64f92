"""gate-unused, on the way back: what one gate gives to h_{t-1}, or to x_t, is left out."""

from collections.abc import Iterator

from rnn_cli.core.arrays import Array
from rnn_cli.core.quantities import Weights
from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of each gate of several."""
    cell = plan.network.cell
    for gate in cell.gates if len(cell.gates) > 1 else ():
        for name, to in ((f"W_h{gate}", "dh_{t-1}"), (f"W_x{gate}", "dx_t")):
            if name in cell.parameters:
                yield Mutant(
                    f"leaves out in {to} what comes through {name}",
                    line_of(cell, to),
                    Change(back_places={f"{name}.T": _nothing}),
                    gate,
                )


def _nothing(W: Weights, v: Array) -> Array:
    nothing: Array = 0 * W.product(v)
    return nothing
