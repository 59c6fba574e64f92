"""no-recurrence: a step does not read the step before it."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.referee.mutants import Mutant, all_and_each, gate_line, rewired
from rnn_cli.core.referee.mutants.no_bias import zeroed, zeros
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """No state goes on; or W_h h_{t-1} is left out, of all gates and of each."""
    yield Mutant(
        "does not carry the state from step to step: each starts from the initial one",
        "h_{t-1} is the h_t of the step before",
        Change(loop={"recurrent": False}),
        "",
        (Change(back={"future": frozenset[str]()}), Change()),
    )
    names = plan.network.cell.recurrent
    for some in all_and_each(names):
        said = "W_h h_{t-1} in every gate" if len(some) > 1 else f"{some[0]} h_{{t-1}}"
        line, where = gate_line(plan.network.cell, some), some[0][3:] if len(some) == 1 else ""
        yield rewired(f"leaves out {said}", line, partial(zeroed, names=some), where, partial(zeros, names=some))
