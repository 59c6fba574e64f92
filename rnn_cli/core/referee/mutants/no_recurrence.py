"""no-recurrence: a step does not read the step before it."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, changed
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """No state goes on; or W_h h_{t-1} is left out, of all gates and of each."""
    cell = plan.network.cell
    none: frozenset[str] = frozenset()
    yield Mutant(
        "does not carry the state from step to step: each starts from the initial one",
        "h = h_t before the next step",
        Change(loop={"recurrent": False}, back={"future": none}),
    )
    names = cell.recurrent
    for some in ([list(names)] if len(names) > 1 else []) + [[name] for name in names]:
        network = changed(plan.network, partial(_zero, names=some))
        said = "W_h h_{t-1} in every gate" if len(some) > 1 else f"{some[0]} h_{{t-1}}"
        keys = {f"d{name}" for name in some}
        zeros = partial(_without, names=keys)
        yield Mutant(
            f"leaves out {said}",
            f"add {' and '.join(some)} h_{{t-1}}",
            Change(network=network, afterwards=zeros),
            some[0][3:],
        )
        yield Mutant(f"leaves out {said}", f"add {' and '.join(some)} h_{{t-1}}", Change(network=network), some[0][3:])


def _zero(arrays: dict[str, Array], names: list[str]) -> None:
    for name in names:
        arrays[name] *= 0


def _without(numbers: Numbers, names: set[str]) -> Numbers:
    return {key: 0 * array if key.name in names else array for key, array in numbers.items()}
