"""no-recurrence: a step does not read the step before it."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, changed, gate_line
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """No state goes on; or W_h h_{t-1} is left out, of all gates and of each."""
    cell = plan.network.cell
    none: frozenset[str] = frozenset()
    yield Mutant(
        "does not carry the state from step to step: each starts from the initial one",
        "h_{t-1} is the h_t of the step before",
        Change(loop={"recurrent": False}, back={"future": none}),
    )
    names = cell.recurrent
    for some in ([list(names)] if len(names) > 1 else []) + [[name] for name in names]:
        network = changed(plan.network, partial(_zero, names=some))
        said = "W_h h_{t-1} in every gate" if len(some) > 1 else f"{some[0]} h_{{t-1}}"
        keys = {f"d{name}" for name in some}
        zeros = partial(_without, names=keys)
        says, fix = f"leaves out {said}", gate_line(cell, some)
        where = some[0][3:] if len(some) == 1 else ""
        yield Mutant(says, fix, Change(network=network, afterwards=zeros), where)
        yield Mutant(says, fix, Change(network=network), where)


def _zero(arrays: dict[str, Array], names: list[str]) -> None:
    for name in names:
        arrays[name] *= 0


def _without(numbers: Numbers, names: set[str]) -> Numbers:
    return {key: 0 * array if key.name in names else array for key, array in numbers.items()}
