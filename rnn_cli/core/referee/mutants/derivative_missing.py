"""derivative-missing: the slope of an activation is left out."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.referee.mutants import Mutant, all_and_each, gate_line, line_of, said_of_gates, squashes_c
from rnn_cli.core.referee.plan import NONE, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates, of each, and of the tanh of c."""
    cell = plan.network.cell
    gates = [gate for gate, activation in cell.gates.items() if activation != "identity"]
    for some in all_and_each(gates):
        said = said_of_gates(some)
        yield Mutant(
            f"leaves out the slope of the activation of {said}",
            gate_line(cell, some, back=True),
            Change(back={"slopes": dict.fromkeys(some, NONE)}),
            some[0] if len(some) == 1 else "",
        )
    if list(cell.gates) == ["h"]:
        yield Mutant(
            "takes dh_t for da_t in dh_{t-1}: it leaves out the slope of h_t there",
            line_of(cell, "dh_{t-1}"),
            Change(back={"errors": {"h_prev": lambda s, error: s.w.W_hh.T @ s.dh}}),
            "h",
        )
    if squashes_c(cell):
        yield Mutant(
            "leaves out the slope of tanh(c_t)",
            line_of(cell, "dc_t"),
            Change(back_places={"slope_tanh_c": np.ones_like}),
            "c",
        )
