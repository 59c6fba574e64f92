"""wrong-gate, on the way back: the factor of another gate, or 1 - z for z."""

from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, changed, line_of
from rnn_cli.core.referee.mutants.wrong_gate import copy
from rnn_cli.core.referee.plan import Change, Numbers, Plan

Errors = Callable[[SimpleNamespace, Array], Array]


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Where the equations of the way back have the factor: they are asked, so that this fits every such cell."""
    equations = plan.network.cell.backward_equations
    forms = FORMS if any("+ p_o * da_o" in one for one in equations) else [*FORMS, *OF_DC]
    for line, says, number, where, errors in forms:
        if any(line in one for one in equations):
            yield Mutant(says, line_of(plan.network.cell, number), Change(back={"errors": errors}), where)
    cell = plan.network.cell
    if any("dh_t * o_t * (1 - tanh(c_t)^2)" in one for one in equations):
        yield Mutant("leaves out o_t in dc_t", line_of(cell, "dc_t"), Change(back={"sums": {"c": _without_o}}), "c")
    for own in (*cell.recurrent, *(name for name in cell.parameters if name.startswith("W_x"))):
        for source in cell.parameters:
            if source[:3] == own[:3] and source != own:
                to = "dh_{t-1}" if own.startswith("W_h") else "dx_t"
                copied = partial(changed, change=partial(copy, name=own, source=source))
                yield Mutant(
                    f"takes {source} for {own} in {to}",
                    line_of(cell, to),
                    Change(back={"weights": copied}),
                    own[3:],
                )
    if any("da_z = dh_t * (" in one for one in equations):
        yield Mutant(
            "has the other sign in da_z",
            line_of(cell, "da_z"),
            Change(back={"errors": {"a_z": lambda s, error: -error}}),
            "z",
        )


def _without_o(numbers: SimpleNamespace, error: Array) -> Array:
    whole: Array = error + numbers.dh * (1 - numbers.o) * (1 - np.tanh(numbers.c) ** 2)
    return whole


def _times(name: str, factor: Callable[[SimpleNamespace], Array]) -> dict[str, Errors]:
    return {name: lambda numbers, error: error * factor(numbers)}


FORMS: list[tuple[str, str, str, str, dict[str, Errors]]] = [
    ("da_n = dh_t * (1 - z_t)", "multiplies da_n with z_t for 1 - z_t", "da_n", "n",
     _times("a_n", lambda s: s.z / (1 - s.z))),
    ("da_n = dh_t * z_t", "multiplies da_n with 1 - z_t for z_t", "da_n", "n",
     _times("a_n", lambda s: (1 - s.z) / s.z)),
    ("dh_{t-1} = dh_t * z_t", "passes dh_t * (1 - z_t) on to h_{t-1}", "dh_{t-1}", "z",
     {"h_prev": lambda s, error: error + s.dh * (1 - 2 * s.z)}),
    ("dh_{t-1} = dh_t * (1 - z_t)", "passes dh_t * z_t on to h_{t-1}", "dh_{t-1}", "z",
     {"h_prev": lambda s, error: error + s.dh * (2 * s.z - 1)}),
    ("dh_{t-1} = dh_t * z_t", "does not pass dh_t * z_t on to h_{t-1}: what goes past the gates is lost",
     "dh_{t-1}", "z", {"h_prev": lambda s, error: error - s.dh * s.z}),
    ("dh_{t-1} = dh_t * (1 - z_t)", "does not pass dh_t * (1 - z_t) on to h_{t-1}: what goes past the gates is lost",
     "dh_{t-1}", "z", {"h_prev": lambda s, error: error - s.dh * (1 - s.z)}),
    ("da_i = dc_t * g_t", "multiplies da_i with i_t for g_t", "da_i", "i",
     _times("a_i", lambda s: s.i / s.g)),
    ("da_g = dc_t * i_t", "multiplies da_g with g_t for i_t", "da_g", "g",
     _times("a_g", lambda s: s.g / s.i)),
    ("da_i = dc_t * g_t", "exchanges the factors i_t and g_t of da_i and da_g",
     "da_i", "i",
     {**_times("a_i", lambda s: s.i / s.g), **_times("a_g", lambda s: s.g / s.i)}),
    ("da_g = dc_t * i_t", "multiplies da_g with 1 - f_t for i_t", "da_g", "g",
     _times("a_g", lambda s: (1 - s.f) / s.i)),
    ("da_i = dc_t * g_t", "takes dh_t for dc_t in da_i", "da_i", "i", _times("a_i", lambda s: s.dh / s.dc)),
    ("da_f = dc_t * c_{t-1}", "takes dh_t for dc_t in da_f", "da_f", "f", _times("a_f", lambda s: s.dh / s.dc)),
    ("da_g = dc_t * i_t", "takes dh_t for dc_t in da_g", "da_g", "g", _times("a_g", lambda s: s.dh / s.dc)),
    ("da_o = dh_t * tanh(c_t)", "leaves out tanh(c_t) in da_o", "da_o", "o", _times("a_o", lambda s: 1 / np.tanh(s.c))),
    ("dc_{t-1} = dc_t * f_t", "passes dc_t * i_t on to c_{t-1}", "dc_{t-1}", "f",
     {"c_prev": lambda s, error: error + s.dc * (s.i - s.f)}),
    ("dc_{t-1} = dc_t * f_t", "passes dc_t on to c_{t-1} without the forget gate", "dc_{t-1}", "f",
     {"c_prev": lambda s, error: error + s.dc * (1 - s.f)}),
]  # fmt: skip
"""(what the equations must say, what the mistake does, the number whose line is wrong, the gate, the change)"""
OF_DC: list[tuple[str, str, str, str, dict[str, Errors]]] = [
    ("da_o = dh_t * tanh(c_t)", "takes dc_t for dh_t in da_o", "da_o", "o", _times("a_o", lambda s: s.dc / s.dh)),
    ("da_o = dh_t * tanh(c_t)", "takes dc_t for dh_t * tanh(c_t) in da_o", "da_o", "o",
     _times("a_o", lambda s: s.dc / (s.dh * np.tanh(s.c)))),
]  # fmt: skip
"""The same of a cell whose dc_t is there before da_o."""
