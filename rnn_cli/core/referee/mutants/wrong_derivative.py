"""wrong-derivative: the formula of a slope has a slip in it, as 1 - y for 1 - y^2."""

from collections.abc import Callable, Iterator

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, all_and_each, gate_line, line_of, squashes_c
from rnn_cli.core.referee.plan import Change, Numbers, Plan

SLIPS: dict[str, tuple[tuple[str, str, Callable[[Array], Array]], ...]] = {
    "tanh": (
        ("1 - {y}", "1 - {y}^2", lambda y: 1 - y),
        ("(1 - {y})^2", "1 - {y}^2", lambda y: (1 - y) ** 2),
    ),
    "sigmoid": (
        ("1 - {y}", "{y} (1 - {y})", lambda y: 1 - y),
        ("{y}", "{y} (1 - {y})", lambda y: y),
    ),
}
"""Of each activation: (what is written, what is right, the function)."""


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates with an activation, whose slope is one function as a rule; and of each, and of the tanh of c."""
    cell = plan.network.cell
    for activation, slips in SLIPS.items():
        gates = [gate for gate, own in cell.gates.items() if own == activation]
        shows = activation == "tanh" and squashes_c(cell)
        for wrong, right, function in slips:
            for some in all_and_each([*gates, *(["tanh_c"] if shows else [])]):
                one = some[0].replace("tanh_c", "tanh(c)") if len(some) == 1 else "y"
                y = one.replace("(c)", "(c_t)") if "(" in one else "y" if one == "y" else f"{one}_t"
                of = f" of {activation}, everywhere" if len(some) > 1 else ""
                places = {f"slope_{name}": _at(function, name) for name in some}
                line = line_of(cell, "dc_t") if some == ["tanh_c"] else gate_line(cell, [some[0]], back=True)
                yield Mutant(
                    f"takes {wrong.format(y=y)} for the slope {right.format(y=y)}{of}",
                    line if len(some) == 1 else f"f'(a) = {right.format(y='y')} of y = {activation}(a), as in {line}",
                    Change(back_places=places),
                    some[0].replace("tanh_c", "c") if len(some) == 1 else "",
                )


def _at(function: Callable[[Array], Array], name: str) -> Callable[[Array], Array]:
    """The slope by the value of a gate; that of the tanh of c is asked for by c."""
    return (lambda c: function(np.tanh(c))) if name == "tanh_c" else function
